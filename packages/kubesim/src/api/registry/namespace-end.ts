import type { Namespace } from 'kubernetes-types/core/v1';
import type { ObjectStore } from '../../store/store.ts';
import type { UserInfo } from '../http.ts';
import { cloneJson } from '../json.ts';
import type { ServedKinds } from '../custom/served.ts';
import { findResource } from '../resources/catalog.ts';
import type { Resource } from '../resources/resource.ts';
import { success } from '../status.ts';
import type { Registry } from './registry.ts';

const USER: UserInfo = {
  name: 'system:serviceaccount:kube-system:namespace-controller',
  groups: ['system:serviceaccounts', 'system:serviceaccounts:kube-system', 'system:authenticated'],
};

/** What is left in a namespace that is being emptied. */
export interface NamespaceRemains {
  /** Objects that wait: for a finalizer, or for their kubelet. */
  readonly remaining: number;
  /** Counts by resource, `pods.`, as the namespace's conditions tell them. */
  readonly byResource: ReadonlyMap<string, number>;
  /** How many of them each finalizer holds. */
  readonly byFinalizer: ReadonlyMap<string, number>;
  /** Whether the pods are still going, before which nothing else goes. */
  readonly waitsForPods: boolean;
}

/**
 * API8: asks for the deletion of everything in a namespace, once, as the namespace controller does: of its pods
 * first, and of all else when they have gone (OrderedNamespaceDeletion), so that no policy or Secret leaves before
 * the pods that rely on it.
 */
export function purgeNamespace(
  registry: Registry,
  store: ObjectStore,
  served: ServedKinds,
  namespace: string,
): NamespaceRemains {
  const byResource = new Map<string, number>();
  const byFinalizer = new Map<string, number>();
  let remaining = 0;
  const empty = (resource: Resource): void => {
    for (const object of store.list(resource.table, `${namespace}/`).objects) {
      if (object.metadata.deletionTimestamp === undefined)
        registry.delete(resource, namespace, object.metadata.name ?? '', {
          user: USER,
          dryRun: false,
          propagationPolicy: 'Background',
        });
    }
    const left = store.list(resource.table, `${namespace}/`).objects;
    if (left.length > 0) byResource.set(`${resource.resource}.${resource.group}`, left.length);
    for (const finalizer of left.flatMap(({ metadata }) => metadata.finalizers ?? []))
      byFinalizer.set(finalizer, (byFinalizer.get(finalizer) ?? 0) + 1);
    remaining += left.length;
  };
  const all = served.all().filter(({ namespaced, view }) => namespaced && view === undefined);
  const isPods = ({ group, resource }: Resource): boolean => group === '' && resource === 'pods';
  for (const resource of all.filter(isPods)) empty(resource);
  if (remaining > 0) return { remaining, byResource, byFinalizer, waitsForPods: true };
  for (const resource of all.filter((each) => !isPods(each))) empty(resource);
  return { remaining, byResource, byFinalizer, waitsForPods: false };
}

/** Takes away the finalizer that holds an emptied namespace; it is gone then, unless others hold it. */
export function finalizeNamespace(registry: Registry, namespace: string): boolean {
  const resource = findResource('', 'namespaces');
  if (resource === undefined) throw new Error('namespaces are not served');
  const result = registry.update(
    resource,
    undefined,
    namespace,
    (current) => {
      const draft = cloneJson(current) as unknown as Namespace;
      draft.spec = {
        finalizers: (draft.spec?.finalizers ?? []).filter((finalizer) => finalizer !== 'kubernetes'),
      };
      return success(draft as never);
    },
    {
      user: USER,
      dryRun: false,
      fieldManager: 'kube-controller-manager',
      subresource: 'finalize',
      warnings: [],
    },
  );
  return result.ok;
}
