/** Builds what has changed, starts the orchestrator and the site, and serves both on one origin. */
import { cpSync, existsSync } from 'node:fs';
import path from 'node:path';
import { createGateway, readPagePolicies } from '@podwire/gateway';
import { SupervisedChild } from './serve/child.ts';
import { freePort, readSettings } from './serve/settings.ts';
import type { Settings } from './serve/settings.ts';
import { root } from './setup/install.mjs';
import { step } from './setup/steps.mjs';

const WEB = path.join(root, 'apps/web');
const STANDALONE = path.join(WEB, '.next/standalone/apps/web');

interface Ready {
  readonly promise: Promise<void>;
  readonly resolve: () => void;
}

function whenReady(): Ready {
  let resolve = (): void => undefined;
  const promise = new Promise<void>((done) => (resolve = done));
  return { promise, resolve };
}

async function build(): Promise<void> {
  const env = { ...process.env, NEXT_TELEMETRY_DISABLED: '1', TURBO_TELEMETRY_DISABLED: '1' };
  await step('Building', 'npx', ['turbo', 'run', 'build', '--output-logs=errors-only'], {
    cwd: root,
    env,
    hint: 'about a minute after a change, a second otherwise',
  });
  // Next.js leaves these out of its standalone server, for those who serve them from elsewhere.
  cpSync(path.join(WEB, '.next/static'), path.join(STANDALONE, '.next/static'), { recursive: true });
  if (existsSync(path.join(WEB, 'public')))
    cpSync(path.join(WEB, 'public'), path.join(STANDALONE, 'public'), { recursive: true });
}

function publicOrigins({ port }: Settings): string {
  return process.env['PUBLIC_ORIGIN'] ?? `http://localhost:${port},http://127.0.0.1:${port}`;
}

function orchestratorChild(
  settings: Settings,
  port: number,
  ready: Ready,
  onAdminLink: (url: string) => void,
): SupervisedChild {
  return new SupervisedChild({
    name: 'lab server',
    args: ['--enable-source-maps', path.join(root, 'apps/orchestrator/dist/index.js')],
    cwd: root,
    env: {
      ...process.env,
      NODE_ENV: 'production',
      ORCHESTRATOR_PORT: String(port),
      PODWIRE_DATA_DIR: settings.dataDirectory,
      LABS_DIR: path.join(root, 'labs'),
      PUBLIC_ORIGIN: publicOrigins(settings),
    },
    logFile: path.join(settings.dataDirectory, 'log/orchestrator.log'),
    onLine: (line) => {
      const event = parseEvent(line);
      if (event?.event === 'listening') ready.resolve();
      if (event?.event === 'admin-link' && event.url !== undefined) onAdminLink(event.url);
    },
  });
}

function parseEvent(line: string): { readonly event?: string; readonly url?: string } | undefined {
  try {
    return JSON.parse(line) as { event?: string; url?: string };
  } catch {
    return undefined;
  }
}

function webChild(settings: Settings, port: number, ready: Ready): SupervisedChild {
  return new SupervisedChild({
    name: 'site',
    args: [path.join(STANDALONE, 'server.js')],
    cwd: STANDALONE,
    env: { ...process.env, NODE_ENV: 'production', PORT: String(port), HOSTNAME: '127.0.0.1' },
    logFile: path.join(settings.dataDirectory, 'log/web.log'),
    onLine: (line) => {
      if (line.includes('Ready')) ready.resolve();
    },
  });
}

async function main(): Promise<void> {
  const settings = readSettings(process.env, root);
  await build();
  const ports = { orchestrator: await freePort(), web: await freePort() };
  const orchestratorReady = whenReady();
  const webReady = whenReady();
  let adminLink: string | undefined;
  const orchestrator = orchestratorChild(
    settings,
    ports.orchestrator,
    orchestratorReady,
    (url) => (adminLink = url),
  );
  const web = webChild(settings, ports.web, webReady);
  const gateway = createGateway({
    web: { port: ports.web },
    orchestrator: { port: ports.orchestrator },
    policies: readPagePolicies(path.join(WEB, '.next/server/app')),
    trustForwarded: settings.trustForwarded,
  });

  let stopping = false;
  const stop = async (code: number): Promise<void> => {
    if (stopping) return;
    stopping = true;
    gateway.close();
    gateway.closeAllConnections();
    await Promise.all([orchestrator.stop(), web.stop()]);
    process.exit(code);
  };
  for (const signal of ['SIGINT', 'SIGTERM'] as const) process.on(signal, () => void stop(0));

  try {
    const started = performance.now();
    process.stdout.write('· Starting the database, the lab server and the site\n');
    await Promise.all([orchestrator.start(orchestratorReady.promise), web.start(webReady.promise)]);
    await new Promise<void>((resolve, reject) => {
      gateway.once('error', reject);
      gateway.listen(settings.port, settings.host, resolve);
    });
    process.stdout.write(
      `✓ Started (${((performance.now() - started) / 1000).toFixed(1)} s)\n\n  Podwire is at  http://localhost:${settings.port}\n`,
    );
    if (adminLink !== undefined)
      process.stdout.write(`  You become its administrator, once, at  ${adminLink}\n`);
    process.stdout.write('\n  Ctrl-C stops it. Your work is kept.\n');
  } catch (error) {
    const busy = error instanceof Error && 'code' in error && error.code === 'EADDRINUSE';
    process.stderr.write(
      `${busy ? `Port ${settings.port} is taken. Choose another: PORT=${settings.port + 1} npm start` : error instanceof Error ? error.message : String(error)}\n`,
    );
    await stop(1);
  }
}

main().catch((error: unknown) => {
  process.stderr.write(`${error instanceof Error ? error.message : String(error)}\n`);
  process.exit(1);
});
