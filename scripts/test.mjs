/** `npm test`: the gate, from a fresh checkout. */
import { checkNode, installIfNeeded, root } from './setup/install.mjs';
import { StepFailed, show } from './setup/steps.mjs';

checkNode();
try {
  await installIfNeeded();
  const env = { ...process.env, TURBO_TELEMETRY_DISABLED: '1' };
  await show('npm', ['run', '--silent', 'check'], { cwd: root, env });
} catch (error) {
  if (!(error instanceof StepFailed)) throw error;
  console.error(error.message);
  process.exit(1);
}
