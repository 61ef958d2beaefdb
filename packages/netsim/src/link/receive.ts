import type { KeptConnection } from '../events.ts';
import { preroute, receiveIp, routeReceived } from '../ip/input.ts';
import { receiveNeighborMessage, sendToNeighbor } from '../ip/neighbor.ts';
import { refuse } from '../ip/output.ts';
import type { Kernel } from '../kernel.ts';
import { runHook } from '../netfilter/hooks.ts';
import type { Passage } from '../netfilter/passage.ts';
import { newPassage } from '../netfilter/passage.ts';
import { frameBytes } from '../packet/size.ts';
import type { EthernetFrame, IpPacket } from '../packet.ts';
import type { InterfaceState, NetnsState } from '../state.ts';
import { capture } from './taps.ts';
import {
  BROADCAST_MAC,
  MAC_AGE_MS,
  MAX_LEARNED_MACS,
  bridgeWay,
  endFrame,
  transmitBridge,
} from './transmit.ts';

/** A frame has come in by an interface. */
export function receiveFrame(
  kernel: Kernel,
  netns: NetnsState,
  link: InterfaceState,
  frame: EthernetFrame,
  kept: KeptConnection | undefined,
): void {
  const { payload } = frame;
  if (!link.up) {
    link.rxDropped++;
    if (payload.kind === 'ip')
      kernel.trace.step(payload, netns.label, 'receive', 'drop', 'receive-down', {
        interfaceName: link.name,
        x: link.name,
      });
    endFrame(kernel, frame, 'dropped');
    return;
  }
  countReceived(kernel, netns, link, frame);
  const bridge = link.master === undefined ? undefined : netns.interfaces.get(link.master);
  if (bridge !== undefined) {
    bridgeFrame(kernel, netns, bridge, link, frame);
    return;
  }
  if (frame.destination !== link.mac && frame.destination !== BROADCAST_MAC && link.kind !== 'loopback') {
    endFrame(kernel, frame, undefined);
    return;
  }
  if (payload.kind === 'ip') {
    if (link.kind !== 'loopback') traceArrival(kernel, netns, link, payload);
    receiveIp(kernel, netns, link, payload, kept);
  } else {
    receiveNeighborMessage(kernel, netns, link, frame, payload);
  }
}

function traceArrival(kernel: Kernel, netns: NetnsState, link: InterfaceState, packet: IpPacket): void {
  kernel.trace.step(packet, netns.label, 'receive', 'pass', 'receive', {
    interfaceName: link.name,
    x: link.name,
  });
}

function countReceived(kernel: Kernel, netns: NetnsState, link: InterfaceState, frame: EthernetFrame): void {
  if (netns.taps.length > 0) capture(kernel, netns, link, 'in', frame);
  link.rxPackets++;
  link.rxBytes += frameBytes(frame);
}

function learnMac(kernel: Kernel, bridge: InterfaceState, port: InterfaceState, frame: EthernetFrame): void {
  const { learned } = bridge;
  if (learned === undefined) return;
  const nowMs = kernel.simulation.nowMs;
  const known = learned.get(frame.source);
  if (known !== undefined) {
    known.port = port.name;
    known.seenMs = nowMs;
    return;
  }
  if (learned.size >= MAX_LEARNED_MACS) {
    for (const [mac, { seenMs }] of learned) if (nowMs - seenMs > MAC_AGE_MS) learned.delete(mac);
    if (learned.size >= MAX_LEARNED_MACS) return;
  }
  learned.set(frame.source, { port: port.name, seenMs: nowMs });
}

/** A bridge port has received a frame: up to the host, out of another port, or both. */
function bridgeFrame(
  kernel: Kernel,
  netns: NetnsState,
  bridge: InterfaceState,
  port: InterfaceState,
  frame: EthernetFrame,
): void {
  const { payload } = frame;
  if (!bridge.up) {
    if (payload.kind === 'ip')
      kernel.trace.step(payload, netns.label, 'receive', 'drop', 'receive-down', {
        interfaceName: bridge.name,
        x: bridge.name,
      });
    endFrame(kernel, frame, 'dropped');
    return;
  }
  learnMac(kernel, bridge, port, frame);
  if (payload.kind === 'neighbor') {
    if (frame.destination !== bridge.mac) transmitBridge(kernel, netns, bridge, frame, port);
    if (frame.destination === bridge.mac || frame.destination === BROADCAST_MAC) {
      countReceived(kernel, netns, bridge, frame);
      receiveNeighborMessage(kernel, netns, bridge, frame, payload);
    }
    return;
  }
  traceArrival(kernel, netns, port, payload);
  if (netns.bridgeNetfilter) bridgeThroughNetfilter(kernel, netns, bridge, port, frame, payload);
  else if (frame.destination === bridge.mac) passUp(kernel, netns, bridge, frame, payload);
  else transmitBridge(kernel, netns, bridge, frame, port);
}

function passUp(
  kernel: Kernel,
  netns: NetnsState,
  bridge: InterfaceState,
  frame: EthernetFrame,
  packet: IpPacket,
): void {
  countReceived(kernel, netns, bridge, frame);
  kernel.trace.step(packet, netns.label, 'bridge', 'pass', 'bridge-up', {
    interfaceName: bridge.name,
    x: bridge.name,
  });
  receiveIp(kernel, netns, bridge, packet, undefined);
}

/**
 * br_netfilter: packets that are only bridged meet the IP hooks too (net.bridge.bridge-nf-call-iptables=1).
 * PREROUTING comes first, whoever the frame is for. When DNAT there has changed the destination to one on
 * this same bridge, the frame stays on the bridge; to any other, the host routes it.
 */
function bridgeThroughNetfilter(
  kernel: Kernel,
  netns: NetnsState,
  bridge: InterfaceState,
  port: InterfaceState,
  frame: EthernetFrame,
  packet: IpPacket,
): void {
  const passage = newPassage(netns, packet);
  passage.inInterface = bridge.name;
  if (!preroute(kernel, passage)) return;
  const wasTranslated = passage.packet.destination !== packet.destination;
  const decision = wasTranslated ? kernel.views.topology(netns).route(passage.packet.destination) : undefined;
  if (wasTranslated && decision?.kind === 'remote' && decision.out === bridge) {
    kernel.trace.step(passage.packet, netns.label, 'bridge', 'pass', 'bridge-dnat', {
      interfaceName: bridge.name,
      x: bridge.name,
    });
    const mac = netns.neighbors.get(`${bridge.name} ${decision.nextHop}`)?.mac;
    if (mac === undefined) {
      // The bridge device asks for the address, and sends when it knows: the port is no longer told apart (br_nf_pre_routing_finish_bridge).
      if (bridgeHooks(kernel, passage, bridge))
        sendToNeighbor(kernel, netns, bridge, decision.nextHop, passage.packet);
      return;
    }
    bridgeOn(kernel, passage, bridge, port, {
      source: frame.source,
      destination: mac,
      payload: passage.packet,
    });
    return;
  }
  if (frame.destination === bridge.mac || wasTranslated) {
    countReceived(kernel, netns, bridge, frame);
    kernel.trace.step(passage.packet, netns.label, 'bridge', 'pass', 'bridge-up', {
      interfaceName: bridge.name,
      x: bridge.name,
    });
    routeReceived(kernel, passage, bridge);
    return;
  }
  bridgeOn(kernel, passage, bridge, port, { ...frame, payload: passage.packet });
}

/** FORWARD and POSTROUTING of a bridged packet, then out of the port. */
function bridgeOn(
  kernel: Kernel,
  passage: Passage,
  bridge: InterfaceState,
  port: InterfaceState,
  frame: EthernetFrame,
): void {
  const { netns } = passage;
  // A frame that no port may send is dropped before the hooks (should_deliver).
  if (bridgeWay(kernel, netns, bridge, frame, port).kind === 'no-hairpin') {
    transmitBridge(kernel, netns, bridge, Object.freeze(frame), port);
    return;
  }
  if (bridgeHooks(kernel, passage, bridge))
    transmitBridge(kernel, netns, bridge, Object.freeze({ ...frame, payload: passage.packet }), port);
}

function bridgeHooks(kernel: Kernel, passage: Passage, bridge: InterfaceState): boolean {
  passage.outInterface = bridge.name;
  for (const hook of ['forward', 'postrouting'] as const) {
    const verdict = runHook(kernel, hook, passage);
    if (verdict.kind === 'accept') continue;
    if (verdict.kind === 'reject') refuse(kernel, passage, verdict.with);
    else kernel.trace.end(passage.packet, 'dropped');
    return false;
  }
  return true;
}
