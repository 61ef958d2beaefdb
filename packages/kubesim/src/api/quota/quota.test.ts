import { describe, expect, it } from 'vitest';
import { TestServer, change, CONFIGMAPS, POD, PODS, SERVICES, SERVICE } from '../api-server.test-support.ts';

const QUOTAS = '/api/v1/namespaces/default/resourcequotas';
const RANGES = '/api/v1/namespaces/default/limitranges';

function withQuota(hard: Record<string, string>, more: object = {}): TestServer {
  const server = new TestServer();
  server.call('POST', QUOTAS, { metadata: { name: 'team' }, spec: { hard, ...more } });
  // What its controller would do.
  server.call('PUT', `${QUOTAS}/team/status`, {
    metadata: { name: 'team' },
    spec: { hard, ...more },
    status: { hard, used: {} },
  });
  return server;
}

function pod(name: string, resources: object = {}): Record<string, unknown> {
  return change(change(POD, ['metadata', 'name'], name), ['spec', 'containers', 0, 'resources'], resources);
}

describe('ResourceQuota (API13)', () => {
  it('refuses what would exceed it, and tells how much there is', () => {
    const server = withQuota({ 'requests.cpu': '1', 'limits.memory': '1Gi', pods: '2' });
    const ask = { requests: { cpu: '600m' }, limits: { cpu: '1', memory: '512Mi' } };
    expect(server.call('POST', PODS, pod('a', ask)).status).toBe(201);
    expect(server.call('POST', PODS, pod('b', ask)).body['message']).toBe(
      'pods "b" is forbidden: exceeded quota: team, requested: requests.cpu=600m, used: requests.cpu=600m, limited: requests.cpu=1',
    );
  });

  it('wants every container to state what it limits', () => {
    const server = withQuota({ 'limits.cpu': '2', 'requests.memory': '1Gi' });
    expect(server.call('POST', PODS, POD).body['message']).toBe(
      'pods "web" is forbidden: failed quota: team: must specify limits.cpu for: web; requests.memory for: web',
    );
  });

  it('counts objects, by their own names and by count/', () => {
    const server = withQuota({ configmaps: '1', 'count/services': '1', 'services.nodeports': '0' });
    expect(server.call('POST', CONFIGMAPS, { metadata: { name: 'a' } }).status).toBe(201);
    expect(server.call('POST', CONFIGMAPS, { metadata: { name: 'b' } }).body['message']).toBe(
      'configmaps "b" is forbidden: exceeded quota: team, requested: configmaps=1, used: configmaps=1, limited: configmaps=1',
    );
    expect(server.call('POST', SERVICES, SERVICE).status).toBe(201);
    expect(
      server.call(
        'PATCH',
        `${SERVICES}/web`,
        { spec: { type: 'NodePort' } },
        { contentType: 'application/merge-patch+json' },
      ).body['message'],
    ).toBe(
      'services "web" is forbidden: exceeded quota: team, requested: services.nodeports=1, used: services.nodeports=0, limited: services.nodeports=0',
    );
  });

  it('is about the pods in its scopes alone', () => {
    const server = withQuota({ pods: '0' }, { scopes: ['BestEffort'] });
    expect(server.call('POST', PODS, pod('a', { requests: { cpu: '1m' } })).status).toBe(201);
    expect(server.call('POST', PODS, pod('b')).body['message']).toContain(
      'exceeded quota: team, requested: pods=1',
    );
  });

  const selecting = (scopeName: string, operator: string, ...values: string[]): object => ({
    scopeSelector: {
      matchExpressions: [{ scopeName, operator, ...(values.length === 0 ? {} : { values }) }],
    },
  });
  const deadline = { activeDeadlineSeconds: 60 };
  const critical = { priorityClassName: 'urgent' };
  const abroad = {
    affinity: {
      podAffinity: {
        requiredDuringSchedulingIgnoredDuringExecution: [
          { topologyKey: 'zone', namespaces: ['shop'], labelSelector: {} },
        ],
      },
    },
  };

  it.each<[object, object, boolean]>([
    [{ scopes: ['Terminating'] }, deadline, true],
    [{ scopes: ['Terminating'] }, {}, false],
    [{ scopes: ['NotTerminating'] }, deadline, false],
    [{ scopes: ['NotTerminating', 'BestEffort'] }, {}, true],
    [selecting('NotBestEffort', 'Exists'), {}, false],
    [selecting('PriorityClass', 'Exists'), critical, true],
    [selecting('PriorityClass', 'Exists'), {}, false],
    [selecting('PriorityClass', 'DoesNotExist'), {}, true],
    [selecting('PriorityClass', 'In', 'urgent'), critical, true],
    [selecting('PriorityClass', 'In', 'gold'), critical, false],
    [selecting('PriorityClass', 'NotIn', 'gold'), critical, true],
    [selecting('CrossNamespacePodAffinity', 'Exists'), abroad, true],
    [selecting('CrossNamespacePodAffinity', 'Exists'), {}, false],
  ])('with %j, about a pod with %j: %j', (scopes, spec, about) => {
    const server = withQuota({ pods: '0' }, scopes);
    server.call('POST', '/apis/scheduling.k8s.io/v1/priorityclasses', {
      metadata: { name: 'urgent' },
      value: 1000,
    });
    const { metadata, spec: base } = pod('b') as { metadata: object; spec: object };
    const made = server.call('POST', PODS, { metadata, spec: { ...base, ...spec } });
    expect([made.status, made.text]).toEqual(
      about ? [403, expect.stringContaining('exceeded quota: team, requested: pods=1')] : [201, made.text],
    );
  });

  it('counts claims and what they ask for, by their class too', () => {
    const server = withQuota({
      persistentvolumeclaims: '2',
      'requests.storage': '3Gi',
      'gold.storageclass.storage.k8s.io/requests.storage': '1Gi',
    });
    const claim = (name: string, storageClassName: string, storage: string): object => ({
      metadata: { name },
      spec: { accessModes: ['ReadWriteOnce'], storageClassName, resources: { requests: { storage } } },
    });
    const claims = '/api/v1/namespaces/default/persistentvolumeclaims';
    expect(server.call('POST', claims, claim('a', 'gold', '1Gi')).status).toBe(201);
    expect(server.call('POST', claims, claim('b', 'gold', '1Mi')).body['message']).toContain(
      'requested: gold.storageclass.storage.k8s.io/requests.storage=1Mi, used: gold.storageclass.storage.k8s.io/requests.storage=1Gi',
    );
    expect(server.call('POST', claims, claim('b', 'tin', '3Gi')).body['message']).toContain(
      'requested: requests.storage=3Gi, used: requests.storage=1Gi, limited: requests.storage=3Gi',
    );
    expect(server.call('POST', claims, claim('b', 'tin', '2Gi')).status).toBe(201);
  });

  it('lets its scope selector change, and not its scopes', () => {
    const server = withQuota({ pods: '1' }, selecting('PriorityClass', 'In', 'gold'));
    const merge = (spec: object) =>
      server.call('PATCH', `${QUOTAS}/team`, { spec }, { contentType: 'application/merge-patch+json' });
    expect(merge(selecting('PriorityClass', 'In', 'tin')).status).toBe(200);
    expect(merge({ scopes: ['BestEffort'] }).body['message']).toContain('field is immutable');
  });

  it.each([
    [{ hard: { gold: '1' } }, 'must be a standard resource for quota'],
    [{ hard: { pods: '1.5' } }, 'spec.hard[pods]: Invalid value: "1500m": must be an integer'],
    [{ hard: {}, scopes: ['BestEffort', 'NotBestEffort'] }, 'conflicting scopes'],
    [{ hard: { cpu: '1' }, scopes: ['BestEffort'] }, 'unsupported scope applied to resource'],
    [{ hard: { services: '1' }, scopes: ['NotTerminating'] }, 'unsupported scope applied to resource'],
    [{ hard: {}, scopes: ['Golden'] }, 'unsupported scope'],
    [
      { hard: {}, scopeSelector: { matchExpressions: [{ scopeName: 'Terminating', operator: 'In' }] } },
      "must be 'Exists' when scope is any of",
    ],
    [
      { hard: {}, scopeSelector: { matchExpressions: [{ scopeName: 'PriorityClass', operator: 'In' }] } },
      'spec.scopeSelector.matchExpressions.values: Required value: must be at least one value',
    ],
  ])('refuses %j', (spec, words) => {
    expect(
      new TestServer().call('POST', QUOTAS, { metadata: { name: 'q' }, spec }).body['message'],
    ).toContain(words);
  });
});

describe('LimitRange (API13)', () => {
  it('gives pods its defaults, and says so on them', () => {
    const server = new TestServer();
    server.call('POST', RANGES, {
      metadata: { name: 'r' },
      spec: {
        limits: [
          { type: 'Container', default: { cpu: '500m' }, defaultRequest: { cpu: '100m', memory: '64Mi' } },
        ],
      },
    });
    const made = server.call('POST', PODS, POD).body;
    expect(made['spec']).toMatchObject({
      containers: [{ resources: { limits: { cpu: '500m' }, requests: { cpu: '100m', memory: '64Mi' } } }],
    });
    expect(made['metadata']).toMatchObject({
      annotations: {
        'kubernetes.io/limit-ranger':
          'LimitRanger plugin set: cpu, memory request for container web; cpu limit for container web',
      },
    });
  });

  it.each([
    [
      { max: { cpu: '1' } },
      { limits: { cpu: '2' } },
      'pods "a" is forbidden: maximum cpu usage per Container is 1, but limit is 2',
    ],
    [
      { min: { memory: '1Gi' } },
      { requests: { memory: '1Mi' } },
      'pods "a" is forbidden: minimum memory usage per Container is 1Gi, but request is 1Mi',
    ],
    [
      { maxLimitRequestRatio: { cpu: '2' } },
      { requests: { cpu: '1' }, limits: { cpu: '4' } },
      'pods "a" is forbidden: cpu max limit to request ratio per Container is 2, but provided ratio is 4.000000',
    ],
  ])('holds pods to %j', (limits, resources, words) => {
    const server = new TestServer();
    server.call('POST', RANGES, {
      metadata: { name: 'r' },
      spec: { limits: [{ type: 'Container', ...limits }] },
    });
    expect(server.call('POST', PODS, pod('a', resources)).body['message']).toBe(words);
  });

  it('refuses bounds that contradict each other', () => {
    const spec = { limits: [{ type: 'Container', min: { cpu: '2' }, max: { cpu: '1' } }] };
    expect(
      new TestServer().call('POST', RANGES, { metadata: { name: 'r' }, spec }).body['message'],
    ).toContain('spec.limits[0].min[cpu]: Invalid value: "2": min value 2 is greater than max value 1');
  });
});
