import type { PolicyRule, RoleRef, Subject } from 'kubernetes-types/rbac/v1';
import type { FieldErrors } from './field-errors.ts';
import { dnsLabel, dnsSubdomain, pathSegment } from './names.ts';

const GROUP = 'rbac.authorization.k8s.io';

export function validateRole(
  rules: readonly PolicyRule[] | null | undefined,
  namespaced: boolean,
  errors: FieldErrors,
): void {
  for (const [index, rule] of (rules ?? []).entries()) {
    const at = `rules[${index}]`;
    const { apiGroups = [], resources = [], nonResourceURLs = [] } = rule;
    const verbs = (rule.verbs as string[] | null | undefined) ?? [];
    if (verbs.length === 0) errors.required(`${at}.verbs`, 'verbs must contain at least one value');
    if (nonResourceURLs.length > 0) {
      if (namespaced)
        errors.invalid(
          `${at}.nonResourceURLs`,
          nonResourceURLs,
          'namespaced rules cannot apply to non-resource URLs',
        );
      if (apiGroups.length > 0 || resources.length > 0 || (rule.resourceNames ?? []).length > 0)
        errors.invalid(
          `${at}.nonResourceURLs`,
          nonResourceURLs,
          'rules cannot apply to both regular resources and non-resource URLs',
        );
      continue;
    }
    if (apiGroups.length === 0)
      errors.required(`${at}.apiGroups`, 'resource rules must supply at least one api group');
    if (resources.length === 0)
      errors.required(`${at}.resources`, 'resource rules must supply at least one resource');
  }
}

export function validateBinding(
  binding: { readonly roleRef: RoleRef; readonly subjects?: readonly Subject[] },
  namespaced: boolean,
  errors: FieldErrors,
): void {
  const { roleRef } = binding;
  if (roleRef.apiGroup !== GROUP) errors.notSupported('roleRef.apiGroup', roleRef.apiGroup, [GROUP]);
  const kinds = namespaced ? ['Role', 'ClusterRole'] : ['ClusterRole'];
  if (!kinds.includes(roleRef.kind)) errors.notSupported('roleRef.kind', roleRef.kind, kinds);
  if (roleRef.name === '') errors.required('roleRef.name');
  else errors.invalidEach('roleRef.name', roleRef.name, pathSegment(roleRef.name));
  for (const [index, subject] of (binding.subjects ?? []).entries()) {
    const at = `subjects[${index}]`;
    if (subject.name === '') errors.required(`${at}.name`);
    switch (subject.kind) {
      case 'ServiceAccount':
        if (subject.name !== '') errors.invalidEach(`${at}.name`, subject.name, dnsSubdomain(subject.name));
        if ((subject.apiGroup ?? '') !== '') errors.notSupported(`${at}.apiGroup`, subject.apiGroup, ['']);
        if (!namespaced && (subject.namespace ?? '') === '') errors.required(`${at}.namespace`);
        else if ((subject.namespace ?? '') !== '')
          errors.invalidEach(`${at}.namespace`, subject.namespace, dnsLabel(subject.namespace ?? ''));
        break;
      case 'User':
      case 'Group':
        if (subject.apiGroup !== GROUP) errors.notSupported(`${at}.apiGroup`, subject.apiGroup, [GROUP]);
        break;
      default:
        errors.notSupported(`${at}.kind`, subject.kind, ['ServiceAccount', 'User', 'Group']);
    }
  }
}
