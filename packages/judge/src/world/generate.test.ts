import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { generateWorld } from './generate.ts';
import { fewerPods, smallerWorlds } from './reduce.ts';
import { refOf } from './world.ts';

const seeds = fc.record({ seed: fc.nat(1_000), number: fc.nat(1_000) });

describe('random worlds', () => {
  it('are the same for the same seed and number', () => {
    fc.assert(
      fc.property(seeds, ({ seed, number }) => {
        expect(generateWorld(seed, number)).toEqual(generateWorld(seed, number));
      }),
      { numRuns: 30 },
    );
  });

  it('keep their pods for a while, under other labels', () => {
    const bare = (number: number): unknown =>
      generateWorld(5, number).pods.map(({ labels: _labels, ...rest }) => rest);
    expect(bare(0)).toEqual(bare(1));
    expect(bare(0)).not.toEqual(bare(20));
    expect(generateWorld(5, 0).pods).not.toEqual(generateWorld(5, 1).pods);
  });

  it('have names that differ, and name only pods that are', () => {
    fc.assert(
      fc.property(seeds, ({ seed, number }) => {
        const world = generateWorld(seed, number);
        for (const things of [world.pods, world.services, world.policies])
          expect(new Set(things.map(refOf)).size).toBe(things.length);
        const refs = new Set(world.pods.map(refOf));
        for (const [, ref = ''] of JSON.stringify(world).matchAll(/\$\{ip:([^}]+)\}/g))
          expect(refs).toContain(ref);
      }),
      { numRuns: 100 },
    );
  });

  it('hold every nasty thing that there is to draw', () => {
    const text = JSON.stringify(Array.from({ length: 150 }, (_, number) => generateWorld(3, number)));
    for (const word of [
      '"except":',
      '"endPort":',
      '"SCTP"',
      '"none-such"',
      '"from":[]',
      '"egress":[]',
      '"podSelector":{}',
      '"namespaceSelector":{}',
      '"kube-system"',
      '"clusterIP":"None"',
      '"NodePort"',
      '"LoadBalancer"',
      '"ExternalName"',
      '"sessionAffinity":"ClientIP"',
      '"externalTrafficPolicy":"Local"',
      '"internalTrafficPolicy":"Local"',
      '"publishNotReadyAddresses":true',
      '"ready":false',
      '${node:',
    ])
      expect(text).toContain(word);
  });

  it('become smaller, one thing at a time', () => {
    fc.assert(
      fc.property(seeds, ({ seed, number }) => {
        const world = generateWorld(seed, number);
        const size = JSON.stringify(world).length;
        for (const smaller of [...smallerWorlds(world), ...fewerPods(world)])
          expect(JSON.stringify(smaller).length).toBeLessThan(size);
      }),
      { numRuns: 30 },
    );
  });
});
