import { createDatabase, startTestPostgres } from '@podwire/db';
import type { TestPostgres } from '@podwire/db';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { costOfHints } from '../src/learning/hints.ts';
import type { Orchestrator } from '../src/orchestrator.ts';
import { Browser, freshKey } from './browser.ts';
import { bundleForTests } from './bundle.ts';
import type { Bundle } from './bundle.ts';
import { startToyOrchestrator } from './toy-orchestrator.ts';

let postgres: TestPostgres;
let bundle: Bundle;
let orchestrator: Orchestrator;
let databaseUrl: string;

beforeAll(async () => {
  [postgres, bundle] = await Promise.all([startTestPostgres(), bundleForTests()]);
  databaseUrl = await postgres.freshDatabase();
  orchestrator = await startToyOrchestrator(databaseUrl, { workerUrl: bundle.toyWorkerUrl });
});
afterAll(async () => {
  await orchestrator.close();
  await postgres.stop();
  bundle.remove();
});

async function arrived(): Promise<Browser> {
  const browser = new Browser(orchestrator.url);
  await browser.arrive();
  return browser;
}

describe('a hint that costs something', () => {
  it('is recorded before it is told, once, and in its turn', async () => {
    const browser = await arrived();
    const { learnerId } = await browser.arrive();
    const { id } = await browser.start('one');
    const take = (hintId: string) => browser.post(`/api/sessions/${id}/hints`, { taskId: 'first', hintId });
    expect(await take('what')).toMatchObject({ status: 409, body: { error: { code: 'hint-order' } } });
    for (let time = 0; time < 2; time++)
      expect(await take('where')).toMatchObject({
        status: 200,
        body: { hintId: 'where', cost: 20, body: [{ children: [{ value: 'Up.' }] }] },
      });
    expect((await take('what')).status).toBe(200);
    expect((await take('no-such-hint')).status).toBe(404);
    expect((await browser.get(`/api/sessions/${id}/hints`)).body).toMatchObject({
      hints: [{ hintId: 'where' }, { hintId: 'what' }],
    });
    const database = createDatabase(databaseUrl);
    expect(await costOfHints(database, learnerId, 'one', 'first')).toBe(0.5);
    await database.$disconnect();
  });

  it('is nobody else’s', async () => {
    const [browser, other] = [await arrived(), await arrived()];
    const { id } = await browser.start('one');
    expect((await other.post(`/api/sessions/${id}/hints`, { taskId: 'first', hintId: 'where' })).status).toBe(
      404,
    );
  });
});

describe('the solution of a task', () => {
  it('is told once the task has passed', async () => {
    const browser = await arrived();
    const { id } = await browser.start('one');
    const address = `/api/sessions/${id}/tasks/first/solution`;
    expect(await browser.get(address)).toMatchObject({
      status: 403,
      body: { error: { code: 'not-passed' } },
    });
    const { body } = await browser.post(`/api/sessions/${id}/checks`, {
      taskId: 'first',
      submissionKey: freshKey(),
      answers: { colour: 'blue' },
    });
    expect(body).toMatchObject({ report: { verdict: 'passed' } });
    expect(await browser.get(address)).toMatchObject({
      status: 200,
      body: { body: [{ children: [{ value: 'Blue.' }] }] },
    });
    expect((await browser.get(`/api/sessions/${id}/tasks/second/solution`)).status).toBe(404);
  });
});

describe('a quiz', () => {
  it('keeps the last answer, and explains the right one only', async () => {
    const browser = await arrived();
    const answer = (given: readonly string[]) =>
      browser.post('/api/quizzes/flat-network/who', { answer: given });
    const wrong = await answer(['node']);
    expect(wrong).toMatchObject({ status: 200, body: { correct: false, tries: 1 } });
    expect(wrong.body).not.toHaveProperty('explanation');
    expect(await answer(['web'])).toMatchObject({
      body: { correct: true, tries: 2, explanation: [{ children: [{ value: 'Its own address.' }] }] },
    });
    expect((await browser.get('/api/quizzes/flat-network')).body).toMatchObject({
      quizzes: [{ quizId: 'who', answer: ['web'], correct: true }],
    });
    expect((await answer(['web', 'node'])).body).toMatchObject({ correct: false });
    expect((await answer(['no-such-option'])).status).toBe(409);
    expect((await browser.post('/api/quizzes/flat-network/none', { answer: ['a'] })).status).toBe(404);
    expect((await browser.get('/api/quizzes/no-such-page')).status).toBe(404);
  });
});
