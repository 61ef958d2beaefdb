import type { AddressInfo } from 'node:net';
import type { ClusterProvider } from '@podwire/cluster';
import type { Database } from '@podwire/db';
import type { FastifyInstance } from 'fastify';
import type { Logger } from 'pino';
import type { Catalog } from './course/catalog.ts';
import type { Environment } from './env.ts';
import { Grading } from './grading/grading.ts';
import { Hints } from './learning/hints.ts';
import { Quizzes } from './learning/quizzes.ts';
import { createHandlers } from './http/handlers.ts';
import { createHttpServer } from './http/server.ts';
import { inviteFirstAdmin } from './identity/admin-invite.ts';
import { OIDC_PROVIDER_ID, createAccounts } from './identity/auth.ts';
import { Identifier } from './identity/identify.ts';
import { Signer } from './identity/secret.ts';
import { SessionService } from './session/service.ts';
import { SessionStore } from './session/store.ts';
import { attachSockets } from './sockets/gateway.ts';

export interface OrchestratorParts {
  readonly env: Pick<Environment, 'port' | 'origins' | 'maxOpenLabs' | 'signInByEmail' | 'oidc'> & {
    /** Of kind clusters that run; 1 when not given. */
    readonly kindPerLearner?: number;
  };
  readonly secret: string;
  readonly database: Database;
  readonly providers: readonly ClusterProvider[];
  readonly catalog: Catalog;
  readonly log: Logger;
}

export interface Orchestrator {
  readonly app: FastifyInstance;
  readonly url: string;
  /** Where whoever runs this site becomes its administrator, while there is none. */
  readonly adminLink: string | undefined;
  /** Resolves when the labs of the course have been booted in advance: they start at once from then on. */
  readonly warm: Promise<void>;
  /** Stops listening, puts clusters away, leaves the database to its owner. */
  close(): Promise<void>;
}

/** Puts the parts together and listens on 127.0.0.1. */
export async function startOrchestrator(parts: OrchestratorParts): Promise<Orchestrator> {
  const { database, catalog, log, env } = parts;
  const nowMs = (): number => Date.now();
  const sessions = new SessionService({
    store: new SessionStore(database),
    providers: parts.providers,
    catalog,
    maxOpenLabs: env.maxOpenLabs,
    kindPerLearner: env.kindPerLearner ?? 1,
    nowMs,
    after: (delayMs, callback) => {
      const timer = setTimeout(callback, delayMs);
      return { cancel: () => clearTimeout(timer) };
    },
    log,
  });
  const accounts = createAccounts({
    database,
    secret: parts.secret,
    origins: env.origins,
    email: env.signInByEmail,
    oidc: env.oidc,
  });
  const cookieSigner = new Signer(parts.secret, 'learner-cookie');
  const csrfSigner = new Signer(parts.secret, 'csrf-token');
  const identifier = new Identifier({
    database,
    accounts,
    cookieSigner,
    nowMs,
    onMerged: ({ from, to, givingWay }) => {
      sessions.moved(from, to);
      sessions
        .giveWay(givingWay)
        .catch((error: unknown) => log.error({ err: error }, 'a session could not give way'));
    },
  });
  const app = await createHttpServer({
    handlers: createHandlers({
      database,
      catalog,
      sessions,
      grading: new Grading(database, catalog, (fault) => log.error(fault, 'a check failed by our own fault')),
      hints: new Hints(database, catalog),
      quizzes: new Quizzes(database, catalog),
      accounts,
      origin: env.origins[0],
      signIn: {
        emailAndPassword: env.signInByEmail,
        oidc: env.oidc === undefined ? [] : [{ id: OIDC_PROVIDER_ID, name: env.oidc.name }],
      },
      csrfToken: (learnerId) => csrfSigner.sign(learnerId),
      now: () => new Date(nowMs()),
    }),
    identifier,
    sessions,
    cookieSigner,
    csrfSigner,
    origins: env.origins,
    nowMs,
    log,
  });
  await app.ready();
  const io = attachSockets(app.server, { identifier, sessions, origins: env.origins, nowMs, log });
  await sessions.wake();
  const token = await inviteFirstAdmin(database, new Date(nowMs()));
  await app.listen({ port: env.port, host: '127.0.0.1' });
  const { port } = app.server.address() as AddressInfo;
  // Nobody waits for it: whoever comes before it is done has their lab booted for them.
  const warm = sessions
    .prewarm()
    .catch((error: unknown) => log.error({ err: error }, 'labs could not be booted in advance'));
  return {
    app,
    url: `http://127.0.0.1:${port}`,
    warm,
    adminLink: token === undefined ? undefined : `${env.origins[0]}/admin/claim#${token}`,
    async close() {
      await io.close();
      await app.close();
      await sessions.close();
      await Promise.all(parts.providers.map((provider) => provider.close()));
    },
  };
}
