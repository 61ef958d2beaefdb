/** Canonical text form: dotted quad, or RFC 5952 for IPv6. */
export type IpAddress = string;
/** `address/prefixLength`, host bits zero, canonical. */
export type Cidr = string;
/** Six lower-case hex pairs with colons. */
export type MacAddress = string;

export type TransportProtocol = 'tcp' | 'udp' | 'sctp';

export interface TcpFlags {
  readonly syn: boolean;
  readonly ack: boolean;
  readonly fin: boolean;
  readonly rst: boolean;
  readonly psh: boolean;
}

export interface TcpSegment {
  readonly kind: 'tcp';
  readonly sourcePort: number;
  readonly destinationPort: number;
  /** Modulo 2^32. */
  readonly sequence: number;
  readonly acknowledgment: number;
  readonly flags: TcpFlags;
  readonly windowBytes: number;
  /** Maximum segment size option; on SYN segments only (RFC 9293 section 3.7.1). */
  readonly mssBytes?: number;
  readonly data: Uint8Array;
}

export interface UdpDatagram {
  readonly kind: 'udp';
  readonly sourcePort: number;
  readonly destinationPort: number;
  readonly data: Uint8Array;
  /** The frame that a VXLAN datagram carries (RFC 7348); `data` is empty then. */
  readonly encapsulated?: { readonly vni: number; readonly frame: EthernetFrame };
}

/** Carried for policies and Services that name SCTP; no SCTP endpoint is modelled, so nothing answers it. */
export interface SctpPacket {
  readonly kind: 'sctp';
  readonly sourcePort: number;
  readonly destinationPort: number;
  readonly data: Uint8Array;
}

/** ICMP (RFC 792) and ICMPv6 (RFC 4443), by meaning rather than by number. */
export type IcmpMessage = { readonly kind: 'icmp' } & (
  | {
      readonly type: 'echo-request' | 'echo-reply';
      readonly identifier: number;
      readonly sequence: number;
      readonly data: Uint8Array;
    }
  | {
      readonly type: 'destination-unreachable';
      readonly code: 'network' | 'host' | 'port' | 'admin-prohibited';
      readonly about: IpPacket;
    }
  | { readonly type: 'fragmentation-needed'; readonly mtuBytes: number; readonly about: IpPacket }
  | { readonly type: 'time-exceeded'; readonly about: IpPacket }
);

export type Transport = TcpSegment | UdpDatagram | SctpPacket | IcmpMessage;

export interface IpPacket {
  readonly kind: 'ip';
  readonly version: 4 | 6;
  readonly source: IpAddress;
  readonly destination: IpAddress;
  readonly ttl: number;
  readonly dontFragment: boolean;
  readonly transport: Transport;
  /** Names this packet in traces; kept through NAT, new for each packet an endpoint sends. */
  readonly id: number;
  /** netfilter's packet mark; 0 on the wire. */
  readonly mark: number;
}

/** ARP (RFC 826) and, for IPv6, the two neighbour discovery messages that do its work (RFC 4861). */
export interface NeighborMessage {
  readonly kind: 'neighbor';
  readonly operation: 'request' | 'reply';
  readonly senderMac: MacAddress;
  readonly senderAddress: IpAddress;
  readonly targetAddress: IpAddress;
}

export interface EthernetFrame {
  readonly source: MacAddress;
  readonly destination: MacAddress;
  readonly payload: IpPacket | NeighborMessage;
}
