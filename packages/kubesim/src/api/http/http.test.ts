import { describe, expect, it, test } from 'vitest';
import { TestServer } from '../api-server.test-support.ts';

const CONFIGMAPS = '/api/v1/namespaces/default/configmaps';

function withMaps(count: number): TestServer {
  const server = new TestServer();
  for (let index = 0; index < count; index++)
    server.call('POST', CONFIGMAPS, { metadata: { name: `m${index}` }, data: { at: 'first' } });
  return server;
}

const namesIn = (body: Record<string, unknown>): readonly string[] =>
  (body['items'] as { metadata: { name: string } }[]).map(({ metadata }) => metadata.name);

describe('API1: health and figures', () => {
  const server = new TestServer();

  it('tells every check when asked to, and which cannot be left out', () => {
    const { text } = server.call('GET', '/readyz?verbose&exclude=etcd&exclude=nothing');
    expect(text).toMatch(/^\[\+\]ping ok\n\[\+\]log ok\n\[\+\]etcd excluded: ok\n\[\+\]etcd-readiness ok\n/);
    expect(text).toMatch(
      /\[\+\]shutdown ok\nwarn: some health checks cannot be excluded: no matches for "nothing"\nreadyz check passed\n$/,
    );
    expect(server.call('GET', '/livez?verbose').text).not.toContain(']informer-sync ');
  });

  test.each([
    ['/livez/ping', 200],
    ['/readyz/poststarthook/rbac/bootstrap-roles', 200],
    ['/livez/informer-sync', 404],
    ['/healthz/nothing', 404],
  ])('%s: %i', (path, status) => {
    expect(server.call('GET', path).status).toBe(status);
  });

  it('counts what is stored', () => {
    const counted = withMaps(3).call('GET', '/metrics');
    expect(counted.status).toBe(200);
    expect(counted.text).toContain('apiserver_storage_objects{resource="configmaps"} 3\n');
    expect(counted.text).toContain('git_version="v1.34.4"');
  });
});

describe('API1: JSON for people', () => {
  test.each<[string, string, boolean]>([
    ['?pretty=true', 'test/1', true],
    ['?pretty', 'test/1', false],
    ['', 'curl/8.5.0', true],
    ['?pretty=false', 'curl/8.5.0', false],
    ['', 'kubectl/v1.34.5', false],
  ])('%s of %s', (query, agent, indented) => {
    const { text } = withMaps(1).call('GET', `${CONFIGMAPS}/m0${query}`, undefined, {
      headers: { 'user-agent': agent },
    });
    expect(text.startsWith('{\n  "')).toBe(indented);
  });

  it('errors too', () => {
    const { text } = withMaps(0).call('GET', `${CONFIGMAPS}/none?pretty=1`);
    expect(text).toContain('\n  "message": "configmaps \\"none\\" not found"');
  });
});

describe('API4: what a list or a watch may ask for', () => {
  const server = withMaps(1);

  test.each([
    [
      'resourceVersionMatch=Exact',
      'resourceVersionMatch: Forbidden: resourceVersionMatch is forbidden unless resourceVersion is provided',
    ],
    [
      'resourceVersion=0&resourceVersionMatch=Exact',
      'resourceVersionMatch: Forbidden: resourceVersionMatch "exact" is forbidden for resourceVersion "0"',
    ],
    [
      'resourceVersion=1&resourceVersionMatch=Newer',
      'resourceVersionMatch: Unsupported value: "Newer": supported values: "Exact", "NotOlderThan", ""',
    ],
    ['sendInitialEvents=true', 'sendInitialEvents: Forbidden: sendInitialEvents is forbidden for list'],
    [
      'watch=1&sendInitialEvents=true',
      'resourceVersionMatch: Forbidden: sendInitialEvents requires setting resourceVersionMatch to NotOlderThan',
    ],
    [
      'watch=1&resourceVersionMatch=NotOlderThan',
      'resourceVersionMatch: Forbidden: resourceVersionMatch is forbidden for watch unless sendInitialEvents is provided',
    ],
  ])('%s', (query, message) => {
    const refused = server.call('GET', `${CONFIGMAPS}?${query}`);
    expect([refused.status, refused.body['message']]).toEqual([
      422,
      `ListOptions.meta.k8s.io "" is invalid: ${message}`,
    ]);
  });

  test.each([
    ['/api/v1/pods', 'spec.image', 'field label not supported: spec.image'],
    ['/api/v1/nodes', 'metadata.namespace', 'field label not supported: metadata.namespace'],
    ['/api/v1/services', 'spec.ports', 'field label not supported: spec.ports'],
    [
      '/api/v1/configmaps',
      'data',
      '"data" is not a known field selector: only "metadata.name", "metadata.namespace"',
    ],
    [
      '/apis/apps/v1/deployments',
      'status.replicas',
      '"status.replicas" is not a known field selector: only "metadata.name", "metadata.namespace"',
    ],
    [
      '/apis/apps/v1/replicasets',
      'status.replicas',
      '"status.replicas" is not a known field selector: only "metadata.name", "metadata.namespace"',
    ],
    ['/apis/batch/v1/jobs', 'status.failed', 'field label "status.failed" not supported for Job'],
    [
      '/apis/rbac.authorization.k8s.io/v1/clusterroles',
      'rules',
      '"rules" is not a known field selector: only "metadata.name", "metadata.namespace"',
    ],
  ])('%s has no field %s', (path, field, message) => {
    const refused = server.call('GET', `${path}?fieldSelector=${field}=x`);
    expect([refused.status, refused.body['message']]).toEqual([400, message]);
  });

  test.each([
    [
      '/api/v1/pods',
      'spec.nodeName,spec.restartPolicy,spec.schedulerName,spec.serviceAccountName,spec.hostNetwork,status.phase,status.podIP,status.nominatedNodeName',
    ],
    ['/api/v1/nodes', 'spec.unschedulable'],
    ['/api/v1/replicationcontrollers', 'status.replicas'],
    ['/api/v1/namespaces', 'status.phase'],
    ['/api/v1/secrets', 'type'],
    ['/api/v1/services', 'spec.clusterIP,spec.type'],
    ['/api/v1/events', 'involvedObject.kind,involvedObject.name,reason,reportingComponent,source,type'],
    ['/apis/batch/v1/jobs', 'status.successful'],
    ['/apis/rbac.authorization.k8s.io/v1/clusterroles', 'metadata.namespace'],
  ])('%s has %s', (path, fields) => {
    for (const field of fields.split(','))
      expect([field, server.call('GET', `${path}?fieldSelector=${field}=x`).status]).toEqual([field, 200]);
  });
});

describe('API4: a list of one moment', () => {
  it('goes on in pages as it began, whatever is written meanwhile', () => {
    const server = withMaps(4);
    const first = server.call('GET', `${CONFIGMAPS}?limit=2`);
    const { continue: token, resourceVersion } = first.body['metadata'] as {
      continue: string;
      resourceVersion: string;
    };
    server.call('DELETE', `${CONFIGMAPS}/m2`);
    server.call('POST', CONFIGMAPS, { metadata: { name: 'm3a' } });
    server.call(
      'PATCH',
      `${CONFIGMAPS}/m3`,
      { data: { at: 'later' } },
      { contentType: 'application/merge-patch+json' },
    );
    const rest = server.call('GET', `${CONFIGMAPS}?limit=2&continue=${token}`);
    expect(namesIn(rest.body)).toEqual(['m2', 'm3']);
    expect(rest.body['metadata']).toEqual({ resourceVersion });
    expect(rest.body['items']).toContainEqual(expect.objectContaining({ data: { at: 'first' } }));
    const exact = server.call(
      'GET',
      `${CONFIGMAPS}?resourceVersion=${resourceVersion}&resourceVersionMatch=Exact`,
    );
    expect(namesIn(exact.body)).toEqual(['m0', 'm1', 'm2', 'm3']);
    expect(namesIn(server.call('GET', CONFIGMAPS).body)).toEqual(['m0', 'm1', 'm3', 'm3a']);
  });

  it('is too old once its revision is compacted, and the rest can be had all the same', () => {
    const server = withMaps(4);
    const first = server.call('GET', `${CONFIGMAPS}?limit=2`);
    const { continue: token } = first.body['metadata'] as { continue: string };
    const { state } = server;
    server.call('DELETE', `${CONFIGMAPS}/m2`);
    state.store.compactedRevision = state.store.revision;
    const old = server.call('GET', `${CONFIGMAPS}?limit=2&continue=${token}`);
    expect([old.status, old.body['reason']]).toEqual([410, 'Expired']);
    const { continue: onward } = old.body['metadata'] as { continue: string };
    expect(namesIn(server.call('GET', `${CONFIGMAPS}?limit=2&continue=${onward}`).body)).toEqual(['m3']);
    const exact = server.call('GET', `${CONFIGMAPS}?resourceVersion=2&resourceVersionMatch=Exact`);
    expect([exact.status, exact.body['message']]).toEqual([
      410,
      'The resourceVersion for the provided list is too old.',
    ]);
  });
});
