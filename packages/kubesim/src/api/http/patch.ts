import type { StoredObject } from '../../store/store.ts';
import { applyConfiguration } from '../apply/apply.ts';
import type { ApiResponse } from '../http.ts';
import { cloneJson, isObject, parseJson, textOf } from '../json.ts';
import type { Json, JsonObject } from '../json.ts';
import { applyJsonPatch } from '../patch/json-patch.ts';
import { applyMergePatch } from '../patch/merge-patch.ts';
import { applyStrategicMerge } from '../patch/strategic-merge.ts';
import type { WriteOptions } from '../registry/options.ts';
import { badRequest, failure, invalid, success } from '../status.ts';
import type { Failure, Outcome } from '../status.ts';
import { shown } from '../resources/resource.ts';
import { decodeAs } from '../resources/typing.ts';
import { FieldErrors } from '../validation/field-errors.ts';
import {
  bodyText,
  cannotBeHandled,
  fromYaml,
  repeatedFields,
  strictWarnings,
  typedDraft,
  validationOf,
} from './body.ts';
import { parseMediaType, negotiate } from './media.ts';
import { objectResponse } from './read.ts';
import { failureResponse, notAcceptable, warningHeaders } from './respond.ts';
import type { Scope, ServerParts } from './scope.ts';
import { unsupportedMedia, writeOptions } from './write.ts';

const JSON_PATCH = 'application/json-patch+json';
/** Custom kinds have no merge keys for it. */
const STRATEGIC = 'application/strategic-merge-patch+json';
const ACCEPTED = [JSON_PATCH, 'application/merge-patch+json', STRATEGIC, 'application/apply-patch+yaml'];

export function handlePatch(scope: Scope, parts: ServerParts): ApiResponse {
  const { request } = scope;
  const options = writeOptions(scope);
  if (!options.ok) return failureResponse(request, options);
  const { warnings } = options.value;
  const media = parseMediaType(request.headers['content-type'] ?? '').type;
  const accepted =
    scope.resource.custom === undefined ? ACCEPTED : ACCEPTED.filter((type) => type !== STRATEGIC);
  if (!accepted.includes(media)) return failureResponse(request, unsupportedMedia(accepted));
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
  const repeated = (): readonly string[] =>
    repeatedFields(media, scope.request.body).map((told) =>
      media === JSON_PATCH ? `json patch ${told}` : told,
    );
  return parts.registry.update(
    scope.resource,
    scope.namespace,
    scope.name,
    (current) => {
      const document = cloneJson(shown(scope.resource, current)) as unknown as JsonObject;
      const patched = patchDocument(scope, media, document, patch);
      if (!patched.ok) return patched;
      const sent = media === STRATEGIC ? goPrint(patch) : JSON.stringify(patched.value);
      return typedDraft(scope, patched.value, {
        warnings: options.warnings,
        repeated,
        refuse: (message) =>
          invalidPatch(
            sent,
            (media === STRATEGIC ? convertProblem(scope, patched.value) : undefined) ?? message,
          ),
      });
    },
    options,
  );
}

/** `spec.containers[0].foo` as server-side apply names it: items by their keys where they have one called name. */
function typedPath(config: JsonObject, path: string): string {
  let value: Json | undefined = config;
  let result = '';
  for (const [, field, index] of path.matchAll(/([^.[\]]+)|\[(\d+)\]/g)) {
    if (index !== undefined) {
      value = Array.isArray(value) ? value[Number(index)] : undefined;
      const name: Json | undefined = isObject(value) ? value['name'] : undefined;
      result += typeof name === 'string' ? `[name=${JSON.stringify(name)}]` : `[${index}]`;
    } else if (field !== undefined) {
      value = isObject(value) ? value[field] : undefined;
      result += `${result === '' ? '' : '.'}${field}`;
    }
  }
  return result;
}

/** Strategic merges are converted field by field upstream, and its converter has words of its own. */
function convertProblem(scope: Scope, value: JsonObject): string | undefined {
  const decoded = decodeAs(scope.resource, value);
  if (decoded.ok || decoded.mismatch === undefined) return undefined;
  const { found, goType } = decoded.mismatch;
  if (goType.startsWith('[]')) return `cannot restore slice from ${goKind(found)}`;
  if (goType.startsWith('map[')) return `cannot restore map from ${goKind(found)}`;
  if (goType.startsWith('v1.')) return `cannot restore struct from: ${goKind(found)}`;
  return `unrecognized type: ${goType}`;
}

function invalidPatch(sent: string, problem: string): Failure {
  const errors = new FieldErrors();
  errors.invalid('patch', sent, problem);
  const refused = invalid('', '', '', errors.list);
  return { ok: false, status: { ...refused.status, message: (refused.status.message ?? '').trimStart() } };
}

function goKind(found: string): string {
  return found === 'number' ? 'int64' : found === 'object' ? 'map' : found === 'array' ? 'slice' : found;
}

/** A value as Go's %v prints it. */
function goPrint(value: Json): string {
  if (Array.isArray(value)) return `[${value.map(goPrint).join(' ')}]`;
  if (isObject(value))
    return `map[${Object.keys(value)
      .sort()
      .map((key) => `${key}:${goPrint(value[key] ?? null)}`)
      .join(' ')}]`;
  return value === null ? '<nil>' : String(value);
}

/** Applies a patch of any type to a document of the scope's kind. */
export function patchDocument(
  scope: Pick<Scope, 'resource'>,
  media: string,
  document: JsonObject,
  patch: Json,
): Outcome<JsonObject> {
  if (media === JSON_PATCH) {
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
      `Incorrect version specified in apply patch. Specified patch version: ${textOf(config['apiVersion'])}, expected: ${apiVersion}`,
    );
  const given = isObject(metadata) ? metadata : {};
  if (Array.isArray(given['managedFields']) && given['managedFields'].length > 0)
    return badRequest('metadata.managedFields must be nil');
  if (given['name'] !== undefined && given['name'] !== name)
    return badRequest(
      `the name of the object (${textOf(given['name'])}) does not match the name on the URL (${name})`,
    );
  const nowMs = parts.simulation.nowMs;
  const telling = {
    warnings: options.warnings,
    refuse: (message: string): Failure => badRequest(`${cannotBeHandled(resource)}: ${message}`),
  };
  const validation = validationOf(scope);
  if (!validation.ok) return validation;
  const decode = (value: JsonObject): Outcome<StoredObject> => typedDraft(scope, value, telling);
  // What the configuration itself gets wrong is told before it is merged.
  const unknown = decodeAs(resource, config);
  if (unknown.ok && unknown.unknown.length > 0) {
    const where = `${namespace === undefined ? '' : `${namespace}/`}${name}; ${apiVersion}, Kind=${resource.kind}`;
    const problems = unknown.unknown.map(
      (path) => `.${typedPath(config, path)}: field not declared in schema`,
    );
    const told =
      problems.length === 1
        ? (problems[0] ?? '')
        : `errors:\n${problems.map((problem) => `  ${problem}`).join('\n')}`;
    return failure(500, '', `failed to create typed patch object (${where}): ${told}`);
  }
  const checked = typedDraft(scope, { ...config, metadata: given }, { ...telling, warnings: [] });
  if (!checked.ok) return checked;
  const repeated =
    validation.value === 'Ignore' ? [] : repeatedFields('application/apply-patch+yaml', scope.request.body);
  for (const told of repeated.map((text) => `error converting YAML to JSON: ${text}`)) {
    if (validation.value === 'Strict') return badRequest(`error strict decoding YAML: ${told}`);
    options.warnings.push(...strictWarnings(told));
  }
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
