import type { IncomingMessage, ServerResponse } from 'node:http';
import { createServer } from 'node:https';
import type { Server } from 'node:https';
import type { AddressInfo } from 'node:net';
import type { Duplex } from 'node:stream';
import type { ApiResponse, ApiStream, ApiTransport } from '@podwire/kubesim';
import { readBody, statusResponse, toApiRequest } from './api-request.ts';
import type { Credentials } from './certificates.ts';
import type { ClusterClock } from './cluster-clock.ts';
import { userOf } from './identity.ts';
import { serveProxy } from './proxy.ts';
import { StreamUpgrades } from './stream-upgrades.ts';

export interface ApiListenerOptions {
  readonly api: ApiTransport;
  readonly clock: Pick<ClusterClock, 'catchUp' | 'wake'>;
  readonly server: Credentials;
  /** PEM of the authority whose client certificates are believed. */
  readonly authority: string;
  readonly host: string;
  /** 0: any that is free. */
  readonly port: number;
  /** A request met a mistake of ours; the others go on. */
  readonly onFault: (error: unknown) => void;
}

export interface ApiListener {
  readonly port: number;
  close(): Promise<void>;
}

/** How long a connection may be idle between requests: clients keep theirs for a minute and a half. */
const KEEP_ALIVE_MS = 120_000;

/** Serves a simulated cluster's API over HTTPS. Rejects when the address can't be listened on. */
export async function listenForApi(options: ApiListenerOptions): Promise<ApiListener> {
  const server = createServer({
    cert: options.server.certificate,
    key: options.server.key,
    ca: options.authority,
    requestCert: true,
    // Who comes without a certificate, or with another's, is answered in the API's own words.
    rejectUnauthorized: false,
    minVersion: 'TLSv1.2',
    keepAliveTimeout: KEEP_ALIVE_MS,
    // A watch lasts as long as its client wants.
    requestTimeout: 0,
  });
  const upgrades = new StreamUpgrades(options);
  server.on('request', (request, response) => {
    answer(options, request, response).catch((error: unknown) => {
      options.onFault(error);
      // What had begun can only be cut off; what had not is answered as kube-apiserver answers a panic.
      if (response.headersSent) response.destroy();
      else
        send(
          response,
          statusResponse(
            500,
            'InternalError',
            'This request caused apiserver to panic. Look in the logs for details.',
          ),
        );
    });
  });
  server.on('upgrade', (request: IncomingMessage, socket: Duplex, head: Buffer) => {
    try {
      upgrades.accept(request, socket, head);
    } catch (error) {
      options.onFault(error);
      socket.destroy();
    }
  });
  // A client that breaks TLS or HTTP harms its own connection alone.
  server.on('tlsClientError', (_error, socket) => socket.destroy());
  server.on('clientError', (_error, socket) => socket.destroy());
  await listening(server, options);
  return {
    port: (server.address() as AddressInfo).port,
    close: () =>
      new Promise((resolve) => {
        upgrades.closeAll();
        server.close(() => resolve());
        server.closeAllConnections();
      }),
  };
}

function listening(server: Server, { host, port }: ApiListenerOptions): Promise<void> {
  return new Promise((resolve, reject) => {
    server.once('error', reject);
    server.listen(port, host, () => {
      server.off('error', reject);
      resolve();
    });
  });
}

async function answer(
  { api, clock }: ApiListenerOptions,
  request: IncomingMessage,
  response: ServerResponse,
): Promise<void> {
  const read = await readBody(request);
  if (read.kind === 'gone') return;
  if (read.kind === 'too-large') {
    send(
      response,
      statusResponse(413, 'RequestEntityTooLarge', 'Request entity too large: limit is 3145728'),
      true,
    );
    return;
  }
  clock.catchUp();
  const user = userOf(request, api);
  if (user === undefined) {
    send(response, statusResponse(401, 'Unauthorized', 'Unauthorized'));
    return;
  }
  const wanted = toApiRequest(request, read.body, user);
  const proxied = wanted === undefined ? undefined : api.connectProxy?.(wanted);
  if (proxied?.kind === 'proxy') {
    serveProxy(proxied, { request, body: read.body }, response, clock);
    clock.wake();
    return;
  }
  if (proxied?.kind === 'refused') {
    send(response, proxied.response);
    return;
  }
  send(
    response,
    wanted === undefined
      ? statusResponse(
          405,
          'MethodNotAllowed',
          'the server does not allow this method on the requested resource',
        )
      : api.handle(wanted),
  );
  clock.wake();
}

function send(response: ServerResponse, answered: ApiResponse, close = false): void {
  const { status, headers, body, stream } = answered;
  response.writeHead(status, { ...headers, ...(close ? { connection: 'close' } : {}) });
  if (stream === undefined) response.end(body ?? '');
  else pump(stream, response);
}

/** A reader that does not keep up is given nothing more until it has taken what it has. */
function pump(stream: ApiStream, response: ServerResponse): void {
  let full = false;
  const drain = (): void => {
    while (!full) {
      const bytes = stream.read();
      if (bytes === undefined) {
        response.end();
        return;
      }
      if (bytes.length === 0) return;
      full = !response.write(bytes);
    }
  };
  response.on('drain', () => {
    full = false;
    drain();
  });
  response.on('close', () => stream.close());
  stream.onReadable(drain);
  response.flushHeaders();
  drain();
}
