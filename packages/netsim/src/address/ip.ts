import type { IpAddress } from '../packet.ts';

/** An address as numbers: one 32-bit word for IPv4, four for IPv6, most significant first. */
export interface ParsedIp {
  readonly version: 4 | 6;
  readonly words: readonly number[];
}

/** Addresses remembered in parsed form, since a simulation sees the same few over and over. Emptied when full. */
const MEMO_ENTRIES = 8192;
const memo = new Map<string, ParsedIp | undefined>();

/** The longest text an address can have: eight groups of four digits, the last two as a dotted quad. */
const LONGEST_ADDRESS_CHARACTERS = 45;

/** Reads an address; undefined when the text is none. Zone identifiers (`%eth0`) are refused. */
export function parseIp(text: string): ParsedIp | undefined {
  const known = memo.get(text);
  if (known !== undefined) return known;
  if (text.length > LONGEST_ADDRESS_CHARACTERS) return undefined;
  const parsed = text.includes(':') ? parseIpv6(text) : parseIpv4(text);
  if (parsed === undefined) return undefined;
  if (memo.size >= MEMO_ENTRIES) memo.clear();
  memo.set(text, parsed);
  return parsed;
}

const DECIMAL_OCTET = /^(0|[1-9][0-9]{0,2})$/;

function parseIpv4(text: string): ParsedIp | undefined {
  const word = ipv4Word(text);
  return word === undefined ? undefined : { version: 4, words: [word] };
}

function ipv4Word(text: string): number | undefined {
  const parts = text.split('.');
  if (parts.length !== 4) return undefined;
  let word = 0;
  for (const part of parts) {
    if (!DECIMAL_OCTET.test(part)) return undefined;
    const octet = Number(part);
    if (octet > 255) return undefined;
    word = word * 256 + octet;
  }
  return word;
}

const GROUP = /^[0-9a-fA-F]{1,4}$/;

function parseIpv6(text: string): ParsedIp | undefined {
  const halves = text.split('::');
  if (halves.length > 2) return undefined;
  const head = groups(halves[0] ?? '', halves.length === 1);
  const tail = halves.length === 2 ? groups(halves[1] ?? '', true) : [];
  if (head === undefined || tail === undefined) return undefined;
  const count = head.length + tail.length;
  if (halves.length === 1 ? count !== 8 : count > 7) return undefined;
  const all = [...head, ...new Array<number>(8 - count).fill(0), ...tail];
  const words: number[] = [];
  for (let index = 0; index < 8; index += 2) words.push((all[index] ?? 0) * 0x10000 + (all[index + 1] ?? 0));
  return { version: 6, words };
}

/** Only the last part of an address may be a dotted quad (RFC 4291 section 2.2). */
function groups(text: string, isLast: boolean): number[] | undefined {
  if (text === '') return [];
  const parts = text.split(':');
  const result: number[] = [];
  for (const [index, part] of parts.entries()) {
    if (isLast && index === parts.length - 1 && part.includes('.')) {
      const word = ipv4Word(part);
      if (word === undefined) return undefined;
      result.push(Math.floor(word / 0x10000), word % 0x10000);
    } else if (GROUP.test(part)) {
      result.push(parseInt(part, 16));
    } else {
      return undefined;
    }
  }
  return result;
}

/** Dotted quad, or RFC 5952 for IPv6. */
export function formatIp(ip: ParsedIp): IpAddress {
  return ip.version === 4 ? formatWord(ip.words[0] ?? 0) : formatIpv6(ip.words);
}

function formatWord(word: number): string {
  return `${(word >>> 24) & 255}.${(word >>> 16) & 255}.${(word >>> 8) & 255}.${word & 255}`;
}

function formatIpv6(words: readonly number[]): string {
  const isV4Mapped = words[0] === 0 && words[1] === 0 && words[2] === 0xffff;
  if (isV4Mapped) return `::ffff:${formatWord(words[3] ?? 0)}`;
  const all = words.flatMap((word) => [word >>> 16, word & 0xffff]);
  let bestStart = -1;
  let bestLength = 1;
  for (let start = 0; start < 8; start++) {
    let length = 0;
    while (start + length < 8 && all[start + length] === 0) length++;
    if (length > bestLength) {
      bestStart = start;
      bestLength = length;
    }
  }
  const hex = all.map((group) => group.toString(16));
  if (bestStart < 0) return hex.join(':');
  return `${hex.slice(0, bestStart).join(':')}::${hex.slice(bestStart + bestLength).join(':')}`;
}

/** The one text form of an address, or undefined when the text is none. */
export function canonicalIp(text: string): IpAddress | undefined {
  const parsed = parseIp(text);
  return parsed === undefined ? undefined : formatIp(parsed);
}

export function isIpv4(text: string): boolean {
  return parseIp(text)?.version === 4;
}

export function isIpv6(text: string): boolean {
  return parseIp(text)?.version === 6;
}

/** Orders addresses: IPv4 before IPv6, then by value. Texts that are no addresses come last, by text. */
export function compareIp(left: string, right: string): number {
  const a = parseIp(left);
  const b = parseIp(right);
  if (a === undefined || b === undefined) {
    if (a !== undefined) return -1;
    if (b !== undefined) return 1;
    return left < right ? -1 : left > right ? 1 : 0;
  }
  if (a.version !== b.version) return a.version - b.version;
  for (const [index, word] of a.words.entries()) {
    const difference = word - (b.words[index] ?? 0);
    if (difference !== 0) return difference;
  }
  return 0;
}

/** Whether it belongs to the host itself wherever it is seen (RFC 1122 3.2.1.3, RFC 4291 2.5.3). */
export function isLoopback(address: IpAddress): boolean {
  return address === '::1' || (address.startsWith('127.') && isIpv4(address));
}

export function isUnspecified(address: IpAddress): boolean {
  return address === '0.0.0.0' || address === '::';
}
