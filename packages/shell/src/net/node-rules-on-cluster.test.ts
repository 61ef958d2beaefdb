import { createCluster, defaultConfig } from '@podwire/kubesim';
import type { Place, SimulatedCluster } from '@podwire/kubesim';
import { beforeAll, describe, expect, test } from 'vitest';
import { programs } from '../programs.ts';
import { apply, sh } from '../testing/on-cluster.ts';

const NODE: Place = { kind: 'node', name: 'podwire-worker' };
const POD: Place = { kind: 'pod', namespace: 'default', name: 'client' };

let cluster: SimulatedCluster;

function onNode(script: string) {
  return sh(cluster, script, NODE);
}

beforeAll(() => {
  cluster = createCluster({ config: defaultConfig({ seed: 11, startMs: Date.UTC(2026, 0, 1) }), programs });
  cluster.settle(60_000);
  apply(
    cluster,
    `apiVersion: v1
kind: Pod
metadata: { name: client, labels: { app: client } }
spec: { containers: [{ name: c, image: 'nicolaka/netshoot:v0.13', command: [sleep, infinity] }] }
---
apiVersion: v1
kind: Service
metadata: { name: web }
spec: { clusterIP: 10.96.7.7, selector: { app: client }, ports: [{ port: 80 }] }
`,
  );
});

describe('nft on a node', () => {
  test('names tables with their families, as kube-proxy makes them', () => {
    expect(onNode('nft list tables').out).toContain('table ip kube-proxy\n');
    expect(onNode('nft list ruleset').out).toContain('table ip kube-proxy {\n');
  });

  test('shows one chain, set or map of a table', () => {
    const chain = onNode('nft list chain ip kube-proxy services').out;
    expect(chain).toMatch(/^table ip kube-proxy \{\n\tchain services \{\n[\s\S]*\n\t\}\n\}\n$/);
    expect(chain.match(/chain /g)).toHaveLength(1);
    expect(onNode('nft list map ip kube-proxy service-ips').out).toContain('10.96.7.7 . tcp . 80');
    expect(onNode('nft list set ip kube-proxy nodeport-ips').out).toContain('type ipv4_addr');
  });

  test.each([
    ['nft list table ip nope', 'Error: No such file or directory\nlist table ip nope\n              ^^^^\n'],
    [
      'nft list chain ip kube-proxy nope',
      'Error: No such file or directory\nlist chain ip kube-proxy nope\n                         ^^^^\n',
    ],
    ['nft -j list ruleset', 'nft: option -j is not part of this simulation\n'],
  ])('%s', (line, err) => {
    expect(onNode(line)).toEqual({ code: 1, out: '', err });
  });
});

describe('kube-proxy on its own ports', () => {
  test('tells its mode to its node, and its health to all', () => {
    expect(onNode('curl -s localhost:10249/proxyMode').out).toBe('nftables');
    const health = JSON.parse(sh(cluster, 'curl -s podwire-worker:10256/healthz', POD).out) as object;
    expect(health).toMatchObject({ nodeEligible: true, healthy: true });
    expect(onNode("curl -s -o /dev/null -w '%{http_code}' localhost:10256/nope").out).toBe('404');
    expect(sh(cluster, 'curl -s podwire-worker:10249/proxyMode', POD).code).toBe(7);
  });
});

describe('ICMP to a ClusterIP (SVC13)', () => {
  test('is rejected where a Service has it, and dropped where none has', () => {
    expect(sh(cluster, 'ping -c 1 web', POD).out).toContain('icmp_seq=1 Destination Port Unreachable\n');
    expect(sh(cluster, 'ping -c 1 -W 1 10.96.77.77', POD).out).not.toContain('Unreachable');
  });

  test('is where traceroute ends, without a mark', () => {
    expect(sh(cluster, 'traceroute -n web', POD).out.split('\n').at(-2)).toMatch(
      /^ 2 {2}10\.244\.1\.1( {2}\d\.\d{3} ms){3}$/,
    );
  });
});

test.each([
  ['10.244.1.1', 'local 10.244.1.1 dev lo src 10.244.1.1 uid 0 \n    cache <local> \n'],
  ['::1', 'local ::1 from :: dev lo table local proto kernel src ::1 metric 0 pref medium\n'],
  ['fd00::1', 'RTNETLINK answers: Network is unreachable\n'],
  ['x', 'Error: any valid prefix is expected rather than "x".\n'],
])('ip route get %s', (address, text) => {
  const { out, err } = onNode(`ip route get ${address}`);
  expect(out + err).toBe(text);
});

describe('ss and ip, by what is asked for', () => {
  test('states and ends', () => {
    const script = `(sleep 3 | nc -l -p 7070 >/dev/null &); (sleep 3 | nc 127.0.0.1 7070 &); sleep 0.2;`;
    const { out } = sh(cluster, `${script} ss -tn state established 'dport = :7070'`, POD);
    const [head = '', ...rows] = out.trimEnd().split('\n');
    expect(head).toMatch(/^Recv-Q +Send-Q +Local Address:Port +Peer Address:Port +Process$/);
    expect(rows).toEqual([expect.stringMatching(/^0 +0 +127\.0\.0\.1:\d+ +127\.0\.0\.1:7070$/)]);
    expect(sh(cluster, 'ss -tn state listening sport = :9', POD).out.split('\n')).toHaveLength(2);
    expect(sh(cluster, 'ss -tn state nope', POD).err).toMatch(/^ss: "nope" is not part of this simulation; /);
    expect(sh(cluster, 'ss -s', POD).err).toMatch(/^ss: "s" is not part of/);
  });

  test.each([
    ['ip -br link show type bridge', /^cni0 +UP +\S+ <BROADCAST,MULTICAST,UP,LOWER_UP> \n$/],
    ['ip -br link show master cni0', /^(veth\w+ +UP +\S+ <\S+> \n)+$/],
    ['ip -br addr show up dev lo', /^lo +UNKNOWN +127\.0\.0\.1\/8 ::1\/128 \n$/],
    ['ip link show type vxlan', /^$/],
    ['ip link show nope', /^Device "nope" does not exist\.\n$/],
    ['ip link show lo eth0', /^Error: either "dev" is duplicate, or "eth0" is a garbage\.\n$/],
  ])('%s', (line, text) => {
    const { out, err } = onNode(line);
    expect(out + err).toMatch(text);
  });
});

test('a pod has its name in /etc/hostname', () => {
  expect(sh(cluster, 'cat /etc/hostname', POD).out).toBe('client\n');
});

test.each([
  ['ps -o pid,comm -p 1', '    PID COMMAND\n      1 sleep\n'],
  ['ps -o pid= -o comm= -p 1', '      1 sleep\n'],
  ['ps -o pid,stat,etime=AGE,args -C nope', '    PID STAT         AGE COMMAND\n'],
  ['ps -o nope', /^error: unknown user-defined format specifier "nope"\n\nUsage:\n ps \[options\]\n/],
  ['ps --forest', 'ps: --forest is not part of this simulation; -e, -f, -o, -p, -C and aux are\n'],
  ['ps aux', /^USER +PID %CPU .*\nroot +1 +0\.0 .* sleep infinity\n/],
  ['ps -ef', /^UID +PID +PPID .*\nroot +1 +0 .* sleep infinity\n/],
])('%s', (line, text) => {
  const { out, err } = sh(cluster, line, POD);
  if (typeof text === 'string') expect(out + err).toBe(text);
  else expect(out + err).toMatch(text);
});
