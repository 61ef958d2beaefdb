import { goQuote } from '@podwire/sim';
import type { PolicyRule, RoleRef, Subject } from 'kubernetes-types/rbac/v1';
import type { ObjectStore } from '../../store/store.ts';
import type { UserInfo } from '../http.ts';

export const RBAC = 'rbac.authorization.k8s.io';

/** A request for a resource, as roles speak of it. */
export interface Attributes {
  readonly verb: string;
  readonly group: string;
  readonly resource: string;
  readonly subresource: string;
  /** '' for what is not in a namespace, and for all namespaces. */
  readonly namespace: string;
  readonly name: string;
}

interface Binding {
  readonly kind: string;
  readonly metadata: { readonly name?: string; readonly namespace?: string };
  readonly roleRef: RoleRef;
  readonly subjects?: readonly Subject[];
}

/** What one binding gives a user. */
export type Grant =
  | {
      readonly kind: 'rules';
      readonly rules: readonly PolicyRule[];
      /** `ClusterRoleBinding "b" of ClusterRole "r" to User "u"`: why something is allowed. */
      readonly source: () => string;
    }
  | { readonly kind: 'missing'; readonly message: string };

/** What bindings give a user, in a namespace or, for '', cluster-wide (DefaultRuleResolver). */
export function* grantsOf(store: ObjectStore, user: UserInfo, namespace: string): Generator<Grant> {
  const clusterWide = store.list(`${RBAC}/clusterrolebindings`).objects as unknown as readonly Binding[];
  for (const binding of clusterWide) yield* grantOf(store, user, binding, '');
  if (namespace === '') return;
  const local = store.list(`${RBAC}/rolebindings`, `${namespace}/`).objects as unknown as readonly Binding[];
  for (const binding of local) yield* grantOf(store, user, binding, namespace);
}

function* grantOf(store: ObjectStore, user: UserInfo, binding: Binding, namespace: string): Generator<Grant> {
  const subject = (binding.subjects ?? []).find((candidate) => names(candidate, user, namespace));
  if (subject === undefined) return;
  const rules = rulesOfRole(store, binding.roleRef, namespace);
  if (rules === undefined)
    yield {
      kind: 'missing',
      message: `${binding.roleRef.kind.toLowerCase()}.${RBAC} ${goQuote(binding.roleRef.name)} not found`,
    };
  else yield { kind: 'rules', rules, source: () => describe(binding, subject, namespace) };
}

function names(subject: Subject, user: UserInfo, bindingNamespace: string): boolean {
  switch (subject.kind) {
    case 'User':
      return subject.name === user.name;
    case 'Group':
      return user.groups.includes(subject.name);
    case 'ServiceAccount': {
      const namespace =
        subject.namespace === undefined || subject.namespace === '' ? bindingNamespace : subject.namespace;
      return namespace !== '' && user.name === `system:serviceaccount:${namespace}:${subject.name}`;
    }
    default:
      return false;
  }
}

function describe(binding: Binding, subject: Subject, namespace: string): string {
  const { roleRef, metadata } = binding;
  const { name = '' } = metadata;
  const bound = namespace === '' ? name : `${name}/${metadata.namespace ?? ''}`;
  const given =
    subject.kind === 'ServiceAccount' ? `${subject.name}/${subject.namespace ?? namespace}` : subject.name;
  return `${binding.kind} ${goQuote(bound)} of ${roleRef.kind} ${goQuote(roleRef.name)} to ${subject.kind} ${goQuote(given)}`;
}

/** undefined: there is no such role. */
export function rulesOfRole(
  store: ObjectStore,
  role: RoleRef,
  namespace: string,
): readonly PolicyRule[] | undefined {
  const found =
    role.kind === 'ClusterRole'
      ? store.get(`${RBAC}/clusterroles`, role.name)
      : store.get(`${RBAC}/roles`, `${namespace}/${role.name}`);
  return found === undefined ? undefined : ((found as { rules?: readonly PolicyRule[] | null }).rules ?? []);
}

const has = (list: readonly string[] | undefined, value: string): boolean =>
  list !== undefined && (list.includes('*') || list.includes(value));

export function ruleAllows(rule: PolicyRule, attributes: Attributes): boolean {
  const { resource, subresource } = attributes;
  const path = subresource === '' ? resource : `${resource}/${subresource}`;
  const covered =
    has(rule.resources, path) ||
    (subresource !== '' && rule.resources?.includes(`*/${subresource}`) === true);
  const named =
    (rule.resourceNames ?? []).length === 0 || rule.resourceNames?.includes(attributes.name) === true;
  return has(rule.verbs, attributes.verb) && has(rule.apiGroups, attributes.group) && covered && named;
}

/** Paths outside of the API: `/healthz`, `/version`. */
export function ruleAllowsPath(rule: PolicyRule, verb: string, path: string): boolean {
  return has(rule.verbs, verb) && (rule.nonResourceURLs ?? []).some((pattern) => coversPath(pattern, path));
}

export function coversPath(pattern: string, path: string): boolean {
  return pattern === path || (pattern.endsWith('*') && path.startsWith(pattern.replace(/\*+$/, '')));
}
