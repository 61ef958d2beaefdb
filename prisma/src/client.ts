import { PrismaPg } from '@prisma/adapter-pg';
import { PrismaClient } from '../generated/client.ts';

/** More connections than this gain nothing: one server process, short transactions. */
const MAX_CONNECTIONS = 10;
const CONNECT_TIMEOUT_MS = 10_000;
/** Of one transaction. Prisma's own 5 s are not enough on a very busy machine: a verdict was lost, though graded. */
const TRANSACTION_TIMEOUT_MS = 60_000;

/** The one database client. */
export type Database = PrismaClient;

/** Connects lazily; call `$disconnect` when done. */
export function createDatabase(url: string): Database {
  return new PrismaClient({
    adapter: new PrismaPg({
      connectionString: url,
      max: MAX_CONNECTIONS,
      connectionTimeoutMillis: CONNECT_TIMEOUT_MS,
    }),
    transactionOptions: { maxWait: CONNECT_TIMEOUT_MS, timeout: TRANSACTION_TIMEOUT_MS },
  });
}
