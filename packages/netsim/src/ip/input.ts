import { isLoopback } from '../address/ip.ts';
import type { KeptConnection } from '../events.ts';
import type { Kernel } from '../kernel.ts';
import { runHook } from '../netfilter/hooks.ts';
import type { Passage } from '../netfilter/passage.ts';
import { newPassage } from '../netfilter/passage.ts';
import { packetBytes } from '../packet/size.ts';
import type { IpPacket } from '../packet.ts';
import type { InterfaceState, NetnsState } from '../state.ts';
import { receiveSegment } from '../tcp/input.ts';
import { receiveDatagram } from '../udp/input.ts';
import { receiveIcmp } from '../icmp/input.ts';
import { postroute, refuse, sendError, traceRoute } from './output.ts';

/** A packet has come in by an interface. */
export function receiveIp(
  kernel: Kernel,
  netns: NetnsState,
  link: InterfaceState,
  packet: IpPacket,
  kept: KeptConnection | undefined,
): void {
  const passage = newPassage(netns, packet);
  passage.inInterface = link.name;
  if (kept !== undefined) restore(passage, kept);
  if (preroute(kernel, passage)) routeReceived(kernel, passage, link);
}

/** What went through the loopback still has the connection it had on the way out. */
function restore(passage: Passage, kept: KeptConnection): void {
  passage.tracked = true;
  passage.track = kept.track;
  passage.direction = kept.direction;
  passage.connection =
    kept.originalKey === undefined
      ? undefined
      : passage.netns.conntrack.byTuple.get(kept.originalKey)?.connection;
}

/** PREROUTING. False when the packet ended there. */
export function preroute(kernel: Kernel, passage: Passage): boolean {
  // A looped-back packet has had its destination decided at OUTPUT.
  const verdict = runHook(kernel, 'prerouting', passage);
  if (verdict.kind === 'accept') return true;
  if (verdict.kind === 'reject') refuse(kernel, passage, verdict.with);
  else kernel.trace.end(passage.packet, 'dropped');
  return false;
}

/** After PREROUTING: to a socket of this host, or onwards. */
export function routeReceived(kernel: Kernel, passage: Passage, link: InterfaceState): void {
  const { netns, packet } = passage;
  const topology = kernel.views.topology(netns);
  if (link.kind !== 'loopback' && isMartian(kernel, passage, link)) return;
  const decision = topology.route(packet.destination);
  if (decision?.kind === 'local') {
    deliver(kernel, passage);
    return;
  }
  if (!netns.forwarding) {
    kernel.trace.step(packet, netns.label, 'route', 'drop', 'not-forwarding', { interfaceName: link.name });
    kernel.trace.end(packet, 'dropped');
    return;
  }
  if (decision === undefined) {
    kernel.trace.step(packet, netns.label, 'route', 'no-route', 'no-route', { interfaceName: link.name });
    sendError(
      kernel,
      netns,
      packet,
      { kind: 'icmp', type: 'destination-unreachable', code: 'network', about: packet },
      passage,
    );
    kernel.trace.end(packet, 'dropped');
    return;
  }
  traceRoute(kernel, passage, decision);
  forward(kernel, passage, link, decision);
}

/** RFC 1812 section 5.3.7, as `fib_validate_source` and net.ipv4.conf.*.route_localnet judge it. */
function isMartian(kernel: Kernel, passage: Passage, link: InterfaceState): boolean {
  const { netns, packet } = passage;
  const topology = kernel.views.topology(netns);
  const saying =
    isLoopback(packet.destination) && !(netns.routeLocalnet && packet.version === 4)
      ? 'martian-destination'
      : topology.isLocal(packet.source)
        ? 'martian-source'
        : undefined;
  if (saying === undefined) return false;
  kernel.trace.step(packet, netns.label, 'route', 'drop', saying, { interfaceName: link.name });
  kernel.trace.end(packet, 'dropped');
  return true;
}

function forward(
  kernel: Kernel,
  passage: Passage,
  link: InterfaceState,
  decision: Extract<ReturnType<ReturnType<Kernel['views']['topology']>['route']>, { kind: 'remote' }>,
): void {
  const { netns, packet } = passage;
  const { out } = decision;
  if (packet.ttl <= 1) {
    kernel.trace.step(packet, netns.label, 'forward', 'ttl-exceeded', 'ttl', { interfaceName: link.name });
    sendError(kernel, netns, packet, { kind: 'icmp', type: 'time-exceeded', about: packet }, passage);
    kernel.trace.end(packet, 'dropped');
    return;
  }
  const bytes = packetBytes(packet);
  if (packet.dontFragment && bytes > out.mtuBytes) {
    kernel.trace.step(packet, netns.label, 'forward', 'too-big', 'too-big-told', {
      interfaceName: out.name,
      x: bytes,
      y: out.mtuBytes,
    });
    sendError(
      kernel,
      netns,
      packet,
      { kind: 'icmp', type: 'fragmentation-needed', mtuBytes: out.mtuBytes, about: packet },
      passage,
    );
    kernel.trace.end(packet, 'dropped');
    return;
  }
  passage.packet = Object.freeze({ ...packet, ttl: packet.ttl - 1 });
  passage.outInterface = out.name;
  const verdict = runHook(kernel, 'forward', passage);
  if (verdict.kind === 'drop') {
    kernel.trace.end(passage.packet, 'dropped');
    return;
  }
  if (verdict.kind === 'reject') {
    refuse(kernel, passage, verdict.with);
    return;
  }
  kernel.trace.step(passage.packet, netns.label, 'forward', 'forward', 'forward', {
    x: link.name,
    y: out.name,
  });
  postroute(kernel, passage, decision);
}

function deliver(kernel: Kernel, passage: Passage): void {
  const { netns } = passage;
  const verdict = runHook(kernel, 'input', passage);
  if (verdict.kind === 'drop') {
    kernel.trace.end(passage.packet, 'dropped');
    return;
  }
  if (verdict.kind === 'reject') {
    refuse(kernel, passage, verdict.with);
    return;
  }
  const { packet } = passage;
  const { transport } = packet;
  switch (transport.kind) {
    case 'tcp':
      receiveSegment(kernel, netns, packet, transport);
      return;
    case 'udp':
      receiveDatagram(kernel, netns, packet, transport);
      return;
    case 'icmp':
      receiveIcmp(kernel, netns, packet, transport);
      return;
    case 'sctp':
      // Linux without an SCTP socket answers protocol unreachable at best; a host that has none stays silent here.
      kernel.trace.step(packet, netns.label, 'input', 'no-listener', 'not-modelled', { x: 'SCTP' });
      kernel.trace.end(packet, 'dropped');
      return;
  }
}
