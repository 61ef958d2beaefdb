import { Agent, createServer } from 'node:http';
import type { IncomingMessage, Server, ServerResponse } from 'node:http';
import type { Socket } from 'node:net';
import { belongsToOrchestrator } from '@podwire/protocol';
import { createProxyServer } from 'httpxy';

const UNAVAILABLE = 'The preview is starting. Reload this page in a second.\n';

export interface FrontOptions {
  readonly web: { readonly port: number };
  readonly orchestrator: { readonly port: number };
  /** Answers what is the preview's own; false for what is not. */
  readonly own: (request: IncomingMessage, response: ServerResponse) => boolean;
}

/**
 * One origin for pages, API and sockets, on loopback, as the gateway is for learners. It asks the site for the pages
 * that follow the files; of these nobody knows the scripts' hashes beforehand, so it sets no policy for them.
 */
export function previewFront({ web, orchestrator, own }: FrontOptions): Server {
  // A connection that is kept may be closed by the other side just as a request is written to it.
  const proxy = createProxyServer({ agent: new Agent({ keepAlive: false }) });
  const target = (port: number): string => `http://127.0.0.1:${port}`;
  const server = createServer((request, response) => {
    if (own(request, response)) return;
    const toOrchestrator = isForOrchestrator(request);
    if (!toOrchestrator) request.headers['x-podwire-preview'] = '1';
    proxy
      .web(request, response, { target: target(toOrchestrator ? orchestrator.port : web.port) })
      .catch(() => {
        if (response.headersSent) response.destroy();
        else response.writeHead(503, { 'content-type': 'text/plain', 'retry-after': '1' }).end(UNAVAILABLE);
      });
  });
  server.on('upgrade', (request: IncomingMessage, socket: Socket, head: Buffer) => {
    const close = (): void => void socket.destroy();
    socket.on('error', close);
    if (isForOrchestrator(request))
      proxy.ws(request, socket, { target: target(orchestrator.port) }, head).catch(close);
    else close();
  });
  return server;
}

function isForOrchestrator({ url = '/' }: IncomingMessage): boolean {
  return belongsToOrchestrator(url.split('?', 1)[0] ?? '/');
}
