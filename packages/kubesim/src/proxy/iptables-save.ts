import type { Cidr, Match, Rule, Table } from '@podwire/netsim';
import { endpointChainName } from './names.ts';
import { MARK_CHAIN } from './plan.ts';
import { HAIRPIN_MAP, MASQUERADE_MARK } from './table.ts';

/** A node's rules as iptables-save prints them; there is none where kube-proxy writes nftables. */
export const IPTABLES_SAVE_SERVICE = 'iptables-save';
export type IptablesSave = (tables: ReadonlyMap<string, Table>) => string;

/**
 * What `iptables-save` prints of a node whose kube-proxy runs in iptables mode: the same decisions in
 * the words of that mode, where a map is a list of rules and a choice is a row of dice.
 */
export function renderIptablesSave(table: Table): string {
  const nat = natRules(table);
  const filter = filterRules(table);
  return `${section('filter', FILTER_BASE, filter)}${section('nat', NAT_BASE, nat)}`;
}

const NAT_BASE = ['PREROUTING', 'INPUT', 'OUTPUT', 'POSTROUTING'] as const;
const FILTER_BASE = ['INPUT', 'FORWARD', 'OUTPUT'] as const;

type Lines = Map<string, string[]>;

function section(name: string, base: readonly string[], chains: Lines): string {
  const declared = [
    ...base.map((chain) => `:${chain} ACCEPT [0:0]`),
    ...[...chains.keys()].filter((chain) => !base.includes(chain)).map((chain) => `:${chain} - [0:0]`),
  ];
  const rules = [...chains].flatMap(([chain, lines]) => lines.map((line) => `-A ${chain} ${line}`));
  return [`*${name}`, ...declared, ...rules, 'COMMIT', ''].join('\n');
}

function natRules(table: Table): Lines {
  const mark = `0x${MASQUERADE_MARK.toString(16)}`;
  const lines: Lines = new Map([
    ['PREROUTING', ['-m comment --comment "kubernetes service portals" -j KUBE-SERVICES']],
    ['OUTPUT', ['-m comment --comment "kubernetes service portals" -j KUBE-SERVICES']],
    ['POSTROUTING', ['-m comment --comment "kubernetes postrouting rules" -j KUBE-POSTROUTING']],
    ['KUBE-MARK-MASQ', [`-j MARK --set-xmark ${mark}/${mark}`]],
    ['KUBE-NODEPORTS', mapLines(table, 'service-nodeports')],
    [
      'KUBE-POSTROUTING',
      [
        `-m mark ! --mark ${mark}/${mark} -j RETURN`,
        `-j MARK --set-xmark ${mark}/0x0`,
        '-m comment --comment "kubernetes service traffic requiring SNAT" -j MASQUERADE',
      ],
    ],
    [
      'KUBE-SERVICES',
      [
        ...mapLines(table, 'service-ips'),
        '-m comment --comment "kubernetes service nodeports; NOTE: this must be the last rule in this chain" -m addrtype --dst-type LOCAL -j KUBE-NODEPORTS',
      ],
    ],
  ]);
  const hairpins = new Set(
    [...(table.maps.get(HAIRPIN_MAP)?.entries.keys() ?? [])].map((key) => key.split(' ')[0]),
  );
  for (const chain of table.chains.values()) {
    if (!/^KUBE-(SVC|SVL|EXT)-/.test(chain.name)) continue;
    const own: string[] = [];
    lines.set(chain.name, own);
    for (const rule of chain.rules) own.push(...natLines(rule, chain.name, lines, hairpins));
  }
  return lines;
}

function filterRules(table: Table): Lines {
  const isNew = '-m conntrack --ctstate NEW';
  const firewall = `${isNew} -m comment --comment "kubernetes load balancer firewall" -j KUBE-PROXY-FIREWALL`;
  const portals = `${isNew} -m comment --comment "kubernetes service portals" -j KUBE-SERVICES`;
  const refusals = (map: string): string[] =>
    [...(table.maps.get(map)?.entries ?? [])].map(([key, chain]) => {
      const rule = table.chains.get(chain)?.rules[0];
      const verdict = rule?.action.kind === 'drop' ? 'DROP' : 'REJECT --reject-with icmp-port-unreachable';
      return `${keyMatch(key)} -m comment --comment "${rule?.comment ?? ''}" -j ${verdict}`;
    });
  const firewalls = [...(table.maps.get('firewall-ips')?.entries ?? [])].map(
    ([key, chain]) => `${keyMatch(key)} -j ${chain}`,
  );
  const lines: Lines = new Map([
    [
      'INPUT',
      [
        firewall,
        `${isNew} -m comment --comment "kubernetes externally-visible service portals" -j KUBE-EXTERNAL-SERVICES`,
      ],
    ],
    ['FORWARD', [firewall, portals]],
    ['OUTPUT', [firewall, portals]],
    ['KUBE-EXTERNAL-SERVICES', refusals('no-endpoint-nodeports')],
    ['KUBE-SERVICES', refusals('no-endpoint-services')],
    ['KUBE-PROXY-FIREWALL', firewalls],
  ]);
  for (const chain of table.chains.values()) {
    if (!chain.name.startsWith('KUBE-FW-')) continue;
    lines.set(chain.name, [
      ...chain.rules.flatMap(({ match }) =>
        (match.source?.cidrs ?? []).map((cidr) => `-s ${cidr} -j RETURN`),
      ),
      '-j DROP',
    ]);
  }
  return lines;
}

/** `10.96.0.1 . tcp . 443` or `tcp . 30080`. */
function keyMatch(key: string): string {
  const parts = key.split(' . ');
  const [address, protocol, port] = parts.length === 3 ? parts : [undefined, ...parts];
  const destination = address === undefined ? '' : `-d ${address}/${address.includes(':') ? 128 : 32} `;
  return `${destination}-p ${protocol ?? ''} -m ${protocol ?? ''} --dport ${port ?? ''}`;
}

/** Jumps to the chains of Service ports, with the comment that names the port. */
function mapLines(table: Table, map: 'service-ips' | 'service-nodeports'): string[] {
  return [...(table.maps.get(map)?.entries ?? [])].map(([key, chain]) => {
    const name = portNameOf(table, chain);
    const what =
      map === 'service-nodeports'
        ? name
        : `${name} ${chain.startsWith('KUBE-EXT-') ? 'external IP' : 'cluster IP'}`;
    return `${keyMatch(key)} -m comment --comment "${what}" -j ${chain}`;
  });
}

/** The DNAT rule's comment, in this chain or in the one it leads to. */
function portNameOf(table: Table, chain: string): string {
  const rules = table.chains.get(chain)?.rules ?? [];
  const own = rules.find(({ action }) => action.kind === 'dnat')?.comment;
  const next = rules.findLast(({ action }) => action.kind === 'goto')?.action;
  if (own !== undefined || next?.kind !== 'goto') return own ?? '';
  return table.chains.get(next.chain)?.rules.find(({ action }) => action.kind === 'dnat')?.comment ?? '';
}

function natLines(
  rule: Rule,
  chain: string,
  lines: Lines,
  hairpins: ReadonlySet<string | undefined>,
): readonly string[] {
  const match = matchText(rule.match);
  const comment =
    rule.comment === undefined || rule.action.kind === 'dnat'
      ? ''
      : `-m comment --comment "${rule.comment}" `;
  switch (rule.action.kind) {
    case 'jump':
    case 'goto':
      return [
        `${match}${comment}-j ${rule.action.chain === MARK_CHAIN ? 'KUBE-MARK-MASQ' : rule.action.chain}`,
      ];
    case 'dnat': {
      const { targets } = rule.action;
      const protocol = rule.match.protocol ?? 'tcp';
      return targets.map(({ address, port }, index) => {
        const endpoint = endpointChainName(chain, `${address}:${port ?? ''}`);
        lines.set(endpoint, [
          ...(hairpins.has(address) ? [`-s ${hostText(address)} -j KUBE-MARK-MASQ`] : []),
          `-p ${protocol} -m ${protocol} -j DNAT --to-destination ${address.includes(':') ? `[${address}]` : address}:${port ?? ''}`,
        ]);
        const left = targets.length - index;
        const dice = left === 1 ? '' : `-m statistic --mode random --probability ${(1 / left).toFixed(11)} `;
        return `-m comment --comment "${rule.comment ?? ''} -> ${address}:${port ?? ''}" ${dice}-j ${endpoint}`;
      });
    }
    default:
      return [];
  }
}

function hostText(address: string): Cidr {
  return `${address}/${address.includes(':') ? 128 : 32}`;
}

function matchText({ source, destination, protocol, destinationPorts, sourceIsLocal }: Match): string {
  const side = (flag: '-s' | '-d', match: Match['source']): string => {
    const [cidr] = match?.cidrs ?? [];
    return cidr === undefined ? '' : `${match?.not === true ? '! ' : ''}${flag} ${cidr} `;
  };
  const port = destinationPorts?.[0];
  const transport = protocol === undefined ? '' : `-p ${protocol} -m ${protocol} `;
  return `${side('-s', source)}${side('-d', destination)}${transport}${port === undefined ? '' : `--dport ${port.from} `}${sourceIsLocal === true ? '-m addrtype --src-type LOCAL ' : ''}`;
}
