import { disruptionTarget } from '../runtime/disruption.ts';
import { isTerminating, keyOf, nameOf, namespaceOf, splitKey } from '../runtime/objects.ts';
import { changeOf, DONE, RETRY } from './contract.ts';
import type { Controller, ControllerContext } from './contract.ts';
import { isPodFinished } from './pod-control.ts';

/** podgc: orphans are looked for again after this long, since a node may come back. */
const QUARANTINE_MS = 40_000;

/** Removes pods whose node is gone, and pods that were to be deleted before any node had them. */
export function podGarbageCollector(context: ControllerContext): Controller {
  const { client } = context;
  return {
    name: 'pod-garbage-collector-controller',
    watches: ['Node', 'Pod'],
    keysOf(change) {
      const node = changeOf(change, 'Node');
      if (node !== undefined) {
        if (node.type !== 'DELETED') return [];
        return client
          .list('Pod')
          .filter((pod) => pod.spec?.nodeName === nameOf(node.object))
          .map(keyOf);
      }
      const pod = changeOf(change, 'Pod')?.object;
      return pod !== undefined && isTerminating(pod) ? [keyOf(pod)] : [];
    },
    allKeys: () => client.list('Pod').map(keyOf),
    reconcile(key) {
      const { namespace, name } = splitKey(key);
      const pod = client.get('Pod', namespace, name);
      if (pod === undefined) return DONE;
      const node = pod.spec?.nodeName;
      const unscheduled = isTerminating(pod) && (node === undefined || node === '');
      const orphaned = node !== undefined && node !== '' && client.get('Node', undefined, node) === undefined;
      if (!unscheduled && !orphaned) return DONE;
      if (orphaned && !isTerminating(pod) && !isPodFinished(pod)) {
        const goneFor = context.nowMs() - Date.parse(pod.metadata?.creationTimestamp ?? '');
        if (goneFor < QUARANTINE_MS) return { kind: 'done', afterMs: QUARANTINE_MS };
        const conditions = disruptionTarget(
          pod,
          'DeletionByPodGC',
          'PodGC: node no longer exists',
          context.nowMs(),
        );
        client.updateStatus('Pod', { ...pod, status: { ...pod.status, phase: 'Failed', conditions } });
      }
      const result = client.delete('Pod', namespaceOf(pod), name, { gracePeriodSeconds: 0 });
      return result.ok || result.status.code === 404 ? DONE : RETRY;
    },
  };
}
