import type { ObjectMeta, OwnerReference } from 'kubernetes-types/meta/v1';
import type { ObjectChange } from '../api/client.ts';
import type { ObjectPlace, Ownership, PlacedObject } from '../api/ownership.ts';
import { isConcerned } from '../api/ownership.ts';
import { nameOf, namespaceOf } from '../runtime/objects.ts';
import type { AnyObject } from '../runtime/objects.ts';
import { DONE, RETRY } from './contract.ts';
import type { Controller, ControllerContext, ReconcileResult } from './contract.ts';

const ORPHAN = 'orphan';
const FOREGROUND = 'foregroundDeletion';

/**
 * API8: deletes what belongs to objects that are gone (background), holds a parent until what blocks it is gone
 * (foreground), or cuts the children loose (orphan), of every kind that is served. Keys are `TABLE|namespace|name`.
 */
export function garbageCollector({ api: { ownership } }: ControllerContext): Controller {
  return {
    name: 'garbage-collector-controller',
    watches: [
      'Pod',
      'ReplicaSet',
      'ReplicationController',
      'Deployment',
      'StatefulSet',
      'DaemonSet',
      'Job',
      'CronJob',
      'Service',
      'Endpoints',
      'EndpointSlice',
      'ConfigMap',
      'Secret',
      'ServiceAccount',
      'PersistentVolumeClaim',
      'PodDisruptionBudget',
      'Node',
      'Lease',
      'Ingress',
      'IngressClass',
      'NetworkPolicy',
      'Namespace',
      'Role',
      'RoleBinding',
      'ClusterRole',
      'ClusterRoleBinding',
    ],
    watchesCustom: true,
    keysOf(change) {
      const { object } = change;
      if (change.type !== 'DELETED')
        return object.metadata !== undefined && isConcerned(object.metadata) ? [keyOfChange(change)] : [];
      const { uid = '', ownerReferences = [] } = object.metadata ?? {};
      const keys = ownership.dependents(uid, namespaceOf(object)).map(({ place }) => keyFor(place));
      // A parent that waits in the foreground may have waited for this one.
      for (const owner of ownerReferences) {
        const place = ownership.placeOf(owner, namespaceOf(object));
        if (place !== undefined) keys.push(keyFor(place));
      }
      return keys;
    },
    allKeys: () => ownership.concerned().map(({ place }) => keyFor(place)),
    reconcile(key) {
      const [table = '', namespace = '', name = ''] = key.split('|');
      return collect(ownership, { table, namespace, name });
    },
  };
}

function keyFor({ table, namespace, name }: ObjectPlace): string {
  return `${table}|${namespace}|${name}`;
}

function keyOfChange({ table, object }: ObjectChange & { readonly object: AnyObject }): string {
  return keyFor({ table, namespace: namespaceOf(object), name: nameOf(object) });
}

function collect(ownership: Ownership, place: ObjectPlace): ReconcileResult {
  const metadata = ownership.get(place);
  if (metadata === undefined) return DONE;
  const { uid = '', finalizers = [], ownerReferences: owners = [] } = metadata;
  if (metadata.deletionTimestamp !== undefined) {
    if (finalizers.includes(ORPHAN)) return orphan(ownership, place, metadata);
    return finalizers.includes(FOREGROUND) ? foreground(ownership, place, metadata) : DONE;
  }
  if (owners.length === 0) return DONE;
  const states = owners.map((owner) => ({ owner, state: ownerState(ownership, owner, place.namespace) }));
  const solid = states.filter(({ state }) => state === 'solid').map(({ owner }) => owner);
  // Some owners remain: only the references to those that are gone are taken away.
  if (solid.length > 0)
    return solid.length === owners.length || ownership.writeMetadata(place, { ownerReferences: solid })
      ? DONE
      : RETRY;
  const waiting = states.some(({ state }) => state === 'waiting');
  // An owner waits for this one, and this one would wait for the owner: it lets go, or both would wait for ever.
  const isCircle =
    waiting && ownership.dependents(uid, place.namespace).some(({ metadata: child }) => waits(child));
  if (isCircle) {
    const ownerReferences = owners.map((owner) => ({ ...owner, blockOwnerDeletion: false }));
    if (!ownership.writeMetadata(place, { ownerReferences })) return RETRY;
  }
  return ownership.delete(place, uid, waiting ? 'Foreground' : 'Background') ? DONE : RETRY;
}

/** Whether it is being deleted in the foreground. */
function waits({ deletionTimestamp, finalizers }: ObjectMeta): boolean {
  return deletionTimestamp !== undefined && finalizers?.includes(FOREGROUND) === true;
}

type OwnerState = 'solid' | 'gone' | 'waiting';

function ownerState(ownership: Ownership, reference: OwnerReference, namespace: string): OwnerState {
  const place = ownership.placeOf(reference, namespace);
  // Of a kind that nobody serves, nobody knows whether it is gone.
  if (place === undefined) return 'solid';
  const owner = ownership.get(place);
  if (owner?.uid !== reference.uid) return 'gone';
  return waits(owner) ? 'waiting' : 'solid';
}

function orphan(
  ownership: Ownership,
  place: ObjectPlace,
  { uid = '', finalizers }: ObjectMeta,
): ReconcileResult {
  let done = true;
  for (const child of ownership.dependents(uid, place.namespace)) {
    const ownerReferences = (child.metadata.ownerReferences ?? []).filter((owner) => owner.uid !== uid);
    if (!ownership.writeMetadata(child.place, { ownerReferences })) done = false;
  }
  return done ? withoutFinalizer(ownership, place, finalizers, ORPHAN) : RETRY;
}

function foreground(
  ownership: Ownership,
  place: ObjectPlace,
  { uid = '', finalizers }: ObjectMeta,
): ReconcileResult {
  const blocking = (): readonly PlacedObject[] =>
    ownership
      .dependents(uid, place.namespace)
      .filter(({ metadata }) =>
        metadata.ownerReferences?.some((owner) => owner.uid === uid && owner.blockOwnerDeletion === true),
      );
  let refused = false;
  // One that has another owner stays, and only lets go of this one.
  for (const child of blocking())
    if (child.metadata.deletionTimestamp === undefined && collect(ownership, child.place) === RETRY)
      refused = true;
  if (refused) return RETRY;
  return blocking().length > 0 ? DONE : withoutFinalizer(ownership, place, finalizers, FOREGROUND);
}

function withoutFinalizer(
  ownership: Ownership,
  place: ObjectPlace,
  finalizers: readonly string[] | undefined,
  finalizer: string,
): ReconcileResult {
  const kept = (finalizers ?? []).filter((each) => each !== finalizer);
  return ownership.writeMetadata(place, { finalizers: kept }) ? DONE : RETRY;
}
