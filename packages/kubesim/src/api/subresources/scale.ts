import type { StoredObject } from '../../store/store.ts';
import type { ApiResponse } from '../http.ts';
import { readObject } from '../http/body.ts';
import { negotiate } from '../http/media.ts';
import { parseMediaType } from '../http/media.ts';
import { patchDocument } from '../http/patch.ts';
import { encodeResponse, failureResponse, notAcceptable } from '../http/respond.ts';
import type { Scope, ServerParts } from '../http/scope.ts';
import { writeOptions } from '../http/write.ts';
import { cloneJson, define, isObject, parseJson } from '../json.ts';
import type { Json, JsonObject } from '../json.ts';
import { bodyText } from '../http/body.ts';
import { decodeObject } from '../schema/decode.ts';
import { formatSelector, fromLabelSelector } from '../selectors.ts';
import { badRequest, conflict, invalid, methodNotSupported, success } from '../status.ts';
import type { Outcome } from '../status.ts';
import { fieldNames, parseJsonPath, readJsonPath } from '../custom/json-path.ts';
import type { ScalePaths } from '../custom/schema.ts';
import { FieldErrors } from '../validation/field-errors.ts';

interface Scalable extends StoredObject {
  spec?: { replicas?: number; selector?: Parameters<typeof fromLabelSelector>[0] };
  status?: { replicas?: number };
}

/** autoscaling/v1 Scale: the replicas of a workload, seen alike for every kind that has them. */
export function handleScale(scope: Scope, parts: ServerParts): ApiResponse {
  const { request, resource } = scope;
  const negotiated = negotiate(request.headers['accept']);
  if (negotiated === undefined) return failureResponse(request, notAcceptable());
  const found = parts.registry.get(resource, scope.namespace, scope.name);
  if (!found.ok) return failureResponse(request, found);
  const answer = (object: StoredObject): ApiResponse =>
    encodeResponse({ ...negotiated, as: 'object' }, 200, scaleOf(object, resource.scalePaths));
  if (request.method === 'GET' || request.method === 'HEAD') return answer(found.value);
  if (request.method !== 'PUT' && request.method !== 'PATCH')
    return failureResponse(request, methodNotSupported(resource, request.method.toLowerCase()));
  const options = writeOptions(scope);
  if (!options.ok) return failureResponse(request, options);
  const updated = parts.registry.update(
    resource,
    scope.namespace,
    scope.name,
    (current) => {
      const wanted = wantedScale(scope, scaleOf(current, resource.scalePaths));
      return wanted.ok ? withReplicas(scope, current, wanted.value) : wanted;
    },
    options.value,
  );
  return updated.ok ? answer(updated.value) : failureResponse(request, updated);
}

function scaleOf(object: Scalable, paths: ScalePaths | undefined): JsonObject {
  if (paths !== undefined) return customScale(object, paths);
  const { name, namespace, uid, resourceVersion, creationTimestamp } = object.metadata;
  const selector = fromLabelSelector(object.spec?.selector);
  const scale = {
    kind: 'Scale',
    apiVersion: 'autoscaling/v1',
    metadata: { name, namespace, uid, resourceVersion, creationTimestamp },
    spec: {
      ...(object.spec?.replicas === undefined || object.spec.replicas === 0
        ? {}
        : { replicas: object.spec.replicas }),
    },
    status: {
      replicas: object.status?.replicas ?? 0,
      ...(selector === undefined ? {} : { selector: formatSelector(selector) }),
    },
  };
  return JSON.parse(JSON.stringify(scale)) as JsonObject;
}

/** The scale of a custom kind: its definition says where the numbers are. */
function customScale(object: StoredObject, paths: ScalePaths): JsonObject {
  const at = (path: string | undefined): Json | undefined =>
    path === undefined ? undefined : readJsonPath(parseJsonPath(path) ?? [], object)[0];
  const { name, namespace, uid, resourceVersion, creationTimestamp } = object.metadata;
  const replicas = at(paths.specReplicasPath);
  const ready = at(paths.statusReplicasPath);
  const selector = at(paths.labelSelectorPath);
  const scale = {
    kind: 'Scale',
    apiVersion: 'autoscaling/v1',
    metadata: { name, namespace, uid, resourceVersion, creationTimestamp },
    spec: typeof replicas === 'number' && replicas !== 0 ? { replicas } : {},
    status: {
      replicas: typeof ready === 'number' ? ready : 0,
      ...(typeof selector === 'string' && selector !== '' ? { selector } : {}),
    },
  };
  return JSON.parse(JSON.stringify(scale)) as JsonObject;
}

function wantedScale(scope: Scope, current: JsonObject): Outcome<JsonObject> {
  const { request } = scope;
  let wanted: JsonObject;
  if (request.method === 'PUT') {
    const read = readObject(request.body, request.headers['content-type']);
    if (!read.ok) return read;
    wanted = read.value;
  } else {
    const text = bodyText(request.body);
    if (!text.ok) return text;
    const parsed = parseJson(text.value);
    if (!parsed.ok) return badRequest(`error decoding patch: ${parsed.message}`);
    const media = parseMediaType(request.headers['content-type'] ?? '').type;
    // A Scale has no lists: a strategic merge of it is a plain merge.
    const patched = patchDocument(
      scope,
      media === 'application/strategic-merge-patch+json' ? 'application/merge-patch+json' : media,
      current,
      parsed.value,
    );
    if (!patched.ok) return patched;
    wanted = patched.value;
  }
  const decoded = decodeObject('autoscaling.Scale', wanted);
  return decoded.ok
    ? success(decoded.value)
    : badRequest(`Scale in version "v1" cannot be handled as a Scale: ${decoded.message}`);
}

function withReplicas(scope: Scope, current: Scalable, scale: JsonObject): Outcome<StoredObject> {
  const metadata = isObject(scale['metadata']) ? scale['metadata'] : {};
  const spec = isObject(scale['spec']) ? scale['spec'] : {};
  const version = metadata['resourceVersion'];
  if (typeof version === 'string' && version !== '' && version !== current.metadata.resourceVersion)
    return conflict(scope.resource, scope.name);
  const replicas = spec['replicas'] ?? 0;
  if (typeof replicas !== 'number' || replicas < 0) {
    const errors = new FieldErrors();
    errors.invalid('spec.replicas', replicas, 'must be greater than or equal to 0');
    return invalid('Scale', 'autoscaling', scope.name, errors.list);
  }
  const draft = cloneJson(current);
  const paths = scope.resource.scalePaths;
  if (paths === undefined) draft.spec = { ...draft.spec, replicas };
  else writeAt(draft as unknown as JsonObject, paths.specReplicasPath, replicas);
  return success(draft);
}

function writeAt(root: JsonObject, path: string, value: number): void {
  const names = fieldNames(parseJsonPath(path) ?? []) ?? [];
  let at = root;
  for (const name of names.slice(0, -1)) {
    const inner = Object.hasOwn(at, name) ? at[name] : undefined;
    const next: JsonObject = isObject(inner) ? inner : {};
    define(at, name, next);
    at = next;
  }
  define(at, names.at(-1) ?? '', value);
}
