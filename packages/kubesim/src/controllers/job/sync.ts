import type { Job, JobStatus } from 'kubernetes-types/batch/v1';
import type { Pod } from 'kubernetes-types/core/v1';
import {
  controllerReference,
  isTerminating,
  parseTimestamp,
  timestamp,
  uidOf,
} from '../../runtime/objects.ts';
import type { ControllerContext } from '../contract.ts';
import { isPodActive, isPodFinished, isPodReady, ownedPods } from '../pod-control.ts';
import { afterEnds } from './backoff.ts';
import type { JobBackoff } from './backoff.ts';
import { conditionOf } from './conditions.ts';
import type { Ending } from './conditions.ts';
import { countIndexes, hasIndex, indexOf, parseIndexes, withIndexes } from './indexes.ts';
import type { Indexes } from './indexes.ts';
import { isPodFailed, judgeFailure, successOf } from './policies.ts';
import { allFailuresBefore, failuresBefore, isTracked, TRACKING_FINALIZER } from './pods.ts';
import { finishedAtMs } from './backoff.ts';

const BACKOFF_LIMIT = 6;

/** All that one look at a job goes by. */
export interface JobView {
  readonly job: Job;
  readonly nowMs: number;
  readonly pods: readonly Pod[];
  readonly active: readonly Pod[];
  /** Pods that are going and have not come to their end. */
  readonly terminating: number;
  readonly ready: number;
  readonly startMs: number | undefined;
  readonly indexed: boolean;
  readonly succeeded: number;
  readonly counted: Indexes;
  readonly succeededIndexes: Indexes;
  /** Only with a backoffLimitPerIndex. */
  readonly failedIndexes: Indexes | undefined;
  /** By index: the failed pod whose count the next pod of that index has still to be told. */
  readonly awaiting: ReadonlyMap<number, Pod>;
  readonly backoff: JobBackoff;
  readonly ending: Ending | undefined;
}

export function isSuspended(job: Job): boolean {
  return job.spec?.suspend === true;
}

function completionsOf(job: Job): number {
  return job.spec?.completions ?? 0;
}

/** Of an Indexed job only pods of an index that is there count. */
function isValid(view: { readonly job: Job; readonly indexed: boolean }, pod: Pod): boolean {
  if (!view.indexed) return true;
  const index = indexOf(pod);
  return index !== undefined && index < completionsOf(view.job);
}

export function viewOf(context: ControllerContext, job: Job, known: JobBackoff | undefined): JobView {
  const nowMs = context.nowMs();
  const owner = controllerReference('batch/v1', 'Job', job);
  const pods = ownedPods(context, job, owner, job.spec?.selector, TRACKING_FINALIZER);
  const active = pods.filter(isPodActive);
  const indexed = job.spec?.completionMode === 'Indexed';
  const status = job.status ?? {};
  const uncounted = status.uncountedTerminatedPods ?? {};
  const isNew = (pod: Pod, counted: readonly string[] = []): boolean =>
    isTracked(pod) && !counted.includes(uidOf(pod)) && isValid({ job, indexed }, pod);
  const newlySucceeded = pods.filter(
    (pod) => isNew(pod, uncounted.succeeded) && pod.status?.phase === 'Succeeded',
  );
  const newlyFailed = pods.filter((pod) => isNew(pod, uncounted.failed) && isPodFailed(pod, job));
  const failed =
    (status.failed ?? 0) +
    (uncounted.failed ?? []).length +
    newlyFailed.filter((pod) => judgeFailure(job, pod).counts).length;
  const counted = parseIndexes(status.completedIndexes, completionsOf(job));
  const succeededIndexes = indexed ? withIndexes(counted, newlySucceeded.flatMap(indexesOf)) : [];
  const succeeded = indexed
    ? countIndexes(succeededIndexes)
    : (status.succeeded ?? 0) + newlySucceeded.length + (uncounted.succeeded ?? []).length;
  const failedIndexes =
    indexed && job.spec?.backoffLimitPerIndex !== undefined ? failedIndexesOf(job, pods) : undefined;
  const view = {
    job,
    nowMs,
    pods,
    active,
    terminating: pods.filter((pod) => isTerminating(pod) && !isPodFinished(pod)).length,
    ready: active.filter(isPodReady).length,
    startMs: startOf(job, nowMs),
    indexed,
    succeeded,
    counted,
    succeededIndexes,
    failedIndexes,
    backoff: afterEnds(known, newlySucceeded, newlyFailed),
  };
  return {
    ...view,
    awaiting: failedIndexes === undefined ? new Map() : awaitingOf(view, failedIndexes),
    ending: endingOf(view, failed),
  };
}

function indexesOf(pod: Pod): readonly number[] {
  const index = indexOf(pod);
  return index === undefined ? [] : [index];
}

/** A job that is resumed begins anew, as far as its deadline goes. */
function startOf(job: Job, nowMs: number): number | undefined {
  const { startTime } = job.status ?? {};
  if (isSuspended(job)) return startTime === undefined ? undefined : parseTimestamp(startTime);
  if (startTime === undefined || conditionOf(job, 'Suspended') !== undefined) return nowMs;
  return parseTimestamp(startTime);
}

function failedIndexesOf(job: Job, pods: readonly Pod[]): Indexes {
  const limit = job.spec?.backoffLimitPerIndex ?? 0;
  const failed = pods.filter((pod) => {
    if (!isTracked(pod) || !isValid({ job, indexed: true }, pod) || !isPodFailed(pod, job)) return false;
    const verdict = judgeFailure(job, pod);
    return verdict.failsIndex || (verdict.counts && failuresBefore(pod) >= limit);
  });
  return withIndexes(parseIndexes(job.status?.failedIndexes, completionsOf(job)), failed.flatMap(indexesOf));
}

function awaitingOf(
  view: Pick<JobView, 'job' | 'pods' | 'active' | 'succeededIndexes' | 'indexed'>,
  failedIndexes: Indexes,
): ReadonlyMap<number, Pod> {
  const running = new Set(view.active.flatMap(indexesOf));
  const awaiting = new Map<number, Pod>();
  for (const pod of view.pods) {
    const index = indexOf(pod);
    if (index === undefined || !isTracked(pod) || !isValid(view, pod) || !isPodFailed(pod, view.job))
      continue;
    if (running.has(index) || hasIndex(view.succeededIndexes, index) || hasIndex(failedIndexes, index))
      continue;
    const other = awaiting.get(index);
    const later =
      other === undefined ||
      (allFailuresBefore(other) <= allFailuresBefore(pod) && finishedAtMs(other) <= finishedAtMs(pod));
    if (later) awaiting.set(index, pod);
  }
  return awaiting;
}

/** API19: whether the job is at its end. Failures are looked at before success. */
function endingOf(view: Omit<JobView, 'awaiting' | 'ending'>, failed: number): Ending | undefined {
  const { job, pods, nowMs, startMs, succeededIndexes, failedIndexes } = view;
  const { spec } = job;
  const met = conditionOf(job, 'SuccessCriteriaMet');
  if (met !== undefined) return { type: 'Complete', reason: met.reason ?? '', message: met.message ?? '' };
  const target = conditionOf(job, 'FailureTarget');
  if (target !== undefined)
    return { type: 'Failed', reason: target.reason ?? '', message: target.message ?? '' };
  for (const pod of pods) {
    const message = isPodFailed(pod, job) ? judgeFailure(job, pod).jobMessage : undefined;
    if (message !== undefined) return { type: 'Failed', reason: 'PodFailurePolicy', message };
  }
  if (failed > (spec?.backoffLimit ?? BACKOFF_LIMIT) || restartsTooOften(job, pods))
    return {
      type: 'Failed',
      reason: 'BackoffLimitExceeded',
      message: 'Job has reached the specified backoff limit',
    };
  const deadline = spec?.activeDeadlineSeconds;
  if (
    deadline !== undefined &&
    startMs !== undefined &&
    !isSuspended(job) &&
    nowMs >= startMs + deadline * 1000
  )
    return {
      type: 'Failed',
      reason: 'DeadlineExceeded',
      message: 'Job was active longer than specified deadline',
    };
  if (failedIndexes !== undefined) {
    const count = countIndexes(failedIndexes);
    if (spec?.maxFailedIndexes !== undefined && count > spec.maxFailedIndexes)
      return {
        type: 'Failed',
        reason: 'MaxFailedIndexesExceeded',
        message: 'Job has exceeded the specified maximal number of failed indexes',
      };
    if (count > 0 && count + countIndexes(succeededIndexes) >= completionsOf(job))
      return { type: 'Failed', reason: 'FailedIndexes', message: 'Job has failed indexes' };
  }
  const success = view.indexed ? successOf(job, succeededIndexes) : undefined;
  return success === undefined ? undefined : { type: 'Complete', reason: 'SuccessPolicy', message: success };
}

/** With restartPolicy OnFailure it is the containers' restarts that count. */
function restartsTooOften({ spec }: Job, pods: readonly Pod[]): boolean {
  if (spec?.template.spec?.restartPolicy !== 'OnFailure') return false;
  const limit = spec.backoffLimit ?? BACKOFF_LIMIT;
  let restarts = 0;
  for (const { status } of pods) {
    if (status?.phase !== 'Running' && status?.phase !== 'Pending') continue;
    for (const each of [...(status.initContainerStatuses ?? []), ...(status.containerStatuses ?? [])])
      restarts += each.restartCount;
  }
  return limit === 0 ? restarts > 0 : restarts >= limit;
}

/** What may change of the status in one look. */
export interface Progress {
  readonly active: number;
  readonly ready: number;
  readonly terminating: number;
}

/** The status with these counts, and without what is not told. */
export function statusWith(
  status: JobStatus,
  { active, ready, terminating }: Progress,
  startMs: number | undefined,
): JobStatus {
  const { active: _active, startTime: _start, ...rest } = status;
  return {
    ...rest,
    ...(active === 0 ? {} : { active }),
    ready,
    terminating,
    ...(startMs === undefined ? {} : { startTime: timestamp(startMs) }),
    uncountedTerminatedPods: status.uncountedTerminatedPods ?? {},
  };
}
