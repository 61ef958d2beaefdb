import { spawn } from 'node:child_process';
import { appendFileSync, existsSync, readFileSync, writeFileSync } from 'node:fs';
import { availableParallelism } from 'node:os';
import path from 'node:path';
import process from 'node:process';
import { createInterface } from 'node:readline';
import { simulatedProvingGround } from '@podwire/cluster';
import { parseCourse } from '@podwire/lab';
import type { Lab } from '@podwire/lab';
import type { VerdictRecord } from '@podwire/grader';
import { Sealing } from '@podwire/prover';
import { readCourse } from '../course/course-files.ts';
import { renderDiagnostics } from '../course/render-diagnostics.ts';
import { gradeSubmission } from '../grading/grade-submission.ts';
import type { GradedSubmission } from '../grading/grade-submission.ts';
import { isArchive } from '../grading/archive.ts';
import { openSubmissions } from '../grading/open-submissions.ts';
import { replayRecord } from '../grading/replay-record.ts';
import { renderCsv, renderJunit } from '../grading/reports.ts';
import { readSubmission, submissionsIn } from '../grading/submission.ts';
import { makeFolder } from '../terminal/make-folder.ts';
import { EXIT, messageOf, plural } from '../terminal/output.ts';
import type { ExitCode, Output } from '../terminal/output.ts';
import { Progress } from '../terminal/progress.ts';

export interface GradeCommandOptions {
  readonly lab: string;
  readonly course?: string;
  readonly out?: string;
  readonly csv?: string;
  readonly junit?: string;
  readonly seed: string;
  readonly jobs?: string;
  /** false: everything is taken along, also what the lab does not ask for. */
  readonly sealed: boolean;
  readonly evidence?: string;
  readonly replay?: string;
  /** Of a process that grades a part: reads ids from standard input. */
  readonly part?: boolean;
}

const MAX_JOBS = 16;
const MAX_SEED = 2 ** 32 - 1;

/** Grades every submission of a folder, each on a fresh cluster. One that is bad never stops the rest. */
export async function grade(
  given: string | undefined,
  options: GradeCommandOptions,
  output: Output,
): Promise<ExitCode> {
  const fail = (message: string): ExitCode => {
    output.err(`podwire grade: ${message}`);
    return EXIT.usage;
  };
  const seed = Number(options.seed);
  const jobs = Number(options.jobs ?? Math.min(MAX_JOBS, availableParallelism()));
  if (!Number.isInteger(seed) || seed < 0 || seed > MAX_SEED)
    return fail(`--seed "${options.seed}": a whole number.`);
  if (!Number.isInteger(jobs) || jobs < 1 || jobs > MAX_JOBS)
    return fail(`--jobs "${options.jobs ?? ''}": a whole number from 1 to ${MAX_JOBS}.`);
  const read = readCourse(options.course, process.cwd());
  if (!read.ok) return fail(read.message);
  const { course, diagnostics } = parseCourse(read.files, read.others);
  const labs = course.chapters.flatMap((chapter) => chapter.labs);
  const lab = labs.find(({ id }) => id === options.lab);
  // A check that can't be read would be one that everybody passes.
  const mistakes = diagnostics.filter(
    ({ severity, file }) => severity === 'error' && file.split('/')[1] === options.lab,
  );
  if (mistakes.length > 0) {
    output.err(renderDiagnostics(mistakes, read.folder, output.paint));
    return fail(`the lab ${options.lab} has mistakes; what is graded by it would not count.`);
  }
  if (lab === undefined)
    return fail(`no such lab: ${options.lab}. The labs are: ${labs.map(({ id }) => id).join(', ')}.`);
  if (options.replay !== undefined) return replayRecord(options.replay, lab, output);
  if (given === undefined) return fail('say which folder or archive the submissions are in.');
  const unwritable = options.part === true ? undefined : unwritableOf(options);
  if (unwritable !== undefined) return fail(unwritable);
  const opened = await openSubmissions(given);
  if (!opened.ok) return fail(opened.message);
  try {
    return await gradeFolder(opened.folder, lab, seed, jobs, options, output);
  } finally {
    opened.close();
  }
}

/** What is to be written is tried before an hour's work, not after it. */
function unwritableOf({ out, csv, junit, evidence }: GradeCommandOptions): string | undefined {
  for (const [option, file] of Object.entries({ out, csv, junit }))
    try {
      if (file !== undefined) appendFileSync(file, '');
    } catch (error) {
      return `--${option} ${file ?? ''} can't be written: ${messageOf(error)}.`;
    }
  try {
    if (evidence !== undefined) makeFolder(evidence);
  } catch (error) {
    return `--evidence ${evidence ?? ''} can't be made: ${messageOf(error)}.`;
  }
  return undefined;
}

async function gradeFolder(
  folder: string,
  lab: Lab,
  seed: number,
  jobs: number,
  options: GradeCommandOptions,
  output: Output,
): Promise<ExitCode> {
  if (options.part === true) return gradePart(folder, lab, seed, options, output);

  const ids = submissionsIn(folder);
  const done = await earlierResults(options, lab, seed, folder, ids);
  const left = ids.filter((id) => !done.has(id));
  const progress = new Progress(output);
  const keep = (graded: GradedSubmission): void => {
    done.set(graded.submission, graded);
    const line = JSON.stringify(graded);
    if (options.out === undefined) output.out(line);
    else appendFileSync(options.out, `${line}\n`);
    progress.show(`${done.size} of ${ids.length} graded`);
  };
  const startMs = performance.now();
  await gradeAll(folder, left, Math.min(jobs, Math.max(1, left.length)), keep);
  progress.clear();
  const all = ids.flatMap((id) => done.get(id) ?? []);
  if (options.csv !== undefined) writeFileSync(options.csv, renderCsv(all));
  if (options.junit !== undefined) writeFileSync(options.junit, renderJunit(all));
  const count = (verdict: GradedSubmission['verdict']): number =>
    all.filter((each) => each.verdict === verdict).length;
  output.err(
    `${plural(all.length, 'submission')} (${left.length} graded now, in ${((performance.now() - startMs) / 1_000).toFixed(1)} s): ${count('passed')} passed, ${count('failed')} failed, ${count('not-gradable')} not gradable, ${count('our-fault')} our fault.`,
  );
  return count('our-fault') === 0 ? EXIT.ok : EXIT.failed;
}

/** Results of an earlier run that still stand: of the same submission, lab and seed, and not our fault. */
async function earlierResults(
  { out: file, sealed }: GradeCommandOptions,
  lab: Lab,
  seed: number,
  folder: string,
  ids: readonly string[],
): Promise<Map<string, GradedSubmission>> {
  const found = new Map<string, GradedSubmission>();
  if (file === undefined || !existsSync(file)) return found;
  const digests = new Map<string, string>();
  for (const id of ids) digests.set(id, (await readSubmission(folder, id)).digest);
  for (const line of readFileSync(file, 'utf8').split('\n')) {
    const graded = parseLine(line);
    if (graded === undefined || graded.verdict === 'our-fault') continue;
    if (graded.labDigest !== lab.digest || graded.seed !== seed || graded.sealed !== sealed) continue;
    if (digests.get(graded.submission) === graded.submissionDigest) found.set(graded.submission, graded);
  }
  return found;
}

/** A line that was cut off when an earlier run was ended is none. */
function parseLine(line: string): GradedSubmission | undefined {
  try {
    const value = JSON.parse(line) as Partial<GradedSubmission> | null;
    return typeof value?.submission === 'string' ? (value as GradedSubmission) : undefined;
  } catch {
    return undefined;
  }
}

/** Processes of their own: what one submission does to its process, the others do not feel. */
async function gradeAll(
  folder: string,
  ids: readonly string[],
  jobs: number,
  keep: (graded: GradedSubmission) => void,
): Promise<void> {
  const queue = [...ids];
  const worker = async (): Promise<void> => {
    while (queue.length > 0) {
      const lost = await runPart(folder, queue, keep);
      if (lost !== undefined) keep(await lostResult(folder, lost));
    }
  };
  await Promise.all(Array.from({ length: jobs }, worker));
}

/** No submission takes longer; one that does is ended, and its process with it. */
const MAX_SUBMISSION_MS = 60_000;

/** The same command line, about the folder that the submissions are in now. */
function partArguments(folder: string): readonly string[] {
  const at = process.argv.findIndex((each) => isArchive(each));
  return at < 0 ? process.argv : process.argv.with(at, folder);
}

/** Feeds a process submissions until the queue is empty or it dies. @returns the one it died of. */
function runPart(
  folder: string,
  queue: string[],
  keep: (graded: GradedSubmission) => void,
): Promise<string | undefined> {
  const [, script = '', ...args] = partArguments(folder);
  const child = spawn(process.execPath, [script, ...args, '--part'], { stdio: ['pipe', 'pipe', 'inherit'] });
  let current: string | undefined;
  let timer: NodeJS.Timeout | undefined;
  const next = (): void => {
    clearTimeout(timer);
    current = queue.shift();
    if (current === undefined) child.stdin.end();
    else {
      timer = setTimeout(() => child.kill('SIGKILL'), MAX_SUBMISSION_MS);
      child.stdin.write(`${JSON.stringify(current)}\n`);
    }
  };
  createInterface({ input: child.stdout }).on('line', (line) => {
    const graded = parseLine(line);
    if (graded === undefined) return;
    keep(graded);
    next();
  });
  child.stdin.on('error', () => undefined);
  next();
  return new Promise((resolve) => {
    child.on('close', () => {
      clearTimeout(timer);
      resolve(current);
    });
    child.on('error', () => resolve(current));
  });
}

async function lostResult(folder: string, id: string): Promise<GradedSubmission> {
  return {
    submission: id,
    lab: '',
    verdict: 'our-fault',
    score: 0,
    tasks: [],
    message: 'The process that graded it ended, or took too long. It does not count; run the command again.',
    submissionDigest: (await readSubmission(folder, id)).digest,
    labDigest: '',
    seed: 0,
    sealed: false,
    durationMs: 0,
  };
}

async function gradePart(
  folder: string,
  lab: Lab,
  seed: number,
  { sealed, evidence }: GradeCommandOptions,
  output: Output,
): Promise<ExitCode> {
  const ground = simulatedProvingGround();
  const base = await ground.boot(lab, seed);
  if (!base.ok) {
    output.err(`podwire grade: the lab can't be set up: ${base.message}`);
    return EXIT.failed;
  }
  const sealing = sealed ? new Sealing(lab, ground) : undefined;
  const versions = { node: process.versions.node };
  for await (const line of createInterface({ input: process.stdin })) {
    const id = JSON.parse(line) as string;
    const copy = await base.cluster.copy();
    const again = copy === undefined ? await ground.boot(lab, seed) : { ok: true as const, cluster: copy };
    if (!again.ok) return EXIT.failed;
    const submission = await readSubmission(folder, id);
    const records: VerdictRecord[] = [];
    try {
      const graded = await gradeSubmission(lab, submission, again.cluster, {
        seed,
        sealing,
        versions,
        ...(evidence === undefined ? {} : { onRecord: (record: VerdictRecord) => records.push(record) }),
      });
      if (evidence !== undefined)
        writeFileSync(path.join(evidence, `${id}.evidence.json`), JSON.stringify(records));
      output.out(JSON.stringify(graded));
    } catch (error) {
      output.out(
        JSON.stringify({ ...(await lostResult(folder, id)), lab: lab.id, message: messageOf(error) }),
      );
    }
  }
  return EXIT.ok;
}
