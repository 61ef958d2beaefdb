import type { DaemonSet, DaemonSetStatus } from 'kubernetes-types/apps/v1';
import type { Node, Pod, PodSpec } from 'kubernetes-types/core/v1';
import {
  controllerReference,
  isTerminating,
  keyOf,
  nameOf,
  namespaceOf,
  sameValue,
  splitKey,
} from '../runtime/objects.ts';
import { nodeAffinityMatches } from '../scheduler/node-affinity.ts';
import { untoleratedTaint } from '../scheduler/taints.ts';
import { changeOf, DONE, RETRY } from './contract.ts';
import type { Controller, ControllerContext, ReconcileResult } from './contract.ts';
import {
  about,
  generateNameFor,
  isPodAvailable,
  isPodFinished,
  isPodReady,
  ownedPods,
  ownersOfPod,
  podFromTemplate,
  scaledValue,
} from './pod-control.ts';
import { hashOfRevision, noteRevision, truncateHistory } from './revisions.ts';

const HASH_LABEL = 'controller-revision-hash';
const GENERATION_LABEL = 'pod-template-generation';
/** What every daemon pod bears with (util.AddOrUpdateDaemonPodTolerations). */
const DAEMON_TOLERATIONS = [
  { key: 'node.kubernetes.io/not-ready', operator: 'Exists', effect: 'NoExecute' },
  { key: 'node.kubernetes.io/unreachable', operator: 'Exists', effect: 'NoExecute' },
  { key: 'node.kubernetes.io/disk-pressure', operator: 'Exists', effect: 'NoSchedule' },
  { key: 'node.kubernetes.io/memory-pressure', operator: 'Exists', effect: 'NoSchedule' },
  { key: 'node.kubernetes.io/pid-pressure', operator: 'Exists', effect: 'NoSchedule' },
  { key: 'node.kubernetes.io/unschedulable', operator: 'Exists', effect: 'NoSchedule' },
];
const NETWORK_UNAVAILABLE = {
  key: 'node.kubernetes.io/network-unavailable',
  operator: 'Exists',
  effect: 'NoSchedule',
};

export function daemonSetController(context: ControllerContext): Controller {
  const { client } = context;
  return {
    name: 'daemonset-controller',
    watches: ['DaemonSet', 'Pod', 'Node'],
    keysOf(change) {
      if (change.kind === 'DaemonSet') return [keyOf(change.object)];
      const pod = changeOf(change, 'Pod');
      if (pod !== undefined) return ownersOfPod(client, 'DaemonSet', pod.object);
      const node = changeOf(change, 'Node');
      if (node === undefined || (node.previous !== undefined && sameForDaemons(node.previous, node.object)))
        return [];
      return client.list('DaemonSet').map(keyOf);
    },
    allKeys: () => client.list('DaemonSet').map(keyOf),
    reconcile(key) {
      const { namespace, name } = splitKey(key);
      const set = client.get('DaemonSet', namespace, name);
      return set === undefined || isTerminating(set) ? DONE : reconcile(context, set);
    },
  };
}

function sameForDaemons(left: Node, right: Node): boolean {
  return (
    sameValue(left.metadata?.labels, right.metadata?.labels) &&
    sameValue(left.spec?.taints, right.spec?.taints)
  );
}

function reconcile(context: ControllerContext, set: DaemonSet): ReconcileResult {
  const { client } = context;
  const owner = controllerReference('apps/v1', 'DaemonSet', set);
  const history = noteRevision(context, { kind: 'DaemonSet', set, hashLabel: HASH_LABEL });
  if (history === undefined) return RETRY;
  const hash = hashOfRevision(history.current, HASH_LABEL);
  const pods = ownedPods(context, set, owner, set.spec?.selector);
  const byNode = new Map<string, Pod[]>();
  for (const pod of pods) {
    const node = targetNodeOf(pod);
    if (node !== undefined) byNode.set(node, [...(byNode.get(node) ?? []), pod]);
  }
  const nodes = client.list('Node');
  const spec = daemonPodSpec(set);
  let failed = false;
  const counts = { desired: 0, current: 0, misscheduled: 0 };
  for (const node of nodes) {
    const { shouldRun, shouldContinue } = verdictFor(spec, node);
    const here = (byNode.get(nameOf(node)) ?? []).filter((pod) => !isTerminating(pod));
    if (shouldRun) counts.desired++;
    if (shouldRun && here.length > 0) counts.current++;
    if (!shouldRun && here.length > 0) counts.misscheduled++;
    for (const finished of here.filter(isPodFinished)) {
      if (finished.status?.phase === 'Failed')
        context.event(
          about('DaemonSet', 'apps/v1', set),
          'Warning',
          'FailedDaemonPod',
          `Found failed daemon pod ${namespaceOf(finished)}/${nameOf(finished)} on node ${nameOf(node)}, will try to kill it`,
        );
      if (!remove(context, set, finished)) failed = true;
    }
    const alive = here.filter((pod) => !isPodFinished(pod));
    const leaving = (byNode.get(nameOf(node)) ?? []).some(isTerminating);
    if (shouldRun && alive.length === 0 && !leaving) {
      if (!create(context, set, spec, nameOf(node), hash)) failed = true;
    }
    for (const extra of shouldContinue ? alive.slice(1) : alive)
      if (!remove(context, set, extra)) failed = true;
  }
  if (set.spec?.updateStrategy?.type !== 'OnDelete')
    rollingUpdate(context, set, byNode, nodes, hash, counts.desired, spec);
  const inUse = new Set([hash, ...pods.map((pod) => pod.metadata?.labels?.[HASH_LABEL] ?? '')]);
  truncateHistory(context, set, history, (revision) => inUse.has(hashOfRevision(revision, HASH_LABEL)));
  return writeStatus(context, set, pods, hash, counts, failed);
}

/** Replaces outdated pods as fast as maxUnavailable allows; those that are not available count against it already. */
function rollingUpdate(
  context: ControllerContext,
  set: DaemonSet,
  byNode: ReadonlyMap<string, readonly Pod[]>,
  nodes: readonly Node[],
  hash: string,
  desired: number,
  spec: PodSpec,
): void {
  const maxUnavailable = Math.max(
    1,
    scaledValue(set.spec?.updateStrategy?.rollingUpdate?.maxUnavailable, desired, true, 1),
  );
  let unavailable = 0;
  const outdated: Pod[] = [];
  for (const node of nodes) {
    const pod = byNode.get(nameOf(node))?.find((item) => !isTerminating(item));
    if (pod === undefined) {
      // One that is going, or has just been made anew and is not seen yet.
      if (byNode.has(nameOf(node)) || verdictFor(spec, node).shouldRun) unavailable++;
      continue;
    }
    const available = isPodAvailable(pod, set.spec?.minReadySeconds ?? 0, context.nowMs());
    if (pod.metadata?.labels?.[HASH_LABEL] === hash) {
      if (!available) unavailable++;
    } else if (available) outdated.push(pod);
    else remove(context, set, pod);
  }
  for (const pod of outdated.slice(0, Math.max(0, maxUnavailable - unavailable))) remove(context, set, pod);
}

function daemonPodSpec(set: DaemonSet): PodSpec {
  const spec = set.spec?.template.spec ?? { containers: [] };
  const extra = spec.hostNetwork === true ? [...DAEMON_TOLERATIONS, NETWORK_UNAVAILABLE] : DAEMON_TOLERATIONS;
  const given = spec.tolerations ?? [];
  return {
    ...spec,
    tolerations: [...given, ...extra.filter((item) => !given.some((other) => sameValue(item, other)))],
  };
}

function verdictFor(
  spec: PodSpec,
  node: Node,
): { readonly shouldRun: boolean; readonly shouldContinue: boolean } {
  const fits =
    (spec.nodeName === undefined || spec.nodeName === nameOf(node)) && nodeAffinityMatches(spec, node);
  const noSchedule = untoleratedTaint(node, spec.tolerations ?? [], ['NoSchedule', 'NoExecute']);
  const noExecute = untoleratedTaint(node, spec.tolerations ?? [], ['NoExecute']);
  return { shouldRun: fits && noSchedule === undefined, shouldContinue: fits && noExecute === undefined };
}

/** Daemon pods are bound by the scheduler, steered by an affinity to one node's name. */
function targetNodeOf(pod: Pod): string | undefined {
  if (pod.spec?.nodeName !== undefined && pod.spec.nodeName !== '') return pod.spec.nodeName;
  const terms =
    pod.spec?.affinity?.nodeAffinity?.requiredDuringSchedulingIgnoredDuringExecution?.nodeSelectorTerms ?? [];
  return terms.flatMap((term) => term.matchFields ?? []).find((field) => field.key === 'metadata.name')
    ?.values?.[0];
}

function create(
  context: ControllerContext,
  set: DaemonSet,
  spec: PodSpec,
  node: string,
  hash: string,
): boolean {
  const field = { key: 'metadata.name', operator: 'In', values: [node] };
  const given =
    spec.affinity?.nodeAffinity?.requiredDuringSchedulingIgnoredDuringExecution?.nodeSelectorTerms;
  const nodeSelectorTerms =
    given === undefined
      ? [{ matchFields: [field] }]
      : given.map((term) => ({ ...term, matchFields: [field] }));
  const affinity = {
    ...spec.affinity,
    nodeAffinity: {
      ...spec.affinity?.nodeAffinity,
      requiredDuringSchedulingIgnoredDuringExecution: { nodeSelectorTerms },
    },
  };
  const template = { ...set.spec?.template, spec: { ...spec, affinity } };
  const owner = controllerReference('apps/v1', 'DaemonSet', set);
  const labels = { [HASH_LABEL]: hash, [GENERATION_LABEL]: String(set.metadata?.generation ?? 1) };
  const result = context.client.create(
    'Pod',
    podFromTemplate(template, { generateName: generateNameFor(set) }, namespaceOf(set), owner, { labels }),
  );
  const subject = about('DaemonSet', 'apps/v1', set);
  if (result.ok)
    context.event(subject, 'Normal', 'SuccessfulCreate', `Created pod: ${nameOf(result.object)}`);
  else context.event(subject, 'Warning', 'FailedCreate', `Error creating: ${result.status.message ?? ''}`);
  return result.ok;
}

function remove(context: ControllerContext, set: DaemonSet, pod: Pod): boolean {
  const result = context.client.delete('Pod', namespaceOf(pod), nameOf(pod));
  if (result.ok)
    context.event(
      about('DaemonSet', 'apps/v1', set),
      'Normal',
      'SuccessfulDelete',
      `Deleted pod: ${nameOf(pod)}`,
    );
  return result.ok || result.status.code === 404;
}

function writeStatus(
  context: ControllerContext,
  set: DaemonSet,
  pods: readonly Pod[],
  hash: string,
  counts: { readonly desired: number; readonly current: number; readonly misscheduled: number },
  failed: boolean,
): ReconcileResult {
  const minReadySeconds = set.spec?.minReadySeconds ?? 0;
  const alive = pods.filter((pod) => !isTerminating(pod) && !isPodFinished(pod));
  const ready = alive.filter(isPodReady).length;
  const available = alive.filter((pod) => isPodAvailable(pod, minReadySeconds, context.nowMs())).length;
  const updated = alive.filter((pod) => pod.metadata?.labels?.[HASH_LABEL] === hash).length;
  const unavailable = Math.max(0, counts.desired - available);
  const status: DaemonSetStatus = {
    currentNumberScheduled: counts.current,
    numberMisscheduled: counts.misscheduled,
    desiredNumberScheduled: counts.desired,
    numberReady: ready,
    observedGeneration: set.metadata?.generation ?? 0,
    ...(updated === 0 ? {} : { updatedNumberScheduled: updated }),
    ...(available === 0 ? {} : { numberAvailable: available }),
    ...(unavailable === 0 ? {} : { numberUnavailable: unavailable }),
    ...(set.status?.conditions === undefined ? {} : { conditions: set.status.conditions }),
  };
  if (!sameValue(status, set.status ?? {})) {
    const result = context.client.updateStatus('DaemonSet', { ...set, status });
    if (!result.ok && result.status.code !== 404) return RETRY;
  }
  if (failed) return RETRY;
  return minReadySeconds > 0 && ready > available ? { kind: 'done', afterMs: minReadySeconds * 1000 } : DONE;
}
