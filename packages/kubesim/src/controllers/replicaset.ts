import type { ReplicaSet, ReplicaSetCondition, ReplicaSetStatus } from 'kubernetes-types/apps/v1';
import type { Pod } from 'kubernetes-types/core/v1';
import type { KubeClient } from '../api/client.ts';
import { selectorMatches } from '../labels/selector.ts';
import {
  controllerReference,
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
  about,
  generateNameFor,
  isPodActive,
  isPodAvailable,
  isPodReady,
  ownedPods,
  ownersOfPod,
  podFromTemplate,
  readySinceMs,
} from './pod-control.ts';

/** replicaset.BurstReplicas: the most pods created or deleted in one look. */
const BURST_REPLICAS = 500;
const DELETION_COST = 'controller.kubernetes.io/pod-deletion-cost';

/** ReplicaSets and ReplicationControllers are one controller upstream too, behind an adapter (pkg/controller/replication). */
interface Family {
  readonly kind: 'ReplicaSet' | 'ReplicationController';
  readonly apiVersion: 'apps/v1' | 'v1';
}

interface SetContext extends ControllerContext {
  readonly family: Family;
}

export function replicaSetController(context: ControllerContext): Controller {
  return controllerOfFamily('replicaset-controller', {
    ...context,
    family: { kind: 'ReplicaSet', apiVersion: 'apps/v1' },
  });
}

export function replicationController(context: ControllerContext): Controller {
  return controllerOfFamily('replicationcontroller-controller', {
    ...context,
    family: { kind: 'ReplicationController', apiVersion: 'v1' },
  });
}

function controllerOfFamily(name: string, context: SetContext): Controller {
  const { client, family } = context;
  return {
    name,
    watches: [family.kind, 'Pod'],
    keysOf(change) {
      const pod = changeOf(change, 'Pod');
      if (pod === undefined) return change.kind === family.kind ? [keyOf(change.object)] : [];
      const before = pod.previous === undefined ? [] : ownersOfPod(client, family.kind, pod.previous);
      return [...before, ...ownersOfPod(client, family.kind, pod.object)];
    },
    allKeys: () => client.list(family.kind).map(keyOf),
    reconcile(key) {
      const { namespace, name } = splitKey(key);
      const set = setOf(client, family, namespace, name);
      return set === undefined ? DONE : reconcile(context, set);
    },
  };
}

/** A ReplicationController's selector is a map of labels. */
function setOf(client: KubeClient, family: Family, namespace: string, name: string): ReplicaSet | undefined {
  if (family.kind === 'ReplicaSet') return client.get('ReplicaSet', namespace, name);
  const controller = client.get('ReplicationController', namespace, name);
  if (controller === undefined) return undefined;
  const { metadata, spec, status } = controller;
  return {
    ...(metadata === undefined ? {} : { metadata }),
    spec: { ...spec, selector: { matchLabels: spec?.selector ?? {} } },
    ...(status === undefined ? {} : { status }),
  };
}

function reconcile(context: SetContext, set: ReplicaSet): ReconcileResult {
  const { kind, apiVersion } = context.family;
  const owner = controllerReference(apiVersion, kind, set);
  const pods = ownedPods(context, set, owner, set.spec?.selector).filter(isPodActive);
  const failure = isTerminating(set) ? undefined : manage(context, set, pods);
  return writeStatus(context, set, pods, failure);
}

interface Failure {
  readonly reason: 'FailedCreate' | 'FailedDelete';
  readonly message: string;
}

function manage(context: SetContext, set: ReplicaSet, pods: readonly Pod[]): Failure | undefined {
  const difference = (set.spec?.replicas ?? 1) - pods.length;
  if (difference > 0) return create(context, set, Math.min(difference, BURST_REPLICAS));
  if (difference < 0) return remove(context, set, pods, Math.min(-difference, BURST_REPLICAS));
  return undefined;
}

function create(context: SetContext, set: ReplicaSet, count: number): Failure | undefined {
  const owner = controllerReference(context.family.apiVersion, context.family.kind, set);
  const template = set.spec?.template ?? {};
  for (let made = 0; made < count; made++) {
    const pod = podFromTemplate(template, { generateName: generateNameFor(set) }, namespaceOf(set), owner);
    const result = context.client.create('Pod', pod);
    if (!result.ok) {
      const message = result.status.message ?? '';
      context.event(
        about(context.family.kind, context.family.apiVersion, set),
        'Warning',
        'FailedCreate',
        `Error creating: ${message}`,
      );
      return { reason: 'FailedCreate', message };
    }
    context.event(
      about(context.family.kind, context.family.apiVersion, set),
      'Normal',
      'SuccessfulCreate',
      `Created pod: ${nameOf(result.object)}`,
    );
  }
  return undefined;
}

function remove(
  context: SetContext,
  set: ReplicaSet,
  pods: readonly Pod[],
  count: number,
): Failure | undefined {
  for (const pod of podsToDelete(pods, count)) {
    const result = context.client.delete('Pod', namespaceOf(pod), nameOf(pod));
    if (!result.ok && result.status.code !== 404) {
      const message = result.status.message ?? '';
      context.event(
        about(context.family.kind, context.family.apiVersion, set),
        'Warning',
        'FailedDelete',
        `Error deleting: ${message}`,
      );
      return { reason: 'FailedDelete', message };
    }
    context.event(
      about(context.family.kind, context.family.apiVersion, set),
      'Normal',
      'SuccessfulDelete',
      `Deleted pod: ${nameOf(pod)}`,
    );
  }
  return undefined;
}

/** The order in which a ReplicaSet gives pods up (controller.ActivePodsWithRanks): the least useful first. */
export function podsToDelete(pods: readonly Pod[], count: number): readonly Pod[] {
  const perNode = new Map<string, number>();
  for (const pod of pods) {
    const node = pod.spec?.nodeName ?? '';
    perNode.set(node, (perNode.get(node) ?? 0) + 1);
  }
  const rank = (pod: Pod): readonly number[] => {
    const phases = ['Pending', 'Unknown', 'Running'];
    return [
      pod.spec?.nodeName === undefined ? 0 : 1,
      phases.indexOf(pod.status?.phase ?? 'Pending'),
      isPodReady(pod) ? 1 : 0,
      Number(pod.metadata?.annotations?.[DELETION_COST] ?? '0') || 0,
      -(perNode.get(pod.spec?.nodeName ?? '') ?? 0),
      -(readySinceMs(pod) ?? 0),
      -Math.max(0, ...(pod.status?.containerStatuses ?? []).map((status) => status.restartCount)),
      -parseTimestamp(pod.metadata?.creationTimestamp),
    ];
  };
  return [...pods]
    .map((pod) => ({ pod, rank: rank(pod) }))
    .sort((left, right) => {
      for (let index = 0; index < left.rank.length; index++) {
        const difference = (left.rank[index] ?? 0) - (right.rank[index] ?? 0);
        if (difference !== 0) return difference;
      }
      // Within one second all else is equal: the newest goes first.
      return (
        Number(right.pod.metadata?.resourceVersion ?? 0) - Number(left.pod.metadata?.resourceVersion ?? 0)
      );
    })
    .slice(0, count)
    .map((entry) => entry.pod);
}

function writeStatus(
  context: SetContext,
  set: ReplicaSet,
  pods: readonly Pod[],
  failure: Failure | undefined,
): ReconcileResult {
  const minReadySeconds = set.spec?.minReadySeconds ?? 0;
  const labels = set.spec?.template?.metadata?.labels ?? {};
  const ready = pods.filter(isPodReady).length;
  const available =
    minReadySeconds === 0
      ? ready
      : pods.filter((pod) => isPodAvailable(pod, minReadySeconds, context.nowMs())).length;
  const conditions = replicaFailure(context, set.status?.conditions ?? [], failure);
  const status: ReplicaSetStatus = {
    replicas: pods.length,
    fullyLabeledReplicas: pods.filter((pod) => selectorMatches({ matchLabels: labels }, pod.metadata?.labels))
      .length,
    readyReplicas: ready,
    availableReplicas: available,
    observedGeneration: set.metadata?.generation ?? 0,
    ...(conditions.length === 0 ? {} : { conditions }),
  };
  const written = withoutZeros(status);
  if (!sameValue(withoutZeros(set.status ?? { replicas: 0 }), written)) {
    // A failed creation raises Events that name the set, and the set's revision: look again, no conflict.
    const result =
      context.family.kind === 'ReplicaSet'
        ? context.client.updateStatus('ReplicaSet', { ...set, status: written })
        : context.client.updateStatus('ReplicationController', {
            ...(set.metadata === undefined ? {} : { metadata: set.metadata }),
            status: written,
          });
    if (!result.ok && result.status.code !== 404) return RETRY;
  }
  if (failure !== undefined) return RETRY;
  if (minReadySeconds > 0 && ready > available) return { kind: 'done', afterMs: minReadySeconds * 1000 };
  return DONE;
}

/** Go's `omitempty`: counts of zero are not in the JSON, but for `replicas`. */
function withoutZeros(status: ReplicaSetStatus): ReplicaSetStatus {
  const entries = Object.entries(status).filter(([key, value]) => key === 'replicas' || value !== 0);
  return Object.fromEntries(entries) as unknown as ReplicaSetStatus;
}

function replicaFailure(
  context: ControllerContext,
  present: readonly ReplicaSetCondition[],
  failure: Failure | undefined,
): ReplicaSetCondition[] {
  const others = present.filter((condition) => condition.type !== 'ReplicaFailure');
  if (failure === undefined) return others;
  const before = present.find(
    (condition) => condition.type === 'ReplicaFailure' && condition.reason === failure.reason,
  );
  if (before !== undefined) return [...present];
  return [
    ...others,
    {
      type: 'ReplicaFailure',
      status: 'True',
      lastTransitionTime: timestamp(context.nowMs()),
      reason: failure.reason,
      message: failure.message,
    },
  ];
}
