import { describe, expect, it } from 'vitest';
import { kindRefusal } from './kind-config.ts';

const plain = { nodes: 2, cni: 'bridge', networkPolicies: true, outsideHosts: [] } as const;
const obeys = { networkPolicies: true };

describe('what a kind cluster refuses', () => {
  it('takes a plain lab, and one without any CNI', () => {
    expect(kindRefusal(plain, obeys)).toBeUndefined();
    expect(kindRefusal({ ...plain, cni: 'none', networkPolicies: false }, obeys)).toBeUndefined();
  });

  it('takes what the host’s addons give', () => {
    const addons = { cniWithoutPolicies: 'x', ingress: 'x', gateway: 'x' };
    const needs = { ingress: { className: 'a' }, gateway: { className: 'b' }, networkPolicies: false };
    expect(kindRefusal({ ...plain, ...needs }, { ...obeys, addons })).toBeUndefined();
  });

  it.each([
    ['nodes', { nodes: 1_000 }],
    ['ignores NetworkPolicies', { networkPolicies: false }],
    ['VXLAN', { cni: 'vxlan' }],
    ['outside the cluster', { outsideHosts: [{ address: '172.17.0.9' }] }],
    ['ingress controller', { ingress: {} }],
    ['Gateway API', { gateway: {} }],
  ] as const)('says what a lab needs that is not there: %s', (named, needs) => {
    expect(kindRefusal({ ...plain, ...needs } as typeof plain, obeys)).toContain(named);
  });
});
