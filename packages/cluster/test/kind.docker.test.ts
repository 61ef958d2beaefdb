import { execFileSync } from 'node:child_process';
import { mkdtempSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import process from 'node:process';
import type { Task } from '@podwire/lab';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { KindProvider } from '../src/index.ts';
import type { ClusterListener, ClusterOrigin, KindProviderOptions, StartProgress } from '../src/index.ts';

const NODE_IMAGE = process.env['KIND_NODE_IMAGE'] ?? 'kindest/node:v1.34.0';
const TOOLBOX_IMAGE = process.env['PODWIRE_TOOLBOX_IMAGE'] ?? 'podwire/toolbox:test';
const AGNHOST = 'registry.k8s.io/e2e-test-images/agnhost:2.53';
const INSTALLATION = `test${process.pid}`;

const origin: ClusterOrigin = {
  labId: 'toy',
  labDigest: 'sha256-0',
  seed: 1,
  startMs: 0,
  needs: { nodes: 2, cni: 'bridge', networkPolicies: true, outsideHosts: [] },
  setup: [
    {
      path: 'setup/web.yaml',
      text: `{apiVersion: v1, kind: Namespace, metadata: {name: shop}}
---
apiVersion: v1
kind: Pod
metadata: {name: web, namespace: shop, labels: {app: web}}
spec: {containers: [{name: web, image: ${AGNHOST}, args: [netexec, --http-port=8080]}]}
---
apiVersion: v1
kind: Pod
metadata: {name: asker, namespace: shop}
spec: {containers: [{name: asker, image: ${AGNHOST}, args: [pause]}]}
---
{apiVersion: v1, kind: Service, metadata: {name: web, namespace: shop}, spec: {selector: {app: web}, ports: [{port: 80, targetPort: 8080}]}}
`,
    },
  ],
  files: [{ path: 'notes/hello.txt', text: 'hello\n' }],
};

const DENY = `apiVersion: networking.k8s.io/v1
kind: NetworkPolicy
metadata: {name: deny, namespace: shop}
spec: {podSelector: {}, policyTypes: [Ingress]}
`;

const common = { weight: 1, mode: 'must-hold', needs: [] } as const;
const asker = { kind: 'pod', namespace: 'shop', name: 'asker' } as const;
const web = { kind: 'service', namespace: 'shop', name: 'web' } as const;
const task: Task = {
  id: 'look',
  title: 'Look',
  body: [],
  hints: [],
  questions: [],
  needs: [],
  checks: [
    {
      ...common,
      id: 'exists',
      title: 'The pod runs',
      kind: 'object',
      object: { apiVersion: 'v1', kind: 'Pod', namespace: 'shop', name: 'web' },
      match: { status: { phase: 'Running' } },
      unchanged: ['spec.nodeName'],
    },
    {
      ...common,
      id: 'reaches',
      title: 'It is reached',
      kind: 'connectivity',
      probes: [{ from: asker, to: web, port: 80, protocol: 'tcp', expect: 'open' }],
    },
    {
      ...common,
      id: 'guarded',
      title: 'It is guarded',
      kind: 'connectivity',
      probes: [{ from: asker, to: web, port: 80, protocol: 'tcp', expect: 'timed-out' }],
    },
    {
      ...common,
      id: 'named',
      title: 'It has a name',
      kind: 'dns',
      dns: { from: asker, name: 'web', type: 'A', expect: { kind: 'service', service: web } },
    },
    {
      ...common,
      id: 'unknown',
      title: 'Another has none',
      kind: 'dns',
      // Whole, so that nobody outside the cluster is asked.
      dns: { from: asker, name: 'webb.shop.svc.cluster.local.', type: 'A', expect: { kind: 'nxdomain' } },
    },
    {
      ...common,
      id: 'page',
      title: 'It answers',
      kind: 'http',
      request: { from: asker, url: 'http://web/hostname', status: 200, bodyContains: 'web' },
    },
    {
      ...common,
      id: 'routes',
      title: 'The pod has a default route',
      kind: 'command',
      command: { in: asker, run: 'ip route', exitCode: 0, contains: 'default via', absent: false },
    },
    {
      ...common,
      id: 'resolver',
      title: 'Its resolver knows its namespace',
      kind: 'file',
      file: { in: asker, path: '/etc/resolv.conf', contains: 'shop.svc.cluster.local', absent: false },
    },
  ],
};

/** Remembers what a cluster tells, and wakes those who wait for it. */
class Told implements ClusterListener {
  output = '';
  readonly exits: number[] = [];
  readonly inputs: number[] = [];
  readonly steps: string[] = [];
  objects = 0;
  readonly #waiting: (() => void)[] = [];
  #wake(): void {
    for (const wake of this.#waiting.splice(0)) wake();
  }
  async until(condition: () => boolean): Promise<void> {
    while (!condition()) await new Promise<void>((resolve) => this.#waiting.push(resolve));
  }
  onJournal(records: Parameters<ClusterListener['onJournal']>[0]): void {
    for (const { entry } of records)
      if (entry.kind === 'terminal-input') this.inputs.push(entry.inputSequence);
    this.#wake();
  }
  onClock(): void {}
  onTerminalOutput(_id: string, _offset: number, data: string): void {
    this.output += data;
    this.#wake();
  }
  onTerminalExit(_id: string, code: number): void {
    this.exits.push(code);
    this.#wake();
  }
  onTopologySnapshot(snapshot: Parameters<ClusterListener['onTopologySnapshot']>[0]): void {
    this.objects = snapshot.objects.length;
    this.#wake();
  }
  onTopologyChanges(): void {}
  onPackets(): void {}
  onProgress(progress: StartProgress): void {
    if (progress.kind === 'step') this.steps.push(progress.text);
  }
  onEnd(): void {}
}

describe('a kind cluster of a learner’s own', () => {
  let provider: KindProvider;
  const options: KindProviderOptions = {
    installation: INSTALLATION,
    nodeImage: NODE_IMAGE,
    toolboxImage: TOOLBOX_IMAGE,
    abilities: { networkPolicies: true },
    maxClusters: 2,
    stateDirectory: mkdtempSync(path.join(tmpdir(), 'podwire-starts-')),
  };
  const told = new Told();
  let cluster: Awaited<ReturnType<KindProvider['create']>>;

  beforeAll(async () => {
    provider = await KindProvider.open(options);
    cluster = await provider.create('s1', origin, told);
  }, 240_000);
  afterAll(async () => {
    for (const member of await provider.owned()) await provider.remove(member);
    await provider.close();
  }, 60_000);

  it('tells its steps in order', () => {
    const { steps } = told;
    expect(steps).toEqual([...new Set(steps)]);
    expect(steps.slice(0, 3)).toEqual([
      'Making a network of your own',
      'Looking for the node image',
      'Starting the nodes',
    ]);
    expect(steps.at(-1)).toBe('Setting the lab up');
  });

  it('has a terminal in the toolbox that talks to it', async () => {
    expect(
      await cluster.openTerminal({ terminalId: 't1', place: { kind: 'toolbox' }, columns: 100, rows: 30 }),
    ).toEqual({ kind: 'opened' });
    cluster.sendInput(
      't1',
      1,
      'kubectl wait -n shop --for=condition=Ready pod --all --timeout=120s && echo all-$((40+2))\r',
    );
    await told.until(() => told.output.includes('all-42'));
    expect(told.inputs).toContain(1);
    cluster.sendInput('t1', 2, 'cat notes/hello.txt; stty size; exit 3\r');
    await told.until(() => told.exits.length > 0);
    expect(told.output).toContain('hello\r\n30 100\r\n');
    expect(told.exits).toEqual([3]);
  });

  it.each([
    [
      'a service',
      { to: { kind: 'service', namespace: 'shop', name: 'web' }, port: 80, protocol: 'tcp' },
      'open',
    ],
    [
      'a port nobody listens on',
      { to: { kind: 'pod', namespace: 'shop', name: 'web' }, port: 81, protocol: 'tcp' },
      'refused',
    ],
    ['a name', { to: { kind: 'host', host: 'web' }, port: 80, protocol: 'tcp' }, 'open'],
    [
      'a name that is none',
      { to: { kind: 'host', host: 'webb' }, port: 80, protocol: 'tcp' },
      'name-not-found',
    ],
    [
      'no pod',
      { to: { kind: 'pod', namespace: 'shop', name: 'none' }, port: 80, protocol: 'tcp' },
      'no-such-destination',
    ],
  ] as const)('probes from a pod’s network to %s', async (_, wish, verdict) => {
    const result = await cluster.probe({
      from: { kind: 'pod', namespace: 'shop', name: 'asker' },
      timeoutMs: 5_000,
      ...wish,
    });
    expect(result.verdict).toBe(verdict);
  });

  it('is graded by the same checks as a simulated one', async () => {
    const first = await cluster.grade({ task, answers: {}, metBefore: [] });
    expect(first.checks.map(({ checkId, verdict }) => [checkId, verdict])).toEqual(
      task.checks.map(({ id }) => [id, id === 'guarded' ? 'failed' : 'passed']),
    );
    expect(await cluster.writeFile('/home/learner/deny.yaml', DENY)).toMatchObject({ ok: true });
    const applied = await cluster.inToolbox(['kubectl', 'apply', '-f', '/home/learner/deny.yaml']);
    expect(applied).toMatchObject({ exitCode: 0 });
    const second = await cluster.grade({ task, answers: {}, metBefore: [] });
    const verdicts = new Map(second.checks.map(({ checkId, verdict }) => [checkId, verdict]));
    expect(verdicts.get('reaches')).toBe('failed');
    expect(verdicts.get('guarded')).toBe('passed');
    expect(verdicts.get('exists')).toBe('passed');
  }, 120_000);

  it('reads, writes and lists files with the learner’s rights', async () => {
    expect(await cluster.writeFile('/home/learner/a/b.yaml', 'kind: X\n')).toMatchObject({ ok: true });
    expect(await cluster.readFile('/home/learner/a/b.yaml')).toMatchObject({
      ok: true,
      value: { text: 'kind: X\n' },
    });
    expect(await cluster.listFiles('/home/learner/a')).toEqual({
      ok: true,
      value: [{ name: 'b.yaml', kind: 'file' }],
    });
    expect(await cluster.readFile('/home/learner/none')).toMatchObject({ ok: false, errno: 'ENOENT' });
    expect(await cluster.readFile('/home/learner/a')).toMatchObject({ ok: false, errno: 'EISDIR' });
    expect(await cluster.readFile('/etc/shadow')).toMatchObject({ ok: false, errno: 'EACCES' });
    expect(await cluster.writeFile('/etc/hosts', '')).toMatchObject({ ok: false, errno: 'EACCES' });
    expect(await cluster.readFile('/home/learner/$(touch gone)')).toMatchObject({
      ok: false,
      errno: 'ENOENT',
    });
  });

  it('tells its objects to who looks', async () => {
    cluster.watchTopology(true);
    await told.until(() => told.objects > 10);
    cluster.watchTopology(false);
  });

  it('comes back after a pause with what it had', async () => {
    await cluster.suspend();
    cluster = await provider.create('s1', origin, told, { history: { records: [], clusterTimeMs: 0 } });
    expect(await cluster.readFile('/home/learner/a/b.yaml')).toMatchObject({ ok: true });
  }, 120_000);

  it('leaves nothing behind', async () => {
    await cluster.destroy();
    expect(await provider.owned()).toEqual(new Set());
    expect(
      execFileSync('docker', ['ps', '-aq', '--filter', `name=podwire-${INSTALLATION}`], { encoding: 'utf8' }),
    ).toBe('');
  }, 60_000);
});
