import type {
  CapturedFrame,
  Datagram,
  EchoEvent,
  NetErrno,
  NetnsId,
  SocketAddress,
  SocketEvent,
  SocketId,
} from '../network.ts';

/** Whose packet came last from a peer, so that the answer can be traced with it. */
export interface LastHeard {
  readonly packetId: number;
  readonly tracedFor: readonly string[];
}

export interface UdpSocket {
  readonly kind: 'udp';
  readonly id: SocketId;
  readonly netns: NetnsId;
  owner: string;
  readonly local: SocketAddress;
  readonly remote: SocketAddress | undefined;
  queue: Datagram[];
  queuedBytes: number;
  error: NetErrno | undefined;
  readonly announced: Set<SocketEvent['kind']>;
  /** By `address port` of the peer; bounded, oldest forgotten first. */
  readonly heard: Map<string, LastHeard>;
}

export interface PingSocket {
  readonly kind: 'ping';
  readonly id: SocketId;
  readonly netns: NetnsId;
  owner: string;
  readonly identifier: number;
  queue: EchoEvent[];
  readonly announced: Set<SocketEvent['kind']>;
}

export interface TapSocket {
  readonly kind: 'tap';
  readonly id: SocketId;
  readonly netns: NetnsId;
  owner: string;
  readonly interfaceName: string;
  queue: CapturedFrame[];
  readonly announced: Set<SocketEvent['kind']>;
}
