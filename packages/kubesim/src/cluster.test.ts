import { utf8Decode, utf8Encode } from '@podwire/sim';
import { describe, expect, test } from 'vitest';
import type { ProbeResult } from './cluster-contract.ts';
import { firstDifference, fromPod, TestCluster, toHost, toPod, toService } from './cluster.test-support.ts';

const AGNHOST = 'registry.k8s.io/e2e-test-images/agnhost:2.53';

// Booting costs more than forking, and what a test changes stays in its fork.
const booted = TestCluster.boot();
const fresh = (): TestCluster => booted.fork();

describe('a fresh cluster', () => {
  test('has two Ready nodes with a pod CIDR each', () => {
    const nodes = fresh().objects('Node');
    expect(
      nodes.map((node) => [node.metadata.name, node.spec.podCIDR, node.status.conditions.at(-1)?.status]),
    ).toEqual([
      ['podwire-control-plane', '10.244.0.0/24', 'True'],
      ['podwire-worker', '10.244.1.0/24', 'True'],
    ]);
  });

  test('runs the control plane, kube-proxy and CoreDNS', () => {
    const pods = fresh().pods('kube-system');
    expect(pods.map((pod) => pod.status.phase)).toEqual(pods.map(() => 'Running'));
    expect(
      pods.map((pod) => pod.metadata.name.replace(/^(coredns-[a-z0-9]+|kube-proxy)-[a-z0-9]{5}$/, '$1')),
    ).toEqual([
      expect.stringMatching(/^coredns-[a-z0-9]+$/),
      expect.stringMatching(/^coredns-[a-z0-9]+$/),
      'etcd-podwire-control-plane',
      'kube-apiserver-podwire-control-plane',
      'kube-controller-manager-podwire-control-plane',
      'kube-proxy',
      'kube-proxy',
      'kube-scheduler-podwire-control-plane',
    ]);
  });

  test('API9: every namespace has a default ServiceAccount and kube-root-ca.crt', () => {
    const cluster = fresh();
    cluster.create('/api/v1/namespaces', { metadata: { name: 'shop' } });
    cluster.settle();
    for (const namespace of ['default', 'kube-system', 'kube-public', 'kube-node-lease', 'shop']) {
      expect(cluster.object('ServiceAccount', 'default', namespace).metadata.name).toBe('default');
      expect(cluster.object('ConfigMap', 'kube-root-ca.crt', namespace).data).toHaveProperty(['ca.crt']);
    }
  });

  test('the same seed gives the same cluster, byte for byte', () => {
    const twin = TestCluster.boot();
    expect(firstDifference(twin, booted)).toBeUndefined();
    expect(firstDifference(TestCluster.boot({ seed: 8 }), booted)).toBeDefined();
  });

  test('CNI4: without a CNI configuration nodes are NotReady and pods wait', () => {
    const cluster = TestCluster.boot({ cni: 'none' });
    const node = cluster.object('Node', 'podwire-worker');
    expect(node.status.conditions.at(-1)).toMatchObject({
      status: 'False',
      reason: 'KubeletNotReady',
      message:
        'container runtime network not ready: NetworkReady=false reason:NetworkPluginNotReady message:Network plugin returns error: cni plugin not initialized',
    });
    cluster.createPod('web', { nodeName: 'podwire-worker', tolerations: [{ operator: 'Exists' }] });
    cluster.run(3000);
    expect(cluster.container('web').state).toEqual({
      waiting: { reason: 'ContainerCreating' },
    });
    expect(cluster.events('web')[0]).toMatch(
      /^NetworkNotReady: network is not ready: container runtime network not ready/,
    );
  });
});

describe('a Deployment behind a Service', () => {
  const web = fresh();
  web.createDeployment('web', 4);
  web.createService('web', { selector: { app: 'web' }, ports: [{ port: 80, targetPort: 8080 }] });
  web.createPod('client');
  web.settle();

  test('runs on both nodes', () => {
    const nodes = web.pods('default', 'web-').map((pod) => pod.spec.nodeName);
    expect(nodes.filter((node) => node === 'podwire-worker')).toHaveLength(2);
    expect(nodes.filter((node) => node === 'podwire-control-plane')).toHaveLength(2);
  });

  test('is available, and says how it progressed', () => {
    const { status } = web.object('Deployment', 'web');
    expect(status).toMatchObject({ replicas: 4, updatedReplicas: 4, readyReplicas: 4, availableReplicas: 4 });
    expect(web.conditions('Deployment', 'web')).toEqual([
      'Available=True MinimumReplicasAvailable',
      'Progressing=True NewReplicaSetAvailable',
    ]);
  });

  test('has its pods as endpoints', () => {
    expect(web.endpoints('web')).toHaveLength(4);
    expect(web.object('Endpoints', 'web').subsets[0]?.addresses).toHaveLength(4);
  });

  test('is reached by ClusterIP, by name, and not by another port', () => {
    const cluster = web.fork();
    const byAddress = cluster.probe(fromPod('client'), toService('web'), 80);
    expect(byAddress).toMatchObject({ verdict: 'open', reached: { port: 8080 } });
    expect(byAddress.because).toMatch(
      /^Pod default\/web-\S+ answered on port 8080, chosen by Service default\/web/,
    );
    expect(cluster.probe(fromPod('client'), toHost('web'), 80).verdict).toBe('open');
    expect(cluster.probe(fromPod('client'), toHost('web.default.svc.cluster.local'), 80).verdict).toBe(
      'open',
    );
    expect(cluster.probe(fromPod('client'), toService('web'), 81)).toMatchObject({ verdict: 'refused' });
    expect(cluster.probe(fromPod('client'), toHost('nothing'), 80)).toMatchObject({
      verdict: 'name-not-found',
    });
  });

  test('a probe asks for a page over HTTP, and gives the answer back', () => {
    const cluster = web.fork();
    const http = { path: '/hostname', host: 'web' };
    const found = cluster.probe(fromPod('client'), toHost('web'), 80, 'tcp', 2000, http);
    expect(found).toMatchObject({ verdict: 'open', http: { status: 200 } });
    expect(found.http?.body).toMatch(/^web-/);
  });

  test('a policy cuts it off, and the probe names it', () => {
    const cluster = web.fork();
    cluster.create('/apis/networking.k8s.io/v1/namespaces/default/networkpolicies', {
      metadata: { name: 'deny-all' },
      spec: { podSelector: { matchLabels: { app: 'web' } }, policyTypes: ['Ingress'] },
    });
    cluster.settle();
    const result = cluster.probe(fromPod('client'), toService('web'), 80);
    expect(result.verdict).toBe('timed-out');
    expect(result.because).toMatch(
      /^Dropped at node podwire-\S+\. The destination is isolated for ingress by NetworkPolicy default\/deny-all\./,
    );
  });

  test('a rolling update leaves one new ReplicaSet, and counts the revision', () => {
    const cluster = web.fork();
    cluster.patch('/apis/apps/v1/namespaces/default/deployments/web', {
      spec: { template: { metadata: { annotations: { change: 'one' } } } },
    });
    cluster.settle();
    const sets = cluster.objects('ReplicaSet');
    expect(sets.map((set) => set.spec.replicas).sort()).toEqual([0, 4]);
    expect(
      cluster.object('Deployment', 'web').metadata.annotations['deployment.kubernetes.io/revision'],
    ).toBe('2');
    expect(cluster.pods('default', 'web-')).toHaveLength(4);
  });

  test('scaling down keeps both nodes served', () => {
    const cluster = web.fork();
    cluster.patch('/apis/apps/v1/namespaces/default/deployments/web', { spec: { replicas: 2 } });
    cluster.settle();
    expect(
      cluster
        .pods('default', 'web-')
        .map((pod) => pod.spec.nodeName)
        .sort(),
    ).toEqual(['podwire-control-plane', 'podwire-worker']);
  });

  test('deleting it takes its ReplicaSets and pods along', () => {
    const cluster = web.fork();
    cluster.delete('/apis/apps/v1/namespaces/default/deployments/web');
    cluster.settle();
    expect(cluster.objects('ReplicaSet')).toEqual([]);
    expect(cluster.pods('default', 'web-')).toEqual([]);
    expect(cluster.probe(fromPod('client'), toService('web'), 80)).toMatchObject({ verdict: 'refused' });
  });

  test('two forks go on alike, and apart from their origin', () => {
    const [left, right] = [web.fork(), web.fork()];
    for (const fork of [left, right]) {
      fork.createDeployment('more', 2);
      fork.settle();
    }
    expect(firstDifference(left, right)).toBeUndefined();
    expect(left.pods('default', 'more-')).toHaveLength(2);
    expect(web.pods('default', 'more-')).toEqual([]);
  });
});

describe('containers', () => {
  test('an unknown image: ErrImagePull, then ImagePullBackOff', () => {
    const cluster = fresh();
    cluster.createPod('typo', { containers: [{ name: 'main', image: 'ngnix' }] });
    cluster.settle();
    cluster.run(2000);
    expect(cluster.container('typo').state.waiting.reason).toBe('ImagePullBackOff');
    const events = cluster.events('typo').join('\n');
    expect(events).toContain(
      'Failed: Failed to pull image "ngnix": rpc error: code = Unknown desc = failed to pull and unpack image "docker.io/library/ngnix:latest"',
    );
    expect(events).toContain('Failed: Error: ErrImagePull');
    expect(events).toContain('BackOff: Back-off pulling image "ngnix"');
  });

  test('a crash: restarted at once, then backed off', () => {
    const cluster = fresh();
    cluster.createPod('crash', { containers: [{ name: 'main', image: AGNHOST, args: ['no-such-command'] }] });
    cluster.run(5000);
    const status = cluster.container('crash');
    expect(status).toMatchObject({
      restartCount: 1,
      state: { waiting: { reason: 'CrashLoopBackOff' } },
      lastState: { terminated: { exitCode: 1, reason: 'Error' } },
    });
    expect(status.state.waiting.message).toMatch(
      /^back-off 10s restarting failed container=main pod=crash_default\(/,
    );
    cluster.run(10_000);
    expect(cluster.container('crash').restartCount).toBe(2);
  });

  test('a command that is not there: StartError with exit code 128', () => {
    const cluster = fresh();
    cluster.createPod('nothere', { containers: [{ name: 'main', image: AGNHOST, command: ['frobnicate'] }] });
    cluster.run(5000);
    expect(cluster.container('nothere').lastState.terminated).toMatchObject({
      exitCode: 128,
      reason: 'StartError',
      startedAt: '1970-01-01T00:00:00Z',
    });
    expect(cluster.events('nothere').join('\n')).toContain(
      'exec: "frobnicate": executable file not found in $PATH: unknown',
    );
  });

  test('init containers go first, one after the other, and a sidecar stays', () => {
    const cluster = fresh();
    cluster.createPod('staged', {
      initContainers: [
        { name: 'first', image: AGNHOST, command: ['sleep', '1'] },
        { name: 'side', image: AGNHOST, args: ['pause'], restartPolicy: 'Always' },
        { name: 'second', image: AGNHOST, command: ['sleep', '2'] },
      ],
    });
    cluster.run(1500);
    expect(
      cluster.pod('staged').status.initContainerStatuses.map((status) => Object.keys(status.state)[0]),
    ).toEqual(['running', 'waiting', 'waiting']);
    cluster.run(6000);
    const { status } = cluster.pod('staged');
    expect(status.phase).toBe('Running');
    expect(status.initContainerStatuses.map((item) => Object.keys(item.state)[0])).toEqual([
      'terminated',
      'running',
      'terminated',
    ]);
    expect(status.conditions.find((condition) => condition.type === 'Ready')?.status).toBe('True');
  });

  test('SVC18, SVC20: a pod that is not ready is left out, and counts where its address is published anyway', () => {
    const cluster = fresh();
    const readinessProbe = { tcpSocket: { port: 1 }, periodSeconds: 1, failureThreshold: 1 };
    cluster.createPod('slow', {
      containers: [{ name: 'main', image: AGNHOST, args: ['netexec'], readinessProbe }],
    });
    cluster.createService('strict', { selector: { app: 'slow' }, ports: [{ port: 80, targetPort: 8080 }] });
    cluster.createService('eager', {
      selector: { app: 'slow' },
      publishNotReadyAddresses: true,
      ports: [{ port: 80, targetPort: 8080 }],
    });
    cluster.run(4000);
    expect(cluster.endpoints('strict')[0]?.conditions).toEqual({
      ready: false,
      serving: false,
      terminating: false,
    });
    expect(cluster.endpoints('eager')[0]?.conditions).toEqual({
      ready: true,
      serving: false,
      terminating: false,
    });
    expect(cluster.events('slow').join('\n')).toMatch(
      /Unhealthy: Readiness probe failed: dial tcp 10\.244\.\d\.\d+:1: connect: connection refused/,
    );
  });

  test('a liveness probe that fails restarts its container', () => {
    const cluster = fresh();
    const livenessProbe = {
      httpGet: { path: '/nothing-here', port: 9 },
      periodSeconds: 1,
      failureThreshold: 2,
    };
    cluster.createPod('sick', {
      terminationGracePeriodSeconds: 1,
      containers: [{ name: 'main', image: AGNHOST, args: ['netexec'], livenessProbe }],
    });
    cluster.run(6000);
    expect(cluster.container('sick').restartCount).toBeGreaterThan(0);
    expect(cluster.events('sick').join('\n')).toContain(
      'Killing: Container main failed liveness probe, will be restarted',
    );
  });

  test('NP24: probes of the own node pass although the pod is isolated', () => {
    const cluster = fresh();
    cluster.create('/apis/networking.k8s.io/v1/namespaces/default/networkpolicies', {
      metadata: { name: 'deny-all' },
      spec: { podSelector: {}, policyTypes: ['Ingress', 'Egress'] },
    });
    cluster.createPod('walled', {
      containers: [
        {
          name: 'main',
          image: AGNHOST,
          args: ['netexec'],
          readinessProbe: { httpGet: { path: '/healthz', port: 8080 } },
        },
      ],
    });
    cluster.settle();
    expect(
      cluster.pod('walled').status.conditions.find((condition) => condition.type === 'Ready')?.status,
    ).toBe('True');
  });

  test("DNS10: a name without a namespace is looked for in the pod's own", () => {
    const cluster = fresh();
    cluster.createPod('client');
    cluster.settle();
    expect(cluster.probe(fromPod('client'), toHost('kube-dns.kube-system'), 53)).toMatchObject({
      verdict: 'open',
      dialled: { address: '10.96.0.10' },
    });
    expect(cluster.probe(fromPod('client'), toHost('kube-dns'), 53)).toMatchObject({
      verdict: 'name-not-found',
    });
  });

  test('environment, ConfigMaps and Secrets: what is missing is named', () => {
    const cluster = fresh();
    const env = [{ name: 'MODE', valueFrom: { configMapKeyRef: { name: 'settings', key: 'mode' } } }];
    cluster.createPod('needy', { containers: [{ name: 'main', image: AGNHOST, args: ['netexec'], env }] });
    cluster.run(2000);
    expect(cluster.container('needy').state.waiting).toEqual({
      reason: 'CreateContainerConfigError',
      message: 'configmap "settings" not found',
    });
    cluster.create('/api/v1/namespaces/default/configmaps', {
      metadata: { name: 'settings' },
      data: { mode: 'fast' },
    });
    cluster.run(10_000);
    expect(cluster.pod('needy').status.phase).toBe('Running');
  });

  test('a deleted pod ends within its grace, and is an endpoint that terminates until then', () => {
    const cluster = fresh();
    cluster.createPod('web', {
      containers: [{ name: 'main', image: AGNHOST, args: ['netexec', '--delay-shutdown=5'] }],
    });
    cluster.createService('web', { selector: { app: 'web' }, ports: [{ port: 80, targetPort: 8080 }] });
    cluster.settle();
    cluster.delete('/api/v1/namespaces/default/pods/web');
    cluster.run(1000);
    expect(cluster.endpoints('web')[0]?.conditions).toEqual({
      ready: false,
      serving: true,
      terminating: true,
    });
    cluster.run(31_000);
    expect(cluster.pods()).toEqual([]);
  });
});

describe('workloads', () => {
  test('a Job runs to completion', () => {
    const cluster = fresh();
    cluster.create('/apis/batch/v1/namespaces/default/jobs', {
      metadata: { name: 'once' },
      spec: {
        completions: 2,
        template: {
          spec: {
            restartPolicy: 'Never',
            containers: [{ name: 'main', image: AGNHOST, command: ['sleep', '1'] }],
          },
        },
      },
    });
    cluster.run(10_000);
    const { status } = cluster.object('Job', 'once');
    expect(status).toMatchObject({ succeeded: 2 });
    expect(status.conditions.map((condition) => condition.type)).toEqual(['SuccessCriteriaMet', 'Complete']);
  });

  test('DNS8: a StatefulSet starts in order, and each pod has a name', () => {
    const cluster = fresh();
    cluster.createService('db', { clusterIP: 'None', selector: { app: 'db' }, ports: [{ port: 8080 }] });
    cluster.create('/apis/apps/v1/namespaces/default/statefulsets', {
      metadata: { name: 'db' },
      spec: {
        serviceName: 'db',
        replicas: 3,
        selector: { matchLabels: { app: 'db' } },
        template: {
          metadata: { labels: { app: 'db' } },
          spec: { containers: [{ name: 'main', image: AGNHOST, args: ['netexec'] }] },
        },
      },
    });
    cluster.createPod('client');
    cluster.settle();
    expect(cluster.pods('default', 'db-').map((pod) => pod.metadata.name)).toEqual(['db-0', 'db-1', 'db-2']);
    const result = cluster.probe(fromPod('client'), toHost('db-1.db'), 8080);
    expect(result).toMatchObject({ verdict: 'open', reached: { owner: 'pod default/db-1' } });
  });

  test('a DaemonSet has a pod on each node', () => {
    const cluster = fresh();
    cluster.create('/apis/apps/v1/namespaces/default/daemonsets', {
      metadata: { name: 'agent' },
      spec: {
        selector: { matchLabels: { app: 'agent' } },
        template: {
          metadata: { labels: { app: 'agent' } },
          spec: { containers: [{ name: 'main', image: AGNHOST, args: ['netexec'] }] },
        },
      },
    });
    cluster.settle();
    expect(
      cluster
        .pods('default', 'agent-')
        .map((pod) => pod.spec.nodeName)
        .sort(),
    ).toEqual(['podwire-control-plane', 'podwire-worker']);
    expect(cluster.object('DaemonSet', 'agent').status).toMatchObject({
      desiredNumberScheduled: 2,
      numberReady: 2,
    });
  });

  test('API8: deleting a namespace empties it and ends it', () => {
    const cluster = fresh();
    cluster.create('/api/v1/namespaces', { metadata: { name: 'shop' } });
    cluster.settle();
    cluster.create('/api/v1/namespaces/shop/pods', {
      metadata: { name: 'web' },
      spec: { containers: [{ name: 'main', image: AGNHOST, args: ['netexec'] }] },
    });
    cluster.settle();
    cluster.delete('/api/v1/namespaces/shop');
    cluster.run(40_000);
    expect(cluster.exists('Namespace', 'shop')).toBe(false);
  });

  test('API8: foreground deletion waits for what blocks it, orphaning cuts it loose', () => {
    const cluster = fresh();
    cluster.createDeployment('web', 1);
    cluster.settle();
    const orphaned = cluster.fork();
    cluster.delete('/apis/apps/v1/namespaces/default/deployments/web', { propagationPolicy: 'Foreground' });
    cluster.run(5);
    expect(cluster.exists('Deployment', 'web')).toBe(true);
    cluster.settle();
    expect(cluster.exists('Deployment', 'web')).toBe(false);
    orphaned.delete('/apis/apps/v1/namespaces/default/deployments/web', { propagationPolicy: 'Orphan' });
    orphaned.settle();
    const [set] = orphaned.objects('ReplicaSet');
    expect(set?.metadata.ownerReferences).toBeUndefined();
    expect(orphaned.pods('default', 'web-')).toHaveLength(1);
  });

  test('a pod that fits nowhere says why', () => {
    const cluster = fresh();
    cluster.createPod('huge', {
      containers: [{ name: 'main', image: AGNHOST, resources: { requests: { cpu: '64' } } }],
    });
    cluster.createPod('picky', { nodeSelector: { disk: 'ssd' } });
    cluster.settle();
    expect(cluster.events('huge')).toEqual([
      'FailedScheduling: 0/2 nodes are available: 2 Insufficient cpu. no new claims to deallocate, preemption: 0/2 nodes are available: 2 No preemption victims found for incoming pod.',
    ]);
    expect(cluster.events('picky')).toEqual([
      "FailedScheduling: 0/2 nodes are available: 2 node(s) didn't match Pod's node affinity/selector. no new claims to deallocate, preemption: 0/2 nodes are available: 2 Preemption is not helpful for scheduling.",
    ]);
    cluster.patch('/api/v1/nodes/podwire-worker', { metadata: { labels: { disk: 'ssd' } } });
    cluster.settle();
    expect(cluster.pod('picky').status.phase).toBe('Running');
  });
});

describe('components', () => {
  test('a stopped scheduler leaves pods Pending; started again it catches up', () => {
    const cluster = fresh();
    expect(cluster.cluster.stopComponent('kube-scheduler')).toBe(true);
    cluster.createPod('web');
    cluster.run(2000);
    expect(cluster.pod('web').status.phase).toBe('Pending');
    expect(cluster.pods('kube-system', 'kube-scheduler')).toEqual([]);
    expect(cluster.cluster.startComponent('kube-scheduler')).toBe(true);
    cluster.settle();
    expect(cluster.pod('web').status.phase).toBe('Running');
    expect(cluster.pods('kube-system', 'kube-scheduler')).toHaveLength(1);
  });

  test('a silent kubelet: the node becomes Unknown, its pods unready, and at last they are moved', () => {
    const cluster = fresh();
    cluster.createDeployment('web', 2);
    cluster.settle();
    cluster.cluster.stopComponent('kubelet/podwire-worker');
    cluster.run(61_000);
    const node = cluster.object('Node', 'podwire-worker');
    expect(node.status.conditions.at(-1)).toMatchObject({ status: 'Unknown', reason: 'NodeStatusUnknown' });
    expect(node.spec.taints.map((taint) => `${taint.key}:${taint.effect}`)).toEqual([
      'node.kubernetes.io/unreachable:NoSchedule',
      'node.kubernetes.io/unreachable:NoExecute',
    ]);
    cluster.run(310_000);
    const elsewhere = cluster.pods('default', 'web-').filter((pod) => !('deletionTimestamp' in pod.metadata));
    expect(elsewhere.map((pod) => pod.spec.nodeName)).toEqual([
      'podwire-control-plane',
      'podwire-control-plane',
    ]);
    cluster.cluster.startComponent('kubelet/podwire-worker');
    cluster.settle();
    expect(cluster.object('Node', 'podwire-worker').spec.taints).toBeUndefined();
    expect(cluster.pods('default', 'web-')).toHaveLength(2);
  });

  test('without the API server requests fail, and running pods still talk', () => {
    const cluster = fresh();
    cluster.createPod('a');
    cluster.createPod('b');
    cluster.settle();
    cluster.cluster.stopComponent('kube-apiserver');
    expect(cluster.request('GET', '/api/v1/pods').status).toBe(503);
    expect(cluster.probe(fromPod('a'), toPod('b'), 8080).verdict).toBe('open');
    cluster.cluster.startComponent('kube-apiserver');
    cluster.settle();
    expect(cluster.pods().map((pod) => pod.status.phase)).toEqual(['Running', 'Running']);
  });
});

describe('the node behind the API', () => {
  const cluster = fresh();
  cluster.createPod('web');
  cluster.settle();

  test('API7: logs are what the container wrote', () => {
    const response = cluster.cluster.api.handle({
      method: 'GET',
      path: '/api/v1/namespaces/default/pods/web/log',
      query: [],
      headers: {},
      user: { name: 'kubernetes-admin', groups: ['system:masters'] },
    });
    expect(utf8Decode(response.body ?? new Uint8Array())).toContain('Started HTTP server on port 8080');
  });

  test('API7: a command runs in the container, and its exit code comes back', () => {
    const upgrade = cluster.fork().cluster;
    const started = upgrade.exec(fromPod('web'), ['sleep', '1']);
    let code: number | undefined;
    if (started.ok) started.handle.onExit((exitCode) => (code = exitCode));
    upgrade.run({ untilMs: upgrade.nowMs() + 2000, maxEvents: 100_000 });
    expect(code).toBe(0);
    expect(upgrade.exec(fromPod('web'), ['frobnicate'])).toEqual({ ok: false, reason: 'not-found' });
    expect(upgrade.exec(fromPod('nobody'), ['sleep', '1'])).toEqual({ ok: false, reason: 'no-such-place' });
  });

  test('API7: a forwarded port reaches the pod', () => {
    const { cluster: target } = cluster.fork();
    const request = {
      method: 'POST',
      path: '/api/v1/namespaces/default/pods/web/portforward',
      query: [],
      headers: {},
      user: { name: 'kubernetes-admin', groups: ['system:masters'] },
    } as const;
    const connection = target.api.connectPort(request, 8080);
    if (connection.kind !== 'port') throw new Error(`refused: ${connection.response.status}`);
    let answer = '';
    connection.onData((data) => (answer += utf8Decode(data)));
    connection.write(utf8Encode('GET /hostname HTTP/1.1\r\nHost: web\r\nConnection: close\r\n\r\n'));
    target.run({ untilMs: target.nowMs() + 1000, maxEvents: 100_000 });
    expect(answer).toMatch(/^HTTP\/1\.1 200 OK\r\n[\s\S]*\r\n\r\nweb$/);
  });

  test('CNI5: the containers of a pod share its loopback, and cannot share a port', () => {
    const pair = fresh();
    const container = (name: string, port: number): object => ({
      name,
      image: AGNHOST,
      args: ['netexec', `--http-port=${port}`, '--udp-port=-1'],
    });
    pair.createPod('pair', { containers: [container('one', 8080), container('two', 9090)] });
    pair.createPod('clash', { containers: [container('one', 8080), container('two', 8080)] });
    pair.run(3000);
    expect(pair.probe(fromPod('pair'), toHost('127.0.0.1'), 9090).verdict).toBe('open');
    const [, second] = pair.pod('clash').status.containerStatuses;
    expect(second).toMatchObject({ ready: false, lastState: { terminated: { exitCode: 1 } } });
  });

  test("NP25: a pod on the host network has its node's address", () => {
    const host = fresh();
    host.createPod('hosted', { hostNetwork: true, nodeName: 'podwire-worker' });
    host.settle();
    expect(host.pod('hosted').status.podIP).toBe('172.18.0.3');
    expect(host.probe({ kind: 'toolbox' }, toHost('172.18.0.3'), 8080).verdict).toBe('open');
  });
});

describe('Services without a selector, and their types', () => {
  test('SVC23: Endpoints made by hand lead somewhere', () => {
    const cluster = fresh();
    cluster.createPod('server');
    cluster.createPod('client');
    cluster.settle();
    cluster.createService('manual', { ports: [{ port: 80, targetPort: 8080 }] });
    cluster.create('/api/v1/namespaces/default/endpoints', {
      metadata: { name: 'manual' },
      subsets: [{ addresses: [{ ip: cluster.pod('server').status.podIP }], ports: [{ port: 8080 }] }],
    });
    cluster.settle();
    expect(cluster.probe(fromPod('client'), toService('manual'), 80)).toMatchObject({
      verdict: 'open',
      reached: { owner: 'pod default/server' },
    });
  });

  test('SVC21: the health check node port tells which nodes have an endpoint', () => {
    const cluster = fresh();
    cluster.createPod('edge', { nodeName: 'podwire-worker' });
    cluster.createService('edge', {
      type: 'LoadBalancer',
      externalTrafficPolicy: 'Local',
      selector: { app: 'edge' },
      ports: [{ port: 80, targetPort: 8080 }],
    });
    cluster.settle();
    const port = cluster.object('Service', 'edge').spec.healthCheckNodePort;
    const http = { path: '/healthz', host: 'node' };
    const status = (address: string): number | undefined =>
      cluster.probe({ kind: 'toolbox' }, toHost(address), port, 'tcp', 2000, http).http?.status;
    const [control, worker] = cluster.objects('Node').map((node) => node.status.addresses[0]?.address ?? '');
    expect([status(control ?? ''), status(worker ?? '')]).toEqual([503, 200]);
  });

  describe('SVC26: with a load balancer', () => {
    const cluster = TestCluster.boot({ loadBalancer: { range: '198.51.100.0/28' } });
    const from = (to: string, port = 80): ProbeResult => cluster.probe({ kind: 'toolbox' }, toHost(to), port);
    cluster.createPod('edge', { nodeName: 'podwire-control-plane' });
    cluster.createService('edge', {
      type: 'LoadBalancer',
      selector: { app: 'edge' },
      ports: [{ port: 80, targetPort: 8080 }],
    });
    cluster.settle();

    test('a Service gets an address, and is reached by it from outside; the worker draws the traffic', () => {
      expect(cluster.object('Service', 'edge').status.loadBalancer).toEqual({
        ingress: [{ ip: '198.51.100.1', ipMode: 'VIP' }],
      });
      expect(from('198.51.100.1')).toMatchObject({
        verdict: 'open',
        reached: { owner: 'pod default/edge' },
        sourceSeen: '172.18.0.3',
      });
      expect(cluster.events('edge')).toEqual(
        expect.arrayContaining(['EnsuredLoadBalancer: Ensured load balancer']),
      );
    });

    test('SVC8: with externalTrafficPolicy Local the source is kept, and no node without an endpoint is asked', () => {
      const local = cluster.fork();
      local.createPod('near', { nodeName: 'podwire-worker' });
      for (const [name, app] of [
        ['near', 'near'],
        ['far', 'edge'],
      ])
        local.createService(name ?? '', {
          type: 'LoadBalancer',
          externalTrafficPolicy: 'Local',
          selector: { app },
          ports: [{ port: 80, targetPort: 8080 }],
        });
      local.settle();
      const addresses = ['near', 'far'].map(
        (name) => local.object('Service', name).status.loadBalancer.ingress[0]?.ip ?? '',
      );
      const dial = (to: string): ProbeResult => local.probe({ kind: 'toolbox' }, toHost(to), 80);
      expect(dial(addresses[0] ?? '')).toMatchObject({ verdict: 'open', sourceSeen: '172.18.0.100' });
      expect(dial(addresses[1] ?? '').verdict).not.toBe('open');
    });

    test('a Service that is deleted, or of another type, gives its address back', () => {
      const changed = cluster.fork();
      changed.patch('/api/v1/namespaces/default/services/edge', { spec: { type: 'ClusterIP' } });
      changed.settle();
      expect(changed.object('Service', 'edge').status.loadBalancer).toEqual({});
      expect(changed.probe({ kind: 'toolbox' }, toHost('198.51.100.1'), 80).verdict).not.toBe('open');
      changed.createService('next', { type: 'LoadBalancer', ports: [{ port: 80 }] });
      changed.settle();
      expect(changed.object('Service', 'next').status.loadBalancer.ingress[0]?.ip).toBe('198.51.100.1');
    });
  });

  test('SVC26: without one, a LoadBalancer stays pending', () => {
    const cluster = fresh();
    cluster.createService('edge', { type: 'LoadBalancer', selector: { app: 'edge' }, ports: [{ port: 80 }] });
    cluster.settle();
    expect(cluster.object('Service', 'edge').status.loadBalancer).toEqual({});
  });
});

describe('configurations', () => {
  test.each([
    ['ptp', { cni: 'ptp' }],
    ['vxlan', { cni: 'vxlan' }],
    ['kube-proxy in iptables mode', { proxyMode: 'iptables' }],
    [
      'both families',
      { podCidrs: ['10.244.0.0/16', 'fd00:10:244::/56'], serviceCidrs: ['10.96.0.0/16', 'fd00:10:96::/112'] },
    ],
  ] as const)('%s: a Service is reached across nodes, by name', (_title, options) => {
    const cluster = TestCluster.boot(options);
    cluster.createPod('server', { nodeName: 'podwire-control-plane' });
    cluster.createPod('client', { nodeName: 'podwire-worker' });
    cluster.createService('server', { selector: { app: 'server' }, ports: [{ port: 80, targetPort: 8080 }] });
    cluster.settle();
    expect(cluster.probe(fromPod('client'), toHost('server'), 80)).toMatchObject({
      verdict: 'open',
      reached: { owner: 'pod default/server' },
    });
  });

  test('both families: nodes and pods have an address of each, and IPv6 goes from node to node', () => {
    const cluster = TestCluster.boot({
      podCidrs: ['10.244.0.0/16', 'fd00:10:244::/56'],
      serviceCidrs: ['10.96.0.0/16', 'fd00:10:96::/112'],
    });
    cluster.createPod('server', { nodeName: 'podwire-control-plane' });
    cluster.createPod('client', { nodeName: 'podwire-worker' });
    cluster.settle();
    const addresses = cluster.object('Node', 'podwire-worker').status.addresses;
    expect(addresses.map(({ type }) => type)).toEqual(['InternalIP', 'InternalIP', 'Hostname']);
    const [, second] = cluster.pod('server').status.podIPs;
    expect(second?.ip).toMatch(/^fd00:10:244:/);
    expect(cluster.probe(fromPod('client'), toHost(second?.ip ?? ''), 8080)).toMatchObject({
      verdict: 'open',
      reached: { owner: 'pod default/server' },
    });
  });

  test('NP31: a CNI without policies takes them and does not enforce them', () => {
    const cluster = TestCluster.boot({ networkPolicies: false });
    cluster.create('/apis/networking.k8s.io/v1/namespaces/default/networkpolicies', {
      metadata: { name: 'deny' },
      spec: { podSelector: {} },
    });
    cluster.createPod('server');
    cluster.createPod('client');
    cluster.settle();
    expect(cluster.probe(fromPod('client'), toPod('server'), 8080).verdict).toBe('open');
  });

  test("hosts beyond the nodes' network answer on the ports they are given", () => {
    const cluster = TestCluster.boot({ outsideHosts: [{ address: '203.0.113.10', tcpPorts: [443] }] });
    cluster.createPod('client');
    cluster.settle();
    const result = cluster.probe(fromPod('client'), toHost('203.0.113.10'), 443);
    expect(result).toMatchObject({ verdict: 'open', sourceSeen: '172.18.0.3' });
    expect(cluster.probe(fromPod('client'), toHost('203.0.113.10'), 80).verdict).toBe('refused');
  });
});
