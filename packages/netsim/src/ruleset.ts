import type { Cidr, IpAddress, TransportProtocol } from './packet.ts';
import type { RuleOrigin } from './trace.ts';

/** The netfilter hooks in the order of a packet's way; the base chains of a hook run by ascending priority. */
export const HOOKS = ['prerouting', 'input', 'forward', 'output', 'postrouting'] as const;
export type Hook = (typeof HOOKS)[number];

/** nftables' standard priorities (nft(8)). Connection tracking itself runs at -200. */
export const PRIORITY = { raw: -300, mangle: -150, dstnat: -100, filter: 0, srcnat: 100 } as const;

export interface PortRange {
  readonly from: number;
  /** Inclusive. */
  readonly to: number;
}

/** Addresses by literal CIDRs, or by a named set of the same table; `not` turns it round. */
export interface AddressMatch {
  readonly cidrs?: readonly Cidr[];
  readonly set?: string;
  readonly not?: boolean;
}

/** All that is present must hold. An empty match holds for every packet. */
export interface Match {
  readonly source?: AddressMatch;
  readonly destination?: AddressMatch;
  readonly protocol?: TransportProtocol | 'icmp';
  readonly sourcePorts?: readonly PortRange[];
  readonly destinationPorts?: readonly PortRange[];
  /** Interface name; a trailing `*` matches by prefix. */
  readonly inInterface?: string;
  readonly outInterface?: string;
  readonly connectionState?: readonly ('new' | 'established' | 'related' | 'invalid')[];
  /** Whether the destination is an address of this network namespace (`fib daddr type local`). */
  readonly destinationIsLocal?: boolean;
  readonly sourceIsLocal?: boolean;
  /** `(packet mark & mask) === value`. */
  readonly mark?: { readonly value: number; readonly mask: number };
  /** Whether conntrack says that DNAT was applied to this connection (`ct status dnat`). */
  readonly dnated?: boolean;
}

export interface DnatTarget {
  readonly address: IpAddress;
  /** Absent: the port stays. */
  readonly port?: number;
  /** Shown in traces: which object this backend is, for example `pod default/web-1`. */
  readonly label?: string;
}

export type Action =
  | { readonly kind: 'accept' }
  | { readonly kind: 'drop' }
  /** TCP gets a RST, all else ICMP port unreachable, unless `with` says otherwise. */
  | { readonly kind: 'reject'; readonly with?: 'tcp-reset' | 'port-unreachable' | 'admin-prohibited' }
  | { readonly kind: 'jump'; readonly chain: string }
  | { readonly kind: 'goto'; readonly chain: string }
  | { readonly kind: 'return' }
  | { readonly kind: 'mark'; readonly set: number }
  /** Looks the packet's key up in a verdict map of the table: hit, jump to that chain; miss, go on. */
  | { readonly kind: 'vmap'; readonly map: string }
  /** One target at random; with affinity, the client's last target while it is fresh. */
  | {
      readonly kind: 'dnat';
      readonly targets: readonly DnatTarget[];
      readonly affinity?: { readonly name: string; readonly timeoutSeconds: number };
    }
  | { readonly kind: 'snat'; readonly address: IpAddress }
  /** Source becomes the outgoing interface's address. */
  | { readonly kind: 'masquerade' }
  /** Changes nothing and goes on; leaves a step in the trace with the rule's origin. */
  | { readonly kind: 'note' };

export interface Rule {
  readonly match: Match;
  readonly action: Action;
  readonly origin?: RuleOrigin;
  readonly comment?: string;
}

export interface Chain {
  readonly name: string;
  /** Base chains only. */
  readonly hook?: Hook;
  readonly priority?: number;
  readonly type?: 'filter' | 'nat';
  /** What befalls a packet that reaches the end of a base chain. Default accept. */
  readonly policy?: 'accept' | 'drop';
  readonly rules: readonly Rule[];
}

/** What a verdict map is keyed by; its entries join the parts with ` . ` as nft prints them, for example `10.96.0.1 . tcp . 443`. */
export type MapKeyPart = 'source' | 'destination' | 'protocol' | 'destinationPort';

export interface VerdictMap {
  readonly name: string;
  readonly key: readonly MapKeyPart[];
  readonly entries: ReadonlyMap<string, string>;
}

export interface AddressSet {
  readonly name: string;
  readonly elements: ReadonlySet<Cidr>;
}

/** An nftables table of one network namespace. Names are unique within it. */
export interface Table {
  readonly name: string;
  /** How nft names it with its family, `ip kube-proxy`; a bare name is of family inet. */
  readonly heading?: string;
  readonly chains: ReadonlyMap<string, Chain>;
  readonly sets: ReadonlyMap<string, AddressSet>;
  readonly maps: ReadonlyMap<string, VerdictMap>;
}

/** An incremental change, applied in order as one transaction: packets see all of it or none. */
export type RulesetChange =
  | { readonly op: 'put-table'; readonly table: Table }
  | { readonly op: 'delete-table'; readonly table: string }
  | { readonly op: 'put-chain'; readonly table: string; readonly chain: Chain }
  | { readonly op: 'delete-chain'; readonly table: string; readonly chain: string }
  | { readonly op: 'put-set'; readonly table: string; readonly set: AddressSet }
  | { readonly op: 'delete-set'; readonly table: string; readonly set: string }
  | { readonly op: 'put-map'; readonly table: string; readonly map: VerdictMap }
  | {
      readonly op: 'put-map-entry';
      readonly table: string;
      readonly map: string;
      readonly key: string;
      readonly chain: string;
    }
  | { readonly op: 'delete-map-entry'; readonly table: string; readonly map: string; readonly key: string };
