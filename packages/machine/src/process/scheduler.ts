import type { Simulation } from '@podwire/sim';
import type { TaskProcess } from './task.ts';

/**
 * The processor of this world. A step is one resumption of a generator, some tens of microseconds of
 * the host's time at most; what exceeds the budget waits for the next virtual millisecond, so that
 * `while true; do :; done` costs the host a bounded share and delays nobody else.
 */
const STEPS_PER_MS = 96;
/** One machine's share of it. */
const MACHINE_STEPS_PER_MS = 32;
/** Steps a machine runs before the next one's turn. */
const SLICE_STEPS = 8;

interface RunQueue {
  readonly tasks: TaskProcess[];
  usedSteps: number;
  windowMs: number;
}

/** Takes turns among machines, and within a machine among its tasks. */
export class Scheduler {
  readonly #simulation: Simulation;
  readonly #queues = new Map<string, RunQueue>();
  /** Machines with tasks to run, in order of their turns. */
  #turns: string[] = [];
  #usedSteps = 0;
  #windowMs = -1;
  #scheduled = false;
  #callbacks: (() => void)[] = [];
  #callbacksScheduled = false;

  constructor(simulation: Simulation) {
    this.#simulation = simulation;
  }

  enqueue(task: TaskProcess): void {
    const id = task.machineId;
    let queue = this.#queues.get(id);
    if (queue === undefined) {
      queue = { tasks: [], usedSteps: 0, windowMs: -1 };
      this.#queues.set(id, queue);
    }
    queue.tasks.push(task);
    if (queue.tasks.length === 1 && !this.#turns.includes(id)) this.#turns.push(id);
    this.#schedule(0);
  }

  forget(machineId: string): void {
    this.#queues.delete(machineId);
  }

  /** The handler of the `run` event. */
  run(): void {
    this.#scheduled = false;
    const windowMs = Math.floor(this.#simulation.nowMs);
    if (windowMs !== this.#windowMs) {
      this.#windowMs = windowMs;
      this.#usedSteps = 0;
    }
    const waiting: string[] = [];
    while (this.#usedSteps < STEPS_PER_MS) {
      const id = this.#turns.shift();
      if (id === undefined) break;
      const queue = this.#queues.get(id);
      if (queue === undefined || queue.tasks.length === 0) continue;
      if (queue.windowMs !== windowMs) {
        queue.windowMs = windowMs;
        queue.usedSteps = Math.max(0, queue.usedSteps - MACHINE_STEPS_PER_MS);
      }
      if (queue.usedSteps >= MACHINE_STEPS_PER_MS) {
        waiting.push(id);
        continue;
      }
      this.#runSlice(queue);
      if (queue.tasks.length > 0 && !this.#turns.includes(id)) this.#turns.push(id);
    }
    for (const id of waiting) if (!this.#turns.includes(id)) this.#turns.push(id);
    if (this.#turns.length > 0) this.#schedule(windowMs + 1 - this.#simulation.nowMs);
  }

  #runSlice(queue: RunQueue): void {
    for (let used = 0; used < SLICE_STEPS && queue.usedSteps < MACHINE_STEPS_PER_MS;) {
      const task = queue.tasks.shift();
      if (task === undefined) return;
      const steps = task.resume();
      used += steps;
      queue.usedSteps += steps;
      this.#usedSteps += steps;
    }
  }

  #schedule(delayMs: number): void {
    if (this.#scheduled) return;
    this.#scheduled = true;
    this.#simulation.schedule(delayMs, 'machine', { kind: 'run' });
  }

  /** Runs `callback` when the next virtual millisecond begins. */
  atNextMs(callback: () => void): void {
    this.#callbacks.push(callback);
    if (this.#callbacksScheduled) return;
    this.#callbacksScheduled = true;
    this.#simulation.schedule(Math.floor(this.#simulation.nowMs) + 1 - this.#simulation.nowMs, 'machine', {
      kind: 'next-ms',
    });
  }

  /** The handler of the `next-ms` event. */
  runCallbacks(): void {
    this.#callbacksScheduled = false;
    const callbacks = this.#callbacks;
    this.#callbacks = [];
    for (const callback of callbacks) callback();
  }
}
