import type { Lab } from '@podwire/lab';
import type { Dress, StartedParts } from './cluster-maker.ts';

/** A cluster that is to stand ready: of a shape, with a lab's objects in it or with none. */
export interface WarmPlan {
  /** The same for clusters that may stand in for one another. */
  readonly key: string;
  readonly needs: Lab['cluster'];
  readonly dress?: Dress;
}

export interface WarmMember {
  readonly id: string;
  readonly key: string;
  readonly parts: StartedParts;
}

export interface WarmPoolWiring {
  /** Makes it, prepared by its plan and marked as the pool's. Leaves nothing behind when it rejects. */
  readonly make: (plan: WarmPlan, signal: AbortSignal) => Promise<WarmMember>;
  readonly remove: (id: string) => Promise<void>;
  /** Nobody waits or starts, and there is memory for this one beside what is kept free. */
  readonly mayFill: (plan: WarmPlan) => boolean;
  /** Every container of it runs. */
  readonly isWhole: (member: WarmMember) => Promise<boolean>;
  readonly after: (delayMs: number, callback: () => void) => { cancel(): void };
  readonly onTrouble: (error: unknown) => void;
}

/** How often the pool looks whether it can fill itself, when it is not full. */
const LOOK_EVERY_MS = 5_000;
/** After a cluster that could not be made: twice as long each time, up to the most. */
const FIRST_BACK_OFF_MS = 30_000;
const MAX_BACK_OFF_MS = 15 * 60_000;

/** Clusters that stand ready for whoever comes next. One is made at a time, while nothing else goes on. */
export class WarmPool {
  readonly #wiring: WarmPoolWiring;
  readonly #members: WarmMember[] = [];
  readonly #leaving = new Set<string>();
  #plans: readonly WarmPlan[] = [];
  #most = 0;
  #filling:
    { readonly key: string; readonly abort: AbortController; readonly done: Promise<void> } | undefined;
  #next: { cancel(): void } | undefined;
  #failures = 0;
  #closed = false;

  constructor(wiring: WarmPoolWiring) {
    this.#wiring = wiring;
  }

  get size(): number {
    return this.#members.length;
  }

  /** Those that are being given out included. */
  get ids(): readonly string[] {
    return [...this.#members.map(({ id }) => id), ...this.#leaving];
  }

  has(key: string): boolean {
    return this.#members.some((member) => member.key === key);
  }

  /**
   * What the pool may hold, the most wanted first, and how many of these. One that is wanted less than it was stays
   * until it is taken: to make another takes both processors for half a minute.
   */
  want(plans: readonly WarmPlan[], most: number): void {
    this.#plans = plans;
    this.#most = most;
    this.#look();
  }

  /** One that an earlier process of ours left ready. */
  takeOver(member: WarmMember): void {
    this.#members.push(member);
  }

  /** The first that fits, by the keys in their order; it is the caller's from now on. */
  async take(keys: readonly string[]): Promise<WarmMember | undefined> {
    for (const key of keys) {
      for (let found = this.#remove(key); found !== undefined; found = this.#remove(key)) {
        this.#leaving.add(found.id);
        const whole = await this.#wiring.isWhole(found).catch(() => false);
        this.#leaving.delete(found.id);
        this.#look();
        if (whole) return found;
        // Somebody stopped or removed its containers.
        this.#discard(found.id);
      }
    }
    return undefined;
  }

  /** Undefined when none that fits is being made. Resolves when it is there, or will not be. */
  making(keys: readonly string[]): Promise<void> | undefined {
    return this.#filling !== undefined && keys.includes(this.#filling.key) ? this.#filling.done : undefined;
  }

  #remove(key: string): WarmMember | undefined {
    const index = this.#members.findIndex((member) => member.key === key);
    return index === -1 ? undefined : this.#members.splice(index, 1)[0];
  }

  /** Gives back the memory of the least wanted, or of what is being made. @returns false: there is nothing to give. */
  drain(): boolean {
    if (this.#filling !== undefined) {
      this.#filling.abort.abort();
      return true;
    }
    return this.#discardLeast();
  }

  #discardLeast(): boolean {
    const rank = ({ key }: WarmMember): number => {
      const index = this.#plans.findIndex((plan) => plan.key === key);
      return index === -1 ? Infinity : index;
    };
    const least = [...this.#members].sort((a, b) => rank(b) - rank(a))[0];
    if (least === undefined) return false;
    this.#members.splice(this.#members.indexOf(least), 1);
    this.#discard(least.id);
    return true;
  }

  #discard(id: string): void {
    this.#wiring.remove(id).catch((error: unknown) => this.#wiring.onTrouble(error));
  }

  #look(): void {
    this.#next?.cancel();
    this.#next = undefined;
    if (this.#closed) return;
    while (this.#members.length > this.#most || this.#hasUnwanted()) this.#discardLeast();
    if (this.#filling !== undefined) return;
    const missing = this.#missing();
    if (missing === undefined) return;
    if (this.#wiring.mayFill(missing)) this.#fill(missing);
    else this.#lookIn(LOOK_EVERY_MS);
  }

  #hasUnwanted(): boolean {
    return this.#members.some((member) => !this.#plans.some(({ key }) => key === member.key));
  }

  #missing(): WarmPlan | undefined {
    if (this.#members.length >= this.#most) return undefined;
    const held = this.#members.map(({ key }) => key);
    return this.#plans.find(({ key }) => {
      const index = held.indexOf(key);
      if (index !== -1) held.splice(index, 1);
      return index === -1;
    });
  }

  #lookIn(delayMs: number): void {
    if (!this.#closed) this.#next = this.#wiring.after(delayMs, () => this.#look());
  }

  #fill(plan: WarmPlan): void {
    const abort = new AbortController();
    const done = this.#wiring
      .make(plan, abort.signal)
      .then(
        (member) => {
          this.#failures = 0;
          if (this.#closed) this.#discard(member.id);
          else this.#members.push(member);
          return 0;
        },
        (error: unknown) => {
          // Withdrawn, since its memory was needed.
          if (abort.signal.aborted) return LOOK_EVERY_MS;
          this.#wiring.onTrouble(error);
          return Math.min(MAX_BACK_OFF_MS, FIRST_BACK_OFF_MS * 2 ** this.#failures++);
        },
      )
      .then((delayMs) => {
        this.#filling = undefined;
        if (delayMs === 0) this.#look();
        else this.#lookIn(delayMs);
      });
    this.#filling = { key: plan.key, abort, done };
  }

  /** Its clusters are removed: nobody owns them once the process is gone. */
  async close(): Promise<void> {
    this.#closed = true;
    this.#next?.cancel();
    this.#filling?.abort.abort();
    await this.#filling?.done;
    await Promise.all(
      this.#members
        .splice(0)
        .map(({ id }) => this.#wiring.remove(id).catch((error: unknown) => this.#wiring.onTrouble(error))),
    );
  }
}
