import { execFile, spawn } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import type { AddressInfo } from 'node:net';
import { connect, createServer } from 'node:net';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { PassThrough } from 'node:stream';
import {
  CoreV1Api,
  Exec,
  KubeConfig,
  loadYaml,
  makeInformer,
  PortForward,
  Watch,
} from '@kubernetes/client-node';
import type { V1ConfigMap, V1Pod, V1Status } from '@kubernetes/client-node';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { fetchClients, kubectlRunsHere } from '../../../packages/kubesim/test/real-kubectl.ts';
import type { KubectlVersion } from '../../../packages/kubesim/test/real-kubectl.ts';
import { writeChart } from './helm-chart.ts';
import { start } from './podwire.ts';
import type { Running } from './podwire.ts';

const VERSIONS: readonly KubectlVersion[] = ['1.32', '1.33', '1.34', '1.35', '1.36'];
const COMMAND_TIMEOUT_MS = 60_000;
const NAMESPACE = 'default';

interface Ran {
  readonly code: number;
  readonly stdout: string;
  readonly stderr: string;
}

const folder = mkdtempSync(path.join(tmpdir(), 'podwire-clients-'));
const kubeconfig = path.join(folder, 'kubeconfig');

function run(
  program: string,
  args: readonly string[],
  options: { readonly stdin?: string; readonly env?: Readonly<Record<string, string>> } = {},
): Promise<Ran> {
  return new Promise((resolve) => {
    const env = { PATH: '/usr/bin:/bin', HOME: folder, KUBECONFIG: kubeconfig, TZ: 'UTC', ...options.env };
    const child = execFile(program, args, { env, timeout: COMMAND_TIMEOUT_MS }, (error, stdout, stderr) =>
      resolve({ code: error === null ? 0 : typeof error.code === 'number' ? error.code : 1, stdout, stderr }),
    );
    // A program that ended before it read all is no fault of its own.
    child.stdin?.on('error', () => undefined);
    child.stdin?.end(options.stdin ?? '');
  });
}

const server = (name: string): V1Pod =>
  loadYaml<V1Pod>(`
apiVersion: v1
kind: Pod
metadata: { name: ${name}, labels: { app: ${name} } }
spec:
  containers:
    - name: web
      image: registry.k8s.io/e2e-test-images/agnhost:2.53
      args: [netexec, --http-port=8080]
      readinessProbe: { httpGet: { path: /healthz, port: 8080 }, periodSeconds: 1 }
`);

function isReady(pod: V1Pod): boolean {
  return pod.status?.conditions?.some(({ type, status }) => type === 'Ready' && status === 'True') === true;
}

let running: Running;
beforeAll(async () => {
  running = start(['up', '--nodes', '2', '--port', '0', '--kubeconfig', kubeconfig]);
  await running.firstLine;
});
afterAll(async () => {
  running.process.kill('SIGTERM');
  await running.ended;
  rmSync(folder, { recursive: true, force: true });
});

describe('@kubernetes/client-node', () => {
  const config = new KubeConfig();
  let core: CoreV1Api;
  beforeAll(() => {
    config.loadFromFile(kubeconfig);
    core = config.makeApiClient(CoreV1Api);
  });

  it('lists, creates and watches', async () => {
    const { items } = await core.listNode();
    expect(items.map(({ metadata }) => metadata?.name)).toEqual(['podwire-control-plane', 'podwire-worker']);
    const seen: string[] = [];
    const ready = new Promise<void>((resolve, reject) => {
      new Watch(config)
        .watch(
          `/api/v1/namespaces/${NAMESPACE}/pods`,
          { fieldSelector: 'metadata.name=web' },
          (phase, pod: V1Pod) => {
            seen.push(phase);
            if (isReady(pod)) resolve();
          },
          (error: unknown) => reject(error instanceof Error ? error : new Error('the watch ended')),
        )
        .then((controller) => void ready.finally(() => controller.abort()))
        .catch(reject);
    });
    await core.createNamespacedPod({ namespace: NAMESPACE, body: server('web') });
    await ready;
    expect(seen[0]).toBe('ADDED');
    expect(seen).toContain('MODIFIED');
  });

  it('keeps an informer’s cache', async () => {
    const informer = makeInformer(config, `/api/v1/namespaces/${NAMESPACE}/configmaps`, () =>
      core.listNamespacedConfigMap({ namespace: NAMESPACE }),
    );
    const added = new Promise<string | undefined>((resolve) => {
      informer.on('add', ({ metadata, data }) => {
        if (metadata?.name === 'greeting') resolve(data?.['text']);
      });
    });
    const deleted = new Promise<void>((resolve) => {
      informer.on('delete', ({ metadata }) => {
        if (metadata?.name === 'greeting') resolve();
      });
    });
    await informer.start();
    await core.createNamespacedConfigMap({
      namespace: NAMESPACE,
      body: loadYaml<V1ConfigMap>('{ metadata: { name: greeting }, data: { text: hello } }'),
    });
    expect(await added).toBe('hello');
    await core.deleteNamespacedConfigMap({ namespace: NAMESPACE, name: 'greeting' });
    await deleted;
    await informer.stop();
  });

  it('runs commands, with standard input and their exit code', async () => {
    const [stdin, stdout, stderr] = [new PassThrough(), new PassThrough(), new PassThrough()];
    let [out, err] = ['', ''];
    stdout.on('data', (bytes: Buffer) => (out += bytes.toString()));
    stderr.on('data', (bytes: Buffer) => (err += bytes.toString()));
    const status = await new Promise<V1Status>((resolve, reject) => {
      new Exec(config)
        .exec(
          NAMESPACE,
          'web',
          'web',
          ['sh', '-c', 'read line; echo "got $line"; echo oops >&2; exit 3'],
          stdout,
          stderr,
          stdin,
          false,
          resolve,
        )
        .then(() => stdin.write('a line\n'))
        .catch(reject);
    });
    expect({ out, err, reason: status.reason, causes: status.details?.causes }).toEqual({
      out: 'got a line\n',
      err: 'oops\n',
      reason: 'NonZeroExitCode',
      causes: [{ reason: 'ExitCode', message: '3' }],
    });
  });

  it('forwards a port', async () => {
    const forward = new PortForward(config);
    const listener = createServer(
      (socket) => void forward.portForward(NAMESPACE, 'web', [8080], socket, null, socket),
    );
    await new Promise<void>((resolve) => listener.listen(0, '127.0.0.1', resolve));
    const { port } = listener.address() as AddressInfo;
    const answer = await new Promise<string>((resolve, reject) => {
      const socket = connect(port, '127.0.0.1');
      let text = '';
      socket.on('data', (bytes: Buffer) => {
        text += bytes.toString();
        if (!text.endsWith('web')) return;
        resolve(text);
        socket.destroy();
      });
      socket.on('error', reject);
      socket.write('GET /hostname HTTP/1.1\r\nHost: web\r\n\r\n');
    });
    listener.close();
    expect(answer).toMatch(/^HTTP\/1\.1 200 OK\r\n/);
  });
});

describe.skipIf(!kubectlRunsHere)('kubectl', () => {
  const payload = 'x'.repeat(100_000);

  beforeAll(async () => {
    const { kubectl } = fetchClients('1.34');
    writeFileSync(path.join(folder, 'pod.json'), JSON.stringify(server('kept')));
    expect((await run(kubectl, ['apply', '-f', path.join(folder, 'pod.json')])).code).toBe(0);
    expect((await run(kubectl, ['wait', '--for=condition=Ready', 'pod/kept'])).code).toBe(0);
  });

  const carriers = [
    ['SPDY/3.1', 'false'],
    ['a WebSocket', 'true'],
  ] as const;
  const table = VERSIONS.flatMap((version) => carriers.map(([name, flag]) => [version, name, flag] as const));

  it.each(table)('%s runs commands over %s', async (version, _carrier, sockets) => {
    const { kubectl } = fetchClients(version);
    const env = { KUBECTL_REMOTE_COMMAND_WEBSOCKETS: sockets };
    const script = 'wc -c; echo oops >&2; exit 3';
    const ran = await run(kubectl, ['exec', '-i', 'kept', '--', 'sh', '-c', script], { stdin: payload, env });
    expect(ran.code).toBe(3);
    expect(ran.stdout.trim()).toBe(String(payload.length));
    expect(ran.stderr).toContain('oops\n');
    expect(ran.stderr).toContain('command terminated with exit code 3\n');
  });

  it.each(carriers)('copies files over %s', async (_carrier, sockets) => {
    const { kubectl } = fetchClients('1.34');
    const env = { KUBECTL_REMOTE_COMMAND_WEBSOCKETS: sockets };
    const [from, to] = [path.join(folder, 'from'), path.join(folder, `to-${sockets}`)];
    writeFileSync(from, payload);
    expect((await run(kubectl, ['cp', from, 'kept:/tmp/copy'], { env })).code).toBe(0);
    expect((await run(kubectl, ['cp', 'kept:/tmp/copy', to], { env })).code).toBe(0);
    expect(readFileSync(to, 'utf8')).toBe(payload);
  });

  it.each(carriers)('opens a terminal over %s', async (_carrier, sockets) => {
    const { kubectl } = fetchClients('1.34');
    const env = { KUBECTL_REMOTE_COMMAND_WEBSOCKETS: sockets };
    const command = `${kubectl} exec -it kept -- sh -c 'echo in a terminal; exit 4'`;
    const ran = await run('script', ['-qec', command, '/dev/null'], { env });
    expect(ran).toMatchObject({
      code: 4,
      stdout: expect.stringContaining('in a terminal\r\n') as string,
    });
  });

  it.each(carriers)('forwards ports over %s, and says why one is refused', async (_carrier, sockets) => {
    const { kubectl } = fetchClients('1.34');
    const child = spawn(kubectl, ['port-forward', 'pod/kept', ':8080', ':81'], {
      env: { KUBECONFIG: kubeconfig, HOME: folder, KUBECTL_PORT_FORWARD_WEBSOCKETS: sockets },
    });
    let [out, err] = ['', ''];
    child.stderr.on('data', (bytes: Buffer) => (err += bytes.toString()));
    const ports = new Promise<readonly [string, string]>((resolve) => {
      child.stdout.on('data', (bytes: Buffer) => {
        out += bytes.toString();
        const [good, bad] = [
          /127\.0\.0\.1:(\d+) -> 8080/.exec(out)?.[1],
          /127\.0\.0\.1:(\d+) -> 81\n/.exec(out)?.[1],
        ];
        if (good !== undefined && bad !== undefined) resolve([good, bad]);
      });
    });
    const ended = new Promise((resolve) => child.on('close', resolve));
    const [good, bad] = await ports;
    expect((await run('curl', ['-s', `http://127.0.0.1:${good}/hostname`])).stdout).toBe('kept');
    // A connection that is refused inside ends the whole of kubectl.
    expect((await run('curl', ['-s', `http://127.0.0.1:${bad}/`])).code).not.toBe(0);
    await ended;
    expect(err).toMatch(
      /an error occurred forwarding \d+ -> 81: error forwarding port 81 to pod [0-9a-f]{64}, uid : failed to execute portforward in network namespace/,
    );
    expect(err).toContain('error: lost connection to pod');
  });
});

describe.skipIf(!kubectlRunsHere)('Helm', () => {
  it.each(['1.32', '1.35'] as const)(
    'of the package for %s leads a release from install to uninstall',
    async (version) => {
      const { helm } = fetchClients(version);
      const chart = path.join(folder, 'chart');
      writeChart(chart);
      const at = ['-n', `helm-${version.replace('.', '-')}`];
      const wait = ['--wait', '--timeout', '50s'];
      const done = async (...args: string[]): Promise<string> => {
        const { code, stdout, stderr } = await run(helm, [...args, ...at]);
        expect({ code, stderr: code === 0 ? '' : stderr }).toEqual({ code: 0, stderr: '' });
        return stdout;
      };
      await done('install', 'one', chart, '--create-namespace', ...wait);
      await done('upgrade', 'one', chart, '--set', 'replicas=2,greeting=bye', ...wait);
      expect(await done('test', 'one', '--logs')).toMatch(/one-web-[a-z0-9]+-[a-z0-9]+/);
      await done('rollback', 'one', '1', ...wait);
      const history = JSON.parse(await done('history', 'one', '-o', 'json')) as {
        status: string;
        description: string;
      }[];
      expect(history.map(({ status, description }) => `${status}: ${description}`)).toEqual([
        'superseded: Install complete',
        'superseded: Upgrade complete',
        'deployed: Rollback to 1',
      ]);
      await done('uninstall', 'one', '--wait');
      expect(JSON.parse(await done('list', '-o', 'json'))).toEqual([]);
    },
  );
});
