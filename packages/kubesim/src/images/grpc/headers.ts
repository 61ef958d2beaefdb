import { utf8Decode, utf8Encode } from '@podwire/sim';

/**
 * HPACK (RFC 7541) without a memory: fields are written as literals that nobody indexes, without Huffman's code.
 * Read is what such a writer says, and what stands in the static table.
 */
export type HeaderFields = readonly (readonly [string, string])[];

/** The part of the static table (RFC 7541, appendix A) that requests and answers of gRPC draw on. */
const STATIC: Readonly<Record<number, readonly [string, string]>> = {
  1: [':authority', ''],
  2: [':method', 'GET'],
  3: [':method', 'POST'],
  4: [':path', '/'],
  5: [':path', '/index.html'],
  6: [':scheme', 'http'],
  7: [':scheme', 'https'],
  8: [':status', '200'],
  9: [':status', '204'],
  10: [':status', '206'],
  11: [':status', '304'],
  12: [':status', '400'],
  13: [':status', '404'],
  14: [':status', '500'],
  31: ['content-type', ''],
  58: ['user-agent', ''],
};
const HUFFMAN = 0x80;

export function encodeFields(fields: HeaderFields): Uint8Array {
  const bytes: number[] = [];
  const text = (value: string): void => {
    const encoded = utf8Encode(value);
    writeInteger(bytes, 0, 7, encoded.length);
    for (const byte of encoded) bytes.push(byte);
  };
  for (const [name, value] of fields) {
    bytes.push(0);
    text(name);
    text(value);
  }
  return Uint8Array.from(bytes);
}

/** @returns undefined for what takes a memory, Huffman's code, or is cut off. */
export function decodeFields(bytes: Uint8Array): ReadonlyMap<string, string> | undefined {
  const reader = new Reader(bytes);
  const fields = new Map<string, string>();
  while (!reader.done) {
    const first = reader.peek();
    if ((first & 0x80) !== 0) {
      const known = STATIC[reader.integer(7) ?? 0];
      if (known === undefined) return undefined;
      fields.set(known[0], known[1]);
      continue;
    }
    if ((first & 0xe0) === 0x20) {
      if (reader.integer(5) === undefined) return undefined;
      continue;
    }
    const index = reader.integer((first & 0xc0) === 0x40 ? 6 : 4);
    if (index === undefined) return undefined;
    const name = index === 0 ? reader.text() : STATIC[index]?.[0];
    const value = reader.text();
    if (name === undefined || value === undefined) return undefined;
    fields.set(name, value);
  }
  return fields;
}

/** Longest integer that is read: more than four bytes of seven bits are nobody's length here. */
const MAX_INTEGER_BYTES = 4;

class Reader {
  readonly #bytes: Uint8Array;
  #at = 0;

  constructor(bytes: Uint8Array) {
    this.#bytes = bytes;
  }

  get done(): boolean {
    return this.#at >= this.#bytes.length;
  }

  peek(): number {
    return this.#bytes[this.#at] ?? 0;
  }

  integer(prefixBits: number): number | undefined {
    const mask = 2 ** prefixBits - 1;
    let value = this.peek() & mask;
    this.#at++;
    if (value < mask) return value;
    for (let read = 0; read < MAX_INTEGER_BYTES; read++) {
      if (this.done) return undefined;
      const byte = this.peek();
      this.#at++;
      value += (byte & 0x7f) * 2 ** (7 * read);
      if ((byte & 0x80) === 0) return value;
    }
    return undefined;
  }

  text(): string | undefined {
    if (this.done || (this.peek() & HUFFMAN) !== 0) return undefined;
    const length = this.integer(7);
    if (length === undefined || this.#at + length > this.#bytes.length) return undefined;
    const text = utf8Decode(this.#bytes.slice(this.#at, this.#at + length));
    this.#at += length;
    return text;
  }
}

function writeInteger(bytes: number[], first: number, prefixBits: number, value: number): void {
  const mask = 2 ** prefixBits - 1;
  if (value < mask) {
    bytes.push(first | value);
    return;
  }
  bytes.push(first | mask);
  let left = value - mask;
  while (left >= 128) {
    bytes.push((left % 128) | 128);
    left = Math.floor(left / 128);
  }
  bytes.push(left);
}
