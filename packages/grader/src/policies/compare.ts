import type { KubernetesObject } from '../objects.ts';
import { outsideEnds, peerMeans, podEnds } from './ends.ts';
import type { End } from './ends.ts';
import { PortSpace } from './ports.ts';
import type { PortSet } from './ports.ts';
import { selects } from './selector.ts';
import { nodeAddresses, viewPods, viewPolicy } from './view.ts';
import type { Direction, PolicyScene, PolicyView, Protocol, RuleView } from './view.ts';

/** A connection that one set of policies allows and the other does not. */
export interface PolicyDifference {
  readonly source: string;
  readonly destination: string;
  readonly protocol: Protocol;
  /** Absent for ICMP. */
  readonly port?: number;
  /** By the first set. The second says the opposite. */
  readonly allowed: boolean;
  /** What in the first set decided. */
  readonly because: string;
}

/**
 * Whether two sets of policies mean the same for every pair of pods, every other address, and every port.
 * Ends that no selector and no block tells apart are one class, and so are ports between two cuts, so each
 * class is decided once. @returns the first connection on which they disagree, or undefined.
 */
export function comparePolicies(
  scene: PolicyScene,
  first: readonly KubernetesObject[],
  second: readonly KubernetesObject[],
): PolicyDifference | undefined {
  const [left, right] = [first.map(viewPolicy), second.map(viewPolicy)];
  const pods = viewPods(scene);
  const both = [...left, ...right];
  const space = new PortSpace(both, pods);
  const ends = [...podEnds(pods), ...outsideEnds(both, pods, nodeAddresses(scene))];
  const classes = classify(ends, both, space);
  const [leftTable, rightTable] = [
    new AllowTable(left, classes, space),
    new AllowTable(right, classes, space),
  ];
  for (const [from, source] of classes.entries()) {
    for (const [to, destination] of classes.entries()) {
      const pair = pairOf(source, destination);
      if (pair === undefined) continue;
      const difference = space.firstDifference(
        leftTable.allowed(from, to, pair),
        rightTable.allowed(from, to, pair),
      );
      if (difference === undefined) continue;
      const { protocol, inLeft } = difference;
      const port = Math.max(1, difference.first);
      return {
        source: pair.source.label,
        destination: pair.destination.label,
        protocol,
        ...(protocol === 'ICMP' ? {} : { port }),
        allowed: inLeft,
        because: inLeft ? leftTable.whyAllowed(from, to, pair) : leftTable.whyDenied(from, to, pair),
      };
    }
  }
  return undefined;
}

/** Ends with one fate, by the first of them; a few more stand for the pairs within the class. */
type Class = readonly End[];

/** Two of a class are enough to pair it with itself; on two nodes, where there are two (NP24). */
function classify(ends: readonly End[], policies: readonly PolicyView[], space: PortSpace): readonly Class[] {
  const peers = policies.flatMap((policy) =>
    [...(policy.rules.ingress ?? []), ...(policy.rules.egress ?? [])].flatMap((rule) =>
      (rule.peers ?? []).map((peer) => ({ peer, namespace: policy.namespace })),
    ),
  );
  const names = [...new Set(policies.flatMap(namedPortsOf))];
  const found = new Map<string, End[]>();
  for (const end of ends) {
    const signature = [
      end.pod === undefined ? `out/${end.node ?? ''}` : 'pod',
      end.address?.family ?? 0,
      policies.map((policy) => (isSubject(policy, end) ? 1 : 0)).join(''),
      peers.map(({ peer, namespace }) => (peerMeans(peer, namespace, end) ? 1 : 0)).join(''),
      names.map((name) => end.pod?.namedPorts.get(name) ?? '').join(','),
    ].join(' ');
    const members = found.get(signature);
    if (members === undefined) found.set(signature, [end]);
    else members.push(end);
  }
  return space.intervals.length === 0 ? [] : [...found.values()];
}

function namedPortsOf({ rules }: PolicyView): readonly string[] {
  return [...(rules.ingress ?? []), ...(rules.egress ?? [])].flatMap(({ ports }) =>
    (ports ?? []).flatMap(({ protocol, port }) =>
      port.kind === 'named' ? [`${protocol}/${port.name}`] : [],
    ),
  );
}

function isSubject({ namespace, podSelector }: PolicyView, { pod }: End): boolean {
  return pod !== undefined && pod.namespace === namespace && selects(podSelector, pod.labels);
}

interface Pair {
  readonly source: End;
  readonly destination: End;
}

/** A pair of two different ends, at least one a pod, of one address family, and not exempt; undefined when there is none. */
function pairOf(sources: Class, destinations: Class): Pair | undefined {
  for (const source of sources) {
    for (const destination of destinations) {
      if (source.pod === undefined && destination.pod === undefined) return undefined;
      const families = [source.address?.family, destination.address?.family];
      if (families[0] !== undefined && families[1] !== undefined && families[0] !== families[1])
        return undefined;
      // NP26: a pod always reaches itself.
      if (source.pod !== undefined && source.pod === destination.pod) continue;
      // NP24: so do a pod and its own node each other; both sets agree on that.
      if (source.node !== undefined && source.node === destination.pod?.node) continue;
      if (destination.node !== undefined && destination.node === source.pod?.node) continue;
      return { source, destination };
    }
  }
  return undefined;
}

/** What one set of policies allows between classes. */
class AllowTable {
  readonly #space: PortSpace;
  /** The policies that isolate a class, by direction. */
  readonly #isolating: Readonly<Record<Direction, readonly (readonly PolicyView[])[]>>;
  readonly #peers = new Map<RuleView, readonly boolean[]>();
  readonly #ports = new Map<RuleView, Map<number, PortSet>>();

  constructor(policies: readonly PolicyView[], classes: readonly Class[], space: PortSpace) {
    this.#space = space;
    const isolating = (direction: Direction): readonly (readonly PolicyView[])[] =>
      classes.map(([end]) =>
        policies.filter(
          (policy) => policy.rules[direction] !== undefined && end !== undefined && isSubject(policy, end),
        ),
      );
    this.#isolating = { ingress: isolating('ingress'), egress: isolating('egress') };
    for (const { namespace, rules } of policies) {
      for (const rule of [...(rules.ingress ?? []), ...(rules.egress ?? [])]) {
        const { peers } = rule;
        this.#ports.set(rule, new Map());
        this.#peers.set(
          rule,
          classes.map(
            ([end]) =>
              peers === undefined ||
              (end !== undefined && peers.some((peer) => peerMeans(peer, namespace, end))),
          ),
        );
      }
    }
  }

  allowed(from: number, to: number, { destination }: Pair): PortSet {
    const out = this.#direction('egress', from, to, to, destination);
    const back = this.#direction('ingress', to, from, to, destination);
    if (out === undefined) return back ?? this.#space.all();
    return back === undefined ? out : out.map((word, at) => word & (back[at] ?? 0));
  }

  /** undefined: not isolated, so everything. NP2: a union of allows. */
  #direction(
    direction: Direction,
    subject: number,
    other: number,
    to: number,
    destination: End,
  ): PortSet | undefined {
    const isolating = this.#isolating[direction][subject] ?? [];
    if (isolating.length === 0) return undefined;
    const union = this.#space.none();
    for (const { rules } of isolating) {
      for (const rule of rules[direction] ?? []) {
        if (this.#peers.get(rule)?.[other] !== true) continue;
        const ports = this.#portsOf(rule, to, destination);
        for (let at = 0; at < union.length; at++) union[at] = (union[at] ?? 0) | (ports[at] ?? 0);
      }
    }
    return union;
  }

  #portsOf(rule: RuleView, to: number, destination: End): PortSet {
    const known = this.#ports.get(rule);
    const cached = known?.get(to);
    if (cached !== undefined) return cached;
    const ports = this.#space.ofRule(rule, destination.pod);
    known?.set(to, ports);
    return ports;
  }

  whyAllowed(from: number, to: number, { destination }: Pair): string {
    const names: string[] = [];
    const sides = [
      ['egress', from, to],
      ['ingress', to, from],
    ] as const;
    for (const [direction, subject, other] of sides) {
      for (const policy of this.#isolating[direction][subject] ?? []) {
        const rule = policy.rules[direction]?.find((each) => this.#peers.get(each)?.[other] === true);
        if (rule !== undefined) names.push(`NetworkPolicy ${policy.namespace}/${policy.name}, ${rule.field}`);
      }
    }
    return names.length === 0
      ? `No policy isolates ${destination.label} for it.`
      : `It is let through by ${names.join(' and ')}.`;
  }

  whyDenied(from: number, to: number, { source, destination }: Pair): string {
    const out = this.#isolating.egress[from] ?? [];
    const back = this.#isolating.ingress[to] ?? [];
    const told = (label: string, direction: Direction, policies: readonly PolicyView[]): string[] =>
      policies.length === 0
        ? []
        : [`${label} is isolated for ${direction} by ${policies.map(({ name }) => name).join(', ')}`];
    const reasons = [...told(source.label, 'egress', out), ...told(destination.label, 'ingress', back)];
    return `${reasons.join(', and ')}, and no rule allows it.`;
  }
}
