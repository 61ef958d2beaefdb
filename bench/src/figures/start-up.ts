import { execFileSync } from 'node:child_process';
import { existsSync } from 'node:fs';
import path from 'node:path';
import process from 'node:process';
import type { Bench, Figure, Measurement } from '../figure.ts';
import { temporaryFolder } from '../process.ts';
import { ROOT } from '../root.ts';
import { startSite } from '../site-process.ts';
import { median, rounded, summary } from '../statistics.ts';

const ROUNDS = 3;
const MS_PER_S = 1_000;

async function firstPageSeconds(bench: Bench, dataDirectory: string, checkout: string): Promise<number> {
  const site = await startSite(bench, { dataDirectory, checkout });
  await site.stop();
  return rounded(site.firstPageMs / MS_PER_S);
}

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
  for (const cache of ['node_modules/.cache', '.turbo', 'apps/web/.next'])
    execFileSync('rm', ['-rf', path.join(folder.path, cache)]);
  // Where what is committed needs other packages than are installed here, they are installed now: not timed.
  execFileSync(
    process.execPath,
    ['-e', "import('./scripts/setup/install.mjs').then((setup) => setup.installIfNeeded())"],
    { cwd: folder.path, stdio: 'ignore' },
  );
  return folder.path;
}

async function run(bench: Bench): Promise<readonly Measurement[]> {
  bench.progress('making a checkout of what is committed');
  const checkout = freshCheckout(bench);
  const freshData = (): string => {
    const data = temporaryFolder('site');
    bench.atEnd(() => data.remove());
    return data.path;
  };
  bench.progress('building and starting it');
  const fromNothing = await firstPageSeconds(bench, freshData(), checkout);
  const fresh: number[] = [];
  const again: number[] = [];
  for (let round = 1; round <= ROUNDS; round++) {
    bench.progress(`round ${round} of ${ROUNDS}`);
    const data = freshData();
    fresh.push(await firstPageSeconds(bench, data, checkout));
    again.push(await firstPageSeconds(bench, data, checkout));
  }
  const base = { unit: 's', statistic: 'median', samples: ROUNDS } as const;
  return [
    { name: 'start-from-nothing', value: fromNothing, unit: 's', statistic: 'single', samples: 1 },
    { ...base, name: 'start-fresh-data', value: median(fresh), detail: summary(fresh) },
    { ...base, name: 'start-again', value: median(again), detail: summary(again) },
    {
      ...base,
      name: 'start-fresh-data-to-again',
      value: rounded(median(fresh) / median(again)),
      unit: 'ratio',
    },
  ];
}

export const startUp: Figure = {
  name: 'start-up',
  about:
    'From `npm start` to the first page, of what is committed: with nothing built; with a fresh data folder; and again.',
  run,
};
