import { isMap, valueAt } from '../match.ts';
import type { KubernetesObject } from '../objects.ts';
import { readAddress, readCidr } from './addresses.ts';
import type { Address, AddressRange } from './addresses.ts';
import type { Labels } from './selector.ts';

/** What policies are compared on: the pods, namespaces and nodes of a cluster, as the API gives them. */
export interface PolicyScene {
  readonly pods: readonly KubernetesObject[];
  readonly namespaces: readonly KubernetesObject[];
  readonly nodes: readonly KubernetesObject[];
}

export type Direction = 'ingress' | 'egress';
export const PROTOCOLS = ['TCP', 'UDP', 'SCTP', 'ICMP'] as const;
export type Protocol = (typeof PROTOCOLS)[number];

export interface PodView {
  readonly namespace: string;
  readonly name: string;
  readonly labels: Labels;
  readonly namespaceLabels: Labels;
  readonly node: string;
  readonly addresses: readonly Address[];
  /** `TCP/http` → number; the first container that has the name decides (NP17). */
  readonly namedPorts: ReadonlyMap<string, number>;
}

export type PeerView =
  | { readonly kind: 'pods'; readonly podSelector?: unknown; readonly namespaceSelector?: unknown }
  | { readonly kind: 'block'; readonly range: AddressRange; readonly except: readonly AddressRange[] };

export interface PortView {
  readonly protocol: Protocol;
  readonly port:
    | { readonly kind: 'every' }
    | { readonly kind: 'range'; readonly first: number; readonly last: number }
    | { readonly kind: 'named'; readonly name: string };
}

/** One allow; an absent list means everything (NP6). */
export interface RuleView {
  readonly field: string;
  readonly peers?: readonly PeerView[];
  readonly ports?: readonly PortView[];
}

export interface PolicyView {
  readonly namespace: string;
  readonly name: string;
  readonly podSelector: unknown;
  /** Absent: it says nothing about that direction (NP3). */
  readonly rules: Readonly<Partial<Record<Direction, readonly RuleView[]>>>;
}

const NAME_LABEL = 'kubernetes.io/metadata.name';

const list = (value: unknown): readonly unknown[] => (Array.isArray(value) ? value : []);
const maps = (value: unknown): readonly Record<string, unknown>[] => list(value).filter(isMap);
const text = (value: unknown): string => (typeof value === 'string' ? value : '');
const labelsOf = (object: unknown): Labels => {
  const labels = valueAt(object, 'metadata.labels');
  return isMap(labels) ? labels : {};
};

/** Pods on the host network, and those that have ended, are none of the policies' business (NP25). */
export function viewPods({ pods, namespaces }: PolicyScene): readonly PodView[] {
  const spaces = new Map<string, Labels>();
  for (const namespace of namespaces) {
    const name = text(valueAt(namespace, 'metadata.name'));
    // NP11: the API server sets this label on every namespace.
    spaces.set(name, { ...labelsOf(namespace), [NAME_LABEL]: name });
  }
  return pods.flatMap((pod) => {
    const phase = valueAt(pod, 'status.phase');
    if (valueAt(pod, 'spec.hostNetwork') === true || phase === 'Succeeded' || phase === 'Failed') return [];
    const namespace = text(valueAt(pod, 'metadata.namespace')) || 'default';
    const ips = maps(valueAt(pod, 'status.podIPs')).map(({ ip }) => ip);
    const addresses = [...new Set(ips.length > 0 ? ips : [valueAt(pod, 'status.podIP')])];
    return [
      {
        namespace,
        name: text(valueAt(pod, 'metadata.name')),
        labels: labelsOf(pod),
        namespaceLabels: spaces.get(namespace) ?? { [NAME_LABEL]: namespace },
        node: text(valueAt(pod, 'spec.nodeName')),
        addresses: addresses.flatMap((each) => readAddress(text(each)) ?? []),
        namedPorts: namedPortsOf(pod),
      },
    ];
  });
}

function namedPortsOf(pod: KubernetesObject): ReadonlyMap<string, number> {
  const found = new Map<string, number>();
  const containers = [
    ...maps(valueAt(pod, 'spec.containers')),
    // Sidecars (KEP-753) serve beside the ordinary containers.
    ...maps(valueAt(pod, 'spec.initContainers')).filter(({ restartPolicy }) => restartPolicy === 'Always'),
  ];
  for (const { name, containerPort, protocol } of containers.flatMap(({ ports }) => maps(ports))) {
    const key = `${text(protocol) || 'TCP'}/${text(name)}`;
    if (typeof name === 'string' && typeof containerPort === 'number' && !found.has(key))
      found.set(key, containerPort);
  }
  return found;
}

export function nodeAddresses({ nodes }: PolicyScene): readonly { node: string; address: Address }[] {
  return nodes.flatMap((node) =>
    maps(valueAt(node, 'status.addresses')).flatMap(({ type, address }) => {
      const read = type === 'Hostname' ? undefined : readAddress(text(address));
      return read === undefined ? [] : [{ node: text(valueAt(node, 'metadata.name')), address: read }];
    }),
  );
}

export function viewPolicy(policy: KubernetesObject): PolicyView {
  const spec = valueAt(policy, 'spec');
  const egress = maps(valueAt(spec, 'egress'));
  const given = list(valueAt(spec, 'policyTypes'));
  // NP4: Ingress always, Egress only when egress rules exist.
  const types = given.length > 0 ? given : egress.length > 0 ? ['Ingress', 'Egress'] : ['Ingress'];
  return {
    namespace: text(valueAt(policy, 'metadata.namespace')) || 'default',
    name: text(valueAt(policy, 'metadata.name')),
    podSelector: valueAt(spec, 'podSelector') ?? {},
    rules: {
      ...(types.includes('Ingress')
        ? {
            ingress: maps(valueAt(spec, 'ingress')).map((rule, at) =>
              viewRule(rule, `spec.ingress[${at}]`, 'from'),
            ),
          }
        : {}),
      ...(types.includes('Egress')
        ? { egress: egress.map((rule, at) => viewRule(rule, `spec.egress[${at}]`, 'to')) }
        : {}),
    },
  };
}

function viewRule(rule: Record<string, unknown>, field: string, side: 'from' | 'to'): RuleView {
  const [peers, ports] = [list(rule[side]), list(rule['ports'])];
  return {
    field,
    // NP6: an empty list means the same as none.
    ...(peers.length === 0 ? {} : { peers: maps(peers).flatMap(viewPeer) }),
    ...(ports.length === 0 ? {} : { ports: maps(ports).flatMap(viewPort) }),
  };
}

/** A peer that names nothing valid allows nobody. */
function viewPeer({ ipBlock, podSelector, namespaceSelector }: Record<string, unknown>): readonly PeerView[] {
  if (isMap(ipBlock)) {
    const range = readCidr(text(ipBlock['cidr']));
    if (range === undefined) return [];
    return [
      { kind: 'block', range, except: list(ipBlock['except']).flatMap((each) => readCidr(text(each)) ?? []) },
    ];
  }
  if (!isMap(podSelector) && !isMap(namespaceSelector)) return [];
  return [
    {
      kind: 'pods',
      ...(isMap(podSelector) ? { podSelector } : {}),
      ...(isMap(namespaceSelector) ? { namespaceSelector } : {}),
    },
  ];
}

function viewPort({ protocol, port, endPort }: Record<string, unknown>): readonly PortView[] {
  // NP19: TCP unless said otherwise.
  const name = PROTOCOLS.find((each) => each === (protocol ?? 'TCP'));
  if (name === undefined) return [];
  if (port === undefined || port === null) return [{ protocol: name, port: { kind: 'every' } }];
  if (typeof port === 'string') return [{ protocol: name, port: { kind: 'named', name: port } }];
  if (typeof port !== 'number') return [];
  return [
    {
      protocol: name,
      port: { kind: 'range', first: port, last: typeof endPort === 'number' ? endPort : port },
    },
  ];
}
