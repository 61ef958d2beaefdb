import type { Pod } from 'kubernetes-types/core/v1';
import { parseTimestamp } from '../../runtime/objects.ts';

/** job controller: DefaultJobPodFailureBackOff and its ceiling. */
const FAILURE_BACKOFF_MS = 10_000;
const MAX_FAILURE_BACKOFF_MS = 600_000;

/** How often a job's pods failed since one succeeded, and when last. */
export interface JobBackoff {
  readonly failures: number;
  readonly lastFailureMs: number;
}

const NONE: JobBackoff = { failures: 0, lastFailureMs: 0 };

/** The record after these pods came to their ends. */
export function afterEnds(
  before: JobBackoff | undefined,
  succeeded: readonly Pod[],
  failed: readonly Pod[],
): JobBackoff {
  if (failed.length === 0) return succeeded.length > 0 ? NONE : (before ?? NONE);
  const failures = failed.map(finishedAtMs);
  const lastFailureMs = Math.max(...failures);
  if (succeeded.length === 0) return { failures: (before?.failures ?? 0) + failures.length, lastFailureMs };
  const lastSuccessMs = Math.max(...succeeded.map(finishedAtMs));
  const since = failures.filter((atMs) => atMs > lastSuccessMs);
  return since.length === 0 ? NONE : { failures: since.length, lastFailureMs };
}

/** 10 s after a failure, doubling with each, up to 10 minutes. */
export function backoffLeftMs({ failures, lastFailureMs }: JobBackoff, nowMs: number): number {
  if (failures === 0) return 0;
  const backoffMs = Math.min(MAX_FAILURE_BACKOFF_MS, FAILURE_BACKOFF_MS * 2 ** Math.min(failures - 1, 10));
  return Math.max(0, lastFailureMs + backoffMs - nowMs);
}

export function finishedAtMs(pod: Pod): number {
  const ends = (pod.status?.containerStatuses ?? []).map(({ state }) => state?.terminated?.finishedAt);
  if (ends.length > 0 && ends.every((end) => end !== undefined))
    return Math.max(...ends.map((end) => parseTimestamp(end)));
  const unready = pod.status?.conditions?.find(({ type, status }) => type === 'Ready' && status === 'False');
  if (unready?.lastTransitionTime !== undefined) return parseTimestamp(unready.lastTransitionTime);
  const { deletionTimestamp, deletionGracePeriodSeconds = 0, creationTimestamp } = pod.metadata ?? {};
  if (deletionTimestamp !== undefined)
    return parseTimestamp(deletionTimestamp) - deletionGracePeriodSeconds * 1000;
  return parseTimestamp(creationTimestamp);
}
