import type { Deployment, ReplicaSet } from 'kubernetes-types/apps/v1';
import { parseTimestamp } from '../runtime/objects.ts';
import { scaledValue } from './pod-control.ts';

/** The arithmetic of a rolling update (deployment/rolling.go, deployment/sync.go), without any writing. */

export function maxSurgeOf(deployment: Deployment): number {
  if (deployment.spec?.strategy?.type === 'Recreate') return 0;
  return resolveFenceposts(deployment).surge;
}

export function maxUnavailableOf(deployment: Deployment): number {
  const replicas = deployment.spec?.replicas ?? 1;
  if (deployment.spec?.strategy?.type === 'Recreate' || replicas === 0) return 0;
  return Math.min(replicas, resolveFenceposts(deployment).unavailable);
}

/** Surge rounds up, unavailable down; both zero would never move, so one pod may then be missing. */
function resolveFenceposts(deployment: Deployment): { readonly surge: number; readonly unavailable: number } {
  const replicas = deployment.spec?.replicas ?? 1;
  const rolling = deployment.spec?.strategy?.rollingUpdate;
  const surge = scaledValue(rolling?.maxSurge, replicas, true, '25%');
  const unavailable = scaledValue(rolling?.maxUnavailable, replicas, false, '25%');
  return surge === 0 && unavailable === 0 ? { surge, unavailable: 1 } : { surge, unavailable };
}

const replicasOf = (set: ReplicaSet): number => set.spec?.replicas ?? 0;
const totalOf = (sets: readonly ReplicaSet[]): number =>
  sets.reduce((total, set) => total + replicasOf(set), 0);

/** NewRSNewReplicas: how many the new set may have now. */
export function newReplicaSetTarget(
  deployment: Deployment,
  newSet: ReplicaSet | undefined,
  all: readonly ReplicaSet[],
): number {
  const wanted = deployment.spec?.replicas ?? 1;
  const present = newSet === undefined ? 0 : replicasOf(newSet);
  if (deployment.spec?.strategy?.type === 'Recreate') return wanted;
  if (present >= wanted) return wanted;
  const maxTotal = wanted + maxSurgeOf(deployment);
  const current = totalOf(all);
  if (current >= maxTotal) return present;
  return present + Math.min(maxTotal - current, wanted - present);
}

/** How many old pods may go now (reconcileOldReplicaSets). */
export function cleanupTarget(
  deployment: Deployment,
  newSet: ReplicaSet,
  old: readonly ReplicaSet[],
): number {
  const minAvailable = (deployment.spec?.replicas ?? 1) - maxUnavailableOf(deployment);
  const newUnavailable = replicasOf(newSet) - (newSet.status?.availableReplicas ?? 0);
  return totalOf([newSet, ...old]) - minAvailable - newUnavailable;
}

export interface ScaledSet {
  readonly set: ReplicaSet;
  readonly replicas: number;
}

/** Old pods that are not available go first, since nobody misses them. */
export function scaledDownUnhealthy(old: readonly ReplicaSet[], budget: number): readonly ScaledSet[] {
  let left = budget;
  return [...old].sort(byCreation).map((set) => {
    const unhealthy = Math.max(0, replicasOf(set) - (set.status?.availableReplicas ?? 0));
    const removed = Math.min(left, unhealthy);
    left -= removed;
    return { set, replicas: replicasOf(set) - removed };
  });
}

/** Then available ones, oldest sets first, as far as availability allows. */
export function rollingScaleDown(
  deployment: Deployment,
  newSet: ReplicaSet,
  old: readonly ScaledSet[],
): readonly ScaledSet[] {
  const minAvailable = (deployment.spec?.replicas ?? 1) - maxUnavailableOf(deployment);
  const available = [newSet, ...old.map((entry) => entry.set)].reduce(
    (total, set) => total + (set.status?.availableReplicas ?? 0),
    0,
  );
  let left = available - minAvailable;
  return old.map((entry) => {
    const removed = Math.max(0, Math.min(left, entry.replicas));
    left -= removed;
    return { set: entry.set, replicas: entry.replicas - removed };
  });
}

function byCreation(left: ReplicaSet, right: ReplicaSet): number {
  return parseTimestamp(left.metadata?.creationTimestamp) - parseTimestamp(right.metadata?.creationTimestamp);
}

/** When the size of a Deployment changes mid-rollout, each active set grows or shrinks in proportion (deployment/sync.go, scale). */
export function proportionalTargets(
  deployment: Deployment,
  sets: readonly ReplicaSet[],
  newSet: ReplicaSet | undefined,
): readonly (readonly [ReplicaSet, number])[] {
  const wanted = deployment.spec?.replicas ?? 1;
  const active = sets.filter((set) => replicasOf(set) > 0);
  const only = active.length === 0 ? (newSet ?? sets.at(-1)) : active.length === 1 ? active[0] : undefined;
  if (only !== undefined) return [[only, wanted]];
  if (
    newSet !== undefined &&
    (newSet.status?.availableReplicas ?? 0) === wanted &&
    replicasOf(newSet) === wanted
  ) {
    return sets.filter((set) => set !== newSet && replicasOf(set) > 0).map((set) => [set, 0] as const);
  }
  const total = totalOf(active);
  const allowed = wanted > 0 ? wanted + maxSurgeOf(deployment) : 0;
  let toAdd = allowed - total;
  const bySize = [...active].sort(
    (left, right) =>
      replicasOf(right) - replicasOf(left) || (toAdd > 0 ? byCreation(right, left) : byCreation(left, right)),
  );
  const targets = bySize.map((set) => {
    const share = total === 0 ? 0 : Math.round((replicasOf(set) * allowed) / total) - replicasOf(set);
    const given = toAdd > 0 ? Math.min(Math.max(0, share), toAdd) : Math.max(Math.min(0, share), toAdd);
    toAdd -= given;
    return [set, Math.max(0, replicasOf(set) + given)] as [ReplicaSet, number];
  });
  const first = targets[0];
  if (first !== undefined) first[1] = Math.max(0, first[1] + toAdd);
  return targets;
}
