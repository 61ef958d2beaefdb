import { execFileSync, spawn } from 'node:child_process';
import type { ChildProcess } from 'node:child_process';
import { chmodSync, mkdirSync, mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import type { Progress, SessionView, TaskReport } from '@podwire/protocol';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { loadCatalog } from '../src/course/catalog.ts';
import { Browser, freshKey } from './browser.ts';
import { TEST_ORIGIN } from './toy-orchestrator.ts';

const ORCHESTRATOR = path.join(import.meta.dirname, '..');
const LABS = path.join(ORCHESTRATOR, '../../labs');
const LAB_ID = 'a-service-in-front';

let program: string;
let dataDir: string;
const children: ChildProcess[] = [];

/** The program as `npm start` runs it, with a PostgreSQL of its own that really syncs to disk. */
beforeAll(() => {
  const cache = path.join(ORCHESTRATOR, 'node_modules/.cache');
  mkdirSync(cache, { recursive: true });
  program = mkdtempSync(path.join(cache, 'test-'));
  execFileSync(process.execPath, ['build.mjs', program], { cwd: ORCHESTRATOR });
  dataDir = mkdtempSync(path.join(tmpdir(), 'podwire-killed-'));
  chmodSync(dataDir, 0o755);
});
afterAll(async () => {
  for (const child of children) child.kill('SIGKILL');
  const pid = postmasterPid();
  if (pid !== undefined) {
    process.kill(pid, 'SIGKILL');
    await untilGone(pid);
  }
  rmSync(dataDir, { recursive: true, force: true });
  rmSync(program, { recursive: true, force: true });
});

function postmasterPid(): number | undefined {
  try {
    return Number(readFileSync(path.join(dataDir, 'postgres/cluster/postmaster.pid'), 'utf8').split('\n')[0]);
  } catch {
    return undefined;
  }
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

interface Running {
  readonly url: string;
  kill(): Promise<void>;
  /** Signals twice, as `npm` and the terminal both do on Ctrl-C. @returns the exit code, or the signal that ended it. */
  interruptTwice(): Promise<number | NodeJS.Signals | null>;
}

async function launch(): Promise<Running> {
  const child = spawn(process.execPath, [path.join(program, 'index.js')], {
    cwd: ORCHESTRATOR,
    env: {
      ...process.env,
      NODE_ENV: 'production',
      ORCHESTRATOR_PORT: '0',
      PODWIRE_DATA_DIR: dataDir,
      LABS_DIR: LABS,
      PUBLIC_ORIGIN: TEST_ORIGIN,
      LOG_LEVEL: 'fatal',
    },
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  children.push(child);
  const gone = new Promise<void>((resolve) => child.once('exit', () => resolve()));
  const url = await new Promise<string>((resolve, reject) => {
    let said = '';
    child.stdout.on('data', (chunk: Buffer) => {
      said += chunk.toString();
      const line = said.split('\n').find((each) => each.includes('"listening"'));
      if (line?.endsWith('}') === true) resolve((JSON.parse(line) as { url: string }).url);
    });
    child.once('exit', (code) => reject(new Error(`the orchestrator ended by itself (${String(code)})`)));
  });
  return {
    url,
    kill: () => {
      child.kill('SIGKILL');
      return gone;
    },
    interruptTwice: async () => {
      child.kill('SIGINT');
      child.kill('SIGTERM');
      await gone;
      return child.exitCode ?? child.signalCode;
    },
  };
}

describe('a server whose processes are killed', () => {
  it('goes on by itself when its database alone was killed, and loses nothing that it acknowledged', async () => {
    const running = await launch();
    const browser = new Browser(running.url);
    await browser.arrive();
    const session = await browser.start(LAB_ID);
    const page = await browser.page().join(session.id);
    page.acknowledges = true;
    await page.open();
    expect(await page.type(1, 'echo before-$((1 + 1))\r')).toMatchObject({ ok: true });
    const postmaster = postmasterPid();
    if (postmaster === undefined) throw new Error('there is no PostgreSQL to be killed');
    process.kill(postmaster, 'SIGKILL');
    await untilGone(postmaster);
    // The terminal goes on meanwhile; the acknowledgement comes when the database is back.
    const acknowledged = page.type(2, 'echo meanwhile-$((2 + 2))\r');
    await page.says(/meanwhile-4\r\n/);
    expect(await acknowledged).toMatchObject({ ok: true });
    expect(postmasterPid()).not.toBe(postmaster);
    expect((await browser.get('/api/health')).status).toBe(200);
    await browser.request('DELETE', `/api/sessions/${session.id}`);
    page.close();
    await running.kill();
  });

  it('brings a real cluster back, when all were killed, from its journal: objects, terminal text, files and results', async () => {
    const first = await launch();
    const browser = new Browser(first.url);
    await browser.arrive();
    const session = await browser.start(LAB_ID);
    const page = await browser.page().join(session.id);
    page.acknowledges = true;
    await page.open();
    await page.says(/\$ $/);
    await page.type(1, 'kubectl create deployment mine --image=nginx --replicas=3\r');
    await page.type(
      2,
      'kubectl rollout status deployment mine && kubectl get pods -o wide && echo all-$((40 + 2))\r',
    );
    await page.says(/all-42\r\n/);
    // A program that is in the middle of its work, and half a line that is not entered yet.
    await page.type(3, 'echo $RANDOM > /tmp/drawn; cat /tmp/drawn; (sleep 1; echo slept-$((1 + 1)))\r');
    await page.says(/slept-2\r\n/);
    expect(await page.type(4, 'echo not-')).toMatchObject({ ok: true });
    await page.says(/\$ echo not-$/);
    await browser.request('PUT', `/api/sessions/${session.id}/files?path=%2Fhome%2Flearner%2Fkept.yaml`, {
      text: 'kind: Kept\n',
    });
    const [task] = loadCatalog(LABS).lab(LAB_ID)?.tasks ?? [];
    const submission = { taskId: task?.id ?? '', submissionKey: freshKey() };
    const { report } = (
      await browser.post<{ report: TaskReport }>(`/api/sessions/${session.id}/checks`, submission)
    ).body;
    expect(report.checks.length).toBeGreaterThan(0);
    const shown = page.text;

    const left = page.until(() => !page.socket.connected);
    const postmaster = postmasterPid();
    if (postmaster === undefined) throw new Error('there is no PostgreSQL to be killed');
    process.kill(postmaster, 'SIGKILL');
    await Promise.all([first.kill(), left, untilGone(postmaster)]);

    const second = await launch();
    expect(postmasterPid()).not.toBe(postmaster);
    browser.url = second.url;
    expect((await browser.get<SessionView>(`/api/sessions/${session.id}`)).body).toMatchObject({
      state: 'ready',
      createdAt: session.createdAt,
    });
    // A page that knows nothing is sent the whole scrollback, to the character.
    const back = await browser.page().join(session.id);
    back.acknowledges = true;
    expect(await back.open(0)).toMatchObject({ ok: true, inputSequence: 4 });
    await back.until(() => back.text.length >= shown.length);
    expect(back.text.slice(0, shown.length)).toBe(shown);
    // The half line is still there to be finished; the cluster's pods and what the shell drew are the same.
    await back.type(5, 'lost\rkubectl get pods -o wide; cat /tmp/drawn; echo end-$((40 + 3))\r');
    await back.says(/end-43\r\n/);
    const after = back.text.slice(shown.length);
    expect(after).toContain('not-lost\r\n');
    const pods = (text: string): string[] =>
      text
        .match(/mine-[a-z0-9]+-[a-z0-9]{5} .*10\.\d+\.\d+\.\d+/g)
        ?.map((line) => `${line.split(' ')[0] ?? ''} ${/10\.\d+\.\d+\.\d+/.exec(line)?.[0] ?? ''}`) ?? [];
    expect(pods(shown)).toHaveLength(3);
    expect(pods(after)).toEqual(pods(shown));
    const drawn = /(\d+)\r\nslept-2/.exec(shown)?.[1] ?? 'nothing drawn';
    expect(after).toContain(`${drawn}\r\nend-43`);
    expect(
      (await browser.get(`/api/sessions/${session.id}/files?path=%2Fhome%2Flearner%2Fkept.yaml`)).body,
    ).toMatchObject({ text: 'kind: Kept\n' });
    const reports = await browser.get<{ reports: TaskReport[] }>(`/api/sessions/${session.id}/reports`);
    expect(reports.body.reports).toEqual([report]);
    expect((await browser.get<Progress>('/api/progress')).body.tasks).toMatchObject([
      { labId: LAB_ID, taskId: submission.taskId, attempts: 1 },
    ]);
    back.close();
    await second.kill();
  });

  it('stops in order, its database too, however often the signal comes', async () => {
    const running = await launch();
    const postmaster = postmasterPid();
    if (postmaster === undefined) throw new Error('there is no PostgreSQL to be stopped');
    expect(await running.interruptTwice()).toBe(0);
    await untilGone(postmaster);
    expect(postmasterPid()).toBeUndefined();
  });
});
