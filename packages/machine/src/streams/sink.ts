import type { WriteStream } from '../contract.ts';
import { ByteQueue } from './byte-queue.ts';
import { pokeAll } from './pollable.ts';
import type { Pollable, Waiter } from './pollable.ts';

/** What waits for a listener that has paused or has not come yet, bytes: a pty's and a pipe's worth. */
const QUEUE_BYTES = 65_536;

export interface SinkClock {
  nowMs(): number;
  /** Runs `callback` when the next virtual millisecond begins. */
  atNextMs(callback: () => void): void;
}

/**
 * Output that leaves the world of the machines: a terminal's screen, an exec's pipe, a container's
 * log. It flows at a bounded rate, so that a loop of `yes` costs the host no more than that.
 */
export class OutputSink implements WriteStream, Pollable {
  readonly isTty: boolean;
  readonly waiters = new Set<Waiter>();
  readonly #bytesPerMs: number;
  readonly #clock: SinkClock;
  readonly #queue = new ByteQueue();
  #listener: ((data: Uint8Array) => void) | undefined;
  #paused = false;
  #drained: (() => void)[] = [];
  #windowMs = -1;
  #sentInWindow = 0;
  #flushPlanned = false;

  constructor(options: { readonly isTty: boolean; readonly bytesPerMs: number; readonly clock: SinkClock }) {
    this.isTty = options.isTty;
    this.#bytesPerMs = options.bytesPerMs;
    this.#clock = options.clock;
  }

  listen(listener: (data: Uint8Array) => void): void {
    this.#listener = listener;
    this.#flush();
  }

  pause(paused: boolean): void {
    this.#paused = paused;
    this.#flush();
  }

  write(data: Uint8Array): number {
    const taken = data.subarray(0, Math.max(0, QUEUE_BYTES - this.#queue.size));
    this.#queue.push(taken.slice());
    this.#flush();
    return taken.length;
  }

  ready(): boolean {
    return this.#queue.size < QUEUE_BYTES;
  }

  /** Runs `callback` once everything written so far has been heard: at once when nobody listens. */
  whenDrained(callback: () => void): void {
    if (this.#queue.size === 0 || this.#listener === undefined) callback();
    else this.#drained.push(callback);
  }

  attach(): void {
    // A sink stays open as long as its handle.
  }

  detach(): void {
    // See `attach`.
  }

  #flush(): void {
    const wasFull = this.#queue.size >= QUEUE_BYTES;
    const windowMs = Math.floor(this.#clock.nowMs());
    if (windowMs !== this.#windowMs) {
      this.#windowMs = windowMs;
      this.#sentInWindow = 0;
    }
    while (
      this.#listener !== undefined &&
      !this.#paused &&
      this.#queue.size > 0 &&
      this.#sentInWindow < this.#bytesPerMs
    ) {
      const data = this.#queue.take(this.#bytesPerMs - this.#sentInWindow);
      this.#sentInWindow += data.length;
      this.#listener(data);
    }
    if (this.#queue.size === 0) {
      const callbacks = this.#drained;
      this.#drained = [];
      for (const callback of callbacks) callback();
    } else if (this.#listener !== undefined && !this.#paused) this.#planFlush();
    if (wasFull && this.#queue.size < QUEUE_BYTES) pokeAll(this.waiters);
  }

  #planFlush(): void {
    if (this.#flushPlanned) return;
    this.#flushPlanned = true;
    this.#clock.atNextMs(() => {
      this.#flushPlanned = false;
      this.#flush();
    });
  }
}

/** Of what a child writes, this much is kept for the daemon that started it, bytes: the rest is lost. */
const HEARD_BYTES = 1_048_576;

/** Listens to a sink from now on. @returns what has come, up to a bound. */
export function heardOf(sink: OutputSink): () => Uint8Array {
  const heard = new ByteQueue();
  sink.listen((data) => {
    heard.push(data.slice(0, Math.max(0, HEARD_BYTES - heard.size)));
  });
  return () => heard.take(heard.size);
}
