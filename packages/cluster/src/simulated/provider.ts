import { existsSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { Worker } from 'node:worker_threads';
import type { Lab } from '@podwire/lab';
import { MAX_NODES } from '../cluster-config.ts';
import { ClusterError } from '../cluster-error.ts';
import type { Cluster, ClusterHistory, ClusterListener, ClusterOrigin, ClusterProvider } from '../port.ts';
import { RemoteCluster } from './remote-cluster.ts';
import { HEARTBEAT, WARMING_SLOT } from './messages.ts';
import type { FromWorker, ToWorker } from './messages.ts';

/** Several clusters share a worker; each booted one takes some megabytes of it. */
const WORKER_HEAP_MB = 1_536;
/** How long one slice (or boot) may last before its worker is ended, and how often the watchdog looks in that time. */
const LOOKS_BEFORE_STUCK = 10;
const DEFAULT_MAX_SLICE_MS = 20_000;
const MAX_WORKERS = 16;
/** Labs that a worker boots in advance. Each takes it about a mebibyte, and a quarter of a second once. */
const MAX_WARM_LABS = 128;

export interface SimulatedProviderOptions {
  readonly workers: number;
  readonly maxClusters: number;
  /** Where a worker's program is; default: beside this one. */
  readonly workerUrl?: URL;
  readonly maxSliceMs?: number;
  /** For the operator's log. */
  readonly onFault?: (message: string) => void;
}

interface Seat {
  readonly slot: number;
  readonly cluster: RemoteCluster;
}

interface PoolWorker {
  readonly worker: Worker;
  /** It has loaded, and booted the labs that it was told to have ready. */
  warm: boolean;
  readonly heartbeat: Int32Array;
  readonly seats: Map<string, Seat>;
  nextSlot: number;
  seenSlices: number;
  looksWithoutProgress: number;
}

/** Simulated clusters in worker threads. A worker that crashes or hangs is replaced; see `ClusterEnd`. */
export class SimulatedProvider implements ClusterProvider {
  readonly backend = 'simulated';
  readonly #options: SimulatedProviderOptions;
  readonly #url: URL;
  readonly #maxSliceMs: number;
  readonly #pool: PoolWorker[] = [];
  #watchdog: NodeJS.Timeout | undefined;
  #warmOrigins: readonly ClusterOrigin[] = [];
  #onFirstWarm: (() => void)[] = [];
  #closed = false;

  constructor(options: SimulatedProviderOptions) {
    this.#options = options;
    this.#maxSliceMs = options.maxSliceMs ?? DEFAULT_MAX_SLICE_MS;
    this.#url = options.workerUrl ?? defaultWorkerUrl();
    // Loading the simulation takes a second or so: not the first learner's.
    this.#startWorker();
  }

  refusal(needs: Lab['cluster']): string | undefined {
    if (needs.nodes > MAX_NODES)
      return `This lab needs ${needs.nodes} nodes; a simulated cluster has at most ${MAX_NODES}.`;
    return undefined;
  }

  occupancy(): { readonly clusters: number; readonly limit: number } {
    return {
      clusters: this.#pool.reduce((sum, member) => sum + member.seats.size, 0),
      limit: this.#options.maxClusters,
    };
  }

  prewarm(origins: readonly ClusterOrigin[]): Promise<void> {
    this.#warmOrigins = origins.slice(0, MAX_WARM_LABS);
    if (this.#closed || this.#warmOrigins.length === 0) return Promise.resolve();
    const warm = new Promise<void>((resolve) => this.#onFirstWarm.push(resolve));
    for (const member of this.#pool) this.#warm(member);
    this.#startWatchdog();
    return warm;
  }

  #warm({ worker }: PoolWorker): void {
    if (this.#warmOrigins.length > 0)
      worker.postMessage({ kind: 'warm', origins: this.#warmOrigins } satisfies ToWorker);
  }

  #onWarm(member: PoolWorker, failures: readonly string[]): void {
    member.warm = true;
    for (const failure of failures) this.#options.onFault?.(`A lab can't be booted. ${failure}`);
    for (const resolve of this.#onFirstWarm.splice(0)) resolve();
  }

  async create(
    id: string,
    origin: ClusterOrigin,
    listener: ClusterListener,
    options: { readonly history?: ClusterHistory; readonly signal?: AbortSignal } = {},
  ): Promise<Cluster> {
    if (this.#closed)
      throw new ClusterError('gone', 'The server is shutting down.', 'Try again in a minute.');
    const refusal = this.refusal(origin.needs);
    if (refusal !== undefined) throw new ClusterError('not-supported', refusal, 'Choose another lab.');
    if (this.occupancy().clusters >= this.#options.maxClusters) {
      throw new ClusterError(
        'full',
        `All ${this.#options.maxClusters} clusters of this server are in use.`,
        'Try again in a few minutes.',
      );
    }
    if (this.#pool.some((member) => member.seats.has(id))) throw new Error(`cluster ${id} exists already`);
    const member = this.#leastBusy();
    const slot = member.nextSlot++;
    const cluster = new RemoteCluster(id, listener, {
      post: (message) => member.worker.postMessage(message satisfies ToWorker),
      release: () => member.seats.delete(id),
    });
    member.seats.set(id, { slot, cluster });
    this.#startWatchdog();
    await cluster.start(
      { slot, origin, ...(options.history === undefined ? {} : { history: options.history }) },
      options.signal,
    );
    return cluster;
  }

  async close(): Promise<void> {
    this.#closed = true;
    clearInterval(this.#watchdog);
    for (const resolve of this.#onFirstWarm.splice(0)) resolve();
    await Promise.all(this.#pool.splice(0).map((member) => member.worker.terminate()));
  }

  /** More workers start as clusters come; meanwhile those that are warm take them. */
  #leastBusy(): PoolWorker {
    const room = this.#pool.length < Math.min(MAX_WORKERS, Math.max(1, this.#options.workers));
    if (room && this.#pool.every((member) => member.seats.size > 0)) this.#startWorker();
    const warm = this.#pool.filter((member) => member.warm);
    const least = (warm.length > 0 ? warm : this.#pool).reduce<PoolWorker | undefined>(
      (best, member) => (best === undefined || member.seats.size < best.seats.size ? member : best),
      undefined,
    );
    return least ?? this.#startWorker();
  }

  #startWorker(): PoolWorker {
    const heartbeat = new SharedArrayBuffer(HEARTBEAT.length * Int32Array.BYTES_PER_ELEMENT);
    const worker = new Worker(this.#url, {
      workerData: { heartbeat },
      resourceLimits: { maxOldGenerationSizeMb: WORKER_HEAP_MB },
      // The parent's loaders are registered by the worker itself where needed.
      execArgv: [],
    });
    const member: PoolWorker = {
      worker,
      warm: false,
      heartbeat: new Int32Array(heartbeat),
      seats: new Map(),
      nextSlot: WARMING_SLOT + 1,
      seenSlices: 0,
      looksWithoutProgress: 0,
    };
    Atomics.store(member.heartbeat, HEARTBEAT.slot, -1);
    worker.on('message', (message: FromWorker) => {
      if (message.kind === 'warmed') this.#onWarm(member, message.failures);
      else if (message.kind !== 'ready') member.seats.get(message.clusterId)?.cluster.receive(message);
    });
    worker.on('error', (error: Error & { readonly code?: string }) => {
      const outOfMemory = error.code === 'ERR_WORKER_OUT_OF_MEMORY';
      this.#options.onFault?.(`A worker died: ${error.stack ?? error.message}`);
      this.#lose(member, outOfMemory ? 'memory-exceeded' : 'worker-crashed');
    });
    worker.on('exit', () => this.#lose(member, 'worker-crashed'));
    this.#pool.push(member);
    this.#warm(member);
    return member;
  }

  /** The cluster whose slice ran is held to be the cause; the others can be had again from their journals. */
  #lose(member: PoolWorker, reason: 'worker-crashed' | 'memory-exceeded' | 'cpu-exceeded'): void {
    const index = this.#pool.indexOf(member);
    if (index < 0) return;
    this.#pool.splice(index, 1);
    // The next learner should not wait for a new one to load. One that never got so far would fail again.
    if (this.#pool.length === 0 && member.warm && !this.#closed) this.#startWorker();
    const guilty = Atomics.load(member.heartbeat, HEARTBEAT.slot);
    for (const seat of [...member.seats.values()]) {
      if (seat.slot === guilty) seat.cluster.end({ kind: reason, message: LOSS_MESSAGES[reason] });
      else
        seat.cluster.end({
          kind: 'lost',
          message: 'The part of the server that held this cluster has stopped.',
        });
    }
  }

  #startWatchdog(): void {
    if (this.#watchdog !== undefined) return;
    this.#watchdog = setInterval(() => this.#look(), this.#maxSliceMs / LOOKS_BEFORE_STUCK);
    this.#watchdog.unref();
  }

  /** A worker is stuck when one slice goes on from look to look. An idle one is in no slice. */
  #look(): void {
    for (const member of [...this.#pool]) {
      const slices = Atomics.load(member.heartbeat, HEARTBEAT.slices);
      const inSlice = Atomics.load(member.heartbeat, HEARTBEAT.slot) >= 0;
      member.looksWithoutProgress =
        inSlice && slices === member.seenSlices ? member.looksWithoutProgress + 1 : 0;
      member.seenSlices = slices;
      if (member.looksWithoutProgress < LOOKS_BEFORE_STUCK) continue;
      this.#options.onFault?.(`A worker was stuck for ${this.#maxSliceMs} ms and was ended.`);
      this.#lose(member, 'cpu-exceeded');
      void member.worker.terminate();
    }
  }
}

const LOSS_MESSAGES = {
  'worker-crashed': 'The simulation of this cluster failed.',
  'memory-exceeded': 'The cluster needed more memory than a lab may have.',
  'cpu-exceeded': 'The cluster needed more processor time than a lab may have.',
} as const;

/** Beside a bundle, or this package's sources. */
function defaultWorkerUrl(): URL {
  const bundled = new URL('./worker.js', import.meta.url);
  return existsSync(fileURLToPath(bundled)) ? bundled : new URL('./worker-source.mjs', import.meta.url);
}
