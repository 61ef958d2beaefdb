import { gradeTask } from '@podwire/grader';
import type { Answers, GradingCluster, LookRecorder, TaskGrade } from '@podwire/grader';
import type { Lab, Task } from '@podwire/lab';
import { answersOf } from '../answers.ts';
import { collectionsOf, snapshotOf } from '../learner-objects.ts';
import type { Collection, Snapshot } from '../learner-objects.ts';
import { isManifest, keyOf } from '../manifest.ts';
import type { Manifest } from '../manifest.ts';
import type { ProvingCluster, ProvingGround } from '../proving-ground.ts';
import { SetupError, solutionOf, solve } from '../timeline.ts';
import { replay } from './replay.ts';
import { nodeAddressesOf, withNodesOf } from './node-addresses.ts';
import type { NodeAddresses } from './node-addresses.ts';
import { submissionSince } from './read-submission.ts';
import type { ReadSubmission } from './read-submission.ts';
import { scopeOf, withinScope } from './scope.ts';
import type { SealedScope } from './scope.ts';
import { submissionOf } from './submission.ts';
import type { SealedSubmission } from './submission.ts';

/** Other than any that a learner's cluster has, so that no name or address of theirs is known there. */
const SCOPE_SEED = 3_000_000_019;

/** Of one lab: the one that submissions are compared with, and the one that they are graded in. */
const MAX_STARTS = 2;

const UNKNOWN: Collection = { apiVersion: '', kind: '', path: '', plural: '', namespaced: true };

export interface SealedGrade extends TaskGrade {
  /** What was not taken along, and what the API refused. */
  readonly notes: readonly string[];
}

export interface SealedRequest {
  readonly task: Task;
  readonly submission: SealedSubmission;
  readonly answers: Answers;
  /** Of the cluster in which it is graded. Another than the learner's. */
  readonly seed: number;
  /** Where answers that ask for a value of the learner's own cluster are looked up. */
  readonly answersFrom?: GradingCluster;
  /** The same lab with other parameters, where it asks for that: it is graded in one of these. */
  readonly elsewhere?: Lab;
  /** Of the cluster where it was made, if its nodes have other addresses than those where it is graded. */
  readonly nodesThen?: NodeAddresses;
  /** Notes what the verdict rests on. */
  readonly recorder?: LookRecorder;
}

/** What is asked of a learner's own lab, looked for where their work is replayed: only answers stay about their own. */
export function sealedTask(own: Task, elsewhere: Lab | undefined): Task {
  const there = elsewhere?.tasks.find(({ id }) => id === own.id);
  if (there === undefined) return own;
  const checks = there.checks.map((check) =>
    check.kind === 'answer' ? (own.checks.find(({ id }) => id === check.id) ?? check) : check,
  );
  return { ...there, questions: own.questions, checks };
}

interface StartObjects {
  readonly collections: readonly Collection[];
  readonly before: Snapshot;
}

/** A solution as it was handed in, and where it was made. */
interface Moment {
  readonly task: Task;
  readonly submission: SealedSubmission;
  readonly answers: Answers;
  readonly ran: ProvingCluster;
}

interface Prepared {
  readonly scope: SealedScope;
  readonly moments: readonly Moment[];
  /** By task: the checks that its solution does not meet when it is replayed. A task without any is sealable. */
  readonly unmet: ReadonlyMap<string, readonly string[]>;
}

/**
 * Grades for credit: what a learner made is replayed in a cluster that they never touch, and looked at there
 * by programs and probes of our own. What may be carried over is what the lab's own solutions carry.
 */
export class Sealing {
  readonly #lab: Lab;
  readonly #ground: ProvingGround;
  #prepared: Promise<Prepared> | undefined;
  #objects: { readonly seed: number; readonly found: Promise<StartObjects> } | undefined;
  readonly #starts = new Map<number, { readonly lab: Lab; readonly cluster: Promise<ProvingCluster> }>();

  constructor(lab: Lab, ground: ProvingGround) {
    this.#lab = lab;
    this.#ground = ground;
  }

  /** The learner's part of a cluster, by comparison with one that the lab has just set up. */
  async submissionFrom(
    cluster: Pick<ProvingCluster, 'request'>,
    seed: number,
    files: SealedSubmission['files'] = [],
  ): Promise<ReadSubmission> {
    return submissionSince(await this.#startObjects(seed), cluster, files);
  }

  /** The checks that ask for something done rather than made: the lab's own solution does not meet them when it is replayed. None: its task can be graded sealed. */
  async unmetBySolution(taskId: string): Promise<readonly string[]> {
    return (await this.#prepare()).unmet.get(taskId) ?? [taskId];
  }

  /** What the author's own solution of a task comes to in a cluster of another draw, and what having done nothing does. */
  async verdictsOf(
    taskId: string,
    elsewhere: Lab | undefined,
  ): Promise<
    { readonly solution: TaskGrade['verdict']; readonly nothing: TaskGrade['verdict'] } | undefined
  > {
    const { scope, moments } = await this.#prepare();
    const moment = moments.find(({ task }) => task.id === taskId);
    if (moment === undefined) return undefined;
    const { task, submission, answers, ran } = moment;
    const where = { task, seed: SCOPE_SEED + 1, ...(elsewhere === undefined ? {} : { elsewhere }) };
    const solved = await this.#grade({ ...where, submission, answers, answersFrom: ran.grading }, scope);
    const idle = { made: [], deleted: [], files: [] };
    const untouched = await this.#grade({ ...where, submission: idle, answers: {} }, scope);
    return { solution: solved.verdict, nothing: untouched.verdict };
  }

  /** Of manifests that were handed in: those that may be carried over, and in words those that may not. */
  async scopeManifests(
    objects: readonly unknown[],
    seed: number,
  ): Promise<{ readonly taken: readonly Manifest[]; readonly left: readonly string[] }> {
    const { scope } = await this.#prepare();
    const { collections, before } = await this.#startObjects(seed);
    const taken: Manifest[] = [];
    const left: string[] = [];
    for (const given of objects) {
      if (!isManifest(given)) {
        left.push('an object without a name');
        continue;
      }
      const collection = collections.find(
        ({ kind, apiVersion }) => kind === given.kind && apiVersion === given.apiVersion,
      );
      const namespace =
        collection?.namespaced === false ? undefined : (given.metadata.namespace ?? 'default');
      const { namespace: _namespace, ...metadata } = given.metadata;
      const object: Manifest = {
        ...given,
        metadata: {
          ...metadata,
          name: given.metadata.name,
          ...(namespace === undefined ? {} : { namespace }),
        },
      };
      const changed = before.has(keyOf(object));
      // A kind that the cluster does not list is told so by the API.
      const submitted = { object, changed, collection: collection ?? UNKNOWN };
      const scoped = withinScope({ made: [submitted], deleted: [], files: [] }, scope);
      if (scoped.taken.made.length > 0) taken.push(object);
      left.push(...scoped.left);
    }
    return { taken, left };
  }

  async grade(request: SealedRequest): Promise<SealedGrade> {
    const { scope, unmet } = await this.#prepare();
    if (unmet.get(request.task.id)?.length !== 0) {
      const because =
        'What this task asks for is something done, which leaves no object behind. It is graded where it is done.';
      return { verdict: 'not-gradable', score: 0, checks: [], notes: [because] };
    }
    return this.#grade(request, scope);
  }

  async #grade(request: SealedRequest, scope: SealedScope): Promise<SealedGrade> {
    const { taken, left } = withinScope(request.submission, scope);
    const { elsewhere, answersFrom, nodesThen, recorder } = request;
    const cluster = await this.#start(request.seed, elsewhere);
    const work =
      nodesThen === undefined ? taken : withNodesOf(taken, nodesThen, await nodeAddressesOf(cluster));
    const refused = await replay(cluster, work);
    const watch = (each: GradingCluster): GradingCluster => recorder?.watch(each) ?? each;
    const graded = await gradeTask({
      task: sealedTask(request.task, elsewhere),
      cluster: watch(cluster.grading),
      answers: request.answers,
      // What was met in a cluster of the learner's proves nothing here.
      metEarlier: new Set(),
      ...(answersFrom === undefined ? {} : { answersFrom: watch(answersFrom) }),
    });
    return { ...graded, notes: [...left.map((each) => `Not taken along: ${each}.`), ...refused] };
  }

  /** What there is in a cluster that the lab has just set up. A class is graded with one seed, so the last is kept. */
  #startObjects(seed: number): Promise<StartObjects> {
    if (this.#objects?.seed === seed) return this.#objects.found;
    const find = async (): Promise<StartObjects> => {
      const start = await this.#start(seed);
      const collections = await collectionsOf(start);
      return { collections, before: await snapshotOf(start, collections) };
    };
    const found = find();
    this.#objects = { seed, found };
    return found;
  }

  /** A cluster of the caller's own, as the lab sets it up. */
  async #start(seed: number, lab: Lab = this.#lab): Promise<ProvingCluster> {
    const boot = async (): Promise<ProvingCluster> => {
      const booted = await this.#ground.boot(lab, seed);
      if (!booted.ok) throw new SetupError(booted.message);
      return booted.cluster;
    };
    const known = this.#starts.get(seed);
    if (known?.lab === lab) return (await (await known.cluster).copy()) ?? boot();
    const booted = boot();
    this.#starts.delete(seed);
    this.#starts.set(seed, { lab, cluster: booted });
    for (const oldest of this.#starts.keys()) if (this.#starts.size > MAX_STARTS) this.#starts.delete(oldest);
    return (await (await booted).copy()) ?? boot();
  }

  #prepare(): Promise<Prepared> {
    this.#prepared ??= this.#learnFromSolutions();
    return this.#prepared;
  }

  async #learnFromSolutions(): Promise<Prepared> {
    const cluster = await this.#start(SCOPE_SEED);
    const collections = await collectionsOf(cluster);
    const start: Snapshot = await snapshotOf(cluster, collections);
    const moments: Moment[] = [];
    for (const task of this.#lab.tasks) {
      await solve(cluster, this.#lab, task);
      const submission = submissionOf(start, await snapshotOf(cluster, collections), await cluster.files());
      const answers = await answersOf(cluster, solutionOf(this.#lab, task) ?? '');
      const ran = (await cluster.copy()) ?? cluster;
      if (!('unreadable' in submission)) moments.push({ task, submission, answers, ran });
    }
    const scope = scopeOf(moments.map(({ submission }) => submission));
    const unmet = new Map<string, readonly string[]>();
    for (const { task, submission, answers, ran } of moments) {
      const { verdict, checks } = await this.#grade(
        { task, submission, answers, seed: SCOPE_SEED + 1, answersFrom: ran.grading },
        scope,
      );
      const failed = checks.filter((check) => check.verdict !== 'passed').map(({ checkId }) => checkId);
      unmet.set(task.id, verdict === 'passed' ? [] : failed);
    }
    return { scope, moments, unmet };
  }
}
