import type { IpAddress, TransportProtocol } from './packet.ts';

/** The addresses of a packet as one hop sees them. Ports are absent for ICMP. */
export interface Endpoints {
  readonly protocol: TransportProtocol | 'icmp';
  readonly source: IpAddress;
  readonly sourcePort?: number;
  readonly destination: IpAddress;
  readonly destinationPort?: number;
}

/** Where on its way a packet is. The five netfilter hooks keep their kernel names. */
export type TraceStage =
  | 'socket'
  | 'output'
  | 'route'
  | 'postrouting'
  | 'transmit'
  | 'bridge'
  | 'vxlan'
  | 'receive'
  | 'prerouting'
  | 'forward'
  | 'input'
  | 'neighbor'
  | 'conntrack';

export type TraceDecision =
  | 'send'
  | 'pass'
  | 'accept'
  | 'drop'
  | 'reject'
  | 'dnat'
  | 'snat'
  | 'masquerade'
  | 'route'
  | 'no-route'
  | 'forward'
  | 'deliver'
  | 'no-listener'
  | 'no-neighbor'
  | 'too-big'
  | 'ttl-exceeded';

/** The object and the field a rule was made from: what a person can change to change the decision. */
export interface RuleOrigin {
  /** `NetworkPolicy`, `Service`, `EndpointSlice`, `CNI`, `kube-proxy`… */
  readonly kind: string;
  readonly namespace?: string;
  readonly name: string;
  /** Path of the deciding field, for example `spec.ingress[0].from[1]`. */
  readonly field?: string;
  /** One plain sentence on why this rule is there, in the terms of the object. */
  readonly reason?: string;
}

/** One decision about one packet. */
export interface TraceStep {
  readonly atMs: number;
  /** Label of the network namespace, for example `node podwire-worker` or `pod default/web`. */
  readonly where: string;
  readonly stage: TraceStage;
  readonly interfaceName?: string;
  readonly decision: TraceDecision;
  /** The rule that decided, by table and chain, when one did. */
  readonly rule?: { readonly table: string; readonly chain: string; readonly text: string };
  readonly origin?: RuleOrigin;
  readonly before: Endpoints;
  /** Present where the step changed the addresses. */
  readonly after?: Endpoints;
  /** One plain sentence, for people. */
  readonly detail: string;
}

export type PacketFate = 'delivered' | 'dropped' | 'rejected' | 'in-flight';

/** The way of one packet, from the socket that sent it to where it ended. */
export interface PacketTrace {
  readonly packetId: number;
  /** What the packet is, as tcpdump would summarise it: `TCP SYN`, `UDP 42 bytes`, `ICMP echo request`. */
  readonly summary: string;
  readonly sentAtMs: number;
  /** The packet that this one answers (SYN-ACK, RST, ICMP error…), when known. */
  readonly inReplyTo?: number;
  readonly steps: readonly TraceStep[];
  readonly fate: PacketFate;
}
