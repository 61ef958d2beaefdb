import type { PolicyRule } from 'kubernetes-types/rbac/v1';
import { describe, expect, it, test } from 'vitest';
import { TestControlPlane } from '../../controllers/control-plane.test-support.ts';
import type { UserInfo } from '../http.ts';
import { missingRights } from './covers.ts';

const GROUP = 'rbac.authorization.k8s.io';
const RBAC = `/apis/${GROUP}/v1`;
const user = (name: string, ...groups: string[]): UserInfo => ({
  name,
  groups: [...groups, 'system:authenticated'],
});
const BOB = user('bob');

/** A cluster in which bob administers the namespace `default`, ann may read there, and eve nothing. */
function cluster(): TestControlPlane {
  const server = new TestControlPlane();
  for (const [name, role] of [
    ['bob', 'admin'],
    ['ann', 'view'],
  ])
    server.call('POST', `${RBAC}/namespaces/default/rolebindings`, {
      metadata: { name },
      roleRef: { apiGroup: GROUP, kind: 'ClusterRole', name: role },
      subjects: [{ apiGroup: GROUP, kind: 'User', name }],
    });
  return server;
}

function allowed(
  server: TestControlPlane,
  who: UserInfo,
  verb: string,
  resource: string,
  namespace = 'default',
) {
  const [, name = '', group = ''] = /^([^.]*)\.?(.*)$/.exec(resource) ?? [];
  const answer = server.call(
    'POST',
    '/apis/authorization.k8s.io/v1/selfsubjectaccessreviews',
    { spec: { resourceAttributes: { verb, resource: name, group, namespace } } },
    { user: who },
  );
  return (answer.body['status'] as { allowed: boolean }).allowed;
}

describe('API15: the roles of a fresh cluster', () => {
  const server = cluster();

  it('are those of 1.34 and of kubeadm, and say who looks after them', () => {
    const list = server.call('GET', `${RBAC}/clusterroles`).body['items'] as {
      metadata: { name: string; labels?: object; annotations?: object };
    }[];
    expect(list).toHaveLength(70);
    expect(list.find(({ metadata }) => metadata.name === 'system:node-proxier')?.metadata).toMatchObject({
      labels: { 'kubernetes.io/bootstrapping': 'rbac-defaults' },
      annotations: { 'rbac.authorization.kubernetes.io/autoupdate': 'true' },
    });
    expect(server.call('GET', `${RBAC}/clusterrolebindings`).body['items']).toHaveLength(56);
  });

  it('gather view into edit, and edit into admin', () => {
    const rules = (name: string): PolicyRule[] =>
      server.call('GET', `${RBAC}/clusterroles/${name}`).body['rules'] as PolicyRule[];
    expect([rules('view'), rules('edit'), rules('admin')].map(({ length }) => length)).toEqual([11, 25, 27]);
    server.call('POST', `${RBAC}/clusterroles`, {
      metadata: { name: 'more', labels: { 'rbac.authorization.k8s.io/aggregate-to-view': 'true' } },
      rules: [{ apiGroups: ['example.com'], resources: ['things'], verbs: ['get'] }],
    });
    server.run(1000);
    for (const name of ['view', 'edit', 'admin'])
      expect(rules(name)).toContainEqual({
        apiGroups: ['example.com'],
        resources: ['things'],
        verbs: ['get'],
      });
    server.call('DELETE', `${RBAC}/clusterroles/more`);
    server.run(1000);
    expect(rules('view')).toHaveLength(11);
  });

  test.each([
    [user('bob'), 'create', 'deployments.apps', true],
    [user('bob'), 'create', `rolebindings.${GROUP}`, true],
    [user('bob'), 'create', 'resourcequotas', false],
    [user('bob'), 'list', 'nodes', false],
    [user('ann'), 'list', 'pods', true],
    [user('ann'), 'get', 'secrets', false],
    [user('ann'), 'create', 'pods', false],
    [user('eve'), 'list', 'pods', false],
    [user('kubernetes-admin', 'kubeadm:cluster-admins'), 'delete', 'nodes', true],
    [user('system:kube-scheduler'), 'create', 'pods/binding', true],
    [user('system:kube-scheduler'), 'create', 'pods', false],
    [user('system:serviceaccount:kube-system:default'), 'list', 'pods', false],
    [user('system:serviceaccount:kube-system:coredns'), 'list', 'services', true],
    [user('system:node:n1', 'system:nodes'), 'get', 'secrets', true],
    [user('system:node:n1', 'system:nodes'), 'create', 'deployments.apps', false],
    [user('system:node:n1'), 'get', 'secrets', false],
  ] as const)('%o may %s %s: %s', (who, verb, resource, may) => {
    expect(allowed(server, who, verb, resource)).toBe(may);
  });

  it('tell by which binding something is allowed, and which role a binding has lost', () => {
    const review = (name: string, verb: string): unknown =>
      server.call('POST', '/apis/authorization.k8s.io/v1/subjectaccessreviews', {
        spec: { user: name, resourceAttributes: { verb, resource: 'pods', namespace: 'default' } },
      }).body['status'];
    expect(review('ann', 'list')).toEqual({
      allowed: true,
      reason: 'RBAC: allowed by RoleBinding "ann/default" of ClusterRole "view" to User "ann"',
    });
    server.call('POST', `${RBAC}/namespaces/default/rolebindings`, {
      metadata: { name: 'lost' },
      roleRef: { apiGroup: GROUP, kind: 'Role', name: 'gone' },
      subjects: [{ apiGroup: GROUP, kind: 'User', name: 'ann' }],
    });
    expect(review('ann', 'create')).toEqual({
      allowed: false,
      reason: `RBAC: role.${GROUP} "gone" not found`,
    });
    expect(
      server.call('POST', '/api/v1/namespaces/default/pods', {}, { user: user('ann') }).body['message'],
    ).toBe(
      `pods is forbidden: User "ann" cannot create resource "pods" in API group "" in the namespace "default": RBAC: role.${GROUP} "gone" not found`,
    );
    server.call('DELETE', `${RBAC}/namespaces/default/rolebindings/lost`);
  });
});

describe('API15: what is forbidden is told in upstream’s words', () => {
  const server = cluster();
  const nobody: UserInfo = { name: 'system:anonymous', groups: ['system:unauthenticated'] };

  test.each([
    [
      'GET',
      '/api/v1/nodes',
      BOB,
      'nodes is forbidden: User "bob" cannot list resource "nodes" in API group "" at the cluster scope',
    ],
    [
      'GET',
      '/api/v1/namespaces/kube-system',
      BOB,
      'namespaces "kube-system" is forbidden: User "bob" cannot get resource "namespaces" in API group "" in the namespace "kube-system"',
    ],
    ['GET', '/metrics', BOB, 'forbidden: User "bob" cannot get path "/metrics"'],
    ['GET', '/api', nobody, 'forbidden: User "system:anonymous" cannot get path "/api"'],
    ['GET', '/apis/apps/v1', nobody, 'forbidden: User "system:anonymous" cannot get path "/apis/apps/v1"'],
  ] as const)('%s %s', (method, path, who, message) => {
    const answer = server.call(method, path, undefined, { user: who });
    expect([answer.status, answer.body['message']]).toEqual([403, message]);
  });

  test.each(['/version', '/healthz', '/livez', '/readyz'])('%s is for everyone', (path) => {
    expect(server.call('GET', path, undefined, { user: nobody }).status).toBe(200);
  });
});

describe('API15: nobody gives away more than they have', () => {
  const role = (rules: unknown[], name = 'r'): object => ({ metadata: { name }, rules });
  const ROLES = `${RBAC}/namespaces/default/roles`;
  const BINDINGS = `${RBAC}/namespaces/default/rolebindings`;
  const quota = { apiGroups: [''], resources: ['resourcequotas'], verbs: ['create', 'delete'] };
  const binding = (name: string): object => ({
    metadata: { name: 'give' },
    roleRef: { apiGroup: GROUP, kind: 'ClusterRole', name },
    subjects: [{ apiGroup: GROUP, kind: 'User', name: 'eve' }],
  });

  it('by a role', () => {
    const server = cluster();
    const refused = server.call('POST', ROLES, role([quota]), { user: BOB });
    expect([refused.status, refused.body['message']]).toEqual([
      403,
      `roles.${GROUP} "r" is forbidden: user "bob" (groups=["system:authenticated"]) is attempting to grant RBAC permissions not currently held:\n{APIGroups:[""], Resources:["resourcequotas"], Verbs:["create" "delete"]}`,
    ]);
    const pods = { apiGroups: [''], resources: ['pods'], verbs: ['get'] };
    expect(server.call('POST', ROLES, role([pods]), { user: BOB }).status).toBe(201);
    const patched = server.call('PATCH', `${ROLES}/r`, role([pods, quota]), {
      user: BOB,
      contentType: 'application/merge-patch+json',
    });
    expect(patched.status).toBe(403);
  });

  it('by a binding, also to a role that is not there', () => {
    const server = cluster();
    expect(server.call('POST', BINDINGS, binding('view'), { user: BOB }).status).toBe(201);
    server.call('DELETE', `${BINDINGS}/give`);
    const refused = server.call('POST', BINDINGS, binding('cluster-admin'), { user: BOB });
    expect([refused.status, refused.body['message']]).toEqual([
      403,
      `rolebindings.${GROUP} "give" is forbidden: user "bob" (groups=["system:authenticated"]) is attempting to grant RBAC permissions not currently held:\n{APIGroups:["*"], Resources:["*"], Verbs:["*"]}\n{NonResourceURLs:["*"], Verbs:["*"]}`,
    ]);
    const missing = server.call('POST', BINDINGS, binding('gone'), { user: BOB });
    expect([missing.status, missing.body['message']]).toEqual([
      404,
      `clusterroles.${GROUP} "gone" not found`,
    ]);
  });

  it('unless they may escalate, or bind', () => {
    const server = cluster();
    server.call('POST', `${RBAC}/clusterroles`, {
      metadata: { name: 'free' },
      rules: [
        { apiGroups: [GROUP], resources: ['roles'], verbs: ['escalate'] },
        {
          apiGroups: [GROUP],
          resources: ['clusterroles'],
          verbs: ['bind'],
          resourceNames: ['cluster-admin'],
        },
      ],
    });
    server.call('POST', BINDINGS, {
      ...binding('free'),
      subjects: [{ apiGroup: GROUP, kind: 'User', name: 'bob' }],
    });
    expect(server.call('POST', ROLES, role([quota]), { user: BOB }).status).toBe(201);
    const given = { ...binding('cluster-admin'), metadata: { name: 'all' } };
    expect(server.call('POST', BINDINGS, given, { user: BOB }).status).toBe(201);
    const other = { ...binding('system:node'), metadata: { name: 'node' } };
    expect(server.call('POST', BINDINGS, other, { user: BOB }).status).toBe(403);
  });

  it('nor by a role that aggregates', () => {
    const server = cluster();
    server.call('POST', `${RBAC}/clusterroles`, {
      metadata: { name: 'maker' },
      rules: [{ apiGroups: [GROUP], resources: ['clusterroles'], verbs: ['create'] }],
    });
    server.call('POST', `${RBAC}/clusterrolebindings`, {
      metadata: { name: 'maker' },
      roleRef: { apiGroup: GROUP, kind: 'ClusterRole', name: 'maker' },
      subjects: [{ apiGroup: GROUP, kind: 'User', name: 'bob' }],
    });
    const gathering = {
      metadata: { name: 'g' },
      aggregationRule: { clusterRoleSelectors: [{ matchLabels: { a: 'b' } }] },
      rules: [],
    };
    expect(server.call('POST', `${RBAC}/clusterroles`, gathering, { user: BOB }).body['message']).toBe(
      `clusterroles.${GROUP} "g" is forbidden: must have cluster-admin privileges to use the aggregationRule`,
    );
  });

  test.each<[string, PolicyRule[], PolicyRule[], string[]]>([
    ['a star covers all', [{ apiGroups: ['*'], resources: ['*'], verbs: ['*'] }], [quota], []],
    [
      'a star of subresources covers them, and no resource',
      [{ apiGroups: [''], resources: ['*/status'], verbs: ['get'] }],
      [{ apiGroups: [''], resources: ['pods/status', 'pods'], verbs: ['get'] }],
      ['{APIGroups:[""], Resources:["pods"], Verbs:["get"]}'],
    ],
    [
      'a name covers that name alone',
      [{ apiGroups: [''], resources: ['pods'], resourceNames: ['a'], verbs: ['get'] }],
      [
        { apiGroups: [''], resources: ['pods'], resourceNames: ['a', 'b'], verbs: ['get'] },
        { apiGroups: [''], resources: ['pods'], verbs: ['get'] },
      ],
      [
        '{APIGroups:[""], Resources:["pods"], ResourceNames:["b"], Verbs:["get"]}',
        '{APIGroups:[""], Resources:["pods"], Verbs:["get"]}',
      ],
    ],
    [
      'a path that ends in a star covers what begins so',
      [{ nonResourceURLs: ['/healthz/*'], verbs: ['get'] }],
      [{ nonResourceURLs: ['/healthz/etcd', '/metrics'], verbs: ['get'] }],
      ['{NonResourceURLs:["/metrics"], Verbs:["get"]}'],
    ],
  ])('%s', (_, own, wanted, missing) => {
    expect(missingRights(own, wanted)).toEqual(missing);
  });
});

describe('API15: impersonation', () => {
  const server = cluster();
  const whoAmI = (headers: Record<string, string>, who?: UserInfo) =>
    server.call(
      'POST',
      '/apis/authentication.k8s.io/v1/selfsubjectreviews',
      {},
      { headers, ...(who === undefined ? {} : { user: who }) },
    );

  test.each<[Record<string, string>, object]>([
    [{ 'impersonate-user': 'ann' }, { username: 'ann', groups: ['system:authenticated'] }],
    [
      { 'impersonate-user': 'ann', 'impersonate-group': 'dev, ops', 'impersonate-uid': '7' },
      { username: 'ann', uid: '7', groups: ['dev', 'ops', 'system:authenticated'] },
    ],
    [
      { 'impersonate-user': 'system:serviceaccount:a:b' },
      {
        username: 'system:serviceaccount:a:b',
        groups: ['system:serviceaccounts', 'system:serviceaccounts:a', 'system:authenticated'],
      },
    ],
    [
      { 'impersonate-user': 'ann', 'impersonate-extra-scopes': 'x' },
      { username: 'ann', groups: ['system:authenticated'], extra: { scopes: ['x'] } },
    ],
  ])('%o', (headers, info) => {
    expect(whoAmI(headers).body['status']).toEqual({ userInfo: info });
  });

  it('needs the right to be each of them', () => {
    expect(whoAmI({ 'impersonate-user': 'ann' }, BOB).body['message']).toBe(
      'users "ann" is forbidden: User "bob" cannot impersonate resource "users" in API group "" at the cluster scope',
    );
    expect(whoAmI({ 'impersonate-user': 'system:serviceaccount:default:x' }, BOB).status).toBe(201);
    expect(
      whoAmI({ 'impersonate-user': 'system:serviceaccount:default:x', 'impersonate-group': 'g' }, BOB).body[
        'message'
      ],
    ).toBe(
      'groups "g" is forbidden: User "bob" cannot impersonate resource "groups" in API group "" at the cluster scope',
    );
    expect(whoAmI({ 'impersonate-group': 'g' }).status).toBe(500);
  });

  it('holds for connections and proxies too', () => {
    const request = {
      method: 'POST' as const,
      query: [],
      headers: { 'impersonate-user': 'eve' },
      user: { name: 'kubernetes-admin', groups: ['system:masters'] },
    };
    const refusal = (answer: unknown): unknown =>
      (answer as { response?: { status: number } } | undefined)?.response?.status;
    const pod = '/api/v1/namespaces/default/pods/p';
    expect(refusal(server.api.upgrade({ ...request, path: `${pod}/exec` }))).toBe(403);
    expect(refusal(server.api.connectPort({ ...request, path: `${pod}/portforward` }, 80))).toBe(403);
    expect(refusal(server.api.connectProxy?.({ ...request, path: `${pod}/proxy/` }))).toBe(403);
  });
});
