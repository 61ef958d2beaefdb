import { createHash, randomBytes } from 'node:crypto';
import {
  chmodSync,
  chownSync,
  existsSync,
  mkdirSync,
  readFileSync,
  readdirSync,
  realpathSync,
  renameSync,
  rmSync,
  writeFileSync,
} from 'node:fs';
import { createServer } from 'node:net';
import path from 'node:path';
import pg from 'pg';
import { serverAccount } from './account.ts';
import type { ServerAccount } from './account.ts';
import { findBinaries } from './binaries.ts';
import type { Binaries } from './binaries.ts';
import { runCommand } from './command.ts';

/** The major version whose data folders these binaries read. */
const POSTGRES_MAJOR = '18';
const SUPERUSER = 'postgres';
const PASSWORD_BYTES = 24;
const LOG_TAIL_LINES = 15;
const START_TIMEOUT_SECONDS = 90;
const PROBE_TIMEOUT_MS = 5_000;
/** Enough for one orchestrator, its tests and a person with psql. */
const MAX_CONNECTIONS = 60;
const FALLBACK_FOLDER = '/var/lib/podwire';
const FALLBACK_NAME_CHARS = 12;

export interface EmbeddedPostgresOptions {
  /** Holds the data (`cluster/`), the password and the log. Made if it does not exist. */
  readonly dataDir: string;
  /** Default: the port of last time if it is free, else any free one. */
  readonly port?: number;
  /** Database in the returned URL; default `podwire`. `migrate` creates it. */
  readonly database?: string;
  /** User the server runs as when this process is root; default `postgres`, else `nobody`. */
  readonly user?: string;
  /** Skips fsync: for tests, whose data nobody misses. */
  readonly disposable?: boolean;
  readonly signal?: AbortSignal;
}

export interface EmbeddedPostgres {
  readonly url: string;
  readonly port: number;
  /** It was running already, for example because this process' forerunner was killed. */
  readonly reused: boolean;
  /** URL of another database of the same server. */
  urlOf(database: string): string;
  /** Ends the server, letting running statements be rolled back. Does nothing when it is down already. */
  stop(): Promise<void>;
}

/** The server can't be started. The message says why and what to do. */
export class PostgresStartError extends Error {
  constructor(message: string, options?: { readonly cause: unknown }) {
    super(message, options);
    this.name = 'PostgresStartError';
  }
}

/**
 * Starts PostgreSQL on 127.0.0.1, or takes over the one that already runs on this data folder. The server
 * is a process of its own: it outlives a killed Node, and recovers by itself after being killed.
 */
export async function startEmbeddedPostgres(options: EmbeddedPostgresOptions): Promise<EmbeddedPostgres> {
  const dataDir = path.resolve(options.dataDir);
  const cluster = path.join(dataDir, 'cluster');
  const account = serverAccount(options.user);
  makeFolder(dataDir, account);
  await assertReachable(dataDir, account);
  const binaries = await findBinaries(account, path.join(dataDir, `postgresql-${POSTGRES_MAJOR}`));
  const password = readOrMakePassword(dataDir);
  if (!existsSync(path.join(cluster, 'PG_VERSION')))
    await initialise(dataDir, cluster, password, binaries, account, options.signal);
  assertVersion(cluster);

  const running = await findRunning(cluster, password);
  const port = running ?? (await launch({ ...options, dataDir, cluster, password, binaries, account }));
  const urlOf = (database: string) =>
    `postgresql://${SUPERUSER}:${password}@127.0.0.1:${port}/${encodeURIComponent(database)}`;
  return {
    url: urlOf(options.database ?? 'podwire'),
    port,
    reused: running !== undefined,
    urlOf,
    stop: async () => {
      await runCommand(binaries.pgCtl, ['stop', '-w', '-m', 'fast', '-D', cluster], { account });
    },
  };
}

function makeFolder(dataDir: string, account: ServerAccount | undefined): void {
  try {
    const made = mkdirSync(dataDir, { recursive: true, mode: 0o755 });
    // Another user has to pass through it; what is secret in it has modes of its own.
    if (made !== undefined && account?.dropped === true) chmodSync(dataDir, 0o755);
  } catch (cause) {
    throw new PostgresStartError(
      `The data folder ${dataDir} can't be made. Choose another by PODWIRE_DATA_DIR.`,
      { cause },
    );
  }
}

async function assertReachable(dataDir: string, account: ServerAccount | undefined): Promise<void> {
  if (await isReachable(dataDir, account)) return;
  throw new PostgresStartError(
    `PostgreSQL does not run as root; it would run as "${account?.name ?? ''}", who can't reach ${dataDir}. Set PODWIRE_DATA_DIR to a folder outside root's home, for example /var/lib/podwire, or start as an ordinary user.`,
  );
}

async function isReachable(folder: string, account: ServerAccount | undefined): Promise<boolean> {
  if (account?.dropped !== true) return true;
  const outcome = await runCommand('/bin/sh', ['-c', 'cd "$0"', folder], { account });
  return outcome.kind === 'exited' && outcome.code === 0;
}

/**
 * The folder to keep the database in: the preferred one, unless this process is root and the user that
 * PostgreSQL runs as can't get there (below root's home, say). Then it is one below `/var/lib/podwire`,
 * always the same for the same preferred folder.
 */
export async function reachableDataDir(preferred: string): Promise<string> {
  const dataDir = path.resolve(preferred);
  const account = serverAccount();
  makeFolder(dataDir, account);
  if (await isReachable(dataDir, account)) return dataDir;
  return path.join(
    FALLBACK_FOLDER,
    createHash('sha256').update(dataDir).digest('hex').slice(0, FALLBACK_NAME_CHARS),
  );
}

function readOrMakePassword(dataDir: string): string {
  const file = path.join(dataDir, 'password');
  try {
    // 'wx' makes it once even when two processes start together.
    writeFileSync(file, randomBytes(PASSWORD_BYTES).toString('hex'), { flag: 'wx', mode: 0o600 });
  } catch (error) {
    if (!(error instanceof Error && 'code' in error && error.code === 'EEXIST')) throw error;
  }
  return readFileSync(file, 'utf8');
}

/** initdb into a folder of its own, then one rename: a folder that looks whole is whole, whenever the process is killed. */
async function initialise(
  dataDir: string,
  cluster: string,
  password: string,
  binaries: Binaries,
  account: ServerAccount | undefined,
  signal: AbortSignal | undefined,
): Promise<void> {
  for (const name of readdirSync(dataDir)) {
    const pid = /^initialising-(\d+)-/.exec(name)?.[1];
    if (pid !== undefined && !isAlive(Number(pid)))
      rmSync(path.join(dataDir, name), { recursive: true, force: true });
  }
  const folder = path.join(dataDir, `initialising-${process.pid}-${randomBytes(4).toString('hex')}`);
  const fresh = path.join(folder, 'cluster');
  const passwordFile = path.join(folder, 'password');
  rmSync(folder, { recursive: true, force: true });
  mkdirSync(fresh, { recursive: true, mode: 0o700 });
  writeFileSync(passwordFile, `${password}\n`, { mode: 0o600 });
  if (account?.dropped === true)
    for (const place of [folder, fresh, passwordFile]) chownSync(place, account.uid, account.gid);
  try {
    const outcome = await runCommand(
      binaries.initdb,
      [
        '-D',
        fresh,
        '-U',
        SUPERUSER,
        '--auth=scram-sha-256',
        `--pwfile=${passwordFile}`,
        '--encoding=UTF8',
        '--locale=C',
      ],
      { account, ...(signal === undefined ? {} : { signal }) },
    );
    if (outcome.kind === 'not-started')
      throw new PostgresStartError(`initdb can't be run: ${outcome.error.message}`, { cause: outcome.error });
    if (outcome.code !== 0)
      throw new PostgresStartError(`The database folder ${cluster} can't be made:\n${outcome.output.trim()}`);
    try {
      renameSync(fresh, cluster);
    } catch (error) {
      // Another process was faster; its folder is as good.
      if (!existsSync(path.join(cluster, 'PG_VERSION'))) throw error;
    }
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

function assertVersion(cluster: string): void {
  const version = readFileSync(path.join(cluster, 'PG_VERSION'), 'utf8').trim();
  if (version === POSTGRES_MAJOR) return;
  throw new PostgresStartError(
    `The data in ${cluster} was made by PostgreSQL ${version}; this version brings ${POSTGRES_MAJOR}. Dump it with PostgreSQL ${version}, move the folder away, start once, and restore the dump.`,
  );
}

interface PostmasterFile {
  readonly pid: number;
  readonly port: number;
}

function readPostmasterFile(cluster: string): PostmasterFile | undefined {
  let text: string;
  try {
    text = readFileSync(path.join(cluster, 'postmaster.pid'), 'utf8');
  } catch {
    return undefined;
  }
  // Lines: pid, data directory, start time, port, … (PostgreSQL documentation, "Database File Layout").
  const lines = text.split('\n');
  return { pid: Number(lines[0]), port: Number(lines[3]) };
}

/** Believes nothing but a connection: whoever answers on that port with our password and our folder is our server. */
async function findRunning(cluster: string, password: string): Promise<number | undefined> {
  const file = readPostmasterFile(cluster);
  if (file === undefined || !Number.isInteger(file.port) || file.port <= 0) return undefined;
  return (await answers(file.port, cluster, password)) ? file.port : undefined;
}

async function answers(port: number, cluster: string, password: string): Promise<boolean> {
  const client = new pg.Client({
    host: '127.0.0.1',
    port,
    user: SUPERUSER,
    password,
    database: 'postgres',
    connectionTimeoutMillis: PROBE_TIMEOUT_MS,
  });
  try {
    await client.connect();
    const result = await client.query<{ data_directory: string }>('SHOW data_directory');
    return result.rows[0]?.data_directory === realpathSync(cluster);
  } catch {
    return false;
  } finally {
    await client.end().catch(() => undefined);
  }
}

interface Launch extends EmbeddedPostgresOptions {
  readonly cluster: string;
  readonly password: string;
  readonly binaries: Binaries;
  readonly account: ServerAccount | undefined;
}

async function launch(launch: Launch): Promise<number> {
  removeStalePidFile(launch.cluster);
  const log = path.join(launch.cluster, 'server.log');
  const port = await choosePort(launch);
  const settings = [
    `-p ${port}`,
    '-c listen_addresses=127.0.0.1',
    // No socket files: their path may be too long, and their folder not writable.
    "-c unix_socket_directories=''",
    `-c max_connections=${MAX_CONNECTIONS}`,
    '-c shared_buffers=64MB',
    ...(launch.disposable === true
      ? ['-c fsync=off', '-c synchronous_commit=off', '-c full_page_writes=off']
      : []),
  ];
  const outcome = await runCommand(
    launch.binaries.pgCtl,
    [
      'start',
      '-w',
      '-t',
      String(START_TIMEOUT_SECONDS),
      '-D',
      launch.cluster,
      '-l',
      log,
      '-o',
      settings.join(' '),
    ],
    { account: launch.account, ...(launch.signal === undefined ? {} : { signal: launch.signal }) },
  );
  if (outcome.kind === 'exited' && outcome.code === 0) {
    writeFileSync(path.join(launch.dataDir, 'port'), String(port));
    return port;
  }
  // Two starts at once: the other one's server serves us both.
  const other = await findRunning(launch.cluster, launch.password);
  if (other !== undefined) return other;
  const said = outcome.kind === 'exited' ? tailOf(log) || outcome.output.trim() : outcome.error.message;
  throw new PostgresStartError(
    `PostgreSQL did not start on ${launch.cluster} (port ${port}). Its last words:\n${said}`,
  );
}

/**
 * After a crash or a restart of the machine the recorded process id may belong to another program, and
 * PostgreSQL would refuse to start because "it is still running". Nobody answered on its port, so the
 * file goes if that process is no PostgreSQL.
 */
function removeStalePidFile(cluster: string): void {
  const file = readPostmasterFile(cluster);
  if (file === undefined || !Number.isInteger(file.pid) || !isAlive(file.pid)) return;
  let commandLine: string;
  try {
    commandLine = readFileSync(`/proc/${file.pid}/cmdline`, 'utf8');
  } catch {
    // No /proc here: leave the judgement to PostgreSQL.
    return;
  }
  if (!commandLine.includes('postgres')) rmSync(path.join(cluster, 'postmaster.pid'), { force: true });
}

function isAlive(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return true;
  } catch (error) {
    return error instanceof Error && 'code' in error && error.code === 'EPERM';
  }
}

async function choosePort(launch: Launch): Promise<number> {
  if (launch.port !== undefined) {
    if (await isFree(launch.port)) return launch.port;
    throw new PostgresStartError(
      `Port ${launch.port} on 127.0.0.1 is taken by another program. Choose another, or leave it out to get a free one.`,
    );
  }
  const file = path.join(launch.dataDir, 'port');
  const last = existsSync(file) ? Number(readFileSync(file, 'utf8')) : NaN;
  if (Number.isInteger(last) && last > 0 && (await isFree(last))) return last;
  return freePort();
}

function isFree(port: number): Promise<boolean> {
  return new Promise((resolve) => {
    const server = createServer();
    server.once('error', () => resolve(false));
    server.listen(port, '127.0.0.1', () => server.close(() => resolve(true)));
  });
}

function freePort(): Promise<number> {
  return new Promise((resolve, reject) => {
    const server = createServer();
    server.once('error', reject);
    server.listen(0, '127.0.0.1', () => {
      const address = server.address();
      server.close(() => {
        if (address === null || typeof address === 'string')
          reject(new Error('The system gave no free port.'));
        else resolve(address.port);
      });
    });
  });
}

function tailOf(file: string): string {
  try {
    return readFileSync(file, 'utf8').trimEnd().split('\n').slice(-LOG_TAIL_LINES).join('\n');
  } catch {
    return '';
  }
}
