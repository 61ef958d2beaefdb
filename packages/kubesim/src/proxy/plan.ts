import { cidrContains } from '@podwire/netsim';
import type { Chain, Cidr, DnatTarget, IpAddress, Match, Rule, RuleOrigin } from '@podwire/netsim';
import { hostCidr } from '../nodes/address.ts';
import type { EndpointChoice, ProxyPlace } from './endpoints.ts';
import { chooseEndpoints } from './endpoints.ts';
import { affinityName, chainName, unusedPortChainName } from './names.ts';
import type { ChainPurpose, ProxyMode, ServicePortName } from './names.ts';
import type { EndpointView, ServicePortView } from './service-view.ts';

/** The verdict maps of the table, by what a key of them leads to. */
export type PlanMap =
  | 'service-ips'
  | 'service-nodeports'
  | 'no-endpoint-services'
  | 'no-endpoint-nodeports'
  | 'firewall-ips'
  | 'cluster-ips';

export const MARK_CHAIN = 'mark-for-masquerade';

export interface MapEntry {
  readonly map: PlanMap;
  readonly key: string;
  readonly chain: string;
}

/** All that one Service contributes to a node's rules in one family. */
export interface ServicePlan {
  readonly chains: readonly Chain[];
  readonly entries: readonly MapEntry[];
  /** Endpoints that could be asked by themselves through the Service (SVC5). */
  readonly endpointAddresses: readonly IpAddress[];
}

/** The node and its proxy, as far as the rules of a Service depend on them. */
export interface ProxyNode extends ProxyPlace {
  readonly mode: ProxyMode;
  /** The node's address in this family. */
  readonly address: IpAddress;
  /** Where pods live in this family: what `--cluster-cidr` says. */
  readonly podCidrs: readonly Cidr[];
}

/**
 * What one Service asks of this node: a pure function of the Service's ports in one family, their
 * endpoints and the node. It follows kube-proxy's nftables mode chain by chain.
 */
export function planService(
  ports: readonly { readonly port: ServicePortView; readonly endpoints: readonly EndpointView[] }[],
  node: ProxyNode,
): ServicePlan {
  const parts = ports.map(({ port, endpoints }) => planPort(port, endpoints, node));
  const first = ports[0]?.port;
  // Only the nftables mode looks after addresses of Services that no port took.
  const unused = first === undefined || node.mode === 'iptables' ? [] : [unusedPortChain(first)];
  return {
    chains: [...parts.flatMap(({ chains }) => chains), ...unused],
    entries: [
      ...parts.flatMap(({ entries }) => entries),
      ...unused.map(({ name }): MapEntry => ({
        map: 'cluster-ips',
        key: first?.clusterIp ?? '',
        chain: name,
      })),
    ],
    endpointAddresses: [...new Set(parts.flatMap(({ endpointAddresses }) => endpointAddresses))],
  };
}

/** SVC13: reached only by what matched no port of the Service. */
function unusedPortChain(port: ServicePortView): Chain {
  const { namespace, name, clusterIp } = port;
  const service = `Service ${namespace}/${name}`;
  const action = { kind: 'reject', with: 'port-unreachable' } as const;
  return {
    name: unusedPortChainName(namespace, name),
    rules: [
      {
        match: { protocol: 'icmp' },
        action,
        origin: {
          kind: 'Service',
          namespace,
          name,
          field: 'spec.clusterIP',
          reason: `${clusterIp} is the ClusterIP of ${service}: no host has it, so nothing answers a ping.`,
        },
      },
      {
        match: {},
        action,
        origin: {
          kind: 'Service',
          namespace,
          name,
          field: 'spec.ports',
          reason: `${clusterIp} is the ClusterIP of ${service}, and the Service has no such port.`,
        },
        comment: 'Reject traffic to invalid ports of ClusterIPs',
      },
    ],
  };
}

function planPort(port: ServicePortView, endpoints: readonly EndpointView[], node: ProxyNode): ServicePlan {
  const choice = chooseEndpoints(endpoints, port, node);
  const nameOf = (purpose: ChainPurpose): string => chainName(purpose, port, node.mode);
  const clusterChain = nameOf('service');
  const localChain = nameOf('local');
  const internal = port.internalPolicyLocal
    ? { chain: localChain, usable: choice.any && choice.local.length > 0 }
    : { chain: clusterChain, usable: choice.any };
  const external = port.externalPolicyLocal
    ? { chain: localChain, usable: choice.any && choice.local.length > 0 }
    : { chain: clusterChain, usable: choice.any };

  const chains: Chain[] = [];
  if (choice.cluster.length > 0)
    chains.push(policyChain(clusterChain, port, choice.cluster, node, !port.internalPolicyLocal));
  if (choice.local.length > 0)
    chains.push(policyChain(localChain, port, choice.local, node, port.internalPolicyLocal));

  const entries: MapEntry[] = [];
  const clusterKey = ipKey(port.clusterIp, port);
  if (internal.usable) entries.push({ map: 'service-ips', key: clusterKey, chain: internal.chain });
  else
    entries.push({
      map: 'no-endpoint-services',
      key: clusterKey,
      chain: refuse(chains, port, endpoints, choice, 'internal', node.mode),
    });

  const addresses = [...port.externalIps, ...port.loadBalancerIps];
  if (addresses.length > 0 || port.nodePort !== 0) {
    const externalChain = nameOf('external');
    if (choice.any) chains.push(externalTrafficChain(externalChain, port, external, choice, node));
    const refusal = external.usable
      ? undefined
      : refuse(chains, port, endpoints, choice, 'external', node.mode);
    for (const address of addresses) {
      const key = ipKey(address, port);
      if (choice.any) entries.push({ map: 'service-ips', key, chain: externalChain });
      if (refusal !== undefined) entries.push({ map: 'no-endpoint-services', key, chain: refusal });
    }
    if (port.nodePort !== 0) {
      const key = `${port.protocol} . ${port.nodePort}`;
      if (choice.any) entries.push({ map: 'service-nodeports', key, chain: externalChain });
      if (refusal !== undefined) entries.push({ map: 'no-endpoint-nodeports', key, chain: refusal });
    }
  }
  if (port.loadBalancerIps.length > 0 && port.sourceRanges.length > 0) {
    const firewall = firewallChain(port, node);
    chains.push(firewall);
    for (const address of port.loadBalancerIps)
      entries.push({ map: 'firewall-ips', key: ipKey(address, port), chain: firewall.name });
  }
  const endpointAddresses = [...choice.cluster, ...choice.local].map(({ address }) => address);
  return { chains, entries, endpointAddresses };
}

function ipKey(address: IpAddress, { protocol, port }: ServicePortView): string {
  return `${address} . ${protocol} . ${port}`;
}

function serviceOrigin({ namespace, name }: ServicePortName, field: string, reason: string): RuleOrigin {
  return { kind: 'Service', namespace, name, field, reason };
}

/** Marks for masquerade in postrouting. The note before it says in the trace why. */
function markRules(match: Match, origin: RuleOrigin, comment?: string): readonly Rule[] {
  return [
    { match, action: { kind: 'note' }, origin },
    {
      match,
      action: { kind: 'jump', chain: MARK_CHAIN },
      origin,
      ...(comment === undefined ? {} : { comment }),
    },
  ];
}

/** SVC16: one endpoint at random, and no second try. SVC17: the client's last one while it is fresh. */
function policyChain(
  name: string,
  port: ServicePortView,
  endpoints: readonly EndpointView[],
  node: ProxyNode,
  servesClusterIp: boolean,
): Chain {
  const targets = endpoints.map(({ address, port: number, label }): DnatTarget => ({
    address,
    port: number,
    label,
  }));
  const rules: Rule[] = [];
  if (servesClusterIp) {
    // SVC6: whoever is no pod would be answered past this node.
    const match: Match = {
      source: { cidrs: node.podCidrs, not: true },
      destination: { cidrs: [hostCidr(port.clusterIp)] },
      protocol: port.protocol,
      destinationPorts: [{ from: port.port, to: port.port }],
    };
    rules.push(
      ...markRules(
        match,
        serviceOrigin(
          port,
          'spec.clusterIP',
          'The client is no pod, so its address will be replaced by the node’s.',
        ),
      ),
    );
  }
  const service = `${port.namespace}/${port.name}`;
  rules.push({
    comment: port.portName === '' ? service : `${service}:${port.portName}`,
    match: { protocol: port.protocol },
    action: {
      kind: 'dnat',
      targets,
      ...(port.affinitySeconds === undefined
        ? {}
        : { affinity: { name: affinityName(port), timeoutSeconds: port.affinitySeconds } }),
    },
    origin: serviceOrigin(
      port,
      port.field,
      `Port ${port.port}/${port.protocol.toUpperCase()} of Service ${service} leads to ${endpoints.length === 1 ? 'its endpoint' : `one of its ${endpoints.length} endpoints`}.`,
    ),
  });
  return { name, rules };
}

function externalTrafficChain(
  name: string,
  port: ServicePortView,
  external: { readonly chain: string; readonly usable: boolean },
  choice: EndpointChoice,
  node: ProxyNode,
): Chain {
  const rules: Rule[] = [];
  if (!port.externalPolicyLocal) {
    // SVC7: the endpoint may be on another node, and must answer through this one.
    const reason =
      'externalTrafficPolicy is Cluster: the endpoint can be on any node and must answer through this one, so the client’s address will be replaced by the node’s.';
    rules.push(...markRules({}, serviceOrigin(port, 'spec.externalTrafficPolicy', reason)));
  } else if (choice.cluster.length > 0) {
    const clusterChain = chainName('service', port, node.mode);
    // SVC9: pods could as well have asked the ClusterIP.
    rules.push({
      match: { source: { cidrs: node.podCidrs } },
      action: { kind: 'goto', chain: clusterChain },
      origin: serviceOrigin(port, 'spec.externalTrafficPolicy', 'Pods of the cluster reach every endpoint.'),
      comment: 'short-circuit pod traffic',
    });
    const local: Match = { sourceIsLocal: true };
    const reason = 'The node itself is the client; its address may be the Service’s own, so it is replaced.';
    rules.push(
      ...markRules(
        local,
        serviceOrigin(port, 'spec.externalTrafficPolicy', reason),
        'masquerade local traffic',
      ),
    );
    rules.push({
      match: local,
      action: { kind: 'goto', chain: clusterChain },
      comment: 'short-circuit local traffic',
    });
  }
  if (external.usable) rules.push({ match: {}, action: { kind: 'goto', chain: external.chain } });
  return { name, rules };
}

/** SVC11. A range that holds the node means its own way through the load balancer's address too. */
function firewallChain(port: ServicePortView, node: ProxyNode): Chain {
  const fromNode = port.sourceRanges.some((range) => cidrContains(range, node.address));
  const cidrs = [...port.sourceRanges, ...(fromNode ? port.loadBalancerIps.map(hostCidr) : [])];
  return {
    name: chainName('firewall', port, node.mode),
    rules: [
      {
        match: { source: { cidrs, not: true } },
        action: { kind: 'drop' },
        origin: serviceOrigin(
          port,
          'spec.loadBalancerSourceRanges',
          `Only ${port.sourceRanges.join(', ')} may use the load balancer of Service ${port.namespace}/${port.name}.`,
        ),
      },
    ],
  };
}

/** Adds the chain for traffic that finds no endpoint, once, and returns its name. SVC1 rejects, SVC2 and SVC4 drop. */
function refuse(
  chains: Chain[],
  port: ServicePortView,
  endpoints: readonly EndpointView[],
  choice: EndpointChoice,
  traffic: 'internal' | 'external',
  mode: ProxyMode,
): string {
  const purpose = !choice.any
    ? 'no-endpoints'
    : traffic === 'internal'
      ? 'no-local-internal'
      : 'no-local-external';
  const name = chainName(purpose, port, mode);
  if (chains.some((chain) => chain.name === name)) return name;
  chains.push({ name, rules: [choice.any ? noLocalEndpoints(port, traffic) : noEndpoints(port, endpoints)] });
  return name;
}

function noLocalEndpoints(port: ServicePortView, traffic: 'internal' | 'external'): Rule {
  const field = traffic === 'internal' ? 'spec.internalTrafficPolicy' : 'spec.externalTrafficPolicy';
  const policy = field.slice('spec.'.length);
  return {
    match: {},
    action: { kind: 'drop' },
    origin: serviceOrigin(
      port,
      field,
      `${policy} is Local, and this node has no endpoint of Service ${port.namespace}/${port.name}.`,
    ),
    comment: `${port.namespace}/${port.name}:${port.portName} has no local endpoints`,
  };
}

function noEndpoints(port: ServicePortView, endpoints: readonly EndpointView[]): Rule {
  return {
    match: {},
    action: { kind: 'reject', with: 'port-unreachable' },
    origin: noEndpointsOrigin(port, endpoints),
    comment: `${port.namespace}/${port.name}:${port.portName} has no endpoints`,
  };
}

function noEndpointsOrigin(port: ServicePortView, endpoints: readonly EndpointView[]): RuleOrigin {
  const service = `Service ${port.namespace}/${port.name}`;
  const first = endpoints[0];
  if (first !== undefined) {
    const count =
      endpoints.length === 1 ? 'Its one endpoint is' : `All its ${endpoints.length} endpoints are`;
    return {
      kind: 'EndpointSlice',
      namespace: port.namespace,
      name: first.slice,
      field: `${first.field}.conditions.ready`,
      reason: `${count} not ready, so ${service} has none to send to.`,
    };
  }
  return port.hasSelector
    ? serviceOrigin(
        port,
        'spec.selector',
        'No pod with an address matches its selector and port, so it has no endpoints.',
      )
    : serviceOrigin(
        port,
        'spec.selector',
        'It has no selector, and no EndpointSlice was made for it, so it has no endpoints.',
      );
}
