import type { Task } from '@podwire/lab';
import type { Answers } from './answer-check.ts';
import type { GradingCluster } from './cluster.ts';
import { gradeTask } from './grade.ts';
import type { TaskGrade } from './grade.ts';

/** What a verdict rests on: with it, and the task, the same verdict can be had again without any cluster. Plain JSON. */
export interface VerdictRecord {
  /** 1; what is read from a file may say otherwise. */
  readonly format: number;
  readonly labId: string;
  readonly labDigest: string;
  readonly taskId: string;
  readonly seed: number;
  readonly versions: Readonly<Record<string, string>>;
  /** What was drawn for the learner, and for the cluster where it was graded when that was another. */
  readonly parameters?: Readonly<Record<string, string>>;
  readonly redrawn?: Readonly<Record<string, string>>;
  readonly sealed?: boolean;
  readonly answers: Answers;
  readonly metEarlier: readonly string[];
  /** Every look at the cluster: what was asked, and what came. */
  readonly looks: readonly Look[];
  readonly verdict: TaskGrade['verdict'];
  readonly score: number;
  /** Of each check, by id. */
  readonly checks: Readonly<Record<string, TaskGrade['verdict']>>;
}

/** One question to a cluster, and what came of it. */
export interface Look {
  readonly call: keyof GradingCluster;
  readonly given: readonly unknown[];
  /** Absent where it failed. */
  readonly came?: unknown;
  readonly failed?: string;
}

/** All that the looks of one task hold, characters of JSON; traces of many probes are the most of it. */
const MAX_RECORD_CHARS = 32 * 1_024 * 1_024;

const CALLS = [
  'request',
  'requestAtStart',
  'probe',
  'fetch',
  'lookUp',
  'execute',
  'readFile',
  'manifests',
  'validate',
  'hold',
  'wait',
] as const satisfies readonly (keyof GradingCluster)[];

type AnyCall = (...given: readonly unknown[]) => Promise<unknown>;

/** Notes every look at the clusters that it watches, in one order. */
export interface LookRecorder {
  /** The same cluster, watched. */
  watch(cluster: GradingCluster): GradingCluster;
  /** undefined: there was too much to keep. */
  looks(): readonly Look[] | undefined;
}

export function lookRecorder(): LookRecorder {
  const looks: Look[] = [];
  let chars = 0;
  const note = (look: Look): void => {
    chars += JSON.stringify(look).length;
    if (chars <= MAX_RECORD_CHARS) looks.push(look);
  };
  const wrap = (cluster: GradingCluster, call: keyof GradingCluster): AnyCall => {
    const ask = cluster[call].bind(cluster) as AnyCall;
    return async (...given) => {
      try {
        const came = await ask(...given);
        note(came === undefined ? { call, given } : { call, given, came });
        return came;
      } catch (error) {
        note({ call, given, failed: error instanceof Error ? error.message : String(error) });
        throw error;
      }
    };
  };
  return {
    watch: (cluster) =>
      Object.fromEntries(CALLS.map((call) => [call, wrap(cluster, call)])) as unknown as GradingCluster,
    looks: () => (chars > MAX_RECORD_CHARS ? undefined : looks),
  };
}

/** A cluster of what was seen: the same questions get the same answers, each as often and in the order in which they came. */
export function replayedCluster(looks: readonly Look[]): GradingCluster {
  const queues = new Map<string, Look[]>();
  for (const look of looks) {
    const key = JSON.stringify([look.call, look.given]);
    const queue = queues.get(key);
    if (queue === undefined) queues.set(key, [look]);
    else queue.push(look);
  }
  const answer =
    (call: keyof GradingCluster): AnyCall =>
    (...given) => {
      const look = queues.get(JSON.stringify([call, given]))?.shift();
      if (look === undefined) return Promise.reject(new Error(`the record holds no answer to this ${call}`));
      return look.failed === undefined ? Promise.resolve(look.came) : Promise.reject(new Error(look.failed));
    };
  return Object.fromEntries(CALLS.map((call) => [call, answer(call)])) as unknown as GradingCluster;
}

/** What the answers of a task are compared with in this cluster, for grading elsewhere: see `GradeOptions.answersFrom`. */
export async function answerLooks(
  task: Task,
  answers: Answers,
  cluster: GradingCluster,
): Promise<readonly Look[]> {
  const recorder = lookRecorder();
  const checks = task.checks
    .filter(({ kind }) => kind === 'answer')
    .map((check) => ({ ...check, needs: [] }));
  await gradeTask({
    task: { ...task, checks },
    cluster: recorder.watch(cluster),
    answers,
    metEarlier: new Set(),
  });
  return recorder.looks() ?? [];
}

/** What a verdict is to be had again from; undefined when there was too much to keep. */
export function recordOf(
  facts: Omit<VerdictRecord, 'format' | 'looks' | 'verdict' | 'score' | 'checks'>,
  recorder: LookRecorder,
  { verdict, score, checks }: TaskGrade,
): VerdictRecord | undefined {
  const looks = recorder.looks();
  if (looks === undefined) return undefined;
  const verdicts = Object.fromEntries(checks.map((check) => [check.checkId, check.verdict]));
  return { format: 1, ...facts, looks, verdict, score, checks: verdicts };
}

export type ReplayOutcome =
  | { readonly kind: 'same'; readonly grade: TaskGrade }
  /** What differs, in words. */
  | { readonly kind: 'different'; readonly grade: TaskGrade; readonly message: string }
  /** It was made with another lab, or is no record. */
  | { readonly kind: 'refused'; readonly message: string };

/** Grades once more from what was seen then. */
export async function replayVerdict(
  record: VerdictRecord,
  lab: { readonly id: string; readonly digest: string },
  task: Task | undefined,
): Promise<ReplayOutcome> {
  if (record.format !== 1) return { kind: 'refused', message: 'it is of a format that is not known here' };
  if (record.labId !== lab.id || record.labDigest !== lab.digest)
    return { kind: 'refused', message: `it is of another state of the lab (digest ${record.labDigest})` };
  if (task?.id !== record.taskId) return { kind: 'refused', message: `the lab has no task ${record.taskId}` };
  const grade = await gradeTask({
    task,
    cluster: replayedCluster(record.looks),
    answers: record.answers,
    metEarlier: new Set(record.metEarlier),
  });
  if (grade.verdict !== record.verdict)
    return { kind: 'different', grade, message: `it was ${record.verdict}, and is now ${grade.verdict}` };
  const other = grade.checks.find(({ checkId, verdict }) => record.checks[checkId] !== verdict);
  if (other !== undefined)
    return {
      kind: 'different',
      grade,
      message: `check ${other.checkId} was ${record.checks[other.checkId] ?? 'not there'}, and is now ${other.verdict}`,
    };
  return { kind: 'same', grade };
}
