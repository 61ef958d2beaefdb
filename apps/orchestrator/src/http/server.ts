import cookie from '@fastify/cookie';
import { ClusterError } from '@podwire/cluster';
import Fastify, { LogController } from 'fastify';
import type { FastifyBaseLogger, FastifyInstance, FastifyReply, FastifyRequest } from 'fastify';
import { RateLimiter } from '../access/rate-limiter.ts';
import { HTTP_ACCESS } from '../access/table.ts';
import type { HttpRule, RouteKey } from '../access/table.ts';
import { Failure } from '../failure.ts';
import type { Identifier, Identity } from '../identity/identify.ts';
import { LEARNER_COOKIE, cookieOptions, learnerCookieValue } from '../identity/learner-cookie.ts';
import type { Signer } from '../identity/secret.ts';
import type { SessionService } from '../session/service.ts';
import { headersOf } from './auth-bridge.ts';
import type { Handler } from './request-context.ts';
import { pathId } from './request-context.ts';

export const CSRF_HEADER = 'x-podwire-csrf';
const BODY_LIMIT_BYTES = 16_384;
const REQUEST_TIMEOUT_MS = 90_000;

export interface HttpWiring {
  readonly handlers: Readonly<Record<RouteKey, Handler>>;
  readonly identifier: Identifier;
  readonly sessions: SessionService;
  readonly cookieSigner: Signer;
  readonly csrfSigner: Signer;
  readonly origins: readonly [string, ...string[]];
  readonly nowMs: () => number;
  readonly log: FastifyBaseLogger;
}

/** The HTTP side: each line of the access table with its handler, the rule enforced before it. */
export async function createHttpServer(wiring: HttpWiring): Promise<FastifyInstance> {
  const app = Fastify({
    loggerInstance: wiring.log,
    // One line a request is the gateway's; ours are for what goes wrong.
    logController: new LogController({ disableRequestLogging: true }),
    // The gateway is on this machine, and says for whom it asks.
    trustProxy: 'loopback',
    bodyLimit: BODY_LIMIT_BYTES,
    requestTimeout: REQUEST_TIMEOUT_MS,
    routerOptions: { maxParamLength: 200 },
  });
  await app.register(cookie);
  app.addHook('onRoute', (route) => {
    for (const method of [route.method].flat()) {
      // Fastify answers HEAD by itself wherever there is GET, after the same hooks.
      const key = `${method === 'HEAD' ? 'GET' : method} ${route.url}`;
      if (!(key in HTTP_ACCESS)) throw new Error(`${key} has no line in the access table`);
    }
  });
  app.addHook('onSend', async (_request, reply) => {
    reply.header('x-content-type-options', 'nosniff');
    if (!reply.hasHeader('cache-control')) reply.header('cache-control', 'no-store');
    return Promise.resolve();
  });
  app.setErrorHandler((error, request, reply) => sendFailure(failureOf(error), request, reply));
  app.setNotFoundHandler((request, reply) =>
    sendFailure(new Failure(404, 'not-found', 'There is nothing at this address.'), request, reply),
  );

  const guard = new Guard(wiring);
  for (const [key, rule] of Object.entries(HTTP_ACCESS) as [RouteKey, HttpRule][]) {
    const space = key.indexOf(' ');
    app.route({
      method: key.slice(0, space),
      url: key.slice(space + 1),
      bodyLimit: rule.bodyBytes,
      // Before the body is read: whoever may not is told so at once.
      onRequest: (request, reply) => guard.admit(rule, request, reply),
      handler: async (request, reply) => {
        const identity = guard.identityOf(request);
        const owned =
          rule.who === 'session-owner' && identity !== undefined
            ? await wiring.sessions.owned(pathId(request, 'sessionId'), identity.learnerId)
            : undefined;
        return wiring.handlers[key]({ request, reply, identity, owned });
      },
    });
  }
  return app;
}

/** Enforces a rule of the table. */
class Guard {
  readonly #wiring: HttpWiring;
  readonly #limiter: RateLimiter;
  readonly #identities = new WeakMap<FastifyRequest, Identity>();

  constructor(wiring: HttpWiring) {
    this.#wiring = wiring;
    this.#limiter = new RateLimiter(wiring.nowMs);
  }

  identityOf(request: FastifyRequest): Identity | undefined {
    return this.#identities.get(request);
  }

  async admit(rule: HttpRule, request: FastifyRequest, reply: FastifyReply): Promise<void> {
    const byAddress = rule.who === 'anyone' || rule.who === 'newcomer';
    if (byAddress) this.#limit(rule, request, reply, request.ip);
    if (rule.csrf === 'origin') this.#assertOwnOrigin(request);
    if (rule.who === 'anyone') return;
    const identity = await this.#identify(rule, request, reply);
    this.#identities.set(request, identity);
    if (!byAddress) this.#limit(rule, request, reply, identity.learnerId);
    if (rule.csrf === 'token' && !this.#hasToken(request, identity)) {
      throw new Failure(403, 'csrf', 'This page is out of date. Reload it and try again.');
    }
    const enough =
      rule.who === 'admin'
        ? identity.role === 'admin'
        : rule.who !== 'instructor' || identity.role !== 'learner';
    if (!enough) throw new Failure(403, 'not-allowed', 'Your account may not do this.');
  }

  #limit(rule: HttpRule, request: FastifyRequest, reply: FastifyReply, caller: string): void {
    const seconds = this.#limiter.take(
      `${request.method} ${request.routeOptions.url ?? ''} ${caller}`,
      rule.rate,
    );
    if (seconds === undefined) return;
    reply.header('retry-after', seconds);
    throw new Failure(
      429,
      'too-many-requests',
      `Too many requests in a short time. Wait ${seconds} seconds and try again.`,
    );
  }

  #assertOwnOrigin(request: FastifyRequest): void {
    const { origin } = request.headers;
    if (origin !== undefined && this.#wiring.origins.includes(origin)) return;
    throw new Failure(403, 'foreign-origin', `This may be done from ${this.#wiring.origins[0]} only.`);
  }

  #hasToken(request: FastifyRequest, identity: Identity): boolean {
    const token = request.headers[CSRF_HEADER];
    return typeof token === 'string' && this.#wiring.csrfSigner.verify(identity.learnerId, token);
  }

  async #identify(rule: HttpRule, request: FastifyRequest, reply: FastifyReply): Promise<Identity> {
    const cookieValue = request.cookies[LEARNER_COOKIE];
    const known = await this.#wiring.identifier.identify(headersOf(request.headers), cookieValue);
    const identity =
      known ?? (rule.who === 'newcomer' ? await this.#wiring.identifier.createAnonymous() : undefined);
    if (identity === undefined)
      throw new Failure(
        401,
        'no-identity',
        'We do not know you here. Reload the page; cookies have to be allowed.',
      );
    const value = learnerCookieValue(identity.learnerId, this.#wiring.cookieSigner);
    if (rule.who === 'newcomer' && value !== cookieValue) {
      reply.setCookie(LEARNER_COOKIE, value, cookieOptions(this.#wiring.origins[0].startsWith('https:')));
    }
    return identity;
  }
}

/** Codes of Fastify's own refusals, in words for people. */
const FASTIFY_FAILURES: Readonly<Record<string, readonly [number, string, string]>> = {
  FST_ERR_CTP_BODY_TOO_LARGE: [413, 'too-large', 'This is more than can be sent at once.'],
  FST_ERR_CTP_INVALID_MEDIA_TYPE: [415, 'not-json', 'Send JSON, with content-type: application/json.'],
  FST_ERR_CTP_INVALID_JSON_BODY: [400, 'not-json', 'The body is not valid JSON.'],
  FST_ERR_CTP_EMPTY_JSON_BODY: [400, 'not-json', 'The body is empty.'],
};

export function failureOf(error: unknown): Failure {
  if (error instanceof Failure) return error;
  if (error instanceof ClusterError)
    return new Failure(503, `cluster-${error.kind}`, `${error.message} ${error.remedy}`, { cause: error });
  const code = error instanceof Error && 'code' in error && typeof error.code === 'string' ? error.code : '';
  const known = FASTIFY_FAILURES[code];
  if (known !== undefined) return new Failure(...known, { cause: error });
  const status =
    error instanceof Error && 'statusCode' in error && typeof error.statusCode === 'number'
      ? error.statusCode
      : 500;
  if (status >= 400 && status < 500)
    return new Failure(status, 'bad-request', 'This request can’t be read.', { cause: error });
  return new Failure(
    500,
    'our-fault',
    'Something on our side failed. Nothing you did is lost; try again in a moment.',
    { cause: error },
  );
}

function sendFailure(failure: Failure, request: FastifyRequest, reply: FastifyReply): FastifyReply {
  if (failure.status >= 500)
    request.log.error(
      { err: failure, method: request.method, url: request.routeOptions.url },
      failure.message,
    );
  return reply.code(failure.status).send(failure.toJSON());
}
