import { createCluster, defaultConfig } from '@podwire/kubesim';
import type { SimulatedCluster } from '@podwire/kubesim';
import { beforeAll, expect, test } from 'vitest';
import { programs } from '../../programs.ts';
import { createPods, run as runAt } from '../../testing/on-cluster.ts';
import type { Ran } from '../../testing/on-cluster.ts';

let cluster: SimulatedCluster;

beforeAll(() => {
  cluster = createCluster({ config: defaultConfig({ seed: 3, startMs: Date.UTC(2026, 0, 1) }), programs });
  cluster.settle(60_000);
  createPods(cluster, { box: { image: 'busybox', command: ['sleep', '1d'] } });
  cluster.settle(60_000);
});

function run(...argv: readonly string[]): Ran {
  return runAt(cluster, { kind: 'pod', namespace: 'default', name: 'box' }, argv);
}

const HEAD = 'Server:\t\t10.96.0.10\nAddress:\t10.96.0.10:53\n\n';

test('DNS10: a bare name is asked for with every suffix, and what is missing makes it fail', () => {
  const missing =
    "** server can't find kubernetes.svc.cluster.local: NXDOMAIN\n\n** server can't find kubernetes.cluster.local: NXDOMAIN\n\n";
  expect(run('nslookup', 'kubernetes')).toEqual({
    out: `${HEAD}Name:\tkubernetes.default.svc.cluster.local\nAddress: 10.96.0.1\n\n${missing}\n${missing}`,
    err: '',
    code: 1,
  });
});

test('DNS10: a name with a dot is asked for as it stands', () => {
  const missing = "** server can't find kubernetes.default: NXDOMAIN\n\n";
  expect(run('nslookup', 'kubernetes.default')).toEqual({
    out: `${HEAD}${missing}${missing}`,
    err: '',
    code: 1,
  });
  expect(run('nslookup', '-type=a', 'kubernetes.default.svc.cluster.local')).toEqual({
    out: `${HEAD}Name:\tkubernetes.default.svc.cluster.local\nAddress: 10.96.0.1\n\n`,
    err: '',
    code: 0,
  });
});

test('DNS5: an address is asked for by its reverse name', () => {
  expect(run('nslookup', '10.96.0.1').out).toBe(
    `${HEAD}1.0.96.10.in-addr.arpa\tname = kubernetes.default.svc.cluster.local\n\n`,
  );
});

test('ps and netstat have the columns of their kind', () => {
  expect(run('ps').out).toMatch(/^PID {3}USER {5}TIME {2}COMMAND\n {4}1 root {6}0:00 sleep 1d\n/);
  expect(run('netstat', '-tln').out).toBe(
    'Active Internet connections (only servers)\nProto Recv-Q Send-Q Local Address           Foreign Address         State      \n',
  );
});
