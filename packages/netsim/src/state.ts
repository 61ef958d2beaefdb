import type { InterfaceInfo, NetnsId, Route, SocketId } from './network.ts';
import type { ConntrackState } from './netfilter/connection.ts';
import { newConntrackState } from './netfilter/connection.ts';
import type { IpAddress, IpPacket, MacAddress } from './packet.ts';
import type { AddressSet, Chain, VerdictMap } from './ruleset.ts';
import type { TcpConnection, TcpListener, TimeWait } from './tcp/state.ts';
import type { TraceStoreState } from './trace/store.ts';
import { newTraceStoreState } from './trace/store.ts';
import type { PingSocket, TapSocket, UdpSocket } from './udp/state.ts';

export interface InterfaceAddress {
  readonly address: IpAddress;
  readonly prefixLength: number;
}

/** What a bridge learned of a MAC address: the port it was last heard on. */
export interface LearnedMac {
  port: string;
  seenMs: number;
}

export interface VxlanState {
  readonly vni: number;
  readonly local: IpAddress;
  readonly port: number;
  /** MAC → remote VTEP. */
  readonly peers: Map<MacAddress, { readonly remote: IpAddress; readonly addresses: readonly IpAddress[] }>;
}

export interface InterfaceState {
  readonly index: number;
  readonly name: string;
  readonly kind: InterfaceInfo['kind'];
  readonly mac: MacAddress;
  mtuBytes: number;
  up: boolean;
  master: string | undefined;
  /** Whether the bridge may send a frame back out of this port. */
  hairpin: boolean;
  readonly peer: { readonly netns: NetnsId; readonly name: string } | undefined;
  readonly latencyMs: number;
  addresses: InterfaceAddress[];
  /** Bridges only. */
  readonly learned: Map<MacAddress, LearnedMac> | undefined;
  readonly vxlan: VxlanState | undefined;
  rxPackets: number;
  rxBytes: number;
  rxDropped: number;
  txPackets: number;
  txBytes: number;
  txDropped: number;
}

/** The states of neighbour unreachability detection (RFC 4861 section 7.3.2), as far as they are told apart here. */
export interface NeighborState {
  readonly address: IpAddress;
  readonly interfaceName: string;
  mac: MacAddress | undefined;
  state: 'REACHABLE' | 'STALE' | 'INCOMPLETE' | 'FAILED' | 'PERMANENT';
  confirmedMs: number;
  /** Requests sent since the last answer; 0 when none is awaited. */
  probes: number;
  /** Which round of probing a queued timer belongs to. */
  round: number;
  /** Packets that wait for the answer. */
  queue: IpPacket[];
}

/** A table as it can be changed in place. Chains and sets are frozen and shared by forks. */
export interface TableState {
  readonly name: string;
  readonly heading?: string;
  readonly chains: Map<string, Chain>;
  readonly sets: Map<string, AddressSet>;
  readonly maps: Map<string, VerdictMap & { readonly entries: Map<string, string> }>;
}

export interface AffinityEntry {
  readonly address: IpAddress;
  readonly port: number | undefined;
  expiresAtMs: number;
}

export interface NetnsState {
  readonly id: NetnsId;
  readonly label: string;
  readonly forwarding: boolean;
  readonly routeLocalnet: boolean;
  readonly bridgeNetfilter: boolean;
  readonly interfaces: Map<string, InterfaceState>;
  nextInterfaceIndex: number;
  routes: Route[];
  /** By `interface address`. */
  readonly neighbors: Map<string, NeighborState>;
  readonly tables: Map<string, TableState>;
  /** Connection tracking starts with the first rule set, as the kernel's does. */
  tracksConnections: boolean;
  readonly conntrack: ConntrackState;
  /** By `affinity name client`. */
  readonly affinity: Map<string, AffinityEntry>;
  /** By `local port remote port`. */
  readonly tcpConnections: Map<string, SocketId>;
  /** By `local port`. */
  readonly tcpListeners: Map<string, SocketId>;
  readonly timeWait: Map<string, TimeWait>;
  /** By `local port`, then one per connected socket by all four. */
  readonly udpSockets: Map<string, SocketId>;
  /** By ICMP identifier. */
  readonly pingSockets: Map<number, SocketId>;
  readonly taps: SocketId[];
  /** Path MTU by destination, learned from ICMP (RFC 1191). */
  readonly pathMtu: Map<IpAddress, { readonly mtuBytes: number; readonly expiresAtMs: number }>;
  /** Changes whenever addresses, links or routes do: what derived look-up tables are checked against. */
  topologyVersion: number;
  rulesetVersion: number;
}

export type SocketState = TcpConnection | TcpListener | UdpSocket | PingSocket | TapSocket;

/** All that the network of one world remembers: plain data, see `forkState`. */
export interface NetworkState {
  readonly netns: Map<NetnsId, NetnsState>;
  readonly sockets: Map<SocketId, SocketState>;
  /** Sockets of each owner that holds any. */
  readonly owned: Map<string, Set<SocketId>>;
  nextSocketId: SocketId;
  nextPacketId: number;
  nextMac: number;
  /** Frames on links right now. */
  framesInFlight: number;
  readonly traces: TraceStoreState;
}

export function newNetworkState(): NetworkState {
  return {
    netns: new Map(),
    sockets: new Map(),
    owned: new Map(),
    nextSocketId: 1,
    nextPacketId: 1,
    nextMac: 1,
    framesInFlight: 0,
    traces: newTraceStoreState(),
  };
}

export function newNetnsState(
  id: NetnsId,
  options: Pick<NetnsState, 'label' | 'forwarding' | 'bridgeNetfilter' | 'routeLocalnet'>,
): NetnsState {
  return {
    id,
    label: options.label,
    forwarding: options.forwarding,
    routeLocalnet: options.routeLocalnet,
    bridgeNetfilter: options.bridgeNetfilter,
    interfaces: new Map(),
    nextInterfaceIndex: 1,
    routes: [],
    neighbors: new Map(),
    tables: new Map(),
    tracksConnections: false,
    conntrack: newConntrackState(),
    affinity: new Map(),
    tcpConnections: new Map(),
    tcpListeners: new Map(),
    timeWait: new Map(),
    udpSockets: new Map(),
    pingSockets: new Map(),
    taps: [],
    pathMtu: new Map(),
    topologyVersion: 1,
    rulesetVersion: 1,
  };
}
