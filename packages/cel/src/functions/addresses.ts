import { CelFailure, noSuchOverload } from '../problems.ts';
import type { CelOpaque, CelValue } from '../values.ts';
import type { Library } from './function.ts';
import { expectArguments, textArgument } from './function.ts';

/** An address of either family, as its bits. */
interface Address {
  readonly bits: 32 | 128;
  readonly value: bigint;
}

class Ip implements CelOpaque {
  readonly opaque = 'net.IP';
  readonly address: Address;

  constructor(address: Address) {
    this.address = address;
  }

  equals(other: CelOpaque): boolean {
    return (
      other instanceof Ip &&
      other.address.bits === this.address.bits &&
      other.address.value === this.address.value
    );
  }

  toText(): string {
    return formatAddress(this.address);
  }
}

class Cidr implements CelOpaque {
  readonly opaque = 'net.CIDR';
  readonly address: Address;
  readonly prefix: number;

  constructor(address: Address, prefix: number) {
    this.address = address;
    this.prefix = prefix;
  }

  equals(other: CelOpaque): boolean {
    return other instanceof Cidr && other.toText() === this.toText();
  }

  toText(): string {
    return `${formatAddress(this.address)}/${this.prefix}`;
  }

  masked(): bigint {
    const host = BigInt(this.address.bits - this.prefix);
    return (this.address.value >> host) << host;
  }

  covers(address: Address): boolean {
    const host = BigInt(this.address.bits - this.prefix);
    return address.bits === this.address.bits && address.value >> host === this.address.value >> host;
  }
}

function parseV4(text: string): bigint | undefined {
  const parts = text.split('.');
  if (parts.length !== 4) return undefined;
  let value = 0n;
  for (const part of parts) {
    if (!/^(?:0|[1-9]\d{0,2})$/.test(part) || Number(part) > 255) return undefined;
    value = value * 256n + BigInt(part);
  }
  return value;
}

function groupsOf(text: string): bigint[] | undefined {
  if (text === '') return [];
  const groups: bigint[] = [];
  for (const part of text.split(':')) {
    if (!/^[0-9a-fA-F]{1,4}$/.test(part)) return undefined;
    groups.push(BigInt(`0x${part}`));
  }
  return groups;
}

function parseV6(text: string): bigint | undefined {
  let rest = text;
  const dotted = /(?:^|:)(\d+\.\d+\.\d+\.\d+)$/.exec(text)?.[1];
  if (dotted !== undefined) {
    const low = parseV4(dotted);
    if (low === undefined) return undefined;
    rest = `${text.slice(0, text.length - dotted.length)}${(low >> 16n).toString(16)}:${(low & 0xffffn).toString(16)}`;
  }
  const halves = rest.split('::');
  if (halves.length > 2) return undefined;
  const head = groupsOf(halves[0] ?? '');
  const tail = halves.length === 2 ? groupsOf(halves[1] ?? '') : [];
  if (head === undefined || tail === undefined) return undefined;
  const missing = 8 - head.length - tail.length;
  if (halves.length === 2 ? missing < 1 : missing !== 0) return undefined;
  const groups = [...head, ...Array.from({ length: missing }, () => 0n), ...tail];
  return groups.reduce((value, group) => (value << 16n) | group, 0n);
}

const MAPPED = 0xffffn;

function parseAddress(text: string): Address | undefined {
  const four = parseV4(text);
  if (four !== undefined) return { bits: 32, value: four };
  const six = text.includes(':') ? parseV6(text) : undefined;
  return six === undefined ? undefined : { bits: 128, value: six };
}

/** @throws CelFailure with netip's words */
function requireAddress(text: string): Address {
  if (text.includes('%'))
    throw new CelFailure(`IP address ${JSON.stringify(text)} with zone value is not allowed`);
  const address = parseAddress(text);
  if (address === undefined)
    throw new CelFailure(
      `IP Address ${JSON.stringify(text)} parse error during conversion from string: ParseAddr(${JSON.stringify(text)}): unable to parse IP`,
    );
  if (address.bits === 128 && address.value >> 32n === MAPPED)
    throw new CelFailure(`IPv4-mapped IPv6 address ${JSON.stringify(text)} is not allowed`);
  return address;
}

function parseCidr(text: string): Cidr | undefined {
  const [address = '', prefix = '', extra] = text.split('/');
  const parsed = parseAddress(address);
  if (parsed === undefined || extra !== undefined || !/^(?:0|[1-9]\d{0,2})$/.test(prefix)) return undefined;
  return Number(prefix) > parsed.bits ? undefined : new Cidr(parsed, Number(prefix));
}

/** Whether an address lies in a block, as `containsIP` says; false when either text is none. */
export function blockContains(block: string, address: string): boolean {
  const parsed = parseAddress(address);
  return parsed !== undefined && parseCidr(block)?.covers(parsed) === true;
}

function requireCidr(text: string): Cidr {
  const cidr = parseCidr(text);
  if (cidr === undefined)
    throw new CelFailure(
      `network address parse error during conversion from string: netip.ParsePrefix(${JSON.stringify(text)}): ${text.includes('/') ? 'ParseAddr failed' : "no '/'"}`,
    );
  if (cidr.address.bits === 128 && cidr.address.value >> 32n === MAPPED)
    throw new CelFailure(`IPv4-mapped IPv6 address ${JSON.stringify(text)} is not allowed`);
  return cidr;
}

/** RFC 5952. */
function formatAddress({ bits, value }: Address): string {
  if (bits === 32) return [24n, 16n, 8n, 0n].map((shift) => String((value >> shift) & 0xffn)).join('.');
  const groups = Array.from({ length: 8 }, (_, index) =>
    ((value >> BigInt(112 - 16 * index)) & 0xffffn).toString(16),
  );
  let best = { start: -1, length: 1 };
  for (let start = 0; start < 8; start++) {
    let length = 0;
    while (groups[start + length] === '0') length++;
    if (length > best.length) best = { start, length };
  }
  if (best.start < 0) return groups.join(':');
  return `${groups.slice(0, best.start).join(':')}::${groups.slice(best.start + best.length).join(':')}`;
}

function ipArgument(args: readonly CelValue[], index: number): Address {
  const value = args[index];
  if (!(value instanceof Ip)) throw noSuchOverload();
  return value.address;
}

function cidrArgument(args: readonly CelValue[], index: number): Cidr {
  const value = args[index];
  if (!(value instanceof Cidr)) throw noSuchOverload();
  return value;
}

function within(text: string, address: Address): boolean {
  return requireCidr(text).covers(address);
}

function isLoopback(address: Address): boolean {
  return address.bits === 32 ? within('127.0.0.0/8', address) : address.value === 1n;
}

function isUnspecified(address: Address): boolean {
  return address.value === 0n;
}

function isLinkLocalMulticast(address: Address): boolean {
  if (address.bits === 32) return within('224.0.0.0/24', address);
  return ((address.value >> 112n) & 0xff0fn) === 0xff02n;
}

function isLinkLocalUnicast(address: Address): boolean {
  return within(address.bits === 32 ? '169.254.0.0/16' : 'fe80::/10', address);
}

function isGlobalUnicast(address: Address): boolean {
  const isMulticast = within(address.bits === 32 ? '224.0.0.0/4' : 'ff00::/8', address);
  const isBroadcast = address.bits === 32 && address.value === 0xffffffffn;
  return (
    !isUnspecified(address) &&
    !isLoopback(address) &&
    !isMulticast &&
    !isBroadcast &&
    !isLinkLocalUnicast(address)
  );
}

function canonical(text: string): boolean {
  return formatAddress(requireAddress(text)) === text;
}

export const addressLibrary: Library = {
  globals: {
    ip: (args) => {
      expectArguments(args, 1);
      return new Ip(requireAddress(textArgument(args, 0)));
    },
    isIP: (args) => {
      const text = textArgument(args, 0);
      const address = parseAddress(text);
      return address !== undefined && !(address.bits === 128 && address.value >> 32n === MAPPED);
    },
    'ip.isCanonical': (args) => canonical(textArgument(args, 0)),
    cidr: (args) => {
      expectArguments(args, 1);
      return requireCidr(textArgument(args, 0));
    },
    isCIDR: (args) => {
      const cidr = parseCidr(textArgument(args, 0));
      return cidr !== undefined && !(cidr.address.bits === 128 && cidr.address.value >> 32n === MAPPED);
    },
  },
  members: {
    family: (args) => (ipArgument(args, 0).bits === 32 ? 4n : 6n),
    isUnspecified: (args) => isUnspecified(ipArgument(args, 0)),
    isLoopback: (args) => isLoopback(ipArgument(args, 0)),
    isLinkLocalMulticast: (args) => isLinkLocalMulticast(ipArgument(args, 0)),
    isLinkLocalUnicast: (args) => isLinkLocalUnicast(ipArgument(args, 0)),
    isGlobalUnicast: (args) => isGlobalUnicast(ipArgument(args, 0)),
    containsIP: (args) => {
      expectArguments(args, 2);
      const other = args[1];
      return cidrArgument(args, 0).covers(
        typeof other === 'string' ? requireAddress(other) : ipArgument(args, 1),
      );
    },
    containsCIDR: (args) => {
      expectArguments(args, 2);
      const cidr = cidrArgument(args, 0);
      const other = typeof args[1] === 'string' ? requireCidr(args[1]) : cidrArgument(args, 1);
      return cidr.prefix <= other.prefix && cidr.covers(other.address);
    },
    ip: (args) => new Ip(cidrArgument(args, 0).address),
    masked: (args) => {
      const cidr = cidrArgument(args, 0);
      return new Cidr({ ...cidr.address, value: cidr.masked() }, cidr.prefix);
    },
    prefixLength: (args) => BigInt(cidrArgument(args, 0).prefix),
  },
};
