import type { KeptConnection } from '../events.ts';
import type { Kernel } from '../kernel.ts';
import { newPacket } from '../kernel.ts';
import { frameBytes, packetBytes } from '../packet/size.ts';
import type { EthernetFrame, IpPacket } from '../packet.ts';
import type { InterfaceState, NetnsState } from '../state.ts';
import type { TraceStage } from '../trace.ts';
import { capture } from './taps.ts';

export const BROADCAST_MAC = 'ff:ff:ff:ff:ff:ff';

const LOOPBACK_LATENCY_MS = 0.01;
/** The work of wrapping a frame, in virtual time. */
const VXLAN_LATENCY_MS = 0.005;
/** Frames on all links of one world: what keeps a flood or a loop of bridges from taking the memory. */
const MAX_FRAMES_IN_FLIGHT = 20_000;
/** A bridge forgets a MAC address it has not heard for so long (br_forward ageing_time, 300 s). */
export const MAC_AGE_MS = 300_000;
/** MAC addresses one bridge remembers (fdb_max_learned guards real ones likewise). */
export const MAX_LEARNED_MACS = 4096;

export function endFrame(
  kernel: Kernel,
  frame: EthernetFrame,
  fate: 'delivered' | 'dropped' | 'rejected' | undefined,
): void {
  if (frame.payload.kind === 'ip') kernel.trace.end(frame.payload, fate);
}

/** Sends a frame out of an interface. Nothing arrives before the simulation's next event. */
export function transmit(
  kernel: Kernel,
  netns: NetnsState,
  link: InterfaceState,
  frame: EthernetFrame,
  kept?: KeptConnection,
): void {
  const { payload } = frame;
  if (!link.up) {
    drop(kernel, netns, link, frame, 'transmit', 'transmit-down', link.name);
    return;
  }
  if (netns.taps.length > 0) capture(kernel, netns, link, 'out', frame);
  link.txPackets++;
  link.txBytes += frameBytes(frame);
  switch (link.kind) {
    case 'loopback':
      if (payload.kind === 'ip')
        kernel.trace.step(payload, netns.label, 'transmit', 'send', 'transmit-loopback', {
          interfaceName: link.name,
        });
      arrive(kernel, netns, link, netns.id, link.name, LOOPBACK_LATENCY_MS, frame, kept);
      return;
    case 'dummy':
      if (payload.kind === 'ip')
        kernel.trace.step(payload, netns.label, 'transmit', 'drop', 'transmit-dummy', {
          interfaceName: link.name,
          x: link.name,
        });
      endFrame(kernel, frame, 'dropped');
      return;
    case 'veth':
      transmitVeth(kernel, netns, link, frame);
      return;
    case 'bridge':
      transmitBridge(kernel, netns, link, frame, undefined);
      return;
    case 'vxlan':
      transmitVxlan(kernel, netns, link, frame);
      return;
  }
}

function drop(
  kernel: Kernel,
  netns: NetnsState,
  link: InterfaceState,
  frame: EthernetFrame,
  stage: TraceStage,
  saying:
    | 'transmit-down'
    | 'peer-down'
    | 'link-full'
    | 'too-big-dropped'
    | 'vxlan-no-peer'
    | 'bridge-no-port'
    | 'bridge-no-hairpin',
  x: string | number,
  y?: string | number,
): void {
  link.txDropped++;
  if (frame.payload.kind === 'ip') {
    const decision = saying === 'too-big-dropped' ? 'too-big' : 'drop';
    kernel.trace.step(frame.payload, netns.label, stage, decision, saying, {
      interfaceName: link.name,
      x,
      y,
    });
  }
  endFrame(kernel, frame, 'dropped');
}

function arrive(
  kernel: Kernel,
  netns: NetnsState,
  link: InterfaceState,
  toNetns: string,
  toName: string,
  latencyMs: number,
  frame: EthernetFrame,
  kept: KeptConnection | undefined,
): void {
  if (kernel.state.framesInFlight >= MAX_FRAMES_IN_FLIGHT) {
    drop(kernel, netns, link, frame, 'transmit', 'link-full', link.name);
    return;
  }
  kernel.state.framesInFlight++;
  kernel.schedule(
    latencyMs,
    Object.freeze({ kind: 'frame', netns: toNetns, interfaceName: toName, frame, kept }),
  );
}

function transmitVeth(kernel: Kernel, netns: NetnsState, link: InterfaceState, frame: EthernetFrame): void {
  const otherNetns = link.peer === undefined ? undefined : kernel.state.netns.get(link.peer.netns);
  const other = link.peer === undefined ? undefined : otherNetns?.interfaces.get(link.peer.name);
  if (other?.up !== true || otherNetns === undefined) {
    drop(kernel, netns, link, frame, 'transmit', 'peer-down', link.name);
    return;
  }
  const { payload } = frame;
  if (payload.kind !== 'ip') {
    arrive(kernel, netns, link, otherNetns.id, other.name, link.latencyMs, frame, undefined);
    return;
  }
  // A veth end does not take what is larger than its own MTU (is_skb_forwardable). What may be fragmented counts as if it were.
  if (payload.dontFragment && packetBytes(payload) > other.mtuBytes) {
    drop(kernel, netns, link, frame, 'transmit', 'too-big-dropped', packetBytes(payload), other.mtuBytes);
    return;
  }
  kernel.trace.step(payload, netns.label, 'transmit', 'send', 'transmit-veth', {
    interfaceName: link.name,
    x: other.name,
    y: otherNetns.label,
  });
  // The mark is the namespace's own (skb_scrub_packet).
  const crossing =
    payload.mark !== 0 && otherNetns !== netns
      ? { ...frame, payload: Object.freeze({ ...payload, mark: 0 }) }
      : frame;
  arrive(kernel, netns, link, otherNetns.id, other.name, link.latencyMs, Object.freeze(crossing), undefined);
}

/** Ports of a bridge that a frame from `from` may go out of. */
function floodPorts(
  netns: NetnsState,
  bridge: InterfaceState,
  from: InterfaceState | undefined,
): InterfaceState[] {
  const ports: InterfaceState[] = [];
  for (const port of netns.interfaces.values()) {
    if (port.master === bridge.name && port.up && (port !== from || port.hairpin)) ports.push(port);
  }
  return ports;
}

export type BridgeWay =
  | { readonly kind: 'port'; readonly port: InterfaceState }
  | { readonly kind: 'flood'; readonly ports: readonly InterfaceState[] }
  | { readonly kind: 'no-hairpin' };

/** Where a bridge sends a frame: the learned port, or every port when it has learned none (IEEE 802.1D section 7.7). */
export function bridgeWay(
  kernel: Kernel,
  netns: NetnsState,
  bridge: InterfaceState,
  frame: EthernetFrame,
  from: InterfaceState | undefined,
): BridgeWay {
  if (frame.destination !== BROADCAST_MAC) {
    const learned = bridge.learned?.get(frame.destination);
    const port =
      learned === undefined || kernel.simulation.nowMs - learned.seenMs > MAC_AGE_MS
        ? undefined
        : netns.interfaces.get(learned.port);
    if (port?.master === bridge.name && port.up)
      return port === from && !port.hairpin ? { kind: 'no-hairpin' } : { kind: 'port', port };
  }
  return { kind: 'flood', ports: floodPorts(netns, bridge, from) };
}

/** Sends a frame out of the ports of a bridge. `from` is the port it came in by; undefined when the host itself sends. */
export function transmitBridge(
  kernel: Kernel,
  netns: NetnsState,
  bridge: InterfaceState,
  frame: EthernetFrame,
  from: InterfaceState | undefined,
): void {
  const { payload } = frame;
  const way = bridgeWay(kernel, netns, bridge, frame, from);
  if (way.kind === 'no-hairpin') {
    drop(kernel, netns, bridge, frame, 'bridge', 'bridge-no-hairpin', bridge.name, from?.name ?? '');
    return;
  }
  if (way.kind === 'port') {
    if (payload.kind === 'ip')
      kernel.trace.step(payload, netns.label, 'bridge', 'pass', 'bridge-port', {
        interfaceName: bridge.name,
        x: bridge.name,
        y: way.port.name,
      });
    transmitPort(kernel, netns, way.port, frame);
    return;
  }
  if (way.ports.length === 0) {
    drop(kernel, netns, bridge, frame, 'bridge', 'bridge-no-port', bridge.name);
    return;
  }
  if (payload.kind === 'ip') {
    kernel.trace.step(payload, netns.label, 'bridge', 'pass', 'bridge-flood', {
      interfaceName: bridge.name,
      x: bridge.name,
      y: way.ports.length,
    });
    kernel.trace.copied(payload, way.ports.length - 1);
  }
  for (const port of way.ports) transmitPort(kernel, netns, port, frame);
}

/** A bridge drops what a port's MTU does not take, and tells nobody: it is no router (br_dev_queue_push_xmit). */
function transmitPort(kernel: Kernel, netns: NetnsState, port: InterfaceState, frame: EthernetFrame): void {
  const { payload } = frame;
  if (payload.kind === 'ip' && payload.dontFragment && packetBytes(payload) > port.mtuBytes) {
    drop(kernel, netns, port, frame, 'bridge', 'too-big-dropped', packetBytes(payload), port.mtuBytes);
    return;
  }
  transmit(kernel, netns, port, frame);
}

/** Wraps a frame for each remote end that it concerns (RFC 7348 section 4). */
function transmitVxlan(kernel: Kernel, netns: NetnsState, link: InterfaceState, frame: EthernetFrame): void {
  const { vxlan } = link;
  if (vxlan === undefined) throw new Error(`VXLAN interface ${link.name} has no tunnel`);
  const peer = vxlan.peers.get(frame.destination);
  const remotes =
    peer !== undefined
      ? [peer.remote]
      : frame.destination === BROADCAST_MAC
        ? [...new Set([...vxlan.peers.values()].map(({ remote }) => remote))]
        : [];
  if (remotes.length === 0) {
    drop(kernel, netns, link, frame, 'vxlan', 'vxlan-no-peer', link.name);
    return;
  }
  const { payload } = frame;
  if (payload.kind === 'ip') {
    kernel.trace.copied(payload, remotes.length - 1);
    for (const remote of remotes)
      kernel.trace.step(payload, netns.label, 'vxlan', 'send', 'vxlan-wrap', {
        interfaceName: link.name,
        x: remote,
        y: vxlan.port,
      });
  }
  for (const remote of remotes) {
    const outer = wrap(kernel, frame, vxlan.local, remote, vxlan.port, vxlan.vni);
    kernel.schedule(
      VXLAN_LATENCY_MS,
      Object.freeze({ kind: 'encapsulated', netns: netns.id, packet: outer }),
    );
  }
}

function wrap(
  kernel: Kernel,
  frame: EthernetFrame,
  local: string,
  remote: string,
  port: number,
  vni: number,
): IpPacket {
  const { payload } = frame;
  const inner =
    payload.kind === 'ip' && payload.mark !== 0
      ? Object.freeze({ ...frame, payload: Object.freeze({ ...payload, mark: 0 }) })
      : frame;
  const outer = newPacket(kernel, {
    version: local.includes(':') ? 6 : 4,
    source: local,
    destination: remote,
    dontFragment: false,
    transport: {
      kind: 'udp',
      sourcePort: flowPort(frame),
      destinationPort: port,
      data: NO_DATA,
      encapsulated: Object.freeze({ vni, frame: inner }),
    },
  });
  // The outer packet goes by the name of the inner one, so that its way is part of the same trace.
  return payload.kind === 'ip' ? Object.freeze({ ...outer, id: payload.id }) : outer;
}

const NO_DATA = new Uint8Array(0);

/** A source port by flow (RFC 7348 section 5), from Linux' ephemeral range. */
function flowPort(frame: EthernetFrame): number {
  const { payload } = frame;
  let hash = 0;
  const text = payload.kind === 'ip' ? `${payload.source} ${payload.destination}` : frame.source;
  for (let index = 0; index < text.length; index++) hash = (Math.imul(hash, 31) + text.charCodeAt(index)) | 0;
  const ports =
    payload.kind === 'ip' && payload.transport.kind !== 'icmp'
      ? payload.transport.sourcePort * 7 + payload.transport.destinationPort
      : 0;
  return 32_768 + (((hash ^ Math.imul(ports, 2_654_435_761)) >>> 0) % 28_232);
}
