import type { ObjectChange, SimulatedCluster } from '@podwire/kubesim';
import type { PacketTrace } from '@podwire/netsim';
import type { PacketTraceView, ServerEvent } from '@podwire/protocol';
import { TOPOLOGY_KINDS } from '@podwire/protocol';
import { TOPOLOGY_COLLECTIONS, topologyObject } from '../topology-objects.ts';
import type { TopologyChange, TopologyKind, TopologyObject } from '../topology-objects.ts';
import { requestJson } from './api-request.ts';

/** People see no more than this; a rollout makes hundreds of changes a second. */
const TOPOLOGY_INTERVAL_MS = 150;
const PACKETS_INTERVAL_MS = 250;
/** Summaries in one message; older ones of a burst are not told. */
const MAX_PACKETS_TOLD = 200;

export interface Seen {
  readonly topologySnapshot?: ServerEvent<'topology:snapshot'>;
  readonly topologyChanges?: ServerEvent<'topology:changes'>;
  readonly packets?: ServerEvent<'packets:recent'>;
}

/** Tells the live topology and the packets of late, no faster than people can see, and nothing while nobody looks. */
export class ClusterWatch {
  readonly #cluster: SimulatedCluster;
  /** Undefined: nobody looks. 'start': a snapshot is due. */
  #revision: number | 'start' | undefined;
  #topologyAtMs = 0;
  #lastPacketId: number | undefined;
  #packetsAtMs = 0;
  /** The cluster's clock when the packets were last looked at: nothing moves while it stands still. */
  #seenAtMs = -1;

  constructor(cluster: SimulatedCluster) {
    this.#cluster = cluster;
  }

  get watchesPackets(): boolean {
    return this.#lastPacketId !== undefined;
  }

  watchTopology(on: boolean): void {
    this.#revision = on ? 'start' : undefined;
    this.#topologyAtMs = 0;
  }

  watchPackets(on: boolean): void {
    this.#lastPacketId = on ? -1 : undefined;
    this.#packetsAtMs = 0;
    this.#seenAtMs = -1;
  }

  /** When a look is due although nothing else is, by the wall clock. */
  wakeAtMs(wallMs: number): number | undefined {
    if (this.#revision === 'start') return wallMs;
    const due = [
      this.#revision !== undefined && this.#hasChanges(this.#revision)
        ? this.#topologyAtMs + TOPOLOGY_INTERVAL_MS
        : undefined,
      this.#lastPacketId !== undefined && this.#seenAtMs !== this.#cluster.nowMs() && this.#hasPackets()
        ? this.#packetsAtMs + PACKETS_INTERVAL_MS
        : undefined,
    ].filter((at) => at !== undefined);
    return due.length === 0 ? undefined : Math.min(...due);
  }

  #hasChanges(revision: number): boolean {
    const changes = this.#cluster.changesSince(revision);
    return changes === undefined || changes.changes.length > 0;
  }

  #hasPackets(): boolean {
    const last = this.#cluster.recentPackets().at(-1);
    return last !== undefined && last.packetId > (this.#lastPacketId ?? Infinity);
  }

  take(wallMs: number): Seen | undefined {
    const seen = { ...this.#takeTopology(wallMs), ...this.#takePackets(wallMs) };
    return Object.keys(seen).length === 0 ? undefined : seen;
  }

  #takeTopology(wallMs: number): Seen | undefined {
    if (this.#revision === undefined || wallMs - this.#topologyAtMs < TOPOLOGY_INTERVAL_MS) return undefined;
    if (this.#revision === 'start') return this.#snapshot(wallMs);
    const since = this.#cluster.changesSince(this.#revision);
    // Compacted away: begin anew.
    if (since === undefined) return this.#snapshot(wallMs);
    if (since.changes.length === 0) return undefined;
    this.#revision = since.revision;
    this.#topologyAtMs = wallMs;
    const changes = since.changes.map(changeView).filter((change) => change !== undefined);
    return changes.length === 0 ? undefined : { topologyChanges: { revision: since.revision, changes } };
  }

  #snapshot(wallMs: number): Seen {
    const objects: TopologyObject[] = [];
    let revision = 0;
    for (const kind of TOPOLOGY_KINDS) {
      const { status, body } = requestJson(this.#cluster.api, 'GET', TOPOLOGY_COLLECTIONS[kind]);
      if (status !== 200 || typeof body !== 'object' || body === null) continue;
      const list = body as {
        readonly metadata?: { readonly resourceVersion?: string };
        readonly items?: readonly Record<string, unknown>[];
      };
      revision = Math.max(revision, Number(list.metadata?.resourceVersion ?? 0));
      for (const item of list.items ?? []) objects.push(topologyObject(kind, item));
    }
    this.#revision = revision;
    this.#topologyAtMs = wallMs;
    return { topologySnapshot: { revision, objects } };
  }

  #takePackets(wallMs: number): Seen | undefined {
    if (this.#lastPacketId === undefined || wallMs - this.#packetsAtMs < PACKETS_INTERVAL_MS)
      return undefined;
    if (this.#seenAtMs === this.#cluster.nowMs()) return undefined;
    this.#seenAtMs = this.#cluster.nowMs();
    const after = this.#lastPacketId;
    const fresh = this.#cluster.recentPackets().filter((packet) => packet.packetId > after);
    const last = fresh.at(-1);
    if (last === undefined) return undefined;
    this.#lastPacketId = last.packetId;
    this.#packetsAtMs = wallMs;
    return { packets: { packets: fresh.slice(-MAX_PACKETS_TOLD).map(packetSummary) } };
  }

  packet(packetId: number): PacketTraceView | undefined {
    const trace = this.#cluster.recentPackets().find((packet) => packet.packetId === packetId);
    return trace === undefined ? undefined : packetView(trace);
  }
}

function isTopologyKind(kind: string): kind is TopologyKind {
  return (TOPOLOGY_KINDS as readonly string[]).includes(kind);
}

function changeView(change: ObjectChange): TopologyChange | undefined {
  if (!isTopologyKind(change.kind)) return undefined;
  return {
    type: change.type,
    object: topologyObject(change.kind, change.object as unknown as Record<string, unknown>),
  };
}

/** Traces are plain data already; the wire's type is a mutable copy of theirs. */
export function packetView(trace: PacketTrace): PacketTraceView {
  return trace as unknown as PacketTraceView;
}

function packetSummary(trace: PacketTrace): ServerEvent<'packets:recent'>['packets'][number] {
  const addresses = trace.steps[0]?.before;
  const endpoint = (address: string | undefined, port: number | undefined): string =>
    address === undefined
      ? ''
      : port === undefined
        ? address
        : address.includes(':')
          ? `[${address}]:${port}`
          : `${address}:${port}`;
  return {
    packetId: trace.packetId,
    summary: trace.summary,
    from: endpoint(addresses?.source, addresses?.sourcePort),
    to: endpoint(addresses?.destination, addresses?.destinationPort),
    atMs: trace.sentAtMs,
    fate: trace.fate,
  };
}
