import { isIpv6 } from '../address/ip.ts';
import type { Kernel } from '../kernel.ts';
import { BROADCAST_MAC, transmit } from '../link/transmit.ts';
import type { EthernetFrame, IpAddress, IpPacket, MacAddress, NeighborMessage } from '../packet.ts';
import type { InterfaceState, NeighborState, NetnsState } from '../state.ts';

/** net.ipv4.neigh.default: mcast_solicit, ucast_solicit and retrans_time. */
const PROBES = 3;
const PROBE_EVERY_MS = 1000;
/** base_reachable_time: an older entry is used, and checked while it is. */
const REACHABLE_MS = 30_000;
/** Packets that wait for one answer (unres_qlen). */
const QUEUE_PACKETS = 100;
/** gc_thresh3 of net.ipv4.neigh.default: entries one namespace keeps. */
const MAX_NEIGHBORS = 1024;

function keyOf(link: InterfaceState, address: IpAddress): string {
  return `${link.name} ${address}`;
}

/** Sends a packet to a next hop on this interface, asking for its MAC address first when it is not known. */
export function sendToNeighbor(
  kernel: Kernel,
  netns: NetnsState,
  link: InterfaceState,
  nextHop: IpAddress,
  packet: IpPacket,
): void {
  if (link.kind === 'dummy') {
    // A dummy has nobody to ask (IFF_NOARP).
    transmit(
      kernel,
      netns,
      link,
      Object.freeze({ source: link.mac, destination: link.mac, payload: packet }),
    );
    return;
  }
  const entry = netns.neighbors.get(keyOf(link, nextHop));
  if (entry?.mac !== undefined && entry.state !== 'FAILED' && entry.state !== 'INCOMPLETE') {
    transmit(
      kernel,
      netns,
      link,
      Object.freeze({ source: link.mac, destination: entry.mac, payload: packet }),
    );
    checkWhileInUse(kernel, netns, link, entry);
    return;
  }
  const waiting = entry ?? newEntry(netns, link, nextHop);
  if (waiting === undefined) {
    kernel.trace.step(packet, netns.label, 'neighbor', 'drop', 'neighbor-table-full', {
      interfaceName: link.name,
      x: MAX_NEIGHBORS,
    });
    kernel.trace.end(packet, 'dropped');
    return;
  }
  kernel.trace.step(packet, netns.label, 'neighbor', 'pass', 'neighbor-asked', {
    interfaceName: link.name,
    x: nextHop,
    y: link.name,
  });
  if (waiting.queue.length >= QUEUE_PACKETS) {
    const oldest = waiting.queue.shift();
    if (oldest !== undefined) {
      kernel.trace.step(oldest, netns.label, 'neighbor', 'drop', 'neighbor-queue-full', {
        interfaceName: link.name,
        x: nextHop,
      });
      kernel.trace.end(oldest, 'dropped');
    }
  }
  waiting.queue.push(packet);
  if (waiting.state === 'INCOMPLETE' && waiting.probes > 0) return;
  waiting.state = 'INCOMPLETE';
  waiting.probes = 0;
  waiting.round++;
  probe(kernel, netns, link, waiting, BROADCAST_MAC);
}

/** Undefined when the table is full of neighbours that are still asked for ("neighbor table overflow"). */
function newEntry(netns: NetnsState, link: InterfaceState, address: IpAddress): NeighborState | undefined {
  for (const [key, { state, queue }] of netns.neighbors) {
    if (netns.neighbors.size < MAX_NEIGHBORS) break;
    if (state !== 'PERMANENT' && queue.length === 0) netns.neighbors.delete(key);
  }
  if (netns.neighbors.size >= MAX_NEIGHBORS) return undefined;
  const entry: NeighborState = {
    address,
    interfaceName: link.name,
    mac: undefined,
    state: 'INCOMPLETE',
    confirmedMs: 0,
    probes: 0,
    round: 0,
    queue: [],
  };
  netns.neighbors.set(keyOf(link, address), entry);
  return entry;
}

/** An entry that was not confirmed lately is asked after, without holding the packets up (RFC 4861 section 7.3.3). */
function checkWhileInUse(
  kernel: Kernel,
  netns: NetnsState,
  link: InterfaceState,
  entry: NeighborState,
): void {
  if (
    entry.state === 'PERMANENT' ||
    entry.probes > 0 ||
    kernel.simulation.nowMs - entry.confirmedMs <= REACHABLE_MS
  )
    return;
  entry.state = 'STALE';
  entry.round++;
  probe(kernel, netns, link, entry, entry.mac ?? BROADCAST_MAC);
}

function probe(
  kernel: Kernel,
  netns: NetnsState,
  link: InterfaceState,
  entry: NeighborState,
  destination: MacAddress,
): void {
  entry.probes++;
  kernel.schedule(
    PROBE_EVERY_MS,
    Object.freeze({
      kind: 'neighbor-timer',
      netns: netns.id,
      interfaceName: link.name,
      address: entry.address,
      round: entry.round,
    }),
  );
  const senderAddress = probeSource(kernel, netns, link, entry);
  sendMessage(kernel, netns, link, destination, {
    kind: 'neighbor',
    operation: 'request',
    senderMac: link.mac,
    senderAddress,
    targetAddress: entry.address,
  });
}

/** The address a host asks as: one of the interface on the target's network, else the source of the waiting packet (arp_announce 0). */
function probeSource(
  kernel: Kernel,
  netns: NetnsState,
  link: InterfaceState,
  entry: NeighborState,
): IpAddress {
  const topology = kernel.views.topology(netns);
  const [first] = entry.queue;
  if (first !== undefined && topology.isLocal(first.source)) return first.source;
  const version = isIpv6(entry.address) ? 6 : 4;
  return topology.addressOf(link, version, entry.address) ?? (version === 6 ? '::' : '0.0.0.0');
}

function sendMessage(
  kernel: Kernel,
  netns: NetnsState,
  link: InterfaceState,
  destination: MacAddress,
  message: NeighborMessage,
): void {
  transmit(
    kernel,
    netns,
    link,
    Object.freeze({ source: link.mac, destination, payload: Object.freeze(message) }),
  );
}

/** Tells the link of an address that is new here, as network plugins do (RFC 5227 section 3): old entries of others are put right. */
export function announce(kernel: Kernel, netns: NetnsState, link: InterfaceState, address: IpAddress): void {
  if (!link.up || link.kind === 'loopback' || link.kind === 'dummy' || link.kind === 'vxlan') return;
  sendMessage(kernel, netns, link, BROADCAST_MAC, {
    kind: 'neighbor',
    operation: 'request',
    senderMac: link.mac,
    senderAddress: address,
    targetAddress: address,
  });
}

export function receiveNeighborMessage(
  kernel: Kernel,
  netns: NetnsState,
  link: InterfaceState,
  frame: EthernetFrame,
  message: NeighborMessage,
): void {
  const topology = kernel.views.topology(netns);
  const isForUs = topology.isLocal(message.targetAddress) && message.senderAddress !== message.targetAddress;
  const isAnswer = message.operation === 'reply';
  learn(kernel, netns, link, message, isForUs && !isAnswer, isAnswer && frame.destination === link.mac);
  // Any address of the host is answered for, on whichever interface it is asked (arp_ignore 0).
  if (isForUs && !isAnswer) {
    sendMessage(kernel, netns, link, message.senderMac, {
      kind: 'neighbor',
      operation: 'reply',
      senderMac: link.mac,
      senderAddress: message.targetAddress,
      targetAddress: message.senderAddress,
    });
  }
}

function learn(
  kernel: Kernel,
  netns: NetnsState,
  link: InterfaceState,
  message: NeighborMessage,
  mayCreate: boolean,
  solicited: boolean,
): void {
  const known = netns.neighbors.get(keyOf(link, message.senderAddress));
  if (known?.state === 'PERMANENT' || message.senderAddress === '0.0.0.0' || message.senderAddress === '::')
    return;
  if (known === undefined && !mayCreate) return;
  const entry = known ?? newEntry(netns, link, message.senderAddress);
  if (entry === undefined) return;
  const changed = entry.mac !== message.senderMac;
  entry.mac = message.senderMac;
  if (solicited || changed || entry.state === 'INCOMPLETE' || entry.state === 'FAILED') {
    entry.confirmedMs = kernel.simulation.nowMs;
    entry.state = 'REACHABLE';
    entry.probes = 0;
    entry.round++;
  }
  const waiting = entry.queue;
  entry.queue = [];
  for (const packet of waiting)
    transmit(
      kernel,
      netns,
      link,
      Object.freeze({ source: link.mac, destination: message.senderMac, payload: packet }),
    );
}

/**
 * A request has had its time. Asks again, or gives up.
 * @returns the packets that nobody can be reached for.
 */
export function neighborTimer(
  kernel: Kernel,
  netns: NetnsState,
  interfaceName: string,
  address: IpAddress,
  round: number,
): readonly IpPacket[] {
  const link = netns.interfaces.get(interfaceName);
  const entry = netns.neighbors.get(`${interfaceName} ${address}`);
  if (entry === undefined || link === undefined || entry.round !== round || entry.probes === 0) return [];
  if (entry.probes < PROBES) {
    probe(kernel, netns, link, entry, entry.mac ?? BROADCAST_MAC);
    return [];
  }
  const waiting = entry.queue;
  entry.queue = [];
  entry.state = 'FAILED';
  entry.mac = undefined;
  entry.probes = 0;
  entry.confirmedMs = kernel.simulation.nowMs;
  for (const packet of waiting) {
    kernel.trace.step(packet, netns.label, 'neighbor', 'no-neighbor', 'neighbor-failed', {
      interfaceName,
      x: address,
      y: interfaceName,
    });
  }
  return waiting;
}

/** Forgets what was learned over an interface that is gone or down; packets that waited for it are lost. */
export function flushNeighbors(kernel: Kernel, netns: NetnsState, interfaceName: string): void {
  for (const [key, entry] of netns.neighbors) {
    if (entry.interfaceName !== interfaceName || entry.state === 'PERMANENT') continue;
    for (const packet of entry.queue) {
      kernel.trace.step(packet, netns.label, 'neighbor', 'drop', 'transmit-down', {
        interfaceName,
        x: interfaceName,
      });
      kernel.trace.end(packet, 'dropped');
    }
    netns.neighbors.delete(key);
  }
}
