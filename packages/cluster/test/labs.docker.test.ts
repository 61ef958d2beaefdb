import { execFileSync } from 'node:child_process';
import { mkdtempSync, readdirSync, readFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import process from 'node:process';
import type { Answers } from '@podwire/grader';
import { defaultParameters, instantiate, parseCourse } from '@podwire/lab';
import type { Lab, Task } from '@podwire/lab';
import { answersOf } from '@podwire/prover';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { KindProvider, originOf, readAddons, SimulatedProvider, unheard } from '../src/index.ts';
import type { Cluster } from '../src/index.ts';
import { runScript } from '../src/kind/proving-ground.ts';

const NODE_IMAGE = process.env['KIND_NODE_IMAGE'] ?? 'kindest/node:v1.34.0';
const TOOLBOX_IMAGE = process.env['PODWIRE_TOOLBOX_IMAGE'] ?? 'podwire/toolbox:test';
/** A node that reaches a registry needs no image beforehand. */
const OFFLINE = process.env['KIND_EGRESS'] !== 'public';
const INSTALLATION = `labs${process.pid}`;
const FOLDER = process.env['KIND_ADDONS'];
const ADDONS = FOLDER === undefined ? {} : await readAddons(FOLDER);
const LAB_TIMEOUT_MS = 420_000;
/** A cluster follows a script within this, or not at all. */
const PASSES_WITHIN_MS = 90_000;
const ASKED_EVERY_MS = 2_000;
/** agnhost and busybox say 1.36 and 1.36.1, docker.io and library are left out: as kubelets read names. */
const IMAGE = /\bimage[:=]\s*["']?([a-z0-9][a-z0-9./_-]*:[A-Za-z0-9._-]+)/gu;

function labsForKind(): readonly Lab[] {
  const root = path.join(import.meta.dirname, '../../../labs');
  const files = readdirSync(root, { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile())
    .map((entry): [string, string] => {
      const file = path.join(entry.parentPath, entry.name);
      return [path.relative(root, file).split(path.sep).join('/'), readFileSync(file, 'utf8')];
    });
  return parseCourse(new Map(files))
    .course.chapters.flatMap(({ labs }) => labs)
    .filter(({ backends }) => backends.includes('kind'))
    .map((lab) => instantiate(lab, defaultParameters(lab)));
}

/** Every image that the lab's objects, or those of its solutions, name. */
function imagesOf(lab: Lab): ReadonlySet<string> {
  const texts = [
    ...[...lab.setup, ...lab.files].map(({ text }) => text),
    ...lab.solutions.map(({ script }) => script),
  ];
  return new Set(texts.flatMap((text) => [...text.matchAll(IMAGE)].map(([, image = '']) => image)));
}

/** By their short names, as Docker Hub's own are written in manifests. */
function imagesIn(nodeImage: string): ReadonlySet<string> {
  const listed = execFileSync(
    'docker',
    [
      'run',
      '--rm',
      '--privileged',
      '--entrypoint=sh',
      nodeImage,
      '-c',
      'containerd >/dev/null 2>&1 & until ctr version >/dev/null 2>&1; do sleep 0.2; done; ctr -n k8s.io images ls -q',
    ],
    { encoding: 'utf8' },
  );
  return new Set(listed.split('\n').map((name) => name.replace(/^docker\.io\/(?:library\/)?/u, '')));
}

describe('labs that declare kind', () => {
  let provider: KindProvider;
  /** Where what is handed in is graded. */
  const simulated = new SimulatedProvider({ workers: 1, maxClusters: 4 });
  const present = OFFLINE ? imagesIn(NODE_IMAGE) : undefined;

  beforeAll(async () => {
    provider = await KindProvider.open({
      installation: INSTALLATION,
      simulated,
      nodeImage: NODE_IMAGE,
      toolboxImage: TOOLBOX_IMAGE,
      abilities: { networkPolicies: true, addons: ADDONS },
      maxClusters: 1,
      // The next lab's is made while this one waits for its pods.
      warmClusters: 1,
      stateDirectory: mkdtempSync(path.join(tmpdir(), 'podwire-labs-')),
    });
  });
  afterAll(async () => {
    await provider.close();
    for (const member of await provider.owned()) await provider.remove(member);
    await simulated.close();
  }, 60_000);

  for (const [index, lab] of labsForKind().entries()) {
    const missing = present === undefined ? [] : [...imagesOf(lab)].filter((image) => !present.has(image));
    if (lab.cluster.ingress !== undefined && ADDONS.ingress === undefined)
      missing.push('an ingress controller');
    const name =
      missing.length === 0
        ? `${lab.id} fails at its start and passes by its solutions`
        : `${lab.id}: there is no ${missing.join(', ')} here`;
    it.skipIf(missing.length > 0)(
      name,
      async () => {
        expect(provider.refusal(lab.cluster)).toBeUndefined();
        const cluster = await provider.create(`lab${index}`, originOf(lab, 1, 0), unheard);
        try {
          for (const task of lab.tasks) {
            const before = await verdictOf(cluster, task, {});
            expect(before.verdict, `${task.id} before its solution`).not.toBe('passed');
            const script = lab.solutions.find(({ taskId }) => taskId === task.id)?.script ?? '';
            const answers = await answersOf({ runScript: (each) => runScript(cluster, each) }, script);
            const ran = await runScript(cluster, script);
            expect(ran, task.id).toMatchObject({ kind: 'ended' });
            const after = await passes(cluster, task, answers);
            expect(after, `${task.id} after its solution: ${ran.output.slice(-600)}`).toEqual([]);
            await passesHandedIn(cluster, lab, task, answers);
          }
        } finally {
          await cluster.destroy();
        }
      },
      LAB_TIMEOUT_MS,
    );
  }

  async function verdictOf(cluster: Cluster, task: Task, answers: Answers) {
    return cluster.grade({ task, answers, metBefore: [] });
  }

  /** What was made here counts for credit, wherever the task asks for something made. */
  async function passesHandedIn(cluster: Cluster, lab: Lab, task: Task, answers: Answers): Promise<void> {
    const sealing = (await cluster.sealableTasks?.(lab))?.find(({ taskId }) => taskId === task.id);
    if (sealing?.unmet.length !== 0) return;
    const sealed = { lab, learnerSeed: 1, seed: 2 };
    const { verdict, checks, notes } = await cluster.grade({ task, answers, metBefore: [], sealed });
    const failed = checks
      .filter((check) => check.verdict !== 'passed')
      .map(({ checkId, because }) => [checkId, because]);
    expect({ verdict, failed, notes }, `${task.id}, handed in`).toEqual({
      verdict: 'passed',
      failed: [],
      notes: [],
    });
  }

  /** @returns what still fails when time is up. */
  async function passes(cluster: Cluster, task: Task, answers: Answers): Promise<readonly string[]> {
    const deadline = performance.now() + PASSES_WITHIN_MS;
    for (;;) {
      const { verdict, checks } = await verdictOf(cluster, task, answers);
      if (verdict === 'passed') return [];
      if (performance.now() > deadline)
        return checks
          .filter((check) => check.verdict !== 'passed')
          .map((check) => `${check.checkId}: ${JSON.stringify(check)}`);
      await new Promise((resolve) => setTimeout(resolve, ASKED_EVERY_MS));
    }
  }
});
