import { decide, decidePath, isSuperuser } from '../authorization/authorize.ts';
import { grantsOf } from '../authorization/rules.ts';
import type { ApiRequest, ApiResponse, UserInfo } from '../http.ts';
import { readObject } from '../http/body.ts';
import { negotiate } from '../http/media.ts';
import { failureResponse, jsonResponse, notAcceptable, textResponse } from '../http/respond.ts';
import type { ServerParts } from '../http/scope.ts';
import { decodeObject } from '../schema/decode.ts';
import { badRequest, methodNotSupported } from '../status.ts';
import { ISSUER } from '../tokens.ts';

interface ReviewRoute {
  readonly group: string;
  readonly resource: string;
  readonly namespace: string | undefined;
  readonly name: string;
}

const KINDS: Readonly<Record<string, { readonly group: string; readonly kind: string }>> = {
  tokenreviews: { group: 'authentication.k8s.io', kind: 'TokenReview' },
  selfsubjectreviews: { group: 'authentication.k8s.io', kind: 'SelfSubjectReview' },
  selfsubjectaccessreviews: { group: 'authorization.k8s.io', kind: 'SelfSubjectAccessReview' },
  subjectaccessreviews: { group: 'authorization.k8s.io', kind: 'SubjectAccessReview' },
  localsubjectaccessreviews: { group: 'authorization.k8s.io', kind: 'LocalSubjectAccessReview' },
  selfsubjectrulesreviews: { group: 'authorization.k8s.io', kind: 'SelfSubjectRulesReview' },
};

interface AccessSpec {
  readonly user?: string;
  readonly groups?: readonly string[];
  readonly resourceAttributes?: {
    readonly namespace?: string;
    readonly verb?: string;
    readonly group?: string;
    readonly resource?: string;
    readonly subresource?: string;
    readonly name?: string;
  };
  readonly nonResourceAttributes?: { readonly path?: string; readonly verb?: string };
  readonly namespace?: string;
}

/** TokenReview: whose token it is. */
function reviewToken(spec: unknown, answer: object, parts: ServerParts): ApiResponse {
  const { token = '', audiences = [] } = (spec ?? {}) as {
    readonly token?: string;
    readonly audiences?: readonly string[] | null;
  };
  const wanted = (audiences ?? []).length > 0 ? (audiences ?? []) : [ISSUER];
  const user = token === '' ? undefined : parts.tokens.userOf(token, wanted);
  const status =
    user === undefined
      ? { user: {}, ...(token === '' ? {} : { error: 'invalid bearer token' }) }
      : {
          authenticated: true,
          user: userInfoOf(user),
          audiences: parts.tokens.audiencesOf(token).filter((audience) => wanted.includes(audience)),
        };
  return jsonResponse(201, { ...answer, status });
}

function userInfoOf({ name, uid, groups, extra }: UserInfo): object {
  return {
    username: name,
    ...(uid === undefined ? {} : { uid }),
    groups,
    ...(extra === undefined ? {} : { extra }),
  };
}

/** Requests that are answered and not stored: who am I, may I. */
export function isReview(route: ReviewRoute): boolean {
  return Object.hasOwn(KINDS, route.resource) && KINDS[route.resource]?.group === route.group;
}

export function handleReview(request: ApiRequest, route: ReviewRoute, parts: ServerParts): ApiResponse {
  const entry = KINDS[route.resource];
  if (entry === undefined) return textResponse(404, '404 page not found\n');
  if (request.method !== 'POST')
    return failureResponse(request, methodNotSupported(route, request.method.toLowerCase()));
  // What is not stored has no rows and no metadata to show.
  if (negotiate(request.headers['accept'], false) === undefined)
    return failureResponse(request, notAcceptable());
  const read = readObject(request.body, request.headers['content-type']);
  if (!read.ok) return failureResponse(request, read);
  const schema = `${entry.group === 'authentication.k8s.io' ? 'authentication' : 'authorization'}.${entry.kind}`;
  const decoded = decodeObject(schema, read.value);
  if (!decoded.ok)
    return failureResponse(
      request,
      badRequest(`${entry.kind} in version "v1" cannot be handled as a ${entry.kind}: ${decoded.message}`),
    );
  const spec = (decoded.value['spec'] ?? {}) as AccessSpec;
  const answer = { ...decoded.value, kind: entry.kind, apiVersion: `${entry.group}/v1` };
  if (entry.kind === 'TokenReview') return reviewToken(decoded.value['spec'], answer, parts);
  if (entry.kind === 'SelfSubjectReview')
    return jsonResponse(201, {
      ...answer,
      status: { userInfo: userInfoOf(request.user) },
    });
  if (entry.kind === 'SelfSubjectRulesReview')
    return jsonResponse(201, { ...answer, status: rulesStatus(parts, request.user, spec.namespace ?? '') });
  const self = entry.kind === 'SelfSubjectAccessReview';
  const subject: UserInfo = self ? request.user : { name: spec.user ?? '', groups: spec.groups ?? [] };
  return jsonResponse(201, { ...answer, status: accessStatus(parts, subject, spec) });
}

function accessStatus(parts: ServerParts, user: UserInfo, spec: AccessSpec): object {
  const asked = spec.resourceAttributes;
  const path = spec.nonResourceAttributes;
  const decision =
    asked === undefined
      ? decidePath(parts, user, path?.verb ?? '', path?.path ?? '')
      : decide(parts, user, {
          verb: asked.verb ?? '',
          group: asked.group ?? '',
          resource: asked.resource ?? '',
          subresource: asked.subresource ?? '',
          namespace: asked.namespace ?? '',
          name: asked.name ?? '',
        });
  return { allowed: decision.allowed, ...(decision.reason === '' ? {} : { reason: decision.reason }) };
}

/** All that bindings give, in their order (authorizer RulesFor). */
function rulesStatus(parts: ServerParts, user: UserInfo, namespace: string): object {
  const everything = isSuperuser(user);
  const resourceRules: object[] = everything ? [{ verbs: ['*'], apiGroups: ['*'], resources: ['*'] }] : [];
  const nonResourceRules: object[] = everything ? [{ verbs: ['*'], nonResourceURLs: ['*'] }] : [];
  const missing: string[] = [];
  for (const grant of grantsOf(parts.store, user, namespace)) {
    if (grant.kind === 'missing') missing.push(grant.message);
    for (const rule of grant.kind === 'rules' ? grant.rules : []) {
      if ((rule.resources ?? []).length > 0)
        resourceRules.push({
          verbs: rule.verbs,
          apiGroups: rule.apiGroups,
          resources: rule.resources,
          ...(rule.resourceNames === undefined ? {} : { resourceNames: rule.resourceNames }),
        });
      if ((rule.nonResourceURLs ?? []).length > 0)
        nonResourceRules.push({ verbs: rule.verbs, nonResourceURLs: rule.nonResourceURLs });
    }
  }
  const all = [...new Set(missing)];
  const evaluationError = all.length === 1 ? (all[0] ?? '') : `[${all.join(', ')}]`;
  return {
    resourceRules,
    nonResourceRules,
    incomplete: all.length > 0,
    ...(all.length === 0 ? {} : { evaluationError }),
  };
}
