import type { Pod, PodSpec } from 'kubernetes-types/core/v1';
import { describe, expect, test } from 'vitest';
import { podHostname, podHosts, podResolvConf } from './resolv-conf.ts';

const OPTIONS = {
  clusterDomain: 'cluster.local',
  clusterDns: ['10.96.0.10'],
  nodeResolvConf: 'nameserver 172.18.0.1\noptions ndots:0\n',
};

function pod(spec: Partial<PodSpec> = {}): Pod {
  return { metadata: { name: 'web-0', namespace: 'shop' }, spec: { containers: [], ...spec } };
}

const CLUSTER_FIRST =
  'search shop.svc.cluster.local svc.cluster.local cluster.local\nnameserver 10.96.0.10\noptions ndots:5\n';

describe('/etc/resolv.conf', () => {
  test.each([
    ['DNS10: ClusterFirst, the default', {}, CLUSTER_FIRST],
    ["DNS11: on the host network ClusterFirst is the node's", { hostNetwork: true }, OPTIONS.nodeResolvConf],
    [
      'DNS11: unless it is ClusterFirstWithHostNet',
      { hostNetwork: true, dnsPolicy: 'ClusterFirstWithHostNet' },
      CLUSTER_FIRST,
    ],
    ["DNS11: Default is the node's", { dnsPolicy: 'Default' }, OPTIONS.nodeResolvConf],
    [
      'DNS11: None is what dnsConfig says',
      {
        dnsPolicy: 'None',
        dnsConfig: {
          nameservers: ['1.1.1.1'],
          searches: ['example.com'],
          options: [{ name: 'ndots', value: '2' }, { name: 'edns0' }],
        },
      },
      'search example.com\nnameserver 1.1.1.1\noptions ndots:2 edns0\n',
    ],
    [
      'dnsConfig adds to the policy',
      { dnsConfig: { options: [{ name: 'ndots', value: '1' }] } },
      CLUSTER_FIRST.replace('ndots:5', 'ndots:1'),
    ],
  ])('%s', (_title, spec, expected) => {
    expect(podResolvConf(pod(spec), OPTIONS)).toBe(expected);
  });
});

test('/etc/hosts names the pod by hostname and subdomain', () => {
  const hosts = podHosts(
    pod({ subdomain: 'db', hostAliases: [{ ip: '192.0.2.1', hostnames: ['a', 'b'] }] }),
    'web-0',
    'cluster.local',
    ['10.244.1.2'],
  );
  expect(hosts).toContain('\n10.244.1.2\tweb-0.db.shop.svc.cluster.local\tweb-0\n');
  expect(hosts).toContain('\n192.0.2.1\ta\tb\n');
});

test.each([
  ['its name', {}, 'web-0'],
  ['spec.hostname', { hostname: 'other' }, 'other'],
  ["the node's on the host network", { hostNetwork: true }, 'node-1'],
])('the hostname is %s', (_title, spec, expected) => {
  expect(podHostname(pod(spec), 'node-1')).toBe(expected);
});
