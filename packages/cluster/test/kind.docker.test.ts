import { execFileSync } from 'node:child_process';
import process from 'node:process';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { KindProvider } from '../src/index.ts';
import type { Cluster, ClusterListener, ClusterOrigin, KindProviderOptions } from '../src/index.ts';

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

/** Remembers what a cluster tells, and wakes those who wait for it. */
class Told implements ClusterListener {
  output = '';
  readonly exits: number[] = [];
  readonly inputs: number[] = [];
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
  onEnd(): void {}
}

describe('a kind cluster of a learner’s own', () => {
  const steps: string[] = [];
  let provider: KindProvider;
  const options: KindProviderOptions = {
    installation: INSTALLATION,
    nodeImage: NODE_IMAGE,
    toolboxImage: TOOLBOX_IMAGE,
    abilities: { networkPolicies: true },
    maxClusters: 2,
    grade: () => Promise.reject(new Error('not asked here')),
    onProgress: (_, step) => steps.push(step),
  };
  const told = new Told();
  let cluster: Cluster;

  beforeAll(async () => {
    provider = await KindProvider.open(options);
    cluster = await provider.create('s1', origin, told);
  }, 240_000);
  afterAll(async () => {
    for (const session of await provider.owned()) await provider.remove(session);
  }, 60_000);

  it('tells its steps in order', () => {
    expect(steps).toEqual([...new Set(steps)]);
    expect(steps.slice(0, 3)).toEqual(['network', 'node-image', 'nodes']);
    expect(steps.at(-1)).toBe('setup');
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
