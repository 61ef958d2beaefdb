import { describe, expect, it } from 'vitest';
import { readKindVariables } from './kind-variables.ts';

describe('the variables of kind clusters', () => {
  it('may all be left out, or left empty', () => {
    const unset = { networkPolicies: true, addons: undefined, egress: 'public' };
    expect(readKindVariables({})).toEqual(unset);
    expect(readKindVariables({ KIND_NETWORK_POLICIES: '', KIND_ADDONS: '', KIND_EGRESS: '' })).toEqual(unset);
  });

  it('say what a host has, and others beside them are left alone', () => {
    const given = { KIND_NETWORK_POLICIES: 'false', KIND_ADDONS: '/a', KIND_EGRESS: 'none', PATH: '/bin' };
    expect(readKindVariables(given)).toEqual({ networkPolicies: false, addons: '/a', egress: 'none' });
  });

  it('are refused by name where they say what there is not', () => {
    expect(() => readKindVariables({ KIND_NETWORK_POLICIES: 'no', KIND_EGRESS: 'all' })).toThrow(
      /KIND_NETWORK_POLICIES: .*; KIND_EGRESS: /u,
    );
  });
});
