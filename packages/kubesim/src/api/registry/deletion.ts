import type { Namespace, Pod } from 'kubernetes-types/core/v1';
import type { StoredObject } from '../../store/store.ts';
import { asDefinition, CLEANUP_FINALIZER, DEFINITIONS } from '../custom/schema.ts';
import { cloneJson } from '../json.ts';
import type { Resource } from '../resources/resource.ts';
import { badRequest, invalid } from '../status.ts';
import type { Failure } from '../status.ts';
import { formatTime } from '../time.ts';
import { FieldErrors } from '../validation/field-errors.ts';
import type { DeleteOptions } from './options.ts';

/** What a delete request comes to. */
export type Deletion =
  | { readonly kind: 'removed' }
  /** Someone has to finish it: a kubelet, a controller, whoever holds a finalizer. */
  | { readonly kind: 'marked'; readonly object: StoredObject }
  | { readonly kind: 'unchanged' }
  | { readonly kind: 'refused'; readonly failure: Failure };

const DEFAULT_POD_GRACE_SECONDS = 30;

export function deletionOf(
  resource: Resource,
  current: StoredObject,
  options: DeleteOptions,
  nowMs: number,
): Deletion {
  const policy = propagation(resource, current, options);
  if (typeof policy !== 'string') return { kind: 'refused', failure: policy };
  const isDefinition = resource.table === DEFINITIONS;
  const held = finalizersAfter(current.metadata.finalizers ?? [], policy);
  // A definition waits for the objects of its kind (apiextensions registry Delete).
  const finalizers = isDefinition && !held.includes(CLEANUP_FINALIZER) ? [...held, CLEANUP_FINALIZER] : held;
  const grace =
    resource.table === 'pods' ? podGrace(current as unknown as Pod, options.gracePeriodSeconds) : 0;
  const holdsNamespace =
    resource.table === 'namespaces' && ((current as unknown as Namespace).spec?.finalizers ?? []).length > 0;
  if (finalizers.length === 0 && grace === 0 && !holdsNamespace) return { kind: 'removed' };
  const deleting = current.metadata.deletionTimestamp !== undefined;
  const before = current.metadata.deletionGracePeriodSeconds ?? 0;
  // A second delete may only shorten what the first one granted.
  if (deleting && grace >= before && finalizers.length === (current.metadata.finalizers ?? []).length)
    return { kind: 'unchanged' };
  const object = cloneJson(current);
  const { metadata } = object;
  if (finalizers.length > 0) metadata.finalizers = finalizers;
  if (!deleting || grace < before) {
    metadata.deletionTimestamp = formatTime(nowMs + grace * 1000);
    if (!holdsNamespace) metadata.deletionGracePeriodSeconds = grace;
    if (metadata.generation !== undefined) metadata.generation++;
  }
  if (resource.table === 'namespaces')
    (object as unknown as Namespace).status = {
      ...(object as unknown as Namespace).status,
      phase: 'Terminating',
    };
  if (isDefinition) markTerminating(object, nowMs);
  return { kind: 'marked', object };
}

function markTerminating(object: StoredObject, nowMs: number): void {
  const definition = asDefinition(object);
  definition.status = {
    ...definition.status,
    conditions: [
      ...(definition.status?.conditions ?? []).filter(({ type }) => type !== 'Terminating'),
      {
        type: 'Terminating',
        status: 'True',
        lastTransitionTime: formatTime(nowMs),
        reason: 'InstanceDeletionPending',
        message: 'CustomResourceDefinition marked for deletion; CustomResource deletion will begin soon',
      },
    ],
  };
}

function propagation(resource: Resource, current: StoredObject, options: DeleteOptions): string | Failure {
  const { propagationPolicy, orphanDependents } = options;
  if (propagationPolicy !== undefined && orphanDependents !== undefined) {
    const errors = new FieldErrors();
    errors.invalid(
      'propagationPolicy',
      propagationPolicy,
      'orphanDependents and deletionPropagation cannot be both set',
    );
    return invalid('DeleteOptions', 'meta.k8s.io', '', errors.list);
  }
  if (
    propagationPolicy !== undefined &&
    !['Foreground', 'Background', 'Orphan'].includes(propagationPolicy)
  ) {
    const errors = new FieldErrors();
    errors.notSupported('propagationPolicy', propagationPolicy, [
      'Foreground',
      'Background',
      'Orphan',
      'nil',
    ]);
    return invalid('DeleteOptions', 'meta.k8s.io', '', errors.list);
  }
  if ((options.gracePeriodSeconds ?? 0) < -1) return badRequest('gracePeriodSeconds must not be negative');
  if (orphanDependents !== undefined) return orphanDependents ? 'Orphan' : 'Background';
  if (propagationPolicy !== undefined) return propagationPolicy;
  // Without a wish, a finalizer that is already there says it (registry.Store shouldOrphanDependents).
  const held = current.metadata.finalizers ?? [];
  if (held.includes('orphan')) return 'Orphan';
  return held.includes('foregroundDeletion') ? 'Foreground' : 'Background';
}

function finalizersAfter(finalizers: readonly string[], policy: string): string[] {
  const others = finalizers.filter(
    (finalizer) => finalizer !== 'orphan' && finalizer !== 'foregroundDeletion',
  );
  if (policy === 'Orphan') return [...others, 'orphan'];
  return policy === 'Foreground' ? [...others, 'foregroundDeletion'] : others;
}

/** A pod that never reached a node, or whose containers are done, has nobody to wait for. */
function podGrace(pod: Pod, asked: number | undefined): number {
  const wanted =
    asked !== undefined && asked >= 0
      ? asked
      : (pod.spec?.terminationGracePeriodSeconds ?? DEFAULT_POD_GRACE_SECONDS);
  if ((pod.spec?.nodeName ?? '') === '') return 0;
  if (pod.status?.phase === 'Failed' || pod.status?.phase === 'Succeeded') return 0;
  return wanted;
}
