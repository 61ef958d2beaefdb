import { forkState, Simulation, utf8Decode } from '@podwire/sim';
import { describe, expect, it } from 'vitest';
import {
  ADMIN,
  change,
  CONFIGMAPS,
  DEPLOYMENT,
  DEPLOYMENTS,
  POD,
  PODS,
  SERVICE,
  SERVICES,
  TestServer,
} from './api-server.test-support.ts';
import type { ObjectChange } from './client.ts';
import type { ApiStream } from './http.ts';

const TABLE = 'application/json;as=Table;v=v1;g=meta.k8s.io,application/json';
const APPLY = { contentType: 'application/apply-patch+yaml' };

function events(stream: ApiStream | undefined): { type: string; object: Record<string, never> }[] {
  const bytes = stream?.read();
  return bytes === undefined
    ? []
    : utf8Decode(bytes)
        .split('\n')
        .filter((line) => line !== '')
        .map((line) => JSON.parse(line) as never);
}

describe('objects', () => {
  it('API6: a pod gets the defaults of upstream', () => {
    const { body } = new TestServer().call('POST', PODS, POD);
    expect(body).toMatchObject({
      metadata: { namespace: 'default', generation: 1, creationTimestamp: '2026-01-05T09:00:00Z' },
      spec: {
        restartPolicy: 'Always',
        dnsPolicy: 'ClusterFirst',
        terminationGracePeriodSeconds: 30,
        serviceAccountName: 'default',
        enableServiceLinks: true,
        priority: 0,
        containers: [
          {
            imagePullPolicy: 'IfNotPresent',
            resources: {},
            terminationMessagePath: '/dev/termination-log',
            volumeMounts: [{ mountPath: '/var/run/secrets/kubernetes.io/serviceaccount' }],
          },
        ],
        tolerations: [
          { key: 'node.kubernetes.io/not-ready', tolerationSeconds: 300 },
          { key: 'node.kubernetes.io/unreachable' },
        ],
      },
      status: { phase: 'Pending', qosClass: 'BestEffort' },
    });
  });

  it('NP4: policyTypes follow the rules, and NP19: protocols are TCP', () => {
    const server = new TestServer();
    const create = (name: string, spec: object): unknown =>
      server.call('POST', '/apis/networking.k8s.io/v1/namespaces/default/networkpolicies', {
        metadata: { name },
        spec: { podSelector: {}, ...spec },
      }).body['spec'];
    expect(create('a', {})).toEqual({ podSelector: {}, policyTypes: ['Ingress'] });
    expect(create('b', { egress: [{ ports: [{ port: 53 }] }] })).toEqual({
      podSelector: {},
      egress: [{ ports: [{ protocol: 'TCP', port: 53 }] }],
      policyTypes: ['Ingress', 'Egress'],
    });
  });

  it('NP11: the name label of a namespace cannot be changed', () => {
    const server = new TestServer();
    const patched = server.call(
      'PATCH',
      '/api/v1/namespaces/default',
      { metadata: { labels: { 'kubernetes.io/metadata.name': 'other' } } },
      { contentType: 'application/merge-patch+json' },
    );
    expect(patched.body).toMatchObject({
      metadata: { labels: { 'kubernetes.io/metadata.name': 'default' } },
    });
  });

  it('API8: generateName makes names, dry-run keeps nothing', () => {
    const server = new TestServer();
    const made = server.call('POST', CONFIGMAPS, { metadata: { generateName: 'c-' } }).body['metadata'] as {
      name: string;
    };
    expect(made.name).toMatch(/^c-[a-z0-9]{5}$/);
    expect(server.call('POST', `${CONFIGMAPS}?dryRun=All`, { metadata: { name: 'dry' } }).status).toBe(201);
    expect(server.call('GET', `${CONFIGMAPS}/dry`).body).toMatchObject({
      reason: 'NotFound',
      message: 'configmaps "dry" not found',
    });
  });

  it('API4: a stale write is a conflict, a write that changes nothing is none', () => {
    const server = new TestServer();
    const first = server.call('POST', CONFIGMAPS, { metadata: { name: 'c' }, data: { a: '1' } }).body;
    const second = server.call('PUT', `${CONFIGMAPS}/c`, change(first, ['data', 'a'], '2')).body;
    const stale = server.call('PUT', `${CONFIGMAPS}/c`, change(first, ['data', 'a'], '3'));
    expect(stale.body).toMatchObject({
      code: 409,
      message:
        'Operation cannot be fulfilled on configmaps "c": the object has been modified; please apply your changes to the latest version and try again',
    });
    const revision = server.api.revision();
    expect(server.call('PUT', `${CONFIGMAPS}/c`, second).body).toEqual(second);
    expect(server.api.revision()).toBe(revision);
  });

  it('API7: status and spec are written apart, and only spec moves the generation', () => {
    const server = new TestServer();
    server.call('POST', DEPLOYMENTS, DEPLOYMENT);
    const both = { metadata: { name: 'web' }, spec: { replicas: 7 }, status: { replicas: 2 } };
    const merge = { contentType: 'application/merge-patch+json' };
    expect(server.call('PATCH', `${DEPLOYMENTS}/web/status`, both, merge).body).toMatchObject({
      metadata: { generation: 1 },
      spec: { replicas: 1 },
      status: { replicas: 2 },
    });
    expect(
      server.call('PATCH', `${DEPLOYMENTS}/web`, change(both, ['status', 'replicas'], 9), merge).body,
    ).toMatchObject({ metadata: { generation: 2 }, spec: { replicas: 7 }, status: { replicas: 2 } });
  });

  it('API7: scale', () => {
    const server = new TestServer();
    server.call('POST', DEPLOYMENTS, DEPLOYMENT);
    const scaled = server.call(
      'PATCH',
      `${DEPLOYMENTS}/web/scale`,
      { spec: { replicas: 4 } },
      { contentType: 'application/merge-patch+json' },
    );
    expect(scaled.body).toMatchObject({
      kind: 'Scale',
      spec: { replicas: 4 },
      status: { replicas: 0, selector: 'app=web' },
    });
    expect(server.call('GET', `${DEPLOYMENTS}/web`).body).toMatchObject({ spec: { replicas: 4 } });
  });
});

describe('ephemeral containers', () => {
  it('API7: are added to a pod, and never taken away', () => {
    const server = new TestServer();
    server.call('POST', PODS, POD);
    const patch = (ephemeralContainers: unknown) =>
      server.call(
        'PATCH',
        `${PODS}/web/ephemeralcontainers`,
        { spec: { ephemeralContainers, restartPolicy: 'Never' } },
        { contentType: 'application/merge-patch+json' },
      ).body;
    expect(patch([{ name: 'debug', image: 'busybox' }])).toMatchObject({
      spec: { restartPolicy: 'Always', ephemeralContainers: [{ name: 'debug' }] },
    });
    expect(patch([])).toMatchObject({ code: 422 });
    expect(server.call('GET', `${PODS}/web`).body).toMatchObject({
      spec: { ephemeralContainers: [{ name: 'debug' }] },
    });
  });
});

describe('deletion', () => {
  it('API8: a pod on a node is marked and waits for its kubelet; a second delete may only shorten the grace', () => {
    const server = new TestServer();
    server.call('POST', PODS, POD);
    const client = server.api.clientFor(ADMIN);
    expect(client.bind('default', 'web', 'n1').ok).toBe(true);
    expect(client.bind('default', 'web', 'n2')).toMatchObject({ ok: false, status: { code: 409 } });
    expect(server.call('DELETE', `${PODS}/web`).body).toMatchObject({
      metadata: { deletionGracePeriodSeconds: 30, deletionTimestamp: '2026-01-05T09:00:30Z' },
    });
    server.call('DELETE', `${PODS}/web?gracePeriodSeconds=60`);
    expect(server.call('GET', `${PODS}/web`).body).toMatchObject({
      metadata: { deletionGracePeriodSeconds: 30 },
    });
    server.call('DELETE', `${PODS}/web?gracePeriodSeconds=0`);
    expect(server.call('GET', `${PODS}/web`).status).toBe(404);
  });

  it('API8: a finalizer holds an object until it is taken away', () => {
    const server = new TestServer();
    server.call('POST', CONFIGMAPS, { metadata: { name: 'c', finalizers: ['example.com/hold'] } });
    server.call('DELETE', `${CONFIGMAPS}/c`);
    expect(server.call('GET', `${CONFIGMAPS}/c`).body).toMatchObject({
      metadata: { deletionTimestamp: '2026-01-05T09:00:00Z' },
    });
    server.call(
      'PATCH',
      `${CONFIGMAPS}/c`,
      { metadata: { finalizers: null } },
      { contentType: 'application/merge-patch+json' },
    );
    expect(server.call('GET', `${CONFIGMAPS}/c`).status).toBe(404);
  });

  it('API8: what is in a namespace goes after its pods', () => {
    const server = new TestServer();
    server.call('POST', '/api/v1/namespaces', { metadata: { name: 'n' } });
    server.call('POST', '/api/v1/namespaces/n/serviceaccounts', { metadata: { name: 'default' } });
    server.call('POST', '/api/v1/namespaces/n/configmaps', {
      metadata: { name: 'c', finalizers: ['a.b/c'] },
    });
    const pod = '/api/v1/namespaces/n/pods/p';
    server.call('POST', '/api/v1/namespaces/n/pods', {
      metadata: { name: 'p', finalizers: ['a.b/c'] },
      spec: { containers: [{ name: 'c', image: 'x' }] },
    });
    server.call('DELETE', '/api/v1/namespaces/n');
    expect(server.api.purgeNamespace('n')).toMatchObject({ remaining: 1, waitsForPods: true });
    expect(server.call('GET', pod).body['metadata']).toHaveProperty('deletionTimestamp');
    const map = (): unknown => server.call('GET', '/api/v1/namespaces/n/configmaps/c').body['metadata'];
    expect(map()).not.toHaveProperty('deletionTimestamp');
    server.call(
      'PATCH',
      pod,
      { metadata: { finalizers: null } },
      { contentType: 'application/merge-patch+json' },
    );
    expect(server.api.purgeNamespace('n')).toEqual({
      remaining: 1,
      waitsForPods: false,
      byResource: new Map([['configmaps.', 1]]),
      byFinalizer: new Map([['a.b/c', 1]]),
    });
    expect(map()).toHaveProperty('deletionTimestamp');
  });

  it('API8: a namespace that ends takes nothing new, is emptied, and goes', () => {
    const server = new TestServer();
    server.call('POST', '/api/v1/namespaces', { metadata: { name: 'n' } });
    const maps = CONFIGMAPS.replace('default', 'n');
    server.call('POST', maps, { metadata: { name: 'c' } });
    expect(server.call('DELETE', '/api/v1/namespaces/n').body).toMatchObject({
      status: { phase: 'Terminating' },
    });
    expect(server.call('POST', maps, { metadata: { name: 'd' } }).body['message']).toBe(
      'configmaps "d" is forbidden: unable to create new content in namespace n because it is being terminated',
    );
    expect(server.api.purgeNamespace('n').remaining).toBe(0);
    expect(server.api.finalizeNamespace('n')).toBe(true);
    expect(server.call('GET', '/api/v1/namespaces/n').status).toBe(404);
    expect(server.call('DELETE', '/api/v1/namespaces/default').body['message']).toBe(
      'namespaces "default" is forbidden: this namespace may not be deleted',
    );
  });
});

describe('Services', () => {
  it('SVC22: a change of type allocates and releases', () => {
    const server = new TestServer();
    const created = server.call('POST', SERVICES, SERVICE).body['spec'] as { clusterIP: string };
    const patch = (spec: object): Record<string, unknown> =>
      server.call(
        'PATCH',
        `${SERVICES}/web`,
        { spec },
        { contentType: 'application/strategic-merge-patch+json' },
      ).body['spec'] as Record<string, unknown>;
    const ports = (spec: Record<string, unknown>): { nodePort?: number }[] =>
      spec['ports'] as { nodePort?: number }[];
    expect(created.clusterIP).toMatch(/^10\.96\./);
    const exposed = patch({ type: 'NodePort' });
    expect(exposed['clusterIP']).toBe(created.clusterIP);
    expect(ports(exposed)[0]?.nodePort).toBeGreaterThanOrEqual(30_000);
    expect(ports(patch({ type: 'ClusterIP' }))[0]?.nodePort).toBeUndefined();
    expect(
      patch({ type: 'LoadBalancer', externalTrafficPolicy: 'Local' })['healthCheckNodePort'],
    ).toBeGreaterThanOrEqual(30_000);
    const external = patch({ type: 'ExternalName', externalName: 'a.example' });
    expect(external).not.toHaveProperty('clusterIP');
    expect(external).not.toHaveProperty('healthCheckNodePort');
  });

  it('SVC12: the same port under two protocols shares its node port', () => {
    const ports = [
      { name: 't', port: 53, protocol: 'TCP' },
      { name: 'u', port: 53, protocol: 'UDP' },
    ];
    const spec = new TestServer().call('POST', SERVICES, {
      metadata: { name: 'dns' },
      spec: { type: 'NodePort', ports },
    }).body['spec'] as { ports: { nodePort: number }[] };
    expect(spec.ports[0]?.nodePort).toBe(spec.ports[1]?.nodePort);
  });

  it('SVC28: dual-stack gives an address of each family', () => {
    const server = new TestServer({ config: { serviceCidrs: ['10.96.0.0/16', 'fd00:10:96::/112'] } });
    const spec = server.call('POST', SERVICES, change(SERVICE, ['spec', 'ipFamilyPolicy'], 'PreferDualStack'))
      .body['spec'] as { clusterIPs: string[]; ipFamilies: string[] };
    expect(spec.ipFamilies).toEqual(['IPv4', 'IPv6']);
    expect(spec.clusterIPs[1]).toMatch(/^fd00:10:96::/);
  });
});

describe('reading', () => {
  it('API3: a table has the columns and cells of kubectl get', () => {
    const server = new TestServer();
    server.call('POST', PODS, POD);
    server.run(125_000);
    const { body } = server.call('GET', PODS, undefined, { accept: TABLE });
    expect(
      (body['columnDefinitions'] as { name: string; priority: number }[]).map(
        ({ name, priority }) => `${name}${'*'.repeat(priority)}`,
      ),
    ).toEqual([
      'Name',
      'Ready',
      'Status',
      'Restarts',
      'Age',
      'IP*',
      'Node*',
      'Nominated Node*',
      'Readiness Gates*',
    ]);
    expect(body['rows']).toMatchObject([
      {
        cells: ['web', '0/1', 'Pending', '0', '2m5s', '<none>', '<none>', '<none>', '<none>'],
        object: { kind: 'PartialObjectMetadata' },
      },
    ]);
  });

  it.each([
    ['labelSelector=app%3Dweb', ['web']],
    ['labelSelector=app%20in%20(web%2Cx)%2C!missing', ['web']],
    ['labelSelector=app!%3Dweb', ['other']],
    ['fieldSelector=metadata.name%3Dother', ['other']],
    ['fieldSelector=status.phase!%3DPending', []],
    ['fieldSelector=spec.nodeName%3D', ['other', 'web']],
  ])('API4: selects by %s', (query, names) => {
    const server = new TestServer();
    server.call('POST', PODS, POD);
    server.call(
      'POST',
      PODS,
      change(change(POD, ['metadata', 'name'], 'other'), ['metadata', 'labels', 'app'], 'db'),
    );
    const items = server.call('GET', `${PODS}?${query}`).body['items'] as { metadata: { name: string } }[];
    expect(items.map((item) => item.metadata.name)).toEqual(names);
  });

  it('API4: lists come in chunks', () => {
    const server = new TestServer();
    for (const name of ['a', 'b', 'c']) server.call('POST', CONFIGMAPS, { metadata: { name } });
    const first = server.call('GET', `${CONFIGMAPS}?limit=2`).body as {
      items: unknown[];
      metadata: { continue: string; remainingItemCount: number };
    };
    expect(first.items).toHaveLength(2);
    expect(first.metadata.remainingItemCount).toBe(1);
    const rest = server.call('GET', `${CONFIGMAPS}?limit=2&continue=${first.metadata.continue}`).body;
    expect(rest).toMatchObject({ items: [{ metadata: { name: 'c' } }] });
    expect(rest['metadata']).not.toHaveProperty('continue');
  });

  it('API4: a watch tells what is, what changes, and what leaves its selection', () => {
    const server = new TestServer();
    server.call('POST', PODS, POD);
    const { stream } = server.call('GET', `${PODS}?watch=true&labelSelector=app%3Dweb`).response;
    expect(events(stream).map((event) => event.type)).toEqual(['ADDED']);
    let woken = 0;
    stream?.onReadable(() => woken++);
    const label = (app: string): unknown =>
      server.call(
        'PATCH',
        `${PODS}/web`,
        { metadata: { labels: { app } } },
        { contentType: 'application/merge-patch+json' },
      );
    label('db');
    label('web');
    server.call('DELETE', `${PODS}/web`);
    server.run(10);
    expect(woken).toBe(1);
    expect(events(stream).map((event) => event.type)).toEqual(['DELETED', 'ADDED', 'DELETED']);
  });

  it('API4: a watch from a compacted version gets 410, one with initial events a bookmark', () => {
    const server = new TestServer();
    server.state.store.compactedRevision = server.api.revision();
    const [gone] = events(server.call('GET', `${PODS}?watch=1&resourceVersion=2`).response.stream);
    expect(gone).toMatchObject({
      type: 'ERROR',
      object: {
        code: 410,
        reason: 'Expired',
        message: `too old resource version: 2 (${server.api.revision()})`,
      },
    });
    const stream = server.call(
      'GET',
      `${PODS}?watch=1&sendInitialEvents=true&allowWatchBookmarks=true&resourceVersionMatch=NotOlderThan`,
    ).response.stream;
    expect(events(stream).at(-1)).toMatchObject({
      type: 'BOOKMARK',
      object: { metadata: { annotations: { 'k8s.io/initial-events-end': 'true' } } },
    });
  });

  it('API6: a slice without endpoints reads null, as protobuf gives it back', () => {
    const server = new TestServer();
    const path = '/apis/discovery.k8s.io/v1/namespaces/default/endpointslices';
    const slice = { metadata: { name: 's' }, addressType: 'IPv4', endpoints: [], ports: [] };
    expect(server.call('POST', path, slice).body).toMatchObject({ endpoints: null, ports: null });
    expect(server.call('GET', `${path}/s`).body).toMatchObject({ endpoints: null, ports: null });
  });

  it('API1: discovery, version and health', () => {
    const server = new TestServer();
    expect(server.call('GET', '/version').body).toMatchObject({ major: '1', minor: '34' });
    expect(server.call('GET', '/readyz').text).toBe('ok');
    const aggregated = server.call('GET', '/apis', undefined, {
      accept: 'application/json;g=apidiscovery.k8s.io;v=v2;as=APIGroupDiscoveryList',
    });
    expect(aggregated.response.headers['content-type']).toContain('APIGroupDiscoveryList');
    expect(
      (server.call('GET', '/api/v1').body['resources'] as { name: string }[]).map(({ name }) => name),
    ).toContain('pods/exec');
    expect(server.call('GET', '/apis/nope').text).toBe('404 page not found\n');
    expect(server.call('GET', '/openapi/v3/apis/apps/v1').body).toMatchObject({
      components: { schemas: { 'io.k8s.api.core.v1.PodSpec': { required: ['containers'] } } },
    });
  });
});

describe('patches', () => {
  it('API5: strategic merge goes by container name and port, and deletes by directive', () => {
    const server = new TestServer();
    server.call('POST', DEPLOYMENTS, DEPLOYMENT);
    const patch = (containers: unknown[]): Record<string, unknown> =>
      server.call(
        'PATCH',
        `${DEPLOYMENTS}/web`,
        { spec: { template: { spec: { containers } } } },
        { contentType: 'application/strategic-merge-patch+json' },
      ).body;
    const names = (body: Record<string, unknown>): string[] =>
      (
        body as { spec: { template: { spec: { containers: { name: string; image: string }[] } } } }
      ).spec.template.spec.containers.map(({ name, image }) => `${name}=${image}`);
    expect(
      names(
        patch([
          { name: 'web', image: 'nginx:2' },
          { name: 'side', image: 'busybox' },
        ]),
      ),
    ).toEqual(['web=nginx:2', 'side=busybox']);
    expect(names(patch([{ name: 'web', $patch: 'delete' }]))).toEqual(['side=busybox']);
    expect(patch([{ image: 'x' }])).toMatchObject({ code: 400 });
  });

  it('API5: JSON patch', () => {
    const server = new TestServer();
    server.call('POST', DEPLOYMENTS, DEPLOYMENT);
    const patch = (operations: unknown): Record<string, unknown> =>
      server.call('PATCH', `${DEPLOYMENTS}/web`, operations, { contentType: 'application/json-patch+json' })
        .body;
    expect(
      patch([
        { op: 'test', path: '/spec/replicas', value: 1 },
        { op: 'replace', path: '/spec/replicas', value: 3 },
        { op: 'add', path: '/metadata/labels', value: { 'a/b': 'c' } },
      ]),
    ).toMatchObject({ spec: { replicas: 3 } });
    expect(patch([{ op: 'remove', path: '/metadata/labels/a~1b' }])).toMatchObject({
      metadata: { name: 'web' },
    });
    expect(patch([{ op: 'test', path: '/spec/replicas', value: 9 }])).toMatchObject({
      code: 422,
      message: 'the server rejected our request due to an error in our request',
    });
  });

  it('API5: server-side apply owns what it names, prunes what it drops, and conflicts with others', () => {
    const server = new TestServer();
    const apply = (config: unknown, manager = 'me', force = false): Record<string, unknown> =>
      server.call(
        'PATCH',
        `${DEPLOYMENTS}/web?fieldManager=${manager}${force ? '&force=true' : ''}`,
        config,
        APPLY,
      ).body;
    const labelled = change(DEPLOYMENT, ['metadata', 'labels'], { tier: 'front' });
    expect(apply(labelled)).toMatchObject({
      metadata: { labels: { tier: 'front' }, managedFields: [{ manager: 'me', operation: 'Apply' }] },
    });
    expect(apply(DEPLOYMENT)['metadata']).not.toHaveProperty('labels');
    server.call(
      'PATCH',
      `${DEPLOYMENTS}/web?fieldManager=other`,
      { spec: { replicas: 5 } },
      { contentType: 'application/merge-patch+json' },
    );
    const wanted = change(DEPLOYMENT, ['spec', 'replicas'], 2);
    expect(apply(wanted)).toMatchObject({
      code: 409,
      reason: 'Conflict',
      message: 'Apply failed with 1 conflict: conflict with "other" using apps/v1: .spec.replicas',
    });
    expect(apply(wanted, 'me', true)).toMatchObject({ spec: { replicas: 2 } });
    const image = change(DEPLOYMENT, ['spec', 'template', 'spec', 'containers', 0, 'image'], 'nginx:9');
    expect(apply(image, 'third')).toMatchObject({
      message:
        'Apply failed with 1 conflict: conflict with "me": .spec.template.spec.containers[name="web"].image',
    });
    const revision = server.api.revision();
    apply(wanted, 'me', true);
    expect(server.api.revision()).toBe(revision);
  });
});

describe('access', () => {
  const bob = { name: 'bob', groups: ['system:authenticated'] };

  it('API9: a user may do what stored roles allow', () => {
    const server = new TestServer();
    expect(server.call('GET', PODS, undefined, { user: bob }).body['message']).toBe(
      'pods is forbidden: User "bob" cannot list resource "pods" in API group "" in the namespace "default"',
    );
    const rbac = '/apis/rbac.authorization.k8s.io/v1/namespaces/default';
    server.call('POST', `${rbac}/roles`, {
      metadata: { name: 'r' },
      rules: [{ apiGroups: [''], resources: ['pods'], verbs: ['list'] }],
    });
    server.call('POST', `${rbac}/rolebindings`, {
      metadata: { name: 'b' },
      roleRef: { kind: 'Role', name: 'r', apiGroup: 'rbac.authorization.k8s.io' },
      subjects: [{ kind: 'User', name: 'bob', apiGroup: 'rbac.authorization.k8s.io' }],
    });
    expect(server.call('GET', PODS, undefined, { user: bob }).status).toBe(200);
    expect(server.call('GET', PODS, undefined, { headers: { 'impersonate-user': 'eve' } }).status).toBe(403);
  });

  it('API7: a token belongs to its service account until it expires', () => {
    const server = new TestServer();
    const answer = server.call('POST', '/api/v1/namespaces/default/serviceaccounts/default/token', {
      spec: { expirationSeconds: 600 },
    });
    const { token } = answer.body['status'] as { token: string };
    expect(server.api.userOfToken(token)?.name).toBe('system:serviceaccount:default:default');
    server.run(600_000);
    expect(server.api.userOfToken(token)).toBeUndefined();
  });
});

describe('components', () => {
  it('hear of changes as events, in order, once; stopped ones not, and resync when they start again', () => {
    const server = new TestServer();
    const heard: string[] = [];
    const handler = {
      onChanges: (changes: readonly ObjectChange[]) =>
        void heard.push(...changes.map((each) => `${each.type} ${each.object.metadata?.name ?? ''}`)),
      resync: () => void heard.push('resync'),
    };
    server.api.subscribe('c', ['ConfigMap'], handler, 5);
    server.run(10);
    server.call('POST', CONFIGMAPS, { metadata: { name: 'a' } });
    server.call('POST', PODS, POD);
    server.call('DELETE', `${CONFIGMAPS}/a`);
    expect(heard).toEqual(['resync']);
    server.run(5);
    expect(heard).toEqual(['resync', 'ADDED a', 'DELETED a']);
    server.api.setSubscribed('c', false);
    server.call('POST', CONFIGMAPS, { metadata: { name: 'b' } });
    server.run(10);
    expect(heard).toHaveLength(3);
    server.api.setSubscribed('c', true);
    server.run(10);
    expect(heard.slice(3)).toEqual(['resync']);
  });

  it('go on in a fork where they stood', () => {
    const server = new TestServer();
    const heard: string[] = [];
    const handler = (who: string) => ({ onChanges: () => void heard.push(who), resync: () => undefined });
    server.api.subscribe('c', ['ConfigMap'], handler('original'), 5);
    server.run(10);
    server.call('POST', CONFIGMAPS, { metadata: { name: 'a' } });
    const root = forkState({ simulation: server.simulation.state, api: server.state });
    const fork = new TestServer({ state: root.api, simulation: new Simulation(root.simulation) });
    fork.api.subscribe('c', ['ConfigMap'], handler('fork'), 5);
    fork.run(10);
    expect(heard).toEqual(['fork']);
    expect(fork.call('GET', `${CONFIGMAPS}/a`).body).toEqual(server.call('GET', `${CONFIGMAPS}/a`).body);
  });

  it('a stopped API server answers 503 and ends its watches', () => {
    const server = new TestServer();
    const { stream } = server.call('GET', `${PODS}?watch=1`).response;
    server.api.setServing(false);
    expect(server.call('GET', PODS).status).toBe(503);
    expect(stream?.read()).toBeUndefined();
    expect(
      server.api.clientFor(ADMIN).create('ConfigMap', { metadata: { name: 'c', namespace: 'default' } }),
    ).toMatchObject({ ok: false });
  });
});
