import { cancel, emptyQueue, peek, pop, push } from './event-queue.ts';
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

  constructor(state: SimulationState) {
    this.state = state;
  }

  get nowMs(): number {
    return this.state.nowMs;
  }

  on(target: string, handler: EventHandler): void {
    if (this.#handlers.has(target)) throw new Error(`simulation target "${target}" already has a handler`);
    this.#handlers.set(target, handler);
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
