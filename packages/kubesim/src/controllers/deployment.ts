import type { Deployment, DeploymentCondition, DeploymentStatus, ReplicaSet } from 'kubernetes-types/apps/v1';
import { selectorMatches } from '../labels/selector.ts';
import {
  controllerOf,
  controllerReference,
  isControlledBy,
  isTerminating,
  keyOf,
  nameOf,
  namespaceOf,
  parseTimestamp,
  sameValue,
  splitKey,
  timestamp,
} from '../runtime/objects.ts';
import { changeOf, DONE, RETRY } from './contract.ts';
import type { Controller, ControllerContext, ReconcileResult } from './contract.ts';
import {
  createNewReplicaSet,
  findNewReplicaSet,
  MAX_REPLICAS,
  ownedByRevision,
  syncAnnotations,
} from './deployment-revision.ts';
import {
  cleanupTarget,
  maxSurgeOf,
  maxUnavailableOf,
  newReplicaSetTarget,
  proportionalTargets,
  rollingScaleDown,
  scaledDownUnhealthy,
} from './deployment-rolling.ts';
import { about } from './pod-control.ts';

const PROGRESS_DEADLINE_SECONDS = 600;
const REVISION_HISTORY_LIMIT = 10;
/** What kubectl and the API server take for "no deadline" (math.MaxInt32). */
const NO_DEADLINE_SECONDS = 2_147_483_647;

export function deploymentController(context: ControllerContext): Controller {
  const { client } = context;
  return {
    name: 'deployment-controller',
    watches: ['Deployment', 'ReplicaSet'],
    keysOf(change) {
      if (change.kind === 'Deployment') return [keyOf(change.object)];
      const set = changeOf(change, 'ReplicaSet')?.object;
      if (set === undefined) return [];
      const owner = controllerOf(set);
      if (owner !== undefined)
        return owner.kind === 'Deployment' ? [`${namespaceOf(set)}/${owner.name}`] : [];
      return client
        .list('Deployment', { namespace: namespaceOf(set) })
        .filter((deployment) => selectorMatches(deployment.spec?.selector, set.metadata?.labels))
        .map(keyOf);
    },
    allKeys: () => client.list('Deployment').map(keyOf),
    reconcile(key) {
      const { namespace, name } = splitKey(key);
      const deployment = client.get('Deployment', namespace, name);
      return deployment === undefined ? DONE : new Rollout(context, deployment).reconcile();
    },
  };
}

/** One look at one Deployment. */
class Rollout {
  readonly #context: ControllerContext;
  #deployment: Deployment;
  #failed = false;

  constructor(context: ControllerContext, deployment: Deployment) {
    this.#context = context;
    this.#deployment = deployment;
  }

  reconcile(): ReconcileResult {
    const sets = this.#ownedSets();
    if (isTerminating(this.#deployment)) return this.#writeStatus(sets, []);
    let newSet = findNewReplicaSet(this.#deployment, sets);
    if (this.#deployment.spec?.paused === true) {
      if (newSet !== undefined) newSet = this.#annotate(newSet, sets);
      this.#scaleProportionally(sets);
      return this.#finish();
    }
    if (newSet === undefined) {
      const isRecreate = this.#deployment.spec?.strategy?.type === 'Recreate';
      if (isRecreate && (this.#scaleAllDown(sets) || this.#podsOf(sets))) return this.#finish();
      const made = createNewReplicaSet(
        this.#context,
        this.#deployment,
        sets,
        isRecreate ? this.#replicas : newReplicaSetTarget(this.#deployment, undefined, sets),
      );
      if (!made.ok)
        return this.#finish({
          type: 'Progressing',
          status: 'False',
          reason: 'ReplicaSetCreateError',
          message: made.message,
        });
      newSet = made.set;
      this.#deployment = made.deployment;
      const replicas = newSet.spec?.replicas ?? 0;
      if (replicas > 0) this.#scalingEvent('up', nameOf(newSet), 0, replicas);
      return this.#finish({
        type: 'Progressing',
        status: 'True',
        reason: 'NewReplicaSetCreated',
        message: `Created new replica set "${nameOf(newSet)}"`,
      });
    }
    newSet = this.#annotate(newSet, sets);
    if (this.#isScalingEvent(sets)) {
      this.#scaleProportionally(sets);
      return this.#finish();
    }
    const old = sets.filter((set) => set.metadata?.uid !== newSet.metadata?.uid);
    if (this.#deployment.spec?.strategy?.type === 'Recreate') {
      if (!this.#scaleAllDown(old) && !this.#podsOf(old)) this.#scale(newSet, this.#replicas);
    } else {
      const target = newReplicaSetTarget(this.#deployment, newSet, [newSet, ...old]);
      if (target !== (newSet.spec?.replicas ?? 0)) this.#scale(newSet, target);
      else this.#scaleOldDown(newSet, old);
    }
    if (this.#isComplete()) this.#cleanUp(old);
    return this.#finish();
  }

  get #replicas(): number {
    return this.#deployment.spec?.replicas ?? 1;
  }

  #ownedSets(): readonly ReplicaSet[] {
    const mine: ReplicaSet[] = [];
    const { client } = this.#context;
    for (const set of client.list('ReplicaSet', { namespace: namespaceOf(this.#deployment) })) {
      if (isControlledBy(set, this.#deployment)) mine.push(set);
      else if (controllerOf(set) === undefined && !isTerminating(set) && !isTerminating(this.#deployment)) {
        if (!selectorMatches(this.#deployment.spec?.selector, set.metadata?.labels)) continue;
        const owner = controllerReference('apps/v1', 'Deployment', this.#deployment);
        const adopted = client.update('ReplicaSet', {
          ...set,
          metadata: { ...set.metadata, ownerReferences: [...(set.metadata?.ownerReferences ?? []), owner] },
        });
        if (adopted.ok) mine.push(adopted.object);
      }
    }
    return ownedByRevision(mine);
  }

  #annotate(set: ReplicaSet, sets: readonly ReplicaSet[]): ReplicaSet {
    const synced = syncAnnotations(this.#context, this.#deployment, set, sets);
    if (!synced.ok) this.#failed = true;
    else this.#deployment = synced.deployment;
    return synced.ok ? synced.set : set;
  }

  /** The number of replicas asked for changed since the sets were last scaled. */
  #isScalingEvent(sets: readonly ReplicaSet[]): boolean {
    return sets.some(
      (set) =>
        (set.spec?.replicas ?? 0) > 0 &&
        Number(set.metadata?.annotations?.['deployment.kubernetes.io/desired-replicas']) !== this.#replicas,
    );
  }

  #scaleProportionally(sets: readonly ReplicaSet[]): void {
    for (const [set, target] of proportionalTargets(
      this.#deployment,
      sets,
      findNewReplicaSet(this.#deployment, sets),
    ))
      this.#scale(set, target);
  }

  #scaleAllDown(sets: readonly ReplicaSet[]): boolean {
    let scaled = false;
    for (const set of sets) {
      if ((set.spec?.replicas ?? 0) === 0) continue;
      this.#scale(set, 0);
      scaled = true;
    }
    return scaled;
  }

  /** Whether any pod of these sets is still there: Recreate waits for their end. */
  #podsOf(sets: readonly ReplicaSet[]): boolean {
    const uids = new Set(sets.map((set) => set.metadata?.uid));
    return this.#context.client
      .list('Pod', { namespace: namespaceOf(this.#deployment) })
      .some(
        (pod) =>
          pod.status?.phase !== 'Failed' &&
          pod.status?.phase !== 'Succeeded' &&
          uids.has(controllerOf(pod)?.uid),
      );
  }

  #scaleOldDown(newSet: ReplicaSet, old: readonly ReplicaSet[]): void {
    if (old.every((set) => (set.spec?.replicas ?? 0) === 0)) return;
    const budget = cleanupTarget(this.#deployment, newSet, old);
    if (budget <= 0) return;
    const afterUnhealthy = scaledDownUnhealthy(old, budget);
    const targets = rollingScaleDown(this.#deployment, newSet, afterUnhealthy);
    for (const { set, replicas } of targets)
      if (replicas !== (set.spec?.replicas ?? 0)) this.#scale(set, replicas);
  }

  #scale(set: ReplicaSet, replicas: number): void {
    const before = set.spec?.replicas ?? 0;
    const annotations = {
      ...set.metadata?.annotations,
      'deployment.kubernetes.io/desired-replicas': String(this.#replicas),
      [MAX_REPLICAS]: String(this.#replicas + maxSurgeOf(this.#deployment)),
    };
    if (before === replicas && sameValue(annotations, set.metadata?.annotations)) return;
    const result = this.#context.client.update('ReplicaSet', {
      ...set,
      metadata: { ...set.metadata, annotations },
      spec: { ...set.spec, selector: set.spec?.selector ?? {}, replicas },
    });
    if (!result.ok) this.#failed = true;
    else if (before !== replicas)
      this.#scalingEvent(replicas > before ? 'up' : 'down', nameOf(set), before, replicas);
  }

  #scalingEvent(direction: 'up' | 'down', name: string, from: number, to: number): void {
    this.#context.event(
      about('Deployment', 'apps/v1', this.#deployment),
      'Normal',
      'ScalingReplicaSet',
      `Scaled ${direction} replica set ${name} from ${from} to ${to}`,
    );
  }

  #cleanUp(old: readonly ReplicaSet[]): void {
    const limit = this.#deployment.spec?.revisionHistoryLimit ?? REVISION_HISTORY_LIMIT;
    const idle = old.filter(
      (set) => !isTerminating(set) && (set.spec?.replicas ?? 0) === 0 && (set.status?.replicas ?? 0) === 0,
    );
    for (const set of idle.slice(0, Math.max(0, idle.length - limit)))
      this.#context.client.delete('ReplicaSet', namespaceOf(set), nameOf(set));
  }

  #isComplete(): boolean {
    const status = this.#deployment.status ?? {};
    return (
      (status.updatedReplicas ?? 0) === this.#replicas &&
      (status.replicas ?? 0) === this.#replicas &&
      (status.availableReplicas ?? 0) === this.#replicas &&
      (status.observedGeneration ?? 0) >= (this.#deployment.metadata?.generation ?? 0)
    );
  }

  #finish(progress?: Pick<DeploymentCondition, 'type' | 'status' | 'reason' | 'message'>): ReconcileResult {
    const sets = this.#ownedSets();
    return this.#writeStatus(sets, progress === undefined ? [] : [progress]);
  }

  #writeStatus(
    sets: readonly ReplicaSet[],
    given: readonly Pick<DeploymentCondition, 'type' | 'status' | 'reason' | 'message'>[],
  ): ReconcileResult {
    const newSet = findNewReplicaSet(this.#deployment, sets);
    const sum = (pick: (set: ReplicaSet) => number | undefined): number =>
      sets.reduce((total, set) => total + (pick(set) ?? 0), 0);
    const total = sum((set) => set.status?.replicas);
    const available = sum((set) => set.status?.availableReplicas);
    const unavailable = Math.max(0, sum((set) => set.spec?.replicas) - available);
    const counts: DeploymentStatus = {
      observedGeneration: this.#deployment.metadata?.generation ?? 0,
      ...positive('replicas', total),
      ...positive('updatedReplicas', newSet?.status?.replicas ?? 0),
      ...positive(
        'readyReplicas',
        sum((set) => set.status?.readyReplicas),
      ),
      ...positive('availableReplicas', available),
      ...positive('unavailableReplicas', unavailable),
      ...(this.#deployment.status?.collisionCount === undefined
        ? {}
        : { collisionCount: this.#deployment.status.collisionCount }),
    };
    const wanted = [
      this.#availability(available),
      ...given,
      ...(given.length === 0 ? this.#progress(counts, newSet) : []),
      ...replicaFailure(sets),
    ];
    const kept = (this.#deployment.status?.conditions ?? []).filter(
      (condition) => condition.type === 'Progressing' && !wanted.some((item) => item.type === 'Progressing'),
    );
    const conditions = [...kept, ...wanted.map((item) => this.#condition(item, counts))];
    const status: DeploymentStatus = { ...counts, conditions: conditions.sort(byType) };
    if (
      !sameValue(status, {
        ...this.#deployment.status,
        conditions: [...(this.#deployment.status?.conditions ?? [])].sort(byType),
      })
    ) {
      const result = this.#context.client.updateStatus('Deployment', { ...this.#deployment, status });
      if (!result.ok && result.status.code !== 404) return RETRY;
    }
    if (this.#failed) return RETRY;
    return this.#afterDeadline(conditions);
  }

  #availability(available: number): Pick<DeploymentCondition, 'type' | 'status' | 'reason' | 'message'> {
    return available >= this.#replicas - maxUnavailableOf(this.#deployment)
      ? {
          type: 'Available',
          status: 'True',
          reason: 'MinimumReplicasAvailable',
          message: 'Deployment has minimum availability.',
        }
      : {
          type: 'Available',
          status: 'False',
          reason: 'MinimumReplicasUnavailable',
          message: 'Deployment does not have minimum availability.',
        };
  }

  /** The Progressing condition (deployment/progress.go): complete, moving, or stuck past its deadline. */
  #progress(
    counts: DeploymentStatus,
    newSet: ReplicaSet | undefined,
  ): readonly Pick<DeploymentCondition, 'type' | 'status' | 'reason' | 'message'>[] {
    const deadline = this.#deployment.spec?.progressDeadlineSeconds ?? PROGRESS_DEADLINE_SECONDS;
    if (deadline === NO_DEADLINE_SECONDS) return [];
    const paused = this.#deployment.spec?.paused === true;
    const current = this.#deployment.status?.conditions?.find(
      (condition) => condition.type === 'Progressing',
    );
    if (paused) {
      return current?.reason === 'DeploymentPaused'
        ? []
        : [
            {
              type: 'Progressing',
              status: 'Unknown',
              reason: 'DeploymentPaused',
              message: 'Deployment is paused',
            },
          ];
    }
    if (current?.reason === 'DeploymentPaused')
      return [
        {
          type: 'Progressing',
          status: 'Unknown',
          reason: 'DeploymentResumed',
          message: 'Deployment is resumed',
        },
      ];
    const name =
      newSet === undefined ? `Deployment "${nameOf(this.#deployment)}"` : `ReplicaSet "${nameOf(newSet)}"`;
    const before = this.#deployment.status ?? {};
    const complete =
      (counts.updatedReplicas ?? 0) === this.#replicas &&
      (counts.replicas ?? 0) === this.#replicas &&
      (counts.availableReplicas ?? 0) === this.#replicas;
    if (complete)
      return [
        {
          type: 'Progressing',
          status: 'True',
          reason: 'NewReplicaSetAvailable',
          message: `${name} has successfully progressed.`,
        },
      ];
    const oldBefore = (before.replicas ?? 0) - (before.updatedReplicas ?? 0);
    const oldNow = (counts.replicas ?? 0) - (counts.updatedReplicas ?? 0);
    const moved =
      (counts.updatedReplicas ?? 0) > (before.updatedReplicas ?? 0) ||
      oldNow < oldBefore ||
      (counts.readyReplicas ?? 0) > (before.readyReplicas ?? 0) ||
      (counts.availableReplicas ?? 0) > (before.availableReplicas ?? 0);
    if (moved)
      return [
        {
          type: 'Progressing',
          status: 'True',
          reason: 'ReplicaSetUpdated',
          message: `${name} is progressing.`,
        },
      ];
    if (current === undefined || current.reason === 'NewReplicaSetAvailable') return [];
    const sinceMs = parseTimestamp(current.lastUpdateTime);
    if (current.reason === 'ProgressDeadlineExceeded' || this.#context.nowMs() >= sinceMs + deadline * 1000)
      return [
        {
          type: 'Progressing',
          status: 'False',
          reason: 'ProgressDeadlineExceeded',
          message: `${name} has timed out progressing.`,
        },
      ];
    return [];
  }

  #condition(
    wanted: Pick<DeploymentCondition, 'type' | 'status' | 'reason' | 'message'>,
    counts: DeploymentStatus,
  ): DeploymentCondition {
    const now = timestamp(this.#context.nowMs());
    const current = this.#deployment.status?.conditions?.find((condition) => condition.type === wanted.type);
    const unchanged = current?.status === wanted.status && current.reason === wanted.reason;
    const moved =
      wanted.reason === 'ReplicaSetUpdated' &&
      !sameValue(counts, { ...this.#deployment.status, conditions: undefined });
    if (current !== undefined && unchanged && !moved) return current;
    const transition = current?.status === wanted.status ? (current.lastTransitionTime ?? now) : now;
    return { ...wanted, lastTransitionTime: transition, lastUpdateTime: now };
  }

  #afterDeadline(conditions: readonly DeploymentCondition[]): ReconcileResult {
    const progressing = conditions.find((condition) => condition.type === 'Progressing');
    const moving = progressing?.status === 'True' && progressing.reason !== 'NewReplicaSetAvailable';
    if (!moving) return DONE;
    const deadlineMs =
      parseTimestamp(progressing.lastUpdateTime) +
      (this.#deployment.spec?.progressDeadlineSeconds ?? PROGRESS_DEADLINE_SECONDS) * 1000;
    return { kind: 'done', afterMs: Math.max(1000, deadlineMs - this.#context.nowMs()) };
  }
}

function byType(left: DeploymentCondition, right: DeploymentCondition): number {
  return left.type < right.type ? -1 : left.type > right.type ? 1 : 0;
}

/** Go's `omitempty`. */
function positive<Key extends string>(key: Key, value: number): Partial<Record<Key, number>> {
  return value === 0 ? {} : ({ [key]: value } as Record<Key, number>);
}

function replicaFailure(
  sets: readonly ReplicaSet[],
): readonly Pick<DeploymentCondition, 'type' | 'status' | 'reason' | 'message'>[] {
  for (const set of sets) {
    const failure = set.status?.conditions?.find(
      (condition) => condition.type === 'ReplicaFailure' && condition.status === 'True',
    );
    if (failure !== undefined)
      return [
        {
          type: 'ReplicaFailure',
          status: 'True',
          reason: failure.reason ?? '',
          message: failure.message ?? '',
        },
      ];
  }
  return [];
}
