import { disruptionTarget } from '../runtime/disruption.ts';
import { isTerminating, keyOf, nameOf, sameValue, splitKey } from '../runtime/objects.ts';
import { tolerates } from '../scheduler/taints.ts';
import { changeOf, DONE, RETRY } from './contract.ts';
import type { Controller, ControllerContext } from './contract.ts';
import { evictionMs } from './node-lifecycle.ts';
import { about } from './pod-control.ts';

/** Deletes pods that don't bear with a NoExecute taint of their node, at once or after tolerationSeconds. */
export function taintEvictionController(context: ControllerContext): Controller {
  const { client } = context;
  return {
    name: 'taint-eviction-controller',
    watches: ['Node', 'Pod'],
    keysOf(change) {
      const node = changeOf(change, 'Node');
      if (node !== undefined) {
        if (sameValue(node.previous?.spec?.taints, node.object.spec?.taints)) return [];
        return client
          .list('Pod')
          .filter((pod) => pod.spec?.nodeName === nameOf(node.object))
          .map(keyOf);
      }
      const pod = changeOf(change, 'Pod');
      if (
        pod === undefined ||
        pod.type === 'DELETED' ||
        pod.object.spec?.nodeName === pod.previous?.spec?.nodeName
      )
        return [];
      return [keyOf(pod.object)];
    },
    allKeys: () => client.list('Pod').map(keyOf),
    reconcile(key) {
      const { namespace, name } = splitKey(key);
      const pod = client.get('Pod', namespace, name);
      const nodeName = pod?.spec?.nodeName;
      if (pod === undefined || nodeName === undefined || isTerminating(pod)) return DONE;
      const node = client.get('Node', undefined, nodeName);
      const atMs = node === undefined ? undefined : evictionMs(pod, node, tolerates);
      if (atMs === undefined) return DONE;
      const waitMs = atMs - context.nowMs();
      if (waitMs > 0) return { kind: 'done', afterMs: waitMs };
      context.event(
        about('Pod', 'v1', pod),
        'Normal',
        'TaintManagerEviction',
        `Marking for deletion Pod ${key}`,
      );
      const conditions = disruptionTarget(
        pod,
        'DeletionByTaintManager',
        'Taint manager: deleting due to NoExecute taint',
        context.nowMs(),
      );
      const marked = client.updateStatus('Pod', { ...pod, status: { ...pod.status, conditions } });
      if (!marked.ok && marked.status.code !== 404) return RETRY;
      const result = client.delete('Pod', namespace, name);
      return result.ok || result.status.code === 404 ? DONE : RETRY;
    },
  };
}
