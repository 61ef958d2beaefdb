import type { Lab } from '@podwire/lab';
import type { PacketTraceView, ProbeRequestView, ProbeResultView } from '@podwire/protocol';
import { ClusterError } from '../cluster-error.ts';
import type {
  Cluster,
  ClusterEnd,
  ClusterHistory,
  ClusterListener,
  ClusterOrigin,
  FileEntry,
  FileOutcome,
  FileText,
  GradeOutcome,
  GradeRequest,
  OpenTerminalOutcome,
  TaskSealing,
  TerminalState,
} from '../port.ts';
import type { Call, CallName, ClusterCalls, ClusterNews, Command, FromWorker, ToWorker } from './messages.ts';

/** A call that gets no answer in this time never will. */
const CALL_TIMEOUT_MS = 60_000;

interface PendingCall {
  resolve(answer: unknown): void;
  reject(error: Error): void;
}

interface Wiring {
  readonly post: (message: ToWorker) => void;
  readonly release: () => void;
}

type Start = { readonly slot: number; readonly origin: ClusterOrigin; readonly history?: ClusterHistory };

/** A cluster in a worker, as its owner holds it. */
export class RemoteCluster implements Cluster {
  readonly id: string;
  readonly #listener: ClusterListener;
  readonly #wiring: Wiring;
  readonly #pending = new Map<number, PendingCall>();
  #nextRequestId = 1;
  #terminals: readonly TerminalState[] = [];
  #starting: PendingCall | undefined;
  #gone = false;

  constructor(id: string, listener: ClusterListener, wiring: Wiring) {
    this.id = id;
    this.#listener = listener;
    this.#wiring = wiring;
  }

  get restoredTerminals(): readonly TerminalState[] {
    return this.#terminals;
  }

  async start(start: Start, signal: AbortSignal | undefined): Promise<void> {
    if (signal?.aborted === true) {
      this.#leave();
      throw aborted();
    }
    const onAbort = (): void => {
      this.#starting?.reject(aborted());
      this.#leave();
    };
    signal?.addEventListener('abort', onAbort, { once: true });
    try {
      await new Promise<unknown>((resolve, reject) => {
        this.#starting = { resolve, reject };
        this.#wiring.post({ kind: 'create', clusterId: this.id, ...start });
      });
    } finally {
      this.#starting = undefined;
      signal?.removeEventListener('abort', onAbort);
    }
  }

  receive(message: Extract<FromWorker, { clusterId: string }>): void {
    if (this.#gone) return;
    switch (message.kind) {
      case 'created':
        this.#terminals = message.terminals;
        this.#starting?.resolve(undefined);
        return;
      case 'create-failed':
        this.#starting?.reject(
          new ClusterError(
            'start-failed',
            message.message,
            'Try again; if it happens again, tell whoever runs this site.',
          ),
        );
        this.#leave();
        return;
      case 'answer':
        this.#settle(message.requestId)?.resolve(message.answer);
        return;
      case 'call-failed':
        this.#settle(message.requestId)?.reject(new ClusterError('gone', message.message, 'Try again.'));
        return;
      case 'news':
        this.#tell(message.news);
        return;
      case 'ended':
        this.end({ kind: message.reason, message: message.message });
    }
  }

  #tell(news: ClusterNews): void {
    if (news.records.length > 0) this.#listener.onJournal(news.records);
    if (news.clusterTimeMs !== undefined) this.#listener.onClock(news.clusterTimeMs);
    for (const piece of news.output)
      this.#listener.onTerminalOutput(piece.terminalId, piece.offset, piece.data);
    for (const exit of news.exits) this.#listener.onTerminalExit(exit.terminalId, exit.exitCode);
    if (news.topologySnapshot !== undefined) this.#listener.onTopologySnapshot(news.topologySnapshot);
    if (news.topologyChanges !== undefined) this.#listener.onTopologyChanges(news.topologyChanges);
    if (news.packets !== undefined) this.#listener.onPackets(news.packets);
  }

  #settle(requestId: number): PendingCall | undefined {
    const pending = this.#pending.get(requestId);
    this.#pending.delete(requestId);
    return pending;
  }

  /** It ended by itself, or its worker did. */
  end(end: ClusterEnd): void {
    if (this.#gone) return;
    const starting = this.#starting;
    this.#leave();
    if (starting === undefined) this.#listener.onEnd(end);
    else
      starting.reject(
        new ClusterError(
          'start-failed',
          end.message,
          'Try again; if it happens again, tell whoever runs this site.',
        ),
      );
  }

  #leave(forgotten = true): void {
    if (this.#gone) return;
    this.#gone = true;
    this.#wiring.release();
    try {
      this.#wiring.post({ kind: 'drop', clusterId: this.id, forgotten });
    } catch {
      // The worker is gone, and the cluster with it.
    }
    for (const pending of this.#pending.values()) pending.reject(gone());
    this.#pending.clear();
  }

  #call<Name extends CallName>(
    call: Extract<Call, { name: Name }>,
    signal?: AbortSignal,
  ): Promise<ClusterCalls[Name]['answer']> {
    if (this.#gone) return Promise.reject(gone());
    const requestId = this.#nextRequestId++;
    return new Promise<ClusterCalls[Name]['answer']>((resolve, reject) => {
      const giveUp = (error: Error): void => {
        if (this.#settle(requestId) === undefined) return;
        if (!this.#gone) this.#wiring.post({ kind: 'cancel', clusterId: this.id, requestId });
        done();
        reject(error);
      };
      const onAbort = (): void => giveUp(aborted());
      const timer = setTimeout(
        () => giveUp(new ClusterError('gone', 'The cluster did not answer in time.', 'Try again.')),
        CALL_TIMEOUT_MS,
      );
      const done = (): void => {
        clearTimeout(timer);
        signal?.removeEventListener('abort', onAbort);
      };
      this.#pending.set(requestId, {
        resolve: (answer) => {
          done();
          resolve(answer as ClusterCalls[Name]['answer']);
        },
        reject: (error) => {
          done();
          reject(error);
        },
      });
      if (signal?.aborted === true) {
        onAbort();
        return;
      }
      signal?.addEventListener('abort', onAbort, { once: true });
      this.#wiring.post({ kind: 'call', clusterId: this.id, requestId, call });
    });
  }

  #command(command: Command): void {
    if (!this.#gone) this.#wiring.post({ kind: 'command', clusterId: this.id, command });
  }

  openTerminal(
    terminal: ClusterCalls['open-terminal']['arguments'],
    signal?: AbortSignal,
  ): Promise<OpenTerminalOutcome> {
    return this.#call<'open-terminal'>({ name: 'open-terminal', ...terminal }, signal);
  }

  sendInput(terminalId: string, inputSequence: number, data: string): void {
    this.#command({ name: 'input', terminalId, inputSequence, data });
  }

  resizeTerminal(terminalId: string, columns: number, rows: number): void {
    this.#command({ name: 'resize', terminalId, columns, rows });
  }

  setTerminalFlow(terminalId: string, paused: boolean): void {
    this.#command({ name: 'flow', terminalId, paused });
  }

  closeTerminal(terminalId: string): void {
    this.#command({ name: 'close-terminal', terminalId });
  }

  readFile(path: string, signal?: AbortSignal): Promise<FileOutcome<FileText>> {
    return this.#call<'read-file'>({ name: 'read-file', path }, signal);
  }

  writeFile(path: string, text: string, signal?: AbortSignal): Promise<FileOutcome<FileText>> {
    return this.#call<'write-file'>({ name: 'write-file', path, text }, signal);
  }

  listFiles(directory: string, signal?: AbortSignal): Promise<FileOutcome<readonly FileEntry[]>> {
    return this.#call<'list-files'>({ name: 'list-files', directory }, signal);
  }

  probe(request: ProbeRequestView, signal?: AbortSignal): Promise<ProbeResultView> {
    return this.#call<'probe'>({ name: 'probe', request }, signal);
  }

  grade(request: GradeRequest, signal?: AbortSignal): Promise<GradeOutcome> {
    return this.#call<'grade'>({ name: 'grade', request }, signal);
  }

  sealableTasks(lab: Lab, signal?: AbortSignal): Promise<readonly TaskSealing[]> {
    return this.#call<'sealable-tasks'>({ name: 'sealable-tasks', lab }, signal);
  }

  packet(packetId: number, signal?: AbortSignal): Promise<PacketTraceView | undefined> {
    return this.#call<'packet'>({ name: 'packet', packetId }, signal);
  }

  watchTopology(on: boolean): void {
    this.#command({ name: 'watch-topology', on });
  }

  watchPackets(on: boolean): void {
    this.#command({ name: 'watch-packets', on });
  }

  switchComponent(
    component: ClusterCalls['switch-component']['arguments']['component'],
    running: boolean,
    signal?: AbortSignal,
  ): Promise<boolean> {
    return this.#call<'switch-component'>({ name: 'switch-component', component, running }, signal);
  }

  async suspend(): Promise<void> {
    if (this.#gone) return;
    try {
      await this.#call<'flush'>({ name: 'flush' });
    } finally {
      this.#leave(false);
    }
  }

  destroy(): Promise<void> {
    this.#leave();
    return Promise.resolve();
  }
}

function gone(): ClusterError {
  return new ClusterError('gone', 'The cluster has ended.', 'Start the lab again.');
}

function aborted(): ClusterError {
  return new ClusterError('aborted', 'It was called off.', 'Start again when you are ready.');
}
