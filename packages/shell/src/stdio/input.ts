import { utf8Decode } from '@podwire/sim';
import type { ReadStream, Task } from '@podwire/machine';

/** The most that a program takes in before it works on it, bytes: `sort`, `jq`, `cat | vi`. */
export const MAX_INPUT_BYTES = 16 * 1024 * 1024;
const CHUNK_BYTES = 65_536;

/** The next bytes, waiting for them; undefined at the end. */
export function* readChunk(stream: ReadStream, maxBytes = CHUNK_BYTES): Task<Uint8Array | undefined> {
  for (;;) {
    const data = stream.read(maxBytes);
    if (data === undefined || data.length > 0) return data;
    yield { kind: 'readable', stream };
  }
}

/** Everything up to the end, or the first `MAX_INPUT_BYTES` of it. */
export function* readAll(stream: ReadStream): Task<Uint8Array> {
  const chunks: Uint8Array[] = [];
  let size = 0;
  for (;;) {
    const chunk = yield* readChunk(stream);
    if (chunk === undefined || size >= MAX_INPUT_BYTES) return joinBytes(chunks);
    chunks.push(chunk);
    size += chunk.length;
    yield { kind: 'step' };
  }
}

export function joinBytes(chunks: readonly Uint8Array[]): Uint8Array {
  const [only] = chunks;
  if (only !== undefined && chunks.length === 1) return only;
  const joined = new Uint8Array(chunks.reduce((sum, chunk) => sum + chunk.length, 0));
  let offset = 0;
  for (const chunk of chunks) {
    joined.set(chunk, offset);
    offset += chunk.length;
  }
  return joined;
}

/** Lines of a stream, without their line feeds. */
export class LineReader {
  readonly #stream: ReadStream;
  readonly #separator: number;
  #buffer: Uint8Array = new Uint8Array();
  #scanned = 0;
  #ended = false;
  /** Whether the line given last had a line feed: the last of a file may lack it. */
  terminated = true;

  constructor(stream: ReadStream, separator = 10) {
    this.#stream = stream;
    this.#separator = separator;
  }

  *next(): Task<string | undefined> {
    const bytes = yield* this.nextBytes();
    return bytes === undefined ? undefined : utf8Decode(bytes);
  }

  *nextBytes(): Task<Uint8Array | undefined> {
    for (;;) {
      const at = this.#buffer.indexOf(this.#separator, this.#scanned);
      if (at >= 0) {
        const line = this.#buffer.subarray(0, at);
        this.#buffer = this.#buffer.subarray(at + 1);
        this.#scanned = 0;
        return line;
      }
      this.#scanned = this.#buffer.length;
      if (this.#ended || this.#buffer.length > MAX_INPUT_BYTES) return this.#last();
      const chunk = yield* readChunk(this.#stream);
      if (chunk === undefined) this.#ended = true;
      else this.#buffer = this.#buffer.length === 0 ? chunk : joinBytes([this.#buffer, chunk]);
    }
  }

  #last(): Uint8Array | undefined {
    if (this.#buffer.length === 0) return undefined;
    const line = this.#buffer;
    this.#buffer = new Uint8Array();
    this.#scanned = 0;
    this.terminated = false;
    return line;
  }
}
