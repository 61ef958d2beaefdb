import type { ConntrackEntry } from '../network.ts';
import type { IpAddress, TransportProtocol } from '../packet.ts';

/** One direction of a connection. For ICMP echo both ports are the identifier. */
export interface Tuple {
  readonly protocol: TransportProtocol | 'icmp';
  readonly source: IpAddress;
  readonly sourcePort: number;
  readonly destination: IpAddress;
  readonly destinationPort: number;
}

export type Direction = 'original' | 'reply';
export type TcpTrackState = NonNullable<ConntrackEntry['state']>;

/**
 * A tracked connection. What leaves the namespace in one direction is the inverse of the other
 * direction's tuple: that is how NAT is remembered (`nf_nat_core.c`).
 */
export interface Connection {
  original: Tuple;
  reply: Tuple;
  tcpState: TcpTrackState | undefined;
  /** Who sent the FIN that began the close, so that the states of both sides can be told apart. */
  closedBy: Direction | undefined;
  /** Traffic in both directions was seen. */
  assured: boolean;
  replySeen: boolean;
  expiresAtMs: number;
  /** In the table, rather than only on its first packet. */
  confirmed: boolean;
  destinationNat: boolean;
  sourceNat: boolean;
  /** Whether the NAT chains have had their say, for the destination and for the source. */
  destinationDecided: boolean;
  sourceDecided: boolean;
  /** Whose address the DNAT target is, from the rule that chose it. */
  targetLabel: string | undefined;
}

export function tupleKey(tuple: Tuple): string {
  return `${tuple.protocol} ${tuple.source} ${tuple.sourcePort} ${tuple.destination} ${tuple.destinationPort}`;
}

export function invert(tuple: Tuple): Tuple {
  return Object.freeze({
    protocol: tuple.protocol,
    source: tuple.destination,
    sourcePort: tuple.destinationPort,
    destination: tuple.source,
    destinationPort: tuple.sourcePort,
  });
}

export interface ConntrackState {
  /** By the key of either direction: each connection stands twice. */
  readonly byTuple: Map<string, { readonly connection: Connection; readonly direction: Direction }>;
  connections: number;
  /** When expired entries were last cleared away. */
  sweptAtMs: number;
  /** Counted for `conntrack -S`: packets that found the table full. */
  tableFullDrops: number;
}

export function newConntrackState(): ConntrackState {
  return { byTuple: new Map(), connections: 0, sweptAtMs: 0, tableFullDrops: 0 };
}
