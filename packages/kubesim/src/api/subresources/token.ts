import type { ApiResponse } from '../http.ts';
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
