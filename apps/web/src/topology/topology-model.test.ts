import type { PacketTraceView, ProbeResultView, TraceStepView } from '@podwire/protocol';
import { describe, expect, it } from 'vitest';
import { selects } from './label-selector.ts';
import { NO_OBJECTS, withChanges, withSnapshot } from './object-view.ts';
import type { ObjectView } from './object-view.ts';
import { topologyOf } from './topology-model.ts';
import { destinationOfKey, pathOf, placeOfKey } from './topology-path.ts';

const view = (
  kind: string,
  namespace: string | undefined,
  name: string,
  object: Record<string, unknown>,
): ObjectView => ({
  kind,
  name,
  uid: `${kind}-${namespace ?? ''}-${name}`,
  object: { metadata: {}, ...object },
  ...(namespace === undefined ? {} : { namespace }),
});
const node = view('Node', undefined, 'worker', {
  spec: { podCIDR: '10.244.1.0/24' },
  status: {
    conditions: [{ type: 'Ready', status: 'True' }],
    addresses: [{ type: 'InternalIP', address: '172.18.0.3' }],
  },
});
const pod = (name: string, labels: Record<string, string>, own: Record<string, unknown> = {}) =>
  view('Pod', 'default', name, {
    metadata: { labels },
    spec: { nodeName: 'worker', containers: [{ name: 'c', ports: [{ containerPort: 80 }] }] },
    status: { phase: 'Running', podIP: '10.244.1.5', conditions: [{ type: 'Ready', status: 'True' }] },
    ...own,
  });
const policy = (name: string, spec: Record<string, unknown>) =>
  view('NetworkPolicy', 'default', name, { spec });
const snapshot = (...objects: ObjectView[]) => withSnapshot({ revision: 5, objects });

describe('live objects', () => {
  it('take changes in order and leave out what a snapshot has overtaken', () => {
    const web = pod('web', {});
    const state = snapshot(node, web);
    expect(withChanges(state, { revision: 4, changes: [{ type: 'DELETED', object: web }] })).toBe(state);
    expect(
      withChanges(state, { revision: 6, changes: [{ type: 'DELETED', object: web }] }).objects.size,
    ).toBe(1);
  });
  it('wait for the first snapshot', () => {
    expect(withChanges(NO_OBJECTS, { revision: 1, changes: [{ type: 'ADDED', object: node }] })).toBe(
      NO_OBJECTS,
    );
  });
});

describe('the floor plan', () => {
  it('puts pods into the rooms of their nodes', () => {
    const model = topologyOf(
      snapshot(
        node,
        pod('web', {}),
        pod('late', {}, { spec: { containers: [] }, status: { phase: 'Pending' } }),
      ),
      false,
    );
    expect(
      model.rooms.map((room) => [room.name, room.ready, room.address, room.pods.map((one) => one.name)]),
    ).toEqual([['worker', true, '172.18.0.3', ['web']]]);
    expect(model.waiting.map((one) => [one.name, one.status])).toEqual([['late', 'Pending']]);
  });
  it('says of a pod what kubectl says', () => {
    const status = (own: Record<string, unknown>) =>
      topologyOf(snapshot(node, pod('web', {}, { status: { phase: 'Pending', ...own } })), false).rooms[0]
        ?.pods[0]?.status;
    expect(status({ containerStatuses: [{ state: { waiting: { reason: 'CrashLoopBackOff' } } }] })).toBe(
      'CrashLoopBackOff',
    );
    expect(status({})).toBe('Pending');
  });
  it('leaves the system out unless asked, and says how much', () => {
    const dns = { ...pod('coredns', {}), namespace: 'kube-system' };
    expect(topologyOf(snapshot(node, dns), false)).toMatchObject({ hiddenSystemPods: 1 });
    expect(topologyOf(snapshot(node, dns), true).rooms[0]?.pods).toHaveLength(1);
  });
  it('shows which pods stand behind a Service', () => {
    const slice = view('EndpointSlice', 'default', 'web-x', {
      metadata: { labels: { 'kubernetes.io/service-name': 'web' } },
      endpoints: [
        { conditions: { ready: true }, targetRef: { kind: 'Pod', name: 'a' } },
        { conditions: { ready: false }, targetRef: { kind: 'Pod', name: 'b' } },
      ],
    });
    const service = view('Service', 'default', 'web', {
      spec: { clusterIP: '10.96.0.9', ports: [{ port: 80 }] },
    });
    expect(topologyOf(snapshot(service, slice), false).doors).toMatchObject([
      { name: 'web', clusterIp: '10.96.0.9', ready: ['pod/default/a'], notReady: ['pod/default/b'] },
    ]);
  });
  it('takes null endpoints as none', () => {
    const slice = view('EndpointSlice', 'default', 'web-x', {
      metadata: { labels: { 'kubernetes.io/service-name': 'web' } },
      endpoints: null,
    });
    const service = view('Service', 'default', 'web', { spec: { ports: [{ port: 80 }] } });
    expect(topologyOf(snapshot(service, slice), false).doors[0]?.ready).toEqual([]);
  });
  it.each([
    ['NP3 NP4: ingress by default', { podSelector: {} }, [['p'], []]],
    ['NP4: and egress where egress rules are', { podSelector: {}, egress: [{}] }, [['p'], ['p']]],
    ['NP3: as policyTypes says', { podSelector: {}, policyTypes: ['Egress'] }, [[], ['p']]],
    ['NP7: not where the selector does not reach', { podSelector: { matchLabels: { app: 'db' } } }, [[], []]],
  ] as const)('%s', (_rule, spec, expected) => {
    const web = topologyOf(snapshot(node, pod('web', { app: 'web' }), policy('p', spec)), false).rooms[0]
      ?.pods[0];
    expect([web?.ingressPolicies, web?.egressPolicies]).toEqual(expected);
  });
  it('NP25: leaves hostNetwork pods out of policies', () => {
    const host = pod('agent', {}, { spec: { nodeName: 'worker', hostNetwork: true, containers: [] } });
    expect(
      topologyOf(snapshot(node, host, policy('p', { podSelector: {} })), false).rooms[0]?.pods[0]
        ?.ingressPolicies,
    ).toEqual([]);
  });
});

describe('label selectors', () => {
  it.each([
    [{ matchExpressions: [{ key: 'app', operator: 'In', values: ['a', 'b'] }] }, { app: 'b' }, true],
    [{ matchExpressions: [{ key: 'app', operator: 'NotIn', values: ['a'] }] }, {}, true],
    [{ matchExpressions: [{ key: 'app', operator: 'Exists' }] }, {}, false],
    [{ matchExpressions: [{ key: 'app', operator: 'DoesNotExist' }] }, {}, true],
    [{ matchLabels: { app: 'a' } }, { app: 'b' }, false],
    [{}, {}, true],
  ])('%j on %j: %s', (selector, labels, expected) => {
    expect(selects(selector, labels)).toBe(expected);
  });
});

describe('a way over the floor plan', () => {
  const addresses = {
    protocol: 'tcp',
    source: '10.244.0.5',
    sourcePort: 4,
    destination: '10.96.0.9',
    destinationPort: 80,
  } as const;
  const step = (where: string, own: Partial<TraceStepView> = {}): TraceStepView => ({
    atMs: 0,
    where,
    stage: 'forward',
    decision: 'pass',
    before: addresses,
    detail: '',
    ...own,
  });
  const packet = (fate: PacketTraceView['fate'], ...steps: TraceStepView[]): PacketTraceView => ({
    packetId: 1,
    summary: 'TCP SYN',
    sentAtMs: 0,
    steps,
    fate,
  });
  const result = (verdict: ProbeResultView['verdict'], packets: PacketTraceView[]): ProbeResultView => ({
    verdict,
    durationMs: 1,
    packets,
    because: '',
  });
  const request = {
    from: { kind: 'pod', namespace: 'default', name: 'a' },
    to: { kind: 'service', namespace: 'default', name: 'web' },
    port: 80,
    protocol: 'tcp',
    timeoutMs: 1000,
  } as const;

  it('names each place once and the door', () => {
    const way = pathOf(
      request,
      result('open', [
        packet(
          'delivered',
          step('pod default/a'),
          step('node one'),
          step('node one'),
          step('node two'),
          step('pod default/web'),
        ),
      ]),
    );
    expect(way).toEqual({
      through: ['pod/default/a', 'node/one', 'node/two', 'pod/default/web'],
      stopped: 'no',
      door: 'service/default/web',
    });
  });
  it('ends where the packet was stopped', () => {
    expect(
      pathOf(
        request,
        result('timed-out', [
          packet('dropped', step('pod default/a'), step('node one', { decision: 'drop' })),
        ]),
      ),
    ).toMatchObject({ through: ['pod/default/a', 'node/one'], stopped: 'dropped' });
  });
  it('finds the door of an address that was dialled', () => {
    const toHost = { ...request, to: { kind: 'host', host: '10.96.0.9' } } as const;
    expect(
      pathOf(
        toHost,
        result('open', [
          packet(
            'delivered',
            step('node one', {
              decision: 'dnat',
              origin: { kind: 'Service', namespace: 'default', name: 'web' },
            }),
          ),
        ]),
      ).door,
    ).toBe('service/default/web');
  });
  it('has a start even when nothing was sent', () => {
    expect(pathOf(request, result('name-not-found', []))).toMatchObject({
      through: ['pod/default/a'],
      stopped: 'dropped',
    });
  });
});

describe('keys', () => {
  it('say what they stand for', () => {
    expect(placeOfKey('pod/default/web')).toEqual({ kind: 'pod', namespace: 'default', name: 'web' });
    expect(destinationOfKey('host/web.default.svc')).toEqual({ kind: 'host', host: 'web.default.svc' });
    expect(destinationOfKey('node/worker')).toBeUndefined();
    expect(destinationOfKey('host/ ')).toBeUndefined();
  });
});
