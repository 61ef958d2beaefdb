import type { IncomingMessage } from 'node:http';
import { TLSSocket } from 'node:tls';
import type { ApiTransport, UserInfo } from '@podwire/kubesim';

const AUTHENTICATED = 'system:authenticated';
const ANONYMOUS: UserInfo = { name: 'system:anonymous', groups: ['system:unauthenticated'] };

/**
 * Who sends a request, as kube-apiserver establishes it: a client certificate of our authority, else a
 * bearer token, else nobody. undefined: there are credentials, and they are not good (401).
 */
export function userOf(request: IncomingMessage, api: ApiTransport): UserInfo | undefined {
  const { socket } = request;
  if (!(socket instanceof TLSSocket)) return ANONYMOUS;
  const { subject } = socket.getPeerCertificate() as { readonly subject?: Record<string, string | string[]> };
  if (subject !== undefined && Object.keys(subject).length > 0) {
    if (!socket.authorized) return undefined;
    const [name = ''] = listOf(subject['CN']);
    return name === '' ? undefined : { name, groups: [...listOf(subject['O']), AUTHENTICATED] };
  }
  const { authorization } = request.headers;
  if (authorization === undefined) return ANONYMOUS;
  const token = /^bearer (\S+)$/i.exec(authorization.trim())?.[1];
  return token === undefined ? undefined : userOfToken(api, token);
}

function listOf(value: string | readonly string[] | undefined): readonly string[] {
  return value === undefined ? [] : typeof value === 'string' ? [value] : value;
}

/** The simulated API server knows the tokens it gave out. A transport that does not say so believes none. */
function userOfToken(api: ApiTransport, token: string): UserInfo | undefined {
  if (!('userOfToken' in api) || typeof api.userOfToken !== 'function') return undefined;
  return (api as ApiTransport & { userOfToken(token: string): UserInfo | undefined }).userOfToken(token);
}
