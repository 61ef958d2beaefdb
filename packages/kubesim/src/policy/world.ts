import type { IpAddress } from '@podwire/netsim';
import type { Namespace, Node, Pod } from 'kubernetes-types/core/v1';
import type { LabelSelector } from 'kubernetes-types/meta/v1';
import type { NetworkPolicy, NetworkPolicyPeer, NetworkPolicyPort } from 'kubernetes-types/networking/v1';
import { canonicalAddress, parseCidr } from '../nodes/address.ts';
import type { ParsedCidr } from '../nodes/address.ts';
import type { Labels } from '../labels/selector.ts';
import { parsePorts } from './ports.ts';
import type { NamedPort, PortRule } from './ports.ts';

/** The objects that a policy decision rests on, as the API gives them. */
export interface PolicyObjects {
  readonly policies: readonly NetworkPolicy[];
  readonly pods: readonly Pod[];
  readonly namespaces: readonly Namespace[];
  /** Lets an address of a node be known as such (NP24). */
  readonly nodes?: readonly Node[];
}

export type Direction = 'ingress' | 'egress';

/** A pod as policies see it. Pods on the host network and pods that have ended have no address of their own (NP25). */
export interface PolicyPod {
  readonly namespace: string;
  readonly name: string;
  readonly uid: string;
  readonly labels: Labels;
  readonly namespaceLabels: Labels;
  readonly nodeName: string;
  readonly addresses: readonly IpAddress[];
  readonly ports: readonly NamedPort[];
}

export type PeerRule =
  | {
      readonly kind: 'pods';
      readonly field: string;
      readonly podSelector?: LabelSelector;
      readonly namespaceSelector?: LabelSelector;
    }
  | {
      readonly kind: 'ip-block';
      readonly field: string;
      readonly text: string;
      readonly cidr: ParsedCidr;
      readonly except: readonly {
        readonly field: string;
        readonly text: string;
        readonly cidr: ParsedCidr;
      }[];
    };

/** One allow. An absent list means everything (NP6). */
export interface TrafficRule {
  readonly field: string;
  readonly peers?: readonly PeerRule[];
  readonly ports?: readonly PortRule[];
}

/** A NetworkPolicy with its defaults filled in. */
export interface PolicyView {
  readonly namespace: string;
  readonly name: string;
  readonly podSelector: LabelSelector;
  /** The rules of each direction that the policy isolates; absent: it says nothing about that direction (NP3). */
  readonly rules: Readonly<Partial<Record<Direction, readonly TrafficRule[]>>>;
}

/** The objects, made ready for many decisions. */
export interface PolicyWorld {
  /** Sorted by namespace and name: order never changes a verdict (NP2), only which allow is named. */
  readonly policies: readonly PolicyView[];
  readonly pods: readonly PolicyPod[];
  readonly podByAddress: ReadonlyMap<IpAddress, PolicyPod>;
  readonly nodeByAddress: ReadonlyMap<IpAddress, string>;
}

export function viewPolicies(objects: PolicyObjects): PolicyWorld {
  const namespaceLabels = new Map<string, Labels>();
  for (const namespace of objects.namespaces) {
    const name = namespace.metadata?.name ?? '';
    // NP11: the API server sets this label on every namespace; it holds here for hand-made objects too.
    namespaceLabels.set(name, { ...namespace.metadata?.labels, 'kubernetes.io/metadata.name': name });
  }
  const pods = objects.pods.flatMap((pod) => viewPod(pod, namespaceLabels) ?? []);
  const podByAddress = new Map<IpAddress, PolicyPod>();
  for (const pod of pods) for (const address of pod.addresses) podByAddress.set(address, pod);
  const nodeByAddress = new Map<IpAddress, string>();
  for (const node of objects.nodes ?? []) {
    for (const { type, address } of node.status?.addresses ?? [])
      if (type !== 'Hostname')
        nodeByAddress.set(canonicalAddress(address) ?? address, node.metadata?.name ?? '');
  }
  const policies = objects.policies.map(viewPolicy).sort(byKey);
  return { policies, pods, podByAddress, nodeByAddress };
}

function byKey(left: PolicyView, right: PolicyView): number {
  const leftKey = `${left.namespace}/${left.name}`;
  const rightKey = `${right.namespace}/${right.name}`;
  return leftKey < rightKey ? -1 : leftKey > rightKey ? 1 : 0;
}

function viewPod(pod: Pod, namespaceLabels: ReadonlyMap<string, Labels>): PolicyPod | undefined {
  const phase = pod.status?.phase;
  if (pod.spec?.hostNetwork === true || phase === 'Succeeded' || phase === 'Failed') return undefined;
  const namespace = pod.metadata?.namespace ?? 'default';
  const status = pod.status;
  const texts =
    status?.podIPs?.flatMap(({ ip }) => ip ?? []) ?? (status?.podIP === undefined ? [] : [status.podIP]);
  const containers = [
    ...(pod.spec?.containers ?? []),
    // Sidecars (KEP-753) serve beside the ordinary containers.
    ...(pod.spec?.initContainers ?? []).filter(({ restartPolicy }) => restartPolicy === 'Always'),
  ];
  return {
    namespace,
    name: pod.metadata?.name ?? '',
    uid: pod.metadata?.uid ?? '',
    labels: pod.metadata?.labels ?? {},
    namespaceLabels: namespaceLabels.get(namespace) ?? { 'kubernetes.io/metadata.name': namespace },
    nodeName: pod.spec?.nodeName ?? '',
    addresses: texts.flatMap((text) => canonicalAddress(text) ?? []),
    ports: containers.flatMap(({ ports }) =>
      (ports ?? []).flatMap(({ name, containerPort, protocol }) =>
        name === undefined ? [] : [{ name, number: containerPort, protocol: lowerProtocol(protocol) }],
      ),
    ),
  };
}

function lowerProtocol(protocol: string | undefined): NamedPort['protocol'] {
  return protocol === 'UDP' ? 'udp' : protocol === 'SCTP' ? 'sctp' : 'tcp';
}

function viewPolicy(policy: NetworkPolicy): PolicyView {
  const spec = policy.spec;
  // NP4: Ingress always, Egress only when egress rules exist.
  const types: readonly string[] =
    spec?.policyTypes === undefined || spec.policyTypes.length === 0
      ? (spec?.egress?.length ?? 0) > 0
        ? ['Ingress', 'Egress']
        : ['Ingress']
      : spec.policyTypes;
  const rules: Partial<Record<Direction, readonly TrafficRule[]>> = {};
  if (types.includes('Ingress'))
    rules.ingress = (spec?.ingress ?? []).map((rule, index) =>
      viewRule(`spec.ingress[${index}]`, 'from', rule.from, rule.ports),
    );
  if (types.includes('Egress'))
    rules.egress = (spec?.egress ?? []).map((rule, index) =>
      viewRule(`spec.egress[${index}]`, 'to', rule.to, rule.ports),
    );
  return {
    namespace: policy.metadata?.namespace ?? 'default',
    name: policy.metadata?.name ?? '',
    podSelector: spec?.podSelector ?? {},
    rules,
  };
}

function viewRule(
  field: string,
  peerField: 'from' | 'to',
  peers: readonly NetworkPolicyPeer[] | undefined,
  ports: readonly NetworkPolicyPort[] | undefined,
): TrafficRule {
  return {
    field,
    // NP6: an empty list means the same as none.
    ...(peers !== undefined && peers.length > 0
      ? { peers: peers.flatMap((peer, index) => viewPeer(`${field}.${peerField}[${index}]`, peer)) }
      : {}),
    ...(ports !== undefined && ports.length > 0 ? { ports: parsePorts(field, ports) } : {}),
  };
}

/** A peer that names nothing valid allows nobody; validation keeps it out of the API. */
function viewPeer(field: string, peer: NetworkPolicyPeer): readonly PeerRule[] {
  const { ipBlock, podSelector, namespaceSelector } = peer;
  if (ipBlock !== undefined) {
    const cidr = parseCidr(ipBlock.cidr);
    if (cidr === undefined) return [];
    const except = (ipBlock.except ?? []).flatMap((text, index) => {
      const parsed = parseCidr(text);
      return parsed === undefined ? [] : [{ field: `${field}.ipBlock.except[${index}]`, text, cidr: parsed }];
    });
    return [{ kind: 'ip-block', field: `${field}.ipBlock`, text: ipBlock.cidr, cidr, except }];
  }
  if (podSelector === undefined && namespaceSelector === undefined) return [];
  const only =
    namespaceSelector === undefined ? '.podSelector' : podSelector === undefined ? '.namespaceSelector' : '';
  return [
    {
      kind: 'pods',
      field: `${field}${only}`,
      ...(podSelector === undefined ? {} : { podSelector }),
      ...(namespaceSelector === undefined ? {} : { namespaceSelector }),
    },
  ];
}
