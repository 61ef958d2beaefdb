#!/usr/bin/env node
// Runs the command from its sources, so that nothing has to be built first: they are bundled on first
// use, and again when one of them has changed. After that a start costs one stat a source file.
import { createHash } from 'node:crypto';
import {
  existsSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  renameSync,
  rmSync,
  statSync,
  writeFileSync,
} from 'node:fs';
import path from 'node:path';
import { pathToFileURL } from 'node:url';

const root = path.join(import.meta.dirname, '../../..');
const cache = path.join(root, 'node_modules/.cache/podwire/cli');
const index = path.join(cache, 'current.json');
/** Bundles kept: an older one may still be loading its parts in another process. */
const KEPT_BUNDLES = 4;

function stampOf(file) {
  const { mtimeMs, size } = statSync(path.join(root, file), { throwIfNoEntry: false }) ?? {};
  return `${file} ${mtimeMs} ${size}`;
}

function currentBundle() {
  try {
    const { bundle, inputs } = JSON.parse(readFileSync(index, 'utf8'));
    const fresh = inputs.every((input) => stampOf(input.slice(0, input.indexOf(' '))) === input);
    return fresh && existsSync(path.join(cache, bundle, 'main.js')) ? bundle : undefined;
  } catch {
    return undefined;
  }
}

async function makeBundle() {
  const { build } = await import('esbuild');
  const own = path.join(cache, `making-${process.pid}`);
  rmSync(own, { recursive: true, force: true });
  mkdirSync(own, { recursive: true });
  const { metafile } = await build({
    absWorkingDir: root,
    entryPoints: { main: path.join(root, 'apps/cli/src/main.ts') },
    outdir: own,
    bundle: true,
    splitting: true,
    metafile: true,
    platform: 'node',
    target: 'node20',
    format: 'esm',
    sourcemap: true,
    // esbuild is loaded only by those who bundle; what Docker's client is made of includes native code.
    external: ['esbuild', 'dockerode', '@kubernetes/client-node'],
    // Bundled CommonJS packages call `require` for Node's own modules.
    banner: {
      js: "import { createRequire as __createRequire } from 'node:module';\nconst require = __createRequire(import.meta.url);",
    },
    logLevel: 'warning',
  });
  const inputs = ['apps/cli/bin/podwire.mjs', ...Object.keys(metafile.inputs)]
    // What npm installed changes with the lockfile alone.
    .filter((file) => !file.startsWith('node_modules/') && existsSync(path.join(root, file)))
    .concat('package-lock.json')
    .map(stampOf);
  const bundle = createHash('sha256').update(inputs.join('\n')).digest('hex').slice(0, 16);
  const place = path.join(cache, bundle);
  // Another process may have made the same one meanwhile: theirs is as good.
  if (existsSync(path.join(place, 'main.js'))) rmSync(own, { recursive: true, force: true });
  else renameSync(own, place);
  const draft = `${index}.${process.pid}`;
  writeFileSync(draft, JSON.stringify({ bundle, inputs }));
  renameSync(draft, index);
  forgetOldBundles();
  return bundle;
}

function forgetOldBundles() {
  const bundles = readdirSync(cache, { withFileTypes: true })
    .filter((entry) => entry.isDirectory())
    .map(({ name }) => ({ name, mtimeMs: statSync(path.join(cache, name)).mtimeMs }))
    .sort((left, right) => right.mtimeMs - left.mtimeMs);
  for (const { name } of bundles.slice(KEPT_BUNDLES))
    rmSync(path.join(cache, name), { recursive: true, force: true });
}

const bundle = currentBundle() ?? (await makeBundle());
await import(pathToFileURL(path.join(cache, bundle, 'main.js')).href);
