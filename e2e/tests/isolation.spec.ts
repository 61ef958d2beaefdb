import { expect, test } from '@playwright/test';
import type { APIRequestContext, Browser, Page } from '@playwright/test';
import { LabPage } from './lab-page.ts';
import { emitRaw } from './raw-socket.ts';

const LAB = 'pods-on-a-flat-network';

async function sessionsOf(page: Page): Promise<readonly string[]> {
  const progress = (await (await page.request.get('/api/progress')).json()) as {
    openSessions: { id: string }[];
  };
  return progress.openSessions.map((session) => session.id);
}

async function csrf(request: APIRequestContext): Promise<string> {
  return ((await (await request.get('/api/me')).json()) as { csrfToken: string }).csrfToken;
}

/** A learner with an open lab, and the id of its session. */
async function ownerOf(page: Page): Promise<{ readonly lab: LabPage; readonly id: string }> {
  const lab = new LabPage(page);
  await lab.open(LAB);
  const [id = ''] = await sessionsOf(page);
  expect(id).not.toBe('');
  return { lab, id };
}

async function stranger(browser: Browser): Promise<Page> {
  return (await browser.newContext()).newPage();
}

test('another learner can neither see nor touch a session by its id', async ({ page, browser }) => {
  const { lab, id } = await ownerOf(page);
  const other = await stranger(browser);
  const { request } = other.context();
  const headers = { 'x-podwire-csrf': await csrf(request) };
  const attempts = [
    request.get(`/api/sessions/${id}`),
    request.get(`/api/sessions/${id}/reports`),
    request.get(`/api/sessions/${id}/files?path=/home/learner`),
    request.put(`/api/sessions/${id}/files?path=/home/learner/x`, {
      headers,
      data: { path: '/home/learner/x', text: 'mine' },
    }),
    request.post(`/api/sessions/${id}/checks`, {
      headers,
      data: { taskId: 'across-nodes', submissionKey: '00000000-0000-4000-8000-000000000000' },
    }),
    request.post(`/api/sessions/${id}/extend`, { headers }),
    request.post(`/api/sessions/${id}/pause`, { headers }),
    request.delete(`/api/sessions/${id}`, { headers }),
  ];
  for (const attempt of attempts) expect([403, 404]).toContain((await attempt).status());

  // The owner never noticed.
  await lab.run('ls; echo still-here', /^still-here/m);
  expect(await lab.lines()).not.toContain('x');
  expect(await sessionsOf(page)).toContain(id);
  await other.context().close();
});

test('another learner can neither see nor touch a session by its address', async ({ page, browser }) => {
  const { lab, id } = await ownerOf(page);
  await lab.run('echo owner-only', /^owner-only/m);
  const other = await stranger(browser);
  // Even a browser that was made to remember the session's id gets a cluster of its own.
  await other.goto('/course');
  await other.evaluate(([key, value]) => window.localStorage.setItem(key, value), [
    `podwire-session-${LAB}`,
    id,
  ] as const);
  const theirs = new LabPage(other);
  await theirs.open(LAB);
  await theirs.run('echo a-cluster-of-my-own', /^a-cluster-of-my-own/m);
  expect((await theirs.lines()).join('\n')).not.toContain('owner-only');
  expect(await sessionsOf(other)).not.toContain(id);
  await other.context().close();
});

test('another learner can neither see nor touch a session by socket events', async ({ page, browser }) => {
  const { lab, id } = await ownerOf(page);
  const other = await stranger(browser);
  await other.goto('/course');
  await other.request.get('/api/me');
  const toolbox = { terminalId: 'toolbox' };
  const { answers, heard } = await emitRaw(other, [
    { name: 'session:join', message: { sessionId: id } },
    {
      name: 'terminal:open',
      message: { ...toolbox, place: { kind: 'toolbox' }, columns: 80, rows: 24, fromOffset: 0 },
    },
    { name: 'terminal:input', message: { ...toolbox, sequence: 1, data: 'echo stranger\r' } },
    { name: 'terminal:close', message: toolbox },
    { name: 'topology:watch', message: { on: true } },
    { name: 'packets:watch', message: { on: true } },
  ]);
  expect(answers.map((answer) => answer.ok)).toEqual([false, false, false, false, false, false]);
  expect(heard).toEqual([]);

  await lab.run('echo still-here', /^still-here/m);
  expect((await lab.lines()).join('\n')).not.toContain('stranger');

  // The same events from the owner's own page are answered: it is the stranger that was refused, not the events.
  const own = await emitRaw(page, [{ name: 'session:join', message: { sessionId: id } }]);
  expect(own.answers).toMatchObject([{ ok: true }]);
  await other.context().close();
});

test('a change without the CSRF token is refused', async ({ page }) => {
  await page.goto('/course');
  await page.request.get('/api/me');
  const answer = await page.request.post('/api/sessions', {
    data: { labId: LAB, requestKey: '00000000-0000-4000-8000-000000000001' },
  });
  expect(answer.status()).toBe(403);
});
