import { HOOKS, PRIORITY } from '../ruleset.ts';
import type { Chain, Hook } from '../ruleset.ts';
import type { NetnsState, TableState } from '../state.ts';

/**
 * The kernel's own stations at each hook, by priority (linux/netfilter_ipv4.h). Chains of a rule set are
 * put between them by their own priority; `nat` chains are asked at the NAT station of their hook and nowhere else.
 *
 *   prerouting   -200 track   -100 nat (destination)
 *   input                      100 nat (source)        last confirm
 *   forward
 *   output       -200 track   -100 nat (destination)
 *   postrouting                100 nat (source)        last confirm
 */
const CONNTRACK_PRIORITY = -200;
const CONFIRM_PRIORITY = Number.MAX_SAFE_INTEGER;

const STATIONS: Readonly<
  Record<
    Hook,
    readonly {
      readonly priority: number;
      readonly kind: 'track' | 'nat-destination' | 'nat-source' | 'confirm';
    }[]
  >
> = {
  prerouting: [
    { priority: CONNTRACK_PRIORITY, kind: 'track' },
    { priority: PRIORITY.dstnat, kind: 'nat-destination' },
  ],
  input: [
    { priority: PRIORITY.srcnat, kind: 'nat-source' },
    { priority: CONFIRM_PRIORITY, kind: 'confirm' },
  ],
  forward: [],
  output: [
    { priority: CONNTRACK_PRIORITY, kind: 'track' },
    { priority: PRIORITY.dstnat, kind: 'nat-destination' },
  ],
  postrouting: [
    { priority: PRIORITY.srcnat, kind: 'nat-source' },
    { priority: CONFIRM_PRIORITY, kind: 'confirm' },
  ],
};

export interface BaseChain {
  readonly table: TableState;
  readonly chain: Chain;
}

export type HookStep =
  | { readonly kind: 'track' }
  | { readonly kind: 'confirm' }
  | { readonly kind: 'nat-destination' | 'nat-source'; readonly chains: readonly BaseChain[] }
  | { readonly kind: 'filter'; readonly base: BaseChain };

/** What a packet meets at one hook, in order. */
export type HookProgram = readonly HookStep[];

/** Empty for a namespace without connection tracking and rules: packets then pass untouched. */
export function compileHooks(netns: NetnsState): ReadonlyMap<Hook, HookProgram> {
  const programs = new Map<Hook, HookProgram>();
  if (!netns.tracksConnections) return programs;
  const all: BaseChain[] = [];
  for (const table of netns.tables.values()) {
    for (const chain of table.chains.values()) if (chain.hook !== undefined) all.push({ table, chain });
  }
  for (const hook of HOOKS) {
    const bases = all.filter(({ chain }) => chain.hook === hook);
    bases.sort((left, right) => (left.chain.priority ?? 0) - (right.chain.priority ?? 0));
    const natChains = bases.filter(({ chain }) => chain.type === 'nat');
    const steps: { readonly priority: number; readonly step: HookStep }[] = [];
    for (const { priority, kind } of STATIONS[hook]) {
      const isNat = kind === 'nat-destination' || kind === 'nat-source';
      steps.push({ priority, step: isNat ? { kind, chains: natChains } : { kind } });
    }
    for (const base of bases) {
      if (base.chain.type !== 'nat')
        steps.push({ priority: base.chain.priority ?? 0, step: { kind: 'filter', base } });
    }
    // The sort is stable, and stations come first at equal priority, as the kernel registers them first.
    steps.sort((left, right) => left.priority - right.priority);
    programs.set(
      hook,
      steps.map(({ step }) => step),
    );
  }
  return programs;
}
