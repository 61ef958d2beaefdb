import { describe, expect, test } from 'vitest';
import { TestCluster, toHost } from '../cluster.test-support.ts';
import type { ProbeResult } from '../cluster-contract.ts';

const GROUP = '/apis/gateway.networking.k8s.io';
const EDGE = '198.51.100.1';

interface StatusOf {
  readonly status: {
    readonly addresses?: readonly { readonly value: string }[];
    readonly conditions: readonly {
      readonly type: string;
      readonly status: string;
      readonly reason: string;
    }[];
    readonly listeners: readonly { readonly attachedRoutes: number }[];
    readonly parents: readonly {
      readonly conditions: readonly { readonly type: string; readonly reason: string }[];
    }[];
  };
}

function boot(): TestCluster {
  const cluster = TestCluster.boot({
    gateway: { className: 'podwire' },
    loadBalancer: { range: '198.51.100.0/28' },
  });
  for (const name of ['one', 'two']) {
    cluster.createPod(name);
    cluster.createService(name, { selector: { app: name }, ports: [{ port: 80, targetPort: 8080 }] });
  }
  cluster.create(`${GROUP}/v1/namespaces/default/gateways`, {
    apiVersion: 'gateway.networking.k8s.io/v1',
    kind: 'Gateway',
    metadata: { name: 'edge' },
    spec: { gatewayClassName: 'podwire', listeners: [{ name: 'web', port: 80, protocol: 'HTTP' }] },
  });
  cluster.settle();
  cluster.run(10_000);
  return cluster;
}

function createRoute(cluster: TestCluster, name: string, spec: object): void {
  cluster.create(`${GROUP}/v1/namespaces/default/httproutes`, {
    apiVersion: 'gateway.networking.k8s.io/v1',
    kind: 'HTTPRoute',
    metadata: { name },
    spec: { parentRefs: [{ name: 'edge' }], ...spec },
  });
  cluster.settle();
}

const get = (cluster: TestCluster, path: string, host = 'a.example'): ProbeResult['http'] =>
  cluster.probe({ kind: 'toolbox' }, toHost(EDGE), 80, 'tcp', 20_000, { path, host }).http;
const statusOf = (cluster: TestCluster, path: string): StatusOf['status'] =>
  (cluster.request('GET', `${GROUP}/v1/${path}`).json as StatusOf).status;

const booted = boot();

describe('GW1: a Gateway behind a load balancer', () => {
  test('is accepted and programmed, with the address of its Service', () => {
    const status = statusOf(booted, 'namespaces/default/gateways/edge');
    expect(status.conditions.map(({ type, reason }) => `${type} ${reason}`)).toEqual([
      'Accepted Accepted',
      'Programmed Programmed',
    ]);
    expect(status.addresses).toMatchObject([{ value: EDGE }]);
    expect(statusOf(booted, 'gatewayclasses/podwire').conditions[0]?.status).toBe('True');
  });

  test('GW2: passes requests on by path and host; what no route takes is 404', () => {
    const cluster = booted.fork();
    createRoute(cluster, 'main', {
      hostnames: ['a.example'],
      rules: [
        { backendRefs: [{ name: 'one', port: 80 }] },
        {
          matches: [{ path: { value: '/two' } }],
          filters: [
            {
              type: 'URLRewrite',
              urlRewrite: { path: { type: 'ReplacePrefixMatch', replacePrefixMatch: '/' } },
            },
          ],
          backendRefs: [{ name: 'two', port: 80 }],
        },
      ],
    });
    expect(get(cluster, '/hostname')).toMatchObject({ status: 200, body: 'one' });
    expect(get(cluster, '/two/hostname')).toMatchObject({ status: 200, body: 'two' });
    expect(get(cluster, '/hostname', 'b.example')?.status).toBe(404);
    const parent = statusOf(cluster, 'namespaces/default/httproutes/main').parents[0];
    expect(parent?.conditions.map(({ type, reason }) => `${type} ${reason}`)).toEqual([
      'Accepted Accepted',
      'ResolvedRefs ResolvedRefs',
    ]);
    expect(statusOf(cluster, 'namespaces/default/gateways/edge').listeners[0]?.attachedRoutes).toBe(1);
  });

  test('GW3: a backend that is none is 500, a Service without endpoints 503', () => {
    const cluster = booted.fork();
    cluster.createService('empty', { selector: { app: 'nobody' }, ports: [{ port: 80 }] });
    createRoute(cluster, 'broken', {
      rules: [
        { matches: [{ path: { value: '/none' } }], backendRefs: [{ name: 'missing', port: 80 }] },
        { matches: [{ path: { value: '/zero' } }], backendRefs: [{ name: 'one', port: 80, weight: 0 }] },
        { matches: [{ path: { value: '/empty' } }], backendRefs: [{ name: 'empty', port: 80 }] },
      ],
    });
    expect(['/none', '/zero', '/empty'].map((path) => get(cluster, path)?.status)).toEqual([500, 500, 503]);
  });

  test('GW4: headers, redirects', () => {
    const cluster = booted.fork();
    createRoute(cluster, 'filters', {
      rules: [
        {
          matches: [{ path: { value: '/old' } }],
          filters: [{ type: 'RequestRedirect', requestRedirect: { scheme: 'https', statusCode: 301 } }],
        },
        {
          filters: [
            {
              type: 'RequestHeaderModifier',
              requestHeaderModifier: { set: [{ name: 'X-Team', value: 'blue' }] },
            },
          ],
          backendRefs: [{ name: 'one', port: 80 }],
        },
      ],
    });
    expect(get(cluster, '/old')).toMatchObject({
      status: 301,
      headers: { location: 'https://a.example/old' },
    });
    expect(get(cluster, '/header?key=X-Team')?.body).toBe('blue');
  });

  test('GW1: the pods are pods: a policy cuts their way to the backends', () => {
    const cluster = booted.fork();
    createRoute(cluster, 'main', { rules: [{ backendRefs: [{ name: 'one', port: 80 }] }] });
    cluster.create('/apis/networking.k8s.io/v1/namespaces/default/networkpolicies', {
      metadata: { name: 'deny' },
      spec: { podSelector: { matchLabels: { app: 'one' } }, policyTypes: ['Ingress'] },
    });
    cluster.settle();
    expect(get(cluster, '/hostname')?.status).toBe(503);
  });

  test('GW1: the standard channel refuses what its schemas and rules refuse', () => {
    const listener = { name: 'web', port: 80, protocol: 'HTTP' };
    const post = (listeners: object[]): { readonly status: number; readonly json: unknown } =>
      booted.request('POST', `${GROUP}/v1/namespaces/default/gateways`, {
        apiVersion: 'gateway.networking.k8s.io/v1',
        kind: 'Gateway',
        metadata: { name: 'bad' },
        spec: { gatewayClassName: 'podwire', listeners },
      });
    const withTls = post([{ ...listener, tls: { mode: 'Terminate', certificateRefs: [{ name: 'x' }] } }]);
    expect(withTls.status).toBe(422);
    expect(JSON.stringify(withTls.json)).toContain(
      "tls must not be specified for protocols ['HTTP', 'TCP', 'UDP']",
    );
    expect(post([{ ...listener, port: 70_000 }]).status).toBe(422);
    const { json } = booted.request('GET', `${GROUP}/v1`);
    const { resources } = json as { readonly resources: readonly { readonly name: string }[] };
    expect(resources.map(({ name }) => name)).not.toContain('grpcroutes');
  });
});
