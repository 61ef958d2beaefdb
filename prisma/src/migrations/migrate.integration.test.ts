import { execFileSync } from 'node:child_process';
import { cpSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import pg from 'pg';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { createDatabase } from '../client.ts';
import type { Database } from '../client.ts';
import { startTestPostgres } from '../testing.ts';
import type { TestPostgres } from '../testing.ts';
import { migrationsFolder, readMigrations } from './folder.ts';
import { MigrationError, migrate } from './migrate.ts';

const PACKAGE = path.join(import.meta.dirname, '../..');
const MIGRATIONS = readMigrations(migrationsFolder());
let server: TestPostgres;
let scratch: string;

beforeAll(async () => {
  server = await startTestPostgres();
  scratch = mkdtempSync(path.join(tmpdir(), 'podwire-migrations-'));
});
afterAll(async () => {
  await server.stop();
  rmSync(scratch, { recursive: true, force: true });
});

/** `prisma migrate diff --exit-code` found something to change; 1 is an error of its own. */
const DIFFERENCES_FOUND = 2;

function prisma(args: readonly string[], url: string): string {
  return execFileSync('npx', ['prisma', ...args], {
    cwd: PACKAGE,
    env: { ...process.env, DATABASE_URL: url },
    encoding: 'utf8',
    stdio: ['ignore', 'pipe', 'pipe'],
  });
}

async function query(url: string, sql: string): Promise<readonly Record<string, unknown>[]> {
  const client = new pg.Client({ connectionString: url });
  await client.connect();
  try {
    return (await client.query<Record<string, unknown>>(sql)).rows;
  } finally {
    await client.end();
  }
}

function folderWith(change: (folder: string) => void): string {
  const folder = mkdtempSync(path.join(scratch, 'set-'));
  cpSync(migrationsFolder(), folder, { recursive: true });
  change(folder);
  return folder;
}

function addMigration(folder: string, name: string, script: string): void {
  mkdirSync(path.join(folder, name));
  writeFileSync(path.join(folder, name, 'migration.sql'), script);
}

async function addLearner(database: Database, id: string): Promise<void> {
  await database.learner.create({ data: { id } });
}

describe('migrate', () => {
  it('brings an empty database to the schema that the client was generated from', async () => {
    const url = await server.emptyDatabase();
    expect(await migrate(url)).toEqual(MIGRATIONS.map((migration) => migration.name));
    expect(await migrate(url)).toEqual([]);
    // Prisma's own CLI finds its ledger in order and nothing left to change.
    expect(prisma(['migrate', 'status'], url)).toContain('Database schema is up to date');
    prisma(
      ['migrate', 'diff', '--from-config-datasource', '--to-schema', 'schema.prisma', '--exit-code'],
      url,
    );
  });

  it('would notice a database that is behind the schema', async () => {
    const url = await server.emptyDatabase();
    await migrate(url, { upTo: MIGRATIONS[0]?.name ?? '' });
    expect(() =>
      prisma(
        ['migrate', 'diff', '--from-config-datasource', '--to-schema', 'schema.prisma', '--exit-code'],
        url,
      ),
    ).toThrow(expect.objectContaining({ status: DIFFERENCES_FOUND }));
  });

  it('creates the database itself when it is missing', async () => {
    const url = new URL(await server.emptyDatabase());
    url.pathname = '/made_by_migrate';
    expect(await migrate(url.href)).toHaveLength(MIGRATIONS.length);
  });

  it.each(MIGRATIONS.slice(0, -1).map((migration) => migration.name))(
    'goes on from %s and keeps what is stored',
    async (name) => {
      const url = await server.emptyDatabase();
      await migrate(url, { upTo: name });
      await query(url, `INSERT INTO learner (id) VALUES ('learner-of-before')`);
      const rest = await migrate(url);
      expect(rest).toEqual(MIGRATIONS.map((migration) => migration.name).filter((other) => other > name));
      expect(await query(url, 'SELECT id FROM learner')).toEqual([{ id: 'learner-of-before' }]);
    },
  );

  it('lets two processes start at once: each migration is applied once', async () => {
    const url = await server.emptyDatabase();
    const applied = await Promise.all([migrate(url), migrate(url), migrate(url)]);
    expect(applied.map((names) => names.length).sort()).toEqual([0, 0, MIGRATIONS.length]);
  });

  it('takes a failing migration back as a whole and says which', async () => {
    const folder = folderWith((copy) =>
      addMigration(copy, '29991231000000_broken', 'CREATE TABLE half (id int); SELECT nonsense;'),
    );
    const url = await server.freshDatabase();
    await expect(migrate(url, { folder })).rejects.toThrow(
      /29991231000000_broken failed and was taken back: column "nonsense" does not exist/,
    );
    expect(await query(url, `SELECT to_regclass('half') AS half`)).toEqual([{ half: null }]);
    expect(await migrate(url)).toEqual([]);
  });

  it('refuses a migration that was changed after it had been applied', async () => {
    const first = MIGRATIONS[0]!.name;
    const folder = folderWith((copy) => writeFileSync(path.join(copy, first, 'migration.sql'), '-- other'));
    await expect(migrate(await server.freshDatabase(), { folder })).rejects.toThrow(MigrationError);
  });

  it('refuses a database that a newer version has made', async () => {
    const newer = folderWith((copy) =>
      addMigration(copy, '29991231000000_newer', 'CREATE TABLE newer (id int)'),
    );
    const url = await server.freshDatabase();
    await migrate(url, { folder: newer });
    await expect(migrate(url)).rejects.toThrow(/made by a newer version/);
  });
});

describe('results', () => {
  it('are never rewritten, and go only with their session', async () => {
    const database = createDatabase(await server.freshDatabase());
    try {
      await addLearner(database, 'ada');
      await database.labSession.create({
        data: {
          id: 's1',
          learnerId: 'ada',
          labId: 'first',
          labDigest: 'd',
          requestKey: 'k',
          state: 'ready',
          backend: 'simulated',
          seed: 1,
          parameters: {},
          origin: {},
          clusterTimeMs: 0,
          clockMarkedAt: new Date(0),
          timers: {},
        },
      });
      const attempt = {
        id: 'a1',
        sessionId: 's1',
        labId: 'first',
        taskId: 't',
        submissionKey: 'key-one-1',
        verdict: 'passed',
        score: 1,
        clusterTimeMs: 1.5,
        seed: 1,
        labDigest: 'd',
        durationMs: 3,
        answers: {},
      } as const;
      await database.attempt.create({
        data: {
          ...attempt,
          checks: {
            create: [{ position: 0, checkId: 'c', title: 'C', verdict: 'passed', weight: 1, evidence: {} }],
          },
        },
      });
      await expect(database.attempt.update({ where: { id: 'a1' }, data: { score: 0 } })).rejects.toThrow(
        /never rewritten/,
      );
      await expect(database.checkResult.updateMany({ data: { verdict: 'failed' } })).rejects.toThrow(
        /never rewritten/,
      );
      await expect(database.attempt.deleteMany()).rejects.toThrow(/never rewritten/);
      await expect(database.attempt.create({ data: { ...attempt, id: 'a2' } })).rejects.toThrow(
        /[Uu]nique constraint/,
      );
      await database.learner.delete({ where: { id: 'ada' } });
      expect(await database.checkResult.count()).toBe(0);
    } finally {
      await database.$disconnect();
    }
  });
});
