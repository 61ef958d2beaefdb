import type { Pod } from 'kubernetes-types/core/v1';
import type { ControllerContext } from '../contract.ts';
import { isPodReady } from '../pod-control.ts';
import { podsToDelete } from '../replicaset.ts';
import { isTerminating } from '../../runtime/objects.ts';
import { backoffLeftMs, finishedAtMs } from './backoff.ts';
import { firstFree, indexOf, mergeIndexes, withIndexes } from './indexes.ts';
import { allFailuresBefore, byIndex, createPod, deletePod, release } from './pods.ts';
import { onlyReplacesFailed } from './policies.ts';
import { isSuspended } from './sync.ts';
import type { JobView, Progress } from './sync.ts';

/** Pods made or deleted in one look (job controller, MaxPodCreateDeletePerSync). */
const MAX_PODS_PER_LOOK = 500;

export interface Managed extends Progress {
  /** Some write was refused. */
  readonly refused: boolean;
  /** When to look again, for a back-off that is not over. */
  readonly waitMs: number;
}

/** Brings the number of running pods to what the job asks for. */
export function managePods(context: ControllerContext, view: JobView): Managed {
  const { job, active, succeeded } = view;
  const idle: Managed = { ...progressOf(view), refused: false, waitMs: 0 };
  if (isSuspended(job)) return remove(context, view, active);
  const parallelism = job.spec?.parallelism ?? 1;
  const completions = job.spec?.completions;
  const wanted =
    completions === undefined
      ? succeeded > 0
        ? active.length
        : parallelism
      : Math.max(0, Math.min(parallelism, completions - succeeded));
  const surplus = surplusOf(view, Math.max(0, active.length - wanted)).slice(0, MAX_PODS_PER_LOOK);
  // Either pods go or pods come, in one look.
  if (surplus.length > 0) return remove(context, view, surplus);
  const going = onlyReplacesFailed(job) ? view.terminating : 0;
  const missing = Math.min(wanted - going - active.length, MAX_PODS_PER_LOOK);
  return missing > 0 ? add(context, view, missing) : idle;
}

export function progressOf(view: JobView): Progress {
  return { active: view.active.length, ready: view.ready, terminating: view.terminating };
}

/** All active pods of a job that ends. They stay tracked until they are counted. */
export function deleteActive(
  context: ControllerContext,
  view: JobView,
): Progress & { readonly all: boolean } {
  const deleted = view.active.filter((pod) => deletePod(context, view.job, pod));
  return { ...without(view, deleted), all: deleted.length === view.active.length };
}

function remove(context: ControllerContext, view: JobView, pods: readonly Pod[]): Managed {
  const deleted = pods.filter((pod) => release(context, pod) && deletePod(context, view.job, pod));
  return { ...without(view, deleted), refused: deleted.length < pods.length, waitMs: 0 };
}

function without(view: JobView, deleted: readonly Pod[]): Progress {
  return {
    active: view.active.length - deleted.length,
    ready: view.ready - deleted.filter(isPodReady).length,
    terminating: view.terminating + deleted.length,
  };
}

/** Of an Indexed job first what has no index, an index beyond the last, or one that another pod has too. */
function surplusOf({ job, active, indexed }: JobView, atLeast: number): readonly Pod[] {
  if (!indexed) return podsToDelete(active, atLeast);
  const byCompletion = new Map<number, Pod[]>();
  const surplus: Pod[] = [];
  for (const pod of [...active].sort(byIndex)) {
    const index = indexOf(pod);
    if (index === undefined || index >= (job.spec?.completions ?? 0)) surplus.push(pod);
    else byCompletion.set(index, [...(byCompletion.get(index) ?? []), pod]);
  }
  const left: Pod[] = [];
  for (const pods of byCompletion.values()) {
    const rest = podsToDelete(pods, pods.length - 1);
    surplus.push(...rest);
    left.push(...pods.filter((pod) => !rest.includes(pod)));
  }
  return surplus.length >= atLeast ? surplus : [...surplus, ...podsToDelete(left, atLeast - surplus.length)];
}

function add(context: ControllerContext, view: JobView, missing: number): Managed {
  const { job, indexed, backoff, nowMs, awaiting } = view;
  const progress = progressOf(view);
  const perIndex = job.spec?.backoffLimitPerIndex !== undefined;
  const waitMs = perIndex ? 0 : backoffLeftMs(backoff, nowMs);
  // Nothing is active while a back-off lasts, as the real controller tells it.
  if (waitMs > 0) return { ...progress, active: 0, refused: false, waitMs };
  let indexes: readonly (number | undefined)[] = indexed
    ? freeIndexes(view, missing)
    : Array<undefined>(missing).fill(undefined);
  if (perIndex) {
    const waits = new Map(
      indexes.map((index) => [index, index === undefined ? 0 : indexWaitMs(awaiting.get(index), nowMs)]),
    );
    const now = indexes.filter((index) => waits.get(index) === 0);
    if (now.length === 0 && indexes.length > 0)
      return { ...progress, active: 0, refused: false, waitMs: Math.min(...waits.values()) };
    indexes = now;
  }
  let made = 0;
  for (const index of indexes) {
    const replaced = index === undefined ? undefined : awaiting.get(index);
    if (createPod(context, job, index, replaced) === undefined)
      return { ...progress, active: progress.active + made, refused: true, waitMs: 0 };
    made++;
  }
  return { ...progress, active: progress.active + made, refused: false, waitMs: 0 };
}

function freeIndexes({ job, pods, active, succeededIndexes, failedIndexes }: JobView, count: number) {
  const held = onlyReplacesFailed(job) ? [...active, ...pods.filter(isTerminating)] : active;
  const taken = withIndexes(
    mergeIndexes(succeededIndexes, failedIndexes ?? []),
    held.map(indexOf).filter((index) => index !== undefined),
  );
  return firstFree(taken, count, job.spec?.completions ?? 0);
}

function indexWaitMs(failed: Pod | undefined, nowMs: number): number {
  if (failed === undefined) return 0;
  const failures = allFailuresBefore(failed) + 1;
  return backoffLeftMs({ failures, lastFailureMs: finishedAtMs(failed) }, nowMs);
}
