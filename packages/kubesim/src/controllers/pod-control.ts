import type { Pod, PodTemplateSpec } from 'kubernetes-types/core/v1';
import type { ObjectMeta, OwnerReference } from 'kubernetes-types/meta/v1';
import type { Kind, KubeClient } from '../api/client.ts';
import { mapSelectorMatches, selectorMatches } from '../labels/selector.ts';
import {
  controllerOf,
  isTerminating,
  nameOf,
  namespaceOf,
  parseTimestamp,
  uidOf,
} from '../runtime/objects.ts';
import type { AnyObject } from '../runtime/objects.ts';
import type { LabelSelector } from 'kubernetes-types/meta/v1';
import type { ControllerContext } from './contract.ts';

export type PodNaming = { readonly generateName: string } | { readonly name: string };

/** A pod made from a workload's template. */
export function podFromTemplate(
  template: PodTemplateSpec,
  naming: PodNaming,
  namespace: string,
  owner: OwnerReference,
  extra: { readonly labels?: Readonly<Record<string, string>>; readonly finalizers?: readonly string[] } = {},
): Pod {
  const metadata = template.metadata ?? {};
  return {
    apiVersion: 'v1',
    kind: 'Pod',
    metadata: {
      ...naming,
      namespace,
      labels: { ...metadata.labels, ...extra.labels },
      ...(metadata.annotations === undefined ? {} : { annotations: metadata.annotations }),
      ...(extra.finalizers === undefined ? {} : { finalizers: [...extra.finalizers] }),
      ownerReferences: [owner],
    },
    ...(template.spec === undefined ? {} : { spec: template.spec }),
  };
}

export function isPodReady(pod: Pod): boolean {
  return (
    pod.status?.conditions?.some((condition) => condition.type === 'Ready' && condition.status === 'True') ??
    false
  );
}

/** Since when the pod has been ready, ms since the epoch; undefined when it is not. */
export function readySinceMs(pod: Pod): number | undefined {
  const ready = pod.status?.conditions?.find(
    (condition) => condition.type === 'Ready' && condition.status === 'True',
  );
  return ready === undefined ? undefined : parseTimestamp(ready.lastTransitionTime);
}

export function isPodAvailable(pod: Pod, minReadySeconds: number, nowMs: number): boolean {
  if (minReadySeconds === 0) return isPodReady(pod);
  const since = readySinceMs(pod);
  return since !== undefined && since + minReadySeconds * 1000 <= nowMs;
}

/** Neither finished nor being deleted. */
export function isPodActive(pod: Pod): boolean {
  return !isPodFinished(pod) && !isTerminating(pod);
}

export function isPodFinished(pod: Pod): boolean {
  return pod.status?.phase === 'Succeeded' || pod.status?.phase === 'Failed';
}

/** The pods that `owner` controls. A matching pod without any controller is adopted. */
export function ownedPods(
  context: ControllerContext,
  owner: AnyObject,
  reference: OwnerReference,
  selector: LabelSelector | undefined,
  /** Held by every pod that is adopted, and let go with it. */
  finalizer?: string,
): readonly Pod[] {
  const mine: Pod[] = [];
  for (const pod of context.client.list('Pod', { namespace: namespaceOf(owner) })) {
    const controller = controllerOf(pod);
    if (controller !== undefined) {
      if (controller.uid !== uidOf(owner)) continue;
      if (selectorMatches(selector, pod.metadata?.labels)) mine.push(pod);
      else release(context.client, pod, uidOf(owner), finalizer);
      continue;
    }
    if (isTerminating(owner) || isTerminating(pod) || !selectorMatches(selector, pod.metadata?.labels))
      continue;
    const adopted = context.client.update('Pod', {
      ...pod,
      metadata: {
        ...pod.metadata,
        ownerReferences: [...(pod.metadata?.ownerReferences ?? []), reference],
        ...(finalizer === undefined
          ? {}
          : { finalizers: [...new Set([...(pod.metadata?.finalizers ?? []), finalizer])] }),
      },
    });
    if (adopted.ok) mine.push(adopted.object);
  }
  return mine;
}

/** A pod whose labels no longer match goes its own way. */
function release(client: KubeClient, pod: Pod, ownerUid: string, finalizer: string | undefined): void {
  if (isTerminating(pod)) return;
  const metadata = finalizer === undefined ? pod.metadata : withoutFinalizer(pod.metadata ?? {}, finalizer);
  const ownerReferences = (pod.metadata?.ownerReferences ?? []).filter((owner) => owner.uid !== ownerUid);
  client.update('Pod', { ...pod, metadata: { ...metadata, ownerReferences } });
}

export function withoutFinalizer(metadata: ObjectMeta, finalizer: string): ObjectMeta {
  const { finalizers = [], ...rest } = metadata;
  const left = finalizers.filter((each) => each !== finalizer);
  return left.length === 0 ? rest : { ...rest, finalizers: left };
}

/** `generateName` prefixes stay short enough for the API server's five random characters. */
export function generateNameFor(owner: AnyObject): string {
  return `${nameOf(owner)}-`;
}

export interface AboutObject {
  readonly kind: Kind;
  readonly apiVersion: string;
  readonly namespace: string;
  readonly name: string;
  readonly uid: string;
  readonly resourceVersion: string;
}

/** What an Event says it is about. */
export function about(kind: Kind, apiVersion: string, object: AnyObject): AboutObject {
  return {
    kind,
    apiVersion,
    namespace: namespaceOf(object),
    name: nameOf(object),
    uid: uidOf(object),
    resourceVersion: object.metadata?.resourceVersion ?? '',
  };
}

/** Keys of the objects of `kind` in a pod's namespace whose selector takes the pod, or which own it. */
export function ownersOfPod(
  client: KubeClient,
  kind: 'ReplicaSet' | 'ReplicationController' | 'StatefulSet' | 'DaemonSet' | 'Job',
  pod: Pod,
): readonly string[] {
  const controller = controllerOf(pod);
  const namespace = namespaceOf(pod);
  if (controller !== undefined) return controller.kind === kind ? [`${namespace}/${controller.name}`] : [];
  const keys: string[] = [];
  for (const owner of client.list(kind, { namespace })) {
    const selector = owner.spec?.selector;
    const taken =
      kind === 'ReplicationController'
        ? Object.keys(selector ?? {}).length > 0 &&
          mapSelectorMatches((selector ?? {}) as Readonly<Record<string, string>>, pod.metadata?.labels)
        : selectorMatches(selector, pod.metadata?.labels);
    if (taken) keys.push(`${namespace}/${nameOf(owner)}`);
  }
  return keys;
}

/** Keys of the Services that select this pod. */
export function servicesOfPod(client: KubeClient, pod: Pod): readonly string[] {
  const namespace = namespaceOf(pod);
  const keys: string[] = [];
  for (const service of client.list('Service', { namespace })) {
    const selector = service.spec?.selector;
    if (selector === undefined || Object.keys(selector).length === 0) continue;
    if (mapSelectorMatches(selector, pod.metadata?.labels)) keys.push(`${namespace}/${nameOf(service)}`);
  }
  return keys;
}

/** Resolves `25%` or `3` against a total (intstr.GetScaledValueFromIntOrPercent). */
export function scaledValue(
  value: number | string | undefined,
  total: number,
  roundUp: boolean,
  fallback: number | string,
): number {
  const given = value ?? fallback;
  if (typeof given === 'number') return given;
  const percent = /^(\d+)%$/.exec(given)?.[1];
  if (percent === undefined) return Number.parseInt(given, 10) || 0;
  const exact = (Number(percent) * total) / 100;
  return roundUp ? Math.ceil(exact) : Math.floor(exact);
}
