import type { Database } from '@podwire/db';
import { inLocale, instantiate } from '@podwire/lab';
import type { Lab, Task } from '@podwire/lab';
import type { TakenHint } from '@podwire/protocol';
import type { Catalog } from '../course/catalog.ts';
import { Failure, notFound } from '../failure.ts';
import type { LiveSession } from '../session/live-session.ts';

const PERCENT = 100;

interface WantedHint {
  readonly taskId: string;
  readonly hintId: string;
  readonly locale?: string | undefined;
}

/** Which part of a task's score the hints that this learner took of it cost, 0 to 1. */
export async function costOfHints(
  database: Database,
  learnerId: string,
  labId: string,
  taskId: string,
): Promise<number> {
  const { _sum } = await database.hintReveal.aggregate({
    where: { learnerId, labId, taskId },
    _sum: { cost: true },
  });
  return Math.min(1, (_sum.cost ?? 0) / PERCENT);
}

/** Hints that cost something, and solutions: texts that no page has in it, told to whoever may read them. */
export class Hints {
  readonly #database: Database;
  readonly #catalog: Catalog;

  constructor(database: Database, catalog: Catalog) {
    this.#database = database;
    this.#catalog = catalog;
  }

  /** Takes a hint. Taken twice it costs once. */
  async take(session: LiveSession, { taskId, hintId, locale }: WantedHint, now: Date): Promise<TakenHint> {
    const task = this.#task(session, taskId, locale);
    const index = task.hints.findIndex(({ id }) => id === hintId);
    const hint = task.hints[index];
    if (hint === undefined) throw notFound('hint of this task');
    session.activity();
    const { learnerId } = session;
    const { labId } = session.facts;
    if (hint.cost !== undefined) {
      // Hints build on one another, and are shown in order: so are they paid.
      const before = task.hints.slice(0, index).filter(({ cost }) => cost !== undefined);
      const taken = await this.#database.hintReveal.count({
        where: { learnerId, labId, taskId, hintId: { in: before.map(({ id }) => id) } },
      });
      if (taken < before.length)
        throw new Failure(409, 'hint-order', 'There is a hint before this one. Take that first.');
      await this.#database.hintReveal.createMany({
        data: [{ learnerId, labId, taskId, hintId, cost: hint.cost, revealedAt: now }],
        skipDuplicates: true,
      });
    }
    const paid = await this.#database.hintReveal.findUnique({
      where: { learnerId_labId_taskId_hintId: { learnerId, labId, taskId, hintId } },
    });
    return { taskId, hintId, cost: paid?.cost ?? 0, body: treeOf(hint.body) };
  }

  /** Those taken, in this session or an earlier one of the lab, that the lab still has. */
  async taken(session: LiveSession, locale: string | undefined): Promise<{ readonly hints: TakenHint[] }> {
    const lab = this.#lab(session, locale);
    const rows = await this.#database.hintReveal.findMany({
      where: { learnerId: session.learnerId, labId: lab.id },
      orderBy: { revealedAt: 'asc' },
    });
    return {
      hints: rows.flatMap(({ taskId, hintId, cost }) => {
        const task = lab.tasks.find(({ id }) => id === taskId);
        const hint = task?.hints.find(({ id }) => id === hintId);
        return hint === undefined ? [] : [{ taskId, hintId, cost, body: treeOf(hint.body) }];
      }),
    };
  }

  /** How its author does the task: for who has done it. */
  async solution(
    session: LiveSession,
    taskId: string,
    locale: string | undefined,
  ): Promise<{ readonly body: TakenHint['body'] }> {
    const { solution } = this.#task(session, taskId, locale);
    if (solution === undefined) throw notFound('solution of this task');
    const { learnerId, facts } = session;
    const progress = await this.#database.taskProgress.findUnique({
      where: { learnerId_labId_taskId: { learnerId, labId: facts.labId, taskId } },
    });
    if (progress?.passed !== true)
      throw new Failure(403, 'not-passed', 'The solution is shown once you have passed this task.');
    return { body: treeOf(solution) };
  }

  #task(session: LiveSession, taskId: string, locale: string | undefined): Task {
    const task = this.#lab(session, locale).tasks.find(({ id }) => id === taskId);
    if (task === undefined) throw notFound('task in this lab');
    return task;
  }

  #lab(session: LiveSession, locale: string | undefined): Lab {
    const template = this.#catalog.lab(session.facts.labId);
    if (template === undefined) throw notFound('lab');
    const lab =
      template.digest === session.origin.labDigest
        ? instantiate(template, session.origin.parameters ?? {})
        : template;
    return locale === undefined ? lab : inLocale(lab, locale);
  }
}

/** As the page gets it: places in the source are for authors. */
export function treeOf(nodes: NonNullable<Task['solution']>): TakenHint['body'] {
  return JSON.parse(
    JSON.stringify(nodes, (key, value: unknown) => (key === 'position' ? undefined : value)),
  ) as TakenHint['body'];
}
