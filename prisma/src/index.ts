export { createDatabase } from './client.ts';
export type { Database } from './client.ts';
export { Prisma } from '../generated/client.ts';
export { MigrationError, migrate } from './migrations/migrate.ts';
export type { MigrateOptions } from './migrations/migrate.ts';
export { PostgresStartError, reachableDataDir, startEmbeddedPostgres } from './postgres/supervisor.ts';
export type { EmbeddedPostgres, EmbeddedPostgresOptions } from './postgres/supervisor.ts';
export { startTestPostgres } from './testing.ts';
export type { TestPostgres } from './testing.ts';
