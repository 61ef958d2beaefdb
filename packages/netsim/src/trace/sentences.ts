import { formatEndpoint } from '../packet/endpoints.ts';
import type { Endpoints } from '../trace.ts';

/** What a step says, as a code and up to two facts beside the interface, so that text is made only when someone reads it. */
export type Saying =
  | 'sent'
  | 'sent-raw'
  | 'rule-accept'
  | 'rule-drop'
  | 'rule-reject'
  | 'rule-note'
  | 'policy-drop'
  | 'policy-accept'
  | 'evaluation-limit'
  | 'missing-chain'
  | 'dnat-rule'
  | 'dnat-affinity'
  | 'snat-rule'
  | 'masquerade-rule'
  | 'source-port-taken'
  | 'nat-remembered-destination'
  | 'nat-remembered-source'
  | 'conntrack-full'
  | 'conntrack-invalid'
  | 'conntrack-clash'
  | 'route-direct'
  | 'route-via'
  | 'route-local'
  | 'no-route'
  | 'no-source-address'
  | 'neighbor-asked'
  | 'neighbor-failed'
  | 'neighbor-queue-full'
  | 'neighbor-table-full'
  | 'transmit-veth'
  | 'transmit-loopback'
  | 'transmit-down'
  | 'transmit-dummy'
  | 'peer-down'
  | 'link-full'
  | 'receive'
  | 'receive-down'
  | 'bridge-port'
  | 'bridge-flood'
  | 'bridge-up'
  | 'bridge-no-hairpin'
  | 'bridge-no-port'
  | 'bridge-dnat'
  | 'vxlan-wrap'
  | 'vxlan-unwrap'
  | 'vxlan-no-peer'
  | 'forward'
  | 'not-forwarding'
  | 'ttl'
  | 'too-big-told'
  | 'too-big-dropped'
  | 'martian-source'
  | 'martian-destination'
  | 'deliver-socket'
  | 'deliver-echo'
  | 'deliver-error'
  | 'deliver-unclaimed'
  | 'no-listener'
  | 'backlog-full'
  | 'receive-buffer-full'
  | 'no-reply-socket'
  | 'not-modelled'
  | 'too-many-steps';

export interface SaidFacts {
  readonly x: string | number | undefined;
  readonly y: string | number | undefined;
  readonly where: string;
  readonly interfaceName: string | undefined;
  readonly before: Endpoints;
  readonly after: Endpoints | undefined;
  readonly reason: string | undefined;
}

function fact(value: string | number | undefined): string {
  return value === undefined ? '' : String(value);
}

function destination(endpoints: Endpoints): string {
  return formatEndpoint(endpoints.destination, endpoints.destinationPort);
}

function source(endpoints: Endpoints): string {
  return formatEndpoint(endpoints.source, endpoints.sourcePort);
}

function because(facts: SaidFacts): string {
  return facts.reason === undefined ? '' : ` ${facts.reason}`;
}

/** One plain sentence or two for each saying. */
export const SENTENCES: Readonly<Record<Saying, (facts: SaidFacts) => string>> = {
  sent: ({ where, x, before }) => `${where} sends ${fact(x)} to ${destination(before)}.`,
  'sent-raw': ({ where, x, before }) =>
    `The network stack of ${where} answers with ${fact(x)} to ${destination(before)}.`,
  'rule-accept': (facts) => `A rule lets the packet pass.${because(facts)}`,
  'rule-drop': (facts) => `A rule drops the packet without an answer.${because(facts)}`,
  'rule-reject': (facts) => `A rule refuses the packet and answers with ${fact(facts.x)}.${because(facts)}`,
  'rule-note': (facts) => `A rule matches and changes nothing.${because(facts)}`,
  'policy-drop': ({ x }) =>
    `No rule of chain ${fact(x)} accepted the packet, and the chain's policy is drop.`,
  'policy-accept': ({ x }) => `The policy of chain ${fact(x)} accepts the packet.`,
  'evaluation-limit': ({ x }) =>
    `The rules of chain ${fact(x)} jump too deep or too often, so the packet is dropped.`,
  'missing-chain': ({ x }) =>
    `A rule jumps to chain ${fact(x)}, which does not exist, so the packet is dropped.`,
  'dnat-rule': (facts) =>
    `DNAT: the destination ${destination(facts.before)} becomes ${facts.after === undefined ? '' : destination(facts.after)}${facts.x === undefined ? '' : `, ${facts.x}`}${facts.y === undefined ? '' : ` (one of ${facts.y}, picked at random)`}.${because(facts)}`,
  'dnat-affinity': (facts) =>
    `DNAT: the destination ${destination(facts.before)} becomes ${facts.after === undefined ? '' : destination(facts.after)}${facts.x === undefined ? '' : `, ${facts.x}`}, the same as this client had before (session affinity).${because(facts)}`,
  'snat-rule': (facts) =>
    `SNAT: the source ${source(facts.before)} becomes ${facts.after === undefined ? '' : source(facts.after)}.${because(facts)}`,
  'masquerade-rule': (facts) =>
    `Masquerade: the source ${source(facts.before)} becomes ${facts.after === undefined ? '' : source(facts.after)}, the address of ${fact(facts.x)}.${because(facts)}`,
  'source-port-taken': ({ before, after }) =>
    `Another connection already uses ${source(before)} towards this destination, so the source becomes ${after === undefined ? '' : source(after)}.`,
  'nat-remembered-destination': ({ before, after }) =>
    `Conntrack knows this connection: the destination ${destination(before)} becomes ${after === undefined ? '' : destination(after)}.`,
  'nat-remembered-source': ({ before, after }) =>
    `Conntrack knows this connection: the source ${source(before)} becomes ${after === undefined ? '' : source(after)}.`,
  'conntrack-full': ({ x }) =>
    `The connection tracking table is full (${fact(x)} connections), so the packet is dropped.`,
  'conntrack-invalid': () => 'Connection tracking knows no connection that this packet could belong to.',
  'conntrack-clash': () => 'Another packet made the same connection first, so this one is dropped.',
  'route-direct': ({ x, interfaceName }) =>
    `Route ${fact(x)} dev ${fact(interfaceName)}: the destination is on the link of ${fact(interfaceName)}.`,
  'route-via': ({ x, y, interfaceName }) =>
    `Route ${fact(x)} via ${fact(y)} dev ${fact(interfaceName)}: the next hop is ${fact(y)}.`,
  'route-local': ({ x }) => `The destination ${fact(x)} is an address of this very host.`,
  'no-route': ({ where, before }) => `${where} has no route to ${before.destination}.`,
  'no-source-address': ({ x }) => `Interface ${fact(x)} has no address of this family to send from.`,
  'neighbor-asked': ({ x, y }) =>
    `The MAC address of ${fact(x)} is not known yet, so ${fact(y)} asks who has it.`,
  'neighbor-failed': ({ x, y }) => `Nobody on the link of ${fact(y)} answered for ${fact(x)}.`,
  'neighbor-queue-full': ({ x }) => `Too many packets already wait for the MAC address of ${fact(x)}.`,
  'neighbor-table-full': ({ x }) =>
    `The neighbour table is full (${fact(x)} entries), so nobody can be asked for the next hop.`,
  'transmit-veth': ({ x, y, interfaceName }) =>
    `Leaves through ${fact(interfaceName)}, whose other end is ${fact(x)} of ${fact(y)}.`,
  'transmit-loopback': () => 'Goes through the loopback interface.',
  'transmit-down': ({ x }) => `Interface ${fact(x)} is down.`,
  'transmit-dummy': ({ x }) => `Interface ${fact(x)} is a dummy: what is sent there is gone.`,
  'peer-down': ({ x }) => `The other end of ${fact(x)} is down or gone.`,
  'link-full': ({ x }) => `Too many packets are under way already; the queue of ${fact(x)} is full.`,
  receive: ({ x, where }) => `Arrives at ${fact(x)} of ${where}.`,
  'receive-down': ({ x }) => `Interface ${fact(x)} is down.`,
  'bridge-port': ({ x, y }) =>
    `Bridge ${fact(x)} knows the MAC address and sends the frame out of port ${fact(y)}.`,
  'bridge-flood': ({ x, y }) =>
    `Bridge ${fact(x)} does not know the MAC address and sends the frame out of every other port (${fact(y)}).`,
  'bridge-up': ({ x }) => `The frame is addressed to bridge ${fact(x)} itself, so the host routes it.`,
  'bridge-no-hairpin': ({ x, y }) =>
    `Bridge ${fact(x)} would have to send the frame back out of ${fact(y)}, the port it came from, and hairpin mode is off there.`,
  'bridge-no-port': ({ x }) => `Bridge ${fact(x)} has no port to send the frame out of.`,
  'bridge-dnat': ({ x }) =>
    `After DNAT the destination is on bridge ${fact(x)}, so the frame stays on the bridge.`,
  'vxlan-wrap': ({ x, y, interfaceName }) =>
    `VXLAN device ${fact(interfaceName)} wraps the frame into a UDP datagram to ${fact(x)}, port ${fact(y)}.`,
  'vxlan-unwrap': ({ x, y }) => `VXLAN device ${fact(x)} unwraps the frame that came from ${fact(y)}.`,
  'vxlan-no-peer': ({ x }) => `VXLAN device ${fact(x)} knows no remote end for this MAC address.`,
  forward: ({ where, x, y }) => `${where} forwards the packet from ${fact(x)} to ${fact(y)}.`,
  'not-forwarding': ({ where }) =>
    `${where} does not forward packets, and the destination is not one of its addresses.`,
  ttl: () => 'The packet has been through too many routers: its time to live ran out.',
  'too-big-told': ({ x, y }) =>
    `The packet has ${fact(x)} bytes, the link takes ${fact(y)}, and it must not be fragmented: the sender is told.`,
  'too-big-dropped': ({ x, y }) =>
    `The packet has ${fact(x)} bytes and the link takes ${fact(y)}: it is dropped, and nobody is told.`,
  'martian-source': ({ where, before }) =>
    `${before.source} is an address of ${where} itself, so a packet from outside with this source is dropped.`,
  'martian-destination': ({ before }) =>
    `${before.destination} is a loopback address and must not come from a link.`,
  'deliver-socket': ({ where, x }) => `${where} hands the packet to the process that ${fact(x)}.`,
  'deliver-echo': ({ where }) => `${where} answers the echo request.`,
  'deliver-error': ({ where, before }) => `${where} learns of the error from ${before.source}.`,
  'deliver-unclaimed': ({ where }) => `${where} has no socket that this packet concerns.`,
  'no-listener': ({ where, before }) =>
    `Nothing on ${where} listens on ${before.protocol.toUpperCase()} port ${fact(before.destinationPort)}.`,
  'backlog-full': ({ x }) =>
    `The listener's queue is full (${fact(x)} connections): the packet is dropped, and the client tries again.`,
  'receive-buffer-full': () => 'The receive buffer of the socket is full: the datagram is dropped.',
  'no-reply-socket': ({ where }) => `No process on ${where} waits for this answer any more.`,
  'not-modelled': ({ x }) => `${fact(x)} endpoints are not modelled: nothing answers.`,
  'too-many-steps': ({ x }) => `Only the first ${fact(x)} steps are kept.`,
};
