/**
 * `npm test`: the gate, then the integration and the browser tests, from a fresh checkout.
 * `npm run test:kind`: what needs Docker, on real clusters.
 */
import process from 'node:process';
import { findOrInstallBrowser } from './setup/browser.mjs';
import { checkNode, installIfNeeded, root } from './setup/install.mjs';
import { StepFailed, show } from './setup/steps.mjs';

const SCRIPTS = process.argv.includes('--kind')
  ? ['test:docker', 'test:e2e:kind']
  : ['check', 'test:integration', 'test:e2e'];

checkNode();
try {
  await installIfNeeded();
  const chromium = await findOrInstallBrowser();
  const env = {
    ...process.env,
    TURBO_TELEMETRY_DISABLED: '1',
    ...(chromium === undefined ? {} : { CHROMIUM: chromium }),
  };
  for (const script of SCRIPTS) await show('npm', ['run', '--silent', script], { cwd: root, env });
} catch (error) {
  if (!(error instanceof StepFailed)) throw error;
  console.error(error.message);
  process.exit(1);
}
if (!process.argv.includes('--kind'))
  console.log('Left out: the tests on real clusters, which need Docker (npm run test:kind).');
