import type { Check, Task } from '@podwire/lab';
import type { ProbeResultView } from '@podwire/protocol';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { GradingCluster } from './cluster.ts';
import { clusterOfObjects, refusingCluster } from './cluster.test-support.ts';
import { gradeTask } from './grade.ts';

const base = { id: 'c', title: 'It is so', weight: 1, mode: 'must-hold', needs: [] } as const;
const POD = { kind: 'pod', namespace: 'default', name: 'client' } as const;
const OPEN: ProbeResultView = { verdict: 'open', durationMs: 1, packets: [], because: 'It answered.' };

async function verdictOf(check: Check, cluster: GradingCluster) {
  const task: Task = { id: 't', title: 'T', body: [], hints: [], questions: [], needs: [], checks: [check] };
  const { checks } = await gradeTask({ task, cluster, answers: {}, metEarlier: new Set() });
  const [result] = checks;
  return { verdict: result?.verdict, saw: result?.saw, because: result?.because };
}

const deployment = { metadata: { name: 'web', namespace: 'default', uid: 'd1' } };
const replicaSet = {
  metadata: {
    name: 'web-1',
    namespace: 'default',
    uid: 'r1',
    ownerReferences: [{ apiVersion: 'apps/v1', kind: 'Deployment', name: 'web', uid: 'd1' }],
  },
};
const ownedPod = (owner: string) => ({
  metadata: {
    name: 'web-1-x',
    namespace: 'default',
    uid: 'p1',
    labels: { app: 'web' },
    ownerReferences: [{ apiVersion: 'apps/v1', kind: 'ReplicaSet', name: 'web-1', uid: owner }],
  },
  spec: { nodeName: 'one' },
  status: {
    podIP: '10.0.0.7',
    conditions: [
      { type: 'Ready', status: 'True' },
      { type: 'Initialized', status: 'False', reason: 'Busy', message: 'still at it' },
    ],
  },
});
const clusterWith = (pod: ReturnType<typeof ownedPod>): GradingCluster =>
  clusterOfObjects([
    { apiVersion: 'v1', kind: 'Pod', plural: 'pods', namespaced: true, objects: [pod] },
    {
      apiVersion: 'apps/v1',
      kind: 'ReplicaSet',
      plural: 'replicasets',
      namespaced: true,
      objects: [replicaSet],
    },
    {
      apiVersion: 'apps/v1',
      kind: 'Deployment',
      plural: 'deployments',
      namespaced: true,
      objects: [deployment],
    },
  ]);
const podObject = { apiVersion: 'v1', kind: 'Pod', namespace: 'default', name: 'web-1-x' };

describe('objects', () => {
  it.each([
    ['an owner of its owner', { ownedBy: { kind: 'Deployment', name: 'web' } }, 'r1', 'passed'],
    ['an owner of another name', { ownedBy: { kind: 'Deployment', name: 'db' } }, 'r1', 'failed'],
    [
      'an owner that it only claims to have',
      { ownedBy: { kind: 'Deployment', name: 'web' } },
      'other',
      'failed',
    ],
    ['a condition', { condition: { type: 'Ready', status: 'True' } }, 'r1', 'passed'],
    ['a condition of another status', { condition: { type: 'Initialized', status: 'True' } }, 'r1', 'failed'],
    ['a condition that is not there', { condition: { type: 'Fancy', status: 'True' } }, 'r1', 'failed'],
    [
      'a condition of another reason',
      { condition: { type: 'Initialized', status: 'False', reason: 'Done' } },
      'r1',
      'failed',
    ],
    ['no change', { unchanged: true }, 'r1', 'passed'],
  ] as const)('%s', async (_what, expectation, owner, verdict) => {
    const check: Check = { ...base, kind: 'object', object: podObject, ...expectation };
    expect((await verdictOf(check, clusterWith(ownedPod(owner)))).verdict).toBe(verdict);
  });

  it.each([
    [true, { labels: { app: 'db' } }, 'metadata.labels.app was changed'],
    [['spec.nodeName'], { labels: { app: 'db' } }, undefined],
    [['metadata.labels'], { labels: { app: 'web', more: 'x' } }, 'metadata.labels was changed'],
  ] as const)('unchanged: %j', async (unchanged, metadata, because) => {
    const before = ownedPod('r1');
    const after = { ...before, metadata: { ...before.metadata, ...metadata, resourceVersion: '9' } };
    const cluster: GradingCluster = {
      ...clusterWith(after),
      requestAtStart: (path) => clusterWith(before).request('GET', path),
    };
    const result = await verdictOf({ ...base, kind: 'object', object: podObject, unchanged }, cluster);
    expect(result.verdict).toBe(because === undefined ? 'passed' : 'failed');
    if (because !== undefined) expect(result.because).toContain(because);
  });

  it('are read to the last page', async () => {
    const named = (name: string) => ({ metadata: { name, namespace: 'default' } });
    const cluster: GradingCluster = {
      ...refusingCluster(),
      request: (_method, path) => {
        if (path === '/api/v1')
          return Promise.resolve({
            status: 200,
            body: { resources: [{ name: 'pods', kind: 'Pod', namespaced: true }] },
          });
        return Promise.resolve({
          status: 200,
          body: path.includes('continue=more')
            ? { items: [named('bad')] }
            : { metadata: { continue: 'more' }, items: [named('good')] },
        });
      },
    };
    const check: Check = {
      ...base,
      kind: 'object',
      object: { apiVersion: 'v1', kind: 'Pod', namespace: 'default' },
      match: { metadata: { name: 'bad' } },
      count: { max: 0 },
    };
    expect((await verdictOf(check, cluster)).verdict).toBe('failed');
  });
});

describe('within', () => {
  it('looks again until it is met, and not after its time', async () => {
    for (const [readyAfter, verdict, waited] of [
      [3, 'passed', 3_000],
      [9, 'failed', 5_000],
    ] as const) {
      let waitedMs = 0;
      const cluster: GradingCluster = {
        ...refusingCluster(),
        readFile: () =>
          Promise.resolve(
            waitedMs >= readyAfter * 1_000 ? { kind: 'text', text: 'ready' } : { kind: 'absent' },
          ),
        wait: (durationMs) => {
          waitedMs += durationMs;
          return Promise.resolve();
        },
      };
      const check: Check = {
        ...base,
        withinMs: 5_000,
        kind: 'file',
        file: { in: { kind: 'node', name: 'one' }, path: '/ready', contains: 'ready', absent: false },
      };
      expect((await verdictOf(check, cluster)).verdict).toBe(verdict);
      expect(waitedMs).toBe(waited);
    }
  });
});

describe('manifests', () => {
  const written = (text: string, valid = true): GradingCluster => ({
    ...refusingCluster(),
    manifests: () => Promise.resolve({ ok: true, files: [{ path: 'a.yaml', text }] }),
    validate: () =>
      Promise.resolve(valid ? { ok: true } : { ok: false, message: 'spec.ports: Required value' }),
  });
  const check = (more: object = {}): Check => ({
    ...base,
    kind: 'manifests',
    path: 'a.yaml',
    object: { apiVersion: 'v1', kind: 'Service', name: 'web' },
    ...more,
  });
  const service =
    'apiVersion: v1\nkind: Service\nmetadata: { name: web, labels: { app: web } }\nspec: { ports: [{ port: 80 }] }\n';

  it.each([
    ['fit', service, {}, true, 'passed'],
    [
      'fit inside a List',
      `apiVersion: v1\nkind: List\nitems:\n- ${service.trim().replaceAll('\n', '\n  ')}`,
      {},
      true,
      'passed',
    ],
    ['do not match', service, { match: { spec: { ports: [{ port: 81 }] } } }, true, 'failed'],
    ['are another kind', service.replace('Service', 'Pod'), {}, true, 'failed'],
    [
      'are chosen by labels',
      service,
      { object: { apiVersion: 'v1', kind: 'Service', labelSelector: 'app=db' } },
      true,
      'failed',
    ],
    ['would be refused', service, { valid: true }, false, 'failed'],
    ['are no YAML', 'a: [', {}, true, 'not-gradable'],
    ['are no objects', '- 1', {}, true, 'not-gradable'],
    [
      'are a bomb of aliases',
      `a: &a [x, x]\n${'bcdefghij'
        .split('')
        .map(
          (key, at) =>
            `${key}: &${key} [${Array.from({ length: 9 }, () => `*${'abcdefghij'[at] ?? 'a'}`).join(', ')}]`,
        )
        .join('\n')}`,
      {},
      true,
      'not-gradable',
    ],
    ['nest without end', '['.repeat(20_000), {}, true, 'not-gradable'],
    ['are larger than a megabyte', `# ${'x'.repeat(1_100_000)}`, {}, true, 'not-gradable'],
  ] as const)('%s', async (_what, text, more, valid, verdict) => {
    expect((await verdictOf(check(more), written(text, valid))).verdict).toBe(verdict);
  });

  it('of any bytes get a verdict, and none throws', async () => {
    const piece = fc.constantFrom(
      'a: ',
      '- ',
      '[',
      '{',
      '&a ',
      '*a',
      '\n',
      '  ',
      '"',
      '|',
      '>',
      '? ',
      '!!binary ',
      '99999999999999999999',
      '---\n',
      '\u0000',
      'kind: Service\n',
    );
    await fc.assert(
      fc.asyncProperty(fc.array(piece, { maxLength: 200 }), async (pieces) => {
        const { verdict } = await verdictOf(check(), written(pieces.join('')));
        expect(['passed', 'failed', 'not-gradable']).toContain(verdict);
      }),
      { numRuns: 300 },
    );
  });
});

describe('names', () => {
  const answering = (records: readonly string[] | 'nxdomain' | 'nodata' | 'no-answer'): GradingCluster => ({
    ...clusterWith(ownedPod('r1')),
    lookUp: () =>
      Promise.resolve(
        typeof records === 'string'
          ? { kind: records, records: [], because: 'So it is.' }
          : { kind: 'records', records, because: 'So it is.' },
      ),
  });
  type Expect = Extract<Check, { kind: 'dns' }>['dns']['expect'];
  const of = (records: readonly string[], atLeast = false): Expect => ({ kind: 'records', records, atLeast });
  const pods: Expect = {
    kind: 'pods',
    pods: { kind: 'pods', namespace: 'default', labelSelector: 'app=web' },
  };
  it.each([
    ['the same, in another order and case', of(['A.b.', 'c']), ['C.', 'a.b'], 'passed'],
    ['one less', of(['a', 'b']), ['a'], 'failed'],
    ['one more', of(['a']), ['a', 'b'], 'failed'],
    ['one more, and at least', of(['a'], true), ['a', 'b'], 'passed'],
    ['no such name', { kind: 'nxdomain' }, 'nxdomain', 'passed'],
    ['no such name for no data', { kind: 'nodata' }, 'nxdomain', 'failed'],
    ['records for no such name', { kind: 'nxdomain' }, ['a'], 'failed'],
    ['no answer', { kind: 'no-answer' }, 'no-answer', 'passed'],
    ['the pods', pods, ['10.0.0.7'], 'passed'],
    ['others than the pods', pods, ['10.0.0.8'], 'failed'],
  ] as const)('%s', async (_what, expect_, records, verdict) => {
    const check: Check = {
      ...base,
      kind: 'dns',
      dns: { from: POD, name: 'web', type: 'A', expect: expect_ },
    };
    expect((await verdictOf(check, answering(records))).verdict).toBe(verdict);
  });
});

describe('pages', () => {
  type Page = Extract<Check, { kind: 'http' }>['request'];
  const fetched: Awaited<ReturnType<GradingCluster['fetch']>> = {
    status: 200,
    body: 'hello v1',
    headers: { server: 'nginx', location: 'https://x/' },
    certificate: { subject: 'CN=shop', issuer: 'CN=our CA', names: ['shop.test'], trusted: true },
    probe: OPEN,
  };
  it.each<[string, Partial<Page>, Partial<typeof fetched>, string]>([
    ['answers', {}, {}, 'passed'],
    ['another status', { status: 404 }, {}, 'failed'],
    ['a body that matches', { bodyMatches: 'v[12]$' }, {}, 'passed'],
    ['a body that does not', { bodyMatches: '^v' }, {}, 'failed'],
    ['a header', { headers: { Server: { contains: 'nginx' } } }, {}, 'passed'],
    ['a header of another value', { headers: { Server: { contains: 'envoy' } } }, {}, 'failed'],
    ['no header', { headers: { 'X-None': {} } }, {}, 'failed'],
    ['a redirect', { redirectsTo: 'https://x/' }, { status: 301 }, 'passed'],
    ['a redirect elsewhere', { redirectsTo: 'https://y/' }, { status: 301 }, 'failed'],
    ['a location that is no redirect', { redirectsTo: 'https://x/' }, {}, 'failed'],
    [
      'a certificate',
      { certificate: { subject: 'shop', names: ['shop.test'], trusted: true } },
      {},
      'passed',
    ],
    ['a certificate for another name', { certificate: { names: ['db.test'] } }, {}, 'failed'],
    ['a certificate of another issuer', { certificate: { issuer: 'Let' } }, {}, 'failed'],
    ['a certificate that is trusted', { certificate: { trusted: false } }, {}, 'failed'],
  ])('%s', async (_what, page, answer, verdict) => {
    const check: Check = {
      ...base,
      kind: 'http',
      request: { from: POD, url: 'https://shop.test/', ...page },
    };
    const cluster = { ...refusingCluster(), fetch: () => Promise.resolve({ ...fetched, ...answer }) };
    expect((await verdictOf(check, cluster)).verdict).toBe(verdict);
  });

  it.each([
    [0.8, 'passed'],
    [0.5, 'failed'],
  ])('shared out %d : the rest', async (share, verdict) => {
    let count = 0;
    const cluster = {
      ...refusingCluster(),
      fetch: () => Promise.resolve({ ...fetched, body: count++ % 5 === 0 ? 'v2' : 'v1' }),
    };
    const weights = { requests: 50, tolerance: 0.05, shares: [{ contains: 'v1', share }] };
    const check: Check = { ...base, kind: 'http', request: { from: POD, url: 'http://shop.test/', weights } };
    expect((await verdictOf(check, cluster)).verdict).toBe(verdict);
    expect(count).toBe(50);
  });
});

describe('connections', () => {
  const answeredBy = (addresses: readonly string[], sourceSeen = '10.0.0.7'): GradingCluster => {
    let count = 0;
    const objects = clusterOfObjects([
      {
        apiVersion: 'v1',
        kind: 'Pod',
        plural: 'pods',
        namespaced: true,
        objects: ['10.0.0.1', '10.0.0.2'].map((podIP, at) => ({
          metadata: { name: `web-${at}`, namespace: 'default' },
          status: { podIP, conditions: [{ type: 'Ready', status: 'True' }] },
        })),
      },
      {
        apiVersion: 'v1',
        kind: 'Node',
        plural: 'nodes',
        namespaced: false,
        objects: [
          {
            metadata: { name: 'one' },
            ...{
              spec: { podCIDRs: ['10.244.1.0/24'] },
              status: { addresses: [{ type: 'InternalIP', address: '172.18.0.2' }] },
            },
          },
        ],
      },
    ]);
    return {
      ...objects,
      probe: () =>
        Promise.resolve({
          ...OPEN,
          sourceSeen,
          reached: { address: addresses[count++ % addresses.length] ?? '', port: 80 },
        }),
    };
  };
  const check = (more: object): Check => ({
    ...base,
    kind: 'connectivity',
    probes: [
      {
        from: { kind: 'toolbox' },
        to: { kind: 'host', host: 'x' },
        port: 80,
        protocol: 'tcp',
        expect: 'open',
        ...more,
      },
    ],
  });
  const pods = { kind: 'pods', namespace: 'default', labelSelector: 'app=web' };
  const both = ['10.0.0.1', '10.0.0.2'];
  it.each([
    ['all pods answer', both, { backends: { pods, connections: 10 } }, 'passed'],
    ['one never answers', ['10.0.0.1'], { backends: { pods, connections: 10 } }, 'failed'],
    ['a stranger answers as well', [...both, '10.0.0.9'], { backends: { pods, connections: 10 } }, 'failed'],
    ['too few answer', ['10.0.0.1'], { backends: { count: { min: 2 }, connections: 10 } }, 'failed'],
    ['evenly', both, { backends: { minShare: 0.5, connections: 10 } }, 'passed'],
    [
      'unevenly',
      [...both, '10.0.0.1', '10.0.0.1'],
      { backends: { minShare: 0.4, connections: 20 } },
      'failed',
    ],
  ] as const)('%s', async (_what, addresses, more, verdict) => {
    expect((await verdictOf(check(more), answeredBy(addresses))).verdict).toBe(verdict);
  });

  it.each([
    ['a few', 20, 3, 'passed'],
    ['most', 20, 15, 'our-fault'],
  ])('%s arrivals that nobody saw are no stranger’s answers', async (_what, connections, unseen, verdict) => {
    let count = 0;
    const cluster: GradingCluster = {
      ...answeredBy(both),
      probe: () => {
        const address = both[count++ % both.length] ?? '';
        // In every look: what fails is looked at twice.
        return Promise.resolve(
          (count - 1) % connections < unseen ? OPEN : { ...OPEN, reached: { address, port: 80 } },
        );
      },
    };
    const graded = await verdictOf(check({ backends: { pods, connections } }), cluster);
    expect(graded.verdict).toBe(verdict);
  });

  it.each([
    ['node', '172.18.0.2', 'passed'],
    ['node', '10.0.0.1', 'failed'],
    ['node', '10.244.1.1', 'passed'],
    ['outside', '203.0.113.9', 'passed'],
    ['outside', '10.244.1.1', 'failed'],
    ['outside', '172.18.0.2', 'failed'],
    ['outside', '10.0.0.1', 'failed'],
    ['203.0.113.9', '203.0.113.9', 'passed'],
    ['203.0.113.9', '203.0.113.8', 'failed'],
  ])('the server sees %s: %s %s', async (sourceSeen, seen, verdict) => {
    expect((await verdictOf(check({ sourceSeen }), answeredBy(both, seen))).verdict).toBe(verdict);
  });

  it.each([
    [1_400, undefined, 'passed'],
    [1_451, undefined, 'failed'],
    [1_450, 1_450, 'passed'],
    [undefined, 1_449, 'failed'],
  ])('the largest packet, 1450, has at least %s and at most %s bytes', async (min, max, verdict) => {
    const cluster: GradingCluster = {
      ...refusingCluster(),
      probe: ({ payloadBytes = 0, dontFragment }) =>
        Promise.resolve(
          dontFragment === true && payloadBytes + 28 > 1_450
            ? { ...OPEN, verdict: 'timed-out', because: 'Too large.' }
            : OPEN,
        ),
    };
    const mtu = {
      from: POD,
      to: { kind: 'host', host: 'x' } as const,
      ...(min === undefined ? {} : { min }),
      ...(max === undefined ? {} : { max }),
    };
    expect((await verdictOf({ ...base, kind: 'mtu', mtu }, cluster)).verdict).toBe(verdict);
  });

  it.each([
    [{ opened: true, alive: true }, 'alive', 'passed'],
    [{ opened: true, alive: false }, 'alive', 'failed'],
    [{ opened: true, alive: false }, 'dead', 'passed'],
    [{ opened: false, alive: false }, 'dead', 'failed'],
  ] as const)('one that was %j is %s: %s', async (held, wanted, verdict) => {
    const cluster = { ...refusingCluster(), hold: () => Promise.resolve({ ...held, because: 'So.' }) };
    const established = { from: POD, to: POD, port: 80, expect: wanted, change: 'x' };
    expect((await verdictOf({ ...base, kind: 'established', established }, cluster)).verdict).toBe(verdict);
  });
});

describe('events, commands and files', () => {
  const event = {
    metadata: { name: 'e', namespace: 'default' },
    reason: 'BackOff',
    type: 'Warning',
    message: 'Back-off pulling image',
    involvedObject: { kind: 'Pod', name: 'web' },
  };
  const cluster = clusterOfObjects([
    { apiVersion: 'v1', kind: 'Event', plural: 'events', namespaced: true, objects: [event] },
  ]);
  it.each([
    [{ reason: 'BackOff' }, 'passed'],
    [{ reason: 'BackOff', on: { kind: 'Pod', name: 'db' } }, 'failed'],
    [{ type: 'Normal', on: { kind: 'Pod' } }, 'failed'],
    [{ contains: 'pulling' }, 'passed'],
    [{ reason: 'BackOff', absent: true }, 'failed'],
    [{ reason: 'Killing', absent: true }, 'passed'],
  ] as const)('%j', async (events, verdict) => {
    const check: Check = {
      ...base,
      kind: 'events',
      events: { namespace: 'default', absent: false, ...events },
    };
    expect((await verdictOf(check, cluster)).verdict).toBe(verdict);
  });

  it.each([
    [{}, { kind: 'ended', exitCode: 0, output: 'mtu 1450' }, 'passed'],
    [{ contains: '1450' }, { kind: 'ended', exitCode: 0, output: 'mtu 1450' }, 'passed'],
    [{ contains: '1450', absent: true }, { kind: 'ended', exitCode: 0, output: 'mtu 1450' }, 'failed'],
    [{ matches: '^1450' }, { kind: 'ended', exitCode: 0, output: 'mtu 1450' }, 'failed'],
    [{}, { kind: 'ended', exitCode: 1, output: '' }, 'failed'],
    [{ exitCode: 1 }, { kind: 'ended', exitCode: 1, output: '' }, 'passed'],
    [{}, { kind: 'hung', output: '' }, 'failed'],
    [{}, { kind: 'no-such-place' }, 'failed'],
  ] as const)('a command %j that is %j', async (more, result, verdict) => {
    const command = { in: POD, run: 'ip link', exitCode: 0, absent: false, ...more };
    const given = { ...refusingCluster(), execute: () => Promise.resolve(result) };
    expect((await verdictOf({ ...base, kind: 'command', command }, given)).verdict).toBe(verdict);
  });

  it.each([
    [{ contains: 'bridge' }, 'passed'],
    [{ contains: 'ptp' }, 'failed'],
    [{ contains: 'ptp', absent: true }, 'passed'],
    [{ absent: true }, 'failed'],
  ] as const)('a file %j', async (more, verdict) => {
    const file = { in: POD, path: '/etc/cni', absent: false, ...more };
    const given = {
      ...refusingCluster(),
      readFile: () => Promise.resolve({ kind: 'text', text: 'bridge' } as const),
    };
    expect((await verdictOf({ ...base, kind: 'file', file }, given)).verdict).toBe(verdict);
  });
});

describe('answers', () => {
  it.each([
    ['1450', 0, 'passed'],
    ['1450.5', 1, 'passed'],
    [' 1452 ', 1, 'failed'],
    ['1_450', 0, 'failed'],
    ['Infinity', 1e9, 'failed'],
    ['1450 bytes', 0, 'failed'],
  ])('the number %j within %d', async (given, tolerance, verdict) => {
    const check: Check = {
      ...base,
      kind: 'answer',
      questionId: 'q',
      accept: { kind: 'number', value: 1450, tolerance },
    };
    const task: Task = {
      id: 't',
      title: 'T',
      body: [],
      hints: [],
      questions: [],
      needs: [],
      checks: [check],
    };
    const graded = await gradeTask({
      task,
      cluster: refusingCluster(),
      answers: { q: given },
      metEarlier: new Set(),
    });
    expect(graded.verdict).toBe(verdict);
  });
});
