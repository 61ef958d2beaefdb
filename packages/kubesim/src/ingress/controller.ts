import type { DaemonContext, DaemonEvent, DaemonProgram } from '@podwire/machine';
import type { NetErrno, SocketAddress, SocketId } from '@podwire/netsim';
import { apiClientOf } from '../dns/answering.ts';
import { concat } from '../images/http/message.ts';
import type { HttpRequest, HttpResponse } from '../images/http/message.ts';
import { parseResponse } from '../images/http/response.ts';
import { completeResponse, newHttpServer, onHttpEvent } from '../images/http/server.ts';
import type { HttpHandler, HttpPeer, HttpServerState } from '../images/http/server.ts';
import { accessLine, errorPage, normalPath } from '../images/servers/static-files.ts';
import { acceptPeer, feed, newClientSession, say, takeOutput, takeText } from '@podwire/tls';
import type { ChooseChain, TlsSession } from '@podwire/tls';
import type { KubeClient } from '../api/client.ts';
import { plainTextAnswer } from '../images/servers/static-files.ts';
import { cookieOf, maySee, takesCanary } from './annotations.ts';
import type { Affinity, Behaviour } from './annotations.ts';
import { fakeCertificate, hostCertificate } from './certificates.ts';
import { renderRequest } from './forwarded-request.ts';
import { buildRoutes, CONTROLLER, matchRoute, servedIngresses, serverFor } from './routes.ts';
import type { Location, RouteTable } from './routes.ts';
import { fnv32a } from '../runtime/objects.ts';
import { endpointsOf, isBackendPort, upstreamName } from './upstreams.ts';

const HTTP_PORT = 80;
const HTTPS_PORT = 443;
const HEALTH_PORT = 10254;
const SERVER = 'nginx';
/** ingress-nginx's `hsts` settings. */
const HSTS = 'max-age=31536000; includeSubDomains';
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
  readonly secureListener: SocketId;
  /** DER of the certificate that is shown where no Secret gives one. */
  readonly defaultCertificate: Uint8Array;
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
  readonly behaviour: Behaviour;
  /** Present where the backend speaks HTTPS. */
  tls: TlsSession | undefined;
  /** Headers that the answer gets. */
  readonly answerHeaders: Readonly<Record<string, string>>;
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
    const https = daemon.net.listenTcp({ address: '::', port: HTTPS_PORT });
    if (!health.ok || !http.ok || !https.ok) {
      const [port, name] = !http.ok
        ? [HTTP_PORT, 'http-port']
        : https.ok
          ? [HEALTH_PORT, 'healthz-port']
          : [HTTPS_PORT, 'https-port'];
      return fail(daemon, `port ${port} is already in use. Please check the flag --${name}`);
    }
    daemon.logError('NGINX Ingress controller\n  Release:       v1.13.3 (simulated)\n');
    return {
      http: newHttpServer(),
      listeners: [http.value, https.value, health.value],
      healthListener: health.value,
      secureListener: https.value,
      defaultCertificate: fakeCertificate(daemon.nowMs(), randomOf(daemon)),
      controllerClass: flag(daemon.argv, 'controller-class') ?? CONTROLLER,
      upstreams: new Map(),
      turns: new Map(),
    };
  },
  onEvent(daemon, state, event) {
    if (state === undefined) return;
    const https = {
      listeners: [state.secureListener],
      chooseChain: chooserOf(daemon, state),
      toPlainText: plainTextAnswer(SERVER, daemon.nowMs()),
    };
    if (onHttpEvent(daemon, state.http, state.listeners, event, handlerOf(daemon, state), https)) return;
    if (event.kind === 'timer') onTimeout(daemon, state, event);
    else if (event.kind === 'signal') {
      if (event.signal === 'SIGTERM' || event.signal === 'SIGQUIT') daemon.exit(0);
    } else if ('socket' in event) onUpstreamEvent(daemon, state, event);
  },
};

function randomOf(daemon: DaemonContext): (count: number) => Uint8Array {
  return (count) => Uint8Array.from({ length: count }, () => daemon.randomInt(256));
}

function routesOf(client: KubeClient, state: IngressState): RouteTable {
  const served = servedIngresses(client.list('Ingress'), client.list('IngressClass'), state.controllerClass);
  return buildRoutes(served, (ingress, host) => hostCertificate(client, ingress, host));
}

/** ING9: by the name that the client asks for; the fake certificate where no host has one. */
function chooserOf(daemon: DaemonContext, state: IngressState): ChooseChain {
  return ({ serverName }) => {
    const client = apiClientOf(daemon);
    const fallback = [state.defaultCertificate];
    if (client === undefined || serverName === undefined) return fallback;
    const table = routesOf(client, state);
    const certificate = table.servers.get(serverFor(table, serverName) ?? '')?.certificate;
    if (certificate?.kind === 'default') daemon.logError(`W ${certificate.why}\n`);
    return certificate?.kind === 'chain' ? certificate.chain : fallback;
  };
}

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
    const routed = route(daemon, state, request, peer);
    const answer = routed === 'later' ? routed : withHsts(routed, peer);
    if (answer !== 'later')
      daemon.log(
        `${accessLine(daemon.nowMs(), peer.remote.address, request, answer)} ${requestBytes(request)} 0.000 [] [] - - - - ${newRequestId(daemon)}\n`,
      );
    return answer;
  };
}

/** On every answer over TLS, whosever certificate was shown. */
function withHsts(response: HttpResponse, { tls }: HttpPeer): HttpResponse {
  if (tls === undefined) return response;
  return { ...response, headers: { ...response.headers, 'Strict-Transport-Security': HSTS } };
}

function page(status: number, reason: string): HttpResponse {
  const { headers, ...rest } = errorPage({ server: SERVER }, status, reason);
  // Its default is to tell nobody what it is, but for the page's foot (`server-tokens`).
  const { Server: _server, ...others } = headers ?? {};
  return { ...rest, headers: others, asNginx: true };
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
  const table = routesOf(client, state);
  const host = request.headers.get('host') ?? '';
  const path = normalPath(request.path);
  if (path === undefined) return page(400, 'Bad Request');
  if (request.headers.has('upgrade'))
    return { status: 501, body: 'Upgraded connections (WebSocket) are not part of this simulation.\n' };
  const match = matchRoute(table, host, path);
  // ING10
  if (match.kind === 'none') return NOT_FOUND;
  const { location } = match;
  const { behaviour } = location;
  const secure = peer.tls !== undefined;
  const redirect = redirectOf(location, host, request, secure);
  if (redirect !== undefined) return redirect;
  if (!maySee(behaviour, peer.remote.address)) return page(403, 'Forbidden');
  if (behaviour.maxBodyBytes > 0 && request.body.length > behaviour.maxBodyBytes)
    return page(413, 'Request Entity Too Large');
  const draw = (bound: number): number => daemon.randomInt(bound);
  const { canary } = location;
  const backend =
    canary !== undefined && takesCanary(canary.rule, request.headers, draw)
      ? canary.backend
      : location.backend;
  if (backend === undefined) return NO_ENDPOINT;
  const endpoints = endpointsOf(client, backend, (port) => isBackendPort(backend.port, port));
  if (endpoints.length === 0 || state.upstreams.size >= MAX_UPSTREAMS) return NO_ENDPOINT;
  const name = upstreamName(backend);
  const sticky = stickyOrder(daemon, behaviour.affinity, request, endpoints, secure);
  const turn = state.turns.get(name) ?? 0;
  if (sticky === undefined) state.turns.set(name, turn + 1);
  const order =
    sticky?.order ??
    endpoints
      .map((_, index) => endpoints[(turn + index) % endpoints.length])
      .filter((each) => each !== undefined);
  const [remote, ...next] = order.slice(0, MAX_TRIES);
  if (remote === undefined) return NO_ENDPOINT;
  const requestId = newRequestId(daemon);
  // Without a rewrite the backend is asked for the path as it came.
  const upstreamPath = location.rewriteTarget === undefined ? request.path : match.upstreamPath;
  const message = renderRequest(request, upstreamPath, {
    host,
    upstreamHost: behaviour.upstreamHost ?? host,
    client: peer.remote.address,
    requestId,
    secure,
    prefix: behaviour.forwardedPrefix,
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
    behaviour,
    tls: undefined,
    answerHeaders: {
      ...(sticky?.cookie === undefined ? {} : { 'Set-Cookie': sticky.cookie }),
    },
    unsent: message,
    received: new Uint8Array(0),
  });
  return 'later';
}

/** `affinity: cookie`: the cookie's value picks the endpoint; a client without one is given one. */
function stickyOrder(
  daemon: DaemonContext,
  affinity: Affinity | undefined,
  request: HttpRequest,
  endpoints: readonly SocketAddress[],
  secure: boolean,
): { readonly order: readonly SocketAddress[]; readonly cookie: string | undefined } | undefined {
  if (affinity === undefined) return undefined;
  const known = cookieOf(request.headers, affinity.cookie);
  const key =
    known ??
    `${(daemon.nowMs() / 1_000).toFixed(3)}.${daemon.randomInt(1_000)}.${daemon.randomInt(100)}.${daemon.randomInt(1_000_000)}`;
  // The endpoint of the highest weight for this key: it stays while it lives, whoever comes and goes.
  const order = [...endpoints].sort(
    (left, right) =>
      fnv32a(`${key}/${right.address}:${right.port}`) - fnv32a(`${key}/${left.address}:${left.port}`),
  );
  const age = affinity.maxAgeSeconds === undefined ? '' : `; Max-Age=${affinity.maxAgeSeconds}`;
  const cookie = `${affinity.cookie}=${key}${age}; Path=${affinity.path ?? '/'}${secure ? '; Secure' : ''}; HttpOnly`;
  return { order, cookie: known === undefined ? cookie : undefined };
}

function redirectOf(
  location: Location,
  host: string,
  request: HttpRequest,
  secure: boolean,
): HttpResponse | undefined {
  const to = (status: number, reason: string, target: string): HttpResponse => {
    const response = page(status, reason);
    return { ...response, headers: { ...response.headers, Location: target } };
  };
  if (location.redirectToTls && !secure)
    return to(308, 'Permanent Redirect', `https://${host.replace(/:\d+$/, '')}${request.target}`);
  if (location.redirect !== undefined)
    return to(
      location.redirect.status,
      location.redirect.status === 302 ? 'Found' : 'Moved Permanently',
      location.redirect.to,
    );
  if (location.appRoot !== undefined && request.path === '/')
    return to(302, 'Found', `${secure ? 'https' : 'http'}://${host}${location.appRoot}`);
  return undefined;
}

function dial(daemon: DaemonContext, state: IngressState, upstream: Upstream): void {
  const socket = daemon.net.connectTcp(upstream.remote);
  if (!socket.ok) return tryNext(daemon, state, upstream, socket.errno);
  state.upstreams.set(socket.value, upstream);
  daemon.timer(timerName(socket.value), upstream.behaviour.connectTimeoutMs, socket.value);
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
    return dial(daemon, state, { ...upstream, remote, next, tls: undefined, unsent: upstream.message });
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
  event: Extract<DaemonEvent, { socket: SocketId }>,
): void {
  const { socket } = event;
  const upstream = state.upstreams.get(socket);
  if (upstream === undefined) return;
  switch (event.kind) {
    case 'connected':
      daemon.cancelTimer(timerName(socket));
      daemon.timer(`${timerName(socket)}-read`, upstream.behaviour.readTimeoutMs, socket);
      if (upstream.behaviour.secureBackend) startTls(daemon, upstream);
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

/** The backend's certificate is not looked at, as proxy_ssl_verify is off: the request waits for the handshake. */
function startTls(daemon: DaemonContext, upstream: Upstream): void {
  upstream.tls = newClientSession({ protocols: ['http/1.1'], random: randomOf(daemon) });
  upstream.unsent = takeOutput(upstream.tls);
}

/** Takes what a backend said over TLS. @returns whether it has said its last. */
function hear(
  daemon: DaemonContext,
  socket: SocketId,
  upstream: Upstream,
  tls: TlsSession,
  bytes: Uint8Array,
): boolean {
  feed(tls, bytes);
  if (tls.phase === 'judging') {
    acceptPeer(tls);
    say(tls, upstream.message);
  }
  upstream.unsent = concat(upstream.unsent, takeOutput(tls));
  upstream.received = concat(upstream.received, takeText(tls));
  send(daemon, socket, upstream);
  return tls.phase === 'closed' || tls.phase === 'failed';
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
    if (!got.ok || got.value === undefined) ended = true;
    else if (upstream.tls !== undefined) ended = hear(daemon, socket, upstream, upstream.tls, got.value);
    else upstream.received = concat(upstream.received, got.value);
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
    asNginx: true,
    headers: { ...Object.fromEntries(passed), ...upstream.answerHeaders },
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
  const answer = withHsts(response, client);
  completeResponse(daemon, state.http, client.socket, answer, handlerOf(daemon, state));
}

function requestBytes(request: HttpRequest): number {
  let bytes = request.method.length + request.target.length + 12 + request.body.length;
  for (const [name, value] of request.headers) bytes += name.length + value.length + 4;
  return bytes;
}

function newRequestId(daemon: DaemonContext): string {
  return Array.from({ length: 8 }, () => daemon.randomInt(0x10000).toString(16).padStart(4, '0')).join('');
}
