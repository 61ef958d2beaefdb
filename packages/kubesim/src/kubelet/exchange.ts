import { acceptPeer, alertText, feed, newClientSession, say, takeOutput, takeText } from '@podwire/tls';
import type { Failure, TlsSession } from '@podwire/tls';
import type { NetErrno, SocketEvent, SocketId } from '@podwire/netsim';
import { utf8Decode, utf8Encode } from '@podwire/sim';
import type { Container, HTTPGetAction } from 'kubernetes-types/core/v1';
import { greeting, hearServer, newGrpcCall } from '../images/grpc/client.ts';
import type { GrpcProgress } from '../images/grpc/client.ts';
import { decodeStatus, GRPC_CODE, GRPC_CODE_NAMES, unframed } from '../images/grpc/health.ts';
import { parseAddress } from '../nodes/address.ts';
import type { KubeletContext } from './context.ts';
import type { Exchange } from './state.ts';

/** What a probe reads of an answer (maxRespBodyLength), characters. */
const MAX_ANSWER_CHARS = 10 * 1024;
/** Go's client gives up here (http.Client.CheckRedirect). */
const MAX_REDIRECTS = 10;

export type ExchangeOutcome =
  | {
      readonly kind: 'answered';
      readonly status: number;
      readonly redirected: boolean;
      readonly body: string;
    }
  /** A connection that opened, or a service that says it is well. */
  | { readonly kind: 'well' }
  | {
      readonly kind: 'failure';
      readonly message: string;
      /** A server that speaks plain HTTP where TLS was asked for. */
      readonly plainHttp?: boolean;
    };

/** Why an exchange could not begin, or the exchange. */
export type Begun =
  | { readonly ok: true; readonly exchange: Exchange }
  | { readonly ok: false; readonly exchange: Exchange; readonly message: string };

/** Sends a GET from the node, as the kubelet does for probes and lifecycle hooks. */
export function beginHttp(
  context: KubeletContext,
  owner: string,
  container: Container,
  action: HTTPGetAction,
  podIp: string,
  client: 'probe' | 'lifecycle',
): Begun {
  const port = resolvePort(container, action.port);
  const host = action.host !== undefined && action.host !== '' ? action.host : podIp;
  const path = action.path ?? '/';
  const literal = host.includes(':') ? `[${host}]` : host;
  const exchange: Exchange = {
    ...blank(owner),
    action: 'http',
    url: `${(action.scheme ?? 'HTTP').toLowerCase()}://${literal}:${port ?? 0}${path.startsWith('/') ? path : `/${path}`}`,
    ...headersOf(action, client),
  };
  if (port === undefined)
    return { ok: false, exchange, message: `couldn't find port: ${String(action.port)}` };
  return dial(context, exchange, host, port);
}

/** Opens a connection and says nothing. */
export function beginTcp(
  context: KubeletContext,
  owner: string,
  container: Container,
  action: { readonly port: number | string; readonly host?: string },
  podIp: string,
): Begun {
  const port = resolvePort(container, action.port);
  const host = action.host !== undefined && action.host !== '' ? action.host : podIp;
  const exchange: Exchange = { ...blank(owner), action: 'tcp', url: at(host, port ?? 0) };
  if (port === undefined)
    return { ok: false, exchange, message: `couldn't find port: ${String(action.port)}` };
  return dial(context, exchange, host, port);
}

/** Asks a server of the gRPC health protocol. */
export function beginGrpc(
  context: KubeletContext,
  owner: string,
  action: { readonly port: number; readonly service?: string },
  podIp: string,
): Begun {
  const url = at(podIp, action.port);
  const exchange: Exchange = {
    ...blank(owner),
    action: 'grpc',
    url,
    grpc: newGrpcCall(action.service ?? '', url, 'kube-probe/1.34 grpc-go/1.72.1'),
  };
  const begun = dial(context, exchange, podIp, action.port);
  // A client of gRPC goes on trying until its time is over.
  return begun.ok ? begun : { ok: true, exchange };
}

function blank(owner: string): Omit<Exchange, 'action' | 'url'> {
  return { owner, socket: undefined, host: undefined, headers: [], received: '', redirects: 0 };
}

function at(host: string, port: number): string {
  return `${host.includes(':') ? `[${host}]` : host}:${port}`;
}

function dial(context: KubeletContext, exchange: Exchange, host: string, port: number): Begun {
  if (parseAddress(host) === undefined)
    return { ok: false, exchange, message: dialText(exchange, `dial tcp: lookup ${host}: no such host`) };
  const connected = context.network.connectTcp(context.site.netns, exchange.owner, { address: host, port });
  if (!connected.ok) return { ok: false, exchange, message: dialFailure(exchange, connected.errno) };
  exchange.socket = connected.value;
  return { ok: true, exchange };
}

/** A port by its number, or by its name among the container's. */
function resolvePort(container: Container, port: number | string): number | undefined {
  if (typeof port === 'number') return port;
  if (/^\d+$/.test(port)) return Number(port);
  return container.ports?.find((item) => item.name === port)?.containerPort;
}

function headersOf(action: HTTPGetAction, client: string): Pick<Exchange, 'host' | 'headers'> {
  const own = new Map([
    ['user-agent', `User-Agent: kube-${client}/1.34`],
    ['accept', 'Accept: */*'],
  ]);
  let host: string | undefined;
  const extra: string[] = [];
  for (const { name, value } of action.httpHeaders ?? []) {
    if (/[\r\n]/.test(`${name}${value}`)) continue;
    if (name.toLowerCase() === 'host') host = value;
    else {
      // `Accept:` without a value takes the header away.
      own.delete(name.toLowerCase());
      if (value !== '' || name.toLowerCase() !== 'accept') extra.push(`${name}: ${value}`);
    }
  }
  return { host, headers: [...own.values(), ...extra] };
}

/** Something happened on the socket of an exchange. @returns its outcome, once it is known. */
export function onExchange(
  context: KubeletContext,
  exchange: Exchange,
  socket: SocketId,
  event: SocketEvent,
): ExchangeOutcome | undefined {
  switch (event.kind) {
    case 'connected':
      return onConnected(context, exchange, socket);
    case 'failed':
      if (exchange.action === 'grpc') return undefined;
      return { kind: 'failure', message: dialFailure(exchange, event.errno) };
    case 'readable':
    case 'end':
      return exchange.grpc === undefined
        ? readAnswer(context, exchange, socket)
        : readGrpc(context, exchange, exchange.grpc, socket);
    case 'incoming':
    case 'writable':
      return undefined;
  }
}

function onConnected(
  context: KubeletContext,
  exchange: Exchange,
  socket: SocketId,
): ExchangeOutcome | undefined {
  if (exchange.action === 'tcp') return { kind: 'well' };
  if (exchange.action === 'grpc') context.network.send(socket, greeting());
  else if (exchange.url.startsWith('https:')) {
    // Nothing is verified: any certificate will do.
    const random = (count: number): Uint8Array =>
      Uint8Array.from({ length: count }, () => context.simulation.randomInt(256));
    exchange.tls = newClientSession({ protocols: ['http/1.1'], random });
    context.network.send(socket, takeOutput(exchange.tls));
  } else context.network.send(socket, utf8Encode(requestText(exchange)));
  return undefined;
}

function requestText({ url, host, headers }: Exchange): string {
  const match = /^https?:\/\/([^/]+)(\/.*)$/.exec(url);
  const lines = [
    `GET ${match?.[2] ?? '/'} HTTP/1.1`,
    `Host: ${host ?? match?.[1] ?? ''}`,
    ...headers,
    'Connection: close',
  ];
  return `${lines.join('\r\n')}\r\n\r\n`;
}

function readGrpc(
  context: KubeletContext,
  exchange: Exchange,
  call: NonNullable<Exchange['grpc']>,
  socket: SocketId,
): ExchangeOutcome | undefined {
  for (;;) {
    const received = context.network.receive(socket);
    // The other side left before it answered: the client tries again until its time is over.
    if (!received.ok || received.value === undefined || received.value.length === 0) return undefined;
    const progress = hearServer(call, received.value);
    if (progress.kind === 'answered') return grpcOutcome(progress);
    if (progress.output.length > 0) context.network.send(socket, progress.output);
    if (progress.kind === 'broken') {
      context.network.close(socket);
      exchange.socket = undefined;
      return undefined;
    }
  }
}

/** In the words of the kubelet's prober (pkg/probe/grpc). */
function grpcOutcome({ code, message, data }: Extract<GrpcProgress, { kind: 'answered' }>): ExchangeOutcome {
  if (code === GRPC_CODE.unimplemented)
    return {
      kind: 'failure',
      message: `error: this server does not implement the grpc health protocol (grpc.health.v1.Health): ${message}`,
    };
  if (code !== GRPC_CODE.ok)
    return {
      kind: 'failure',
      message: `error: health rpc probe failed: rpc error: code = ${GRPC_CODE_NAMES[code] ?? `Code(${code})`} desc = ${message}`,
    };
  const answered = unframed(data);
  const status = answered === undefined ? undefined : decodeStatus(answered);
  return status === 'SERVING'
    ? { kind: 'well' }
    : { kind: 'failure', message: `service unhealthy (responded with "${status ?? 'UNKNOWN'}")` };
}

function readAnswer(
  context: KubeletContext,
  exchange: Exchange,
  socket: SocketId,
): ExchangeOutcome | undefined {
  const { url } = exchange;
  for (;;) {
    const received = context.network.receive(socket);
    if (!received.ok) return { kind: 'failure', message: dialFailure(exchange, received.errno) };
    if (received.value === undefined) {
      if (/^HTTP\/1\.[01] \d{3}/.test(exchange.received)) break;
      const first = JSON.stringify(exchange.received.split(/\r?\n/)[0]);
      return {
        kind: 'failure',
        message:
          exchange.received === ''
            ? `Get "${url}": EOF`
            : `Get "${url}": net/http: HTTP/1.x transport connection broken: malformed HTTP response ${first}`,
      };
    }
    if (received.value.length === 0) break;
    const text =
      exchange.tls === undefined
        ? received.value
        : hear(context, exchange, exchange.tls, socket, received.value);
    const failure = exchange.tls?.failure;
    if (failure !== undefined) return tlsFailure(exchange, failure);
    if (exchange.received.length < MAX_ANSWER_CHARS) exchange.received += utf8Decode(text);
  }
  return judgeAnswer(context, exchange, socket);
}

function judgeAnswer(
  context: KubeletContext,
  exchange: Exchange,
  socket: SocketId,
): ExchangeOutcome | undefined {
  const head = /^HTTP\/1\.[01] (\d{3})[^\n]*\n((?:[^\r\n]+\r?\n)*)\r?\n/.exec(exchange.received);
  if (head === null) return undefined;
  const status = Number(head[1]);
  const body = exchange.received.slice(head[0].length);
  const location = /^location:[ \t]*(.*?)[ \t]*\r?$/im.exec(head[2] ?? '')?.[1];
  const redirects = [301, 302, 303, 307, 308].includes(status) && location !== undefined && location !== '';
  if (!redirects) return { kind: 'answered', status, redirected: false, body };
  const target = targetOf(exchange.url, location);
  if (target === undefined) return { kind: 'answered', status, redirected: true, body };
  if (exchange.redirects + 1 >= MAX_REDIRECTS)
    return { kind: 'failure', message: `Get "${location}": stopped after ${MAX_REDIRECTS} redirects` };
  context.network.close(socket);
  exchange.redirects++;
  exchange.received = '';
  delete exchange.tls;
  exchange.url = target.url;
  const again = dial(context, exchange, target.host, target.port);
  return again.ok ? undefined : { kind: 'failure', message: again.message };
}

/** Where a redirect leads; undefined when that is another host, which the kubelet does not follow. */
function targetOf(
  url: string,
  location: string,
): { readonly url: string; readonly host: string; readonly port: number } | undefined {
  const from = splitUrl(url);
  if (from === undefined) return undefined;
  if (!/^https?:\/\//.test(location)) {
    const directory = from.path.split('?')[0]?.replace(/[^/]*$/, '') ?? '/';
    const path = location.startsWith('/') ? location : `${directory}${location}`;
    return { ...from, url: `${from.scheme}://${at(from.host, from.port)}${path}` };
  }
  const to = splitUrl(location);
  return to?.host === from.host ? { ...to, url: location } : undefined;
}

function splitUrl(
  url: string,
):
  | { readonly scheme: string; readonly host: string; readonly port: number; readonly path: string }
  | undefined {
  const match = /^(https?):\/\/(\[[^\]]+\]|[^/:?]+)(?::(\d{1,5}))?(\/.*)?$/.exec(url);
  if (match === null) return undefined;
  const [, scheme = 'http', host = '', port, path = '/'] = match;
  return {
    scheme,
    host: host.replace(/^\[|\]$/g, ''),
    port: port === undefined ? (scheme === 'https' ? 443 : 80) : Number(port),
    path,
  };
}

/** Takes what came over TLS, and asks once the handshake is done. */
function hear(
  context: KubeletContext,
  exchange: Exchange,
  tls: TlsSession,
  socket: SocketId,
  bytes: Uint8Array,
): Uint8Array {
  feed(tls, bytes);
  if (tls.phase === 'judging') {
    acceptPeer(tls);
    say(tls, utf8Encode(requestText(exchange)));
  }
  context.network.send(socket, takeOutput(tls));
  return takeText(tls);
}

/** In the words of Go's client. */
function tlsFailure({ url }: Exchange, failure: Failure): ExchangeOutcome {
  if (failure.kind !== 'not-tls') {
    const side = failure.kind === 'alert-received' ? 'remote error' : 'local error';
    return { kind: 'failure', message: `Get "${url}": ${side}: tls: ${alertText(failure.alert)}` };
  }
  return utf8Decode(failure.received.subarray(0, 5)) === 'HTTP/'
    ? {
        kind: 'failure',
        message: `Get "${url}": http: server gave HTTP response to HTTPS client`,
        plainHttp: true,
      }
    : { kind: 'failure', message: `Get "${url}": tls: first record does not look like a TLS handshake` };
}

const DIAL_ERRORS: Partial<Record<NetErrno, string>> = {
  ECONNREFUSED: 'connect: connection refused',
  EHOSTUNREACH: 'connect: no route to host',
  ENETUNREACH: 'connect: network is unreachable',
  ETIMEDOUT: 'i/o timeout',
};

function dialFailure(exchange: Exchange, errno: NetErrno): string {
  const address = /^https?:\/\/([^/]+)/.exec(exchange.url)?.[1] ?? exchange.url;
  if (errno === 'ECONNRESET' && exchange.action === 'http')
    return `Get "${exchange.url}": read tcp ${address}: read: connection reset by peer`;
  const why = DIAL_ERRORS[errno] ?? `connect: ${errno.toLowerCase()}`;
  return dialText(exchange, `dial tcp ${address}: ${why}`);
}

function dialText({ action, url }: Exchange, why: string): string {
  return action === 'http' ? `Get "${url}": ${why}` : why;
}

/** What a client says whose time is over. */
export function timeoutMessage({ action, url, grpc }: Exchange, timeoutSeconds: number): string {
  switch (action) {
    case 'http':
      return `Get "${url}": context deadline exceeded (Client.Timeout exceeded while awaiting headers)`;
    case 'tcp':
      return `dial tcp ${url}: i/o timeout`;
    case 'grpc':
      return grpc?.asked === true
        ? `timeout: health rpc did not complete within ${goSeconds(timeoutSeconds)}`
        : `timeout: failed to connect service "${url}" within ${goSeconds(timeoutSeconds)}: context deadline exceeded`;
  }
}

function goSeconds(seconds: number): string {
  return seconds < 60 ? `${seconds}s` : `${Math.floor(seconds / 60)}m${seconds % 60}s`;
}

export function closeExchange(context: KubeletContext, exchange: Exchange): void {
  if (exchange.socket !== undefined) context.network.close(exchange.socket);
}
