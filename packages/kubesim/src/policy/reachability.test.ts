import fc from 'fast-check';
import type { Namespace, Pod } from 'kubernetes-types/core/v1';
import type { LabelSelector } from 'kubernetes-types/meta/v1';
import type { NetworkPolicy, NetworkPolicyPeer, NetworkPolicyPort } from 'kubernetes-types/networking/v1';
import { describe, expect, it } from 'vitest';
import { evaluatePolicies } from './evaluate.ts';
import { everyPod, forEachPod, podCount } from './pod-set.ts';
import { reachability } from './reachability.ts';
import type { ReachedPort } from './reachability.ts';
import type { PolicyObjects } from './world.ts';

const NAMESPACES = ['a', 'b', 'c'];
const PORTS: readonly ReachedPort[] = [
  { protocol: 'tcp', port: 80 },
  { protocol: 'tcp', port: 8080 },
  { protocol: 'udp', port: 53 },
  { protocol: 'icmp' },
];

const labels = fc.dictionary(fc.constantFrom('app', 'tier'), fc.constantFrom('x', 'y', 'z'), { maxKeys: 2 });
const requirement = fc.record({
  key: fc.constantFrom('app', 'tier', 'kubernetes.io/metadata.name'),
  operator: fc.constantFrom('In', 'NotIn', 'Exists', 'DoesNotExist'),
  values: fc.array(fc.constantFrom('x', 'y', 'a', 'b'), { maxLength: 2 }),
});
const selector: fc.Arbitrary<LabelSelector> = fc.record(
  { matchLabels: labels, matchExpressions: fc.array(requirement, { maxLength: 2 }) },
  { requiredKeys: [] },
);
const block = fc.record(
  {
    cidr: fc.constantFrom(
      '10.0.0.0/8',
      '10.244.0.0/30',
      '10.244.0.4/31',
      '10.244.0.3/32',
      '0.0.0.0/0',
      'fd00::/8',
    ),
    except: fc.array(fc.constantFrom('10.244.0.0/31', '10.244.0.2/32'), { maxLength: 2 }),
  },
  { requiredKeys: ['cidr'] },
);
const peer: fc.Arbitrary<NetworkPolicyPeer> = fc.oneof(
  fc.record({ podSelector: selector }),
  fc.record({ namespaceSelector: selector }),
  fc.record({ podSelector: selector, namespaceSelector: selector }),
  fc.record({ ipBlock: block }),
);
const port: fc.Arbitrary<NetworkPolicyPort> = fc.oneof(
  fc.record({ protocol: fc.constantFrom('TCP', 'UDP') }),
  fc.record({ port: fc.constantFrom<number | string>(80, 53, 'web', 'dns') }),
  fc.record({ port: fc.constant(79), endPort: fc.constant(8080) }),
  fc.record({ protocol: fc.constant('UDP'), port: fc.constantFrom<number | string>(53, 'dns') }),
);
const rule = (key: 'from' | 'to') =>
  fc
    .record(
      { peers: fc.array(peer, { maxLength: 2 }), ports: fc.array(port, { maxLength: 2 }) },
      { requiredKeys: [] },
    )
    .map(({ peers, ports }) => ({
      ...(peers === undefined ? {} : { [key]: peers }),
      ...(ports === undefined ? {} : { ports }),
    }));
const policy: fc.Arbitrary<NetworkPolicy> = fc
  .record({
    namespace: fc.constantFrom(...NAMESPACES),
    podSelector: selector,
    policyTypes: fc.subarray(['Ingress', 'Egress']),
    ingress: fc.array(rule('from'), { maxLength: 2 }),
    egress: fc.array(rule('to'), { maxLength: 2 }),
  })
  .map(({ namespace, ...spec }) => ({ metadata: { namespace, name: 'policy' }, spec }));
const pod: fc.Arbitrary<Pod> = fc
  .record({
    namespace: fc.constantFrom(...NAMESPACES),
    labels,
    web: fc.constantFrom(80, 8080, undefined),
    nodeName: fc.constantFrom('n1', 'n2'),
  })
  .map(({ namespace, labels: own, web, nodeName }) => ({
    metadata: { namespace, labels: own },
    spec: {
      nodeName,
      containers: [
        {
          name: 'c',
          ports: [
            ...(web === undefined ? [] : [{ name: 'web', containerPort: web }]),
            { name: 'dns', containerPort: 53, protocol: 'UDP' },
          ],
        },
      ],
    },
  }));
const world: fc.Arbitrary<PolicyObjects> = fc
  .record({
    pods: fc.array(pod, { minLength: 1, maxLength: 7 }),
    policies: fc.array(policy, { maxLength: 6 }),
    namespaceLabels: fc.array(labels, { minLength: 3, maxLength: 3 }),
  })
  .map(({ pods, policies, namespaceLabels }) => ({
    policies: policies.map((each, index) => ({
      ...each,
      metadata: { ...each.metadata, name: `policy-${index}` },
    })),
    pods: pods.map((each, index): Pod => ({
      ...each,
      metadata: { ...each.metadata, name: `pod-${index}`, uid: `uid-${index}` },
      status: { phase: 'Running', podIP: `10.244.0.${index}`, podIPs: [{ ip: `10.244.0.${index}` }] },
    })),
    namespaces: NAMESPACES.map((name, index): Namespace => ({
      metadata: { name, labels: namespaceLabels[index] ?? {} },
    })),
  }));

describe('reachability', () => {
  it('says of every pair and port what the policies say of that connection alone (NP1 to NP23, NP26)', () => {
    fc.assert(
      fc.property(world, (objects) => {
        const matrix = reachability(objects, PORTS);
        for (const [at, asked] of PORTS.entries()) {
          let allowed = 0;
          for (const [source, from] of matrix.pods.entries()) {
            for (const [destination, to] of matrix.pods.entries()) {
              const alone = evaluatePolicies(objects, {
                source: { address: from.addresses[0] ?? '' },
                destination: { address: to.addresses[0] ?? '' },
                ...asked,
              }).allowed;
              if (alone) allowed++;
              expect(matrix.ports[at]?.allows(source, destination)).toBe(alone);
            }
          }
          expect(matrix.ports[at]?.allowedPairs()).toBe(allowed);
        }
      }),
      { numRuns: 300 },
    );
  });

  it('leaves out pods that have no address, have ended, or share a network with their node (NP25)', () => {
    const base = { spec: { containers: [] } };
    const matrix = reachability(
      {
        policies: [],
        namespaces: [],
        pods: [
          { ...base, metadata: { name: 'pending' } },
          { ...base, metadata: { name: 'done' }, status: { phase: 'Succeeded', podIP: '10.0.0.1' } },
          {
            spec: { containers: [], hostNetwork: true },
            metadata: { name: 'host' },
            status: { podIP: '172.18.0.2' },
          },
          { ...base, metadata: { name: 'web' }, status: { phase: 'Running', podIP: '10.0.0.2' } },
        ],
      },
      [{ protocol: 'tcp', port: 80 }],
    );
    expect(matrix.pods.map(({ name }) => name)).toEqual(['web']);
    expect(matrix.ports[0]?.allowedPairs()).toBe(1);
  });
});

describe('sets of pods', () => {
  it.each([0, 1, 31, 32, 33, 64, 100])('count and visit each of %i members once', (count) => {
    const set = everyPod(count);
    const visited: number[] = [];
    forEachPod(set, (place) => visited.push(place));
    expect(podCount(set)).toBe(count);
    expect(visited).toEqual(Array.from({ length: count }, (_none, place) => place));
  });
});
