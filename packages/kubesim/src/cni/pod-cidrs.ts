import type { Cidr } from '@podwire/netsim';
import type { ClusterConfig } from '../config.ts';
import { formatCidr, parseCidr } from '../nodes/address.ts';
import { nodeAddress } from '../nodes/underlay.ts';
import type { PodRoute } from '../nodes/underlay.ts';

/** kube-controller-manager's defaults for --node-cidr-mask-size-ipv4 and -ipv6. */
const NODE_MASK_LENGTH = { 32: 24, 128: 64 } as const;

/**
 * `spec.podCIDRs` of the node at this place in the cluster, one a family, as the node IPAM controller
 * hands them out in order (CNI7).
 *
 * @throws RangeError when the cluster's range holds no block for it.
 */
export function podCidrsForNode(config: Pick<ClusterConfig, 'podCidrs'>, index: number): readonly Cidr[] {
  return config.podCidrs.map((text) => {
    const range = parseCidr(text);
    if (range === undefined) throw new RangeError(`"${text}" is no CIDR`);
    const prefixLength = Math.max(NODE_MASK_LENGTH[range.bits], range.prefixLength);
    const offset = BigInt(index) << BigInt(range.bits - prefixLength);
    if (offset >> BigInt(range.bits - range.prefixLength) !== 0n)
      throw new RangeError(`pod range ${text} has no block left for node ${index}`);
    return formatCidr({ bits: range.bits, base: range.base + offset, prefixLength });
  });
}

/** The way to every node's pods, for hosts that were told of them. IPv4: outside hosts have no other address. */
export function podRoutes(config: Pick<ClusterConfig, 'podCidrs' | 'nodes'>): readonly PodRoute[] {
  return config.nodes.flatMap((_node, index) =>
    podCidrsForNode(config, index)
      .filter((destination) => !destination.includes(':'))
      .map((destination) => ({ destination, via: nodeAddress(index) })),
  );
}
