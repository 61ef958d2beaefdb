import { execFileSync } from 'node:child_process';
import { existsSync, readdirSync } from 'node:fs';
import process from 'node:process';
import { afterAll } from 'vitest';
import { KindProvider, SimulatedProvider } from '../src/index.ts';
import { describeBackend } from './contract.ts';
import { kindTestOptions } from './kind-told.ts';

/** Where what is handed in is graded. */
const simulated = new SimulatedProvider({ workers: 1, maxClusters: 4 });
const options = { ...kindTestOptions(`contract${process.pid}`), simulated };
afterAll(() => simulated.close());

const listed = (...words: string[]): readonly string[] =>
  execFileSync('docker', words, { encoding: 'utf8' })
    .split('\n')
    .filter((name) => name.startsWith(`podwire-${options.installation}-`));

describeBackend({
  name: 'kind',
  open: () => KindProvider.open(options),
  tellsProgress: true,
  outlivesProcess: true,
  hasStty: true,
  // While the network is made, while nodes start, and while the control plane comes up.
  withdrawAfterMs: [50, 2_500, 9_000],
  leftBehind: () => [
    ...listed('ps', '--all', '--format', '{{.Names}}'),
    ...listed('network', 'ls', '--format', '{{.Name}}'),
    ...(existsSync(options.stateDirectory)
      ? readdirSync(options.stateDirectory).filter((name) => name.includes('.'))
      : []),
  ],
  startTimeoutMs: 240_000,
});
