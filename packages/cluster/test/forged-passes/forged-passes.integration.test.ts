import { gradeTask } from '@podwire/grader';
import type { Task } from '@podwire/lab';
import { publicLab } from '@podwire/lab';
import { Sealing } from '@podwire/prover';
import type { ProvingCluster, SealedGrade } from '@podwire/prover';
import { beforeAll, describe, expect, it } from 'vitest';
import { simulatedProvingGround } from '../../src/index.ts';
import { forgedLab, GUARD, MEND, WORD } from './lab.ts';
import { STRATEGIES } from './strategies.ts';

const SEED = 7;
const SEALED_SEED = 70_001;
const lab = forgedLab();
const [task] = lab.tasks as [Task];
const ground = simulatedProvingGround();
const sealing = new Sealing(lab, ground);
const answers = { word: WORD };
let start: ProvingCluster;

beforeAll(async () => {
  const booted = await ground.boot(lab, SEED);
  if (!booted.ok) throw new Error(booted.message);
  start = booted.cluster;
});

async function learner(script: string): Promise<ProvingCluster> {
  const cluster = await start.copy();
  if (cluster === undefined) throw new Error('the cluster can’t be copied');
  await cluster.runScript(script);
  await cluster.settle();
  return cluster;
}

async function sealed(
  cluster: ProvingCluster,
  given: Record<string, string> = answers,
): Promise<SealedGrade> {
  const submission = await sealing.submissionFrom(cluster, SEED, await cluster.files());
  if ('unreadable' in submission)
    return { verdict: 'not-gradable', score: 0, checks: [], notes: [submission.unreadable] };
  return sealing.grade({ task, submission, answers: given, seed: SEALED_SEED, answersFrom: cluster.grading });
}

async function inPlace(cluster: ProvingCluster): Promise<string> {
  const graded = await gradeTask({ task, cluster: cluster.grading, answers, metEarlier: new Set() });
  return graded.verdict;
}

describe('an honest solution', () => {
  it('passes where it was made, and sealed', async () => {
    const cluster = await learner(`${MEND}\n${GUARD}`);
    const graded = await sealed(cluster);
    expect(graded.notes).toEqual([]);
    expect(graded.checks.filter(({ verdict }) => verdict !== 'passed')).toEqual([]);
    expect([await inPlace(cluster), graded.verdict]).toEqual(['passed', 'passed']);
  });

  it('passes under other names, by other commands', async () => {
    const cluster = await learner(
      `kubectl get service web -o yaml | sed 's/app: wrong/app: server/' | kubectl replace -f -\n${GUARD.replaceAll('guard', 'mine')}`,
    );
    expect((await sealed(cluster)).verdict).toBe('passed');
  });

  it('half done does not', async () => {
    expect((await sealed(await learner(MEND))).verdict).toBe('failed');
    expect((await sealed(await learner(GUARD))).verdict).toBe('failed');
  });
});

describe('a forged pass', () => {
  it('there are at least thirty strategies, each of its own', () => {
    expect(new Set(STRATEGIES.map(({ name }) => name)).size).toBe(STRATEGIES.length);
    expect(STRATEGIES.length).toBeGreaterThanOrEqual(30);
  });

  it.each(STRATEGIES)('is not had sealed: $name', async ({ script, seen, fools }) => {
    const cluster = await learner(script);
    const [command, output] = seen;
    const looked = await cluster.runScript(command);
    expect(looked.output).toMatch(output);
    if (fools === true) expect(await inPlace(cluster)).toBe('passed');
    const { verdict } = await sealed(cluster);
    expect(['failed', 'not-gradable']).toContain(verdict);
  });

  it('is not had by what the page or the API knows of the lab', async () => {
    const told = JSON.stringify(publicLab(lab));
    for (const secret of [WORD, 'app: server', 'guard', 'kubectl patch']) expect(told).not.toContain(secret);
    const cluster = await learner(`${MEND}\n${GUARD}`);
    expect((await sealed(cluster, { word: 'reach' })).verdict).toBe('failed');
  });
});
