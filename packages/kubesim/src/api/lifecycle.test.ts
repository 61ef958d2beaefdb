import { describe, expect, test } from 'vitest';
import { DEPLOYMENT, SERVICE, TestServer } from './api-server.test-support.ts';

const MERGE = { contentType: 'application/merge-patch+json' };
const { template } = DEPLOYMENT.spec;
const selector = { matchLabels: { app: 'web' } };
const job = {
  template: { spec: { restartPolicy: 'Never', containers: [{ name: 'c', image: 'busybox' }] } },
};
const namespaced = (group: string, resource: string): string =>
  `/apis/${group}/namespaces/default/${resource}`;
/** A condition as the conformance suite writes it: without a time. */
const condition = { type: 'StatusUpdate', status: 'True', reason: 'E2E', message: 'Set from e2e test' };
const conditions = { conditions: [condition] };

/** Kind, its collection, an object of it, and a status that somebody may write. */
const KINDS: readonly (readonly [string, string, object, object | undefined])[] = [
  ['Deployment', namespaced('apps/v1', 'deployments'), { spec: DEPLOYMENT.spec }, conditions],
  [
    'ReplicaSet',
    namespaced('apps/v1', 'replicasets'),
    { spec: { selector, template } },
    { replicas: 0, ...conditions },
  ],
  ['DaemonSet', namespaced('apps/v1', 'daemonsets'), { spec: { selector, template } }, conditions],
  [
    'StatefulSet',
    namespaced('apps/v1', 'statefulsets'),
    { spec: { serviceName: 'x', selector, template } },
    { replicas: 0, ...conditions },
  ],
  [
    'ControllerRevision',
    namespaced('apps/v1', 'controllerrevisions'),
    { data: { a: 1 }, revision: 1 },
    undefined,
  ],
  [
    'ReplicationController',
    '/api/v1/namespaces/default/replicationcontrollers',
    { spec: { template } },
    { replicas: 0, ...conditions },
  ],
  [
    'PodTemplate',
    '/api/v1/namespaces/default/podtemplates',
    { template: { spec: template.spec } },
    undefined,
  ],
  ['Service', '/api/v1/namespaces/default/services', { spec: SERVICE.spec }, conditions],
  ['Job', namespaced('batch/v1', 'jobs'), { spec: job }, { startTime: '2026-01-05T09:00:00Z' }],
  [
    'CronJob',
    namespaced('batch/v1', 'cronjobs'),
    { spec: { schedule: '* */1 * * ?', jobTemplate: { spec: job } } },
    { lastScheduleTime: '2026-01-05T09:00:00Z' },
  ],
  [
    'Ingress',
    namespaced('networking.k8s.io/v1', 'ingresses'),
    { spec: { defaultBackend: { service: { name: 'x', port: { number: 80 } } } } },
    { loadBalancer: { ingress: [{ ip: '169.1.1.1' }] } },
  ],
  ['IngressClass', '/apis/networking.k8s.io/v1/ingressclasses', { spec: { controller: 'a.b/c' } }, undefined],
  [
    'NetworkPolicy',
    namespaced('networking.k8s.io/v1', 'networkpolicies'),
    { spec: { podSelector: {} } },
    undefined,
  ],
  [
    'EndpointSlice',
    namespaced('discovery.k8s.io/v1', 'endpointslices'),
    { addressType: 'IPv4', endpoints: [] },
    undefined,
  ],
  [
    'PodDisruptionBudget',
    namespaced('policy/v1', 'poddisruptionbudgets'),
    { spec: { minAvailable: 1, selector } },
    { disruptionsAllowed: 1, currentHealthy: 0, desiredHealthy: 0, expectedPods: 0 },
  ],
  [
    'ResourceQuota',
    '/api/v1/namespaces/default/resourcequotas',
    { spec: { hard: { pods: '5' } } },
    { hard: { pods: '5' }, used: { pods: '1' } },
  ],
  [
    'LimitRange',
    '/api/v1/namespaces/default/limitranges',
    { spec: { limits: [{ type: 'Pod', max: { cpu: '1' } }] } },
    undefined,
  ],
  ['PriorityClass', '/apis/scheduling.k8s.io/v1/priorityclasses', { value: 7 }, undefined],
  [
    'StorageClass',
    '/apis/storage.k8s.io/v1/storageclasses',
    { provisioner: 'e2e-fake-provisioner' },
    undefined,
  ],
  [
    'Lease',
    namespaced('coordination.k8s.io/v1', 'leases'),
    { spec: { leaseDurationSeconds: 30 } },
    undefined,
  ],
  [
    'Event',
    '/api/v1/namespaces/default/events',
    { involvedObject: { namespace: 'default' }, reason: 'Test' },
    undefined,
  ],
  ['ServiceAccount', '/api/v1/namespaces/default/serviceaccounts', {}, undefined],
  ['ConfigMap', '/api/v1/namespaces/default/configmaps', { data: { a: 'b' } }, undefined],
  ['Secret', '/api/v1/namespaces/default/secrets', { data: { a: 'Yg==' } }, undefined],
  [
    'PersistentVolumeClaim',
    '/api/v1/namespaces/default/persistentvolumeclaims',
    { spec: { accessModes: ['ReadWriteOnce'], resources: { requests: { storage: '1Gi' } } } },
    { phase: 'Pending', ...conditions },
  ],
];

describe('API8, API18: the life of an object, as the conformance suite goes through it', () => {
  test.each(KINDS)('%s', (_kind, path, object, status) => {
    const server = new TestServer();
    const read = () => server.call('GET', `${path}/one`).body as { metadata: { annotations?: object } };
    const made = server.call('POST', path, { metadata: { name: 'one', labels: { of: 'test' } }, ...object });
    expect([made.status, made.body['message']]).toEqual([201, undefined]);
    expect(server.call('GET', `${path}?labelSelector=of%3Dtest`).body['items']).toHaveLength(1);
    const patch = { metadata: { annotations: { patched: 'true' } } };
    expect(server.call('PATCH', `${path}/one`, patch, MERGE).body).toMatchObject(patch);
    const body = read();
    const annotations = { ...body.metadata.annotations, updated: 'true' };
    const replaced = server.call('PUT', `${path}/one`, {
      ...body,
      metadata: { ...body.metadata, annotations },
    });
    expect([replaced.status, replaced.body['message']]).toEqual([200, undefined]);
    expect(read().metadata.annotations).toMatchObject({ patched: 'true', updated: 'true' });
    if (status !== undefined) {
      const told = { metadata: { annotations: { patchedstatus: 'true' } }, status };
      const patched = server.call('PATCH', `${path}/one/status`, told, MERGE);
      expect([patched.status, patched.body['message']]).toEqual([200, undefined]);
      expect(patched.body).toMatchObject(told);
      const written = server.call('PUT', `${path}/one/status`, read());
      expect([written.status, written.body['message']]).toEqual([200, undefined]);
      expect(written.body).toMatchObject({ status });
      expect(server.call('GET', `${path}/one/status`).body).toMatchObject(told);
    }
    expect(server.call('DELETE', `${path}?labelSelector=of%3Dtest`).status).toBe(200);
  });
});
