import type { StoredObject } from '../../store/store.ts';
import type { ApiResponse } from '../http.ts';
import { isObject } from '../json.ts';
import type { JsonObject } from '../json.ts';
import type { DeleteOptions, WriteOptions } from '../registry/options.ts';
import { shown } from '../resources/resource.ts';
import { badRequest, failure, invalid, success } from '../status.ts';
import type { Outcome } from '../status.ts';
import { FieldErrors } from '../validation/field-errors.ts';
import { decodeDraft, readObject } from './body.ts';
import { negotiate } from './media.ts';
import { listObjects, objectResponse } from './read.ts';
import { encodeResponse, failureResponse, notAcceptable, warningHeaders } from './respond.ts';
import type { Scope, ServerParts } from './scope.ts';

const MAX_MANAGER_CHARACTERS = 128;

/** Query parameters of every write: dryRun and fieldManager. */
export function writeOptions(scope: Scope): Outcome<WriteOptions> {
  const { query, request } = scope;
  for (const value of query.all('dryRun')) {
    if (value === 'All' || value === '') continue;
    const errors = new FieldErrors();
    errors.notSupported('dryRun', value, ['All']);
    return invalid('CreateOptions', 'meta.k8s.io', '', errors.list);
  }
  const manager = query.get('fieldManager');
  if (manager.length > MAX_MANAGER_CHARACTERS) {
    const errors = new FieldErrors();
    errors.tooLong('fieldManager', MAX_MANAGER_CHARACTERS);
    return invalid('CreateOptions', 'meta.k8s.io', '', errors.list);
  }
  const subresource =
    scope.subresource === 'status' ||
    scope.subresource === 'scale' ||
    scope.subresource === 'finalize' ||
    scope.subresource === 'ephemeralcontainers'
      ? scope.subresource
      : undefined;
  return success({
    user: request.user,
    dryRun: query.get('dryRun') === 'All',
    fieldManager: manager === '' ? managerFromAgent(request.headers['user-agent'] ?? '') : manager,
    ...(subresource === undefined ? {} : { subresource }),
    warnings: [],
  });
}

/** The first word of the user agent, as upstream takes it. */
function managerFromAgent(agent: string): string {
  const name = (agent.split('/')[0] ?? '').slice(0, MAX_MANAGER_CHARACTERS);
  return name === '' ? 'unknown' : name;
}

function respond(
  scope: Scope,
  parts: ServerParts,
  code: number,
  result: Outcome<StoredObject>,
  warnings: readonly string[],
): ApiResponse {
  const headers = warningHeaders(warnings);
  if (!result.ok) return failureResponse(scope.request, result, headers);
  const negotiated = negotiate(scope.request.headers['accept']);
  if (negotiated === undefined) return failureResponse(scope.request, notAcceptable());
  return objectResponse(scope, parts, negotiated, code, shown(scope.resource, result.value), headers);
}

export function handleCreate(scope: Scope, parts: ServerParts): ApiResponse {
  const { request, resource, namespace } = scope;
  const options = writeOptions(scope);
  if (!options.ok) return failureResponse(request, options);
  const { warnings } = options.value;
  const read = readObject(request.body, request.headers['content-type']);
  if (!read.ok) return failureResponse(request, read);
  const draft = decodeDraft(scope, read.value, warnings);
  if (!draft.ok) return failureResponse(request, draft);
  return respond(
    scope,
    parts,
    201,
    parts.registry.create(resource, namespace, draft.value, options.value),
    warnings,
  );
}

export function handleUpdate(scope: Scope, parts: ServerParts): ApiResponse {
  const { request, resource, namespace, name } = scope;
  const options = writeOptions(scope);
  if (!options.ok) return failureResponse(request, options);
  const { warnings } = options.value;
  const read = readObject(request.body, request.headers['content-type']);
  if (!read.ok) return failureResponse(request, read);
  const draft = decodeDraft(scope, read.value, warnings);
  if (!draft.ok) return failureResponse(request, draft);
  if ((draft.value.metadata.name ?? '') === '')
    return failureResponse(request, badRequest('name must be provided'));
  const updated = parts.registry.update(resource, namespace, name, () => draft, options.value);
  // PUT may create what clients name themselves: leases and the like (AllowCreateOnUpdate).
  if (
    !updated.ok &&
    updated.status.code === 404 &&
    updated.status.details?.name === name &&
    ['leases', 'events', 'endpoints'].includes(resource.resource) &&
    scope.subresource === ''
  )
    return respond(
      scope,
      parts,
      201,
      parts.registry.create(resource, namespace, draft.value, options.value),
      warnings,
    );
  return respond(scope, parts, 200, updated, warnings);
}

export function deleteOptions(scope: Scope): Outcome<DeleteOptions> {
  const { query, request } = scope;
  let body: JsonObject = {};
  if (request.body !== undefined && request.body.length > 0) {
    const read = readObject(request.body, request.headers['content-type']);
    if (!read.ok) return read;
    body = read.value;
  }
  const seconds =
    body['gracePeriodSeconds'] ??
    (query.get('gracePeriodSeconds') === '' ? undefined : Number(query.get('gracePeriodSeconds')));
  if (seconds !== undefined && (typeof seconds !== 'number' || !Number.isInteger(seconds)))
    return badRequest('gracePeriodSeconds must be an integer');
  const policy = body['propagationPolicy'] ?? (query.get('propagationPolicy') || undefined);
  const orphan =
    body['orphanDependents'] ?? (query.has('orphanDependents') ? query.flag('orphanDependents') : undefined);
  const preconditions = isObject(body['preconditions']) ? body['preconditions'] : {};
  const dryRun = Array.isArray(body['dryRun']) ? body['dryRun'] : query.all('dryRun');
  if (dryRun.some((value) => value !== 'All')) {
    const errors = new FieldErrors();
    errors.notSupported('dryRun', dryRun, ['All']);
    return invalid('DeleteOptions', 'meta.k8s.io', '', errors.list);
  }
  const { uid, resourceVersion } = preconditions;
  return success({
    user: request.user,
    dryRun: dryRun.length > 0,
    ...(seconds === undefined ? {} : { gracePeriodSeconds: seconds }),
    ...(typeof policy === 'string' ? { propagationPolicy: policy } : {}),
    ...(typeof orphan === 'boolean' ? { orphanDependents: orphan } : {}),
    ...(typeof uid === 'string' ? { uid } : {}),
    ...(typeof resourceVersion === 'string' ? { resourceVersion } : {}),
  });
}

export function handleDelete(scope: Scope, parts: ServerParts): ApiResponse {
  const { request, resource, namespace, name } = scope;
  const options = deleteOptions(scope);
  if (!options.ok) return failureResponse(request, options);
  const result = parts.registry.delete(resource, namespace, name, options.value);
  if (!result.ok) return failureResponse(request, result);
  const negotiated = negotiate(request.headers['accept']) ?? { encoding: 'json', as: 'object' };
  if (result.value.kind === 'Status')
    return encodeResponse({ ...negotiated, as: 'object' }, 200, result.value);
  return objectResponse(scope, parts, negotiated, 200, shown(resource, result.value as StoredObject));
}

export function handleDeleteCollection(scope: Scope, parts: ServerParts): ApiResponse {
  const { request, resource } = scope;
  const options = deleteOptions(scope);
  if (!options.ok) return failureResponse(request, options);
  const listed = listObjects(scope, parts);
  if (!listed.ok) return failureResponse(request, listed);
  for (const object of listed.value.objects) {
    const { uid: _uid, ...each } = options.value;
    const result = parts.registry.delete(
      resource,
      object.metadata.namespace,
      object.metadata.name ?? '',
      each,
    );
    if (!result.ok && result.status.code !== 404) return failureResponse(request, result);
  }
  const apiVersion = resource.group === '' ? resource.version : `${resource.group}/${resource.version}`;
  const negotiated = negotiate(request.headers['accept']) ?? { encoding: 'json', as: 'object' };
  const items = listed.value.objects.map((object) => {
    const { kind: _kind, apiVersion: _version, ...item } = shown(resource, object);
    return item;
  });
  return encodeResponse({ ...negotiated, as: 'object' }, 200, {
    kind: `${resource.kind}List`,
    apiVersion,
    metadata: listed.value.metadata,
    items,
  });
}

export function unsupportedMedia(accepted: readonly string[]) {
  return failure(
    415,
    'UnsupportedMediaType',
    `the body of the request was in an unknown format - accepted media types include: ${accepted.join(', ')}`,
  );
}
