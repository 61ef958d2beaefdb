import process from 'node:process';
import { SimulatedProvider } from '@podwire/cluster';
import { createDatabase } from '@podwire/db';
import { pino } from 'pino';
import type { Logger } from 'pino';
import type { Catalog } from '../src/course/catalog.ts';
import type { Environment } from '../src/env.ts';
import { startOrchestrator } from '../src/orchestrator.ts';
import type { Orchestrator } from '../src/orchestrator.ts';
import { testCatalog } from './course.ts';

export const TEST_ORIGIN = 'http://podwire.test';
export const TEST_SECRET = 'a secret of at least thirty-two characters';

type ToyOptions = Partial<Pick<Environment, 'port' | 'maxOpenLabs' | 'maxClusters'>> & {
  readonly workerUrl: URL;
  readonly catalog?: Catalog;
  readonly log?: Logger;
};

/** The whole orchestrator, by default with toy clusters and labs behind it. */
export async function startToyOrchestrator(databaseUrl: string, options: ToyOptions): Promise<Orchestrator> {
  const database = createDatabase(databaseUrl);
  const provider = new SimulatedProvider({
    workers: 1,
    maxClusters: options.maxClusters ?? 10,
    workerUrl: options.workerUrl,
  });
  const orchestrator = await startOrchestrator({
    env: {
      port: options.port ?? 0,
      origins: [TEST_ORIGIN],
      maxOpenLabs: options.maxOpenLabs ?? 2,
      signInByEmail: true,
      oidc: undefined,
    },
    secret: TEST_SECRET,
    database,
    providers: [provider],
    catalog: options.catalog ?? testCatalog,
    log: options.log ?? pino({ level: process.env['LOG_LEVEL'] ?? 'silent' }, pino.destination(2)),
  });
  return {
    ...orchestrator,
    async close() {
      await orchestrator.close();
      await database.$disconnect();
    },
  };
}

/** Run as a program of its own, to be killed. */
const [, , databaseUrl] = process.argv;
if (databaseUrl?.startsWith('postgresql:') === true) {
  const orchestrator = await startToyOrchestrator(databaseUrl, {
    workerUrl: new URL('./toy-worker.js', import.meta.url),
  });
  process.stdout.write(`${JSON.stringify({ event: 'listening', url: orchestrator.url })}\n`);
}
