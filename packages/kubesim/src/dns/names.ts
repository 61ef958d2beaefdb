import type { DomainName } from './records.ts';

/** RFC 1035 section 2.3.4. */
const MAX_LABEL_BYTES = 63;
export const MAX_NAME_BYTES = 255;

const BACKSLASH = 0x5c;
const DOT = 0x2e;
/** Octets that presentation form escapes although they print. */
const SPECIAL = '."\\();@$';

/** The labels of a name as octets, or undefined when it is no name. `.` has none. A missing trailing dot does not matter. */
export function labelsOf(name: string): readonly Uint8Array[] | undefined {
  if (name === '.' || name === '') return [];
  const labels: Uint8Array[] = [];
  let label: number[] = [];
  let bytes = 1;
  let closed = false;
  for (let index = 0; index < name.length; index++) {
    const code = name.charCodeAt(index);
    closed = code === DOT;
    if (closed) {
      if (label.length === 0) return undefined;
      bytes += label.length + 1;
      labels.push(Uint8Array.from(label));
      label = [];
      continue;
    }
    const octet = code === BACKSLASH ? escapedOctet(name, index) : { value: code, length: 1 };
    if (octet === undefined || octet.value > 0xff || label.length >= MAX_LABEL_BYTES) return undefined;
    label.push(octet.value);
    index += octet.length - 1;
  }
  if (!closed) {
    bytes += label.length + 1;
    labels.push(Uint8Array.from(label));
  }
  return bytes > MAX_NAME_BYTES ? undefined : labels;
}

/** `\.` or `\046`. */
function escapedOctet(
  name: string,
  index: number,
): { readonly value: number; readonly length: number } | undefined {
  const digits = /^\d{3}/.exec(name.slice(index + 1, index + 4))?.[0];
  if (digits !== undefined) return { value: Number(digits), length: 4 };
  const code = name.charCodeAt(index + 1);
  return Number.isNaN(code) ? undefined : { value: code, length: 2 };
}

/** Presentation form of one label. */
export function labelText(octets: Uint8Array): string {
  let text = '';
  for (const octet of octets) {
    const character = String.fromCharCode(octet);
    if (octet <= 0x20 || octet >= 0x7f) text += `\\${String(octet).padStart(3, '0')}`;
    else text += SPECIAL.includes(character) ? `\\${character}` : character;
  }
  return text;
}

/** Lower case with a trailing dot: what names are compared by (DNS6). */
export function canonicalName(name: string): DomainName {
  const lower = name.toLowerCase();
  return lower.endsWith('.') ? lower : `${lower}.`;
}

/** Whether a name is the zone or lies below it. */
export function isInZone(name: string, zone: string): boolean {
  const child = canonicalName(name);
  const parent = canonicalName(zone);
  return parent === '.' || child === parent || child.endsWith(`.${parent}`);
}

/** The text labels before the zone, leftmost first. The name lies in the zone. */
export function labelsBelow(name: string, zone: string): readonly string[] {
  const child = canonicalName(name);
  const parent = canonicalName(zone);
  const below =
    parent === '.' ? child.slice(0, -1) : child.slice(0, Math.max(0, child.length - parent.length - 1));
  return below === '' ? [] : below.split('.');
}

/** The address that a name under in-addr.arpa or ip6.arpa stands for. */
export function addressOfReverseName(name: string): string | undefined {
  const lower = canonicalName(name);
  const v4 = /^((?:\d{1,3}\.){4})in-addr\.arpa\.$/.exec(lower)?.[1];
  if (v4 !== undefined) return v4.split('.').slice(0, 4).toReversed().join('.');
  const v6 = /^((?:[0-9a-f]\.){32})ip6\.arpa\.$/.exec(lower)?.[1];
  if (v6 === undefined) return undefined;
  const digits = v6.split('.').slice(0, 32).toReversed().join('');
  return digits.replace(/(.{4})(?!$)/g, '$1:');
}

/** The name that holds the PTR records of an address, or undefined when the text is none. */
export function reverseNameOf(address: string): DomainName | undefined {
  if (!address.includes(':')) {
    const parts = address.split('.');
    return parts.length === 4 ? `${parts.toReversed().join('.')}.in-addr.arpa.` : undefined;
  }
  const [head = '', tail] = address.split('::');
  const left = head === '' ? [] : head.split(':');
  const right = tail === undefined || tail === '' ? [] : tail.split(':');
  const missing = 8 - left.length - right.length;
  if (missing < 0) return undefined;
  const groups = [...left, ...new Array<string>(missing).fill('0'), ...right];
  const digits = groups.map((group) => group.padStart(4, '0')).join('');
  return digits.length === 32 ? `${digits.split('').toReversed().join('.')}.ip6.arpa.` : undefined;
}
