import type { KubeClient } from '../api/client.ts';
import type { ComponentContext } from '../component.ts';
import { sameValue, timestamp } from './objects.ts';
import type { Simulation } from '@podwire/sim';

/** What client-go's recorder remembers of the Events it made, for one source. Plain data. */
export interface EventRecorderState {
  /** What an Event says → the Event that says it, and how often. */
  readonly known: Map<
    string,
    { readonly namespace: string; readonly name: string; count: number; lastMs: number }
  >;
  /** Object → what its source may still say about it (the spam filter's token bucket). */
  readonly buckets: Map<string, { tokens: number; atMs: number }>;
  made: number;
}

export function newEventRecorderState(): EventRecorderState {
  return { known: new Map(), buckets: new Map(), made: 0 };
}

/** client-go: maxLruCacheEntries. */
const MAX_KNOWN = 4096;
/** client-go: defaultSpamBurst, and one more every five minutes. */
const SPAM_BURST = 25;
const SPAM_REFILL_MS = 300_000;
/** Events older than this are told anew (they have left the store an hour after they were made). */
const FORGET_MS = 3_600_000;

/** Records Events as one component, counting repetitions. */
export function eventRecorder(
  state: EventRecorderState,
  simulation: Simulation,
  client: KubeClient,
  component: string,
  host: string | undefined,
): ComponentContext['event'] {
  return (about, type, reason, message) => {
    const nowMs = simulation.nowMs;
    const namespace = about.namespace === undefined || about.namespace === '' ? 'default' : about.namespace;
    const subject = `${about.kind}/${about.namespace ?? ''}/${about.name}/${about.uid ?? ''}`;
    if (!allowed(state, subject, nowMs)) return;
    const key = `${subject}/${about.fieldPath ?? ''}/${type}/${reason}/${message}`;
    const known = state.known.get(key);
    if (known !== undefined && nowMs - known.lastMs < FORGET_MS) {
      const present = client.get('Event', known.namespace, known.name);
      if (present !== undefined) {
        known.count++;
        known.lastMs = nowMs;
        const changed = { ...present, count: known.count, lastTimestamp: timestamp(nowMs) };
        if (!sameValue(changed, present)) client.update('Event', changed);
        return;
      }
    }
    state.made++;
    const name = `${about.name}.${eventSuffix(nowMs, state.made)}`;
    const { fieldPath, uid, apiVersion, resourceVersion } = about;
    client.create('Event', {
      apiVersion: 'v1',
      kind: 'Event',
      metadata: { name, namespace },
      involvedObject: {
        kind: about.kind,
        name: about.name,
        ...(about.namespace === undefined || about.namespace === '' ? {} : { namespace: about.namespace }),
        ...(uid === undefined ? {} : { uid }),
        ...(apiVersion === undefined ? {} : { apiVersion }),
        ...(resourceVersion === undefined || resourceVersion === '' ? {} : { resourceVersion }),
        ...(fieldPath === undefined ? {} : { fieldPath }),
      },
      reason,
      message,
      source: { component, ...(host === undefined ? {} : { host }) },
      firstTimestamp: timestamp(nowMs),
      lastTimestamp: timestamp(nowMs),
      count: 1,
      type,
      reportingComponent: component,
      reportingInstance: host ?? '',
    });
    state.known.delete(key);
    state.known.set(key, { namespace, name, count: 1, lastMs: nowMs });
    for (const oldest of state.known.keys()) {
      if (state.known.size <= MAX_KNOWN) break;
      state.known.delete(oldest);
    }
  };
}

function allowed(state: EventRecorderState, subject: string, nowMs: number): boolean {
  const bucket = state.buckets.get(subject) ?? { tokens: SPAM_BURST, atMs: nowMs };
  bucket.tokens = Math.min(SPAM_BURST, bucket.tokens + (nowMs - bucket.atMs) / SPAM_REFILL_MS);
  bucket.atMs = nowMs;
  state.buckets.delete(subject);
  state.buckets.set(subject, bucket);
  for (const oldest of state.buckets.keys()) {
    if (state.buckets.size <= MAX_KNOWN) break;
    state.buckets.delete(oldest);
  }
  if (bucket.tokens < 1) return false;
  bucket.tokens--;
  return true;
}

/** Nanoseconds since the epoch in hex, as upstream names Events; the count keeps those of one moment apart. */
function eventSuffix(nowMs: number, made: number): string {
  return (BigInt(Math.floor(nowMs)) * 1_000_000n + BigInt(made % 1_000_000)).toString(16);
}
