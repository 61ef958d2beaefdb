/** Thrown inside this package by what cannot be read; its doors turn it into a value. */
export class Malformed extends Error {
  constructor(what: string) {
    super(what);
    this.name = 'Malformed';
  }
}

/** Runs a reader: undefined when the bytes are not what it reads. */
export function readOrUndefined<Value>(read: () => Value): Value | undefined {
  try {
    return read();
  } catch (error) {
    if (error instanceof Malformed) return undefined;
    throw error;
  }
}

/** Identifier octets that are used here (X.690 section 8.1.2). */
export const TAG = {
  boolean: 0x01,
  integer: 0x02,
  bitString: 0x03,
  octetString: 0x04,
  null: 0x05,
  objectId: 0x06,
  utf8String: 0x0c,
  printableString: 0x13,
  teletexString: 0x14,
  ia5String: 0x16,
  utcTime: 0x17,
  generalizedTime: 0x18,
  bmpString: 0x1e,
  sequence: 0x30,
  set: 0x31,
} as const;

/** One element: its tag, its content, and all of its bytes. */
export interface Der {
  readonly tag: number;
  readonly content: Uint8Array;
  readonly bytes: Uint8Array;
}

/** Elements of one sequence: certificates have far fewer. */
const MAX_CHILDREN = 1_024;
/** Octets of a length: more would describe what no buffer here holds. */
const MAX_LENGTH_OCTETS = 4;

/** Reads the element that begins at `at`. */
function readAt(bytes: Uint8Array, at: number): Der {
  const tag = bytes[at];
  const first = bytes[at + 1];
  if (tag === undefined || first === undefined) throw new Malformed('too short');
  if ((tag & 0x1f) === 0x1f) throw new Malformed('tag of many octets');
  let length = first;
  let start = at + 2;
  if (first >= 0x80) {
    const octets = first & 0x7f;
    if (octets === 0 || octets > MAX_LENGTH_OCTETS) throw new Malformed('length');
    length = 0;
    for (let index = 0; index < octets; index++) length = length * 256 + (bytes[start + index] ?? 0);
    start += octets;
  }
  if (start + length > bytes.length) throw new Malformed('too short');
  return { tag, content: bytes.subarray(start, start + length), bytes: bytes.subarray(at, start + length) };
}

/** Reads one element that is all there is. */
export function readDer(bytes: Uint8Array): Der {
  const element = readAt(bytes, 0);
  if (element.bytes.length !== bytes.length) throw new Malformed('trailing data');
  return element;
}

export function childrenOf(element: Der): readonly Der[] {
  const found: Der[] = [];
  for (let at = 0; at < element.content.length;) {
    if (found.length >= MAX_CHILDREN) throw new Malformed('too many elements');
    const child = readAt(element.content, at);
    found.push(child);
    at += child.bytes.length;
  }
  return found;
}

/** The element, if it has that tag. */
export function expectTag(element: Der | undefined, tag: number): Der {
  if (element?.tag !== tag) throw new Malformed(`tag ${element?.tag ?? 'none'} instead of ${tag}`);
  return element;
}

export function sequenceOf(element: Der | undefined): readonly Der[] {
  return childrenOf(expectTag(element, TAG.sequence));
}

export function readObjectId(element: Der | undefined): string {
  const { content } = expectTag(element, TAG.objectId);
  const parts: number[] = [];
  let value = 0;
  for (const octet of content) {
    value = value * 128 + (octet & 0x7f);
    if (value > Number.MAX_SAFE_INTEGER / 128) throw new Malformed('object identifier');
    if (octet < 0x80) {
      parts.push(value);
      value = 0;
    }
  }
  const [head] = parts;
  if (head === undefined) throw new Malformed('object identifier');
  const top = Math.min(2, Math.floor(head / 40));
  return [top, head - top * 40, ...parts.slice(1)].join('.');
}

/** The bytes of a non-negative INTEGER, without its sign octet. */
export function readUnsigned(element: Der | undefined): Uint8Array {
  const { content } = expectTag(element, TAG.integer);
  if (content.length === 0) throw new Malformed('integer');
  return content[0] === 0 && content.length > 1 ? content.subarray(1) : content;
}

export function readSmallInteger(element: Der | undefined): number {
  const bytes = readUnsigned(element);
  if (bytes.length > 6) throw new Malformed('integer');
  return bytes.reduce((value, octet) => value * 256 + octet, 0);
}

/** A BIT STRING of whole octets. */
export function readBits(element: Der | undefined): Uint8Array {
  const { content } = expectTag(element, TAG.bitString);
  if (content.length === 0) throw new Malformed('bit string');
  return content.subarray(1);
}

/** UTCTime or GeneralizedTime as RFC 5280 section 4.1.2.5 allows them, ms since the epoch. */
export function readTime(element: Der | undefined): number {
  if (element?.tag !== TAG.utcTime && element?.tag !== TAG.generalizedTime) throw new Malformed('time');
  const text = String.fromCharCode(...element.content.subarray(0, 32));
  const match = /^(\d{2}|\d{4})(\d{2})(\d{2})(\d{2})(\d{2})(\d{2})?Z$/.exec(text);
  if (match === null) throw new Malformed('time');
  const [yearText = '', month, day, hour, minute, second] = match.slice(1);
  if ((yearText.length === 2) !== (element.tag === TAG.utcTime)) throw new Malformed('time');
  const short = Number(yearText);
  const year = yearText.length === 4 ? short : short < 50 ? 2000 + short : 1900 + short;
  return Date.UTC(year, Number(month) - 1, Number(day), Number(hour), Number(minute), Number(second ?? 0));
}
