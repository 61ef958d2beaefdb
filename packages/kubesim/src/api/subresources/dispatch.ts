import type { Namespace } from 'kubernetes-types/core/v1';
import type { ApiResponse } from '../http.ts';
import { readObject } from '../http/body.ts';
import { handlePatch } from '../http/patch.ts';
import { handleGet } from '../http/read.ts';
import { failureResponse, jsonResponse, statusResponse, textResponse } from '../http/respond.ts';
import type { Scope, ServerParts } from '../http/scope.ts';
import type { Streams } from '../http/streams.ts';
import { handleUpdate, writeOptions } from '../http/write.ts';
import { cloneJson, isObject } from '../json.ts';
import { badRequest, methodNotSupported, notModelled, success } from '../status.ts';
import { bindPod } from './binding.ts';
import { handleEviction } from './eviction.ts';
import { handleLog } from './log.ts';
import { handleNodeProxy } from '../proxying/connect-proxy.ts';
import { handleScale } from './scale.ts';
import { handleToken } from './token.ts';

/** Subresources of the real server that this one does not have (API10). */
const NOT_MODELLED: ReadonlySet<string> = new Set(['pods/proxy', 'services/proxy', 'pods/resize']);

export function handleSubresource(
  scope: Scope,
  parts: ServerParts,
  streams: Streams,
  rest: string,
): ApiResponse {
  const { request, resource, subresource } = scope;
  const path = `${resource.resource}/${subresource}`;
  if (NOT_MODELLED.has(path)) return failureResponse(request, notModelled(`the subresource ${path}`));
  if (path === 'nodes/proxy') return handleNodeProxy(scope, parts);
  if (rest !== '') return textResponse(404, '404 page not found\n');
  if (subresource === 'status' && resource.status) return readOrWrite(scope, parts);
  if (subresource === 'scale' && resource.scale) return handleScale(scope, parts);
  switch (path) {
    case 'pods/log':
      return only(scope, ['GET'], () => handleLog(scope, parts, streams));
    case 'pods/binding':
      return only(scope, ['POST'], () => handleBinding(scope, parts));
    case 'pods/eviction':
      return only(scope, ['POST'], () => handleEviction(scope, parts));
    case 'pods/ephemeralcontainers':
      return readOrWrite(scope, parts);
    case 'pods/exec':
    case 'pods/attach':
    case 'pods/portforward':
      return failureResponse(request, badRequest('Upgrade request required'));
    case 'serviceaccounts/token':
      return only(scope, ['POST'], () => handleToken(scope, parts));
    case 'namespaces/finalize':
      return only(scope, ['PUT'], () => handleFinalize(scope, parts));
    default:
      return textResponse(404, '404 page not found\n');
  }
}

function only(scope: Scope, methods: readonly string[], handle: () => ApiResponse): ApiResponse {
  const { request, resource } = scope;
  return methods.includes(request.method)
    ? handle()
    : failureResponse(request, methodNotSupported(resource, request.method.toLowerCase()));
}

function readOrWrite(scope: Scope, parts: ServerParts): ApiResponse {
  switch (scope.request.method) {
    case 'GET':
    case 'HEAD':
      return handleGet(scope, parts);
    case 'PUT':
      return handleUpdate(scope, parts);
    case 'PATCH':
      return handlePatch(scope, parts);
    default:
      return failureResponse(
        scope.request,
        methodNotSupported(scope.resource, scope.request.method.toLowerCase()),
      );
  }
}

function handleBinding(scope: Scope, parts: ServerParts): ApiResponse {
  const { request, namespace = '', name } = scope;
  const options = writeOptions(scope);
  if (!options.ok) return failureResponse(request, options);
  const read = readObject(request.body, request.headers['content-type']);
  if (!read.ok) return failureResponse(request, read);
  const target = isObject(read.value['target']) ? read.value['target'] : {};
  const metadata = isObject(read.value['metadata']) ? read.value['metadata'] : {};
  const node = target['name'];
  if (typeof node !== 'string' || node === '')
    return failureResponse(request, badRequest('Binding "" is invalid: target.name: Required value'));
  const uid = metadata['uid'];
  const bound = bindPod(
    parts.registry,
    namespace,
    name,
    { node, ...(typeof uid === 'string' ? { uid } : {}) },
    options.value,
  );
  return bound.ok ? statusResponse(request, 201, bound.value) : failureResponse(request, bound);
}

/** PUT namespaces/NAME/finalize: the one way to change `spec.finalizers`. */
function handleFinalize(scope: Scope, parts: ServerParts): ApiResponse {
  const { request, resource, name } = scope;
  const options = writeOptions(scope);
  if (!options.ok) return failureResponse(request, options);
  const read = readObject(request.body, request.headers['content-type']);
  if (!read.ok) return failureResponse(request, read);
  const spec = isObject(read.value['spec']) ? read.value['spec'] : {};
  const finalizers = Array.isArray(spec['finalizers'])
    ? spec['finalizers'].filter((item) => typeof item === 'string')
    : [];
  const updated = parts.registry.update(
    resource,
    undefined,
    name,
    (current) => {
      const draft = cloneJson(current) as unknown as Namespace;
      draft.spec = finalizers.length === 0 ? {} : { finalizers };
      return success(draft as never);
    },
    { ...options.value, subresource: 'finalize' },
  );
  return updated.ok ? jsonResponse(200, updated.value) : failureResponse(request, updated);
}
