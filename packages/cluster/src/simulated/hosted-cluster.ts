import type { ClusterSnapshot, SimulatedCluster } from '@podwire/kubesim';
import type { RunOutcome } from '@podwire/sim';
import type { JournalEntry, JournalRecord } from '../journal.ts';
import type { ClusterHistory, TerminalState } from '../port.ts';
import { JournalDigest } from './checkpoints.ts';
import { ClusterWatch } from './cluster-watch.ts';
import { applyEntry } from './journal-effects.ts';
import type { Effect } from './journal-effects.ts';
import type { ClusterNews } from './messages.ts';
import type { HostedTerminal } from './terminal.ts';

/** Events between two looks at the clock: a fraction of a millisecond's work, or some ten in a cluster of thousands of pods. */
const EVENTS_PER_STEP = 20;
/** How far the cluster's clock may fall behind before it runs slower than ours instead of chasing it. */
const MAX_LAG_MS = 1_000;
/** A cluster that never once caught up for so long is held to be running away. */
const MAX_BUSY_MS = 10 * 60_000;
/** The clock is told this often while it matters, so that little is lost by a crash. */
const CLOCK_MARK_MS = 5_000;

/**
 * A cluster that will do nothing but upkeep for so long is left alone: its clock stands until something comes in or
 * work is due, and then skips what has passed. Shorter rests would be more entries of the journal than they save.
 */
const MIN_REST_MS = 2_000;

/** A checkpoint is worth taking after so much virtual time or so many records since the last. */
const CHECKPOINT_EVERY_MS = 60_000;
const CHECKPOINT_EVERY_RECORDS = 50;

/** Something that waits for virtual time to pass, and for which it is passed without waiting: a probe. */
export interface Awaited {
  /** Latest virtual time at which to give up. */
  readonly limitMs: number;
  done(): boolean;
  /** Called once, when done or at the limit. */
  finish(): void;
}

/** Work that is done at an instant of virtual time at which every due event has run. */
export type Deed = () => void;

/** `busy`: give it another slice. Otherwise: when to look again, by the wall clock; undefined: when something comes in. */
export type SliceOutcome =
  | { readonly kind: 'busy' }
  | { readonly kind: 'asleep'; readonly wakeAtMs: number | undefined }
  | { readonly kind: 'runaway' };

/**
 * Drives one simulated cluster by the wall clock and keeps its journal. The cluster's clock is the wall
 * clock plus an offset, which grows when a probe is fast-forwarded and shrinks when the cluster can't keep up.
 *
 * What makes it replayable: whatever comes from outside takes effect at an instant T at which all events
 * due by T have run, and is recorded with T; the next one waits until the events that it caused at T have run.
 */
export class HostedCluster {
  readonly cluster: SimulatedCluster;
  readonly terminals = new Map<string, HostedTerminal>();
  /** Something came in that a slice is needed for; often between slices, as when one probe of a check follows another. */
  onWork: () => void = () => undefined;
  /** Takes moments from which a replay can begin. */
  onCheckpoint: ((sequence: number, digest: number, snapshot: ClusterSnapshot) => void) | undefined;
  readonly #watch: ClusterWatch;
  readonly #digest = new JournalDigest();
  #checkpointAt: { readonly sequence: number; readonly virtualMs: number };
  readonly #deeds: Deed[] = [];
  readonly #awaited: Awaited[] = [];
  #records: JournalRecord[] = [];
  #sequence = 0;
  #offsetMs: number;
  #busySinceMs: number | undefined;
  /** It rests: until when, by its own clock. */
  #restsUntilMs: number | undefined;
  #markedMs = 0;
  #clockMatters = true;

  /** The cluster as its lab set it up, before anyone touched it: to compare with, and not to be changed. */
  readonly start: () => SimulatedCluster;

  constructor(
    cluster: SimulatedCluster,
    wallMs: number,
    start: () => SimulatedCluster = () => {
      throw new Error('how this cluster began is not known');
    },
  ) {
    this.cluster = cluster;
    this.start = start;
    this.#watch = new ClusterWatch(cluster);
    this.#offsetMs = cluster.nowMs() - wallMs;
    this.#checkpointAt = { sequence: 0, virtualMs: cluster.nowMs() };
  }

  /** The cluster is one of a checkpoint: a replay goes on after this record. */
  beginAfter(sequence: number): void {
    this.#checkpointAt = { ...this.#checkpointAt, sequence };
  }

  get watch(): ClusterWatch {
    return this.#watch;
  }

  terminalStates(): readonly TerminalState[] {
    return [...this.terminals.values()].map((terminal) => ({
      terminalId: terminal.id,
      place: terminal.place,
      ...terminal.size,
      inputSequence: terminal.inputSequence,
      paused: terminal.paused,
      ...(terminal.exitCode === undefined ? {} : { exitCode: terminal.exitCode }),
    }));
  }

  /** Does this at the next fitting instant. */
  whenSettledAtInstant(deed: Deed): void {
    this.#deeds.push(deed);
    this.onWork();
  }

  await(awaited: Awaited): void {
    this.#awaited.push(awaited);
    this.onWork();
  }

  /** Lets something from outside take effect, now, and records it if it did. To be called within a deed only. */
  commit(entry: JournalEntry): Effect {
    const virtualMs = this.cluster.nowMs();
    const effect = applyEntry(this, entry);
    if (effect.kind !== 'refused') this.record(entry, virtualMs);
    return effect;
  }

  /** Records what has just taken effect by other means. `virtualMs`: the clock before, where it moved the clock. */
  record(entry: JournalEntry, virtualMs = this.cluster.nowMs()): void {
    this.#sequence += 1;
    this.#clockMatters = true;
    const record: JournalRecord = { sequence: this.#sequence, virtualMs, entry };
    this.#digest.add(record);
    this.#records.push(record);
  }

  /** Replays a history, a slice at a time: yields when `spent` says so. */
  *replay(
    history: ClusterHistory,
    spent: () => boolean,
    wallMs: () => number,
  ): Generator<undefined, undefined> {
    for (const record of history.records) {
      this.#digest.add(record);
      // A checkpoint that this cluster began with has its effects already.
      if (record.sequence <= this.#checkpointAt.sequence) {
        this.#sequence = record.sequence;
        continue;
      }
      yield* this.#runFully(record.virtualMs, spent);
      applyEntry(this, record.entry);
      this.#sequence = record.sequence;
    }
    yield* this.#runFully(Math.max(history.clusterTimeMs, this.cluster.nowMs()), spent);
    this.#offsetMs = this.cluster.nowMs() - wallMs();
    return undefined;
  }

  *#runFully(untilMs: number, spent: () => boolean): Generator<undefined, undefined> {
    while (this.#step(untilMs) === 'budget') if (spent()) yield undefined;
    return undefined;
  }

  #step(untilMs: number, condition?: () => boolean): RunOutcome {
    return this.cluster.run({
      untilMs,
      maxEvents: EVENTS_PER_STEP,
      ...(condition === undefined ? {} : { condition }),
    });
  }

  /** Runs until `spent`, or until there is nothing to do by `wallMs`. */
  slice(wallMs: number, spent: () => boolean): SliceOutcome {
    for (const terminal of this.terminals.values()) terminal.tryInputAgain();
    this.#skipRest(wallMs);
    let caughtUp = this.#step(wallMs + this.#offsetMs) !== 'budget';
    while (!spent()) {
      if (this.#hasOutsideWork()) {
        // Everything due at this very instant first: then what comes in now can be replayed by time alone.
        if (this.#step(this.cluster.nowMs()) === 'budget') continue;
        this.#takeFromOutside();
        caughtUp = false;
      } else if (this.#awaited.length > 0) {
        this.#fastForward();
        caughtUp = false;
      } else if (caughtUp) {
        break;
      } else {
        caughtUp = this.#step(Math.max(wallMs + this.#offsetMs, this.cluster.nowMs())) !== 'budget';
      }
    }
    return this.#afterSlice(wallMs, caughtUp && !this.#hasOutsideWork() && this.#awaited.length === 0);
  }

  /** Brings the clock of a cluster that rested to now. Everything due before had run, so that time alone replays it. */
  #skipRest(wallMs: number): void {
    const restsUntilMs = this.#restsUntilMs;
    if (restsUntilMs === undefined) return;
    this.#restsUntilMs = undefined;
    const untilMs = Math.min(restsUntilMs, wallMs + this.#offsetMs);
    if (untilMs - this.cluster.nowMs() >= MIN_REST_MS) this.commit({ kind: 'time-skipped', untilMs });
  }

  /** Whether nobody would notice if upkeep were not run for a while. */
  #restingUntilMs(): number | undefined {
    if (this.#watch.watchesPackets) return undefined;
    const untilMs = this.cluster.restsUntilMs();
    return untilMs !== undefined && untilMs - this.cluster.nowMs() >= MIN_REST_MS ? untilMs : undefined;
  }

  #hasOutsideWork(): boolean {
    if (this.#deeds.length > 0) return true;
    for (const terminal of this.terminals.values()) if (terminal.mayTakeInput) return true;
    return false;
  }

  /** One thing at a time: the events that it causes at this instant run before the next. */
  #takeFromOutside(): void {
    const deed = this.#deeds.shift();
    if (deed !== undefined) {
      deed();
      return;
    }
    for (const terminal of this.terminals.values()) {
      if (!terminal.mayTakeInput) continue;
      const taken = terminal.writeInput();
      if (taken === undefined) continue;
      this.record({
        kind: 'terminal-input',
        terminalId: terminal.id,
        bytes: Buffer.from(taken.bytes).toString('base64'),
        inputSequence: taken.sequence,
        taken: taken.taken,
        whole: taken.whole,
      });
      return;
    }
  }

  #fastForward(): void {
    const [first] = this.#awaited;
    if (first === undefined) return;
    this.#step(first.limitMs, () => this.#awaited.some((awaited) => awaited.done()));
    const nowMs = this.cluster.nowMs();
    const over = this.#awaited.filter((awaited) => awaited.done() || nowMs >= awaited.limitMs);
    for (const awaited of over) {
      this.#awaited.splice(this.#awaited.indexOf(awaited), 1);
      this.#clockMatters = true;
      awaited.finish();
    }
  }

  #afterSlice(wallMs: number, caughtUp: boolean): SliceOutcome {
    const nowMs = this.cluster.nowMs();
    const targetMs = wallMs + this.#offsetMs;
    if (nowMs > targetMs) this.#offsetMs = nowMs - wallMs;
    else if (targetMs - nowMs > MAX_LAG_MS) this.#offsetMs = nowMs + MAX_LAG_MS - wallMs;
    if (!caughtUp) {
      this.#busySinceMs ??= wallMs;
      return wallMs - this.#busySinceMs > MAX_BUSY_MS ? { kind: 'runaway' } : { kind: 'busy' };
    }
    this.#busySinceMs = undefined;
    this.#takeCheckpoint();
    this.#restsUntilMs = this.#restingUntilMs();
    const next = this.#restsUntilMs ?? this.cluster.nextEventMs();
    const wakes = [
      next === undefined || next === Infinity ? undefined : next - this.#offsetMs,
      this.#watch.wakeAtMs(wallMs),
    ].filter((at) => at !== undefined);
    return { kind: 'asleep', wakeAtMs: wakes.length === 0 ? undefined : Math.min(...wakes) };
  }

  /** With no terminal open nothing of this cluster lives outside its state, so that a snapshot is all of it. */
  #takeCheckpoint(): void {
    const { sequence, virtualMs } = this.#checkpointAt;
    const nowMs = this.cluster.nowMs();
    if (this.onCheckpoint === undefined || this.terminals.size > 0 || this.#sequence === sequence) return;
    const due =
      this.#sequence - sequence >= CHECKPOINT_EVERY_RECORDS || nowMs - virtualMs >= CHECKPOINT_EVERY_MS;
    const snapshot = due ? this.cluster.snapshot() : undefined;
    if (snapshot === undefined) return;
    this.#checkpointAt = { sequence: this.#sequence, virtualMs: nowMs };
    this.onCheckpoint(this.#sequence, this.#digest.value, snapshot);
  }

  /** What happened since the last call; undefined when nothing did. */
  takeNews(wallMs: number): ClusterNews | undefined {
    const output: { terminalId: string; offset: number; data: string }[] = [];
    const exits: { terminalId: string; exitCode: number }[] = [];
    for (const terminal of this.terminals.values()) {
      const piece = terminal.takeOutput();
      if (piece !== undefined) output.push({ terminalId: terminal.id, ...piece });
      const exitCode = terminal.takeExit();
      if (exitCode !== undefined) exits.push({ terminalId: terminal.id, exitCode });
    }
    const seen = this.#watch.take(wallMs);
    const records = this.#records;
    this.#records = [];
    const mark = this.#clockMatters && (records.length > 0 || wallMs - this.#markedMs >= CLOCK_MARK_MS);
    if (output.length > 0) this.#clockMatters = true;
    if (records.length === 0 && output.length === 0 && exits.length === 0 && !mark && seen === undefined)
      return undefined;
    if (mark) {
      this.#markedMs = wallMs;
      this.#clockMatters = output.length > 0;
    }
    return { records, output, exits, ...(mark ? { clusterTimeMs: this.cluster.nowMs() } : {}), ...seen };
  }
}
