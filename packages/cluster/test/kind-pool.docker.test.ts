import process from 'node:process';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { KindProvider } from '../src/index.ts';
import type { ClusterOrigin } from '../src/index.ts';
import type { KindCluster } from '../src/kind/kind-cluster.ts';
import { kindTestOptions, smallOrigin, Told } from './kind-told.ts';

const INSTALLATION = `pool${process.pid}`;
const FILLED_WITHIN_MS = 240_000;
const LOOK_EVERY_MS = 250;

/** Of the same shape, with another file: only an empty cluster can become it. */
const otherLab: ClusterOrigin = { ...smallOrigin, files: [{ path: 'notes.txt', text: 'another lab' }] };

let provider: KindProvider;

beforeAll(async () => {
  provider = await KindProvider.open({ ...kindTestOptions(INSTALLATION), warmClusters: 2 });
  await provider.prewarm([smallOrigin]);
  const deadline = performance.now() + FILLED_WITHIN_MS;
  while (provider.expectation(smallOrigin).readyMs !== 0) {
    if (performance.now() > deadline) throw new Error('the pool was not filled');
    await new Promise((resolve) => setTimeout(resolve, LOOK_EVERY_MS));
  }
}, FILLED_WITHIN_MS);

afterAll(async () => {
  await provider.close();
  for (const session of await provider.owned()) await provider.remove(session);
}, FILLED_WITHIN_MS);

const askerOf = async (cluster: KindCluster): Promise<string> => {
  const told = await cluster.inToolbox(['kubectl', 'get', 'pod', 'asker', '-o', 'jsonpath={.status.phase}']);
  return told.stdout;
};

it(
  'gives a lab that stands ready at once, and puts another into the empty cluster of its shape',
  async () => {
    expect(provider.expectation(otherLab).warm).toBe(true);
    const ready = new Told();
    const first = await provider.create('first', smallOrigin, ready);
    expect(ready.progress).toEqual([]);
    expect(await askerOf(first)).toBe('Running');

    const dressed = new Told();
    const second = await provider.create('second', otherLab, dressed);
    expect(dressed.progress.map((event) => event.kind === 'step' && event.text)).toEqual([
      'Setting the lab up',
    ]);
    expect(await askerOf(second)).toBe('Running');
    expect((await second.inToolbox(['cat', '/home/learner/notes.txt'])).stdout).toBe('another lab');
    expect((await first.inToolbox(['ls', '/home/learner'])).stdout).not.toContain('notes.txt');
    await Promise.all([first.destroy(), second.destroy()]);
  },
  FILLED_WITHIN_MS,
);
