import type { SimulatedCluster } from '@podwire/kubesim';
import type { ClusterOrigin } from '../port.ts';
import { bootSteps } from './boot.ts';
import type { BootOutcome, ClusterFactory } from './boot.ts';

/**
 * Beside those that it was told to keep, a worker keeps this many booted labs to fork from: of learners who
 * come back to clusters of an earlier hour. Each takes about a mebibyte.
 */
const MAX_OTHER_BASES = 16;

type Base =
  | { readonly kind: 'booting'; readonly steps: Generator<undefined, BootOutcome> }
  | { readonly kind: 'booted'; readonly cluster: SimulatedCluster };

/**
 * Booted clusters to fork from. Booting takes some hundred milliseconds and is done in pieces, by whoever has
 * a turn and needs it: a class that starts one lab at once boots it once.
 */
export class BaseClusters {
  readonly #factory: ClusterFactory;
  /** The least recently used first. */
  readonly #bases = new Map<string, Base>();
  #kept: ReadonlySet<string> = new Set();

  constructor(factory: ClusterFactory) {
    this.#factory = factory;
  }

  /** These stay, however long nobody asks for them. */
  keep(origins: readonly ClusterOrigin[]): void {
    this.#kept = new Set(origins.map(keyOf));
    this.#forgetOthers();
  }

  /** A cluster of its own for the caller, equal to a freshly booted one; undefined while its time was too short. */
  take(origin: ClusterOrigin, spent: () => boolean): BootOutcome | undefined {
    const key = keyOf(origin);
    const booted = this.#boot(key, origin, spent);
    if (booted?.ok !== true) return booted;
    const copy = booted.cluster.fork();
    if (copy !== undefined) return { ok: true, cluster: copy };
    // A cluster in which programs run that can't be copied is booted anew each time.
    this.#bases.delete(key);
    return booted;
  }

  /** Boots it in advance. @returns the outcome, or undefined while its time was too short. */
  warm(origin: ClusterOrigin, spent: () => boolean): BootOutcome | undefined {
    const key = keyOf(origin);
    const booted = this.#boot(key, origin, spent);
    if (booted?.ok === true && booted.cluster.fork() === undefined) this.#bases.delete(key);
    return booted;
  }

  #boot(key: string, origin: ClusterOrigin, spent: () => boolean): BootOutcome | undefined {
    const base = this.#bases.get(key) ?? { kind: 'booting', steps: bootSteps(origin, this.#factory) };
    this.#bases.delete(key);
    if (base.kind === 'booting') {
      const outcome = goOn(base.steps, spent);
      if (outcome?.ok === false) return outcome;
      this.#bases.set(key, outcome === undefined ? base : { kind: 'booted', cluster: outcome.cluster });
      this.#forgetOthers();
      return outcome;
    }
    this.#bases.set(key, base);
    return { ok: true, cluster: base.cluster };
  }

  #forgetOthers(): void {
    let surplus = this.#bases.size - this.#kept.size - MAX_OTHER_BASES;
    for (const key of this.#bases.keys()) {
      if (surplus <= 0) return;
      if (this.#kept.has(key)) continue;
      this.#bases.delete(key);
      surplus -= 1;
    }
  }
}

/** Draws that bring about the same setup share a base. */
function keyOf({ parameters: _parameters, ...origin }: ClusterOrigin): string {
  return JSON.stringify(origin);
}

function goOn(steps: Generator<undefined, BootOutcome>, spent: () => boolean): BootOutcome | undefined {
  for (;;) {
    const step = steps.next();
    if (step.done === true) return step.value;
    if (spent()) return undefined;
  }
}
