import { createCluster, defaultConfig } from '@podwire/kubesim';
import type { Place, SimulatedCluster } from '@podwire/kubesim';
import { beforeAll, expect, test } from 'vitest';
import { programs } from '../programs.ts';
import { apply, sh } from '../testing/on-cluster.ts';

const WORKER: Place = { kind: 'node', name: 'podwire-worker' };
const CONTROL: Place = { kind: 'node', name: 'podwire-control-plane' };
const MANIFEST = `
apiVersion: v1
kind: Pod
metadata: {name: nowhere}
spec: {nodeSelector: {disk: ssd}, containers: [{name: main, image: busybox, command: [sleep, 1d]}]}
---
apiVersion: v1
kind: Pod
metadata: {name: sick}
spec:
  nodeName: podwire-worker
  containers:
  - {name: main, image: busybox, command: [sleep, 1d], readinessProbe: {exec: {command: ["false"]}, periodSeconds: 5}}
---
apiVersion: apps/v1
kind: ReplicaSet
metadata: {name: web, labels: {app: web}}
spec:
  replicas: 1
  selector: {matchLabels: {app: web}}
  template:
    metadata: {labels: {app: web}}
    spec: {containers: [{name: main, image: busybox, command: [sleep, 1d]}]}
`;
let cluster: SimulatedCluster;

beforeAll(() => {
  cluster = createCluster({ config: defaultConfig({ seed: 3, startMs: Date.UTC(2026, 0, 1) }), programs });
  cluster.settle(60_000);
  apply(cluster, MANIFEST);
  sh(cluster, 'sleep 8');
});

const logs = (component: string): string =>
  sh(cluster, `kubectl -n kube-system logs ${component}-podwire-control-plane`).out;

test('the scheduler writes where it put a pod, and why it found no place for one', () => {
  expect(logs('kube-scheduler')).toMatch(
    /^I0101 00:00:\d\d\.\d{6} {7}1 schedule_one\.go:346\] "Successfully bound pod to node" pod="default\/web-\w{5}" node="podwire-\S+" evaluatedNodes=2 feasibleNodes=2$/m,
  );
  expect(logs('kube-scheduler')).toMatch(
    /schedule_one\.go:1077\] "Unable to schedule pod; no fit; waiting" pod="default\/nowhere" err="0\/2 nodes are available: 2 node\(s\) didn't match Pod's node affinity\/selector\./,
  );
});

test('the controller manager names the controllers that there are, and writes what they do', () => {
  const text = logs('kube-controller-manager');
  const started = [...text.matchAll(/"Started controller" controller="([\w-]+)"/g)].map(([, name]) => name);
  expect(started).toEqual(started.toSorted());
  expect(started).toContain('endpointslice-mirroring-controller');
  expect(started).toContain('replicationcontroller-controller');
  expect(text).toMatch(
    /event\.go:389\] "Event occurred" object="default\/web" fieldPath="" kind="ReplicaSet" apiVersion="apps\/v1" type="Normal" reason="SuccessfulCreate" message="Created pod: web-\w{5}"/,
  );
});

test('kube-proxy writes that it wrote its rules down', () => {
  const before = sh(cluster, 'kubectl -n kube-system logs -l k8s-app=kube-proxy --tail=-1').out;
  sh(cluster, 'kubectl create service clusterip fresh --tcp=80; sleep 1');
  const after = sh(cluster, 'kubectl -n kube-system logs -l k8s-app=kube-proxy --tail=-1').out;
  expect(after.length).toBeGreaterThan(before.length);
  expect(after).toMatch(/proxier\.go:1777\] "Reloading service nftables data" ipFamily="IPv4" numServices=3/);
});

test('journalctl shows what the kubelet did, and what of its probes failed', () => {
  const { out } = sh(cluster, 'journalctl -u kubelet --no-pager', WORKER);
  expect(out).toMatch(
    /^Jan 01 00:00:00 podwire-worker kubelet\[711\]: I0101 00:00:00\.\d{6} {5}711 kubelet\.go:2515\] "SyncLoop ADD" source="api" pods=\["default\/sick"\]$/m,
  );
  expect(out).toMatch(
    /prober\.go:120\] "Probe failed" probeType="Readiness" pod="default\/sick" podUID="[0-9a-f-]{36}" containerName="main" probeResult="failure" output=""/,
  );
  expect(sh(cluster, 'journalctl -u kubelet -n 2 -o cat', WORKER).out.split('\n')).toHaveLength(3);
  expect(sh(cluster, 'journalctl -u nginx', WORKER).out).toBe('-- No entries --\n');
  expect(sh(cluster, 'journalctl -u kubelet --since -2s | grep -c SyncLoop', WORKER).out).toBe('0\n');
  expect(sh(cluster, 'journalctl -u containerd', WORKER).err).toMatch(
    /^journalctl: containerd keeps no journal/,
  );
});

test('journalctl -f goes on with what comes', () => {
  sh(cluster, '(timeout 20 journalctl -fu kubelet -n 0 -o cat > /tmp/journal) & sleep 0', WORKER);
  sh(cluster, 'kubectl delete pod sick --now');
  sh(cluster, 'sleep 3');
  expect(sh(cluster, 'cat /tmp/journal', WORKER).out).toMatch(
    /"SyncLoop DELETE" source="api" pods=\["default\/sick"\]/,
  );
});

test('a component writes as much as its --v says', () => {
  sh(cluster, "sed -i 's/--v=3/--v=0/' /etc/kubernetes/manifests/kube-scheduler.yaml; sleep 30", CONTROL);
  sh(cluster, 'kubectl delete rs web; sleep 1; kubectl run late --image=busybox -- sleep 1d; sleep 5');
  expect(sh(cluster, 'kubectl get pod late -o name').out).toBe('pod/late\n');
  expect(logs('kube-scheduler')).toContain('"Starting Kubernetes Scheduler"');
  expect(logs('kube-scheduler')).not.toContain('schedule_one.go');
});

test('who works with etcd or the API server says that it is gone', () => {
  sh(
    cluster,
    'mv /etc/kubernetes/manifests/etcd.yaml /root/; sleep 15; mv /root/etcd.yaml /etc/kubernetes/manifests/; sleep 45',
    CONTROL,
  );
  expect(logs('kube-apiserver')).toMatch(
    /^W0101 \S+ +1 logging\.go:55\] \[core\] .*dial tcp 127\.0\.0\.1:2379: connect: connection refused"$/m,
  );
  expect(logs('kube-controller-manager')).toMatch(
    /^E0101 \S+ +1 leaderelection\.go:448\] error retrieving resource lock kube-system\/kube-controller-manager: Get "https:\/\/172\.18\.0\.2:6443\/apis\/coordination/m,
  );
  sh(
    cluster,
    'mv /etc/kubernetes/manifests/kube-apiserver.yaml /root/; sleep 15; mv /root/kube-apiserver.yaml /etc/kubernetes/manifests/; sleep 45',
    CONTROL,
  );
  expect(sh(cluster, 'journalctl -u kubelet', WORKER).out).toMatch(
    /controller\.go:195\] "Failed to update lease" err="Put \\"https:\/\/172\.18\.0\.2:6443\/apis\/coordination\.k8s\.io\/v1\/namespaces\/kube-node-lease\/leases\/podwire-worker\?timeout=10s\\": dial tcp 172\.18\.0\.2:6443: connect: connection refused"/,
  );
  expect(logs('etcd')).toContain('"msg":"ready to serve client requests"');
});
