import type { SliceOutcome } from './hosted-cluster.ts';

/** One cluster's turn: what a key of another learner waits at most before its own, and then its echo. */
const SLICE_MS = 4;
/** Clusters that never rest get one turn after so many of those that were woken, however many are. */
const WOKEN_TURNS_IN_A_ROW = 8;
/** The longest delay that setTimeout takes. */
const MAX_DELAY_MS = 2_147_483_647;

/** Work of one cluster that is cut into slices: driving it, or bringing it back. */
export interface Scheduled {
  /** What the watchdog knows this work by. */
  readonly slot: number;
  /** Has turns only while nobody else wants one. */
  readonly inBackground?: boolean;
  slice(wallMs: number, spent: () => boolean): SliceOutcome;
  /** After each slice, for telling what happened. */
  afterSlice(wallMs: number): void;
  /** It threw, or ran away: it is scheduled no more. */
  onFault(fault: { readonly kind: 'threw'; readonly error: unknown } | { readonly kind: 'runaway' }): void;
}

export interface SchedulerClock {
  wallMs(): number;
  /** Milliseconds that only ever grow, for measuring slices. */
  monotonicMs(): number;
  soon(callback: () => void): void;
  after(delayMs: number, callback: () => void): { cancel(): void };
}

/** `woken`: something came in, or its time has come. `busy`: its last slice was too short for its work. */
type Lane = 'woken' | 'busy' | 'background';

/**
 * Gives the clusters of one worker their turns, round robin within each lane. Those that were woken come before
 * those that never rest, so that one learner's endless loop, or ten of them, delay another's key by one slice.
 * Between slices the worker's messages are heard. When no cluster has anything to do, nothing runs until the
 * earliest of their wake-up times.
 */
export class Scheduler {
  readonly #clock: SchedulerClock;
  readonly #onSlice: (slot: number) => void;
  readonly #members = new Map<Scheduled, { wakeAtMs: number | undefined }>();
  readonly #lanes: Readonly<Record<Lane, Set<Scheduled>>> = {
    woken: new Set(),
    busy: new Set(),
    background: new Set(),
  };
  #wokenInARow = 0;
  #turnPending = false;
  #alarm: { readonly atMs: number; cancel(): void } | undefined;

  /** `onSlice` hears the slot before a slice, and -1 after it. */
  constructor(clock: SchedulerClock, onSlice: (slot: number) => void) {
    this.#clock = clock;
    this.#onSlice = onSlice;
  }

  add(member: Scheduled): void {
    this.#members.set(member, { wakeAtMs: undefined });
    this.wake(member);
  }

  remove(member: Scheduled): void {
    this.#members.delete(member);
    for (const lane of Object.values(this.#lanes)) lane.delete(member);
  }

  /** Something came in for this one. */
  wake(member: Scheduled): void {
    if (!this.#members.has(member) || this.#lanes.busy.has(member)) return;
    this.#lanes[member.inBackground === true ? 'background' : 'woken'].add(member);
    this.#nextTurn();
  }

  #takeNext(): Scheduled | undefined {
    const { woken, busy, background } = this.#lanes;
    const turnOfBusy = busy.size > 0 && this.#wokenInARow >= WOKEN_TURNS_IN_A_ROW;
    const lane = woken.size > 0 && !turnOfBusy ? woken : busy.size > 0 ? busy : background;
    this.#wokenInARow = lane === woken ? this.#wokenInARow + 1 : 0;
    const [member] = lane;
    if (member !== undefined) lane.delete(member);
    return member;
  }

  #nextTurn(): void {
    if (this.#turnPending) return;
    this.#turnPending = true;
    this.#clock.soon(() => {
      this.#turnPending = false;
      this.#turn();
    });
  }

  #turn(): void {
    const member = this.#takeNext();
    if (member !== undefined) this.#runSlice(member);
    if (Object.values(this.#lanes).some((lane) => lane.size > 0)) this.#nextTurn();
  }

  #runSlice(member: Scheduled): void {
    const state = this.#members.get(member);
    if (state === undefined) return;
    const wallMs = this.#clock.wallMs();
    const endMs = this.#clock.monotonicMs() + SLICE_MS;
    this.#onSlice(member.slot);
    let outcome: SliceOutcome;
    try {
      outcome = member.slice(wallMs, () => this.#clock.monotonicMs() >= endMs);
      member.afterSlice(wallMs);
    } catch (error) {
      this.remove(member);
      member.onFault({ kind: 'threw', error });
      return;
    } finally {
      this.#onSlice(-1);
    }
    switch (outcome.kind) {
      case 'busy':
        // What woke it in its own slice is part of its work.
        this.#lanes.woken.delete(member);
        this.#lanes[member.inBackground === true ? 'background' : 'busy'].add(member);
        return;
      case 'asleep':
        state.wakeAtMs = outcome.wakeAtMs;
        // Also while others are busy: they must not keep this one from waking.
        if (outcome.wakeAtMs !== undefined) this.#wakeBy(outcome.wakeAtMs);
        return;
      case 'runaway':
        this.remove(member);
        member.onFault({ kind: 'runaway' });
    }
  }

  #wakeBy(atMs: number): void {
    if (this.#alarm !== undefined && this.#alarm.atMs <= atMs) return;
    this.#alarm?.cancel();
    const delayMs = Math.min(MAX_DELAY_MS, Math.max(0, atMs - this.#clock.wallMs()));
    const timer = this.#clock.after(delayMs, () => {
      this.#alarm = undefined;
      this.#wakeDue();
    });
    this.#alarm = { atMs, cancel: () => timer.cancel() };
  }

  #wakeDue(): void {
    const nowMs = this.#clock.wallMs();
    let nextMs = Infinity;
    for (const [member, state] of this.#members) {
      if (state.wakeAtMs === undefined) continue;
      // Timers may fire a little early.
      if (state.wakeAtMs > nowMs) {
        nextMs = Math.min(nextMs, state.wakeAtMs);
        continue;
      }
      state.wakeAtMs = undefined;
      this.wake(member);
    }
    if (nextMs !== Infinity) this.#wakeBy(nextMs);
  }
}

export const systemClock: SchedulerClock = {
  wallMs: () => Date.now(),
  monotonicMs: () => performance.now(),
  soon: (callback) => void setImmediate(callback),
  after: (delayMs, callback) => {
    const timer = setTimeout(callback, Math.ceil(delayMs));
    return { cancel: () => clearTimeout(timer) };
  },
};
