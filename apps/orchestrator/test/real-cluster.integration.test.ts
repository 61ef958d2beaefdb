import path from 'node:path';
import { startTestPostgres } from '@podwire/db';
import type { TestPostgres } from '@podwire/db';
import type { ProbeResultView, SessionView } from '@podwire/protocol';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { loadCatalog } from '../src/course/catalog.ts';
import type { Orchestrator } from '../src/orchestrator.ts';
import { Browser } from './browser.ts';
import type { Page } from './browser.ts';
import { bundleForTests } from './bundle.ts';
import type { Bundle } from './bundle.ts';
import { startToyOrchestrator } from './toy-orchestrator.ts';

const LABS = path.join(import.meta.dirname, '../../../labs');
let postgres: TestPostgres;
let bundle: Bundle;
let orchestrator: Orchestrator;

beforeAll(async () => {
  [postgres, bundle] = await Promise.all([startTestPostgres(), bundleForTests()]);
  orchestrator = await startToyOrchestrator(await postgres.freshDatabase(), {
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
