import { comparePolicies } from '@podwire/grader';
import { evaluatePolicies } from '@podwire/kubesim';
import type { Connection, PolicyObjects } from '@podwire/kubesim';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';

type Policy = PolicyObjects['policies'][number];
type Spec = NonNullable<Policy['spec']>;
type Pod = PolicyObjects['pods'][number];

const OUTSIDE = ['203.0.113.1', '172.17.0.9', '172.17.1.9', '10.244.0.200', '10.244.1.200', '0.0.0.1'];
const PORTS = [1, 78, 79, 80, 81, 90, 91, 8079, 8080, 8081, 65_535];
const NODE = { name: 'one', address: '172.18.0.2' };

const pods: readonly Pod[] = [
  ['default', 'p1', '10.244.0.2', { app: 'a' }, 8080],
  ['default', 'p2', '10.244.1.2', { app: 'b', tier: 'x' }, 80],
  ['default', 'p3', '10.244.0.3', { app: 'a' }, undefined],
  ['other', 'p4', '10.244.1.3', { app: 'a' }, 80],
  ['other', 'p5', '10.244.0.4', {}, undefined],
].map(([namespace, name, ip, labels, port], index) => ({
  metadata: { namespace, name, uid: `${namespace as string}-${name as string}`, labels } as NonNullable<
    Pod['metadata']
  >,
  spec: {
    nodeName: index % 2 === 0 ? 'one' : 'two',
    containers: [
      {
        name: 'main',
        ...(port === undefined ? {} : { ports: [{ name: 'http', containerPort: Number(port) }] }),
      },
    ],
  },
  status: { phase: 'Running', podIP: ip as string, podIPs: [{ ip: ip as string }] },
}));
const namespaces = [
  { metadata: { name: 'default' } },
  { metadata: { name: 'other', labels: { project: 'mine' } } },
];
const nodes = [
  { metadata: { name: NODE.name }, status: { addresses: [{ type: 'InternalIP', address: NODE.address }] } },
];
const scene = { pods, namespaces, nodes } as unknown as Parameters<typeof comparePolicies>[0];

const selector = fc.constantFrom<Spec['podSelector']>(
  {},
  { matchLabels: { app: 'a' } },
  { matchLabels: { app: 'b' } },
  { matchExpressions: [{ key: 'app', operator: 'NotIn', values: ['a'] }] },
  { matchExpressions: [{ key: 'app', operator: 'Exists' }] },
  { matchExpressions: [{ key: 'tier', operator: 'DoesNotExist' }] },
);
const spaces = fc.constantFrom(
  {},
  { matchLabels: { project: 'mine' } },
  { matchLabels: { 'kubernetes.io/metadata.name': 'default' } },
);
const peer = fc.oneof(
  fc.record({ podSelector: selector }),
  fc.record({ namespaceSelector: spaces }),
  fc.record({ podSelector: selector, namespaceSelector: spaces }),
  fc
    .constantFrom(
      { cidr: '0.0.0.0/0' },
      { cidr: '10.244.0.0/16', except: ['10.244.0.2/31'] },
      { cidr: '172.17.0.0/16', except: ['172.17.1.0/24'] },
      { cidr: '172.18.0.2/32' },
      { cidr: '10.244.1.0/24' },
    )
    .map((ipBlock) => ({ ipBlock })),
);
const port = fc.constantFrom(
  { port: 80 },
  { port: 8080 },
  { port: 'http' },
  { port: 79, endPort: 90 },
  { protocol: 'UDP' as const, port: 80 },
  { protocol: 'TCP' as const },
);
const rule = (side: 'from' | 'to') =>
  fc.record(
    { [side]: fc.array(peer, { maxLength: 2 }), ports: fc.array(port, { maxLength: 2 }) },
    { requiredKeys: [] },
  );
const policy: fc.Arbitrary<Policy> = fc
  .record({
    namespace: fc.constantFrom('default', 'other'),
    podSelector: selector,
    policyTypes: fc.constantFrom(['Ingress'], ['Egress'], ['Ingress', 'Egress'], undefined),
    ingress: fc.array(rule('from'), { maxLength: 2 }),
    egress: fc.array(rule('to'), { maxLength: 2 }),
  })
  .map(({ namespace, policyTypes, ...spec }) => ({
    metadata: { namespace, name: 'p' },
    spec: {
      ...spec,
      ...(policyTypes === undefined ? {} : { policyTypes: [...policyTypes] }),
    },
  }));
const policies = fc
  .array(policy, { maxLength: 3 })
  .map((set) => set.map((each, at) => ({ ...each, metadata: { ...each.metadata, name: `p${at}` } })));

interface Tried {
  readonly label: string;
  readonly end: Connection['source'];
  readonly isPod: boolean;
}
const ends: readonly Tried[] = [
  ...pods.map(({ metadata, status }) => ({
    label: `pod ${metadata?.namespace ?? ''}/${metadata?.name ?? ''}`,
    end: { address: status?.podIP ?? '' },
    isPod: true,
  })),
  ...OUTSIDE.map((address) => ({ label: address, end: { address }, isPod: false })),
  { label: 'node one', end: { address: NODE.address, node: NODE.name }, isPod: false },
];

const allowed = (set: readonly Policy[], connection: Connection): boolean =>
  evaluatePolicies({ policies: set, pods, namespaces, nodes }, connection).allowed;

function* connections(): Generator<Connection> {
  for (const source of ends) {
    for (const destination of ends) {
      if (source === destination || !(source.isPod || destination.isPod)) continue;
      const pair = { source: source.end, destination: destination.end };
      yield { ...pair, protocol: 'icmp' };
      for (const protocol of ['tcp', 'udp'] as const)
        for (const each of PORTS) yield { ...pair, protocol, port: each };
    }
  }
}

const asObjects = (set: readonly Policy[]) => set as unknown as Parameters<typeof comparePolicies>[1];

describe('policies that mean the same', () => {
  it('are told from others as by trying every connection (NP1 to NP26)', () => {
    fc.assert(
      fc.property(policies, policies, fc.boolean(), (first, other, related) => {
        // Sets that share most of their policies differ in less, which is the harder case.
        const second = related ? [...first.slice(1), ...other.slice(0, 1)] : other;
        const found = comparePolicies(scene, asObjects(first), asObjects(second));
        const differing = [...connections()].find((each) => allowed(first, each) !== allowed(second, each));
        if (found === undefined) {
          expect(differing).toBeUndefined();
          return;
        }
        const endOf = (label: string): Connection['source'] =>
          ends.find((each) => each.label === label)?.end ?? { address: label.replace(' (outside)', '') };
        const connection: Connection = {
          source: endOf(found.source),
          destination: endOf(found.destination),
          protocol: found.protocol.toLowerCase() as Connection['protocol'],
          ...(found.port === undefined ? {} : { port: found.port }),
        };
        expect(allowed(first, connection)).toBe(found.allowed);
        expect(allowed(second, connection)).toBe(!found.allowed);
      }),
      { numRuns: 40 },
    );
  });

  it('are themselves, in another order and written twice', () => {
    fc.assert(
      fc.property(policies, (set) => {
        const again = [...set, ...set].reverse();
        expect(comparePolicies(scene, asObjects(set), asObjects(again))).toBeUndefined();
      }),
    );
  });

  it('are shown apart by one connection, in words', () => {
    const deny: Policy = { metadata: { namespace: 'default', name: 'deny' }, spec: { podSelector: {} } };
    expect(comparePolicies(scene, [], asObjects([deny]))).toEqual({
      source: 'pod default/p1',
      destination: 'pod default/p2',
      protocol: 'TCP',
      port: 1,
      allowed: true,
      because: 'No policy isolates pod default/p2 for it.',
    });
    expect(comparePolicies(scene, asObjects([deny]), [])).toMatchObject({
      allowed: false,
      because: 'pod default/p2 is isolated for ingress by deny, and no rule allows it.',
    });
  });
});
