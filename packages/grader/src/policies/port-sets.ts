import type { PortSet, PortSpace } from './ports.ts';
import type { PodView, RuleView } from './view.ts';

/** What two sets come to, by their numbers: the lower first. */
type Pairs = Map<number, Map<number, number>>;

/** Sets of ports by number. Equal sets have one number, so that most work on them is done once. */
export class PortSets {
  readonly #space: PortSpace;
  readonly #sets: PortSet[] = [];
  readonly #numbers = new Map<string, number>();
  readonly #joined: Pairs = new Map();
  readonly #shared: Pairs = new Map();
  readonly none: number;
  readonly all: number;

  constructor(space: PortSpace) {
    this.#space = space;
    this.none = this.#numberOf(space.none());
    this.all = this.#numberOf(space.all());
  }

  set(number: number): PortSet {
    return this.#sets[number] ?? this.#space.none();
  }

  ofRule(rule: RuleView, destination: PodView | undefined): number {
    return this.#numberOf(this.#space.ofRule(rule, destination));
  }

  either(left: number, right: number): number {
    return left === right || right === this.none
      ? left
      : this.#known(this.#joined, left, right, (one, other) => one | other);
  }

  both(left: number, right: number): number {
    return left === right || right === this.all
      ? left
      : this.#known(this.#shared, left, right, (one, other) => one & other);
  }

  #known(
    known: Pairs,
    left: number,
    right: number,
    combine: (left: number, right: number) => number,
  ): number {
    const [lower, higher] = left < right ? [left, right] : [right, left];
    let row = known.get(lower);
    if (row === undefined) known.set(lower, (row = new Map<number, number>()));
    let number = row.get(higher);
    if (number === undefined) {
      const others = this.set(right);
      number = this.#numberOf(this.set(left).map((word, at) => combine(word, others[at] ?? 0)));
      row.set(higher, number);
    }
    return number;
  }

  #numberOf(set: PortSet): number {
    const key = set.join(',');
    let number = this.#numbers.get(key);
    if (number === undefined) {
      number = this.#sets.push(set) - 1;
      this.#numbers.set(key, number);
    }
    return number;
  }
}
