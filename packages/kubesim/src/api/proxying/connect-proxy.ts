import type { Node, Pod, Service } from 'kubernetes-types/core/v1';
import type { EndpointSlice } from 'kubernetes-types/discovery/v1';
import { authorize } from '../authorization/authorize.ts';
import type { ApiProxyConnection, ApiRequest, ApiResponse } from '../http.ts';
import { failureResponse } from '../http/respond.ts';
import type { Route, Scope, ServerParts } from '../http/scope.ts';
import { findResource } from '../resources/catalog.ts';
import { badRequest, failure, forbidden, notModelled } from '../status.ts';
import type { Failure } from '../status.ts';
import { overTls } from './tls-wire.ts';

type Refused = { readonly kind: 'refused'; readonly response: ApiResponse };
type ResourceRoute = Extract<Route, { readonly kind: 'resource' }>;

const SERVICE_NAME = 'kubernetes.io/service-name';
const MAX_PORT = 65_535;
const KUBELET_PORT = '10250';
const VERBS: Readonly<Record<ApiRequest['method'], string>> = {
  GET: 'get',
  HEAD: 'get',
  OPTIONS: 'get',
  POST: 'create',
  PUT: 'update',
  PATCH: 'patch',
  DELETE: 'delete',
};

interface Target {
  readonly ok: true;
  readonly address: string;
  readonly port: number;
  readonly secure: boolean;
}

/**
 * Opens what `/proxy/` of a pod, a Service or another port of a node leads to: a connection from the API server's node.
 * undefined: a kubelet is asked, which answers by `handleNodeProxy`.
 */
export function connectProxy(
  request: ApiRequest,
  route: ResourceRoute,
  parts: ServerParts,
): ApiProxyConnection | Refused | undefined {
  const refused = (why: Failure): Refused => ({ kind: 'refused', response: failureResponse(request, why) });
  const { resource, namespace = '', name } = route;
  const denied = authorize(parts, request.user, {
    verb: VERBS[request.method],
    group: '',
    resource,
    subresource: 'proxy',
    namespace,
    name,
  });
  if (denied !== undefined)
    return refused(forbidden({ group: '', resource: `${resource}/proxy` }, name, denied));
  const words = partsOf(name);
  if (words === undefined)
    return refused(badRequest(`invalid ${resource.replace(/s$/, '')} request ${JSON.stringify(name)}`));
  if (resource === 'nodes' && isKubeletPort(words.port)) return undefined;
  const target =
    resource === 'pods'
      ? podTarget(parts, namespace, words)
      : resource === 'services'
        ? serviceTarget(parts, namespace, words)
        : nodeTarget(parts, words);
  if (!target.ok) return refused(target);
  const node = parts.config.nodes.find(({ controlPlane }) => controlPlane)?.name ?? '';
  const opened = parts.nodeOps.dial(node, target.address, target.port);
  if (!opened.ok) return refused(unreachable(opened.message));
  const random = (count: number): Uint8Array =>
    Uint8Array.from({ length: count }, () => parts.simulation.randomInt(256));
  const wire = target.secure ? overTls(opened.value, random) : opened.value;
  return {
    kind: 'proxy',
    host: `${target.address.includes(':') ? `[${target.address}]` : target.address}:${target.port}`,
    path: `/${route.rest}`,
    base: basePath(request.path, route.namespace !== undefined),
    write: (data) => wire.write(data),
    onData: (listener) => wire.onData(listener),
    onEnd: (listener) => wire.onEnd(listener),
    close: () => wire.close(),
  };
}

/** The path up to and including the subresource: a pod may be called `proxy` too. */
function basePath(path: string, namespaced: boolean): string {
  return path
    .split('/')
    .slice(0, namespaced ? 8 : 6)
    .join('/');
}

function isKubeletPort(port: string): boolean {
  return port === '' || port === KUBELET_PORT;
}

/** KL13: the kubelet's own port, below `nodes/NAME/proxy/`. */
export function handleNodeProxy(scope: Scope, parts: ServerParts): ApiResponse {
  const { request } = scope;
  const refused = (why: Failure): ApiResponse => failureResponse(request, why);
  const words = partsOf(scope.name);
  if (words === undefined) return refused(badRequest(`invalid node request ${JSON.stringify(scope.name)}`));
  const found = parts.registry.get(scope.resource, undefined, words.name);
  if (!found.ok) return refused(found);
  if (!isKubeletPort(words.port)) return refused(notModelled('the proxy of other ports of nodes'));
  const path = request.path.slice(basePath(request.path, false).length);
  if (path === '') return { status: 301, headers: { location: `${request.path}/` } };
  const asked = parts.nodeOps.askKubelet(words.name, {
    method: request.method,
    path: decodeURIComponent(path),
    query: request.query,
  });
  if (!asked.ok) return refused(unreachable(asked.message));
  const answer = asked.value;
  if (answer.kind === 'not-modelled') return refused(notModelled(answer.what));
  return {
    status: answer.status,
    headers: { 'content-type': answer.contentType },
    ...(request.method === 'HEAD' ? {} : { body: answer.body }),
  };
}

function nodeTarget(parts: ServerParts, { scheme, name, port }: SchemeNamePort): Target | Failure {
  const resource = findResource('', 'nodes');
  if (resource === undefined) throw new Error('nodes are not served');
  const found = parts.registry.get(resource, undefined, name);
  if (!found.ok) return found;
  const { status } = found.value as unknown as Node;
  const address = status?.addresses?.find(({ type }) => type === 'InternalIP')?.address ?? '';
  const number = Number(port);
  if (!Number.isInteger(number) || number < 1 || number > MAX_PORT)
    return unreachable(`dial tcp: address ${port}: invalid port`);
  return { ok: true, address, port: number, secure: scheme === 'https' };
}

export function unreachable(why: string): Failure {
  return failure(503, 'ServiceUnavailable', `error trying to reach service: ${why}`);
}

interface SchemeNamePort {
  readonly scheme: string;
  readonly name: string;
  readonly port: string;
}

/** `name`, `name:port` or `scheme:name:port`; undefined for what is none of these. */
function partsOf(id: string): SchemeNamePort | undefined {
  const match = /^(?:(?<scheme>[^:]*):(?=[^:]+:))?(?<name>[^:]+)(?::(?<port>[^:]*))?$/u.exec(id);
  const { scheme = '', name, port = '' } = match?.groups ?? {};
  if (name === undefined) return undefined;
  return ['', 'http', 'https'].includes(scheme) ? { scheme, name, port } : undefined;
}

function podTarget(
  parts: ServerParts,
  namespace: string,
  { scheme, name, port }: SchemeNamePort,
): Target | Failure {
  const resource = findResource('', 'pods');
  if (resource === undefined) throw new Error('pods are not served');
  const found = parts.registry.get(resource, namespace, name);
  if (!found.ok) return found;
  const pod = found.value as unknown as Pod;
  const first = pod.spec?.containers.find(({ ports }) => (ports?.length ?? 0) > 0)?.ports?.[0]?.containerPort;
  const number = port === '' ? (first ?? (scheme === 'https' ? 443 : 80)) : Number(port);
  if (!Number.isInteger(number) || number < 1 || number > MAX_PORT)
    return unreachable(`dial tcp: address ${port}: invalid port`);
  const address = pod.status?.podIP ?? '';
  if (address === '') return badRequest('address not allowed');
  return { ok: true, address, port: number, secure: scheme === 'https' };
}

function serviceTarget(
  parts: ServerParts,
  namespace: string,
  { scheme, name, port }: SchemeNamePort,
): Target | Failure {
  const resource = findResource('', 'services');
  if (resource === undefined) throw new Error('services are not served');
  const found = parts.registry.get(resource, namespace, name);
  if (!found.ok) return found;
  let portName = port;
  if (/^\d+$/.test(port)) {
    const { spec } = found.value as unknown as Service;
    const known = spec?.ports?.find((candidate) => candidate.port === Number(port));
    if (known === undefined)
      return failure(
        503,
        'ServiceUnavailable',
        `no service port ${port} found for service ${JSON.stringify(name)}`,
      );
    portName = known.name ?? '';
  }
  const targets = endpointsOf(parts, namespace, name, portName);
  const chosen = targets[parts.simulation.randomInt(Math.max(1, targets.length))];
  if (chosen === undefined)
    return failure(503, 'ServiceUnavailable', `no endpoints available for service ${JSON.stringify(name)}`);
  return { ok: true, ...chosen, secure: scheme === 'https' };
}

function endpointsOf(
  parts: ServerParts,
  namespace: string,
  service: string,
  portName: string,
): readonly { readonly address: string; readonly port: number }[] {
  const resource = findResource('discovery.k8s.io', 'endpointslices');
  if (resource === undefined) throw new Error('EndpointSlices are not served');
  const slices = parts.store.list(resource.table, `${namespace}/`)
    .objects as unknown as readonly EndpointSlice[];
  return slices
    .filter(({ metadata }) => metadata?.labels?.[SERVICE_NAME] === service)
    .flatMap(({ ports = [], endpoints }) =>
      ports.flatMap(({ name = '', port }) =>
        name !== portName || port === undefined
          ? []
          : endpoints
              .filter(({ conditions }) => conditions?.ready !== false)
              .flatMap(({ addresses }) => addresses.slice(0, 1).map((address) => ({ address, port }))),
      ),
    );
}
