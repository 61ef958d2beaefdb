import { labelText, MAX_NAME_BYTES } from './names.ts';
import type { DomainName } from './records.ts';

/** Thrown inside the decoder only, and caught at its door. */
export class Malformed extends Error {}

const POINTER_BITS = 0xc0;

/** Reads a message from front to back; whatever points outside or forward is malformed. */
export class WireReader {
  readonly #bytes: Uint8Array;
  #offset = 0;

  constructor(bytes: Uint8Array) {
    this.#bytes = bytes;
  }

  get offset(): number {
    return this.#offset;
  }

  byte(): number {
    const value = this.#bytes[this.#offset];
    if (value === undefined) throw new Malformed('message ends early');
    this.#offset++;
    return value;
  }

  uint16(): number {
    return this.byte() * 0x100 + this.byte();
  }

  uint32(): number {
    return this.uint16() * 0x10000 + this.uint16();
  }

  bytes(count: number): Uint8Array {
    const end = this.#offset + count;
    if (end > this.#bytes.length) throw new Malformed('message ends early');
    const slice = this.#bytes.slice(this.#offset, end);
    this.#offset = end;
    return slice;
  }

  /**
   * A name, compressed or not (RFC 1035 section 4.1.4). Each pointer must point before the labels that
   * led to it, so that a loop cannot be written; the name's own limit bounds the rest.
   */
  name(): DomainName {
    let text = '';
    let total = 1;
    let resumeAt: number | undefined;
    let limit = this.#offset;
    for (;;) {
      const length = this.byte();
      if (length === 0) break;
      if ((length & POINTER_BITS) === POINTER_BITS) {
        const target = (length & ~POINTER_BITS) * 0x100 + this.byte();
        if (target >= limit) throw new Malformed('name pointer does not point back');
        resumeAt ??= this.#offset;
        limit = target;
        this.#offset = target;
        continue;
      }
      if ((length & POINTER_BITS) !== 0) throw new Malformed('reserved label type');
      total += length + 1;
      if (total > MAX_NAME_BYTES) throw new Malformed('name is too long');
      text += `${labelText(this.bytes(length))}.`;
    }
    if (resumeAt !== undefined) this.#offset = resumeAt;
    return text === '' ? '.' : text;
  }
}
