import { createHash, randomInt } from 'node:crypto';
import { originOf } from '@podwire/cluster';
import type { ClusterOrigin, ClusterProvider, JournalRecord } from '@podwire/cluster';
import { drawParameters, instantiate, shownParameters } from '@podwire/lab';
import type { Lab, ParameterValues } from '@podwire/lab';
import type { BackendName, BackendOffer, SessionView } from '@podwire/protocol';
import type { Logger } from 'pino';
import type { Catalog } from '../course/catalog.ts';
import { Failure, notFound } from '../failure.ts';
import { newId } from '../identity/identify.ts';
import { JournalWriter } from './journal-writer.ts';
import { LiveSession } from './live-session.ts';
import { newMachine } from './machine.ts';
import { machineSettings } from './settings.ts';
import type { SessionStore, StoredSession } from './store.ts';
import { sessionView } from './view.ts';

const HOUR_MS = 3_600_000;
/**
 * Learners are spread over so many seeds: neighbours see other pod names and addresses, and a server keeps
 * few booted labs to fork from. A new cluster's clock begins at the full hour, for the same reason: each
 * lab and seed is booted once an hour, in advance, and whoever starts it gets a fork of that.
 */
const SEED_VARIANTS = 4;
const START_GRID_MS = HOUR_MS;
const MAX_PARAMETER_SEED = 2 ** 47;
/** The next hour's labs are booted so long before it begins. */
const PREWARM_LEAD_MS = 5 * 60_000;
const DAY_MS = 24 * HOUR_MS;
/** After this a finished session's journal is dropped; its results keep their evidence. */
const KEEP_JOURNALS_DAYS = 30;
const HOUSEKEEPING_MS = HOUR_MS;
/** What a killed process left on the host is looked for so often. */
const RECONCILE_MS = 60_000;

export interface SessionServiceWiring {
  readonly store: SessionStore;
  readonly providers: readonly ClusterProvider[];
  readonly catalog: Catalog;
  readonly maxOpenLabs: number;
  readonly kindPerLearner: number;
  readonly nowMs: () => number;
  readonly after: (delayMs: number, callback: () => void) => { cancel(): void };
  readonly log: Logger;
}

interface StartRequest {
  readonly labId: string;
  readonly requestKey: string;
  readonly fresh?: boolean | undefined;
  readonly backend?: BackendName | undefined;
}

/** What a kind of cluster is, and needs, for learners of a server that has none. */
const NOT_TURNED_ON: Readonly<Record<BackendName, string>> = {
  simulated: 'Whoever runs this site has turned simulated clusters off.',
  kind: 'A real cluster by kind runs in Docker on the server, and needs some 1.2 GiB of memory for each learner. Whoever runs this site has not turned it on.',
  kubernetes: 'Clusters within a Kubernetes cluster are not to be had on this server.',
};

/** All sessions of this server: starts them, finds them, keeps within its bounds. */
export class SessionService {
  readonly #wiring: SessionServiceWiring;
  readonly #live = new Map<string, LiveSession>();
  readonly #loading = new Map<string, Promise<LiveSession | undefined>>();
  /** Starts of one learner come one after the other, so that bounds hold. */
  readonly #starting = new Map<string, Promise<unknown>>();
  readonly #journal: JournalWriter;
  #housekeeping: { cancel(): void } | undefined;
  #prewarming: { cancel(): void } | undefined;
  #reconciling: { cancel(): void } | undefined;
  #closed = false;

  constructor(wiring: SessionServiceWiring) {
    this.#wiring = wiring;
    this.#journal = new JournalWriter({
      store: (records) => wiring.store.appendJournal(records),
      onDurable: (sessionId, record) => this.#live.get(sessionId)?.onDurable(record),
      onTrouble: (error) =>
        wiring.log.error({ err: error }, 'journals could not be written; they are tried again'),
      after: (delayMs, callback) => void wiring.after(delayMs, callback),
    });
  }

  /** After a start of the server: timers go on, starts that were under way are begun again. */
  async wake(): Promise<void> {
    for (const stored of await this.#wiring.store.running()) {
      const session = this.#adopt(stored);
      if (session === undefined) continue;
      session.wake();
      if (session.machine.state === 'requested') void session.start();
      else if (session.machine.state === 'starting') void session.cluster().catch(() => undefined);
      else if (session.machine.state === 'ready') this.#takeUp(session);
    }
    void this.#reconcile();
    await this.#keepHouse();
  }

  /** A cluster that outlived the process before us is this process's: its timers end or pause it. */
  #takeUp(session: LiveSession): void {
    const provider = this.#provider(session.facts.backend);
    if (provider?.lives === undefined) return;
    provider
      .lives(session.id)
      .then((lives) => (lives && !session.hasCluster ? session.cluster() : undefined))
      .catch((error: unknown) =>
        this.#wiring.log.warn({ err: error, sessionId: session.id }, 'a cluster that runs was not taken up'),
      );
  }

  /** Removes what lies on the host and no session owns. */
  async #reconcile(): Promise<void> {
    if (this.#closed) return;
    for (const provider of this.#wiring.providers) {
      if (provider.reconcile === undefined) continue;
      try {
        const living = new Set(await this.#wiring.store.openOn(provider.backend));
        // Its row may not be there yet.
        for (const session of this.#live.values())
          if (session.facts.backend === provider.backend && session.machine.state !== 'ended')
            living.add(session.id);
        const removed = await provider.reconcile(living);
        if (removed.length > 0) this.#wiring.log.info({ removed }, 'clusters that nobody owned were removed');
      } catch (error) {
        this.#wiring.log.warn({ err: error }, 'clusters could not be reconciled; it is tried again');
      }
    }
    if (this.#isClosed()) return;
    this.#reconciling = this.#wiring.after(RECONCILE_MS, () => void this.#reconcile());
  }

  /** Has the labs of the course ready to be forked, now and as the hours pass. Resolves when the first are. */
  async prewarm(): Promise<void> {
    if (this.#closed) return;
    const nowMs = this.#wiring.nowMs();
    const hourMs = gridStart(nowMs);
    const nextMs = hourMs + START_GRID_MS;
    const leadMs = nextMs - PREWARM_LEAD_MS;
    const hours = nowMs < leadMs ? [hourMs] : [hourMs, nextMs];
    this.#prewarming?.cancel();
    this.#prewarming = this.#wiring.after(
      (nowMs < leadMs ? leadMs : nextMs) - nowMs,
      () =>
        void this.prewarm().catch((error: unknown) =>
          this.#wiring.log.error({ err: error }, 'labs could not be booted in advance'),
        ),
    );
    await Promise.all(
      this.#wiring.providers.map(async (provider) =>
        provider.prewarm?.(this.#likelyOrigins(provider, hours)),
      ),
    );
  }

  /** One seed of each lab first, so that every lab is quick for some soon. */
  #likelyOrigins(provider: ClusterProvider, hours: readonly number[]): readonly ClusterOrigin[] {
    const labs = this.#wiring.catalog.labs().filter(
      (lab) =>
        lab.backends.includes(provider.backend) &&
        provider.refusal(lab.cluster) === undefined &&
        // What is drawn for each learner can't be put into a real cluster in advance.
        (provider.backend === 'simulated' || lab.parameters === undefined),
    );
    const seeds = Array.from({ length: SEED_VARIANTS }, (_, index) => index + 1);
    return hours.flatMap((startMs) =>
      seeds.flatMap((seed) => labs.map((lab) => originOf(lab, seed, startMs))),
    );
  }

  /** It may have closed while something was waited for. */
  #isClosed(): boolean {
    return this.#closed;
  }

  async #keepHouse(): Promise<void> {
    if (this.#closed) return;
    try {
      const dropped = await this.#wiring.store.dropJournals(
        new Date(this.#wiring.nowMs() - KEEP_JOURNALS_DAYS * DAY_MS),
      );
      if (dropped > 0) this.#wiring.log.info({ dropped }, 'journals of old sessions were dropped');
      for (const stored of await this.#wiring.store.paused()) {
        const { pausedMs } = stored.machine;
        if (pausedMs !== undefined && pausedMs + stored.settings.keepPausedMs <= this.#wiring.nowMs())
          this.#adopt(stored)?.wake();
      }
      for (const session of [...this.#live.values()]) {
        if (session.machine.state !== 'paused' || session.hasPages) continue;
        this.#live.delete(session.id);
        await session.putAway();
      }
    } catch (error) {
      this.#wiring.log.error({ err: error }, 'housekeeping failed; it is tried again');
    }
    this.#housekeeping = this.#wiring.after(HOUSEKEEPING_MS, () => void this.#keepHouse());
  }

  #provider(backend: SessionView['backend']): ClusterProvider | undefined {
    return this.#wiring.providers.find((provider) => provider.backend === backend);
  }

  #adopt(stored: StoredSession): LiveSession | undefined {
    const known = this.#live.get(stored.facts.id);
    if (known !== undefined) return known;
    const provider = this.#provider(stored.facts.backend);
    if (provider === undefined) return undefined;
    const session = new LiveSession(stored, {
      provider,
      store: this.#wiring.store,
      journal: {
        append: (sessionId: string, records: readonly JournalRecord[]) =>
          this.#journal.append(sessionId, records),
        flushed: () => this.#journal.flushed(),
      },
      nowMs: this.#wiring.nowMs,
      after: this.#wiring.after,
      log: this.#wiring.log,
      makeRoom: (sessionId) => this.#makeRoom(provider, sessionId),
      onGone: (sessionId) => this.#live.delete(sessionId),
    });
    this.#live.set(session.id, session);
    return session;
  }

  /** When every place is taken, the cluster that has been out of sight the longest is paused. */
  async #makeRoom(provider: ClusterProvider, forSession: string): Promise<void> {
    const { clusters, limit } = provider.occupancy();
    if (clusters < limit) return;
    let oldest: LiveSession | undefined;
    for (const session of this.#live.values()) {
      const { state, aloneSinceMs } = session.machine;
      if (
        session.id === forSession ||
        state !== 'ready' ||
        !session.hasCluster ||
        session.hasPages ||
        !session.settings.suspendable
      )
        continue;
      if (aloneSinceMs !== undefined && aloneSinceMs < (oldest?.machine.aloneSinceMs ?? Infinity))
        oldest = session;
    }
    await oldest?.yieldRoom();
  }

  /** The session as the server lives it, unless it has ended. */
  async live(sessionId: string): Promise<LiveSession | undefined> {
    const known = this.#live.get(sessionId);
    if (known !== undefined) return known;
    const loading =
      this.#loading.get(sessionId) ??
      this.#wiring.store
        .byId(sessionId)
        .then((stored) =>
          stored === undefined || stored.machine.state === 'ended' ? undefined : this.#adopt(stored),
        )
        .finally(() => this.#loading.delete(sessionId));
    this.#loading.set(sessionId, loading);
    return loading;
  }

  /** The learner's session of this id. Rejects with `not-found` when there is none or it is another's. */
  async owned(
    sessionId: string,
    learnerId: string,
  ): Promise<{ readonly session: LiveSession | undefined; readonly view: SessionView }> {
    const session = await this.live(sessionId);
    if (session !== undefined) {
      if (session.learnerId !== learnerId) throw notFound('lab session');
      return { session, view: session.view() };
    }
    const stored = await this.#wiring.store.byId(sessionId);
    if (stored === undefined || stored.learnerId !== learnerId) throw notFound('lab session');
    return { session: undefined, view: this.#viewOf(stored) };
  }

  #viewOf(stored: StoredSession): SessionView {
    return (
      this.#live.get(stored.facts.id)?.view() ??
      sessionView(stored.facts, stored.machine, stored.settings, this.#wiring.nowMs())
    );
  }

  async openOf(learnerId: string): Promise<readonly SessionView[]> {
    return (await this.#wiring.store.openOf(learnerId))
      .map((stored) => this.#viewOf(stored))
      .filter((view) => view.state !== 'ended');
  }

  start(learnerId: string, request: StartRequest): Promise<SessionView> {
    const before = this.#starting.get(learnerId) ?? Promise.resolve();
    const start = before.catch(() => undefined).then(() => this.#start(learnerId, request));
    this.#starting.set(learnerId, start);
    const forget = (): void => {
      if (this.#starting.get(learnerId) === start) this.#starting.delete(learnerId);
    };
    start.then(forget, forget);
    return start;
  }

  async #start(learnerId: string, request: StartRequest): Promise<SessionView> {
    const lab = this.#wiring.catalog.lab(request.labId);
    if (lab === undefined) throw notFound('lab');
    const open = await this.#wiring.store.openOf(learnerId);
    // Where nothing is open, the row itself tells a request that was made before.
    const repeated =
      open.length === 0 ? undefined : await this.#wiring.store.byRequest(learnerId, request.requestKey);
    if (repeated !== undefined) return this.#viewOf(repeated);
    const same = open.find((stored) => stored.facts.labId === lab.id);
    if (same !== undefined) {
      const running = this.#adopt(same);
      if (running !== undefined && request.fresh !== true) return running.view();
      running?.end('replaced');
    }
    this.#assertRoomFor(learnerId, lab, open);
    const provider = await this.#chooseProvider(lab, request.backend);
    this.#assertKindRoomFor(provider, lab, open);
    return this.#begin(learnerId, lab, provider, request.requestKey);
  }

  /** Paused labs cost no memory and don't count. */
  #assertRoomFor(learnerId: string, lab: Lab, open: readonly StoredSession[]): void {
    const others = open.filter(
      (stored) => stored.facts.labId !== lab.id && stored.machine.state !== 'paused',
    );
    if (others.length < this.#wiring.maxOpenLabs) return;
    const titles = others.map(
      (stored) => `“${this.#wiring.catalog.lab(stored.facts.labId)?.title ?? stored.facts.labId}”`,
    );
    this.#wiring.log.info({ learnerId, open: others.length }, 'a learner has as many labs open as allowed');
    throw new Failure(
      409,
      'too-many-sessions',
      `You have ${others.length} labs running: ${titles.join(', ')}. Pause or end one of them first.`,
    );
  }

  /** A real cluster costs a gibibyte of the server's memory. */
  #assertKindRoomFor(provider: ClusterProvider, lab: Lab, open: readonly StoredSession[]): void {
    if (provider.backend !== 'kind') return;
    const others = open.filter(
      ({ facts, machine }) =>
        facts.backend === 'kind' && facts.labId !== lab.id && machine.state !== 'paused',
    );
    if (others.length < this.#wiring.kindPerLearner) return;
    const titles = others.map(
      ({ facts }) => `“${this.#wiring.catalog.lab(facts.labId)?.title ?? facts.labId}”`,
    );
    throw new Failure(
      409,
      'too-many-sessions',
      `You have a kind cluster running in ${titles.join(', ')}. Pause or end it first, or take a simulated cluster.`,
    );
  }

  async #begin(
    learnerId: string,
    lab: Lab,
    provider: ClusterProvider,
    requestKey: string,
  ): Promise<SessionView> {
    const nowMs = this.#wiring.nowMs();
    const seed =
      1 + (createHash('sha256').update(`${learnerId} ${lab.id}`).digest().readUInt32BE(0) % SEED_VARIANTS);
    const startMs = gridStart(nowMs);
    // Not from the seed, which the page knows, nor from the learner's id: hidden values could be drawn again from them.
    const values = drawParameters(lab, randomInt(MAX_PARAMETER_SEED));
    const origin: ClusterOrigin = {
      ...originOf(instantiate(lab, values), seed, startMs),
      ...(lab.parameters === undefined ? {} : { parameters: values }),
    };
    const stored: StoredSession = {
      facts: {
        id: newId('s'),
        labId: lab.id,
        backend: provider.backend,
        seed,
        parameters: shownValues(lab, values),
      },
      learnerId,
      requestKey,
      origin,
      machine: newMachine(nowMs),
      settings: machineSettings(lab.timers, provider.backend),
      clock: { clusterTimeMs: startMs, markedAtMs: nowMs },
    };
    const session = this.#adopt(stored);
    if (session === undefined) throw new Error(`no provider for ${provider.backend}`);
    // The cluster is made while the row is written; nobody knows of either before both are there.
    const inserted = this.#wiring.store.insert(stored);
    const started = session.start(inserted);
    try {
      if (await inserted) {
        // A simulated cluster is there at once. A real one is made in half a minute, which the page is told step by step.
        if (provider.backend === 'simulated') await started;
        return session.view();
      }
    } catch (error) {
      session.end('start-failed');
      throw error;
    }
    session.end('replaced');
    const repeated = await this.#wiring.store.byRequest(learnerId, requestKey);
    if (repeated === undefined) throw notFound('lab session');
    return this.#viewOf(repeated);
  }

  /** The backends of a lab in its author's order, and whether each can be had on this server now. */
  async offers(labId: string): Promise<readonly BackendOffer[]> {
    const lab = this.#wiring.catalog.lab(labId);
    if (lab === undefined) throw notFound('lab');
    return Promise.all(lab.backends.map((backend) => this.#offer(lab, backend)));
  }

  async #offer(lab: Lab, backend: BackendName): Promise<BackendOffer> {
    const provider = this.#provider(backend);
    if (provider === undefined) return { backend, offered: false, because: NOT_TURNED_ON[backend] };
    const refusal = provider.refusal(lab.cluster);
    if (refusal !== undefined) return { backend, offered: false, because: refusal };
    const offer = await provider.offer?.();
    if (offer?.ok === false) return { backend, offered: false, because: offer.because, remedy: offer.remedy };
    const expected = provider.expectation?.({ needs: lab.cluster, setup: lab.setup, files: lab.files }) ?? {
      warm: true,
    };
    return { backend, offered: true, ...expected };
  }

  async #chooseProvider(lab: Lab, wanted: BackendName | undefined): Promise<ClusterProvider> {
    const refusals: string[] = [];
    if (wanted !== undefined && !lab.backends.includes(wanted))
      refusals.push(`This lab is not made for ${wanted} clusters.`);
    for (const backend of lab.backends) {
      if (wanted !== undefined && backend !== wanted) continue;
      const offer = await this.#offer(lab, backend);
      const provider = this.#provider(backend);
      if (offer.offered && provider !== undefined) return provider;
      if (!offer.offered) refusals.push(offer.because);
    }
    throw new Failure(409, 'backend-missing', `This lab can’t run so here. ${refusals.join(' ')}`);
  }

  /** Sessions of an account that give way to those of the browser it signed in on. */
  async giveWay(sessionIds: readonly string[]): Promise<void> {
    for (const sessionId of sessionIds)
      (await this.live(sessionId))?.end(
        'replaced',
        'You went on with this lab on another browser. Your results are kept.',
      );
  }

  /** Anonymous progress was joined to an account: sessions are the account's now. */
  moved(fromLearnerId: string, toLearnerId: string): void {
    for (const session of this.#live.values())
      if (session.learnerId === fromLearnerId) session.moveTo(toLearnerId);
  }

  /** The server stops: every cluster leaves memory, every session stays. */
  async close(): Promise<void> {
    this.#closed = true;
    this.#housekeeping?.cancel();
    this.#prewarming?.cancel();
    this.#reconciling?.cancel();
    await Promise.all([...this.#live.values()].map((session) => session.putAway()));
    await this.#journal.flushed();
  }
}

function gridStart(nowMs: number): number {
  return Math.floor(nowMs / START_GRID_MS) * START_GRID_MS;
}

function shownValues(lab: Lab, values: ParameterValues): ParameterValues {
  const shown = shownParameters(lab);
  return Object.fromEntries(Object.entries(values).filter(([name]) => shown.has(name)));
}
