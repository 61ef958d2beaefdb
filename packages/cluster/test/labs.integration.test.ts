import { readdirSync, readFileSync } from 'node:fs';
import path from 'node:path';
import { gradeTask } from '@podwire/grader';
import type { Answers, GradingCluster, TaskGrade } from '@podwire/grader';
import type { SimulatedCluster } from '@podwire/kubesim';
import { parseCourse } from '@podwire/lab';
import type { Lab } from '@podwire/lab';
import type { ProbeResultView } from '@podwire/protocol';
import { utf8Decode } from '@podwire/sim';
import { describe, expect, it } from 'vitest';
import { requestJson } from '../src/simulated/api-request.ts';
import { bootCluster } from '../src/simulated/boot.ts';
import { simulatedClusterFactory } from '../src/simulated/factory.ts';

const SCRIPT_LIMIT_MS = 120_000;
const MAX_EVENTS = 5_000_000;

function course(): readonly Lab[] {
  const root = path.join(import.meta.dirname, '../../../labs');
  const files = readdirSync(root, { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile())
    .map((entry): [string, string] => {
      const file = path.join(entry.parentPath, entry.name);
      return [path.relative(root, file).split(path.sep).join('/'), readFileSync(file, 'utf8')];
    });
  return parseCourse(new Map(files)).course.chapters.flatMap((chapter) => chapter.labs);
}

function boot(lab: Lab): SimulatedCluster {
  const booted = bootCluster(
    {
      needs: lab.cluster,
      setup: lab.setup,
      files: lab.files,
      seed: 11,
      startMs: Date.UTC(2026, 0, 1),
    } as Parameters<typeof bootCluster>[0],
    simulatedClusterFactory(),
  );
  if (!booted.ok) throw new Error(booted.message);
  return booted.cluster;
}

/** Runs a script in the learner's toolbox, as if it had been typed, and returns what it printed. */
function runScript(cluster: SimulatedCluster, script: string): string {
  const started = cluster.exec({ kind: 'toolbox' }, ['bash', '-c', script]);
  if (!started.ok) throw new Error(`the toolbox has no shell: ${started.reason}`);
  let output = '';
  let exit: number | undefined;
  started.handle.onStdout((data) => (output += utf8Decode(data)));
  started.handle.onStderr((data) => (output += utf8Decode(data)));
  started.handle.onExit((code) => (exit = code));
  cluster.run({
    untilMs: cluster.nowMs() + SCRIPT_LIMIT_MS,
    maxEvents: MAX_EVENTS,
    condition: () => exit !== undefined,
  });
  if (exit === undefined) throw new Error(`the script did not end; so far:\n${output}`);
  cluster.settle(SCRIPT_LIMIT_MS);
  return output;
}

/** `# answer: question = value` lines; a value may be `$(command)`. */
function answersOf(cluster: SimulatedCluster, script: string): Answers {
  const answers: Record<string, string> = {};
  for (const [, question = '', value = ''] of script.matchAll(/^# answer: ([a-z0-9-]+) = (.+)$/gm))
    answers[question] = value.startsWith('$(') ? runScript(cluster, `echo ${value}`).trim() : value;
  return answers;
}

function grading(cluster: SimulatedCluster): GradingCluster {
  const probe = (request: Parameters<SimulatedCluster['startProbe']>[0]): Promise<ProbeResultView> => {
    const started = cluster.startProbe(request);
    cluster.run({
      untilMs: cluster.nowMs() + SCRIPT_LIMIT_MS,
      maxEvents: MAX_EVENTS,
      condition: () => started.result() !== undefined,
    });
    return Promise.resolve(started.result() as ProbeResultView);
  };
  type Request = Parameters<SimulatedCluster['startProbe']>[0];
  return {
    request: (method, url) => Promise.resolve(requestJson(cluster.api, method, url)),
    probe: (request) => probe(request as Request),
    fetch: async ({ from, url, timeoutMs }) => {
      const parts = new URL(url);
      const result = (await probe({
        from: from as Request['from'],
        to: { kind: 'host', host: parts.hostname },
        port: Number(parts.port || 80),
        protocol: 'tcp',
        timeoutMs,
        http: { path: parts.pathname, host: parts.host },
      })) as ProbeResultView & { http?: { status: number; body: string } };
      return { probe: result, ...result.http };
    },
  };
}

async function grade(
  cluster: SimulatedCluster,
  lab: Lab,
  taskId: string,
  answers: Answers = {},
): Promise<TaskGrade> {
  const task = lab.tasks.find((each) => each.id === taskId);
  if (task === undefined) throw new Error(`no task ${taskId}`);
  return gradeTask({ task, cluster: grading(cluster), answers, metEarlier: new Set() });
}

const failures = (result: TaskGrade): readonly string[] =>
  result.checks
    .filter((check) => check.verdict !== 'passed')
    .map(
      (check) =>
        `${check.checkId}: expected ${check.expected ?? ''}; saw ${check.saw ?? ''}; because ${check.because ?? ''}`,
    );

function scriptOf(lab: Lab, taskId: string): string {
  return lab.solutions.find((solution) => solution.taskId === taskId)?.script ?? '';
}

for (const lab of course()) {
  describe(lab.id, () => {
    it('fails every task at the start', async () => {
      const cluster = boot(lab);
      for (const task of lab.tasks) expect((await grade(cluster, lab, task.id)).verdict).toBe('failed');
    });

    it('passes every task by its solution', async () => {
      const cluster = boot(lab);
      for (const task of lab.tasks) {
        const script = scriptOf(lab, task.id);
        const output = runScript(cluster, script);
        const result = await grade(cluster, lab, task.id, answersOf(cluster, script));
        expect(failures(result), output).toEqual([]);
      }
    });

    it.each(lab.wrong.map((wrong) => [wrong.name, wrong] as const))('catches %s', async (_name, wrong) => {
      const cluster = boot(lab);
      for (const task of lab.tasks) {
        if (task.id === wrong.taskId) break;
        runScript(cluster, scriptOf(lab, task.id));
      }
      const output = runScript(cluster, wrong.script);
      const result = await grade(cluster, lab, wrong.taskId, answersOf(cluster, scriptOf(lab, wrong.taskId)));
      const missed = result.checks.find((check) => check.checkId === wrong.checkId);
      expect(missed?.verdict, output).toBe('failed');
      expect(missed?.because, output).not.toBe('');
      if (wrong.message !== undefined) expect(missed?.because).toContain(wrong.message);
    });
  });
}
