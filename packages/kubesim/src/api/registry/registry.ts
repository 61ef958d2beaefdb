import type { Simulation } from '@podwire/sim';
import type { Status } from 'kubernetes-types/meta/v1';
import type { ClusterConfig } from '../../config.ts';
import { MAX_OBJECTS_PER_TABLE, MAX_STORED_BYTES } from '../../store/store.ts';
import type { ObjectStore, StoredObject } from '../../store/store.ts';
import { admitCreate, admitDelete, admitUpdate } from '../admission/chain.ts';
import type { UserInfo } from '../http.ts';
import { cloneJson, jsonEqual, shareUnchanged } from '../json.ts';
import { escalationOf } from '../authorization/escalation.ts';
import { trackUpdate } from '../apply/managed-fields.ts';
import { asDefinition, CLEANUP_FINALIZER, DEFINITIONS } from '../custom/schema.ts';
import { customTable, kindsOf } from '../custom/kind.ts';
import type { Resource, ResourceContext } from '../resources/resource.ts';
import { storeKey } from '../resources/resource.ts';
import { alreadyExists, badRequest, conflict, failure, invalid, notFound, success } from '../status.ts';
import type { Failure, Outcome } from '../status.ts';
import { formatTime } from '../time.ts';
import { FieldErrors } from '../validation/field-errors.ts';
import { validateMetadata, validateMetadataUpdate } from '../validation/metadata.ts';
import { deletionOf } from './deletion.ts';
import { expireEvents } from './event-expiry.ts';
import type { DeleteOptions, WriteOptions } from './options.ts';

/** Names that `generateName` may try before it gives up, as upstream. */
const MAX_NAME_ATTEMPTS = 8;
const NAME_SUFFIX_CHARACTERS = 5;
/** Names are cut so that the suffix fits into a DNS label (apiserver names.maxGeneratedNameLength). */
const MAX_GENERATED_PREFIX = 58;

/** What a write does to the object: makes the wanted version out of the current one. */
export type Transform = (current: StoredObject) => Outcome<StoredObject>;

/** Creates, updates and deletes objects the way the generic registry does: one path for every kind and every client. */
export class Registry {
  readonly #store: ObjectStore;
  readonly #simulation: Simulation;
  readonly #config: ClusterConfig;

  constructor(store: ObjectStore, simulation: Simulation, config: ClusterConfig) {
    this.#store = store;
    this.#simulation = simulation;
    this.#config = config;
  }

  context(user: UserInfo, dryRun = false): ResourceContext {
    return {
      dryRun,
      nowMs: this.#simulation.nowMs,
      config: this.#config,
      user,
      get: (table, key) => this.#store.get(table, key),
      list: (table, prefix) => this.#store.list(table, prefix).objects,
      randomInt: (bound) => this.#simulation.randomInt(bound),
      randomName: (length) => this.#simulation.randomName(length),
    };
  }

  get(resource: Resource, namespace: string | undefined, name: string): Outcome<StoredObject> {
    const stored = this.#store.get(resource.table, storeKey(resource, namespace, name));
    return stored === undefined ? notFound(resource, name) : success(stored);
  }

  /** `object` is a draft that this call owns: decoded, defaulted, not frozen. */
  create(
    resource: Resource,
    namespace: string | undefined,
    object: StoredObject,
    options: WriteOptions,
  ): Outcome<StoredObject> {
    const { metadata } = object;
    if (resource.namespaced) {
      if ((metadata.namespace ?? '') === '' && namespace !== undefined) metadata.namespace = namespace;
      if (metadata.namespace !== namespace)
        return badRequest(
          'the namespace of the provided object does not match the namespace sent on the request',
        );
    } else delete metadata.namespace;
    if ((metadata.resourceVersion ?? '') !== '')
      return badRequest('resourceVersion should not be set on objects to be created');
    const generated = (metadata.name ?? '') === '' && (metadata.generateName ?? '') !== '';
    for (let attempt = 1; ; attempt++) {
      if (generated)
        metadata.name = `${(metadata.generateName ?? '').slice(0, MAX_GENERATED_PREFIX)}${this.#simulation.randomName(NAME_SUFFIX_CHARACTERS)}`;
      const result = this.#createOnce(resource, generated ? cloneJson(object) : object, options);
      if (result.ok || result.status.reason !== 'AlreadyExists' || !generated || attempt >= MAX_NAME_ATTEMPTS)
        return result;
    }
  }

  #createOnce(resource: Resource, object: StoredObject, options: WriteOptions): Outcome<StoredObject> {
    const context = this.context(options.user, options.dryRun);
    const { metadata } = object;
    metadata.uid = this.#simulation.randomUuid();
    metadata.creationTimestamp = formatTime(context.nowMs);
    delete metadata.deletionTimestamp;
    delete metadata.deletionGracePeriodSeconds;
    delete metadata.selfLink;
    if (resource.generation) metadata.generation = 1;
    else delete metadata.generation;
    const submitted = metadata.managedFields;
    delete metadata.managedFields;
    // Before admission and preparation: what those write belongs to no manager.
    trackUpdate(
      resource,
      submitted === undefined
        ? undefined
        : { ...object, metadata: { ...metadata, managedFields: submitted } },
      undefined,
      object,
      options,
      context.nowMs,
    );
    const admitted = admitCreate(resource, object, context, options);
    if (admitted !== undefined) return admitted;
    const escalation = this.#escalation(resource, metadata.namespace, '', object, undefined, options);
    if (escalation !== undefined) return escalation;
    const prepared = resource.prepareCreate?.(object, context);
    if (prepared !== undefined) return prepared;
    const errors = new FieldErrors();
    validateMetadata(object.metadata, resource.namespaced, resource.nameFormat, errors);
    resource.validate(object, errors, context);
    resource.validateCreate?.(object, errors);
    if (errors.list.length > 0)
      return invalid(resource.kind, resource.group, metadata.name ?? '', errors.list);
    options.warnings.push(...(resource.warnings?.(object, undefined) ?? []));
    const key = storeKey(resource, metadata.namespace, metadata.name ?? '');
    if (this.#store.get(resource.table, key) !== undefined)
      return alreadyExists(resource, metadata.name ?? '');
    if (options.dryRun) return success(object);
    const written = this.#store.create(resource.table, key, object);
    if (!written.ok) {
      return written.reason === 'exists' ? alreadyExists(resource, metadata.name ?? '') : storeFull(resource);
    }
    if (resource.table === 'events') expireEvents(this.#store, context.nowMs);
    return success(written.object);
  }

  /** Reads, transforms, checks and writes one object. Synchronous, so nothing can come in between. */
  update(
    resource: Resource,
    namespace: string | undefined,
    name: string,
    transform: Transform,
    options: WriteOptions,
  ): Outcome<StoredObject> {
    const key = storeKey(resource, namespace, name);
    const current = this.#store.get(resource.table, key);
    if (current === undefined) return notFound(resource, name);
    const transformed = transform(current);
    if (!transformed.ok) return transformed;
    let object = transformed.value;
    const context = this.context(options.user, options.dryRun);
    const precondition = this.#checkPreconditions(resource, current, object, namespace);
    if (precondition !== undefined) return precondition;
    const wanted = object;
    if (options.subresource === 'status') object = this.#statusOnly(resource, current, object);
    else if (options.subresource === 'ephemeralcontainers') object = this.#ephemeralOnly(current, object);
    else if (options.subresource === undefined && resource.status)
      object = withStatus(object, cloneJson(statusOf(current)));
    carryOver(object, current);
    trackUpdate(resource, wanted, current, object, options, context.nowMs);
    if (options.subresource !== 'status') {
      const prepared =
        options.subresource === undefined ? resource.prepareUpdate?.(object, current, context) : undefined;
      if (prepared !== undefined) return prepared;
      const generation = current.metadata.generation ?? 0;
      // Binding a pod is no change of its specification (upstream assigns the node past the strategy).
      if (resource.generation)
        object.metadata.generation =
          options.subresource !== 'binding' &&
          (specChanged(object, current) || resource.generationAlso?.(object, current) === true)
            ? generation + 1
            : generation;
      const admitted = admitUpdate(resource, object, current, context, options);
      if (admitted !== undefined) return admitted;
    }
    const escalation = this.#escalation(resource, namespace, name, object, current, options);
    if (escalation !== undefined) return escalation;
    const errors = new FieldErrors();
    validateMetadataUpdate(object.metadata, current.metadata, errors);
    if (options.subresource === 'status') resource.validateStatus?.(object, current, errors);
    else if (options.subresource === 'ephemeralcontainers') {
      resource.validate(object, errors, context);
      resource.validateEphemeral?.(object, current, errors);
    } else if (options.subresource === undefined || options.subresource === 'scale') {
      resource.validate(object, errors, context);
      resource.validateUpdate?.(object, current, errors, context);
    }
    if (errors.list.length > 0) return invalid(resource.kind, resource.group, name, errors.list);
    if (options.subresource === undefined)
      options.warnings.push(...(resource.warnings?.(object, current) ?? []));
    const shared = shareUnchanged(current, object);
    if (shared === current && !isFinished(object)) return success(current);
    if (options.dryRun) return success(shared);
    if (isFinished(object) && object.metadata.deletionTimestamp !== undefined) {
      const removed = this.#store.remove(resource.table, key, current);
      if (removed.ok && resource.custom !== undefined) this.#endDefinition(resource.table);
      return removed.ok ? success(removed.object) : conflict(resource, name);
    }
    const written = this.#store.update(resource.table, key, current, shared);
    if (written.ok) return success(written.object);
    return written.reason === 'full' ? storeFull(resource) : conflict(resource, name);
  }

  #escalation(
    resource: Resource,
    namespace: string | undefined,
    name: string,
    object: StoredObject,
    previous: StoredObject | undefined,
    { user, component }: WriteOptions,
  ): Failure | undefined {
    if (component === true) return undefined;
    return escalationOf({
      store: this.#store,
      user,
      resource,
      namespace: namespace ?? '',
      name,
      object,
      previous,
    });
  }

  #checkPreconditions(
    resource: Resource,
    current: StoredObject,
    object: StoredObject,
    namespace: string | undefined,
  ) {
    const { metadata } = object;
    const name = current.metadata.name ?? '';
    if ((metadata.name ?? '') === '') metadata.name = name;
    if (metadata.name !== name)
      return badRequest(
        `the name of the object (${metadata.name}) does not match the name on the URL (${name})`,
      );
    if (resource.namespaced && (metadata.namespace ?? '') !== '' && metadata.namespace !== namespace)
      return badRequest(
        `the namespace of the object (${metadata.namespace ?? ''}) does not match the namespace on the URL (${namespace ?? ''})`,
      );
    if ((metadata.uid ?? '') !== '' && metadata.uid !== current.metadata.uid) {
      return conflict(
        resource,
        name,
        `StorageError: invalid object, Code: 4, Key: /registry/${resource.resource}/${storeKey(resource, namespace, name)}, ResourceVersion: 0, AdditionalErrorMsg: Precondition failed: UID in precondition: ${metadata.uid ?? ''}, UID in object meta: ${current.metadata.uid ?? ''}`,
      );
    }
    const version = metadata.resourceVersion ?? '';
    if (version !== '' && version !== current.metadata.resourceVersion) {
      if (!/^\d+$/.test(version)) {
        return failure(500, '', `strconv.ParseUint: parsing ${JSON.stringify(version)}: invalid syntax`);
      }
      return conflict(resource, name);
    }
    return undefined;
  }

  /** API18: the status strategy: the status, and of the metadata what the kind does not keep. The rest stays. */
  #statusOnly(resource: Resource, current: StoredObject, object: StoredObject): StoredObject {
    const metadata = { ...object.metadata };
    for (const field of resource.statusKeeps ?? [])
      if (current.metadata[field] === undefined) Reflect.deleteProperty(metadata, field);
      else Object.assign(metadata, { [field]: current.metadata[field] });
    // What a status write cannot change is shared with the version before, frozen as it is.
    return withStatus({ ...current, metadata }, statusOf(object));
  }

  #ephemeralOnly(current: StoredObject, object: StoredObject): StoredObject {
    const base = cloneJson(current) as StoredObject & { spec?: Record<string, unknown> };
    const { spec } = object as StoredObject & { spec?: Record<string, unknown> };
    base.spec = { ...base.spec, ephemeralContainers: spec?.['ephemeralContainers'] ?? [] };
    return base;
  }

  delete(
    resource: Resource,
    namespace: string | undefined,
    name: string,
    options: DeleteOptions,
  ): Outcome<StoredObject | Status> {
    const key = storeKey(resource, namespace, name);
    const current = this.#store.get(resource.table, key);
    const context = this.context(options.user, options.dryRun);
    const refused = admitDelete(resource, name, current, context, options.dryRun);
    if (refused !== undefined) return refused;
    if (current === undefined) return notFound(resource, name);
    const { uid, resourceVersion } = current.metadata;
    if (options.uid !== undefined && options.uid !== uid)
      return conflict(
        resource,
        name,
        `Precondition failed: UID in precondition: ${options.uid}, UID in object meta: ${uid ?? ''}`,
      );
    if (options.resourceVersion !== undefined && options.resourceVersion !== resourceVersion) {
      return conflict(
        resource,
        name,
        `Precondition failed: ResourceVersion in precondition: ${options.resourceVersion}, ResourceVersion in object meta: ${resourceVersion ?? ''}`,
      );
    }
    const deletion = deletionOf(resource, current, options, context.nowMs);
    if (deletion.kind === 'refused') return deletion.failure;
    if (deletion.kind === 'unchanged') return success(current);
    if (deletion.kind === 'marked') {
      if (options.dryRun) return success(deletion.object);
      const written = this.#store.update(
        resource.table,
        key,
        current,
        shareUnchanged(current, deletion.object),
      );
      if (written.ok && resource.table === DEFINITIONS) this.#emptyDefinition(written.object, options);
      return written.ok ? success(written.object) : conflict(resource, name);
    }
    if (!options.dryRun) {
      const removed = this.#store.remove(resource.table, key, current);
      if (!removed.ok) return conflict(resource, name);
      if (resource.custom !== undefined) this.#endDefinition(resource.table);
      // A pod that is killed at once is answered with the pod, as graceful deletion is (registry.Store.Delete).
      if (resource.table === 'pods') return success(removed.object);
    }
    return success({
      kind: 'Status',
      apiVersion: 'v1',
      metadata: {},
      status: 'Success',
      details: {
        name,
        ...(resource.group === '' ? {} : { group: resource.group }),
        kind: resource.resource,
        ...(uid === undefined ? {} : { uid }),
      },
    });
  }

  /** A definition that is going takes the objects of its kind with it (apiextensions finalizer controller). */
  #emptyDefinition(stored: StoredObject, options: DeleteOptions): void {
    const definition = asDefinition(stored);
    const [kind] = kindsOf(stored);
    const table = customTable(definition);
    if (kind !== undefined) {
      for (const object of this.#store.list(table).objects) {
        if (object.metadata.deletionTimestamp === undefined)
          this.delete(kind, object.metadata.namespace, object.metadata.name ?? '', {
            user: options.user,
            dryRun: false,
          });
      }
    }
    this.#endDefinition(table);
  }

  /** The last object of a kind is gone: nothing holds its definition any longer, if that is going. */
  #endDefinition(table: string): void {
    if (this.#store.count(table) > 0) return;
    const stored = this.#store
      .list(DEFINITIONS)
      .objects.find((each) => customTable(asDefinition(each)) === table);
    if (stored?.metadata.deletionTimestamp === undefined) return;
    const key = stored.metadata.name ?? '';
    const finalizers = (stored.metadata.finalizers ?? []).filter((each) => each !== CLEANUP_FINALIZER);
    const draft = cloneJson(stored);
    draft.metadata.finalizers = finalizers;
    if (finalizers.length === 0) this.#store.remove(DEFINITIONS, key, stored);
    else if (finalizers.length < (stored.metadata.finalizers ?? []).length)
      this.#store.update(DEFINITIONS, key, stored, draft);
  }
}

/** What etcd says at its quota (API10: with the bounds of ours). */
function storeFull(resource: Resource): Failure {
  return failure(
    500,
    'InternalError',
    `etcdserver: mvcc: database space exceeded (this simulated cluster keeps at most ${MAX_OBJECTS_PER_TABLE} ${resource.resource}, and ${MAX_STORED_BYTES / MEBIBYTE} MiB of objects)`,
  );
}
const MEBIBYTE = 1024 * 1024;

/** Fields that the server alone writes stay as they are when a client leaves them out (rest.BeforeUpdate). */
function carryOver(object: StoredObject, current: StoredObject): void {
  const { metadata } = object;
  const before = current.metadata;
  delete metadata.selfLink;
  for (const field of ['resourceVersion', 'uid', 'creationTimestamp', 'generateName', 'namespace'] as const) {
    const value = before[field];
    if (metadata[field] === undefined || field === 'resourceVersion') {
      if (value !== undefined) metadata[field] = value;
    }
  }
  if (before.deletionTimestamp !== undefined) metadata.deletionTimestamp = before.deletionTimestamp;
  else delete metadata.deletionTimestamp;
  if (before.deletionGracePeriodSeconds !== undefined)
    metadata.deletionGracePeriodSeconds = before.deletionGracePeriodSeconds;
  else delete metadata.deletionGracePeriodSeconds;
  if (before.generation !== undefined) metadata.generation = before.generation;
  else delete metadata.generation;
}

function statusOf(object: StoredObject): unknown {
  return (object as { readonly status?: unknown }).status;
}

function withStatus(object: StoredObject, status: unknown): StoredObject {
  const { status: _before, ...rest } = object as StoredObject & { readonly status?: unknown };
  return status === undefined ? rest : ({ ...rest, status } as StoredObject);
}

function specChanged(object: StoredObject, current: StoredObject): boolean {
  const ignored = new Set(['metadata', 'status', 'kind', 'apiVersion']);
  const fields = new Set([...Object.keys(object), ...Object.keys(current)]);
  for (const field of fields) {
    if (ignored.has(field)) continue;
    if (
      !jsonEqual(
        (object as unknown as Record<string, unknown>)[field],
        (current as unknown as Record<string, unknown>)[field],
      )
    )
      return true;
  }
  return false;
}

/** Being deleted, and nothing holds it any longer: the write that took the last finalizer away removes it. */
function isFinished(object: StoredObject): boolean {
  const { metadata } = object;
  if (metadata.deletionTimestamp === undefined || (metadata.finalizers ?? []).length > 0) return false;
  if ((metadata.deletionGracePeriodSeconds ?? 0) > 0) return false;
  const spec = (object as unknown as { spec?: { finalizers?: unknown[] } }).spec;
  return object.kind !== 'Namespace' || (spec?.finalizers ?? []).length === 0;
}
