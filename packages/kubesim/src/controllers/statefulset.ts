import type { StatefulSet, StatefulSetStatus } from 'kubernetes-types/apps/v1';
import type { Pod, PodTemplateSpec } from 'kubernetes-types/core/v1';
import {
  controllerReference,
  isTerminating,
  keyOf,
  nameOf,
  namespaceOf,
  sameValue,
  splitKey,
} from '../runtime/objects.ts';
import { changeOf, DONE, RETRY } from './contract.ts';
import type { Controller, ControllerContext, ReconcileResult } from './contract.ts';
import {
  about,
  isPodAvailable,
  isPodFinished,
  isPodReady,
  ownedPods,
  ownersOfPod,
  podFromTemplate,
} from './pod-control.ts';
import { noteRevision, templateOf, truncateHistory } from './revisions.ts';

const REVISION_LABEL = 'controller-revision-hash';
const REVISION_HASH_LABEL = 'controller.kubernetes.io/hash';
const POD_NAME_LABEL = 'statefulset.kubernetes.io/pod-name';
const INDEX_LABEL = 'apps.kubernetes.io/pod-index';

export function statefulSetController(context: ControllerContext): Controller {
  const { client } = context;
  return {
    name: 'statefulset-controller',
    watches: ['StatefulSet', 'Pod'],
    keysOf(change) {
      if (change.kind === 'StatefulSet') return [keyOf(change.object)];
      const pod = changeOf(change, 'Pod');
      return pod === undefined ? [] : ownersOfPod(client, 'StatefulSet', pod.object);
    },
    allKeys: () => client.list('StatefulSet').map(keyOf),
    reconcile(key) {
      const { namespace, name } = splitKey(key);
      const set = client.get('StatefulSet', namespace, name);
      return set === undefined ? DONE : reconcile(context, set);
    },
  };
}

function reconcile(context: ControllerContext, set: StatefulSet): ReconcileResult {
  const owner = controllerReference('apps/v1', 'StatefulSet', set);
  const pods = ownedPods(context, set, owner, set.spec?.selector).filter(
    (pod) => ordinalOf(set, pod) !== undefined,
  );
  const history = noteRevision(context, { kind: 'StatefulSet', set, hashLabel: REVISION_HASH_LABEL });
  if (history === undefined) return RETRY;
  const update = nameOf(history.current);
  const before = history.revisions.find((each) => nameOf(each) === set.status?.currentRevision);
  const current = before === undefined ? update : nameOf(before);
  const revisions: Revisions = {
    update,
    current,
    currentTemplate: templateOf(before ?? history.current),
  };
  let failed = false;
  if (!isTerminating(set)) failed = !step(context, set, pods, revisions);
  const inUse = new Set([
    update,
    current,
    ...pods.map((pod) => pod.metadata?.labels?.[REVISION_LABEL] ?? ''),
  ]);
  truncateHistory(context, set, history, (revision) => inUse.has(nameOf(revision)));
  return writeStatus(context, set, pods, current, update, failed);
}

/** Names of the revision that the set comes from and of the one that it goes to, and the template of the first. */
interface Revisions {
  readonly update: string;
  readonly current: string;
  readonly currentTemplate: PodTemplateSpec;
}

/** Whether a pod that is made now still belongs to the revision before (newVersionedStatefulSetPod). */
function isOfCurrent(set: StatefulSet, ordinal: number): boolean {
  const { updateStrategy, ordinals } = set.spec ?? {};
  if (updateStrategy?.type !== 'RollingUpdate') return false;
  const first = ordinals?.start ?? 0;
  const kept =
    updateStrategy.rollingUpdate === undefined
      ? (set.status?.currentReplicas ?? 0)
      : (updateStrategy.rollingUpdate.partition ?? 0);
  return ordinal < first + kept;
}

function ordinalOf(set: StatefulSet, pod: Pod): number | undefined {
  const suffix = nameOf(pod).slice(nameOf(set).length + 1);
  return nameOf(pod).startsWith(`${nameOf(set)}-`) && /^(0|[1-9]\d*)$/.test(suffix)
    ? Number(suffix)
    : undefined;
}

/** One step of the set: at most one pod at a time under OrderedReady, in order up, in reverse down. */
function step(
  context: ControllerContext,
  set: StatefulSet,
  pods: readonly Pod[],
  revisions: Revisions,
): boolean {
  const first = set.spec?.ordinals?.start ?? 0;
  const count = set.spec?.replicas ?? 1;
  const ordered = set.spec?.podManagementPolicy !== 'Parallel';
  const byOrdinal = new Map(pods.map((pod) => [ordinalOf(set, pod) ?? -1, pod]));
  for (let ordinal = first; ordinal < first + count; ordinal++) {
    const pod = byOrdinal.get(ordinal);
    if (pod === undefined) {
      if (!create(context, set, ordinal, revisions)) return false;
      if (ordered) return true;
      continue;
    }
    if (isPodFinished(pod) && !isTerminating(pod)) {
      context.event(
        about('StatefulSet', 'apps/v1', set),
        'Warning',
        'RecreatingFailedPod',
        `StatefulSet ${namespaceOf(set)}/${nameOf(set)} is recreating failed Pod ${nameOf(pod)}`,
      );
      return remove(context, set, pod);
    }
    if (
      ordered &&
      (isTerminating(pod) || !isPodAvailable(pod, set.spec?.minReadySeconds ?? 0, context.nowMs()))
    )
      return true;
  }
  const surplus = [...byOrdinal]
    .filter(([ordinal]) => ordinal < first || ordinal >= first + count)
    .sort(([left], [right]) => right - left);
  for (const [, pod] of surplus) {
    if (isTerminating(pod)) {
      if (ordered) return true;
      continue;
    }
    if (!remove(context, set, pod)) return false;
    if (ordered) return true;
  }
  return updateOldest(context, set, byOrdinal, first, count, revisions.update);
}

/** RollingUpdate: from the highest ordinal down to the partition, one at a time, waiting for each to be healthy. */
function updateOldest(
  context: ControllerContext,
  set: StatefulSet,
  byOrdinal: ReadonlyMap<number, Pod>,
  first: number,
  count: number,
  update: string,
): boolean {
  if (set.spec?.updateStrategy?.type === 'OnDelete') return true;
  const partition = set.spec?.updateStrategy?.rollingUpdate?.partition ?? 0;
  for (let ordinal = first + count - 1; ordinal >= Math.max(first, partition); ordinal--) {
    const pod = byOrdinal.get(ordinal);
    if (pod === undefined || isTerminating(pod)) return true;
    if (pod.metadata?.labels?.[REVISION_LABEL] !== update) return remove(context, set, pod);
    if (!isPodReady(pod)) return true;
  }
  return true;
}

function create(
  context: ControllerContext,
  set: StatefulSet,
  ordinal: number,
  { current, currentTemplate, update }: Revisions,
): boolean {
  const name = `${nameOf(set)}-${ordinal}`;
  const ofCurrent = isOfCurrent(set, ordinal);
  const revision = ofCurrent ? current : update;
  const template = ofCurrent ? currentTemplate : (set.spec?.template ?? {});
  const labels = { [REVISION_LABEL]: revision, [POD_NAME_LABEL]: name, [INDEX_LABEL]: String(ordinal) };
  const pod = podFromTemplate(
    template,
    { name },
    namespaceOf(set),
    controllerReference('apps/v1', 'StatefulSet', set),
    { labels },
  );
  // DNS8: each pod has a name of its own below the governing Service.
  const spec = {
    ...pod.spec,
    containers: pod.spec?.containers ?? [],
    hostname: name,
    subdomain: set.spec?.serviceName ?? '',
  };
  const claims = (set.spec?.volumeClaimTemplates ?? []).map((claim) => ({
    name: nameOf(claim),
    persistentVolumeClaim: { claimName: `${nameOf(claim)}-${name}` },
  }));
  const result = context.client.create('Pod', {
    ...pod,
    spec: claims.length === 0 ? spec : { ...spec, volumes: [...(spec.volumes ?? []), ...claims] },
  });
  const subject = about('StatefulSet', 'apps/v1', set);
  if (result.ok)
    context.event(
      subject,
      'Normal',
      'SuccessfulCreate',
      `create Pod ${name} in StatefulSet ${nameOf(set)} successful`,
    );
  else if (result.status.code === 409) return false;
  else
    context.event(
      subject,
      'Warning',
      'FailedCreate',
      `create Pod ${name} in StatefulSet ${nameOf(set)} failed error: ${result.status.message ?? ''}`,
    );
  return result.ok;
}

function remove(context: ControllerContext, set: StatefulSet, pod: Pod): boolean {
  const result = context.client.delete('Pod', namespaceOf(pod), nameOf(pod));
  if (result.ok)
    context.event(
      about('StatefulSet', 'apps/v1', set),
      'Normal',
      'SuccessfulDelete',
      `delete Pod ${nameOf(pod)} in StatefulSet ${nameOf(set)} successful`,
    );
  return result.ok || result.status.code === 404;
}

function writeStatus(
  context: ControllerContext,
  set: StatefulSet,
  pods: readonly Pod[],
  current: string,
  update: string,
  failed: boolean,
): ReconcileResult {
  const minReadySeconds = set.spec?.minReadySeconds ?? 0;
  const alive = pods.filter((pod) => !isTerminating(pod) && !isPodFinished(pod));
  const count = (test: (pod: Pod) => boolean): number => alive.filter(test).length;
  const ready = count(isPodReady);
  const available = count((pod) => isPodAvailable(pod, minReadySeconds, context.nowMs()));
  const updated = count((pod) => pod.metadata?.labels?.[REVISION_LABEL] === update);
  const replicas = set.spec?.replicas ?? 1;
  const complete = updated === replicas && ready === replicas && pods.length === replicas;
  const revision = complete ? update : current;
  const onCurrent = count((pod) => pod.metadata?.labels?.[REVISION_LABEL] === revision);
  const status: StatefulSetStatus = {
    observedGeneration: set.metadata?.generation ?? 0,
    replicas: pods.length,
    ...(ready === 0 ? {} : { readyReplicas: ready }),
    ...(onCurrent === 0 ? {} : { currentReplicas: onCurrent }),
    ...(updated === 0 ? {} : { updatedReplicas: updated }),
    availableReplicas: available,
    currentRevision: revision,
    updateRevision: update,
    collisionCount: 0,
    ...(set.status?.conditions === undefined ? {} : { conditions: set.status.conditions }),
  };
  if (!sameValue(status, set.status ?? {})) {
    const result = context.client.updateStatus('StatefulSet', { ...set, status });
    if (!result.ok && result.status.code !== 404) return RETRY;
  }
  if (failed) return RETRY;
  return minReadySeconds > 0 && ready > available ? { kind: 'done', afterMs: minReadySeconds * 1000 } : DONE;
}
