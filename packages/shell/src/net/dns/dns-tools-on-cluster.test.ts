import { createCluster, defaultConfig } from '@podwire/kubesim';
import type { Place, SimulatedCluster } from '@podwire/kubesim';
import { beforeAll, expect, test } from 'vitest';
import { programs } from '../../programs.ts';
import { apply, sh } from '../../testing/on-cluster.ts';

const POD: Place = { kind: 'pod', namespace: 'default', name: 'net' };
let cluster: SimulatedCluster;

const ENDPOINTS = Array.from({ length: 80 }, (_, index) => `- {addresses: [10.9.0.${index + 1}]}`).join('\n');
const MANIFEST = `
apiVersion: v1
kind: Pod
metadata: {name: net}
spec: {containers: [{name: main, image: nicolaka/netshoot, command: [sleep, 1d]}]}
---
apiVersion: v1
kind: Service
metadata: {name: many}
spec: {clusterIP: None, ports: [{port: 80}]}
---
apiVersion: discovery.k8s.io/v1
kind: EndpointSlice
metadata: {name: many-1, labels: {kubernetes.io/service-name: many}}
addressType: IPv4
ports: [{port: 80}]
endpoints:
${ENDPOINTS}
`;

beforeAll(() => {
  cluster = createCluster({ config: defaultConfig({ seed: 3, startMs: Date.UTC(2026, 0, 1) }), programs });
  cluster.settle(60_000);
  apply(cluster, MANIFEST);
});

const dig = (words: string): string => sh(cluster, `dig ${words}`, POD).out;
const MANY = 'many.default.svc.cluster.local';

test('DNS13: dig asks again over TCP when an answer was cut, and says so', () => {
  const out = dig(MANY);
  expect(out).toMatch(
    /^;; Truncated, retrying in TCP mode\.\n\n; <<>> DiG 9\.18\.41-Debian <<>> many\.default\.svc\.cluster\.local\n;; global options: \+cmd\n;; Got answer:\n/,
  );
  expect(out).toMatch(/;; flags: qr aa rd; QUERY: 1, ANSWER: 80, AUTHORITY: 0, ADDITIONAL: 1\n/);
  expect(out).toMatch(/;; SERVER: 10\.96\.0\.10#53\(10\.96\.0\.10\) \(TCP\)\n/);
  expect(dig(`${MANY} +short`).trim().split('\n')).toHaveLength(80);
});

test('DNS13: dig +ignore shows what was cut, and a larger buffer takes it whole', () => {
  expect(dig(`${MANY} +ignore +bufsize=512`)).toMatch(/;; flags: qr aa tc rd; QUERY: 1, ANSWER: 2\d, /);
  expect(dig(`${MANY} +ignore +noedns`)).toMatch(/;; flags: qr aa tc rd; .*ADDITIONAL: 0\n/);
  const whole = dig(`${MANY} +bufsize=4096`);
  expect(whole).toMatch(/^\n; <<>> DiG[^]*ANSWER: 80,[^]*\(UDP\)\n/);
});

test('DNS13: what getaddrinfo asks for is cut at 512 bytes, and asked for again over TCP', () => {
  sh(cluster, 'nohup tcpdump -i eth0 -n tcp port 53 > /tmp/seen 2>&1 &', POD);
  expect(sh(cluster, `curl -sv -m 1 http://${MANY}`, POD).err).toMatch(/Trying 10\.9\.0\.\d+:80/);
  expect(sh(cluster, 'sleep 1; cat /tmp/seen', POD).out).toMatch(/ > 10\.96\.0\.10\.53: Flags \[S\]/);
});

test('dig prints what its options ask for', () => {
  const name = 'kubernetes.default.svc.cluster.local';
  expect(dig(`${name} +noall +answer`)).toBe(`${name}. 30 IN A\t10.96.0.1\n`);
  expect(dig(`+noall +answer ${name} -x 10.96.0.1`)).toBe(
    `${name}. 30 IN A\t10.96.0.1\n1.0.96.10.in-addr.arpa.\t30\tIN\tPTR\t${name}.\n`,
  );
  expect(dig(`@10.96.0.10 ${name}`)).toMatch(
    /^\n; <<>> DiG .*\n; \(1 server found\)\n;; global options: \+cmd\n;; Got answer:\n;; WARNING: \.local is reserved for Multicast DNS\n;; You are currently testing what happens when an mDNS query is leaked to DNS\n;; ->>HEADER<<- opcode: QUERY, status: NOERROR, id: \d+\n;; flags: qr aa rd; QUERY: 1, ANSWER: 1, AUTHORITY: 0, ADDITIONAL: 1\n;; WARNING: recursion requested but not available\n\n;; OPT PSEUDOSECTION:\n; EDNS: version: 0, flags:; udp: 1232\n; COOKIE: [0-9a-f]{16} \(echoed\)\n;; QUESTION SECTION:\n;kubernetes\.default\.svc\.cluster\.local\. IN A\n\n;; ANSWER SECTION:\nkubernetes\.default\.svc\.cluster\.local\. 30 IN A\t10\.96\.0\.1\n\n;; Query time: \d+ msec\n;; SERVER: 10\.96\.0\.10#53\(10\.96\.0\.10\) \(UDP\)\n;; WHEN: .*\n;; MSG SIZE {2}rcvd: 129\n\n$/,
  );
  expect(dig(`${name} +nocmd +nostats +nocomments +noquestion`)).toBe(`${name}. 30 IN A\t10.96.0.1\n`);
  const trace = sh(cluster, `dig +trace ${name}`, POD);
  expect([trace.code, trace.err]).toEqual([
    1,
    'dig: +trace asks the root servers of the internet, which are not part of this simulation; ask a server with @\n',
  ]);
});

test('nslookup tells of a resolver that does not recurse, unless it was asked by name', () => {
  const got = ';; Got recursion not available from 10.96.0.10\n';
  const head = 'Server:\t\t10.96.0.10\nAddress:\t10.96.0.10#53\n\n';
  const found = 'Name:\tkubernetes.default.svc.cluster.local\nAddress: 10.96.0.1\n';
  expect(sh(cluster, 'nslookup kubernetes', POD).out).toBe(`${got}${head}${found}${got}\n`);
  expect(sh(cluster, 'nslookup kubernetes.default.svc.cluster.local 10.96.0.10', POD).out).toBe(
    `${head}${found}\n`,
  );
  expect(sh(cluster, 'nslookup nope', POD).out).toBe(
    `${got.repeat(4)}${head}** server can't find nope: NXDOMAIN\n\n`,
  );
});

test('host names the server that it was told to ask', () => {
  expect(sh(cluster, 'host kubernetes.default.svc.cluster.local 10.96.0.10', POD).out).toBe(
    'Using domain server:\nName: 10.96.0.10\nAddress: 10.96.0.10#53\nAliases: \n\nkubernetes.default.svc.cluster.local has address 10.96.0.1\n',
  );
});

test('DNS14: an edited Corefile is served within its interval, and its log is read with kubectl', () => {
  const edited = sh(
    cluster,
    `kubectl -n kube-system get cm coredns -o yaml | sed 's/    errors/    errors\\n        log/' | kubectl apply -f - 2>/dev/null`,
  );
  expect(edited.out).toContain('configmap/coredns');
  cluster.run({ untilMs: cluster.nowMs() + 180_000, maxEvents: 2_000_000, condition: () => false });
  dig('kubernetes.default.svc.cluster.local');
  const logs = sh(cluster, 'kubectl -n kube-system logs -l k8s-app=kube-dns --tail=50').out;
  expect(logs).toMatch(/\[INFO\] Reloading complete/);
  expect(logs).toMatch(
    /\[INFO\] 10\.244\.\d\.\d+:\d+ - \d+ "A IN kubernetes\.default\.svc\.cluster\.local\. udp 77 false 1232" NOERROR qr,aa,rd 106 /,
  );
});
