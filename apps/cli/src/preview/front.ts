import { createServer, request as askHttp } from 'node:http';
import type { IncomingMessage, Server, ServerResponse } from 'node:http';
import { connect } from 'node:net';
import type { Socket } from 'node:net';

const LOOPBACK = '127.0.0.1';
const UNAVAILABLE = 'The preview is starting. Reload this page in a second.\n';

export interface FrontOptions {
  readonly web: { readonly port: number };
  readonly orchestrator: { readonly port: number };
  /** Answers what is the preview's own; false for what is not. */
  readonly own: (request: IncomingMessage, response: ServerResponse) => boolean;
}

/**
 * One origin for pages, API and sockets, on loopback, as the gateway is for learners. It asks the site for the pages
 * that follow the files.
 */
export function previewFront({ web, orchestrator, own }: FrontOptions): Server {
  const server = createServer((request, response) => {
    if (own(request, response)) return;
    const toOrchestrator = belongsToOrchestrator(request);
    const upstream = askHttp(
      {
        host: LOOPBACK,
        port: toOrchestrator ? orchestrator.port : web.port,
        method: request.method,
        path: request.url,
        headers: toOrchestrator ? request.headers : { ...request.headers, 'x-podwire-preview': '1' },
        agent: false,
      },
      (answer) => {
        response.writeHead(answer.statusCode ?? 502, answer.headers);
        answer.pipe(response);
      },
    );
    upstream.on('error', () => {
      if (response.headersSent) response.destroy();
      else response.writeHead(503, { 'content-type': 'text/plain', 'retry-after': '1' }).end(UNAVAILABLE);
    });
    response.on('close', () => upstream.destroy());
    request.pipe(upstream);
  });
  server.on('upgrade', (request: IncomingMessage, socket: Socket, head: Buffer) => {
    const close = (): void => void socket.destroy();
    socket.on('error', close);
    if (!belongsToOrchestrator(request)) {
      close();
      return;
    }
    const upstream = connect(orchestrator.port, LOOPBACK, () => {
      upstream.write(headOf(request));
      upstream.write(head);
      upstream.pipe(socket).pipe(upstream);
    });
    upstream.on('error', close);
    socket.on('close', () => upstream.destroy());
  });
  return server;
}

function belongsToOrchestrator({ url = '/' }: IncomingMessage): boolean {
  return /^\/(api|socket\.io)(\/|\?|$)/.test(url);
}

/** The request as it came: its raw header has names and values by turns. */
function headOf({ method, url, rawHeaders }: IncomingMessage): string {
  const lines = [`${method} ${url} HTTP/1.1`];
  for (let at = 0; at < rawHeaders.length; at += 2) lines.push(`${rawHeaders[at]}: ${rawHeaders[at + 1]}`);
  return `${lines.join('\r\n')}\r\n\r\n`;
}
