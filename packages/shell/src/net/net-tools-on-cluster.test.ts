import { createCluster, defaultConfig } from '@podwire/kubesim';
import type { SimulatedCluster } from '@podwire/kubesim';
import { utf8Decode } from '@podwire/sim';
import { beforeAll, expect, test } from 'vitest';
import { programs } from '../programs.ts';

let cluster: SimulatedCluster;

beforeAll(() => {
  cluster = createCluster({ config: defaultConfig({ seed: 3, startMs: Date.UTC(2026, 0, 1) }), programs });
  cluster.settle(60_000);
});

function onNode(...argv: readonly string[]): {
  readonly out: string;
  readonly err: string;
  readonly code: number | undefined;
} {
  const started = cluster.exec({ kind: 'node', name: 'podwire-worker' }, argv);
  if (!started.ok) throw new Error(started.reason);
  const ran = { out: '', err: '', code: undefined as number | undefined };
  started.handle.onStdout((data) => (ran.out += utf8Decode(data)));
  started.handle.onStderr((data) => (ran.err += utf8Decode(data)));
  started.handle.onExit((code) => (ran.code = code));
  cluster.run({
    untilMs: cluster.nowMs() + 5000,
    maxEvents: 1_000_000,
    condition: () => ran.code !== undefined,
  });
  return ran;
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

test.each(['crictl', 'nsenter', 'chroot', 'sysctl'])('API10: %s says what does its work', (name) => {
  const { err, code } = onNode(name, 'ps');
  expect(code).toBe(1);
  expect(err).toMatch(new RegExp(`^${name}: .+ simulation`));
});
