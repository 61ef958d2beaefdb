import type { Pod } from 'kubernetes-types/core/v1';
import type { Status } from 'kubernetes-types/meta/v1';
import { cloneJson } from '../json.ts';
import type { WriteOptions } from '../registry/options.ts';
import type { Registry } from '../registry/registry.ts';
import { findResource } from '../resources/catalog.ts';
import { conflict, failure, success } from '../status.ts';
import type { Outcome } from '../status.ts';
import { formatTime } from '../time.ts';

const PODS = { group: '', resource: 'pods' };

/** Binds a pod to a node: what a scheduler decides. Refused when the pod is bound already or going away. */
export function bindPod(
  registry: Registry,
  namespace: string,
  name: string,
  target: { readonly node: string; readonly uid?: string },
  options: WriteOptions,
): Outcome<Status> {
  const resource = findResource('', 'pods');
  if (resource === undefined) throw new Error('pods are not served');
  const result = registry.update(
    resource,
    namespace,
    name,
    (current) => {
      const pod = cloneJson(current) as unknown as Pod;
      if (target.uid !== undefined && target.uid !== pod.metadata?.uid)
        return conflict(
          PODS,
          name,
          `Precondition failed: UID in precondition: ${target.uid}, UID in object meta: ${pod.metadata?.uid ?? ''}`,
        );
      if (pod.metadata?.deletionTimestamp !== undefined)
        return conflict(
          { group: '', resource: 'pods/binding' },
          name,
          `pod ${name} is being deleted, cannot be assigned to a host`,
        );
      if ((pod.spec?.nodeName ?? '') !== '')
        return conflict(
          { group: '', resource: 'pods/binding' },
          name,
          `pod ${name} is already assigned to node ${JSON.stringify(pod.spec?.nodeName ?? '')}`,
        );
      if (pod.spec !== undefined) pod.spec.nodeName = target.node;
      const conditions = (pod.status?.conditions ?? []).filter(
        (condition) => condition.type !== 'PodScheduled',
      );
      const now = formatTime(registry.context(options.user).nowMs);
      Object.assign(pod, {
        status: {
          ...pod.status,
          conditions: [
            ...conditions,
            { type: 'PodScheduled', status: 'True', lastProbeTime: null, lastTransitionTime: now },
          ],
        },
      });
      return success(pod as never);
    },
    { ...options, subresource: 'binding' },
  );
  if (!result.ok)
    return result.status.reason === 'Conflict'
      ? {
          ok: false,
          status: { ...failure(409, 'Conflict', result.status.message ?? '', result.status.details).status },
        }
      : result;
  return success({ kind: 'Status', apiVersion: 'v1', metadata: {}, status: 'Success' });
}
