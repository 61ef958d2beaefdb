import type { SliceOutcome } from './hosted-cluster.ts';

/** One cluster's turn. Short, so that forty learners' keystrokes are all echoed within a third of a second at worst. */
const SLICE_MS = 8;
/** The longest delay that setTimeout takes. */
const MAX_DELAY_MS = 2_147_483_647;

/** Work of one cluster that is cut into slices: driving it, or bringing it back. */
export interface Scheduled {
  /** What the watchdog knows this work by. */
  readonly slot: number;
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
  }

  /** Something came in for this one. */
  wake(member: Scheduled): void {
    if (!this.#members.has(member) || this.#ready.includes(member)) return;
    this.#ready.push(member);
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
    const member = this.#ready.shift();
    if (member !== undefined) this.#runSlice(member);
    if (this.#ready.length > 0) this.#nextTurn();
    else this.#setAlarm();
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
        this.#ready.push(member);
        return;
      case 'asleep':
        state.wakeAtMs = outcome.wakeAtMs;
        return;
      case 'runaway':
        this.remove(member);
        member.onFault({ kind: 'runaway' });
    }
  }

  #setAlarm(): void {
    let atMs = Infinity;
    for (const { wakeAtMs } of this.#members.values()) atMs = Math.min(atMs, wakeAtMs ?? Infinity);
    if (this.#alarm?.atMs === atMs) return;
    this.#alarm?.cancel();
    this.#alarm = undefined;
    if (atMs === Infinity) return;
    const delayMs = Math.min(MAX_DELAY_MS, Math.max(0, atMs - this.#clock.wallMs()));
    const timer = this.#clock.after(delayMs, () => {
      this.#alarm = undefined;
      const nowMs = this.#clock.wallMs();
      for (const [member, state] of this.#members) {
        if (state.wakeAtMs === undefined || state.wakeAtMs > nowMs) continue;
        state.wakeAtMs = undefined;
        this.wake(member);
      }
      // Timers may fire a little early.
      if (this.#ready.length === 0) this.#setAlarm();
    });
    this.#alarm = { atMs, cancel: () => timer.cancel() };
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
