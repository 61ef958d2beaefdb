import { isUnspecified } from '../address/ip.ts';
import type { Kernel } from '../kernel.ts';
import { netnsOf } from '../kernel.ts';
import type { NetResult, NetnsId, SocketAddress, SocketId } from '../network.ts';
import { checkBind, ephemeralPort, failed, wayTo } from '../socket/ports.ts';
import { addSocket, disown, mayOpen, own } from '../socket/registry.ts';
import type { NetnsState } from '../state.ts';
import { append, discard, slice } from './buffer.ts';
import { SEND_BUFFER_BYTES } from './acknowledge.ts';
import { MAX_SOCKETS_PER_NETNS } from './input.ts';
import {
  connectionKey,
  finish,
  limitFinWait,
  listenerAt,
  listenerKey,
  newConnection,
  queueFin,
  reset,
} from './lifecycle.ts';
import { RECEIVE_BUFFER_BYTES, receiveWindow, sendAck, sendPending, sendSyn, startTimer } from './send.ts';
import { distance } from './sequence.ts';
import type { TcpConnection, TcpListener } from './state.ts';

const NO_DATA = new Uint8Array(0);

export function listenTcp(
  kernel: Kernel,
  netnsId: NetnsId,
  owner: string,
  local: SocketAddress,
): NetResult<SocketId> {
  const netns = netnsOf(kernel, netnsId);
  const refusal = checkBind(kernel, netns, local);
  if (refusal !== undefined) return failed(refusal);
  if (!mayOpen(kernel, owner)) return failed('EMFILE');
  const port =
    local.port === 0 ? ephemeralPort(kernel, (candidate) => !portListened(netns, candidate)) : local.port;
  if (port === undefined || clashes(netns, local.address, port)) return failed('EADDRINUSE');
  const listener: TcpListener = {
    kind: 'tcp-listener',
    id: kernel.state.nextSocketId++,
    netns: netnsId,
    owner,
    local: Object.freeze({ address: local.address, port }),
    ready: [],
    halfOpen: 0,
    announced: new Set(),
  };
  addSocket(kernel, listener);
  own(kernel, owner, listener.id);
  netns.tcpListeners.set(listenerKey(local.address, port), listener.id);
  return { ok: true, value: listener.id };
}

function portListened(netns: NetnsState, port: number): boolean {
  for (const key of netns.tcpListeners.keys()) if (key.endsWith(` ${port}`)) return true;
  return false;
}

/** The same address and port, or a wildcard against any address of its family; `::` takes IPv4 along. */
function clashes(netns: NetnsState, address: string, port: number): boolean {
  const has = (other: string): boolean => netns.tcpListeners.has(listenerKey(other, port));
  if (has(address) || has('::')) return true;
  if (address === '::') return portListened(netns, port);
  if (address !== '0.0.0.0') return !address.includes(':') && has('0.0.0.0');
  for (const key of netns.tcpListeners.keys())
    if (key.endsWith(` ${port}`) && !key.includes(':')) return true;
  return false;
}

export function acceptTcp(kernel: Kernel, id: SocketId): NetResult<SocketId> {
  const listener = kernel.state.sockets.get(id);
  if (listener?.kind !== 'tcp-listener') return failed('EINVAL');
  if (!mayOpen(kernel, listener.owner)) return failed('EMFILE');
  const next = listener.ready.shift();
  const connection = next === undefined ? undefined : kernel.state.sockets.get(next);
  if (connection?.kind !== 'tcp') return failed('EINVAL');
  connection.listener = undefined;
  connection.owner = listener.owner;
  own(kernel, listener.owner, connection.id);
  // What came before the process had the socket is announced now that it has.
  if (connection.receiveBytes > 0) kernel.notify(connection, { kind: 'readable' });
  if (connection.peerFinished) kernel.notify(connection, { kind: 'end' });
  return { ok: true, value: connection.id };
}

export function connectTcp(
  kernel: Kernel,
  netnsId: NetnsId,
  owner: string,
  remote: SocketAddress,
  local: Partial<SocketAddress> | undefined,
): NetResult<SocketId> {
  const netns = netnsOf(kernel, netnsId);
  // Linux takes a connect to the unspecified address for one to this very host.
  const target = isUnspecified(remote.address)
    ? { address: remote.address === '::' ? '::1' : '127.0.0.1', port: remote.port }
    : { address: remote.address, port: remote.port };
  const way = wayTo(kernel, netns, target, local?.address);
  if (!way.ok) return way;
  if (!mayOpen(kernel, owner) || netns.tcpConnections.size >= MAX_SOCKETS_PER_NETNS) return failed('EMFILE');
  const address = way.value.source;
  const isFree = (port: number): boolean => {
    const key = connectionKey({ address, port }, target);
    return !netns.tcpConnections.has(key) && !netns.timeWait.has(key);
  };
  const wanted = local?.port ?? 0;
  const port =
    wanted === 0
      ? ephemeralPort(
          kernel,
          (candidate) => isFree(candidate) && listenerAt(netns, kernel, address, candidate) === undefined,
        )
      : wanted;
  if (port === undefined) return failed('EADDRNOTAVAIL');
  if (!isFree(port)) return failed(wanted === 0 ? 'EADDRNOTAVAIL' : 'EADDRINUSE');
  const connection = newConnection(kernel, {
    netns: netnsId,
    owner,
    state: 'SYN-SENT',
    local: { address, port },
    remote: target,
    listener: undefined,
    receiveNext: 0,
  });
  own(kernel, owner, connection.id);
  startTimer(kernel, connection, connection.rtoMs);
  sendSyn(kernel, connection);
  return { ok: true, value: connection.id };
}

function takeError(connection: TcpConnection): ReturnType<typeof failed> | undefined {
  const { error } = connection;
  connection.error = undefined;
  return error === undefined ? undefined : failed(error);
}

export function sendTcp(kernel: Kernel, connection: TcpConnection, data: Uint8Array): NetResult<number> {
  const error = takeError(connection);
  if (error !== undefined) return error;
  if (connection.state === 'SYN-SENT' || connection.state === 'SYN-RECV') return failed('ENOTCONN');
  if (connection.dead || connection.finQueued || connection.state === 'CLOSED') return failed('EPIPE');
  const taken = Math.min(data.length, Math.max(0, SEND_BUFFER_BYTES - connection.sendBytes));
  if (taken < data.length) connection.wantsWritable = true;
  if (taken === 0) return { ok: true, value: 0 };
  append(connection.sendChunks, data.slice(0, taken));
  connection.sendBytes += taken;
  sendPending(kernel, connection);
  return { ok: true, value: taken };
}

export function receiveTcp(
  kernel: Kernel,
  connection: TcpConnection,
  maxBytes: number,
): NetResult<Uint8Array | undefined> {
  const length = Math.min(maxBytes, connection.receiveBytes);
  if (length > 0) {
    const data = slice(connection.receiveChunks, 0, length);
    discard(connection.receiveChunks, length);
    connection.receiveBytes -= length;
    tellOfRoom(kernel, connection);
    return { ok: true, value: data };
  }
  const error = takeError(connection);
  if (error !== undefined) return error;
  if (connection.state === 'SYN-SENT' || connection.state === 'SYN-RECV') return failed('ENOTCONN');
  return {
    ok: true,
    value: connection.peerFinished || connection.dead || connection.state === 'CLOSED' ? undefined : NO_DATA,
  };
}

/** Tells the peer once reading has opened the window by enough to matter (RFC 9293 section 3.8.6.2.2). */
function tellOfRoom(kernel: Kernel, connection: TcpConnection): void {
  if (connection.state !== 'ESTAB' && connection.state !== 'FIN-WAIT-1' && connection.state !== 'FIN-WAIT-2')
    return;
  const advertised = Math.max(0, distance(connection.advertisedUntil, connection.receiveNext));
  const growth = receiveWindow(connection) - advertised;
  if (
    growth >= RECEIVE_BUFFER_BYTES / 2 ||
    (advertised < 2 * connection.mssBytes && growth >= 2 * connection.mssBytes)
  )
    sendAck(kernel, connection);
}

export function shutdownTcp(kernel: Kernel, connection: TcpConnection): void {
  queueFin(connection);
  sendPending(kernel, connection);
}

export function closeTcp(kernel: Kernel, connection: TcpConnection): void {
  if (connection.orphan) return;
  disown(kernel, connection.owner, connection.id);
  connection.orphan = true;
  if (connection.state === 'CLOSED' || connection.state === 'SYN-SENT') {
    finish(kernel, connection);
  } else if (connection.receiveBytes > 0) {
    // The peer must not think that its data was read (RFC 2525 section 2.17).
    reset(kernel, connection);
  } else {
    queueFin(connection);
    sendPending(kernel, connection);
    limitFinWait(kernel, connection);
  }
}

export function abortTcp(kernel: Kernel, connection: TcpConnection): void {
  if (connection.orphan) return;
  disown(kernel, connection.owner, connection.id);
  connection.orphan = true;
  reset(kernel, connection);
}

export function closeListener(kernel: Kernel, listener: TcpListener): void {
  disown(kernel, listener.owner, listener.id);
  const netns = kernel.state.netns.get(listener.netns);
  netns?.tcpListeners.delete(listenerKey(listener.local.address, listener.local.port));
  kernel.state.sockets.delete(listener.id);
  if (netns === undefined) return;
  // Connections that nobody will accept are reset.
  for (const id of [...netns.tcpConnections.values()]) {
    const connection = kernel.state.sockets.get(id);
    if (connection?.kind === 'tcp' && connection.listener === listener.id) reset(kernel, connection);
  }
}
