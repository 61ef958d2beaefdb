import type { InterfaceInfo, NeighborInfo, NetnsId, Route } from '@podwire/netsim';

/** What ip(8) prints in words and in JSON alike. */
export interface LinkFacts {
  readonly flags: readonly string[];
  readonly state: string;
  readonly broadcastOf: (host: string, prefix: number) => string;
}

/** For ever, as the kernel counts seconds. */
const FOR_EVER = 4_294_967_295;

/** `ip -j addr` and `ip -j link`: one interface. */
export function linkJson(
  entry: InterfaceInfo,
  object: 'address' | 'link',
  netns: NetnsId,
  { flags, state, broadcastOf }: LinkFacts,
): object {
  const isLoopback = entry.kind === 'loopback';
  const isElsewhere = entry.peer !== undefined && entry.peer.netns !== netns;
  return {
    ifindex: entry.index,
    ...(entry.peer === undefined
      ? {}
      : isElsewhere
        ? { link_index: entry.peer.index }
        : { link: entry.peer.name }),
    ifname: entry.name,
    flags,
    mtu: entry.mtuBytes,
    qdisc: 'noqueue',
    ...(entry.master === undefined ? {} : { master: entry.master }),
    operstate: state,
    ...(object === 'link' ? { linkmode: 'DEFAULT' } : {}),
    group: 'default',
    ...(isLoopback ? { txqlen: 1000 } : {}),
    link_type: isLoopback ? 'loopback' : 'ether',
    address: entry.mac,
    broadcast: isLoopback ? '00:00:00:00:00:00' : 'ff:ff:ff:ff:ff:ff',
    ...(isElsewhere ? { link_netnsid: 0 } : {}),
    ...(object === 'link'
      ? {}
      : { addr_info: entry.addresses.map((each) => addressJson(each, entry, broadcastOf)) }),
  };
}

function addressJson(address: string, entry: InterfaceInfo, broadcastOf: LinkFacts['broadcastOf']): object {
  const [local = '', text = ''] = address.split('/');
  const prefixlen = Number(text);
  const times = { valid_life_time: FOR_EVER, preferred_life_time: FOR_EVER };
  if (local.includes(':')) {
    const scope = local === '::1' ? 'host' : local.startsWith('fe80') ? 'link' : 'global';
    return { family: 'inet6', local, prefixlen, scope, ...times };
  }
  const scope = entry.kind === 'loopback' ? 'host' : 'global';
  const broadcast = scope === 'global' && prefixlen < 31 ? { broadcast: broadcastOf(local, prefixlen) } : {};
  return { family: 'inet', local, prefixlen, ...broadcast, scope, label: entry.name, ...times };
}

/** `ip -j -br`: the little that is there. */
export function briefJson(
  entry: InterfaceInfo,
  object: 'address' | 'link',
  { flags, state }: LinkFacts,
): object {
  const head = { ifname: entry.name, operstate: state };
  if (object === 'link') return { ...head, address: entry.mac, flags };
  return {
    ...head,
    addr_info: entry.addresses.map((address) => {
      const [local = '', prefix = ''] = address.split('/');
      return { local, prefixlen: Number(prefix) };
    }),
  };
}

/** `ip -j route`: one route. */
export function routeJson(route: Route): object {
  const isDefault = route.destination === '0.0.0.0/0' || route.destination === '::/0';
  const isGiven = route.protocol !== undefined && route.protocol !== 'boot';
  return {
    dst: isDefault ? 'default' : route.destination.replace(/\/32$/, ''),
    ...(route.via === undefined ? {} : { gateway: route.via }),
    dev: route.interfaceName,
    ...(isGiven ? { protocol: route.protocol } : {}),
    ...(route.via === undefined ? { scope: 'link' } : {}),
    ...(route.source === undefined ? {} : { prefsrc: route.source }),
    ...(route.metric !== undefined && route.metric > 0 ? { metric: route.metric } : {}),
    flags: route.onLink === true ? ['onlink'] : [],
  };
}

/** `ip -j neigh`: one neighbour. */
export function neighborJson({ address, interfaceName, mac, state }: NeighborInfo): object {
  return {
    dst: address,
    dev: interfaceName,
    ...(mac === undefined ? {} : { lladdr: mac }),
    state: [state],
  };
}

/** A list as iproute2 writes it: in one line, or with `-p` in its own kind of indentation. */
export function jsonText(list: readonly object[], isPretty: boolean): string {
  if (!isPretty) return `${JSON.stringify(list)}\n`;
  return list.length === 0 ? '[ ]\n' : `[ ${list.map((each) => prettyValue(each, 4)).join(',')} ]\n`;
}

const isPlain = (value: unknown): boolean => typeof value !== 'object' || value === null;

function prettyValue(value: unknown, indent: number): string {
  if (Array.isArray(value)) {
    const items: readonly unknown[] = value;
    if (items.length === 0) return '[ ]';
    const texts = items.map((item) => prettyValue(item, indent + 4));
    return items.every(isPlain) ? `[ ${texts.join(',')} ]` : `[ ${texts.join(',')} ]`;
  }
  if (isPlain(value)) return JSON.stringify(value);
  const pad = ' '.repeat(indent + 4);
  const members = Object.entries(value as object).map(
    ([key, member]) => `${pad}${JSON.stringify(key)}: ${prettyValue(member, indent + 4)}`,
  );
  return `{\n${members.join(',\n')}\n${' '.repeat(indent)}}`;
}
