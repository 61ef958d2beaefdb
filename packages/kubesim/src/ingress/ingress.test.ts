import { describe, expect, test } from 'vitest';
import type { Place, ProbeResult } from '../cluster-contract.ts';
import { TestCluster, toHost } from '../cluster.test-support.ts';

const INGRESSES = '/apis/networking.k8s.io/v1/namespaces/default/ingresses';
const CLASSES = '/apis/networking.k8s.io/v1/ingressclasses';
const EDGE = '198.51.100.1';

function boot(): TestCluster {
  const cluster = TestCluster.boot({
    ingress: { className: 'nginx' },
    loadBalancer: { range: '198.51.100.0/28' },
  });
  cluster.createPod('web');
  cluster.createService('web', { selector: { app: 'web' }, ports: [{ port: 80, targetPort: 8080 }] });
  cluster.settle();
  return cluster;
}

function createIngress(cluster: TestCluster, name: string, spec: object, annotations: object = {}): void {
  cluster.create(INGRESSES, {
    metadata: { name, annotations },
    spec: { ingressClassName: 'nginx', ...spec },
  });
  cluster.settle();
}

const rule = (path: string, name = 'web', host?: string): object => ({
  ...(host === undefined ? {} : { host }),
  http: {
    paths: [{ path, pathType: 'Prefix', backend: { service: { name, port: { number: 80 } } } }],
  },
});

function get(
  cluster: TestCluster,
  path: string,
  host = 'shop.example',
  from: Place = { kind: 'toolbox' },
): ProbeResult {
  return cluster.probe(from, toHost(EDGE), 80, 'tcp', 20_000, { path, host });
}

interface IngressObject {
  readonly status: { readonly loadBalancer: { readonly ingress?: readonly { readonly ip: string }[] } };
}

function addressOf(cluster: TestCluster, name: string): string | undefined {
  const { json } = cluster.request('GET', `${INGRESSES}/${name}`);
  return (json as IngressObject).status.loadBalancer.ingress?.[0]?.ip;
}

const booted = boot();

describe('an ingress controller behind a load balancer', () => {
  test('passes requests on by path, and tells the backend who asked', () => {
    const cluster = booted.fork();
    createIngress(cluster, 'shop', { rules: [rule('/hostname')] });
    expect(get(cluster, '/hostname').http).toMatchObject({ status: 200, body: 'web' });
    expect(addressOf(cluster, 'shop')).toBe(EDGE);
    expect(cluster.events('shop')).toContain('Sync: Scheduled for sync');
    expect(get(cluster, '/hostname/../header?key=X-Forwarded-For').http?.status).toBe(404);
    createIngress(cluster, 'all', { rules: [rule('/')] });
    expect(get(cluster, '/header?key=X-Forwarded-For').http?.body).toBe('172.18.0.100');
    expect(get(cluster, '/header?key=X-Real-Ip').http?.body).toBe('172.18.0.100');
  });

  test('ING10: no match is 404, a Service without endpoints 503, one whose pods refuse 502', () => {
    const cluster = booted.fork();
    cluster.createService('empty', { selector: { app: 'nobody' }, ports: [{ port: 80 }] });
    cluster.createService('wrong', { selector: { app: 'web' }, ports: [{ port: 80, targetPort: 9999 }] });
    createIngress(cluster, 'shop', { rules: [rule('/empty', 'empty'), rule('/wrong', 'wrong')] });
    createIngress(cluster, 'gone', { rules: [rule('/gone', 'missing')] });
    const statuses = ['/other', '/empty', '/gone', '/wrong'].map((path) => get(cluster, path).http?.status);
    expect(statuses).toEqual([404, 503, 503, 502]);
  });

  test('ING10: a backend is named by the port of its Service, its name or its targetPort, and no other', () => {
    const cluster = booted.fork();
    const ports = [{ name: 'http', port: 8000, targetPort: 8080 }];
    cluster.createService('named', { selector: { app: 'web' }, ports });
    const named = (path: string, port: object): object => ({
      http: { paths: [{ path, pathType: 'Prefix', backend: { service: { name: 'named', port } } }] },
    });
    createIngress(cluster, 'ports', {
      rules: [
        named('/hostname', { number: 8000 }),
        named('/name', { name: 'http' }),
        named('/target', { number: 8080 }),
        named('/other', { number: 80 }),
      ],
    });
    const statuses = ['/hostname', '/name', '/target', '/other'].map(
      (path) => get(cluster, path).http?.status,
    );
    expect(statuses).toEqual([200, 200, 200, 503]);
  });

  test('writes its answers as nginx does, and does not name itself', () => {
    const cluster = booted.fork();
    createIngress(cluster, 'shop', { rules: [rule('/hostname')] });
    for (const path of ['/hostname', '/other']) {
      const { headers } = get(cluster, path).http ?? {};
      expect(Object.keys(headers ?? {})).toEqual(['date', 'content-type', 'content-length', 'connection']);
    }
  });

  test('minimal-ingress: the class nginx-example, and rewrite-target', () => {
    const cluster = booted.fork();
    cluster.create(CLASSES, {
      metadata: { name: 'nginx-example' },
      spec: { controller: 'k8s.io/ingress-nginx' },
    });
    createIngress(
      cluster,
      'minimal-ingress',
      { ingressClassName: 'nginx-example', rules: [rule('/testpath')] },
      { 'nginx.ingress.kubernetes.io/rewrite-target': '/hostname' },
    );
    expect(get(cluster, '/testpath').http).toMatchObject({ status: 200, body: 'web' });
  });

  test('endpoints take turns', () => {
    const cluster = booted.fork();
    cluster.createDeployment('many', 3);
    cluster.createService('many', { selector: { app: 'many' }, ports: [{ port: 80, targetPort: 8080 }] });
    createIngress(cluster, 'many', { rules: [rule('/', 'many')] });
    const bodies = Array.from({ length: 6 }, () => get(cluster, '/hostname').http?.body);
    expect(new Set(bodies).size).toBe(3);
  });

  test('ING9: a host with a certificate sends plain HTTP to HTTPS', () => {
    const cluster = booted.fork();
    createIngress(cluster, 'secure', {
      tls: [{ hosts: ['secure.example'], secretName: 'cert' }],
      rules: [rule('/', 'web', 'secure.example')],
    });
    expect(get(cluster, '/hostname', 'secure.example').http?.status).toBe(308);
  });

  test('ING12: a policy for the backend that forgets the controller makes it time out', () => {
    const cluster = booted.fork();
    createIngress(cluster, 'shop', { rules: [rule('/')] });
    cluster.create('/apis/networking.k8s.io/v1/namespaces/default/networkpolicies', {
      metadata: { name: 'deny-all' },
      spec: { podSelector: {}, policyTypes: ['Ingress'] },
    });
    cluster.settle();
    expect(get(cluster, '/hostname').http?.status).toBe(504);
  });

  test('ING5: an Ingress whose class nobody serves gets no address', () => {
    const cluster = booted.fork();
    createIngress(cluster, 'stray', { ingressClassName: 'nobody', rules: [rule('/')] });
    expect(addressOf(cluster, 'stray')).toBeUndefined();
    expect(get(cluster, '/hostname').http?.status).toBe(404);
  });

  test('ING13: an annotation that is not modelled is named in an Event', () => {
    const cluster = booted.fork();
    createIngress(
      cluster,
      'guarded',
      { rules: [rule('/')] },
      { 'nginx.ingress.kubernetes.io/auth-url': 'http://auth.example' },
    );
    expect(cluster.events('guarded').join()).toMatch(
      /AnnotationNotModelled: nginx\S+auth-url is not part of/,
    );
  });

  test('a fork answers on, apart from its origin', () => {
    const cluster = booted.fork();
    createIngress(cluster, 'shop', { rules: [rule('/')] });
    const fork = cluster.fork();
    expect(get(fork, '/hostname').http?.body).toBe('web');
    expect(get(booted.fork(), '/hostname').http?.status).toBe(404);
  });
});

test('ING11: without a controller an Ingress is taken and does nothing', () => {
  const cluster = TestCluster.boot();
  createIngress(cluster, 'shop', { rules: [rule('/')] });
  expect(addressOf(cluster, 'shop')).toBeUndefined();
});

test('without a load balancer the controller is reached by its node port, and Ingresses name its node', () => {
  const cluster = TestCluster.boot({ ingress: { className: 'nginx' } });
  cluster.createPod('web');
  cluster.createService('web', { selector: { app: 'web' }, ports: [{ port: 80, targetPort: 8080 }] });
  createIngress(cluster, 'shop', { rules: [rule('/')] });
  const [pod] = cluster.pods('ingress-nginx');
  expect(addressOf(cluster, 'shop')).toBe(pod?.status.hostIP);
  const port = cluster.object('Service', 'ingress-nginx-controller', 'ingress-nginx').spec.ports[0]?.nodePort;
  const http = { path: '/hostname', host: 'shop.example' };
  const result = cluster.probe({ kind: 'toolbox' }, toHost('172.18.0.2'), port ?? 0, 'tcp', 2000, http);
  expect(result.http?.body).toBe('web');
});
