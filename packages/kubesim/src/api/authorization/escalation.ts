import { goQuote } from '@podwire/sim';
import type { PolicyRule, RoleRef } from 'kubernetes-types/rbac/v1';
import type { ObjectStore, StoredObject } from '../../store/store.ts';
import type { UserInfo } from '../http.ts';
import { cloneJson, jsonEqual } from '../json.ts';
import type { Resource } from '../resources/resource.ts';
import { forbidden, notFound } from '../status.ts';
import type { Failure } from '../status.ts';
import { decide, isSuperuser } from './authorize.ts';
import { missingRights } from './covers.ts';
import { grantsOf, RBAC, rulesOfRole } from './rules.ts';

/** Whoever sets an aggregation rule may gather anything, so has to have everything already. */
const EVERYTHING: readonly PolicyRule[] = [
  { apiGroups: ['*'], resources: ['*'], verbs: ['*'] },
  { nonResourceURLs: ['*'], verbs: ['*'] },
];

interface AnyRole {
  readonly rules?: readonly PolicyRule[] | null;
  readonly aggregationRule?: { readonly clusterRoleSelectors?: readonly unknown[] } | null;
}

export interface RoleWrite {
  readonly store: ObjectStore;
  readonly user: UserInfo;
  readonly resource: Resource;
  readonly namespace: string;
  /** As the request names it: '' for a create. */
  readonly name: string;
  readonly object: StoredObject;
  readonly previous: StoredObject | undefined;
}

/** API15: nobody gives more than they have, by a role or by a binding, unless allowed to `escalate` or to `bind`. */
export function escalationOf(write: RoleWrite): Failure | undefined {
  const { resource, user, object, previous } = write;
  if (resource.group !== RBAC || isSuperuser(user)) return undefined;
  if (previous !== undefined && onlyCollected(object, previous)) return undefined;
  return resource.resource.endsWith('bindings') ? byBinding(write) : byRole(write);
}

/** Owner references and finalizers: what the garbage collector changes on the way to an end. */
function onlyCollected(object: StoredObject, previous: StoredObject): boolean {
  const copy = cloneJson(object);
  for (const field of ['ownerReferences', 'finalizers', 'managedFields', 'resourceVersion'] as const) {
    const before = previous.metadata[field];
    if (before === undefined) Reflect.deleteProperty(copy.metadata, field);
    else Object.assign(copy.metadata, { [field]: before });
  }
  return jsonEqual(copy, previous);
}

function byRole(write: RoleWrite): Failure | undefined {
  const { store, user, resource, namespace, name, object, previous } = write;
  const attributes = { group: RBAC, resource: resource.resource, subresource: '', namespace, name };
  if (decide({ store }, user, { ...attributes, verb: 'escalate' }).allowed) return undefined;
  const role = object as StoredObject & AnyRole;
  const before: (StoredObject & AnyRole) | undefined = previous;
  const refused = withheld(write, role.rules ?? [], object.metadata.name ?? '');
  if (refused !== undefined) return refused;
  const gathers = (role.aggregationRule?.clusterRoleSelectors ?? []).length > 0;
  if (!gathers || (before !== undefined && jsonEqual(role.aggregationRule, before.aggregationRule)))
    return undefined;
  return withheld(write, EVERYTHING, object.metadata.name ?? '') === undefined
    ? undefined
    : forbidden(
        resource,
        object.metadata.name ?? '',
        'must have cluster-admin privileges to use the aggregationRule',
      );
}

function byBinding(write: RoleWrite): Failure | undefined {
  const { store, user, namespace, object } = write;
  const { roleRef } = object as StoredObject & { readonly roleRef: RoleRef };
  const resource = roleRef.kind === 'Role' ? 'roles' : 'clusterroles';
  const bind = { verb: 'bind', group: roleRef.apiGroup, resource, subresource: '', namespace };
  if (decide({ store }, user, { ...bind, name: roleRef.name }).allowed) return undefined;
  const rules = rulesOfRole(store, roleRef, namespace);
  if (rules === undefined) return notFound({ group: RBAC, resource }, roleRef.name);
  return withheld(write, rules, object.metadata.name ?? '');
}

/** Why rules may not be given, if the user lacks any of them. */
function withheld(
  { store, user, namespace, resource }: RoleWrite,
  wanted: readonly PolicyRule[],
  name: string,
): Failure | undefined {
  const own: PolicyRule[] = [];
  const unresolved: string[] = [];
  for (const grant of grantsOf(store, user, namespace)) {
    if (grant.kind === 'rules') own.push(...grant.rules);
    else unresolved.push(grant.message);
  }
  const missing = missingRights(own, wanted);
  if (missing.length === 0) return undefined;
  const all = [...new Set(unresolved)];
  const errors = all.length === 1 ? (all[0] ?? '') : `[${all.join(', ')}]`;
  return forbidden(
    resource,
    name,
    `user ${goQuote(user.name)} (groups=[${user.groups.map(goQuote).join(' ')}]) is attempting to grant RBAC permissions not currently held:\n${missing.join('\n')}${all.length === 0 ? '' : `; resolution errors: [${errors}]`}`,
  );
}
