import { mkdtempSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { describe, expect, it } from 'vitest';
import { addonsFor, cniFor, readAddons } from './addons.ts';

const plain = { nodes: 2, cni: 'bridge', networkPolicies: true, outsideHosts: [] } as const;

describe('what is added to a kind cluster', () => {
  it('is read from a folder, as far as it is there', async () => {
    const folder = mkdtempSync(path.join(tmpdir(), 'podwire-addons-'));
    writeFileSync(path.join(folder, 'ingress.yaml'), 'kind: IngressClass');
    writeFileSync(path.join(folder, 'notes.txt'), '');
    expect(await readAddons(folder)).toEqual({ ingress: 'kind: IngressClass' });
    await expect(readAddons(path.join(folder, 'notes.txt'))).rejects.toThrow('ENOTDIR');
  });

  it.each([
    ['the node image’s own that obeys', true, true, {}, 'default'],
    ['the node image’s own that ignores', false, false, {}, 'default'],
    ['none that would do', false, true, {}, undefined],
    ['one that ignores', false, true, { cniWithoutPolicies: 'x' }, 'cniWithoutPolicies'],
    ['one that obeys', true, false, { cniWithPolicies: 'x', cniWithoutPolicies: 'y' }, 'cniWithPolicies'],
  ] as const)('takes as CNI %s', (_, needed, own, addons, expected) => {
    expect(cniFor({ ...plain, networkPolicies: needed }, { networkPolicies: own, addons })).toBe(expected);
  });

  it.each([
    ['where a lab asks for policies', true, 'cniWithPolicies'],
    ['not where it wants them ignored', false, 'cniWithoutPolicies'],
  ] as const)(
    'takes the addon instead of the node image’s own where that is said, %s',
    (_, needed, expected) => {
      const addons = { cniWithPolicies: 'x', cniWithoutPolicies: 'y' };
      const needs = { ...plain, networkPolicies: needed };
      expect(cniFor(needs, { networkPolicies: true, addons, cni: 'addon' })).toBe(expected);
      // An own CNI that ignores policies goes on doing so for the labs that want that.
      expect(cniFor(needs, { networkPolicies: false, addons, cni: 'addon' })).toBe(
        needed ? 'cniWithPolicies' : 'default',
      );
    },
  );

  it('takes the node image’s own where a lab says ptp, which that is', () => {
    const addons = { cniWithPolicies: 'x' };
    expect(cniFor({ ...plain, cni: 'ptp' }, { networkPolicies: true, addons, cni: 'addon' })).toBe('default');
  });

  it.each(['node-image', 'addon'] as const)('takes no CNI where a lab wants none: %s', (cni) => {
    expect(
      cniFor({ ...plain, cni: 'none' }, { networkPolicies: false, addons: { cniWithPolicies: 'x' }, cni }),
    ).toBe('none');
  });

  it('has what the lab says filled in, and leaves other braces alone', () => {
    const addons = {
      cniWithoutPolicies: 'net: {{podSubnet}} {{serviceSubnet}}',
      ingress: 'name: {{ingressClass}} {{other}}',
    };
    const needs = { ...plain, networkPolicies: false, ingress: { className: 'nginx-example' } };
    expect(addonsFor(needs, { networkPolicies: true, addons })).toEqual({
      cni: { path: 'cni-without-policies.yaml', text: 'net: 10.244.0.0/16 10.96.0.0/16' },
      others: [{ path: 'ingress.yaml', text: 'name: nginx-example {{other}}' }],
    });
    expect(addonsFor(plain, { networkPolicies: true, addons })).toEqual({
      cni: undefined,
      others: [],
    });
  });
});
