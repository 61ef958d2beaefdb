import type { Pod } from 'kubernetes-types/core/v1';
import type { LabelSelector, OwnerReference } from 'kubernetes-types/meta/v1';
import type { PodDisruptionBudget, PodDisruptionBudgetStatus } from 'kubernetes-types/policy/v1';
import { selectorMatches } from '../labels/selector.ts';
import {
  controllerOf,
  isTerminating,
  keyOf,
  nameOf,
  namespaceOf,
  sameValue,
  splitKey,
} from '../runtime/objects.ts';
import { disruptionAllowedCondition } from '../runtime/disruption.ts';
import { changeOf, DONE, RETRY } from './contract.ts';
import type { Controller, ControllerContext, ReconcileResult } from './contract.ts';
import { about, isPodReady, scaledValue } from './pod-control.ts';

/** An evicted pod that is not gone after this counts as there again (disruption.DeletionTimeout), ms. */
const DELETION_TIMEOUT_MS = 120_000;

/** Counts for each PodDisruptionBudget how many of its pods may be evicted (API16). */
export function disruptionController(context: ControllerContext): Controller {
  const { client } = context;
  const budgetsOf = (namespace: string, takes: (budget: PodDisruptionBudget) => boolean): readonly string[] =>
    client.list('PodDisruptionBudget', { namespace }).filter(takes).map(keyOf);
  return {
    name: 'disruption-controller',
    watches: [
      'PodDisruptionBudget',
      'Pod',
      'Deployment',
      'ReplicaSet',
      'StatefulSet',
      'ReplicationController',
    ],
    keysOf(change) {
      if (change.kind === 'PodDisruptionBudget') return [keyOf(change.object)];
      const namespace = namespaceOf(change.object);
      const pod = changeOf(change, 'Pod');
      if (pod !== undefined) {
        const { object, previous } = pod;
        return budgetsOf(
          namespace,
          ({ spec }) =>
            selectorMatches(spec?.selector, object.metadata?.labels) ||
            (previous !== undefined && selectorMatches(spec?.selector, previous.metadata?.labels)),
        );
      }
      const before = change.previous as { spec?: { replicas?: number } } | undefined;
      const after = change.object as { spec?: { replicas?: number } };
      // Only what is wanted of a workload counts: its pods tell of themselves.
      return before?.spec?.replicas === after.spec?.replicas ? [] : budgetsOf(namespace, () => true);
    },
    allKeys: () => client.list('PodDisruptionBudget').map(keyOf),
    reconcile(key) {
      const { namespace, name } = splitKey(key);
      const budget = client.get('PodDisruptionBudget', namespace, name);
      return budget === undefined ? DONE : count(context, budget);
    },
  };
}

function count(context: ControllerContext, budget: PodDisruptionBudget): ReconcileResult {
  const pods = context.client
    .list('Pod', { namespace: namespaceOf(budget) })
    .filter((pod) => selectorMatches(budget.spec?.selector, pod.metadata?.labels));
  const subject = about('PodDisruptionBudget', 'policy/v1', budget);
  if (pods.length === 0) context.event(subject, 'Normal', 'NoPods', 'No matching pods found');
  const expected = expectedOf(context, budget, pods);
  if (expected.kind === 'failed') {
    const { message } = expected;
    context.event(
      subject,
      'Warning',
      'CalculateExpectedPodCountFailed',
      `Failed to calculate the number of expected pods: ${message}`,
    );
    return failSafe(context, budget, message);
  }
  if (expected.unmanaged)
    context.event(
      subject,
      'Warning',
      'UnmanagedPods',
      `Pods selected by this PodDisruptionBudget (selector: ${printed(budget.spec?.selector)}) were found to be unmanaged. As a result, the status of the PDB cannot be calculated correctly, which may result in undefined behavior. To account for these pods please set ".spec.minAvailable" field of the PDB to an integer value.`,
    );
  const nowMs = context.nowMs();
  const { disrupted, recheckMs } = stillExpectedToGo(context, budget, pods, nowMs);
  const healthy = pods.filter(
    (pod) => !isTerminating(pod) && disrupted[nameOf(pod)] === undefined && isPodReady(pod),
  ).length;
  const allowed = expected.pods <= 0 ? 0 : Math.max(0, healthy - expected.healthy);
  const result = write(context, budget, {
    conditions: disruptionAllowedCondition(budget, allowed, nowMs),
    currentHealthy: healthy,
    desiredHealthy: expected.healthy,
    ...(Object.keys(disrupted).length === 0 ? {} : { disruptedPods: disrupted }),
    disruptionsAllowed: allowed,
    expectedPods: expected.pods,
    observedGeneration: budget.metadata?.generation ?? 0,
  });
  return result.kind === 'done' && recheckMs !== undefined
    ? { kind: 'done', afterMs: Math.max(0, recheckMs - nowMs) }
    : result;
}

function write(
  context: ControllerContext,
  budget: PodDisruptionBudget,
  status: PodDisruptionBudgetStatus,
): ReconcileResult {
  if (sameValue(budget.status, status)) return DONE;
  const result = context.client.updateStatus('PodDisruptionBudget', { ...budget, status });
  return result.ok || result.status.code === 404 ? DONE : RETRY;
}

/** Nobody may evict what cannot be counted. */
function failSafe(context: ControllerContext, budget: PodDisruptionBudget, message: string): ReconcileResult {
  const zero = { currentHealthy: 0, desiredHealthy: 0, disruptionsAllowed: 0, expectedPods: 0 };
  const written = write(context, budget, {
    ...zero,
    ...budget.status,
    conditions: disruptionAllowedCondition(budget, 0, context.nowMs(), { reason: 'SyncFailed', message }),
    disruptionsAllowed: 0,
  });
  return written;
}

type Expected =
  | { readonly kind: 'counted'; readonly pods: number; readonly healthy: number; readonly unmanaged: boolean }
  | { readonly kind: 'failed'; readonly message: string };

function expectedOf(context: ControllerContext, budget: PodDisruptionBudget, pods: readonly Pod[]): Expected {
  const { maxUnavailable, minAvailable } = budget.spec ?? {};
  if (maxUnavailable === undefined && typeof minAvailable !== 'string')
    return { kind: 'counted', pods: pods.length, healthy: minAvailable ?? 0, unmanaged: false };
  const scale = scaleOf(context, pods);
  if (scale.kind === 'failed') return scale;
  const healthy =
    maxUnavailable === undefined
      ? scaledValue(minAvailable, scale.total, true, 0)
      : Math.max(0, scale.total - scaledValue(maxUnavailable, scale.total, true, 0));
  return { kind: 'counted', pods: scale.total, healthy, unmanaged: scale.unmanaged };
}

type Scale =
  | { readonly kind: 'scale'; readonly total: number; readonly unmanaged: boolean }
  | { readonly kind: 'failed'; readonly message: string };

/** What the workloads of these pods want together. */
function scaleOf(context: ControllerContext, pods: readonly Pod[]): Scale {
  const replicas = new Map<string, number>();
  let unmanaged = false;
  for (const pod of pods) {
    const owner = controllerOf(pod);
    if (owner === undefined) unmanaged = true;
    else if (!replicas.has(owner.uid)) {
      const found = workloadOf(context, owner, namespaceOf(pod));
      if (found.kind === 'missing')
        return { kind: 'failed', message: `found no controllers for pod "${nameOf(pod)}"` };
      if (found.kind === 'unscalable') return { kind: 'failed', message: found.message };
      replicas.set(owner.uid, 0);
      replicas.set(found.uid, found.replicas);
    }
  }
  // A ReplicaSet of a Deployment stands for the Deployment, whose uid holds the number.
  return { kind: 'scale', total: [...replicas.values()].reduce((sum, each) => sum + each, 0), unmanaged };
}

type Workload =
  | { readonly kind: 'workload'; readonly uid: string; readonly replicas: number }
  | { readonly kind: 'missing' }
  | { readonly kind: 'unscalable'; readonly message: string };

const UNSCALABLE: Readonly<Record<string, string>> = {
  DaemonSet: 'daemonsets.apps',
  Job: 'jobs.batch',
  Node: 'nodes',
};

function workloadOf({ client }: ControllerContext, owner: OwnerReference, namespace: string): Workload {
  switch (owner.kind) {
    case 'ReplicaSet': {
      const set = client.get('ReplicaSet', namespace, owner.name);
      if (set?.metadata?.uid !== owner.uid) return { kind: 'missing' };
      const above = controllerOf(set);
      if (above?.kind !== 'Deployment') return workload(set);
      const deployment = client.get('Deployment', namespace, above.name);
      return deployment?.metadata?.uid === above.uid ? workload(deployment) : { kind: 'missing' };
    }
    case 'StatefulSet':
    case 'ReplicationController': {
      const found = client.get(owner.kind, namespace, owner.name);
      return found?.metadata?.uid === owner.uid ? workload(found) : { kind: 'missing' };
    }
    default: {
      const resource = UNSCALABLE[owner.kind];
      return resource === undefined
        ? { kind: 'missing' }
        : { kind: 'unscalable', message: `${resource} does not implement the scale subresource` };
    }
  }
}

function workload(object: {
  readonly metadata?: { readonly uid?: string };
  readonly spec?: { readonly replicas?: number };
}): Workload {
  return { kind: 'workload', uid: object.metadata?.uid ?? '', replicas: object.spec?.replicas ?? 1 };
}

/** Pods that were evicted and are still there, while they may be expected to go. */
function stillExpectedToGo(
  context: ControllerContext,
  budget: PodDisruptionBudget,
  pods: readonly Pod[],
  nowMs: number,
): { readonly disrupted: Record<string, string>; readonly recheckMs: number | undefined } {
  const disrupted: Record<string, string> = {};
  let recheckMs: number | undefined;
  for (const pod of pods) {
    const since = budget.status?.disruptedPods?.[nameOf(pod)];
    if (since === undefined || isTerminating(pod)) continue;
    const untilMs = Date.parse(since) + DELETION_TIMEOUT_MS;
    if (untilMs < nowMs) {
      const namespace = namespaceOf(budget);
      context.event(
        about('Pod', 'v1', pod),
        'Warning',
        'NotDeleted',
        `Pod was expected by PDB ${namespace}/${namespace} to be deleted but it wasn't`,
      );
      continue;
    }
    disrupted[nameOf(pod)] = since;
    recheckMs = Math.min(recheckMs ?? untilMs, untilMs);
  }
  return { disrupted, recheckMs };
}

/** A selector as Go prints it with %v. */
function printed(selector: LabelSelector | undefined): string {
  if (selector === undefined) return 'nil';
  const labels = Object.entries(selector.matchLabels ?? {})
    .sort(([left], [right]) => (left < right ? -1 : 1))
    .map(([key, value]) => `${key}: ${value},`)
    .join('');
  const expressions = (selector.matchExpressions ?? [])
    .map(
      ({ key, operator, values = [] }) =>
        `LabelSelectorRequirement{Key:${key},Operator:${operator},Values:[${values.join(' ')}],},`,
    )
    .join('');
  return `&LabelSelector{MatchLabels:map[string]string{${labels}},MatchExpressions:[]LabelSelectorRequirement{${expressions}},}`;
}
