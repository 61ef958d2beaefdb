import { describe, expect, it } from 'vitest';
import type { StartedParts } from './cluster-maker.ts';
import { WarmPool } from './warm-pool.ts';
import type { WarmPlan } from './warm-pool.ts';

const PARTS = { nodes: [], toolbox: '' } as unknown as StartedParts;

function plan(key: string): WarmPlan {
  return { key, needs: { nodes: 2, cni: 'bridge', networkPolicies: true, outsideHosts: [] } };
}

class Host {
  made = 0;
  failures = 0;
  may = true;
  readonly broken = new Set<string>();
  readonly removed: string[] = [];
  readonly timers: { readonly delayMs: number; readonly callback: () => void }[] = [];
  readonly troubles: unknown[] = [];
  /** When set, a cluster is being made until it is called. */
  finish: (() => void) | undefined;
  slow = false;
  readonly pool = new WarmPool({
    make: async ({ key }, signal) => {
      if (this.slow)
        await new Promise<void>((resolve, reject) => {
          this.finish = resolve;
          signal.addEventListener('abort', () => reject(new Error('withdrawn')), { once: true });
        });
      if (this.failures-- > 0) throw new Error('It broke.');
      return { id: `w${++this.made}`, key, parts: PARTS };
    },
    remove: (id) => Promise.resolve(void this.removed.push(id)),
    mayFill: () => this.may,
    isWhole: ({ id }) => Promise.resolve(!this.broken.has(id)),
    after: (delayMs, callback) => {
      const timer = { delayMs, callback };
      this.timers.push(timer);
      return { cancel: () => void this.timers.splice(this.timers.indexOf(timer), 1) };
    },
    onTrouble: (error) => this.troubles.push(error),
  });

  async settle(): Promise<void> {
    for (let turn = 0; turn < 20; turn++) await Promise.resolve();
  }

  async fire(): Promise<void> {
    const timer = this.timers.shift();
    timer?.callback();
    await this.settle();
  }
}

describe('the warm pool', () => {
  it('is filled in the order of what is wanted, and refilled after a take', async () => {
    const host = new Host();
    host.pool.want([plan('a'), plan('b')], 2);
    await host.settle();
    expect(host.pool.ids).toEqual(['w1', 'w2']);
    expect(await host.pool.take(['b', 'a'])).toMatchObject({ id: 'w2', key: 'b' });
    await host.settle();
    expect(host.pool.ids).toEqual(['w1', 'w3']);
    expect(await host.pool.take(['c'])).toBeUndefined();
  });

  it('keeps what is wanted less than it was, and lets go of what nobody wants', async () => {
    const host = new Host();
    host.pool.want([plan('a'), plan('b')], 2);
    await host.settle();
    host.pool.want([plan('c'), plan('a'), plan('b')], 2);
    await host.settle();
    expect(host.removed).toEqual([]);
    expect(await host.pool.take(['b'])).toMatchObject({ id: 'w2' });
    await host.settle();
    expect(await host.pool.take(['c'])).toMatchObject({ id: 'w3' });
    host.pool.want([plan('c'), plan('d')], 1);
    await host.settle();
    expect(host.removed).toContain('w1');
    expect(host.pool.size).toBe(1);
  });

  it('gives out nothing that has stopped meanwhile, and removes it', async () => {
    const host = new Host();
    host.pool.want([plan('a')], 1);
    await host.settle();
    host.broken.add('w1');
    host.may = false;
    expect(await host.pool.take(['a'])).toBeUndefined();
    expect(host.removed).toEqual(['w1']);
  });

  it('says when what fits is there that is being made, or will not be', async () => {
    const host = new Host();
    host.slow = true;
    host.pool.want([plan('a')], 1);
    expect(host.pool.making(['b'])).toBeUndefined();
    const made = host.pool.making(['b', 'a']);
    expect(await host.pool.take(['a'])).toBeUndefined();
    host.finish?.();
    await made;
    expect(host.pool.making(['a'])).toBeUndefined();
    expect(await host.pool.take(['a'])).toMatchObject({ id: 'w1' });
    const withdrawn = host.pool.making(['a']);
    host.pool.drain();
    await withdrawn;
    expect(await host.pool.take(['a'])).toBeUndefined();
  });

  it('waits while there is no room, and backs off longer after each failure', async () => {
    const host = new Host();
    host.may = false;
    host.pool.want([plan('a')], 1);
    expect(host.timers.map(({ delayMs }) => delayMs)).toEqual([5_000]);
    host.may = true;
    host.failures = 3;
    const delays: (number | undefined)[] = [];
    for (let attempt = 0; attempt < 3; attempt++) {
      await host.fire();
      delays.push(host.timers[0]?.delayMs);
    }
    expect(delays).toEqual([30_000, 60_000, 120_000]);
    await host.fire();
    expect(host.pool.size).toBe(1);
    expect(host.troubles).toHaveLength(3);
  });

  it('gives back what is wanted least, and first what is only being made', async () => {
    const host = new Host();
    host.pool.want([plan('a'), plan('b')], 2);
    await host.settle();
    host.slow = true;
    host.pool.want([plan('a'), plan('b'), plan('c')], 3);
    await host.settle();
    host.may = false;
    expect(host.pool.drain()).toBe(true);
    await host.settle();
    expect(host.pool.ids).toEqual(['w1', 'w2']);
    expect(host.pool.drain()).toBe(true);
    expect(host.removed).toEqual(['w2']);
    host.pool.drain();
    expect(host.pool.drain()).toBe(false);
  });

  it('removes what nobody wants any more, and everything at its end', async () => {
    const host = new Host();
    host.pool.want([plan('a'), plan('b')], 2);
    await host.settle();
    host.pool.want([plan('b')], 1);
    await host.settle();
    expect(host.removed).toEqual(['w1']);
    await host.pool.close();
    expect(host.removed).toEqual(['w1', 'w2']);
    expect(host.pool.size).toBe(0);
  });
});
