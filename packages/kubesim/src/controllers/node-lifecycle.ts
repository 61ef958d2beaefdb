import type { Node, NodeCondition, Pod, Taint } from 'kubernetes-types/core/v1';
import { nameOf, namespaceOf, parseTimestamp, sameValue, timestamp } from '../runtime/objects.ts';
import { changeOf, DONE, RETRY } from './contract.ts';
import type { Controller, ControllerContext, ReconcileResult } from './contract.ts';
import { about } from './pod-control.ts';

export const LEASE_NAMESPACE = 'kube-node-lease';
/** --node-monitor-grace-period (50 s since 1.32). */
const GRACE_PERIOD_MS = 50_000;
export const NOT_READY_TAINT = 'node.kubernetes.io/not-ready';
export const UNREACHABLE_TAINT = 'node.kubernetes.io/unreachable';
const UNSCHEDULABLE_TAINT = 'node.kubernetes.io/unschedulable';
/** --node-monitor-period is 5 s; after the heartbeats that follow a rest at once, a second is enough. */
const CHECK_AFTER_REST_MS = 1_000;
const SILENT = 'Kubelet stopped posting node status.';

/** Watches over the nodes' heartbeats: a silent node becomes Unknown and tainted, its pods not ready. */
export function nodeLifecycleController(context: ControllerContext): Controller {
  const { client } = context;
  return {
    name: 'node-lifecycle-controller',
    upkeepEveryMs: CHECK_AFTER_REST_MS,
    watches: ['Node', 'Lease'],
    keysOf(change) {
      if (change.kind === 'Node') return [nameOf(change.object)];
      const lease = changeOf(change, 'Lease')?.object;
      // A heartbeat of a node that is known to be well tells nothing new: the timer is what finds silence.
      if (lease === undefined || namespaceOf(lease) !== LEASE_NAMESPACE) return [];
      const node = client.get('Node', undefined, nameOf(lease));
      return node !== undefined && readyOf(node)?.status === 'Unknown' ? [nameOf(lease)] : [];
    },
    allKeys: () => client.list('Node').map(nameOf),
    reconcile(name) {
      const node = client.get('Node', undefined, name);
      return node === undefined ? DONE : reconcile(context, node);
    },
  };
}

function readyOf(node: Node): NodeCondition | undefined {
  return node.status?.conditions?.find((condition) => condition.type === 'Ready');
}

function reconcile(context: ControllerContext, node: Node): ReconcileResult {
  const { client } = context;
  const nowMs = context.nowMs();
  const lease = client.get('Lease', LEASE_NAMESPACE, nameOf(node));
  const ready = readyOf(node);
  const heartbeatMs = Math.max(
    parseTimestamp(lease?.spec?.renewTime),
    parseTimestamp(ready?.lastHeartbeatTime),
    parseTimestamp(node.metadata?.creationTimestamp),
  );
  const silent = nowMs >= heartbeatMs + GRACE_PERIOD_MS;
  let current = node;
  if (silent && ready?.status !== 'Unknown') {
    const result = client.updateStatus('Node', {
      ...node,
      status: { ...node.status, conditions: unknownConditions(node, nowMs) },
    });
    if (!result.ok) return RETRY;
    current = result.object;
    context.event(
      about('Node', 'v1', node),
      'Normal',
      'NodeNotReady',
      `Node ${nameOf(node)} status is now: NodeNotReady`,
    );
  }
  const state = readyOf(current)?.status ?? 'Unknown';
  if (state !== 'True') markPodsNotReady(context, current);
  const tainted = writeTaints(context, current, state);
  if (!tainted) return RETRY;
  return {
    kind: 'done',
    afterMs: silent ? GRACE_PERIOD_MS : Math.max(1, heartbeatMs + GRACE_PERIOD_MS - nowMs),
  };
}

function unknownConditions(node: Node, nowMs: number): NodeCondition[] {
  const now = timestamp(nowMs);
  return (node.status?.conditions ?? []).map((condition) => ({
    ...condition,
    status: 'Unknown',
    reason: 'NodeStatusUnknown',
    message: SILENT,
    lastTransitionTime: condition.status === 'Unknown' ? (condition.lastTransitionTime ?? now) : now,
  }));
}

/** NoSchedule follows the conditions; NoExecute (which evicts) as well, by whether the node is not ready or not heard of. */
function writeTaints(context: ControllerContext, node: Node, ready: string): boolean {
  const key = ready === 'True' ? undefined : ready === 'False' ? NOT_READY_TAINT : UNREACHABLE_TAINT;
  const ours: ReadonlySet<string> = new Set([NOT_READY_TAINT, UNREACHABLE_TAINT, UNSCHEDULABLE_TAINT]);
  const present = node.spec?.taints ?? [];
  const wanted: Taint[] = present.filter((taint) => !ours.has(taint.key));
  const keep = (effect: string, name: string, withTime: boolean): void => {
    const before = present.find((taint) => taint.key === name && taint.effect === effect);
    wanted.push(
      before ?? { key: name, effect, ...(withTime ? { timeAdded: timestamp(context.nowMs()) } : {}) },
    );
  };
  if (node.spec?.unschedulable === true) keep('NoSchedule', UNSCHEDULABLE_TAINT, true);
  if (key !== undefined) {
    keep('NoSchedule', key, true);
    keep('NoExecute', key, true);
  }
  if (sameValue(sorted(present), sorted(wanted))) return true;
  const { taints: _replaced, ...spec } = node.spec ?? {};
  return context.client.update('Node', {
    ...node,
    spec: { ...spec, ...(wanted.length === 0 ? {} : { taints: wanted }) },
  }).ok;
}

function sorted(taints: readonly Taint[]): readonly Taint[] {
  return [...taints].sort((left, right) =>
    `${left.key}:${left.effect}` < `${right.key}:${right.effect}` ? -1 : 1,
  );
}

/** A pod on a node that nobody hears of can't be counted on: Services must leave it out. */
function markPodsNotReady(context: ControllerContext, node: Node): void {
  for (const pod of context.client.list('Pod')) {
    if (pod.spec?.nodeName !== nameOf(node)) continue;
    const ready = pod.status?.conditions?.find((condition) => condition.type === 'Ready');
    if (ready?.status !== 'True') continue;
    const conditions = (pod.status?.conditions ?? []).map((condition) =>
      condition === ready
        ? { ...condition, status: 'False', lastTransitionTime: timestamp(context.nowMs()) }
        : condition,
    );
    const result = context.client.updateStatus('Pod', { ...pod, status: { ...pod.status, conditions } });
    if (result.ok) context.event(about('Pod', 'v1', pod), 'Warning', 'NodeNotReady', 'Node is not ready');
  }
}

/** What the node's taints mean for a pod that runs there: when it must go, if at all. */
export function evictionMs(
  pod: Pod,
  node: Node,
  tolerates: (
    toleration: NonNullable<NonNullable<Pod['spec']>['tolerations']>[number],
    taint: Taint,
  ) => boolean,
): number | undefined {
  let earliest: number | undefined;
  for (const taint of node.spec?.taints ?? []) {
    if (taint.effect !== 'NoExecute') continue;
    const bearing = (pod.spec?.tolerations ?? []).filter((toleration) => tolerates(toleration, taint));
    if (bearing.length === 0) return 0;
    const limits = bearing.flatMap((toleration) =>
      toleration.tolerationSeconds === undefined ? [] : [Math.max(0, toleration.tolerationSeconds)],
    );
    if (limits.length === 0) continue;
    const atMs = parseTimestamp(taint.timeAdded) + Math.min(...limits) * 1000;
    earliest = earliest === undefined ? atMs : Math.min(earliest, atMs);
  }
  return earliest;
}
