import type { Connection } from './netfilter/connection.ts';
import type { Kernel } from './kernel.ts';
import type { Tuple } from './netfilter/connection.ts';
import type { ConntrackEntry, NeighborInfo, SocketInfo } from './network.ts';
import type { NetnsState, SocketState } from './state.ts';

/** After base_reachable_time a neighbour is stale until it is used and answers again. */
const REACHABLE_MS = 30_000;
const TIME_WAIT_SOCKET = 0;

function ends(tuple: Tuple): ConntrackEntry['original'] {
  return {
    source: { address: tuple.source, port: tuple.sourcePort },
    destination: { address: tuple.destination, port: tuple.destinationPort },
  };
}

export function conntrackEntries(netns: NetnsState, nowMs: number): readonly ConntrackEntry[] {
  const entries: ConntrackEntry[] = [];
  for (const { connection, direction } of netns.conntrack.byTuple.values())
    if (direction !== 'reply' && connection.expiresAtMs > nowMs) entries.push(entryOf(connection, nowMs));
  return entries;
}

function entryOf(connection: Connection, nowMs: number): ConntrackEntry {
  return {
    protocol: connection.original.protocol,
    ...(connection.tcpState === undefined ? {} : { state: connection.tcpState }),
    original: ends(connection.original),
    reply: ends(connection.reply),
    assured: connection.assured,
    replied: connection.replySeen,
    expiresInSeconds: Math.ceil((connection.expiresAtMs - nowMs) / 1000),
  };
}

/** Forgets the connections that `matches` names, and says how many. */
export function forgetConnections(
  netns: NetnsState,
  nowMs: number,
  matches: (entry: ConntrackEntry) => boolean,
): number {
  const { conntrack } = netns;
  const gone = new Set<Connection>();
  for (const { connection } of conntrack.byTuple.values())
    if (!gone.has(connection) && matches(entryOf(connection, nowMs))) gone.add(connection);
  for (const [key, { connection }] of [...conntrack.byTuple])
    if (gone.has(connection)) conntrack.byTuple.delete(key);
  conntrack.connections -= gone.size;
  return gone.size;
}

export function neighborInfos(netns: NetnsState, nowMs: number): readonly NeighborInfo[] {
  return [...netns.neighbors.values()].map((entry) => ({
    address: entry.address,
    interfaceName: entry.interfaceName,
    ...(entry.mac === undefined ? {} : { mac: entry.mac }),
    state: entry.state === 'REACHABLE' && nowMs - entry.confirmedMs > REACHABLE_MS ? 'STALE' : entry.state,
  }));
}

export function socketInfoOf(socket: SocketState): SocketInfo | undefined {
  const { id, owner } = socket;
  switch (socket.kind) {
    case 'tcp':
      return { id, owner, protocol: 'tcp', state: socket.state, local: socket.local, remote: socket.remote };
    case 'tcp-listener':
      return { id, owner, protocol: 'tcp', state: 'LISTEN', local: socket.local };
    case 'udp':
      return {
        id,
        owner,
        protocol: 'udp',
        state: socket.remote === undefined ? 'UNCONN' : 'ESTAB',
        local: socket.local,
        ...(socket.remote === undefined ? {} : { remote: socket.remote }),
      };
    case 'ping':
      return {
        id,
        owner,
        protocol: 'icmp',
        state: 'UNCONN',
        local: { address: '0.0.0.0', port: socket.identifier },
      };
    case 'tap':
      return undefined;
  }
}

/** What `ss` lists; connections in TIME-WAIT have no socket any more, so their id is 0. */
export function socketInfos(kernel: Kernel, netns: NetnsState): readonly SocketInfo[] {
  const infos: SocketInfo[] = [];
  for (const socket of kernel.state.sockets.values()) {
    const info = socket.netns === netns.id ? socketInfoOf(socket) : undefined;
    if (info !== undefined && info.state !== 'CLOSED') infos.push(info);
  }
  for (const waiting of netns.timeWait.values()) {
    if (waiting.expiresAtMs <= kernel.simulation.nowMs) continue;
    infos.push({
      id: TIME_WAIT_SOCKET,
      owner: waiting.owner,
      protocol: 'tcp',
      state: 'TIME-WAIT',
      local: waiting.local,
      remote: waiting.remote,
    });
  }
  return infos;
}
