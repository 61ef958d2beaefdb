import { afterEach, describe, expect, it } from 'vitest';
import type { ClusterEnd, ClusterListener, ClusterOrigin } from '../port.ts';
import type { JournalRecord } from '../journal.ts';
import { SimulatedProvider } from './provider.ts';

const ORIGIN: ClusterOrigin = {
  labId: 'toy',
  labDigest: 'digest',
  seed: 7,
  startMs: 1_700_000_000_000,
  needs: { nodes: 2, cni: 'bridge', networkPolicies: true, outsideHosts: [] },
  setup: [],
  files: [],
};

/** Keeps what it hears and lets a test wait for it. */
class Ear implements ClusterListener {
  text = '';
  records: JournalRecord[] = [];
  end: ClusterEnd | undefined;
  clock = 0;
  #waiting: (() => void)[] = [];

  #heard(): void {
    for (const look of this.#waiting) look();
  }
  onJournal = (records: readonly JournalRecord[]): void => {
    this.records.push(...records);
    this.#heard();
  };
  onClock = (ms: number): void => {
    this.clock = ms;
  };
  onTerminalOutput = (_id: string, offset: number, data: string): void => {
    this.text = this.text.slice(0, offset) + data;
    this.#heard();
  };
  onTerminalExit = (): void => this.#heard();
  onTopologySnapshot = (): void => this.#heard();
  onTopologyChanges = (): void => this.#heard();
  onPackets = (): void => this.#heard();
  onEnd = (end: ClusterEnd): void => {
    this.end = end;
    this.#heard();
  };

  until(condition: () => boolean): Promise<void> {
    return new Promise((resolve) => {
      const look = (): void => {
        if (condition()) resolve();
      };
      this.#waiting.push(look);
      look();
    });
  }
}

const providers: SimulatedProvider[] = [];
function provider(
  options: { workers?: number; maxClusters?: number; maxSliceMs?: number } = {},
): SimulatedProvider {
  const made = new SimulatedProvider({
    workers: 1,
    maxClusters: 10,
    ...options,
    workerUrl: new URL('./testing/toy-worker.mjs', import.meta.url),
  });
  providers.push(made);
  return made;
}
afterEach(async () => {
  for (const each of providers.splice(0)) await each.close();
});

async function shell(from: SimulatedProvider, id: string) {
  const ear = new Ear();
  const cluster = await from.create(id, ORIGIN, ear);
  expect(
    await cluster.openTerminal({ terminalId: 't1', place: { kind: 'toolbox' }, columns: 80, rows: 24 }),
  ).toEqual({ kind: 'opened' });
  return { ear, cluster };
}

describe('clusters in worker threads', () => {
  it('echo, keep a journal, and come back from it in another worker', async () => {
    const { ear, cluster } = await shell(provider(), 'a');
    cluster.sendInput('t1', 1, 'random\r');
    await ear.until(() => /random\r\n\d+\r\n/.test(ear.text));
    await cluster.suspend();
    const again = new Ear();
    const restored = await provider().create('a', ORIGIN, again, {
      history: { records: ear.records, clusterTimeMs: ear.clock },
    });
    expect(restored.restoredTerminals).toMatchObject([{ terminalId: 't1', inputSequence: 1, paused: false }]);
    await again.until(() => again.text.length >= ear.text.length);
    expect(again.text).toBe(ear.text);
    await expect(cluster.readFile('/x')).rejects.toMatchObject({ kind: 'gone' });
  });

  it('boots labs in advance, tells which can’t be, and gives the others as ever', async () => {
    const faults: string[] = [];
    const warm = new SimulatedProvider({
      workers: 1,
      maxClusters: 10,
      workerUrl: new URL('./testing/toy-worker.mjs', import.meta.url),
      onFault: (message) => faults.push(message),
    });
    providers.push(warm);
    const broken = { ...ORIGIN, labId: 'broken', setup: [{ path: 'broken.yaml', text: 'kind: [' }] };
    await warm.prewarm([broken, ORIGIN]);
    expect(faults).toHaveLength(1);
    expect(faults[0]).toContain('broken');
    const { ear, cluster } = await shell(warm, 'a');
    cluster.sendInput('t1', 1, 'hello\r');
    await ear.until(() => ear.text.includes('$ hello'));
    await expect(warm.create('b', broken, new Ear())).rejects.toMatchObject({ kind: 'start-failed' });
  });

  it('a cluster with a broken invariant ends alone', async () => {
    const shared = provider();
    const broken = await shell(shared, 'broken');
    const sound = await shell(shared, 'sound');
    broken.cluster.sendInput('t1', 1, 'throw\r');
    await broken.ear.until(() => broken.ear.end !== undefined);
    expect(broken.ear.end).toMatchObject({ kind: 'worker-crashed' });
    sound.cluster.sendInput('t1', 1, 'hello\r');
    await sound.ear.until(() => sound.ear.text.includes('$ hello'));
    expect(shared.occupancy().clusters).toBe(1);
  });

  it('a cluster that never returns is ended by the watchdog; its neighbours are lost, not blamed', async () => {
    const shared = provider({ maxSliceMs: 400 });
    const hanging = await shell(shared, 'hanging');
    const neighbour = await shell(shared, 'neighbour');
    hanging.cluster.sendInput('t1', 1, 'hang\r');
    await hanging.ear.until(() => hanging.ear.end !== undefined);
    await neighbour.ear.until(() => neighbour.ear.end !== undefined);
    expect([hanging.ear.end?.kind, neighbour.ear.end?.kind]).toEqual(['cpu-exceeded', 'lost']);
    const after = await shell(shared, 'after');
    expect(after.ear.end).toBeUndefined();
  });

  it('a busy cluster does not keep its neighbour waiting', async () => {
    const shared = provider();
    const busy = await shell(shared, 'busy');
    const calm = await shell(shared, 'calm');
    busy.cluster.sendInput('t1', 1, 'spin\r');
    calm.cluster.sendInput('t1', 1, 'hello\r');
    await calm.ear.until(() => calm.ear.text.includes('$ hello'));
    await busy.cluster.destroy();
  });

  it('passes the time of a probe at once: one that waits half a minute is answered before any of it has passed', async () => {
    const { cluster, ear } = await shell(provider(), 'a');
    const answer = await cluster.probe({
      from: { kind: 'toolbox' },
      to: { kind: 'host', host: 'web' },
      port: 81,
      protocol: 'tcp',
      timeoutMs: 30_000,
    });
    expect(answer).toMatchObject({ verdict: 'timed-out', durationMs: 30_000 });
    expect(ear.records.at(-1)?.entry.kind).toBe('probe-started');
  }, 25_000);

  it('refuses what it has no room for, and what was called off', async () => {
    const shared = provider({ maxClusters: 1 });
    await shell(shared, 'first');
    await expect(shared.create('second', ORIGIN, new Ear())).rejects.toMatchObject({ kind: 'full' });
    const stopped = new AbortController();
    stopped.abort();
    await expect(
      provider().create('third', ORIGIN, new Ear(), { signal: stopped.signal }),
    ).rejects.toMatchObject({ kind: 'aborted' });
    const many = { ...ORIGIN, needs: { ...ORIGIN.needs, nodes: 6 } };
    await expect(provider().create('many', many, new Ear())).rejects.toMatchObject({ kind: 'not-supported' });
  });

  it('says why a lab’s setup failed', async () => {
    const origin = {
      ...ORIGIN,
      setup: [{ path: 'setup/web.yaml', text: 'apiVersion: v1\nkind: Podd\nmetadata: { name: web }' }],
    };
    await expect(provider().create('a', origin, new Ear())).rejects.toMatchObject({
      kind: 'start-failed',
      message: 'setup/web.yaml: Podd "web": no matches for kind "Podd" in version "v1"',
    });
  });
});
