import type { ObjectMeta, OwnerReference } from 'kubernetes-types/meta/v1';
import type { ObjectStore, StoredObject } from '../store/store.ts';
import { cloneJson } from './json.ts';
import type { ServedKinds } from './custom/served.ts';
import type { UserInfo } from './http.ts';
import type { Registry } from './registry/registry.ts';
import type { Resource } from './resources/resource.ts';
import { success } from './status.ts';

const USER: UserInfo = {
  name: 'system:serviceaccount:kube-system:generic-garbage-collector',
  groups: ['system:serviceaccounts', 'system:serviceaccounts:kube-system', 'system:authenticated'],
};

/** Where an object is: a kind as the API serves it, and the object's place in it. */
export interface ObjectPlace {
  /** `GROUP/PLURAL`. */
  readonly table: string;
  /** '' for kinds of the whole cluster. */
  readonly namespace: string;
  readonly name: string;
}

export interface PlacedObject {
  readonly place: ObjectPlace;
  readonly metadata: ObjectMeta;
}

/** All objects alike, of whatever kind, those that definitions add too: for the garbage collector. */
export interface Ownership {
  /** Objects that have an owner, or are being deleted. */
  concerned(): readonly PlacedObject[];
  get(place: ObjectPlace): ObjectMeta | undefined;
  /** What an owner reference names; undefined while no such kind is served. */
  placeOf(reference: OwnerReference, namespace: string): ObjectPlace | undefined;
  /** Objects that name this one, by its UID, among their owners. */
  dependents(uid: string, namespace: string): readonly PlacedObject[];
  /** false: refused, and worth another try. */
  delete(place: ObjectPlace, uid: string, propagationPolicy: 'Background' | 'Foreground'): boolean;
  /** false: refused, and worth another try. */
  writeMetadata(place: ObjectPlace, change: Pick<ObjectMeta, 'ownerReferences' | 'finalizers'>): boolean;
}

export function createOwnership(registry: Registry, store: ObjectStore, served: ServedKinds): Ownership {
  // Events, and other views of what is listed already, own nothing and are not owned.
  let known: { readonly all: readonly Resource[]; readonly owned: readonly Resource[] } | undefined;
  const kinds = (): readonly Resource[] => {
    const all = served.all();
    if (known?.all === all) return known.owned;
    const byTable = new Map<string, Resource>();
    for (const resource of all)
      if (resource.view === undefined && resource.table !== 'events' && !byTable.has(resource.table))
        byTable.set(resource.table, resource);
    known = { all, owned: [...byTable.values()] };
    return known.owned;
  };
  const resourceOf = (table: string): Resource | undefined => kinds().find((each) => each.table === table);
  const placed = ({ table }: Resource, { metadata }: StoredObject): PlacedObject => ({
    place: { table, namespace: metadata.namespace ?? '', name: metadata.name ?? '' },
    metadata,
  });
  const find = ({ table, namespace, name }: ObjectPlace): StoredObject | undefined =>
    store.get(table, namespace === '' ? name : `${namespace}/${name}`);
  return {
    concerned: () =>
      kinds().flatMap((resource) =>
        store
          .list(resource.table)
          .objects.filter(({ metadata }) => isConcerned(metadata))
          .map((object) => placed(resource, object)),
      ),
    get: (place) => find(place)?.metadata,
    placeOf: ({ apiVersion, kind, name }, namespace) => {
      const group = apiVersion.includes('/') ? apiVersion.slice(0, apiVersion.indexOf('/')) : '';
      const resource = kinds().find((each) => each.group === group && each.kind === kind);
      return resource === undefined
        ? undefined
        : { table: resource.table, namespace: resource.namespaced ? namespace : '', name };
    },
    dependents: (uid, namespace) =>
      kinds().flatMap((resource) =>
        store
          .list(resource.table, namespace === '' || !resource.namespaced ? '' : `${namespace}/`)
          .objects.filter(
            ({ metadata }) => metadata.ownerReferences?.some((owner) => owner.uid === uid) === true,
          )
          .map((object) => placed(resource, object)),
      ),
    delete: (place, uid, propagationPolicy) => {
      const resource = resourceOf(place.table);
      if (resource === undefined) return true;
      const result = registry.delete(
        resource,
        place.namespace === '' ? undefined : place.namespace,
        place.name,
        {
          user: USER,
          dryRun: false,
          uid,
          propagationPolicy,
        },
      );
      return result.ok || result.status.code === 404 || result.status.code === 409;
    },
    writeMetadata: (place, { ownerReferences, finalizers }) => {
      const resource = resourceOf(place.table);
      if (resource === undefined) return true;
      const result = registry.update(
        resource,
        place.namespace === '' ? undefined : place.namespace,
        place.name,
        (current) => {
          const draft = cloneJson(current);
          if (ownerReferences !== undefined) draft.metadata.ownerReferences = [...ownerReferences];
          if (finalizers !== undefined) draft.metadata.finalizers = [...finalizers];
          if (draft.metadata.ownerReferences?.length === 0) delete draft.metadata.ownerReferences;
          if (draft.metadata.finalizers?.length === 0) delete draft.metadata.finalizers;
          return success(draft);
        },
        {
          user: USER,
          dryRun: false,
          component: true,
          fieldManager: 'kube-controller-manager',
          warnings: [],
        },
      );
      return result.ok || result.status.code === 404;
    },
  };
}

/** Whether the garbage collector has to look at an object. */
export function isConcerned({ ownerReferences, deletionTimestamp }: ObjectMeta): boolean {
  return (ownerReferences ?? []).length > 0 || deletionTimestamp !== undefined;
}
