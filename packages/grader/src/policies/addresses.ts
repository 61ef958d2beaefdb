/** An address as a number, so that blocks are ranges. */
export interface Address {
  readonly family: 4 | 6;
  readonly value: bigint;
}

/** From the first to the last address, both within. */
export interface AddressRange {
  readonly family: 4 | 6;
  readonly first: bigint;
  readonly last: bigint;
}

const BITS = { 4: 32, 6: 128 } as const;
const GROUPS = 8;
const GROUP_BITS = 16n;

export function lastAddress(family: 4 | 6): bigint {
  return (1n << BigInt(BITS[family])) - 1n;
}

/** undefined when the text is no address. */
export function readAddress(text: string): Address | undefined {
  const four = readIpv4(text);
  if (four !== undefined) return { family: 4, value: four };
  const six = readIpv6(text);
  return six === undefined ? undefined : { family: 6, value: six };
}

function readIpv4(text: string): bigint | undefined {
  const parts = text.split('.');
  if (parts.length !== 4) return undefined;
  let value = 0n;
  for (const part of parts) {
    if (!/^(0|[1-9]\d{0,2})$/u.test(part) || Number(part) > 255) return undefined;
    value = (value << 8n) | BigInt(part);
  }
  return value;
}

function readIpv6(text: string): bigint | undefined {
  const halves = text.split('::');
  if (halves.length > 2 || !text.includes(':')) return undefined;
  const [left, right] = halves.map(groupsOf);
  if (left === undefined) return undefined;
  if (halves.length === 1) return left.length === GROUPS ? join(left) : undefined;
  if (right === undefined || left.length + right.length >= GROUPS) return undefined;
  const gap = Array.from({ length: GROUPS - left.length - right.length }, () => 0n);
  return join([...left, ...gap, ...right]);
}

function groupsOf(half: string): readonly bigint[] | undefined {
  if (half === '') return [];
  const groups: bigint[] = [];
  const parts = half.split(':');
  for (const [index, part] of parts.entries()) {
    const four = index === parts.length - 1 ? readIpv4(part) : undefined;
    if (four !== undefined) groups.push(four >> GROUP_BITS, four & 0xffffn);
    else if (/^[0-9a-f]{1,4}$/iu.test(part)) groups.push(BigInt(`0x${part}`));
    else return undefined;
  }
  return groups;
}

function join(groups: readonly bigint[]): bigint | undefined {
  if (groups.length !== GROUPS) return undefined;
  return groups.reduce((sum, group) => (sum << GROUP_BITS) | group, 0n);
}

/** Host bits may be set, as Kubernetes allows in `ipBlock`; undefined when the text is no CIDR. */
export function readCidr(text: string): AddressRange | undefined {
  const [, host = '', length = ''] = /^([^/]+)\/(0|[1-9]\d{0,2})$/u.exec(text) ?? [];
  const address = readAddress(host);
  if (address === undefined) return undefined;
  const bits = BITS[address.family];
  if (Number(length) > bits) return undefined;
  const hostBits = BigInt(bits - Number(length));
  const first = (address.value >> hostBits) << hostBits;
  return { family: address.family, first, last: first | ((1n << hostBits) - 1n) };
}

export function inRange({ family, value }: Address, range: AddressRange): boolean {
  return family === range.family && value >= range.first && value <= range.last;
}

/** Dotted quad, or RFC 5952. */
export function addressText({ family, value }: Address): string {
  if (family === 4) return [24n, 16n, 8n, 0n].map((shift) => String((value >> shift) & 0xffn)).join('.');
  const groups = Array.from({ length: GROUPS }, (_none, index) =>
    ((value >> (GROUP_BITS * BigInt(GROUPS - 1 - index))) & 0xffffn).toString(16),
  );
  let best = { at: 0, length: 0 };
  for (let at = 0; at < GROUPS; at++) {
    let length = 0;
    while (groups[at + length] === '0') length += 1;
    if (length > best.length) best = { at, length };
  }
  if (best.length < 2) return groups.join(':');
  return `${groups.slice(0, best.at).join(':')}::${groups.slice(best.at + best.length).join(':')}`;
}
