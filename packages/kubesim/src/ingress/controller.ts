import type { DaemonContext, DaemonEvent, DaemonProgram } from '@podwire/machine';
import type { NetErrno, SocketAddress, SocketId } from '@podwire/netsim';
import { utf8Encode } from '@podwire/sim';
import { apiClientOf } from '../dns/answering.ts';
import { concat } from '../images/http/message.ts';
import type { HttpRequest, HttpResponse } from '../images/http/message.ts';
import { parseResponse } from '../images/http/response.ts';
import { completeResponse, newHttpServer, onHttpEvent } from '../images/http/server.ts';
import type { HttpHandler, HttpPeer, HttpServerState } from '../images/http/server.ts';
import { accessLine, errorPage, normalPath } from '../images/servers/static-files.ts';
import { buildRoutes, CONTROLLER, matchRoute, servedIngresses } from './routes.ts';
import type { Location } from './routes.ts';
import { endpointsOf, upstreamName } from './upstreams.ts';

const HTTP_PORT = 80;
const HEALTH_PORT = 10254;
const SERVER = 'nginx';
/** proxy_connect_timeout and proxy_read_timeout of ingress-nginx, ms. */
const CONNECT_TIMEOUT_MS = 5_000;
const READ_TIMEOUT_MS = 60_000;
/** proxy_next_upstream_tries of ingress-nginx. */
const MAX_TRIES = 3;
/** Requests under way to backends; one more is answered 503. */
const MAX_UPSTREAMS = 256;
/** Answers of backends kept, bytes. */
const MAX_RESPONSE_BYTES = 4 * 1024 * 1024;
const TOKEN_MISSING = 'open /var/run/secrets/kubernetes.io/serviceaccount/token: no such file or directory';

/** The controller's memory: plain data, so that it forks. */
export interface IngressState {
  readonly http: HttpServerState;
  readonly listeners: readonly SocketId[];
  readonly healthListener: SocketId;
  readonly controllerClass: string;
  /** Requests under way, by the socket to the backend. */
  readonly upstreams: Map<SocketId, Upstream>;
  /** Upstream name → how many requests it has had: endpoints take turns. */
  readonly turns: Map<string, number>;
}

/** One request on its way through. */
interface Upstream {
  readonly client: HttpPeer;
  readonly request: HttpRequest;
  readonly name: string;
  readonly message: Uint8Array;
  readonly remote: SocketAddress;
  /** Endpoints to try when this one fails. */
  readonly next: readonly SocketAddress[];
  readonly startedMs: number;
  readonly requestId: string;
  /** What of `message` the socket has not taken yet. */
  unsent: Uint8Array;
  received: Uint8Array;
}

/** nginx-ingress-controller: serves the Ingresses of its class over HTTP, straight to the endpoints of their Services. */
export const ingressController: DaemonProgram<IngressState | undefined> = {
  kind: 'daemon',
  start(daemon) {
    if (apiClientOf(daemon) === undefined)
      return fail(
        daemon,
        `error while initiating a connection to the Kubernetes API server: ${TOKEN_MISSING}`,
      );
    const health = daemon.net.listenTcp({ address: '::', port: HEALTH_PORT });
    const http = daemon.net.listenTcp({ address: '::', port: HTTP_PORT });
    if (!health.ok || !http.ok)
      return fail(
        daemon,
        `Port ${http.ok ? HEALTH_PORT : HTTP_PORT} is already in use. Please check the flag --http-port`,
      );
    daemon.logError('NGINX Ingress controller\n  Release:       v1.13.3 (simulated)\n');
    return {
      http: newHttpServer(),
      listeners: [http.value, health.value],
      healthListener: health.value,
      controllerClass: flag(daemon.argv, 'controller-class') ?? CONTROLLER,
      upstreams: new Map(),
      turns: new Map(),
    };
  },
  onEvent(daemon, state, event) {
    if (state === undefined) return;
    if (onHttpEvent(daemon, state.http, state.listeners, event, handlerOf(daemon, state))) return;
    if (event.kind === 'timer') onTimeout(daemon, state, event);
    else if (event.kind === 'signal') {
      if (event.signal === 'SIGTERM' || event.signal === 'SIGQUIT') daemon.exit(0);
    } else if ('socket' in event) onUpstreamEvent(daemon, state, event);
  },
};

function flag(argv: readonly string[], name: string): string | undefined {
  return argv.find((argument) => argument.startsWith(`--${name}=`))?.slice(name.length + 3);
}

function fail(daemon: DaemonContext, message: string): undefined {
  daemon.logError(`F ${message}\n`);
  daemon.exit(255);
  return undefined;
}

function handlerOf(daemon: DaemonContext, state: IngressState): HttpHandler {
  return (request, peer) => {
    if (peer.listener === state.healthListener)
      return request.path === '/healthz' ? { status: 200, body: 'ok' } : page(404, 'Not Found');
    const answer = route(daemon, state, request, peer);
    if (answer !== 'later')
      daemon.log(
        `${accessLine(daemon.nowMs(), peer.remote.address, request, answer)} ${requestBytes(request)} 0.000 [] [] - - - - ${newRequestId(daemon)}\n`,
      );
    return answer;
  };
}

function page(status: number, reason: string): HttpResponse {
  return errorPage({ server: SERVER }, status, reason);
}

const NOT_FOUND = page(404, 'Not Found');
const NO_ENDPOINT = page(503, 'Service Temporarily Unavailable');

function route(
  daemon: DaemonContext,
  state: IngressState,
  request: HttpRequest,
  peer: HttpPeer,
): HttpResponse | 'later' {
  const client = apiClientOf(daemon);
  if (client === undefined) return NO_ENDPOINT;
  const served = servedIngresses(client.list('Ingress'), client.list('IngressClass'), state.controllerClass);
  const host = request.headers.get('host') ?? '';
  const path = normalPath(request.path);
  if (path === undefined) return page(400, 'Bad Request');
  const match = matchRoute(buildRoutes(served), host, path);
  // ING10
  if (match.kind === 'none') return NOT_FOUND;
  const { location } = match;
  const redirect = redirectOf(location, host, request);
  if (redirect !== undefined) return redirect;
  const { backend } = location;
  if (backend === undefined) return NO_ENDPOINT;
  const endpoints = endpointsOf(client, backend);
  if (endpoints.length === 0 || state.upstreams.size >= MAX_UPSTREAMS) return NO_ENDPOINT;
  const name = upstreamName(backend);
  const turn = state.turns.get(name) ?? 0;
  state.turns.set(name, turn + 1);
  const order = endpoints
    .map((_, index) => endpoints[(turn + index) % endpoints.length])
    .filter((each) => each !== undefined);
  const [remote, ...next] = order.slice(0, MAX_TRIES);
  if (remote === undefined) return NO_ENDPOINT;
  const requestId = newRequestId(daemon);
  // Without a rewrite the backend is asked for the path as it came.
  const upstreamPath = location.rewriteTarget === undefined ? request.path : match.upstreamPath;
  const message = renderRequest(request, upstreamPath, {
    host,
    client: peer.remote.address,
    requestId,
  });
  dial(daemon, state, {
    client: peer,
    request,
    name,
    message,
    remote,
    next,
    startedMs: daemon.nowMs(),
    requestId,
    unsent: message,
    received: new Uint8Array(0),
  });
  return 'later';
}

function redirectOf(location: Location, host: string, request: HttpRequest): HttpResponse | undefined {
  const to = (status: number, reason: string, target: string): HttpResponse => {
    const response = page(status, reason);
    return { ...response, headers: { ...response.headers, Location: target } };
  };
  if (location.redirectToTls)
    return to(308, 'Permanent Redirect', `https://${host.replace(/:\d+$/, '')}${request.target}`);
  if (location.redirect !== undefined)
    return to(
      location.redirect.status,
      location.redirect.status === 302 ? 'Found' : 'Moved Permanently',
      location.redirect.to,
    );
  if (location.appRoot !== undefined && request.path === '/')
    return to(302, 'Found', `http://${host}${location.appRoot}`);
  return undefined;
}

const HOP_BY_HOP: ReadonlySet<string> = new Set([
  'connection',
  'keep-alive',
  'host',
  'content-length',
  'transfer-encoding',
  'upgrade',
  'te',
  'trailer',
  'proxy-connection',
  'x-real-ip',
  'x-forwarded-for',
  'x-forwarded-host',
  'x-forwarded-port',
  'x-forwarded-proto',
  'x-forwarded-scheme',
  'x-scheme',
  'x-request-id',
]);

/** The request as the backend gets it, with what ingress-nginx tells about the client. */
function renderRequest(
  request: HttpRequest,
  path: string,
  about: { readonly host: string; readonly client: string; readonly requestId: string },
): Uint8Array {
  const query = request.target.indexOf('?');
  const target = `${path}${query < 0 ? '' : request.target.slice(query)}`;
  const lines = [
    `${request.method} ${target} HTTP/1.1`,
    `Host: ${about.host}`,
    `X-Request-ID: ${about.requestId}`,
    `X-Real-IP: ${about.client}`,
    `X-Forwarded-For: ${about.client}`,
    `X-Forwarded-Host: ${about.host}`,
    `X-Forwarded-Port: ${HTTP_PORT}`,
    'X-Forwarded-Proto: http',
    'X-Forwarded-Scheme: http',
    'X-Scheme: http',
    ...[...request.headers]
      .filter(([name]) => !HOP_BY_HOP.has(name))
      .map(([name, value]) => `${name}: ${value}`),
    ...(request.body.length > 0 ? [`Content-Length: ${request.body.length}`] : []),
  ];
  return concat(utf8Encode(`${lines.join('\r\n')}\r\n\r\n`), request.body);
}

function dial(daemon: DaemonContext, state: IngressState, upstream: Upstream): void {
  const socket = daemon.net.connectTcp(upstream.remote);
  if (!socket.ok) return tryNext(daemon, state, upstream, socket.errno);
  state.upstreams.set(socket.value, upstream);
  daemon.timer(timerName(socket.value), CONNECT_TIMEOUT_MS, socket.value);
}

function timerName(socket: SocketId): string {
  return `upstream-${socket}`;
}

/** proxy_next_upstream `error timeout`: another endpoint is asked when one could not be connected to. */
function tryNext(daemon: DaemonContext, state: IngressState, upstream: Upstream, errno: NetErrno): void {
  daemon.logError(
    `[error] connect() failed (${errno === 'ECONNREFUSED' ? '111: Connection refused' : errno === 'ETIMEDOUT' ? '110: Operation timed out' : '113: No route to host'}) while connecting to upstream, client: ${upstream.client.remote.address}, request: "${upstream.request.method} ${upstream.request.target} HTTP/1.1", upstream: "http://${upstream.remote.address}:${upstream.remote.port}/"\n`,
  );
  const [remote, ...next] = upstream.next;
  if (remote !== undefined)
    return dial(daemon, state, { ...upstream, remote, next, unsent: upstream.message });
  complete(
    daemon,
    state,
    upstream,
    errno === 'ETIMEDOUT' ? page(504, 'Gateway Time-out') : page(502, 'Bad Gateway'),
  );
}

function onTimeout(
  daemon: DaemonContext,
  state: IngressState,
  event: Extract<DaemonEvent, { kind: 'timer' }>,
): void {
  const socket = event.data as SocketId;
  const upstream = release(daemon, state, socket);
  if (upstream === undefined) return;
  const connected = upstream.received.length > 0 || event.name.endsWith('-read');
  if (connected) complete(daemon, state, upstream, page(504, 'Gateway Time-out'));
  else tryNext(daemon, state, upstream, 'ETIMEDOUT');
}

/** Ends with one backend. */
function release(daemon: DaemonContext, state: IngressState, socket: SocketId): Upstream | undefined {
  const upstream = state.upstreams.get(socket);
  if (upstream === undefined) return undefined;
  state.upstreams.delete(socket);
  daemon.cancelTimer(timerName(socket));
  daemon.cancelTimer(`${timerName(socket)}-read`);
  daemon.net.close(socket);
  return upstream;
}

function onUpstreamEvent(
  daemon: DaemonContext,
  state: IngressState,
  event: Exclude<DaemonEvent, { kind: 'incoming' | 'timer' | 'signal' }>,
): void {
  const { socket } = event;
  const upstream = state.upstreams.get(socket);
  if (upstream === undefined) return;
  switch (event.kind) {
    case 'connected':
      daemon.cancelTimer(timerName(socket));
      daemon.timer(`${timerName(socket)}-read`, READ_TIMEOUT_MS, socket);
      send(daemon, socket, upstream);
      return;
    case 'failed':
      release(daemon, state, socket);
      tryNext(daemon, state, upstream, event.errno);
      return;
    case 'readable':
    case 'end':
      read(daemon, state, socket, upstream);
      return;
    case 'writable':
      send(daemon, socket, upstream);
      return;
  }
}

/** What the socket does not take waits for `writable`. */
function send(daemon: DaemonContext, socket: SocketId, upstream: Upstream): void {
  if (upstream.unsent.length === 0) return;
  const sent = daemon.net.send(socket, upstream.unsent);
  if (sent.ok) upstream.unsent = upstream.unsent.slice(sent.value);
}

function read(daemon: DaemonContext, state: IngressState, socket: SocketId, upstream: Upstream): void {
  let ended = false;
  while (!ended && upstream.received.length < MAX_RESPONSE_BYTES) {
    const got = daemon.net.receive(socket);
    if (got.ok && got.value?.length === 0) break;
    if (got.ok && got.value !== undefined) upstream.received = concat(upstream.received, got.value);
    else ended = true;
  }
  ended ||= upstream.received.length >= MAX_RESPONSE_BYTES;
  const response = parseResponse(upstream.received, ended);
  if (response === undefined && !ended) return;
  release(daemon, state, socket);
  if (response === undefined) return complete(daemon, state, upstream, page(502, 'Bad Gateway'));
  const passed = Object.entries(response.headers).filter(
    ([name]) => !/^(connection|keep-alive|content-length|date|server)$/i.test(name),
  );
  complete(daemon, state, upstream, {
    status: response.status,
    headers: Object.fromEntries(passed),
    body: response.body,
  });
}

function complete(
  daemon: DaemonContext,
  state: IngressState,
  upstream: Upstream,
  response: HttpResponse,
): void {
  const { client, request, name, remote, startedMs, requestId } = upstream;
  const seconds = ((daemon.nowMs() - startedMs) / 1000).toFixed(3);
  daemon.log(
    `${accessLine(daemon.nowMs(), client.remote.address, request, response)} ${requestBytes(request)} ${seconds} [${name}] [] ${remote.address}:${remote.port} ${response.body.length} ${seconds} ${response.status} ${requestId}\n`,
  );
  completeResponse(daemon, state.http, client.socket, response, handlerOf(daemon, state));
}

function requestBytes(request: HttpRequest): number {
  let bytes = request.method.length + request.target.length + 12 + request.body.length;
  for (const [name, value] of request.headers) bytes += name.length + value.length + 4;
  return bytes;
}

function newRequestId(daemon: DaemonContext): string {
  return Array.from({ length: 8 }, () => daemon.randomInt(0x10000).toString(16).padStart(4, '0')).join('');
}
