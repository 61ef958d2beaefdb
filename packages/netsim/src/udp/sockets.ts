import { isIpv6, isUnspecified } from '../address/ip.ts';
import { sendLocal } from '../ip/output.ts';
import type { Kernel } from '../kernel.ts';
import { netnsOf, newPacket } from '../kernel.ts';
import type { NetResult, NetnsId, SocketAddress, SocketId } from '../network.ts';
import type { IpAddress } from '../packet.ts';
import { checkBind, ephemeralPort, failed, wayTo } from '../socket/ports.ts';
import { addSocket, disown, mayOpen, own } from '../socket/registry.ts';
import type { NetnsState } from '../state.ts';
import { boundKey, connectedKey } from './input.ts';
import type { UdpSocket } from './state.ts';

/** What the 16-bit length fields of UDP and IPv4 leave for data. */
const MAX_DATAGRAM_BYTES = 65_507;

function portBound(netns: NetnsState, port: number): boolean {
  for (const key of netns.udpSockets.keys()) if (key.split(' ')[1] === String(port)) return true;
  return false;
}

function clashes(netns: NetnsState, address: string, port: number): boolean {
  if (isUnspecified(address)) {
    for (const key of netns.udpSockets.keys()) {
      const [bound = '', boundPort, remote] = key.split(' ');
      if (
        remote === undefined &&
        boundPort === String(port) &&
        (address === '::' || bound === '::' || !bound.includes(':'))
      )
        return true;
    }
    return false;
  }
  return (
    netns.udpSockets.has(boundKey(address, port)) ||
    netns.udpSockets.has(boundKey('::', port)) ||
    (!isIpv6(address) && netns.udpSockets.has(boundKey('0.0.0.0', port)))
  );
}

function newSocket(
  kernel: Kernel,
  netns: NetnsId,
  owner: string,
  local: SocketAddress,
  remote: SocketAddress | undefined,
): UdpSocket {
  const socket: UdpSocket = {
    kind: 'udp',
    id: kernel.state.nextSocketId++,
    netns,
    owner,
    local: Object.freeze(local),
    remote: remote === undefined ? undefined : Object.freeze(remote),
    queue: [],
    queuedBytes: 0,
    error: undefined,
    announced: new Set(),
    heard: new Map(),
  };
  addSocket(kernel, socket);
  own(kernel, owner, socket.id);
  return socket;
}

export function bindUdp(
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
    local.port === 0 ? ephemeralPort(kernel, (candidate) => !portBound(netns, candidate)) : local.port;
  if (port === undefined || clashes(netns, local.address, port)) return failed('EADDRINUSE');
  const socket = newSocket(kernel, netnsId, owner, { address: local.address, port }, undefined);
  netns.udpSockets.set(keyOf(socket), socket.id);
  return { ok: true, value: socket.id };
}

export function connectUdp(
  kernel: Kernel,
  netnsId: NetnsId,
  owner: string,
  remote: SocketAddress,
  local: Partial<SocketAddress> | undefined,
): NetResult<SocketId> {
  const netns = netnsOf(kernel, netnsId);
  const way = wayTo(kernel, netns, remote, local?.address);
  if (!way.ok) return way;
  if (!mayOpen(kernel, owner)) return failed('EMFILE');
  const address = way.value.source;
  const wanted = local?.port ?? 0;
  const port = wanted === 0 ? ephemeralPort(kernel, (candidate) => !portBound(netns, candidate)) : wanted;
  if (port === undefined) return failed('EADDRNOTAVAIL');
  if (netns.udpSockets.has(connectedKey(address, port, remote.address, remote.port)))
    return failed('EADDRINUSE');
  const socket = newSocket(
    kernel,
    netnsId,
    owner,
    { address, port },
    { address: remote.address, port: remote.port },
  );
  netns.udpSockets.set(keyOf(socket), socket.id);
  return { ok: true, value: socket.id };
}

function keyOf(socket: UdpSocket): string {
  const { local, remote } = socket;
  return remote === undefined
    ? boundKey(local.address, local.port)
    : connectedKey(local.address, local.port, remote.address, remote.port);
}

export function sendUdp(
  kernel: Kernel,
  socket: UdpSocket,
  remote: SocketAddress,
  data: Uint8Array,
  source: IpAddress | undefined,
): NetResult<undefined> {
  const { error } = socket;
  if (error !== undefined) {
    socket.error = undefined;
    return failed(error);
  }
  if (data.length > MAX_DATAGRAM_BYTES) return failed('EMSGSIZE');
  const netns = netnsOf(kernel, socket.netns);
  const bound = isUnspecified(socket.local.address) ? undefined : socket.local.address;
  const way = wayTo(kernel, netns, remote, source ?? bound);
  if (!way.ok) return way;
  if (remote.port === 0) return failed('EINVAL');
  const heard = socket.heard.get(boundKey(remote.address, remote.port));
  const packet = newPacket(kernel, {
    version: isIpv6(remote.address) ? 6 : 4,
    source: way.value.source,
    destination: remote.address,
    dontFragment: false,
    transport: {
      kind: 'udp',
      sourcePort: socket.local.port,
      destinationPort: remote.port,
      data: data.slice(),
    },
  });
  const failure = sendLocal(kernel, netns, packet, {
    owners: kernel.trace.ownersFor(socket.owner, heard?.tracedFor ?? []),
    inReplyTo: heard?.packetId,
    fromSocket: true,
    summary: `a UDP datagram of ${data.length} bytes`,
  });
  return failure === undefined ? { ok: true, value: undefined } : failed(failure);
}

export function closeUdp(kernel: Kernel, socket: UdpSocket): void {
  disown(kernel, socket.owner, socket.id);
  kernel.state.sockets.delete(socket.id);
  const bound = kernel.state.netns.get(socket.netns)?.udpSockets;
  if (bound?.get(keyOf(socket)) === socket.id) bound.delete(keyOf(socket));
}
