import type { Namespace, NamespaceCondition } from 'kubernetes-types/core/v1';
import type { NamespaceRemains } from '../api/registry/namespace-end.ts';
import { isTerminating, nameOf, sameValue, timestamp } from '../runtime/objects.ts';
import { changeOf, DONE, RETRY } from './contract.ts';
import type { Controller, ControllerContext, ReconcileResult } from './contract.ts';

/** Pods take their grace period to go: look again this often while something remains. */
const RECHECK_MS = 1000;

/** API8: empties a namespace that is being deleted, kind by kind as discovery names them, then lets it go. */
export function namespaceController(context: ControllerContext): Controller {
  const { client } = context;
  return {
    name: 'namespace-controller',
    watches: ['Namespace', 'Pod'],
    keysOf(change) {
      if (change.kind === 'Namespace')
        return change.type === 'DELETED' || !isTerminating(change.object) ? [] : [nameOf(change.object)];
      const pod = changeOf(change, 'Pod');
      if (pod?.type !== 'DELETED') return [];
      const namespace = pod.object.metadata?.namespace ?? '';
      const object = client.get('Namespace', undefined, namespace);
      return object !== undefined && isTerminating(object) ? [namespace] : [];
    },
    allKeys: () => client.list('Namespace').filter(isTerminating).map(nameOf),
    reconcile(name) {
      const namespace = client.get('Namespace', undefined, name);
      return namespace === undefined || !isTerminating(namespace) ? DONE : empty(context, namespace);
    },
  };
}

function empty(context: ControllerContext, namespace: Namespace): ReconcileResult {
  const name = nameOf(namespace);
  const remains = context.api.purgeNamespace(name);
  if (remains.remaining === 0)
    return context.api.finalizeNamespace(name) ||
      context.client.get('Namespace', undefined, name) === undefined
      ? DONE
      : RETRY;
  writeConditions(context, namespace, remains);
  return { kind: 'done', afterMs: RECHECK_MS };
}

/** What `kubectl describe namespace` shows of a deletion that takes its time. */
function writeConditions(
  context: ControllerContext,
  namespace: Namespace,
  { byResource, byFinalizer, waitsForPods }: NamespaceRemains,
): void {
  // While the pods go nothing has been counted yet, and upstream says of that what it says of nothing left.
  const counted = (counts: ReadonlyMap<string, number>, text: string): string | undefined =>
    waitsForPods || counts.size === 0
      ? undefined
      : [...counts]
          .map(([name, count]) => `${name} ${text.replace('N', String(count))}`)
          .sort()
          .join(', ');
  const content = counted(byResource, 'has N resource instances');
  const finalizers = counted(byFinalizer, 'in N resource instances');
  const wanted: readonly (readonly [string, boolean, string, string])[] = [
    [
      'NamespaceDeletionDiscoveryFailure',
      false,
      'ResourcesDiscovered',
      'All resources successfully discovered',
    ],
    [
      'NamespaceDeletionGroupVersionParsingFailure',
      false,
      'ParsedGroupVersions',
      'All legacy kube types successfully parsed',
    ],
    [
      'NamespaceDeletionContentFailure',
      false,
      'ContentDeleted',
      'All content successfully deleted, may be waiting on finalization',
    ],
    content === undefined
      ? ['NamespaceContentRemaining', false, 'ContentRemoved', 'All content successfully removed']
      : [
          'NamespaceContentRemaining',
          true,
          'SomeResourcesRemain',
          `Some resources are remaining: ${content}`,
        ],
    finalizers === undefined
      ? [
          'NamespaceFinalizersRemaining',
          false,
          'ContentHasNoFinalizers',
          'All content-preserving finalizers finished',
        ]
      : [
          'NamespaceFinalizersRemaining',
          true,
          'SomeFinalizersRemain',
          `Some content in the namespace has finalizers remaining: ${finalizers}`,
        ],
  ];
  const before = namespace.status?.conditions ?? [];
  const conditions: NamespaceCondition[] = wanted.map(([type, holds, reason, message]) => {
    const status = holds ? 'True' : 'False';
    const known = before.find((condition) => condition.type === type);
    const lastTransitionTime = known?.status === status ? known.lastTransitionTime : undefined;
    return {
      type,
      status,
      reason,
      message,
      lastTransitionTime: lastTransitionTime ?? timestamp(context.nowMs()),
    };
  });
  if (sameValue(conditions, before)) return;
  context.client.updateStatus('Namespace', {
    ...namespace,
    status: { ...namespace.status, phase: 'Terminating', conditions },
  });
}
