import { mkdirSync, mkdtempSync, rmSync } from 'node:fs';
import path from 'node:path';
import { pathToFileURL } from 'node:url';
import { build } from 'esbuild';
import type * as Library from '@ngrok/webernetes';
import type { Cluster, ProcessContext } from '@ngrok/webernetes';
import { ROOT } from '../root.ts';

type Webernetes = typeof Library;

/** What it is asked this often while its pods start; its own clock is the wall clock. */
const POLL_MS = 2;
const GIVE_UP_MS = 30_000;
const NODE_PORT = 30_080;

let loaded: Promise<Webernetes> | undefined;

/** Its modules name each other without endings, which Node does not take: they are bundled first, as a browser's would be. */
function webernetes(): Promise<Webernetes> {
  loaded ??= (async () => {
    const cache = path.join(ROOT, 'bench/node_modules/.cache');
    mkdirSync(cache, { recursive: true });
    const folder = mkdtempSync(path.join(cache, 'webernetes-'));
    process.once('exit', () => rmSync(folder, { recursive: true, force: true }));
    const outfile = path.join(folder, 'webernetes.mjs');
    await build({
      stdin: { contents: "export * from '@ngrok/webernetes';", resolveDir: path.join(ROOT, 'bench') },
      outfile,
      bundle: true,
      platform: 'node',
      format: 'esm',
      banner: { js: "import{createRequire}from'module';const require=createRequire(import.meta.url);" },
      logLevel: 'error',
    });
    return (await import(pathToFileURL(outfile).href)) as Webernetes;
  })();
  return loaded;
}

/** It has no images of its own: this one serves a page on port 8080, as agnhost's netexec does. */
function serverImage({ BaseImage }: Webernetes): Parameters<Cluster['registerImage']>[0] {
  return class extends BaseImage {
    static readonly imageName = 'agnhost';
    static readonly imageVersion = '2.53';
    readonly defaultCommand = ['netexec'];
    override async exec(context: ProcessContext, argv: readonly string[]): Promise<number> {
      if (argv[0] !== 'netexec') return await super.exec(context, argv);
      context.listenHttp(8080, () => Promise.resolve({ status: 200, body: 'ok' }));
      return await context.waitUntilKilled();
    }
  };
}

/** A cluster of two nodes, up and at rest. */
export async function webernetesCluster(): Promise<Cluster> {
  const library = await webernetes();
  const cluster = new library.Cluster({ nodes: 2 });
  cluster.registerImage(serverImage(library));
  await cluster.init();
  return cluster;
}

/** The Deployment and the Service of `deployment.ts`, until the node port answers. */
export async function deployOnWebernetes(cluster: Cluster): Promise<void> {
  await cluster.apply([
    {
      apiVersion: 'apps/v1',
      kind: 'Deployment',
      metadata: { name: 'web' },
      spec: {
        replicas: 3,
        selector: { matchLabels: { app: 'web' } },
        template: {
          metadata: { labels: { app: 'web' } },
          spec: {
            containers: [
              { name: 'web', image: 'agnhost:2.53', args: ['netexec'], ports: [{ containerPort: 8080 }] },
            ],
          },
        },
      },
    },
    {
      apiVersion: 'v1',
      kind: 'Service',
      metadata: { name: 'web' },
      spec: {
        type: 'NodePort',
        selector: { app: 'web' },
        ports: [{ port: 80, targetPort: 8080, nodePort: NODE_PORT, protocol: 'TCP' }],
      },
    },
  ]);
  const giveUpMs = performance.now() + GIVE_UP_MS;
  while (performance.now() < giveUpMs) {
    const answer = await cluster.fetch(`http://node-1:${NODE_PORT}`).catch(() => undefined);
    if (answer?.status === 200) return;
    await new Promise((resolve) => setTimeout(resolve, POLL_MS));
  }
  throw new Error('webernetes did not answer');
}
