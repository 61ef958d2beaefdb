import type { Cidr, IpAddress } from '@podwire/netsim';
import { addressAt, formatAddress, parseCidr } from '../nodes/address.ts';

/** Allocations of one range, as host-local keeps them under /var/lib/cni/networks. Plain data. */
export interface HostLocalRange {
  /** Offset in the subnet of the address given out last; 0 before the first. */
  lastOffset: number;
  /** Address → container that holds it. */
  readonly holders: Map<IpAddress, string>;
}

export interface Allocation {
  /** With the subnet's prefix length, as the plugin's result carries it. */
  readonly cidrWithHost: string;
  readonly address: IpAddress;
  readonly gateway: IpAddress;
}

export type AllocationOutcome =
  { readonly ok: true; readonly allocation: Allocation } | { readonly ok: false; readonly message: string };

/** Addresses beyond this offset of a huge IPv6 range are never handed out: numbers stay exact. */
const LARGEST_OFFSET = 2 ** 48;

/**
 * The next free address after the one given out last, round the range (CNI7): an address that was
 * released is not used again before the range wraps.
 */
export function allocate(
  ranges: Map<Cidr, HostLocalRange>,
  subnet: Cidr,
  rangeIndex: number,
  holder: string,
): AllocationOutcome {
  const cidr = parseCidr(subnet);
  if (cidr === undefined) return { ok: false, message: `invalid CIDR address: ${subnet}` };
  const range = ranges.get(subnet) ?? { lastOffset: 0, holders: new Map<IpAddress, string>() };
  ranges.set(subnet, range);
  const hostBits = cidr.bits - cidr.prefixLength;
  // The network address is never used, and neither is IPv4's broadcast address.
  const end = Math.min(2 ** hostBits - (cidr.bits === 32 ? 2 : 1), LARGEST_OFFSET);
  const gatewayOffset = 1;
  let offset = range.lastOffset;
  // Every round skips a taken address or the gateway, so this many rounds meet a free one if there is any.
  for (let round = 0; round <= range.holders.size + 1; round++) {
    offset = offset >= end ? 1 : offset + 1;
    if (offset === gatewayOffset) offset++;
    if (offset > end) break;
    const address = addressAt(cidr, BigInt(offset));
    if (range.holders.has(address)) continue;
    range.lastOffset = offset;
    range.holders.set(address, holder);
    return {
      ok: true,
      allocation: {
        address,
        cidrWithHost: `${address}/${cidr.prefixLength}`,
        gateway: addressAt(cidr, BigInt(gatewayOffset)),
      },
    };
  }
  const span = `${addressAt(cidr, 1n)}-${formatAddress({ bits: cidr.bits, value: cidr.base + BigInt(end) })}`;
  return {
    ok: false,
    message: `failed to allocate for range ${rangeIndex}: no IP addresses available in range set: ${span}`,
  };
}

/** Gives back everything that the container holds. Doing it twice changes nothing. */
export function release(ranges: Map<Cidr, HostLocalRange>, holder: string): void {
  for (const range of ranges.values())
    for (const [address, container] of range.holders) if (container === holder) range.holders.delete(address);
}

/** The first address of a subnet, which the node keeps for itself. */
export function gatewayOf(subnet: Cidr): IpAddress | undefined {
  const cidr = parseCidr(subnet);
  return cidr === undefined ? undefined : addressAt(cidr, 1n);
}
