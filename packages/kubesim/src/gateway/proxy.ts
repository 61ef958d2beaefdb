import type { DaemonContext, DaemonEvent, DaemonProgram } from '@podwire/machine';
import type { SocketAddress, SocketId } from '@podwire/netsim';
import { utf8Encode } from '@podwire/sim';
import { ALERT } from '@podwire/tls';
import type { KubeClient } from '../api/client.ts';
import { concat } from '../images/http/message.ts';
import type { HttpRequest, HttpResponse } from '../images/http/message.ts';
import { parseResponse } from '../images/http/response.ts';
import { completeResponse, newHttpServer, onHttpEvent } from '../images/http/server.ts';
import type { HttpHandler, HttpPeer, HttpServerState } from '../images/http/server.ts';
import { GO_PLAIN_TEXT } from '../images/http/tls-files.ts';
import { endpointsOf } from '../ingress/upstreams.ts';
import { backendProblem } from './binding.ts';
import type { BoundListener, Surroundings } from './binding.ts';
import { changeHeaders, changePath, drawBackend, durationMs, redirectTarget } from './filters.ts';
import { hostMatches, specificity } from './hostname.ts';
import { matchEntry } from './matching.ts';
import type { RouteEntry } from './matching.ts';
import type { HeaderChange, ObjectReference } from './model.ts';

/** The machine service that tells a Gateway's pod what to do, as a control plane tells its proxies. */
export const GATEWAY_SERVICE = 'gateway';

/** What `GATEWAY_SERVICE` is. */
export interface GatewayView {
  readonly client: KubeClient;
  listeners(): readonly BoundListener[];
  readonly around: Surroundings;
}

const READY_PORT = 19_001;
/** Envoy's default, ms. */
const CONNECT_TIMEOUT_MS = 5_000;
/** A backend that says nothing is given up after this where the route sets no bound, ms (Envoy's default). */
const ANSWER_TIMEOUT_MS = 15_000;
/** Requests under way to backends; one more is answered 503. */
const MAX_UPSTREAMS = 256;
const MAX_RESPONSE_BYTES = 4 * 1_048_576;

interface Upstream {
  /** Absent for a mirrored request: nobody waits for its answer. */
  readonly client: HttpPeer | undefined;
  readonly responseChange: HeaderChange | undefined;
  unsent: Uint8Array;
  received: Uint8Array;
  connected: boolean;
}

interface ProxyState {
  readonly http: HttpServerState;
  readonly ready: SocketId;
  /** Listening socket → its port. */
  readonly ports: Map<SocketId, number>;
  readonly secure: readonly SocketId[];
  readonly upstreams: Map<SocketId, Upstream>;
}

function isGatewayView(value: unknown): value is GatewayView {
  return typeof value === 'object' && value !== null && 'listeners' in value && 'around' in value;
}

/** The proxy of one Gateway: matches requests to routes and passes them on, straight to the endpoints of Services. */
export const gatewayProxy: DaemonProgram<ProxyState | undefined> = {
  kind: 'daemon',
  start(daemon) {
    const ports = new Map<SocketId, number>();
    const secure: SocketId[] = [];
    const listen = (port: number): SocketId | undefined => {
      const listener = daemon.net.listenTcp({ address: '::', port });
      if (listener.ok) return listener.value;
      daemon.logError(`[critical] cannot bind '0.0.0.0:${port}': Address already in use\n`);
      daemon.exit(1);
      return undefined;
    };
    const ready = listen(READY_PORT);
    if (ready === undefined) return undefined;
    for (const argument of daemon.argv) {
      const match = /^--(https?)=(\d+)$/.exec(argument);
      if (match === null) continue;
      const socket = listen(Number(match[2]));
      if (socket === undefined) return undefined;
      ports.set(socket, Number(match[2]));
      if (match[1] === 'https') secure.push(socket);
    }
    return { http: newHttpServer(), ready, ports, secure, upstreams: new Map() };
  },
  onEvent(daemon, state, event) {
    if (state === undefined) return;
    const service = daemon.machine.service(GATEWAY_SERVICE);
    const view = isGatewayView(service) ? service : undefined;
    const https = {
      listeners: state.secure,
      chooseChain: ({ serverName }: { readonly serverName: string | undefined }) => {
        const found = listenerFor(view, undefined, serverName ?? '', 'HTTPS');
        return found === undefined ? ALERT.unrecognizedName : found.chain;
      },
      toPlainText: GO_PLAIN_TEXT,
    };
    const listeners = [state.ready, ...state.ports.keys()];
    if (onHttpEvent(daemon, state.http, listeners, event, handlerOf(daemon, state, view), https)) return;
    if (event.kind === 'timer') onTimeout(daemon, state, view, event.data as SocketId);
    else if (event.kind === 'signal') {
      if (event.signal === 'SIGTERM') daemon.exit(0);
    } else if ('socket' in event) onUpstream(daemon, state, view, event);
  },
};

/** The most specific usable listener for a host. */
function listenerFor(
  view: GatewayView | undefined,
  port: number | undefined,
  host: string,
  protocol: 'HTTP' | 'HTTPS',
): BoundListener | undefined {
  return (view?.listeners() ?? [])
    .filter(
      ({ usable, listener }) =>
        usable &&
        listener.protocol === protocol &&
        (port === undefined || listener.port === port) &&
        hostMatches(listener.hostname, host),
    )
    .sort((left, right) => specificity(right.listener.hostname) - specificity(left.listener.hostname))[0];
}

function handlerOf(daemon: DaemonContext, state: ProxyState, view: GatewayView | undefined): HttpHandler {
  return (request, peer) => {
    if (peer.listener === state.ready)
      return request.path === '/ready' ? { status: 200, body: 'LIVE\n' } : { status: 404, body: '' };
    const answer = route(daemon, state, view, request, peer);
    if (answer !== 'later') log(daemon, request, peer, answer.status);
    return answer;
  };
}

function log(daemon: DaemonContext, request: HttpRequest, peer: HttpPeer, status: number): void {
  daemon.log(
    `[${new Date(daemon.nowMs()).toISOString()}] "${request.method} ${request.target} HTTP/1.1" ${status} - "${peer.remote.address}" "${request.headers.get('host') ?? '-'}"\n`,
  );
}

const plain = (status: number, body = ''): HttpResponse => ({ status, headers: { Server: 'envoy' }, body });

function route(
  daemon: DaemonContext,
  state: ProxyState,
  view: GatewayView | undefined,
  request: HttpRequest,
  peer: HttpPeer,
): HttpResponse | 'later' {
  if (view === undefined) return plain(503);
  if (request.headers.has('upgrade'))
    return plain(501, 'Upgraded connections are not part of this simulation.\n');
  const host = (request.headers.get('host') ?? '').replace(/:\d+$/, '').toLowerCase();
  const port = state.ports.get(peer.listener);
  const bound = listenerFor(view, port, host, peer.tls === undefined ? 'HTTP' : 'HTTPS');
  const entry =
    bound === undefined ? undefined : matchEntry(bound.entries, { ...request, host, path: pathOf(request) });
  if (entry === undefined) return plain(404);
  const { rule, match } = entry;
  const filters = rule.filters ?? [];
  const query = request.target.includes('?') ? request.target.slice(request.target.indexOf('?')) : '';
  const redirect = filters.find(({ requestRedirect }) => requestRedirect !== undefined)?.requestRedirect;
  if (redirect !== undefined) {
    const scheme = peer.tls === undefined ? 'http' : 'https';
    const about = { scheme, host, path: pathOf(request), query, port: port ?? 80 } as const;
    const response = plain(redirect.statusCode ?? 302);
    return {
      ...response,
      headers: { ...response.headers, Location: redirectTarget(redirect, about, match) },
    };
  }
  const rewrite = filters.find(({ urlRewrite }) => urlRewrite !== undefined)?.urlRewrite;
  const change = filters.find(({ requestHeaderModifier }) => requestHeaderModifier !== undefined);
  const path = changePath(pathOf(request), rewrite?.path, match);
  const forwarded = peer.tls === undefined ? 'http' : 'https';
  const headers = changeHeaders(
    [
      ['host', rewrite?.hostname ?? request.headers.get('host') ?? ''],
      ...[...request.headers].filter(
        ([name]) => !/^(host|connection|content-length|x-forwarded-for|x-forwarded-proto)$/.test(name),
      ),
      ['x-forwarded-for', peer.remote.address],
      ['x-forwarded-proto', forwarded],
    ],
    change?.requestHeaderModifier,
  );
  const message = render(request, `${path}${query}`, headers);
  for (const { requestMirror } of filters)
    if (requestMirror !== undefined) mirror(daemon, state, view, entry, requestMirror.backendRef, message);
  const backend = drawBackend(rule.backendRefs ?? [], (bound) => daemon.randomInt(bound));
  // GW3: the share of a backend that is none is answered 500, as is a rule without backends.
  if (backend === undefined || backendProblem(backend, entry.namespace, view.around) !== undefined)
    return plain(500);
  const remote = endpointOf(daemon, view, entry, backend);
  if (remote === undefined || state.upstreams.size >= MAX_UPSTREAMS) return plain(503, 'no healthy upstream');
  const limits = [rule.timeouts?.request, rule.timeouts?.backendRequest].flatMap(
    (text) => durationMs(text) ?? [],
  );
  const responseChange = filters.find(
    (each) => each.responseHeaderModifier !== undefined,
  )?.responseHeaderModifier;
  const opened = dial(
    daemon,
    state,
    remote,
    message,
    peer,
    responseChange,
    limits.length === 0 ? undefined : Math.min(...limits),
  );
  return opened ? 'later' : plain(503, 'upstream connect error');
}

/** As the client sent it: routes compare paths without decoding them. */
function pathOf({ target }: HttpRequest): string {
  return target.replace(/\?.*$/s, '');
}

function render(
  request: HttpRequest,
  target: string,
  headers: readonly (readonly [string, string])[],
): Uint8Array {
  const lines = [
    `${request.method} ${target} HTTP/1.1`,
    ...headers.map(([name, value]) => `${name}: ${value}`),
    ...(request.body.length > 0 ? [`content-length: ${request.body.length}`] : []),
  ];
  return concat(utf8Encode(`${lines.join('\r\n')}\r\n\r\n`), request.body);
}

function endpointOf(
  daemon: DaemonContext,
  view: GatewayView,
  { namespace }: RouteEntry,
  { name, namespace: other = namespace, port }: ObjectReference,
): SocketAddress | undefined {
  if (port === undefined) return undefined;
  const endpoints = endpointsOf(
    view.client,
    { namespace: other, service: name },
    (servicePort) => servicePort.port === port,
  );
  return endpoints.length === 0 ? undefined : endpoints[daemon.randomInt(endpoints.length)];
}

function mirror(
  daemon: DaemonContext,
  state: ProxyState,
  view: GatewayView,
  entry: RouteEntry,
  backend: ObjectReference,
  message: Uint8Array,
): void {
  if (backendProblem(backend, entry.namespace, view.around) !== undefined) return;
  const remote = endpointOf(daemon, view, entry, backend);
  if (remote !== undefined && state.upstreams.size < MAX_UPSTREAMS)
    dial(daemon, state, remote, message, undefined, undefined, undefined);
}

function dial(
  daemon: DaemonContext,
  state: ProxyState,
  remote: SocketAddress,
  message: Uint8Array,
  client: HttpPeer | undefined,
  responseChange: HeaderChange | undefined,
  limitMs: number | undefined,
): boolean {
  const socket = daemon.net.connectTcp(remote);
  if (!socket.ok) return false;
  state.upstreams.set(socket.value, {
    client,
    responseChange,
    unsent: message,
    received: new Uint8Array(0),
    connected: false,
  });
  daemon.timer(`connect-${socket.value}`, CONNECT_TIMEOUT_MS, socket.value);
  daemon.timer(`answer-${socket.value}`, limitMs ?? ANSWER_TIMEOUT_MS, socket.value);
  return true;
}

function finish(
  daemon: DaemonContext,
  state: ProxyState,
  view: GatewayView | undefined,
  socket: SocketId,
  response: HttpResponse,
): void {
  const upstream = state.upstreams.get(socket);
  if (upstream === undefined) return;
  state.upstreams.delete(socket);
  daemon.cancelTimer(`connect-${socket}`);
  daemon.cancelTimer(`answer-${socket}`);
  daemon.net.close(socket);
  if (upstream.client !== undefined)
    completeResponse(daemon, state.http, upstream.client.socket, response, handlerOf(daemon, state, view));
}

function onTimeout(
  daemon: DaemonContext,
  state: ProxyState,
  view: GatewayView | undefined,
  socket: SocketId,
): void {
  const connected = state.upstreams.get(socket)?.connected === true;
  finish(
    daemon,
    state,
    view,
    socket,
    connected
      ? plain(504, 'upstream request timeout')
      : plain(
          503,
          'upstream connect error or disconnect/reset before headers. reset reason: connection timeout',
        ),
  );
}

function onUpstream(
  daemon: DaemonContext,
  state: ProxyState,
  view: GatewayView | undefined,
  event: Extract<DaemonEvent, { readonly socket: SocketId }>,
): void {
  const { socket } = event;
  const upstream = state.upstreams.get(socket);
  if (upstream === undefined) return;
  if (event.kind === 'failed') {
    finish(
      daemon,
      state,
      view,
      socket,
      plain(
        503,
        'upstream connect error or disconnect/reset before headers. reset reason: remote connection failure',
      ),
    );
    return;
  }
  if (event.kind === 'connected' || event.kind === 'writable') {
    upstream.connected = true;
    daemon.cancelTimer(`connect-${socket}`);
    const sent = daemon.net.send(socket, upstream.unsent);
    if (sent.ok) upstream.unsent = upstream.unsent.slice(sent.value);
    return;
  }
  let ended = false;
  while (!ended && upstream.received.length < MAX_RESPONSE_BYTES) {
    const got = daemon.net.receive(socket);
    if (got.ok && got.value?.length === 0) break;
    if (got.ok && got.value !== undefined) upstream.received = concat(upstream.received, got.value);
    else ended = true;
  }
  const response = parseResponse(upstream.received, ended || upstream.received.length >= MAX_RESPONSE_BYTES);
  if (response === undefined) {
    if (ended)
      finish(
        daemon,
        state,
        view,
        socket,
        plain(
          503,
          'upstream connect error or disconnect/reset before headers. reset reason: connection termination',
        ),
      );
    return;
  }
  const passed = Object.entries(response.headers).filter(
    ([name]) => !/^(connection|keep-alive|content-length|date)$/i.test(name),
  );
  const headers = Object.fromEntries(changeHeaders(passed, upstream.responseChange));
  finish(daemon, state, view, socket, { status: response.status, headers, body: response.body });
}
