import type { Node, Pod, Service } from 'kubernetes-types/core/v1';
import { describe, expect, it } from 'vitest';
import { Names } from './names.ts';

function node(name: string, address: string, podCIDR: string, controlPlane: boolean): Node {
  return {
    metadata: { name, labels: controlPlane ? { 'node-role.kubernetes.io/control-plane': '' } : {} },
    spec: { podCIDR },
    status: { addresses: [{ type: 'InternalIP', address }] },
  };
}

const nodes = [
  node('kind-worker', '172.18.0.3', '10.244.1.0/24', false),
  node('kind-control-plane', '172.18.0.2', '10.244.0.0/24', true),
];
const pods: readonly Pod[] = [
  { metadata: { namespace: 'alpha', name: 'p0' }, spec: { containers: [] }, status: { podIP: '10.244.1.7' } },
];
const services: readonly Service[] = [
  {
    metadata: { namespace: 'alpha', name: 's0' },
    spec: { clusterIP: '10.96.4.5', ports: [{ port: 80, nodePort: 30_123 }] },
  },
];
const names = new Names(nodes, pods, services);

describe('names that two clusters share', () => {
  it.each([
    ['a pod', '10.244.1.7', '<pod alpha/p0>'],
    ['a longer address', '10.244.1.70', '<unknown in range1>'],
    ['a node', 'on 172.18.0.2.', 'on 172.18.0.2.'],
    [
      'nodes, control plane first',
      'kind-control-plane at 172.18.0.2, kind-worker',
      '<node0> at <node0>, <node1>',
    ],
    [
      'a Service and its node port',
      '10.96.4.5:80 80:30123/TCP',
      '<service alpha/s0>:80 80:<nodeport alpha/s0:0>/TCP',
    ],
    ['the node’s end of a pod’s link', '10.244.0.1', '<gateway0>'],
    ['a range', '10.244.1.0/24', '<range1>/24'],
    ['what nobody knows', '192.0.2.1 and 30124', '192.0.2.1 and 30124'],
  ])('%s', (_case, text, expected) => {
    expect(names.plain(text)).toBe(expected);
  });

  it('fills words in, and leaves unknown ones', () => {
    expect(names.fill('${ip:alpha/p0} ${node:1} ${cidr:0} ${nodeport:alpha/s0:0} ${ip:alpha/p9}')).toBe(
      '10.244.1.7 172.18.0.3 10.244.0.0/24 30123 ${ip:alpha/p9}',
    );
    expect(names.knows('${service:alpha/s0}')).toBe(true);
    expect(names.knows('${ip:alpha/p9}')).toBe(false);
  });
});
