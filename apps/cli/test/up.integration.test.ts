import { execFile } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync, statSync } from 'node:fs';
import { request } from 'node:https';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import WebSocket from 'ws';
import { parse } from 'yaml';
import { podwire, start } from './podwire.ts';
import type { Running } from './podwire.ts';

const folder = mkdtempSync(path.join(tmpdir(), 'podwire-up-'));
const kubeconfig = path.join(folder, 'kubeconfig');
afterAll(() => rmSync(folder, { recursive: true, force: true }));

interface Access {
  readonly server: string;
  readonly ca: string;
  readonly cert: string;
  readonly key: string;
}

function readAccess(): Access {
  const config = parse(readFileSync(kubeconfig, 'utf8')) as {
    clusters: [{ cluster: { server: string; 'certificate-authority-data': string } }];
    users: [{ user: { 'client-certificate-data': string; 'client-key-data': string } }];
  };
  const text = (base64: string): string => Buffer.from(base64, 'base64').toString('utf8');
  const [{ cluster }] = config.clusters;
  const [{ user }] = config.users;
  return {
    server: cluster.server,
    ca: text(cluster['certificate-authority-data']),
    cert: text(user['client-certificate-data']),
    key: text(user['client-key-data']),
  };
}

function call(
  access: Partial<Access> & { server: string },
  target: string,
  options: { method?: string; body?: unknown; headers?: Record<string, string> } = {},
): Promise<{ status: number; body: unknown }> {
  const { ca, cert, key } = access;
  return new Promise((resolve, reject) => {
    const sent = request(
      `${access.server}${target}`,
      {
        ...(ca === undefined ? {} : { ca }),
        ...(cert === undefined ? {} : { cert, key }),
        method: options.method ?? 'GET',
        headers: { accept: 'application/json', 'content-type': 'application/json', ...options.headers },
      },
      (response) => {
        let text = '';
        response.setEncoding('utf8').on('data', (chunk: string) => (text += chunk));
        response.on('end', () => resolve({ status: response.statusCode ?? 0, body: JSON.parse(text) }));
      },
    );
    sent.on('error', reject);
    sent.end(options.body === undefined ? undefined : JSON.stringify(options.body));
  });
}

describe('podwire up', () => {
  let running: Running;
  let access: Access;
  let ready = '';

  beforeAll(async () => {
    running = start([
      'up',
      '--nodes',
      '3',
      '--policies',
      '--seed',
      '7',
      '--port',
      '0',
      '--kubeconfig',
      kubeconfig,
    ]);
    ready = await running.firstLine;
    access = readAccess();
  });
  afterAll(async () => {
    running.process.kill('SIGKILL');
    await running.ended;
  });

  it('says in one line where it is, and keeps the administrator’s key to its owner', () => {
    expect(ready).toBe(`Ready: 3 nodes at ${access.server}, kubeconfig ${kubeconfig}`);
    expect(statSync(kubeconfig).mode & 0o777).toBe(0o600);
  });

  it('has three ready nodes named as kind names them', async () => {
    const { body } = await call(access, '/api/v1/nodes');
    const { items } = body as { items: { metadata: { name: string } }[] };
    expect(items.map((node) => node.metadata.name)).toEqual([
      'podwire-control-plane',
      'podwire-worker',
      'podwire-worker2',
    ]);
  });

  it('knows who one is by certificate, by token, and by neither', async () => {
    const review = {
      method: 'POST',
      body: { apiVersion: 'authentication.k8s.io/v1', kind: 'SelfSubjectReview' },
    };
    const path = '/apis/authentication.k8s.io/v1/selfsubjectreviews';
    expect((await call(access, path, review)).body).toMatchObject({
      status: { userInfo: { username: 'kubernetes-admin' } },
    });
    const { body } = await call(access, '/api/v1/namespaces/default/serviceaccounts/default/token', {
      method: 'POST',
      body: { apiVersion: 'authentication.k8s.io/v1', kind: 'TokenRequest', spec: {} },
    });
    const { token } = (body as { status: { token: string } }).status;
    const { server, ca } = access;
    expect(
      (await call({ server, ca }, path, { ...review, headers: { authorization: `Bearer ${token}` } })).body,
    ).toMatchObject({ status: { userInfo: { username: 'system:serviceaccount:default:default' } } });
    expect(
      (await call({ server, ca }, '/api/v1/nodes', { headers: { authorization: 'Bearer made-up' } })).status,
    ).toBe(401);
    expect((await call({ server, ca }, '/api/v1/nodes')).status).toBe(403);
  });

  it('follows the wall clock: a pod comes up by itself, and a command runs in it', async () => {
    const pod = {
      apiVersion: 'v1',
      kind: 'Pod',
      metadata: { name: 'client' },
      spec: {
        containers: [{ name: 'c', image: 'registry.k8s.io/e2e-test-images/agnhost:2.53', args: ['pause'] }],
      },
    };
    expect(
      (await call(access, '/api/v1/namespaces/default/pods', { method: 'POST', body: pod })).status,
    ).toBe(201);
    await untilRunning(access);
    const frames = await exec(access, 'client', ['sh', '-c', 'cat; echo oops >&2; exit 3'], 'hello\n');
    expect(frames.stdout).toBe('hello\n');
    expect(frames.stderr).toBe('oops\n');
    expect(frames.status).toMatchObject({
      reason: 'NonZeroExitCode',
      details: { causes: [{ message: '3' }] },
    });
  });

  it('refuses a body larger than kube-apiserver takes', async () => {
    const huge = {
      apiVersion: 'v1',
      kind: 'ConfigMap',
      metadata: { name: 'x' },
      data: { a: 'x'.repeat(4_000_000) },
    };
    const outcome = await call(access, '/api/v1/namespaces/default/configmaps', {
      method: 'POST',
      body: huge,
    }).catch(() => ({ status: 413 }));
    expect(outcome.status).toBe(413);
  });

  it('ends cleanly when it is told to', async () => {
    running.process.kill('SIGTERM');
    expect((await running.ended).code).toBe(0);
  });
});

/** A watch tells when it runs: no polling, no sleeping. */
function untilRunning({ server, ca, cert, key }: Access): Promise<void> {
  return new Promise((resolve, reject) => {
    const watch = request(
      `${server}/api/v1/namespaces/default/pods?watch=1&fieldSelector=metadata.name%3Dclient`,
      { ca, cert, key },
      (response) => {
        let text = '';
        response.setEncoding('utf8').on('data', (chunk: string) => {
          text += chunk;
          if (!text.includes('"phase":"Running"')) return;
          resolve();
          watch.destroy();
        });
      },
    );
    watch.on('error', reject);
    watch.end();
  });
}

function exec(
  { server, ca, cert, key }: Access,
  pod: string,
  argv: readonly string[],
  stdin: string,
): Promise<{ stdout: string; stderr: string; status: unknown }> {
  const query = argv.map((word) => `command=${encodeURIComponent(word)}`).join('&');
  const url = `${server.replace('https', 'wss')}/api/v1/namespaces/default/pods/${pod}/exec?${query}&stdin=true&stdout=true&stderr=true`;
  const client = new WebSocket(url, ['v5.channel.k8s.io'], { ca, cert, key });
  const got = { stdout: '', stderr: '', status: undefined as unknown };
  client.on('open', () => {
    client.send(Buffer.concat([Buffer.from([0]), Buffer.from(stdin)]));
    client.send(Buffer.from([255, 0]));
  });
  client.on('message', (data: Buffer) => {
    const text = data.subarray(1).toString('utf8');
    if (data[0] === 1) got.stdout += text;
    else if (data[0] === 2) got.stderr += text;
    else if (data[0] === 3) got.status = JSON.parse(text);
  });
  return new Promise((resolve, reject) => {
    client.on('close', () => resolve(got));
    client.on('error', reject);
  });
}

function linesOf(text: string): readonly unknown[] {
  return text
    .trimEnd()
    .split('\n')
    .map((line) => JSON.parse(line) as unknown);
}

describe('podwire up --json', () => {
  it('says in a line where it is and what is in force, and an error in another', async () => {
    const file = path.join(folder, 'json');
    const running = start([
      ...['up', '--json', '--nodes', '1', '--policies', '--seed', '7', '--port', '0', '--ingress'],
      ...['--kubeconfig', file],
    ]);
    const ready = JSON.parse(await running.firstLine) as { readonly server: string };
    expect(ready).toMatchObject({
      kind: 'ready',
      kubeconfig: file,
      seed: 7,
      settings: {
        name: 'podwire',
        nodes: ['podwire-control-plane'],
        cni: 'bridge',
        networkPolicies: true,
        podCidrs: ['10.244.0.0/16'],
        serviceCidrs: ['10.96.0.0/16'],
        proxyMode: 'nftables',
        ingressClass: 'nginx',
        gatewayClass: null,
        loadBalancerRange: null,
      },
    });
    expect(readFileSync(file, 'utf8')).toContain(`server: ${ready.server}`);
    const second = await podwire([
      ...['up', '--json', '--port', new URL(ready.server).port, '--kubeconfig', path.join(folder, 'second')],
    ]);
    expect(second.code).toBe(1);
    expect(linesOf(second.stdout)).toEqual([
      { kind: 'error', message: expect.stringMatching(/^Port \d+ of 127\.0\.0\.1 is in use\./) as string },
    ]);
    running.process.kill('SIGTERM');
    expect(await running.ended).toMatchObject({ code: 0, stderr: '' });
  });
});

describe('podwire up refuses', () => {
  it.each([
    ['--cni', 'calico', '--cni "calico": one of bridge, ptp, vxlan, none.'],
    ['--ingress', 'No Class', '--ingress "No Class": the name of an IngressClass.'],
    ['--nodes', '0', '--nodes "0": a whole number from 1 to 20.'],
    ['--pod-cidr', '10.96.0.0/12', '--pod-cidr 10.96.0.0/12 and --service-cidr 10.96.0.0/16 overlap.'],
    ['--pod-cidr', 'fd00::/48', 'does not fit --ip-family: give one IPv4 range.'],
    ['--service-cidr', '10.96.0.0/30', 'the range for Services is between /12 and /28.'],
    ['--port', '70000', '--port "70000": a port from 0'],
  ])('%s %s', async (option, value, message) => {
    const { code, stderr } = await podwire(['up', '--kubeconfig', path.join(folder, 'never'), option, value]);
    expect({ code, stderr }).toEqual({ code: 2, stderr: expect.stringContaining(message) as string });
  });

  it('in lines of JSON, where a program asks', async () => {
    const file = path.join(folder, 'never');
    const { code, stdout, stderr } = await podwire([
      ...['up', '--json', '--nodes', '0', '--cni', 'calico', '--kubeconfig', file],
    ]);
    expect({ code, stderr }).toEqual({ code: 2, stderr: '' });
    expect(linesOf(stdout)).toEqual([
      { kind: 'error', message: '--nodes "0": a whole number from 1 to 20.' },
      { kind: 'error', message: '--cni "calico": one of bridge, ptp, vxlan, none.' },
    ]);
  });

  it('an address family that the simulated nodes do not have, or gives them both', async () => {
    const file = path.join(folder, 'dual');
    const running = start(['up', '--port', '0', '--ip-family', 'dual', '--kubeconfig', file]);
    const outcome = await running.firstLine.catch(() => 'refused');
    running.process.kill('SIGTERM');
    const { code, stderr } = await running.ended;
    if (outcome === 'refused')
      expect({ code, stderr }).toEqual({ code: 1, stderr: expect.stringContaining('IPv6') as string });
    else expect(code).toBe(0);
  });
});

describe.skipIf(process.platform !== 'linux')('the real kubectl, where there is one', () => {
  it('lists nodes over TLS', async (context) => {
    const file = path.join(folder, 'real');
    const running = start(['up', '--port', '0', '--kubeconfig', file]);
    await running.firstLine;
    const answer = await new Promise<string>((resolve) => {
      execFile('kubectl', ['--kubeconfig', file, 'get', 'nodes', '-o', 'name'], (error, stdout, stderr) =>
        resolve((error as NodeJS.ErrnoException | null)?.code === 'ENOENT' ? 'none' : stdout + stderr),
      );
    });
    running.process.kill('SIGTERM');
    await running.ended;
    if (answer === 'none') context.skip('there is no kubectl on this machine');
    expect(answer).toBe('node/podwire-control-plane\nnode/podwire-worker\n');
  });
});
