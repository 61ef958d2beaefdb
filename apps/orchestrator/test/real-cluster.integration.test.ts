import path from 'node:path';
import process from 'node:process';
import { gunzipSync, gzipSync } from 'node:zlib';
import { createDatabase, startTestPostgres } from '@podwire/db';
import type { TestPostgres } from '@podwire/db';
import type { VerdictRecord } from '@podwire/grader';
import type { ProbeResultView, SealingView, SessionView, TaskReport } from '@podwire/protocol';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { loadCatalog } from '../src/course/catalog.ts';
import { Grading } from '../src/grading/grading.ts';
import type { Orchestrator } from '../src/orchestrator.ts';
import { Browser, freshKey } from './browser.ts';
import type { Page } from './browser.ts';
import { bundleForTests } from './bundle.ts';
import type { Bundle } from './bundle.ts';
import { startToyOrchestrator } from './toy-orchestrator.ts';

const LABS = path.join(import.meta.dirname, '../../../labs');
let postgres: TestPostgres;
let bundle: Bundle;
let orchestrator: Orchestrator;
let databaseUrl: string;

beforeAll(async () => {
  [postgres, bundle] = await Promise.all([startTestPostgres(), bundleForTests()]);
  databaseUrl = await postgres.freshDatabase();
  orchestrator = await startToyOrchestrator(databaseUrl, {
    workerUrl: bundle.realWorkerUrl,
    catalog: loadCatalog(LABS),
  });
});
afterAll(async () => {
  await orchestrator.close();
  await postgres.stop();
  bundle.remove();
});

async function inLab(labId: string): Promise<{ browser: Browser; session: SessionView; page: Page }> {
  const browser = new Browser(orchestrator.url);
  await browser.arrive();
  const session = await browser.start(labId);
  const page = await browser.page().join(session.id);
  page.acknowledges = true;
  expect(await page.open()).toMatchObject({ ok: true });
  await page.says(/\$ $/);
  return { browser, session, page };
}

describe('a lab of the course on a simulated cluster', () => {
  it('answers kubectl in the terminal, and again from its journal', async () => {
    const { browser, session, page } = await inLab('a-service-in-front');
    expect(session.state).toBe('ready');
    await page.type(1, 'kubectl get service my-service\r');
    await page.says(/my-service\s+ClusterIP\s+10\.96\.\d+\.\d+\s+<none>\s+80\/TCP/);
    await page.type(2, 'kubectl run extra --image=nginx; sleep 3; kubectl get pods extra\r');
    await page.says(/extra\s+1\/1\s+Running/);
    await browser.post(`/api/sessions/${session.id}/pause`);
    await page.until(() => page.last('session:state')?.state === 'paused');
    await browser.post(`/api/sessions/${session.id}/resume`);
    const again = await browser.page().join(session.id);
    await again.open(0);
    await again.says(page.text);
    await again.type(3, 'kubectl get pod extra -o name\r');
    await again.says('pod/extra\r\n');
    for (const each of [page, again]) each.close();
  });

  it('shows its objects live', async () => {
    const { page } = await inLab('a-service-in-front');
    await page.emit('topology:watch', { on: true });
    await page.until(() => page.last('topology:snapshot') !== undefined);
    const kinds = new Set(page.last('topology:snapshot')?.objects.map((object) => object.kind));
    expect(kinds).toEqual(new Set(['Node', 'Namespace', 'Pod', 'Service', 'EndpointSlice', 'Deployment']));
    await page.type(1, 'kubectl create deployment late --image=nginx\r');
    await page.until(() =>
      (page.heard.get('topology:changes') ?? []).some((message) =>
        JSON.stringify(message).includes('"name":"late"'),
      ),
    );
    page.close();
  });

  it('probes at once and says why', async () => {
    const { browser, session, page } = await inLab('a-service-in-front');
    const probe = {
      from: { kind: 'toolbox' },
      to: { kind: 'service', namespace: 'default', name: 'my-service' },
      port: 80,
      protocol: 'tcp',
      timeoutMs: 3_000,
    };
    const { result } = (
      await browser.post<{ result: ProbeResultView }>(`/api/sessions/${session.id}/probes`, probe)
    ).body;
    expect(result.because).not.toBe('');
    expect(result.packets.length).toBeGreaterThan(0);
    const packet = await browser.get<{ packetId: number }>(
      `/api/sessions/${session.id}/packets/${result.packets[0]?.packetId ?? -1}`,
    );
    expect(packet.body.packetId).toBe(result.packets[0]?.packetId);
    page.close();
  });
});

describe('work that is handed in for credit', () => {
  const CHECKED = { taskId: 'mend-it' } as const;

  it('is kept with all that its verdict rests on, beside what was practised, and is graded again to the same', async () => {
    const { browser, session, page } = await inLab('a-service-in-front');
    const submit = async (sealed: boolean): Promise<TaskReport> => {
      const { body } = await browser.post<{ report: TaskReport }>(`/api/sessions/${session.id}/checks`, {
        ...CHECKED,
        submissionKey: freshKey(),
        sealed,
      });
      return body.report;
    };
    const practised = await submit(false);
    const nothing = await submit(true);
    expect([practised.verdict, nothing.verdict]).toEqual(['failed', 'failed']);
    // Neither hides the other.
    const { reports } = (
      await browser.get<{ reports: readonly TaskReport[] }>(`/api/sessions/${session.id}/reports`)
    ).body;
    expect(reports.map(({ id }) => id).sort()).toEqual([practised.id, nothing.id].sort());

    expect(
      await browser.post(`/api/sessions/${session.id}/hints`, { ...CHECKED, hintId: 'patch' }),
    ).toMatchObject({ status: 200 });
    expect(
      await browser.post(`/api/sessions/${session.id}/hints`, { ...CHECKED, hintId: 'the-label' }),
    ).toMatchObject({ status: 200, body: { cost: 10 } });
    await page.type(
      1,
      `kubectl patch service my-service -p '{"spec":{"selector":{"app.kubernetes.io/name":"MyApp"}}}'\r`,
    );
    await page.says('service/my-service patched');
    const report = await submit(true);
    expect(report).toMatchObject({ verdict: 'passed', sealed: true, score: 0.9, hintCost: 0.1 });

    const database = createDatabase(databaseUrl);
    try {
      const catalog = loadCatalog(LABS);
      const row = await database.verdictRecord.findUniqueOrThrow({ where: { attemptId: report.id } });
      const record = JSON.parse(gunzipSync(row.gzip).toString()) as VerdictRecord;
      expect(record).toMatchObject({
        labId: 'a-service-in-front',
        labDigest: catalog.lab('a-service-in-front')?.digest,
        taskId: 'mend-it',
        sealed: true,
        verdict: 'passed',
        versions: { node: process.versions.node },
        metEarlier: [],
      });
      // Not the learner's own cluster: nobody can know its addresses beforehand.
      expect(record.seed).not.toBe(report.seed);
      expect(record.looks.length).toBeGreaterThan(5);
      expect(JSON.stringify(record.looks)).toContain('my-app-');
      const grading = new Grading(database, catalog);
      expect(await grading.replay(report.id)).toMatchObject({ kind: 'same', grade: { verdict: 'passed' } });
      expect(await grading.replay(nothing.id)).toMatchObject({ kind: 'same', grade: { verdict: 'failed' } });
      // A record that says otherwise than its looks is told apart.
      const forged = { ...record, checks: { ...record.checks, answers: 'failed' } };
      await database.verdictRecord.update({
        where: { attemptId: report.id },
        data: { gzip: Uint8Array.from(gzipSync(JSON.stringify(forged))) },
      });
      expect((await grading.replay(report.id))?.kind).toBe('different');
    } finally {
      await database.$disconnect();
    }
    page.close();
  }, 60_000);

  it('is only what was made: which checks ask for more is told before, by their titles', async () => {
    const { browser, session, page } = await inLab('stop-the-control-plane');
    const { body } = await browser.get<SealingView>(`/api/sessions/${session.id}/sealing`);
    const tasks = new Map(body.tasks.map((task) => [task.taskId, task]));
    expect(tasks.get('no-scheduler')).toEqual({
      taskId: 'no-scheduler',
      sealable: false,
      done: ["The scheduler doesn't run", 'A pod of late waits, without a node'],
    });
    expect(tasks.get('scheduler-back')).toEqual({ taskId: 'scheduler-back', sealable: true });
    page.close();
  }, 60_000);
});
