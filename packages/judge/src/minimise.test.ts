import { describe, expect, it } from 'vitest';
import { minimise } from './minimise.ts';
import { generateWorld } from './world/generate.ts';
import type { World } from './world/world.ts';

const PLENTY = 10_000;
const world = Array.from({ length: 50 }, (_, number) => generateWorld(2, number)).find(
  ({ policies }) => policies.length > 2,
);

describe('the smallest world', () => {
  it('keeps what the difference needs, and nothing else', async () => {
    if (world === undefined) throw new Error('No world has three policies.');
    const needed = world.policies[1];
    const smallest = await minimise(
      world,
      ({ policies }) => Promise.resolve(policies.some(({ name }) => name === needed?.name)),
      PLENTY,
    );
    expect(smallest.policies.map(({ name }) => name)).toEqual([needed?.name]);
    expect(smallest.services).toEqual([]);
    expect(smallest.pods.filter(({ labels }) => Object.keys(labels).length > 0)).toEqual(
      smallest.pods.filter(({ namespace }) => namespace === 'watch'),
    );
  });

  it('stops when its budget is spent', async () => {
    if (world === undefined) throw new Error('No world has three policies.');
    let tried = 0;
    const differs = (_smaller: World): Promise<boolean> => {
      tried += 1;
      return Promise.resolve(false);
    };
    expect(await minimise(world, differs, 3)).toBe(world);
    expect(tried).toBe(3);
  });
});
