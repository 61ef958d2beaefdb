import { TAG } from './der.ts';

export function concatBytes(...parts: readonly Uint8Array[]): Uint8Array {
  const joined = new Uint8Array(parts.reduce((sum, part) => sum + part.length, 0));
  let at = 0;
  for (const part of parts) {
    joined.set(part, at);
    at += part.length;
  }
  return joined;
}

/** One element of DER (X.690 section 8.1). */
export function element(tag: number, ...contents: readonly Uint8Array[]): Uint8Array {
  const content = concatBytes(...contents);
  const octets: number[] = [];
  for (let rest = content.length; rest > 0; rest = Math.floor(rest / 256)) octets.unshift(rest % 256);
  const length = content.length < 0x80 ? [content.length] : [0x80 | octets.length, ...octets];
  return concatBytes(Uint8Array.of(tag, ...length), content);
}

export const sequence = (...parts: readonly Uint8Array[]): Uint8Array => element(TAG.sequence, ...parts);
export const set = (...parts: readonly Uint8Array[]): Uint8Array => element(TAG.set, ...parts);
export const octetString = (content: Uint8Array): Uint8Array => element(TAG.octetString, content);
export const nullElement = (): Uint8Array => element(TAG.null);
export const boolean = (value: boolean): Uint8Array => element(TAG.boolean, Uint8Array.of(value ? 0xff : 0));

/** Constructed, in the context's own class. */
export const explicit = (number: number, ...parts: readonly Uint8Array[]): Uint8Array =>
  element(0xa0 | number, ...parts);

/** Primitive, in the context's own class. */
export const implicit = (number: number, content: Uint8Array): Uint8Array => element(0x80 | number, content);

/** A non-negative INTEGER, most significant octet first. */
export function unsigned(bytes: Uint8Array): Uint8Array {
  let start = 0;
  while (start < bytes.length - 1 && bytes[start] === 0) start++;
  const shortest = bytes.length === 0 ? Uint8Array.of(0) : bytes.subarray(start);
  return element(
    TAG.integer,
    ((shortest[0] ?? 0) & 0x80) === 0 ? shortest : concatBytes(Uint8Array.of(0), shortest),
  );
}

export const smallInteger = (value: number): Uint8Array => unsigned(Uint8Array.of(value));

export const bitString = (content: Uint8Array, unusedBits = 0): Uint8Array =>
  element(TAG.bitString, Uint8Array.of(unusedBits), content);

export function objectId(text: string): Uint8Array {
  const [first = 0, second = 0, ...rest] = text.split('.').map(Number);
  const octets = [first * 40 + second, ...rest].flatMap((value) => {
    const groups = [value % 128];
    for (let left = Math.floor(value / 128); left > 0; left = Math.floor(left / 128))
      groups.unshift((left % 128) | 0x80);
    return groups;
  });
  return element(TAG.objectId, Uint8Array.from(octets));
}

/** UTCTime to 2049, GeneralizedTime from then on (RFC 5280 section 4.1.2.5). */
export function time(atMs: number): Uint8Array {
  const digits = new Date(atMs)
    .toISOString()
    .replace(/\.\d+Z$/, 'Z')
    .replace(/[-:T]/g, '');
  const year = new Date(atMs).getUTCFullYear();
  const text = year < 2050 && year >= 1950 ? digits.slice(2) : digits;
  const bytes = Uint8Array.from(text, (letter) => letter.charCodeAt(0));
  return element(text === digits ? TAG.generalizedTime : TAG.utcTime, bytes);
}
