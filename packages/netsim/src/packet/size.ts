import type { EthernetFrame, IpPacket, Transport } from '../packet.ts';

export const ETHERNET_HEADER_BYTES = 14;
const ARP_BYTES = 28;
const IPV4_HEADER_BYTES = 20;
const IPV6_HEADER_BYTES = 40;
const TCP_HEADER_BYTES = 20;
const MSS_OPTION_BYTES = 4;
const UDP_HEADER_BYTES = 8;
const SCTP_HEADER_BYTES = 12;
const ICMP_HEADER_BYTES = 8;
const VXLAN_HEADER_BYTES = 8;
/** An ICMP error quotes at most this much of the packet it is about (RFC 1812 section 4.3.2.3: 576 in all). */
const ICMP_QUOTE_BYTES = 548;

export function ipHeaderBytes(version: 4 | 6): number {
  return version === 4 ? IPV4_HEADER_BYTES : IPV6_HEADER_BYTES;
}

/** What a TCP segment of a path leaves for data. */
export function mssForMtu(version: 4 | 6, mtuBytes: number): number {
  return mtuBytes - ipHeaderBytes(version) - TCP_HEADER_BYTES;
}

/** Header and data, without the IP header. */
export function transportBytes(transport: Transport): number {
  switch (transport.kind) {
    case 'tcp':
      return (
        TCP_HEADER_BYTES + (transport.mssBytes === undefined ? 0 : MSS_OPTION_BYTES) + transport.data.length
      );
    case 'udp':
      return (
        UDP_HEADER_BYTES +
        (transport.encapsulated === undefined
          ? transport.data.length
          : VXLAN_HEADER_BYTES + frameBytes(transport.encapsulated.frame))
      );
    case 'sctp':
      return SCTP_HEADER_BYTES + transport.data.length;
    case 'icmp':
      return (
        ICMP_HEADER_BYTES +
        ('about' in transport
          ? Math.min(ICMP_QUOTE_BYTES, packetBytes(transport.about))
          : transport.data.length)
      );
  }
}

/** The whole IP packet, as the MTU counts it. */
export function packetBytes(packet: IpPacket): number {
  return ipHeaderBytes(packet.version) + transportBytes(packet.transport);
}

/** The whole frame, as interface counters count it. */
export function frameBytes(frame: EthernetFrame): number {
  return ETHERNET_HEADER_BYTES + (frame.payload.kind === 'ip' ? packetBytes(frame.payload) : ARP_BYTES);
}
