import { randomInt } from 'node:crypto';
import process from 'node:process';
import { gunzipSync } from 'node:zlib';
import type { GradeOutcome, GradeRequest } from '@podwire/cluster';
import type { Database, Prisma } from '@podwire/db';
import { replayVerdict, scoreAfterHints } from '@podwire/grader';
import type { ReplayOutcome, VerdictRecord } from '@podwire/grader';
import { instantiate, isRedrawn, redrawParameters } from '@podwire/lab';
import type { Lab, Task } from '@podwire/lab';
import type { CheckResult, SealingView, TaskReport, Verdict } from '@podwire/protocol';
import { sealedTask } from '@podwire/prover';
import type { Catalog } from '../course/catalog.ts';
import { Failure, notFound } from '../failure.ts';
import { newId } from '../identity/identify.ts';
import { costOfHints } from '../learning/hints.ts';
import { storableJson, storableText } from '../session/json.ts';
import type { LiveSession } from '../session/live-session.ts';

export interface Submission {
  readonly taskId: string;
  readonly submissionKey: string;
  readonly answers?: Readonly<Record<string, string | string[]>> | undefined;
  /** For credit: graded where the learner has never been. */
  readonly sealed?: boolean | undefined;
}

/** Seeds of sealed clusters: never a learner's own, and never known to them. */
const MAX_SEALED_SEED = 2 ** 31;

/** What a stored record unpacks to at most, bytes: a look holds the traces of its probes. */
const MAX_RECORD_BYTES = 64 * 1_024 * 1_024;
const VERSIONS = { node: process.versions.node };

const UNIQUE_VIOLATION = 'P2002';
const WITH_CHECKS = { checks: { orderBy: { position: 'asc' } } } as const;
type AttemptRow = Prisma.AttemptGetPayload<{ include: typeof WITH_CHECKS }>;

/** What whoever runs the site is told of a verdict that is our own fault. */
interface GradingFault {
  readonly attemptId: string;
  readonly sessionId: string;
  readonly labId: string;
  readonly taskId: string;
  readonly checks: readonly { readonly checkId: string; readonly because: string }[];
}

/** Grades submissions: once each, one after the other in a session, stored before they are told. */
export class Grading {
  readonly #database: Database;
  readonly #catalog: Catalog;
  readonly #onFault: (fault: GradingFault) => void;
  readonly #underWay = new Map<string, Promise<TaskReport>>();
  readonly #queues = new Map<string, Promise<unknown>>();

  /** @param onFault Told of each verdict that is our own fault: what failed, and where. */
  constructor(
    database: Database,
    catalog: Catalog,
    onFault: (fault: GradingFault) => void = () => undefined,
  ) {
    this.#database = database;
    this.#catalog = catalog;
    this.#onFault = onFault;
  }

  /** The report of this submission; the same key gives the same report, however often it is sent. */
  submit(session: LiveSession, submission: Submission): Promise<TaskReport> {
    const key = `${session.id} ${submission.submissionKey}`;
    const known = this.#underWay.get(key);
    if (known !== undefined) return known;
    const before = this.#queues.get(session.id) ?? Promise.resolve();
    const report = before.catch(() => undefined).then(() => this.#grade(session, submission));
    this.#underWay.set(key, report);
    this.#queues.set(session.id, report);
    const forget = (): void => {
      this.#underWay.delete(key);
      if (this.#queues.get(session.id) === report) this.#queues.delete(session.id);
    };
    report.then(forget, forget);
    return report;
  }

  async #grade(session: LiveSession, submission: Submission): Promise<TaskReport> {
    const stored = await this.#find(session.id, submission.submissionKey);
    if (stored !== undefined) return stored;
    const { lab, task } = await this.#task(session, submission.taskId);
    const parameters = session.origin.parameters ?? {};
    const sealed = submission.sealed === true ? this.#sealed(session, lab) : undefined;
    session.activity();
    const cluster = await session.cluster();
    const outcome = await cluster.grade({
      task,
      answers: submission.answers ?? {},
      metBefore: await this.#metBefore(session.id, task.id),
      ...(sealed === undefined ? {} : { sealed: sealed.request }),
      record: {
        labId: lab.id,
        labDigest: lab.digest,
        seed: sealed?.request.seed ?? session.facts.seed,
        versions: VERSIONS,
        parameters,
        ...(sealed?.redrawn === undefined ? {} : { redrawn: sealed.redrawn }),
      },
    });
    // The probes are part of the cluster's history: a report is not told before they are safe.
    await session.journalWritten();
    const report = await this.#store(session, lab, submission, outcome);
    if (outcome.verdict === 'our-fault')
      this.#onFault({
        attemptId: report.id,
        sessionId: session.id,
        labId: lab.id,
        taskId: task.id,
        checks: outcome.checks
          .filter(({ verdict }) => verdict === 'our-fault')
          .map(({ checkId, because = '' }) => ({ checkId, because })),
      });
    session.broadcast('session:report', { report });
    return report;
  }

  /** Which tasks of the session's lab can be handed in for credit. */
  async sealing(session: LiveSession): Promise<SealingView['tasks']> {
    const lab = this.#lab(session);
    const cluster = await session.cluster();
    // A cluster that can't grade so at all says nothing about any task.
    const told = new Map((await cluster.sealableTasks?.(lab))?.map(({ taskId, unmet }) => [taskId, unmet]));
    return lab.tasks.map(({ id, checks }) => {
      const unmet = told.get(id);
      if (unmet === undefined || unmet.length === 0) return { taskId: id, sealable: unmet !== undefined };
      const done = checks.filter((check) => unmet.includes(check.id)).map(({ title }) => title);
      return { taskId: id, sealable: false, done };
    });
  }

  /** The lab of the session, with what was drawn for its learner. */
  #lab(session: LiveSession): Lab {
    const template = this.#catalog.lab(session.facts.labId);
    if (template === undefined) throw notFound('lab');
    if (template.digest === session.origin.labDigest)
      return instantiate(template, session.origin.parameters ?? {});
    throw new Failure(
      409,
      'lab-changed',
      'This lab was changed after you started it, so it can no longer be graded fairly. Start it afresh; what you have passed is kept.',
    );
  }

  /** A cluster that nobody knows: of another seed, and of other parameters where the lab asks for that. */
  #sealed(
    session: LiveSession,
    lab: Lab,
  ): {
    readonly request: NonNullable<GradeRequest['sealed']>;
    readonly redrawn?: Readonly<Record<string, string>>;
  } {
    const seed = randomInt(MAX_SEALED_SEED);
    const request = { lab, learnerSeed: session.facts.seed, seed };
    const template = this.#catalog.lab(lab.id);
    if (template === undefined || !isRedrawn(template)) return { request };
    const redrawn = redrawParameters(template, session.origin.parameters ?? {}, seed);
    return { request: { ...request, elsewhere: instantiate(template, redrawn) }, redrawn };
  }

  /** Grades an attempt once more, from what was seen then. undefined: nothing of it was kept. */
  async replay(attemptId: string): Promise<ReplayOutcome | undefined> {
    const row = await this.#database.verdictRecord.findUnique({ where: { attemptId } });
    if (row === null) return undefined;
    const record = JSON.parse(
      gunzipSync(row.gzip, { maxOutputLength: MAX_RECORD_BYTES }).toString(),
    ) as VerdictRecord;
    const template = this.#catalog.lab(record.labId);
    if (template === undefined) throw notFound('lab');
    const task = instantiate(template, record.parameters ?? {}).tasks.find(({ id }) => id === record.taskId);
    const elsewhere = record.redrawn === undefined ? undefined : instantiate(template, record.redrawn);
    return replayVerdict(record, template, task === undefined ? undefined : sealedTask(task, elsewhere));
  }

  async #task(session: LiveSession, taskId: string): Promise<{ readonly lab: Lab; readonly task: Task }> {
    const template = this.#catalog.lab(session.facts.labId);
    if (template?.tasks.some(({ id }) => id === taskId) !== true) throw notFound('task in this lab');
    const lab = this.#lab(session);
    const task = lab.tasks.find((candidate) => candidate.id === taskId);
    if (task === undefined) throw notFound('task in this lab');
    if (task.needs.length === 0) return { lab, task };
    const passed = await this.#database.taskProgress.findMany({
      where: { learnerId: session.learnerId, labId: lab.id, taskId: { in: [...task.needs] }, passed: true },
      select: { taskId: true },
    });
    const missing = lab.tasks.filter(
      (each) => task.needs.includes(each.id) && !passed.some((row) => row.taskId === each.id),
    );
    if (missing.length > 0) {
      const titles = missing.map((each) => `“${each.title}”`).join(', ');
      throw new Failure(409, 'task-needs', `This task builds on ${titles}. Pass that first.`);
    }
    return { lab, task };
  }

  async #metBefore(sessionId: string, taskId: string): Promise<readonly string[]> {
    const rows = await this.#database.checkResult.findMany({
      where: { verdict: 'passed', attempt: { sessionId, taskId } },
      distinct: ['checkId'],
      select: { checkId: true },
    });
    return rows.map((row) => row.checkId);
  }

  async #store(
    session: LiveSession,
    lab: Lab,
    submission: Submission,
    outcome: GradeOutcome,
  ): Promise<TaskReport> {
    const id = newId('a');
    const hintCost = await costOfHints(this.#database, session.learnerId, lab.id, submission.taskId);
    try {
      const row = await this.#database.$transaction(async (transaction) => {
        const attempt = await transaction.attempt.create({
          data: {
            id,
            sessionId: session.id,
            labId: lab.id,
            taskId: submission.taskId,
            submissionKey: submission.submissionKey,
            verdict: rowVerdict(outcome.verdict),
            score: scoreAfterHints(outcome.score, hintCost),
            hintCost,
            notes: (outcome.notes ?? []).map(storableText),
            clusterTimeMs: outcome.clusterTimeMs,
            seed: session.facts.seed,
            labDigest: lab.digest,
            durationMs: outcome.durationMs,
            answers: storableJson(submission.answers ?? {}),
            sealed: submission.sealed === true,
            checks: { create: outcome.checks.map(checkRow) },
            ...(outcome.record === undefined
              ? {}
              : { record: { create: { gzip: Uint8Array.from(outcome.record) } } }),
          },
          include: WITH_CHECKS,
        });
        if (outcome.verdict === 'passed' || outcome.verdict === 'failed')
          await countAttempt(transaction, session.learnerId, attempt);
        return attempt;
      });
      return reportOf(row);
    } catch (error) {
      // The same submission was stored by another process meanwhile: that one counts.
      const other =
        error instanceof Error && 'code' in error && error.code === UNIQUE_VIOLATION
          ? await this.#find(session.id, submission.submissionKey)
          : undefined;
      if (other === undefined) throw error;
      return other;
    }
  }

  async #find(sessionId: string, submissionKey: string): Promise<TaskReport | undefined> {
    const row = await this.#database.attempt.findUnique({
      where: { sessionId_submissionKey: { sessionId, submissionKey } },
      include: WITH_CHECKS,
    });
    return row === null ? undefined : reportOf(row);
  }

  /** The newest report of each task, and the newest of what was handed in: one never hides the other. */
  async reports(sessionId: string): Promise<readonly TaskReport[]> {
    const rows = await this.#database.attempt.findMany({
      where: { sessionId },
      orderBy: { createdAt: 'desc' },
      distinct: ['taskId', 'sealed'],
      include: WITH_CHECKS,
    });
    return rows.map(reportOf);
  }
}

/** Our own faults, and what could not be graded, cost no attempt. */
async function countAttempt(
  transaction: Prisma.TransactionClient,
  learnerId: string,
  attempt: AttemptRow,
): Promise<void> {
  const key = { learnerId, labId: attempt.labId, taskId: attempt.taskId };
  const passed = attempt.verdict === 'passed';
  const before = await transaction.taskProgress.findUnique({ where: { learnerId_labId_taskId: key } });
  const credit = attempt.sealed
    ? {
        sealedPassed: passed || before?.sealedPassed === true,
        sealedScore: Math.max(attempt.score, before?.sealedScore ?? 0),
      }
    : {};
  await transaction.taskProgress.upsert({
    where: { learnerId_labId_taskId: key },
    create: {
      ...key,
      ...credit,
      passed,
      bestScore: attempt.score,
      attempts: 1,
      lastAttemptAt: attempt.createdAt,
    },
    update: {
      ...credit,
      passed: passed || before?.passed === true,
      bestScore: Math.max(attempt.score, before?.bestScore ?? 0),
      attempts: { increment: 1 },
      lastAttemptAt: attempt.createdAt,
    },
  });
}

function rowVerdict(verdict: Verdict): AttemptRow['verdict'] {
  return verdict.replaceAll('-', '_') as AttemptRow['verdict'];
}

function wireVerdict(verdict: AttemptRow['verdict']): Verdict {
  return verdict.replaceAll('_', '-') as Verdict;
}

function checkRow(check: CheckResult, position: number): Prisma.CheckResultCreateWithoutAttemptInput {
  const text = (value: string | undefined): string | null =>
    value === undefined ? null : storableText(value);
  return {
    position,
    checkId: check.checkId,
    title: check.title,
    verdict: rowVerdict(check.verdict),
    weight: check.weight,
    expected: text(check.expected),
    saw: text(check.saw),
    because: text(check.because),
    metEarlier: check.metEarlier === true,
    evidence: storableJson(check.evidence),
  };
}

function reportOf(row: AttemptRow): TaskReport {
  return {
    id: row.id,
    sessionId: row.sessionId,
    labId: row.labId,
    taskId: row.taskId,
    verdict: wireVerdict(row.verdict),
    score: row.score,
    checks: row.checks.map((check) => ({
      checkId: check.checkId,
      title: check.title,
      verdict: wireVerdict(check.verdict),
      weight: check.weight,
      ...(check.expected === null ? {} : { expected: check.expected }),
      ...(check.saw === null ? {} : { saw: check.saw }),
      ...(check.because === null ? {} : { because: check.because }),
      ...(check.metEarlier ? { metEarlier: true } : {}),
      evidence: check.evidence as CheckResult['evidence'],
    })),
    clusterTimeMs: row.clusterTimeMs,
    seed: row.seed,
    labDigest: row.labDigest,
    ...(row.sealed ? { sealed: true } : {}),
    ...(row.hintCost > 0 ? { hintCost: row.hintCost } : {}),
    ...(row.notes.length > 0 ? { notes: row.notes } : {}),
    durationMs: row.durationMs,
    createdAt: row.createdAt.toISOString(),
  };
}
