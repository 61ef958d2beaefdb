import { Killed } from '../contract.ts';
import type { ReadStream, WriteStream } from '../contract.ts';
import { ByteQueue } from './byte-queue.ts';
import { pokeAll } from './pollable.ts';
import type { Pollable, Waiter } from './pollable.ts';

/** Linux' pipe capacity (pipe(7)). */
export const PIPE_CAPACITY_BYTES = 65_536;

/**
 * A pipe. An end closes when the last process that was started with it has ended, or by `close`; the
 * process that made the pipe doesn't count, as a shell closes its own copies.
 */
export class Pipe {
  readonly read: PipeReader;
  readonly write: PipeWriter;
  readonly queue = new ByteQueue();
  readonly capacityBytes: number;

  constructor(capacityBytes = PIPE_CAPACITY_BYTES) {
    this.capacityBytes = capacityBytes;
    this.read = new PipeReader(this);
    this.write = new PipeWriter(this);
  }
}

abstract class PipeEnd implements Pollable {
  readonly isTty = false;
  readonly waiters = new Set<Waiter>();
  readonly pipe: Pipe;
  closed = false;
  #holders = 0;

  constructor(pipe: Pipe) {
    this.pipe = pipe;
  }

  abstract ready(): boolean;
  abstract other(): PipeEnd;

  attach(): void {
    this.#holders++;
  }

  detach(): void {
    if (--this.#holders === 0) this.close();
  }

  close(): void {
    if (this.closed) return;
    this.closed = true;
    pokeAll(this.other().waiters);
    pokeAll(this.waiters);
  }
}

export class PipeReader extends PipeEnd implements ReadStream {
  read(maxBytes?: number): Uint8Array | undefined {
    if (this.pipe.queue.size === 0) return this.pipe.write.closed ? undefined : new Uint8Array();
    const data = this.pipe.queue.take(maxBytes);
    pokeAll(this.pipe.write.waiters);
    return data;
  }

  ready(): boolean {
    return this.pipe.queue.size > 0 || this.pipe.write.closed;
  }

  other(): PipeEnd {
    return this.pipe.write;
  }
}

export class PipeWriter extends PipeEnd implements WriteStream {
  write(data: Uint8Array): number {
    if (this.pipe.read.closed) throw new Killed('SIGPIPE');
    const room = this.pipe.capacityBytes - this.pipe.queue.size;
    const taken = data.length <= room ? data : data.subarray(0, room);
    if (taken.length > 0) {
      this.pipe.queue.push(taken.slice());
      pokeAll(this.pipe.read.waiters);
    }
    return taken.length;
  }

  ready(): boolean {
    return this.pipe.queue.size < this.pipe.capacityBytes || this.pipe.read.closed;
  }

  other(): PipeEnd {
    return this.pipe.read;
  }
}
