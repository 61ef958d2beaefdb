import type { Chain, Cidr, IpAddress, MapKeyPart, Table, VerdictMap } from '@podwire/netsim';
import { PRIORITY } from '@podwire/netsim';
import { hostCidr } from '../nodes/address.ts';
import type { ProxyMode } from './names.ts';
import { MARK_CHAIN } from './plan.ts';
import type { PlanMap } from './plan.ts';
import type { Family } from './service-view.ts';

/** kube-proxy's default for `--iptables-masquerade-bit` and its nftables twin: bit 14. */
export const MASQUERADE_MARK = 0x4000;

/** As with `--iptables-localhost-nodeports=false`: route_localnet is not modelled. */
const LOOPBACK: readonly Cidr[] = ['127.0.0.0/8', '::1/128'];

export const HAIRPIN_MAP = 'hairpin-connections';
const HAIRPIN_CHAIN = 'hairpin';
const NODE_PORT_SET = 'nodeport-ips';

const SERVICE_KEY: readonly MapKeyPart[] = ['destination', 'protocol', 'destinationPort'];
const NODE_PORT_KEY: readonly MapKeyPart[] = ['protocol', 'destinationPort'];

const MAP_KEYS: Readonly<Record<PlanMap, readonly MapKeyPart[]>> = {
  'service-ips': SERVICE_KEY,
  'service-nodeports': NODE_PORT_KEY,
  'no-endpoint-services': SERVICE_KEY,
  'no-endpoint-nodeports': NODE_PORT_KEY,
  'firewall-ips': SERVICE_KEY,
  'cluster-ips': ['destination'],
};

/** One table a family, as nft has `table ip kube-proxy` and `table ip6 kube-proxy`. */
export function tableName(family: Family): string {
  return family === 'IPv4' ? 'kube-proxy' : 'kube-proxy-ip6';
}

export function hairpinEntry(address: IpAddress): { readonly key: string; readonly chain: string } {
  return { key: `${address} . ${address}`, chain: HAIRPIN_CHAIN };
}

export interface TableOptions {
  readonly family: Family;
  readonly nodeName: string;
  readonly mode: ProxyMode;
  /** nftables mode: the addresses NodePorts are served at, the primary one of the node (SVC14). iptables mode: all of the node. */
  readonly nodePortAddresses: readonly IpAddress[];
  readonly serviceCidrs: readonly Cidr[];
}

/** The table before any Service: its base chains, in the order in which a packet meets them, and empty maps. */
export function baseTable(options: TableOptions): Table {
  const chains = [...filterChains(options.mode), ...natChains(), ...sharedChains(options)];
  const maps: readonly VerdictMap[] = [
    ...Object.entries(MAP_KEYS).map(([name, key]) => ({ name, key, entries: new Map<string, string>() })),
    { name: HAIRPIN_MAP, key: ['source', 'destination'], entries: new Map() },
  ];
  const nodePorts = { name: NODE_PORT_SET, elements: new Set(options.nodePortAddresses.map(hostCidr)) };
  return {
    name: tableName(options.family),
    ...(options.mode === 'nftables'
      ? { heading: `${options.family === 'IPv4' ? 'ip' : 'ip6'} kube-proxy` }
      : {}),
    chains: new Map(chains.map((chain) => [chain.name, chain])),
    sets: new Map([[NODE_PORT_SET, nodePorts]]),
    maps: new Map(maps.map((map) => [map.name, map])),
  };
}

/** kube-proxy filters before its own DNAT, so that addresses are still those of the Service; only unallocated ClusterIPs are told apart after it. */
const BEFORE_DNAT = PRIORITY.dstnat - 10;
const AFTER_DNAT = PRIORITY.dstnat + 10;

function filterChains(mode: ProxyMode): readonly Chain[] {
  const check = (chain: string) =>
    ({ match: { connectionState: ['new'] }, action: { kind: 'jump', chain } }) as const;
  const base = { type: 'filter' } as const;
  return [
    {
      ...base,
      name: 'filter-prerouting',
      hook: 'prerouting',
      priority: BEFORE_DNAT,
      rules: [check('firewall-check')],
    },
    {
      ...base,
      name: 'filter-input',
      hook: 'input',
      priority: BEFORE_DNAT,
      rules: [check('nodeport-endpoints-check'), check('service-endpoints-check')],
    },
    {
      ...base,
      name: 'filter-forward',
      hook: 'forward',
      priority: BEFORE_DNAT,
      // SVC13 is the nftables mode's: to iptables an address without rules is like any other.
      rules: [check('service-endpoints-check'), ...(mode === 'nftables' ? [check('cluster-ips-check')] : [])],
    },
    {
      ...base,
      name: 'filter-output',
      hook: 'output',
      priority: BEFORE_DNAT,
      rules: [check('service-endpoints-check'), check('firewall-check')],
    },
    {
      ...base,
      name: 'filter-output-post-dnat',
      hook: 'output',
      priority: AFTER_DNAT,
      rules: mode === 'nftables' ? [check('cluster-ips-check')] : [],
    },
  ];
}

function natChains(): readonly Chain[] {
  const base = { type: 'nat' } as const;
  const services = [{ match: {}, action: { kind: 'jump', chain: 'services' } }] as const;
  return [
    { ...base, name: 'nat-prerouting', hook: 'prerouting', priority: PRIORITY.dstnat, rules: services },
    { ...base, name: 'nat-output', hook: 'output', priority: PRIORITY.dstnat, rules: services },
    {
      ...base,
      name: 'nat-postrouting',
      hook: 'postrouting',
      priority: PRIORITY.srcnat,
      rules: [{ match: {}, action: { kind: 'jump', chain: 'masquerading' } }],
    },
  ];
}

function sharedChains({ nodeName, serviceCidrs, mode }: TableOptions): readonly Chain[] {
  const byMap = (map: PlanMap) => ({ match: {}, action: { kind: 'vmap', map } }) as const;
  const byNodePort = (map: PlanMap) =>
    ({
      match:
        mode === 'nftables'
          ? { destination: { set: NODE_PORT_SET } }
          : { destinationIsLocal: true, destination: { cidrs: LOOPBACK, not: true } },
      action: { kind: 'vmap', map },
    }) as const;
  const origin = { kind: 'kube-proxy', name: nodeName } as const;
  return [
    { name: 'services', rules: [byMap('service-ips'), byNodePort('service-nodeports')] },
    { name: 'service-endpoints-check', rules: [byMap('no-endpoint-services')] },
    { name: 'nodeport-endpoints-check', rules: [byNodePort('no-endpoint-nodeports')] },
    { name: 'firewall-check', rules: [byMap('firewall-ips')] },
    {
      name: 'cluster-ips-check',
      rules: [
        byMap('cluster-ips'),
        {
          match: { destination: { cidrs: serviceCidrs } },
          action: { kind: 'drop' },
          origin: { ...origin, reason: 'The address is in the range of ClusterIPs, and no Service has it.' },
          comment: 'Drop traffic to unallocated ClusterIPs',
        },
      ],
    },
    { name: MARK_CHAIN, rules: [{ match: {}, action: { kind: 'mark', set: MASQUERADE_MARK } }] },
    {
      name: 'masquerading',
      rules: [
        {
          match: { mark: { value: MASQUERADE_MARK, mask: MASQUERADE_MARK } },
          action: { kind: 'masquerade' },
          origin: {
            ...origin,
            reason: 'The connection came through a Service and must be answered through this node.',
          },
        },
        { match: { dnated: true }, action: { kind: 'vmap', map: HAIRPIN_MAP } },
      ],
    },
    {
      name: HAIRPIN_CHAIN,
      rules: [
        {
          match: {},
          action: { kind: 'masquerade' },
          // SVC5
          origin: {
            ...origin,
            reason: 'The pod reached itself through a Service: it would answer itself past the node.',
          },
        },
      ],
    },
  ];
}
