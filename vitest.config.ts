import { availableParallelism } from 'node:os';
import { defineConfig } from 'vitest/config';
import { LongestFirst } from './scripts/testing/longest-first.ts';

/** A test that hangs is a failure; nothing here waits on wall-clock time. */
const UNIT_TIMEOUT_MS = 20_000;
const INTEGRATION_TIMEOUT_MS = 120_000;

/** Vitest leaves one processor to whoever watches; of two that is half of what there is. */
const WORKERS = Math.max(2, availableParallelism() - 1);

/** Property tests draw the same cases on every run; `FUZZ_SEED=random`, or a number, draws others. */
const SETUP = ['./scripts/testing/fixed-seed.ts'];

export default defineConfig({
  test: {
    maxWorkers: WORKERS,
    sequence: { sequencer: LongestFirst },
    projects: [
      {
        test: {
          name: 'unit',
          // What is tested keeps no state beside what it is given: each module is loaded once for all files, not 222 times.
          isolate: false,
          include: ['{apps,packages}/*/{src,test}/**/*.test.ts', 'prisma/src/**/*.test.ts'],
          exclude: ['**/*.{integration,docker}.test.ts', '**/node_modules/**'],
          setupFiles: SETUP,
          testTimeout: UNIT_TIMEOUT_MS,
        },
      },
      {
        test: {
          name: 'integration',
          include: [
            '{apps,packages}/*/{src,test}/**/*.integration.test.ts',
            'prisma/{src,test}/**/*.integration.test.ts',
          ],
          exclude: ['**/node_modules/**'],
          setupFiles: SETUP,
          testTimeout: INTEGRATION_TIMEOUT_MS,
          hookTimeout: INTEGRATION_TIMEOUT_MS,
        },
      },
      {
        // On real kind clusters: `npm run test:kind`. Two files at a time: much of each is waiting.
        test: {
          name: 'docker',
          include: ['{apps,packages}/*/test/**/*.docker.test.ts'],
          exclude: ['**/node_modules/**'],
          // A busy host delays packets and processes of a real cluster; the report marks what passed only now.
          retry: 1,
          testTimeout: INTEGRATION_TIMEOUT_MS,
          hookTimeout: INTEGRATION_TIMEOUT_MS,
        },
      },
    ],
  },
});
