import { createCluster, defaultConfig } from '@podwire/kubesim';
import type { SimulatedCluster } from '@podwire/kubesim';
import { utf8Encode } from '@podwire/sim';
import { beforeAll, describe, expect, test } from 'vitest';
import { programs } from '../programs.ts';
import { sh as runScript } from '../testing/on-cluster.ts';
import type { Ran } from '../testing/on-cluster.ts';

const START_MS = Date.UTC(2026, 0, 1);
const EDGE = '198.51.100.1';
let cluster: SimulatedCluster;

const sh = (script: string): Ran => runScript(cluster, script);

const backend = (name: string): string => `
apiVersion: v1
kind: Pod
metadata: {name: ${name}, labels: {app: ${name}}}
spec:
  containers:
  - {name: main, image: "registry.k8s.io/e2e-test-images/agnhost:2.53", args: [netexec]}
---
apiVersion: v1
kind: Service
metadata: {name: ${name}}
spec:
  selector: {app: ${name}}
  ports: [{port: 80, targetPort: 8080}]
---`;

const MANIFEST = `${backend('shop')}${backend('shadow')}
apiVersion: gateway.networking.k8s.io/v1
kind: Gateway
metadata: {name: edge}
spec:
  gatewayClassName: podwire
  listeners:
  - {name: plain, port: 80, protocol: HTTP}
  - name: secure
    port: 443
    protocol: HTTPS
    hostname: shop.example
    tls: {mode: Terminate, certificateRefs: [{name: shop}]}
---
apiVersion: gateway.networking.k8s.io/v1
kind: HTTPRoute
metadata: {name: shop}
spec:
  parentRefs: [{name: edge}]
  hostnames: [shop.example]
  rules:
  - filters: [{type: RequestMirror, requestMirror: {backendRef: {name: shadow, port: 80}}}]
    backendRefs: [{name: shop, port: 80}]
`;

beforeAll(() => {
  cluster = createCluster({
    config: {
      ...defaultConfig({ seed: 5, startMs: START_MS }),
      gateway: { className: 'podwire' },
      loadBalancer: { range: '198.51.100.0/28' },
    },
    programs,
  });
  cluster.settle(60_000);
  cluster.toolboxFiles().writeFile('/tmp/all.yaml', utf8Encode(MANIFEST));
  const made = sh(
    'cd /tmp && openssl req -x509 -newkey ec -pkeyopt ec_paramgen_curve:prime256v1 -nodes -keyout shop.key -out shop.crt -subj /CN=shop.example -addext subjectAltName=DNS:shop.example -days 90 && kubectl create secret tls shop --cert=shop.crt --key=shop.key && kubectl apply -f all.yaml && kubectl wait --for=condition=Programmed gateway/edge --timeout=60s && kubectl wait --for=condition=Ready pod --all --timeout=60s',
  );
  if (made.code !== 0) throw new Error(made.out + made.err);
  cluster.run({ untilMs: cluster.nowMs() + 5_000, maxEvents: 1_000_000 });
}, 60_000);

const ask = (path: string, more = ''): string =>
  `curl -sS ${more} --cacert /tmp/shop.crt --resolve shop.example:443:${EDGE} https://shop.example${path}`;

describe('GW5: an HTTPS listener', () => {
  test('ends TLS with the certificate of its Secret, and passes the request on', () => {
    expect(sh(ask('/hostname'))).toEqual({ code: 0, out: 'shop', err: '' });
    expect(sh(ask('/header?key=X-Forwarded-Proto')).out).toBe('https');
  });

  test('shows that certificate to those who ask for its host alone', () => {
    const shown = sh(
      `openssl s_client -connect ${EDGE}:443 -servername shop.example </dev/null 2>/dev/null | grep ^subject`,
    );
    expect(shown.out).toBe('subject=CN = shop.example\n');
    expect(
      sh(`curl -sk --max-time 3 --resolve other.example:443:${EDGE} https://other.example/`).code,
    ).not.toBe(0);
  });
});

describe('GW4: RequestMirror', () => {
  test('sends a copy to another backend, whose answer nobody hears', () => {
    expect(sh(ask('/echo?msg=mirrored')).out).toBe('mirrored');
    expect(sh('sleep 1; kubectl logs shadow').out).toContain('GET /echo?msg=mirrored');
  });

  test('a mirror that does not answer holds nothing up', () => {
    sh('kubectl delete pod shadow --now');
    expect(sh(ask('/hostname', '--max-time 2'))).toEqual({ code: 0, out: 'shop', err: '' });
    expect(sh(`curl -sS --resolve shop.example:80:${EDGE} http://shop.example/hostname`).out).toBe('shop');
  });
});
