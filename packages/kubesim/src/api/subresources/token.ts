import type { Simulation } from '@podwire/sim';
import type { ApiResponse, UserInfo } from '../http.ts';
import { encodeBase64 } from '../base64.ts';
import { readObject } from '../http/body.ts';
import { failureResponse, jsonResponse } from '../http/respond.ts';
import type { Scope, ServerParts } from '../http/scope.ts';
import { badRequest, invalid } from '../status.ts';
import { FieldErrors } from '../validation/field-errors.ts';
import { decodeObject } from '../schema/decode.ts';
import { formatTime } from '../time.ts';

const DEFAULT_SECONDS = 3600;
const MIN_SECONDS = 600;
const MAX_SECONDS = 2 ** 32;
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

/** POST serviceaccounts/NAME/token: `kubectl create token`. */
export function handleToken(scope: Scope, parts: ServerParts): ApiResponse {
  const { request, name, namespace = '' } = scope;
  const account = parts.registry.get(scope.resource, namespace, name);
  if (!account.ok) return failureResponse(request, account);
  const read = readObject(request.body, request.headers['content-type']);
  if (!read.ok) return failureResponse(request, read);
  const decoded = decodeObject('authentication.TokenRequest', read.value);
  if (!decoded.ok)
    return failureResponse(
      request,
      badRequest(`TokenRequest in version "v1" cannot be handled as a TokenRequest: ${decoded.message}`),
    );
  const { spec } = decoded.value as unknown as {
    spec: { audiences?: string[] | null; expirationSeconds?: number };
  };
  const seconds = spec.expirationSeconds ?? DEFAULT_SECONDS;
  const errors = new FieldErrors();
  if (seconds < MIN_SECONDS)
    errors.invalid('spec.expirationSeconds', seconds, 'may not specify a duration less than 10 minutes');
  if (seconds > MAX_SECONDS)
    errors.invalid('spec.expirationSeconds', seconds, 'may not specify a duration larger than 2^32 seconds');
  if (errors.list.length > 0)
    return failureResponse(request, invalid('TokenRequest', 'authentication.k8s.io', '', errors.list));
  const audiences =
    (spec.audiences ?? []).length > 0
      ? (spec.audiences ?? [])
      : ['https://kubernetes.default.svc.cluster.local'];
  const { token, expiresMs } = parts.tokens.issue(namespace, name, audiences, seconds);
  const { nowMs } = parts.simulation;
  return jsonResponse(201, {
    kind: 'TokenRequest',
    apiVersion: 'authentication.k8s.io/v1',
    metadata: { name, namespace, creationTimestamp: formatTime(nowMs) },
    spec: { audiences, expirationSeconds: seconds, boundObjectRef: null },
    status: { token, expirationTimestamp: formatTime(expiresMs) },
  });
}
