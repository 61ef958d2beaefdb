import { describe, expect, it } from 'vitest';
import { placesOf } from './places.ts';

type Views = Parameters<typeof placesOf>[0];
const view = (kind: string, name: string, object: object, namespace?: string): Views[number] => ({
  kind,
  name,
  uid: `${kind}-${namespace ?? ''}-${name}`,
  object: { ...object },
  ...(namespace === undefined ? {} : { namespace }),
});

const VIEWS: Views = [
  view('Node', 'a', { status: { addresses: [{ type: 'InternalIP', address: '172.18.0.2' }] } }),
  view('Pod', 'web', { spec: { containers: [{}, { ports: [{ containerPort: 8080 }] }] } }, 'shop'),
  view('Pod', 'client', { spec: { containers: [{}] } }, 'default'),
  view('Pod', 'coredns', { spec: {} }, 'kube-system'),
  view('Service', 'kubernetes', { spec: { ports: [{ port: 443 }] } }, 'default'),
  view('Service', 'names', { spec: { ports: [{ port: 53, protocol: 'UDP' }] } }, 'shop'),
  view('NetworkPolicy', 'deny', {}, 'shop'),
];

describe('the places of a cluster', () => {
  const places = placesOf(VIEWS, { outsideHosts: [{ address: '203.0.113.7', tcpPorts: [443, 80] }] });

  it('packets start from are pods, nodes, the toolbox and hosts outside, the cluster’s own parts left out', () => {
    expect(places.from.map(({ key, name, group }) => [key, name, group])).toEqual([
      ['pod/default/client', 'client', 'Pods'],
      ['pod/shop/web', 'shop/web', 'Pods'],
      ['node/a', 'a', 'Nodes'],
      ['toolbox', 'toolbox', 'Outside'],
      ['outside/203.0.113.7', '203.0.113.7', 'Outside'],
    ]);
  });

  it('packets go to are Services first, each with its first port; a node under its address', () => {
    expect(places.to.map(({ key, name, port, protocol }) => [key, name, port, protocol])).toEqual([
      ['service/shop/names', 'Service shop/names', 53, 'udp'],
      ['pod/default/client', 'client', undefined, undefined],
      ['pod/shop/web', 'shop/web', 8080, 'tcp'],
      ['host/172.18.0.2', 'a, 172.18.0.2', undefined, undefined],
      ['host/203.0.113.7', '203.0.113.7', 443, 'tcp'],
    ]);
  });
});
