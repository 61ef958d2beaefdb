import { cancel, emptyQueue, peek, pending, pop, postpone, push } from './event-queue.ts';
import type { EventQueueState } from './event-queue.ts';
import { nextFloat, nextInt, nextName, nextUuid, seedRandom } from './random.ts';
import type { RandomState } from './random.ts';

/** All that a simulation remembers. Plain data: see `forkState`. */
export interface SimulationState {
  nowMs: number;
  readonly random: RandomState;
  readonly queue: EventQueueState;
}

export function newSimulationState(options: {
  readonly seed: number;
  readonly startMs: number;
}): SimulationState {
  return { nowMs: options.startMs, random: seedRandom(options.seed), queue: emptyQueue() };
}

export type EventHandler = (data: unknown) => void;

/**
 * What becomes of an event that only keeps a world at rest as it is (a heartbeat, a probe that has always passed)
 * when a time is skipped in which it was due: it runs `at-once` after, or at its next time `in-step`.
 */
export type Upkeep = { readonly kind: 'at-once' } | { readonly kind: 'in-step'; readonly everyMs: number };

/** Whether an event is upkeep as things stand; undefined: it is work, and its time must not be skipped. */
export type UpkeepJudge = (data: unknown) => Upkeep | undefined;

/** Why `run` returned: nothing is left, the next event lies beyond the deadline, the condition holds, or the step budget is spent. */
export type RunOutcome = 'idle' | 'deadline' | 'condition' | 'budget';

export interface RunLimits {
  /** Virtual time up to which events run, in ms since the epoch, inclusive. */
  readonly untilMs: number;
  /** The most events one call may run: what keeps a runaway simulation from holding its thread. */
  readonly maxEvents: number;
  /** Checked after each event; true ends the run. */
  readonly condition?: () => boolean;
}

/**
 * Virtual time, randomness and the order of events for one simulated world. Synchronous: nothing
 * happens between calls to `run`. Subsystems register one handler each by name (`on`), and schedule
 * events as data, so that the state alone says what will happen next.
 */
export class Simulation {
  readonly state: SimulationState;
  readonly #handlers = new Map<string, EventHandler>();
  readonly #upkeep = new Map<string, UpkeepJudge>();

  constructor(state: SimulationState) {
    this.state = state;
  }

  get nowMs(): number {
    return this.state.nowMs;
  }

  /** `upkeep` says which of its events only keep things as they are; without it, none does. */
  on(target: string, handler: EventHandler, upkeep?: UpkeepJudge): void {
    if (this.#handlers.has(target)) throw new Error(`simulation target "${target}" already has a handler`);
    this.#handlers.set(target, handler);
    if (upkeep !== undefined) this.#upkeep.set(target, upkeep);
  }

  /** Schedules an event `delayMs` from now (fractions allowed) and returns its id for `cancel`. */
  schedule(delayMs: number, target: string, data: unknown): number {
    return push(this.state.queue, this.state.nowMs + Math.max(0, delayMs), target, data);
  }

  cancel(eventId: number): void {
    cancel(this.state.queue, eventId);
  }

  /** When the next event is due, in ms since the epoch, or undefined when the world is at rest. */
  nextEventMs(): number | undefined {
    return peek(this.state.queue)?.atMs;
  }

  /** When the next event is due that is more than upkeep; undefined when there is none. Looks at every event. */
  nextWorkMs(): number | undefined {
    let earliest: number | undefined;
    for (const event of pending(this.state.queue)) {
      if (earliest !== undefined && event.atMs >= earliest) continue;
      if (this.#upkeep.get(event.target)?.(event.data) === undefined) earliest = event.atMs;
    }
    return earliest;
  }

  /**
   * Lets time pass in which nothing but upkeep was due, without running it: each such event runs once at the end,
   * or when its turn comes next. The work of any length of rest is the same.
   *
   * @throws Error when work is due in that time.
   */
  skipTo(untilMs: number): void {
    const workMs = this.nextWorkMs();
    if (workMs !== undefined && workMs < untilMs)
      throw new Error('work is due in the time that is to be skipped');
    const laterMs = new Map<number, number>();
    for (const event of pending(this.state.queue)) {
      if (event.atMs > untilMs) continue;
      const upkeep = this.#upkeep.get(event.target)?.(event.data);
      if (upkeep === undefined) continue;
      // In step means after all that runs at once: checks come after the heartbeats that they look at.
      const missed = upkeep.kind === 'in-step' ? Math.floor((untilMs - event.atMs) / upkeep.everyMs) + 1 : 0;
      laterMs.set(event.id, upkeep.kind === 'in-step' ? event.atMs + missed * upkeep.everyMs : untilMs);
    }
    postpone(this.state.queue, laterMs);
    this.state.nowMs = Math.max(this.state.nowMs, untilMs);
  }

  /** Runs due events in order. Afterwards `nowMs` is `untilMs` when the deadline was reached or the queue ran dry. */
  run(limits: RunLimits): RunOutcome {
    for (let ran = 0; ; ran++) {
      const next = peek(this.state.queue);
      if (next === undefined || next.atMs > limits.untilMs) {
        this.state.nowMs = Math.max(this.state.nowMs, limits.untilMs);
        return next === undefined ? 'idle' : 'deadline';
      }
      if (ran >= limits.maxEvents) return 'budget';
      pop(this.state.queue);
      this.state.nowMs = Math.max(this.state.nowMs, next.atMs);
      const handler = this.#handlers.get(next.target);
      if (handler === undefined) throw new Error(`no handler for simulation target "${next.target}"`);
      handler(next.data);
      if (limits.condition?.() === true) return 'condition';
    }
  }

  /** A number in [0, 1). */
  randomFloat(): number {
    return nextFloat(this.state.random);
  }

  /** An integer in [0, bound). */
  randomInt(bound: number): number {
    return nextInt(this.state.random, bound);
  }

  /** A name suffix as the API server makes them, `length` characters. */
  randomName(length: number): string {
    return nextName(this.state.random, length);
  }

  randomUuid(): string {
    return nextUuid(this.state.random);
  }
}
