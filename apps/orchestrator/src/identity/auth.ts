import type { Database } from '@podwire/db';
import { betterAuth } from 'better-auth';
import { prismaAdapter } from 'better-auth/adapters/prisma';
import { genericOAuth } from 'better-auth/plugins';
import type { Oidc } from '../env.ts';

export const OIDC_PROVIDER_ID = 'oidc';
const MIN_PASSWORD_CHARS = 10;

export interface Accounts {
  /** Whose account the request's cookies are signed in to. */
  signedIn(headers: Headers): Promise<SignedIn | undefined>;
  handle(request: Request): Promise<Response>;
}

export interface SignedIn {
  readonly id: string;
  readonly name: string;
  readonly email: string;
}

/** Accounts by email and password, and by OpenID Connect when it is configured. */
export function createAccounts(options: {
  readonly database: Database;
  readonly secret: string;
  readonly origins: readonly [string, ...string[]];
  readonly email: boolean;
  readonly oidc: Oidc | undefined;
}): Accounts {
  const { oidc } = options;
  const auth = betterAuth({
    database: prismaAdapter(options.database, { provider: 'postgresql' }),
    secret: options.secret,
    baseURL: options.origins[0],
    basePath: '/api/auth',
    trustedOrigins: [...options.origins],
    emailAndPassword: { enabled: options.email, minPasswordLength: MIN_PASSWORD_CHARS, autoSignIn: true },
    session: { modelName: 'authSession' },
    account: { modelName: 'authAccount' },
    verification: { modelName: 'authVerification' },
    telemetry: { enabled: false },
    advanced: { cookiePrefix: 'podwire', useSecureCookies: options.origins[0].startsWith('https:') },
    // The access table limits every route alike.
    rateLimit: { enabled: false },
    plugins:
      oidc === undefined
        ? []
        : [
            genericOAuth({
              config: [
                {
                  providerId: OIDC_PROVIDER_ID,
                  clientId: oidc.clientId,
                  clientSecret: oidc.clientSecret,
                  discoveryUrl: `${oidc.issuer.replace(/\/$/, '')}/.well-known/openid-configuration`,
                  scopes: ['openid', 'email', 'profile'],
                  pkce: true,
                },
              ],
            }),
          ],
  });
  return {
    async signedIn(headers) {
      if (headers.get('cookie')?.includes('podwire.session_token') !== true) return undefined;
      const session = await auth.api.getSession({ headers });
      return session === null
        ? undefined
        : { id: session.user.id, name: session.user.name, email: session.user.email };
    },
    handle: (request) => auth.handler(request),
  };
}
