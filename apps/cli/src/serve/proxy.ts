import { request as httpRequest } from 'node:http';
import type { IncomingMessage, ServerResponse } from 'node:http';
import { Duplex } from 'node:stream';
import { isPage, requestHeaders, responseHeaders, rewriteLinks, slashRedirect } from '@podwire/kubesim';
import type { ApiProxyConnection, ApiRequest } from '@podwire/kubesim';
import { statusResponse } from './api-request.ts';
import type { ClusterClock } from './cluster-clock.ts';
import { InputQueue } from './port-forward.ts';

/** Carries one request through `/proxy/` of a pod or a Service, and its answer back. */
export function serveProxy(
  target: ApiProxyConnection,
  incoming: { readonly request: IncomingMessage; readonly body: Buffer },
  response: ServerResponse,
  clock: Pick<ClusterClock, 'catchUp' | 'wake'>,
): void {
  const { request, body } = incoming;
  const url = request.url ?? '';
  const mark = url.indexOf('?');
  const query = mark < 0 ? '' : url.slice(mark);
  const method = (request.method ?? 'GET') as ApiRequest['method'];
  const redirect = slashRedirect({ method, path: new URL(`http://proxied${url}`).pathname }, target, query);
  if (redirect !== undefined) {
    target.close();
    response.writeHead(redirect.status, redirect.headers).end();
    return;
  }
  const wire = new PodWire(target, clock);
  wire.on('error', toldAlready);
  const outgoing = httpRequest({
    createConnection: () => wire,
    method,
    path: `${target.path}${query}`,
    headers: requestHeaders(single(request.headers), target, body.length, {
      address: request.socket.remoteAddress,
    }),
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

/** Headers as one text each (RFC 9110 section 5.3). */
function single(headers: IncomingMessage['headers']): Readonly<Record<string, string>> {
  return Object.fromEntries(
    Object.entries(headers).flatMap(([name, value]) =>
      value === undefined ? [] : [[name, Array.isArray(value) ? value.join(', ') : value]],
    ),
  );
}

function passOn(answer: IncomingMessage, target: ApiProxyConnection, response: ServerResponse): void {
  const { 'set-cookie': cookies, ...others } = answer.headers;
  const headers = {
    ...responseHeaders(single(others), target),
    ...(cookies === undefined ? {} : { 'set-cookie': cookies }),
  };
  if (!isPage(single(others))) {
    response.writeHead(answer.statusCode ?? 502, headers);
    answer.pipe(response);
    return;
  }
  const parts: Buffer[] = [];
  answer.on('data', (part: Buffer) => parts.push(part));
  answer.on('end', () => {
    const content = rewriteLinks(Buffer.concat(parts), target);
    response.writeHead(answer.statusCode ?? 502, { ...headers, 'content-length': String(content.length) });
    response.end(content);
  });
  answer.on('error', () => response.destroy());
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
