import type { ReadStream, WriteStream } from '../contract.ts';

/** Someone to tell that a stream's readiness may have changed. */
export interface Waiter {
  poke(): void;
}

/** What the streams of this package add to the contract: waiting, and knowing who holds them. */
export interface Pollable {
  ready(): boolean;
  readonly waiters: Set<Waiter>;
  /** A process was given this end. */
  attach(): void;
  /** Such a process ended. The last one to go closes the end. */
  detach(): void;
}

export function isPollable(
  stream: ReadStream | WriteStream,
): stream is (ReadStream | WriteStream) & Pollable {
  return 'waiters' in stream && 'attach' in stream;
}

/** Streams from elsewhere without a `ready` are always ready. */
export function streamReady(stream: ReadStream | WriteStream): boolean {
  return stream.ready?.() ?? true;
}

export function pokeAll(waiters: ReadonlySet<Waiter>): void {
  for (const waiter of [...waiters]) waiter.poke();
}
