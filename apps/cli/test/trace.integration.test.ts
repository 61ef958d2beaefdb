import { describe, expect, it } from 'vitest';
import { folderOf } from './course.ts';
import { podwire } from './podwire.ts';

const APP = `apiVersion: apps/v1
kind: Deployment
metadata: { name: web, namespace: shop }
spec:
  replicas: 2
  selector: { matchLabels: { app: web } }
  template:
    metadata: { labels: { app: web } }
    spec:
      containers: [{ name: web, image: ghcr.io/acme/shop:1.2, ports: [{ containerPort: 8080 }] }]
---
apiVersion: v1
kind: Pod
metadata: { name: db, namespace: shop, labels: { app: db } }
spec:
  containers: [{ name: db, image: postgres:16, volumeMounts: [{ name: c, mountPath: /c }] }]
  volumes: [{ name: c, configMap: { name: nowhere } }]
---
apiVersion: v1
kind: Service
metadata: { name: db, namespace: shop }
spec: { selector: { app: db }, ports: [{ name: sql, port: 6379, targetPort: 5432 }] }
---
apiVersion: v1
kind: Service
metadata: { name: door, namespace: shop }
spec: { type: NodePort, selector: { app: web }, ports: [{ port: 80, targetPort: 8080, nodePort: 30080 }] }
`;
const POLICY = `apiVersion: networking.k8s.io/v1
kind: NetworkPolicy
metadata: { name: db, namespace: shop }
spec:
  podSelector: { matchLabels: { app: db } }
  ingress: [{ from: [{ podSelector: { matchLabels: { app: wep } } }] }]
`;
const ENTRANCES = `apiVersion: gateway.networking.k8s.io/v1
kind: GatewayClass
metadata: { name: acme }
spec: { controllerName: acme.example/controller }
---
apiVersion: gateway.networking.k8s.io/v1
kind: Gateway
metadata: { name: way, namespace: shop }
spec:
  gatewayClassName: acme
  listeners: [{ name: web, port: 80, protocol: HTTP, hostname: '*.example' }]
---
apiVersion: gateway.networking.k8s.io/v1
kind: Gateway
metadata: { name: any, namespace: shop }
spec:
  gatewayClassName: other
  listeners: [{ name: web, port: 8080, protocol: HTTP }]
---
apiVersion: gateway.networking.k8s.io/v1
kind: HTTPRoute
metadata: { name: web, namespace: shop }
spec:
  parentRefs: [{ name: way }]
  hostnames: [shop.example]
  rules: [{ backendRefs: [{ name: door, port: 80 }] }]
---
apiVersion: gateway.networking.k8s.io/v1
kind: HTTPRoute
metadata: { name: all, namespace: shop }
spec:
  parentRefs: [{ name: any }]
  rules: [{ backendRefs: [{ name: door, port: 80 }] }]
---
apiVersion: networking.k8s.io/v1
kind: Ingress
metadata: { name: old, namespace: shop }
spec:
  ingressClassName: nginx
  rules:
    - host: old.example
      http: { paths: [{ path: /, pathType: Prefix, backend: { service: { name: door, port: { number: 80 } } } }] }
`;
const open = folderOf({ 'app.yaml': APP });
const shut = folderOf({ 'app.yaml': APP, 'policy.yaml': POLICY });

interface TracedJson {
  readonly to: string;
  readonly verdict: string;
  readonly because: string;
  readonly reached?: { readonly address: string; readonly port: number; readonly owner?: string };
  readonly candidates: readonly { readonly pod?: string; readonly port: number }[];
  readonly notes: readonly string[];
  readonly packets: readonly { readonly steps: readonly { readonly decision: string }[] }[];
}

async function traced(folder: string, ...more: readonly string[]): Promise<TracedJson> {
  const { stdout, stderr } = await podwire(['trace', '-f', folder, '-n', 'shop', '--json', ...more]);
  expect(stderr).toBe('');
  return JSON.parse(stdout) as TracedJson;
}

describe('podwire trace', () => {
  it('says who dropped a packet, by object and field, and fails', async () => {
    const { code, stdout } = await podwire([
      'trace',
      '-f',
      shut,
      '-n',
      'shop',
      '--from',
      'deploy/web',
      '--to',
      'svc/db:6379',
    ]);
    expect(code).toBe(1);
    expect(stdout).toContain('Service shop/db, TCP 6379: timed out');
    expect(stdout).toMatch(/prerouting +dnat .*\[Service shop\/db, spec\.ports\[0\]\]/);
    expect(stdout).toMatch(/forward +DROP .*\[NetworkPolicy shop\/db, spec\.ingress\]/);
    expect(stdout).toContain('it wants pods with label app=wep');
  });

  it('gives verdict, translated address and every endpoint as JSON', async () => {
    const result = await traced(open, '--from', 'deploy/web', '--to', 'svc/db:sql');
    expect(result).toMatchObject({
      verdict: 'open',
      reached: { port: 5432, owner: 'pod shop/db' },
      candidates: [{ pod: 'shop/db', port: 5432 }],
    });
    expect(result.packets[0]?.steps.some(({ decision }) => decision === 'dnat')).toBe(true);
  });

  it('tells which images have a stand-in, and on which ports', async () => {
    const { notes } = await traced(open, '--from', 'deploy/web', '--to', 'svc/db');
    expect(notes).toEqual([
      'ghcr.io/acme/shop:1.2 is not part of the simulation: a stand-in listens on TCP 8080.',
      'postgres:16 needs ConfigMap nowhere, which no manifest makes: a stand-in listens on TCP 5432.',
    ]);
  });

  it.each([
    ['from outside to a node port', 'outside/203.0.113.7', 'node/podwire-worker:30080', 'open'],
    ['from a node to a pod', 'node/podwire-worker', 'pod/db:5432', 'open'],
    ['to a port on which nobody listens', 'pod/db', 'pod/db:1', 'refused'],
    ['to a URL', 'deploy/web', 'http://door/', 'open'],
    ['to a name that nobody has', 'pod/db', 'nope.example:80', 'name-not-found'],
  ])('%s', async (_what, from, to, verdict) => {
    expect((await traced(open, '--from', from, '--to', to)).verdict).toBe(verdict);
  });

  it('NP31: is not stopped where the plugin does not enforce policies', async () => {
    expect((await traced(shut, '--from', 'deploy/web', '--to', 'svc/db', '--no-policies')).verdict).toBe(
      'open',
    );
  });

  it.each([
    ['http://shop.example/cart', 'Gateway shop/way', 200],
    ['http://other.example:8080/', 'Gateway shop/any', 200],
    ['http://old.example/', 'Ingress shop/old', 200],
  ])('goes to %s through what serves its host', async (url, label, status) => {
    const folder = folderOf({ 'app.yaml': APP, 'entrances.yaml': ENTRANCES });
    const result = await traced(folder, '--from', 'outside/203.0.113.7', '--to', url);
    expect(result).toMatchObject({ verdict: 'open', http: { status } });
    expect(result.to).toContain(label);
  });

  it('asks over TLS, and says what the server showed', async () => {
    const folder = folderOf({ 'app.yaml': APP });
    const result = await traced(folder, '--from', 'pod/db', '--to', 'https://kubernetes.default/version');
    expect(result).toMatchObject({ verdict: 'open', http: { status: 200 }, certificate: { trusted: false } });
  });

  it('is the same each time', async () => {
    const once = await traced(shut, '--from', 'deploy/web', '--to', 'svc/db');
    expect(await traced(shut, '--from', 'deploy/web', '--to', 'svc/db')).toEqual(once);
  });

  it.each([
    [['--from', 'web', '--to', 'svc/db'], '--from "web": write pod/'],
    [['--from', 'pod/db', '--to', 'svc/nope'], 'there is no Service shop/nope'],
    [['--from', 'pod/db', '--to', 'svc/db:http'], 'the Service has no such port; it has sql'],
    [['--from', 'pod/db', '--to', 'pod/db'], '--to "pod/db": write pod/'],
    [['--from', 'outside/999.1.1.1', '--to', 'svc/db'], '"999.1.1.1" is no address of a host'],
    [['--from', 'outside/127.0.0.1', '--to', 'svc/db'], '"127.0.0.1" is no address of a host'],
  ])('refuses %j', async (args, message) => {
    const { code, stderr } = await podwire(['trace', '-f', open, '-n', 'shop', ...args]);
    expect({ code, stderr }).toEqual({ code: 2, stderr: expect.stringContaining(message) as string });
  });

  it('refuses what is no manifest', async () => {
    const folder = folderOf({ 'a.yaml': 'kind: [' });
    const { code, stderr } = await podwire(['trace', '-f', folder, '--from', 'pod/a', '--to', 'pod/b:1']);
    expect(code).toBe(2);
    expect(stderr).toMatch(/a\.yaml: .* at line 1, column 8\.\n$/);
    expect(await podwire(['trace', '-f', '/dev/null', '--from', 'pod/a', '--to', 'pod/b:1'])).toMatchObject({
      code: 2,
      stderr: 'podwire trace: -f: /dev/null is neither a file nor a folder.\n',
    });
  });
});
