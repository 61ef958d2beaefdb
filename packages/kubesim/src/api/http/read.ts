import type { StoredObject } from '../../store/store.ts';
import { decodeBase64, encodeBase64 } from '../base64.ts';
import type { ApiResponse } from '../http.ts';
import { asRead, shown } from '../resources/resource.ts';
import { badRequest, expired, failure, success } from '../status.ts';
import type { Failure, Outcome } from '../status.ts';
import { validateListOptions } from './list-options.ts';
import { negotiate } from './media.ts';
import type { Negotiated } from './media.ts';
import { encodeResponse, failureResponse, jsonListResponse, listItem, notAcceptable } from './respond.ts';
import type { Scope, ServerParts } from './scope.ts';
import { selectionOf } from './selection.ts';
import { partialMetadata, toTable } from './table.ts';
import type { IncludeObject, TableMetadata } from './table.ts';

export function handleGet(scope: Scope, parts: ServerParts): ApiResponse {
  const { request, resource, namespace, name } = scope;
  const negotiated = negotiate(request.headers['accept']);
  if (negotiated === undefined) return failureResponse(request, notAcceptable());
  const future = checkVersion(scope, parts);
  if (future !== undefined) return failureResponse(request, future);
  const found = parts.registry.get(resource, namespace, name);
  if (!found.ok) return failureResponse(request, found);
  return objectResponse(scope, parts, negotiated, 200, shown(resource, found.value));
}

export function includeObject(scope: Scope): Outcome<IncludeObject> {
  const value = scope.query.get('includeObject');
  if (value === '') return success('Metadata');
  if (value === 'None' || value === 'Metadata' || value === 'Object') return success(value);
  return badRequest(`unrecognized includeObject value: ${JSON.stringify(value)}`);
}

/** One object in the representation that the client asked for. */
export function objectResponse(
  scope: Scope,
  parts: ServerParts,
  negotiated: Negotiated,
  status: number,
  object: StoredObject,
  headers: Readonly<Record<string, string>> = {},
): ApiResponse {
  if (negotiated.as === 'Table') {
    const include = includeObject(scope);
    if (!include.ok) return failureResponse(scope.request, include);
    const { resourceVersion } = object.metadata;
    const metadata: TableMetadata = resourceVersion === undefined ? {} : { resourceVersion };
    const rows = scope.resource.view === undefined ? object : scope.resource.view.toStored(object);
    return encodeResponse(
      negotiated,
      status,
      toTable(scope.resource, [rows], metadata, include.value, parts.simulation.nowMs),
      headers,
    );
  }
  return encodeResponse(
    negotiated,
    status,
    negotiated.as === 'object' ? object : partialMetadata(object),
    headers,
  );
}

/** What `resourceVersion` may ask of a read: nothing later than now, and no text. */
export function checkVersion(scope: Scope, parts: ServerParts) {
  const version = scope.query.get('resourceVersion');
  if (version === '' || version === '0') return undefined;
  if (!/^\d{1,15}$/.test(version))
    return badRequest(
      `resourceVersion: Invalid value: ${JSON.stringify(version)}: strconv.ParseUint: parsing ${JSON.stringify(version)}: invalid syntax`,
    );
  if (Number(version) <= parts.store.revision) return undefined;
  return failure(504, 'Timeout', `Too large resource version: ${version}, current: ${parts.store.revision}`, {
    causes: [{ reason: 'ResourceVersionTooLarge', message: 'Too large resource version' }],
    retryAfterSeconds: 1,
  });
}

interface Continuation {
  readonly v: 'meta.k8s.io/v1';
  /** Revision at which the list began. */
  readonly rv: number;
  /** The last key given out. */
  readonly start: string;
}

function encodeContinue(token: Continuation): string {
  return encodeBase64(JSON.stringify(token)).replaceAll('=', '').replaceAll('+', '-').replaceAll('/', '_');
}

function decodeContinue(text: string): Continuation | undefined {
  try {
    const token = JSON.parse(
      decodeBase64(text.replaceAll('-', '+').replaceAll('_', '/')),
    ) as Partial<Continuation> | null;
    if (token?.v !== 'meta.k8s.io/v1' || typeof token.rv !== 'number' || typeof token.start !== 'string')
      return undefined;
    return { v: token.v, rv: token.rv, start: token.start };
  } catch {
    return undefined;
  }
}

/** The rest can still be had, of a list that is no longer one moment's (etcd3 handleCompactedErrorForPaging). */
function tooOldToContinue(token: Continuation): Failure {
  const refused = expired(
    'The provided continue parameter is too old to display a consistent list result. You can start a new list without the continue parameter, or use the continue token in this response to retrieve the remainder of the results. Continuing with the provided token results in an inconsistent list - objects that were created, modified, or deleted between the time the first chunk was returned and now may show up in the list.',
  );
  const onward = encodeContinue({ ...token, rv: -1 });
  return { ok: false, status: { ...refused.status, metadata: { continue: onward } } };
}

export interface Listed {
  readonly objects: readonly StoredObject[];
  readonly metadata: TableMetadata;
}

export function listObjects(scope: Scope, parts: ServerParts): Outcome<Listed> {
  const { query, resource, namespace } = scope;
  const invalidOptions = validateListOptions(query, false);
  if (invalidOptions !== undefined) return invalidOptions;
  const selection = selectionOf(scope);
  if (!selection.ok) return selection;
  const refused = checkVersion(scope, parts);
  if (refused !== undefined) return refused;
  const limitText = query.get('limit');
  if (!/^\d{0,9}$/.test(limitText))
    return badRequest(`strconv.ParseInt: parsing ${JSON.stringify(limitText)}: invalid syntax`);
  const limit = Number(limitText);
  const continueText = query.get('continue');
  const token = continueText === '' ? undefined : decodeContinue(continueText);
  if (continueText !== '' && token === undefined)
    return badRequest('continue key is not valid: illegal base64 data');
  if (token?.rv === 0)
    return badRequest(
      'continue key is not valid: incorrect encoded start resourceVersion (version meta.k8s.io/v1)',
    );
  if (token !== undefined && token.rv > 0 && token.rv < parts.store.state.compactedRevision)
    return tooOldToContinue(token);
  const exact =
    query.get('resourceVersionMatch') === 'Exact' ? Number(query.get('resourceVersion')) : undefined;
  const revision = token !== undefined && token.rv > 0 ? token.rv : (exact ?? parts.store.revision);
  if (revision < parts.store.state.compactedRevision)
    return expired('The resourceVersion for the provided list is too old.');
  const resourceVersion = String(revision);
  const prefix = resource.namespaced && namespace !== undefined ? `${namespace}/` : '';
  const objects: StoredObject[] = [];
  let after = token?.start;
  // Pages are filled through the selector, so a page may read more objects than it shows; each object is read once.
  for (;;) {
    const page = parts.store.listAt(
      revision,
      resource.table,
      prefix,
      after,
      limit === 0 ? Number.POSITIVE_INFINITY : limit - objects.length,
    );
    if (page === undefined) return expired('The resourceVersion for the provided list is too old.');
    objects.push(...page.objects.filter((object) => selection.value.matches(object)));
    if (page.next === undefined) return success({ objects, metadata: { resourceVersion } });
    after = page.next;
    if (objects.length < limit) continue;
    const more = encodeContinue({ v: 'meta.k8s.io/v1', rv: revision, start: page.next });
    const selective = query.get('labelSelector') !== '' || query.get('fieldSelector') !== '';
    return success({
      objects,
      metadata: {
        resourceVersion,
        continue: more,
        ...(selective ? {} : { remainingItemCount: page.remaining }),
      },
    });
  }
}

export function handleList(scope: Scope, parts: ServerParts): ApiResponse {
  const { request, resource } = scope;
  const negotiated = negotiate(request.headers['accept']);
  if (negotiated === undefined) return failureResponse(request, notAcceptable());
  const listed = listObjects(scope, parts);
  if (!listed.ok) return failureResponse(request, listed);
  const { objects, metadata } = listed.value;
  if (negotiated.as === 'Table') {
    const include = includeObject(scope);
    if (!include.ok) return failureResponse(request, include);
    return encodeResponse(
      negotiated,
      200,
      toTable(
        resource,
        objects.map((object) => asRead(resource, object)),
        metadata,
        include.value,
        parts.simulation.nowMs,
      ),
    );
  }
  if (negotiated.as !== 'object')
    return encodeResponse(negotiated, 200, {
      kind: 'PartialObjectMetadataList',
      apiVersion: 'meta.k8s.io/v1',
      metadata,
      items: objects.map(partialMetadata),
    });
  const apiVersion = resource.group === '' ? resource.version : `${resource.group}/${resource.version}`;
  const envelope = { kind: `${resource.kind}List`, apiVersion, metadata };
  const all = objects.map((object) => shown(resource, object));
  if (negotiated.encoding === 'json') return jsonListResponse(envelope, all);
  return encodeResponse(negotiated, 200, { ...envelope, items: all.map(listItem) });
}
