import { request as httpRequest } from 'node:http';
import type { IncomingMessage, ServerResponse } from 'node:http';
import { Duplex } from 'node:stream';
import { connect } from 'node:tls';
import type { ApiProxyConnection } from '@podwire/kubesim';
import { statusResponse } from './api-request.ts';
import type { ClusterClock } from './cluster-clock.ts';
import { InputQueue } from './port-forward.ts';

/** Pages that are rewritten, bytes; longer ones go through as they are. */
const MAX_PAGE_BYTES = 1_024 * 1_024;
/** Of one connection alone: they say nothing to whoever is behind a proxy (RFC 9110 section 7.6.1). */
const HOP_BY_HOP: ReadonlySet<string> = new Set([
  'connection',
  'keep-alive',
  'proxy-authenticate',
  'proxy-authorization',
  'proxy-connection',
  'te',
  'trailer',
  'transfer-encoding',
  'upgrade',
]);

/** Carries one request through `/proxy/` of a pod or a Service, and its answer back. */
export function serveProxy(
  target: ApiProxyConnection,
  incoming: { readonly request: IncomingMessage; readonly body: Buffer },
  response: ServerResponse,
  clock: Pick<ClusterClock, 'catchUp' | 'wake'>,
): void {
  const { request, body } = incoming;
  const mark = (request.url ?? '').indexOf('?');
  const query = mark < 0 ? '' : (request.url ?? '').slice(mark);
  const path = new URL(`http://proxied${request.url ?? ''}`).pathname;
  if (target.path === '/' && !path.endsWith('/') && (request.method === 'GET' || request.method === 'HEAD')) {
    // Links of what is behind it lead nowhere without the slash.
    target.close();
    response.writeHead(301, { location: `${path}/${query}` }).end();
    return;
  }
  const wire = new PodWire(target, clock);
  wire.on('error', toldAlready);
  const headers: Record<string, string | string[]> = {};
  for (const [name, value] of Object.entries(request.headers))
    if (value !== undefined && !HOP_BY_HOP.has(name) && name !== 'authorization') headers[name] = value;
  const outgoing = httpRequest({
    createConnection: () => {
      if (!target.secure) return wire;
      const secure = connect({ socket: wire, rejectUnauthorized: false });
      secure.on('error', toldAlready);
      return secure;
    },
    method: request.method ?? 'GET',
    path: `${target.path}${query}`,
    headers: {
      ...headers,
      host: target.host,
      'x-forwarded-for': request.socket.remoteAddress ?? '',
      'x-forwarded-uri': `${target.base}${target.path}`,
      'x-forwarded-proto': 'https',
      ...(request.headers.host === undefined ? {} : { 'x-forwarded-host': request.headers.host }),
      ...(body.length > 0 ? { 'content-length': String(body.length) } : {}),
      connection: 'close',
    },
  });
  const fail = (why: string): void => {
    const failed = statusResponse(503, 'ServiceUnavailable', `error trying to reach service: ${why}`);
    if (response.headersSent) response.destroy();
    else response.writeHead(failed.status, failed.headers).end(failed.body ?? '');
  };
  outgoing.on('error', (error) =>
    fail(wire.failure ?? (error.message === 'socket hang up' ? 'EOF' : error.message)),
  );
  outgoing.on('response', (answer) => passOn(answer, target, response));
  response.on('close', () => {
    outgoing.destroy();
    wire.destroy();
  });
  outgoing.end(body);
}

/** The request hears of it, too. What comes when the request is over concerns nobody, and must not end the process. */
function toldAlready(): void {
  return undefined;
}

function passOn(answer: IncomingMessage, target: ApiProxyConnection, response: ServerResponse): void {
  const headers: Record<string, string | string[]> = {};
  for (const [name, value] of Object.entries(answer.headers))
    if (value !== undefined && !HOP_BY_HOP.has(name)) headers[name] = value;
  const { location } = answer.headers;
  if (location !== undefined) headers['location'] = rewritten(location, target);
  const isPage = (answer.headers['content-type'] ?? '').startsWith('text/html');
  if (!isPage || answer.headers['content-encoding'] !== undefined) {
    response.writeHead(answer.statusCode ?? 502, headers);
    answer.pipe(response);
    return;
  }
  const parts: Buffer[] = [];
  answer.on('data', (part: Buffer) => parts.push(part));
  answer.on('end', () => {
    const page = Buffer.concat(parts);
    const content =
      page.length > MAX_PAGE_BYTES ? page : Buffer.from(rewriteLinks(page.toString('utf8'), target));
    response.writeHead(answer.statusCode ?? 502, { ...headers, 'content-length': String(content.length) });
    response.end(content);
  });
  answer.on('error', () => response.destroy());
}

/** The attributes that hold URLs; those from the root go on below the proxy's path. */
function rewriteLinks(page: string, target: ApiProxyConnection): string {
  return page.replaceAll(
    /(\s(?:href|src|action|background|cite|data|longdesc|profile|usemap)=")([^"]*)(")/giu,
    (_whole, before: string, url: string, after: string) => `${before}${rewritten(url, target)}${after}`,
  );
}

function rewritten(url: string, { base, host }: ApiProxyConnection): string {
  const local = url.replace(new RegExp(`^https?://${host.replaceAll(/[.[\]]/gu, '\\$&')}(?=/|$)`, 'u'), '');
  return local.startsWith('/') && !local.startsWith('//') ? `${base}${local}` : local === '' ? url : local;
}

/** The connection into the cluster, as Node's HTTP client wants one. */
class PodWire extends Duplex {
  readonly #target: ApiProxyConnection;
  readonly #input: InputQueue;
  /** Why it could not be had. */
  failure: string | undefined;

  constructor(target: ApiProxyConnection, clock: Pick<ClusterClock, 'catchUp' | 'wake'>) {
    super();
    this.#target = target;
    this.#input = new InputQueue(target, clock);
    target.onData((data) => this.push(Buffer.from(data)));
    target.onEnd((message) => {
      this.failure = message;
      this.#input.stop();
      if (message === undefined) this.push(null);
      else this.destroy(new Error(message));
    });
  }

  override _read(): void {
    // What the simulation has is pushed as it comes.
  }

  override _write(chunk: Buffer, _encoding: BufferEncoding, done: () => void): void {
    this.#input.push(chunk);
    done();
  }

  override _destroy(error: Error | null, done: (error: Error | null) => void): void {
    this.#input.stop();
    this.#target.close();
    done(error);
  }
}
