import type { Check, Task } from '@podwire/lab';
import type { ProbeResultView } from '@podwire/protocol';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { refusingCluster } from './cluster.test-support.ts';
import type { GradingCluster } from './cluster.ts';
import { lookRecorder, recordOf, replayVerdict } from './evidence.ts';
import type { VerdictRecord } from './evidence.ts';
import { gradeTask } from './grade.ts';

const LAB = { id: 'lab', digest: 'd1' };
const VERDICTS = ['open', 'refused', 'timed-out'] as const;

/** Two probes, a file that appears, a command, and checks that need one another. */
const checks: readonly Check[] = [
  {
    id: 'reach',
    title: 'Reach',
    weight: 2,
    mode: 'must-hold',
    needs: [],
    kind: 'connectivity',
    probes: [1, 2].map((port) => ({
      from: { kind: 'toolbox' },
      to: { kind: 'host', host: 'x' },
      port,
      protocol: 'tcp',
      expect: 'open',
    })),
  },
  {
    id: 'file',
    title: 'File',
    weight: 1,
    mode: 'once',
    needs: ['reach'],
    withinMs: 3_000,
    kind: 'file',
    file: { in: { kind: 'toolbox' }, path: '/x', contains: 'y', absent: false },
  },
  {
    id: 'run',
    title: 'Run',
    weight: 1,
    mode: 'must-hold',
    needs: [],
    kind: 'command',
    command: { in: { kind: 'toolbox' }, run: 'true', exitCode: 0, absent: false },
  },
];
const task: Task = { id: 't', title: 'T', body: [], hints: [], questions: [], needs: [], checks };

async function recorded(cluster: GradingCluster, metEarlier: readonly string[]): Promise<VerdictRecord> {
  const recorder = lookRecorder();
  const grade = await gradeTask({
    task,
    cluster: recorder.watch(cluster),
    answers: {},
    metEarlier: new Set(metEarlier),
  });
  const facts = {
    labId: LAB.id,
    labDigest: LAB.digest,
    taskId: task.id,
    seed: 1,
    versions: {},
    answers: {},
    metEarlier,
  };
  const record = recordOf(facts, recorder, grade);
  // Stored, and read again.
  return JSON.parse(JSON.stringify(record)) as VerdictRecord;
}

describe('a verdict', () => {
  it('can be had again from its record, whatever the cluster did', async () => {
    await fc.assert(
      fc.asyncProperty(
        fc.array(fc.constantFrom(...VERDICTS, 'broken' as const), { minLength: 2, maxLength: 2 }),
        fc.nat(5),
        fc.constantFrom(0, 1, 'hung' as const),
        fc.subarray(['file', 'run']),
        async (ends, appears, exit, metEarlier) => {
          let looked = 0;
          const cluster: GradingCluster = {
            ...refusingCluster(),
            probe: ({ port }) => {
              const end = ends[port - 1] ?? 'open';
              const result: ProbeResultView = { verdict: 'open', durationMs: 1, packets: [], because: 'So.' };
              return end === 'broken'
                ? Promise.reject(new Error('the worker is gone'))
                : Promise.resolve({ ...result, verdict: end });
            },
            readFile: () =>
              Promise.resolve(looked++ >= appears ? { kind: 'text', text: 'y' } : { kind: 'absent' }),
            execute: () =>
              Promise.resolve(
                exit === 'hung'
                  ? { kind: 'hung', output: '' }
                  : { kind: 'ended', exitCode: exit, output: '' },
              ),
          };
          const record = await recorded(cluster, metEarlier);
          const again = await replayVerdict(record, LAB, task);
          expect(again).toMatchObject({
            kind: 'same',
            grade: { verdict: record.verdict, score: record.score },
          });
        },
      ),
    );
  });

  it('that was touched up is told apart, and so is one of another lab', async () => {
    const honest = await recorded(
      {
        ...refusingCluster(),
        probe: () => Promise.reject(new Error('gone')),
        execute: () => Promise.resolve({ kind: 'hung', output: '' }),
      },
      [],
    );
    expect((await replayVerdict({ ...honest, verdict: 'passed' }, LAB, task)).kind).toBe('different');
    expect(
      (await replayVerdict({ ...honest, checks: { ...honest.checks, run: 'passed' } }, LAB, task)).kind,
    ).toBe('different');
    expect((await replayVerdict(honest, { ...LAB, digest: 'd2' }, task)).kind).toBe('refused');
    expect((await replayVerdict(honest, LAB, undefined)).kind).toBe('refused');
    // What is missing from it is never taken for a pass.
    expect((await replayVerdict({ ...honest, looks: [], verdict: 'passed' }, LAB, task)).kind).toBe(
      'different',
    );
  });
});
