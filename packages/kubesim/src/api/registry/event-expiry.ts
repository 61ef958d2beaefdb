import type { ObjectStore } from '../../store/store.ts';
import { parseTime } from '../time.ts';

/** How long the API server keeps Events (`--event-ttl`). */
const EVENT_TTL_MS = 60 * 60 * 1000;
/** A crash-looping pod makes many; the oldest go first. */
const MAX_EVENTS = 4000;
/** Looking for expired ones costs a pass over all, so it is done once in so many creations. */
const SWEEP_EVERY = 64;

/** Takes away Events whose time is up. Called after an Event was made, so the number of Events stays bounded. */
export function expireEvents(store: ObjectStore, nowMs: number): void {
  const count = store.count('events');
  if (store.revision % SWEEP_EVERY !== 0 && count <= MAX_EVENTS) return;
  const aged = store
    .list('events')
    .objects.map((event) => ({
      event,
      version: Number(event.metadata.resourceVersion),
      atMs: lastSeen(event),
    }))
    .sort((a, b) => a.version - b.version);
  const surplus = Math.max(0, count - MAX_EVENTS);
  for (const [index, { event, atMs }] of aged.entries()) {
    if (index >= surplus && atMs > nowMs - EVENT_TTL_MS) continue;
    store.remove('events', `${event.metadata.namespace ?? ''}/${event.metadata.name ?? ''}`, event);
  }
}

function lastSeen(event: { readonly metadata: { readonly creationTimestamp?: string } }): number {
  const { lastTimestamp } = event as { lastTimestamp?: string | null };
  return parseTime(lastTimestamp ?? event.metadata.creationTimestamp ?? '') ?? 0;
}
