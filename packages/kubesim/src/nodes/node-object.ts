import type { Cidr, IpAddress } from '@podwire/netsim';
import type { Node } from 'kubernetes-types/core/v1';
import { canonicalAddress, canonicalCidr } from './address.ts';

/** What is no CIDR is left out: whoever may write Nodes can write anything there. */
export function podCidrsOf(node: Node): readonly Cidr[] {
  const texts = node.spec?.podCIDRs ?? (node.spec?.podCIDR === undefined ? [] : [node.spec.podCIDR]);
  return texts.flatMap((text) => canonicalCidr(text) ?? []);
}

/** What is no address is left out. */
export function internalAddresses(node: Node): readonly IpAddress[] {
  return (node.status?.addresses ?? []).flatMap(({ type, address }) =>
    type === 'InternalIP' ? (canonicalAddress(address) ?? []) : [],
  );
}
