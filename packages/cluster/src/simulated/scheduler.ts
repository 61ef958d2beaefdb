import type { SliceOutcome } from './hosted-cluster.ts';

/** One cluster's turn. Short, so that forty learners' keystrokes are all echoed within a third of a second at worst. */
const SLICE_MS = 8;
/** The longest delay that setTimeout takes. */
const MAX_DELAY_MS = 2_147_483_647;

/** Work of one cluster that is cut into slices: driving it, or bringing it back. */
export interface Scheduled {
  /** What the watchdog knows this work by. */
  readonly slot: number;
  /** Has turns only while nobody else wants one. */
  readonly inBackground?: boolean;
  slice(wallMs: number, spent: () => boolean): SliceOutcome;
  /** After each slice, for telling what happened. */
  afterSlice(wallMs: number): void;
  /** It threw, or ran away: it is scheduled no more. */
  onFault(fault: { readonly kind: 'threw'; readonly error: unknown } | { readonly kind: 'runaway' }): void;
}

export interface SchedulerClock {
  wallMs(): number;
  /** Milliseconds that only ever grow, for measuring slices. */
  monotonicMs(): number;
  soon(callback: () => void): void;
  after(delayMs: number, callback: () => void): { cancel(): void };
}

/**
 * Gives the clusters of one worker their turns, round robin. Between slices the worker's messages are
 * heard. When no cluster has anything to do, nothing runs until the earliest of their wake-up times.
 */
export class Scheduler {
  readonly #clock: SchedulerClock;
  readonly #onSlice: (slot: number) => void;
  readonly #members = new Map<Scheduled, { wakeAtMs: number | undefined }>();
  #ready: Scheduled[] = [];
  #readyInBackground: Scheduled[] = [];
  #turnPending = false;
  #alarm: { readonly atMs: number; cancel(): void } | undefined;

  /** `onSlice` hears the slot before a slice, and -1 after it. */
  constructor(clock: SchedulerClock, onSlice: (slot: number) => void) {
    this.#clock = clock;
    this.#onSlice = onSlice;
  }

  add(member: Scheduled): void {
    this.#members.set(member, { wakeAtMs: undefined });
    this.wake(member);
  }

  remove(member: Scheduled): void {
    this.#members.delete(member);
    this.#ready = this.#ready.filter((other) => other !== member);
    this.#readyInBackground = this.#readyInBackground.filter((other) => other !== member);
  }

  #queueOf(member: Scheduled): Scheduled[] {
    return member.inBackground === true ? this.#readyInBackground : this.#ready;
  }

  /** Something came in for this one. */
  wake(member: Scheduled): void {
    const queue = this.#queueOf(member);
    if (!this.#members.has(member) || queue.includes(member)) return;
    queue.push(member);
    this.#nextTurn();
  }

  #nextTurn(): void {
    if (this.#turnPending) return;
    this.#turnPending = true;
    this.#clock.soon(() => {
      this.#turnPending = false;
      this.#turn();
    });
  }

  #turn(): void {
    const member = this.#ready.shift() ?? this.#readyInBackground.shift();
    if (member !== undefined) this.#runSlice(member);
    if (this.#ready.length > 0 || this.#readyInBackground.length > 0) this.#nextTurn();
  }

  #runSlice(member: Scheduled): void {
    const state = this.#members.get(member);
    if (state === undefined) return;
    const wallMs = this.#clock.wallMs();
    const endMs = this.#clock.monotonicMs() + SLICE_MS;
    this.#onSlice(member.slot);
    let outcome: SliceOutcome;
    try {
      outcome = member.slice(wallMs, () => this.#clock.monotonicMs() >= endMs);
      member.afterSlice(wallMs);
    } catch (error) {
      this.remove(member);
      member.onFault({ kind: 'threw', error });
      return;
    } finally {
      this.#onSlice(-1);
    }
    switch (outcome.kind) {
      case 'busy':
        this.#queueOf(member).push(member);
        return;
      case 'asleep':
        state.wakeAtMs = outcome.wakeAtMs;
        // Also while others are busy: they must not keep this one from waking.
        if (outcome.wakeAtMs !== undefined) this.#wakeBy(outcome.wakeAtMs);
        return;
      case 'runaway':
        this.remove(member);
        member.onFault({ kind: 'runaway' });
    }
  }

  #wakeBy(atMs: number): void {
    if (this.#alarm !== undefined && this.#alarm.atMs <= atMs) return;
    this.#alarm?.cancel();
    const delayMs = Math.min(MAX_DELAY_MS, Math.max(0, atMs - this.#clock.wallMs()));
    const timer = this.#clock.after(delayMs, () => {
      this.#alarm = undefined;
      this.#wakeDue();
    });
    this.#alarm = { atMs, cancel: () => timer.cancel() };
  }

  #wakeDue(): void {
    const nowMs = this.#clock.wallMs();
    let nextMs = Infinity;
    for (const [member, state] of this.#members) {
      if (state.wakeAtMs === undefined) continue;
      // Timers may fire a little early.
      if (state.wakeAtMs > nowMs) {
        nextMs = Math.min(nextMs, state.wakeAtMs);
        continue;
      }
      state.wakeAtMs = undefined;
      this.wake(member);
    }
    if (nextMs !== Infinity) this.#wakeBy(nextMs);
  }
}

export const systemClock: SchedulerClock = {
  wallMs: () => Date.now(),
  monotonicMs: () => performance.now(),
  soon: (callback) => void setImmediate(callback),
  after: (delayMs, callback) => {
    const timer = setTimeout(callback, Math.ceil(delayMs));
    return { cancel: () => clearTimeout(timer) };
  },
};
