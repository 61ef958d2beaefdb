import { mkdtempSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { describe, expect, it } from 'vitest';
import { kindAbilities, readKindVariables } from './kind-variables.ts';

describe('the variables of kind clusters', () => {
  it('may all be left out, or left empty', () => {
    const unset = { networkPolicies: true, cni: 'node-image', addons: undefined, egress: 'public' };
    expect(readKindVariables({})).toEqual(unset);
    const empty = { KIND_NETWORK_POLICIES: '', KIND_CNI: '', KIND_ADDONS: '', KIND_EGRESS: '' };
    expect(readKindVariables(empty)).toEqual(unset);
  });

  it('say what a host has, and others beside them are left alone', () => {
    const given = {
      KIND_NETWORK_POLICIES: 'false',
      KIND_CNI: 'addon',
      KIND_ADDONS: '/a',
      KIND_EGRESS: 'none',
      PATH: '/bin',
    };
    expect(readKindVariables(given)).toEqual({
      networkPolicies: false,
      cni: 'addon',
      addons: '/a',
      egress: 'none',
    });
  });

  it('are refused by name where they say what there is not', () => {
    expect(() =>
      readKindVariables({ KIND_NETWORK_POLICIES: 'no', KIND_CNI: 'calico', KIND_EGRESS: 'all' }),
    ).toThrow(/KIND_NETWORK_POLICIES: .*; KIND_CNI: .*"node-image"\|"addon".*; KIND_EGRESS: /u);
  });

  it('name the file that a CNI for all labs would be in, where it is not there', async () => {
    const folder = mkdtempSync(path.join(tmpdir(), 'podwire-addons-'));
    const given = { networkPolicies: true, cni: 'addon' } as const;
    await expect(kindAbilities({ ...given, addons: undefined })).rejects.toThrow(
      '$KIND_ADDONS/cni-with-policies.yaml',
    );
    await expect(kindAbilities({ ...given, addons: folder })).rejects.toThrow(
      path.join(folder, 'cni-with-policies.yaml'),
    );
    writeFileSync(path.join(folder, 'cni-with-policies.yaml'), 'kind: DaemonSet');
    expect(await kindAbilities({ ...given, addons: folder })).toEqual({
      ...given,
      addons: { cniWithPolicies: 'kind: DaemonSet' },
    });
  });
});
