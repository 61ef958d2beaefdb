import type { IncomingMessage } from 'node:http';
import type { ApiRequest, ApiResponse, UserInfo } from '@podwire/kubesim';

/** kube-apiserver's own limit on what one request may carry, bytes. */
const MAX_BODY_BYTES = 3 * 1_024 * 1_024;

const METHODS: ReadonlySet<string> = new Set(['GET', 'HEAD', 'POST', 'PUT', 'PATCH', 'DELETE', 'OPTIONS']);

export type BodyOutcome =
  | { readonly kind: 'whole'; readonly body: Buffer }
  | { readonly kind: 'too-large' }
  | { readonly kind: 'gone' };

export function readBody(request: IncomingMessage): Promise<BodyOutcome> {
  return new Promise((resolve) => {
    const chunks: Buffer[] = [];
    let size = 0;
    request.on('data', (chunk: Buffer) => {
      size += chunk.length;
      if (size <= MAX_BODY_BYTES) chunks.push(chunk);
      else resolve({ kind: 'too-large' });
    });
    request.on('end', () => resolve({ kind: 'whole', body: Buffer.concat(chunks) }));
    request.on('error', () => resolve({ kind: 'gone' }));
    request.on('close', () => resolve({ kind: 'gone' }));
  });
}

/** undefined for a method that HTTP has and Kubernetes has not. */
export function toApiRequest(
  request: IncomingMessage,
  body: Uint8Array,
  user: UserInfo,
): ApiRequest | undefined {
  const { method = 'GET', url = '/' } = request;
  if (!METHODS.has(method)) return undefined;
  const mark = url.indexOf('?');
  const headers: Record<string, string> = {};
  for (const [name, value] of Object.entries(request.headers))
    if (value !== undefined) headers[name] = typeof value === 'string' ? value : value.join(', ');
  return {
    method: method as ApiRequest['method'],
    path: mark < 0 ? url : url.slice(0, mark),
    query: mark < 0 ? [] : [...new URLSearchParams(url.slice(mark + 1)).entries()],
    headers,
    ...(body.length === 0 ? {} : { body }),
    user,
  };
}

/** A failure in the form of the API, for what is refused before the API server hears of it. */
export function statusResponse(code: number, reason: string, message: string): ApiResponse {
  const status = { kind: 'Status', apiVersion: 'v1', metadata: {}, status: 'Failure', message, reason, code };
  return {
    status: code,
    headers: { 'content-type': 'application/json' },
    body: Buffer.from(`${JSON.stringify(status)}\n`),
  };
}
