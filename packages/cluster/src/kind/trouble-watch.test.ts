import { describe, expect, it } from 'vitest';
import type { ClusterEnd } from '../port.ts';
import type { DiskUse } from './docker-host.ts';
import { DISK_BOUNDS, TroubleWatch } from './trouble-watch.ts';

function bench(): {
  readonly watch: TroubleWatch;
  readonly log: string[];
  readonly ends: { readonly session: string; readonly end: ClusterEnd }[];
  readonly use: Map<string, DiskUse>;
  readonly timers: (() => void)[];
  event: (id: string, action: string) => void;
  away: () => void;
  nowMs: number;
  starts: number;
  dockerAway: boolean;
} {
  const log: string[] = [];
  const ends: { readonly session: string; readonly end: ClusterEnd }[] = [];
  const use = new Map<string, DiskUse>();
  const timers: (() => void)[] = [];
  const state = {
    log,
    ends,
    use,
    timers,
    event: (_id: string, _action: string): void => undefined,
    away: (): void => undefined,
    nowMs: 0,
    starts: 0,
    dockerAway: false,
  };
  const watch = new TroubleWatch(
    {
      containerEvents: (onEvent, onEnd) => {
        state.starts++;
        if (state.dockerAway) return Promise.reject(new Error('connect ECONNREFUSED'));
        state.event = (id, action) => onEvent({ id, action });
        state.away = onEnd;
        return Promise.resolve(() => log.push('stopped listening'));
      },
      diskUse: () => Promise.resolve(use),
    },
    {
      watched: () => [
        {
          session: 's1',
          names: new Map([
            ['n1', 'node podwire-worker'],
            ['t1', 'the toolbox'],
          ]),
          toolbox: 't1',
          announce: (text) => log.push(text),
        },
      ],
      onStopped: () => log.push('look'),
      onEnd: (session, end) => ends.push({ session, end }),
      nowMs: () => state.nowMs,
      after: (_, callback) => {
        timers.push(callback);
        return { cancel: () => timers.splice(timers.indexOf(callback), 1) };
      },
    },
  );
  return Object.assign(state, { watch });
}

const settled = (): Promise<void> => new Promise((resolve) => setImmediate(resolve));

describe('trouble of running clusters', () => {
  it('looks at once when a container of one has ended, and at no other’s', async () => {
    const it = bench();
    it.watch.start();
    await settled();
    it.event('stranger', 'die');
    expect(it.log).toEqual([]);
    it.event('n1', 'die');
    expect(it.log).toEqual(['look']);
  });

  it('tells the learner of memory that ran out, once in a while', async () => {
    const it = bench();
    it.watch.start();
    await settled();
    it.event('n1', 'oom');
    it.event('n1', 'oom');
    it.nowMs = 15_000;
    it.event('n1', 'oom');
    expect(it.log).toEqual(
      Array.from(
        { length: 2 },
        () => 'node podwire-worker has run out of memory: the kernel ended one of its programs.',
      ),
    );
    expect(it.ends).toEqual([]);
  });

  it('ends a cluster whose memory runs out again and again, and not one where it happens now and then', async () => {
    const it = bench();
    it.watch.start();
    await settled();
    for (let count = 0; count < 40; count++) {
      it.nowMs += 12_000;
      it.event('n1', 'oom');
    }
    expect(it.ends).toEqual([]);
    it.nowMs += 60_000;
    for (let count = 0; count < 5; count++) {
      // Told of three times by the kernel.
      for (let event = 0; event < 3; event++) it.event('n1', 'oom');
      expect(it.ends.length).toBe(0);
      it.nowMs += 4_000;
    }
    it.event('n1', 'oom');
    expect(it.ends).toEqual([
      {
        session: 's1',
        end: {
          kind: 'memory-exceeded',
          message: 'node podwire-worker ran out of memory again and again.',
        },
      },
    ]);
  });

  it.each([
    ['t1', DISK_BOUNDS.toolbox, 'the toolbox has written 1025 MiB; 1024 MiB is the most.'],
    ['n1', DISK_BOUNDS.node, 'node podwire-worker has written 8193 MiB; 8192 MiB is the most.'],
  ])('ends a cluster that writes more than it may: %s', async (id, bound, message) => {
    const it = bench();
    it.use.set(id, { writtenBytes: bound });
    await it.watch.lookAtDisks();
    expect(it.ends).toEqual([]);
    it.use.set(id, { writtenBytes: bound + 1_024 * 1_024 });
    await it.watch.lookAtDisks();
    expect(it.ends).toEqual([{ session: 's1', end: { kind: 'disk-exceeded', message } }]);
  });

  it('looks when Docker was away, and listens again once it is back', async () => {
    const it = bench();
    it.watch.start();
    await settled();
    it.dockerAway = true;
    it.away();
    expect(it.log).toEqual(['look']);
    it.timers.shift()?.();
    await settled();
    expect([it.starts, it.log.length]).toEqual([2, 2]);
    it.dockerAway = false;
    it.timers.shift()?.();
    await settled();
    expect(it.timers).toEqual([]);
    it.event('n1', 'die');
    expect(it.log.length).toBe(3);
    it.watch.close();
    expect(it.log.at(-1)).toBe('stopped listening');
  });
});
