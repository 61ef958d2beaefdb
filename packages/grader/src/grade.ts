import type { Check, Task } from '@podwire/lab';
import type { CheckResult, Verdict } from '@podwire/protocol';
import { checkAnswer } from './answer-check.ts';
import type { Answers } from './answer-check.ts';
import type { GradingCluster } from './cluster.ts';
import { checkCommand, checkFile } from './command-check.ts';
import { checkConnectivity } from './connectivity-check.ts';
import { checkDns } from './dns-check.ts';
import { checkEvents } from './event-check.ts';
import { checkHttp } from './http-check.ts';
import { checkLogs } from './log-check.ts';
import { checkManifests } from './manifest-check.ts';
import { checkObject } from './object-check.ts';
import type { CheckOutcome } from './outcome.ts';
import { checkEstablished, checkMtu } from './path-checks.ts';
import { checkPolicies } from './policies/policy-check.ts';

/** Between two looks at a check that may take its time: as often as kubelets and controllers commonly act. */
const LOOK_AGAIN_MS = 1_000;
/** Of the cluster's time, after a look that failed by no doing of the learner's. */
const RETRY_AFTER_MS = 1_000;

export interface GradeOptions {
  readonly task: Task;
  readonly cluster: GradingCluster;
  readonly answers: Answers;
  /** Ids of the task's checks that passed before in this session: enough for those of mode `once`. */
  readonly metEarlier: ReadonlySet<string>;
  /** Where answers that ask for a value of a cluster are looked up. Default: in `cluster`. */
  readonly answersFrom?: GradingCluster;
}

/** What a task came to. Storing it, and giving it an id and a time, is the caller's. */
export interface TaskGrade {
  readonly verdict: Verdict;
  /** 0 to 1: the weights of the checks that passed over those of all. */
  readonly score: number;
  readonly checks: readonly CheckResult[];
}

/**
 * Evaluates every check of a task, in the order in which they need one another. Never rejects: a cluster
 * that fails, and fails again, makes the verdict `our-fault`.
 */
export async function gradeTask(options: GradeOptions): Promise<TaskGrade> {
  const results = new Map<string, CheckResult>();
  for (const check of inOrderOfNeed(options.task.checks))
    results.set(check.id, await gradeCheck(check, results, options));
  const checks = options.task.checks
    .map((check) => results.get(check.id))
    .filter((result) => result !== undefined);
  const total = checks.reduce((sum, check) => sum + check.weight, 0);
  const reached = checks.reduce((sum, check) => sum + (check.verdict === 'passed' ? check.weight : 0), 0);
  return { verdict: taskVerdict(checks), score: total === 0 ? 0 : reached / total, checks };
}

function taskVerdict(checks: readonly CheckResult[]): Verdict {
  for (const verdict of ['our-fault', 'not-gradable', 'failed'] as const) {
    if (checks.some((check) => check.verdict === verdict)) return verdict;
  }
  return 'passed';
}

/** Needs first. A circle, which the format refuses, would leave its checks at the end in written order. */
function inOrderOfNeed(checks: readonly Check[]): readonly Check[] {
  const left = [...checks];
  const ordered: Check[] = [];
  while (left.length > 0) {
    const index = left.findIndex((check) =>
      check.needs.every((need) => !left.some((other) => other.id === need)),
    );
    ordered.push(...left.splice(Math.max(index, 0), 1));
  }
  return ordered;
}

async function gradeCheck(
  check: Check,
  results: ReadonlyMap<string, CheckResult>,
  options: GradeOptions,
): Promise<CheckResult> {
  const base = { checkId: check.id, title: check.title, weight: check.weight };
  const unmet = check.needs
    .map((need) => results.get(need))
    .find((result) => result !== undefined && result.verdict !== 'passed');
  if (unmet !== undefined) {
    return {
      ...base,
      verdict: unmet.verdict,
      expected: check.title,
      saw: 'not tried yet',
      because: `This is tried once "${unmet.title}" has passed.`,
      evidence: { waitsFor: unmet.checkId },
    };
  }
  let outcome: CheckOutcome;
  try {
    outcome = await evaluateWithin(check, options);
  } catch (error) {
    const reason = error instanceof Error ? error.message : 'unknown';
    return {
      ...base,
      verdict: 'our-fault',
      expected: check.title,
      saw: 'nothing: the check could not be made',
      because: `Something on our side failed (${reason}). It does not count; press Check again.`,
      evidence: {},
    };
  }
  if (outcome.passed) return { ...base, verdict: 'passed', evidence: outcome.evidence };
  if (outcome.unreadable === true) {
    const { expected, saw, because, evidence } = outcome;
    return { ...base, verdict: 'not-gradable', expected, saw, because, evidence };
  }
  if (check.mode === 'once' && options.metEarlier.has(check.id))
    return { ...base, verdict: 'passed', metEarlier: true, evidence: outcome.evidence };
  const because = check.message === undefined ? outcome.because : `${check.message} ${outcome.because}`;
  return {
    ...base,
    verdict: 'failed',
    expected: outcome.expected,
    saw: outcome.saw,
    because,
    evidence: outcome.evidence,
  };
}

/** Looks until it is met, or the cluster's time that it may take is over. */
async function evaluateWithin(check: Check, options: GradeOptions): Promise<CheckOutcome> {
  let outcome = await evaluateAgain(check, options);
  const limitMs = check.withinMs ?? 0;
  for (let waitedMs = 0; !outcome.passed && waitedMs < limitMs; waitedMs += LOOK_AGAIN_MS) {
    await options.cluster.wait(Math.min(LOOK_AGAIN_MS, limitMs - waitedMs));
    outcome = await evaluateAgain(check, options);
  }
  return outcome;
}

/** A cluster that does not answer mostly does a moment later: each look is made twice before a failure is called ours. */
async function evaluateAgain(check: Check, options: GradeOptions): Promise<CheckOutcome> {
  try {
    return await evaluate(check, options);
  } catch {
    await options.cluster.wait(RETRY_AFTER_MS);
    return evaluate(check, options);
  }
}

function evaluate(check: Check, options: GradeOptions): Promise<CheckOutcome> {
  const { cluster } = options;
  switch (check.kind) {
    case 'object':
      return checkObject(check, cluster);
    case 'manifests':
      return checkManifests(check, cluster);
    case 'connectivity':
      return checkConnectivity(check, cluster);
    case 'established':
      return checkEstablished(check, cluster);
    case 'mtu':
      return checkMtu(check, cluster);
    case 'dns':
      return checkDns(check, cluster);
    case 'http':
      return checkHttp(check, cluster);
    case 'logs':
      return checkLogs(check, cluster);
    case 'events':
      return checkEvents(check, cluster);
    case 'command':
      return checkCommand(check, cluster);
    case 'file':
      return checkFile(check, cluster);
    case 'policies-equal':
      return checkPolicies(check, cluster);
    case 'answer':
      return checkAnswer(
        check,
        options.task.questions.find((question) => question.id === check.questionId),
        options.answers,
        options.answersFrom ?? cluster,
      );
  }
}
