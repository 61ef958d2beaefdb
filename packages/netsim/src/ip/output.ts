import type { KeptConnection } from '../events.ts';
import type { Kernel } from '../kernel.ts';
import { newPacket } from '../kernel.ts';
import { transmit } from '../link/transmit.ts';
import type { Connection, Direction } from '../netfilter/connection.ts';
import { tupleKey } from '../netfilter/connection.ts';
import { runHook } from '../netfilter/hooks.ts';
import type { Passage, RejectWith } from '../netfilter/passage.ts';
import { newPassage } from '../netfilter/passage.ts';
import type { NetErrno } from '../network.ts';
import { packetBytes } from '../packet/size.ts';
import type { IcmpMessage, IpPacket, TcpSegment } from '../packet.ts';
import type { NetnsState } from '../state.ts';
import { isUnspecified } from '../address/ip.ts';
import { sendToNeighbor } from './neighbor.ts';
import type { RouteDecision } from './views.ts';

const LOOPBACK_MAC = '00:00:00:00:00:00';
const NO_DATA = new Uint8Array(0);

export interface OutputOptions {
  /** For whom the packet is traced. */
  readonly owners: readonly string[];
  readonly inReplyTo?: number | undefined;
  /** The connection that an answer made by the stack itself belongs to (nf_ct_attach). */
  readonly attached?: { readonly connection: Connection; readonly direction: Direction } | undefined;
  /** A process sent it, rather than the stack. */
  readonly fromSocket: boolean;
  readonly summary: string;
}

/** Sends a packet that this namespace made: OUTPUT, route, POSTROUTING. Undefined when it is on its way, or was dropped on it. */
export function sendLocal(
  kernel: Kernel,
  netns: NetnsState,
  packet: IpPacket,
  options: OutputOptions,
): NetErrno | undefined {
  if (!kernel.trace.isUnderWay(packet)) {
    kernel.trace.begin(packet, options.owners, options.inReplyTo);
    kernel.trace.step(packet, netns.label, 'socket', 'send', options.fromSocket ? 'sent' : 'sent-raw', {
      x: options.summary,
    });
  }
  const topology = kernel.views.topology(netns);
  let decision = topology.route(packet.destination);
  if (decision === undefined) return noRoute(kernel, netns, packet);
  const passage = newPassage(netns, packet);
  if (options.attached !== undefined) {
    passage.connection = options.attached.connection;
    passage.direction = options.attached.direction;
    passage.track = 'related';
    passage.tracked = true;
  }
  passage.outInterface = decision.kind === 'local' ? 'lo' : decision.out.name;
  const verdict = runHook(kernel, 'output', passage);
  if (verdict.kind === 'drop') {
    kernel.trace.end(passage.packet, 'dropped');
    return undefined;
  }
  if (verdict.kind === 'reject') {
    refuse(kernel, passage, verdict.with);
    return undefined;
  }
  if (passage.packet.destination !== packet.destination) {
    // DNAT on the way out chooses the way anew; the source stays as it was (ip_route_me_harder).
    decision = topology.route(passage.packet.destination);
    if (decision === undefined) return noRoute(kernel, netns, passage.packet);
    passage.outInterface = decision.kind === 'local' ? 'lo' : decision.out.name;
  }
  traceRoute(kernel, passage, decision);
  if (
    decision.kind === 'remote' &&
    passage.packet.dontFragment &&
    packetBytes(passage.packet) > decision.out.mtuBytes
  ) {
    kernel.trace.step(passage.packet, netns.label, 'route', 'too-big', 'too-big-told', {
      interfaceName: decision.out.name,
      x: packetBytes(passage.packet),
      y: decision.out.mtuBytes,
    });
    kernel.trace.end(passage.packet, 'dropped');
    return 'EMSGSIZE';
  }
  postroute(kernel, passage, decision);
  return undefined;
}

function noRoute(kernel: Kernel, netns: NetnsState, packet: IpPacket): NetErrno {
  kernel.trace.step(packet, netns.label, 'route', 'no-route', 'no-route');
  kernel.trace.end(packet, 'dropped');
  return 'ENETUNREACH';
}

export function traceRoute(kernel: Kernel, passage: Passage, decision: RouteDecision): void {
  const { packet, netns } = passage;
  if (decision.kind === 'local') {
    kernel.trace.step(packet, netns.label, 'route', 'route', 'route-local', { x: packet.destination });
    return;
  }
  const { route, out } = decision;
  kernel.trace.step(
    packet,
    netns.label,
    'route',
    'route',
    route.via === undefined ? 'route-direct' : 'route-via',
    {
      interfaceName: out.name,
      x: route.destination,
      y: route.via,
    },
  );
}

/** The last stretch that sent and forwarded packets share: POSTROUTING, then the link. */
export function postroute(kernel: Kernel, passage: Passage, decision: RouteDecision): void {
  const { netns } = passage;
  const verdict = runHook(kernel, 'postrouting', passage);
  if (verdict.kind === 'drop') {
    kernel.trace.end(passage.packet, 'dropped');
    return;
  }
  if (verdict.kind === 'reject') {
    refuse(kernel, passage, verdict.with);
    return;
  }
  if (decision.kind === 'remote') {
    sendToNeighbor(kernel, netns, decision.out, decision.nextHop, passage.packet);
    return;
  }
  const loopback = netns.interfaces.get('lo');
  if (loopback === undefined) throw new Error(`network namespace ${netns.id} has no loopback interface`);
  transmit(
    kernel,
    netns,
    loopback,
    Object.freeze({ source: LOOPBACK_MAC, destination: LOOPBACK_MAC, payload: passage.packet }),
    keep(passage),
  );
}

function keep(passage: Passage): KeptConnection | undefined {
  if (!passage.tracked) return undefined;
  const { connection, direction, track } = passage;
  return Object.freeze({
    originalKey: connection?.confirmed === true ? tupleKey(connection.original) : undefined,
    direction,
    track,
  });
}

/** Answers a packet that a rule rejects, and ends it. */
export function refuse(kernel: Kernel, passage: Passage, how: RejectWith): void {
  const { packet } = passage;
  if (how === 'tcp-reset' && packet.transport.kind === 'tcp') {
    const { connection } = passage;
    const attached =
      connection === undefined ? undefined : { connection, direction: opposite(passage.direction) };
    sendReset(kernel, passage.netns, packet, packet.transport, attached);
  } else {
    sendError(
      kernel,
      passage.netns,
      packet,
      {
        kind: 'icmp',
        type: 'destination-unreachable',
        code: how === 'admin-prohibited' ? 'admin-prohibited' : 'port',
        about: packet,
      },
      passage,
    );
  }
  kernel.trace.end(packet, 'rejected');
}

function opposite(direction: Direction): Direction {
  return direction === 'original' ? 'reply' : 'original';
}

/** The RST that refuses a segment (RFC 9293 section 3.5.2). A RST is never answered. */
export function sendReset(
  kernel: Kernel,
  netns: NetnsState,
  packet: IpPacket,
  segment: TcpSegment,
  attached?: OutputOptions['attached'],
): void {
  const { flags } = segment;
  if (flags.rst) return;
  const length = segment.data.length + (flags.syn ? 1 : 0) + (flags.fin ? 1 : 0);
  const reset = newPacket(kernel, {
    version: packet.version,
    source: packet.destination,
    destination: packet.source,
    dontFragment: true,
    transport: {
      kind: 'tcp',
      sourcePort: segment.destinationPort,
      destinationPort: segment.sourcePort,
      sequence: flags.ack ? segment.acknowledgment : 0,
      acknowledgment: flags.ack ? 0 : (segment.sequence + length) % 2 ** 32,
      flags: Object.freeze({ syn: false, ack: !flags.ack, fin: false, rst: true, psh: false }),
      windowBytes: 0,
      data: NO_DATA,
    },
  });
  sendLocal(kernel, netns, reset, {
    owners: kernel.trace.ownersOf(packet),
    inReplyTo: packet.id,
    attached,
    fromSocket: false,
    summary: 'TCP RST',
  });
}

type IcmpError = Extract<IcmpMessage, { readonly about: IpPacket }>;

const ERROR_NAMES = {
  network: 'network unreachable',
  host: 'host unreachable',
  port: 'port unreachable',
  'admin-prohibited': 'administratively prohibited',
} as const;

/** Tells the source of a packet why it went no further. Errors are not told of errors (RFC 1122 section 3.2.2). */
export function sendError(
  kernel: Kernel,
  netns: NetnsState,
  about: IpPacket,
  message: IcmpError,
  passage?: Passage,
): void {
  if ((about.transport.kind === 'icmp' && 'about' in about.transport) || isUnspecified(about.source)) return;
  const topology = kernel.views.topology(netns);
  const decision = topology.route(about.source);
  const source = topology.isLocal(about.destination)
    ? about.destination
    : decision === undefined
      ? undefined
      : topology.sourceFor(about.source, decision);
  if (source === undefined) return;
  const packet = newPacket(kernel, {
    version: about.version,
    source,
    destination: about.source,
    dontFragment: false,
    transport: message,
  });
  const connection = passage?.connection;
  const attached =
    passage === undefined || connection === undefined
      ? undefined
      : { connection, direction: opposite(passage.direction) };
  const name =
    message.type === 'destination-unreachable'
      ? ERROR_NAMES[message.code]
      : message.type === 'time-exceeded'
        ? 'time exceeded'
        : 'fragmentation needed';
  sendLocal(kernel, netns, packet, {
    owners: kernel.trace.ownersOf(about),
    inReplyTo: about.id,
    attached,
    fromSocket: false,
    summary: `ICMP ${name}`,
  });
}
