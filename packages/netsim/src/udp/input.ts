import { errnoOf } from '../icmp/errors.ts';
import { sendError } from '../ip/output.ts';
import type { Kernel } from '../kernel.ts';
import type { IcmpMessage, IpPacket, UdpDatagram } from '../packet.ts';
import type { InterfaceState, NetnsState } from '../state.ts';
import type { UdpSocket } from './state.ts';

/** net.core.rmem_default: bytes that wait for one process. */
const RECEIVE_QUEUE_BYTES = 212_992;
/** Each waiting datagram costs memory of its own, whatever its size. */
const RECEIVE_QUEUE_DATAGRAMS = 512;
/** Peers whose last packet one socket remembers, so that answers are traced with their questions. */
const MAX_HEARD = 64;

export function boundKey(address: string, port: number): string {
  return `${address} ${port}`;
}

export function connectedKey(local: string, localPort: number, remote: string, remotePort: number): string {
  return `${local} ${localPort} ${remote} ${remotePort}`;
}

/** Connected sockets first, then the exact address, then the wildcards (udp4_lib_lookup's scores). */
function socketFor(
  kernel: Kernel,
  netns: NetnsState,
  local: string,
  localPort: number,
  remote: string,
  remotePort: number,
): UdpSocket | undefined {
  const { udpSockets } = netns;
  const wildcard = local.includes(':') ? undefined : udpSockets.get(boundKey('0.0.0.0', localPort));
  const id =
    udpSockets.get(connectedKey(local, localPort, remote, remotePort)) ??
    udpSockets.get(boundKey(local, localPort)) ??
    wildcard ??
    udpSockets.get(boundKey('::', localPort));
  const socket = id === undefined ? undefined : kernel.state.sockets.get(id);
  return socket?.kind === 'udp' ? socket : undefined;
}

/** A datagram for an address of this namespace. */
export function receiveDatagram(
  kernel: Kernel,
  netns: NetnsState,
  packet: IpPacket,
  datagram: UdpDatagram,
): void {
  const { sourcePort, destinationPort } = datagram;
  if (
    datagram.encapsulated !== undefined &&
    unwrap(kernel, netns, packet, datagram.encapsulated, destinationPort)
  )
    return;
  const socket = socketFor(kernel, netns, packet.destination, destinationPort, packet.source, sourcePort);
  if (socket === undefined) {
    kernel.trace.step(packet, netns.label, 'input', 'no-listener', 'no-listener');
    sendError(kernel, netns, packet, {
      kind: 'icmp',
      type: 'destination-unreachable',
      code: 'port',
      about: packet,
    });
    kernel.trace.end(packet, 'rejected');
    return;
  }
  if (
    socket.queue.length >= RECEIVE_QUEUE_DATAGRAMS ||
    socket.queuedBytes + datagram.data.length > RECEIVE_QUEUE_BYTES
  ) {
    kernel.trace.step(packet, netns.label, 'input', 'drop', 'receive-buffer-full');
    kernel.trace.end(packet, 'dropped');
    return;
  }
  remember(kernel, socket, packet, sourcePort);
  const from = { address: packet.source, port: sourcePort };
  socket.queue.push(
    Object.freeze({
      from: Object.freeze(from),
      to: Object.freeze({ address: packet.destination, port: destinationPort }),
      data: datagram.data,
    }),
  );
  socket.queuedBytes += datagram.data.length;
  kernel.trace.step(packet, netns.label, 'input', 'deliver', 'deliver-socket', {
    x: `has UDP port ${destinationPort}`,
  });
  kernel.trace.end(packet, 'delivered');
  kernel.notify(socket, { kind: 'readable' });
}

function remember(kernel: Kernel, socket: UdpSocket, packet: IpPacket, port: number): void {
  const key = boundKey(packet.source, port);
  socket.heard.delete(key);
  const oldest = socket.heard.keys().next().value;
  if (socket.heard.size >= MAX_HEARD && oldest !== undefined) socket.heard.delete(oldest);
  socket.heard.set(key, Object.freeze({ packetId: packet.id, tracedFor: kernel.trace.ownersOf(packet) }));
}

/** Hands the frame inside a VXLAN datagram to the device of its network. @returns whether there is one. */
function unwrap(
  kernel: Kernel,
  netns: NetnsState,
  packet: IpPacket,
  inside: NonNullable<UdpDatagram['encapsulated']>,
  port: number,
): boolean {
  const device = vxlanDevice(netns, inside.vni, packet.destination, port);
  if (device === undefined) return false;
  kernel.trace.step(packet, netns.label, 'vxlan', 'pass', 'vxlan-unwrap', {
    interfaceName: device.name,
    x: device.name,
    y: packet.source,
  });
  kernel.state.framesInFlight++;
  kernel.schedule(
    0,
    Object.freeze({
      kind: 'frame',
      netns: netns.id,
      interfaceName: device.name,
      frame: inside.frame,
      kept: undefined,
    }),
  );
  return true;
}

function vxlanDevice(
  netns: NetnsState,
  vni: number,
  local: string,
  port: number,
): InterfaceState | undefined {
  for (const link of netns.interfaces.values()) {
    const { vxlan } = link;
    if (vxlan !== undefined && vxlan.vni === vni && vxlan.local === local && vxlan.port === port && link.up)
      return link;
  }
  return undefined;
}

/** An ICMP error about a datagram that a socket here has sent. Only a connected one is told (RFC 1122 section 4.1.3.3, as Linux reads it). */
export function receiveUdpError(
  kernel: Kernel,
  netns: NetnsState,
  about: IpPacket,
  datagram: UdpDatagram,
  message: Extract<IcmpMessage, { readonly about: IpPacket }>,
): boolean {
  const socket = socketFor(
    kernel,
    netns,
    about.source,
    datagram.sourcePort,
    about.destination,
    datagram.destinationPort,
  );
  if (socket === undefined) return false;
  const errno = errnoOf(message);
  if (errno === undefined || socket.remote === undefined) return true;
  socket.error = errno;
  kernel.notify(socket, { kind: 'failed', errno });
  return true;
}
