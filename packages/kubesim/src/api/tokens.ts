import type { Simulation } from '@podwire/sim';
import { encodeBase64 } from './base64.ts';
import type { UserInfo } from './http.ts';

/** Tokens known at once; the oldest are forgotten first, as if they had expired. */
const MAX_TOKENS = 2000;

export interface IssuedToken {
  readonly user: UserInfo;
  readonly expiresMs: number;
}

/** Tokens of service accounts. State: they outlive a fork. */
export class Tokens {
  readonly #issued: Map<string, IssuedToken>;
  readonly #simulation: Simulation;

  constructor(issued: Map<string, IssuedToken>, simulation: Simulation) {
    this.#issued = issued;
    this.#simulation = simulation;
  }

  /** A token in the shape of a JWT. Its last part is random, not a signature: the server remembers what it gave out. */
  issue(
    namespace: string,
    account: string,
    audiences: readonly string[],
    seconds: number,
  ): { readonly token: string; readonly expiresMs: number } {
    const { nowMs } = this.#simulation;
    const expiresMs = nowMs + seconds * 1000;
    const subject = `system:serviceaccount:${namespace}:${account}`;
    const claims = {
      aud: audiences,
      exp: Math.floor(expiresMs / 1000),
      iat: Math.floor(nowMs / 1000),
      iss: 'https://kubernetes.default.svc.cluster.local',
      'kubernetes.io': { namespace, serviceaccount: { name: account } },
      sub: subject,
    };
    const url = (text: string): string =>
      encodeBase64(text).replaceAll('=', '').replaceAll('+', '-').replaceAll('/', '_');
    const token = `${url(JSON.stringify({ alg: 'RS256', kid: 'podwire' }))}.${url(JSON.stringify(claims))}.${url(this.#simulation.randomUuid() + this.#simulation.randomUuid())}`;
    const groups = ['system:serviceaccounts', `system:serviceaccounts:${namespace}`, 'system:authenticated'];
    this.#issued.set(
      token,
      Object.freeze({ user: Object.freeze({ name: subject, groups: Object.freeze(groups) }), expiresMs }),
    );
    for (const oldest of this.#issued.keys()) {
      if (this.#issued.size <= MAX_TOKENS) break;
      this.#issued.delete(oldest);
    }
    return { token, expiresMs };
  }

  userOf(token: string): UserInfo | undefined {
    const issued = this.#issued.get(token);
    return issued === undefined || issued.expiresMs <= this.#simulation.nowMs ? undefined : issued.user;
  }
}
