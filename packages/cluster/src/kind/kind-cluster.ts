import { gradeTask, lookRecorder } from '@podwire/grader';
import type { GradingCluster, TaskGrade } from '@podwire/grader';
import type { Lab } from '@podwire/lab';
import type { ComponentName } from '@podwire/kubesim';
import type { PacketTraceView, PlaceView, ProbeRequestView, ProbeResultView } from '@podwire/protocol';
import { ClusterError } from '../cluster-error.ts';
import { keptRecord } from '../grading/kept-record.ts';
import type {
  Cluster,
  ClusterListener,
  FileEntry,
  FileOutcome,
  FileText,
  GradeOutcome,
  GradeRequest,
  OpenTerminalOutcome,
  TaskSealing,
  TerminalState,
} from '../port.ts';
import type { DockerHost, ExecResult, NodeContainer } from './docker-host.ts';
import { faultInUse } from './failures.ts';
import { kindGradingCluster } from './grading-cluster.ts';
import type { HandingIn } from './handing-in.ts';
import type { Inference } from './inference.ts';
import type { KubeApi } from './kube-api.ts';
import type { KindProber } from './prober.ts';
import { untilAtRest } from './readiness.ts';
import type { StartObjects } from './start-objects.ts';
import { KindTerminals } from './terminals.ts';
import { ToolboxFiles } from './toolbox-files.ts';
import { KindTopology } from './topology.ts';
import { unlessAborted } from './unless-aborted.ts';

/** What a running session has on this host. */
export interface KindParts {
  readonly docker: DockerHost;
  readonly api: KubeApi;
  readonly prober: KindProber;
  /** Absent: failures are told without the reason. */
  readonly inference: Inference | undefined;
  /** Absent: nothing can be handed in for credit. */
  readonly handingIn: HandingIn | undefined;
  readonly needs: Lab['cluster'];
  readonly starts: StartObjects;
  readonly nodes: readonly NodeContainer[];
  readonly toolbox: string;
  /** The id under which it lies on this host: the session's own, or the one that it had in the pool. */
  readonly member: string;
  /** The journal's next sequence number: it goes on where an earlier process of ours stopped. */
  readonly nextSequence: number;
  /** Ends what the cluster has in Docker; afterwards it is gone, or stopped, or as it was. */
  readonly end: (how: 'suspend' | 'destroy' | 'abandon') => Promise<void>;
}

/**
 * One learner's kind cluster. Its past is not replayed: a record of input is told so that it is acknowledged once
 * taken, and the containers themselves are what a later process finds again.
 */
export class KindCluster implements Cluster {
  readonly id: string;
  /** A program on a TTY does not outlive the connection that began it. */
  readonly restoredTerminals: readonly TerminalState[] = [];
  readonly #parts: KindParts;
  readonly #listener: ClusterListener;
  readonly #terminals: KindTerminals;
  readonly #files: ToolboxFiles;
  readonly #topology: KindTopology;
  #sequence: number;
  #ended = false;

  constructor(id: string, parts: KindParts, listener: ClusterListener) {
    this.id = id;
    this.#parts = parts;
    this.#listener = listener;
    this.#sequence = parts.nextSequence;
    this.#terminals = new KindTerminals(
      parts.docker,
      { toolbox: parts.toolbox, nodes: parts.nodes },
      {
        onOutput: (terminalId, offset, data) => {
          if (!this.#ended) listener.onTerminalOutput(terminalId, offset, data);
        },
        onExit: (terminalId, exitCode) => {
          if (!this.#ended) listener.onTerminalExit(terminalId, exitCode);
        },
      },
    );
    this.#files = new ToolboxFiles(parts.docker, parts.toolbox);
    this.#topology = new KindTopology(parts.api, {
      onSnapshot: (snapshot) => listener.onTopologySnapshot(snapshot),
      onChanges: (changes) => listener.onTopologyChanges(changes),
    });
  }

  openTerminal(
    terminal: {
      readonly terminalId: string;
      readonly place: PlaceView;
      readonly columns: number;
      readonly rows: number;
    },
    signal?: AbortSignal,
  ): Promise<OpenTerminalOutcome> {
    return this.#whileAlive(() => this.#terminals.open(terminal), signal);
  }

  sendInput(terminalId: string, inputSequence: number, data: string): void {
    if (this.#ended || !this.#terminals.write(terminalId, data)) return;
    const bytes = Buffer.from(data);
    this.#listener.onJournal([
      {
        sequence: this.#sequence++,
        virtualMs: Date.now(),
        entry: {
          kind: 'terminal-input',
          terminalId,
          // What was typed is in the cluster already, and is not replayed: it need not be kept.
          bytes: '',
          inputSequence,
          taken: bytes.length,
          whole: true,
        },
      },
    ]);
  }

  resizeTerminal(terminalId: string, columns: number, rows: number): void {
    this.#terminals.resize(terminalId, columns, rows);
  }

  setTerminalFlow(terminalId: string, paused: boolean): void {
    this.#terminals.setFlow(terminalId, paused);
  }

  closeTerminal(terminalId: string): void {
    this.#terminals.close(terminalId);
  }

  readFile(path: string, signal?: AbortSignal): Promise<FileOutcome<FileText>> {
    return this.#whileAlive(() => this.#files.read(path), signal);
  }

  writeFile(path: string, text: string, signal?: AbortSignal): Promise<FileOutcome<FileText>> {
    return this.#whileAlive(() => this.#files.write(path, text), signal);
  }

  listFiles(directory: string, signal?: AbortSignal): Promise<FileOutcome<readonly FileEntry[]>> {
    return this.#whileAlive(() => this.#files.list(directory), signal);
  }

  probe(request: ProbeRequestView, signal?: AbortSignal): Promise<ProbeResultView> {
    return this.#whileAlive(() => this.#probe(request), signal);
  }

  async #probe(request: ProbeRequestView): Promise<ProbeResultView> {
    const { result } = await this.#parts.prober.probe(request);
    const { inference, api, needs } = this.#parts;
    // Also where it connected: the way there can be shown.
    const [explained] = (await inference?.explain(api, needs, [{ request, result }])) ?? [];
    return explained ?? result;
  }

  grade(request: GradeRequest, signal?: AbortSignal): Promise<GradeOutcome> {
    return this.#whileAlive(() => this.#grade(request, signal), signal);
  }

  async #grade(request: GradeRequest, signal?: AbortSignal): Promise<GradeOutcome> {
    if (request.sealed !== undefined) return this.#handIn(request, signal);
    const startedMs = performance.now();
    const recorder = request.record === undefined ? undefined : lookRecorder();
    const cluster = this.grading();
    const result = await gradeTask({
      task: request.task,
      cluster: recorder?.watch(cluster) ?? cluster,
      answers: request.answers,
      metEarlier: new Set(request.metBefore),
    });
    return {
      ...result,
      checks: await this.#explained(result.checks),
      ...keptRecord(request, recorder, result),
      clusterTimeMs: Date.now(),
      durationMs: Math.round(performance.now() - startedMs),
    };
  }

  #handIn(request: GradeRequest, signal?: AbortSignal): Promise<GradeOutcome> {
    const { handingIn, member, api, starts } = this.#parts;
    if (handingIn === undefined)
      throw new ClusterError(
        'not-supported',
        'What is handed in is graded in a simulated cluster, and there is none here.',
        'Check your work in place.',
      );
    return handingIn.grade(
      { member, api, starts, files: this.#files, grading: this.grading() },
      request,
      signal,
    );
  }

  sealableTasks(lab: Lab, signal?: AbortSignal): Promise<readonly TaskSealing[]> {
    return this.#whileAlive(() => this.#parts.handingIn?.tasks(lab, signal) ?? Promise.resolve([]), signal);
  }

  /** Failed connections with the reason that a simulated cluster of the same objects gives. */
  async #explained(checks: TaskGrade['checks']): Promise<GradeOutcome['checks']> {
    const { inference, api, needs } = this.#parts;
    const failed = checks.flatMap((check) =>
      check.verdict === 'failed' ? (check.evidence.probes ?? []) : [],
    );
    if (inference === undefined || failed.length === 0) return [...checks];
    const results = await inference.explain(api, needs, failed);
    const inferred = new Map(failed.map((probe, index) => [probe, results[index] ?? probe.result]));
    return checks.map((check) => {
      if (check.verdict !== 'failed' || check.evidence.probes === undefined) return check;
      const first = check.evidence.probes.find(({ result }) => check.because?.startsWith(result.because));
      const because = first === undefined ? undefined : inferred.get(first)?.because;
      return {
        ...check,
        ...(because === undefined || first === undefined || check.because === undefined
          ? {}
          : { because: check.because.replace(first.result.because, () => because) }),
        evidence: {
          ...check.evidence,
          probes: check.evidence.probes.map((probe) => ({
            ...probe,
            result: inferred.get(probe) ?? probe.result,
          })),
        },
      };
    });
  }

  grading(): GradingCluster {
    const { api, prober, starts } = this.#parts;
    return kindGradingCluster({ session: this.#parts.member, api, prober, starts, files: this.#files });
  }

  /** Runs a program as whoever sits there: on a node root, in the toolbox (no node) the learner. */
  runAt(node: string | undefined, words: readonly string[], input?: string): Promise<ExecResult> {
    const { docker, nodes, toolbox } = this.#parts;
    const container = node === undefined ? toolbox : nodes.find(({ name }) => name === node)?.id;
    if (container === undefined) throw new Error(`there is no node ${node ?? ''}`);
    return docker.exec(container, words, {
      ...(node === undefined ? { user: 'learner' } : {}),
      ...(input === undefined ? {} : { input }),
    });
  }

  inToolbox(words: readonly string[]): Promise<ExecResult> {
    return this.runAt(undefined, words);
  }

  /** A request as the cluster's administrator; `body` is JSON. */
  request(
    method: string,
    path: string,
    body?: unknown,
  ): Promise<{ readonly status: number; readonly body: unknown }> {
    const content = body === undefined ? undefined : { type: 'application/json', body: JSON.stringify(body) };
    return this.#parts.api.request(method, path, content);
  }

  /** Lets controllers and kubelets act. @returns false when they did not come to rest. */
  rests(): Promise<boolean> {
    return untilAtRest(this.#parts.api);
  }

  /** The kernel's packets are not recorded. */
  packet(): Promise<PacketTraceView | undefined> {
    return Promise.resolve(undefined);
  }

  /** Said in the learner's open terminals. */
  announce(text: string): void {
    if (!this.#ended) this.#terminals.announce(text);
  }

  watchTopology(on: boolean): void {
    this.#topology.watch(on && !this.#ended);
  }

  watchPackets(): void {
    // There are none to tell: see `packet`.
  }

  /** A lesson on kind stops a component as an operator would, from a node's terminal. */
  switchComponent(_name: ComponentName): Promise<boolean> {
    return Promise.resolve(false);
  }

  suspend(): Promise<void> {
    return this.#end('suspend');
  }

  destroy(): Promise<void> {
    return this.#end('destroy');
  }

  /** It has broken down: nothing more is told or taken, its containers stay as they are. */
  abandon(): Promise<void> {
    return this.#end('abandon');
  }

  async #end(how: 'suspend' | 'destroy' | 'abandon'): Promise<void> {
    if (this.#ended && how !== 'destroy') return;
    this.#ended = true;
    this.#topology.watch(false);
    this.#terminals.closeAll();
    this.#parts.api.close();
    await this.#parts.end(how);
  }

  async #whileAlive<Value>(deed: () => Promise<Value>, signal?: AbortSignal): Promise<Value> {
    if (this.#ended) throw new ClusterError('gone', 'This cluster has ended.', 'Start the lab again.');
    const aborted = (): ClusterError =>
      new ClusterError('aborted', 'The request was withdrawn.', 'Ask again.');
    if (signal?.aborted === true) throw aborted();
    const done = deed().catch((error: unknown) => {
      throw faultInUse(error);
    });
    return unlessAborted(done, signal, aborted);
  }
}
