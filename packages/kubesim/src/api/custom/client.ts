import type { Status } from 'kubernetes-types/meta/v1';
import type { ObjectStore, StoredObject } from '../../store/store.ts';
import type { ClientResult, CustomClient, CustomKind, CustomObject } from '../client.ts';
import type { Json } from '../json.ts';
import type { WriteOptions } from '../registry/options.ts';
import type { Registry } from '../registry/registry.ts';
import type { Resource } from '../resources/resource.ts';
import { shown, storeKey } from '../resources/resource.ts';
import { decodeAs } from '../resources/typing.ts';
import { badRequest, failure, success } from '../status.ts';
import type { Outcome } from '../status.ts';
import type { ServedKinds } from './served.ts';

export interface CustomClientParts {
  readonly registry: Registry;
  readonly store: ObjectStore;
  readonly served: ServedKinds;
  readonly options: (subresource?: 'status') => WriteOptions;
  /** Does the write, or refuses it while the API server is stopped. */
  readonly write: <Value>(action: () => Outcome<unknown>) => ClientResult<Value>;
}

const NOT_SERVED = failure(404, 'NotFound', 'the server could not find the requested resource');

/** The in-process client of one custom kind: the same registry as over HTTP. */
export function customClient(parts: CustomClientParts, kind: CustomKind): CustomClient {
  const { registry, store, served, options, write } = parts;
  const resource = (): Resource | undefined =>
    served.custom().find((each) => each.group === kind.group && each.resource === kind.resource);
  const onKind = (action: (found: Resource) => Outcome<unknown>): Outcome<unknown> => {
    const found = resource();
    return found === undefined ? NOT_SERVED : action(found);
  };
  const replace = (object: CustomObject, subresource?: 'status'): ClientResult<CustomObject> =>
    write(() =>
      onKind((found) =>
        registry.update(
          found,
          found.namespaced ? object.metadata.namespace : undefined,
          object.metadata.name ?? '',
          () => draftOf(found, object),
          options(subresource),
        ),
      ),
    );
  return {
    get: (namespace, name) => {
      const found = resource();
      if (found === undefined) return undefined;
      const stored = store.get(found.table, storeKey(found, namespace, name));
      return stored === undefined ? undefined : shown(found, stored);
    },
    list: (namespace) => {
      const found = resource();
      if (found === undefined) return [];
      const prefix = found.namespaced && namespace !== undefined ? `${namespace}/` : '';
      return store.list(found.table, prefix).objects.map((stored) => shown(found, stored));
    },
    create: (object) =>
      write(() =>
        onKind((found) => {
          const draft = draftOf(found, object);
          if (!draft.ok) return draft;
          const namespace = found.namespaced ? (object.metadata.namespace ?? '') : undefined;
          return registry.create(found, namespace, draft.value, options());
        }),
      ),
    update: (object) => replace(object),
    updateStatus: (object) => replace(object, 'status'),
    delete: (namespace, name) =>
      write<Status>(() =>
        onKind((found) => registry.delete(found, namespace, name, { user: options().user, dryRun: false })),
      ),
  };
}

function draftOf(resource: Resource, object: CustomObject): Outcome<StoredObject> {
  const decoded = decodeAs(resource, object as unknown as Json);
  if (!decoded.ok) return badRequest(decoded.message);
  const draft = {
    ...decoded.value,
    apiVersion: `${resource.group}/${resource.version}`,
  } as unknown as StoredObject;
  return success(resource.view?.toStored(draft) ?? draft);
}
