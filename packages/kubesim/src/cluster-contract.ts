import type { RecordType } from './dns/records.ts';
import type { ShownCertificate } from './probe/secure-page.ts';
import type { DnsAnswer } from './probe/dns-answer.ts';
import type { ExecHandle, FileSystem, ProgramRegistry, SpawnFailure, TerminalHandle } from '@podwire/machine';
import type { PacketTrace, TransportProtocol } from '@podwire/netsim';
import type { RunLimits, RunOutcome } from '@podwire/sim';
import type { ApiTransport } from './api/http.ts';
import type { ObjectChange } from './api/client.ts';
import type { ComponentName } from './component.ts';
import type { ClusterConfig } from './config.ts';

/** Where a probe starts, or where a terminal opens. */
export type Place =
  | { readonly kind: 'pod'; readonly namespace: string; readonly name: string; readonly container?: string }
  | { readonly kind: 'node'; readonly name: string }
  /** The learner's own machine, on the nodes' network but outside the cluster. */
  | { readonly kind: 'toolbox' }
  /** A host elsewhere, with this source address, reached through the nodes' network. */
  | { readonly kind: 'outside'; readonly address: string };

export interface ProbeRequest {
  readonly from: Place;
  /** A pod, a Service, a DNS name or an address. */
  readonly to:
    | { readonly kind: 'pod'; readonly namespace: string; readonly name: string }
    | { readonly kind: 'service'; readonly namespace: string; readonly name: string }
    | { readonly kind: 'host'; readonly host: string };
  readonly port: number;
  readonly protocol: TransportProtocol | 'icmp';
  readonly timeoutMs: number;
  /** TCP only: asks for this page over HTTP/1.1 once connected, and gives the answer back. */
  readonly http?: {
    readonly path: string;
    readonly host: string;
    readonly headers?: Readonly<Record<string, string>>;
    /** Over TLS, as whoever dials this name or address asks; the server may show any certificate. */
    readonly tls?: { readonly host: string };
  };
  /** TCP with `http` only: the connection is left alone for so long before the page is asked for. */
  readonly pauseMs?: number;
  /** ICMP only: bytes after the echo's header, and whether the packet may be cut on its way. */
  readonly payloadBytes?: number;
  readonly dontFragment?: boolean;
  /** Nothing but a look-up of `to.host`, for records of this type, by the place's resolver. */
  readonly lookUp?: RecordType;
}

/** What a client would have seen. TCP: handshake; UDP: an answer to a datagram; ICMP: an echo reply. */
export type ProbeVerdict =
  | 'open'
  | 'refused'
  | 'timed-out'
  | 'unreachable'
  | 'name-not-found'
  | 'no-such-source'
  | 'no-such-destination';

export interface ProbeResult {
  readonly verdict: ProbeVerdict;
  /** The address that was dialled, after any name was looked up. */
  readonly dialled?: { readonly address: string; readonly port: number };
  /** Where the connection ended after NAT, and whose it is: `pod default/web`. */
  readonly reached?: { readonly address: string; readonly port: number; readonly owner?: string };
  /** The client's address as the server saw it. */
  readonly sourceSeen?: string;
  /** The answer to `ProbeRequest.http`, when one came. */
  readonly http?: {
    readonly status: number;
    readonly body: string;
    readonly headers?: Readonly<Record<string, string>>;
  };
  /** What the server showed, of a page over TLS. */
  readonly certificate?: ShownCertificate;
  /** What `ProbeRequest.lookUp` found. */
  readonly dns?: DnsAnswer;
  readonly durationMs: number;
  /** Every packet of the probe, in order: the request, its answer, what was retried. The name's look-up first, where one was needed. */
  readonly packets: readonly PacketTrace[];
  /** One sentence: why it ended so, naming the object and the field that decided. */
  readonly because: string;
}

/** A cluster at one moment. It does not change, whatever becomes of the cluster that it was taken of. */
export interface ClusterSnapshot {
  /** The cluster's clock, ms since the epoch. */
  readonly atMs: number;
  /** About what it takes of memory beside what it shares with the cluster and its other snapshots. */
  readonly bytes: number;
  /** A cluster of its own that goes on from here. */
  restore(): SimulatedCluster;
}

/** What one simulated cluster offers to those outside it. Everything is synchronous; time moves only in `run`. */
export interface SimulatedCluster {
  readonly config: ClusterConfig;
  readonly api: ApiTransport;
  nowMs(): number;
  nextEventMs(): number | undefined;
  run(limits: RunLimits): RunOutcome;
  /**
   * The time until which nothing happens but upkeep (heartbeats, probes that pass) unless something comes in;
   * Infinity when that is for ever. undefined: it is at work, or somebody would notice the upkeep.
   */
  restsUntilMs(): number | undefined;
  /** Lets time pass in which it rests, at no cost. The time is at most `restsUntilMs()`. */
  skipTo(untilMs: number): void;
  /** Runs until pods, endpoints, rules and names have settled, or `limitMs` of virtual time have passed. */
  settle(limitMs: number): boolean;
  openTerminal(
    place: Place,
    options: { readonly columns: number; readonly rows: number; readonly argv?: readonly string[] },
  ):
    | { readonly ok: true; readonly handle: TerminalHandle }
    | { readonly ok: false; readonly reason: SpawnFailure | 'no-such-place' };
  exec(
    place: Place,
    argv: readonly string[],
  ):
    | { readonly ok: true; readonly handle: ExecHandle }
    | { readonly ok: false; readonly reason: SpawnFailure | 'no-such-place' };
  /**
   * The same by programs of our own in the network of the place: nothing in the cluster can stand in for them.
   * They are ended after `limitMs` of virtual time. `files`: put into its home folder first.
   */
  execTrusted(
    place: Place,
    argv: readonly string[],
    limitMs: number,
    files?: ReadonlyMap<string, string>,
  ):
    | { readonly ok: true; readonly handle: ExecHandle }
    | { readonly ok: false; readonly reason: SpawnFailure | 'no-such-place' };
  /** The files of a container that runs, of a node or of the toolbox; undefined when there is no such place. */
  filesAt(place: Place): FileSystem | undefined;
  /** Files of the learner's toolbox: what the editor opens and saves. */
  toolboxFiles(): FileSystem;
  /** Starts a probe by trusted code that no container can shadow; the result comes when the virtual clock has run far enough. */
  startProbe(request: ProbeRequest): { result(): ProbeResult | undefined; cancel(): void };
  /** Changes of objects since a revision, for the live topology; undefined when that revision was compacted. */
  changesSince(
    revision: number,
  ): { readonly revision: number; readonly changes: readonly ObjectChange[] } | undefined;
  stopComponent(name: ComponentName): boolean;
  startComponent(name: ComponentName): boolean;
  components(): readonly { readonly name: ComponentName; readonly running: boolean }[];
  /** Packets of late, oldest first, bounded. */
  recentPackets(): readonly PacketTrace[];
  /** This moment, to come back to; undefined when it cannot be forked either. */
  snapshot(): ClusterSnapshot | undefined;
  /** An independent copy at this moment, or undefined while generator tasks run: replay then. */
  fork(): SimulatedCluster | undefined;
  /**
   * A copy in which shells, and what was started from them, have ended; what pods and nodes run goes on. undefined
   * when a generator is what a container is for.
   */
  forkWithoutPrograms(): SimulatedCluster | undefined;
}

export interface ClusterOptions {
  readonly config: ClusterConfig;
  /** Interactive programs (sh, kubectl, curl…) by name; the shell package provides them. */
  readonly programs: ProgramRegistry;
}
