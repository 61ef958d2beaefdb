import type { IpPacket } from '../packet.ts';
import type { NetnsState } from '../state.ts';
import type { Connection, ConntrackState, Direction, TcpTrackState, Tuple } from './connection.ts';
import { invert, tupleKey } from './connection.ts';
import type { Passage } from './passage.ts';

/** Connections one namespace tracks. The kernel's default is 65,536 and more; a lesson's cluster needs far fewer. */
export const MAX_CONNECTIONS = 8192;
/** How often expired entries are cleared away, at most, while new ones are made. */
const SWEEP_EVERY_MS = 30_000;
/** And while the table is full: a flood must not pay for a sweep with each packet. */
const SWEEP_FULL_EVERY_MS = 1000;
/** Entries looked at for an early drop when the table is full, as the kernel looks through a few buckets. */
const EARLY_DROP_TRIES = 64;

/** Seconds, from nf_conntrack_proto_*.c. */
const TCP_TIMEOUT_SECONDS: Readonly<Record<TcpTrackState, number>> = {
  SYN_SENT: 120,
  SYN_RECV: 60,
  ESTABLISHED: 432_000,
  FIN_WAIT: 120,
  CLOSE_WAIT: 60,
  LAST_ACK: 30,
  TIME_WAIT: 120,
  CLOSE: 10,
};
const UDP_TIMEOUT_SECONDS = 30;
const UDP_STREAM_TIMEOUT_SECONDS = 120;
const ICMP_TIMEOUT_SECONDS = 30;
/** SCTP has no endpoint here, so it never gets past its first packet (COOKIE_WAIT). */
const SCTP_TIMEOUT_SECONDS = 3;

/** The tuple of a packet; undefined for ICMP messages that belong to other packets' connections. */
export function tupleOf(packet: IpPacket): Tuple | undefined {
  const { source, destination, transport } = packet;
  if (transport.kind !== 'icmp') {
    return {
      protocol: transport.kind,
      source,
      sourcePort: transport.sourcePort,
      destination,
      destinationPort: transport.destinationPort,
    };
  }
  if (!('identifier' in transport)) return undefined;
  return {
    protocol: 'icmp',
    source,
    sourcePort: transport.identifier,
    destination,
    destinationPort: transport.identifier,
  };
}

export interface Found {
  readonly connection: Connection;
  readonly direction: Direction;
}

export function find(conntrack: ConntrackState, key: string, nowMs: number): Found | undefined {
  const found = conntrack.byTuple.get(key);
  if (found === undefined || found.connection.expiresAtMs > nowMs) return found;
  remove(conntrack, found.connection);
  return undefined;
}

export function remove(conntrack: ConntrackState, connection: Connection): void {
  const original = tupleKey(connection.original);
  if (conntrack.byTuple.get(original)?.connection !== connection) return;
  conntrack.byTuple.delete(original);
  conntrack.byTuple.delete(tupleKey(connection.reply));
  conntrack.connections--;
}

/** nf_conntrack_in: finds or makes the connection of a packet. */
export function track(passage: Passage, nowMs: number): void {
  const { netns, packet } = passage;
  const { transport } = packet;
  if (transport.kind === 'icmp' && 'about' in transport) {
    trackError(passage, transport.about, nowMs);
    return;
  }
  const tuple = tupleOf(packet);
  if (tuple === undefined) return;
  const found = find(netns.conntrack, tupleKey(tuple), nowMs);
  if (found === undefined || reopens(found, packet)) {
    if (found !== undefined) remove(netns.conntrack, found.connection);
    startTracking(passage, tuple, nowMs);
    return;
  }
  const { connection, direction } = found;
  passage.connection = connection;
  passage.direction = direction;
  if (direction === 'reply') {
    connection.replySeen = true;
    passage.track = 'established';
  } else {
    passage.track = connection.replySeen ? 'established' : 'new';
  }
  refresh(connection, direction, packet, nowMs);
}

/** A SYN on a connection that is over starts another one with the same addresses. */
function reopens(found: Found, packet: IpPacket): boolean {
  if (packet.transport.kind !== 'tcp') return false;
  const { flags } = packet.transport;
  const state = found.connection.tcpState;
  return flags.syn && !flags.ack && (state === 'TIME_WAIT' || state === 'CLOSE' || state === 'LAST_ACK');
}

function startTracking(passage: Passage, tuple: Tuple, nowMs: number): void {
  const { transport } = passage.packet;
  if (transport.kind === 'icmp' && transport.type === 'echo-reply') {
    passage.track = 'invalid';
    return;
  }
  let tcpState: TcpTrackState | undefined;
  if (transport.kind === 'tcp') {
    const { flags } = transport;
    // Only a plain SYN, or an ACK in mid-stream (nf_conntrack_tcp_loose), starts a connection.
    if (flags.rst || flags.fin || (flags.syn && flags.ack) || (!flags.syn && !flags.ack)) {
      passage.track = 'invalid';
      return;
    }
    tcpState = flags.syn ? 'SYN_SENT' : 'ESTABLISHED';
  }
  const original = Object.freeze(tuple);
  const connection: Connection = {
    original,
    reply: invert(original),
    tcpState,
    closedBy: undefined,
    assured: false,
    replySeen: false,
    expiresAtMs: nowMs,
    confirmed: false,
    destinationNat: false,
    sourceNat: false,
    destinationDecided: false,
    sourceDecided: false,
    targetLabel: undefined,
  };
  connection.expiresAtMs = nowMs + timeoutSeconds(connection) * 1000;
  passage.connection = connection;
  passage.direction = 'original';
  passage.track = 'new';
}

/** An ICMP error is related to the connection of the packet it quotes, in the other direction. */
function trackError(passage: Passage, about: IpPacket, nowMs: number): void {
  const quoted = tupleOf(about);
  const found =
    quoted === undefined ? undefined : find(passage.netns.conntrack, tupleKey(invert(quoted)), nowMs);
  if (found === undefined) {
    passage.track = 'invalid';
    return;
  }
  passage.connection = found.connection;
  passage.direction = found.direction;
  passage.track = 'related';
}

function timeoutSeconds(connection: Connection): number {
  switch (connection.original.protocol) {
    case 'tcp':
      return TCP_TIMEOUT_SECONDS[connection.tcpState ?? 'CLOSE'];
    case 'udp':
      return connection.assured ? UDP_STREAM_TIMEOUT_SECONDS : UDP_TIMEOUT_SECONDS;
    case 'icmp':
      return ICMP_TIMEOUT_SECONDS;
    case 'sctp':
      return SCTP_TIMEOUT_SECONDS;
  }
}

function refresh(connection: Connection, direction: Direction, packet: IpPacket, nowMs: number): void {
  const { transport } = packet;
  if (transport.kind === 'tcp') {
    connection.tcpState = nextTcpState(connection, direction, transport.flags);
    if (connection.tcpState === 'ESTABLISHED' && connection.replySeen) connection.assured = true;
  } else if (transport.kind === 'udp' && connection.replySeen && direction === 'original') {
    connection.assured = true;
  }
  connection.expiresAtMs = nowMs + timeoutSeconds(connection) * 1000;
}

/** The kernel's transition table, in the cases that endpoints that keep to the protocol bring about. */
function nextTcpState(
  connection: Connection,
  direction: Direction,
  flags: { readonly syn: boolean; readonly ack: boolean; readonly fin: boolean; readonly rst: boolean },
): TcpTrackState {
  const state = connection.tcpState ?? 'SYN_SENT';
  if (flags.rst) return 'CLOSE';
  if (flags.syn) {
    if (flags.ack) return direction === 'reply' && state === 'SYN_SENT' ? 'SYN_RECV' : state;
    return state;
  }
  if (flags.fin) {
    if (state === 'SYN_RECV' || state === 'ESTABLISHED' || state === 'SYN_SENT') {
      connection.closedBy = direction;
      return 'FIN_WAIT';
    }
    if ((state === 'FIN_WAIT' || state === 'CLOSE_WAIT') && direction !== connection.closedBy)
      return 'LAST_ACK';
    return state;
  }
  if (!flags.ack) return state;
  if (state === 'SYN_RECV' && direction === 'original') return 'ESTABLISHED';
  if (state === 'FIN_WAIT' && direction !== connection.closedBy) return 'CLOSE_WAIT';
  if (state === 'LAST_ACK' && direction === connection.closedBy) return 'TIME_WAIT';
  return state;
}

/**
 * nf_conntrack_confirm: the first packet has come through all hooks, so its connection is kept.
 * @returns why the packet must be dropped, or undefined.
 */
export function confirm(passage: Passage, nowMs: number): 'conntrack-full' | 'conntrack-clash' | undefined {
  const { connection, netns } = passage;
  if (connection === undefined || connection.confirmed || passage.direction !== 'original') return undefined;
  const { conntrack } = netns;
  makeRoom(conntrack, nowMs);
  if (conntrack.connections >= MAX_CONNECTIONS) {
    conntrack.tableFullDrops++;
    return 'conntrack-full';
  }
  const original = tupleKey(connection.original);
  const reply = tupleKey(connection.reply);
  if (find(conntrack, original, nowMs) !== undefined || find(conntrack, reply, nowMs) !== undefined)
    return 'conntrack-clash';
  connection.confirmed = true;
  conntrack.byTuple.set(original, { connection, direction: 'original' });
  conntrack.byTuple.set(reply, { connection, direction: 'reply' });
  conntrack.connections++;
  return undefined;
}

function makeRoom(conntrack: ConntrackState, nowMs: number): void {
  const isFull = conntrack.connections >= MAX_CONNECTIONS;
  if (nowMs - conntrack.sweptAtMs >= (isFull ? SWEEP_FULL_EVERY_MS : SWEEP_EVERY_MS)) {
    conntrack.sweptAtMs = nowMs;
    for (const { connection } of conntrack.byTuple.values()) {
      if (connection.expiresAtMs <= nowMs) remove(conntrack, connection);
    }
  }
  if (conntrack.connections < MAX_CONNECTIONS) return;
  let tries = 0;
  for (const { connection } of conntrack.byTuple.values()) {
    if (!connection.assured) {
      remove(conntrack, connection);
      return;
    }
    if (++tries >= EARLY_DROP_TRIES) return;
  }
}

/** Whether answers to this tuple would be taken for another connection's. */
export function isTaken(netns: NetnsState, reply: Tuple, nowMs: number): boolean {
  return find(netns.conntrack, tupleKey(reply), nowMs) !== undefined;
}
