/** `npm start`: from a fresh checkout to a served site. Runs before anything is installed, so it needs Node alone. */
import { spawn } from 'node:child_process';
import path from 'node:path';
import { checkNode, installIfNeeded, root } from './setup/install.mjs';

checkNode();
try {
  await installIfNeeded();
} catch (error) {
  console.error(error instanceof Error ? error.message : error);
  process.exit(1);
}
const child = spawn(process.execPath, ['--import', 'tsx', path.join(root, 'scripts/serve.ts')], {
  cwd: root,
  stdio: 'inherit',
});
for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'])
  process.on(signal, () => child.kill(signal === 'SIGHUP' ? 'SIGTERM' : signal));
child.on('exit', (code, signal) => process.exit(code ?? (signal ? 1 : 0)));
