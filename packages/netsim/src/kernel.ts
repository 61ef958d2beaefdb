import type { Simulation } from '@podwire/sim';
import type { SocketEvent, SocketId } from './network.ts';
import type { Transport, IpAddress, IpPacket } from './packet.ts';
import type { NetnsState, NetworkState } from './state.ts';
import type { TraceStore } from './trace/store.ts';
import type { NetnsViews } from './ip/views.ts';
import type { NetEvent } from './events.ts';

/** What every part of the network's behaviour works with. Made anew over a forked state. */
export interface Kernel {
  readonly state: NetworkState;
  readonly simulation: Simulation;
  readonly trace: TraceStore;
  readonly views: NetnsViews;
  schedule(delayMs: number, event: NetEvent): void;
  /** Announces an event to the socket's owner: not now, but as the next thing in the simulation. */
  notify(
    socket: { readonly id: SocketId; readonly announced: Set<SocketEvent['kind']> },
    event: SocketEvent,
  ): void;
}

/** RFC 1700's recommended TTL, and Linux' default (net.ipv4.ip_default_ttl). */
export const DEFAULT_TTL = 64;

export interface PacketFields {
  readonly version: 4 | 6;
  readonly source: IpAddress;
  readonly destination: IpAddress;
  readonly transport: Transport;
  readonly dontFragment: boolean;
  readonly ttl?: number | undefined;
}

export function newPacket(kernel: Kernel, fields: PacketFields): IpPacket {
  return Object.freeze({
    kind: 'ip',
    version: fields.version,
    source: fields.source,
    destination: fields.destination,
    ttl: fields.ttl ?? DEFAULT_TTL,
    dontFragment: fields.dontFragment,
    transport: Object.freeze(fields.transport),
    id: kernel.state.nextPacketId++,
    mark: 0,
  });
}

/** @throws Error for an unknown namespace: a broken invariant of the caller. */
export function netnsOf(kernel: Kernel, id: string): NetnsState {
  const netns = kernel.state.netns.get(id);
  if (netns === undefined) throw new Error(`there is no network namespace "${id}"`);
  return netns;
}
