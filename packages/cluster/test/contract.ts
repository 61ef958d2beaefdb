import { gunzipSync } from 'node:zlib';
import type { Task } from '@podwire/lab';
import { replayVerdict } from '@podwire/grader';
import type { Answers, VerdictRecord } from '@podwire/grader';
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import type { Cluster, ClusterHistory, ClusterOrigin, ClusterProvider, GradeOutcome } from '../src/index.ts';
import { contractLab } from './contract-lab.ts';
import { AGNHOST, Told } from './kind-told.ts';

/** A backend, for the suite that each must pass. */
export interface BackendUnderTest {
  readonly name: string;
  open(): Promise<ClusterProvider>;
  /** A start takes long enough that it tells how it goes. */
  readonly tellsProgress: boolean;
  /** Clusters that live on this host whether or not anybody here has them: what a later process adopts or removes. */
  readonly outlivesProcess: boolean;
  /** Its shell has `stty`, which tells a terminal's size. */
  readonly hasStty: boolean;
  /** When a start is withdrawn, ms after it began, so that each phase of it is met. */
  readonly withdrawAfterMs: readonly number[];
  /** Nothing of the provider's is left on this host. */
  leftBehind(): readonly string[];
  readonly startTimeoutMs: number;
}

const WEB = `{apiVersion: v1, kind: Namespace, metadata: {name: shop}}
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
`;

const origin: ClusterOrigin = {
  labId: 'toy',
  labDigest: 'sha256-0',
  seed: 1,
  startMs: 1_750_000_000_000,
  needs: { nodes: 2, cni: 'bridge', networkPolicies: true, outsideHosts: [] },
  setup: [{ path: 'setup/web.yaml', text: WEB }],
  files: [{ path: 'notes/hello.txt', text: 'hello\n' }],
};

const DENY = `apiVersion: networking.k8s.io/v1
kind: NetworkPolicy
metadata: {name: deny, namespace: shop}
spec: {podSelector: {}, policyTypes: [Ingress]}
`;

const lab = contractLab(WEB, DENY);
const common = { weight: 1, mode: 'must-hold', needs: [] } as const;
const asker = { kind: 'pod', namespace: 'shop', name: 'asker' } as const;
const web = { kind: 'service', namespace: 'shop', name: 'web' } as const;

/** A check of each kind that probes or reads a cluster. */
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

/** Colours, and what a shell says of pasting (ECMA-48, 5.4). */
// oxlint-disable-next-line no-control-regex -- it begins with a control character
const CONTROL_SEQUENCE = /\u001b\[[?0-9;]*[A-Za-z]\r?/gu;

/** Characters, where a test failed. */
const SHOWN_OF_A_TERMINAL = 600;

/** What each backend promises to whoever uses the port. */
export function describeBackend(backend: BackendUnderTest): void {
  describe(`the port's contract: ${backend.name}`, () => {
    const told = new Told();
    let provider: ClusterProvider;
    let cluster: Cluster;
    let sequence = 0;

    beforeAll(async () => {
      provider = await backend.open();
      cluster = await provider.create('s1', origin, told);
    }, backend.startTimeoutMs);
    afterAll(async () => {
      await cluster.destroy().catch(() => undefined);
      await provider.close();
    }, backend.startTimeoutMs);

    afterEach(({ task: { result } }) => {
      if (result?.state !== 'fail') return;
      for (const [terminalId, text] of told.outputs)
        console.error(
          `terminal ${terminalId} ended with ${JSON.stringify(text.slice(-SHOWN_OF_A_TERMINAL))}`,
        );
    });

    const open = (terminalId: string, place: Parameters<Cluster['openTerminal']>[0]['place']) =>
      cluster.openTerminal({ terminalId, place, columns: 100, rows: 30 });
    /** Types a line and waits until what it leads to is on the terminal. */
    const type = async (terminalId: string, line: string, expected: string): Promise<void> => {
      cluster.sendInput(terminalId, ++sequence, line);
      const number = sequence;
      await told.until(() => told.inputs.includes(number) && told.output(terminalId).includes(expected));
    };
    const shown = (terminalId: string): string => told.output(terminalId).replaceAll(CONTROL_SEQUENCE, '');
    const history = (): ClusterHistory => ({
      records: told.records,
      clusterTimeMs: Math.max(told.clockMs, told.records.at(-1)?.virtualMs ?? 0),
    });

    // --- before a cluster ---

    it('says what it is, and of what it can’t give why', async () => {
      expect(provider.backend).toBe(backend.name);
      expect(provider.refusal(origin.needs)).toBeUndefined();
      const tooMany = { ...origin, needs: { ...origin.needs, nodes: 99 } };
      expect(provider.refusal(tooMany.needs)).toMatch(/99 nodes/u);
      await expect(provider.create('s9', tooMany, new Told())).rejects.toMatchObject({
        name: 'ClusterError',
        kind: 'not-supported',
        message: expect.stringContaining('99 nodes') as string,
        remedy: expect.stringMatching(/\w/u) as string,
      });
    });

    it('offers itself where it can be had', async () => {
      expect((await provider.offer?.()) ?? { ok: true }).toEqual({ ok: true });
    });

    it('counts its clusters and how many there can be', () => {
      const { clusters, limit } = provider.occupancy();
      expect(clusters).toBe(1);
      expect(limit).toBeGreaterThanOrEqual(1);
    });

    it.runIf(backend.tellsProgress)('tells its steps in order, numbered, each once', () => {
      const steps = told.progress.filter((each) => each.kind === 'step');
      expect(steps.length).toBeGreaterThan(5);
      const numbers = steps.map(({ number }) => number);
      expect(numbers).toEqual([...new Set(numbers)].sort((a, b) => a - b));
      expect(numbers.at(-1)).toBe(steps.at(-1)?.of);
      expect(steps.every(({ text, attempt }) => text !== '' && attempt === 1)).toBe(true);
    });

    it('withdraws a start at once when it was withdrawn before it began', async () => {
      await expect(
        provider.create('s2', origin, new Told(), { signal: AbortSignal.abort() }),
      ).rejects.toMatchObject({ kind: 'aborted' });
      expect(provider.occupancy().clusters).toBe(1);
    });

    it.each(backend.withdrawAfterMs.map((ms) => [ms]))(
      'withdraws a start %i ms after it began, and leaves nothing of it',
      async (ms) => {
        const before = backend.leftBehind();
        await expect(
          provider.create('s2', origin, new Told(), { signal: AbortSignal.timeout(ms) }),
        ).rejects.toMatchObject({ kind: 'aborted', remedy: expect.stringMatching(/\w/u) as string });
        expect(provider.occupancy().clusters).toBe(1);
        expect(backend.leftBehind()).toEqual(before);
      },
      backend.startTimeoutMs,
    );

    // --- terminals ---

    it(
      'has a shell in the toolbox with the lab’s files and a kubectl that works',
      async () => {
        expect(await open('t1', { kind: 'toolbox' })).toEqual({ kind: 'opened' });
        await type('t1', 'cat notes/hello.txt; echo done-$((40+2))\r', 'done-42');
        expect(shown('t1')).toContain('\r\nhello\r\ndone-42\r\n');
        const wait = 'kubectl wait -n shop --for=condition=Ready pod --all --timeout=120s';
        await type('t1', `${wait}; echo ready-$((40+2))\r`, 'ready-42');
        expect(told.output('t1')).toMatch(/pod\/asker condition met\r\npod\/web condition met/u);
      },
      backend.startTimeoutMs,
    );

    it.runIf(backend.hasStty)('tells programs the size of their terminal, also a new one', async () => {
      await type('t1', 'stty size; echo first-$((40+2))\r', 'first-42');
      cluster.resizeTerminal('t1', 61, 17);
      await type('t1', 'sleep 1; stty size; echo sized-$((40+2))\r', 'sized-42');
      expect(shown('t1')).toContain('30 100\r\nfirst-42');
      expect(shown('t1')).toContain('17 61\r\nsized-42');
    });

    it('interrupts what runs on Ctrl-C', async () => {
      // What is interrupted says itself that it runs: the terminal is its own by then. A shell that is interrupted
      // while it hands the terminal over may never come back, bash 5.2 in one of four times.
      await type('t1', "sh -c 'echo begun-$((40+2)); exec sleep 1000'\r", 'begun-42');
      await type('t1', '\u0003', '^C');
      await type('t1', 'echo over-$((40+2))\r', 'over-42');
    });

    it('carries characters of every alphabet both ways', async () => {
      await type('t1', "printf '<%s>\\n' 'Grüße, 世界 🚀' | tr '<>' '[]'\r", '[Grüße, 世界 🚀]');
    });

    it('keeps terminals apart, and opens none twice', async () => {
      expect(await open('t2', { kind: 'toolbox' })).toEqual({ kind: 'opened' });
      expect(await open('t1', { kind: 'toolbox' })).toMatchObject({
        kind: 'refused',
        reason: 'already-open',
      });
      await type('t2', 'echo apart-$((40+2))\r', 'apart-42');
      expect(told.output('t1')).not.toContain('apart-42');
    });

    it('tells how a terminal’s program ended', async () => {
      cluster.sendInput('t2', ++sequence, 'exit 3\r');
      await told.until(() => told.exits.has('t2'));
      expect(told.exits.get('t2')).toBe(3);
    });

    it('opens a node and a pod, and says so where there is none', async () => {
      expect(await open('node', { kind: 'node', name: 'podwire-worker' })).toEqual({ kind: 'opened' });
      await type('node', 'hostname; id -u; echo node-$((40+2))\r', 'node-42');
      expect(shown('node')).toContain('\r\n0\r\n');
      expect(await open('pod', { kind: 'pod', namespace: 'shop', name: 'web' })).toEqual({ kind: 'opened' });
      await type('pod', 'hostname; echo pod-$((40+2))\r', 'pod-42');
      expect(shown('pod')).toContain('\r\nweb\r\n');
      expect(await open('none', { kind: 'node', name: 'podwire-worker9' })).toMatchObject({
        kind: 'refused',
        reason: 'no-such-place',
      });
      cluster.closeTerminal('node');
      cluster.closeTerminal('pod');
    });

    // --- files ---

    it('reads, writes and lists files with the learner’s rights', async () => {
      expect(await cluster.writeFile('/home/learner/notes/b.yaml', 'kind: X\n')).toMatchObject({ ok: true });
      expect(await cluster.readFile('/home/learner/notes/b.yaml')).toMatchObject({
        ok: true,
        value: { text: 'kind: X\n' },
      });
      expect(await cluster.listFiles('/home/learner/notes')).toEqual({
        ok: true,
        value: [
          { name: 'b.yaml', kind: 'file' },
          { name: 'hello.txt', kind: 'file' },
        ],
      });
      for (const [wish, errno] of [
        [cluster.readFile('/home/learner/none'), 'ENOENT'],
        [cluster.readFile('/home/learner/notes'), 'EISDIR'],
        [cluster.listFiles('/home/learner/notes/b.yaml'), 'ENOTDIR'],
        [cluster.writeFile('/etc/hosts', ''), 'EACCES'],
        [cluster.readFile('/home/learner/$(touch gone)'), 'ENOENT'],
      ] as const)
        expect(await wish).toMatchObject({
          ok: false,
          errno,
          message: expect.stringMatching(/\w/u) as string,
        });
    });

    // --- the cluster itself ---

    it('tells its objects to who looks, and what changes', async () => {
      cluster.watchTopology(true);
      await told.until(() => told.objects > 5);
      const before = told.changes;
      await type('t1', 'kubectl create namespace extra; echo made-$((40+2))\r', 'made-42');
      await told.until(() => told.changes > before);
      cluster.watchTopology(false);
    });

    it.each([
      ['a Service', { to: web, port: 80, protocol: 'tcp' }, 'open'],
      [
        'a port nobody listens on',
        { to: { kind: 'pod', namespace: 'shop', name: 'web' }, port: 81, protocol: 'tcp' },
        'refused',
      ],
      ['a name', { to: { kind: 'host', host: 'web' }, port: 80, protocol: 'tcp' }, 'open'],
      ['no name', { to: { kind: 'host', host: 'webb' }, port: 80, protocol: 'tcp' }, 'name-not-found'],
      [
        'no pod',
        { to: { kind: 'pod', namespace: 'shop', name: 'none' }, port: 80, protocol: 'tcp' },
        'no-such-destination',
      ],
    ] as const)('probes from a pod’s network to %s', async (_, wish, verdict) => {
      const result = await cluster.probe({ from: asker, timeoutMs: 5_000, ...wish });
      expect(result.verdict).toBe(verdict);
    });

    it(
      'grades each kind of check, before the work and after it',
      async () => {
        const first = await cluster.grade({ task, answers: {}, metBefore: [] });
        expect(first.checks.map(({ checkId, verdict }) => [checkId, verdict])).toEqual(
          task.checks.map(({ id }) => [id, id === 'guarded' ? 'failed' : 'passed']),
        );
        expect(await cluster.writeFile('/home/learner/deny.yaml', DENY)).toMatchObject({ ok: true });
        await type('t1', 'kubectl apply -f deny.yaml; echo denied-$((40+2))\r', 'denied-42');
        const second = await cluster.grade({ task, answers: {}, metBefore: [] });
        const verdicts = new Map(second.checks.map(({ checkId, verdict }) => [checkId, verdict]));
        expect([...['exists', 'reaches', 'guarded'].map((id) => verdicts.get(id))]).toEqual([
          'passed',
          'failed',
          'passed',
        ]);
      },
      backend.startTimeoutMs,
    );

    it(
      'grades what is handed in where the learner has never been, and keeps what the verdict rests on',
      async () => {
        const [guard] = lab.tasks;
        if (guard === undefined) throw new Error('the lab has no task');
        const facts = { labId: lab.id, labDigest: lab.digest, seed: 7, versions: {} };
        const sealed = { lab, learnerSeed: origin.seed, seed: 7 };
        const handIn = (answers: Answers) =>
          cluster.grade({ task: guard, answers, metBefore: [], sealed, record: facts });
        const verdicts = ({ checks }: GradeOutcome) =>
          checks.map(({ checkId, verdict }) => [checkId, verdict]);
        const replayed = async ({ record }: GradeOutcome) =>
          replayVerdict(JSON.parse(gunzipSync(record ?? '').toString()) as VerdictRecord, lab, guard);

        expect(await cluster.sealableTasks?.(lab)).toEqual([{ taskId: 'guard', unmet: [] }]);
        await type(
          't1',
          "kubectl get pod web -n shop -o jsonpath='<{.status.podIP}>'; echo seen-$((40+2))\r",
          'seen-42',
        );
        const [, address = ''] = /<([0-9.]+)>/u.exec(shown('t1')) ?? [];
        const right = { address };
        // Made by an earlier test.
        const extra = 'Not taken along: Namespace extra (not asked for).';

        const honest = await handIn(right);
        expect([honest.verdict, honest.notes]).toEqual(['passed', [extra]]);
        expect((await replayed(honest)).kind).toBe('same');
        expect(verdicts(await handIn({ address: '192.0.2.1' }))).toEqual([
          ['out', 'passed'],
          ['known', 'failed'],
        ]);
        const inPlace = await cluster.grade({ task: guard, answers: right, metBefore: [], record: facts });
        expect(inPlace.verdict).toBe('passed');
        expect((await replayed(inPlace)).kind).toBe('same');

        // Who is reached by no name is not kept out: what is the lab's own stays as it was.
        await type(
          't1',
          'kubectl delete -f deny.yaml; kubectl delete service web -n shop; echo gone-$((40+2))\r',
          'gone-42',
        );
        const forged = await handIn(right);
        expect(verdicts(forged)).toContainEqual(['out', 'failed']);
        expect(forged.notes).toEqual([
          extra,
          'Not taken along: Service shop/web (the lab’s own, and not to be deleted).',
        ]);
        const expose = 'kubectl expose pod web -n shop --port=80 --target-port=8080';
        await type('t1', `kubectl apply -f deny.yaml; ${expose}; echo again-$((40+2))\r`, 'again-42');
      },
      backend.startTimeoutMs,
    );

    it('withdraws what is withdrawn, and goes on', async () => {
      const signal = AbortSignal.abort();
      const place = { kind: 'toolbox' } as const;
      for (const wish of [
        cluster.readFile('/home/learner/notes/b.yaml', signal),
        cluster.writeFile('/home/learner/never', '', signal),
        cluster.listFiles('/home/learner', signal),
        cluster.probe({ from: asker, to: web, port: 80, protocol: 'tcp', timeoutMs: 1_000 }, signal),
        cluster.grade({ task, answers: {}, metBefore: [] }, signal),
        cluster.openTerminal({ terminalId: 't9', place, columns: 80, rows: 24 }, signal),
      ])
        await expect(wish).rejects.toMatchObject({ kind: 'aborted' });
      const late = new AbortController();
      const grading = cluster.grade({ task, answers: {}, metBefore: [] }, late.signal);
      late.abort();
      await expect(grading).rejects.toMatchObject({ kind: 'aborted' });
      expect(await cluster.readFile('/home/learner/notes/b.yaml')).toMatchObject({ ok: true });
      expect(await cluster.readFile('/home/learner/never')).toMatchObject({ ok: false, errno: 'ENOENT' });
    });

    // --- away and back ---

    it(
      'comes back after a pause with what it had',
      async () => {
        const paused = cluster;
        await paused.suspend();
        await expect(paused.readFile('/home/learner/notes/b.yaml')).rejects.toMatchObject({ kind: 'gone' });
        expect(provider.occupancy().clusters).toBe(0);
        cluster = await provider.create('s1', origin, told, { history: history() });
        expect(await cluster.readFile('/home/learner/notes/b.yaml')).toMatchObject({
          ok: true,
          value: { text: 'kind: X\n' },
        });
        // Pods may need a while to be back; the policy holds meanwhile.
        const wish = { from: asker, to: web, port: 80, protocol: 'tcp', timeoutMs: 2_000 } as const;
        let { verdict } = await cluster.probe(wish);
        while (verdict !== 'timed-out' && verdict !== 'open') {
          await new Promise((resolve) => setTimeout(resolve, 500));
          ({ verdict } = await cluster.probe(wish));
        }
        expect(verdict).toBe('timed-out');
      },
      backend.startTimeoutMs,
    );

    it.runIf(backend.outlivesProcess)('knows what lives on the host, and spares it', async () => {
      expect(await provider.lives?.('s1')).toBe(true);
      expect(await provider.lives?.('s7')).toBe(false);
      expect(await provider.reconcile?.(new Set(['s1']))).toEqual([]);
      await provider.remove?.('s7');
      expect(await cluster.listFiles('/home/learner')).toMatchObject({ ok: true });
    });

    it(
      'is gone when it was removed, says so, and leaves nothing',
      async () => {
        const ends = told.ends.length;
        await cluster.destroy();
        await cluster.destroy();
        await expect(cluster.readFile('/home/learner/notes/b.yaml')).rejects.toMatchObject({
          kind: 'gone',
          remedy: expect.stringMatching(/\w/u) as string,
        });
        expect(told.ends).toHaveLength(ends);
        expect(provider.occupancy().clusters).toBe(0);
        expect(backend.leftBehind()).toEqual([]);
      },
      backend.startTimeoutMs,
    );
  });
}
