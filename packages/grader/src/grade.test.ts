import type { Check, Task } from '@podwire/lab';
import type { ProbeResultView } from '@podwire/protocol';
import { describe, expect, it } from 'vitest';
import type { FetchResult, GradingCluster } from './cluster.ts';
import { refusingCluster } from './cluster.test-support.ts';
import { gradeTask } from './grade.ts';

const POD = {
  apiVersion: 'v1',
  kind: 'Pod',
  metadata: { name: 'web', namespace: 'default', managedFields: [{}] },
  spec: { nodeName: 'one' },
  status: { podIP: '10.244.0.7', conditions: [{ type: 'Ready', status: 'True' }] },
};
const OPEN: ProbeResultView = {
  verdict: 'open',
  durationMs: 1,
  packets: [],
  because: 'Nothing stood in the way.',
  sourceSeen: '10.244.0.7',
};

/** A cluster of one pod, whose probes end as given. */
function clusterOf(
  options: { probe?: ProbeResultView; fetch?: FetchResult; broken?: boolean } = {},
): GradingCluster & { probes: number } {
  const answers: Record<string, unknown> = {
    '/api/v1': {
      resources: [
        { name: 'pods', kind: 'Pod', namespaced: true },
        { name: 'pods/log', kind: 'Pod', namespaced: true },
      ],
    },
    '/api/v1/namespaces/default/pods/web': POD,
    '/api/v1/namespaces/default/pods?limit=500': { items: [POD] },
    '/api/v1/namespaces/default/pods?limit=500&labelSelector=app%3Dweb': { items: [POD] },
  };
  return {
    ...refusingCluster(),
    probes: 0,
    request: (_method, path) => {
      if (options.broken === true) return Promise.reject(new Error('the worker is gone'));
      const body = answers[path];
      return Promise.resolve(body === undefined ? { status: 404, body: {} } : { status: 200, body });
    },
    probe() {
      this.probes += 1;
      return Promise.resolve(options.probe ?? OPEN);
    },
    fetch: () => Promise.resolve(options.fetch ?? { probe: OPEN }),
  };
}

const base = { weight: 1, mode: 'must-hold', needs: [] } as const;
const podCheck = (id: string, name: string, match?: unknown): Check => ({
  ...base,
  id,
  title: `${name} is there`,
  kind: 'object',
  object: { apiVersion: 'v1', kind: 'Pod', namespace: 'default', name },
  ...(match === undefined ? {} : { match }),
});
const probeCheck = (
  expect: 'open' | 'refused' | 'timed-out' | 'blocked',
  more: { sourceSeen?: string; needs?: readonly string[] } = {},
): Check => ({
  ...base,
  needs: more.needs ?? [],
  id: 'reach',
  title: 'It reaches',
  kind: 'connectivity',
  probes: [
    {
      from: { kind: 'pod', namespace: 'default', name: 'web' },
      to: { kind: 'host', host: '10.0.0.1' },
      port: 80,
      protocol: 'tcp',
      expect,
      ...(more.sourceSeen === undefined ? {} : { sourceSeen: more.sourceSeen }),
    },
  ],
});
const taskOf = (...checks: Check[]): Task => ({
  id: 't',
  title: 'T',
  body: [],
  hints: [],
  questions: [],
  needs: [],
  checks,
});
const grade = (task: Task, cluster = clusterOf(), answers = {}, metEarlier = new Set<string>()) =>
  gradeTask({ task, cluster, answers, metEarlier });

describe('objects', () => {
  it('pass when they are there, and leave evidence without managed fields', async () => {
    const { verdict, score, checks } = await grade(
      taskOf(podCheck('a', 'web', { spec: { nodeName: 'one' } })),
    );
    expect({ verdict, score }).toEqual({ verdict: 'passed', score: 1 });
    expect(checks[0]?.evidence.objects?.[0]?.yaml).toContain('nodeName: one');
    expect(checks[0]?.evidence.objects?.[0]?.yaml).not.toContain('managedFields');
  });

  it('name the field that differs, with both values', async () => {
    const { checks } = await grade(taskOf(podCheck('a', 'web', { spec: { nodeName: 'two' } })));
    expect(checks[0]).toMatchObject({
      verdict: 'failed',
      expected: 'spec.nodeName is two',
      saw: 'spec.nodeName is one',
      because: 'Pod web differs at spec.nodeName.',
    });
  });

  it('name what is there instead of what is missing', async () => {
    const { checks } = await grade(taskOf(podCheck('a', 'wep')));
    expect(checks[0]).toMatchObject({
      saw: 'nothing',
      because: 'Of kind Pod there is in the namespace default: web.',
    });
  });

  it('count', async () => {
    const check: Check = {
      ...base,
      id: 'c',
      title: 'None',
      kind: 'object',
      object: { apiVersion: 'v1', kind: 'Pod', namespace: 'default', labelSelector: 'app=web' },
      count: { max: 0 },
    };
    expect((await grade(taskOf(check))).checks[0]).toMatchObject({ verdict: 'failed', saw: '1: web' });
  });

  it('of a kind that the cluster does not serve are a failure of the learner, not ours', async () => {
    const check: Check = {
      ...base,
      id: 'c',
      title: 'Gateway',
      kind: 'object',
      object: { apiVersion: 'gateway.networking.k8s.io/v1', kind: 'Gateway', name: 'g' },
    };
    expect((await grade(taskOf(check))).verdict).toBe('failed');
  });
});

describe('CEL', () => {
  const celCheck = (cel: string): Check => ({ ...podCheck('a', 'web'), cel }) as Check;

  it('must hold for an object to fit', async () => {
    expect((await grade(taskOf(celCheck("object.spec.nodeName == 'one'")))).verdict).toBe('passed');
    const { checks } = await grade(taskOf(celCheck("object.spec.nodeName == 'two'")));
    expect(checks[0]).toMatchObject({ verdict: 'failed', saw: 'Pod web is not so' });
    expect(JSON.stringify(checks[0])).not.toContain("== 'two'");
  });

  it('fails, and is not our fault, where a field is missing', async () => {
    expect((await grade(taskOf(celCheck('object.spec.hostNetwork')))).checks[0]).toMatchObject({
      verdict: 'failed',
      because: expect.stringContaining('hostNetwork') as string,
    });
  });
});

describe('logs', () => {
  const log = 'Started HTTP server on port 8080\nGET /hostname\n';
  const cluster = (): ReturnType<typeof clusterOf> => {
    const base = clusterOf();
    return {
      ...base,
      request: (method, path) =>
        path === '/api/v1/namespaces/default/pods/web/log?tailLines=500'
          ? Promise.resolve({ status: 200, body: log })
          : base.request(method, path),
    };
  };
  const look = (more: object, name = 'web'): Task =>
    taskOf({
      ...base,
      id: 'l',
      title: 'Logged',
      kind: 'logs',
      logs: { pod: { kind: 'pod', namespace: 'default', name }, absent: false, ...more },
    });
  it.each([
    ['a text that is there', { contains: 'GET /hostname' }, 'web', 'passed'],
    ['a text that is not', { contains: 'POST' }, 'web', 'failed'],
    ['a pattern of one line', { pattern: '^GET /\\w+$' }, 'web', 'passed'],
    ['a pattern over two lines', { pattern: '8080\\nGET' }, 'web', 'failed'],
    ['a text that must not be there', { contains: 'GET', absent: true }, 'web', 'failed'],
    ['the log of a pod that is not there', { contains: 'x' }, 'none', 'failed'],
  ] as const)('%s', async (_what, more, name, verdict) => {
    expect((await grade(look(more, name), cluster())).verdict).toBe(verdict);
  });
});

describe('connectivity', () => {
  const timedOut: ProbeResultView = {
    ...OPEN,
    verdict: 'timed-out',
    because: 'NetworkPolicy default/deny dropped it (spec.ingress).',
  };
  it.each([
    ['open', OPEN, true],
    ['open', timedOut, false],
    ['timed-out', timedOut, true],
    ['refused', timedOut, false],
    ['blocked', timedOut, true],
    ['blocked', OPEN, false],
    ['blocked', { ...OPEN, verdict: 'no-such-destination' }, false],
  ] as const)('expecting %s', async (expectation, probe, passes) => {
    expect((await grade(taskOf(probeCheck(expectation)), clusterOf({ probe }))).verdict).toBe(
      passes ? 'passed' : 'failed',
    );
  });

  it('explains a failure by the packet', async () => {
    const { checks } = await grade(taskOf(probeCheck('open')), clusterOf({ probe: timedOut }));
    expect(checks[0]).toMatchObject({
      expected: 'pod web to 10.0.0.1, TCP 80 connects',
      saw: 'the connection timed out',
      because: timedOut.because,
    });
    expect(checks[0]?.evidence.probes?.[0]?.result).toEqual(timedOut);
  });

  it('compares the source address that the server saw', async () => {
    expect((await grade(taskOf(probeCheck('open', { sourceSeen: 'pod' })))).verdict).toBe('passed');
    expect(
      (
        await grade(
          taskOf(probeCheck('open', { sourceSeen: 'pod' })),
          clusterOf({ probe: { ...OPEN, sourceSeen: '172.18.0.3' } }),
        )
      ).checks[0],
    ).toMatchObject({ verdict: 'failed', saw: 'the server saw 172.18.0.3' });
  });
});

describe('HTTP', () => {
  const check: Check = {
    ...base,
    id: 'h',
    title: 'Answers',
    kind: 'http',
    request: {
      from: { kind: 'pod', namespace: 'default', name: 'web' },
      url: 'http://svc:8080/hostname',
      bodyContains: 'web-',
    },
  };
  it.each([
    ['the right body', { status: 200, body: 'web-1', probe: OPEN }, 'passed'],
    ['another body', { status: 200, body: 'db-1', probe: OPEN }, 'failed'],
    ['another status', { status: 503, body: 'web-', probe: OPEN }, 'failed'],
    ['no answer', { probe: OPEN }, 'failed'],
  ] as const)('%s', async (_what, fetch, verdict) => {
    expect((await grade(taskOf(check), clusterOf({ fetch }))).verdict).toBe(verdict);
  });
});

describe('answers', () => {
  const ask = (accept: Extract<Check, { kind: 'answer' }>['accept']): Task =>
    taskOf({ ...base, id: 'q-right', title: 'Known', kind: 'answer', questionId: 'q', accept });
  it.each([
    ['text, whatever its case', { kind: 'text', equals: ['Refused'] }, ' refused ', 'passed'],
    ['other text', { kind: 'text', equals: ['refused'] }, 'open', 'failed'],
    ['nothing', { kind: 'text', equals: ['refused'] }, '', 'failed'],
    ['a pattern', { kind: 'pattern', pattern: '^10\\.' }, '10.1.1.1', 'passed'],
    ['all options', { kind: 'options', ids: ['a', 'b'] }, ['b', 'a'], 'passed'],
    ['some options', { kind: 'options', ids: ['a', 'b'] }, ['a'], 'failed'],
    [
      'a field of the cluster',
      {
        kind: 'field',
        object: { apiVersion: 'v1', kind: 'Pod', namespace: 'default', name: 'web' },
        path: 'status.podIP',
      },
      '10.244.0.7',
      'passed',
    ],
    [
      'another value than the field',
      {
        kind: 'field',
        object: { apiVersion: 'v1', kind: 'Pod', namespace: 'default', name: 'web' },
        path: 'status.podIP',
      },
      '10.244.0.8',
      'failed',
    ],
  ] as const)('%s', async (_what, accept, answer, verdict) => {
    expect((await grade(ask(accept), clusterOf(), { q: answer })).verdict).toBe(verdict);
  });

  it('are shown in the words that were chosen, not by their ids', async () => {
    const task: Task = {
      ...ask({ kind: 'options', ids: ['refused'] }),
      questions: [
        {
          id: 'q',
          prompt: [],
          kind: 'single',
          options: [
            { id: 'timeout', body: [{ type: 'paragraph', children: [{ type: 'text', value: 'It hangs' }] }] },
            { id: 'refused', body: [] },
          ],
        },
      ],
    };
    expect((await grade(task, clusterOf(), { q: ['timeout'] })).checks[0]?.saw).toBe('It hangs');
  });

  it('are never given away', async () => {
    const { checks } = await grade(ask({ kind: 'text', equals: ['the-secret'] }), clusterOf(), {
      q: 'wrong',
    });
    expect(JSON.stringify(checks)).not.toContain('the-secret');
  });
});

describe('a task', () => {
  it('gives partial credit by weight', async () => {
    const heavy = { ...podCheck('a', 'web'), weight: 3 };
    expect((await grade(taskOf(heavy, podCheck('b', 'none')))).score).toBe(0.75);
  });

  it('does not try what needs a check that failed, and says so', async () => {
    const cluster = clusterOf();
    const { checks } = await grade(
      taskOf(probeCheck('open', { needs: ['a'] }), podCheck('a', 'none')),
      cluster,
    );
    expect(checks.map((check) => check.checkId)).toEqual(['reach', 'a']);
    expect(checks[0]).toMatchObject({ verdict: 'failed', saw: 'not tried yet', evidence: { waitsFor: 'a' } });
    expect(cluster.probes).toBe(0);
  });

  it('remembers what was met once, but not what must hold', async () => {
    const once: Check = { ...podCheck('a', 'none'), mode: 'once' };
    expect((await grade(taskOf(once), clusterOf(), {}, new Set(['a']))).checks[0]).toMatchObject({
      verdict: 'passed',
      metEarlier: true,
    });
    expect((await grade(taskOf(podCheck('a', 'none')), clusterOf(), {}, new Set(['a']))).verdict).toBe(
      'failed',
    );
  });

  it('is our fault when the cluster fails', async () => {
    const { verdict, checks } = await grade(taskOf(podCheck('a', 'web')), clusterOf({ broken: true }));
    expect(verdict).toBe('our-fault');
    expect(checks[0]?.because).toContain('the worker is gone');
  });
});
