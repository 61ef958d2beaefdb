import { randomBytes } from 'node:crypto';
import { mkdtempSync, rmSync, chmodSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import pg from 'pg';
import { migrate } from './migrations/migrate.ts';
import { startEmbeddedPostgres } from './postgres/supervisor.ts';

const TEMPLATE = 'template';

/** A server for one test file: clones of a migrated template cost some 50 ms each. */
export interface TestPostgres {
  /** URL of a new database with the newest schema and no rows. */
  freshDatabase(): Promise<string>;
  /** URL of a new, wholly empty database. */
  emptyDatabase(): Promise<string>;
  stop(): Promise<void>;
}

export async function startTestPostgres(): Promise<TestPostgres> {
  const folder = mkdtempSync(path.join(tmpdir(), 'podwire-postgres-'));
  chmodSync(folder, 0o755);
  const server = await startEmbeddedPostgres({ dataDir: folder, disposable: true });
  await migrate(server.urlOf(TEMPLATE));
  const create = async (clause: string): Promise<string> => {
    const name = `test_${randomBytes(6).toString('hex')}`;
    const client = new pg.Client({ connectionString: server.urlOf('postgres') });
    await client.connect();
    try {
      await client.query(`CREATE DATABASE ${name} ${clause}`);
    } finally {
      await client.end();
    }
    return server.urlOf(name);
  };
  return {
    freshDatabase: () => create(`TEMPLATE ${TEMPLATE}`),
    emptyDatabase: () => create(''),
    stop: async () => {
      await server.stop();
      rmSync(folder, { recursive: true, force: true });
    },
  };
}
