import type { IpAddress } from '@podwire/netsim';
import type { Node } from 'kubernetes-types/core/v1';

export function podCidrsOf(node: Node): readonly string[] {
  return node.spec?.podCIDRs ?? (node.spec?.podCIDR === undefined ? [] : [node.spec.podCIDR]);
}

export function internalAddresses(node: Node): readonly IpAddress[] {
  return (node.status?.addresses ?? []).flatMap(({ type, address }) =>
    type === 'InternalIP' ? [address] : [],
  );
}
