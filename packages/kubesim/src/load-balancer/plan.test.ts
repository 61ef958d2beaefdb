import type { Node, Service } from 'kubernetes-types/core/v1';
import type { EndpointSlice } from 'kubernetes-types/discovery/v1';
import { describe, expect, test } from 'vitest';
import { planLoadBalancer } from './plan.ts';
import type { LoadBalancerPlan, LoadBalancerView } from './plan.ts';

const RANGE = '198.51.100.0/29';

function service(name: string, spec: Service['spec'] = {}, status?: Service['status']): Service {
  return {
    metadata: { name, namespace: 'default' },
    spec: { type: 'LoadBalancer', ...spec },
    status: status ?? { loadBalancer: {} },
  };
}

function withAddress(ip: string): Service['status'] {
  return { loadBalancer: { ingress: [{ ip, ipMode: 'VIP' }] } };
}

function node(name: string, ready = 'True', labels: Record<string, string> = {}): Node {
  return { metadata: { name, labels }, status: { conditions: [{ type: 'Ready', status: ready }] } };
}

function slice(of: string, nodeName: string, ready = true): EndpointSlice {
  return {
    metadata: { name: `${of}-1`, namespace: 'default', labels: { 'kubernetes.io/service-name': of } },
    addressType: 'IPv4',
    endpoints: [{ addresses: ['10.244.1.2'], nodeName, conditions: { ready } }],
  };
}

function plan(view: Partial<LoadBalancerView>, before: LoadBalancerPlan['assigned'] = new Map()) {
  const whole = { services: [], endpointSlices: [], nodes: [node('a'), node('b')], ...view };
  const { assigned, deeds } = planLoadBalancer(whole, before, RANGE);
  return {
    assigned,
    shown: Object.fromEntries(
      [...assigned].map(([key, each]) => [key, `${each.address} ${each.node ?? '-'}`]),
    ),
    said: deeds.flatMap(({ events }) => events.map(({ reason }) => reason)),
    statuses: deeds.flatMap(({ loadBalancer }) =>
      loadBalancer === undefined ? [] : [loadBalancer.ingress?.[0]?.ip],
    ),
  };
}

describe('SVC26: the plan of a load balancer', () => {
  test.each<[string, Partial<LoadBalancerView>, Record<string, string>]>([
    [
      'the first address, the first node',
      { services: [service('web')] },
      { 'default/web': '198.51.100.1 a' },
    ],
    [
      'none for other types and other classes',
      { services: [service('web', { type: 'NodePort' }), service('own', { loadBalancerClass: 'x.io/y' })] },
      {},
    ],
    [
      'the address that was asked for',
      { services: [service('web', { loadBalancerIP: '198.51.100.5' })] },
      { 'default/web': '198.51.100.5 a' },
    ],
    [
      'a node that is ready and not excluded',
      {
        services: [service('web')],
        nodes: [
          node('a', 'Unknown'),
          node('b', 'True', { 'node.kubernetes.io/exclude-from-external-load-balancers': '' }),
          node('c'),
        ],
      },
      { 'default/web': '198.51.100.1 c' },
    ],
    [
      'SVC8: a node with a ready endpoint, under Local',
      {
        services: [service('web', { externalTrafficPolicy: 'Local' })],
        endpointSlices: [slice('web', 'a', false), slice('web', 'b'), slice('other', 'a')],
      },
      { 'default/web': '198.51.100.1 b' },
    ],
    [
      'no node where none has an endpoint',
      { services: [service('web', { externalTrafficPolicy: 'Local' })] },
      { 'default/web': '198.51.100.1 -' },
    ],
    [
      'what a Service has already, also before one that comes first',
      { services: [service('api'), service('web', {}, withAddress('198.51.100.1'))] },
      { 'default/web': '198.51.100.1 a', 'default/api': '198.51.100.2 a' },
    ],
    [
      'not what it could not have given',
      { services: [service('web', {}, withAddress('203.0.113.9'))] },
      { 'default/web': '198.51.100.1 a' },
    ],
  ])('%s', (_, view, expected) => {
    expect(plan(view).shown).toEqual(expected);
  });

  test('keeps the node while it may serve, and says when another one does', () => {
    const services = [service('web', { externalTrafficPolicy: 'Local' })];
    const first = plan({ services, endpointSlices: [slice('web', 'b')] });
    expect(first.said).toEqual(['EnsuringLoadBalancer', 'EnsuredLoadBalancer']);
    expect(first.statuses).toEqual(['198.51.100.1']);
    const [web] = services.map((each) => ({ ...each, status: withAddress('198.51.100.1') ?? {} }));
    const both = [slice('web', 'a'), slice('web', 'b')];
    const second = plan({ services: web === undefined ? [] : [web], endpointSlices: both }, first.assigned);
    expect([second.shown, second.said, second.statuses]).toEqual([first.shown, [], []]);
    const third = plan(
      { services: web === undefined ? [] : [web], endpointSlices: [slice('web', 'a')] },
      second.assigned,
    );
    expect([third.shown, third.said]).toEqual([{ 'default/web': '198.51.100.1 a' }, ['UpdatedLoadBalancer']]);
  });

  test('says that the range is full, and clears what is no load balancer any longer', () => {
    const services = Array.from({ length: 7 }, (_, index) => service(`s${index}`));
    const { assigned, said } = plan({ services });
    expect(assigned.size).toBe(6);
    expect(said.at(-1)).toBe('SyncLoadBalancerFailed');
    const changed = plan(
      { services: [service('s0', { type: 'ClusterIP' }, withAddress('198.51.100.1'))] },
      assigned,
    );
    expect([changed.shown, changed.statuses]).toEqual([{}, [undefined]]);
  });
});
