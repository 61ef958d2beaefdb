import { describe, expect, it } from 'vitest';
import { parse } from 'yaml';
import { kindConfig, kindRefusal } from './kind-config.ts';

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
    ['load balancer for IPv6', { ipFamily: 'ipv6', loadBalancer: true }],
    ['outside the cluster', { outsideHosts: [{ address: '172.17.0.9' }] }],
    ['ingress controller', { ingress: {} }],
    ['Gateway API', { gateway: {} }],
  ] as const)('says what a lab needs that is not there: %s', (named, needs) => {
    expect(kindRefusal({ ...plain, ...needs } as typeof plain, obeys)).toContain(named);
  });
});

describe('kind’s configuration of a lab’s cluster', () => {
  it('has what the lab says, and the simulation’s own where it says nothing', () => {
    const plainly = parse(kindConfig('one', plain, obeys)) as unknown;
    expect(plainly).toMatchObject({
      networking: {
        ipFamily: 'ipv4',
        apiServerAddress: '127.0.0.1',
        podSubnet: '10.244.0.0/16',
        serviceSubnet: '10.96.0.0/16',
        kubeProxyMode: 'nftables',
        disableDefaultCNI: false,
      },
      nodes: [{ role: 'control-plane' }, { role: 'worker' }],
    });
    const needs = {
      ...plain,
      cni: 'none',
      podCidrs: ['10.8.0.0/16'],
      serviceCidrs: ['10.9.0.0/20'],
      proxyMode: 'iptables',
      nodeLabels: [{}, { disk: 'ssd' }],
    } as const;
    expect(parse(kindConfig('one', needs, obeys))).toMatchObject({
      networking: {
        podSubnet: '10.8.0.0/16',
        serviceSubnet: '10.9.0.0/20',
        kubeProxyMode: 'iptables',
        disableDefaultCNI: true,
      },
      nodes: [{ labels: {} }, { labels: { disk: 'ssd' } }],
    });
  });

  it.each([
    ['ipv6', 'fd00:10:244::/56', 'fd00:10:96::/112'],
    ['dual', '10.244.0.0/16,fd00:10:244::/56', '10.96.0.0/16,fd00:10:96::/112'],
  ] as const)('has the addresses of the family that the lab asks for: %s', (ipFamily, pods, services) => {
    expect(parse(kindConfig('one', { ...plain, ipFamily }, obeys))).toMatchObject({
      networking: { ipFamily, podSubnet: pods, serviceSubnet: services },
    });
  });
});
