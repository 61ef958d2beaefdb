/** Bytes in, bytes out, in order, without copying what waits. The owner bounds it. */
export class ByteQueue {
  #chunks: Uint8Array[] = [];
  #head = 0;
  #size = 0;

  get size(): number {
    return this.#size;
  }

  push(data: Uint8Array): void {
    if (data.length === 0) return;
    this.#chunks.push(data);
    this.#size += data.length;
  }

  /** Up to `maxBytes` bytes; empty when there are none. */
  take(maxBytes = Number.MAX_SAFE_INTEGER): Uint8Array {
    const first = this.#chunks[this.#head];
    if (first === undefined) return new Uint8Array();
    if (maxBytes <= first.length || this.#head === this.#chunks.length - 1) {
      const taken = first.subarray(0, maxBytes);
      if (taken.length === first.length) this.#drop();
      else this.#chunks[this.#head] = first.subarray(taken.length);
      this.#size -= taken.length;
      return taken;
    }
    const taken = new Uint8Array(Math.min(maxBytes, this.#size));
    let filled = 0;
    while (filled < taken.length) {
      const part = this.take(Math.min(taken.length - filled, this.#chunks[this.#head]?.length ?? 0));
      taken.set(part, filled);
      filled += part.length;
    }
    return taken;
  }

  clear(): void {
    this.#chunks = [];
    this.#head = 0;
    this.#size = 0;
  }

  #drop(): void {
    this.#head++;
    if (this.#head === this.#chunks.length) {
      this.#chunks = [];
      this.#head = 0;
    } else if (this.#head > 64 && this.#head * 2 > this.#chunks.length) {
      this.#chunks = this.#chunks.slice(this.#head);
      this.#head = 0;
    }
  }
}
