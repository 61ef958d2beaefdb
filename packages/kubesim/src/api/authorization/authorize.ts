import { goQuote } from '@podwire/sim';
import type { PolicyRule } from 'kubernetes-types/rbac/v1';
import type { ObjectStore } from '../../store/store.ts';
import type { UserInfo } from '../http.ts';
import { nodeRules } from './node.ts';
import { grantsOf, ruleAllows, ruleAllowsPath } from './rules.ts';
import type { Attributes } from './rules.ts';

export type Decision =
  | { readonly allowed: true; readonly reason: string }
  /** `reason`: what could not be found while looking, '' mostly. */
  | { readonly allowed: false; readonly reason: string };

interface Stored {
  readonly store: ObjectStore;
}

/** API15: whether a user may do this: members of system:masters, nodes by their own rules, all others by RBAC. */
export function decide(parts: Stored, user: UserInfo, attributes: Attributes): Decision {
  return decideBy(parts, user, attributes.namespace, (rule) => ruleAllows(rule, attributes));
}

export function decidePath(parts: Stored, user: UserInfo, verb: string, path: string): Decision {
  return decideBy(parts, user, '', (rule) => ruleAllowsPath(rule, verb, path));
}

function decideBy(
  { store }: Stored,
  user: UserInfo,
  namespace: string,
  allows: (rule: PolicyRule) => boolean,
): Decision {
  if (isSuperuser(user)) return { allowed: true, reason: '' };
  if (nodeRules(user).some(allows)) return { allowed: true, reason: '' };
  const missing: string[] = [];
  for (const grant of grantsOf(store, user, namespace)) {
    if (grant.kind === 'missing') missing.push(grant.message);
    else if (grant.rules.some(allows)) return { allowed: true, reason: `RBAC: allowed by ${grant.source()}` };
  }
  if (missing.length === 0) return { allowed: false, reason: '' };
  const all = [...new Set(missing)];
  return { allowed: false, reason: `RBAC: ${all.length === 1 ? (all[0] ?? '') : `[${all.join(', ')}]`}` };
}

/** undefined when the user may; else why not, as the Forbidden status tells it after `is forbidden: `. */
export function authorize(parts: Stored, user: UserInfo, attributes: Attributes): string | undefined {
  const decision = decide(parts, user, attributes);
  if (decision.allowed) return undefined;
  const { verb, group, namespace, subresource } = attributes;
  const resource = subresource === '' ? attributes.resource : `${attributes.resource}/${subresource}`;
  const where = namespace === '' ? 'at the cluster scope' : `in the namespace ${goQuote(namespace)}`;
  return because(
    `User ${goQuote(user.name)} cannot ${verb} resource ${goQuote(resource)} in API group ${goQuote(group)} ${where}`,
    decision.reason,
  );
}

export function authorizePath(parts: Stored, user: UserInfo, verb: string, path: string): string | undefined {
  const decision = decidePath(parts, user, verb, path);
  if (decision.allowed) return undefined;
  return because(`User ${goQuote(user.name)} cannot ${verb} path ${goQuote(path)}`, decision.reason);
}

function because(message: string, reason: string): string {
  return reason === '' ? message : `${message}: ${reason}`;
}

/** The one group that no role has to allow anything (authorizerfactory.NewPrivilegedGroups). */
export function isSuperuser(user: UserInfo): boolean {
  return user.groups.includes('system:masters');
}
