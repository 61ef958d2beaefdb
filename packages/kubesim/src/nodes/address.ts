import { canonicalIp, formatIp, parseIp, parseCidr as readCidr } from '@podwire/netsim';
import type { Cidr, IpAddress, ParsedIp } from '@podwire/netsim';

/**
 * Addresses as numbers. IPv4 and IPv6 share one form, a bigint and a width, so that ranges, blocks and
 * allocators are written once. The network itself counts in words, which is faster; this is for arithmetic.
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

/** undefined when the text is no address. */
export function parseAddress(text: string): ParsedAddress | undefined {
  const parsed = parseIp(text);
  return parsed === undefined ? undefined : asNumber(parsed);
}

function asNumber({ version, words }: ParsedIp): ParsedAddress {
  const value = words.reduce((sum, word) => (sum << WORD_BITS) | BigInt(word), 0n);
  return { bits: version === 4 ? 32 : 128, value };
}

const WORD_BITS = 32n;
const WORD_MASK = 0xffffffffn;

/** Canonical text: dotted quad, or RFC 5952. */
export function formatAddress({ bits, value }: ParsedAddress): IpAddress {
  if (bits === 32) return formatIp({ version: 4, words: [Number(value)] });
  const words = [96n, 64n, 32n, 0n].map((shift) => Number((value >> shift) & WORD_MASK));
  return formatIp({ version: 6, words });
}

/** The canonical form of an address, or undefined when it is none. */
export function canonicalAddress(text: string): IpAddress | undefined {
  return canonicalIp(text);
}

/** The canonical form of a CIDR, host bits cleared, or undefined when it is none. */
export function canonicalCidr(text: string): Cidr | undefined {
  const parsed = parseCidr(text);
  return parsed === undefined ? undefined : formatCidr(parsed);
}

/** Host bits may be set, as Kubernetes allows in `ipBlock`; they are cleared. undefined when the text is no CIDR. */
export function parseCidr(text: string): ParsedCidr | undefined {
  const parsed = readCidr(text);
  if (parsed === undefined) return undefined;
  const { bits, value } = asNumber(parsed.network);
  return { bits, base: value, prefixLength: parsed.prefixLength };
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
