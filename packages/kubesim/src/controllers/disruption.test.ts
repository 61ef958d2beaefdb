import { describe, expect, it, test } from 'vitest';
import { TestControlPlane } from './control-plane.test-support.ts';

const BUDGETS = '/apis/policy/v1/namespaces/default/poddisruptionbudgets';
const PODS = '/api/v1/namespaces/default/pods';
const TEMPLATE = {
  metadata: { labels: { app: 'web' } },
  spec: { containers: [{ name: 'web', image: 'nginx' }] },
};

/** A Deployment of three, of which this many are ready, under a budget. */
function cluster(ready: number, spec: object): TestControlPlane {
  const server = new TestControlPlane();
  server.addNode('n1');
  server.call('POST', '/apis/apps/v1/namespaces/default/deployments', {
    metadata: { name: 'web' },
    spec: { replicas: 3, selector: { matchLabels: { app: 'web' } }, template: TEMPLATE },
  });
  server.run(1000);
  for (const name of pods(server)) {
    server.runPod(name);
    if (pods(server).indexOf(name) >= ready)
      server.call(
        'PATCH',
        `${PODS}/${name}/status`,
        { status: { conditions: [{ type: 'Ready', status: 'False' }] } },
        { contentType: 'application/strategic-merge-patch+json' },
      );
  }
  const made = server.call('POST', BUDGETS, {
    metadata: { name: 'web' },
    spec: { selector: { matchLabels: { app: 'web' } }, ...spec },
  });
  expect(made.status).toBe(201);
  server.run(1000);
  return server;
}

function pods(server: TestControlPlane): readonly string[] {
  const { items } = server.call('GET', PODS).body as { items?: readonly { metadata: { name: string } }[] };
  return (items ?? []).map(({ metadata }) => metadata.name);
}

function statusOf(server: TestControlPlane): Record<string, unknown> {
  return server.call('GET', `${BUDGETS}/web`).body['status'] as Record<string, unknown>;
}

const evict = (server: TestControlPlane, name: string, options: object = {}) =>
  server.call('POST', `${PODS}/${name}/eviction`, {
    apiVersion: 'policy/v1',
    kind: 'Eviction',
    metadata: { name, namespace: 'default' },
    ...options,
  });

describe('API16: the status of a PodDisruptionBudget', () => {
  test.each<[string, number, object, object]>([
    [
      'minAvailable 2 of 3',
      3,
      { minAvailable: 2 },
      { currentHealthy: 3, desiredHealthy: 2, disruptionsAllowed: 1, expectedPods: 3 },
    ],
    [
      'minAvailable 50%',
      3,
      { minAvailable: '50%' },
      { currentHealthy: 3, desiredHealthy: 2, disruptionsAllowed: 1, expectedPods: 3 },
    ],
    [
      'maxUnavailable 1',
      3,
      { maxUnavailable: 1 },
      { currentHealthy: 3, desiredHealthy: 2, disruptionsAllowed: 1, expectedPods: 3 },
    ],
    [
      'maxUnavailable 1, one unready',
      2,
      { maxUnavailable: 1 },
      { currentHealthy: 2, desiredHealthy: 2, disruptionsAllowed: 0, expectedPods: 3 },
    ],
    [
      'maxUnavailable 30% rounds up',
      3,
      { maxUnavailable: '30%' },
      { currentHealthy: 3, desiredHealthy: 2, disruptionsAllowed: 1, expectedPods: 3 },
    ],
    ['neither', 3, {}, { currentHealthy: 3, desiredHealthy: 0, disruptionsAllowed: 3, expectedPods: 3 }],
  ])('%s', (_, ready, spec, wanted) => {
    const status = statusOf(cluster(ready, spec));
    const allowed = (wanted as { disruptionsAllowed: number }).disruptionsAllowed > 0;
    expect(status).toMatchObject({
      ...wanted,
      observedGeneration: 1,
      conditions: [
        {
          type: 'DisruptionAllowed',
          status: allowed ? 'True' : 'False',
          reason: allowed ? 'SufficientPods' : 'InsufficientPods',
          message: '',
        },
      ],
    });
  });

  it('allows nothing when the pods’ workload cannot be scaled, and says why', () => {
    const server = new TestControlPlane();
    server.addNode('n1');
    server.call('POST', '/apis/apps/v1/namespaces/default/daemonsets', {
      metadata: { name: 'agent' },
      spec: { selector: { matchLabels: { app: 'web' } }, template: TEMPLATE },
    });
    server.run(500);
    server.call('POST', BUDGETS, {
      metadata: { name: 'web' },
      spec: { maxUnavailable: 1, selector: { matchLabels: { app: 'web' } } },
    });
    server.run(500);
    expect(statusOf(server)).toMatchObject({
      disruptionsAllowed: 0,
      conditions: [
        {
          type: 'DisruptionAllowed',
          status: 'False',
          reason: 'SyncFailed',
          message: 'daemonsets.apps does not implement the scale subresource',
        },
      ],
    });
  });
});

describe('API16: eviction', () => {
  it('takes from the budget until nothing is left, and then waits', () => {
    const server = cluster(3, { minAvailable: 2 });
    const [first = '', second = ''] = pods(server);
    expect(evict(server, first)).toMatchObject({ status: 201, body: { status: 'Success', code: 201 } });
    expect(statusOf(server)['disruptedPods']).toEqual({ [first]: expect.any(String) as string });
    const gone = server.call('GET', `${PODS}/${first}`).body as {
      metadata: object;
      status: { conditions: object[] };
    };
    expect(gone.metadata).toMatchObject({ deletionTimestamp: expect.any(String) as string });
    expect(gone.status.conditions).toContainEqual(
      expect.objectContaining({
        type: 'DisruptionTarget',
        status: 'True',
        reason: 'EvictionByEvictionAPI',
        message: 'Eviction API: evicting',
      }),
    );
    const refused = evict(server, second);
    expect([refused.status, refused.body]).toEqual([
      429,
      {
        kind: 'Status',
        apiVersion: 'v1',
        metadata: {},
        status: 'Failure',
        message: "Cannot evict pod as it would violate the pod's disruption budget.",
        reason: 'TooManyRequests',
        details: {
          causes: [
            {
              reason: 'DisruptionBudget',
              message: 'The disruption budget web needs 2 healthy pods and has 3 currently',
            },
          ],
        },
        code: 429,
      },
    ]);
    server.run(1000);
    expect(evict(server, second).body['details']).toEqual({
      causes: [
        {
          reason: 'DisruptionBudget',
          message: 'The disruption budget web needs 2 healthy pods and has 2 currently',
        },
      ],
    });
  });

  it('is told to come again while the budget is not counted yet', () => {
    const server = cluster(3, { minAvailable: 2 });
    server.call(
      'PATCH',
      `${BUDGETS}/web`,
      { spec: { minAvailable: 1 } },
      { contentType: 'application/merge-patch+json' },
    );
    const refused = evict(server, pods(server)[0] ?? '');
    expect([refused.status, refused.body['details'], refused.response.headers['retry-after']]).toEqual([
      429,
      {
        causes: [
          {
            reason: 'DisruptionBudget',
            message: 'The disruption budget web is still being processed by the server.',
          },
        ],
        retryAfterSeconds: 10,
      },
      '10',
    ]);
  });

  it('takes an unready pod while enough others are healthy, and with AlwaysAllow at any time', () => {
    const enough = cluster(2, { minAvailable: 2 });
    expect(evict(enough, pods(enough)[2] ?? '').status).toBe(201);
    const few = cluster(1, { minAvailable: 2 });
    expect(evict(few, pods(few)[2] ?? '').status).toBe(429);
    const always = cluster(1, { minAvailable: 2, unhealthyPodEvictionPolicy: 'AlwaysAllow' });
    expect(evict(always, pods(always)[2] ?? '').status).toBe(201);
  });

  it('of a pod with two budgets is not supported; a dry run changes nothing', () => {
    const server = cluster(3, { minAvailable: 2 });
    const [first = ''] = pods(server);
    const revision = server.api.revision();
    expect(evict(server, first, { deleteOptions: { dryRun: ['All'] } }).status).toBe(201);
    expect(server.api.revision()).toBe(revision);
    server.call('POST', BUDGETS, {
      metadata: { name: 'other' },
      spec: { minAvailable: 0, selector: { matchLabels: { app: 'web' } } },
    });
    expect(evict(server, first).body).toMatchObject({
      status: 'Failure',
      code: 500,
      message:
        'This pod has more than one PodDisruptionBudget, which the eviction subresource does not support.',
    });
  });

  it('names its pod', () => {
    const server = cluster(3, { minAvailable: 2 });
    const answer = evict(server, pods(server)[0] ?? '', { metadata: { name: 'other' } });
    expect([answer.status, answer.body['message']]).toEqual([
      400,
      'name in URL does not match name in Eviction object',
    ]);
  });
});

test('API16: an eviction is refused until the budget is changed to allow it, and goes freely without one', () => {
  const MERGE = { contentType: 'application/merge-patch+json' };
  const server = cluster(3, { minAvailable: 3 });
  const [first = '', second = ''] = pods(server);
  const refused = {
    status: 429,
    body: { details: { causes: [{ reason: 'DisruptionBudget' }] } },
  };
  expect(evict(server, first)).toMatchObject(refused);
  const { body } = server.call('GET', `${BUDGETS}/web`);
  const spec = { ...(body['spec'] as object), minAvailable: 2 };
  expect(server.call('PUT', `${BUDGETS}/web`, { ...body, spec }).status).toBe(200);
  server.run(1000);
  expect(statusOf(server)).toMatchObject({ currentHealthy: 3, desiredHealthy: 2, disruptionsAllowed: 1 });
  expect(evict(server, first).status).toBe(201);
  server.run(1000);
  const patched = server.call(
    'PATCH',
    `${BUDGETS}/web`,
    { spec: { minAvailable: null, maxUnavailable: 0 } },
    MERGE,
  );
  expect(patched.body['spec']).toMatchObject({ maxUnavailable: 0 });
  server.run(1000);
  expect(statusOf(server)).toMatchObject({ observedGeneration: 3, disruptionsAllowed: 0 });
  expect(evict(server, second)).toMatchObject(refused);
  server.call('DELETE', `${BUDGETS}/web`);
  expect(evict(server, second).status).toBe(201);
});

test('API16: a status of a budget is patched and read as it was written', () => {
  const server = cluster(3, { minAvailable: 1 });
  const patched = server.call(
    'PATCH',
    `${BUDGETS}/web/status`,
    { status: { disruptedPods: { web: '2026-01-05T09:00:00Z' } } },
    { contentType: 'application/merge-patch+json' },
  );
  expect(patched.body['status']).toMatchObject({ disruptedPods: { web: '2026-01-05T09:00:00Z' } });
});
