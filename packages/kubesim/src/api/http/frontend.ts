import { utf8Encode } from '@podwire/sim';
import type {
  ApiPortConnection,
  ApiProxyConnection,
  ApiRequest,
  ApiResponse,
  ApiUpgrade,
  ProxiedExchange,
} from '../http.ts';
import { authorize, authorizePath } from '../authorization/authorize.ts';
import { impersonate } from '../authorization/impersonate.ts';
import type { ServedKinds } from '../custom/served.ts';
import { findResource } from '../resources/catalog.ts';
import type { Resource } from '../resources/resource.ts';
import { failure, forbidden, internalError, methodNotSupported, notModelled } from '../status.ts';
import type { Failure } from '../status.ts';
import { connectPort, refusedConnection, upgradeExec } from '../subresources/connections.ts';
import { connectProxy } from '../proxying/connect-proxy.ts';
import { proxiedExchange } from '../proxying/exchange.ts';
import { handleSubresource } from '../subresources/dispatch.ts';
import { handleReview, isReview } from '../subresources/reviews.ts';
import { parseAccept } from './media.ts';
import {
  aggregatedDiscovery,
  apiVersions,
  groupList,
  resourceList,
  singleGroup,
  VERSION,
} from './discovery.ts';
import { healthAnswer } from './health.ts';
import { openApi } from './openapi.ts';
import { metricsAnswer } from './metrics.ts';
import { handlePatch } from './patch.ts';
import { prettyPrinted } from './pretty.ts';
import { handleGet, handleList } from './read.ts';
import { failureResponse, jsonResponse, textResponse, warningHeaders } from './respond.ts';
import { parseRoute, Query } from './scope.ts';
import type { Route, Scope, ServerParts } from './scope.ts';
import { Streams } from './streams.ts';
import { handleWatch } from './watch.ts';
import { handleCreate, handleDelete, handleDeleteCollection, handleUpdate } from './write.ts';

type ResourceRoute = Extract<Route, { kind: 'resource' }>;

/** Takes HTTP requests apart and hands them to whoever answers them. */
export class HttpFrontend {
  readonly #parts: ServerParts;
  readonly #streams: Streams;

  constructor(parts: ServerParts) {
    this.#parts = parts;
    this.#streams = new Streams(parts.simulation, parts.store);
  }

  handle(request: ApiRequest): ApiResponse {
    try {
      return prettyPrinted(request, this.#handle(request));
    } catch (error) {
      // A mistake of ours must not take the cluster down; the state is as the last whole write left it.
      return failureResponse(request, internalError(error instanceof Error ? error.message : String(error)));
    }
  }

  #handle(request: ApiRequest): ApiResponse {
    if (!this.#parts.isServing()) return failureResponse(request, notServing(this.#parts.hasStorage()));
    const impersonated = impersonate(request, this.#parts);
    if (!impersonated.ok) return failureResponse(request, impersonated);
    return this.#route(impersonated.value);
  }

  #route(request: ApiRequest): ApiResponse {
    const route = parseRoute(request.path);
    if (route.kind === 'malformed')
      return failureResponse(request, failure(400, 'BadRequest', 'the request path is malformed'));
    if (route.kind === 'other') return this.#handleOther(request, route.segments);
    return this.#handleResource(request, route);
  }

  upgrade(request: ApiRequest): ApiUpgrade | { readonly kind: 'refused'; readonly response: ApiResponse } {
    const impersonated = impersonate(request, this.#parts);
    if (!impersonated.ok) return refusedConnection(request, impersonated);
    const scope = this.#connectionScope(impersonated.value, ['exec', 'attach']);
    if ('response' in scope) return scope;
    return upgradeExec(scope, this.#parts);
  }

  connectPort(
    request: ApiRequest,
    port: number,
  ): ApiPortConnection | { readonly kind: 'refused'; readonly response: ApiResponse } {
    const impersonated = impersonate(request, this.#parts);
    if (!impersonated.ok) return refusedConnection(request, impersonated);
    const scope = this.#connectionScope(impersonated.value, ['portforward']);
    if ('response' in scope) return scope;
    return connectPort(scope, this.#parts, port);
  }

  connectProxy(
    request: ApiRequest,
  ): ApiProxyConnection | { readonly kind: 'refused'; readonly response: ApiResponse } | undefined {
    const route = parseRoute(request.path);
    if (route.kind !== 'resource' || route.subresource !== 'proxy' || route.group !== '') return undefined;
    if (!this.#parts.isServing()) return { kind: 'refused', response: this.#handle(request) };
    const impersonated = impersonate(request, this.#parts);
    if (!impersonated.ok) return refusedConnection(request, impersonated);
    return connectProxy(impersonated.value, route, this.#parts);
  }

  askProxy(
    request: ApiRequest,
  ): ProxiedExchange | { readonly kind: 'refused'; readonly response: ApiResponse } | undefined {
    const opened = this.connectProxy(request);
    return opened?.kind === 'proxy' ? proxiedExchange(opened, request) : opened;
  }

  endStreams(): void {
    this.#streams.endAll();
  }

  #connectionScope(
    request: ApiRequest,
    subresources: readonly string[],
  ): Scope | { readonly kind: 'refused'; readonly response: ApiResponse } {
    const route = parseRoute(request.path);
    const resource =
      route.kind === 'resource' && route.group === '' && route.version === 'v1' && route.resource === 'pods'
        ? findResource('', 'pods')
        : undefined;
    if (!this.#parts.isServing()) return refusedConnection(request, notServing(this.#parts.hasStorage()));
    if (route.kind !== 'resource' || resource === undefined || !subresources.includes(route.subresource))
      return refusedConnection(
        request,
        failure(404, 'NotFound', 'the server could not find the requested resource'),
      );
    const scope = scopeOf(request, route, resource);
    const denied = authorize(this.#parts, request.user, {
      verb: request.method === 'GET' ? 'get' : 'create',
      group: '',
      resource: 'pods',
      subresource: route.subresource,
      namespace: route.namespace ?? '',
      name: route.name,
    });
    return denied === undefined
      ? scope
      : refusedConnection(request, forbidden({ group: '', resource: 'pods' }, route.name, denied));
  }

  #handleResource(request: ApiRequest, route: ResourceRoute): ApiResponse {
    const { served } = this.#parts;
    if (!served.serves(route.group, route.version)) return textResponse(404, '404 page not found\n');
    const resource = served.find(route.group, route.version, route.resource);
    const verb = verbOf(request, route);
    const name = route.name;
    const denied = authorize(this.#parts, request.user, {
      verb,
      group: route.group,
      resource: route.resource,
      subresource: route.subresource,
      namespace: route.namespace ?? (route.resource === 'namespaces' ? name : ''),
      name: name === '' ? nameSelected(request) : name,
    });
    if (denied !== undefined) {
      const what = route.subresource === '' ? route.resource : `${route.resource}/${route.subresource}`;
      return failureResponse(request, forbidden({ group: route.group, resource: what }, name, denied));
    }
    if (isReview(route)) return handleReview(request, route, this.#parts);
    if (resource === undefined) return textResponse(404, '404 page not found\n');
    if (resource.namespaced && route.namespace === undefined && (name !== '' || verb === 'create'))
      return textResponse(404, '404 page not found\n');
    if (!resource.namespaced && route.namespace !== undefined)
      return textResponse(404, '404 page not found\n');
    return withDeprecation(resource, this.#answer(request, route, resource, verb));
  }

  #answer(request: ApiRequest, route: ResourceRoute, resource: Resource, verb: string): ApiResponse {
    const scope = scopeOf(request, route, resource);
    if (route.subresource !== '') return handleSubresource(scope, this.#parts, this.#streams, route.rest);
    return this.#dispatch(scope, verb);
  }

  #dispatch(scope: Scope, verb: string): ApiResponse {
    const { notModelled: why, unreadable } = scope.resource;
    if (why !== undefined && (scope.request.method !== 'GET' || unreadable === true))
      return failureResponse(scope.request, notModelled(why));
    if (!(scope.resource.verbs as readonly string[]).includes(verb))
      return failureResponse(scope.request, methodNotSupported(scope.resource, verb));
    switch (verb) {
      case 'get':
        return handleGet(scope, this.#parts);
      case 'list':
        return handleList(scope, this.#parts);
      case 'watch':
        return handleWatch(scope, this.#parts, this.#streams);
      case 'create':
        return handleCreate(scope, this.#parts);
      case 'update':
        return handleUpdate(scope, this.#parts);
      case 'patch':
        return handlePatch(scope, this.#parts);
      case 'delete':
        return handleDelete(scope, this.#parts);
      case 'deletecollection':
        return handleDeleteCollection(scope, this.#parts);
      default:
        return failureResponse(scope.request, methodNotSupported(scope.resource, verb));
    }
  }

  #handleOther(request: ApiRequest, segments: readonly string[]): ApiResponse {
    const { served } = this.#parts;
    const [root = '', second = '', third] = segments;
    const denied = authorizePath(this.#parts, request.user, request.method.toLowerCase(), request.path);
    if (denied !== undefined)
      return failureResponse(request, forbidden({ group: '', resource: '' }, '', denied));
    if (request.method !== 'GET' && request.method !== 'HEAD')
      return failureResponse(
        request,
        failure(405, 'MethodNotAllowed', 'the server does not allow this method on the requested resource'),
      );
    if (root === '' || root === 'index.html') return jsonResponse(200, { paths: rootPaths(served) });
    if (root === 'version') return versionAnswer();
    if (root === 'api' && segments.length === 1)
      return wantsAggregated(request) ? aggregatedAnswer(served, true) : jsonResponse(200, apiVersions());
    if (root === 'apis' && segments.length === 1)
      return wantsAggregated(request)
        ? aggregatedAnswer(served, false)
        : jsonResponse(200, groupList(served));
    const found = discoveryAnswer(served, root, second, third, segments.length);
    if (found !== undefined) return jsonResponse(200, found);
    if (root === 'metrics' && segments.length === 1) return metricsAnswer(served, this.#parts.store);
    if (root === 'healthz' || root === 'livez' || root === 'readyz')
      return healthAnswer(root, segments.slice(1).join('/'), new Query(request.query));
    if (root === 'openapi') return openApi(request, segments, served);
    return textResponse(404, '404 page not found\n');
  }
}

/** A deprecated kind says so with every answer, errors included, before what else there is to warn of. */
function withDeprecation(resource: Resource, response: ApiResponse): ApiResponse {
  if (resource.deprecation === undefined) return response;
  const own = warningHeaders([resource.deprecation])['warning'] ?? '';
  const others = response.headers['warning'];
  return {
    ...response,
    headers: { ...response.headers, warning: others === undefined ? own : `${own}, ${others}` },
  };
}

/** Indented, as the real server prints it. */
function versionAnswer(): ApiResponse {
  return {
    status: 200,
    headers: { 'content-type': 'application/json' },
    body: utf8Encode(JSON.stringify(VERSION, null, 2)),
  };
}

function discoveryAnswer(
  served: ServedKinds,
  root: string,
  second: string,
  third: string | undefined,
  length: number,
): object | undefined {
  if (root === 'api') return second === 'v1' && length === 2 ? resourceList(served, '', 'v1') : undefined;
  if (root !== 'apis' || second === '') return undefined;
  if (length === 2) return singleGroup(served, second);
  return third !== undefined && length === 3 ? resourceList(served, second, third) : undefined;
}

function rootPaths(served: ServedKinds): readonly string[] {
  const groups = served
    .groups()
    .filter(({ name }) => name !== '')
    .flatMap(({ name, versions }) => [
      `/apis/${name}`,
      ...versions.map((version) => `/apis/${name}/${version}`),
    ]);
  return [
    '/api',
    '/api/v1',
    '/apis',
    ...groups.sort(),
    '/healthz',
    '/livez',
    '/metrics',
    '/openapi/v2',
    '/openapi/v3',
    '/readyz',
    '/version',
  ];
}

function wantsAggregated(request: ApiRequest): boolean {
  const accept = parseAccept(request.headers['accept'] ?? '');
  return accept.some(
    (media) =>
      media.type === 'application/json' &&
      media.parameters.get('g') === 'apidiscovery.k8s.io' &&
      media.parameters.get('v') === 'v2' &&
      media.parameters.get('as') === 'APIGroupDiscoveryList',
  );
}

function aggregatedAnswer(served: ServedKinds, core: boolean): ApiResponse {
  const answer = jsonResponse(200, aggregatedDiscovery(served, core));
  return {
    ...answer,
    headers: {
      ...answer.headers,
      'content-type': 'application/json;g=apidiscovery.k8s.io;v=v2;as=APIGroupDiscoveryList',
      vary: 'Accept',
    },
  };
}

function scopeOf(request: ApiRequest, route: ResourceRoute, resource: Resource): Scope {
  return {
    request,
    query: new Query(request.query),
    resource,
    namespace: route.namespace,
    name: route.name,
    subresource: route.subresource,
  };
}

/** A list of the one object that a field selector names is judged as a request for that object (RequestInfo). */
function nameSelected(request: ApiRequest): string {
  if (request.method !== 'GET' && request.method !== 'DELETE') return '';
  const selector = new Query(request.query).get('fieldSelector');
  return /^metadata\.name==?([^,=!]+)$/.exec(selector)?.[1] ?? '';
}

function verbOf(request: ApiRequest, route: ResourceRoute): string {
  const watch = new Query(request.query).flag('watch');
  switch (request.method) {
    case 'GET':
    case 'HEAD':
      if (watch) return 'watch';
      return route.name === '' ? 'list' : 'get';
    case 'POST':
      return 'create';
    case 'PUT':
      return 'update';
    case 'PATCH':
      return 'patch';
    case 'DELETE':
      return route.name === '' ? 'deletecollection' : 'delete';
    default:
      return request.method.toLowerCase();
  }
}

/** Without etcd a request waits until its time is up; nobody's clock is held for that here. */
function notServing(hasStorage: boolean): Failure {
  return hasStorage
    ? failure(503, 'ServiceUnavailable', 'the server is currently unable to handle the request')
    : failure(504, 'Timeout', 'Timeout: request did not complete within the allotted timeout');
}
