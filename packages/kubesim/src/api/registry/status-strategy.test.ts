import { describe, expect, test } from 'vitest';
import {
  DEPLOYMENT,
  DEPLOYMENTS,
  POD,
  PODS,
  SERVICE,
  SERVICES,
  TestServer,
} from '../api-server.test-support.ts';

const MERGE = { contentType: 'application/merge-patch+json' };
const metadataOf = (answer: { readonly body: Record<string, unknown> }) =>
  answer.body['metadata'] as Record<string, unknown>;

describe('API18: what a write of a status changes', () => {
  test.each<[string, string, object, object]>([
    ['a Service', SERVICES, SERVICE, { loadBalancer: { ingress: [{ ip: '203.0.113.1' }] } }],
    ['a Pod', PODS, POD, { phase: 'Running' }],
    [
      'a CronJob',
      '/apis/batch/v1/namespaces/default/cronjobs',
      {
        metadata: { name: 'web' },
        spec: {
          schedule: '* */1 * * ?',
          jobTemplate: {
            spec: {
              template: { spec: { restartPolicy: 'Never', containers: [{ name: 'c', image: 'busybox' }] } },
            },
          },
        },
      },
      { lastScheduleTime: '2026-01-01T00:00:00Z' },
    ],
  ])('%s: status and metadata, and nothing of the rest', (_name, path, object, status) => {
    const server = new TestServer();
    expect(server.call('POST', path, object).status).toBe(201);
    const patch = {
      metadata: { annotations: { patchedstatus: 'true' }, labels: { patched: 'yes' } },
      spec: { suspend: true, type: 'NodePort', nodeName: 'n9' },
      status,
    };
    const patched = server.call('PATCH', `${path}/web/status`, patch, MERGE);
    expect(patched.text).toContain('patchedstatus');
    const read = server.call('GET', `${path}/web`);
    expect(metadataOf(read)).toMatchObject({
      annotations: { patchedstatus: 'true' },
      labels: { patched: 'yes' },
    });
    expect(read.body['status']).toMatchObject(status);
    for (const changed of ['NodePort', '"suspend":true', 'n9']) expect(read.text).not.toContain(changed);
    expect(JSON.stringify(metadataOf(read)['managedFields'])).toContain('f:patchedstatus');
  });

  test('a Deployment keeps its labels', () => {
    const server = new TestServer();
    server.call('POST', DEPLOYMENTS, DEPLOYMENT);
    const patch = { metadata: { annotations: { a: 'b' }, labels: { c: 'd' } }, status: { replicas: 1 } };
    const patched = server.call('PATCH', `${DEPLOYMENTS}/web/status`, patch, MERGE);
    expect(metadataOf(patched)).toMatchObject({ annotations: { a: 'b' } });
    expect(metadataOf(patched)).not.toHaveProperty('labels');
  });

  test('a custom object keeps all of its metadata', () => {
    const server = new TestServer();
    const schema = { type: 'object', 'x-kubernetes-preserve-unknown-fields': true };
    server.call('POST', '/apis/apiextensions.k8s.io/v1/customresourcedefinitions', {
      metadata: { name: 'widgets.example.com' },
      spec: {
        group: 'example.com',
        scope: 'Namespaced',
        names: { plural: 'widgets', kind: 'Widget' },
        versions: [
          {
            name: 'v1',
            served: true,
            storage: true,
            schema: { openAPIV3Schema: schema },
            subresources: { status: {} },
          },
        ],
      },
    });
    const path = '/apis/example.com/v1/namespaces/default/widgets';
    server.call('POST', path, { apiVersion: 'example.com/v1', kind: 'Widget', metadata: { name: 'web' } });
    const patch = { metadata: { annotations: { a: 'b' } }, status: { ready: true } };
    const patched = server.call('PATCH', `${path}/web/status`, patch, MERGE);
    expect(patched.body['status']).toEqual({ ready: true });
    expect(metadataOf(patched)).not.toHaveProperty('annotations');
  });
});
