import { execFileSync } from 'node:child_process';
import { existsSync } from 'node:fs';
import path from 'node:path';
import type { Bench, Figure, Measurement } from '../figure.ts';
import { temporaryFolder } from '../process.ts';
import { ROOT } from '../root.ts';
import { startSite } from '../site-process.ts';
import { median, rounded, summary } from '../statistics.ts';

const ROUNDS = 3;
const MS_PER_S = 1_000;

async function firstPageSeconds(bench: Bench, dataDirectory: string, checkout?: string): Promise<number> {
  const site = await startSite(bench, { dataDirectory, ...(checkout === undefined ? {} : { checkout }) });
  await site.stop();
  return rounded(site.firstPageMs / MS_PER_S);
}

async function run(bench: Bench): Promise<readonly Measurement[]> {
  const fresh: number[] = [];
  const second: number[] = [];
  for (let round = 0; round <= ROUNDS; round++) {
    bench.progress(
      round === 0 ? 'a start that builds what has changed, not counted' : `round ${round} of ${ROUNDS}`,
    );
    const data = temporaryFolder('site');
    bench.atEnd(() => data.remove());
    const first = await firstPageSeconds(bench, data.path);
    if (round === 0) continue;
    fresh.push(first);
    second.push(await firstPageSeconds(bench, data.path));
  }
  const base = { unit: 's', statistic: 'median', samples: ROUNDS } as const;
  return [
    { ...base, name: 'start-fresh-data', value: median(fresh), detail: summary(fresh) },
    { ...base, name: 'start-again', value: median(second), detail: summary(second) },
    {
      ...base,
      name: 'start-fresh-data-to-again',
      value: rounded(median(fresh) / median(second)),
      unit: 'ratio',
    },
  ];
}

export const startUp: Figure = {
  name: 'start-up',
  about: 'From `npm start` to the first page: with a fresh data folder and the build present, and again.',
  run,
};

/** A checkout of what is committed, with the packages that are installed here and nothing that was built. */
function freshCheckout(bench: Bench): string {
  const folder = temporaryFolder('checkout');
  bench.atEnd(() => folder.remove());
  const git = (...args: readonly string[]): string =>
    execFileSync('git', args, { cwd: ROOT, encoding: 'utf8' });
  git('clone', '--quiet', '--shared', ROOT, folder.path);
  const modules = [
    '.',
    ...git('ls-files', '*/package.json')
      .split('\n')
      .map((file) => path.dirname(file)),
  ]
    .map((workspace) => path.join(workspace, 'node_modules'))
    .filter((each) => existsSync(path.join(ROOT, each)));
  for (const each of modules)
    execFileSync('cp', ['-al', path.join(ROOT, each), path.join(folder.path, each)]);
  for (const cache of ['node_modules/.cache', '.turbo'])
    execFileSync('rm', ['-rf', path.join(folder.path, cache)]);
  return folder.path;
}

async function runFromNothing(bench: Bench): Promise<readonly Measurement[]> {
  bench.progress('making a checkout of what is committed');
  const checkout = freshCheckout(bench);
  const data = temporaryFolder('site');
  bench.atEnd(() => data.remove());
  bench.progress('building and starting it');
  const value = await firstPageSeconds(bench, data.path, checkout);
  return [{ name: 'start-from-nothing', value, unit: 's', statistic: 'single', samples: 1 }];
}

export const startFromNothing: Figure = {
  name: 'start-from-nothing',
  about: 'From `npm start` to the first page in a fresh checkout: nothing is built, packages are installed.',
  onlyWhenNamed: true,
  run: runFromNothing,
};
