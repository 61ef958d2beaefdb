import type { End } from './ends.ts';
import type { Meanings, Meant } from './meanings.ts';
import type { PortSets } from './port-sets.ts';
import type { Direction, PodView, PolicyView, RuleView } from './view.ts';

/** Ends with one fate; the first stands for all, a few more for the pairs within the class. */
export interface Class {
  readonly members: readonly End[];
  /** Of its first member, among all ends. */
  readonly index: number;
}

interface Allow {
  readonly policy: PolicyView;
  readonly rule: RuleView;
  readonly meant: Meant;
}

/** What one set of policies allows between classes, as numbers of sets of ports. */
export class AllowTable {
  readonly #classes: readonly Class[];
  readonly #sets: PortSets;
  /** Of the classes' first members. */
  readonly #indexes: readonly number[];
  /** The policies that isolate a class, by direction. */
  readonly #isolating: Readonly<Record<Direction, readonly (readonly PolicyView[])[]>>;
  readonly #allows = new Map<PolicyView, Readonly<Record<Direction, readonly Allow[]>>>();
  readonly #rows: Readonly<Record<Direction, Map<number, Int32Array | undefined>>> = {
    ingress: new Map(),
    egress: new Map(),
  };
  readonly #ports = new Map<RuleView, Map<PodView | undefined, number>>();

  constructor(
    policies: readonly PolicyView[],
    classes: readonly Class[],
    meanings: Meanings,
    sets: PortSets,
  ) {
    this.#classes = classes;
    this.#sets = sets;
    this.#indexes = classes.map(({ index }) => index);
    const subjects = policies.map((policy) => ({ policy, meant: meanings.subject(policy) }));
    const isolating = (direction: Direction): readonly (readonly PolicyView[])[] => {
      const isolated = subjects.filter(({ policy }) => policy.rules[direction] !== undefined);
      return classes.map(({ index }) =>
        isolated.flatMap(({ policy, meant }) => (meant[index] === 1 ? [policy] : [])),
      );
    };
    this.#isolating = { ingress: isolating('ingress'), egress: isolating('egress') };
    for (const policy of policies) {
      const allows = (direction: Direction): readonly Allow[] =>
        (policy.rules[direction] ?? []).map((rule) => ({
          policy,
          rule,
          meant: meanings.anyOf(rule.peers, policy.namespace),
        }));
      this.#allows.set(policy, { ingress: allows('ingress'), egress: allows('egress') });
    }
  }

  /** The number of the set of ports that get from one class to another. */
  allowed(from: number, to: number): number {
    const out = this.#row('egress', from)?.[to];
    const back = this.#row('ingress', to)?.[from];
    if (out === undefined) return back ?? this.#sets.all;
    return back === undefined ? out : this.#sets.both(out, back);
  }

  /** For every other class what is allowed; undefined: not isolated, so everything. NP2: a union of allows. */
  #row(direction: Direction, subject: number): Int32Array | undefined {
    const rows = this.#rows[direction];
    if (rows.has(subject)) return rows.get(subject);
    const isolating = this.#isolating[direction][subject] ?? [];
    const row = isolating.length === 0 ? undefined : this.#rowOf(direction, subject, isolating);
    rows.set(subject, row);
    return row;
  }

  #rowOf(direction: Direction, subject: number, isolating: readonly PolicyView[]): Int32Array {
    const indexes = this.#indexes;
    const row = new Int32Array(indexes.length).fill(this.#sets.none);
    for (const policy of isolating) {
      for (const { rule, meant } of this.#allows.get(policy)?.[direction] ?? []) {
        const isNamed = rule.ports?.some(({ port }) => port.kind === 'named') === true;
        let ports = this.#portsOf(rule, isNamed ? this.#podOf(subject) : undefined);
        for (let other = 0; other < indexes.length; other++) {
          if (meant[indexes[other] ?? 0] !== 1) continue;
          // Only names mean something else at another destination.
          if (isNamed && direction === 'egress') ports = this.#portsOf(rule, this.#podOf(other));
          row[other] = this.#sets.either(row[other] ?? this.#sets.none, ports);
        }
      }
    }
    return row;
  }

  #podOf(place: number): PodView | undefined {
    return this.#classes[place]?.members[0]?.pod;
  }

  #portsOf(rule: RuleView, destination: PodView | undefined): number {
    let known = this.#ports.get(rule);
    if (known === undefined) this.#ports.set(rule, (known = new Map<PodView | undefined, number>()));
    let ports = known.get(destination);
    if (ports === undefined) known.set(destination, (ports = this.#sets.ofRule(rule, destination)));
    return ports;
  }

  whyAllowed(from: number, to: number, destination: End): string {
    const names: string[] = [];
    const sides = [
      ['egress', from, to],
      ['ingress', to, from],
    ] as const;
    for (const [direction, subject, other] of sides) {
      const index = this.#classes[other]?.index ?? 0;
      for (const policy of this.#isolating[direction][subject] ?? []) {
        const allow = this.#allows.get(policy)?.[direction].find(({ meant }) => meant[index] === 1);
        if (allow !== undefined)
          names.push(`NetworkPolicy ${policy.namespace}/${policy.name}, ${allow.rule.field}`);
      }
    }
    return names.length === 0
      ? `No policy isolates ${destination.label} for it.`
      : `It is let through by ${names.join(' and ')}.`;
  }

  whyDenied(from: number, to: number, source: End, destination: End): string {
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
