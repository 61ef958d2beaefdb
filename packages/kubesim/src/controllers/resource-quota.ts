import { isTerminating, nameOf, namespaceOf } from '../runtime/objects.ts';
import { changeOf, DONE, RETRY } from './contract.ts';
import type { Controller, ControllerContext } from './contract.ts';

/** Kinds whose coming and going a quota may count. */
const COUNTED = [
  'Pod',
  'Service',
  'ConfigMap',
  'Secret',
  'ServiceAccount',
  'Deployment',
  'ReplicaSet',
  'StatefulSet',
  'DaemonSet',
  'Job',
  'CronJob',
  'Ingress',
  'NetworkPolicy',
  'ReplicationController',
  'PersistentVolumeClaim',
] as const;

/** Puts into each quota's status what it allows and what is used of it. */
export function resourceQuotaController(context: ControllerContext): Controller {
  const { client, api } = context;
  const key = (namespace: string, name: string): string => `${namespace}/${name}`;
  return {
    name: 'resourcequota-controller',
    watches: ['ResourceQuota', ...COUNTED],
    keysOf(change) {
      const quota = changeOf(change, 'ResourceQuota')?.object;
      if (quota !== undefined) return [key(namespaceOf(quota), nameOf(quota))];
      const namespace = namespaceOf(change.object);
      return client.list('ResourceQuota', { namespace }).map((each) => key(namespace, nameOf(each)));
    },
    allKeys: () => client.list('ResourceQuota').map((each) => key(namespaceOf(each), nameOf(each))),
    reconcile(name) {
      const [namespace = '', quotaName = ''] = name.split('/');
      const quota = client.get('ResourceQuota', namespace, quotaName);
      if (quota === undefined || isTerminating(quota)) return DONE;
      const hard = { ...quota.spec?.hard };
      const used = api.quotaUsage(quota);
      const before = quota.status ?? {};
      if (same(before.hard, hard) && same(before.used, used)) return DONE;
      const result = client.updateStatus('ResourceQuota', { ...quota, status: { hard, used } });
      return result.ok || result.status.code === 404 ? DONE : RETRY;
    },
  };
}

function same(
  left: Readonly<Record<string, unknown>> | undefined,
  right: Readonly<Record<string, unknown>>,
): boolean {
  const names = Object.keys(right);
  return (
    left !== undefined &&
    Object.keys(left).length === names.length &&
    names.every((name) => String(left[name]) === String(right[name]))
  );
}
