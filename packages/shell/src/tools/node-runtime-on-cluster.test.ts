import { createCluster, defaultConfig } from '@podwire/kubesim';
import type { Place, SimulatedCluster } from '@podwire/kubesim';
import { beforeAll, expect, test } from 'vitest';
import { programs } from '../programs.ts';
import { apply, sh } from '../testing/on-cluster.ts';
import type { Ran } from '../testing/on-cluster.ts';

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
metadata: {name: web}
spec:
  nodeName: podwire-worker
  containers: [{name: main, image: nginx}]
---
apiVersion: v1
kind: Pod
metadata: {name: done}
spec:
  nodeName: podwire-worker
  restartPolicy: Never
  containers: [{name: main, image: busybox, command: [sh, -c, echo finished; exit 3]}]
`,
  );
  sh(cluster, 'sleep 5');
});

const node = (script: string): Ran => sh(cluster, script, WORKER);
const podIp = (): string => sh(cluster, "kubectl get pod web -o jsonpath='{.status.podIP}'").out;

test('crictl ps and pods show the containers of the node, with the ids that the API tells', () => {
  const id = sh(cluster, "kubectl get pod web -o jsonpath='{.status.containerStatuses[0].containerID}'").out;
  const short = id.replace('containerd://', '').slice(0, 13);
  const { out } = node('crictl ps');
  expect(out).toMatch(
    /^CONTAINER {11}IMAGE {15}CREATED {13}STATE {15}NAME {16}ATTEMPT {13}POD ID {14}POD +NAMESPACE\n/,
  );
  expect(out).toMatch(new RegExp(`^${short} {7}[0-9a-f]{13} {7}\\d+ seconds ago +Running {13}main `, 'm'));
  expect(out).not.toContain('done');
  expect(node('crictl ps -a --state exited').out).toMatch(/ Exited .* done /);
  expect(node('crictl pods --name web').out).toMatch(
    /\n[0-9a-f]{13} +\d+ seconds ago +Ready +web +default +0 +\(default\)\n$/,
  );
  expect(node('crictl images').out).toMatch(/^docker\.io\/library\/nginx +latest +[0-9a-f]{13} +60MB$/m);
});

test('crictl logs and inspect read one container', () => {
  expect(node('crictl logs $(crictl ps -aq --state exited)').out).toBe('finished\n');
  const told = JSON.parse(node('crictl inspect $(crictl ps -aq --state exited)').out) as {
    readonly status: { readonly state: string; readonly exitCode: number };
  };
  expect(told.status).toMatchObject({ state: 'CONTAINER_EXITED', exitCode: 3 });
  expect(node('crictl inspect nope')).toMatchObject({
    code: 1,
    err: 'FATA[0000] getting the status of the container "nope": rpc error: code = NotFound desc = an error occurred when try to find container "nope": not found\n',
  });
  expect(node('crictl rm x').err).toMatch(/^crictl: "rm" is not part of this simulation/);
});

const PID = "$(crictl inspect -o go-template --template '{{.info.pid}}' $(crictl ps -q --name main))";

test('CNI1: nsenter runs a program of the node in the network of a pod, and what that starts too', () => {
  expect(node(`nsenter -t ${PID} -n ip -br -4 addr show eth0`).out).toMatch(
    new RegExp(`^eth0 +UP +${podIp()}/24 $`, 'm'),
  );
  expect(node(`nsenter --target ${PID} --net -- bash -c 'curl -s localhost | head -1; hostname'`).out).toBe(
    '<!DOCTYPE html>\npodwire-worker\n',
  );
  expect(node('curl -s -m 1 localhost').code).toBe(7);
  expect(node('nsenter -t 99999 -n ip a')).toMatchObject({
    code: 1,
    err: 'nsenter: cannot open /proc/99999/ns/net: No such file or directory\n',
  });
  expect(node('nsenter -t 1 -m ls').err).toMatch(/^nsenter: -m: the mount namespace cannot be entered/);
});

test('CNI1: ip netns lists the namespaces that the runtime made, and runs programs in them', () => {
  const names = node('ip netns').out.trim().split('\n');
  expect(names[0]).toMatch(/^cni-[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12} \(id: 0\)$/);
  const name = node(`ip netns identify ${PID}`).out.trim();
  expect(names.map((line) => line.split(' ')[0])).toContain(name);
  expect(
    node(`ip netns exec ${name} hostname -I 2>/dev/null; ip netns exec ${name} ip -br -4 a`).out,
  ).toContain(podIp());
  expect(node('ip netns exec nope ip a')).toMatchObject({
    code: 255,
    err: 'Cannot open network namespace "nope": No such file or directory\n',
  });
});

test('a program in another namespace is data like any other: the cluster still forks', () => {
  node(`nsenter -t ${PID} -n sleep 100 & sleep 1`);
  expect(() => cluster.fork()).not.toThrow();
});
