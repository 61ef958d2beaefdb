import { errnoOf } from '../icmp/errors.ts';
import type { Kernel } from '../kernel.ts';
import { sendReset } from '../ip/output.ts';
import type { IcmpMessage, IpPacket, TcpSegment } from '../packet.ts';
import type { NetnsState } from '../state.ts';
import { acceptAck } from './acknowledge.ts';
import { append } from './buffer.ts';
import { connectionKey, enterTimeWait, fail, finish, listenerAt, newConnection } from './lifecycle.ts';
import {
  INITIAL_RTO_MS,
  MIN_RTO_MS,
  agreeMss,
  isOutstanding,
  pathMss,
  receiveWindow,
  retransmitOldest,
  sendAck,
  sendPending,
  sendSegment,
  sendSyn,
  startTimer,
  stopTimer,
} from './send.ts';
import { advance, distance } from './sequence.ts';
import type { TcpConnection, TcpListener } from './state.ts';

/** Connections that wait for `accept`, and as many in the handshake (net.core.somaxconn, scaled to a lesson's cluster). */
export const LISTEN_BACKLOG = 256;
/** Segments kept that came before those they follow; the window bounds their bytes. */
const MAX_EARLY_SEGMENTS = 64;
/** Sockets one namespace may have, those of the handshake included. */
export const MAX_SOCKETS_PER_NETNS = 8192;
/** A segment for an address of this namespace. */
export function receiveSegment(
  kernel: Kernel,
  netns: NetnsState,
  packet: IpPacket,
  segment: TcpSegment,
): void {
  const local = { address: packet.destination, port: segment.destinationPort };
  const remote = { address: packet.source, port: segment.sourcePort };
  const key = connectionKey(local, remote);
  const id = netns.tcpConnections.get(key);
  const socket = id === undefined ? undefined : kernel.state.sockets.get(id);
  if (socket?.kind === 'tcp') {
    deliverTo(kernel, netns, packet, 'has this connection');
    const owners = kernel.trace.ownersOf(packet);
    if (owners.length > 0) socket.tracedFor = owners;
    kernel.trace.end(packet, 'delivered');
    receiveForConnection(kernel, socket, packet, segment);
    return;
  }
  const { flags } = segment;
  if (netns.timeWait.has(key) && answerFromTimeWait(kernel, netns, key, packet, segment)) return;
  const listener =
    flags.syn && !flags.ack && !flags.rst ? listenerAt(netns, kernel, local.address, local.port) : undefined;
  if (listener !== undefined) {
    receiveSyn(kernel, netns, listener, packet, segment);
    return;
  }
  kernel.trace.step(
    packet,
    netns.label,
    'input',
    'no-listener',
    flags.syn ? 'no-listener' : 'deliver-unclaimed',
  );
  sendReset(kernel, netns, packet, segment);
  kernel.trace.end(packet, flags.rst ? 'dropped' : 'rejected');
}

function deliverTo(kernel: Kernel, netns: NetnsState, packet: IpPacket, who: string): void {
  kernel.trace.step(packet, netns.label, 'input', 'deliver', 'deliver-socket', { x: who });
}

/** @returns whether the segment has been dealt with. */
function answerFromTimeWait(
  kernel: Kernel,
  netns: NetnsState,
  key: string,
  packet: IpPacket,
  segment: TcpSegment,
): boolean {
  const waiting = netns.timeWait.get(key);
  const isNew = segment.flags.syn && !segment.flags.ack;
  if (waiting === undefined || waiting.expiresAtMs <= kernel.simulation.nowMs || isNew) {
    netns.timeWait.delete(key);
    return false;
  }
  deliverTo(kernel, netns, packet, 'had this connection');
  kernel.trace.end(packet, 'delivered');
  if (segment.flags.rst || (segment.data.length === 0 && !segment.flags.fin)) return true;
  const ghost = newConnection(kernel, {
    netns: netns.id,
    owner: waiting.owner,
    state: 'FIN-WAIT-2',
    local: waiting.local,
    remote: waiting.remote,
    listener: undefined,
    receiveNext: waiting.receiveNext,
  });
  ghost.orphan = true;
  ghost.sendNext = waiting.sendNext;
  ghost.tracedFor = kernel.trace.ownersOf(packet);
  sendAck(kernel, ghost, packet.id);
  finish(kernel, ghost);
  return true;
}

function receiveSyn(
  kernel: Kernel,
  netns: NetnsState,
  listener: TcpListener,
  packet: IpPacket,
  segment: TcpSegment,
): void {
  if (
    listener.ready.length >= LISTEN_BACKLOG ||
    listener.halfOpen >= LISTEN_BACKLOG ||
    netns.tcpConnections.size >= MAX_SOCKETS_PER_NETNS
  ) {
    kernel.trace.step(packet, netns.label, 'input', 'drop', 'backlog-full', { x: LISTEN_BACKLOG });
    kernel.trace.end(packet, 'dropped');
    return;
  }
  deliverTo(kernel, netns, packet, `listens on port ${listener.local.port}`);
  const tracedFor = kernel.trace.ownersOf(packet);
  kernel.trace.end(packet, 'delivered');
  listener.halfOpen++;
  const connection = newConnection(kernel, {
    netns: netns.id,
    owner: listener.owner,
    state: 'SYN-RECV',
    local: { address: packet.destination, port: segment.destinationPort },
    remote: { address: packet.source, port: segment.sourcePort },
    listener: listener.id,
    receiveNext: advance(segment.sequence, 1),
  });
  connection.tracedFor = tracedFor;
  connection.sendWindowBytes = segment.windowBytes;
  agreeMss(kernel, connection, segment.mssBytes);
  startTimer(kernel, connection, connection.rtoMs);
  sendSyn(kernel, connection, packet.id);
}

function receiveForConnection(
  kernel: Kernel,
  connection: TcpConnection,
  packet: IpPacket,
  segment: TcpSegment,
): void {
  if (connection.state === 'SYN-SENT') {
    receiveInSynSent(kernel, connection, packet, segment);
    return;
  }
  const { flags } = segment;
  if (flags.rst) {
    // RFC 5961 section 3.2: a reset that is not exactly next in line is not believed.
    if (segment.sequence === connection.receiveNext)
      fail(kernel, connection, connection.state === 'SYN-RECV' ? 'ECONNREFUSED' : 'ECONNRESET');
    else if (isInWindow(connection, segment.sequence)) sendAck(kernel, connection, packet.id);
    return;
  }
  if (flags.syn) {
    if (connection.state === 'SYN-RECV') sendSyn(kernel, connection, packet.id);
    else sendAck(kernel, connection, packet.id);
    return;
  }
  if (!flags.ack) return;
  if (connection.state === 'SYN-RECV' && !completeHandshake(kernel, connection, packet, segment)) return;
  if (!acceptAck(kernel, connection, segment)) return;
  receiveData(kernel, connection, packet, segment);
  sendPending(kernel, connection);
}

function isInWindow(connection: TcpConnection, sequence: number): boolean {
  const offset = distance(sequence, connection.receiveNext);
  return offset >= 0 && offset < Math.max(1, receiveWindow(connection));
}

function receiveInSynSent(
  kernel: Kernel,
  connection: TcpConnection,
  packet: IpPacket,
  segment: TcpSegment,
): void {
  const { flags } = segment;
  const acksSyn = flags.ack && segment.acknowledgment === connection.sendNext;
  if (flags.rst) {
    if (acksSyn) fail(kernel, connection, 'ECONNREFUSED');
    return;
  }
  if (flags.ack && !acksSyn) {
    const netns = kernel.state.netns.get(connection.netns);
    if (netns !== undefined) sendReset(kernel, netns, packet, segment);
    return;
  }
  // A bare SYN would be a simultaneous open, which no program here can bring about.
  if (!flags.syn || !flags.ack) return;
  connection.receiveNext = advance(segment.sequence, 1);
  connection.sendUnacknowledged = segment.acknowledgment;
  connection.sendWindowBytes = segment.windowBytes;
  agreeMss(kernel, connection, segment.mssBytes);
  establish(kernel, connection);
  sendAck(kernel, connection, packet.id);
  kernel.notify(connection, { kind: 'connected' });
  sendPending(kernel, connection);
}

function establish(kernel: Kernel, connection: TcpConnection): void {
  connection.state = 'ESTAB';
  // RFC 6298 with one sample: the handshake's round trip, unless it had to be sent twice (Karn's rule).
  const roundTripMs =
    connection.retries === 0 ? kernel.simulation.nowMs - connection.openedAtMs : INITIAL_RTO_MS;
  connection.baseRtoMs = MIN_RTO_MS + roundTripMs;
  connection.rtoMs = connection.baseRtoMs;
  connection.retries = 0;
  stopTimer(connection);
}

/** @returns false when the ACK is not the one awaited, or finds the accept queue full (Linux then ignores it). */
function completeHandshake(
  kernel: Kernel,
  connection: TcpConnection,
  packet: IpPacket,
  segment: TcpSegment,
): boolean {
  const listener =
    connection.listener === undefined ? undefined : kernel.state.sockets.get(connection.listener);
  if (segment.acknowledgment !== connection.sendNext || listener?.kind !== 'tcp-listener') {
    const netns = kernel.state.netns.get(connection.netns);
    if (netns !== undefined) sendReset(kernel, netns, packet, segment);
    return false;
  }
  if (listener.ready.length >= LISTEN_BACKLOG) return false;
  listener.halfOpen--;
  listener.ready.push(connection.id);
  connection.sendUnacknowledged = segment.acknowledgment;
  establish(kernel, connection);
  kernel.notify(listener, { kind: 'incoming' });
  return true;
}

function receiveData(kernel: Kernel, connection: TcpConnection, packet: IpPacket, segment: TcpSegment): void {
  const { data, flags } = segment;
  const takesData =
    connection.state === 'ESTAB' || connection.state === 'FIN-WAIT-1' || connection.state === 'FIN-WAIT-2';
  const offset = distance(connection.receiveNext, segment.sequence);
  if (data.length === 0 && !flags.fin) {
    // A probe from before the window is answered with where we are (RFC 9293 section 3.8.6.1).
    if (offset > 0) sendAck(kernel, connection, packet.id);
    return;
  }
  if (takesData) {
    const hasNew = offset < data.length;
    if (connection.orphan && hasNew && data.length > 0) {
      // Nobody will ever read it (RFC 2525 section 2.17).
      sendSegment(kernel, connection, { sequence: connection.sendNext, rst: true, inReplyTo: packet.id });
      connection.dead = true;
      finish(kernel, connection);
      return;
    }
    if (flags.fin) connection.finAt ??= advance(segment.sequence, data.length);
    const hadBytes = connection.receiveBytes;
    if (offset >= 0) takeInOrder(connection, data.subarray(Math.min(offset, data.length)));
    else keepEarly(connection, segment);
    if (connection.receiveBytes > hadBytes) kernel.notify(connection, { kind: 'readable' });
    if (connection.finAt !== undefined && connection.finAt === connection.receiveNext) {
      acceptFin(kernel, connection, packet);
      return;
    }
  }
  sendAck(kernel, connection, packet.id);
}

/** Takes bytes that are next in line, as far as there is room, and those kept early that follow them. */
function takeInOrder(connection: TcpConnection, data: Uint8Array): void {
  takeBytes(connection, data);
  // Bounded: each round uses up one of the segments kept.
  for (;;) {
    const index = connection.early.findIndex(
      (early) => distance(connection.receiveNext, early.sequence) >= 0,
    );
    const [early] = index < 0 ? [] : connection.early.splice(index, 1);
    if (early === undefined) return;
    const skip = distance(connection.receiveNext, early.sequence);
    if (skip < early.data.length) takeBytes(connection, early.data.subarray(skip));
  }
}

function takeBytes(connection: TcpConnection, data: Uint8Array): void {
  const taken = data.subarray(0, receiveWindow(connection));
  if (taken.length === 0) return;
  append(connection.receiveChunks, taken);
  connection.receiveBytes += taken.length;
  connection.receiveNext = advance(connection.receiveNext, taken.length);
}

function keepEarly(connection: TcpConnection, segment: TcpSegment): void {
  const offset = distance(segment.sequence, connection.receiveNext);
  if (segment.data.length === 0 || offset + segment.data.length > receiveWindow(connection)) return;
  if (
    connection.early.length >= MAX_EARLY_SEGMENTS ||
    connection.early.some(({ sequence }) => sequence === segment.sequence)
  )
    return;
  connection.early.push(Object.freeze({ sequence: segment.sequence, data: segment.data }));
}

function acceptFin(kernel: Kernel, connection: TcpConnection, packet: IpPacket): void {
  connection.receiveNext = advance(connection.receiveNext, 1);
  connection.peerFinished = true;
  connection.finAt = undefined;
  sendAck(kernel, connection, packet.id);
  kernel.notify(connection, { kind: 'end' });
  if (connection.state === 'ESTAB') connection.state = 'CLOSE-WAIT';
  else if (connection.state === 'FIN-WAIT-1') connection.state = 'CLOSING';
  else enterTimeWait(kernel, connection);
}

/** An ICMP error about a segment that a socket here has sent (RFC 1122 section 4.2.3.9). @returns whether one has. */
export function receiveTcpError(
  kernel: Kernel,
  netns: NetnsState,
  about: IpPacket,
  segment: TcpSegment,
  message: Extract<IcmpMessage, { readonly about: IpPacket }>,
): boolean {
  const id = netns.tcpConnections.get(
    connectionKey(
      { address: about.source, port: segment.sourcePort },
      { address: about.destination, port: segment.destinationPort },
    ),
  );
  const connection = id === undefined ? undefined : kernel.state.sockets.get(id);
  if (connection?.kind !== 'tcp') return false;
  if (message.type === 'fragmentation-needed') {
    const mssBytes = pathMss(kernel, connection);
    if (mssBytes < connection.mssBytes) {
      connection.mssBytes = mssBytes;
      if (isOutstanding(connection) && connection.state !== 'SYN-SENT') {
        connection.recoverUntil = connection.sendNext;
        retransmitOldest(kernel, connection);
      }
    }
    return true;
  }
  const errno = errnoOf(message);
  // Once established, an unreachable peer may become reachable again: the connection goes on trying.
  if (errno !== undefined && connection.state === 'SYN-SENT') fail(kernel, connection, errno);
  return true;
}
