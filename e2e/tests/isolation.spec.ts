import { expect, test } from '@playwright/test';
import type { APIRequestContext, Page } from '@playwright/test';
import { LabPage } from './lab-page.ts';

async function sessionsOf(page: Page): Promise<readonly { readonly id: string }[]> {
  const progress = (await (await page.request.get('/api/progress')).json()) as {
    openSessions: { id: string }[];
  };
  return progress.openSessions;
}

async function csrf(request: APIRequestContext): Promise<string> {
  return ((await (await request.get('/api/me')).json()) as { csrfToken: string }).csrfToken;
}

test('another learner can neither see nor touch a session', async ({ page, browser }) => {
  const lab = new LabPage(page);
  await lab.open('pods-on-a-flat-network');
  const [session] = await sessionsOf(page);
  expect(session).toBeDefined();
  const id = session?.id ?? '';

  const other = await browser.newContext();
  const token = await csrf(other.request);
  const headers = { 'x-podwire-csrf': token };
  const attempts = [
    other.request.get(`/api/sessions/${id}`),
    other.request.get(`/api/sessions/${id}/reports`),
    other.request.get(`/api/sessions/${id}/files?path=/home/learner`),
    other.request.put(`/api/sessions/${id}/files?path=/home/learner/x`, {
      headers,
      data: { path: '/home/learner/x', text: 'mine' },
    }),
    other.request.post(`/api/sessions/${id}/checks`, {
      headers,
      data: { taskId: 'across-nodes', submissionKey: '00000000-0000-4000-8000-000000000000' },
    }),
    other.request.post(`/api/sessions/${id}/extend`, { headers }),
    other.request.post(`/api/sessions/${id}/pause`, { headers }),
    other.request.delete(`/api/sessions/${id}`, { headers }),
  ];
  for (const attempt of attempts) expect([403, 404]).toContain((await attempt).status());
  await other.close();

  // The owner never noticed.
  await lab.run('echo still-here', 'still-here');
  expect((await sessionsOf(page)).map((each) => each.id)).toContain(id);
});

test('a change without the CSRF token is refused', async ({ page }) => {
  await page.goto('/course');
  await page.request.get('/api/me');
  const answer = await page.request.post('/api/sessions', {
    data: { labId: 'pods-on-a-flat-network', requestKey: '00000000-0000-4000-8000-000000000001' },
  });
  expect(answer.status()).toBe(403);
});
