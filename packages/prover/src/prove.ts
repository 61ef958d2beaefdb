import { gradeTask } from '@podwire/grader';
import type { Answers, TaskGrade } from '@podwire/grader';
import { defaultParameters, drawParameters, instantiate } from '@podwire/lab';
import type { Lab, Task } from '@podwire/lab';
import { answersOf } from './answers.ts';
import type { Finding, LabProof } from './finding.ts';
import { proveMutants } from './mutation-proof.ts';
import type { ProvingCluster, ProvingGround, ScriptOutcome } from './proving-ground.ts';
import { proveSealed } from './sealed/sealed-proof.ts';
import type { SealedProof } from './sealed/sealed-proof.ts';
import { SetupError, solutionOf, solve, Timeline } from './timeline.ts';

/** A solution must pass in both: what rests on one draw of addresses and names is luck. */
const SEEDS = [11, 4_211] as const;
/** A lab with parameters is solved again with other draws: what was written for one value fails with another. */
const DRAWS = [17, 90_001] as const;
/** How much of a script's output a finding quotes: its end, where the mistake is. */
const MAX_QUOTED_CHARS = 400;

export type ProofStage =
  | { readonly kind: 'setup' }
  | { readonly kind: 'start' }
  | { readonly kind: 'solution'; readonly taskId: string; readonly round: number }
  | { readonly kind: 'wrong'; readonly name: string }
  | { readonly kind: 'sealed' }
  | { readonly kind: 'mutants'; readonly done: number; readonly of: number };

export interface ProveOptions {
  /** Default: true. Mutants are most of the work. */
  readonly mutants?: boolean;
  readonly onStage?: (stage: ProofStage) => void;
}

/**
 * Proves that a lab works on a backend: its setup comes to rest; each task fails before its solution and
 * passes by it, twice, and with other parameters, and sealed where it can be; each wrong case fails where its author said; and the checks notice small mistakes in
 * the solution. Never rejects for a mistake of the lab: those are findings.
 */
export async function proveLab(
  template: Lab,
  ground: ProvingGround,
  options: ProveOptions = {},
): Promise<LabProof> {
  const lab = instantiate(template, defaultParameters(template));
  const findings: Finding[] = [];
  const tell = options.onStage ?? ((): void => undefined);
  const timeline = new Timeline(lab, ground, SEEDS[0]);
  let sealed: SealedProof | undefined;
  const proof = (mutants?: LabProof['mutants']): LabProof => ({
    labId: lab.id,
    backend: ground.backend,
    ok: findings.every(({ severity }) => severity !== 'error'),
    findings,
    tasks: lab.tasks.length,
    wrongCases: lab.wrong.length,
    ...(sealed === undefined ? {} : { sealable: sealed.sealable, inPlaceOnly: sealed.inPlaceOnly }),
    ...(mutants === undefined ? {} : { mutants }),
  });
  try {
    tell({ kind: 'setup' });
    const start = await timeline.at(0);
    if (!(await start.settle())) findings.push(restless());
    tell({ kind: 'start' });
    const idle = await proveStart(lab, start, findings);
    await proveSolutions(template, ground, idle, findings, tell);
    for (const wrong of lab.wrong) {
      tell({ kind: 'wrong', name: wrong.name });
      await proveWrongCase(lab, timeline, wrong, findings);
    }
    const solved = findings.every(({ code }) => code !== 'PW0604');
    // Work for credit is graded on simulated clusters alone.
    if (solved && ground.backend === 'simulated') {
      tell({ kind: 'sealed' });
      sealed = await proveSealed(template, ground);
      findings.push(...sealed.findings);
    }
    // Mutants of a solution that does not work would say nothing.
    if (options.mutants === false || !solved) return proof();
    const mutants = await proveMutants(lab, timeline, (done, of) => tell({ kind: 'mutants', done, of }));
    findings.push(...mutants.findings);
    return proof(mutants.score);
  } catch (error) {
    if (!(error instanceof SetupError)) throw error;
    findings.push({
      code: 'PW0601',
      severity: 'error',
      file: 'lab.md',
      message: `The setup is refused: ${error.message}`,
      remedy: 'Mend the manifest that the message names.',
    });
    return proof();
  }
}

function restless(): Finding {
  return {
    code: 'PW0601',
    severity: 'error',
    file: 'lab.md',
    message: 'The setup does not come to rest: something in it changes without end.',
    remedy: 'Look for pods that restart for ever, or controllers that fight over one object.',
  };
}

function grade(cluster: ProvingCluster, task: Task, answers: Answers = {}): Promise<TaskGrade> {
  return gradeTask({ task, cluster: cluster.grading, answers, metEarlier: new Set() });
}

/** No task passes by itself at the start, on a cluster that nobody has touched. @returns those that do all the same. */
async function proveStart(
  lab: Lab,
  start: ProvingCluster,
  findings: Finding[],
): Promise<ReadonlySet<string>> {
  const idle = new Set<string>();
  for (const task of lab.tasks) {
    // Where a cluster can be copied, none waits for what another task's checks took their time with.
    const early = await grade((await start.copy()) ?? start, task);
    if (early.verdict === 'passed') {
      idle.add(task.id);
      findings.push(passesUnaided(task, 'at the start'));
      continue;
    }
    for (const { checkId, verdict } of early.checks) {
      const check = task.checks.find(({ id }) => id === checkId);
      if (verdict !== 'passed' || check === undefined || check.holdsAtStart === true) continue;
      findings.push({
        code: 'PW0603',
        severity: 'warning',
        file: 'lab.md',
        anchor: `#${checkId}`,
        message: `Check "${checkId}" of task "${task.id}" passes before the learner did anything.`,
        remedy:
          'If it guards what must not break, say so with holdsAtStart: true; else check for what is to change.',
      });
    }
  }
  return idle;
}

function passesUnaided(task: Task, when: string): Finding {
  return {
    code: 'PW0602',
    severity: 'error',
    file: 'lab.md',
    anchor: `#${task.id}`,
    message: `Task "${task.id}" passes ${when}: there is nothing to do in it.`,
    remedy: 'Check for what the learner has to bring about.',
  };
}

interface Round {
  readonly lab: Lab;
  readonly seed: number;
  /** Appended to what fails in this round alone. */
  readonly note: string;
}

function roundsOf(template: Lab): readonly Round[] {
  const lab = instantiate(template, defaultParameters(template));
  const [first, second] = SEEDS;
  const rounds: Round[] = [
    { lab, seed: first, note: '' },
    { lab, seed: second, note: ' It passes with the first seed: it rests on luck.' },
  ];
  if (template.parameters === undefined) return rounds;
  return rounds.concat(
    DRAWS.map((draw) => {
      const values = drawParameters(template, draw);
      const said = Object.entries(values).map(([name, value]) => `${name}=${value}`);
      return {
        lab: instantiate(template, values),
        seed: first,
        note: ` It passes with the default parameters, and not with ${said.join(' ')}.`,
      };
    }),
  );
}

/**
 * Each task passes by its solution, and not already by those before it.
 *
 * @param idle tasks that pass at the start, of which that is known.
 */
async function proveSolutions(
  template: Lab,
  ground: ProvingGround,
  idle: ReadonlySet<string>,
  findings: Finding[],
  tell: (stage: ProofStage) => void,
): Promise<void> {
  const reported = new Set<string>();
  for (const [round, { lab, seed, note }] of roundsOf(template).entries()) {
    const cluster = await new Timeline(lab, ground, seed).at(0);
    for (const [index, task] of lab.tasks.entries()) {
      tell({ kind: 'solution', taskId: task.id, round: round + 1 });
      if (round === 0 && index > 0 && !idle.has(task.id)) {
        const opened = await grade((await cluster.copy()) ?? cluster, task);
        if (opened.verdict === 'passed')
          findings.push(passesUnaided(task, 'as soon as the tasks before it are done'));
      }
      const script = solutionOf(lab, task);
      if (script === undefined) {
        if (round === 0) findings.push(unsolved(task));
        continue;
      }
      const ran = await solve(cluster, lab, task);
      const result = await grade(cluster, task, await answersOf(cluster, script));
      // One report for each task: the second seed repeats the first one's mistakes.
      if ((result.verdict === 'passed' && ran.kind === 'ended') || reported.has(task.id)) continue;
      reported.add(task.id);
      findings.push(...failedSolution(task, ran, result, note));
    }
  }
}

function unsolved(task: Task): Finding {
  return {
    code: 'PW0604',
    severity: 'error',
    file: 'lab.md',
    anchor: `#${task.id}`,
    message: `Task "${task.id}" has no solution, so nothing shows that it can be passed.`,
    remedy: `Write solution/${task.id}.sh.`,
  };
}

function failedSolution(task: Task, ran: ScriptOutcome, result: TaskGrade, note: string): readonly Finding[] {
  const file = `solution/${task.id}.sh`;
  const findings: Finding[] = [];
  if (ran.kind === 'hung')
    findings.push({
      code: 'PW0608',
      severity: 'error',
      file,
      message: `The script does not end.${quote(ran)}`,
      remedy: 'Give each wait a timeout, and start nothing that runs for ever in the foreground.',
    });
  for (const check of result.checks.filter(({ verdict }) => verdict !== 'passed'))
    findings.push({
      code: 'PW0604',
      severity: 'error',
      file,
      message: `The solution of "${task.id}" does not pass check "${check.checkId}": expected ${check.expected ?? ''}; saw ${check.saw ?? ''}. ${check.because ?? ''}${note}${quote(ran)}`,
      remedy: 'Mend the solution, or the check.',
    });
  return findings;
}

function quote(ran: ScriptOutcome): string {
  const output = ran.output.trim();
  if (output === '') return '';
  const end = output.length > MAX_QUOTED_CHARS ? `…${output.slice(-MAX_QUOTED_CHARS)}` : output;
  return ` The script printed: ${end}`;
}

async function proveWrongCase(
  lab: Lab,
  timeline: Timeline,
  wrong: Lab['wrong'][number],
  findings: Finding[],
): Promise<void> {
  const index = lab.tasks.findIndex(({ id }) => id === wrong.taskId);
  const task = lab.tasks[index];
  if (task === undefined) return;
  const cluster = await timeline.at(index);
  const ran = await cluster.runScript(wrong.script);
  await cluster.settle();
  const answers = {
    ...(await answersOf(cluster, solutionOf(lab, task) ?? '')),
    ...(await answersOf(cluster, wrong.script)),
  };
  const result = await grade(cluster, task, answers);
  const check = result.checks.find(({ checkId }) => checkId === wrong.checkId);
  const file = `wrong/${wrong.name}`;
  const report = (message: string, remedy: string): void => {
    findings.push({ code: 'PW0605', severity: 'error', file, message: `${message}${quote(ran)}`, remedy });
  };
  if (ran.kind === 'hung') {
    findings.push({
      code: 'PW0608',
      severity: 'error',
      file,
      message: `The script does not end.${quote(ran)}`,
      remedy: 'Give each wait a timeout.',
    });
    return;
  }
  if (check?.verdict !== 'failed') {
    const failing = result.checks.filter(({ verdict }) => verdict !== 'passed').map(({ checkId }) => checkId);
    const instead = failing.length === 0 ? 'The task passes.' : `These fail: ${failing.join(', ')}.`;
    report(
      `The check "${wrong.checkId}" does not fail. ${instead}`,
      'Name the check at which it fails, or make the check notice.',
    );
  } else if (wrong.message !== undefined && check.because?.includes(wrong.message) !== true) {
    report(
      `The check "${wrong.checkId}" fails, and says "${check.because ?? ''}" instead of "${wrong.message}".`,
      'Mend the line "# message:", or the message of the check.',
    );
  }
}
