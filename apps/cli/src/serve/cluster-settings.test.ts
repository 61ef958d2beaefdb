import { describe, expect, test } from 'vitest';
import { readClusterSettings } from './cluster-settings.ts';
import type { ClusterSettings } from './cluster-settings.ts';

const START_MS = Date.UTC(2026, 0, 1);
const DEFAULTS: ClusterSettings = {
  name: 'podwire',
  nodes: '3',
  cni: 'bridge',
  policies: true,
  seed: '1',
  ipFamily: 'ipv4',
  proxyMode: 'nftables',
  ingress: false,
  loadBalancer: false,
};

function problemsOf(change: Partial<ClusterSettings>): readonly string[] {
  const read = readClusterSettings({ ...DEFAULTS, ...change }, START_MS);
  return read.ok ? [] : read.problems;
}

describe('settings of podwire up that are taken', () => {
  test.each<[Partial<ClusterSettings>, object]>([
    [{}, { cni: 'bridge', networkPolicies: true, proxyMode: 'nftables' }],
    [
      { nodes: '1' },
      { nodes: [{ name: 'podwire-control-plane', labels: {}, controlPlane: true, schedulable: true }] },
    ],
    [{ cni: 'ptp' }, { cni: 'ptp' }],
    [{ cni: 'vxlan' }, { cni: 'vxlan' }],
    [{ cni: 'none' }, { cni: 'none' }],
    [{ policies: false }, { networkPolicies: false }],
    [{ seed: '0' }, { seed: 0 }],
    [{ seed: '4294967295' }, { seed: 4_294_967_295 }],
    [{ proxyMode: 'iptables' }, { proxyMode: 'iptables' }],
    [{ ipFamily: 'ipv6' }, { podCidrs: ['fd00:10:244::/56'], serviceCidrs: ['fd00:10:96::/112'] }],
    [
      { ipFamily: 'dual' },
      {
        podCidrs: ['10.244.0.0/16', 'fd00:10:244::/56'],
        serviceCidrs: ['10.96.0.0/16', 'fd00:10:96::/112'],
      },
    ],
    [{ podCidr: '10.8.0.0/20' }, { podCidrs: ['10.8.0.0/20'] }],
    [{ podCidr: '10.8.0.0/16, fd00:8::/48', ipFamily: 'dual' }, { podCidrs: ['10.8.0.0/16', 'fd00:8::/48'] }],
    [{ serviceCidr: '10.8.0.0/28' }, { serviceCidrs: ['10.8.0.0/28'] }],
    [{ ingress: true }, { ingress: { className: 'nginx' } }],
    [{ ingress: 'nginx-example' }, { ingress: { className: 'nginx-example' } }],
    [{ gateway: true }, { gateway: { className: 'podwire' } }],
    [{ loadBalancer: true }, { loadBalancer: { range: '198.51.100.0/24' } }],
    [{ name: 'a' }, { name: 'a' }],
  ])('%j', (change, config) => {
    expect(readClusterSettings({ ...DEFAULTS, ...change }, START_MS)).toMatchObject({ ok: true, config });
  });

  test.each(['2', '20'])('%s nodes: the first is the control plane, and pods go to the others', (nodes) => {
    const read = readClusterSettings({ ...DEFAULTS, nodes }, START_MS);
    const made = read.ok ? read.config.nodes : [];
    expect(made.map(({ schedulable }) => schedulable)).toEqual(made.map((_, index) => index > 0));
    expect(made).toHaveLength(Number(nodes));
  });
});

describe('API10: settings of podwire up that are refused, each with what may stand there', () => {
  test.each<[Partial<ClusterSettings>, RegExp]>([
    [{ nodes: '0' }, /^--nodes "0": a whole number from 1 to 20\.$/],
    [{ nodes: '21' }, /^--nodes "21": a whole number/],
    [{ nodes: '1.5' }, /^--nodes "1\.5": a whole number/],
    [{ nodes: '-1' }, /^--nodes "-1": a whole number/],
    [{ nodes: '' }, /^--nodes "": a whole number/],
    [{ nodes: '0x3' }, /^--nodes "0x3": a whole number/],
    [{ nodes: '99999999999999' }, /^--nodes/],
    [{ seed: '4294967296' }, /^--seed "4294967296": a whole number from 0 to 4294967295\.$/],
    [{ seed: 'x' }, /^--seed "x"/],
    [{ cni: 'calico' }, /^--cni "calico": one of bridge, ptp, vxlan, none\.$/],
    [{ cni: 'Bridge' }, /^--cni "Bridge": one of/],
    [{ cni: 'constructor' }, /^--cni "constructor": one of/],
    [{ proxyMode: 'ipvs' }, /^--proxy-mode "ipvs": one of nftables, iptables\.$/],
    [{ ipFamily: '4' }, /^--ip-family "4": one of ipv4, ipv6, dual\.$/],
    [{ podCidr: 'x' }, /^--pod-cidr "x" is no CIDR; write one like /],
    [{ podCidr: '' }, /^--pod-cidr "" is no CIDR/],
    [{ podCidr: '10.244.0.0/33' }, /^--pod-cidr "10\.244\.0\.0\/33" is no CIDR/],
    [
      { podCidr: '10.0.0.0/25' },
      /^--pod-cidr 10\.0\.0\.0\/25 is smaller than the \/24 that each node gets\.$/,
    ],
    [{ podCidr: '10.0.0.0/24' }, /has 1 blocks of \/24: too few for 3 nodes\.$/],
    [{ podCidr: 'fd00::/48' }, /does not fit --ip-family: give one IPv4 range\.$/],
    [{ podCidr: '10.0.0.0/16', ipFamily: 'dual' }, /give one IPv4 range, then one IPv6 range\.$/],
    [{ podCidr: '10.0.0.0/16,10.1.0.0/16' }, /does not fit --ip-family/],
    [{ podCidr: '172.18.0.0/16' }, /overlaps 172\.18\.0\.0\/16, the network of the nodes\.$/],
    [
      { podCidr: '10.96.0.0/16' },
      /^--pod-cidr 10\.96\.0\.0\/16 and --service-cidr 10\.96\.0\.0\/16 overlap\.$/,
    ],
    [{ serviceCidr: '10.0.0.0/8' }, /the range for Services is between \/12 and \/28\.$/],
    [{ serviceCidr: '10.0.0.0/29' }, /the range for Services is between \/12 and \/28\.$/],
    [{ serviceCidr: '172.18.5.0/24' }, /overlaps 172\.18\.0\.0\/16/],
    [{ ingress: 'Not A Class' }, /^--ingress "Not A Class": the name of an IngressClass\.$/],
    [{ ingress: '' }, /^--ingress ""/],
    [{ gateway: 'x_y' }, /^--gateway "x_y": the name of a GatewayClass\.$/],
    [{ name: 'Podwire' }, /^--name "Podwire": lower-case letters, digits and hyphens, at most 30\.$/],
    [{ name: 'a'.repeat(31) }, /^--name/],
    [{ name: '-a' }, /^--name/],
  ])('%j', (change, problem) => {
    expect(problemsOf(change)).toEqual(expect.arrayContaining([expect.stringMatching(problem)]));
  });

  test('all that is wrong is told at once', () => {
    expect(problemsOf({ nodes: '0', cni: 'x', seed: 'y' })).toHaveLength(3);
  });
});
