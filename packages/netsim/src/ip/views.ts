import { CidrIndex } from '../address/cidr-index.ts';
import { cidrContains } from '../address/cidr.ts';
import { parseIp, isLoopback } from '../address/ip.ts';
import type { Route, NetnsId } from '../network.ts';
import type { IpAddress } from '../packet.ts';
import type { HookProgram } from '../netfilter/program.ts';
import { compileHooks } from '../netfilter/program.ts';
import type { Hook } from '../ruleset.ts';
import type { InterfaceState, NetnsState } from '../state.ts';

/** Look-up tables derived from a namespace, remade when it changes. They are no state: a fork makes its own. */
export class NetnsViews {
  readonly #topologies = new Map<NetnsId, TopologyView>();
  readonly #hooks = new Map<
    NetnsId,
    {
      readonly state: NetnsState;
      readonly version: number;
      readonly programs: ReadonlyMap<Hook, HookProgram>;
    }
  >();

  topology(netns: NetnsState): TopologyView {
    const known = this.#topologies.get(netns.id);
    if (known?.netns === netns && known.version === netns.topologyVersion) return known;
    const view = new TopologyView(netns);
    this.#topologies.set(netns.id, view);
    return view;
  }

  hook(netns: NetnsState, hook: Hook): HookProgram | undefined {
    let known = this.#hooks.get(netns.id);
    if (known?.state !== netns || known.version !== netns.rulesetVersion) {
      known = { state: netns, version: netns.rulesetVersion, programs: compileHooks(netns) };
      this.#hooks.set(netns.id, known);
    }
    return known.programs.get(hook);
  }

  forget(id: NetnsId): void {
    this.#topologies.delete(id);
    this.#hooks.delete(id);
  }
}

export type RouteDecision =
  | { readonly kind: 'local' }
  | {
      readonly kind: 'remote';
      readonly route: Route;
      readonly out: InterfaceState;
      readonly nextHop: IpAddress;
    };

const LOCAL: RouteDecision = Object.freeze({ kind: 'local' });
/** Routing decisions remembered per view; emptied when full. */
const ROUTE_MEMO_ENTRIES = 1024;

/** Addresses and routes of one namespace, indexed. */
export class TopologyView {
  readonly netns: NetnsState;
  readonly version: number;
  readonly #local = new Map<IpAddress, string>();
  readonly #routes = new CidrIndex<Route[]>();
  readonly #memo = new Map<IpAddress, RouteDecision | null>();

  constructor(netns: NetnsState) {
    this.netns = netns;
    this.version = netns.topologyVersion;
    for (const link of netns.interfaces.values()) {
      if (!link.up) continue;
      for (const { address } of link.addresses) this.#local.set(address, link.name);
    }
    for (const route of netns.routes) {
      const known = this.#routes.get(route.destination);
      if (known === undefined) this.#routes.add(route.destination, [route]);
      else known.push(route);
    }
  }

  /** Whether a packet to this address is for this host, on whichever interface it comes. */
  isLocal(address: IpAddress): boolean {
    return this.#local.has(address) || (isLoopback(address) && this.netns.interfaces.get('lo')?.up === true);
  }

  interfaceOf(address: IpAddress): string | undefined {
    return this.#local.get(address);
  }

  /** Longest prefix first, then lowest metric; routes over interfaces that are down don't count. */
  route(destination: IpAddress): RouteDecision | undefined {
    const known = this.#memo.get(destination);
    if (known !== undefined) return known ?? undefined;
    const decision = this.#decide(destination);
    if (this.#memo.size >= ROUTE_MEMO_ENTRIES) this.#memo.clear();
    this.#memo.set(destination, decision ?? null);
    return decision;
  }

  #decide(destination: IpAddress): RouteDecision | undefined {
    if (this.isLocal(destination)) return LOCAL;
    const usable = (route: Route): boolean => this.netns.interfaces.get(route.interfaceName)?.up === true;
    const routes = this.#routes.find(destination, (candidates) => candidates.some(usable));
    const [best] = (routes ?? [])
      .filter(usable)
      .sort((left, right) => (left.metric ?? 0) - (right.metric ?? 0));
    const out = best === undefined ? undefined : this.netns.interfaces.get(best.interfaceName);
    if (best === undefined || out === undefined) return undefined;
    return { kind: 'remote', route: best, out, nextHop: best.via ?? destination };
  }

  /** Which of its addresses a host sends from: the route's preferred one, else the first of the interface, else of any (RFC 1122 3.3.4.3). */
  sourceFor(destination: IpAddress, decision: RouteDecision): IpAddress | undefined {
    if (decision.kind === 'local') return destination;
    const version = parseIp(destination)?.version;
    const { route, out } = decision;
    if (route.source !== undefined && parseIp(route.source)?.version === version) return route.source;
    return this.addressOf(out, version, decision.nextHop) ?? this.#anyAddress(version);
  }

  /** The first address of an interface in this family, preferring one on the next hop's network. */
  addressOf(link: InterfaceState, version: 4 | 6 | undefined, near?: IpAddress): IpAddress | undefined {
    const ofFamily = link.addresses.filter(({ address }) => parseIp(address)?.version === version);
    const beside =
      near === undefined
        ? undefined
        : ofFamily.find(({ address, prefixLength }) => cidrContains(`${address}/${prefixLength}`, near));
    return (beside ?? ofFamily[0])?.address;
  }

  #anyAddress(version: 4 | 6 | undefined): IpAddress | undefined {
    for (const link of this.netns.interfaces.values()) {
      if (link.kind === 'loopback' || !link.up) continue;
      const address = this.addressOf(link, version);
      if (address !== undefined) return address;
    }
    return undefined;
  }
}
