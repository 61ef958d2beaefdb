import type {
  Cluster,
  ClusterEnd,
  ClusterListener,
  ClusterOrigin,
  ClusterProvider,
  JournalRecord,
} from '@podwire/cluster';
import { ClusterError } from '@podwire/cluster';
import type {
  EndReason,
  PlaceView,
  ServerEvent,
  ServerEventName,
  SessionView,
  StartProgressView,
} from '@podwire/protocol';
import type { Logger } from 'pino';
import { Failure } from '../failure.ts';
import { LiveTerminal } from '../terminal/live-terminal.ts';
import type { TerminalBeginning } from '../terminal/live-terminal.ts';
import { nextTickMs, step } from './machine.ts';
import type { Effect, Machine, MachineEvent, MachineSettings } from './machine.ts';
import type { ClusterClock, SessionStore, StoredSession } from './store.ts';
import { sessionView, warningMessage } from './view.ts';
import type { SessionFacts } from './view.ts';

/** One open page of the session: a socket that joined it. */
export interface SessionPage {
  emit<Name extends ServerEventName>(name: Name, message: ServerEvent<Name>): void;
}

export interface LiveSessionWiring {
  readonly provider: ClusterProvider;
  readonly store: SessionStore;
  readonly journal: {
    append(sessionId: string, records: readonly JournalRecord[]): void;
    flushed(): Promise<void>;
  };
  readonly nowMs: () => number;
  readonly after: (delayMs: number, callback: () => void) => { cancel(): void };
  readonly log: Logger;
  /** Room is to be made for a cluster that comes (back), if need be. */
  readonly makeRoom: (sessionId: string) => Promise<void>;
  /** Nothing is left of it in memory. */
  readonly onGone: (sessionId: string) => void;
}

export interface TerminalRequest {
  readonly terminalId: string;
  readonly place: PlaceView;
  readonly columns: number;
  readonly rows: number;
}

/** Activity is noted so often. */
const ACTIVITY_EVERY_MS = 1_000;
/** Activity and the cluster's clock are written this often; changes of state at once. */
const SAVE_EVERY_MS = 10_000;
/** After a crash of the server the cluster's clock makes up at most so much of the time that passed. */
const MAX_CATCH_UP_MS = 2 * 60_000;
/** A cluster that is lost so often through no fault of its own is given up. */
const MAX_LOSSES = 3;
const MAX_TIMER_MS = 2_147_483_647;

/** One session while the server knows it: its machine, its cluster if it is in memory, its pages and terminals. */
export class LiveSession {
  readonly facts: SessionFacts;
  readonly origin: ClusterOrigin;
  readonly settings: MachineSettings;
  readonly terminals = new Map<string, LiveTerminal>();
  /** Whose shell has been begun, and no page is known to have drawn anything of it. */
  readonly #begun = new WeakSet<LiveTerminal>();
  readonly #wiring: LiveSessionWiring;
  readonly #pages = new Set<SessionPage>();
  readonly #topologyWatchers = new Set<SessionPage>();
  readonly #packetWatchers = new Set<SessionPage>();
  #learnerId: string;
  #machine: Machine;
  #clock: ClusterClock;
  #endMessage: string | undefined;
  /** How the start (or the return) of the cluster goes, where that takes long. */
  #progress: StartProgressView | undefined;
  #cluster: Promise<Cluster> | undefined;
  #present: Cluster | undefined;
  #abort = new AbortController();
  #losses = 0;
  #timer: { cancel(): void } | undefined;
  #saveTimer: { cancel(): void } | undefined;
  #saving: Promise<void> = Promise.resolve();
  #unsaved = false;
  /** It was made just now: no journal can be of it. */
  #isNew = false;
  /** A cluster that is on its way out of memory: the next one waits for it. */
  #leaving: Promise<void> = Promise.resolve();
  /** What a cluster that comes back says before it is known to be back: its terminals' scrollback. */
  #early: (() => void)[] = [];

  constructor(stored: StoredSession, wiring: LiveSessionWiring) {
    this.facts = stored.facts;
    this.origin = stored.origin;
    this.settings = stored.settings;
    this.#learnerId = stored.learnerId;
    this.#machine = stored.machine;
    this.#clock = stored.clock;
    this.#endMessage = stored.facts.endMessage;
    this.#wiring = wiring;
  }

  get id(): string {
    return this.facts.id;
  }

  get learnerId(): string {
    return this.#learnerId;
  }

  /** The account that the learner signed in to owns it now. */
  moveTo(learnerId: string): void {
    this.#learnerId = learnerId;
  }

  get machine(): Machine {
    return this.#machine;
  }

  get hasCluster(): boolean {
    return this.#cluster !== undefined;
  }

  get hasPages(): boolean {
    return this.#pages.size > 0;
  }

  view(): SessionView {
    const facts =
      this.#endMessage === undefined ? this.facts : { ...this.facts, endMessage: this.#endMessage };
    return sessionView(facts, this.#machine, this.settings, this.#wiring.nowMs(), this.#progress);
  }

  /** Takes the timers up again where the server left them. */
  wake(): void {
    if (this.#machine.state === 'ending') {
      this.#apply({ kind: 'cluster-gone' });
      return;
    }
    // No page is open that we know of: they all have to come back.
    this.#apply({ kind: 'pages-closed' });
    this.#apply({ kind: 'tick' });
  }

  // --- events ---

  #apply(event: MachineEvent): ReturnType<typeof step> {
    const before = this.#machine;
    const transition = step(before, event, this.#wiring.nowMs(), this.settings);
    if (!transition.ok) return transition;
    this.#machine = transition.machine;
    for (const effect of transition.effects) this.#carryOut(effect);
    const routine =
      event.kind === 'activity' || event.kind === 'page-opened' || event.kind === 'pages-closed';
    if (!routine && this.#machine !== before) {
      this.#saveNow();
      if (event.kind !== 'tick' || this.#machine.state !== before.state)
        this.broadcast('session:state', this.view());
    } else if (this.#machine !== before) {
      this.#saveSoon();
    }
    this.#schedule();
    if (this.#machine.state === 'ended') this.#leave();
    return transition;
  }

  #schedule(): void {
    this.#timer?.cancel();
    this.#timer = undefined;
    const atMs = nextTickMs(this.#machine, this.settings);
    if (atMs === undefined) return;
    const delayMs = Math.min(MAX_TIMER_MS, Math.max(0, atMs - this.#wiring.nowMs()));
    this.#timer = this.#wiring.after(delayMs, () => void this.#apply({ kind: 'tick' }));
  }

  #carryOut(effect: Effect): void {
    switch (effect.kind) {
      case 'warn':
        this.broadcast('session:warning', {
          timer: effect.timer,
          endsAt: new Date(effect.endsAtMs).toISOString(),
          message: warningMessage(effect.timer, effect.minutesLeft, this.settings.suspendable),
        });
        return;
      case 'suspend':
        this.#inBackground(this.#suspend());
        return;
      case 'restore':
        this.#inBackground(this.cluster());
        return;
      case 'destroy':
        this.#inBackground(this.#destroy());
    }
  }

  #inBackground(work: Promise<unknown>): void {
    work.catch((error: unknown) => {
      this.#wiring.log.error({ err: error, sessionId: this.id }, 'work on a session failed');
    });
  }

  // --- what learners ask for ---

  /** Each keystroke is one; timers count minutes. */
  activity(): void {
    if (this.#wiring.nowMs() - this.#machine.lastActivityMs < ACTIVITY_EVERY_MS) return;
    this.#apply({ kind: 'activity' });
  }

  extend(): SessionView {
    const transition = this.#apply({ kind: 'extend' });
    if (!transition.ok) {
      throw transition.refusal === 'no-extensions-left'
        ? new Failure(
            409,
            'no-extensions-left',
            'This lab has been extended as often as it can be. Start it again when it ends; your results are kept.',
          )
        : this.#notNow();
    }
    return this.view();
  }

  pause(): SessionView {
    const transition = this.#apply({ kind: 'pause' });
    if (!transition.ok) {
      throw transition.refusal === 'not-suspendable'
        ? new Failure(409, 'not-suspendable', 'A cluster of this kind cannot be paused.')
        : this.#notNow();
    }
    return this.view();
  }

  async resume(): Promise<SessionView> {
    if (this.#machine.state === 'paused') await this.#wiring.makeRoom(this.id);
    // Pressing twice is pressing once.
    if (this.#machine.state === 'paused') {
      // The cluster's clock stood still, too.
      this.#clock = { ...this.#clock, markedAtMs: this.#wiring.nowMs() };
      this.#apply({ kind: 'resume' });
    }
    if (this.#machine.state !== 'ready') throw this.#notNow();
    return this.view();
  }

  end(reason: EndReason, message?: string): SessionView {
    if (this.#machine.state !== 'ending' && this.#machine.state !== 'ended') {
      this.#endMessage = message;
      this.#apply({ kind: 'end', reason });
    }
    return this.view();
  }

  #notNow(): Failure {
    switch (this.#machine.state) {
      case 'paused':
        return new Failure(409, 'session-paused', 'This lab is paused. Resume it first.');
      case 'ending':
      case 'ended':
        return new Failure(409, 'session-ended', this.view().endMessage ?? 'This lab has ended.');
      case 'requested':
      case 'starting':
        return new Failure(409, 'session-starting', 'The cluster is still starting. Try again in a moment.');
      case 'ready':
        return new Failure(409, 'session-ready', 'The lab is running already.');
    }
  }

  // --- pages ---

  join(page: SessionPage): void {
    this.#pages.add(page);
    this.#apply({ kind: 'page-opened' });
    page.emit('session:state', this.view());
    page.emit('terminal:list', { terminals: this.#terminalList() });
  }

  leave(page: SessionPage): void {
    if (!this.#pages.delete(page)) return;
    this.watchTopology(page, false);
    this.watchPackets(page, false);
    if (this.#pages.size === 0) this.#apply({ kind: 'pages-closed' });
  }

  broadcast<Name extends ServerEventName>(name: Name, message: ServerEvent<Name>): void {
    for (const page of this.#pages) page.emit(name, message);
  }

  #terminalList(): { terminalId: string; place: PlaceView }[] {
    return [...this.terminals.values()]
      .filter((terminal) => !terminal.exited)
      .map((terminal) => ({ terminalId: terminal.id, place: terminal.place }));
  }

  watchTopology(page: SessionPage, on: boolean): void {
    const watched = this.#topologyWatchers.size > 0;
    if (on) this.#topologyWatchers.add(page);
    else this.#topologyWatchers.delete(page);
    const watching = this.#topologyWatchers.size > 0;
    // A snapshot for a newcomer reaches all, which does no harm; changes follow it for all alike.
    if (on || watched !== watching) this.#present?.watchTopology(watching);
  }

  watchPackets(page: SessionPage, on: boolean): void {
    if (on) this.#packetWatchers.add(page);
    else this.#packetWatchers.delete(page);
    this.#present?.watchPackets(this.#packetWatchers.size > 0);
  }

  // --- the cluster ---

  /**
   * First start: from nothing, while `inserted` puts the session's row in place. The promise settles when the
   * session is ready or has failed to start.
   */
  async start(inserted?: Promise<unknown>): Promise<void> {
    this.#isNew = inserted !== undefined;
    if (inserted !== undefined)
      this.#saving = inserted.then(
        () => undefined,
        () => undefined,
      );
    this.#apply({ kind: 'start' });
    await this.cluster().catch(() => undefined);
  }

  /** The cluster, brought back from its journal if it is not in memory. Rejects with `Failure`. */
  cluster(): Promise<Cluster> {
    const { state } = this.#machine;
    if (state !== 'ready' && state !== 'starting') return Promise.reject(this.#notNow());
    this.#cluster ??= this.#create(state === 'starting').catch((error: unknown) => {
      this.#cluster = undefined;
      this.#progress = undefined;
      throw this.#createFailure(error);
    });
    return this.#cluster;
  }

  async #create(first: boolean): Promise<Cluster> {
    // A server that was killed may have written a session's journal, but not yet that it was ready.
    const records = this.#isNew
      ? []
      : await this.#wiring.journal.flushed().then(() => this.#wiring.store.journal(this.id));
    this.#isNew = false;
    // A real cluster takes seconds to be put away: it is brought back after that, not meanwhile.
    await this.#leaving;
    await this.#wiring.makeRoom(this.id);
    const startedMs = this.#wiring.nowMs();
    this.#abort = new AbortController();
    const last = records.at(-1)?.virtualMs ?? 0;
    const cluster = await this.#wiring.provider.create(this.id, this.origin, this.#listener(), {
      signal: this.#abort.signal,
      ...(first && records.length === 0
        ? {}
        : { history: { records, clusterTimeMs: Math.max(last, this.#clusterTimeNow()) } }),
    });
    this.#present = cluster;
    this.#progress = undefined;
    this.#takeTerminalsBack(cluster);
    for (const hear of this.#early.splice(0)) hear();
    if (this.#topologyWatchers.size > 0) cluster.watchTopology(true);
    if (this.#packetWatchers.size > 0) cluster.watchPackets(true);
    this.#wiring.log.info(
      {
        sessionId: this.id,
        labId: this.facts.labId,
        records: records.length,
        tookMs: this.#wiring.nowMs() - startedMs,
      },
      'a cluster is up',
    );
    if (this.#machine.state === 'starting') this.#apply({ kind: 'ready' });
    // Pages that stayed open have no terminals now: told to open them again, they are sent what they lack.
    else if (!first) {
      this.broadcast('session:state', this.view());
      this.broadcast('terminal:list', { terminals: this.#terminalList() });
    }
    return cluster;
  }

  /** Where the cluster's clock is to go on: after a pause where it stood, after a crash close to where it would be. */
  #clusterTimeNow(): number {
    const away = this.#wiring.nowMs() - this.#clock.markedAtMs;
    return this.#clock.clusterTimeMs + Math.min(MAX_CATCH_UP_MS, Math.max(0, away));
  }

  #createFailure(error: unknown): Failure {
    const { state } = this.#machine;
    if (error instanceof Failure) return error;
    if (error instanceof ClusterError) {
      if (error.kind === 'full') {
        if (state === 'starting') this.end('start-failed', `${error.message} ${error.remedy}`);
        return new Failure(503, 'server-full', `${error.message} ${error.remedy}`, { cause: error });
      }
      if (error.kind === 'aborted') return this.#notNow();
      if (error.kind === 'gone' && state === 'ready') {
        // Nothing is left that could be brought back by trying again.
        this.end('worker-crashed', `${error.message} ${error.remedy}`);
        return this.#notNow();
      }
    }
    this.#wiring.log.error(
      { err: error, sessionId: this.id, labId: this.facts.labId },
      'a cluster did not come up',
    );
    // A simulated cluster that does not start is a mistake of ours alone, and its words are for the log.
    const isTold = error instanceof ClusterError && this.facts.backend !== 'simulated';
    const told = isTold ? `${error.message} ${error.remedy}` : undefined;
    if (state === 'starting') this.end('start-failed', told);
    else if (++this.#losses >= MAX_LOSSES) this.end('worker-crashed');
    return new Failure(
      503,
      'cluster-failed',
      'The cluster could not be brought up. That is our fault; your results are kept. Try again.',
      { cause: error },
    );
  }

  #terminal(id: string, place: PlaceView, beginning: TerminalBeginning): LiveTerminal {
    const known = this.terminals.get(id);
    if (known !== undefined) return known;
    const terminal = new LiveTerminal(
      id,
      place,
      {
        sendInput: (sequence, data) => this.#present?.sendInput(id, sequence, data),
        setFlow: (paused) => this.#present?.setTerminalFlow(id, paused),
        resize: (columns, rows) => this.#present?.resizeTerminal(id, columns, rows),
      },
      beginning,
    );
    this.terminals.set(id, terminal);
    return terminal;
  }

  /** Terminals that pages still show go on; those that the journal does not know were never there. */
  #takeTerminalsBack(cluster: Cluster): void {
    const restored = new Set(cluster.restoredTerminals.map((state) => state.terminalId));
    for (const [id, terminal] of this.terminals) {
      if (restored.has(id)) continue;
      terminal.close();
      this.terminals.delete(id);
    }
    for (const state of cluster.restoredTerminals) {
      const known = this.terminals.get(state.terminalId);
      if (known === undefined) this.#terminal(state.terminalId, state.place, state);
      else known.onReturn(state);
    }
  }

  /** The terminal of this id, opened if there is none. `fresh`: the page has seen nothing of it yet. */
  async openTerminal(request: TerminalRequest, fresh: boolean): Promise<LiveTerminal> {
    const cluster = await this.cluster();
    const known = this.terminals.get(request.terminalId);
    if (known !== undefined && !(known.exited && fresh)) {
      known.resize(request.columns, request.rows);
      return known;
    }
    // Its shell has ended, and a page that has seen nothing of it asks for one: it gets a new shell.
    if (known !== undefined) this.closeTerminal(request.terminalId);
    // Made first, so that no output that comes with the answer is missed.
    const terminal = this.#terminal(request.terminalId, request.place, {
      columns: request.columns,
      rows: request.rows,
      inputSequence: 0,
      paused: false,
    });
    const outcome = await cluster.openTerminal(request);
    if (outcome.kind === 'opened' || outcome.reason === 'already-open') {
      if (outcome.kind === 'opened') this.#begun.add(terminal);
      await this.#wiring.journal.flushed();
      return terminal;
    }
    this.terminals.delete(request.terminalId);
    throw new Failure(409, outcome.reason, outcome.message);
  }

  /** Whether what a page has drawn may be of the shell before this one: an answer that said so may have been lost. */
  hasBegun(terminal: LiveTerminal): boolean {
    return this.#begun.has(terminal);
  }

  /** A page draws this shell. */
  isDrawn(terminal: LiveTerminal): void {
    this.#begun.delete(terminal);
  }

  closeTerminal(terminalId: string): void {
    const terminal = this.terminals.get(terminalId);
    if (terminal === undefined) return;
    this.terminals.delete(terminalId);
    terminal.close();
    this.#present?.closeTerminal(terminalId);
  }

  #listener(): ClusterListener {
    return {
      onJournal: (records) => this.#wiring.journal.append(this.id, records),
      onClock: (clusterTimeMs) => {
        this.#clock = { clusterTimeMs, markedAtMs: this.#wiring.nowMs() };
        this.#saveSoon();
      },
      onProgress: (progress) => {
        this.#progress = progress;
        this.broadcast('session:state', this.view());
      },
      onTerminalOutput: (terminalId, offset, data) =>
        this.#whenPresent(() => this.terminals.get(terminalId)?.onOutput(offset, data)),
      onTerminalExit: (terminalId, exitCode) =>
        this.#whenPresent(() => this.terminals.get(terminalId)?.onExit(exitCode)),
      onTopologySnapshot: (snapshot) => {
        for (const page of this.#topologyWatchers) page.emit('topology:snapshot', snapshot);
      },
      onTopologyChanges: (changes) => {
        for (const page of this.#topologyWatchers) page.emit('topology:changes', changes);
      },
      onPackets: (packets) => {
        for (const page of this.#packetWatchers) page.emit('packets:recent', packets);
      },
      onEnd: (end) => this.#onClusterEnd(end),
    };
  }

  #whenPresent(hear: () => void): void {
    if (this.#present === undefined) this.#early.push(hear);
    else hear();
  }

  #onClusterEnd(end: ClusterEnd): void {
    this.#cluster = undefined;
    this.#clusterAway();
    this.#wiring.log.warn({ sessionId: this.id, end }, 'a cluster ended by itself');
    if (end.kind !== 'lost') {
      this.end(end.kind);
      return;
    }
    if (++this.#losses >= MAX_LOSSES) {
      this.end('worker-crashed');
      return;
    }
    // Whoever looks at it gets it back without asking; otherwise it waits for a page.
    if (this.#pages.size > 0) this.#inBackground(this.cluster());
  }

  /** A record of this session's journal is on disk. */
  onDurable(record: JournalRecord): void {
    const { entry } = record;
    if (entry.kind === 'terminal-input' && entry.whole)
      this.terminals.get(entry.terminalId)?.onDurableInput(entry.inputSequence);
  }

  /** The cluster is away. What pages show stays, to go on when it is back. */
  #clusterAway(): void {
    this.#present = undefined;
    this.#early = [];
    for (const [id, terminal] of this.terminals) {
      if (terminal.hasReaders) continue;
      terminal.close();
      this.terminals.delete(id);
    }
  }

  #forgetTerminals(): void {
    this.#present = undefined;
    this.#early = [];
    for (const terminal of this.terminals.values()) terminal.close();
    this.terminals.clear();
  }

  #suspend(): Promise<void> {
    const leaving = this.#cluster;
    this.#cluster = undefined;
    if (leaving !== undefined) this.#leaving = this.#leaving.then(() => this.#putAside(leaving));
    return this.#leaving;
  }

  async #putAside(leaving: Promise<Cluster>): Promise<void> {
    const cluster = await leaving.catch(() => undefined);
    if (cluster === undefined) return;
    await cluster.suspend().catch((error: unknown) => {
      this.#wiring.log.warn({ err: error, sessionId: this.id }, 'a cluster left memory untidily');
    });
    this.#clusterAway();
    await this.#wiring.journal.flushed();
    this.#saveNow();
    await this.#saving;
  }

  /** All that took effect in the cluster by now is on disk. */
  journalWritten(): Promise<void> {
    return this.#wiring.journal.flushed();
  }

  /** Gives its place in memory to another session. */
  async yieldRoom(): Promise<void> {
    this.#apply({ kind: 'pause' });
    await this.#leaving;
  }

  async #destroy(): Promise<void> {
    this.#abort.abort();
    const leaving = this.#cluster;
    this.#cluster = undefined;
    await this.#leaving;
    if (leaving === undefined) await this.#removeLeftovers();
    else await leaving.then((cluster) => cluster.destroy()).catch(() => undefined);
    this.#forgetTerminals();
    this.#apply({ kind: 'cluster-gone' });
  }

  /** A cluster that is put away may have something on the host still. */
  async #removeLeftovers(): Promise<void> {
    await this.#wiring.provider.remove?.(this.id).catch((error: unknown) => {
      // The next reconcile finds it again.
      this.#wiring.log.error({ err: error, sessionId: this.id }, 'what a session had was not removed');
    });
  }

  // --- the database ---

  #saveSoon(): void {
    this.#saveTimer ??= this.#wiring.after(SAVE_EVERY_MS, () => this.#saveNow());
  }

  #saveNow(): void {
    this.#saveTimer?.cancel();
    this.#saveTimer = undefined;
    this.#unsaved = true;
    this.#saving = this.#saving
      .then(() => this.#save())
      .catch((error: unknown) => {
        this.#wiring.log.error(
          { err: error, sessionId: this.id },
          'a session could not be saved; it is tried again',
        );
        this.#saveSoon();
      });
  }

  /** As it is when its turn comes: what changed while another write was under way is written once. */
  async #save(): Promise<void> {
    if (!this.#unsaved) return;
    this.#unsaved = false;
    const facts =
      this.#endMessage === undefined ? this.facts : { ...this.facts, endMessage: this.#endMessage };
    await this.#wiring.store.save({
      facts,
      machine: this.#machine,
      settings: this.settings,
      clock: this.#clock,
    });
  }

  #leave(): void {
    this.#timer?.cancel();
    this.#inBackground(this.#saving.then(() => this.#wiring.onGone(this.id)));
  }

  /** The server stops: the cluster leaves memory, the session stays as it is. */
  async putAway(): Promise<void> {
    this.#timer?.cancel();
    await this.#suspend().catch(() => undefined);
    this.#saveNow();
    this.#saveTimer?.cancel();
    await this.#saving;
  }
}
