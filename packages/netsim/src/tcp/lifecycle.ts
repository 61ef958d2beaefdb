import type { Kernel } from '../kernel.ts';
import type { NetErrno, NetnsId, SocketAddress, SocketId } from '../network.ts';
import { addSocket } from '../socket/registry.ts';
import type { NetnsState } from '../state.ts';
import {
  INITIAL_RTO_MS,
  MIN_RTO_MS,
  RECEIVE_BUFFER_BYTES,
  sendSegment,
  startTimer,
  stopTimer,
} from './send.ts';
import { advance } from './sequence.ts';
import type { TcpConnection, TcpListener, TcpState } from './state.ts';

/** How long a closed connection answers for its last ACK (Linux' TCP_TIMEWAIT_LEN). */
const TIME_WAIT_MS = 60_000;
/** net.ipv4.tcp_max_tw_buckets: the oldest goes first. */
const MAX_TIME_WAITS = 256;
/** net.ipv4.tcp_fin_timeout: how long a closed socket waits for the peer's FIN. */
export const FIN_WAIT_2_MS = 60_000;

export function connectionKey(local: SocketAddress, remote: SocketAddress): string {
  return `${local.address} ${local.port} ${remote.address} ${remote.port}`;
}

export function listenerKey(address: string, port: number): string {
  return `${address} ${port}`;
}

export interface NewConnection {
  readonly netns: NetnsId;
  readonly owner: string;
  readonly state: TcpState;
  readonly local: SocketAddress;
  readonly remote: SocketAddress;
  readonly listener: SocketId | undefined;
  readonly receiveNext: number;
}

export function newConnection(kernel: Kernel, fields: NewConnection): TcpConnection {
  const initialSequence = kernel.simulation.randomInt(0xffffffff);
  const connection: TcpConnection = {
    kind: 'tcp',
    id: kernel.state.nextSocketId++,
    netns: fields.netns,
    owner: fields.owner,
    state: fields.state,
    local: Object.freeze(fields.local),
    remote: Object.freeze(fields.remote),
    version: fields.remote.address.includes(':') ? 6 : 4,
    listener: fields.listener,
    orphan: false,
    error: undefined,
    dead: false,
    sendUnacknowledged: initialSequence,
    sendNext: advance(initialSequence, 1),
    sendWindowBytes: 0,
    sendChunks: [],
    sendBytes: 0,
    finQueued: false,
    finSent: false,
    mssBytes: 0,
    duplicateAcks: 0,
    recoverUntil: undefined,
    wantsWritable: false,
    receiveNext: fields.receiveNext,
    receiveChunks: [],
    receiveBytes: 0,
    early: [],
    finAt: undefined,
    peerFinished: false,
    advertisedUntil: advance(fields.receiveNext, RECEIVE_BUFFER_BYTES),
    openedAtMs: kernel.simulation.nowMs,
    baseRtoMs: MIN_RTO_MS,
    rtoMs: INITIAL_RTO_MS,
    retries: 0,
    timerDueMs: undefined,
    timerEventMs: undefined,
    announced: new Set(),
    tracedFor: [],
  };
  addSocket(kernel, connection);
  kernel.state.netns
    .get(fields.netns)
    ?.tcpConnections.set(connectionKey(fields.local, fields.remote), connection.id);
  return connection;
}

/** The protocol is done with the connection. What was received can still be read until the process closes the socket. */
export function finish(kernel: Kernel, connection: TcpConnection): void {
  const { netns, local, remote, id } = connection;
  stopTimer(connection);
  connection.state = 'CLOSED';
  connection.sendChunks = [];
  connection.sendBytes = 0;
  connection.early = [];
  const connections = kernel.state.netns.get(netns)?.tcpConnections;
  const key = connectionKey(local, remote);
  if (connections?.get(key) === id) connections.delete(key);
  leaveListener(kernel, connection);
  if (connection.orphan) kernel.state.sockets.delete(id);
}

function leaveListener(kernel: Kernel, connection: TcpConnection): void {
  if (connection.listener === undefined) return;
  const listener = kernel.state.sockets.get(connection.listener);
  connection.listener = undefined;
  connection.orphan = true;
  if (listener?.kind !== 'tcp-listener') return;
  const index = listener.ready.indexOf(connection.id);
  if (index >= 0) listener.ready.splice(index, 1);
  else listener.halfOpen--;
}

/** The connection is broken, and its process learns why. */
export function fail(kernel: Kernel, connection: TcpConnection, errno: NetErrno): void {
  connection.dead = true;
  connection.error = errno;
  const tells = !connection.orphan && connection.listener === undefined;
  finish(kernel, connection);
  if (tells) kernel.notify(connection, { kind: 'failed', errno });
}

export function enterTimeWait(kernel: Kernel, connection: TcpConnection): void {
  const netns = kernel.state.netns.get(connection.netns);
  if (netns !== undefined) {
    const { timeWait } = netns;
    const nowMs = kernel.simulation.nowMs;
    const key = connectionKey(connection.local, connection.remote);
    timeWait.delete(key);
    // Oldest first, so the expired ones lead.
    for (const [other, { expiresAtMs }] of timeWait) {
      if (expiresAtMs > nowMs && timeWait.size < MAX_TIME_WAITS) break;
      timeWait.delete(other);
    }
    timeWait.set(
      key,
      Object.freeze({
        owner: connection.owner,
        local: connection.local,
        remote: connection.remote,
        sendNext: connection.sendNext,
        receiveNext: connection.receiveNext,
        expiresAtMs: nowMs + TIME_WAIT_MS,
      }),
    );
  }
  finish(kernel, connection);
}

/** Breaks the connection off and tells the peer so. */
export function reset(kernel: Kernel, connection: TcpConnection): void {
  if (connection.state !== 'SYN-SENT' && connection.state !== 'CLOSED') {
    sendSegment(kernel, connection, { sequence: connection.sendNext, rst: true });
  }
  connection.dead = true;
  finish(kernel, connection);
}

/** Nothing more will be sent: a FIN follows what is still to go. */
export function queueFin(connection: TcpConnection): void {
  if (connection.finQueued || connection.dead) return;
  if (connection.state === 'ESTAB') connection.state = 'FIN-WAIT-1';
  else if (connection.state === 'CLOSE-WAIT') connection.state = 'LAST-ACK';
  else return;
  connection.finQueued = true;
}

/** A closed socket does not wait for its peer's FIN for ever. */
export function limitFinWait(kernel: Kernel, connection: TcpConnection): void {
  if (connection.state === 'FIN-WAIT-2' && connection.orphan) startTimer(kernel, connection, FIN_WAIT_2_MS);
}

export function listenerAt(
  netns: NetnsState,
  kernel: Kernel,
  address: string,
  port: number,
): TcpListener | undefined {
  const id = netns.tcpListeners.get(listenerKey(address, port)) ?? wildcardListener(netns, address, port);
  const socket = id === undefined ? undefined : kernel.state.sockets.get(id);
  return socket?.kind === 'tcp-listener' ? socket : undefined;
}

/** A listener on `::` takes IPv4 too (IPV6_V6ONLY is off by default, RFC 3493 section 5.3). */
function wildcardListener(netns: NetnsState, address: string, port: number): SocketId | undefined {
  const anyV6 = netns.tcpListeners.get(listenerKey('::', port));
  return address.includes(':') ? anyV6 : (netns.tcpListeners.get(listenerKey('0.0.0.0', port)) ?? anyV6);
}
