import type { Namespace } from 'kubernetes-types/core/v1';
import type { ObjectStore } from '../../store/store.ts';
import type { UserInfo } from '../http.ts';
import { cloneJson } from '../json.ts';
import type { ServedKinds } from '../custom/served.ts';
import { findResource } from '../resources/catalog.ts';
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
}

/** Asks for the deletion of everything in a namespace, once, as the namespace controller does. */
export function purgeNamespace(
  registry: Registry,
  store: ObjectStore,
  served: ServedKinds,
  namespace: string,
): NamespaceRemains {
  const byResource = new Map<string, number>();
  let remaining = 0;
  for (const resource of served.all()) {
    if (!resource.namespaced || resource.view !== undefined) continue;
    for (const object of store.list(resource.table, `${namespace}/`).objects) {
      if (object.metadata.deletionTimestamp === undefined)
        registry.delete(resource, namespace, object.metadata.name ?? '', {
          user: USER,
          dryRun: false,
          propagationPolicy: 'Background',
        });
    }
    const left = store.list(resource.table, `${namespace}/`).objects.length;
    if (left > 0) byResource.set(`${resource.resource}.${resource.group}`, left);
    remaining += left;
  }
  return { remaining, byResource };
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
