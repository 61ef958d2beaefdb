import type { ClusterRole, PolicyRule } from 'kubernetes-types/rbac/v1';
import { selectorMatches } from '../labels/selector.ts';
import { nameOf, sameValue } from '../runtime/objects.ts';
import { DONE, RETRY } from './contract.ts';
import type { Controller, ControllerContext } from './contract.ts';

/** API15: gathers into a ClusterRole the rules of those that its aggregationRule selects, as `admin`, `edit` and `view` are made. */
export function clusterRoleAggregationController(context: ControllerContext): Controller {
  const { client } = context;
  const gathering = (): readonly string[] =>
    client
      .list('ClusterRole')
      .filter(({ aggregationRule }) => aggregationRule !== undefined)
      .map(nameOf);
  return {
    name: 'clusterrole-aggregation-controller',
    watches: ['ClusterRole'],
    keysOf: gathering,
    allKeys: gathering,
    reconcile(name) {
      const role = client.get('ClusterRole', undefined, name);
      if (role?.aggregationRule === undefined) return DONE;
      const rules = gathered(role, client.list('ClusterRole'));
      if (sameValue(role.rules ?? [], rules)) return DONE;
      const result = client.update('ClusterRole', { ...role, rules: [...rules] });
      return result.ok || result.status.code === 404 ? DONE : RETRY;
    },
  };
}

function gathered(role: ClusterRole, all: readonly ClusterRole[]): readonly PolicyRule[] {
  const rules: PolicyRule[] = [];
  for (const selector of role.aggregationRule?.clusterRoleSelectors ?? [])
    for (const other of all) {
      if (nameOf(other) === nameOf(role) || !selectorMatches(selector, other.metadata?.labels)) continue;
      for (const rule of other.rules ?? [])
        if (!rules.some((known) => sameValue(known, rule))) rules.push(rule);
    }
  return rules;
}
