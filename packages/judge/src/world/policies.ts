import type { LabelSelector } from 'kubernetes-types/meta/v1';
import type {
  IPBlock,
  NetworkPolicyIngressRule,
  NetworkPolicyPeer,
  NetworkPolicyPort,
  NetworkPolicySpec,
} from 'kubernetes-types/networking/v1';
import type { Draw } from './draw.ts';
import { LABEL_VALUES, NAMESPACES } from './fleet.ts';
import { refOf } from './world.ts';
import type { WorldPod, WorldPolicy } from './world.ts';

/** What is drawn to be nasty: each shape below is one that people get wrong. */
export function drawPolicies(draw: Draw, pods: readonly WorldPod[]): readonly WorldPolicy[] {
  return draw.times(1, 4, (index) => ({
    namespace: draw.one(NAMESPACES),
    name: `np${index}`,
    spec: drawSpec(draw, pods),
  }));
}

function drawSpec(draw: Draw, pods: readonly WorldPod[]): NetworkPolicySpec {
  const podSelector = draw.chance(35) ? {} : drawPodSelector(draw);
  const ingress = draw.chance(65) ? drawRules(draw, pods) : undefined;
  const egress = draw.chance(45) ? drawEgress(draw, pods) : undefined;
  const from = ingress === undefined ? {} : { ingress: ingress.map(asIngress) };
  const to = egress === undefined ? {} : { egress: egress.map(asEgress) };
  // Omitted, they are Ingress, and Egress only where there are rules for it (NP4).
  if (draw.chance(35)) return { podSelector, ...from, ...to };
  const policyTypes = draw.one([['Ingress'], ['Egress'], ['Ingress', 'Egress'], ['Egress', 'Ingress']]);
  return { podSelector, policyTypes, ...from, ...to };
}

interface Rule {
  readonly peers?: readonly NetworkPolicyPeer[];
  readonly ports?: readonly NetworkPolicyPort[];
}

function drawRules(draw: Draw, pods: readonly WorldPod[]): readonly Rule[] {
  if (draw.chance(12)) return [];
  return draw.times(1, 2, () => drawRule(draw, pods));
}

function drawRule(draw: Draw, pods: readonly WorldPod[]): Rule {
  if (draw.chance(8)) return {};
  return {
    ...(draw.chance(75) ? { peers: draw.chance(8) ? [] : draw.times(1, 2, () => drawPeer(draw, pods)) } : {}),
    ...(draw.chance(60) ? { ports: draw.chance(8) ? [] : draw.times(1, 2, () => drawPort(draw)) } : {}),
  };
}

/** Half of those who write egress rules forget DNS (DNS12). */
function drawEgress(draw: Draw, pods: readonly WorldPod[]): readonly Rule[] {
  const rules = drawRules(draw, pods);
  if (draw.chance(50)) return rules;
  const protocols = draw.one([['UDP'], ['TCP'], ['UDP', 'TCP']]);
  const dns: Rule = {
    ...(draw.chance(60)
      ? {
          peers: [
            {
              namespaceSelector: { matchLabels: { 'kubernetes.io/metadata.name': 'kube-system' } },
              ...(draw.chance(50) ? { podSelector: { matchLabels: { 'k8s-app': 'kube-dns' } } } : {}),
            },
          ],
        }
      : {}),
    ports: protocols.map((protocol) => ({ protocol, port: draw.chance(20) ? 'dns' : 53 })),
  };
  return [...rules, dns];
}

function drawPeer(draw: Draw, pods: readonly WorldPod[]): NetworkPolicyPeer {
  const kind = draw.below(10);
  if (kind < 3) return { podSelector: draw.chance(30) ? {} : drawPodSelector(draw) };
  if (kind < 5) return { namespaceSelector: draw.chance(30) ? {} : drawNamespaceSelector(draw) };
  if (kind < 7)
    return {
      namespaceSelector: draw.chance(30) ? {} : drawNamespaceSelector(draw),
      podSelector: draw.chance(20) ? {} : drawPodSelector(draw),
    };
  return { ipBlock: drawBlock(draw, pods) };
}

function drawBlock(draw: Draw, pods: readonly WorldPod[]): IPBlock {
  const pod = `\${ip:${refOf(draw.one(pods))}}/32`;
  const node = `\${node:${draw.below(2)}}/32`;
  const range = `\${cidr:${draw.below(2)}}`;
  return draw.one<IPBlock>([
    { cidr: pod },
    { cidr: node },
    { cidr: range },
    { cidr: range, except: [pod] },
    { cidr: '0.0.0.0/0', except: [pod] },
    { cidr: '0.0.0.0/0', except: [range, node] },
    { cidr: '0.0.0.0/0' },
    { cidr: '10.0.0.0/8', except: [range] },
  ]);
}

function drawPort(draw: Draw): NetworkPolicyPort {
  const protocol = draw.one<{ readonly protocol?: string }>([
    {},
    {},
    { protocol: 'TCP' },
    { protocol: 'UDP' },
    { protocol: 'UDP' },
    { protocol: 'SCTP' },
  ]);
  const kind = draw.below(10);
  if (kind < 2) return { protocol: draw.one(['TCP', 'UDP', 'SCTP']) };
  if (kind < 5) return { ...protocol, port: draw.one(['web', 'api', 'dgram', 'none-such']) };
  if (kind < 7)
    return {
      ...protocol,
      ...draw.one([
        { port: 80, endPort: 81 },
        { port: 79, endPort: 80 },
        { port: 81, endPort: 82 },
        { port: 80, endPort: 80 },
        { port: 1, endPort: 65_535 },
      ]),
    };
  return { ...protocol, port: draw.one([80, 81, 82, HOST_NETEXEC]) };
}

/** Netexec on the nodes' own network. */
const HOST_NETEXEC = 18_080;

function drawPodSelector(draw: Draw): LabelSelector {
  const key = draw.one(['app', 'tier'] as const);
  const values: readonly string[] = LABEL_VALUES[key];
  return draw.one<() => LabelSelector>([
    () => ({ matchLabels: { [key]: draw.one(values) } }),
    () => ({ matchLabels: { [key]: draw.one(values) } }),
    () => ({ matchExpressions: [{ key, operator: 'In', values: [...draw.some(values, 1, 2)] }] }),
    () => ({ matchExpressions: [{ key, operator: 'NotIn', values: [...draw.some(values, 1, 2)] }] }),
    () => ({ matchExpressions: [{ key, operator: 'Exists' }] }),
    () => ({ matchExpressions: [{ key, operator: 'DoesNotExist' }] }),
    () => ({
      matchLabels: { app: draw.one(LABEL_VALUES.app) },
      matchExpressions: [{ key: 'tier', operator: 'NotIn', values: [draw.one(LABEL_VALUES.tier)] }],
    }),
  ])();
}

function drawNamespaceSelector(draw: Draw): LabelSelector {
  return draw.one<() => LabelSelector>([
    () => ({ matchLabels: { team: draw.one(['red', 'blue']) } }),
    () => ({ matchLabels: { 'kubernetes.io/metadata.name': draw.one([...NAMESPACES, 'watch']) } }),
    () => ({
      matchExpressions: [
        {
          key: 'kubernetes.io/metadata.name',
          operator: draw.one(['In', 'NotIn']),
          values: [...draw.some(NAMESPACES, 1, 2)],
        },
      ],
    }),
    () => ({ matchExpressions: [{ key: 'team', operator: draw.one(['Exists', 'DoesNotExist']) }] }),
    () => ({ matchLabels: { app: draw.one(LABEL_VALUES.app) } }),
  ])();
}

function asIngress({ peers, ports }: Rule): NetworkPolicyIngressRule {
  return {
    ...(peers === undefined ? {} : { from: [...peers] }),
    ...(ports === undefined ? {} : { ports: [...ports] }),
  };
}

function asEgress({ peers, ports }: Rule): NonNullable<NetworkPolicySpec['egress']>[number] {
  return {
    ...(peers === undefined ? {} : { to: [...peers] }),
    ...(ports === undefined ? {} : { ports: [...ports] }),
  };
}
