import { gradeTask } from '@podwire/grader';
import type { Answers } from '@podwire/grader';
import type { Lab, Task } from '@podwire/lab';
import { Sealing } from '@podwire/prover';
import type { ProvingCluster, SealedGrade } from '@podwire/prover';
import { simulatedProvingGround } from '../../src/index.ts';

const SEED = 7;
const SEALED_SEED = 70_001;

/** A lab of one task on which passes are forged: what a learner did to it, and what both places to grade say of that. */
export class Contest {
  readonly #lab: Lab;
  readonly #task: Task;
  readonly #answers: Answers;
  readonly #ground = simulatedProvingGround();
  readonly #sealing: Sealing;
  #start: ProvingCluster | undefined;

  constructor(lab: Lab, answers: Answers = {}) {
    [this.#task] = lab.tasks as [Task];
    this.#lab = lab;
    this.#answers = answers;
    this.#sealing = new Sealing(lab, this.#ground);
  }

  async boot(): Promise<void> {
    const booted = await this.#ground.boot(this.#lab, SEED);
    if (!booted.ok) throw new Error(booted.message);
    this.#start = booted.cluster;
  }

  /** A learner's cluster after this script. */
  async learner(script: string): Promise<ProvingCluster> {
    const cluster = await this.#start?.copy();
    if (cluster === undefined) throw new Error('the cluster can’t be copied');
    await cluster.runScript(script);
    await cluster.settle();
    return cluster;
  }

  async inPlace(cluster: ProvingCluster): Promise<string> {
    const graded = await gradeTask({
      task: this.#task,
      cluster: cluster.grading,
      answers: this.#answers,
      metEarlier: new Set(),
    });
    return graded.verdict;
  }

  async sealed(cluster: ProvingCluster, answers: Answers = this.#answers): Promise<SealedGrade> {
    const submission = await this.#sealing.submissionFrom(cluster, SEED, await cluster.files());
    if ('unreadable' in submission)
      return { verdict: 'not-gradable', score: 0, checks: [], notes: [submission.unreadable] };
    return this.#sealing.grade({
      task: this.#task,
      submission,
      answers,
      seed: SEALED_SEED,
      answersFrom: cluster.grading,
    });
  }
}
