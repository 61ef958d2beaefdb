import type { AddressSet, Chain, RulesetChange, Table, VerdictMap } from '@podwire/netsim';
import { sameValue } from '../runtime/objects.ts';

/**
 * The changes that make one table into another, in an order in which nothing ever refers to what is not there:
 * what is referred to comes first, what is no longer referred to goes last.
 */
export function diffTables(previous: Table | undefined, next: Table): readonly RulesetChange[] {
  if (previous === undefined) return [{ op: 'put-table', table: next }];
  const table = next.name;
  const changes: RulesetChange[] = [];
  for (const set of next.sets.values())
    if (!sameSet(previous.sets.get(set.name), set)) changes.push({ op: 'put-set', table, set });
  const changed = [...next.chains.values()].filter(
    (chain) => !sameChain(previous.chains.get(chain.name), chain),
  );
  for (const chain of changed) if (chain.hook === undefined) changes.push({ op: 'put-chain', table, chain });
  for (const map of next.maps.values())
    if (!sameMap(previous.maps.get(map.name), map)) changes.push({ op: 'put-map', table, map });
  for (const chain of changed) if (chain.hook !== undefined) changes.push({ op: 'put-chain', table, chain });
  for (const chain of previous.chains.keys())
    if (!next.chains.has(chain)) changes.push({ op: 'delete-chain', table, chain });
  for (const set of previous.sets.keys())
    if (!next.sets.has(set)) changes.push({ op: 'delete-set', table, set });
  return changes;
}

export function sameChain(left: Chain | undefined, right: Chain): boolean {
  return left === right || (left !== undefined && sameValue(left, right));
}

function sameSet(left: AddressSet | undefined, right: AddressSet): boolean {
  if (left?.elements.size !== right.elements.size) return false;
  for (const element of right.elements) if (!left.elements.has(element)) return false;
  return true;
}

function sameMap(left: VerdictMap | undefined, right: VerdictMap): boolean {
  if (left?.entries.size !== right.entries.size || !sameValue(left.key, right.key)) return false;
  for (const [key, chain] of right.entries) if (left.entries.get(key) !== chain) return false;
  return true;
}
