import type { Namespace, Node, Pod } from 'kubernetes-types/core/v1';
import type { NetworkPolicy, NetworkPolicySpec } from 'kubernetes-types/networking/v1';
import { describe, expect, it } from 'vitest';
import { evaluatePolicies } from './evaluate.ts';
import type { Connection } from './verdict.ts';

const WEB = '10.244.0.10';
const CLIENT = '10.244.0.11';
const DB = '10.244.1.20';
const OTHER = '10.244.1.30';
const OUTSIDE = '203.0.113.7';

function pod(
  namespace: string,
  name: string,
  ip: string,
  labels: Record<string, string>,
  more: Partial<Pod['spec']> = {},
): Pod {
  return {
    metadata: { namespace, name, uid: `${namespace}-${name}`, labels },
    spec: { containers: [{ name: 'main' }], nodeName: 'a', ...more },
    status: { phase: 'Running', podIP: ip, podIPs: [{ ip }] },
  };
}

const pods: readonly Pod[] = [
  pod(
    'default',
    'web',
    WEB,
    { app: 'web', tier: 'front' },
    {
      containers: [
        {
          name: 'main',
          ports: [
            { name: 'http', containerPort: 8080 },
            { name: 'dns', containerPort: 53, protocol: 'UDP' },
          ],
        },
      ],
    },
  ),
  pod('default', 'client', CLIENT, { app: 'client' }),
  pod(
    'data',
    'db',
    DB,
    { app: 'db' },
    {
      nodeName: 'b',
      containers: [{ name: 'main', ports: [{ name: 'http', containerPort: 9090 }] }],
    },
  ),
  pod('other', 'client', OTHER, { app: 'client' }, { nodeName: 'b' }),
  pod('default', 'agent', '172.18.0.2', { app: 'client' }, { hostNetwork: true }),
];
const namespaces: readonly Namespace[] = [
  { metadata: { name: 'default', labels: { team: 'web' } } },
  { metadata: { name: 'data', labels: { team: 'data' } } },
  { metadata: { name: 'other', labels: {} } },
];
const nodes: readonly Node[] = [
  { metadata: { name: 'a' }, status: { addresses: [{ type: 'InternalIP', address: '172.18.0.2' }] } },
  { metadata: { name: 'b' }, status: { addresses: [{ type: 'InternalIP', address: '172.18.0.3' }] } },
];

function policy(name: string, spec: NetworkPolicySpec, namespace = 'default'): NetworkPolicy {
  return { metadata: { namespace, name }, spec };
}

function tcp(source: string, destination: string, port = 80): Connection {
  return { source: { address: source }, destination: { address: destination }, protocol: 'tcp', port };
}

const web = { matchLabels: { app: 'web' } };
const client = { matchLabels: { app: 'client' } };
const denyIngress = policy('deny-ingress', { podSelector: {}, policyTypes: ['Ingress'] });
const denyEgress = policy('deny-egress', { podSelector: {}, policyTypes: ['Egress'] });

interface Row {
  readonly rule: string;
  readonly policies: readonly NetworkPolicy[];
  readonly connection: Connection;
  readonly allowed: boolean;
  /** The deciding field where one allowed, or the field of the nearest miss. */
  readonly field?: string;
}

function ingress(...rules: NonNullable<NetworkPolicySpec['ingress']>): NetworkPolicy {
  return policy('in', { podSelector: web, ingress: rules });
}
function egress(...rules: NonNullable<NetworkPolicySpec['egress']>): NetworkPolicy {
  return policy('out', { podSelector: client, policyTypes: ['Egress'], egress: rules });
}

const rows: readonly Row[] = [
  { rule: 'no policy allows all', policies: [], connection: tcp(CLIENT, WEB), allowed: true },
  {
    rule: 'NP1 egress allowed, ingress denied',
    policies: [egress({}), denyIngress],
    connection: tcp(CLIENT, WEB),
    allowed: false,
  },
  {
    rule: 'NP1 ingress allowed, egress denied',
    policies: [ingress({}), denyEgress],
    connection: tcp(CLIENT, WEB),
    allowed: false,
  },
  {
    rule: 'NP1 both allowed',
    policies: [ingress({}), egress({}), denyEgress, denyIngress],
    connection: tcp(CLIENT, WEB),
    allowed: true,
  },
  {
    rule: 'NP2 an allow beats a deny-all',
    policies: [denyIngress, ingress({ from: [{ podSelector: client }] })],
    connection: tcp(CLIENT, WEB),
    allowed: true,
    field: 'spec.ingress[0].from[0].podSelector',
  },
  {
    rule: 'NP2 whatever the order',
    policies: [ingress({ from: [{ podSelector: client }] }), denyIngress],
    connection: tcp(CLIENT, WEB),
    allowed: true,
    field: 'spec.ingress[0].from[0].podSelector',
  },
  {
    rule: 'NP3 an ingress policy does not isolate egress',
    policies: [denyIngress],
    connection: tcp(CLIENT, DB),
    allowed: true,
  },
  {
    rule: 'NP3 an egress policy does not isolate ingress',
    policies: [denyEgress],
    connection: tcp(DB, WEB),
    allowed: true,
  },
  {
    rule: 'NP4 no policyTypes, egress rules: both',
    policies: [policy('p', { podSelector: client, egress: [{ to: [{ podSelector: web }] }] })],
    connection: tcp(CLIENT, DB),
    allowed: false,
  },
  {
    rule: 'NP4 no policyTypes, egress rules: ingress too',
    policies: [policy('p', { podSelector: client, egress: [{}] })],
    connection: tcp(WEB, CLIENT),
    allowed: false,
  },
  {
    rule: 'NP4 no policyTypes, no egress rules: ingress only',
    policies: [policy('p', { podSelector: client, egress: [] })],
    connection: tcp(CLIENT, DB),
    allowed: true,
  },
  {
    rule: 'NP4 policyTypes Egress ignores ingress rules',
    policies: [policy('p', { podSelector: web, policyTypes: ['Egress'], ingress: [] })],
    connection: tcp(CLIENT, WEB),
    allowed: true,
  },
  {
    rule: 'NP5 empty list denies',
    policies: [policy('p', { podSelector: web, ingress: [] })],
    connection: tcp(CLIENT, WEB),
    allowed: false,
    field: 'spec.ingress',
  },
  {
    rule: 'NP5 one empty rule allows',
    policies: [ingress({})],
    connection: tcp(OUTSIDE, WEB),
    allowed: true,
    field: 'spec.ingress[0]',
  },
  {
    rule: 'NP6 empty from',
    policies: [ingress({ from: [], ports: [{ port: 80 }] })],
    connection: tcp(OUTSIDE, WEB),
    allowed: true,
    field: 'spec.ingress[0]',
  },
  {
    rule: 'NP6 empty ports',
    policies: [ingress({ from: [{ podSelector: client }], ports: [] })],
    connection: tcp(CLIENT, WEB, 12345),
    allowed: true,
  },
  {
    rule: 'NP7 an empty podSelector selects every pod',
    policies: [denyIngress],
    connection: tcp(DB, CLIENT),
    allowed: false,
  },
  { rule: 'NP7 of its namespace only', policies: [denyIngress], connection: tcp(WEB, DB), allowed: true },
  {
    rule: 'NP8 podSelector alone: own namespace',
    policies: [ingress({ from: [{ podSelector: client }] })],
    connection: tcp(OTHER, WEB),
    allowed: false,
    field: 'spec.ingress[0].from[0].podSelector',
  },
  {
    rule: 'NP9 one peer ANDs',
    policies: [
      ingress({ from: [{ podSelector: client, namespaceSelector: { matchLabels: { team: 'data' } } }] }),
    ],
    connection: tcp(DB, WEB),
    allowed: false,
    field: 'spec.ingress[0].from[0].podSelector',
  },
  {
    rule: 'NP9 two peers OR',
    policies: [
      ingress({ from: [{ podSelector: client }, { namespaceSelector: { matchLabels: { team: 'data' } } }] }),
    ],
    connection: tcp(DB, WEB),
    allowed: true,
    field: 'spec.ingress[0].from[1].namespaceSelector',
  },
  {
    rule: 'NP10 an empty namespaceSelector is all namespaces',
    policies: [ingress({ from: [{ namespaceSelector: {} }] })],
    connection: tcp(OTHER, WEB),
    allowed: true,
  },
  {
    rule: 'NP10 but no outside address',
    policies: [ingress({ from: [{ namespaceSelector: {} }] })],
    connection: tcp(OUTSIDE, WEB),
    allowed: false,
  },
  {
    rule: 'NP11 metadata.name',
    policies: [
      ingress({ from: [{ namespaceSelector: { matchLabels: { 'kubernetes.io/metadata.name': 'other' } } }] }),
    ],
    connection: tcp(OTHER, WEB),
    allowed: true,
  },
  {
    rule: 'NP12 ipBlock alone',
    policies: [ingress({ from: [{ ipBlock: { cidr: '203.0.113.0/24' } }] })],
    connection: tcp(OUTSIDE, WEB),
    allowed: true,
    field: 'spec.ingress[0].from[0].ipBlock',
  },
  {
    rule: 'NP13 except excludes',
    policies: [ingress({ from: [{ ipBlock: { cidr: '203.0.113.0/24', except: ['203.0.113.0/28'] } }] })],
    connection: tcp(OUTSIDE, WEB),
    allowed: false,
    field: 'spec.ingress[0].from[0].ipBlock.except[0]',
  },
  {
    rule: 'NP13 from its own rule only',
    policies: [
      ingress(
        { from: [{ ipBlock: { cidr: '203.0.113.0/24', except: ['203.0.113.0/28'] } }] },
        { from: [{ ipBlock: { cidr: '203.0.113.7/32' } }] },
      ),
    ],
    connection: tcp(OUTSIDE, WEB),
    allowed: true,
    field: 'spec.ingress[1].from[0].ipBlock',
  },
  {
    rule: 'NP14 ipBlock matches pod IPs',
    policies: [ingress({ from: [{ ipBlock: { cidr: '10.244.0.0/16' } }] })],
    connection: tcp(CLIENT, WEB),
    allowed: true,
  },
  {
    rule: 'NP17 named port, right number',
    policies: [ingress({ ports: [{ port: 'http' }] })],
    connection: tcp(CLIENT, WEB, 8080),
    allowed: true,
    field: 'spec.ingress[0]',
  },
  {
    rule: 'NP17 named port, wrong number',
    policies: [ingress({ ports: [{ port: 'http' }] })],
    connection: tcp(CLIENT, WEB, 80),
    allowed: false,
    field: 'spec.ingress[0].ports[0]',
  },
  {
    rule: 'NP17 named port, wrong protocol',
    policies: [ingress({ ports: [{ port: 'dns' }] })],
    connection: tcp(CLIENT, WEB, 53),
    allowed: false,
  },
  {
    rule: 'NP18 named port on egress is the destination pod’s',
    policies: [egress({ ports: [{ port: 'http' }] })],
    connection: tcp(CLIENT, DB, 9090),
    allowed: true,
  },
  {
    rule: 'NP18 not some other pod’s',
    policies: [egress({ ports: [{ port: 'http' }] })],
    connection: tcp(CLIENT, DB, 8080),
    allowed: false,
  },
  {
    rule: 'NP18 and nothing outside',
    policies: [egress({ ports: [{ port: 'http' }] })],
    connection: tcp(CLIENT, OUTSIDE, 8080),
    allowed: false,
  },
  {
    rule: 'NP19 TCP by default',
    policies: [ingress({ ports: [{ port: 80 }] })],
    connection: { ...tcp(CLIENT, WEB), protocol: 'udp' },
    allowed: false,
  },
  {
    rule: 'NP20 protocol without port',
    policies: [ingress({ ports: [{ protocol: 'UDP' }] })],
    connection: { ...tcp(CLIENT, WEB, 999), protocol: 'udp' },
    allowed: true,
  },
  {
    rule: 'NP21 endPort inclusive',
    policies: [ingress({ ports: [{ port: 80, endPort: 90 }] })],
    connection: tcp(CLIENT, WEB, 90),
    allowed: true,
  },
  {
    rule: 'NP21 above endPort',
    policies: [ingress({ ports: [{ port: 80, endPort: 90 }] })],
    connection: tcp(CLIENT, WEB, 91),
    allowed: false,
    field: 'spec.ingress[0].ports[0]',
  },
  {
    rule: 'NP22 a UDP rule isolates TCP',
    policies: [ingress({ ports: [{ protocol: 'UDP', port: 80 }] })],
    connection: tcp(CLIENT, WEB),
    allowed: false,
  },
  {
    rule: 'NP22 an SCTP rule isolates TCP',
    policies: [ingress({ ports: [{ protocol: 'SCTP', port: 80 }] })],
    connection: tcp(CLIENT, WEB),
    allowed: false,
  },
  {
    rule: 'NP23 ICMP denied by a rule with ports',
    policies: [ingress({ ports: [{ port: 80 }] })],
    connection: { source: { address: CLIENT }, destination: { address: WEB }, protocol: 'icmp' },
    allowed: false,
  },
  {
    rule: 'NP23 ICMP allowed by a rule without ports',
    policies: [ingress({ from: [{ podSelector: client }] })],
    connection: { source: { address: CLIENT }, destination: { address: WEB }, protocol: 'icmp' },
    allowed: true,
  },
  {
    rule: 'NP24 the own node reaches its pod',
    policies: [denyIngress],
    connection: { ...tcp('10.244.0.1', WEB), source: { address: '10.244.0.1', node: 'a' } },
    allowed: true,
  },
  {
    rule: 'NP24 known by its address',
    policies: [denyIngress],
    connection: tcp('172.18.0.2', WEB),
    allowed: true,
  },
  {
    rule: 'NP24 another node does not',
    policies: [denyIngress],
    connection: tcp('172.18.0.3', WEB),
    allowed: false,
  },
  {
    rule: 'NP24 a pod reaches its own node',
    policies: [denyEgress],
    connection: tcp(WEB, '172.18.0.2'),
    allowed: true,
  },
  {
    rule: 'NP24 and not another node',
    policies: [denyEgress],
    connection: tcp(WEB, '172.18.0.3'),
    allowed: false,
  },
  {
    rule: 'NP25 hostNetwork pods are no pod peers',
    policies: [policy('p', { podSelector: {}, ingress: [{ from: [{ podSelector: client }] }] }, 'data')],
    connection: tcp('172.18.0.2', DB),
    allowed: false,
  },
  {
    rule: 'NP25 nor selected',
    policies: [denyEgress, denyIngress],
    connection: tcp('172.18.0.2', '172.18.0.3'),
    allowed: true,
  },
  {
    rule: 'NP25 ipBlock matches their node',
    policies: [
      policy('p', { podSelector: {}, ingress: [{ from: [{ ipBlock: { cidr: '172.18.0.0/16' } }] }] }, 'data'),
    ],
    connection: tcp('172.18.0.2', DB),
    allowed: true,
  },
  {
    rule: 'NP26 a pod reaches itself',
    policies: [denyIngress, denyEgress],
    connection: tcp(WEB, WEB),
    allowed: true,
  },
  {
    rule: 'matchExpressions In',
    policies: [
      ingress({
        from: [
          { podSelector: { matchExpressions: [{ key: 'app', operator: 'In', values: ['x', 'client'] }] } },
        ],
      }),
    ],
    connection: tcp(CLIENT, WEB),
    allowed: true,
  },
  {
    rule: 'matchExpressions NotIn holds for absent keys',
    policies: [
      ingress({
        from: [
          { podSelector: { matchExpressions: [{ key: 'tier', operator: 'NotIn', values: ['front'] }] } },
        ],
      }),
    ],
    connection: tcp(CLIENT, WEB),
    allowed: true,
  },
  {
    rule: 'matchExpressions DoesNotExist',
    policies: [
      ingress({ from: [{ podSelector: { matchExpressions: [{ key: 'app', operator: 'DoesNotExist' }] } }] }),
    ],
    connection: tcp(CLIENT, WEB),
    allowed: false,
  },
];

describe('evaluatePolicies', () => {
  it.each(rows)('$rule', ({ policies, connection, allowed, field }) => {
    const verdict = evaluatePolicies({ policies, pods, namespaces, nodes }, connection);
    expect(verdict.allowed).toBe(allowed);
    if (field === undefined) return;
    const decided = [verdict.ingress, verdict.egress].map((part) =>
      part.kind === 'allowed' ? part.field : part.kind === 'denied' ? part.misses[0]?.field : undefined,
    );
    expect(decided).toContain(field);
  });

  it('names the isolating policies and puts the nearest miss first', () => {
    const verdict = evaluatePolicies(
      {
        pods,
        namespaces,
        policies: [
          denyIngress,
          ingress(
            { from: [{ podSelector: { matchLabels: { app: 'frontend' } } }], ports: [{ port: 80 }] },
            { from: [{ podSelector: client }], ports: [{ port: 443 }] },
          ),
        ],
      },
      tcp(CLIENT, WEB),
    );
    expect(verdict.ingress).toMatchObject({
      kind: 'denied',
      isolatedBy: [{ name: 'deny-ingress' }, { name: 'in' }],
      misses: [
        { field: 'spec.ingress[1].ports[0]', reason: 'it allows port 443, and the connection is to port 80' },
        {
          field: 'spec.ingress[0].from[0].podSelector',
          reason: 'it wants pods with label app=frontend, which pod default/client has not',
        },
        { field: 'spec.ingress', reason: 'it has no rules' },
      ],
    });
  });

  it('NP29 judges labels as they are now', () => {
    const relabelled = pods.map((each) =>
      each.metadata?.uid === 'other-client'
        ? { ...each, metadata: { ...each.metadata, labels: { app: 'x' } } }
        : each,
    );
    const policies = [ingress({ from: [{ namespaceSelector: {}, podSelector: client }] })];
    expect(evaluatePolicies({ policies, pods, namespaces }, tcp(OTHER, WEB)).allowed).toBe(true);
    expect(evaluatePolicies({ policies, pods: relabelled, namespaces }, tcp(OTHER, WEB)).allowed).toBe(false);
  });

  it('counts a pod that has ended as no pod', () => {
    const ended = pods.map((each) =>
      each.metadata?.uid === 'default-client'
        ? { ...each, status: { ...each.status, phase: 'Succeeded' } }
        : each,
    );
    const policies = [ingress({ from: [{ podSelector: client }] })];
    expect(evaluatePolicies({ policies, pods: ended, namespaces }, tcp(CLIENT, WEB)).allowed).toBe(false);
  });
});
