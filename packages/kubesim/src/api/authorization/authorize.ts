import type { PolicyRule, RoleRef, Subject } from 'kubernetes-types/rbac/v1';
import type { ObjectStore } from '../../store/store.ts';
import type { UserInfo } from '../http.ts';

export interface Attributes {
  readonly verb: string;
  readonly group: string;
  readonly resource: string;
  readonly subresource: string;
  /** '' for what is not in a namespace, and for all namespaces. */
  readonly namespace: string;
  readonly name: string;
}

const RBAC = 'rbac.authorization.k8s.io';
/** What every user that is someone may ask: about themselves. */
const SELF_REVIEWS = ['selfsubjectaccessreviews', 'selfsubjectrulesreviews', 'selfsubjectreviews'];

interface Binding {
  readonly metadata: { readonly name?: string; readonly namespace?: string };
  readonly roleRef: RoleRef;
  readonly subjects?: readonly Subject[];
}

/** undefined when the user may; else why not, as the Forbidden status tells it after `is forbidden: `. */
export function authorize(
  parts: { readonly store: ObjectStore },
  user: UserInfo,
  attributes: Attributes,
): string | undefined {
  if (
    isTrusted(user) ||
    (SELF_REVIEWS.includes(attributes.resource) && user.groups.includes('system:authenticated'))
  )
    return undefined;
  for (const rules of rulesFor(parts.store, user, attributes.namespace))
    if (rules.some((rule) => ruleAllows(rule, attributes))) return undefined;
  const resource =
    attributes.subresource === '' ? attributes.resource : `${attributes.resource}/${attributes.subresource}`;
  const where =
    attributes.namespace === '' || attributes.resource === 'namespaces'
      ? 'at the cluster scope'
      : `in the namespace ${JSON.stringify(attributes.namespace)}`;
  return `User ${JSON.stringify(user.name)} cannot ${attributes.verb} resource ${JSON.stringify(resource)} in API group ${JSON.stringify(attributes.group)} ${where}`;
}

/** The cluster's own components, whose bootstrap roles are not stored. Service accounts outside kube-system are none of them. */
export function isTrusted(user: UserInfo): boolean {
  if (user.groups.includes('system:masters')) return true;
  if (user.name.startsWith('system:serviceaccount:'))
    return user.name.startsWith('system:serviceaccount:kube-system:');
  return user.name.startsWith('system:') && user.name !== 'system:anonymous';
}

/** The rule lists that bindings give a user, in a namespace or, for '', cluster-wide. */
export function* rulesFor(
  store: ObjectStore,
  user: UserInfo,
  namespace: string,
): Generator<readonly PolicyRule[]> {
  for (const binding of store.list(`${RBAC}/clusterrolebindings`).objects as unknown as readonly Binding[])
    if (bindsUser(binding, user)) yield rulesOf(store, binding.roleRef, '');
  if (namespace === '') return;
  for (const binding of store.list(`${RBAC}/rolebindings`, `${namespace}/`)
    .objects as unknown as readonly Binding[])
    if (bindsUser(binding, user)) yield rulesOf(store, binding.roleRef, namespace);
}

function bindsUser(binding: Binding, user: UserInfo): boolean {
  return (binding.subjects ?? []).some((subject) => {
    if (subject.kind === 'User') return subject.name === user.name;
    if (subject.kind === 'Group') return user.groups.includes(subject.name);
    const namespace = subject.namespace ?? binding.metadata.namespace ?? '';
    return (
      subject.kind === 'ServiceAccount' && user.name === `system:serviceaccount:${namespace}:${subject.name}`
    );
  });
}

function rulesOf(store: ObjectStore, role: RoleRef, namespace: string): readonly PolicyRule[] {
  const found =
    role.kind === 'ClusterRole'
      ? store.get(`${RBAC}/clusterroles`, role.name)
      : store.get(`${RBAC}/roles`, `${namespace}/${role.name}`);
  return (found as { rules?: readonly PolicyRule[] | null } | undefined)?.rules ?? [];
}

function ruleAllows(rule: PolicyRule, attributes: Attributes): boolean {
  const has = (list: readonly string[] | undefined, value: string): boolean =>
    list?.includes('*') === true || list?.includes(value) === true;
  const resource =
    attributes.subresource === '' ? attributes.resource : `${attributes.resource}/${attributes.subresource}`;
  const named =
    (rule.resourceNames ?? []).length === 0 || rule.resourceNames?.includes(attributes.name) === true;
  const covered =
    has(rule.resources, resource) ||
    (attributes.subresource !== '' && rule.resources?.includes(`*/${attributes.subresource}`) === true);
  return has(rule.verbs, attributes.verb) && has(rule.apiGroups, attributes.group) && covered && named;
}
