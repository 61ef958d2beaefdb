import { createServer } from 'node:http';
import type { IncomingMessage, Server, ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import type { Duplex } from 'node:stream';
import type { ApiRequest, ApiTransport, UserInfo } from '../src/api/http.ts';

export interface Serving {
  readonly api: ApiTransport;
  /** Who every request comes from, unless its headers say otherwise. */
  readonly user: UserInfo;
  /** Called when a request has been answered, or its stream has been opened. */
  readonly answered: () => void;
  /** Called when a stream has been opened, wrote something, or is at its end. */
  readonly streamed?: (event: 'opened' | 'wrote' | 'closed') => void;
  /** Takes connections over for exec, attach and port-forward. Without it they are refused. */
  readonly upgraded?: (request: IncomingMessage, socket: Duplex, head: Buffer) => void;
}

/** Serves a simulated API over loopback HTTP, so that real clients can be tried on it. For tests alone. */
export async function serveOverHttp(
  serving: Serving,
): Promise<{ readonly url: string; readonly server: Server }> {
  const server = createServer((request, response) => {
    const chunks: Buffer[] = [];
    request.on('data', (chunk: Buffer) => chunks.push(chunk));
    request.on('end', () => {
      answer(serving, toApiRequest(request, Buffer.concat(chunks), serving.user), response);
      serving.answered();
    });
  });
  if (serving.upgraded !== undefined) server.on('upgrade', serving.upgraded);
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const { port } = server.address() as AddressInfo;
  return { url: `http://127.0.0.1:${port}`, server };
}

export function toApiRequest(request: IncomingMessage, body: Buffer, user: UserInfo): ApiRequest {
  const url = new URL(request.url ?? '/', 'http://localhost');
  const headers: Record<string, string> = {};
  for (const [name, value] of Object.entries(request.headers))
    headers[name] = Array.isArray(value) ? value.join(', ') : (value ?? '');
  return {
    method: request.method as ApiRequest['method'],
    path: url.pathname,
    query: [...url.searchParams.entries()],
    headers,
    ...(body.length === 0 ? {} : { body }),
    user,
  };
}

function answer(serving: Serving, request: ApiRequest, response: ServerResponse): void {
  const result = serving.api.handle(request);
  response.writeHead(result.status, result.headers);
  const { stream } = result;
  if (stream === undefined) {
    response.end(result.body ?? '');
    return;
  }
  const drain = (): void => {
    for (let bytes = stream.read(); ; bytes = stream.read()) {
      if (bytes === undefined) {
        response.end();
        return;
      }
      if (bytes.length === 0) return;
      serving.streamed?.('wrote');
      response.write(bytes);
    }
  };
  serving.streamed?.('opened');
  stream.onReadable(drain);
  response.on('close', () => {
    serving.streamed?.('closed');
    stream.close();
  });
  response.flushHeaders();
  drain();
}
