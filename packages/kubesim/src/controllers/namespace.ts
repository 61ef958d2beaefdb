import { utf8Decode, utf8Encode } from '@podwire/sim';
import type { Namespace, NamespaceCondition } from 'kubernetes-types/core/v1';
import type { ApiRequest } from '../api/http.ts';
import { isTerminating, nameOf, sameValue, timestamp } from '../runtime/objects.ts';
import { changeOf, DONE, RETRY } from './contract.ts';
import type { Controller, ControllerContext, ReconcileResult } from './contract.ts';

const USER = {
  name: 'system:serviceaccount:kube-system:namespace-controller',
  groups: ['system:serviceaccounts', 'system:masters', 'system:authenticated'],
};
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

interface Listed {
  readonly metadata?: { readonly name?: string; readonly finalizers?: readonly string[] };
}

function call(
  context: ControllerContext,
  method: ApiRequest['method'],
  path: string,
  body?: unknown,
): { readonly status: number; readonly json: unknown } {
  const response = context.api.handle({
    method,
    path,
    query: [],
    headers: {
      accept: 'application/json',
      ...(body === undefined ? {} : { 'content-type': 'application/json' }),
    },
    ...(body === undefined ? {} : { body: utf8Encode(JSON.stringify(body)) }),
    user: USER,
  });
  return {
    status: response.status,
    json:
      response.body === undefined || response.body.length === 0
        ? undefined
        : JSON.parse(utf8Decode(response.body)),
  };
}

interface ResourcePath {
  readonly prefix: string;
  readonly resource: string;
}

/** Every namespaced kind that can be listed and deleted. */
function namespacedResources(context: ControllerContext): readonly ResourcePath[] {
  const groups = call(context, 'GET', '/apis').json as
    | { readonly groups?: readonly { readonly preferredVersion?: { readonly groupVersion: string } }[] }
    | undefined;
  const prefixes = [
    '/api/v1',
    ...(groups?.groups ?? []).flatMap((group) =>
      group.preferredVersion === undefined ? [] : [`/apis/${group.preferredVersion.groupVersion}`],
    ),
  ];
  return prefixes.flatMap((prefix) => {
    const list = call(context, 'GET', prefix).json as
      | {
          readonly resources?: readonly {
            readonly name: string;
            readonly namespaced: boolean;
            readonly verbs: readonly string[];
          }[];
        }
      | undefined;
    return (list?.resources ?? [])
      .filter(
        (item) =>
          item.namespaced &&
          item.verbs.includes('list') &&
          item.verbs.includes('delete') &&
          !item.name.includes('/'),
      )
      .map((item) => ({ prefix, resource: item.name }));
  });
}

function empty(context: ControllerContext, namespace: Namespace): ReconcileResult {
  const name = nameOf(namespace);
  const remaining: { readonly resource: string; readonly count: number }[] = [];
  const finalizers = new Map<string, number>();
  for (const { prefix, resource } of namespacedResources(context)) {
    const collection = `${prefix}/namespaces/${name}/${resource}`;
    for (const item of listOf(context, collection))
      call(context, 'DELETE', `${collection}/${encodeURIComponent(item.metadata?.name ?? '')}`, {
        propagationPolicy: 'Background',
      });
    const left = listOf(context, collection);
    if (left.length === 0) continue;
    remaining.push({
      resource: prefix === '/api/v1' ? resource : `${resource}.${prefix.split('/')[2] ?? ''}`,
      count: left.length,
    });
    for (const item of left)
      for (const finalizer of item.metadata?.finalizers ?? [])
        finalizers.set(finalizer, (finalizers.get(finalizer) ?? 0) + 1);
  }
  if (remaining.length === 0) {
    const { finalizers: held = [], ...spec } = namespace.spec ?? {};
    const kept = held.filter((finalizer) => finalizer !== 'kubernetes');
    const result = call(context, 'PUT', `/api/v1/namespaces/${name}/finalize`, {
      ...namespace,
      apiVersion: 'v1',
      kind: 'Namespace',
      spec: { ...spec, ...(kept.length === 0 ? {} : { finalizers: kept }) },
    });
    return result.status < 300 || result.status === 404 ? DONE : RETRY;
  }
  writeConditions(context, namespace, remaining, finalizers);
  return { kind: 'done', afterMs: RECHECK_MS };
}

function listOf(context: ControllerContext, collection: string): readonly Listed[] {
  const list = call(context, 'GET', collection).json as { readonly items?: readonly Listed[] } | undefined;
  return list?.items ?? [];
}

/** What `kubectl describe namespace` shows of a deletion that takes its time. */
function writeConditions(
  context: ControllerContext,
  namespace: Namespace,
  remaining: readonly { readonly resource: string; readonly count: number }[],
  finalizers: ReadonlyMap<string, number>,
): void {
  const content = remaining
    .map(({ resource, count }) => `${resource} has ${count} resource instances`)
    .join(', ');
  const held = [...finalizers]
    .map(([finalizer, count]) => `${finalizer} in ${count} resource instances`)
    .join(', ');
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
    ['NamespaceContentRemaining', true, 'SomeResourcesRemain', `Some resources are remaining: ${content}`],
    held === ''
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
          `Some content in the namespace has finalizers remaining: ${held}`,
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
