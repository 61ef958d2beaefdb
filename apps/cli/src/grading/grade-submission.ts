import { gradeTask, lookRecorder, readManifestFiles, recordOf } from '@podwire/grader';
import type { TaskGrade, VerdictRecord } from '@podwire/grader';
import type { Lab } from '@podwire/lab';
import type { ProvingCluster, Sealing } from '@podwire/prover';
import { stringify } from 'yaml';
import type { Submission } from './submission.ts';

export type LabVerdict = TaskGrade['verdict'];

export interface GradedSubmission {
  readonly submission: string;
  readonly lab: string;
  readonly verdict: LabVerdict;
  /** 0 to 1: the mean of the tasks'. */
  readonly score: number;
  readonly tasks: readonly {
    readonly taskId: string;
    readonly verdict: LabVerdict;
    readonly score: number;
    readonly checks: readonly {
      readonly checkId: string;
      readonly title: string;
      readonly verdict: LabVerdict;
      readonly weight: number;
      readonly expected?: string;
      readonly saw?: string;
      readonly because?: string;
    }[];
  }[];
  /** Why it could not be graded, or what kubectl said when it did not take everything. */
  readonly message?: string;
  readonly submissionDigest: string;
  readonly labDigest: string;
  readonly seed: number;
  /** Graded with nothing carried along but what the lab asks for. */
  readonly sealed: boolean;
  readonly durationMs: number;
}

const MAX_MESSAGE_CHARS = 2_000;

export interface GradeSubmissionOptions {
  readonly seed: number;
  /** Takes along only what the lab's own solutions make and change. */
  readonly sealing: Sealing | undefined;
  readonly versions: Readonly<Record<string, string>>;
  /** Given what each task's verdict rests on. */
  readonly onRecord?: (record: VerdictRecord) => void;
}

/** Applies a submission on a fresh cluster that its learner never touched, and grades every task there. */
export async function gradeSubmission(
  lab: Lab,
  submission: Submission,
  cluster: ProvingCluster,
  { seed, sealing, versions, onRecord }: GradeSubmissionOptions,
): Promise<GradedSubmission> {
  const startMs = performance.now();
  const base = {
    submission: submission.id,
    lab: lab.id,
    submissionDigest: submission.digest,
    labDigest: lab.digest,
    seed,
    sealed: sealing !== undefined,
  };
  const { content } = submission;
  if (content.kind === 'unreadable')
    return { ...base, verdict: 'not-gradable', score: 0, tasks: [], message: content.message, durationMs: 0 };
  for (const { path, text } of content.files) await cluster.putFile(path, text);
  const handedIn = await manifestsOf(content, cluster);
  if (!handedIn.ok)
    return {
      ...base,
      verdict: 'not-gradable',
      score: 0,
      tasks: [],
      message: handedIn.message,
      durationMs: 0,
    };
  const scoped = sealing === undefined ? undefined : await withinScope(handedIn.objects, sealing, seed);
  const texts = scoped?.texts ?? handedIn.texts;
  const refused = await apply(cluster, texts);
  const told = [...(scoped?.left ?? []), ...(refused === undefined ? [] : [refused])];
  const message = told.length === 0 ? undefined : told.join('\n').slice(0, MAX_MESSAGE_CHARS);
  const tasks: GradedSubmission['tasks'][number][] = [];
  for (const task of lab.tasks) {
    // Most runs keep no evidence, and noting it costs as much as looking.
    const recorder = onRecord === undefined ? undefined : lookRecorder();
    const graded = await gradeTask({
      task,
      cluster: recorder?.watch(cluster.grading) ?? cluster.grading,
      answers: content.answers,
      metEarlier: new Set(),
    });
    const { verdict, score, checks } = graded;
    if (recorder !== undefined) {
      const facts = { labId: lab.id, labDigest: lab.digest, taskId: task.id, seed, versions };
      const record = recordOf(
        { ...facts, sealed: sealing !== undefined, answers: content.answers, metEarlier: [] },
        recorder,
        graded,
      );
      if (record !== undefined) onRecord?.(record);
    }
    tasks.push({
      taskId: task.id,
      verdict,
      score,
      checks: checks.map(
        ({ evidence: _evidence, ...check }) => check,
      ) as GradedSubmission['tasks'][number]['checks'],
    });
  }
  return {
    ...base,
    verdict: worst(tasks.map(({ verdict }) => verdict)),
    score: tasks.reduce((sum, { score }) => sum + score, 0) / Math.max(1, tasks.length),
    tasks,
    ...(message === undefined ? {} : { message }),
    durationMs: Math.round(performance.now() - startMs),
  };
}

type HandedIn =
  | { readonly ok: true; readonly texts: readonly string[]; readonly objects: readonly unknown[] }
  | { readonly ok: false; readonly message: string };

/** What is to be applied: the manifests as they are, or what their kustomization makes of them, built by our own kubectl. */
async function manifestsOf(
  { manifests, kustomization }: Extract<Submission['content'], { readonly kind: 'readable' }>,
  { grading }: ProvingCluster,
): Promise<HandedIn> {
  const given =
    kustomization === undefined
      ? { ok: true as const, files: manifests }
      : await grading.manifests(kustomization === '' ? '.' : kustomization);
  if (!given.ok) return { ok: false, message: given.message.slice(0, MAX_MESSAGE_CHARS) };
  const read = readManifestFiles(given.files);
  if (!read.ok) return read;
  return { ok: true, texts: given.files.map(({ text }) => text), objects: read.objects };
}

/** What may be carried into the cluster, and in words what may not. */
async function withinScope(
  objects: readonly unknown[],
  sealing: Sealing,
  seed: number,
): Promise<{ readonly texts: readonly string[]; readonly left: readonly string[] }> {
  const { taken, left } = await sealing.scopeManifests(objects, seed);
  return {
    texts: taken.length === 0 ? [] : [taken.map((object) => stringify(object)).join('---\n')],
    left: left.map((each) => `Not taken along: ${each}.`),
  };
}

function worst(verdicts: readonly LabVerdict[]): LabVerdict {
  return (
    (['our-fault', 'not-gradable', 'failed'] as const).find((each) => verdicts.includes(each)) ?? 'passed'
  );
}

/** As `kubectl apply` in the toolbox would; what the API refuses is the learner's, and is told. */
async function apply(cluster: ProvingCluster, manifests: readonly string[]): Promise<string | undefined> {
  const told: string[] = [];
  for (const text of manifests) {
    const mark = freeMark(text);
    const ran = await cluster.runScript(`kubectl apply -f - <<'${mark}'\n${text.trimEnd()}\n${mark}\n`);
    await cluster.settle();
    if (ran.kind === 'hung' || ran.exitCode !== 0) told.push(ran.output.trim());
  }
  return told.length === 0 ? undefined : told.join('\n').slice(0, MAX_MESSAGE_CHARS);
}

/** A line that the text does not have, so that nothing in it can end the here-document. */
function freeMark(text: string): string {
  const lines = new Set(text.split('\n'));
  for (let number = 0; ; number++)
    if (!lines.has(`END_OF_MANIFEST_${number}`)) return `END_OF_MANIFEST_${number}`;
}
