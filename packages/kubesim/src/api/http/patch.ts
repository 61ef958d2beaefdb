import type { StoredObject } from '../../store/store.ts';
import { applyConfiguration } from '../apply/apply.ts';
import type { ApiResponse } from '../http.ts';
import { cloneJson, isObject, parseJson } from '../json.ts';
import type { Json, JsonObject } from '../json.ts';
import { applyJsonPatch } from '../patch/json-patch.ts';
import { applyMergePatch } from '../patch/merge-patch.ts';
import { applyStrategicMerge } from '../patch/strategic-merge.ts';
import type { WriteOptions } from '../registry/options.ts';
import { badRequest, failure, invalid, success } from '../status.ts';
import type { Outcome } from '../status.ts';
import { FieldErrors } from '../validation/field-errors.ts';
import { bodyText, fromYaml, typedDraft } from './body.ts';
import { parseMediaType, negotiate } from './media.ts';
import { objectResponse, shown } from './read.ts';
import { failureResponse, notAcceptable, warningHeaders } from './respond.ts';
import type { Scope, ServerParts } from './scope.ts';
import { unsupportedMedia, writeOptions } from './write.ts';

const ACCEPTED = [
  'application/json-patch+json',
  'application/merge-patch+json',
  'application/strategic-merge-patch+json',
  'application/apply-patch+yaml',
];

export function handlePatch(scope: Scope, parts: ServerParts): ApiResponse {
  const { request } = scope;
  const options = writeOptions(scope);
  if (!options.ok) return failureResponse(request, options);
  const { warnings } = options.value;
  const media = parseMediaType(request.headers['content-type'] ?? '').type;
  if (!ACCEPTED.includes(media)) return failureResponse(request, unsupportedMedia(ACCEPTED));
  const text = bodyText(request.body);
  if (!text.ok) return failureResponse(request, text);
  const existed = parts.registry.get(scope.resource, scope.namespace, scope.name).ok;
  const result =
    media === 'application/apply-patch+yaml'
      ? applyPatch(scope, parts, text.value, options.value)
      : mergePatch(scope, parts, media, text.value, options.value);
  if (!result.ok) return failureResponse(request, result, warningHeaders(warnings));
  const negotiated = negotiate(request.headers['accept']);
  if (negotiated === undefined) return failureResponse(request, notAcceptable());
  return objectResponse(
    scope,
    parts,
    negotiated,
    existed ? 200 : 201,
    shown(scope.resource, result.value),
    warningHeaders(warnings),
  );
}

function mergePatch(
  scope: Scope,
  parts: ServerParts,
  media: string,
  text: string,
  options: WriteOptions,
): Outcome<StoredObject> {
  const parsed = parseJson(text);
  if (!parsed.ok) return badRequest(`error decoding patch: ${parsed.message}`);
  const patch = parsed.value;
  return parts.registry.update(
    scope.resource,
    scope.namespace,
    scope.name,
    (current) => {
      const document = cloneJson(shown(scope.resource, current)) as unknown as JsonObject;
      const patched = patchDocument(scope, media, document, patch);
      return patched.ok ? typedDraft(scope, patched.value, options.warnings) : patched;
    },
    options,
  );
}

/** Applies a patch of any type to a document of the scope's kind. */
export function patchDocument(
  scope: Pick<Scope, 'resource'>,
  media: string,
  document: JsonObject,
  patch: Json,
): Outcome<JsonObject> {
  if (media === 'application/json-patch+json') {
    const patched = applyJsonPatch(document, patch);
    if (!patched.ok) {
      if (patched.malformed) return badRequest(patched.message);
      return failure(422, 'Invalid', 'the server rejected our request due to an error in our request', {});
    }
    return isObject(patched.value) ? success(patched.value) : badRequest('the patched document is no object');
  }
  if (!isObject(patch))
    return badRequest(
      `error decoding patch: json: cannot unmarshal ${Array.isArray(patch) ? 'array' : typeof patch} into Go value of type map[string]interface {}`,
    );
  if (media === 'application/merge-patch+json')
    return success(applyMergePatch(document, patch) as JsonObject);
  const merged = applyStrategicMerge(scope.resource.schema, document, patch);
  return merged.ok ? success(merged.value) : badRequest(merged.message);
}

function applyPatch(
  scope: Scope,
  parts: ServerParts,
  text: string,
  options: WriteOptions,
): Outcome<StoredObject> {
  const { query, resource, namespace, name } = scope;
  if (query.get('fieldManager') === '') {
    const errors = new FieldErrors();
    errors.required('fieldManager', 'is required for apply patch');
    return invalid('PatchOptions', 'meta.k8s.io', '', errors.list);
  }
  const read = fromYaml(text);
  if (!read.ok) return read;
  const config = read.value;
  const { metadata } = config as { metadata?: Json };
  const apiVersion = resource.group === '' ? resource.version : `${resource.group}/${resource.version}`;
  if (config['apiVersion'] !== apiVersion || config['kind'] !== resource.kind)
    return badRequest(
      `Incorrect version specified in apply patch. Specified patch version: ${String(config['apiVersion'])}, expected: ${apiVersion}`,
    );
  const given = isObject(metadata) ? metadata : {};
  if (Array.isArray(given['managedFields']) && given['managedFields'].length > 0)
    return badRequest('metadata.managedFields must be nil');
  if (given['name'] !== undefined && given['name'] !== name)
    return badRequest(
      `the name of the object (${String(given['name'])}) does not match the name on the URL (${name})`,
    );
  const nowMs = parts.simulation.nowMs;
  const decode = (value: JsonObject): Outcome<StoredObject> => typedDraft(scope, value, options.warnings);
  // What the configuration itself gets wrong is told before it is merged.
  const checked = typedDraft(scope, { ...config, metadata: given }, []);
  if (!checked.ok) return checked;
  const base = {
    resource,
    config: { ...config, metadata: { ...given, name } },
    options,
    force: query.flag('force'),
    nowMs,
    decode,
  };
  if (!parts.registry.get(resource, namespace, name).ok) {
    if (scope.subresource !== '') return parts.registry.get(resource, namespace, name);
    const created = applyConfiguration({ ...base, current: undefined });
    if (!created.ok) return created;
    return parts.registry.create(resource, namespace, created.value, { ...options, fieldManager: '' });
  }
  // The applier's entry is made here; the registry keeps managedFields as they come when no manager is named.
  return parts.registry.update(
    resource,
    namespace,
    name,
    (current) => applyConfiguration({ ...base, current }),
    { ...options, fieldManager: '' },
  );
}
