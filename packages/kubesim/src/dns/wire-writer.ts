import { labelsOf } from './names.ts';
import type { DomainName } from './records.ts';

/** Compression pointers have 14 bits. */
const LARGEST_POINTER = 0x3fff;

/** Builds a message; names that were written before become pointers where it compresses. */
export class WireWriter {
  readonly #bytes: number[] = [];
  /** Suffix in wire form, as text → where it was written. */
  readonly #suffixes = new Map<string, number>();
  readonly #compress: boolean;

  constructor(compress: boolean) {
    this.#compress = compress;
  }

  get length(): number {
    return this.#bytes.length;
  }

  byte(value: number): void {
    this.#bytes.push(value & 0xff);
  }

  uint16(value: number): void {
    this.#bytes.push((value >>> 8) & 0xff, value & 0xff);
  }

  uint32(value: number): void {
    this.uint16(value >>> 16);
    this.uint16(value & 0xffff);
  }

  bytes(values: Uint8Array): void {
    for (const value of values) this.#bytes.push(value);
  }

  /**
   * SRV targets are written in full (RFC 2782).
   * @throws RangeError when it is no name: names that come from outside are checked before.
   */
  name(name: DomainName, options: { readonly compress: boolean } = { compress: this.#compress }): void {
    const labels = labelsOf(name);
    if (labels === undefined) throw new RangeError(`"${name}" is no domain name`);
    for (let index = 0; index < labels.length; index++) {
      const suffix = labels
        .slice(index)
        .map((label) => label.join(','))
        .join('.');
      const known = options.compress ? this.#suffixes.get(suffix) : undefined;
      if (known !== undefined) {
        this.uint16(0xc000 | known);
        return;
      }
      if (this.length <= LARGEST_POINTER && !this.#suffixes.has(suffix))
        this.#suffixes.set(suffix, this.length);
      const label = labels[index] ?? new Uint8Array();
      this.byte(label.length);
      this.bytes(label);
    }
    this.byte(0);
  }

  /** Writes what `body` writes, behind its length in two bytes. */
  counted(body: () => void): void {
    const at = this.length;
    this.uint16(0);
    body();
    const length = this.length - at - 2;
    this.#bytes[at] = (length >>> 8) & 0xff;
    this.#bytes[at + 1] = length & 0xff;
  }

  finish(): Uint8Array {
    return Uint8Array.from(this.#bytes);
  }
}
