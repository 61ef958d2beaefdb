import { constants, createInflate } from 'node:zlib';
import type { Inflate } from 'node:zlib';
import { SPDY_DICTIONARY } from './dictionary.ts';

/** The bytes beneath: a socket, or a WebSocket that tunnels them. */
export interface SpdyWire {
  write(bytes: Uint8Array): void;
  end(): void;
}

export interface SpdyStream {
  readonly headers: ReadonlyMap<string, string>;
  write(data: Uint8Array): void;
  /** Nothing more comes from this side. */
  end(): void;
  onData: (data: Buffer) => void;
  /** The other side has ended its half, or has broken the stream. */
  onEnd: () => void;
}

const HEADER_BYTES = 8;
const TYPE = { synStream: 1, synReply: 2, rstStream: 3, ping: 6, goAway: 7 } as const;
const FLAG_FIN = 1;
const VERSION = 3;
/** kubectl's frames are 32 KiB at most; a header block is some hundred bytes. */
const MAX_FRAME_BYTES = 1_024 * 1_024;
const MAX_HEADER_BYTES = 16_384;
const MAX_HEADERS = 64;
const EMPTY_BLOCK = Buffer.from([0, 0, 0, 0xff, 0xff]);
/** Open at once: each forwarded connection has two. */
const MAX_STREAMS = 512;

/** The server's side of SPDY/3.1, as far as Kubernetes' clients speak it: without flow control, which they do not use. */
export class SpdyConnection {
  readonly #wire: SpdyWire;
  readonly #onStream: (stream: SpdyStream) => void;
  readonly #onClose: () => void;
  readonly #inflate: Inflate;
  readonly #streams = new Map<number, OpenStream>();
  #inflated: Buffer[] = [];
  /** Told when a block is no zlib: the write under way then hears nothing more. */
  #failed: (error: Error) => void = () => this.close();
  #buffered: Buffer = Buffer.alloc(0);
  /** Frames are taken one after the other: header blocks are one compressed whole. */
  #queue: Promise<void> = Promise.resolve();
  #greeted = false;
  #closed = false;

  /** @param onClose - called once, when no stream carries anything any more. */
  constructor(wire: SpdyWire, onStream: (stream: SpdyStream) => void, onClose: () => void = () => undefined) {
    this.#wire = wire;
    this.#onStream = onStream;
    this.#onClose = onClose;
    this.#inflate = createInflate({ dictionary: SPDY_DICTIONARY, finishFlush: constants.Z_SYNC_FLUSH });
    this.#inflate.on('data', (chunk: Buffer) => this.#inflated.push(chunk));
    this.#inflate.on('error', (error) => this.#failed(error));
  }

  /** Resolves once these bytes have been taken. */
  feed(bytes: Uint8Array): Promise<void> {
    this.#queue = this.#queue.then(() => this.#take(bytes)).catch(() => this.close());
    return this.#queue;
  }

  close(): void {
    if (this.#closed) return;
    this.#closed = true;
    for (const open of this.#streams.values()) endTheirs(open);
    this.#streams.clear();
    this.#inflate.destroy();
    this.#wire.end();
    this.#onClose();
  }

  async #take(bytes: Uint8Array): Promise<void> {
    this.#buffered = Buffer.concat([this.#buffered, bytes]);
    while (!this.#closed && this.#buffered.length >= HEADER_BYTES) {
      const length = this.#buffered.readUIntBE(5, 3);
      if (length > MAX_FRAME_BYTES) return this.close();
      if (this.#buffered.length < HEADER_BYTES + length) return;
      const head = this.#buffered.subarray(0, HEADER_BYTES);
      const body = this.#buffered.subarray(HEADER_BYTES, HEADER_BYTES + length);
      this.#buffered = this.#buffered.subarray(HEADER_BYTES + length);
      await this.#onFrame(head, body);
    }
  }

  async #onFrame(head: Buffer, body: Buffer): Promise<void> {
    const flags = head.readUInt8(4);
    if ((head.readUInt8(0) & 0x80) === 0) {
      const id = head.readUInt32BE(0);
      const open = this.#streams.get(id);
      if (open === undefined || open.theirsEnded) return;
      if (body.length > 0) open.stream.onData(Buffer.from(body));
      if ((flags & FLAG_FIN) === 0) return;
      endTheirs(open);
      this.#forgetIfOver(id);
      return;
    }
    switch (head.readUInt16BE(2)) {
      case TYPE.synStream:
        return this.#onSynStream(body, flags);
      case TYPE.rstStream: {
        const id = body.readUInt32BE(0);
        const open = this.#streams.get(id);
        if (open === undefined) return;
        open.oursEnded = true;
        endTheirs(open);
        this.#streams.delete(id);
        return;
      }
      case TYPE.ping:
        return this.#control(TYPE.ping, 0, body);
      case TYPE.goAway:
        return this.close();
      default:
      // SETTINGS, HEADERS and WINDOW_UPDATE ask for nothing here.
    }
  }

  async #onSynStream(body: Buffer, flags: number): Promise<void> {
    const id = body.readUInt32BE(0) & 0x7fff_ffff;
    const headers = readHeaders(await this.#decompress(body.subarray(10)));
    if (headers === undefined || this.#streams.size >= MAX_STREAMS) return this.close();
    const stream: SpdyStream = {
      headers,
      write: (data) => {
        if (!open.oursEnded) this.#data(id, 0, data);
      },
      end: () => {
        if (open.oursEnded) return;
        this.#data(id, FLAG_FIN, new Uint8Array(0));
        open.oursEnded = true;
        this.#forgetIfOver(id);
      },
      onData: () => undefined,
      onEnd: () => undefined,
    };
    const open: OpenStream = { stream, oursEnded: false, theirsEnded: false };
    this.#streams.set(id, open);
    const streamId = Buffer.alloc(4);
    streamId.writeUInt32BE(id);
    this.#control(TYPE.synReply, 0, Buffer.concat([streamId, this.#stored(Buffer.alloc(4))]));
    this.#onStream(stream);
    // A client that will send nothing on a stream may say so as it opens it.
    if ((flags & FLAG_FIN) === 0) return;
    endTheirs(open);
    this.#forgetIfOver(id);
  }

  #forgetIfOver(id: number): void {
    const open = this.#streams.get(id);
    if (open?.oursEnded === true && open.theirsEnded) this.#streams.delete(id);
  }

  #decompress(block: Uint8Array): Promise<Buffer> {
    return new Promise((resolve, reject) => {
      this.#failed = reject;
      this.#inflate.write(block, (error) => {
        if (error) return reject(error);
        // What was inflated is handed over by then.
        setImmediate(() => {
          const whole = Buffer.concat(this.#inflated);
          this.#inflated = [];
          resolve(whole);
        });
      });
    });
  }

  /**
   * RFC 1951 section 3.2.4: a block that is stored as it is, and an empty one, at which readers hand over what
   * they have. One zlib stream (RFC 1950) carries all of them.
   */
  #stored(content: Buffer): Buffer {
    const head = Buffer.alloc(5);
    head.writeUInt16LE(content.length, 1);
    head.writeUInt16LE(content.length ^ 0xffff, 3);
    const begin = this.#greeted ? Buffer.alloc(0) : Buffer.from([0x78, 0x01]);
    this.#greeted = true;
    return Buffer.concat([begin, head, content, EMPTY_BLOCK]);
  }

  #control(type: number, flags: number, body: Uint8Array): void {
    const head = Buffer.alloc(HEADER_BYTES);
    head.writeUInt16BE(0x8000 | VERSION, 0);
    head.writeUInt16BE(type, 2);
    head.writeUInt8(flags, 4);
    head.writeUIntBE(body.length, 5, 3);
    this.#wire.write(Buffer.concat([head, body]));
  }

  #data(id: number, flags: number, data: Uint8Array): void {
    if (this.#closed) return;
    const head = Buffer.alloc(HEADER_BYTES);
    head.writeUInt32BE(id, 0);
    head.writeUInt8(flags, 4);
    head.writeUIntBE(data.length, 5, 3);
    this.#wire.write(Buffer.concat([head, data]));
  }
}

interface OpenStream {
  readonly stream: SpdyStream;
  oursEnded: boolean;
  theirsEnded: boolean;
}

function endTheirs(open: OpenStream): void {
  if (open.theirsEnded) return;
  open.theirsEnded = true;
  open.stream.onEnd();
}

/** Names and values after their lengths; undefined for what is none. */
function readHeaders(block: Buffer): ReadonlyMap<string, string> | undefined {
  if (block.length < 4 || block.length > MAX_HEADER_BYTES) return undefined;
  const count = block.readUInt32BE(0);
  if (count > MAX_HEADERS) return undefined;
  const headers = new Map<string, string>();
  let offset = 4;
  const text = (): string | undefined => {
    if (offset + 4 > block.length) return undefined;
    const end = offset + 4 + block.readUInt32BE(offset);
    if (end > block.length) return undefined;
    const value = block.toString('utf8', offset + 4, end);
    offset = end;
    return value;
  };
  for (let index = 0; index < count; index++) {
    const [name, value] = [text(), text()];
    if (name === undefined || value === undefined) return undefined;
    headers.set(name.toLowerCase(), value);
  }
  return headers;
}
