/** `npm run dev`: the site with hot reload and the orchestrator restarted when its sources change. */
import { spawn } from 'node:child_process';
import path from 'node:path';
import { checkNode, installIfNeeded, root } from './setup/install.mjs';
import { step } from './setup/steps.mjs';

const SITE_PORT = process.env.PORT ?? '3000';
const ORCHESTRATOR_PORT = process.env.ORCHESTRATOR_PORT ?? '4400';

checkNode();
await installIfNeeded();
await step(
  'Generating the database client',
  'npm',
  ['run', '--silent', 'generate', '--workspace', '@podwire/db'],
  { cwd: root },
);

const env = {
  ...process.env,
  NODE_ENV: 'development',
  NEXT_TELEMETRY_DISABLED: '1',
  ORCHESTRATOR_PORT,
  LABS_DIR: path.join(root, 'labs'),
  PODWIRE_DATA_DIR: process.env.PODWIRE_DATA_DIR ?? path.join(root, '.podwire'),
  PUBLIC_ORIGIN: process.env.PUBLIC_ORIGIN ?? `http://localhost:${SITE_PORT},http://127.0.0.1:${SITE_PORT}`,
};
const children = [
  spawn(
    process.execPath,
    [
      '--import',
      'tsx',
      '--watch',
      '--watch-preserve-output',
      path.join(root, 'apps/orchestrator/src/index.ts'),
    ],
    { cwd: root, env, stdio: 'inherit' },
  ),
  spawn('npx', ['next', 'dev', '--hostname', '127.0.0.1', '--port', SITE_PORT], {
    cwd: path.join(root, 'apps/web'),
    env,
    stdio: 'inherit',
  }),
];
const stop = () => children.forEach((child) => child.kill('SIGTERM'));
for (const signal of ['SIGINT', 'SIGTERM']) process.on(signal, stop);
for (const child of children) child.on('exit', stop);
