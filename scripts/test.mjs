/** `npm test`: the gate, the integration tests and the browser tests, from a fresh checkout. */
import { checkNode, installIfNeeded, root } from './setup/install.mjs';
import { findOrInstallBrowser } from './setup/browser.mjs';
import { StepFailed, show } from './setup/steps.mjs';

checkNode();
try {
  await installIfNeeded();
  const chromium = await findOrInstallBrowser();
  const env = {
    ...process.env,
    ...(chromium ? { CHROMIUM: chromium } : {}),
    NEXT_TELEMETRY_DISABLED: '1',
    TURBO_TELEMETRY_DISABLED: '1',
  };
  for (const script of ['check', 'build', 'test:integration', 'test:e2e'])
    await show('npm', ['run', '--silent', script], { cwd: root, env });
} catch (error) {
  if (!(error instanceof StepFailed)) throw error;
  console.error(error.message);
  process.exit(1);
}
