import { mkdtemp, rm, readFile } from 'node:fs/promises';
import { freemem, tmpdir } from 'node:os';
import path from 'node:path';
import type { Lab } from '@podwire/lab';
import { ClusterError } from '../cluster-error.ts';
import type { ClusterHistory, ClusterListener, ClusterOrigin, ClusterProvider } from '../port.ts';
import { applySetup } from './apply-setup.ts';
import { DockerHost } from './docker-host.ts';
import type { Bounds, NodeContainer } from './docker-host.ts';
import { KindCluster } from './kind-cluster.ts';
import { kindConfig, kindRefusal } from './kind-config.ts';
import type { KindAbilities } from './kind-config.ts';
import { KubeApi } from './kube-api.ts';
import { sessionNames } from './names.ts';
import type { SessionNames } from './names.ts';
import { KindProber } from './prober.ts';
import { StartObjects } from './start-objects.ts';
import { STEP_TEXTS, StepTimes, stepOfLine } from './progress.ts';
import type { CreateStep } from './progress.ts';
import { untilAtRest, untilReady } from './readiness.ts';
import { runProgram } from './run-program.ts';

const MEBIBYTE = 1_024 * 1_024;
/** Measured: a control plane settles at 820 MB and a worker at 290 MB; the rest is the learner's pods'. */
const NODE_BOUNDS: Readonly<Record<NodeContainer['role'], Bounds>> = {
  'control-plane': { memoryBytes: 2_048 * MEBIBYTE, cpus: 2, processes: 4_096 },
  worker: { memoryBytes: 1_024 * MEBIBYTE, cpus: 2, processes: 4_096 },
};
const TOOLBOX_BOUNDS: Bounds = { memoryBytes: 256 * MEBIBYTE, cpus: 1, processes: 256 };
/** What a cluster needs free before it is begun; measured, as above. */
const EXPECTED_BYTES: Readonly<Record<NodeContainer['role'], number>> = {
  'control-plane': 900 * MEBIBYTE,
  worker: 350 * MEBIBYTE,
};
/** Kept free for the host itself. */
const HOST_RESERVE_BYTES = 1_024 * MEBIBYTE;
const CREATE_TIMEOUT_MS = 5 * 60_000;
const DELETE_TIMEOUT_MS = 60_000;
/** Nodes that are stopped have this long to end their pods. */
const STOP_GRACE_SECONDS = 2;
const ATTEMPTS = 2;

export interface KindProgress {
  readonly step: CreateStep;
  /** For the learner who waits. */
  readonly text: string;
  /** Until the cluster is ready, by the last runs; absent while there were none. */
  readonly remainingMs?: number;
}

export interface KindProviderOptions {
  /** Which Podwire on this host, letters and digits: it owns the clusters that bear it in their names. */
  readonly installation: string;
  readonly nodeImage: string;
  readonly toolboxImage: string;
  readonly abilities: KindAbilities;
  readonly maxClusters: number;
  /** Where each session's objects are kept as the lab set them up. */
  readonly stateDirectory: string;
  /** A step of a session's creation has begun. */
  readonly onProgress?: (session: string, progress: KindProgress) => void;
  /** `kind`, when it is not on the PATH. */
  readonly kindProgram?: string;
}

/** A kind cluster for each learner, on this machine's Docker. */
export class KindProvider implements ClusterProvider {
  readonly backend = 'kind';
  readonly #options: KindProviderOptions;
  readonly #docker: DockerHost;
  readonly #times = new StepTimes();
  readonly #sessions = new Set<string>();
  readonly #starts: StartObjects;

  constructor(options: KindProviderOptions, docker: DockerHost) {
    this.#options = options;
    this.#docker = docker;
    this.#starts = new StartObjects(options.stateDirectory);
  }

  static async open(options: KindProviderOptions): Promise<KindProvider> {
    return new KindProvider(options, await DockerHost.connect(options.installation));
  }

  refusal(needs: Lab['cluster']): string | undefined {
    return kindRefusal(needs, this.#options.abilities);
  }

  occupancy(): { readonly clusters: number; readonly limit: number } {
    return { clusters: this.#sessions.size, limit: this.#options.maxClusters };
  }

  async create(
    id: string,
    origin: ClusterOrigin,
    listener: ClusterListener,
    options: { readonly history?: ClusterHistory; readonly signal?: AbortSignal } = {},
  ): Promise<KindCluster> {
    const refusal = this.refusal(origin.needs);
    if (refusal !== undefined)
      throw new ClusterError('not-supported', refusal, 'Choose another kind of cluster for this lab.');
    const names = sessionNames(this.#options.installation, id);
    const nextSequence = (options.history?.records.at(-1)?.sequence ?? 0) + 1;
    this.#reserve(id, origin.needs);
    try {
      const adopted = options.history === undefined ? undefined : await this.#adopt(id, names);
      const parts = adopted ?? (await this.#createPatiently(id, names, origin, options.signal));
      return this.#cluster(id, names, parts, nextSequence, listener);
    } catch (error) {
      this.#sessions.delete(id);
      throw error;
    }
  }

  /** Sessions that own anything on this host, also those that an earlier process of ours began. */
  owned(): Promise<ReadonlySet<string>> {
    return this.#docker.sessions();
  }

  /** Removes all that a session owns in Docker; what is gone already is no error. */
  async remove(session: string): Promise<void> {
    const names = sessionNames(this.#options.installation, session);
    await this.#removeAll(session, names);
    this.#sessions.delete(session);
  }

  /** Removes what no living session owns: left by a process of ours that was killed. @returns those removed. */
  async reconcile(living: ReadonlySet<string>): Promise<readonly string[]> {
    const orphans = [...(await this.owned())].filter(
      (session) => !living.has(session) && !this.#sessions.has(session),
    );
    for (const session of orphans) await this.remove(session);
    return orphans;
  }

  close(): Promise<void> {
    return Promise.resolve();
  }

  #tell(session: string, step: CreateStep, remainingMs: number | undefined): void {
    this.#options.onProgress?.(session, {
      step,
      text: STEP_TEXTS[step],
      ...(remainingMs === undefined ? {} : { remainingMs }),
    });
  }

  #reserve(id: string, needs: Lab['cluster']): void {
    const { clusters, limit } = this.occupancy();
    const wanted =
      EXPECTED_BYTES['control-plane'] + (needs.nodes - 1) * EXPECTED_BYTES.worker + HOST_RESERVE_BYTES;
    if (clusters >= limit || freemem() < wanted)
      throw new ClusterError(
        'full',
        'There is no room for another kind cluster on this server now.',
        'Wait until another learner has finished, or take a simulated cluster.',
      );
    this.#sessions.add(id);
  }

  async #createPatiently(
    id: string,
    names: SessionNames,
    origin: ClusterOrigin,
    signal?: AbortSignal,
  ): Promise<StartedParts> {
    for (let attempt = 1; ; attempt++) {
      try {
        return await this.#start(id, names, origin, signal);
      } catch (error) {
        // Whatever was begun is undone, so that nothing leaks and the next attempt begins on clean ground.
        await this.#removeAll(id, names);
        const final = error instanceof ClusterError && error.kind !== 'start-failed';
        if (final || attempt >= ATTEMPTS || signal?.aborted === true) throw startError(error, signal);
      }
    }
  }

  async #start(
    id: string,
    names: SessionNames,
    origin: ClusterOrigin,
    signal?: AbortSignal,
  ): Promise<StartedParts> {
    const steps = new Stepper(shapeOf(origin.needs), this.#times, (step, remainingMs) =>
      this.#tell(id, step, remainingMs),
    );
    steps.begin('network');
    await this.#docker.createNetwork(names, id);
    const folder = await mkdtemp(path.join(tmpdir(), 'podwire-kind-'));
    let kubeconfig: string;
    try {
      const file = path.join(folder, 'kubeconfig');
      const result = await runProgram(
        this.#options.kindProgram ?? 'kind',
        [
          'create',
          'cluster',
          `--name=${names.cluster}`,
          `--image=${this.#options.nodeImage}`,
          `--kubeconfig=${file}`,
          '--config=-',
        ],
        {
          timeoutMs: CREATE_TIMEOUT_MS,
          input: kindConfig(names.cluster, origin.needs),
          environment: { KIND_EXPERIMENTAL_DOCKER_NETWORK: names.network },
          signal,
          onLine: (line) => {
            const step = stepOfLine(line);
            if (step !== undefined) steps.begin(step);
          },
        },
      );
      if (result.end !== 'exited' || result.exitCode !== 0) throw kindError(result);
      kubeconfig = await readFile(file, 'utf8');
    } finally {
      await rm(folder, { recursive: true, force: true });
    }
    steps.begin('limits');
    const nodes = await this.#docker.nodes(names.cluster);
    await Promise.all(nodes.map((node) => this.#docker.bound(node.id, NODE_BOUNDS[node.role])));
    steps.begin('toolbox');
    const toolbox = await this.#startToolbox(id, names);
    const api = await KubeApi.open(kubeconfig);
    steps.begin('ready');
    await untilReady(api, { nodes: nodes.length, hasCni: origin.needs.cni !== 'none' }, signal);
    steps.begin('setup');
    const setup = await applySetup(api, origin.setup, signal);
    if (!setup.ok)
      throw new ClusterError(
        'not-supported',
        `The lab could not be set up. ${setup.message}`,
        'Tell the lab’s author.',
      );
    await untilAtRest(api, signal);
    for (const file of origin.files) await this.#placeFile(toolbox, file.path, file.text);
    await this.#starts.keep(id, api);
    steps.finish();
    return { api, nodes, toolbox };
  }

  async #startToolbox(id: string, names: SessionNames): Promise<string> {
    const toolbox = await this.#docker.startToolbox(names, id, this.#options.toolboxImage, TOOLBOX_BOUNDS);
    // For use on the learner's network: by the control plane's name there, not by the host's loopback.
    const internal = await runProgram(
      this.#options.kindProgram ?? 'kind',
      ['get', 'kubeconfig', '--internal', `--name=${names.cluster}`],
      { timeoutMs: DELETE_TIMEOUT_MS },
    );
    if (internal.exitCode !== 0) throw kindError(internal);
    await this.#placeFile(toolbox, '.kube/config', internal.stdout);
    return toolbox;
  }

  async #placeFile(toolbox: string, name: string, text: string): Promise<void> {
    const script = 'umask 077; mkdir -p "$(dirname "$1")" && cat > "$1"';
    const { exitCode, stderr } = await this.#docker.exec(
      toolbox,
      ['sh', '-c', script, 'sh', `/home/learner/${name}`],
      { user: 'learner', input: text },
    );
    if (exitCode !== 0) throw new ClusterError('start-failed', `${name}: ${stderr.trim()}`, 'Try again.');
  }

  /** A cluster that lives (or was stopped) under these names is taken up again. */
  async #adopt(id: string, names: SessionNames): Promise<StartedParts | undefined> {
    const nodes = await this.#docker.nodes(names.cluster);
    const toolbox = await this.#docker.findToolbox(names);
    if (nodes.length === 0 || toolbox === undefined) return undefined;
    this.#tell(id, 'nodes', undefined);
    await Promise.all([...nodes.map((node) => this.#docker.start(node.id)), this.#docker.start(toolbox)]);
    const kubeconfig = await runProgram(
      this.#options.kindProgram ?? 'kind',
      ['get', 'kubeconfig', `--name=${names.cluster}`],
      { timeoutMs: DELETE_TIMEOUT_MS },
    );
    if (kubeconfig.exitCode !== 0) return undefined;
    const api = await KubeApi.open(kubeconfig.stdout);
    this.#tell(id, 'ready', undefined);
    // The learner may have broken it: then it comes back as it was, and only the API must answer.
    await untilReady(api, { nodes: 0, hasCni: false });
    return { api, nodes, toolbox };
  }

  #cluster(
    id: string,
    names: SessionNames,
    { api, nodes, toolbox }: StartedParts,
    nextSequence: number,
    listener: ClusterListener,
  ): KindCluster {
    const prober = new KindProber({
      docker: this.#docker,
      api,
      session: id,
      image: this.#options.toolboxImage,
      nodeIds: new Map(nodes.map((node) => [node.name, node.id])),
      toolbox,
    });
    return new KindCluster(
      id,
      {
        docker: this.#docker,
        api,
        prober,
        nodes,
        toolbox,
        nextSequence,
        starts: this.#starts,
        end: async (how) => {
          await prober.close();
          if (how === 'destroy') await this.#removeAll(id, names);
          else await this.#stopAll(nodes, toolbox);
          this.#sessions.delete(id);
        },
      },
      listener,
    );
  }

  async #stopAll(nodes: readonly NodeContainer[], toolbox: string): Promise<void> {
    await Promise.all(
      [...nodes.map(({ id }) => id), toolbox].map((id) => this.#docker.stop(id, STOP_GRACE_SECONDS)),
    );
  }

  async #removeAll(session: string, names: SessionNames): Promise<void> {
    // Those that joined a node's network go before the node.
    for (const id of await this.#docker.helpersOf(session)) await this.#docker.remove(id);
    const nodes = await this.#docker.nodes(names.cluster);
    await Promise.all(nodes.map(({ id }) => this.#docker.remove(id)));
    await this.#docker.removeNetwork(names.network);
    await this.#starts.forget(session);
  }
}

interface StartedParts {
  readonly api: KubeApi;
  readonly nodes: readonly NodeContainer[];
  readonly toolbox: string;
}

/** Tells each step and measures it. */
class Stepper {
  readonly #shape: string;
  readonly #times: StepTimes;
  readonly #tell: (step: CreateStep, remainingMs: number | undefined) => void;
  #current: { readonly step: CreateStep; readonly sinceMs: number } | undefined;

  constructor(
    shape: string,
    times: StepTimes,
    tell: (step: CreateStep, remainingMs: number | undefined) => void,
  ) {
    this.#shape = shape;
    this.#times = times;
    this.#tell = tell;
  }

  begin(step: CreateStep): void {
    this.finish();
    this.#current = { step, sinceMs: performance.now() };
    this.#tell(step, this.#times.remainingMs(this.#shape, step));
  }

  finish(): void {
    if (this.#current === undefined) return;
    this.#times.record(this.#shape, this.#current.step, performance.now() - this.#current.sinceMs);
    this.#current = undefined;
  }
}

function shapeOf(needs: Lab['cluster']): string {
  return `${needs.nodes} ${needs.cni === 'none' ? 'without CNI' : 'with CNI'}`;
}

function kindError(result: { readonly end: string; readonly stderr: string }): ClusterError {
  switch (result.end) {
    case 'not-found':
      return new ClusterError(
        'not-supported',
        'kind is not installed on this server.',
        'Install kind, or take a simulated cluster. `podwire doctor` tells what is missing.',
      );
    case 'timed-out':
      return new ClusterError('start-failed', 'kind did not finish in five minutes.', 'Try again.');
    case 'aborted':
      return new ClusterError('aborted', 'The start was withdrawn.', 'Start the lab again.');
    default: {
      const reason = result.stderr.split('\n').find((line) => line.startsWith('ERROR:'));
      return new ClusterError(
        'start-failed',
        `kind could not make the cluster. ${reason ?? ''}`.trim(),
        'Try again; `podwire doctor` tells whether this server misses something.',
      );
    }
  }
}

function startError(error: unknown, signal?: AbortSignal): ClusterError {
  if (signal?.aborted === true)
    return new ClusterError('aborted', 'The start was withdrawn.', 'Start the lab again.');
  if (error instanceof ClusterError) return error;
  return new ClusterError(
    'start-failed',
    `The cluster could not be started: ${error instanceof Error ? error.message : String(error)}`,
    'Try again; `podwire doctor` tells whether this server misses something.',
    { cause: error },
  );
}
