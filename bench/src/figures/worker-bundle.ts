import path from 'node:path';
import { gzipSync } from 'node:zlib';
import { build } from 'esbuild';
import type { Bench, Figure, Measurement } from '../figure.ts';
import { ROOT } from '../root.ts';
import { rounded } from '../statistics.ts';

const WORKER = path.join(ROOT, 'packages/cluster/src/browser/cluster.worker.ts');

async function run(_bench: Bench): Promise<readonly Measurement[]> {
  const built = await build({
    entryPoints: [WORKER],
    bundle: true,
    minify: true,
    platform: 'browser',
    format: 'iife',
    target: 'es2023',
    write: false,
    logLevel: 'error',
  });
  const [file] = built.outputFiles;
  if (file === undefined) throw new Error('the worker was not built');
  return [
    {
      name: 'worker-bundle',
      value: rounded(gzipSync(file.contents, { level: 9 }).length / 1000),
      unit: 'kB',
      statistic: 'single',
      samples: 1,
      detail: { plainKb: rounded(file.contents.length / 1000) },
    },
  ];
}

export const workerBundle: Figure = {
  name: 'worker-bundle',
  about: 'The simulated cluster with its shell as the script of a Web Worker, minified and gzipped.',
  run,
};
