import { createServer } from 'node:http';
import type { IncomingMessage, Server, ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import type { Simulation } from '@podwire/sim';
import type { ApiRequest, UserInfo } from '../src/api/http.ts';
import type { ApiServer } from '../src/api/server.ts';

/** Virtual time that passes while a request is answered: deliveries and watches move on. */
const STEP_MS = 100;
const MAX_EVENTS = 10_000;

/** Serves a simulated API over loopback HTTP, so that real clients can be tried on it. For tests alone. */
export async function serveOverHttp(
  api: ApiServer,
  simulation: Simulation,
  user: UserInfo,
): Promise<{ readonly url: string; readonly server: Server }> {
  const advance = (): void => {
    simulation.run({ untilMs: simulation.nowMs + STEP_MS, maxEvents: MAX_EVENTS });
  };
  const server = createServer((request, response) => {
    const chunks: Buffer[] = [];
    request.on('data', (chunk: Buffer) => chunks.push(chunk));
    request.on('end', () => {
      answer(api, toApiRequest(request, Buffer.concat(chunks), user), response);
      advance();
    });
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const { port } = server.address() as AddressInfo;
  return { url: `http://127.0.0.1:${port}`, server };
}

function toApiRequest(request: IncomingMessage, body: Buffer, user: UserInfo): ApiRequest {
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

function answer(api: ApiServer, request: ApiRequest, response: ServerResponse): void {
  const result = api.handle(request);
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
      response.write(bytes);
    }
  };
  stream.onReadable(drain);
  response.on('close', () => stream.close());
  response.flushHeaders();
  drain();
}
