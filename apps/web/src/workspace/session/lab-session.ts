import type {
  BackendName,
  PlaceView,
  ProbeRequestView,
  ProbeResultView,
  SessionView,
  TakenHint,
  TaskReport,
} from '@podwire/protocol';
import { fetchProgress } from '../../connection/api.ts';
import type { ApiResult } from '../../connection/api.ts';
import { createStore } from '../../connection/store.ts';
import type { Store } from '../../connection/store.ts';
import { NO_OBJECTS, withChanges, withSnapshot } from '../../topology/object-view.ts';
import type { ObjectsState } from '../../topology/object-view.ts';
import { TerminalLink } from '../terminal/terminal-link.ts';
import { terminalIdFor } from '../terminal/terminal-id.ts';
import { FIRST_STATE, mergePackets, withHint, withReport } from './lab-state.ts';
import type { LabState, Link } from './lab-state.ts';
import { LabSocket } from './lab-socket.ts';
import { learningApi } from './learning-api.ts';
import type { Sealability } from './learning-api.ts';
import { remember, remembered } from './remembered.ts';
import { sessionApi } from './session-api.ts';
import type { Answers } from './session-api.ts';
import { clockFrom } from './time-left.ts';

/** As many as a person reads through; older ones are found by trying again. */
const RECENT_PACKETS = 200;
/** The server counts reading as activity; once a minute is enough for any of its timers. */
const ACTIVITY_EVERY_MS = 60_000;
/** Ids of terminals are remembered by the server; more than this is a runaway page. */
const MAX_TERMINALS = 12;
/** An hour of asking: whoever waits for a real cluster may be the tenth. */
const START_ASKED_EVERY_MS = 3_000;
const START_ASKED_TIMES = 1_200;

/** The page's side of one lab: finds, starts and keeps the learner's cluster, and everything that comes from it. */
export class LabSession {
  readonly labId: string;
  readonly state: Store<LabState> = createStore(FIRST_STATE);
  readonly objects: Store<ObjectsState> = createStore(NO_OBJECTS);
  readonly #socket = new LabSocket();
  #wantsPackets = false;
  #lastActivityMs = -Infinity;
  #releaseLock: (() => void) | undefined;
  #left = false;
  #sessionId: string | undefined;
  readonly #translation: string | undefined;
  #lastBackend: BackendName | undefined;

  /** @param translation the language of the page, where it is not the lab's own. */
  constructor(labId: string, translation: string | undefined) {
    this.labId = labId;
    this.#translation = translation;
    this.#listen();
  }

  /** Looks for a cluster that waits; with `start`, makes one where there is none. */
  async begin(start: boolean): Promise<void> {
    const progress = await fetchProgress();
    if (this.#isGone()) return;
    if (!progress.ok) {
      this.state.update((state) => ({
        ...state,
        phase: { kind: 'start-failed', error: progress.error },
        link: 'offline',
      }));
      return;
    }
    const passed = progress.value.tasks
      .filter((task) => task.labId === this.labId && task.passed)
      .map((task) => task.taskId);
    this.state.update((state) => ({ ...state, passedTasks: new Set(passed), link: 'online' }));
    const open = progress.value.openSessions.find(
      (session) => session.labId === this.labId && session.state !== 'ended',
    );
    if (open !== undefined) {
      await this.#enter(open);
      return;
    }
    if (start) {
      await this.start(false);
      return;
    }
    const lastId = remembered(`session-${this.labId}`);
    const last = lastId === undefined ? undefined : await sessionApi.get(lastId);
    if (this.#isGone()) return;
    this.state.update((state) => ({
      ...state,
      phase: { kind: 'none', last: last?.ok === true ? last.value : undefined },
    }));
  }

  /** @param backend as the learner chose; without it the one of the cluster before, or the lab's first. */
  async start(fresh: boolean, backend?: BackendName): Promise<void> {
    const chosen = backend ?? this.#chosenBackend();
    this.#lastBackend = chosen;
    this.#drop();
    this.state.update((state) => ({
      ...state,
      phase: { kind: 'starting' },
      checks: new Map(),
      warning: undefined,
    }));
    // The key outlives a reload, so that an answer lost on the way does not make a second cluster.
    const slot = `start-${this.labId}-${chosen ?? 'any'}`;
    const key = fresh ? crypto.randomUUID() : (remembered(slot) ?? crypto.randomUUID());
    remember(slot, key);
    const started = await sessionApi.start(this.labId, key, { fresh, backend: chosen });
    if (this.#isGone()) return;
    if (started.ok || started.error.status !== 0) remember(slot, undefined);
    if (started.ok) await this.#enter(started.value);
    else this.state.update((state) => ({ ...state, phase: { kind: 'start-failed', error: started.error } }));
  }

  #chosenBackend(): BackendName | undefined {
    const { phase } = this.state.get();
    if (phase.kind === 'session') return phase.session.backend;
    return phase.kind === 'none' ? undefined : this.#lastBackend;
  }

  async extend(): Promise<ApiResult<unknown>> {
    const result = await this.#withSession((session) => sessionApi.extend(session.id));
    if (result.ok) {
      this.#take(result.value);
      this.state.update((state) => ({ ...state, warning: undefined }));
    }
    return result;
  }

  async resume(): Promise<ApiResult<unknown>> {
    const result = await this.#withSession((session) => sessionApi.resume(session.id));
    if (result.ok) this.#take(result.value);
    return result;
  }

  async pause(): Promise<ApiResult<unknown>> {
    const result = await this.#withSession((session) => sessionApi.pause(session.id));
    if (result.ok) this.#take(result.value);
    return result;
  }

  async end(): Promise<ApiResult<unknown>> {
    return this.#withSession((session) => sessionApi.end(session.id));
  }

  async check(taskId: string, answers: Answers): Promise<void> {
    const before = this.state.get().checks.get(taskId);
    if (before?.kind === 'running') return;
    const previous = before?.kind === 'answered' ? before.report : before?.previous;
    this.state.update((state) => ({
      ...state,
      checks: new Map(state.checks).set(taskId, { kind: 'running', sinceMs: performance.now() }),
    }));
    const result = await this.#withSession((session) =>
      sessionApi.check(session.id, taskId, crypto.randomUUID(), answers),
    );
    this.state.update((state) =>
      result.ok
        ? withReport(state, result.value)
        : {
            ...state,
            checks: new Map(state.checks).set(taskId, { kind: 'unanswered', error: result.error, previous }),
          },
    );
  }

  /** Graded in a cluster that the learner never touched. */
  async handIn(taskId: string, answers: Answers): Promise<ApiResult<TaskReport>> {
    const result = await this.#withSession((session) =>
      learningApi.handIn(session.id, taskId, crypto.randomUUID(), answers),
    );
    if (result.ok) this.state.update((state) => withReport(state, result.value));
    return result;
  }

  /** Whether a task can be handed in, and if not, why. Asked once a cluster: the first answer of a lab takes a second. */
  async sealing(taskId: string): Promise<ApiResult<Sealability>> {
    const result = await this.#withSession((session) => learningApi.sealing(session.id));
    if (!result.ok) return result;
    const task = result.value.tasks.find((each) => each.taskId === taskId);
    return { ok: true, value: { sealable: task?.sealable === true, done: task?.done ?? [] } };
  }

  async takeHint(taskId: string, hintId: string): Promise<ApiResult<TakenHint>> {
    const locale = this.#translation;
    const result = await this.#withSession((session) =>
      learningApi.takeHint(session.id, { taskId, hintId, locale }),
    );
    if (result.ok) this.state.update((state) => withHint(state, result.value));
    return result;
  }

  solution(taskId: string): Promise<ApiResult<TakenHint['body']>> {
    return this.#withSession((session) => learningApi.solution(session.id, taskId, this.#translation));
  }

  probe(request: ProbeRequestView): Promise<ApiResult<ProbeResultView>> {
    return this.#withSession((session) => sessionApi.probe(session.id, request));
  }

  /** Opens a terminal at a place and returns it; the same place may have several. */
  openTerminal(place: PlaceView): TerminalLink | undefined {
    const { terminals } = this.state.get();
    if (terminals.length >= MAX_TERMINALS) return undefined;
    const id = terminalIdFor(
      place,
      terminals.map((terminal) => terminal.id),
    );
    return this.#addTerminal(id, place);
  }

  closeTerminal(id: string): void {
    const terminal = this.state.get().terminals.find((candidate) => candidate.id === id);
    if (terminal === undefined) return;
    terminal.close();
    this.state.update((state) => ({
      ...state,
      terminals: state.terminals.filter((candidate) => candidate !== terminal),
    }));
  }

  /** After its shell has ended: a new one of the same name, in the same place. */
  reopenTerminal(id: string): void {
    const ended = this.#terminal(id);
    if (ended === undefined) return;
    ended.close();
    const terminal = new TerminalLink(id, ended.place, this.#socket);
    this.state.update((state) => ({
      ...state,
      terminals: state.terminals.map((candidate) => (candidate === ended ? terminal : candidate)),
    }));
    if (this.#socket.connected) void terminal.open();
  }

  watchPackets(on: boolean): void {
    this.#wantsPackets = on;
    if (this.#socket.connected) void this.#socket.emit('packets:watch', { on });
  }

  /** The learner reads or works: the idle timer begins anew. */
  active(kind: 'reading' | 'editing'): void {
    const now = performance.now();
    if (!this.#socket.connected || now - this.#lastActivityMs < ACTIVITY_EVERY_MS) return;
    this.#lastActivityMs = now;
    void this.#socket.emit('session:activity', { kind });
  }

  /** The learner said that they are still here. */
  stay(): void {
    this.#lastActivityMs = -Infinity;
    this.active('reading');
  }

  /** Takes the lab over from another page of this browser. */
  async useHere(): Promise<void> {
    const { phase } = this.state.get();
    if (phase.kind === 'elsewhere') await this.#enter(phase.session, true);
  }

  leave(): void {
    this.#left = true;
    this.#drop();
    this.#socket.close();
  }

  /** The page may leave while an answer is on its way. */
  #isGone(): boolean {
    return this.#left;
  }

  async #enter(session: SessionView, steal = false): Promise<void> {
    if (!(await this.#lock(session.id, steal))) {
      this.state.update((state) => ({ ...state, phase: { kind: 'elsewhere', session } }));
      return;
    }
    if (this.#isGone()) return;
    this.#sessionId = session.id;
    remember(`session-${this.labId}`, session.id);
    this.#take(session);
    if (session.state === 'requested' || session.state === 'starting') void this.#watchStart(session.id);
    if (this.#socket.connected) await this.#join();
    else this.#socket.connect();
    const [reports, hints] = await Promise.all([
      sessionApi.reports(session.id),
      learningApi.takenHints(session.id, this.#translation),
    ]);
    if (hints.ok) this.state.update((state) => hints.value.reduce(withHint, state));
    if (!reports.ok) return;
    this.state.update((state) => {
      // Oldest first, so that the newest of a task stays.
      const inOrder = [...reports.value].sort((left, right) => left.createdAt.localeCompare(right.createdAt));
      const running = new Map([...state.checks].filter(([, check]) => check.kind === 'running'));
      const next = inOrder.reduce(withReport, state);
      return { ...next, checks: new Map([...next.checks, ...running]) };
    });
  }

  /** The socket tells when it is ready; should it not get through, asking does. */
  async #watchStart(sessionId: string): Promise<void> {
    for (let asked = 0; asked < START_ASKED_TIMES; asked++) {
      await new Promise((resolve) => setTimeout(resolve, START_ASKED_EVERY_MS));
      const { phase } = this.state.get();
      const waiting =
        phase.kind === 'session' &&
        (phase.session.state === 'requested' || phase.session.state === 'starting');
      if (this.#isGone() || sessionId !== this.#sessionId || !waiting) return;
      const session = await sessionApi.get(sessionId);
      if (session.ok && sessionId === this.#sessionId) this.#take(session.value);
    }
  }

  /** One page at a time: the browser's lock is held until this page leaves or another takes over. */
  #lock(sessionId: string, steal: boolean): Promise<boolean> {
    this.#releaseLock?.();
    if (!('locks' in navigator)) return Promise.resolve(true);
    return new Promise((resolve) => {
      navigator.locks
        .request(`podwire-${sessionId}`, steal ? { steal: true } : { ifAvailable: true }, (lock) => {
          resolve(lock !== null);
          if (lock === null) return undefined;
          return new Promise<void>((release) => {
            this.#releaseLock = release;
          });
        })
        .catch(() => {
          // Taken over by another page.
          const { phase } = this.state.get();
          if (this.#isGone() || phase.kind !== 'session') return;
          this.#drop();
          this.#socket.close();
          this.#listen();
          this.state.update((state) => ({ ...state, phase: { kind: 'elsewhere', session: phase.session } }));
        });
    });
  }

  #listen(): void {
    const socket = this.#socket;
    socket.onConnection((connected) => {
      this.#setLink(connected ? 'online' : 'offline');
      if (connected) void this.#join();
    });
    socket.on('session:state', (session) => {
      // A cluster that was replaced may still say goodbye.
      if (session.id === this.#sessionId) this.#take(session);
    });
    socket.on('session:warning', (warning) => this.state.update((state) => ({ ...state, warning })));
    socket.on('session:report', ({ report }) => this.state.update((state) => withReport(state, report)));
    socket.on('terminal:list', ({ terminals }) => {
      for (const { terminalId, place } of terminals) this.#addTerminal(terminalId, place);
    });
    socket.on('terminal:output', (message) => this.#terminal(message.terminalId)?.onOutput(message));
    socket.on('terminal:exit', (message) => this.#terminal(message.terminalId)?.onExit(message));
    socket.on('topology:snapshot', (snapshot) => this.objects.set(withSnapshot(snapshot)));
    socket.on('topology:changes', (changes) => this.objects.update((before) => withChanges(before, changes)));
    socket.on('packets:recent', ({ packets }) =>
      this.state.update((state) => ({
        ...state,
        recentPackets: mergePackets(state.recentPackets, packets, RECENT_PACKETS),
      })),
    );
  }

  /** After each connection: say which session, and take up everything where it stopped. */
  async #join(): Promise<void> {
    const { phase } = this.state.get();
    if (phase.kind !== 'session' || phase.session.state === 'ended') return;
    const answer = await this.#socket.emit('session:join', { sessionId: phase.session.id });
    if (answer.kind === 'refused') {
      // It may have ended while we were away: ask how.
      const session = await sessionApi.get(phase.session.id);
      if (session.ok) this.#take(session.value);
      return;
    }
    if (answer.kind === 'unknown') return;
    void this.#socket.emit('topology:watch', { on: true });
    if (this.#wantsPackets) void this.#socket.emit('packets:watch', { on: true });
    this.#openTerminals();
  }

  #openTerminals(): void {
    const { phase, terminals } = this.state.get();
    if (phase.kind !== 'session' || phase.session.state !== 'ready') return;
    for (const terminal of terminals) void terminal.open();
  }

  #take(session: SessionView): void {
    if (session.labId !== this.labId) return;
    const { phase } = this.state.get();
    const wasReady = phase.kind === 'session' && phase.session.state === 'ready';
    this.state.update((state) => ({
      ...state,
      phase: { kind: 'session', session },
      clock: clockFrom(session.serverTime, performance.now()),
      ...(session.state === 'ended' ? { warning: undefined } : {}),
    }));
    if (session.state === 'ended' && this.#socket.connected)
      void this.#socket.emit('topology:watch', { on: false });
    if (session.state === 'ready' && !wasReady) {
      // The toolbox comes first and is always there.
      if (this.state.get().terminals.length === 0) this.#addTerminal('toolbox', { kind: 'toolbox' });
      if (this.#socket.connected) this.#openTerminals();
    }
  }

  #addTerminal(id: string, place: PlaceView): TerminalLink {
    const known = this.#terminal(id);
    if (known !== undefined) return known;
    const terminal = new TerminalLink(id, place, this.#socket);
    this.state.update((state) => ({ ...state, terminals: [...state.terminals, terminal] }));
    const { phase } = this.state.get();
    if (this.#socket.connected && phase.kind === 'session' && phase.session.state === 'ready')
      void terminal.open();
    return terminal;
  }

  #terminal(id: string): TerminalLink | undefined {
    return this.state.get().terminals.find((terminal) => terminal.id === id);
  }

  #setLink(link: Link): void {
    this.state.update((state) => ({ ...state, link }));
  }

  /** Lets go of the present session's terminals and objects. */
  #drop(): void {
    this.#releaseLock?.();
    this.#releaseLock = undefined;
    this.objects.set(NO_OBJECTS);
    this.state.update((state) => ({ ...state, terminals: [], recentPackets: [] }));
  }

  #withSession<Value>(ask: (session: SessionView) => Promise<ApiResult<Value>>): Promise<ApiResult<Value>> {
    const { phase } = this.state.get();
    if (phase.kind === 'session') return ask(phase.session);
    return Promise.resolve({
      ok: false,
      error: { code: 'no-session', status: 0, message: 'Start the lab first: there is no cluster to ask.' },
    });
  }
}
