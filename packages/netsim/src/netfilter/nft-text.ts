import type {
  Action,
  AddressMatch,
  AddressSet,
  Chain,
  DnatTarget,
  MapKeyPart,
  Match,
  PortRange,
  Rule,
  Table,
  VerdictMap,
} from '../ruleset.ts';

/**
 * One rule in nft's syntax. `table` tells the key of a verdict map the rule looks into; without it
 * the map is named alone.
 */
export function ruleText(rule: Rule, table?: Table): string {
  const parts = [...matchTexts(rule.match), actionText(rule.action, rule, table)].filter(
    (part) => part !== '',
  );
  if (rule.comment !== undefined) parts.push(`comment "${rule.comment}"`);
  return parts.join(' ');
}

function matchTexts(match: Match): string[] {
  const texts: string[] = [];
  if (match.inInterface !== undefined) texts.push(`iifname "${match.inInterface}"`);
  if (match.outInterface !== undefined) texts.push(`oifname "${match.outInterface}"`);
  if (match.connectionState !== undefined) texts.push(`ct state ${match.connectionState.join(',')}`);
  if (match.dnated !== undefined) texts.push(match.dnated ? 'ct status dnat' : 'ct status ! dnat');
  if (match.mark !== undefined) texts.push(markText(match.mark));
  if (match.source !== undefined) texts.push(addressText('saddr', match.source));
  if (match.sourceIsLocal !== undefined)
    texts.push(`fib saddr type ${match.sourceIsLocal ? '' : '!= '}local`);
  if (match.destination !== undefined) texts.push(addressText('daddr', match.destination));
  if (match.destinationIsLocal !== undefined)
    texts.push(`fib daddr type ${match.destinationIsLocal ? '' : '!= '}local`);
  const hasPorts = match.sourcePorts !== undefined || match.destinationPorts !== undefined;
  if (match.protocol !== undefined && (!hasPorts || match.protocol === 'icmp'))
    texts.push(`meta l4proto ${match.protocol}`);
  const header = match.protocol === undefined || match.protocol === 'icmp' ? 'th' : match.protocol;
  if (match.sourcePorts !== undefined) texts.push(`${header} sport ${portsText(match.sourcePorts)}`);
  if (match.destinationPorts !== undefined)
    texts.push(`${header} dport ${portsText(match.destinationPorts)}`);
  return texts;
}

function hex(value: number): string {
  return `0x${(value >>> 0).toString(16).padStart(8, '0')}`;
}

function markText(mark: { readonly value: number; readonly mask: number }): string {
  return mark.mask >>> 0 === 0xffffffff
    ? `meta mark ${hex(mark.value)}`
    : `meta mark & ${hex(mark.mask)} == ${hex(mark.value)}`;
}

function addressText(side: 'saddr' | 'daddr', match: AddressMatch): string {
  const negation = match.not === true ? '!= ' : '';
  const cidrs = match.cidrs ?? [];
  const family = cidrs[0]?.includes(':') === true ? 'ip6' : 'ip';
  if (match.set !== undefined) {
    const rest = cidrs.length === 0 ? '' : ` ${family} ${side} ${negation}${list(cidrs.map(cidrText))}`;
    return `${family} ${side} ${negation}@${match.set}${rest}`;
  }
  return `${family} ${side} ${negation}${list(cidrs.map(cidrText))}`;
}

/** nft prints a single address without its prefix length. */
function cidrText(cidr: string): string {
  return cidr.replace(cidr.includes(':') ? /\/128$/ : /\/32$/, '');
}

function list(items: readonly string[]): string {
  return items.length === 1 ? (items[0] ?? '') : `{ ${items.join(', ')} }`;
}

function portsText(ranges: readonly PortRange[]): string {
  return list(
    ranges.map((range) => (range.from === range.to ? String(range.from) : `${range.from}-${range.to}`)),
  );
}

function actionText(action: Action, rule: Rule, table: Table | undefined): string {
  switch (action.kind) {
    case 'accept':
    case 'drop':
    case 'return':
    case 'masquerade':
      return action.kind;
    case 'note':
      return 'counter';
    case 'jump':
    case 'goto':
      return `${action.kind} ${action.chain}`;
    case 'mark':
      return `meta mark set ${hex(action.set)}`;
    case 'snat':
      return `snat to ${action.address}`;
    case 'reject':
      return rejectText(action.with);
    case 'vmap':
      return `${mapKeyText(table?.maps.get(action.map))}vmap @${action.map}`;
    case 'dnat':
      return dnatText(action.targets, rule.match.protocol, action.affinity);
  }
}

function rejectText(how: 'tcp-reset' | 'port-unreachable' | 'admin-prohibited' | undefined): string {
  if (how === undefined) return 'reject';
  return how === 'tcp-reset' ? 'reject with tcp reset' : `reject with icmpx type ${how}`;
}

const KEY_TEXT: Readonly<Record<MapKeyPart, string>> = {
  source: 'ip saddr',
  destination: 'ip daddr',
  protocol: 'meta l4proto',
  destinationPort: 'th dport',
};

function mapKeyText(map: VerdictMap | undefined): string {
  if (map === undefined) return '';
  const isIpv6 = map.entries.keys().next().value?.includes(':') === true;
  const text = map.key.map((part) => KEY_TEXT[part]).join(' . ');
  return `${isIpv6 ? text.replaceAll('ip saddr', 'ip6 saddr').replaceAll('ip daddr', 'ip6 daddr') : text} `;
}

function targetText(target: DnatTarget): string {
  const address =
    target.port !== undefined && target.address.includes(':') ? `[${target.address}]` : target.address;
  return target.port === undefined ? address : `${address}:${target.port}`;
}

function dnatText(
  targets: readonly DnatTarget[],
  protocol: Match['protocol'],
  affinity: { readonly name: string; readonly timeoutSeconds: number } | undefined,
): string {
  const needsProtocol = protocol === undefined && targets.some((target) => target.port !== undefined);
  const prefix = needsProtocol ? 'meta l4proto { tcp, udp } ' : '';
  const sticky =
    affinity === undefined
      ? ''
      : `update @affinity-${affinity.name} { ip saddr timeout ${affinity.timeoutSeconds}s } `;
  const [first] = targets;
  if (targets.length === 1 && first !== undefined) return `${prefix}${sticky}dnat to ${targetText(first)}`;
  const choices = targets.map((target, index) => {
    const port = target.port === undefined ? '' : ` . ${target.port}`;
    return `${index} : ${target.address}${port}`;
  });
  return `${prefix}${sticky}dnat to numgen random mod ${targets.length} map { ${choices.join(', ')} }`;
}

/** `ip NAME` and the like name their family; a bare name is of family inet. */
export function tableHeading({ name, heading }: Pick<Table, 'name' | 'heading'>): string {
  if (heading !== undefined) return heading;
  return /^(ip|ip6|inet) /.test(name) ? name : `inet ${name}`;
}

function chainText(chain: Chain, table: Table): string[] {
  const lines = [`\tchain ${chain.name} {`];
  if (chain.hook !== undefined) {
    lines.push(
      `\t\ttype ${chain.type ?? 'filter'} hook ${chain.hook} priority ${priorityText(chain)}; policy ${chain.policy ?? 'accept'};`,
    );
  }
  for (const rule of chain.rules) lines.push(`\t\t${ruleText(rule, table)}`);
  lines.push('\t}');
  return lines;
}

const PRIORITY_NAMES = [
  ['raw', -300],
  ['mangle', -150],
  ['dstnat', -100],
  ['filter', 0],
  ['security', 50],
  ['srcnat', 100],
] as const;

/** nft prints a priority by name, with an offset of up to ten (nft(8), "Standard priority names"). */
function priorityText(chain: Chain): string {
  const value = chain.priority ?? 0;
  const named = PRIORITY_NAMES.find(([, standard]) => Math.abs(value - standard) <= 10);
  if (named === undefined) return String(value);
  const offset = value - named[1];
  if (offset === 0) return named[0];
  return `${named[0]} ${offset < 0 ? '-' : '+'} ${Math.abs(offset)}`;
}

function setText(set: AddressSet): string[] {
  const elements = [...set.elements];
  const isIpv6 = elements[0]?.includes(':') === true;
  const lines = [`\tset ${set.name} {`, `\t\ttype ${isIpv6 ? 'ipv6_addr' : 'ipv4_addr'}`];
  if (elements.some((element) => cidrText(element).includes('/'))) lines.push('\t\tflags interval');
  if (elements.length > 0) lines.push(`\t\telements = { ${elements.map(cidrText).join(', ')} }`);
  lines.push('\t}');
  return lines;
}

function mapText(map: VerdictMap): string[] {
  const isIpv6 = map.entries.keys().next().value?.includes(':') === true;
  const types = map.key.map((part) => {
    if (part === 'protocol') return 'inet_proto';
    if (part === 'destinationPort') return 'inet_service';
    return isIpv6 ? 'ipv6_addr' : 'ipv4_addr';
  });
  const lines = [`\tmap ${map.name} {`, `\t\ttype ${types.join(' . ')} : verdict`];
  const entries = [...map.entries].map(([key, chain]) => `${key} : jump ${chain}`);
  if (entries.length > 0) lines.push(`\t\telements = { ${entries.join(',\n\t\t\t     ')} }`);
  lines.push('\t}');
  return lines;
}

/** All tables as `nft list ruleset` prints them; empty when there are none. */
export function renderRuleset(tables: ReadonlyMap<string, Table>): string {
  const lines: string[] = [];
  for (const table of tables.values()) {
    lines.push(`table ${tableHeading(table)} {`);
    const blocks = [
      ...[...table.sets.values()].map(setText),
      ...[...table.maps.values()].map(mapText),
      ...[...table.chains.values()].map((chain) => chainText(chain, table)),
    ];
    lines.push(blocks.map((block) => block.join('\n')).join('\n\n'));
    lines.push('}');
  }
  return lines.length === 0 ? '' : `${lines.join('\n')}\n`;
}
