import path from 'node:path';
import { expect, test } from '@playwright/test';
import type { Page } from '@playwright/test';
import { build } from 'esbuild';

/** No server has this name: the test itself answers for it, so that nothing but the browser takes part. */
const ORIGIN = 'http://cluster.test';
const WORKER = path.join(import.meta.dirname, '../../packages/cluster/src/browser/cluster.worker.ts');

async function bundledWorker(): Promise<string> {
  const built = await build({
    entryPoints: [WORKER],
    bundle: true,
    minify: true,
    platform: 'browser',
    format: 'iife',
    target: 'es2023',
    write: false,
    logLevel: 'error',
  });
  const [file] = built.outputFiles;
  if (file === undefined) throw new Error('the worker was not built');
  return file.text;
}

interface Answer {
  readonly kind: string;
  readonly output?: string;
  readonly exitCode?: number;
  readonly message?: string;
}

/** Sends an order to the page's worker, and waits for its answer. */
function order(page: Page, message: Readonly<Record<string, unknown>>): Promise<Answer> {
  return page.evaluate(
    (sent) =>
      new Promise<Answer>((resolve, reject) => {
        const holder = globalThis as { cluster?: Worker };
        holder.cluster ??= new Worker('/worker.js');
        holder.cluster.onmessage = ({ data }: MessageEvent<Answer>) => resolve(data);
        holder.cluster.onerror = (event) => reject(new Error(event.message));
        holder.cluster.postMessage(sent);
      }),
    { id: 1, ...message },
  );
}

test('a cluster with its shell lives in a Web Worker alone: nodes, a Deployment, a Service that answers', async ({
  page,
}) => {
  const script = await bundledWorker();
  const requests: string[] = [];
  await page.route('**/*', (route) => {
    const { pathname } = new URL(route.request().url());
    requests.push(pathname);
    return route.fulfill(
      pathname === '/worker.js'
        ? { contentType: 'text/javascript', body: script }
        : { contentType: 'text/html', body: '<!doctype html><title>A cluster</title>' },
    );
  });
  await page.goto(ORIGIN);
  expect(await order(page, { kind: 'boot', seed: 7, startMs: Date.UTC(2026, 0, 1) })).toMatchObject({
    kind: 'booted',
  });
  const run = (line: string): Promise<Answer> => order(page, { kind: 'run', line });
  const nodes = await run('kubectl get nodes');
  expect(nodes.exitCode).toBe(0);
  expect(nodes.output).toMatch(/^NAME +STATUS +ROLES +AGE +VERSION\n/);
  expect(nodes.output).toMatch(/podwire-control-plane +Ready/);
  expect(nodes.output).toMatch(/podwire-worker +Ready/);
  const made = await run(
    'kubectl create deployment web --image=nginx --replicas=2 && kubectl expose deployment web --port=80 --type=NodePort && kubectl rollout status deployment web',
  );
  expect(made).toMatchObject({ kind: 'ran', exitCode: 0 });
  const page1 = await run(
    'curl -s http://172.18.0.3:$(kubectl get service web -o jsonpath={.spec.ports[0].nodePort})',
  );
  expect(page1).toMatchObject({ kind: 'ran', exitCode: 0 });
  expect(page1.output).toContain('Welcome to nginx!');
  // Whatever is wrong inside comes back as an answer, and the cluster goes on.
  expect(await run('kubectl get nothing')).toMatchObject({ kind: 'ran', exitCode: 1 });
  expect(requests.filter((each) => each !== '/favicon.ico')).toEqual(['/', '/worker.js']);
});
