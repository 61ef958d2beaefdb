import type { ApiResponse } from '../http.ts';
import { readObject } from '../http/body.ts';
import { failureResponse, jsonResponse } from '../http/respond.ts';
import type { Scope, ServerParts } from '../http/scope.ts';
import { findResource } from '../resources/catalog.ts';
import { badRequest, conflict, invalid, success } from '../status.ts';
import type { Outcome } from '../status.ts';
import { ISSUER } from '../tokens.ts';
import type { Bound } from '../tokens.ts';
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
    spec: {
      audiences?: string[] | null;
      expirationSeconds?: number;
      boundObjectRef?: BoundObjectReference | null;
    };
  };
  const seconds = spec.expirationSeconds ?? DEFAULT_SECONDS;
  const errors = new FieldErrors();
  if (seconds < MIN_SECONDS)
    errors.invalid('spec.expirationSeconds', seconds, 'may not specify a duration less than 10 minutes');
  if (seconds > MAX_SECONDS)
    errors.invalid('spec.expirationSeconds', seconds, 'may not specify a duration larger than 2^32 seconds');
  if (errors.list.length > 0)
    return failureResponse(request, invalid('TokenRequest', 'authentication.k8s.io', '', errors.list));
  const audiences = (spec.audiences ?? []).length > 0 ? (spec.audiences ?? []) : [ISSUER];
  const reference = spec.boundObjectRef ?? undefined;
  const bound: Outcome<Bound> =
    reference === undefined ? success({}) : boundTo(parts, namespace, name, reference);
  if (!bound.ok) return failureResponse(request, bound);
  const { token, expiresMs } = parts.tokens.issue({
    namespace,
    account: { name, uid: account.value.metadata.uid ?? '' },
    audiences,
    seconds,
    bound: bound.value,
  });
  const { nowMs } = parts.simulation;
  return jsonResponse(201, {
    kind: 'TokenRequest',
    apiVersion: 'authentication.k8s.io/v1',
    metadata: {
      name,
      namespace,
      uid: account.value.metadata.uid,
      creationTimestamp: formatTime(nowMs),
    },
    spec: { audiences, expirationSeconds: seconds, boundObjectRef: reference ?? null },
    status: { token, expirationTimestamp: formatTime(expiresMs) },
  });
}

interface BoundObjectReference {
  readonly kind?: string;
  readonly apiVersion?: string;
  readonly name?: string;
  readonly uid?: string;
}

/** What the token lives and dies with: a pod of the account, a Secret or a node (TokenREST.Create). */
function boundTo(
  parts: ServerParts,
  namespace: string,
  account: string,
  { kind = '', apiVersion = '', name = '', uid = '' }: BoundObjectReference,
): Outcome<Bound> {
  const plural = { Pod: 'pods', Secret: 'secrets', Node: 'nodes' }[kind];
  const [version = '', group = ''] = apiVersion.split('/').toReversed();
  const resource = plural === undefined || group !== '' ? undefined : findResource('', plural);
  if (resource === undefined)
    return badRequest(`cannot bind token to object of type ${group}/${version}, Kind=${kind}`);
  const found = parts.registry.get(resource, resource.namespaced ? namespace : undefined, name);
  if (!found.ok) return found;
  const object = { name, uid: found.value.metadata.uid ?? '' };
  const { spec } = found.value as {
    readonly spec?: { readonly serviceAccountName?: string; readonly nodeName?: string };
  };
  if (kind === 'Pod' && spec?.serviceAccountName !== account)
    return badRequest(
      `cannot bind token for serviceaccount ${JSON.stringify(account)} to pod running with different serviceaccount name.`,
    );
  if (uid !== '' && uid !== object.uid)
    return conflict(
      { group: '', resource: kind },
      name,
      `the UID in the bound object reference (${uid}) does not match the UID in record. The object might have been deleted and then recreated`,
    );
  if (kind === 'Secret') return success({ secret: object });
  if (kind === 'Node') return success({ node: object });
  const nodeName = spec?.nodeName ?? '';
  const nodes = findResource('', 'nodes');
  const node =
    nodeName === '' || nodes === undefined ? undefined : parts.registry.get(nodes, undefined, nodeName);
  return success({
    pod: object,
    ...(node === undefined
      ? {}
      : { node: { name: nodeName, uid: node.ok ? (node.value.metadata.uid ?? '') : '' } }),
  });
}
