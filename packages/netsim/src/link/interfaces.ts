import { cidrNetwork, parseCidr } from '../address/cidr.ts';
import { canonicalIp, isLoopback } from '../address/ip.ts';
import { announce, flushNeighbors } from '../ip/neighbor.ts';
import type { Kernel } from '../kernel.ts';
import { netnsOf } from '../kernel.ts';
import type { InterfaceInfo, LinkEnd, NetnsId, Route } from '../network.ts';
import type { IpAddress, MacAddress } from '../packet.ts';
import type { InterfaceState, NetnsState } from '../state.ts';

const DEFAULT_MTU_BYTES = 1500;
const LOOPBACK_MTU_BYTES = 65_536;
/** Outer IP, UDP, VXLAN and inner Ethernet headers (RFC 7348 section 4.3). */
const VXLAN_OVERHEAD_BYTES = { 4: 50, 6: 70 } as const;
/** Linux' default; IANA's is 4789. */
const VXLAN_PORT = 8472;
/** From one namespace to another on the same host. */
const VETH_LATENCY_MS = 0.02;
/** RFC 8200 section 5 for IPv6; IPv4 alone would allow 68. */
const MIN_MTU_BYTES = 68;
const MAX_MTU_BYTES = 65_536;
/** IFNAMSIZ less its final zero. */
const MAX_NAME_CHARACTERS = 15;
const MAX_INTERFACES = 1024;

/** Locally administered unicast addresses that look as random as the kernel's, and are the same in every run. */
function nextMac(kernel: Kernel): MacAddress {
  const mixed = Math.imul(kernel.state.nextMac++, 0x9e3779b1) >>> 0;
  const bytes = [
    0x02 | ((mixed >>> 3) & 0xf0),
    (mixed >>> 11) & 0xff,
    mixed >>> 24,
    (mixed >>> 16) & 0xff,
    (mixed >>> 8) & 0xff,
    mixed & 0xff,
  ];
  return bytes.map((byte) => byte.toString(16).padStart(2, '0')).join(':');
}

type NewInterface = Pick<InterfaceState, 'kind'> &
  Partial<Pick<InterfaceState, 'mac' | 'mtuBytes' | 'peer' | 'latencyMs' | 'vxlan'>>;

function addInterface(kernel: Kernel, netns: NetnsState, name: string, fields: NewInterface): InterfaceState {
  if (netns.interfaces.has(name))
    throw new Error(`network namespace ${netns.id} already has an interface ${name}`);
  if (name === '' || name.length > MAX_NAME_CHARACTERS || /[\s/:]/.test(name))
    throw new Error(`"${name}" is not an interface name`);
  if (netns.interfaces.size >= MAX_INTERFACES)
    throw new Error(`network namespace ${netns.id} has ${MAX_INTERFACES} interfaces already`);
  const link: InterfaceState = {
    index: netns.nextInterfaceIndex++,
    name,
    kind: fields.kind,
    mac: fields.mac ?? nextMac(kernel),
    mtuBytes: fields.mtuBytes ?? DEFAULT_MTU_BYTES,
    up: false,
    master: undefined,
    hairpin: false,
    peer: fields.peer,
    latencyMs: fields.latencyMs ?? VETH_LATENCY_MS,
    addresses: [],
    learned: fields.kind === 'bridge' ? new Map() : undefined,
    vxlan: fields.vxlan,
    rxPackets: 0,
    rxBytes: 0,
    rxDropped: 0,
    txPackets: 0,
    txBytes: 0,
    txDropped: 0,
  };
  netns.interfaces.set(name, link);
  changed(netns);
  return link;
}

function changed(netns: NetnsState): void {
  netns.topologyVersion++;
}

export function linkOf(netns: NetnsState, name: string): InterfaceState {
  const link = netns.interfaces.get(name);
  if (link === undefined) throw new Error(`network namespace ${netns.id} has no interface ${name}`);
  return link;
}

export function addLoopback(kernel: Kernel, netns: NetnsState): void {
  const link = addInterface(kernel, netns, 'lo', {
    kind: 'loopback',
    mac: '00:00:00:00:00:00',
    mtuBytes: LOOPBACK_MTU_BYTES,
  });
  link.addresses.push(
    Object.freeze({ address: '127.0.0.1', prefixLength: 8 }),
    Object.freeze({ address: '::1', prefixLength: 128 }),
  );
  link.up = true;
}

export function addVethPair(
  kernel: Kernel,
  a: LinkEnd,
  b: LinkEnd,
  options: { readonly mtuBytes?: number; readonly latencyMs?: number } = {},
): void {
  const first = netnsOf(kernel, a.netns);
  const second = netnsOf(kernel, b.netns);
  if (a.netns === b.netns && a.name === b.name)
    throw new Error(`the two ends of a veth pair need two names, not ${a.name} twice`);
  if (second.interfaces.has(b.name))
    throw new Error(`network namespace ${b.netns} already has an interface ${b.name}`);
  const shared = {
    kind: 'veth' as const,
    ...(options.mtuBytes === undefined ? {} : { mtuBytes: options.mtuBytes }),
    ...(options.latencyMs === undefined ? {} : { latencyMs: options.latencyMs }),
  };
  addInterface(kernel, first, a.name, {
    ...shared,
    ...(a.mac === undefined ? {} : { mac: a.mac }),
    peer: { netns: b.netns, name: b.name },
  });
  addInterface(kernel, second, b.name, {
    ...shared,
    ...(b.mac === undefined ? {} : { mac: b.mac }),
    peer: { netns: a.netns, name: a.name },
  });
}

export function addBridge(
  kernel: Kernel,
  netnsId: NetnsId,
  name: string,
  options: { readonly mtuBytes?: number; readonly mac?: MacAddress } = {},
): void {
  addInterface(kernel, netnsOf(kernel, netnsId), name, { kind: 'bridge', ...options });
}

export function addDummy(kernel: Kernel, netnsId: NetnsId, name: string): void {
  addInterface(kernel, netnsOf(kernel, netnsId), name, { kind: 'dummy' });
}

export interface VxlanOptions {
  readonly vni: number;
  readonly local: IpAddress;
  readonly port?: number;
  readonly mtuBytes?: number;
}

export function addVxlan(kernel: Kernel, netnsId: NetnsId, name: string, options: VxlanOptions): void {
  const local = canonicalIp(options.local);
  if (local === undefined) throw new Error(`"${options.local}" is not an address`);
  const mtuBytes = options.mtuBytes ?? DEFAULT_MTU_BYTES - VXLAN_OVERHEAD_BYTES[local.includes(':') ? 6 : 4];
  addInterface(kernel, netnsOf(kernel, netnsId), name, {
    kind: 'vxlan',
    mtuBytes,
    vxlan: { vni: options.vni, local, port: options.port ?? VXLAN_PORT, peers: new Map() },
  });
}

/** A peer may have several addresses, for example one of each family; another remote takes the place of the former. */
export function addVxlanPeer(
  kernel: Kernel,
  netnsId: NetnsId,
  name: string,
  peer: { readonly mac: MacAddress; readonly remote: IpAddress; readonly address: IpAddress },
): void {
  const netns = netnsOf(kernel, netnsId);
  const { vxlan } = linkOf(netns, name);
  if (vxlan === undefined) throw new Error(`interface ${name} is no VXLAN device`);
  const known = vxlan.peers.get(peer.mac);
  if (known !== undefined && known.remote !== peer.remote) removeVxlanPeer(kernel, netnsId, name, peer.mac);
  const addresses = new Set(known?.remote === peer.remote ? known.addresses : []).add(peer.address);
  vxlan.peers.set(peer.mac, Object.freeze({ remote: peer.remote, addresses: Object.freeze([...addresses]) }));
  netns.neighbors.set(`${name} ${peer.address}`, {
    address: peer.address,
    interfaceName: name,
    mac: peer.mac,
    state: 'PERMANENT',
    confirmedMs: kernel.simulation.nowMs,
    probes: 0,
    round: 0,
    queue: [],
  });
}

export function removeVxlanPeer(kernel: Kernel, netnsId: NetnsId, name: string, mac: MacAddress): void {
  const netns = netnsOf(kernel, netnsId);
  const { vxlan } = linkOf(netns, name);
  const known = vxlan?.peers.get(mac);
  if (vxlan === undefined || known === undefined) return;
  vxlan.peers.delete(mac);
  for (const address of known.addresses) {
    const key = `${name} ${address}`;
    if (netns.neighbors.get(key)?.mac === mac) netns.neighbors.delete(key);
  }
}

/** Takes an interface and, of a veth pair, its other end away, with routes and neighbours that went through them. */
export function removeInterface(kernel: Kernel, netnsId: NetnsId, name: string): void {
  const netns = netnsOf(kernel, netnsId);
  const link = linkOf(netns, name);
  if (link.kind === 'loopback') throw new Error('the loopback interface cannot be removed');
  detach(kernel, netns, link);
  const other = link.peer === undefined ? undefined : kernel.state.netns.get(link.peer.netns);
  const otherLink = link.peer === undefined ? undefined : other?.interfaces.get(link.peer.name);
  if (other !== undefined && otherLink !== undefined) detach(kernel, other, otherLink);
}

function detach(kernel: Kernel, netns: NetnsState, link: InterfaceState): void {
  flushNeighbors(kernel, netns, link.name);
  for (const [key, entry] of netns.neighbors)
    if (entry.interfaceName === link.name) netns.neighbors.delete(key);
  netns.interfaces.delete(link.name);
  netns.routes = netns.routes.filter((route) => route.interfaceName !== link.name);
  for (const other of netns.interfaces.values()) {
    if (other.master === link.name) other.master = undefined;
    forgetPort(other, link.name);
  }
  changed(netns);
}

function forgetPort(bridge: InterfaceState, port: string): void {
  if (bridge.learned === undefined) return;
  for (const [mac, learned] of bridge.learned) if (learned.port === port) bridge.learned.delete(mac);
}

export function setMaster(
  kernel: Kernel,
  netnsId: NetnsId,
  name: string,
  bridgeName: string | undefined,
  options: { readonly hairpin?: boolean } = {},
): void {
  const netns = netnsOf(kernel, netnsId);
  const link = linkOf(netns, name);
  if (bridgeName !== undefined && linkOf(netns, bridgeName).kind !== 'bridge')
    throw new Error(`interface ${bridgeName} is no bridge`);
  if (link.kind === 'bridge' || link.kind === 'loopback')
    throw new Error(`a ${link.kind} interface cannot be the port of a bridge`);
  const former = link.master === undefined ? undefined : netns.interfaces.get(link.master);
  if (former !== undefined) forgetPort(former, name);
  link.master = bridgeName;
  link.hairpin = bridgeName !== undefined && (options.hairpin ?? false);
}

export function setUp(kernel: Kernel, netnsId: NetnsId, name: string, up: boolean): void {
  const netns = netnsOf(kernel, netnsId);
  const link = linkOf(netns, name);
  if (link.up === up) return;
  link.up = up;
  changed(netns);
  if (up) {
    for (const { address } of link.addresses) announce(kernel, netns, link, address);
    return;
  }
  flushNeighbors(kernel, netns, name);
  const bridge = link.master === undefined ? undefined : netns.interfaces.get(link.master);
  if (bridge !== undefined) forgetPort(bridge, name);
}

export function setMtu(kernel: Kernel, netnsId: NetnsId, name: string, mtuBytes: number): void {
  if (!Number.isInteger(mtuBytes) || mtuBytes < MIN_MTU_BYTES || mtuBytes > MAX_MTU_BYTES)
    throw new Error(`an MTU of ${mtuBytes} bytes is out of range`);
  const netns = netnsOf(kernel, netnsId);
  linkOf(netns, name).mtuBytes = mtuBytes;
  changed(netns);
}

export function addAddress(kernel: Kernel, netnsId: NetnsId, name: string, cidrWithHost: string): void {
  const netns = netnsOf(kernel, netnsId);
  const link = linkOf(netns, name);
  const cidr = parseCidr(cidrWithHost);
  const network = cidrNetwork(cidrWithHost);
  if (cidr === undefined || network === undefined)
    throw new Error(`"${cidrWithHost}" is not an address with a prefix length`);
  const { address, prefixLength } = cidr;
  if (link.addresses.some((known) => known.address === address && known.prefixLength === prefixLength))
    return;
  link.addresses.push(Object.freeze({ address, prefixLength }));
  const isHost = prefixLength === (cidr.version === 4 ? 32 : 128);
  if (!isHost && link.kind !== 'loopback') {
    netns.routes.push(
      Object.freeze({
        destination: network,
        interfaceName: name,
        source: address,
        scope: 'link',
        protocol: 'kernel',
      }),
    );
  }
  changed(netns);
  announce(kernel, netns, link, address);
}

export function removeAddress(kernel: Kernel, netnsId: NetnsId, name: string, cidrWithHost: string): void {
  const netns = netnsOf(kernel, netnsId);
  const link = linkOf(netns, name);
  const cidr = parseCidr(cidrWithHost);
  const network = cidrNetwork(cidrWithHost);
  if (cidr === undefined || network === undefined)
    throw new Error(`"${cidrWithHost}" is not an address with a prefix length`);
  link.addresses = link.addresses.filter(
    ({ address, prefixLength }) => address !== cidr.address || prefixLength !== cidr.prefixLength,
  );
  const index = netns.routes.findIndex(
    (route) =>
      route.protocol === 'kernel' &&
      route.interfaceName === name &&
      route.destination === network &&
      route.source === cidr.address,
  );
  if (index >= 0) netns.routes.splice(index, 1);
  changed(netns);
}

/** Takes the place of a route to the same destination with the same metric (`ip route replace`). */
export function addRoute(kernel: Kernel, netnsId: NetnsId, route: Route): void {
  const netns = netnsOf(kernel, netnsId);
  linkOf(netns, route.interfaceName);
  const destination = cidrNetwork(route.destination);
  if (destination === undefined) throw new Error(`"${route.destination}" is not a destination`);
  const via = route.via === undefined ? undefined : canonicalIp(route.via);
  if (route.via !== undefined && via === undefined)
    throw new Error(`"${route.via}" is not a gateway address`);
  if (via !== undefined && route.onLink !== true) checkGateway(kernel, netns, via, route.interfaceName);
  const canonical: Route = Object.freeze({ ...route, destination, ...(via === undefined ? {} : { via }) });
  const same = netns.routes.findIndex(
    (known) => known.destination === destination && (known.metric ?? 0) === (route.metric ?? 0),
  );
  if (same >= 0) netns.routes[same] = canonical;
  else netns.routes.push(canonical);
  changed(netns);
}

/** As the kernel does: "Nexthop has invalid gateway". */
function checkGateway(kernel: Kernel, netns: NetnsState, via: IpAddress, interfaceName: string): void {
  const link = linkOf(netns, interfaceName);
  // Before an interface is up no route leads anywhere, so only its own networks can tell.
  if (!link.up) return;
  const decision = kernel.views.topology(netns).route(via);
  if (decision?.kind !== 'remote' || decision.route.via !== undefined || decision.out !== link) {
    throw new Error(`the gateway ${via} is not on the link of ${interfaceName} in ${netns.id}`);
  }
}

export function removeRoute(
  kernel: Kernel,
  netnsId: NetnsId,
  destination: string,
  via: IpAddress | undefined,
): boolean {
  const netns = netnsOf(kernel, netnsId);
  const network = cidrNetwork(destination);
  const gateway = via === undefined ? undefined : canonicalIp(via);
  const index = netns.routes.findIndex(
    (route) => route.destination === network && (via === undefined || route.via === gateway),
  );
  if (index < 0) return false;
  netns.routes.splice(index, 1);
  changed(netns);
  return true;
}

export function interfaceInfo(kernel: Kernel, link: InterfaceState): InterfaceInfo {
  const { peer } = link;
  const other =
    peer === undefined ? undefined : kernel.state.netns.get(peer.netns)?.interfaces.get(peer.name);
  return {
    index: link.index,
    name: link.name,
    kind: link.kind,
    mac: link.mac,
    mtuBytes: link.mtuBytes,
    up: link.up,
    ...(link.master === undefined ? {} : { master: link.master }),
    ...(peer === undefined || other === undefined
      ? {}
      : { peer: { netns: peer.netns, name: peer.name, index: other.index } }),
    addresses: link.addresses.map(({ address, prefixLength }) => `${address}/${prefixLength}`),
    rx: { packets: link.rxPackets, bytes: link.rxBytes, dropped: link.rxDropped },
    tx: { packets: link.txPackets, bytes: link.txBytes, dropped: link.txDropped },
    ...(link.master === undefined ? {} : { hairpin: link.hairpin }),
    ...(link.vxlan === undefined
      ? {}
      : {
          vxlan: {
            vni: link.vxlan.vni,
            local: link.vxlan.local,
            port: link.vxlan.port,
            peers: [...link.vxlan.peers].map(([mac, { remote }]) => ({ mac, remote })),
          },
        }),
    ...(link.learned === undefined
      ? {}
      : { learned: [...link.learned].map(([mac, { port }]) => ({ mac, port })) }),
  };
}

/** Which namespace has this address; the first, should several have it. */
export function addressOwner(kernel: Kernel, address: IpAddress): NetnsId | undefined {
  const canonical = canonicalIp(address);
  if (canonical === undefined || isLoopback(canonical)) return undefined;
  for (const netns of kernel.state.netns.values()) {
    for (const link of netns.interfaces.values()) {
      if (link.addresses.some((known) => known.address === canonical)) return netns.id;
    }
  }
  return undefined;
}
