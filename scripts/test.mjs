/** `npm test`: the gate, then the integration and the browser tests, from a fresh checkout. */
import { findOrInstallBrowser } from './setup/browser.mjs';
import { checkNode, installIfNeeded, root } from './setup/install.mjs';
import { StepFailed, show } from './setup/steps.mjs';

checkNode();
try {
  await installIfNeeded();
  const chromium = await findOrInstallBrowser();
  const env = {
    ...process.env,
    TURBO_TELEMETRY_DISABLED: '1',
    ...(chromium === undefined ? {} : { CHROMIUM: chromium }),
  };
  for (const script of ['check', 'test:integration', 'test:e2e'])
    await show('npm', ['run', '--silent', script], { cwd: root, env });
} catch (error) {
  if (!(error instanceof StepFailed)) throw error;
  console.error(error.message);
  process.exit(1);
}
