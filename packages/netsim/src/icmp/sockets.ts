import { isIpv6 } from '../address/ip.ts';
import { sendLocal } from '../ip/output.ts';
import type { Kernel } from '../kernel.ts';
import { netnsOf, newPacket } from '../kernel.ts';
import type { NetResult, NetnsId, SocketId } from '../network.ts';
import type { IpAddress } from '../packet.ts';
import { failed, wayTo } from '../socket/ports.ts';
import { addSocket, disown, mayOpen, own } from '../socket/registry.ts';
import type { PingSocket } from '../udp/state.ts';

const IDENTIFIERS = 65_536;
/** The largest echo an IPv4 packet can carry. */
const MAX_ECHO_BYTES = 65_507;
const MAX_TTL = 255;

/** An owner with too many sockets gets a number that names none. */
export const NO_SOCKET: SocketId = 0;

export function openPing(kernel: Kernel, netnsId: NetnsId, owner: string): SocketId {
  const netns = netnsOf(kernel, netnsId);
  if (!mayOpen(kernel, owner)) return NO_SOCKET;
  let identifier = 1 + kernel.simulation.randomInt(IDENTIFIERS - 1);
  // Bounded: a namespace has far fewer ping sockets than there are identifiers.
  for (let tries = 0; tries < IDENTIFIERS && netns.pingSockets.has(identifier); tries++)
    identifier = (identifier % (IDENTIFIERS - 1)) + 1;
  const socket: PingSocket = {
    kind: 'ping',
    id: kernel.state.nextSocketId++,
    netns: netnsId,
    owner,
    identifier,
    queue: [],
    announced: new Set(),
  };
  addSocket(kernel, socket);
  own(kernel, owner, socket.id);
  netns.pingSockets.set(identifier, socket.id);
  return socket.id;
}

export interface Echo {
  readonly sequence: number;
  readonly bytes: number;
  readonly ttl?: number;
  readonly dontFragment?: boolean;
}

export function sendEcho(
  kernel: Kernel,
  socket: PingSocket,
  to: IpAddress,
  echo: Echo,
): NetResult<undefined> {
  const { bytes, ttl } = echo;
  if (
    !Number.isInteger(bytes) ||
    bytes < 0 ||
    (ttl !== undefined && (!Number.isInteger(ttl) || ttl < 1 || ttl > MAX_TTL))
  )
    return failed('EINVAL');
  if (bytes > MAX_ECHO_BYTES) return failed('EMSGSIZE');
  const netns = netnsOf(kernel, socket.netns);
  const way = wayTo(kernel, netns, { address: to, port: 0 }, undefined);
  if (!way.ok) return way;
  const packet = newPacket(kernel, {
    version: isIpv6(to) ? 6 : 4,
    source: way.value.source,
    destination: to,
    dontFragment: echo.dontFragment ?? false,
    ttl,
    transport: {
      kind: 'icmp',
      type: 'echo-request',
      identifier: socket.identifier,
      sequence: echo.sequence & 0xffff,
      data: new Uint8Array(bytes),
    },
  });
  const failure = sendLocal(kernel, netns, packet, {
    owners: kernel.trace.ownersFor(socket.owner, []),
    fromSocket: true,
    summary: 'an ICMP echo request',
  });
  return failure === undefined ? { ok: true, value: undefined } : failed(failure);
}

export function closePing(kernel: Kernel, socket: PingSocket): void {
  disown(kernel, socket.owner, socket.id);
  kernel.state.sockets.delete(socket.id);
  kernel.state.netns.get(socket.netns)?.pingSockets.delete(socket.identifier);
}
