import { createHash } from 'node:crypto';
import { existsSync, readFileSync, readdirSync } from 'node:fs';
import path from 'node:path';
import { fileURLToPath } from 'node:url';

export interface Migration {
  /** Folder's name: `<time>_<what it does>`; migrations run in the order of their names. */
  readonly name: string;
  readonly script: string;
  /** SHA-256 of the file's bytes in hex, as Prisma's CLI computes it. */
  readonly checksum: string;
}

/** Beside this package's sources, or beside a bundle that was made of them. */
export function migrationsFolder(): string {
  const places = ['../../migrations', './migrations', '../migrations'].map((relative) =>
    fileURLToPath(new URL(relative, import.meta.url)),
  );
  const found = places.find((place) => existsSync(path.join(place, 'migration_lock.toml')));
  if (found === undefined)
    throw new Error(`The database migrations are missing. Looked in: ${places.join(', ')}`);
  return found;
}

export function readMigrations(folder: string): readonly Migration[] {
  return readdirSync(folder, { withFileTypes: true })
    .filter((entry) => entry.isDirectory())
    .map((entry) => entry.name)
    .sort()
    .map((name) => {
      const bytes = readFileSync(path.join(folder, name, 'migration.sql'));
      return {
        name,
        script: bytes.toString('utf8'),
        checksum: createHash('sha256').update(bytes).digest('hex'),
      };
    });
}
