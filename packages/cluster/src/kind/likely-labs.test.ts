import { expect, it } from 'vitest';
import type { ClusterOrigin } from '../port.ts';
import { LikelyLabs } from './likely-labs.ts';

function lab(labId: string, nodes = 2): ClusterOrigin {
  return {
    labId,
    labDigest: '',
    seed: 1,
    startMs: 0,
    needs: { nodes, cni: 'bridge', networkPolicies: true, outsideHosts: [] },
    setup: [{ path: 'setup/lab.yaml', text: labId }],
    files: [],
  };
}

/** Each plan as the lab that is in its cluster, or as nothing but its shape. */
function kept(likely: LikelyLabs): readonly string[] {
  return likely.plans().map(({ needs, dress }) => dress?.setup[0]?.text ?? `${String(needs.nodes)} nodes`);
}

it('keeps a cluster of the shape before one with a lab in it, and each shape once', () => {
  const likely = new LikelyLabs();
  likely.add([lab('a'), lab('b'), lab('c', 3)]);
  expect(kept(likely)).toEqual(['2 nodes', 'a', 'b', '3 nodes', 'c']);
});

it('puts what was asked for last first, and guesses behind it', () => {
  const likely = new LikelyLabs();
  likely.asked(lab('a'));
  likely.asked(lab('c', 3));
  likely.asked(lab('a'));
  likely.add([lab('b'), lab('c', 3)]);
  expect(kept(likely)).toEqual(['2 nodes', 'a', '3 nodes', 'c', 'b']);
});
