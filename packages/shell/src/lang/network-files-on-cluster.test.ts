import { createCluster, defaultConfig } from '@podwire/kubesim';
import type { Place, SimulatedCluster } from '@podwire/kubesim';
import { beforeAll, describe, expect, test } from 'vitest';
import { programs } from '../programs.ts';
import { apply, sh } from '../testing/on-cluster.ts';

const CLIENT: Place = { kind: 'pod', namespace: 'default', name: 'client' };

let cluster: SimulatedCluster;
let server: string;

beforeAll(() => {
  cluster = createCluster({ config: defaultConfig({ seed: 11, startMs: Date.UTC(2026, 0, 1) }), programs });
  cluster.settle(60_000);
  apply(
    cluster,
    `apiVersion: v1
kind: Pod
metadata: { name: web }
spec: { containers: [{ name: web, image: 'registry.k8s.io/e2e-test-images/agnhost:2.53', args: [netexec] }] }
---
apiVersion: v1
kind: Pod
metadata: { name: client }
spec: { containers: [{ name: c, image: 'nicolaka/netshoot:v0.13', command: [sleep, infinity] }] }
`,
  );
  server = sh(cluster, "kubectl get pod web -o jsonpath='{.status.podIP}'").out;
});

describe('/dev/tcp in bash', () => {
  test.each([
    ["timeout 2 bash -c '</dev/tcp/WEB/8080' && echo open", 'open\n', ''],
    [
      "bash -c '</dev/tcp/WEB/81' || echo closed",
      'closed\n',
      'bash: line 1: connect: Connection refused\nbash: line 1: /dev/tcp/WEB/81: Connection refused\n',
    ],
    [
      "bash -c 'echo > /dev/tcp/nosuch/80'",
      '',
      'bash: line 1: nosuch: Name or service not known\nbash: line 1: /dev/tcp/nosuch/80: Invalid argument\n',
    ],
    ["timeout 2 bash -c '</dev/tcp/10.244.250.9/80'; echo $?", '124\n', ''],
    [
      'bash -c \'exec 3<>/dev/tcp/WEB/8080; printf "GET /hostname HTTP/1.0\\r\\n\\r\\n" >&3; tail -1 <&3\'',
      'web',
      '',
    ],
    ["sh -c '</dev/tcp/WEB/80'", '', "sh: can't open /dev/tcp/WEB/80: no such file\n"],
  ])('%s', (line, out, err) => {
    const ran = sh(cluster, line.replaceAll('WEB', server), CLIENT);
    expect([ran.out, ran.err]).toEqual([out, err.replaceAll('WEB', server)]);
  });

  test('leaves no process behind, and no connection', () => {
    cluster.settle(60_000);
    expect(sh(cluster, 'ps -e', CLIENT).out).not.toContain('bash');
    expect(sh(cluster, 'ss -tn | grep -c ESTAB', CLIENT).out).toBe('0\n');
  });
});

test.each([
  [
    "bash -c 'shopt -s extglob'",
    "bash: line 1: shopt: extglob: bash's options are not part of this simulation\n",
  ],
  ["sh -c 'shopt -s extglob'", 'sh: shopt: not found\n'],
])('%s is refused', (line, err) => {
  expect(sh(cluster, line, CLIENT).err).toBe(err);
});
