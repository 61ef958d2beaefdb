import { nextInt, seedRandom } from '@podwire/sim';
import type { RandomState } from '@podwire/sim';

/** Seeds of fleets and of worlds are kept apart by factors that share nothing. */
const SEED_STRIDE = 1_000_003;

/** A hand that draws: the same seed and number give the same draws. */
export class Draw {
  readonly #random: RandomState;

  constructor(seed: number, number: number) {
    this.#random = seedRandom(seed * SEED_STRIDE + number);
  }

  below(bound: number): number {
    return nextInt(this.#random, bound);
  }

  between(least: number, most: number): number {
    return least + this.below(most - least + 1);
  }

  /** True in so many of a hundred. */
  chance(percent: number): boolean {
    return this.below(100) < percent;
  }

  one<T>(choices: readonly T[]): T {
    const drawn = choices[this.below(choices.length)];
    if (drawn === undefined) throw new Error('There is nothing to draw from.');
    return drawn;
  }

  /** So many different ones, in the order in which they stand. */
  some<T>(choices: readonly T[], least: number, most: number): readonly T[] {
    const count = Math.min(choices.length, this.between(least, most));
    const left = choices.map((_, index) => index);
    while (left.length > count) left.splice(this.below(left.length), 1);
    return left.flatMap((index) => choices.slice(index, index + 1));
  }

  times<T>(least: number, most: number, make: (index: number) => T): readonly T[] {
    return Array.from({ length: this.between(least, most) }, (_, index) => make(index));
  }
}
