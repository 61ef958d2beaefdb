/**
 * A pending event is data, never a closure: `target` names the subsystem that handles it.
 * That is what lets a running cluster be forked, stored and replayed.
 */
export interface SimEvent {
  readonly id: number;
  readonly atMs: number;
  readonly target: string;
  readonly data: unknown;
}

/** A binary heap ordered by time, then by order of scheduling, so that equal times replay alike. */
export interface EventQueueState {
  nextId: number;
  heap: SimEvent[];
  /** Ids that are still to run; an event in the heap whose id is missing here was cancelled. */
  live: Set<number>;
}

export function emptyQueue(): EventQueueState {
  return { nextId: 1, heap: [], live: new Set() };
}

function before(left: SimEvent, right: SimEvent): boolean {
  return left.atMs < right.atMs || (left.atMs === right.atMs && left.id < right.id);
}

export function push(queue: EventQueueState, atMs: number, target: string, data: unknown): number {
  const event: SimEvent = { id: queue.nextId++, atMs, target, data };
  const heap = queue.heap;
  heap.push(event);
  queue.live.add(event.id);
  let index = heap.length - 1;
  while (index > 0) {
    const parent = (index - 1) >> 1;
    const above = heap[parent];
    if (above === undefined || !before(event, above)) break;
    heap[index] = above;
    index = parent;
  }
  heap[index] = event;
  return event.id;
}

function removeTop(heap: SimEvent[]): SimEvent | undefined {
  const top = heap[0];
  const last = heap.pop();
  if (top === undefined || last === undefined || heap.length === 0) return top;
  let index = 0;
  for (;;) {
    const leftIndex = 2 * index + 1;
    const left = heap[leftIndex];
    if (left === undefined) break;
    const right = heap[leftIndex + 1];
    const takeRight = right !== undefined && before(right, left);
    const child = takeRight ? right : left;
    if (!before(child, last)) break;
    heap[index] = child;
    index = takeRight ? leftIndex + 1 : leftIndex;
  }
  heap[index] = last;
  return top;
}

/** The next event that is not cancelled, left in the queue. */
export function peek(queue: EventQueueState): SimEvent | undefined {
  for (;;) {
    const top = queue.heap[0];
    if (top === undefined || queue.live.has(top.id)) return top;
    removeTop(queue.heap);
  }
}

export function pop(queue: EventQueueState): SimEvent | undefined {
  const next = peek(queue);
  if (next === undefined) return undefined;
  queue.live.delete(next.id);
  return removeTop(queue.heap);
}

/** Cancelling an event that already ran, or twice, does nothing. */
export function cancel(queue: EventQueueState, id: number): void {
  queue.live.delete(id);
}

/** Every event that is still to run, in no order. */
export function* pending(queue: EventQueueState): Generator<SimEvent> {
  for (const event of queue.heap) if (queue.live.has(event.id)) yield event;
}

/** Moves events to later times, all at once; ids stay, so that they can still be cancelled. */
export function postpone(queue: EventQueueState, laterMs: ReadonlyMap<number, number>): void {
  queue.heap = [...pending(queue)]
    .map((event) => ({ ...event, atMs: laterMs.get(event.id) ?? event.atMs }))
    // A sorted array is a heap.
    .sort((left, right) => (before(left, right) ? -1 : 1));
}
