import type { Cidr, IpAddress } from '@podwire/netsim';

/**
 * Addresses as numbers. IPv4 and IPv6 share one form, a bigint and a width, so that ranges, blocks and
 * allocators are written once.
 */
export interface ParsedAddress {
  readonly bits: 32 | 128;
  readonly value: bigint;
}

export interface ParsedCidr {
  readonly bits: 32 | 128;
  /** First address of the block: host bits are zero. */
  readonly base: bigint;
  readonly prefixLength: number;
}

/** Longest text of an address with a prefix (RFC 5952 forms stay below it): longer input is refused unread. */
const MAX_TEXT_LENGTH = 64;

/** undefined when the text is no address. Leading zeros in dotted quads are refused, as Go's netip does. */
export function parseAddress(text: string): ParsedAddress | undefined {
  if (text.length === 0 || text.length > MAX_TEXT_LENGTH) return undefined;
  if (!text.includes(':')) {
    const value = parseQuad(text);
    return value === undefined ? undefined : { bits: 32, value: BigInt(value) };
  }
  const value = parseIpv6(text);
  return value === undefined ? undefined : { bits: 128, value };
}

function parseQuad(text: string): number | undefined {
  const parts = text.split('.');
  if (parts.length !== 4) return undefined;
  let value = 0;
  for (const part of parts) {
    if (!/^(0|[1-9]\d{0,2})$/.test(part)) return undefined;
    const octet = Number(part);
    if (octet > 255) return undefined;
    value = value * 256 + octet;
  }
  return value;
}

function parseIpv6(text: string): bigint | undefined {
  const halves = text.split('::');
  if (halves.length > 2) return undefined;
  const head = parseGroups(halves[0] ?? '');
  const tail = halves.length === 2 ? parseGroups(halves[1] ?? '') : [];
  if (head === undefined || tail === undefined) return undefined;
  const missing = 8 - head.length - tail.length;
  if (halves.length === 2 ? missing < 1 : missing !== 0) return undefined;
  let value = 0n;
  for (const group of [...head, ...new Array<number>(missing).fill(0), ...tail])
    value = (value << 16n) | BigInt(group);
  return value;
}

function parseGroups(text: string): number[] | undefined {
  if (text === '') return [];
  const groups: number[] = [];
  const parts = text.split(':');
  for (const [index, part] of parts.entries()) {
    if (part.includes('.')) {
      const quad = index === parts.length - 1 ? parseQuad(part) : undefined;
      if (quad === undefined) return undefined;
      groups.push(quad >>> 16, quad & 0xffff);
    } else {
      if (!/^[0-9a-fA-F]{1,4}$/.test(part)) return undefined;
      groups.push(parseInt(part, 16));
    }
  }
  return groups.length > 8 ? undefined : groups;
}

/** Canonical text: dotted quad, or RFC 5952. */
export function formatAddress(address: ParsedAddress): IpAddress {
  if (address.bits === 32) {
    const value = Number(address.value);
    return [24, 16, 8, 0].map((shift) => (value >>> shift) & 0xff).join('.');
  }
  const groups: number[] = [];
  for (let shift = 112n; shift >= 0n; shift -= 16n) groups.push(Number((address.value >> shift) & 0xffffn));
  return formatGroups(groups);
}

/** RFC 5952 section 4.2: the longest run of at least two zero groups, the first of equals, becomes `::`. */
function formatGroups(groups: readonly number[]): string {
  let bestStart = -1;
  let bestLength = 1;
  let start = -1;
  for (const [index, group] of groups.entries()) {
    if (group !== 0) {
      start = -1;
      continue;
    }
    if (start < 0) start = index;
    const length = index - start + 1;
    if (length > bestLength) {
      bestStart = start;
      bestLength = length;
    }
  }
  const hex = groups.map((group) => group.toString(16));
  if (bestStart < 0) return hex.join(':');
  return `${hex.slice(0, bestStart).join(':')}::${hex.slice(bestStart + bestLength).join(':')}`;
}

/** The canonical form of an address, or undefined when it is none. */
export function canonicalAddress(text: string): IpAddress | undefined {
  const parsed = parseAddress(text);
  return parsed === undefined ? undefined : formatAddress(parsed);
}

/** Host bits may be set, as Kubernetes allows in `ipBlock`; they are cleared. undefined when the text is no CIDR. */
export function parseCidr(text: string): ParsedCidr | undefined {
  const slash = text.indexOf('/');
  if (slash < 0) return undefined;
  const address = parseAddress(text.slice(0, slash));
  const length = text.slice(slash + 1);
  if (address === undefined || !/^(0|[1-9]\d{0,2})$/.test(length)) return undefined;
  const prefixLength = Number(length);
  if (prefixLength > address.bits) return undefined;
  return { bits: address.bits, base: maskTo(address, prefixLength), prefixLength };
}

function maskTo(address: ParsedAddress, prefixLength: number): bigint {
  const hostBits = BigInt(address.bits - prefixLength);
  return (address.value >> hostBits) << hostBits;
}

export function formatCidr(cidr: ParsedCidr): Cidr {
  return `${formatAddress({ bits: cidr.bits, value: cidr.base })}/${cidr.prefixLength}`;
}

export function cidrContains(cidr: ParsedCidr, address: ParsedAddress): boolean {
  return cidr.bits === address.bits && maskTo(address, cidr.prefixLength) === cidr.base;
}

/** Whether the text form of an address lies in the text form of a block; false when either is malformed. */
export function isWithin(address: string, cidr: string): boolean {
  const parsedAddress = parseAddress(address);
  const parsedCidr = parseCidr(cidr);
  return parsedAddress !== undefined && parsedCidr !== undefined && cidrContains(parsedCidr, parsedAddress);
}

/** The address at this offset of the block; offset 1 is the usual gateway. */
export function addressAt(cidr: ParsedCidr, offset: bigint): IpAddress {
  return formatAddress({ bits: cidr.bits, value: cidr.base + offset });
}

/** `address/32` or `address/128`. */
export function hostCidr(address: IpAddress): Cidr {
  return `${address}/${address.includes(':') ? 128 : 32}`;
}

/** `0.0.0.0/0` or `::/0`, by the family of the address. */
export function anyCidr(address: IpAddress): Cidr {
  return address.includes(':') ? '::/0' : '0.0.0.0/0';
}

export function sameFamily(left: string, right: string): boolean {
  return left.includes(':') === right.includes(':');
}

/**
 * The block without the excepted blocks, as blocks. Each exception splits at most as often as the
 * family has bits, so the result holds at most `bits` blocks an exception.
 */
export function subtractCidrs(block: ParsedCidr, exceptions: readonly ParsedCidr[]): readonly ParsedCidr[] {
  let remaining: readonly ParsedCidr[] = [block];
  for (const exception of exceptions) remaining = remaining.flatMap((part) => subtractOne(part, exception));
  return remaining;
}

function subtractOne(block: ParsedCidr, exception: ParsedCidr): readonly ParsedCidr[] {
  if (block.bits !== exception.bits) return [block];
  if (
    cidrContains(exception, { bits: block.bits, value: block.base }) &&
    exception.prefixLength <= block.prefixLength
  )
    return [];
  if (!cidrContains(block, { bits: block.bits, value: exception.base })) return [block];
  const parts: ParsedCidr[] = [];
  for (let length = block.prefixLength + 1; length <= exception.prefixLength; length++) {
    // The sibling of the half that holds the exception stays whole.
    const flip = 1n << BigInt(block.bits - length);
    const half = maskTo({ bits: block.bits, value: exception.base }, length);
    parts.push({ bits: block.bits, base: half ^ flip, prefixLength: length });
  }
  return parts;
}
