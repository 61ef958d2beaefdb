import { spawn } from 'node:child_process';
import { chmodSync, mkdirSync, mkdtempSync, readFileSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import path from 'node:path';
import pg from 'pg';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { reachableDataDir, startEmbeddedPostgres } from './supervisor.ts';
import type { EmbeddedPostgres } from './supervisor.ts';

let dataDir: string;
const servers: EmbeddedPostgres[] = [];

beforeEach(() => {
  dataDir = mkdtempSync(path.join(tmpdir(), 'podwire-supervisor-'));
  chmodSync(dataDir, 0o755);
});
afterEach(async () => {
  for (const server of servers.splice(0)) await server.stop();
  rmSync(dataDir, { recursive: true, force: true });
});

async function start(options: { readonly port?: number } = {}): Promise<EmbeddedPostgres> {
  const server = await startEmbeddedPostgres({ dataDir, ...options });
  servers.push(server);
  return server;
}

async function query(server: EmbeddedPostgres, sql: string): Promise<readonly unknown[]> {
  const client = new pg.Client({ connectionString: server.urlOf('postgres') });
  // A server that is killed takes its connections with it.
  client.on('error', () => undefined);
  await client.connect();
  try {
    return (await client.query<Record<string, unknown>>(sql)).rows;
  } finally {
    await client.end().catch(() => undefined);
  }
}

function postmasterPid(): number {
  return Number(readFileSync(path.join(dataDir, 'cluster/postmaster.pid'), 'utf8').split('\n')[0]);
}

async function untilGone(pid: number): Promise<void> {
  for (;;) {
    try {
      process.kill(pid, 0);
    } catch {
      return;
    }
    await new Promise((resolve) => setImmediate(resolve));
  }
}

describe('the supervised PostgreSQL', () => {
  it('is made once, started again with its data, and keeps its port', async () => {
    const first = await start();
    await query(first, 'CREATE TABLE kept AS SELECT 7 AS number');
    await first.stop();
    const second = await start();
    expect(second.reused).toBe(false);
    expect(second.port).toBe(first.port);
    expect(await query(second, 'SELECT number FROM kept')).toEqual([{ number: 7 }]);
    expect(readdirSync(dataDir).sort()).toEqual(['cluster', 'password', 'port']);
  });

  it('is taken over when its starter was killed', async () => {
    const script = `import { startEmbeddedPostgres } from ${JSON.stringify(path.join(import.meta.dirname, 'supervisor.ts'))};
      const server = await startEmbeddedPostgres({ dataDir: ${JSON.stringify(dataDir)} });
      console.log('port', server.port); setInterval(() => undefined, 1000);`;
    const child = spawn(process.execPath, ['--import', 'tsx', '--input-type=module', '-e', script], {
      stdio: ['ignore', 'pipe', 'inherit'],
    });
    const port = await new Promise<number>((resolve, reject) => {
      let text = '';
      child.stdout.on('data', (chunk: Buffer) => {
        text += chunk.toString();
        const match = /port (\d+)\n/.exec(text);
        if (match !== null) resolve(Number(match[1]));
      });
      child.once('exit', () => reject(new Error('the starter ended by itself')));
    });
    const exited = new Promise((resolve) => child.once('exit', resolve));
    child.kill('SIGKILL');
    await exited;
    const server = await start();
    expect(server).toMatchObject({ reused: true, port });
  });

  it('recovers after being killed: what was committed is there', async () => {
    const first = await start();
    await query(first, 'CREATE TABLE ledger AS SELECT generate_series(1, 1000) AS row');
    const pid = postmasterPid();
    process.kill(pid, 'SIGKILL');
    await untilGone(pid);
    const second = await start();
    expect(second.reused).toBe(false);
    expect(await query(second, 'SELECT count(*)::int AS rows FROM ledger')).toEqual([{ rows: 1000 }]);
  });

  it('is not fooled by a stale file whose process id now belongs to another program', async () => {
    const first = await start();
    const file = path.join(dataDir, 'cluster/postmaster.pid');
    const lines = readFileSync(file, 'utf8').split('\n');
    await first.stop();
    writeFileSync(file, [String(process.pid), ...lines.slice(1)].join('\n'));
    await expect(start()).resolves.toMatchObject({ reused: false });
  });

  it('starts once when two processes start together', async () => {
    const [left, right] = await Promise.all([start(), start()]);
    expect(left.port).toBe(right.port);
    expect(await query(right, 'SELECT 1 AS one')).toEqual([{ one: 1 }]);
  });

  it('clears away a folder that was being made when the process died', async () => {
    mkdirSync(path.join(dataDir, 'initialising-999999-ab'));
    await start();
    expect(readdirSync(dataDir)).not.toContain('initialising-999999-ab');
  });

  it('says which port is taken', async () => {
    const blocker = createServer();
    const port = await new Promise<number>((resolve) => {
      blocker.listen(0, '127.0.0.1', () => resolve((blocker.address() as { port: number }).port));
    });
    try {
      await expect(start({ port })).rejects.toThrow(`Port ${port} on 127.0.0.1 is taken`);
    } finally {
      blocker.close();
    }
  });

  it('refuses data of another major version and says what to do', async () => {
    const server = await start();
    await server.stop();
    writeFileSync(path.join(dataDir, 'cluster/PG_VERSION'), '15\n');
    await expect(start()).rejects.toThrow(/made by PostgreSQL 15; this version brings 18\. Dump it/);
    writeFileSync(path.join(dataDir, 'cluster/PG_VERSION'), '18\n');
  });

  it.runIf(process.getuid?.() === 0)('says what to do when root’s home hides the folder', async () => {
    chmodSync(dataDir, 0o700);
    await expect(startEmbeddedPostgres({ dataDir: path.join(dataDir, 'below') })).rejects.toThrow(
      /PODWIRE_DATA_DIR/,
    );
    const below = path.join(dataDir, 'below');
    expect(await reachableDataDir(below)).toMatch(/^\/var\/lib\/podwire\/[0-9a-f]{12}$/);
    expect(await reachableDataDir(below)).toBe(await reachableDataDir(below));
    chmodSync(dataDir, 0o755);
    expect(await reachableDataDir(below)).toBe(below);
  });
});
