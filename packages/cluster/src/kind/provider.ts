import { randomBytes } from 'node:crypto';
import type { Lab } from '@podwire/lab';
import { ClusterError } from '../cluster-error.ts';
import type {
  ClusterEnd,
  ClusterHistory,
  ClusterListener,
  ClusterOrigin,
  ClusterProvider,
  Offer,
  StartExpectation,
} from '../port.ts';
import { Capacity, inGibibytes } from './capacity.ts';
import { ClusterMaker, dressOf, shapeOf } from './cluster-maker.ts';
import type { ClusterMakerOptions, Dress, StartedParts } from './cluster-maker.ts';
import { DockerHost } from './docker-host.ts';
import { dockerFault } from './failures.ts';
import { Holdings } from './holdings.ts';
import { HandingIn } from './handing-in.ts';
import { Inference } from './inference.ts';
import { KindCluster } from './kind-cluster.ts';
import { kindRefusal } from './kind-config.ts';
import { kindOffer } from './kind-offer.ts';
import { LikelyLabs } from './likely-labs.ts';
import { KindLoadBalancer } from './load-balancer.ts';
import { KindProber } from './prober.ts';
import { stepText, StepTimes, Stepper } from './progress.ts';
import { StartObjects } from './start-objects.ts';
import { StateFolders } from './state-folder.ts';
import { StartQueue, withdrawn } from './start-queue.ts';
import type { StartWish } from './start-queue.ts';
import { TroubleWatch } from './trouble-watch.ts';
import { unlessAborted } from './unless-aborted.ts';
import { WarmPool } from './warm-pool.ts';
import type { WarmMember, WarmPlan } from './warm-pool.ts';

/** A start that failed for a passing reason is made again, after these pauses. */
const RETRY_AFTER_MS = [2_000, 8_000] as const;
/** How often clusters are looked after: whether they run, what they take, who waits. */
const LOOK_AFTER_MS = 15_000;
/** An answer of `offer` holds so long. */
const OFFER_HOLDS_MS = 30_000;

export interface KindProviderOptions extends ClusterMakerOptions {
  /** Of learners' clusters that run. */
  readonly maxClusters: number;
  /** How many may start at once: each keeps two processors busy for half a minute. */
  readonly concurrentStarts?: number;
  /** Clusters that stand ready for whoever comes next. */
  readonly warmClusters?: number;
  /** What sessions hold, and their objects as the lab set them up. */
  readonly stateDirectory: string;
  /** Where a real cluster's objects are replayed to explain what its kernel did. */
  readonly simulated?: ClusterProvider;
  /** Free memory, when it is not to be asked of the host. */
  readonly freeBytes?: () => number;
  readonly onFault?: (message: string) => void;
}

/** A learner's cluster that runs. */
interface Running {
  readonly member: string;
  readonly parts: StartedParts;
  readonly cluster: KindCluster;
  readonly listener: ClusterListener;
}

/** A kind cluster for each learner, on this machine's Docker. */
export class KindProvider implements ClusterProvider {
  readonly backend = 'kind';
  readonly #options: KindProviderOptions;
  readonly #docker: DockerHost;
  readonly #maker: ClusterMaker;
  readonly #starts: StartObjects;
  readonly #holdings: Holdings;
  readonly #folders: StateFolders;
  readonly #inference: Inference | undefined;
  readonly #handingIn: HandingIn | undefined;
  readonly #times = new StepTimes();
  readonly #capacity: Capacity;
  readonly #queue: StartQueue;
  readonly #pool: WarmPool;
  /** Sessions that hold a place: running, starting or being removed. */
  readonly #sessions = new Set<string>();
  readonly #starting = new Set<string>();
  readonly #running = new Map<string, Running>();
  /** Learners who wait for what the pool is making. */
  readonly #watchers = new Set<ClusterListener>();
  /** Clusters that are worked on at this moment, by how many: no orphans. */
  readonly #busy = new Map<string, number>();
  readonly #likely = new LikelyLabs();
  #offer: { readonly atMs: number; readonly answer: Promise<Offer> } | undefined;
  #care: NodeJS.Timeout | undefined;
  #caring: Promise<void> = Promise.resolve();
  readonly #trouble: TroubleWatch;
  #closed = false;

  constructor(options: KindProviderOptions, docker: DockerHost) {
    this.#options = options;
    this.#docker = docker;
    this.#starts = new StartObjects(options.stateDirectory);
    this.#holdings = new Holdings(options.stateDirectory);
    this.#folders = new StateFolders(options.stateDirectory);
    this.#maker = new ClusterMaker(options, docker, this.#starts, this.#folders);
    this.#inference = options.simulated === undefined ? undefined : new Inference(options.simulated);
    this.#handingIn = options.simulated === undefined ? undefined : new HandingIn(options.simulated);
    this.#capacity = new Capacity(options.freeBytes);
    this.#queue = new StartQueue({
      admits: (wish) => this.#admits(wish),
      hopeless: (wish) => this.#hopeless(wish),
      onShortage: () => {
        if (this.#starting.size < this.#concurrentStarts) this.#pool.drain();
      },
    });
    this.#pool = new WarmPool({
      make: (plan, signal) => this.#makeWarm(plan, signal),
      remove: (id) => this.#removeMember(id),
      mayFill: ({ needs }) =>
        this.#queue.length === 0 &&
        this.#starting.size === 0 &&
        // Twice: one for whoever comes while it is being made.
        this.#capacity.freeBytes >= 2 * this.#capacity.bytesFor(needs),
      isWhole: ({ parts }) => this.#maker.isWhole(parts),
      after: (delayMs, callback) => {
        const timer = setTimeout(callback, delayMs).unref();
        return { cancel: () => clearTimeout(timer) };
      },
      onTrouble: (error) => this.#fault('a cluster for the pool could not be made or removed', error),
    });
    this.#trouble = new TroubleWatch(docker, {
      watched: () =>
        [...this.#running].map(([session, { parts, cluster }]) => ({
          session,
          names: new Map([
            ...parts.nodes.map(({ id, name }) => [id, `node ${name}`] as const),
            [parts.toolbox, 'the toolbox'] as const,
          ]),
          toolbox: parts.toolbox,
          announce: (text) => cluster.announce(text),
        })),
      onStopped: () => this.#careNow(),
      onEnd: (session, end) => void this.#endForGood(session, end),
      nowMs: () => performance.now(),
      after: (delayMs, callback) => {
        const timer = setTimeout(callback, delayMs).unref();
        return { cancel: () => clearTimeout(timer) };
      },
    });
    this.#trouble.start();
    this.#careSoon();
  }

  static async open(options: KindProviderOptions): Promise<KindProvider> {
    return new KindProvider(options, await DockerHost.connect(options.installation));
  }

  get #concurrentStarts(): number {
    return this.#options.concurrentStarts ?? 1;
  }

  refusal(needs: Lab['cluster']): string | undefined {
    return kindRefusal(needs, this.#options.abilities);
  }

  offer(): Promise<Offer> {
    const nowMs = performance.now();
    const before = this.#offer;
    if (before !== undefined && nowMs - before.atMs <= OFFER_HOLDS_MS) return before.answer;
    const answer = kindOffer(this.#options).catch((error: unknown): Offer => {
      this.#fault('whether kind clusters can be had could not be found out', error);
      return {
        ok: false,
        because: 'Whether this server can run kind clusters now could not be found out.',
        remedy: 'Take a simulated cluster. `podwire doctor` tells whoever runs this site what is missing.',
      };
    });
    this.#offer = { atMs: nowMs, answer };
    // Finding out takes seconds: whoever asks meanwhile is told what was so.
    return before === undefined ? answer : before.answer;
  }

  expectation(origin: Dress): StartExpectation {
    if (this.#pool.has(dressOf(origin))) return { warm: true, readyMs: 0 };
    const shape = shapeOf(origin.needs);
    const warm = this.#pool.has(shape);
    const readyMs = this.#times.remainingMs(shape, warm ? 'setup' : 'network');
    return { warm, ...(readyMs === undefined ? {} : { readyMs }) };
  }

  occupancy(): { readonly clusters: number; readonly limit: number } {
    const clusters = this.#sessions.size;
    // What stands ready for anybody is no reason to put somebody's cluster away.
    const room =
      this.#pool.size +
      Math.max(0, Math.floor(this.#capacity.freeBytes / this.#capacity.bytesFor({ nodes: 2 })));
    return { clusters, limit: Math.min(this.#options.maxClusters, clusters + room) };
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
    const nextSequence = (options.history?.records.at(-1)?.sequence ?? 0) + 1;
    try {
      const { member, parts } =
        options.history === undefined
          ? await this.#startAnew(id, origin, listener, options.signal)
          : await this.#comeBack(id, origin, listener, options.signal);
      if (options.signal?.aborted === true) {
        await this.#removeMember(member);
        throw withdrawn();
      }
      return this.#cluster(id, member, origin.needs, parts, nextSequence, listener);
    } catch (error) {
      this.#sessions.delete(id);
      throw error;
    } finally {
      this.#starting.delete(id);
      this.#capacity.settle(id);
      this.#queue.pump();
      this.#fillPool();
    }
  }

  // --- starts ---

  async #startAnew(
    id: string,
    origin: ClusterOrigin,
    listener: ClusterListener,
    signal?: AbortSignal,
  ): Promise<{ readonly member: string; readonly parts: StartedParts }> {
    this.#likely.asked(origin);
    // A process of ours that was killed may have begun this very start.
    const left = await this.#holdings.memberOf(id);
    if ((await this.#folders.sessions()).includes(left)) await this.#removeMember(left);
    const warm = await this.#fromPool(id, origin, listener, signal);
    if (warm !== undefined) return warm;
    await this.#room(id, origin, listener, signal);
    return { member: id, parts: await this.#makePatiently(id, origin, listener, signal) };
  }

  async #fromPool(
    id: string,
    origin: ClusterOrigin,
    listener: ClusterListener,
    signal?: AbortSignal,
  ): Promise<{ readonly member: string; readonly parts: StartedParts } | undefined> {
    if (this.#sessions.size >= this.#options.maxClusters || this.#queue.length > 0) return undefined;
    this.#sessions.add(id);
    // The pool is not refilled while somebody waits: that takes both processors.
    this.#starting.add(id);
    const dress = dressOf(origin);
    const keys = [dress, shapeOf(origin.needs)];
    const warm = (await this.#pool.take(keys)) ?? (await this.#whenMade(keys, listener, signal));
    if (warm === undefined) {
      this.#sessions.delete(id);
      this.#starting.delete(id);
      return undefined;
    }
    this.#hold(warm.id);
    try {
      await this.#holdings.take(id, warm.id);
      if (warm.key !== dress) {
        const steps = this.#stepper(shapeOf(origin.needs), 1, listener);
        steps.begin('setup');
        await this.#maker.dress(warm.id, warm.parts, origin, signal);
        steps.finish();
      }
      return { member: warm.id, parts: warm.parts };
    } catch (error) {
      await this.#removeMember(warm.id);
      if (error instanceof ClusterError && error.kind !== 'start-failed') throw error;
      this.#fault('a cluster of the pool was of no use; another is made', error);
      this.#sessions.delete(id);
      this.#starting.delete(id);
      return undefined;
    } finally {
      this.#letGo(warm.id);
    }
  }

  /** What the pool is making already is there sooner than one that is begun now, beside it. */
  async #whenMade(
    keys: readonly string[],
    listener: ClusterListener,
    signal?: AbortSignal,
  ): Promise<WarmMember | undefined> {
    const made = this.#pool.making(keys);
    if (made === undefined) return undefined;
    this.#watchers.add(listener);
    try {
      await unlessAborted(made, signal, withdrawn);
    } finally {
      this.#watchers.delete(listener);
    }
    return this.#pool.take(keys);
  }

  /** Waits for its turn, and takes its room. */
  async #room(
    id: string,
    origin: ClusterOrigin,
    listener: ClusterListener,
    signal?: AbortSignal,
  ): Promise<void> {
    await this.#queue.enter({
      id,
      bytes: this.#capacity.bytesFor(origin.needs),
      signal,
      onPlace: (place, waiting) => listener.onProgress?.({ kind: 'queued', place, waiting }),
    });
  }

  #admits({ id, bytes }: StartWish): boolean {
    if (
      this.#closed ||
      this.#sessions.size >= this.#options.maxClusters ||
      this.#starting.size >= this.#concurrentStarts ||
      this.#capacity.freeBytes < bytes
    )
      return false;
    this.#sessions.add(id);
    this.#starting.add(id);
    this.#capacity.promise(id, bytes);
    return true;
  }

  /** Nothing of ours could be waited for. */
  #hopeless({ bytes }: StartWish): ClusterError | undefined {
    if (this.#sessions.size > 0 || this.#pool.size > 0 || this.#busy.size > 0) return undefined;
    const free = this.#capacity.freeBytes;
    if (free >= bytes) return undefined;
    return new ClusterError(
      'full',
      `A kind cluster of this lab takes ${inGibibytes(bytes)} of memory, and this server has ${inGibibytes(free)} to spare.`,
      'Take a simulated cluster: it is there at once.',
    );
  }

  async #makePatiently(
    id: string,
    origin: ClusterOrigin,
    listener: ClusterListener,
    signal?: AbortSignal,
  ): Promise<StartedParts> {
    for (let attempt = 1; ; attempt++) {
      this.#hold(id);
      try {
        return await this.#makeOnce(id, origin, listener, attempt, signal);
      } catch (error) {
        // Whatever was begun is undone, so that nothing leaks and the next attempt begins on clean ground.
        await this.#removeMember(id);
        if (signal?.aborted === true) throw withdrawn();
        const failure = dockerFault(error);
        const pauseMs = RETRY_AFTER_MS[attempt - 1];
        if (failure.kind !== 'start-failed' || pauseMs === undefined) throw failure;
        this.#fault(`attempt ${attempt} to start ${id} failed`, error);
        await new Promise((resolve) => setTimeout(resolve, pauseMs));
      } finally {
        this.#letGo(id);
      }
    }
  }

  async #makeOnce(
    id: string,
    origin: ClusterOrigin,
    listener: ClusterListener,
    attempt: number,
    signal?: AbortSignal,
  ): Promise<StartedParts> {
    const steps = this.#stepper(shapeOf(origin.needs), attempt, listener);
    const parts = await this.#maker.make(id, origin.needs, { onStep: (step) => steps.begin(step), signal });
    steps.begin('setup');
    await this.#maker.dress(id, parts, origin, signal);
    steps.finish();
    return parts;
  }

  /** Tells a learner each step of a start, and how long the last ones took from there. */
  #stepper(shape: string, attempt: number, listener: Pick<ClusterListener, 'onProgress'>): Stepper {
    return new Stepper(shape, this.#times, (step, remainingMs) =>
      listener.onProgress?.({
        kind: 'step',
        ...stepText(step),
        attempt,
        ...(remainingMs === undefined ? {} : { remainingMs }),
      }),
    );
  }

  /** A cluster is its containers: where they are gone, nothing can bring it back. */
  async #comeBack(
    id: string,
    origin: ClusterOrigin,
    listener: ClusterListener,
    signal?: AbortSignal,
  ): Promise<{ readonly member: string; readonly parts: StartedParts }> {
    const member = await this.#holdings.memberOf(id);
    // One that runs has its memory already.
    if (await this.#maker.runs(member)) this.#sessions.add(id);
    else await this.#room(id, origin, listener, signal);
    const steps = this.#stepper(`${shapeOf(origin.needs)}, back`, 1, listener);
    this.#hold(member);
    try {
      const parts = await this.#maker.adopt(member, { onStep: (step) => steps.begin(step), signal });
      steps.finish();
      if (parts !== undefined) return { member, parts };
    } catch (error) {
      throw dockerFault(error);
    } finally {
      this.#letGo(member);
    }
    throw new ClusterError(
      'gone',
      'The containers of this cluster are no longer on this server, so it can’t come back.',
      'Start the lab again; your results are kept.',
    );
  }

  #cluster(
    id: string,
    member: string,
    needs: Lab['cluster'],
    parts: StartedParts,
    nextSequence: number,
    listener: ClusterListener,
  ): KindCluster {
    const { api, nodes, toolbox } = parts;
    const prober = new KindProber({
      docker: this.#docker,
      api,
      session: member,
      image: this.#options.toolboxImage,
      nodeIds: new Map(nodes.map((node) => [node.name, node.id])),
      toolbox,
    });
    const loadBalancer = needs.loadBalancer === true ? this.#loadBalancer(member, api) : undefined;
    const cluster = new KindCluster(
      id,
      {
        docker: this.#docker,
        api,
        prober,
        nodes,
        toolbox,
        member,
        needs,
        inference: this.#inference,
        handingIn: this.#handingIn,
        nextSequence,
        starts: this.#starts,
        end: async (how) => {
          this.#running.delete(id);
          await loadBalancer?.close();
          await prober.close().catch((error: unknown) => this.#fault('a prober stayed', error));
          if (how === 'destroy') await this.#removeMember(member);
          else if (how === 'suspend') await this.#maker.stop(parts);
          this.#sessions.delete(id);
          this.#queue.pump();
        },
      },
      listener,
    );
    this.#running.set(id, { member, parts, cluster, listener });
    return cluster;
  }

  #loadBalancer(member: string, api: StartedParts['api']): KindLoadBalancer {
    const routes = this.#maker.routes(member);
    const loadBalancer = new KindLoadBalancer({
      api,
      lead: (wanted) => routes.set(wanted),
      onFault: (error) => this.#fault(`the load balancer of ${member}`, error),
    });
    loadBalancer.start();
    return loadBalancer;
  }

  // --- the pool ---

  /** Likely labs, the first being the most likely; what learners asked for since goes before them. */
  prewarm(origins: readonly ClusterOrigin[]): Promise<void> {
    this.#likely.add(origins);
    this.#fillPool();
    return Promise.resolve();
  }

  #fillPool(): void {
    this.#pool.want(this.#likely.plans(), this.#options.warmClusters ?? 0);
  }

  async #makeWarm(plan: WarmPlan, signal: AbortSignal): Promise<WarmMember> {
    const offer = await this.offer();
    if (!offer.ok) throw new ClusterError('not-supported', offer.because, offer.remedy);
    const id = `w${randomBytes(8).toString('hex')}`;
    const bytes = this.#capacity.bytesFor(plan.needs);
    this.#capacity.promise(id, bytes);
    this.#hold(id);
    try {
      const steps = this.#stepper(shapeOf(plan.needs), 1, {
        onProgress: (progress) => {
          for (const watcher of this.#watchers) watcher.onProgress?.(progress);
        },
      });
      const parts = await this.#maker.make(id, plan.needs, { onStep: (step) => steps.begin(step), signal });
      if (plan.dress !== undefined) {
        steps.begin('setup');
        await this.#maker.dress(id, parts, plan.dress, signal);
      }
      steps.finish();
      await this.#holdings.markWarm(id, { key: plan.key, nodes: plan.needs.nodes });
      return { id, key: plan.key, parts };
    } catch (error) {
      await this.#removeMember(id);
      throw error;
    } finally {
      this.#letGo(id);
      this.#capacity.settle(id);
    }
  }

  // --- order ---

  /** Clusters, by their ids, that own anything on this host, also those that an earlier process of ours began. */
  async owned(): Promise<ReadonlySet<string>> {
    const [inDocker, onDisk] = await Promise.all([this.#docker.sessions(), this.#folders.sessions()]);
    return new Set([...inDocker, ...onDisk]);
  }

  async lives(session: string): Promise<boolean> {
    return this.#maker.runs(await this.#holdings.memberOf(session));
  }

  async remove(session: string): Promise<void> {
    await this.#removeMember(await this.#holdings.memberOf(session));
    this.#sessions.delete(session);
    this.#queue.pump();
  }

  async reconcile(living: ReadonlySet<string>): Promise<readonly string[]> {
    // Asked first: what begins from here on is not in the list.
    const owned = await this.owned();
    await this.#takeOver(living);
    const held = await this.#holdings.held();
    const orphans = [...owned].filter((id) => !this.#isKept(id, living, held));
    for (const id of orphans)
      await this.#removeMember(id, true).catch((error: unknown) =>
        this.#fault(`${id} could not be removed`, error),
      );
    return orphans;
  }

  #isKept(id: string, living: ReadonlySet<string>, held: ReadonlyMap<string, string>): boolean {
    const holders = [...living, ...this.#sessions];
    return (
      this.#busy.has(id) ||
      this.#pool.ids.includes(id) ||
      [...this.#running.values()].some(({ member }) => member === id) ||
      holders.some((session) => (held.get(session) ?? session) === id)
    );
  }

  /** What the pool of an earlier process left ready and running. */
  async #takeOver(living: ReadonlySet<string>): Promise<void> {
    for (const [id, mark] of await this.#holdings.warm()) {
      if (this.#isKept(id, living, new Map()) || !(await this.#maker.runs(id).catch(() => false))) continue;
      this.#hold(id);
      try {
        const parts = await this.#maker.adopt(id).catch(() => undefined);
        if (parts !== undefined) this.#pool.takeOver({ id, key: mark.key, parts });
      } finally {
        this.#letGo(id);
      }
    }
    this.#fillPool();
  }

  #hold(id: string): void {
    this.#busy.set(id, (this.#busy.get(id) ?? 0) + 1);
  }

  #letGo(id: string): void {
    const left = (this.#busy.get(id) ?? 1) - 1;
    if (left === 0) this.#busy.delete(id);
    else this.#busy.set(id, left);
  }

  async #removeMember(id: string, isOrphan = false): Promise<void> {
    this.#hold(id);
    try {
      await this.#maker.remove(id, isOrphan);
      await this.#holdings.forget(id);
    } finally {
      this.#letGo(id);
    }
  }

  #careSoon(): void {
    clearTimeout(this.#care);
    this.#care = setTimeout(() => this.#careNow(), LOOK_AFTER_MS).unref();
  }

  /** After the look that goes on, if one does. */
  #careNow(): void {
    if (this.#closed) return;
    clearTimeout(this.#care);
    this.#caring = this.#caring
      .then(() => this.#lookAfter())
      .catch((error: unknown) => this.#fault('clusters could not be looked after', error))
      .then(() => {
        if (!this.#closed) this.#careSoon();
      });
  }

  /** A cluster that took more than it may: it is gone, and its end says why. */
  async #endForGood(session: string, end: ClusterEnd): Promise<void> {
    const running = this.#running.get(session);
    if (running === undefined) return;
    this.#running.delete(session);
    await running.cluster
      .destroy()
      .catch((error: unknown) => this.#fault(`${session} could not be removed`, error));
    running.listener.onEnd(end);
  }

  async #lookAfter(): Promise<void> {
    for (const { parts, cluster, listener } of [...this.#running.values()]) {
      if (await this.#maker.isWhole(parts)) {
        for (const node of parts.nodes)
          this.#capacity.measured(node.role, await this.#docker.memoryOf(node.id));
        continue;
      }
      // Docker was restarted, or a node was killed. Its containers are started again when it is asked for.
      await cluster.abandon();
      listener.onEnd({ kind: 'lost', message: 'A container of this cluster has stopped.' });
    }
    await this.#trouble.lookAtDisks();
    if (this.#capacity.freeBytes < 0) this.#pool.drain();
    this.#queue.pump();
  }

  #fault(what: string, error: unknown): void {
    this.#options.onFault?.(`${what}: ${error instanceof Error ? error.message : String(error)}`);
  }

  async close(): Promise<void> {
    this.#closed = true;
    this.#trouble.close();
    clearTimeout(this.#care);
    this.#queue.close();
    await this.#caring;
    await this.#pool.close();
  }
}
