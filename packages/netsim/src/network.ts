import type { Simulation } from '@podwire/sim';
import type { Cidr, EthernetFrame, IpAddress, MacAddress } from './packet.ts';
import type { RulesetChange, Table } from './ruleset.ts';
import type { PacketTrace } from './trace.ts';

/** Names a network namespace, for example `node/podwire-worker`, `pod/3f2a…`. */
export type NetnsId = string;
export type SocketId = number;

export type NetErrno =
  | 'EADDRINUSE'
  | 'EADDRNOTAVAIL'
  | 'EAFNOSUPPORT'
  | 'ECONNREFUSED'
  | 'ECONNRESET'
  | 'EHOSTUNREACH'
  | 'EINVAL'
  | 'EMFILE'
  | 'EMSGSIZE'
  | 'ENETUNREACH'
  | 'ENOTCONN'
  | 'EPIPE'
  | 'ETIMEDOUT';

export type NetResult<Value> =
  { readonly ok: true; readonly value: Value } | { readonly ok: false; readonly errno: NetErrno };

export interface SocketAddress {
  readonly address: IpAddress;
  readonly port: number;
}

/**
 * What befalls a socket. `owner` is the opaque string that opened it, so that the layer above can find
 * the process. Events are delivered inside `Simulation.run`, one at a time.
 */
export type SocketEvent =
  | { readonly kind: 'connected' }
  /** A listening socket has a connection ready: take it with `accept`. */
  | { readonly kind: 'incoming' }
  | { readonly kind: 'readable' }
  | { readonly kind: 'writable' }
  /** The peer will send no more; what it sent before can still be read. */
  | { readonly kind: 'end' }
  | { readonly kind: 'failed'; readonly errno: NetErrno };

export type SocketEventHandler = (socket: SocketId, owner: string, event: SocketEvent) => void;

export interface Datagram {
  readonly from: SocketAddress;
  /** Destination address the datagram arrived at. */
  readonly to: SocketAddress;
  readonly data: Uint8Array;
}

/** What comes back to an ICMP echo socket. */
export interface EchoEvent {
  readonly from: IpAddress;
  readonly sequence: number;
  readonly ttl: number;
  readonly bytes: number;
  readonly outcome: 'reply' | 'unreachable' | 'admin-prohibited' | 'time-exceeded' | 'fragmentation-needed';
  /** Of `unreachable`: what is. */
  readonly unreachable?: 'network' | 'host' | 'port';
  readonly mtuBytes?: number;
}

export interface InterfaceInfo {
  readonly index: number;
  readonly name: string;
  readonly kind: 'loopback' | 'veth' | 'bridge' | 'vxlan' | 'dummy';
  readonly mac: MacAddress;
  readonly mtuBytes: number;
  readonly up: boolean;
  /** The bridge it is a port of. */
  readonly master?: string;
  /** The other end of a veth pair. */
  readonly peer?: { readonly netns: NetnsId; readonly name: string; readonly index: number };
  /** `address/prefixLength`, with the host bits kept. */
  readonly addresses: readonly string[];
  readonly rx: { readonly packets: number; readonly bytes: number; readonly dropped: number };
  readonly tx: { readonly packets: number; readonly bytes: number; readonly dropped: number };
  /** Ports of bridges only: whether a frame may go back out of it. */
  readonly hairpin?: boolean;
  /** VXLAN devices only. */
  readonly vxlan?: {
    readonly vni: number;
    readonly local: IpAddress;
    readonly port: number;
    readonly peers: readonly { readonly mac: MacAddress; readonly remote: IpAddress }[];
  };
  /** Bridges only: the addresses they have learned, and the ports behind which these are. */
  readonly learned?: readonly { readonly mac: MacAddress; readonly port: string }[];
}

export interface Route {
  readonly destination: Cidr;
  readonly via?: IpAddress;
  readonly interfaceName: string;
  readonly metric?: number;
  /** Preferred source address. */
  readonly source?: IpAddress;
  /** `link`: on the wire itself (no gateway). */
  readonly scope?: 'link' | 'global';
  /** As `ip route` prints it. */
  readonly protocol?: 'kernel' | 'static' | 'boot';
  /** The gateway is on the link although no address says so (`onlink`), as ptp plugins need. */
  readonly onLink?: boolean;
}

export interface ConntrackEntry {
  readonly protocol: 'tcp' | 'udp' | 'icmp' | 'sctp';
  readonly state?:
    'SYN_SENT' | 'SYN_RECV' | 'ESTABLISHED' | 'FIN_WAIT' | 'CLOSE_WAIT' | 'LAST_ACK' | 'TIME_WAIT' | 'CLOSE';
  readonly original: { readonly source: SocketAddress; readonly destination: SocketAddress };
  readonly reply: { readonly source: SocketAddress; readonly destination: SocketAddress };
  readonly assured: boolean;
  /** Whether the other side has answered. */
  readonly replied: boolean;
  readonly expiresInSeconds: number;
}

export interface SocketInfo {
  readonly id: SocketId;
  readonly owner: string;
  readonly protocol: 'tcp' | 'udp' | 'icmp';
  readonly state: string;
  readonly local: SocketAddress;
  readonly remote?: SocketAddress;
}

export interface NeighborInfo {
  readonly address: IpAddress;
  readonly interfaceName: string;
  readonly mac?: MacAddress;
  readonly state: 'REACHABLE' | 'STALE' | 'INCOMPLETE' | 'FAILED' | 'PERMANENT';
}

/** A frame as a tap saw it. */
export interface CapturedFrame {
  readonly atMs: number;
  readonly interfaceName: string;
  readonly direction: 'in' | 'out';
  readonly frame: EthernetFrame;
}

/**
 * The network of one simulated world. State lives in `NetworkState` (plain data, forkable); this
 * object is behaviour over it. Misuse by the caller (an unknown namespace, a name taken) throws;
 * what can happen to a correct caller comes back as a `NetResult`.
 */
export interface Network {
  // Namespaces and links
  addNetns(
    id: NetnsId,
    options: {
      readonly label: string;
      readonly forwarding?: boolean;
      readonly bridgeNetfilter?: boolean;
      /** net.ipv4.conf.*.route_localnet: 127.0.0.0/8 may come from a link, which a host port on the loopback needs. */
      readonly routeLocalnet?: boolean;
    },
  ): void;
  /** Removes its interfaces (and their peers), sockets, rules and conntrack entries. */
  removeNetns(id: NetnsId): void;
  hasNetns(id: NetnsId): boolean;
  netnsIds(): readonly NetnsId[];
  /** `latencyMs` is one way, virtual time. Default: that of a veth pair inside one host. */
  addVethPair(
    a: LinkEnd,
    b: LinkEnd,
    options?: { readonly mtuBytes?: number; readonly latencyMs?: number },
  ): void;
  addBridge(
    netns: NetnsId,
    name: string,
    options?: { readonly mtuBytes?: number; readonly mac?: MacAddress },
  ): void;
  addDummy(netns: NetnsId, name: string): void;
  addVxlan(
    netns: NetnsId,
    name: string,
    options: {
      readonly vni: number;
      readonly local: IpAddress;
      readonly port?: number;
      readonly mtuBytes?: number;
    },
  ): void;
  /** What a VXLAN device knows of the others: MAC → remote VTEP, and the ARP entry that goes with it. */
  addVxlanPeer(
    netns: NetnsId,
    name: string,
    peer: { readonly mac: MacAddress; readonly remote: IpAddress; readonly address: IpAddress },
  ): void;
  removeVxlanPeer(netns: NetnsId, name: string, mac: MacAddress): void;
  removeInterface(netns: NetnsId, name: string): void;
  setMaster(
    netns: NetnsId,
    name: string,
    bridge: string | undefined,
    options?: { readonly hairpin?: boolean },
  ): void;
  setUp(netns: NetnsId, name: string, up: boolean): void;
  setMtu(netns: NetnsId, name: string, mtuBytes: number): void;
  addAddress(netns: NetnsId, name: string, cidrWithHost: string): void;
  removeAddress(netns: NetnsId, name: string, cidrWithHost: string): void;
  addRoute(netns: NetnsId, route: Route): void;
  removeRoute(netns: NetnsId, destination: Cidr, via?: IpAddress): boolean;
  changeRuleset(netns: NetnsId, changes: readonly RulesetChange[]): void;

  // What can be looked at
  interfaces(netns: NetnsId): readonly InterfaceInfo[];
  routes(netns: NetnsId): readonly Route[];
  tables(netns: NetnsId): ReadonlyMap<string, Table>;
  conntrack(netns: NetnsId): readonly ConntrackEntry[];
  neighbors(netns: NetnsId): readonly NeighborInfo[];
  sockets(netns: NetnsId): readonly SocketInfo[];
  addressOwner(address: IpAddress): NetnsId | undefined;
  /** Forgets connections: all, or those that `matches` names. Returns how many. */
  flushConntrack(netns: NetnsId, matches?: (entry: ConntrackEntry) => boolean): number;

  // Sockets. `address` '0.0.0.0' or '::' listens on every address; port 0 asks for an ephemeral one.
  listenTcp(netns: NetnsId, owner: string, local: SocketAddress): NetResult<SocketId>;
  accept(listener: SocketId): NetResult<SocketId>;
  /** Returns at once; `connected` or `failed` follows. `local` binds first. */
  connectTcp(
    netns: NetnsId,
    owner: string,
    remote: SocketAddress,
    local?: Partial<SocketAddress>,
  ): NetResult<SocketId>;
  /** Bytes taken into the send buffer: 0 when it is full, then `writable` follows. */
  send(socket: SocketId, data: Uint8Array): NetResult<number>;
  /** Empty when nothing is there yet; undefined at the end of the stream. */
  receive(socket: SocketId, maxBytes?: number): NetResult<Uint8Array | undefined>;
  /** Half-close: no more will be sent; the other direction stays open. */
  shutdown(socket: SocketId): void;
  /** Orderly close. Unread data makes it a reset, as in Linux. */
  close(socket: SocketId): void;
  /** Sends a RST. */
  abort(socket: SocketId): void;
  bindUdp(netns: NetnsId, owner: string, local: SocketAddress): NetResult<SocketId>;
  /** A connected UDP socket learns of ICMP errors as `failed` events. */
  connectUdp(
    netns: NetnsId,
    owner: string,
    remote: SocketAddress,
    local?: Partial<SocketAddress>,
  ): NetResult<SocketId>;
  sendTo(socket: SocketId, remote: SocketAddress, data: Uint8Array, source?: IpAddress): NetResult<undefined>;
  receiveFrom(socket: SocketId): Datagram | undefined;
  openPing(netns: NetnsId, owner: string): SocketId;
  sendEcho(
    socket: SocketId,
    to: IpAddress,
    echo: {
      readonly sequence: number;
      readonly bytes: number;
      readonly ttl?: number;
      readonly dontFragment?: boolean;
    },
  ): NetResult<undefined>;
  receiveEcho(socket: SocketId): EchoEvent | undefined;
  /** Gives a socket to another owner (a process hands it to its child). */
  setOwner(socket: SocketId, owner: string): void;
  socketInfo(socket: SocketId): SocketInfo | undefined;
  closeAll(owner: string): void;

  // Watching
  /** Every packet that a socket of this owner sends, and every answer to it, is kept in full until `takeTraces`. */
  traceOwner(owner: string): void;
  /**
   * What was traced since the last call, in the order the packets were sent. A packet still under way is
   * told of with fate `in-flight`, and told of again, under the same id, once it has arrived or died.
   */
  takeTraces(owner: string): readonly PacketTrace[];
  /** Stops `traceOwner` and forgets what was not taken. */
  untraceOwner(owner: string): void;
  /** The latest packets of all, oldest first, bounded. */
  recentTraces(): readonly PacketTrace[];
  /** `any` captures on every interface of the namespace. */
  openTap(netns: NetnsId, owner: string, interfaceName: string): SocketId;
  receiveFrame(tap: SocketId): CapturedFrame | undefined;
}

export interface LinkEnd {
  readonly netns: NetnsId;
  readonly name: string;
  readonly mac?: MacAddress;
}

/** Where things are wired: the network needs time, and someone to tell of socket events. */
export interface NetworkWiring {
  readonly simulation: Simulation;
  readonly onSocketEvent: SocketEventHandler;
}
