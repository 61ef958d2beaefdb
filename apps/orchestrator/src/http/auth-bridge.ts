import type { Accounts } from '../identity/auth.ts';
import type { Handler } from './request-context.ts';

/** Fastify's request as better-auth's, and its response as Fastify's. */
export function authHandler(accounts: Accounts, origin: string): Handler {
  return async ({ request, reply }) => {
    const headers = headersOf(request.headers);
    const body =
      request.method === 'POST' && request.body !== undefined ? JSON.stringify(request.body) : undefined;
    headers.delete('content-length');
    const response = await accounts.handle(
      new Request(new URL(request.url, origin), {
        method: request.method,
        headers,
        ...(body === undefined ? {} : { body }),
      }),
    );
    reply.code(response.status);
    for (const [name, value] of response.headers) if (name !== 'set-cookie') reply.header(name, value);
    for (const cookie of response.headers.getSetCookie()) reply.header('set-cookie', cookie);
    return reply.send(await response.text());
  };
}

export function headersOf(headers: NodeJS.Dict<string | string[]>): Headers {
  const result = new Headers();
  for (const [name, value] of Object.entries(headers)) {
    for (const each of Array.isArray(value) ? value : value === undefined ? [] : [value])
      result.append(name, each);
  }
  return result;
}
