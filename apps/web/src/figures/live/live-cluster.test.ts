import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { BARE_BASE } from '../cluster-base.ts';
import {
  ANSWER_LIMIT_MS,
  HIDDEN_LIMIT_MS,
  IDLE_LIMIT_MS,
  LiveCluster,
  LOAD_LIMIT_MS,
} from './live-cluster.ts';
import type { BeginWorker, LivePhase } from './live-cluster.ts';
import type { LiveAnswer, LiveOrder, LiveSent } from './messages.ts';

const ORDER = {
  base: BARE_BASE,
  shell: false,
  objects: [],
  request: {
    from: { kind: 'toolbox' },
    to: { kind: 'host', host: '172.18.0.2' },
    port: 80,
    protocol: 'tcp',
    timeoutMs: 3_000,
  },
} as const;
const SENT: LiveSent = {
  result: { verdict: 'refused', durationMs: 1, packets: [], because: 'Nobody listens.' },
  places: { from: [], to: [] },
  bootedInMs: undefined,
};

/** A thread that says what the test has it say. */
class StandIn {
  readonly orders: LiveOrder[] = [];
  isEnded = false;
  readonly hear: (answer: LiveAnswer) => void;
  readonly fail: () => void;

  constructor(hear: (answer: LiveAnswer) => void, fail: () => void) {
    this.hear = hear;
    this.fail = fail;
  }

  postMessage(order: LiveOrder): void {
    this.orders.push(order);
  }

  terminate(): void {
    this.isEnded = true;
  }

  get lastId(): number {
    return this.orders.at(-1)?.id ?? 0;
  }
}

function setUp(): {
  readonly workers: StandIn[];
  readonly cluster: LiveCluster;
  readonly last: () => StandIn;
} {
  const workers: StandIn[] = [];
  const begin: BeginWorker = (hear, fail) => {
    const worker = new StandIn(hear, fail);
    workers.push(worker);
    return worker;
  };
  const last = (): StandIn => {
    const worker = workers.at(-1);
    if (worker === undefined) throw new Error('no worker has been started');
    return worker;
  };
  return { workers, cluster: new LiveCluster(begin), last };
}

const ignore = (): void => undefined;

beforeEach(() => void vi.useFakeTimers());
afterEach(() => void vi.useRealTimers());

describe('the cluster of a page', () => {
  it('is started by the first packet, tells how far it is, and serves the next one too', async () => {
    const { workers, cluster, last } = setUp();
    const phases: LivePhase[] = [];
    const first = cluster.send(ORDER, (phase) => phases.push(phase));
    last().hear({ kind: 'ready' });
    last().hear({ kind: 'booting', id: last().lastId });
    last().hear({ kind: 'sending', id: last().lastId });
    last().hear({ kind: 'sent', id: last().lastId, sent: SENT });
    expect(await first).toEqual({ ok: true, sent: SENT });
    expect(phases).toEqual(['loading', 'booting', 'sending']);
    const second = cluster.send(ORDER, ignore);
    last().hear({ kind: 'sent', id: last().lastId, sent: SENT });
    expect((await second).ok).toBe(true);
    expect(workers).toHaveLength(1);
  });

  it('sends one packet at a time', async () => {
    const { cluster, last } = setUp();
    const first = cluster.send(ORDER, ignore);
    expect(await cluster.send(ORDER, ignore)).toMatchObject({
      ok: false,
      message: expect.stringContaining('still under way') as string,
    });
    last().hear({ kind: 'sent', id: last().lastId, sent: SENT });
    expect((await first).ok).toBe(true);
    expect(last().orders).toHaveLength(1);
  });

  it('does not take the answer to an earlier packet for one to this', async () => {
    const { cluster, last } = setUp();
    const running = cluster.send(ORDER, ignore);
    last().hear({ kind: 'failed', id: last().lastId - 1, fault: 'broken', message: 'old' });
    last().hear({ kind: 'sent', id: last().lastId, sent: SENT });
    expect((await running).ok).toBe(true);
  });

  it.each([
    ['refused', 'a manifest of this figure: Pod "a": no', /^The API refuses it: a manifest .* Switch on/],
    ['too-long', '', /took too long and was ended/],
    ['broken', 'a stack nobody reads', /fault of ours/],
  ] as const)('tells of a packet that came to nothing: %s', async (fault, message, words) => {
    const { cluster, last } = setUp();
    const running = cluster.send(ORDER, ignore);
    last().hear({ kind: 'failed', id: last().lastId, fault, message });
    expect(await running).toMatchObject({ ok: false, message: expect.stringMatching(words) as string });
    expect(last().isEnded).toBe(false);
  });

  it.each([
    ['there are no workers', undefined],
    ['its script does not load', (worker: StandIn) => worker.fail()],
    ['its script hangs', () => vi.advanceTimersByTime(LOAD_LIMIT_MS)],
  ])('says so when %s, and tries anew the next time', async (_what, happen) => {
    const { workers, cluster, last } = setUp();
    const none = new LiveCluster(() => {
      throw new ReferenceError('Worker is not defined');
    });
    const running = (happen === undefined ? none : cluster).send(ORDER, ignore);
    happen?.(last());
    expect(await running).toMatchObject({
      ok: false,
      message: expect.stringContaining('No cluster can start in this browser') as string,
    });
    if (happen === undefined) return;
    expect(last().isEnded).toBe(true);
    void cluster.send(ORDER, ignore);
    expect(workers).toHaveLength(2);
  });

  it('ends a thread that does not answer, once it had been loaded', async () => {
    const { cluster, last } = setUp();
    const running = cluster.send(ORDER, ignore);
    last().hear({ kind: 'ready' });
    vi.advanceTimersByTime(ANSWER_LIMIT_MS);
    expect(await running).toMatchObject({
      ok: false,
      message: expect.stringContaining('took too long') as string,
    });
    expect(last().isEnded).toBe(true);
  });

  it.each([
    ['nobody uses it', IDLE_LIMIT_MS, false],
    ['the page is hidden', HIDDEN_LIMIT_MS, true],
  ])('ends when %s for long, and not before', async (_what, limitMs, hidden) => {
    const { cluster, last } = setUp();
    const running = cluster.send(ORDER, ignore);
    last().hear({ kind: 'sent', id: last().lastId, sent: SENT });
    await running;
    if (hidden) {
      cluster.pageHidden(true);
      cluster.pageHidden(false);
      vi.advanceTimersByTime(HIDDEN_LIMIT_MS);
      expect(last().isEnded).toBe(false);
      cluster.pageHidden(true);
    }
    vi.advanceTimersByTime(limitMs - 1);
    expect(last().isEnded).toBe(false);
    vi.advanceTimersByTime(1);
    expect(last().isEnded).toBe(true);
  });

  it('is not ended under a packet because the page is hidden', async () => {
    const { cluster, last } = setUp();
    const running = cluster.send(ORDER, ignore);
    cluster.pageHidden(true);
    vi.advanceTimersByTime(LOAD_LIMIT_MS - 1);
    last().hear({ kind: 'sent', id: last().lastId, sent: SENT });
    expect((await running).ok).toBe(true);
  });

  it('ends with the page', async () => {
    const { cluster, last } = setUp();
    const running = cluster.send(ORDER, ignore);
    cluster.end();
    expect((await running).ok).toBe(false);
    expect(last().isEnded).toBe(true);
  });
});
