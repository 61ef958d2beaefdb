import type { Kernel } from '../kernel.ts';
import { newPacket } from '../kernel.ts';
import { sendLocal } from '../ip/output.ts';
import type { EchoEvent } from '../network.ts';
import { transportBytes } from '../packet/size.ts';
import type { IcmpMessage, IpPacket } from '../packet.ts';
import type { NetnsState } from '../state.ts';
import { receiveTcpError } from '../tcp/input.ts';
import { receiveUdpError } from '../udp/input.ts';

/** Echo events that wait for one ping program. */
const ECHO_QUEUE_EVENTS = 128;
/** RFC 1191 section 6.3: how long a learned path MTU holds. */
const PATH_MTU_AGE_MS = 600_000;
/** Destinations whose path MTU one namespace remembers. */
const MAX_PATH_MTUS = 256;
/** RFC 791 and RFC 8200: no link is smaller, so no smaller MTU is believed. */
const MIN_MTU_BYTES = { 4: 68, 6: 1280 } as const;

export function receiveIcmp(kernel: Kernel, netns: NetnsState, packet: IpPacket, message: IcmpMessage): void {
  switch (message.type) {
    case 'echo-request':
      answerEcho(kernel, netns, packet, message);
      return;
    case 'echo-reply':
      receiveEchoReply(kernel, netns, packet, message);
      return;
    default:
      receiveError(kernel, netns, packet, message);
      return;
  }
}

function answerEcho(
  kernel: Kernel,
  netns: NetnsState,
  packet: IpPacket,
  message: Extract<IcmpMessage, { type: 'echo-request' | 'echo-reply' }>,
): void {
  kernel.trace.step(packet, netns.label, 'input', 'deliver', 'deliver-echo');
  const reply = newPacket(kernel, {
    version: packet.version,
    source: packet.destination,
    destination: packet.source,
    dontFragment: packet.dontFragment,
    transport: { ...message, type: 'echo-reply' },
  });
  const owners = kernel.trace.ownersOf(packet);
  kernel.trace.end(packet, 'delivered');
  sendLocal(kernel, netns, reply, {
    owners,
    inReplyTo: packet.id,
    fromSocket: false,
    summary: 'ICMP echo reply',
  });
}

function receiveEchoReply(
  kernel: Kernel,
  netns: NetnsState,
  packet: IpPacket,
  message: Extract<IcmpMessage, { type: 'echo-request' | 'echo-reply' }>,
): void {
  const delivered = tellPing(kernel, netns, message.identifier, {
    from: packet.source,
    sequence: message.sequence,
    ttl: packet.ttl,
    bytes: transportBytes(message),
    outcome: 'reply',
  });
  if (delivered)
    kernel.trace.step(packet, netns.label, 'input', 'deliver', 'deliver-socket', {
      x: 'waits for the echo reply',
    });
  else kernel.trace.step(packet, netns.label, 'input', 'no-listener', 'no-reply-socket');
  kernel.trace.end(packet, delivered ? 'delivered' : 'dropped');
}

function tellPing(kernel: Kernel, netns: NetnsState, identifier: number, event: EchoEvent): boolean {
  const id = netns.pingSockets.get(identifier);
  const socket = id === undefined ? undefined : kernel.state.sockets.get(id);
  if (socket?.kind !== 'ping' || socket.queue.length >= ECHO_QUEUE_EVENTS) return false;
  socket.queue.push(Object.freeze(event));
  kernel.notify(socket, { kind: 'readable' });
  return true;
}

type IcmpError = Extract<IcmpMessage, { readonly about: IpPacket }>;

function receiveError(kernel: Kernel, netns: NetnsState, packet: IpPacket, message: IcmpError): void {
  const { about } = message;
  if (message.type === 'fragmentation-needed') rememberPathMtu(kernel, netns, about, message.mtuBytes);
  const delivered = tellSocket(kernel, netns, packet, message);
  kernel.trace.step(
    packet,
    netns.label,
    'input',
    delivered ? 'deliver' : 'no-listener',
    delivered ? 'deliver-error' : 'deliver-unclaimed',
  );
  kernel.trace.end(packet, delivered ? 'delivered' : 'dropped');
}

function rememberPathMtu(kernel: Kernel, netns: NetnsState, about: IpPacket, mtuBytes: number): void {
  const { pathMtu } = netns;
  pathMtu.delete(about.destination);
  const oldest = pathMtu.keys().next().value;
  if (pathMtu.size >= MAX_PATH_MTUS && oldest !== undefined) pathMtu.delete(oldest);
  pathMtu.set(about.destination, {
    mtuBytes: Math.max(MIN_MTU_BYTES[about.version], mtuBytes),
    expiresAtMs: kernel.simulation.nowMs + PATH_MTU_AGE_MS,
  });
}

function tellSocket(kernel: Kernel, netns: NetnsState, packet: IpPacket, message: IcmpError): boolean {
  const { about } = message;
  switch (about.transport.kind) {
    case 'tcp':
      return receiveTcpError(kernel, netns, about, about.transport, message);
    case 'udp':
      return receiveUdpError(kernel, netns, about, about.transport, message);
    case 'icmp':
      if (about.transport.type !== 'echo-request') return false;
      return tellPing(kernel, netns, about.transport.identifier, {
        from: packet.source,
        sequence: about.transport.sequence,
        ttl: packet.ttl,
        bytes: transportBytes(message),
        ...outcomeOf(message),
        ...(message.type === 'fragmentation-needed' ? { mtuBytes: message.mtuBytes } : {}),
      });
    case 'sctp':
      return false;
  }
}

function outcomeOf(message: IcmpError): Pick<EchoEvent, 'outcome' | 'unreachable'> {
  if (message.type !== 'destination-unreachable') return { outcome: message.type };
  return message.code === 'admin-prohibited'
    ? { outcome: 'admin-prohibited' }
    : { outcome: 'unreachable', unreachable: message.code };
}
