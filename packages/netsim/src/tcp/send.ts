import type { Kernel } from '../kernel.ts';
import { netnsOf, newPacket } from '../kernel.ts';
import { sendLocal } from '../ip/output.ts';
import { mssForMtu } from '../packet/size.ts';
import { nameOfPacket } from '../packet/summary.ts';
import { slice } from './buffer.ts';
import { advance, distance } from './sequence.ts';
import type { TcpConnection } from './state.ts';

/** Without window scaling the window field bounds it (RFC 9293 section 3.1). */
export const RECEIVE_BUFFER_BYTES = 65_535;
/** RFC 9293 section 3.7.1: assumed of a peer that names no MSS. */
const DEFAULT_MSS_BYTES = { 4: 536, 6: 1220 } as const;
/** No path is taken to be so narrow that a segment carries less. */
const MIN_MSS_BYTES = 28;
const LOOPBACK_MTU_BYTES = 65_536;

/** RFC 6298 section 2.1; Linux' TCP_TIMEOUT_INIT. */
export const INITIAL_RTO_MS = 1000;
/** Linux' TCP_RTO_MIN, which is what its timer comes to on links as fast as these. */
export const MIN_RTO_MS = 200;
export const MAX_RTO_MS = 120_000;

const NO_DATA = new Uint8Array(0);

export interface SegmentFields {
  readonly sequence: number;
  readonly data?: Uint8Array;
  readonly syn?: boolean;
  readonly fin?: boolean;
  readonly rst?: boolean;
  readonly psh?: boolean;
  /** Default true. */
  readonly ack?: boolean;
  readonly inReplyTo?: number | undefined;
}

/** The free part of the receive buffer. */
export function receiveWindow(connection: TcpConnection): number {
  return Math.max(0, RECEIVE_BUFFER_BYTES - connection.receiveBytes);
}

/** The largest segment that the way to the peer takes right now. */
export function pathMss(kernel: Kernel, connection: TcpConnection): number {
  const netns = netnsOf(kernel, connection.netns);
  const decision = kernel.views.topology(netns).route(connection.remote.address);
  let mtuBytes =
    decision?.kind === 'remote'
      ? decision.out.mtuBytes
      : (netns.interfaces.get('lo')?.mtuBytes ?? LOOPBACK_MTU_BYTES);
  const learned = netns.pathMtu.get(connection.remote.address);
  if (learned !== undefined && learned.expiresAtMs > kernel.simulation.nowMs)
    mtuBytes = Math.min(mtuBytes, learned.mtuBytes);
  return Math.max(MIN_MSS_BYTES, Math.min(RECEIVE_BUFFER_BYTES, mssForMtu(connection.version, mtuBytes)));
}

/** Settles on a segment size once the peer has named its own. */
export function agreeMss(kernel: Kernel, connection: TcpConnection, peerMssBytes: number | undefined): void {
  connection.mssBytes = Math.max(
    MIN_MSS_BYTES,
    Math.min(pathMss(kernel, connection), peerMssBytes ?? DEFAULT_MSS_BYTES[connection.version]),
  );
}

export function sendSegment(kernel: Kernel, connection: TcpConnection, fields: SegmentFields): void {
  const netns = netnsOf(kernel, connection.netns);
  const { syn = false, fin = false, rst = false, psh = false, ack = true, data = NO_DATA } = fields;
  const windowBytes = rst && !ack ? 0 : receiveWindow(connection);
  if (ack) connection.advertisedUntil = advance(connection.receiveNext, windowBytes);
  const packet = newPacket(kernel, {
    version: connection.version,
    source: connection.local.address,
    destination: connection.remote.address,
    dontFragment: true,
    transport: {
      kind: 'tcp',
      sourcePort: connection.local.port,
      destinationPort: connection.remote.port,
      sequence: fields.sequence,
      acknowledgment: ack ? connection.receiveNext : 0,
      flags: Object.freeze({ syn, ack, fin, rst, psh }),
      windowBytes,
      ...(syn ? { mssBytes: pathMss(kernel, connection) } : {}),
      data,
    },
  });
  const failure = sendLocal(kernel, netns, packet, {
    owners: kernel.trace.ownersFor(connection.owner, connection.tracedFor),
    inReplyTo: fields.inReplyTo,
    fromSocket: true,
    summary: nameOfPacket(packet),
  });
  // The link's MTU has shrunk since: the retransmission will fit.
  if (failure === 'EMSGSIZE')
    connection.mssBytes = Math.min(connection.mssBytes, pathMss(kernel, connection));
}

export function sendAck(kernel: Kernel, connection: TcpConnection, inReplyTo?: number): void {
  sendSegment(kernel, connection, { sequence: connection.sendNext, inReplyTo });
}

/** Bytes sent and not yet acknowledged; SYN and FIN not counted. */
function dataInFlight(connection: TcpConnection): number {
  return Math.min(
    connection.sendBytes,
    Math.max(0, distance(connection.sendNext, connection.sendUnacknowledged)),
  );
}

export function isOutstanding(connection: TcpConnection): boolean {
  return connection.sendNext !== connection.sendUnacknowledged;
}

/** Sends what the peer's window lets through, then the FIN if one is due. */
export function sendPending(kernel: Kernel, connection: TcpConnection): void {
  if (
    connection.dead ||
    connection.finSent ||
    connection.state === 'SYN-SENT' ||
    connection.state === 'SYN-RECV' ||
    connection.state === 'CLOSED'
  )
    return;
  // Bounded by the send buffer: every round sends at least one byte or ends.
  for (;;) {
    const inFlight = dataInFlight(connection);
    const unsent = connection.sendBytes - inFlight;
    if (unsent === 0) break;
    const room = connection.sendWindowBytes - inFlight;
    const length = Math.min(connection.mssBytes, unsent, room);
    // Silly window avoidance (RFC 9293 section 3.8.6.2.1): a scrap of window is not worth a segment while more is under way.
    if (length <= 0 || (length < connection.mssBytes && length < unsent && inFlight > 0)) break;
    const last = length === unsent;
    const withFin = last && connection.finQueued;
    const data = slice(connection.sendChunks, inFlight, length);
    const sequence = connection.sendNext;
    connection.sendNext = advance(sequence, length + (withFin ? 1 : 0));
    if (withFin) connection.finSent = true;
    sendSegment(kernel, connection, { sequence, data, psh: last, fin: withFin });
    if (withFin) break;
  }
  if (connection.finQueued && !connection.finSent && dataInFlight(connection) === connection.sendBytes) {
    connection.finSent = true;
    const sequence = connection.sendNext;
    connection.sendNext = advance(sequence, 1);
    sendSegment(kernel, connection, { sequence, fin: true });
  }
  const isBlocked = connection.sendBytes > dataInFlight(connection);
  if (connection.timerDueMs === undefined && (isOutstanding(connection) || isBlocked))
    startTimer(kernel, connection, connection.rtoMs);
}

/** Sends the oldest unacknowledged segment again. */
export function retransmitOldest(kernel: Kernel, connection: TcpConnection): void {
  const length = Math.min(connection.mssBytes, dataInFlight(connection));
  const reachesEnd = length === connection.sendBytes;
  sendSegment(kernel, connection, {
    sequence: connection.sendUnacknowledged,
    data: length === 0 ? NO_DATA : slice(connection.sendChunks, 0, length),
    psh: length > 0 && reachesEnd,
    fin: connection.finSent && reachesEnd,
  });
}

export function sendSyn(kernel: Kernel, connection: TcpConnection, inReplyTo?: number): void {
  const isAnswer = connection.state === 'SYN-RECV';
  sendSegment(kernel, connection, {
    sequence: connection.sendUnacknowledged,
    syn: true,
    ack: isAnswer,
    inReplyTo,
  });
}

/** Runs the connection's one timer; an event already queued for earlier is left to find out and wait again. */
export function startTimer(kernel: Kernel, connection: TcpConnection, delayMs: number): void {
  connection.timerDueMs = kernel.simulation.nowMs + delayMs;
  if (connection.timerEventMs !== undefined && connection.timerEventMs <= connection.timerDueMs) return;
  connection.timerEventMs = connection.timerDueMs;
  kernel.schedule(delayMs, Object.freeze({ kind: 'tcp-timer', socket: connection.id }));
}

export function stopTimer(connection: TcpConnection): void {
  connection.timerDueMs = undefined;
}
