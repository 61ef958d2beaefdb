import type { Namespace } from 'kubernetes-types/core/v1';
import type { AdmissionPlugin } from './admission-plugin.ts';
import type { Resource } from '../resources/resource.ts';
import { forbidden, notFound } from '../status.ts';
import type { Failure } from '../status.ts';

/** Namespaces without which the cluster does not work. */
const PROTECTED = ['default', 'kube-system', 'kube-public'];

/** Nothing is made in a namespace that is missing or going away. */
export const namespaceLifecycle: AdmissionPlugin = {
  name: 'NamespaceLifecycle',
  create(resource, object, context) {
    if (!resource.namespaced) return undefined;
    const namespace = object.metadata.namespace ?? '';
    if (namespace === '') return undefined;
    const found = context.get('namespaces', namespace) as Namespace | undefined;
    if (found === undefined) return notFound({ group: '', resource: 'namespaces' }, namespace);
    if (found.metadata?.deletionTimestamp === undefined && found.status?.phase !== 'Terminating')
      return undefined;
    const refused = forbidden(
      resource,
      object.metadata.name ?? '',
      `unable to create new content in namespace ${namespace} because it is being terminated`,
    );
    const message = `namespace ${namespace} is being terminated`;
    const details = {
      ...refused.status.details,
      causes: [{ reason: 'NamespaceTerminating', message, field: 'metadata.namespace' }],
    };
    return { ok: false, status: { ...refused.status, details } };
  },
};

export function protectNamespaces(resource: Resource, name: string): Failure | undefined {
  if (resource.table !== 'namespaces' || !PROTECTED.includes(name)) return undefined;
  return forbidden(resource, name, 'this namespace may not be deleted');
}
