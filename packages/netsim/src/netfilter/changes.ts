import type { AddressSet, Chain, RulesetChange, Table, VerdictMap } from '../ruleset.ts';
import type { NetnsState, TableState } from '../state.ts';

/**
 * Applies a transaction to a namespace's rule set.
 * @throws Error when it names a table or map that does not exist, or leaves a rule that jumps to a missing
 * chain: a broken invariant of whoever made the rules. nft(8) refuses these too. Nothing is changed then.
 */
export function applyRuleset(netns: NetnsState, changes: readonly RulesetChange[]): void {
  check(netns, changes);
  for (const change of changes) applyOne(netns, change);
  if (netns.tables.size > 0) netns.tracksConnections = true;
  netns.rulesetVersion++;
}

function applyOne(netns: NetnsState, change: RulesetChange): void {
  const { tables } = netns;
  switch (change.op) {
    case 'put-table':
      tables.set(change.table.name, tableState(change.table));
      return;
    case 'delete-table':
      tables.delete(change.table);
      return;
    case 'put-chain':
      existing(tables, change.table).chains.set(change.chain.name, frozenChain(change.chain));
      return;
    case 'delete-chain':
      existing(tables, change.table).chains.delete(change.chain);
      return;
    case 'put-set':
      existing(tables, change.table).sets.set(change.set.name, frozenSet(change.set));
      return;
    case 'delete-set':
      existing(tables, change.table).sets.delete(change.set);
      return;
    case 'put-map':
      existing(tables, change.table).maps.set(change.map.name, mapState(change.map));
      return;
    case 'put-map-entry':
      existingMap(tables, change.table, change.map).entries.set(change.key, change.chain);
      return;
    case 'delete-map-entry':
      existingMap(tables, change.table, change.map).entries.delete(change.key);
      return;
  }
}

function existing(tables: ReadonlyMap<string, TableState>, name: string): TableState {
  const table = tables.get(name);
  if (table === undefined) throw new Error(`rule set: there is no table "${name}"`);
  return table;
}

function existingMap(
  tables: ReadonlyMap<string, TableState>,
  table: string,
  name: string,
): VerdictMap & { readonly entries: Map<string, string> } {
  const map = existing(tables, table).maps.get(name);
  if (map === undefined) throw new Error(`rule set: there is no map "${name}" in table "${table}"`);
  return map;
}

function tableState(table: Table): TableState {
  return {
    name: table.name,
    ...(table.heading === undefined ? {} : { heading: table.heading }),
    chains: new Map([...table.chains].map(([name, chain]) => [name, frozenChain(chain)])),
    sets: new Map([...table.sets].map(([name, set]) => [name, frozenSet(set)])),
    maps: new Map([...table.maps].map(([name, map]) => [name, mapState(map)])),
  };
}

/** Frozen, so that forks share it; rules are immutable by their type. */
function frozenChain(chain: Chain): Chain {
  return Object.isFrozen(chain) ? chain : Object.freeze({ ...chain, rules: Object.freeze([...chain.rules]) });
}

function frozenSet(set: AddressSet): AddressSet {
  return Object.freeze({ name: set.name, elements: new Set(set.elements) });
}

function mapState(map: VerdictMap): VerdictMap & { readonly entries: Map<string, string> } {
  return { name: map.name, key: map.key, entries: new Map(map.entries) };
}

/** What a table will hold once the transaction is through, as far as names go. */
interface Names {
  readonly chains: Set<string>;
  readonly maps: Set<string>;
  /** Chains that the transaction's rules and map entries lead to. */
  readonly targets: Set<string>;
}

function check(netns: NetnsState, changes: readonly RulesetChange[]): void {
  const touched = new Map<string, Names>();
  const deleted = new Set<string>();
  const names = (name: string): Names => {
    const known = touched.get(name);
    if (known !== undefined) return known;
    const table = deleted.has(name) ? undefined : netns.tables.get(name);
    if (table === undefined) throw new Error(`rule set: there is no table "${name}"`);
    const fresh: Names = {
      chains: new Set(table.chains.keys()),
      maps: new Set(table.maps.keys()),
      targets: new Set(),
    };
    touched.set(name, fresh);
    return fresh;
  };
  for (const change of changes) checkOne(change, names, touched, deleted);
  for (const [name, { chains, targets }] of touched) {
    for (const target of targets) {
      if (!chains.has(target))
        throw new Error(
          `rule set: a rule of table "${name}" jumps to chain "${target}", which does not exist`,
        );
    }
  }
}

function checkOne(
  change: RulesetChange,
  names: (table: string) => Names,
  touched: Map<string, Names>,
  deleted: Set<string>,
): void {
  switch (change.op) {
    case 'put-table': {
      const { table } = change;
      const fresh: Names = {
        chains: new Set(table.chains.keys()),
        maps: new Set(table.maps.keys()),
        targets: new Set(),
      };
      for (const chain of table.chains.values()) addTargets(chain, fresh.targets);
      for (const map of table.maps.values())
        for (const chain of map.entries.values()) fresh.targets.add(chain);
      touched.set(table.name, fresh);
      deleted.delete(table.name);
      return;
    }
    case 'delete-table':
      touched.delete(change.table);
      deleted.add(change.table);
      return;
    case 'put-chain': {
      const { chains, targets } = names(change.table);
      chains.add(change.chain.name);
      addTargets(change.chain, targets);
      return;
    }
    case 'delete-chain':
      names(change.table).chains.delete(change.chain);
      return;
    case 'put-map': {
      const { maps, targets } = names(change.table);
      maps.add(change.map.name);
      for (const chain of change.map.entries.values()) targets.add(chain);
      return;
    }
    case 'put-map-entry':
    case 'delete-map-entry': {
      const { maps, targets } = names(change.table);
      if (!maps.has(change.map))
        throw new Error(`rule set: there is no map "${change.map}" in table "${change.table}"`);
      if (change.op === 'put-map-entry') targets.add(change.chain);
      return;
    }
    case 'put-set':
    case 'delete-set':
      names(change.table);
      return;
  }
}

function addTargets(chain: Chain, targets: Set<string>): void {
  for (const { action } of chain.rules)
    if (action.kind === 'jump' || action.kind === 'goto') targets.add(action.chain);
}
