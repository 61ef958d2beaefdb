import type { Pod } from 'kubernetes-types/core/v1';
import type { Status } from 'kubernetes-types/meta/v1';
import type { ObjectStore, StoredObject } from '../store/store.ts';
import type { ClientResult, Kind, KubeClient, ListOptions, ObjectOf } from './client.ts';
import type { UserInfo } from './http.ts';
import { customClient } from './custom/client.ts';
import type { ServedKinds } from './custom/served.ts';
import { cloneJson } from './json.ts';
import type { WriteOptions } from './registry/options.ts';
import type { Registry } from './registry/registry.ts';
import { resourceOfKind } from './resources/catalog.ts';
import { storeKey } from './resources/resource.ts';
import { matchesSelector, parseLabelSelector } from './selectors.ts';
import { failure, success } from './status.ts';
import type { Outcome } from './status.ts';
import { bindPod } from './subresources/binding.ts';

/** Components name themselves as field managers by what they are: `system:kube-scheduler` writes as `kube-scheduler`. */
function managerOf(user: UserInfo): string {
  if (user.name.startsWith('system:node:')) return 'kubelet';
  const parts = user.name.split(':');
  if (user.name.startsWith('system:serviceaccount:'))
    return user.name.includes(':kube-system:') ? 'kube-controller-manager' : (parts.at(-1) ?? '');
  return parts.at(-1) ?? '';
}

function toResult<Value>(outcome: Outcome<unknown>): ClientResult<Value> {
  return outcome.ok ? { ok: true, object: outcome.value as Value } : { ok: false, status: outcome.status };
}

/** What a stopped API server's clients see. */
const REFUSED = failure(503, 'ServiceUnavailable', 'the kube-apiserver is not running');

export function makeKubeClient(
  registry: Registry,
  store: ObjectStore,
  user: UserInfo,
  isServing: () => boolean,
  served: ServedKinds,
): KubeClient {
  const options = (subresource?: 'status'): WriteOptions => ({
    user,
    dryRun: false,
    fieldManager: managerOf(user),
    component: true,
    ...(subresource === undefined ? {} : { subresource }),
    warnings: [],
  });
  const write = <Value>(action: () => Outcome<unknown>): ClientResult<Value> =>
    toResult<Value>(isServing() ? action() : REFUSED);
  return {
    get: <K extends Kind>(kind: K, namespace: string | undefined, name: string) => {
      const resource = resourceOfKind(kind);
      return store.get(resource.table, storeKey(resource, namespace, name)) as ObjectOf<K> | undefined;
    },
    list: <K extends Kind>(kind: K, listOptions?: ListOptions) => list<K>(store, kind, listOptions),
    create: <K extends Kind>(kind: K, object: ObjectOf<K>) => {
      const resource = resourceOfKind(kind);
      const draft = draftOf(kind, object);
      resource.applyDefaults?.(draft);
      return write(() =>
        registry.create(
          resource,
          resource.namespaced ? (draft.metadata.namespace ?? '') : undefined,
          draft,
          options(),
        ),
      );
    },
    update: <K extends Kind>(kind: K, object: ObjectOf<K>) =>
      write(() => replace(registry, kind, object, options())),
    updateStatus: <K extends Kind>(kind: K, object: ObjectOf<K>) =>
      write(() => replace(registry, kind, object, options('status'))),
    custom: (kind) => customClient({ registry, store, served, options, write }, kind),
    bind: (namespace, pod, node) => write(() => bindPod(registry, namespace, pod, { node }, options())),
    delete: (kind, namespace, name, deleteOptions) => {
      const resource = resourceOfKind(kind);
      const { gracePeriodSeconds, uid, propagationPolicy } = deleteOptions ?? {};
      return write<Status>(() =>
        registry.delete(resource, namespace, name, {
          user,
          dryRun: false,
          ...(gracePeriodSeconds === undefined ? {} : { gracePeriodSeconds }),
          ...(uid === undefined ? {} : { uid }),
          ...(propagationPolicy === undefined ? {} : { propagationPolicy }),
        }),
      );
    },
  };
}

function draftOf(kind: Kind, object: object): StoredObject {
  const resource = resourceOfKind(kind);
  const apiVersion = resource.group === '' ? resource.version : `${resource.group}/${resource.version}`;
  const {
    apiVersion: _given,
    kind: _kind,
    metadata = {},
    ...rest
  } = cloneJson(object) as Partial<StoredObject>;
  return { kind, apiVersion, metadata, ...rest };
}

/** All that a status write looks at: whose status it is, of which version, and the status. */
function statusDraft(kind: Kind, object: object): StoredObject {
  const { metadata = {}, status } = object as { metadata?: StoredObject['metadata']; status?: unknown };
  const draft = { kind, apiVersion: '', metadata: { ...metadata } };
  return status === undefined ? draft : ({ ...draft, status: cloneJson(status) } as StoredObject);
}

function replace(
  registry: Registry,
  kind: Kind,
  object: { readonly metadata?: { readonly name?: string; readonly namespace?: string } },
  options: WriteOptions,
): Outcome<unknown> {
  const resource = resourceOfKind(kind);
  const { name = '', namespace } = object.metadata ?? {};
  return registry.update(
    resource,
    namespace,
    name,
    () => {
      if (options.subresource === 'status') return success(statusDraft(kind, object));
      const draft = draftOf(kind, object);
      resource.applyDefaults?.(draft);
      return success(draft);
    },
    options,
  );
}

/** @throws Error for a selector that does not parse: components write their own. */
function list<K extends Kind>(
  store: ObjectStore,
  kind: K,
  options: ListOptions | undefined,
): readonly ObjectOf<K>[] {
  const resource = resourceOfKind(kind);
  const prefix = resource.namespaced && options?.namespace !== undefined ? `${options.namespace}/` : '';
  const objects = store.list(resource.table, prefix).objects as unknown as readonly ObjectOf<K>[];
  if (options?.labelSelector === undefined || options.labelSelector === '') return objects;
  const parsed = parseLabelSelector(options.labelSelector);
  if (!parsed.ok) throw new Error(parsed.message);
  return objects.filter((object) => matchesSelector(parsed.selector, (object as Pod).metadata?.labels));
}
