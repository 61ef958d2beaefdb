import { clientEvents } from '@podwire/protocol';
import Fastify from 'fastify';
import { describe, expect, it } from 'vitest';
import type { Handler } from '../http/request-context.ts';
import { createHttpServer } from '../http/server.ts';
import type { HttpWiring } from '../http/server.ts';
import { Signer } from '../identity/secret.ts';
import { SOCKET_HANDLERS } from '../sockets/gateway.ts';
import { RateLimiter } from './rate-limiter.ts';
import { HTTP_ACCESS, SOCKET_ACCESS } from './table.ts';
import type { HttpRule, RouteKey } from './table.ts';

async function server() {
  const handler: Handler = () => Promise.resolve({});
  const handlers = Object.fromEntries(Object.keys(HTTP_ACCESS).map((key) => [key, handler])) as Record<
    RouteKey,
    Handler
  >;
  const signer = new Signer('secret', 'test');
  const nobody = { identify: () => Promise.resolve(undefined) } as unknown as HttpWiring['identifier'];
  return createHttpServer({
    handlers,
    identifier: nobody,
    sessions: nobody as unknown as HttpWiring['sessions'],
    cookieSigner: signer,
    csrfSigner: signer,
    origins: ['http://podwire.test'],
    nowMs: () => 0,
    log: Fastify().log,
  });
}

describe('the access table', () => {
  it('has a line for each route, and a route for each line', async () => {
    const app = await server();
    for (const key of Object.keys(HTTP_ACCESS)) {
      const [method = '', url = ''] = key.split(' ');
      expect(app.hasRoute({ method, url }), key).toBe(true);
    }
    expect(() => app.get('/api/unlisted', () => ({}))).toThrow(
      'GET /api/unlisted has no line in the access table',
    );
    expect(() => app.post('/api/me', () => ({}))).toThrow('POST /api/me has no line');
  });

  it('has a line for each socket event, and a handler for each line', () => {
    expect(Object.keys(SOCKET_ACCESS).sort()).toEqual(Object.keys(clientEvents).sort());
    expect(Object.keys(SOCKET_HANDLERS).sort()).toEqual(Object.keys(clientEvents).sort());
  });

  const lines = Object.entries(HTTP_ACCESS) as [RouteKey, HttpRule][];

  it.each(lines.filter(([key]) => !key.startsWith('GET ')).map(([key, rule]) => [key, rule] as const))(
    '%s changes something, so it asks for proof of origin',
    (_, rule) => {
      expect(rule.csrf).not.toBe('none');
    },
  );

  it.each(lines.filter(([, rule]) => rule.who !== 'anyone' && rule.who !== 'newcomer').map(([key]) => key))(
    '%s turns strangers away before anything else',
    async (key) => {
      const app = await server();
      const [method = 'GET', path = ''] = key.split(' ');
      const answer = await app.inject({ method: method as 'GET', url: path.replaceAll(/:\w+/g, 'x') });
      expect([answer.statusCode, answer.json<{ error: { code: string } }>().error.code]).toEqual([
        401,
        'no-identity',
      ]);
    },
  );

  it.each(lines.filter(([, rule]) => rule.who === 'session-owner').map(([key]) => key))(
    '%s names its session in the path',
    (key) => {
      expect(key).toContain('/:sessionId');
    },
  );
});

describe('the rate limiter', () => {
  it('allows so many in a window, says how long to wait, and keeps callers apart', () => {
    let nowMs = 0;
    const limiter = new RateLimiter(() => nowMs);
    const rate = { most: 2, windowMs: 10_000 };
    expect([
      limiter.take('a', rate),
      limiter.take('a', rate),
      limiter.take('a', rate),
      limiter.take('b', rate),
    ]).toEqual([undefined, undefined, 10, undefined]);
    nowMs = 9_001;
    expect(limiter.take('a', rate)).toBe(1);
    nowMs = 10_000;
    expect(limiter.take('a', rate)).toBeUndefined();
  });
});
