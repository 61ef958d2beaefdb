/**
 * The work queue of one controller, as data: keys waiting in order, each once; how often each failed
 * in a row; and keys to look at again later. As client-go's rate limiting queue, without its locks.
 */
export interface WorkQueueState {
  readonly waiting: Set<string>;
  readonly failures: Map<string, number>;
  /** Key → id of the simulation's event that will enqueue it, and when. */
  readonly delayed: Map<string, { readonly eventId: number; readonly atMs: number }>;
}

/** client-go's item exponential failure rate limiter: 5 ms, doubling, at most 1000 s. */
const BASE_BACKOFF_MS = 5;
const MAX_BACKOFF_MS = 1_000_000;
const MAX_DOUBLINGS = 20;

export function newWorkQueue(): WorkQueueState {
  return { waiting: new Set(), failures: new Map(), delayed: new Map() };
}

/** The delay before the next try, and counts the failure. */
export function backoffMs(queue: WorkQueueState, key: string): number {
  const failures = queue.failures.get(key) ?? 0;
  queue.failures.set(key, failures + 1);
  return Math.min(MAX_BACKOFF_MS, BASE_BACKOFF_MS * 2 ** Math.min(failures, MAX_DOUBLINGS));
}

export function takeNext(queue: WorkQueueState): string | undefined {
  for (const key of queue.waiting) {
    queue.waiting.delete(key);
    return key;
  }
  return undefined;
}
