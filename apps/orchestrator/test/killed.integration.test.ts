import { spawn } from 'node:child_process';
import type { ChildProcess } from 'node:child_process';
import { startTestPostgres } from '@podwire/db';
import type { TestPostgres } from '@podwire/db';
import type { Progress, SessionView, TaskReport } from '@podwire/protocol';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { Browser, freshKey } from './browser.ts';
import { bundleForTests } from './bundle.ts';
import type { Bundle } from './bundle.ts';

let postgres: TestPostgres;
let bundle: Bundle;
const children: ChildProcess[] = [];

beforeAll(async () => {
  [postgres, bundle] = await Promise.all([startTestPostgres(), bundleForTests()]);
});
afterAll(async () => {
  for (const child of children) child.kill('SIGKILL');
  await postgres.stop();
  bundle.remove();
});

/** The orchestrator as a process of its own. */
async function launch(databaseUrl: string): Promise<{ readonly url: string; kill(): Promise<void> }> {
  const child = spawn(process.execPath, [bundle.program, databaseUrl], {
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  children.push(child);
  const gone = new Promise<void>((resolve) => child.once('exit', () => resolve()));
  const url = await new Promise<string>((resolve, reject) => {
    let said = '';
    child.stdout.on('data', (chunk: Buffer) => {
      said += chunk.toString();
      const line = said.split('\n').find((each) => each.includes('listening'));
      if (line !== undefined) resolve((JSON.parse(line) as { url: string }).url);
    });
    child.once('exit', (code) => reject(new Error(`the orchestrator ended by itself (${String(code)})`)));
  });
  return {
    url,
    kill: () => {
      child.kill('SIGKILL');
      return gone;
    },
  };
}

describe('an orchestrator that is killed', () => {
  it('goes on after its next start: same session, same cluster, same text, results and timers kept', async () => {
    const databaseUrl = await postgres.freshDatabase();
    const first = await launch(databaseUrl);
    const browser = new Browser(first.url);
    await browser.arrive();
    const session = await browser.start();
    const page = await browser.page().join(session.id);
    await page.open();
    await page.type(1, 'random\r');
    await page.type(2, 'random\r');
    await page.says(/random\r\n\d+\r\nrandom\r\n\d+\r\n/);
    await browser.request('PUT', `/api/sessions/${session.id}/files?path=%2Fhome%2Flearner%2Fa`, {
      text: 'kept',
    });
    const submission = { taskId: 'first', submissionKey: freshKey(), answers: { colour: 'blue' } };
    const report = (
      await browser.post<{ report: TaskReport }>(`/api/sessions/${session.id}/checks`, submission)
    ).body.report;
    const left = page.until(() => !page.socket.connected);
    await first.kill();
    await left;

    const second = await launch(databaseUrl);
    browser.url = second.url;
    const resumed = (await browser.get<SessionView>(`/api/sessions/${session.id}`)).body;
    expect(resumed).toMatchObject({ state: 'ready', createdAt: session.createdAt, readyAt: session.readyAt });
    expect(resumed.timers.lifetimeEndsAt).toBe(session.timers.lifetimeEndsAt);
    const back = await browser.page().join(session.id);
    back.text = page.text;
    expect(await back.open()).toMatchObject({ ok: true, inputSequence: 2 });
    // The browser does not know whether the last line took effect and sends it again; then a new one.
    await back.type(2, 'random\r');
    await back.type(3, 'random\r');
    await back.says(/(random\r\n\d+\r\n){3}/);
    const whole = await browser.page().join(session.id);
    await whole.open(0);
    await whole.says(back.text);
    expect(
      (await browser.get(`/api/sessions/${session.id}/files?path=%2Fhome%2Flearner%2Fa`)).body,
    ).toMatchObject({ text: 'kept' });
    expect(
      (await browser.post<{ report: TaskReport }>(`/api/sessions/${session.id}/checks`, submission)).body
        .report,
    ).toEqual(report);
    expect((await browser.get<Progress>('/api/progress')).body.tasks).toMatchObject([
      { taskId: 'first', passed: true, attempts: 1 },
    ]);
    for (const each of [back, whole]) each.close();
    await second.kill();
  });

  it('drops no keystroke that was acknowledged, over several kills in the middle of typing', async () => {
    const databaseUrl = await postgres.freshDatabase();
    let running = await launch(databaseUrl);
    const browser = new Browser(running.url);
    await browser.arrive();
    const session = await browser.start();
    let acknowledged = 0;
    for (let round = 0; round < 3; round++) {
      const page = await browser.page().join(session.id);
      const opened = await page.open(0);
      expect(Number(opened['inputSequence'])).toBeGreaterThanOrEqual(acknowledged);
      let sequence = Number(opened['inputSequence']);
      const target = acknowledged + 20;
      await new Promise<void>((resolve) => {
        for (let count = 0; count < 200; count++) {
          const mine = ++sequence;
          page.type(mine, `line-${mine}\r`).then(
            (answer) => {
              if (answer.ok) acknowledged = Math.max(acknowledged, mine);
              if (acknowledged >= target) resolve();
            },
            () => undefined,
          );
        }
      });
      await running.kill();
      running = await launch(databaseUrl);
      browser.url = running.url;
    }
    const page = await browser.page().join(session.id);
    await page.open(0);
    await page.says(`$ line-${acknowledged}\r\n`);
    for (let line = 1; line <= acknowledged; line++)
      expect(page.text.split(`$ line-${line}\r\n`)).toHaveLength(2);
    page.close();
    await running.kill();
  });
});
