import { mkdirSync, mkdtempSync, rmSync } from 'node:fs';
import path from 'node:path';
import type { Bench } from './figure.ts';
import { Program, endLeftPostgres, temporaryFolder } from './process.ts';
import { ROOT } from './root.ts';

const ORCHESTRATOR = path.join(ROOT, 'apps/orchestrator');
export const ORIGIN = 'http://podwire.bench';
/** The memory of the server's threads, as `instruments.mjs` measures it after a collection of garbage. */
export interface MemoryReport {
  readonly rssBytes: number;
  readonly mainHeapBytes: number;
  readonly workerHeapBytes: number;
  readonly externalBytes: number;
}

export interface OrchestratorProcess {
  readonly url: string;
  readonly pid: number;
  /** The labs of the course can be forked from now on. */
  warm(): Promise<void>;
  memory(): Promise<MemoryReport>;
  /** Does the work, and writes CPU profiles of every thread meanwhile if they were asked for. */
  profiled<Result>(work: () => Promise<Result>): Promise<Result>;
}

/** A folder for CPU profiles of what is measured: profiling slows it down. */
const PROFILES = process.env['BENCH_PROFILES'];

let bundle: Promise<string> | undefined;

/** Builds the orchestrator from its sources into a folder of our own, once a run. */
export function orchestratorBundle(bench: Bench): Promise<string> {
  bundle ??= (async () => {
    bench.progress('building the orchestrator');
    const cache = path.join(ORCHESTRATOR, 'node_modules/.cache');
    mkdirSync(cache, { recursive: true });
    const folder = mkdtempSync(path.join(cache, 'bench-'));
    process.once('exit', () => rmSync(folder, { recursive: true, force: true }));
    await new Program(process.execPath, ['build.mjs', folder], { cwd: ORCHESTRATOR }).finished();
    return folder;
  })();
  return bundle;
}

/** The real orchestrator as a process of its own, with a database of its own, on a free port. */
export async function startOrchestratorProcess(
  bench: Bench,
  env: Readonly<Record<string, string>> = {},
): Promise<OrchestratorProcess> {
  const folder = await orchestratorBundle(bench);
  const data = temporaryFolder('data');
  bench.atEnd(() => data.remove());
  bench.atEnd(() => endLeftPostgres(data.path));
  bench.progress('starting the orchestrator');
  const program = new Program(
    process.execPath,
    [
      '--expose-gc',
      '--import',
      path.join(import.meta.dirname, 'instruments.mjs'),
      path.join(folder, 'index.js'),
    ],
    {
      cwd: ROOT,
      env: {
        NODE_ENV: 'production',
        ORCHESTRATOR_PORT: '0',
        PODWIRE_DATA_DIR: data.path,
        LABS_DIR: path.join(ROOT, 'labs'),
        PUBLIC_ORIGIN: ORIGIN,
        LOG_LEVEL: 'warn',
        ...env,
      },
    },
  );
  bench.atEnd(() => program.stop());
  const event = (name: string) =>
    program.line((line) => {
      const said = JSON.parse(line) as { readonly event?: string; readonly url?: string };
      return said.event === name ? said : undefined;
    });
  const order = (message: { readonly order: string; readonly folder?: string }): Promise<unknown> =>
    new Promise((resolve) => {
      program.child.once('message', resolve);
      program.child.send(message);
    });
  const { url } = await event('listening');
  if (url === undefined) throw new Error('the orchestrator did not say where it listens');
  return {
    url,
    pid: program.pid,
    warm: async () => {
      bench.progress('waiting for the labs to be warm');
      await event('warm');
    },
    memory: async () => (await order({ order: 'memory' })) as MemoryReport,
    profiled: async (work) => {
      if (PROFILES === undefined) return work();
      await order({ order: 'start-profile' });
      const result = await work();
      await order({ order: 'stop-profile', folder: path.resolve(ROOT, PROFILES) });
      return result;
    },
  };
}
