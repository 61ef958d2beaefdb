import { deepFreeze } from '@podwire/sim';
import type { Simulation } from '@podwire/sim';
import { encodeBase64 } from './base64.ts';
import type { UserInfo } from './http.ts';

/** Tokens known at once; the oldest are forgotten first, as if they had expired. */
const MAX_TOKENS = 2000;

export interface IssuedToken {
  readonly user: UserInfo;
  readonly expiresMs: number;
  /** Whom it is for: the API server, unless somebody else was named. */
  readonly audiences: readonly string[];
  /** What must be there as it was: the account, and what the token was bound to. */
  readonly holders: readonly Holder[];
}

/** An object that a token lives and dies with. */
export interface Holder {
  readonly resource: 'serviceaccounts' | 'pods' | 'secrets' | 'nodes';
  readonly namespace: string | undefined;
  readonly name: string;
  readonly uid: string;
}

/** What a token says of the object that it is bound to. */
export interface Bound {
  readonly pod?: NamedObject;
  readonly secret?: NamedObject;
  /** The pod's, or the object itself. */
  readonly node?: NamedObject;
}

interface NamedObject {
  readonly name: string;
  readonly uid: string;
}

export interface TokenRequest {
  readonly namespace: string;
  readonly account: NamedObject;
  readonly audiences: readonly string[];
  readonly seconds: number;
  readonly bound?: Bound;
}

/** The UID of an object, while it is there. */
export type FindUid = (
  resource: Holder['resource'],
  namespace: string | undefined,
  name: string,
) => string | undefined;

/** Who issues tokens, and whom they are for where nobody is named. */
export const ISSUER = 'https://kubernetes.default.svc.cluster.local';
/** What the kubelet asks for its pods is given for a year, with a warning from then on (ExtendExpiration). */
const EXTENDED_FROM_SECONDS = 3_607;
const EXTENDED_SECONDS = 365 * 24 * 3_600;

/** Tokens of service accounts. State: they outlive a fork. */
export class Tokens {
  readonly #issued: Map<string, IssuedToken>;
  readonly #simulation: Simulation;
  readonly #uidOf: FindUid;

  constructor(issued: Map<string, IssuedToken>, simulation: Simulation, uidOf: FindUid) {
    this.#issued = issued;
    this.#simulation = simulation;
    this.#uidOf = uidOf;
  }

  /** A token in the shape of a JWT. Its last part is random, not a signature: the server remembers what it gave out. */
  issue({ namespace, account, audiences, seconds, bound = {} }: TokenRequest): {
    readonly token: string;
    /** As it is told, which may be before its end. */
    readonly expiresMs: number;
  } {
    const { nowMs } = this.#simulation;
    const { pod, secret, node } = bound;
    const lasts = pod !== undefined && seconds === EXTENDED_FROM_SECONDS && audiences.includes(ISSUER);
    const endMs = nowMs + (lasts ? EXTENDED_SECONDS : seconds) * 1000;
    const subject = `system:serviceaccount:${namespace}:${account.name}`;
    const nowSeconds = Math.floor(nowMs / 1000);
    const [id, signature] = [this.#simulation.randomUuid(), this.#simulation.randomUuid()];
    const claims = {
      aud: audiences,
      exp: Math.floor(endMs / 1000),
      iat: nowSeconds,
      iss: ISSUER,
      jti: id,
      'kubernetes.io': {
        namespace,
        ...(node === undefined ? {} : { node }),
        ...(pod === undefined ? {} : { pod }),
        ...(secret === undefined ? {} : { secret }),
        serviceaccount: account,
        ...(lasts ? { warnafter: nowSeconds + seconds } : {}),
      },
      nbf: nowSeconds,
      sub: subject,
    };
    const url = (text: string): string =>
      encodeBase64(text).replaceAll('=', '').replaceAll('+', '-').replaceAll('/', '_');
    const token = `${url(JSON.stringify({ alg: 'RS256', kid: 'podwire' }))}.${url(JSON.stringify(claims))}.${url(signature + signature)}`;
    const told = (
      name: string,
      value: string | undefined,
    ): readonly (readonly [string, readonly string[]])[] =>
      value === undefined ? [] : [[`authentication.kubernetes.io/${name}`, [value]]];
    const user: UserInfo = {
      name: subject,
      uid: account.uid,
      groups: ['system:serviceaccounts', `system:serviceaccounts:${namespace}`, 'system:authenticated'],
      extra: Object.fromEntries([
        ...told('credential-id', `JTI=${id}`),
        ...told('node-name', node?.name),
        ...told('node-uid', node?.uid),
        ...told('pod-name', pod?.name),
        ...told('pod-uid', pod?.uid),
      ]),
    };
    const holders: Holder[] = [
      { resource: 'serviceaccounts', namespace, ...account },
      ...(pod === undefined ? [] : [{ resource: 'pods' as const, namespace, ...pod }]),
      ...(secret === undefined ? [] : [{ resource: 'secrets' as const, namespace, ...secret }]),
      // A pod's token outlives its node's object.
      ...(node === undefined || pod !== undefined
        ? []
        : [{ resource: 'nodes' as const, namespace: undefined, ...node }]),
    ];
    this.#issued.set(token, deepFreeze({ user, expiresMs: endMs, audiences: [...audiences], holders }));
    for (const oldest of this.#issued.keys()) {
      if (this.#issued.size <= MAX_TOKENS) break;
      this.#issued.delete(oldest);
    }
    return { token, expiresMs: nowMs + seconds * 1000 };
  }

  /** Whose it is for one of these audiences, while its time has not passed and all is there that it hangs on. */
  userOf(token: string, audiences: readonly string[] = [ISSUER]): UserInfo | undefined {
    const issued = this.#issued.get(token);
    if (issued === undefined || issued.expiresMs <= this.#simulation.nowMs) return undefined;
    if (!audiences.some((audience) => issued.audiences.includes(audience))) return undefined;
    const holds = issued.holders.every(
      ({ resource, namespace, name, uid }) => this.#uidOf(resource, namespace, name) === uid,
    );
    return holds ? issued.user : undefined;
  }

  /** Whom a token is for. */
  audiencesOf(token: string): readonly string[] {
    return this.#issued.get(token)?.audiences ?? [];
  }
}
