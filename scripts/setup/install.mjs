import { createHash } from 'node:crypto';
import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { step } from './steps.mjs';

/** Node 20.19 is the first that can `require` ES modules, which the build tools need. */
const OLDEST_NODE = [20, 19];

export const root = path.resolve(import.meta.dirname, '../..');

export function checkNode() {
  const [major = 0, minor = 0] = process.versions.node.split('.').map(Number);
  if (major > OLDEST_NODE[0] || (major === OLDEST_NODE[0] && minor >= OLDEST_NODE[1])) return;
  console.error(
    `Podwire needs Node ${OLDEST_NODE.join('.')} or newer; this is ${process.versions.node}. Nothing was changed.`,
  );
  process.exit(1);
}

/** Installs what package-lock.json lists, unless that has been done. */
export async function installIfNeeded() {
  const digest = createHash('sha256')
    .update(readFileSync(path.join(root, 'package-lock.json')))
    .update(process.versions.node)
    .digest('hex');
  const stamp = path.join(root, 'node_modules', '.podwire-install');
  if (existsSync(stamp) && readFileSync(stamp, 'utf8') === digest) return;
  await step('Installing packages', 'npm', ['ci', '--no-audit', '--no-fund'], {
    cwd: root,
    hint: 'once, about two minutes',
  });
  writeFileSync(stamp, digest);
}
