import { createCluster, defaultConfig } from '@podwire/kubesim';
import type { Place, SimulatedCluster } from '@podwire/kubesim';
import { beforeAll, expect, test } from 'vitest';
import { programs } from '../../programs.ts';
import { apply, sh } from '../../testing/on-cluster.ts';

const POD: Place = { kind: 'pod', namespace: 'default', name: 'net' };
const WORKER: Place = { kind: 'node', name: 'podwire-worker' };
let cluster: SimulatedCluster;

beforeAll(() => {
  cluster = createCluster({ config: defaultConfig({ seed: 3, startMs: Date.UTC(2026, 0, 1) }), programs });
  cluster.settle(60_000);
  apply(
    cluster,
    `
apiVersion: v1
kind: Pod
metadata: {name: net}
spec: {nodeName: podwire-worker, containers: [{name: main, image: nicolaka/netshoot, command: [sleep, 1d]}]}
---
apiVersion: v1
kind: Pod
metadata: {name: web, labels: {app: web}}
spec: {nodeName: podwire-worker, containers: [{name: main, image: nginx}]}
---
apiVersion: v1
kind: Service
metadata: {name: web}
spec: {selector: {app: web}, ports: [{port: 80}]}
`,
  );
});

/** What tcpdump saw while a command ran. */
function seen(options: string, command: string, place: Place = POD): string {
  sh(cluster, `(timeout 3 tcpdump ${options} > /tmp/seen 2>/tmp/said) & sleep 0.1`, place);
  sh(cluster, command, POD);
  return sh(cluster, 'sleep 4; cat /tmp/seen', place).out;
}

test('numbers count from the start of a connection, and HTTP is told by its first line', () => {
  const out = seen('-i eth0 -nn tcp port 80', 'curl -s -o /dev/null http://web');
  expect(out.replace(/^\S+ /gm, '').split('\n').slice(0, 5)).toEqual([
    expect.stringMatching(
      /^IP 10\.244\.1\.\d+\.\d+ > 10\.\d+\.\d+\.\d+\.80: Flags \[S\], seq \d{5,}, win \d+, options \[mss 1460\], length 0$/,
    ),
    expect.stringMatching(/: Flags \[S\.\], seq \d{5,}, ack \d{5,}, win /),
    expect.stringMatching(/: Flags \[\.\], ack 1, win \d+, length 0$/),
    expect.stringMatching(
      /: Flags \[P\.\], seq 1:\d\d, ack 1, win \d+, length \d\d: HTTP: GET \/ HTTP\/1\.1$/,
    ),
    expect.stringMatching(/: Flags \[\.\], ack \d\d, win \d+, length 0$/),
  ]);
  expect(out).toMatch(/: HTTP: HTTP\/1\.1 200 OK$/m);
  expect(seen('-S -i eth0 -nn tcp port 80', 'curl -s -o /dev/null http://web')).not.toMatch(/ack 1,/);
});

test('DNS is read: the question, and what came of it', () => {
  const out = seen(
    '-i eth0 -nn udp port 53',
    'dig kubernetes.default.svc.cluster.local; dig +noedns nope.example',
  );
  expect(out).toMatch(
    / > 10\.96\.0\.10\.53: \d+\+ \[1au\] A\? kubernetes\.default\.svc\.cluster\.local\. \(77\)$/m,
  );
  expect(out).toMatch(/IP 10\.96\.0\.10\.53 > \S+: \d+\*- 1\/0\/1 A 10\.96\.0\.1 \(129\)$/m);
  expect(out).toMatch(/: \d+\+ A\? nope\.example\. \(30\)$/m);
  expect(out).toMatch(/: \d+ NXDomain[*-]* 0\/\d\/\d \(\d+\)$/m);
});

test('-e shows the link, -v the IP header, -q little, -i any the interface and the way', () => {
  const ping =
    'ping -c 1 $(getent hosts web 2>/dev/null | cut -d" " -f1 || true) >/dev/null 2>&1; ping -c 1 10.244.1.1';
  expect(seen('-i eth0 -nn -e icmp', ping)).toMatch(
    /^\S+ [0-9a-f:]{17} > [0-9a-f:]{17}, ethertype IPv4 \(0x0800\), length 98: 10\.244\.1\.\d+ > 10\.244\.1\.1: ICMP echo request, id \d+, seq 1, length 64$/m,
  );
  expect(seen('-i eth0 -nn -v icmp', ping)).toMatch(
    /^\S+ IP \(tos 0x0, ttl 64, id \d+, offset 0, flags \[(?:DF|none)\], proto ICMP \(1\), length 84\)\n {4}10\.244\.1\.\d+ > 10\.244\.1\.1: ICMP echo request/m,
  );
  expect(seen('-i eth0 -nn -q tcp port 80', 'curl -s -o /dev/null http://web')).toMatch(/\.80: tcp 0$/m);
  const any = seen('-i any -nn tcp port 80', 'curl -s -o /dev/null http://web', WORKER);
  expect(any).toMatch(/^\S+ veth\w+ (?:P|In) +IP 10\.244\.1\.\d+\.\d+ > /m);
  expect(any).toMatch(/^\S+ veth\w+ Out IP /m);
  expect(sh(cluster, 'cat /tmp/said', WORKER).out).toMatch(
    /^tcpdump: data link type LINUX_SLL2\ntcpdump: verbose output suppressed, use -v\[v\]\.\.\. for full protocol decode\nlistening on any, link-type LINUX_SLL2/,
  );
});
