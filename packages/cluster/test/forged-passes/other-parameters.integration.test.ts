import { drawParameters, instantiate, parseCourse, redrawParameters } from '@podwire/lab';
import type { Lab, Task } from '@podwire/lab';
import { lookRecorder, recordOf, replayVerdict } from '@podwire/grader';
import { Sealing, sealedTask } from '@podwire/prover';
import type { ProvingCluster, SealedGrade } from '@podwire/prover';
import { describe, expect, it } from 'vitest';
import { simulatedProvingGround } from '../../src/index.ts';

/** The word names the pods of each learner; the port is what nobody's policy has to name. */
const LAB = `---
id: drawn
title: Keep strangers out
summary: S
minutes: 5
parameters:
  word: { kind: name, of: [amber, birch, cedar] }
  port: { kind: port, from: 8100, to: 8199, redraw: true }
---

::::task{#guard title="Guard {{word}}"}

:::check{#friend title="The friend gets in"}

\`\`\`yaml
connectivity: [{ from: pod/default/friend, to: pod/default/{{word}}, port: {{port}}, expect: open }]
holdsAtStart: true
\`\`\`

:::

:::check{#stranger title="The stranger does not"}

\`\`\`yaml
connectivity: [{ from: pod/default/stranger, to: pod/default/{{word}}, port: {{port}}, expect: blocked }]
\`\`\`

:::
::::
`;
const SETUP = `
apiVersion: v1
kind: Pod
metadata: { name: '{{word}}', labels: { app: '{{word}}' } }
spec: { containers: [{ name: main, image: registry.k8s.io/e2e-test-images/agnhost:2.53, args: [netexec, --http-port={{port}}] }] }
---
apiVersion: v1
kind: Pod
metadata: { name: friend, labels: { app: friend } }
spec: { containers: [{ name: main, image: registry.k8s.io/e2e-test-images/agnhost:2.53, args: [pause] }] }
---
apiVersion: v1
kind: Pod
metadata: { name: stranger, labels: { app: stranger } }
spec: { containers: [{ name: main, image: registry.k8s.io/e2e-test-images/agnhost:2.53, args: [pause] }] }
`;
const guard = (app: string, ports = ''): string =>
  `kubectl apply -f - <<'YAML'\napiVersion: networking.k8s.io/v1\nkind: NetworkPolicy\nmetadata: { name: guard }\nspec:\n  podSelector: { matchLabels: { app: ${app} } }\n  ingress: [{ from: [{ podSelector: { matchLabels: { app: friend } } }]${ports} }]\nYAML\n`;

const template = ((): Lab => {
  const { course, diagnostics } = parseCourse(
    new Map([
      [
        'course.yaml',
        'title: C\nsummary: S\nchapters:\n  - { id: one, title: One, summary: S, labs: [drawn], lessons: [] }\n',
      ],
      ['one/drawn/lab.md', LAB],
      ['one/drawn/setup/all.yaml', SETUP],
      ['one/drawn/solution/guard.sh', guard('{{word}}')],
    ]),
  );
  const lab = course.chapters[0]?.labs[0];
  if (lab === undefined) throw new Error(JSON.stringify(diagnostics));
  return lab;
})();

const ground = simulatedProvingGround();
const SEED = 7;
const ANN = { word: 'amber', port: '8123' };
const BEN = { word: 'birch', port: '8123' };

interface Graded extends SealedGrade {
  readonly notes: readonly string[];
}

/** What `script` made of Ann's lab, or a lab of hers, handed in by whoever has these parameters. */
async function handIn(
  script: string,
  made: Readonly<Record<string, string>>,
  by: Readonly<Record<string, string>>,
): Promise<Graded> {
  const work = await worked(script, instantiate(template, made));
  const lab = instantiate(template, by);
  const sealing = new Sealing(lab, ground);
  const submission = await sealing.submissionFrom(work, SEED, await work.files());
  if ('unreadable' in submission) throw new Error(submission.unreadable);
  const elsewhere = instantiate(template, redrawParameters(template, by, 99));
  return sealing.grade({ task: lab.tasks[0] as Task, submission, answers: {}, seed: 90_001, elsewhere });
}

async function worked(script: string, lab: Lab): Promise<ProvingCluster> {
  const booted = await ground.boot(lab, SEED);
  if (!booted.ok) throw new Error(booted.message);
  await booted.cluster.runScript(script);
  await booted.cluster.settle();
  return booted.cluster;
}

describe('sealed grading with other parameters', () => {
  it('passes what does not rest on them', async () => {
    expect(redrawParameters(template, ANN, 99)['port']).not.toBe(ANN.port);
    const graded = await handIn(guard('amber'), ANN, ANN);
    expect(graded.checks.filter(({ verdict }) => verdict !== 'passed')).toEqual([]);
    expect(graded.verdict).toBe('passed');
  });

  it('does not pass what was written for one value', async () => {
    const ports = ', ports: [{ port: 8123 }]';
    expect((await handIn(guard('amber', ports), ANN, ANN)).verdict).toBe('failed');
  });

  it('does not pass the submission of another learner, whose values were others', async () => {
    // Ben applies in his own lab what Ann made in hers.
    const copied = await handIn(guard('amber'), BEN, BEN);
    expect(copied.verdict).toBe('failed');
    expect(copied.checks.find(({ checkId }) => checkId === 'stranger')?.verdict).toBe('failed');
    // Ben hands in Ann's whole cluster: her pods are no objects that his lab asks for.
    const forged = await handIn(guard('amber'), ANN, BEN);
    expect(forged.verdict).toBe('failed');
    expect(forged.notes.join('\n')).toContain('Not taken along: Pod default/amber');
    expect((await handIn(guard('birch'), BEN, BEN)).verdict).toBe('passed');
  });

  it('keeps what it rests on: it can be graded again to the same verdict', async () => {
    const redrawn = redrawParameters(template, ANN, 99);
    const [lab, elsewhere] = [instantiate(template, ANN), instantiate(template, redrawn)];
    const [task] = lab.tasks as [Task];
    const work = await worked(guard('amber', ', ports: [{ port: 8123 }]'), lab);
    const sealing = new Sealing(lab, ground);
    const submission = await sealing.submissionFrom(work, SEED);
    if ('unreadable' in submission) throw new Error(submission.unreadable);
    const recorder = lookRecorder();
    const graded = await sealing.grade({ task, submission, answers: {}, seed: 90_001, elsewhere, recorder });
    const facts = { labId: lab.id, labDigest: lab.digest, taskId: task.id, seed: 90_001, versions: {} };
    const record = recordOf({ ...facts, redrawn, answers: {}, metEarlier: [] }, recorder, graded);
    const stored = JSON.parse(JSON.stringify(record)) as NonNullable<typeof record>;
    const again = await replayVerdict(stored, template, sealedTask(task, elsewhere));
    expect(again.kind).toBe('same');
    expect(graded.verdict).toBe('failed');
    const passed = { ...stored, verdict: 'passed' as const };
    expect((await replayVerdict(passed, template, sealedTask(task, elsewhere))).kind).toBe('different');
  });

  it('draws for a class so that neighbours differ', () => {
    const words = new Set(Array.from({ length: 40 }, (_, seed) => drawParameters(template, seed)['word']));
    expect(words.size).toBe(3);
  });
});
