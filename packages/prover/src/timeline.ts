import type { Lab, Task } from '@podwire/lab';
import type { ProvingCluster, ProvingGround, ScriptOutcome } from './proving-ground.ts';

/**
 * A lab's course through its solutions: the cluster as it is before each task, and after. Copies are kept
 * where the backend can make them; elsewhere the way there is gone again.
 */
export class Timeline {
  readonly #lab: Lab;
  readonly #ground: ProvingGround;
  readonly #seed: number;
  /** By number of tasks solved. */
  readonly #moments = new Map<number, ProvingCluster>();

  constructor(lab: Lab, ground: ProvingGround, seed: number) {
    this.#lab = lab;
    this.#ground = ground;
    this.#seed = seed;
  }

  /** A cluster of the caller's own in which the first `solved` tasks are done. Rejects when the lab can't be booted. */
  async at(solved: number): Promise<ProvingCluster> {
    for (let nearest = solved; nearest >= 0; nearest--) {
      const copy = await this.#moments.get(nearest)?.copy();
      if (copy !== undefined) return this.#advance(copy, nearest, solved);
    }
    const booted = await this.#ground.boot(this.#lab, this.#seed);
    if (!booted.ok) throw new SetupError(booted.message);
    await this.#keep(0, booted.cluster);
    return this.#advance(booted.cluster, 0, solved);
  }

  /** Remembers this moment, if it can be copied. */
  async #keep(solved: number, cluster: ProvingCluster): Promise<void> {
    if (this.#moments.has(solved)) return;
    const copy = await cluster.copy();
    if (copy !== undefined) this.#moments.set(solved, copy);
  }

  async #advance(cluster: ProvingCluster, from: number, to: number): Promise<ProvingCluster> {
    for (let solved = from; solved < to; solved++) {
      const task = this.#lab.tasks[solved];
      if (task !== undefined) await solve(cluster, this.#lab, task);
      await this.#keep(solved + 1, cluster);
    }
    return cluster;
  }
}

/** The lab's setup was refused, so nothing about it can be proven. */
export class SetupError extends Error {
  constructor(message: string) {
    super(message);
    this.name = 'SetupError';
  }
}

export function solutionOf(lab: Lab, task: Task): string | undefined {
  return lab.solutions.find((solution) => solution.taskId === task.id)?.script;
}

export async function solve(cluster: ProvingCluster, lab: Lab, task: Task): Promise<ScriptOutcome> {
  const script = solutionOf(lab, task);
  if (script === undefined) return { kind: 'ended', exitCode: 0, output: '' };
  const outcome = await cluster.runScript(script);
  await cluster.settle();
  return outcome;
}
