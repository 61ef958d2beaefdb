import type { SimulatedCluster } from '@podwire/kubesim';
import { describe, expect, it } from 'vitest';
import { ClusterClock } from './cluster-clock.ts';
import type { WallClock } from './cluster-clock.ts';

/** A wall clock that a test moves, and a cluster with one event every so often. */
function scene(everyMs: number) {
  let wallMs = 1_000;
  let timers: { readonly atMs: number; readonly callback: () => void }[] = [];
  let virtualMs = 500_000;
  let ran = 0;
  let nextMs = virtualMs + everyMs;
  const clock: WallClock = {
    nowMs: () => wallMs,
    after: (delayMs, callback) => {
      const timer = { atMs: wallMs + delayMs, callback };
      timers.push(timer);
      return { cancel: () => (timers = timers.filter((other) => other !== timer)) };
    },
  };
  const cluster = {
    nowMs: () => virtualMs,
    nextEventMs: () => nextMs,
    run: ({ untilMs, maxEvents }: { untilMs: number; maxEvents: number }) => {
      for (let left = maxEvents; nextMs <= untilMs; left--) {
        if (left === 0) return 'budget';
        virtualMs = nextMs;
        nextMs += everyMs;
        ran++;
      }
      virtualMs = Math.max(virtualMs, untilMs);
      return 'deadline';
    },
  } as unknown as SimulatedCluster;
  const pass = (ms: number): void => {
    const endMs = wallMs + ms;
    for (;;) {
      const [due] = timers.filter((timer) => timer.atMs <= endMs).sort((a, b) => a.atMs - b.atMs);
      if (due === undefined) break;
      timers = timers.filter((timer) => timer !== due);
      wallMs = Math.max(wallMs, due.atMs);
      due.callback();
    }
    wallMs = endMs;
  };
  return {
    clock,
    cluster,
    pass,
    virtual: () => virtualMs - 500_000,
    ran: () => ran,
    jump: (ms: number) => (wallMs += ms),
  };
}

const fail = (error: unknown): void => {
  throw error;
};

describe('a cluster’s clock', () => {
  it('follows the wall clock, running each event when it is due', () => {
    const { clock, cluster, pass, virtual, ran } = scene(100);
    new ClusterClock(cluster, clock, fail).start();
    pass(1_050);
    expect({ virtual: virtual(), ran: ran() }).toEqual({ virtual: 1_000, ran: 10 });
  });

  it('is brought to now before something comes in', () => {
    const { clock, cluster, jump, virtual } = scene(100);
    const driver = new ClusterClock(cluster, clock, fail);
    jump(42);
    driver.catchUp();
    expect(virtual()).toBe(42);
  });

  it('goes slower instead of chasing a wall clock that ran far ahead', () => {
    const { clock, cluster, jump, virtual } = scene(100);
    const driver = new ClusterClock(cluster, clock, fail);
    jump(3_600_000);
    driver.catchUp();
    expect(virtual()).toBeLessThanOrEqual(60_000);
  });

  it('rests once it is stopped', () => {
    const { clock, cluster, pass, ran } = scene(100);
    const driver = new ClusterClock(cluster, clock, fail);
    driver.start();
    driver.stop();
    pass(1_000);
    expect(ran()).toBe(0);
  });

  it('tells of a simulation that fails, once, and stops', () => {
    const { clock, cluster, pass } = scene(100);
    const faults: unknown[] = [];
    cluster.run = () => {
      throw new Error('broken');
    };
    new ClusterClock(cluster, clock, (error) => faults.push(error)).start();
    pass(1_000);
    expect(faults).toHaveLength(1);
  });
});
