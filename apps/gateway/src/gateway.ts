import { Agent, createServer } from 'node:http';
import type { IncomingMessage, Server, ServerResponse } from 'node:http';
import type { Socket } from 'node:net';
import { belongsToOrchestrator } from '@podwire/protocol';
import { createProxyServer } from 'httpxy';
import { policyFor } from './content-security-policy.ts';
import type { PagePolicies } from './content-security-policy.ts';

export interface GatewayOptions {
  readonly web: { readonly port: number };
  readonly orchestrator: { readonly port: number };
  readonly policies: PagePolicies;
  /** A proxy in front sets `x-forwarded-*` truthfully; without one a client could forge them. */
  readonly trustForwarded: boolean;
}

/** A request's head must be complete by then: what holds slow connections back. */
const HEADERS_TIMEOUT_MS = 15_000;
/** Whole requests; uploads are bounded by the orchestrator. Sockets are upgrades and don't count. */
const REQUEST_TIMEOUT_MS = 60_000;
const LOOPBACK = '127.0.0.1';

const SECURITY_HEADERS: Readonly<Record<string, string>> = {
  'x-content-type-options': 'nosniff',
  'x-frame-options': 'DENY',
  'referrer-policy': 'strict-origin-when-cross-origin',
  'permissions-policy': 'camera=(), microphone=(), geolocation=(), payment=(), usb=()',
  'cross-origin-opener-policy': 'same-origin',
  'cross-origin-resource-policy': 'same-origin',
};

/** One origin for pages, API and sockets. Not yet listening. */
export function createGateway(options: GatewayOptions): Server {
  // A connection that is kept may be closed by the other side just as a request is written to it, and a POST can't be
  // sent twice. On loopback a new one costs a fraction of a millisecond.
  const proxy = createProxyServer({ xfwd: true, agent: new Agent({ keepAlive: false }) });
  const target = (port: number): string => `http://${LOOPBACK}:${port}`;
  const server = createServer((request, response) => {
    const urlPath = pathOf(request);
    const toOrchestrator = belongsToOrchestrator(urlPath);
    prepare(request, options);
    for (const [name, value] of Object.entries(SECURITY_HEADERS)) response.setHeader(name, value);
    response.setHeader(
      'content-security-policy',
      toOrchestrator ? options.policies.fallback : policyFor(options.policies, urlPath),
    );
    const upstream = toOrchestrator ? options.orchestrator.port : options.web.port;
    proxy
      .web(request, response, { target: target(upstream) })
      .catch(() => answerUnavailable(response, toOrchestrator));
  });
  server.headersTimeout = HEADERS_TIMEOUT_MS;
  server.requestTimeout = REQUEST_TIMEOUT_MS;
  server.on('upgrade', (request: IncomingMessage, socket: Socket, head: Buffer) => {
    // A client that goes away resets its socket; that is its right and no error of ours.
    socket.on('error', () => socket.destroy());
    if (!belongsToOrchestrator(pathOf(request))) {
      socket.end('HTTP/1.1 404 Not Found\r\nconnection: close\r\ncontent-length: 0\r\n\r\n');
      return;
    }
    prepare(request, options);
    proxy
      .ws(request, socket, { target: target(options.orchestrator.port) }, head)
      .catch(() => socket.destroy());
  });
  return server;
}

function pathOf(request: IncomingMessage): string {
  return (request.url ?? '/').split('?', 1)[0] ?? '/';
}

function prepare(request: IncomingMessage, options: GatewayOptions): void {
  if (options.trustForwarded) return;
  for (const name of [
    'x-forwarded-for',
    'x-forwarded-host',
    'x-forwarded-proto',
    'x-forwarded-port',
    'forwarded',
  ])
    Reflect.deleteProperty(request.headers, name);
}

/** The part behind is starting or restarting. Learners' work is safe meanwhile: it is in the database. */
function answerUnavailable(response: ServerResponse, api: boolean): void {
  if (response.headersSent || response.destroyed) {
    response.destroy();
    return;
  }
  response.statusCode = 503;
  response.setHeader('retry-after', '2');
  response.setHeader('cache-control', 'no-store');
  if (api) {
    response.setHeader('content-type', 'application/json; charset=utf-8');
    response.end(
      JSON.stringify({
        error: {
          code: 'restarting',
          message: 'The lab server is restarting. Your work is safe; try again in a few seconds.',
        },
      }),
    );
    return;
  }
  response.setHeader('content-type', 'text/plain; charset=utf-8');
  response.end('Podwire is starting. Reload this page in a few seconds.\n');
}
