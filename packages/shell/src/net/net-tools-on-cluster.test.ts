import { createCluster, defaultConfig } from '@podwire/kubesim';
import type { SimulatedCluster } from '@podwire/kubesim';
import { beforeAll, expect, test } from 'vitest';
import { programs } from '../programs.ts';
import { run } from '../testing/on-cluster.ts';
import type { Ran } from '../testing/on-cluster.ts';

let cluster: SimulatedCluster;

beforeAll(() => {
  cluster = createCluster({ config: defaultConfig({ seed: 3, startMs: Date.UTC(2026, 0, 1) }), programs });
  cluster.settle(60_000);
});

function onNode(...argv: readonly string[]): Ran {
  return run(cluster, { kind: 'node', name: 'podwire-worker' }, argv);
}

test('CNI6: route -n shows the routes of a node in the columns of net-tools', () => {
  const { out, code } = onNode('route', '-n');
  expect(code).toBe(0);
  expect(out).toMatch(
    /^Kernel IP routing table\nDestination {5}Gateway {9}Genmask {9}Flags Metric Ref {4}Use Iface\n/,
  );
  expect(out).toMatch(/^0\.0\.0\.0 {9}172\.18\.0\.1 {6}0\.0\.0\.0 {9}UG {4}0 {6} {2}0 {8}0 eth0$/m);
  expect(out).toMatch(/^10\.244\.0\.0 {6}172\.18\.0\.\d+ +255\.255\.255\.0 {3}UG/m);
});

test('arp -n shows whom the node knows', () => {
  expect(onNode('arp', '-n').out).toMatch(/^10\.244\.\d\.\d+ +ether {3}[0-9a-f:]{17} {3}C {21}cni0$/m);
});

test.each(['chroot', 'sysctl', 'df', 'free', 'top'])('API10: %s says what does its work', (name) => {
  const { err, code } = onNode(name, 'ps');
  expect(code).toBe(1);
  expect(err).toMatch(new RegExp(`^${name}: .+ simulation`));
});

test('CNI4: bridge shows the ports of a bridge, and behind which of them an address is', () => {
  expect(onNode('bridge', 'link').out).toMatch(
    /^\d+: veth[0-9a-f]+@if\d+: <BROADCAST,MULTICAST,UP,LOWER_UP> mtu 1500 master cni0 state forwarding priority 32 cost 2 $/m,
  );
  expect(onNode('bridge', 'fdb').out).toMatch(/^[0-9a-f:]{17} dev veth[0-9a-f]+ master cni0 $/m);
  expect(onNode('bridge', 'vlan').err).toBe('Object "vlan" is unknown, try "bridge help".\n');
});

test('ip -s link counts what went by, in the columns of iproute2', () => {
  expect(onNode('ip', '-s', 'link', 'show', 'eth0').out).toMatch(
    /^ {4}RX: {2}bytes packets errors dropped {2}missed {3}mcast {11}\n {4}[ \d]{10} [ \d]{7} {6}0 {7}0 {7}0 {7}0 \n {4}TX: {2}bytes packets errors dropped carrier collsns {11}\n/m,
  );
  expect(onNode('ip', '-j', '-s', 'addr').err).toBe(
    'ip: -j with -s, -d or route get is not part of this simulation\n',
  );
});

test('/proc/net tells sockets and routes in the numbers of the kernel', () => {
  const gateway = /^0\.0\.0\.0 +(\S+)/m.exec(onNode('route', '-n').out)?.[1] ?? '';
  const turned = gateway
    .split('.')
    .toReversed()
    .map((octet) => Number(octet).toString(16).toUpperCase().padStart(2, '0'));
  expect(onNode('cat', '/proc/net/route').out).toContain(`eth0\t00000000\t${turned.join('')}\t0003`);
  expect(onNode('netstat', '-rn').out).toContain(gateway);
  // kube-proxy's metrics, on the loopback: 127.0.0.1:10249, LISTEN.
  expect(onNode('cat', '/proc/net/tcp').out).toContain('0100007F:2809 00000000:0000 0A ');
});

test('iptables lists empty chains where kube-proxy writes nftables, and counts nothing', () => {
  expect(onNode('iptables', '-t', 'nat', '-S').out).toBe(
    '-P PREROUTING ACCEPT\n-P INPUT ACCEPT\n-P OUTPUT ACCEPT\n-P POSTROUTING ACCEPT\n',
  );
  expect(onNode('iptables', '-L', '-v').err).toContain('leave -v out');
});

test('conntrack shows who was answered, and deletes what its filters name', () => {
  onNode(
    'bash',
    '-c',
    'nc -zw1 10.96.0.10 53; dig @10.96.0.10 kubernetes.default.svc.cluster.local >/dev/null; dig +time=1 +tries=1 @192.0.2.9 x >/dev/null',
  );
  const udp = onNode('conntrack', '-L', '-p', 'udp', '--dport', '53').out;
  expect(udp).toMatch(
    /^udp {6}17 \d+ src=\S+ dst=10\.96\.0\.10 sport=\d+ dport=53 src=10\.244\.\S+ dst=\S+ sport=53 /m,
  );
  expect(udp).toMatch(
    /^udp {6}17 \d+ src=\S+ dst=192\.0\.2\.9 sport=\d+ dport=53 \[UNREPLIED\] src=192\.0\.2\.9 /m,
  );
  const deleted = onNode('conntrack', '-D', '-p', 'udp', '-d', '192.0.2.9');
  expect(deleted.err).toBe('conntrack v1.4.7 (conntrack-tools): 1 flow entries have been deleted.\n');
  expect(onNode('conntrack', '-L', '-d', '192.0.2.9').out).toBe('');
  expect(onNode('conntrack', '-D', '-d', '192.0.2.9').code).toBe(1);
  expect(onNode('conntrack', '-E').err).toMatch(/^conntrack: -E \(events\) is not part of this simulation/);
});

test('ip -j tells the same in JSON', () => {
  const [loopback] = JSON.parse(onNode('ip', '-j', 'addr', 'show', 'lo').out) as readonly object[];
  expect(loopback).toEqual({
    ifindex: 1,
    ifname: 'lo',
    flags: ['LOOPBACK', 'UP', 'LOWER_UP'],
    mtu: 65_536,
    qdisc: 'noqueue',
    operstate: 'UNKNOWN',
    group: 'default',
    txqlen: 1000,
    link_type: 'loopback',
    address: '00:00:00:00:00:00',
    broadcast: '00:00:00:00:00:00',
    addr_info: [
      {
        family: 'inet',
        local: '127.0.0.1',
        prefixlen: 8,
        scope: 'host',
        label: 'lo',
        valid_life_time: 4_294_967_295,
        preferred_life_time: 4_294_967_295,
      },
      {
        family: 'inet6',
        local: '::1',
        prefixlen: 128,
        scope: 'host',
        valid_life_time: 4_294_967_295,
        preferred_life_time: 4_294_967_295,
      },
    ],
  });
  expect(onNode('ip', '-j', 'route').out).toMatch(
    /^\[\{"dst":"default","gateway":"172\.18\.0\.1","dev":"eth0","protocol":"static","flags":\[\]\},/,
  );
  expect(onNode('ip', '-j', '-p', 'route').out).toMatch(
    /^\[ \{\n {8}"dst": "default",\n {8}"gateway": "172\.18\.0\.1",\n {8}"dev": "eth0",\n {8}"protocol": "static",\n {8}"flags": \[ \]\n {4}\},\{\n/,
  );
  expect(onNode('bash', '-c', 'ip -j -br addr show eth0').out).toMatch(
    /^\[\{"ifname":"eth0","operstate":"UP","addr_info":\[\{"local":"172\.18\.0\.3","prefixlen":/,
  );
});
