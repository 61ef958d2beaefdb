import type { Job, JobStatus } from 'kubernetes-types/batch/v1';
import type { Pod } from 'kubernetes-types/core/v1';
import { isTerminating, sameValue, timestamp, uidOf } from '../../runtime/objects.ts';
import { DONE, RETRY } from '../contract.ts';
import type { ControllerContext, ReconcileResult } from '../contract.ts';
import { about } from '../pod-control.ts';
import { ensureCondition, interimOf } from './conditions.ts';
import type { Ending } from './conditions.ts';
import { countIndexes, hasIndex, indexOf, printIndexes, withIndexes } from './indexes.ts';
import { isPodFailed, judgeFailure } from './policies.ts';
import { byIndex, isTracked, release } from './pods.ts';
import type { JobView } from './sync.ts';

/** Pods counted in one look, so that a status stays small (job controller, MaxUncountedPods). */
const MAX_UNCOUNTED_PODS = 500;

/**
 * Counts pods that came to their end, each exactly once: its uid goes into the status, then the pod is
 * let go, then the number grows (KEP-2307). A job that is at its end is told so last.
 */
export function track(
  context: ControllerContext,
  view: JobView,
  begun: JobStatus,
  ending: Ending | undefined,
  afterFlush: () => void,
): ReconcileResult {
  const held = new Set(view.pods.filter(isTracked).map(uidOf));
  const { status: noted, released, whole } = note(view, settle(begun, held), ending);
  const interim: JobStatus =
    ending === undefined
      ? noted
      : {
          ...noted,
          conditions: [
            ...ensureCondition(
              noted.conditions ?? [],
              { type: interimOf(ending), status: 'True', reason: ending.reason, message: ending.message },
              view.nowMs,
            ),
          ],
        };
  const flushed = flush(context, view.job, interim);
  if (flushed === undefined) return RETRY;
  afterFlush();
  let refused = false;
  for (const pod of released) {
    if (release(context, pod)) held.delete(uidOf(pod));
    else refused = true;
  }
  const settled = settle(interim, held);
  const finished = whole && ending !== undefined && mayFinish(settled);
  const last = finished ? finish(settled, ending, view.nowMs) : settled;
  const result = flush(context, flushed, last);
  if (result === undefined) return RETRY;
  if (finished) tellEnd(context, result, ending);
  return refused ? RETRY : DONE;
}

/** Uids of pods that are let go become numbers. */
function settle(status: JobStatus, held: ReadonlySet<string>): JobStatus {
  const { succeeded = [], failed = [] } = status.uncountedTerminatedPods ?? {};
  const stillSucceeded = succeeded.filter((uid) => held.has(uid));
  const stillFailed = failed.filter((uid) => held.has(uid));
  return numbered(status, {
    succeeded: (status.succeeded ?? 0) + succeeded.length - stillSucceeded.length,
    failed: (status.failed ?? 0) + failed.length - stillFailed.length,
    uncounted: { succeeded: stillSucceeded, failed: stillFailed },
  });
}

function numbered(
  status: JobStatus,
  numbers: {
    readonly succeeded: number;
    readonly failed: number;
    readonly uncounted: { readonly succeeded: readonly string[]; readonly failed: readonly string[] };
  },
): JobStatus {
  const { succeeded: _succeeded, failed: _failed, ...rest } = status;
  const { succeeded, failed, uncounted } = numbers;
  return {
    ...rest,
    ...(succeeded === 0 ? {} : { succeeded }),
    ...(failed === 0 ? {} : { failed }),
    uncountedTerminatedPods: {
      ...(uncounted.succeeded.length === 0 ? {} : { succeeded: [...uncounted.succeeded] }),
      ...(uncounted.failed.length === 0 ? {} : { failed: [...uncounted.failed] }),
    },
  };
}

interface Noted {
  readonly status: JobStatus;
  readonly released: readonly Pod[];
  /** false: there are more, for the next look. */
  readonly whole: boolean;
}

function note(view: JobView, begun: JobStatus, ending: Ending | undefined): Noted {
  const { job, indexed, awaiting } = view;
  const completions = job.spec?.completions ?? 0;
  const succeeded = [...(begun.uncountedTerminatedPods?.succeeded ?? [])];
  const failed = [...(begun.uncountedTerminatedPods?.failed ?? [])];
  const indexes: number[] = [];
  const released: Pod[] = [];
  let whole = true;
  for (const pod of indexed ? [...view.pods].sort(byIndex) : view.pods) {
    if (!isTracked(pod)) continue;
    const index = indexOf(pod);
    const isFailed = isPodFailed(pod, job);
    const hasSucceeded = pod.status?.phase === 'Succeeded';
    const isAwaited = index !== undefined && awaiting.get(index) === pod;
    if (!isTerminating(job) && ending === undefined && !hasSucceeded && (!isFailed || isAwaited)) continue;
    released.push(pod);
    const valid = !indexed || (index !== undefined && index < completions);
    if (hasSucceeded && !failed.includes(uidOf(pod))) {
      if (!indexed) {
        if (!succeeded.includes(uidOf(pod))) succeeded.push(uidOf(pod));
      } else if (valid && index !== undefined && !hasIndex(view.counted, index)) indexes.push(index);
    } else if (isFailed || ending?.type === 'Failed') {
      // Of a job that has failed every pod counts as failed that is not done.
      if (valid && !failed.includes(uidOf(pod)) && judgeFailure(job, pod).counts) failed.push(uidOf(pod));
    }
    if (indexes.length + succeeded.length + failed.length >= MAX_UNCOUNTED_PODS) {
      whole = false;
      break;
    }
  }
  const completed = withIndexes(view.succeededIndexes, indexes);
  const { completedIndexes: _before, ...rest } = begun;
  const base: JobStatus = indexed
    ? {
        ...rest,
        ...(completed.length === 0 ? {} : { completedIndexes: printIndexes(completed) }),
        ...(view.failedIndexes === undefined ? {} : { failedIndexes: printIndexes(view.failedIndexes) }),
      }
    : begun;
  const status = numbered(base, {
    succeeded: indexed ? countIndexes(completed) : (begun.succeeded ?? 0),
    failed: begun.failed ?? 0,
    uncounted: { succeeded, failed },
  });
  return { status, released, whole };
}

/** Not before the last pod is counted, and gone. */
function mayFinish({ uncountedTerminatedPods, terminating = 0 }: JobStatus): boolean {
  const { succeeded = [], failed = [] } = uncountedTerminatedPods ?? {};
  return succeeded.length === 0 && failed.length === 0 && terminating === 0;
}

function finish(status: JobStatus, ending: Ending, nowMs: number): JobStatus {
  const conditions = ensureCondition(status.conditions ?? [], { ...ending, status: 'True' }, nowMs);
  return {
    ...status,
    conditions: [...conditions],
    ...(ending.type === 'Complete' ? { completionTime: timestamp(nowMs) } : {}),
  };
}

/** The job as it is after this; undefined when the write was refused. */
function flush({ client }: ControllerContext, job: Job, status: JobStatus): Job | undefined {
  if (sameValue(status, job.status ?? {})) return job;
  const result = client.updateStatus('Job', { ...job, status });
  if (result.ok) return result.object;
  return result.status.code === 404 ? { ...job, status } : undefined;
}

function tellEnd(context: ControllerContext, job: Job, ending: Ending): void {
  const subject = about('Job', 'batch/v1', job);
  const { completions } = job.spec ?? {};
  if (ending.type === 'Failed') {
    context.event(subject, 'Warning', ending.reason, ending.message);
    return;
  }
  if (completions !== undefined && (job.status?.succeeded ?? 0) > completions)
    context.event(
      subject,
      'Warning',
      'TooManySucceededPods',
      'Too many succeeded pods running after completion count reached',
    );
  context.event(subject, 'Normal', 'Completed', 'Job completed');
}
