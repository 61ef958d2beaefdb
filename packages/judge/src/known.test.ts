import { describe, expect, it } from 'vitest';
import { unexplained } from './known.ts';
import type { World } from './world/world.ts';

const ISOLATED: World = {
  name: 'isolated',
  namespaces: [{ name: 'alpha', labels: {} }],
  pods: [
    {
      namespace: 'alpha',
      name: 'p0',
      node: 1,
      labels: {},
      hostNetwork: false,
      ready: true,
      servers: [{ port: 80 }],
    },
  ],
  services: [],
  slices: [],
  policies: [{ namespace: 'alpha', name: 'np0', spec: { podSelector: {}, policyTypes: ['Egress'] } }],
};
const OPEN: World = { ...ISOLATED, policies: [] };
const REACHED = ['open: <node1>', 'seen as <pod alpha/p0>'];

describe('choices of the real cluster', () => {
  it.each([
    ['its own node', ISOLATED, 'watch/host1:18080/tcp', ['timed out'], REACHED, 0],
    ['another node', ISOLATED, 'watch/host0:18080/tcp', ['timed out'], REACHED, 1],
    ['its own node, and no policy', OPEN, 'watch/host1:18080/tcp', ['timed out'], REACHED, 1],
    ['its own node, the other way round', ISOLATED, 'watch/host1:18080/tcp', REACHED, ['timed out'], 1],
    ['its own node, refused', ISOLATED, 'watch/host1:18080/tcp', ['refused'], REACHED, 1],
    ['another pod', ISOLATED, 'alpha/p1:80/tcp', ['timed out'], REACHED, 1],
  ] as const)('NP24 an isolated pod asks %s', (_case, world, target, expected, found, left) => {
    expect(unexplained([{ key: `reach | alpha/p0 → ${target}`, expected, found }], world)).toHaveLength(left);
  });
});
