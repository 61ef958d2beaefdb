import { existsSync } from 'node:fs';
import path from 'node:path';
import process from 'node:process';
import { kindAbilities, KindProvider, SimulatedProvider } from '@podwire/cluster';
import type { ClusterProvider } from '@podwire/cluster';
import { createDatabase, migrate, reachableDataDir, startEmbeddedPostgres } from '@podwire/db';
import { pino } from 'pino';
import type { Logger } from 'pino';
import { loadCatalog, watchingCatalog } from './course/catalog.ts';
import { watchEmbeddedPostgres } from './database-watch.ts';
import type { Environment } from './env.ts';
import { readEnvironment } from './env.ts';
import { installationId, keptSecret } from './identity/secret.ts';
import { startOrchestrator } from './orchestrator.ts';

/** A stop takes this long at most; then the process goes, and journals bring the rest back. */
const STOP_WITHIN_MS = 15_000;

/** One JSON object a line on standard output is for whoever started us; the log goes to standard error. */
function tell(event: Readonly<Record<string, unknown>>): void {
  process.stdout.write(`${JSON.stringify({ podwire: 'orchestrator', ...event })}\n`);
}

async function openDatabase(
  env: Environment,
  log: Logger,
): Promise<{ readonly url: string; stop(): Promise<void> }> {
  if (env.databaseUrl !== undefined) return { url: env.databaseUrl, stop: () => Promise.resolve() };
  const dataDir = await reachableDataDir(path.join(env.dataDirectory, 'postgres'));
  const server = await startEmbeddedPostgres({ dataDir });
  log.info({ port: server.port, reused: server.reused, dataDir }, 'PostgreSQL runs');
  const stopWatching = watchEmbeddedPostgres({ dataDir, port: server.port }, log);
  return {
    url: server.url,
    stop: () => {
      stopWatching();
      return server.stop();
    },
  };
}

/** In the order in which they are preferred where a learner does not choose. */
async function openProviders(env: Environment, log: Logger): Promise<readonly ClusterProvider[]> {
  const providers: ClusterProvider[] = [];
  if (env.simulated)
    providers.push(
      new SimulatedProvider({
        workers: env.clusterWorkers,
        maxClusters: env.maxClusters,
        onFault: (message) => log.error(message),
      }),
    );
  if (env.kind !== undefined) {
    const { networkPolicies, cni, addons, ...settings } = env.kind;
    const provider = await KindProvider.open({
      ...settings,
      installation: installationId(env.dataDirectory),
      abilities: await kindAbilities({ networkPolicies, cni, addons }),
      stateDirectory: path.join(env.dataDirectory, 'kind'),
      ...(providers[0] === undefined ? {} : { simulated: providers[0] }),
      onFault: (message) => log.warn(message),
    });
    // Finding out takes seconds, and the site is not to wait for it.
    void provider.offer().then((offer) => {
      if (!offer.ok) log.warn({ because: offer.because }, 'kind clusters can’t be offered now');
    });
    providers.push(provider);
  }
  return providers;
}

async function main(command: string | undefined): Promise<void> {
  // A .env file beside where we are started; what is set already wins.
  if (existsSync('.env')) process.loadEnvFile('.env');
  const env = readEnvironment(process.env);
  const log = pino({ level: env.logLevel }, pino.destination(2));
  const server = await openDatabase(env, log);
  const applied = await migrate(server.url);
  if (applied.length > 0) log.info({ applied }, 'the database has the newest schema');
  if (command === 'migrate') {
    tell({ event: 'migrated', applied });
    await server.stop();
    return;
  }
  const database = createDatabase(server.url);
  const orchestrator = await startOrchestrator({
    env,
    secret: env.secret ?? keptSecret(env.dataDirectory),
    database,
    providers: await openProviders(env, log),
    catalog: env.development
      ? watchingCatalog(env.labsDirectory, (error) => log.warn(error))
      : loadCatalog(env.labsDirectory),
    log,
  });
  let stopping = false;
  const stop = (signal: string): void => {
    if (stopping) return;
    stopping = true;
    log.info({ signal }, 'stopping');
    setTimeout(() => process.exit(1), STOP_WITHIN_MS).unref();
    orchestrator
      .close()
      .then(() => database.$disconnect())
      .then(() => server.stop())
      .then(
        () => process.exit(0),
        (error: unknown) => {
          log.error(error, 'stopped untidily');
          process.exit(1);
        },
      );
  };
  // A signal to the whole group comes again from the parent: a second one must not cut the stop short.
  for (const signal of ['SIGTERM', 'SIGINT'] as const) process.on(signal, () => stop(signal));
  if (orchestrator.adminLink !== undefined) tell({ event: 'admin-link', url: orchestrator.adminLink });
  tell({ event: 'listening', url: orchestrator.url, pid: process.pid });
  await orchestrator.warm;
  tell({ event: 'warm' });
}

main(process.argv[2]).catch((error: unknown) => {
  process.stderr.write(
    `Podwire's orchestrator could not start.\n${error instanceof Error ? error.message : String(error)}\n`,
  );
  process.exitCode = 1;
  // An embedded PostgreSQL stays up; the next start takes it over.
  setTimeout(() => process.exit(1), 1_000).unref();
});
