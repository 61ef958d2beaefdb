import { createCluster, defaultConfig } from '@podwire/kubesim';
import type { Place, SimulatedCluster } from '@podwire/kubesim';
import { utf8Encode } from '@podwire/sim';
import { beforeAll, describe, expect, test } from 'vitest';
import { programs } from '../programs.ts';
import { sh } from '../testing/on-cluster.ts';

const START_MS = Date.UTC(2026, 0, 1);
const EDGE = '198.51.100.1';
const POD: Place = { kind: 'pod', namespace: 'default', name: 'web' };
const TOKEN = '/var/run/secrets/kubernetes.io/serviceaccount';

let booted: SimulatedCluster;

const MANIFEST = `
apiVersion: v1
kind: Pod
metadata: {name: web, labels: {app: web}}
spec:
  containers:
  - {name: main, image: "registry.k8s.io/e2e-test-images/agnhost:2.53", args: [netexec]}
---
apiVersion: v1
kind: Service
metadata: {name: web}
spec:
  selector: {app: web}
  ports: [{port: 80, targetPort: 8080}]
---
apiVersion: networking.k8s.io/v1
kind: Ingress
metadata: {name: shop}
spec:
  ingressClassName: nginx
  tls: [{hosts: [shop.example], secretName: shop}]
  rules:
  - host: shop.example
    http: {paths: [{path: /, pathType: Prefix, backend: {service: {name: web, port: {number: 80}}}}]}
  - host: plain.example
    http: {paths: [{path: /, pathType: Prefix, backend: {service: {name: web, port: {number: 80}}}}]}
`;

beforeAll(() => {
  booted = createCluster({
    config: {
      ...defaultConfig({ seed: 5, startMs: START_MS }),
      ingress: { className: 'nginx' },
      loadBalancer: { range: '198.51.100.0/28' },
    },
    programs,
  });
  booted.settle(60_000);
  booted.toolboxFiles().writeFile('/tmp/all.yaml', utf8Encode(MANIFEST));
  const made = sh(
    booted,
    `cd /tmp && openssl req -x509 -newkey ec -pkeyopt ec_paramgen_curve:prime256v1 -nodes -keyout shop.key -out shop.crt -subj /O=Shop/CN=shop.example -addext subjectAltName=DNS:shop.example,DNS:*.shop.example -days 90 && kubectl create secret tls shop --cert=shop.crt --key=shop.key && kubectl apply -f all.yaml`,
  );
  if (made.code !== 0) throw new Error(made.out + made.err);
  booted.settle(60_000);
}, 60_000);

function fork(): SimulatedCluster {
  const cluster = booted.fork();
  if (cluster === undefined) throw new Error('the cluster cannot fork now');
  return cluster;
}

describe('ING9: TLS at the ingress controller', () => {
  test('curl trusts the certificate that the Secret gives, and the backend hears of HTTPS', () => {
    const cluster = fork();
    const page = sh(
      cluster,
      `curl -sS --cacert /tmp/shop.crt --resolve shop.example:443:${EDGE} 'https://shop.example/header?key=X-Forwarded-Proto'`,
    );
    expect(page).toEqual({ code: 0, out: 'https', err: '' });
    const verbose = sh(
      cluster,
      `curl -sv --cacert /tmp/shop.crt --connect-to shop.example:443:${EDGE}:443 https://shop.example/hostname`,
    ).err;
    expect(verbose).toContain(
      ['* Server certificate:', '*  subject: O=Shop; CN=shop.example', '*  start date: Jan  1 00:00:0'].join(
        '\n',
      ),
    );
    expect(verbose).toContain(`*  subjectAltName: host "shop.example" matched cert's "shop.example"\n`);
    expect(verbose).toContain('*  SSL certificate verify ok.\n');
    expect(verbose).toContain('< Strict-Transport-Security: max-age=31536000; includeSubDomains');
  });

  test('without the authority curl refuses with 60, and -k goes on', () => {
    const cluster = fork();
    const refused = sh(cluster, `curl -sS --resolve shop.example:443:${EDGE} https://shop.example/hostname`);
    expect(refused.code).toBe(60);
    expect(refused.err).toBe(
      `curl: (60) SSL certificate problem: self-signed certificate
More details here: https://curl.se/docs/sslcerts.html

curl failed to verify the legitimacy of the server and therefore could not
establish a secure connection to it. To learn more about this situation and
how to fix it, please visit the web page mentioned above.
`,
    );
    expect(sh(cluster, `curl -sk --resolve shop.example:443:${EDGE} https://shop.example/hostname`).out).toBe(
      'web',
    );
  });

  test('plain HTTP is sent to HTTPS with 308, and curl -L follows', () => {
    const cluster = fork();
    const resolve = `--resolve shop.example:80:${EDGE} --resolve shop.example:443:${EDGE}`;
    expect(
      sh(
        cluster,
        `curl -s -o /dev/null -w '%{http_code} %{redirect_url}' ${resolve} http://shop.example/hostname`,
      ).out,
    ).toBe('308 https://shop.example/hostname');
    expect(sh(cluster, `curl -skL ${resolve} http://shop.example/hostname`).out).toBe('web');
  });

  test('a host without a certificate, and a client without a name, get the fake one', () => {
    const cluster = fork();
    for (const name of ['-servername plain.example', '-noservername']) {
      const { out } = sh(
        cluster,
        `openssl s_client -connect ${EDGE}:443 ${name} </dev/null 2>/dev/null | openssl x509 -noout -subject -issuer`,
      );
      expect(out).toBe(
        'subject=O = Acme Co, CN = Kubernetes Ingress Controller Fake Certificate\nissuer=O = Acme Co, CN = Kubernetes Ingress Controller Fake Certificate\n',
      );
    }
    expect(
      sh(cluster, `curl -s -o /dev/null -w '%{http_code}' -H 'Host: plain.example' http://${EDGE}/hostname`)
        .out,
    ).toBe('200');
  });

  test('a Secret whose certificate names another host leaves the fake one in place', () => {
    const cluster = fork();
    sh(
      cluster,
      `kubectl patch ingress shop --type json -p '[{"op":"replace","path":"/spec/tls/0/hosts/0","value":"plain.example"}]'`,
    );
    cluster.settle(10_000);
    const { out } = sh(
      cluster,
      `openssl s_client -connect ${EDGE}:443 -servername plain.example </dev/null 2>/dev/null | openssl x509 -noout -subject`,
    );
    expect(out).toContain('Fake Certificate');
  });

  test('plain HTTP on the TLS port is told so, and TLS on the plain port is no TLS', () => {
    const cluster = fork();
    expect(sh(cluster, `curl -s http://${EDGE}:443/`).out).toContain(
      '<center>The plain HTTP request was sent to HTTPS port</center>',
    );
    expect(sh(cluster, `curl -sS https://${EDGE}:80/`).err).toBe(
      'curl: (35) OpenSSL/3.0.19: error:0A00010B:SSL routines::wrong version number\n',
    );
  });

  test('TLS1: a packet capture shows the name and no text', () => {
    const cluster = fork();
    const { out } = sh(
      cluster,
      `tcpdump -A -c 30 -i any port 443 & sleep 0.1; curl -sk --resolve shop.example:443:${EDGE} https://shop.example/hostname >/dev/null; sleep 0.2; kill %1; wait`,
    );
    expect(out).toContain('shop.example');
    expect(out).not.toContain('GET /hostname');
  });
});

describe('the API server over the cluster network', () => {
  test('TLS4: a pod asks with its token and the authority that is mounted', () => {
    const cluster = fork();
    const asked = sh(
      cluster,
      `curl -sS --cacert ${TOKEN}/ca.crt -H "Authorization: Bearer $(cat ${TOKEN}/token)" https://kubernetes.default/version`,
      POD,
    );
    expect(asked.err).toBe('');
    expect(JSON.parse(asked.out)).toMatchObject({ major: '1', minor: '34' });
    const denied = sh(
      cluster,
      `curl -sS --cacert ${TOKEN}/ca.crt -H "Authorization: Bearer $(cat ${TOKEN}/token)" https://kubernetes.default/api/v1/nodes`,
      POD,
    );
    expect(denied.out).toContain(
      'User \\"system:serviceaccount:default:default\\" cannot list resource \\"nodes\\"',
    );
  });

  test('TLS4: without the authority 60, without a token anonymous, with a wrong one 401', () => {
    const cluster = fork();
    const untrusted = sh(cluster, 'curl -sS https://kubernetes.default/version', POD);
    expect(untrusted.err).toContain(
      'curl: (60) SSL certificate problem: unable to get local issuer certificate\n',
    );
    const anonymous = sh(
      cluster,
      `curl -sk -o /dev/null -w '%{http_code}' https://kubernetes.default/api/v1/pods`,
      POD,
    );
    expect(anonymous.out).toBe('403');
    const wrong = sh(
      cluster,
      `curl -sk -H 'Authorization: Bearer no' -w '%{http_code}' -o /dev/null https://kubernetes.default/api`,
      POD,
    );
    expect(wrong.out).toBe('401');
    expect(sh(cluster, 'curl -s http://kubernetes.default:443/', POD).out).toBe(
      'Client sent an HTTP request to an HTTPS server.\n',
    );
  });

  test('TLS2: a name that the certificate has not', () => {
    const cluster = fork();
    const { code, err } = sh(
      cluster,
      `curl -sS --cacert ${TOKEN}/ca.crt --connect-to other.example:443:kubernetes.default:443 https://other.example/version`,
      POD,
    );
    expect(code).toBe(60);
    expect(err).toContain(
      "curl: (60) SSL: no alternative certificate subject name matches target host name 'other.example'\n",
    );
  });
});

describe('servers with certificates of their own', () => {
  test('TLS1: netexec and nginx serve HTTPS from a Secret, and an HTTPS probe finds them ready', () => {
    const cluster = fork();
    cluster.toolboxFiles().writeFile(
      '/tmp/tls.yaml',
      utf8Encode(`
apiVersion: v1
kind: Pod
metadata: {name: secure}
spec:
  volumes: [{name: cert, secret: {secretName: shop}}]
  containers:
  - name: main
    image: registry.k8s.io/e2e-test-images/agnhost:2.53
    args: [netexec, --http-port=8443, --tls-cert-file=/cert/tls.crt, --tls-private-key-file=/cert/tls.key]
    volumeMounts: [{name: cert, mountPath: /cert}]
    readinessProbe: {httpGet: {path: /healthz, port: 8443, scheme: HTTPS}, periodSeconds: 1}
---
apiVersion: v1
kind: ConfigMap
metadata: {name: site}
data:
  default.conf: |
    server {
      listen 443 ssl;
      ssl_certificate /cert/tls.crt;
      ssl_certificate_key /cert/tls.key;
      location / { root /usr/share/nginx/html; }
    }
---
apiVersion: v1
kind: Pod
metadata: {name: site}
spec:
  volumes: [{name: cert, secret: {secretName: shop}}, {name: conf, configMap: {name: site}}]
  containers:
  - name: main
    image: nginx:1.29
    volumeMounts: [{name: cert, mountPath: /cert}, {name: conf, mountPath: /etc/nginx/conf.d}]
---
apiVersion: v1
kind: Pod
metadata: {name: deaf}
spec:
  containers:
  - name: main
    image: registry.k8s.io/e2e-test-images/agnhost:2.53
    args: [netexec]
    readinessProbe: {httpGet: {path: /healthz, port: 8080, scheme: HTTPS}, periodSeconds: 1}
`),
    );
    expect(sh(cluster, 'kubectl apply -f /tmp/tls.yaml').code).toBe(0);
    cluster.settle(20_000);
    cluster.run({ untilMs: cluster.nowMs() + 5_000, maxEvents: 1_000_000 });
    const { out } = sh(
      cluster,
      `kubectl get pods -o 'jsonpath={range .items[*]}{.metadata.name}={.status.containerStatuses[0].ready} {end}'`,
    );
    expect(out.trim().split(' ').sort()).toEqual(['deaf=false', 'secure=true', 'site=true', 'web=true']);
    expect(sh(cluster, 'kubectl describe pod deaf').out).toContain(
      'http: server gave HTTP response to HTTPS client',
    );
    const ip = sh(cluster, `kubectl get pod site -o 'jsonpath={.status.podIP}'`).out;
    expect(sh(cluster, `curl -sk https://${ip}/`, POD).out).toContain('Welcome to nginx!');
    const wget = sh(cluster, `wget -q -O - --no-check-certificate https://${ip}/`, POD);
    expect(wget.out).toContain('Welcome to nginx!');
  });
});

describe('openssl', () => {
  test('TLS3: -text, -dates, -ext and verify', () => {
    const cluster = fork();
    const { out } = sh(cluster, 'openssl x509 -in /tmp/shop.crt -noout -text');
    expect(out).toContain(
      '        Signature Algorithm: ecdsa-with-SHA256\n        Issuer: O = Shop, CN = shop.example\n',
    );
    expect(out).toContain(
      '                Public-Key: (256 bit)\n                pub:\n                    04:',
    );
    expect(out).toContain(
      '            X509v3 Subject Alternative Name: \n                DNS:shop.example, DNS:*.shop.example\n',
    );
    expect(sh(cluster, 'openssl x509 -in /tmp/shop.crt -noout -ext basicConstraints').out).toBe(
      'X509v3 Basic Constraints: critical\n    CA:TRUE\n',
    );
    expect(sh(cluster, 'openssl verify -CAfile /tmp/shop.crt /tmp/shop.crt').out).toBe('/tmp/shop.crt: OK\n');
    expect(sh(cluster, 'openssl verify /tmp/shop.crt')).toEqual({
      code: 2,
      out: '',
      err: 'O = Shop, CN = shop.example\nerror 18 at 0 depth lookup: self-signed certificate\nerror /tmp/shop.crt: verification failed\n',
    });
  });

  test('TLS3: RSA, and a pair that does not fit', () => {
    const cluster = fork();
    const made = sh(
      cluster,
      'cd /tmp && openssl req -x509 -newkey rsa:1024 -nodes -keyout r.key -out r.crt -subj /CN=r && openssl x509 -in r.crt -noout -text && kubectl create secret tls r --cert=r.crt --key=r.key',
    );
    expect(made.out).toContain(
      '            Public Key Algorithm: rsaEncryption\n                Public-Key: (1024 bit)\n',
    );
    expect(made.out).toContain('secret/r created');
    expect(sh(cluster, 'kubectl create secret tls s --cert=/tmp/r.crt --key=/tmp/shop.key')).toMatchObject({
      code: 1,
      err: 'error: tls: private key type does not match public key type\n',
    });
  });
});
