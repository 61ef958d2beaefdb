import type { Cidr, IpAddress } from '../packet.ts';
import { formatIp, parseIp } from './ip.ts';
import type { ParsedIp } from './ip.ts';

export interface ParsedCidr {
  readonly version: 4 | 6;
  /** As written, host bits kept. */
  readonly address: IpAddress;
  readonly prefixLength: number;
  /** Host bits zero. */
  readonly network: ParsedIp;
}

const PREFIX_LENGTH = /^(0|[1-9][0-9]{0,2})$/;

/** Reads `address/prefixLength`; host bits may be set. Undefined when the text is none. */
export function parseCidr(text: string): ParsedCidr | undefined {
  const slash = text.indexOf('/');
  if (slash < 0) return undefined;
  const ip = parseIp(text.slice(0, slash));
  const lengthText = text.slice(slash + 1);
  if (ip === undefined || !PREFIX_LENGTH.test(lengthText)) return undefined;
  const prefixLength = Number(lengthText);
  if (prefixLength > addressBits(ip.version)) return undefined;
  return { version: ip.version, address: formatIp(ip), prefixLength, network: maskIp(ip, prefixLength) };
}

export function addressBits(version: 4 | 6): 32 | 128 {
  return version === 4 ? 32 : 128;
}

/** The 32-bit mask of the first `bits` bits; out-of-range counts are taken as 0 or 32. */
function wordMask(bits: number): number {
  if (bits <= 0) return 0;
  return bits >= 32 ? 0xffffffff : (0xffffffff << (32 - bits)) >>> 0;
}

export function maskIp(ip: ParsedIp, prefixLength: number): ParsedIp {
  return {
    version: ip.version,
    words: ip.words.map((word, index) => (word & wordMask(prefixLength - 32 * index)) >>> 0),
  };
}

/** What a hash by prefix is keyed with: equal exactly when the first `prefixLength` bits are. Versions need maps of their own. */
export function prefixKey(ip: ParsedIp, prefixLength: number): number | string {
  const first = ip.words[0] ?? 0;
  if (ip.version === 4) return (first & wordMask(prefixLength)) >>> 0;
  let key = '';
  for (const [index, word] of ip.words.entries())
    key += `${((word & wordMask(prefixLength - 32 * index)) >>> 0).toString(36)}.`;
  return key;
}

/** The canonical form of a CIDR with its host bits zero, or undefined when the text is none. */
export function cidrNetwork(text: string): Cidr | undefined {
  const parsed = parseCidr(text);
  return parsed === undefined ? undefined : `${formatIp(parsed.network)}/${parsed.prefixLength}`;
}

/** False also when either text is malformed or the families differ. */
export function cidrContains(cidr: string, address: IpAddress): boolean {
  const parsed = parseCidr(cidr);
  const ip = parseIp(address);
  if (parsed === undefined || ip === undefined || parsed.version !== ip.version) return false;
  return parsed.network.words.every(
    (word, index) => word === ((ip.words[index] ?? 0) & wordMask(parsed.prefixLength - 32 * index)) >>> 0,
  );
}

/** How many addresses a CIDR holds; beyond 2^53 only about. 0 when the text is none. */
export function cidrSize(cidr: string): number {
  const parsed = parseCidr(cidr);
  return parsed === undefined ? 0 : 2 ** (addressBits(parsed.version) - parsed.prefixLength);
}

/** The `offset`-th address of a CIDR, its network address being number 0. Undefined when it has no such address. */
export function addressAt(cidr: string, offset: number): IpAddress | undefined {
  const parsed = parseCidr(cidr);
  if (parsed === undefined || !Number.isSafeInteger(offset) || offset < 0 || offset >= cidrSize(cidr))
    return undefined;
  const words = [...parsed.network.words];
  let carry = offset;
  for (let index = words.length - 1; index >= 0 && carry > 0; index--) {
    const sum = (words[index] ?? 0) + (carry % 2 ** 32);
    words[index] = sum % 2 ** 32;
    carry = Math.floor(carry / 2 ** 32) + Math.floor(sum / 2 ** 32);
  }
  return formatIp({ version: parsed.version, words });
}
