import type { Job, JobStatus } from 'kubernetes-types/batch/v1';
import {
  isTerminating,
  keyOf,
  nameOf,
  namespaceOf,
  parseTimestamp,
  splitKey,
} from '../../runtime/objects.ts';
import { changeOf, DONE, RETRY } from '../contract.ts';
import type { Controller, ControllerContext, ReconcileResult } from '../contract.ts';
import { about, ownersOfPod } from '../pod-control.ts';
import { conditionOf, ensureCondition, isFinished, isManagedElsewhere } from './conditions.ts';
import type { Ending } from './conditions.ts';
import { deleteActive, managePods, progressOf } from './manage.ts';
import type { Managed } from './manage.ts';
import { isSuspended, statusWith, viewOf } from './sync.ts';
import type { JobView } from './sync.ts';
import { track } from './tracking.ts';

/** API19: runs the pods of jobs to their ends and counts them. */
export function jobController(context: ControllerContext): Controller {
  const { client, jobBackoffs } = context;
  return {
    name: 'job-controller',
    watches: ['Job', 'Pod'],
    keysOf(change) {
      if (change.kind === 'Job') return [keyOf(change.object)];
      const pod = changeOf(change, 'Pod');
      if (pod === undefined) return [];
      const before = pod.previous === undefined ? [] : ownersOfPod(client, 'Job', pod.previous);
      return [...before, ...ownersOfPod(client, 'Job', pod.object)];
    },
    allKeys: () => client.list('Job').map(keyOf),
    reconcile(key) {
      const { namespace, name } = splitKey(key);
      const job = client.get('Job', namespace, name);
      if (job === undefined || isFinished(job)) jobBackoffs.delete(key);
      if (job === undefined || isManagedElsewhere(job)) return DONE;
      return isFinished(job) ? afterFinish(context, job) : reconcile(context, job, key);
    },
  };
}

const COMPLETED: Ending = {
  type: 'Complete',
  reason: 'CompletionsReached',
  message: 'Reached expected number of succeeded pods',
};

function reconcile(context: ControllerContext, job: Job, key: string): ReconcileResult {
  const view = viewOf(context, job, context.jobBackoffs.get(key));
  const idle: Managed = { ...progressOf(view), refused: false, waitMs: 0 };
  let { ending } = view;
  let managed = idle;
  let conditions = job.status?.conditions ?? [];
  if (ending !== undefined) {
    const deleted = deleteActive(context, view);
    managed = { ...idle, ...deleted, refused: !deleted.all };
    // As long as a pod is left, the job is not at its end.
    if (!deleted.all) ending = undefined;
  } else {
    const managing = !isTerminating(job);
    if (managing) managed = managePods(context, view);
    if (isComplete(view, managed.active)) ending = COMPLETED;
    else if (managing) conditions = suspension(context, view, conditions);
  }
  const status: JobStatus = {
    ...statusWith(job.status ?? {}, managed, view.startMs),
    ...(conditions.length === 0 ? {} : { conditions }),
  };
  const result = track(context, view, status, ending, () => {
    if (view.backoff.failures > 0) context.jobBackoffs.set(key, view.backoff);
    else context.jobBackoffs.delete(key);
  });
  if (result.kind === 'retry' || managed.refused) return RETRY;
  const deadline = job.spec?.activeDeadlineSeconds;
  const waits = [
    managed.waitMs > 0 ? managed.waitMs : Infinity,
    deadline === undefined || view.startMs === undefined || isSuspended(job) || ending !== undefined
      ? Infinity
      : view.startMs + deadline * 1000 - view.nowMs,
  ];
  const next = Math.min(...waits);
  return Number.isFinite(next) ? { kind: 'done', afterMs: Math.max(1, next) } : DONE;
}

function isComplete({ job, succeeded, active: before, backoff }: JobView, active: number): boolean {
  const completions = job.spec?.completions;
  // While a back-off lasts nothing is told to be active, and pods may be none the less.
  if (active > 0 || (backoff.failures > 0 && before.length > 0)) return false;
  return completions === undefined ? succeeded > 0 : succeeded >= completions;
}

function suspension(
  context: ControllerContext,
  { job, nowMs }: JobView,
  conditions: NonNullable<JobStatus['conditions']>,
): NonNullable<JobStatus['conditions']> {
  const suspended = isSuspended(job);
  const after = ensureCondition(
    conditions,
    suspended
      ? { type: 'Suspended', status: 'True', reason: 'JobSuspended', message: 'Job suspended' }
      : { type: 'Suspended', status: 'False', reason: 'JobResumed', message: 'Job resumed' },
    nowMs,
  );
  if (after === conditions) return conditions;
  const subject = about('Job', 'batch/v1', job);
  if (suspended) context.event(subject, 'Normal', 'Suspended', 'Job suspended');
  else context.event(subject, 'Normal', 'Resumed', 'Job resumed');
  return [...after];
}

/** ttlSecondsAfterFinished (the TTL-after-finished controller). */
function afterFinish(context: ControllerContext, job: Job): ReconcileResult {
  const ttl = job.spec?.ttlSecondsAfterFinished;
  if (ttl === undefined || isTerminating(job)) return DONE;
  const finished = conditionOf(job, 'Complete') ?? conditionOf(job, 'Failed');
  const leftMs = parseTimestamp(finished?.lastTransitionTime) + ttl * 1000 - context.nowMs();
  if (leftMs > 0) return { kind: 'done', afterMs: leftMs };
  context.client.delete('Job', namespaceOf(job), nameOf(job), { propagationPolicy: 'Foreground' });
  return DONE;
}
