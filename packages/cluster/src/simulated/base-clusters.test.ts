import { describe, expect, it } from 'vitest';
import type { ClusterOrigin } from '../port.ts';
import { BaseClusters } from './base-clusters.ts';
import { bootCluster } from './boot.ts';
import type { ClusterFactory } from './boot.ts';
import { ToyCluster, toyFactory } from './testing/toy-cluster.ts';
import { Warmer } from './warmer.ts';

function origin(seed: number): ClusterOrigin {
  return {
    labId: 'toy',
    labDigest: 'digest',
    seed,
    startMs: 1_700_000_000_000,
    needs: { nodes: 2, cni: 'bridge', networkPolicies: true, outsideHosts: [] },
    setup: [],
    files: [{ path: 'notes.txt', text: 'hello' }],
  };
}

/** Counts boots. Its clusters fork by being made anew, which is the same for a toy that nobody has touched. */
function counting(forks = true): { readonly factory: ClusterFactory; readonly boots: () => number } {
  let boots = 0;
  const factory: ClusterFactory = {
    ...toyFactory,
    create: (options) => {
      boots += 1;
      const cluster = new ToyCluster(options);
      cluster.fork = () => (forks ? new ToyCluster(options) : undefined);
      return cluster;
    },
  };
  return { factory, boots: () => boots };
}

const AT_ONCE = (): boolean => true;
const NEVER = (): boolean => false;

describe('booted labs to fork from', () => {
  it('boots in pieces what is booted in one go, to the same instant and files', () => {
    const bases = new BaseClusters({ ...toyFactory, create: (options) => new ToyCluster(options) });
    let pieces = 0;
    let outcome = bases.take(origin(1), AT_ONCE);
    for (; outcome === undefined; pieces++) outcome = bases.take(origin(1), AT_ONCE);
    const whole = bootCluster(origin(1), toyFactory);
    if (!outcome.ok || !whole.ok) throw new Error('it did not boot');
    expect(pieces).toBeGreaterThan(2);
    expect(outcome.cluster.nowMs()).toBe(whole.cluster.nowMs());
    expect(outcome.cluster.toolboxFiles().readFile('/home/learner/notes.txt')).toEqual(
      whole.cluster.toolboxFiles().readFile('/home/learner/notes.txt'),
    );
  });

  it('boots a lab once for a whole class that starts it at once', () => {
    const { factory, boots } = counting();
    const bases = new BaseClusters(factory);
    const waiting = new Set(Array.from({ length: 30 }, (_, index) => index));
    for (let round = 0; waiting.size > 0 && round < 1_000; round++)
      for (const learner of waiting)
        if (bases.take(origin(1), AT_ONCE) !== undefined) waiting.delete(learner);
    expect(waiting.size).toBe(0);
    expect(boots()).toBe(1);
  });

  it('keeps what it was told to keep, and forgets the least recently used of the others', () => {
    const { factory, boots } = counting();
    const bases = new BaseClusters(factory);
    bases.keep([origin(1), origin(2)]);
    for (let seed = 1; seed <= 50; seed++) bases.take(origin(seed), NEVER);
    expect(boots()).toBe(50);
    for (const seed of [1, 2, 50, 49]) bases.take(origin(seed), NEVER);
    expect(boots()).toBe(50);
    bases.take(origin(3), NEVER);
    expect(boots()).toBe(51);
  });

  it('boots anew each time what can’t be forked', () => {
    const { factory, boots } = counting(false);
    const bases = new BaseClusters(factory);
    for (let time = 0; time < 3; time++) expect(bases.take(origin(1), NEVER)?.ok).toBe(true);
    expect(boots()).toBe(3);
  });

  it('has no cluster left over from a boot that threw', () => {
    let failures = 1;
    const bases = new BaseClusters({
      ...toyFactory,
      create: (options) => {
        if (failures-- > 0) throw new Error('it broke');
        return new ToyCluster(options);
      },
    });
    expect(() => bases.take(origin(1), NEVER)).toThrow('it broke');
    expect(bases.take(origin(1), NEVER)?.ok).toBe(true);
  });
});

describe('booting in advance', () => {
  it('boots what it was asked for in order, tells what failed, and rests', () => {
    const { factory, boots } = counting();
    const told: (readonly string[])[] = [];
    const warmer = new Warmer(
      new BaseClusters({
        ...factory,
        create: (options) => {
          if (options.config.seed === 2) throw new Error('seed two is broken');
          return factory.create(options);
        },
      }),
      (failures) => told.push(failures),
    );
    warmer.ask([origin(1), origin(2), origin(3)]);
    let slices = 0;
    while (warmer.slice(0, AT_ONCE).kind === 'busy') slices += 1;
    expect(slices).toBeGreaterThan(4);
    expect(boots()).toBe(2);
    expect(told).toHaveLength(1);
    expect(told[0]).toHaveLength(1);
    expect(told[0]?.[0]).toContain('seed two is broken');
    expect(warmer.slice(0, AT_ONCE)).toEqual({ kind: 'asleep', wakeAtMs: undefined });
  });
});
