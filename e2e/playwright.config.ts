import { existsSync, mkdtempSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { defineConfig } from '@playwright/test';

const PORT = 3117;
const SYSTEM_CHROMIUM = '/usr/bin/chromium';
const chromium = process.env['CHROMIUM'] ?? (existsSync(SYSTEM_CHROMIUM) ? SYSTEM_CHROMIUM : undefined);
/** A site that runs already, to try single tests on; without it, one is built and started for the run. */
const running = process.env['PODWIRE_URL'];
/** A first start builds the site. */
const START_TIMEOUT_MS = 300_000;

// Workers of the test runner read this file again: the folder is made once, by the first of them.
process.env['PODWIRE_E2E_DATA'] ??= mkdtempSync(path.join(tmpdir(), 'podwire-e2e-'));

/** On real clusters: `npm run e2e:kind`. It needs what `npm run test:kind` needs. */
const onKind = process.env['PODWIRE_KIND'] !== undefined;

const webServer = {
  command: 'node scripts/start.mjs',
  cwd: path.resolve(import.meta.dirname, '..'),
  url: `http://127.0.0.1:${PORT}/api/health`,
  timeout: START_TIMEOUT_MS,
  gracefulShutdown: { signal: 'SIGTERM' as const, timeout: 20_000 },
  env: {
    PORT: String(PORT),
    PODWIRE_DATA_DIR: process.env['PODWIRE_E2E_DATA'],
    ...(onKind ? { PODWIRE_BACKENDS: 'simulated,kind', KIND_WARM_CLUSTERS: '0' } : {}),
  },
};

export default defineConfig({
  testDir: 'tests',
  projects: [
    onKind ? { name: 'kind', testMatch: 'kind.spec.ts' } : { name: 'site', testIgnore: 'kind.spec.ts' },
  ],
  outputDir: 'test-results',
  reporter: [['list']],
  workers: 2,
  // A busy host delays packets and processes of a real cluster; the report marks what passed only at its second try.
  retries: onKind ? 1 : 0,
  // A test takes seconds; on a machine that does ten other things it takes ten times as long and is still right.
  timeout: 180_000,
  expect: { timeout: 30_000 },
  use: {
    baseURL: running ?? `http://127.0.0.1:${PORT}`,
    viewport: { width: 1440, height: 900 },
    trace: 'retain-on-failure',
    launchOptions: {
      ...(chromium === undefined ? {} : { executablePath: chromium }),
      args: [
        '--no-sandbox',
        '--disable-gpu',
        '--disable-quic',
        '--no-first-run',
        '--disable-background-networking',
        '--disable-component-update',
        '--disable-sync',
      ],
    },
  },
  ...(running === undefined ? { webServer } : {}),
});
