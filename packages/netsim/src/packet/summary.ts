import { isIpv6 } from '../address/ip.ts';
import type {
  EthernetFrame,
  IcmpMessage,
  IpPacket,
  NeighborMessage,
  TcpFlags,
  TcpSegment,
  Transport,
} from '../packet.ts';
import { transportBytes } from './size.ts';

/** IANA's VXLAN port; tcpdump takes Linux' own default, 8472, for OTV. */
const IANA_VXLAN_PORT = 4789;

/** One frame as tcpdump prints it with `-n`, without the time stamp. Sequence numbers are absolute (`-S`). */
export function summarise(frame: EthernetFrame): string {
  return frame.payload.kind === 'ip' ? summarisePacket(frame.payload) : summariseNeighbor(frame.payload);
}

function summarisePacket(packet: IpPacket): string {
  const { transport } = packet;
  const family = packet.version === 4 ? 'IP' : 'IP6';
  const from = transport.kind === 'icmp' ? packet.source : `${packet.source}.${transport.sourcePort}`;
  const to =
    transport.kind === 'icmp' ? packet.destination : `${packet.destination}.${transport.destinationPort}`;
  return `${family} ${from} > ${to}: ${summariseTransport(packet)}`;
}

function summariseTransport(packet: IpPacket): string {
  const { transport } = packet;
  switch (transport.kind) {
    case 'tcp':
      return summariseTcp(transport);
    case 'udp': {
      const { encapsulated } = transport;
      if (encapsulated === undefined) return `UDP, length ${transport.data.length}`;
      const header =
        transport.destinationPort === IANA_VXLAN_PORT
          ? `VXLAN, flags [I] (0x08), vni ${encapsulated.vni}`
          : `OTV, flags [I] (0x08), overlay 0, instance ${encapsulated.vni}`;
      return `${header}\n${summarise(encapsulated.frame)}`;
    }
    case 'sctp':
      return 'sctp';
    case 'icmp':
      return packet.version === 4 ? summariseIcmp(transport) : summariseIcmp6(transport);
  }
}

function flagLetters(flags: TcpFlags): string {
  const letters = `${flags.fin ? 'F' : ''}${flags.syn ? 'S' : ''}${flags.rst ? 'R' : ''}${flags.psh ? 'P' : ''}${flags.ack ? '.' : ''}`;
  return letters === '' ? 'none' : letters;
}

function summariseTcp(segment: TcpSegment): string {
  const { flags, data } = segment;
  let text = `Flags [${flagLetters(flags)}]`;
  if (data.length > 0) text += `, seq ${segment.sequence}:${(segment.sequence + data.length) % 2 ** 32}`;
  else if (flags.syn || flags.fin || flags.rst) text += `, seq ${segment.sequence}`;
  if (flags.ack) text += `, ack ${segment.acknowledgment}`;
  text += `, win ${segment.windowBytes}`;
  if (segment.mssBytes !== undefined) text += `, options [mss ${segment.mssBytes}]`;
  return `${text}, length ${data.length}`;
}

/** What an ICMP error says about the packet that caused it: `udp port 53`. */
function quotedPort(transport: Transport): string {
  return transport.kind === 'icmp' ? 'protocol 1' : `${transport.kind} port ${transport.destinationPort}`;
}

function summariseIcmp(message: IcmpMessage): string {
  const length = `length ${transportBytes(message)}`;
  switch (message.type) {
    case 'echo-request':
    case 'echo-reply':
      return `ICMP ${message.type === 'echo-request' ? 'echo request' : 'echo reply'}, id ${message.identifier}, seq ${message.sequence}, ${length}`;
    case 'destination-unreachable': {
      const target = message.about.destination;
      switch (message.code) {
        case 'network':
          return `ICMP net ${target} unreachable, ${length}`;
        case 'host':
          return `ICMP host ${target} unreachable, ${length}`;
        case 'admin-prohibited':
          return `ICMP host ${target} unreachable - admin prohibited filter, ${length}`;
        case 'port':
          return `ICMP ${target} ${quotedPort(message.about.transport)} unreachable, ${length}`;
      }
      break;
    }
    case 'fragmentation-needed':
      return `ICMP ${message.about.destination} unreachable - need to frag (mtu ${message.mtuBytes}), ${length}`;
    case 'time-exceeded':
      return `ICMP time exceeded in-transit, ${length}`;
  }
  return `ICMP, ${length}`;
}

function summariseIcmp6(message: IcmpMessage): string {
  const length = `length ${transportBytes(message)}`;
  switch (message.type) {
    case 'echo-request':
    case 'echo-reply':
      return `ICMP6, ${message.type === 'echo-request' ? 'echo request' : 'echo reply'}, id ${message.identifier}, seq ${message.sequence}, ${length}`;
    case 'destination-unreachable': {
      const target = message.about.destination;
      switch (message.code) {
        case 'network':
          return `ICMP6, destination unreachable, unreachable route ${target}, ${length}`;
        case 'host':
          return `ICMP6, destination unreachable, unreachable address ${target}, ${length}`;
        case 'admin-prohibited':
          return `ICMP6, destination unreachable, unreachable prohibited ${target}, ${length}`;
        case 'port':
          return `ICMP6, destination unreachable, unreachable port, ${target} ${quotedPort(message.about.transport)}, ${length}`;
      }
      break;
    }
    case 'fragmentation-needed':
      return `ICMP6, packet too big, mtu ${message.mtuBytes}, ${length}`;
    case 'time-exceeded':
      return `ICMP6, time exceeded in-transit for ${message.about.destination}, ${length}`;
  }
  return `ICMP6, ${length}`;
}

function summariseNeighbor(message: NeighborMessage): string {
  if (isIpv6(message.targetAddress)) {
    return message.operation === 'request'
      ? `IP6 ${message.senderAddress} > ${solicitedNode(message.targetAddress)}: ICMP6, neighbor solicitation, who has ${message.targetAddress}, length 32`
      : `IP6 ${message.senderAddress} > ${message.targetAddress}: ICMP6, neighbor advertisement, tgt is ${message.senderAddress}, length 32`;
  }
  return message.operation === 'request'
    ? `ARP, Request who-has ${message.targetAddress} tell ${message.senderAddress}, length 28`
    : `ARP, Reply ${message.senderAddress} is-at ${message.senderMac}, length 28`;
}

/** The multicast group a solicitation goes to (RFC 4291 section 2.7.1). */
function solicitedNode(address: string): string {
  const groups = address.split(':').slice(-2);
  const low = (groups[1] ?? '0') === '' ? '0' : (groups[1] ?? '0');
  const high = (parseInt(groups[0] === '' || groups[0] === undefined ? '0' : groups[0], 16) & 0xff).toString(
    16,
  );
  return `ff02::1:ff${high.padStart(2, '0')}:${low}`;
}

/** What a packet is, in two or three words, for people. */
export function nameOfPacket(packet: IpPacket): string {
  const { transport } = packet;
  switch (transport.kind) {
    case 'tcp': {
      const { flags, data } = transport;
      if (flags.rst) return 'TCP RST';
      if (flags.syn) return flags.ack ? 'TCP SYN-ACK' : 'TCP SYN';
      if (data.length > 0) return flags.fin ? `TCP ${data.length} bytes, FIN` : `TCP ${data.length} bytes`;
      return flags.fin ? 'TCP FIN' : 'TCP ACK';
    }
    case 'udp':
      return `UDP ${transport.data.length} bytes`;
    case 'sctp':
      return `SCTP ${transport.data.length} bytes`;
    case 'icmp':
      return `ICMP ${ICMP_NAME[transport.type === 'destination-unreachable' ? transport.code : transport.type]}`;
  }
}

const ICMP_NAME = {
  'echo-request': 'echo request',
  'echo-reply': 'echo reply',
  network: 'network unreachable',
  host: 'host unreachable',
  port: 'port unreachable',
  'admin-prohibited': 'administratively prohibited',
  'fragmentation-needed': 'fragmentation needed',
  'time-exceeded': 'time exceeded',
} as const;
