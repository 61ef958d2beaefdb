import type { IpAddress, TransportProtocol } from '@podwire/netsim';

/** One end of a connection: after DNAT and before masquerade (NP15, NP16). */
export interface ConnectionEnd {
  readonly address: IpAddress;
  /** Set when this end is the network stack of a node itself: a host process or a pod on the host network (NP24, NP25). */
  readonly node?: string;
}

export interface Connection {
  readonly source: ConnectionEnd;
  readonly destination: ConnectionEnd;
  readonly protocol: TransportProtocol | 'icmp';
  /** The destination's port; absent for ICMP. */
  readonly port?: number;
}

export interface PolicyRef {
  readonly namespace: string;
  readonly name: string;
}

/** Why one rule (or a policy without rules) did not allow the connection. */
export interface RuleMiss {
  readonly policy: PolicyRef;
  /** The field that kept it from matching, for example `spec.ingress[0].from[1].podSelector`. */
  readonly field: string;
  /** One clause in plain words. */
  readonly reason: string;
  /** How much of the rule held: a higher number is a nearer miss. */
  readonly nearness: number;
}

export type DirectionVerdict =
  /** The end that this direction protects is no pod, or NP24/NP26 exempts the connection. */
  | { readonly kind: 'exempt'; readonly reason: string }
  /** No policy isolates the pod in this direction. */
  | { readonly kind: 'not-isolated' }
  | { readonly kind: 'allowed'; readonly policy: PolicyRef; readonly field: string }
  | {
      readonly kind: 'denied';
      readonly isolatedBy: readonly PolicyRef[];
      /** Nearest first. */
      readonly misses: readonly RuleMiss[];
    };

/** NP1: allowed only when both directions allow it. */
export interface PolicyVerdict {
  readonly allowed: boolean;
  readonly egress: DirectionVerdict;
  readonly ingress: DirectionVerdict;
}
