import { startTestPostgres } from '@podwire/db';
import type { TestPostgres } from '@podwire/db';
import type { Progress, SessionView, TaskReport } from '@podwire/protocol';
import { progressSchema, sessionViewSchema, taskReportSchema } from '@podwire/protocol';
import { pino } from 'pino';
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import { HTTP_ACCESS, SOCKET_ACCESS } from '../src/access/table.ts';
import { LEARNER_COOKIE } from '../src/identity/learner-cookie.ts';
import type { Orchestrator } from '../src/orchestrator.ts';
import { Browser, freshKey } from './browser.ts';
import type { Page } from './browser.ts';
import { bundleForTests } from './bundle.ts';
import type { Bundle } from './bundle.ts';
import { startToyOrchestrator } from './toy-orchestrator.ts';

let postgres: TestPostgres;
let bundle: Bundle;
let orchestrator: Orchestrator;
/** What whoever runs the site reads of things that went wrong. */
const logged: string[] = [];
const pages: Page[] = [];

beforeAll(async () => {
  [postgres, bundle] = await Promise.all([startTestPostgres(), bundleForTests()]);
  orchestrator = await startToyOrchestrator(await postgres.freshDatabase(), {
    workerUrl: bundle.toyWorkerUrl,
    log: pino({ level: 'error' }, { write: (line) => void logged.push(line) }),
  });
});
afterEach(() => {
  for (const page of pages.splice(0)) page.close();
});
afterAll(async () => {
  await orchestrator.close();
  await postgres.stop();
  bundle.remove();
});

async function learner(url = orchestrator.url): Promise<Browser> {
  const browser = new Browser(url);
  await browser.arrive();
  return browser;
}

async function joined(browser: Browser, sessionId: string): Promise<Page> {
  const page = browser.page();
  pages.push(page);
  return page.join(sessionId);
}

describe('a first visit', () => {
  it('gives an anonymous identity by a signed cookie that scripts can’t read', async () => {
    const response = await fetch(`${orchestrator.url}/api/me`);
    const cookie = response.headers.getSetCookie().find((each) => each.startsWith(LEARNER_COOKIE)) ?? '';
    expect(cookie).toMatch(/HttpOnly/);
    expect(cookie).toMatch(/SameSite=Lax/);
    const browser = await learner();
    const again = await browser.arrive();
    expect(again).toMatchObject({ anonymous: true, role: 'learner' });
    expect((await browser.arrive()).learnerId).toBe(again.learnerId);
  });

  it('does not believe a cookie that it did not sign', async () => {
    const victim = await learner();
    const id = (await victim.arrive()).learnerId;
    const thief = new Browser(orchestrator.url);
    thief.cookies.set(LEARNER_COOKIE, `${id}.${'A'.repeat(43)}`);
    expect((await thief.get('/api/progress')).status).toBe(401);
    expect((await thief.arrive()).learnerId).not.toBe(id);
  });

  it('refuses changes without the learner’s own token', async () => {
    const [browser, other] = [await learner(), await learner()];
    browser.csrfToken = other.csrfToken;
    expect(await browser.post('/api/sessions', { labId: 'one', requestKey: freshKey() })).toMatchObject({
      status: 403,
      body: { error: { code: 'csrf' } },
    });
  });

  it('keeps lessons read, once each, and only those of the course', async () => {
    const browser = await learner();
    for (let time = 0; time < 2; time++)
      expect((await browser.post('/api/lessons/flat-network/read')).status).toBe(200);
    expect((await browser.post('/api/lessons/no-such-lesson/read')).status).toBe(404);
    const { body } = await browser.get('/api/progress');
    expect(progressSchema.parse(body).lessonsRead).toEqual(['flat-network']);
  });
});

describe('a lab session', () => {
  it('starts ready, is found again, and is started once by one request', async () => {
    const browser = await learner();
    const requestKey = freshKey();
    const [first, second] = await Promise.all([
      browser.start('one', requestKey),
      browser.start('one', requestKey),
    ]);
    expect(sessionViewSchema.parse(first)).toMatchObject({
      state: 'ready',
      labId: 'one',
      backend: 'simulated',
    });
    expect(second.id).toBe(first.id);
    expect((await browser.start('one')).id).toBe(first.id);
    expect(
      (await browser.get<Progress>('/api/progress')).body.openSessions.map((session) => session.id),
    ).toEqual([first.id]);
  });

  it('is replaced when started afresh, and says so', async () => {
    const browser = await learner();
    const old = await browser.start();
    const page = await joined(browser, old.id);
    const { body: fresh } = await browser.post<SessionView>('/api/sessions', {
      labId: 'one',
      requestKey: freshKey(),
      fresh: true,
    });
    expect(fresh.id).not.toBe(old.id);
    await page.until(() => page.last('session:state')?.state === 'ended');
    expect((await browser.get<SessionView>(`/api/sessions/${old.id}`)).body).toMatchObject({
      state: 'ended',
      endReason: 'replaced',
    });
  });

  it('is bounded in number for each learner, with names and a way out', async () => {
    const browser = await learner();
    await browser.start('one');
    const second = await browser.start('two');
    const refused = await browser.post<{ error: { code: string; message: string } }>('/api/sessions', {
      labId: 'three',
      requestKey: freshKey(),
    });
    expect(refused).toMatchObject({ status: 409, body: { error: { code: 'too-many-sessions' } } });
    expect(refused.body.error.message).toContain('“The lab one”, “The lab two”');
    await browser.post(`/api/sessions/${second.id}/pause`);
    expect((await browser.post('/api/sessions', { labId: 'three', requestKey: freshKey() })).status).toBe(
      200,
    );
  });

  it('refuses an unknown lab and a request that can’t be read, in words', async () => {
    const browser = await learner();
    expect((await browser.post('/api/sessions', { labId: 'none', requestKey: freshKey() })).status).toBe(404);
    expect(await browser.post('/api/sessions', { labId: '../etc' })).toMatchObject({
      status: 400,
      body: { error: { code: 'invalid', field: 'labId' } },
    });
  });

  it('can be extended, paused, resumed with its terminals’ text, and ended', async () => {
    const browser = await learner();
    const session = await browser.start();
    const page = await joined(browser, session.id);
    expect(await page.open()).toMatchObject({ ok: true, inputSequence: 0, keptFromOffset: 0 });
    await page.type(1, 'random\r');
    await page.says(/random\r\n\d+\r\n/);
    const before = page.text;
    const extended = await browser.post<SessionView>(`/api/sessions/${session.id}/extend`);
    expect(Date.parse(extended.body.timers.lifetimeEndsAt ?? '')).toBe(
      Date.parse(session.timers.lifetimeEndsAt ?? '') + 30 * 60_000,
    );

    expect((await browser.post<SessionView>(`/api/sessions/${session.id}/pause`)).body.state).toBe('paused');
    await page.until(() => page.last('session:state')?.state === 'paused');
    expect(await page.open()).toMatchObject({ ok: false, error: { code: 'session-paused' } });
    expect((await browser.post<SessionView>(`/api/sessions/${session.id}/resume`)).body.state).toBe('ready');
    const again = await joined(browser, session.id);
    expect(await again.open(0)).toMatchObject({ ok: true, inputSequence: 1 });
    await again.says(before);

    expect((await browser.request<SessionView>('DELETE', `/api/sessions/${session.id}`)).status).toBe(200);
    await again.until(() => again.last('session:state')?.state === 'ended');
    expect(again.last('session:state')).toMatchObject({
      endReason: 'learner-ended',
      endMessage: 'You ended this lab. Your results are kept.',
    });
    expect((await browser.post(`/api/sessions/${session.id}/extend`)).status).toBe(409);
  });

  it('reads and writes files of the toolbox, and lists folders', async () => {
    const browser = await learner();
    const { id } = await browser.start();
    const path = encodeURIComponent('/home/learner/client.yaml');
    expect((await browser.get(`/api/sessions/${id}/files?path=${path}`)).body).toMatchObject({
      text: 'kind: Pod\n',
    });
    expect(
      (await browser.request('PUT', `/api/sessions/${id}/files?path=${path}`, { text: 'kind: Service\n' }))
        .status,
    ).toBe(200);
    expect((await browser.get(`/api/sessions/${id}/files?path=${path}`)).body).toMatchObject({
      text: 'kind: Service\n',
    });
    expect(await browser.get(`/api/sessions/${id}/files?path=%2Fnone`)).toMatchObject({
      status: 404,
      body: { error: { code: 'file-enoent', field: 'path' } },
    });
    expect(
      (
        await browser.request('PUT', `/api/sessions/${id}/files?path=${path}`, {
          text: 'x'.repeat(1_048_577),
        })
      ).status,
    ).toBe(400);
  });
});

describe('a terminal', () => {
  it('echoes, acknowledges what is safe, and goes on where a lost connection stopped', async () => {
    const browser = await learner();
    const session = await browser.start();
    const page = await joined(browser, session.id);
    await page.open();
    expect(await page.type(1, 'hello\r')).toEqual({ ok: true, sequence: 1 });
    await page.says('$ hello\r\n');
    page.close();
    const back = await joined(browser, session.id);
    expect(back.last('terminal:list')).toEqual({
      terminals: [{ terminalId: 't1', place: { kind: 'toolbox' } }],
    });
    back.text = page.text;
    expect(await back.open()).toMatchObject({ ok: true, inputSequence: 1 });
    // Sent again because nobody knew whether it took effect: it takes effect once.
    await back.type(1, 'hello\r');
    await back.type(2, 'you\r');
    await back.says('$ you\r\n');
    expect(back.text.match(/\$ hello/g)).toHaveLength(1);
  });

  it('takes a paste of a megabyte in pieces, and loses nothing', async () => {
    const browser = await learner();
    const session = await browser.start();
    const page = await joined(browser, session.id);
    await page.open();
    page.acknowledges = true;
    const piece = 'abcdefghijklmnop'.repeat(1_024);
    for (let sequence = 1; sequence <= 64; sequence++)
      expect((await page.type(sequence, piece)).ok).toBe(true);
    await page.until(() => page.text.length >= 1_048_576);
    expect(page.text.replace('> ', '')).toBe(piece.repeat(64));
  });

  it('is refused at a place that is not there, in words', async () => {
    const browser = await learner();
    const session = await browser.start();
    const page = await joined(browser, session.id);
    const answer = await page.emit('terminal:open', {
      terminalId: 't9',
      place: { kind: 'node', name: 'none' },
      columns: 80,
      rows: 24,
      fromOffset: 0,
    });
    expect(answer).toMatchObject({ ok: false, error: { code: 'no-such-place' } });
  });
});

describe('a check', () => {
  it('is graded once for each submission, stored, told to every page, and counted', async () => {
    const browser = await learner();
    const session = await browser.start();
    const page = await joined(browser, session.id);
    const submission = { taskId: 'first', submissionKey: freshKey(), answers: { colour: 'red' } };
    const [one, two] = await Promise.all(
      [0, 1].map(() =>
        browser.post<{ report: TaskReport }>(`/api/sessions/${session.id}/checks`, submission),
      ),
    );
    const report = taskReportSchema.parse(one?.body.report);
    expect(two?.body.report).toEqual(report);
    expect(report).toMatchObject({ verdict: 'failed', score: 0.5 });
    expect(report.checks.map((check) => [check.checkId, check.verdict])).toEqual([
      ['right', 'failed'],
      ['reached', 'passed'],
    ]);
    await page.until(() => page.last('session:report') !== undefined);
    expect(page.last('session:report')?.report.id).toBe(report.id);
    const passed = await browser.post<{ report: TaskReport }>(`/api/sessions/${session.id}/checks`, {
      ...submission,
      submissionKey: freshKey(),
      answers: { colour: 'blue' },
    });
    expect(passed.body.report.verdict).toBe('passed');
    expect((await browser.get<Progress>('/api/progress')).body.tasks).toMatchObject([
      { labId: 'one', taskId: 'first', passed: true, bestScore: 1, attempts: 2 },
    ]);
    expect(
      (await browser.get<{ reports: TaskReport[] }>(`/api/sessions/${session.id}/reports`)).body.reports.map(
        (each) => each.id,
      ),
    ).toEqual([passed.body.report.id]);
  });

  it('of a task that builds on another waits for that', async () => {
    const browser = await learner();
    const session = await browser.start();
    const refused = await browser.post<{ error: { message: string } }>(`/api/sessions/${session.id}/checks`, {
      taskId: 'second',
      submissionKey: freshKey(),
    });
    expect(refused).toMatchObject({
      status: 409,
      body: {
        error: { code: 'task-needs', message: 'This task builds on “The first task”. Pass that first.' },
      },
    });
  });

  it('that fails by our own fault is made once more, told as ours, counted for nothing, and logged', async () => {
    const browser = await learner();
    const session = await browser.start('faulty');
    const page = await joined(browser, session.id);
    const submit = async (taskId: string): Promise<TaskReport> => {
      const { body } = await browser.post<{ report: TaskReport }>(`/api/sessions/${session.id}/checks`, {
        taskId,
        submissionKey: freshKey(),
      });
      return taskReportSchema.parse(body.report);
    };
    logged.length = 0;
    // What fails the first time alone is no fault that anybody hears of.
    expect(await submit('shaky')).toMatchObject({ verdict: 'passed', score: 1 });
    expect(logged).toEqual([]);
    const report = await submit('broken');
    const because =
      'Something on our side failed (the toy has lost its wire). It does not count; press Check again.';
    expect(report).toMatchObject({
      verdict: 'our-fault',
      score: 0,
      checks: [{ checkId: 'port-82', verdict: 'our-fault', because }],
    });
    await page.until(() => page.last('session:report')?.report.id === report.id);
    expect((await browser.get<Progress>('/api/progress')).body.tasks).toMatchObject([
      { labId: 'faulty', taskId: 'shaky', attempts: 1 },
    ]);
    expect(logged.map((line) => JSON.parse(line) as unknown)).toMatchObject([
      {
        level: 50,
        msg: 'a check failed by our own fault',
        attemptId: report.id,
        sessionId: session.id,
        labId: 'faulty',
        taskId: 'broken',
        checks: [{ checkId: 'port-82', because }],
      },
    ]);
  });

  it('probes on demand', async () => {
    const browser = await learner();
    const session = await browser.start();
    const probe = {
      from: { kind: 'toolbox' },
      to: { kind: 'host', host: 'web' },
      port: 81,
      protocol: 'tcp',
      timeoutMs: 3_000,
    };
    expect(await browser.post(`/api/sessions/${session.id}/probes`, probe)).toMatchObject({
      status: 200,
      body: { result: { verdict: 'timed-out' } },
    });
  });
});

describe('another learner', () => {
  it('is denied on every route of a session', async () => {
    const owner = await learner();
    const { id } = await owner.start();
    const other = await learner();
    for (const [key, rule] of Object.entries(HTTP_ACCESS)) {
      if (rule.who !== 'session-owner') continue;
      const [method = '', path = ''] = key.split(' ');
      const body = method === 'GET' || method === 'DELETE' ? undefined : {};
      const answer = await other.request(
        method,
        path.replace(':sessionId', id).replace(':packetId', '1'),
        body,
      );
      expect([key, answer.status]).toEqual([key, 404]);
    }
    expect((await owner.get<SessionView>(`/api/sessions/${id}`)).body.state).toBe('ready');
  });

  it('is denied on every socket event', async () => {
    const owner = await learner();
    const { id } = await owner.start();
    const other = await learner();
    const page = other.page();
    pages.push(page);
    expect(await page.connection()).toBe('connected');
    expect(await page.emit('session:join', { sessionId: id })).toMatchObject({
      ok: false,
      error: { code: 'not-found' },
    });
    for (const name of Object.keys(SOCKET_ACCESS) as (keyof typeof SOCKET_ACCESS)[]) {
      if (name === 'session:join') continue;
      expect([name, (await page.emit(name, {} as never)).ok]).toEqual([name, false]);
    }
    expect(page.heard.size).toBe(0);
  });

  it('can’t connect from a page of another site, or without an identity', async () => {
    const browser = await learner();
    browser.origin = 'http://evil.test';
    const foreign = browser.page();
    pages.push(foreign);
    expect(await foreign.connection()).not.toBe('connected');
    const nobody = new Browser(orchestrator.url).page();
    pages.push(nobody);
    expect(await nobody.connection()).toBe('no-identity');
  });
});

describe('an account', () => {
  const password = 'correct horse battery';

  it('takes over what was done anonymously, and nothing is left to see after signing out', async () => {
    const browser = await learner();
    const session = await browser.start();
    await browser.post('/api/lessons/flat-network/read');
    const anonymousId = (await browser.arrive()).learnerId;
    expect(
      (await browser.post('/api/auth/sign-up/email', { name: 'Ada', email: 'ada@podwire.test', password }))
        .status,
    ).toBe(200);
    expect(await browser.arrive()).toMatchObject({
      learnerId: anonymousId,
      anonymous: false,
      name: 'Ada',
      email: 'ada@podwire.test',
    });
    expect((await browser.get<SessionView>(`/api/sessions/${session.id}`)).body.state).toBe('ready');
    await browser.post('/api/auth/sign-out');
    const stranger = await browser.arrive();
    expect(stranger.anonymous).toBe(true);
    expect(stranger.learnerId).not.toBe(anonymousId);
    expect((await browser.get<Progress>('/api/progress')).body.lessonsRead).toEqual([]);
  });

  it('joins the progress of a second browser to its own, and that browser’s open lab goes on', async () => {
    const first = await learner();
    await first.post('/api/auth/sign-up/email', { name: 'Grace', email: 'grace@podwire.test', password });
    const account = await first.arrive();
    const older = await first.start('one');

    const second = await learner();
    const newer = await second.start('one');
    await second.post(`/api/sessions/${newer.id}/checks`, {
      taskId: 'first',
      submissionKey: freshKey(),
      answers: { colour: 'blue' },
    });
    await second.post('/api/lessons/flat-network/read');
    expect(
      (await second.post('/api/auth/sign-in/email', { email: 'grace@podwire.test', password })).status,
    ).toBe(200);
    expect(await second.arrive()).toMatchObject({ learnerId: account.learnerId, anonymous: false });
    const progress = (await first.get<Progress>('/api/progress')).body;
    expect(progress.lessonsRead).toEqual(['flat-network']);
    expect(progress.tasks).toMatchObject([{ taskId: 'first', passed: true }]);
    const page = await joined(second, newer.id);
    expect((await page.open()).ok).toBe(true);
    const olderNow = async (): Promise<SessionView> =>
      (await first.get<SessionView>(`/api/sessions/${older.id}`)).body;
    await expect.poll(olderNow).toMatchObject({ state: 'ended', endReason: 'replaced' });
  });

  it('is refused from another site’s page', async () => {
    const browser = await learner();
    browser.origin = 'http://evil.test';
    expect(
      await browser.post('/api/auth/sign-up/email', { name: 'Eve', email: 'eve@podwire.test', password }),
    ).toMatchObject({ status: 403 });
  });

  it('becomes the administrator by the printed link, once', async () => {
    const link = new URL(orchestrator.adminLink ?? '');
    expect(link.pathname).toBe('/admin/claim');
    const token = link.hash.slice(1);
    const [browser, late] = [await learner(), await learner()];
    expect((await browser.post('/api/admin/claim', { token: `${token.slice(0, -1)}_` })).status).toBe(403);
    expect((await browser.post('/api/admin/claim', { token })).status).toBe(200);
    expect((await browser.arrive()).role).toBe('admin');
    expect(await late.post('/api/admin/claim', { token })).toMatchObject({
      status: 403,
      body: { error: { code: 'invite-invalid' } },
    });
    expect((await late.arrive()).role).toBe('learner');
  });
});

describe('a full server', () => {
  it('pauses the lab that was out of sight the longest, or says that it is full', async () => {
    const small = await startToyOrchestrator(await postgres.freshDatabase(), {
      maxClusters: 1,
      workerUrl: bundle.toyWorkerUrl,
    });
    try {
      const [first, second, third] = [
        await learner(small.url),
        await learner(small.url),
        await learner(small.url),
      ];
      const away = await first.start();
      const present = await second.start();
      await expect
        .poll(async () => (await first.get<SessionView>(`/api/sessions/${away.id}`)).body.state)
        .toBe('paused');
      await joined(second, present.id);
      const refused = await third.post<SessionView>('/api/sessions', {
        labId: 'one',
        requestKey: freshKey(),
      });
      expect(refused.body.endMessage).toContain('All 1 clusters of this server are in use.');
    } finally {
      await small.close();
    }
  });
});
