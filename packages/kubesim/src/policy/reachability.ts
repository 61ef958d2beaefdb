import type { TransportProtocol } from '@podwire/netsim';
import { resolveNamedPort } from './ports.ts';
import type { PortRule } from './ports.ts';
import { podIndex } from './pod-index.ts';
import type { PodIndex } from './pod-index.ts';
import { addPod, emptyPodSet, everyPod, forEachPod, hasPod, intersect, podCount, unite } from './pod-set.ts';
import type { PodSet } from './pod-set.ts';
import { viewPolicies } from './world.ts';
import type { Direction, PolicyObjects, PolicyPod, PolicyView, PolicyWorld, TrafficRule } from './world.ts';

/** A port of every pod; absent for ICMP, which has none (NP23). */
export interface ReachedPort {
  readonly protocol: TransportProtocol | 'icmp';
  readonly port?: number;
}

/** Which pods policies let open a connection to which, on one port. */
export interface PortReachability {
  readonly port: ReachedPort;
  /** Both by their place in `Reachability.pods`. */
  allows(source: number, destination: number): boolean;
  /** Ordered pairs that are allowed, each pod with itself among them (NP26). */
  allowedPairs(): number;
}

export interface Reachability {
  readonly pods: readonly Pick<PolicyPod, 'namespace' | 'name' | 'uid' | 'addresses'>[];
  /** One for each port asked for, in that order. */
  readonly ports: readonly PortReachability[];
}

/**
 * What policies alone say about every ordered pair of pods: the same as `evaluatePolicies` for each, by their first
 * addresses, computed from sets. Pods that share their policies share their answer. The work grows with policies
 * times what they select, and with the pairs only by a bit each.
 */
export function reachability(objects: PolicyObjects, ports: readonly ReachedPort[]): Reachability {
  const world = viewPolicies({
    ...objects,
    // Who has no address can neither ask nor answer.
    pods: objects.pods.filter(
      ({ status }) => status?.podIP !== undefined || (status?.podIPs?.length ?? 0) > 0,
    ),
  });
  const rules = new RuleSets(world);
  return { pods: world.pods, ports: ports.map((port) => reachedPort(world, rules, port)) };
}

function reachedPort(world: PolicyWorld, rules: RuleSets, port: ReachedPort): PortReachability {
  const count = world.pods.length;
  const rows = rules.egress(port);
  // What ingress allows is known by destination; a row is of one source, so it is turned around.
  const allowedIn = world.pods.map(() => emptyPodSet(count));
  for (const [destination, sources] of rules.ingress(port).entries())
    forEachPod(sources, (source) => {
      const row = allowedIn[source];
      if (row !== undefined) addPod(row, destination);
    });
  for (const [source, row] of allowedIn.entries()) {
    const out = rows[source];
    if (out !== undefined) intersect(row, out);
    // NP26: a pod cannot be cut off from itself.
    addPod(row, source);
  }
  return {
    port,
    allows: (source, destination) => {
      const row = allowedIn[source];
      return row !== undefined && hasPod(row, destination);
    },
    allowedPairs: () => allowedIn.reduce((sum, row) => sum + podCount(row), 0),
  };
}

/** The pods at the other end, for every pod, by the policies of one direction. */
class RuleSets {
  readonly #world: PolicyWorld;
  readonly #index: PodIndex;
  readonly #every: PodSet;
  readonly #peers = new Map<TrafficRule, PodSet>();
  readonly #named = new Map<string, PodSet>();

  constructor(world: PolicyWorld) {
    this.#world = world;
    this.#index = podIndex(world);
    this.#every = everyPod(world.pods.length);
  }

  /** For each source, whom it may send to. */
  egress(port: ReachedPort): readonly PodSet[] {
    return this.#byPolicies('egress', (policies) => {
      const allowed = emptyPodSet(this.#index.size);
      for (const { policy, rule } of rulesOf(policies, 'egress')) {
        const destinations = this.#portHolders(rule, port).slice();
        intersect(destinations, this.#peersOf(policy, rule));
        unite(allowed, destinations);
      }
      return () => allowed;
    });
  }

  /** For each destination, whom it takes connections from. A named port is its own to resolve (NP17). */
  ingress(port: ReachedPort): readonly PodSet[] {
    return this.#byPolicies('ingress', (policies) => {
      const rules = rulesOf(policies, 'ingress').map(({ policy, rule }) => ({
        holders: this.#portHolders(rule, port),
        peers: this.#peersOf(policy, rule),
      }));
      const known = new Map<string, PodSet>();
      return (destination) => {
        const holding = rules.filter(({ holders }) => hasPod(holders, destination));
        const key = rules.map((rule) => (holding.includes(rule) ? '1' : '0')).join('');
        let allowed = known.get(key);
        if (allowed === undefined) {
          allowed = emptyPodSet(this.#index.size);
          for (const { peers } of holding) unite(allowed, peers);
          known.set(key, allowed);
        }
        return allowed;
      };
    });
  }

  /** Pods that the same policies isolate are asked about once; those that none isolates may do all. */
  #byPolicies(
    direction: Direction,
    judge: (policies: readonly PolicyView[]) => (place: number) => PodSet,
  ): readonly PodSet[] {
    const numbers = new Map(this.#world.policies.map((policy, number) => [policy, number]));
    const judges = new Map<string, (place: number) => PodSet>();
    return this.#world.pods.map((pod, place) => {
      const policies = this.#index.policiesOf(direction, pod);
      if (policies.length === 0) return this.#every;
      const key = policies.map((policy) => numbers.get(policy)).join(' ');
      let judgement = judges.get(key);
      if (judgement === undefined) judges.set(key, (judgement = judge(policies)));
      return judgement(place);
    });
  }

  #peersOf(policy: PolicyView, rule: TrafficRule): PodSet {
    let set = this.#peers.get(rule);
    if (set !== undefined) return set;
    if (rule.peers === undefined) set = this.#every;
    else {
      set = emptyPodSet(this.#index.size);
      for (const peer of rule.peers) unite(set, this.#index.peerPods(peer, policy.namespace));
    }
    this.#peers.set(rule, set);
    return set;
  }

  /** The destinations for which the rule's ports cover this one. */
  #portHolders(rule: TrafficRule, port: ReachedPort): PodSet {
    // NP23: only a rule without ports covers ICMP.
    if (rule.ports === undefined) return this.#every;
    const holders = emptyPodSet(this.#index.size);
    for (const entry of rule.ports) {
      if (entry.protocol !== port.protocol) continue;
      if (entry.port.kind === 'named') unite(holders, this.#namedHolders(entry, entry.port.name, port.port));
      else if (entry.port.kind === 'every' || isIn(entry.port.range, port.port)) return this.#every;
    }
    return holders;
  }

  /** NP17, NP18: the pods that give this name to this number. */
  #namedHolders({ protocol }: PortRule, name: string, port: number | undefined): PodSet {
    const key = `${protocol} ${port} ${name}`;
    let set = this.#named.get(key);
    if (set !== undefined) return set;
    set = emptyPodSet(this.#index.size);
    if (port !== undefined)
      for (const [place, pod] of this.#world.pods.entries())
        if (resolveNamedPort(pod.ports, name, protocol) === port) addPod(set, place);
    this.#named.set(key, set);
    return set;
  }
}

function isIn(range: { readonly from: number; readonly to: number }, port: number | undefined): boolean {
  return port !== undefined && port >= range.from && port <= range.to;
}

function rulesOf(
  policies: readonly PolicyView[],
  direction: Direction,
): readonly { readonly policy: PolicyView; readonly rule: TrafficRule }[] {
  return policies.flatMap((policy) => (policy.rules[direction] ?? []).map((rule) => ({ policy, rule })));
}
