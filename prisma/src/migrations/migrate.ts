import { randomUUID } from 'node:crypto';
import pg from 'pg';
import { migrationsFolder, readMigrations } from './folder.ts';
import type { Migration } from './folder.ts';

/** The key of the advisory lock that Prisma's CLI takes, so that it and this runner wait for each other. */
const PRISMA_LOCK_KEY = 72_707_369;
/** Another process may be applying a long migration. */
const LOCK_TIMEOUT_MS = 60_000;
const INVALID_CATALOG_NAME = '3D000';
const DUPLICATE_DATABASE = '42P04';

/** The table of Prisma's CLI, column by column, so that both can be used on one database. */
const LEDGER = `CREATE TABLE IF NOT EXISTS "_prisma_migrations" (
  "id" VARCHAR(36) PRIMARY KEY NOT NULL,
  "checksum" VARCHAR(64) NOT NULL,
  "finished_at" TIMESTAMPTZ,
  "migration_name" VARCHAR(255) NOT NULL,
  "logs" TEXT,
  "rolled_back_at" TIMESTAMPTZ,
  "started_at" TIMESTAMPTZ NOT NULL DEFAULT now(),
  "applied_steps_count" INTEGER NOT NULL DEFAULT 0
)`;

interface LedgerRow {
  readonly migration_name: string;
  readonly checksum: string;
  readonly finished_at: Date | null;
}

/** The database can't be brought to this version of the schema. The message says what to do. */
export class MigrationError extends Error {
  readonly migration: string;
  constructor(migration: string, message: string, options?: { readonly cause: unknown }) {
    super(message, options);
    this.name = 'MigrationError';
    this.migration = migration;
  }
}

export interface MigrateOptions {
  /** Default: the migrations that came with this version. */
  readonly folder?: string;
  /** Apply no migration after this one. */
  readonly upTo?: string;
}

/**
 * Brings the database to the newest schema, creating it if it does not exist. Several processes may
 * call this at once: one works, the others wait and find nothing left to do.
 *
 * @returns names of the migrations that were applied now.
 * @throws MigrationError; the database is then as it was before the migration that failed.
 */
export async function migrate(url: string, options: MigrateOptions = {}): Promise<readonly string[]> {
  const migrations = readMigrations(options.folder ?? migrationsFolder()).filter(
    (migration) => options.upTo === undefined || migration.name <= options.upTo,
  );
  const client = await connectCreating(url);
  try {
    await client.query(`SET lock_timeout = ${LOCK_TIMEOUT_MS}`);
    await client.query('SELECT pg_advisory_lock($1)', [PRISMA_LOCK_KEY]);
    await client.query(LEDGER);
    const applied = await client.query<LedgerRow>(
      'SELECT migration_name, checksum, finished_at FROM "_prisma_migrations" WHERE rolled_back_at IS NULL',
    );
    const pending = pendingOf(migrations, applied.rows, options.upTo === undefined);
    for (const migration of pending) await apply(client, migration);
    return pending.map((migration) => migration.name);
  } finally {
    await client.end();
  }
}

async function connectCreating(url: string): Promise<pg.Client> {
  try {
    return await connect(url);
  } catch (error) {
    if (!hasCode(error, INVALID_CATALOG_NAME)) throw error;
  }
  const target = new URL(url);
  const name = decodeURIComponent(target.pathname.slice(1));
  target.pathname = '/postgres';
  const client = await connect(target.href);
  try {
    await client.query(`CREATE DATABASE ${client.escapeIdentifier(name)}`);
  } catch (error) {
    if (!hasCode(error, DUPLICATE_DATABASE)) throw error;
  } finally {
    await client.end();
  }
  return connect(url);
}

async function connect(connectionString: string): Promise<pg.Client> {
  const client = new pg.Client({ connectionString });
  await client.connect();
  return client;
}

function hasCode(error: unknown, code: string): boolean {
  return error instanceof Error && 'code' in error && error.code === code;
}

function pendingOf(
  migrations: readonly Migration[],
  ledger: readonly LedgerRow[],
  whole: boolean,
): readonly Migration[] {
  const known = new Map(migrations.map((migration) => [migration.name, migration]));
  for (const row of ledger) {
    const migration = known.get(row.migration_name);
    if (row.finished_at === null) {
      throw new MigrationError(
        row.migration_name,
        `Migration ${row.migration_name} was begun and never finished. Restore the database from a backup, or repair it and mark the migration with "prisma migrate resolve".`,
      );
    }
    if (migration === undefined) {
      if (!whole) continue;
      throw new MigrationError(
        row.migration_name,
        `The database was made by a newer version: it has migration ${row.migration_name}, which this version does not know. Start the newer version.`,
      );
    }
    if (migration.checksum !== row.checksum) {
      throw new MigrationError(
        row.migration_name,
        `Migration ${row.migration_name} was changed after it had been applied here. Put the file back as it was; a change of the schema is a new migration.`,
      );
    }
  }
  const done = new Set(ledger.map((row) => row.migration_name));
  return migrations.filter((migration) => !done.has(migration.name));
}

async function apply(client: pg.Client, migration: Migration): Promise<void> {
  await client.query('BEGIN');
  try {
    await client.query(migration.script);
    await client.query(
      'INSERT INTO "_prisma_migrations" (id, checksum, migration_name, started_at, finished_at, applied_steps_count) VALUES ($1, $2, $3, now(), clock_timestamp(), 1)',
      [randomUUID(), migration.checksum, migration.name],
    );
    await client.query('COMMIT');
  } catch (cause) {
    await client.query('ROLLBACK').catch(() => undefined);
    const reason = cause instanceof Error ? cause.message : String(cause);
    throw new MigrationError(
      migration.name,
      `Migration ${migration.name} failed and was taken back: ${reason}`,
      { cause },
    );
  }
}
