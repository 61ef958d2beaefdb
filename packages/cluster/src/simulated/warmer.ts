import type { ClusterOrigin } from '../port.ts';
import type { BaseClusters } from './base-clusters.ts';
import type { SliceOutcome } from './hosted-cluster.ts';
import { WARMING_SLOT } from './messages.ts';
import type { Scheduled } from './scheduler.ts';

/** Boots labs in advance, while no cluster wants a turn. */
export class Warmer implements Scheduled {
  readonly slot = WARMING_SLOT;
  readonly inBackground = true;
  readonly #bases: BaseClusters;
  readonly #onWarm: (failures: readonly string[]) => void;
  #waiting: ClusterOrigin[] = [];
  #failures: string[] = [];

  constructor(bases: BaseClusters, onWarm: (failures: readonly string[]) => void) {
    this.#bases = bases;
    this.#onWarm = onWarm;
  }

  ask(origins: readonly ClusterOrigin[]): void {
    this.#bases.keep(origins);
    this.#waiting = [...origins];
    this.#failures = [];
  }

  slice(_wallMs: number, spent: () => boolean): SliceOutcome {
    const [origin] = this.#waiting;
    if (origin === undefined) return { kind: 'asleep', wakeAtMs: undefined };
    const failure = this.#warm(origin, spent);
    if (failure === undefined) return { kind: 'busy' };
    if (failure !== '') this.#failures.push(`${origin.labId}: ${failure}`);
    this.#waiting.shift();
    if (this.#waiting.length > 0) return { kind: 'busy' };
    this.#onWarm(this.#failures);
    return { kind: 'asleep', wakeAtMs: undefined };
  }

  /** @returns undefined: not done yet. Empty: done. Else why it can't be: whoever starts this lab is told so again. */
  #warm(origin: ClusterOrigin, spent: () => boolean): string | undefined {
    try {
      const outcome = this.#bases.warm(origin, spent);
      if (outcome === undefined) return undefined;
      return outcome.ok ? '' : outcome.message;
    } catch (error) {
      return error instanceof Error ? (error.stack ?? error.message) : String(error);
    }
  }

  afterSlice(): void {
    // Nobody waits for news of it.
  }

  onFault(): void {
    // It catches what booting throws, and is never a runaway: see `slice`.
  }
}
