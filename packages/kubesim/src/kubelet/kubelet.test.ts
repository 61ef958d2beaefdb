import { describe, expect, test } from 'vitest';
import { fromPod, TestCluster, toHost } from '../cluster.test-support.ts';

const AGNHOST = 'registry.k8s.io/e2e-test-images/agnhost:2.53';
const BOOTED = TestCluster.boot();

function fresh(): TestCluster {
  return BOOTED.fork();
}

const netexec = { name: 'main', image: AGNHOST, args: ['netexec'] };

describe('KL1 lifecycle hooks', () => {
  test('KL1: an HTTP postStart hook asks another pod, and any answer will do', () => {
    const cluster = fresh();
    cluster.createPod('hears');
    cluster.settle();
    const host = cluster.pod('hears').status.podIP;
    cluster.createPod('tells', {
      containers: [
        {
          ...netexec,
          lifecycle: { postStart: { httpGet: { host, port: 8080, path: '/echo?msg=poststart&code=500' } } },
        },
      ],
    });
    cluster.settle();
    expect(cluster.container('tells').ready).toBe(true);
    expect(cluster.events('tells').join('\n')).not.toContain('FailedPostStartHook');
    expect(log(cluster, 'hears')).toContain('GET /echo?msg=poststart&code=500');
  });

  test('KL1: a postStart hook that finds nobody ends its container', () => {
    const cluster = fresh();
    cluster.createPod('alone', {
      terminationGracePeriodSeconds: 1,
      containers: [{ ...netexec, lifecycle: { postStart: { httpGet: { port: 9 } } } }],
    });
    cluster.run(5000);
    expect(cluster.events('alone')).toEqual(
      expect.arrayContaining(['FailedPostStartHook: PostStartHook failed', 'Killing: FailedPostStartHook']),
    );
    expect(cluster.container('alone').restartCount).toBeGreaterThan(0);
  });

  test('KL1: a preStop hook runs before the signal; over HTTPS to a plain server it asks again', () => {
    const cluster = fresh();
    cluster.createPod('hears');
    cluster.settle();
    const host = cluster.pod('hears').status.podIP;
    cluster.createPod('leaves', {
      containers: [
        {
          ...netexec,
          lifecycle: { preStop: { httpGet: { host, port: 8080, path: '/echo?msg=bye', scheme: 'HTTPS' } } },
        },
      ],
    });
    cluster.settle();
    cluster.delete('/api/v1/namespaces/default/pods/leaves');
    cluster.run(3000);
    expect(cluster.exists('Pod', 'leaves')).toBe(false);
    expect(log(cluster, 'hears')).toContain('GET /echo?msg=bye');
    expect(cluster.events('leaves').join('\n')).not.toContain('FailedPreStopHook');
  });
});

describe('KL2 probes', () => {
  const probed = (name: string, args: readonly string[], probe: object): object => ({
    terminationGracePeriodSeconds: 1,
    containers: [{ name, image: AGNHOST, args, ...probe }],
  });

  test('KL2: a gRPC probe asks the health service, and hears of what it does not know', () => {
    const cluster = fresh();
    const grpc = (service: string): object => ({
      readinessProbe: { grpc: { port: 5000, service }, periodSeconds: 1, failureThreshold: 1 },
    });
    const args = ['grpc-health-checking', '--service', 'shop'];
    cluster.createPod('well', probed('main', args, grpc('shop')));
    cluster.createPod('stranger', probed('main', args, grpc('other')));
    cluster.createPod('silent', probed('main', ['netexec'], grpc('')));
    cluster.createPod(
      'web',
      probed('main', ['netexec'], {
        readinessProbe: { grpc: { port: 8080 }, periodSeconds: 1, failureThreshold: 1 },
      }),
    );
    cluster.run(5000);
    expect(cluster.container('well').ready).toBe(true);
    expect(cluster.container('stranger').ready).toBe(false);
    expect(cluster.events('stranger').join('\n')).toContain(
      'Unhealthy: Readiness probe failed: error: health rpc probe failed: rpc error: code = NotFound desc = unknown service',
    );
    for (const [pod, port] of [
      ['silent', 5000],
      ['web', 8080],
    ] as const)
      expect(cluster.events(pod).join('\n')).toContain(
        `Unhealthy: Readiness probe failed: timeout: failed to connect service "${cluster.pod(pod).status.podIP}:${port}" within 1s: context deadline exceeded`,
      );
  });

  test('KL2: a service that says NOT_SERVING is restarted by its liveness probe', () => {
    const cluster = fresh();
    cluster.createPod(
      'ages',
      probed('main', ['grpc-health-checking', '--delay-unhealthy-sec=2'], {
        livenessProbe: { grpc: { port: 5000 }, periodSeconds: 1, failureThreshold: 1 },
      }),
    );
    cluster.run(8000);
    expect(cluster.container('ages').restartCount).toBeGreaterThan(0);
    expect(cluster.events('ages').join('\n')).toContain(
      'Liveness probe failed: service unhealthy (responded with "NOT_SERVING")',
    );
  });

  test('KL2: redirects are followed on the same host; elsewhere they are a warning', () => {
    const cluster = fresh();
    const redirected = (loc: string): object => ({
      livenessProbe: {
        httpGet: { path: `/redirect?loc=${encodeURIComponent(loc)}`, port: 8080 },
        periodSeconds: 1,
        failureThreshold: 1,
      },
    });
    cluster.createPod('near', probed('main', ['liveness'], redirected('/healthz')));
    cluster.createPod('away', probed('main', ['liveness'], redirected('http://0.0.0.0/')));
    cluster.run(15_000);
    expect(cluster.container('near').restartCount).toBeGreaterThan(0);
    expect(cluster.events('near').join('\n')).toContain('HTTP probe failed with statuscode: 500');
    expect(cluster.container('away').restartCount).toBe(0);
    expect(cluster.events('away').join('\n')).toContain(
      'ProbeWarning: Liveness probe warning: Probe terminated redirects, Response body: <a href="http://0.0.0.0/">Found</a>.',
    );
  });
});

test('KL3: activeDeadlineSeconds ends a pod whatever its containers do, also when it is set later', () => {
  const cluster = fresh();
  const spec = { terminationGracePeriodSeconds: 1, restartPolicy: 'Never' };
  cluster.createPod('short', { ...spec, activeDeadlineSeconds: 5 });
  cluster.createPod('later', spec);
  cluster.run(3000);
  expect(cluster.pod('short').status.phase).toBe('Running');
  cluster.patch('/api/v1/namespaces/default/pods/later', { spec: { activeDeadlineSeconds: 4 } });
  cluster.run(5000);
  for (const name of ['short', 'later']) {
    expect(cluster.pod(name).status).toMatchObject({
      phase: 'Failed',
      reason: 'DeadlineExceeded',
      message: 'Pod was active on the node longer than the specified deadline',
    });
    expect(cluster.container(name).state.terminated.exitCode).toBe(143);
  }
});

test('KL4: subPathExpr waits for its variables, and refuses to leave its volume', () => {
  const cluster = fresh();
  const mounting = (subPathExpr: string): object => ({
    volumes: [{ name: 'work', emptyDir: {} }],
    containers: [
      {
        ...netexec,
        env: [
          { name: 'WHERE', valueFrom: { fieldRef: { fieldPath: "metadata.annotations['where']" } } },
          { name: 'WHO', value: 'foo' },
          { name: 'ROOT', value: '/tmp' },
          { name: 'UP', value: '..' },
        ],
        volumeMounts: [{ name: 'work', mountPath: '/work', subPathExpr }],
      },
    ],
  });
  cluster.createPod('waits', mounting('$(WHERE)/$(WHO)'));
  cluster.createPod('absolute', mounting('$(ROOT)'));
  cluster.createPod('upwards', mounting('a/$(UP)'));
  cluster.run(3000);
  const waiting = (name: string): object => cluster.container(name).state.waiting;
  expect(waiting('waits')).toEqual({
    reason: 'CreateContainerConfigError',
    message: 'missing value for WHERE',
  });
  expect(waiting('absolute')).toMatchObject({ message: 'error SubPath `/tmp` must not be an absolute path' });
  expect(waiting('upwards')).toMatchObject({
    message: "unable to provision SubPath `a/..`: must not contain '..'",
  });
  cluster.patch('/api/v1/namespaces/default/pods/waits', { metadata: { annotations: { where: 'here' } } });
  cluster.run(6000);
  expect(cluster.pod('waits').status.phase).toBe('Running');
});

test('KL7: one host port serves several pods by address and protocol, the loopback too', () => {
  const cluster = fresh();
  const node = cluster.objects('Node')[0]!;
  const address = node.status.addresses.find(({ type }) => type === 'InternalIP')!.address;
  const at = (port: object): object => ({
    nodeName: node.metadata.name,
    containers: [{ ...netexec, ports: [{ hostPort: 54_321, ...port }] }],
  });
  cluster.createPod('inside', at({ containerPort: 8080, hostIP: '127.0.0.1' }));
  cluster.createPod('outside', at({ containerPort: 8080, hostIP: address }));
  cluster.createPod('datagrams', at({ containerPort: 8081, protocol: 'UDP', hostIP: address }));
  cluster.createPod('asks', {
    nodeName: node.metadata.name,
    hostNetwork: true,
    containers: [{ ...netexec, args: ['pause'] }],
  });
  cluster.settle();
  const hostname = (host: string): string | undefined =>
    cluster.probe(fromPod('asks'), toHost(host), 54_321, 'tcp', 2000, { path: '/hostname', host }).http?.body;
  expect(hostname('127.0.0.1')).toBe('inside');
  expect(hostname(address)).toBe('outside');
  expect(cluster.probe(fromPod('asks'), toHost(address), 54_321, 'udp').verdict).not.toBe('refused');
});

test('KL5: a termination message comes from its file, or from the end of the log when asked to', () => {
  const cluster = fresh();
  const busybox = (script: string, more: object = {}): object => ({
    restartPolicy: 'Never',
    containers: [{ name: 'main', image: AGNHOST, args: ['entrypoint-tester', script], ...more }],
  });
  cluster.createPod('fails', {
    restartPolicy: 'Never',
    containers: [
      {
        name: 'main',
        image: AGNHOST,
        args: ['no-such-command'],
        terminationMessagePolicy: 'FallbackToLogsOnError',
      },
    ],
  });
  cluster.createPod('ends', busybox('well', { terminationMessagePolicy: 'FallbackToLogsOnError' }));
  cluster.run(3000);
  expect(cluster.container('fails').state.terminated.message).toContain('unknown command "no-such-command"');
  expect(cluster.container('ends').state.terminated).not.toHaveProperty('message');
});

test('KL6: sidecars start before the main containers, and end after them in reverse order', () => {
  const cluster = fresh();
  const sidecar = (name: string, port: number): object => ({
    name,
    image: AGNHOST,
    args: ['netexec', `--http-port=${port}`, '--udp-port=-1'],
    restartPolicy: 'Always',
  });
  cluster.createPod('crew', {
    initContainers: [sidecar('first', 81), sidecar('second', 82)],
    containers: [netexec],
  });
  cluster.settle();
  cluster.delete('/api/v1/namespaces/default/pods/crew');
  cluster.run(5000);
  const told = cluster.events('crew').filter((line) => /^(Started|Killing)/.test(line));
  expect(told).toEqual([
    'Started: Started container first',
    'Started: Started container second',
    'Started: Started container main',
    'Killing: Stopping container main',
    'Killing: Stopping container second',
    'Killing: Stopping container first',
  ]);
});

test('KL8: an ephemeral container joins a running pod, and is not started again', () => {
  const cluster = fresh();
  cluster.createPod('patient');
  cluster.settle();
  cluster.patch('/api/v1/namespaces/default/pods/patient/ephemeralcontainers', {
    spec: {
      ephemeralContainers: [
        { name: 'doctor', image: AGNHOST, args: ['dns-suffix'], targetContainerName: 'main' },
      ],
    },
  });
  cluster.run(30_000);
  const [doctor] = cluster.pod('patient').status.ephemeralContainerStatuses;
  expect(doctor).toMatchObject({
    name: 'doctor',
    restartCount: 0,
    state: { terminated: { reason: 'Completed' } },
  });
  expect(cluster.container('patient').ready).toBe(true);
});

test('KL9: what the API server says of a kubelet that is silent', () => {
  const cluster = fresh();
  cluster.createPod('cut-off');
  cluster.settle();
  const { nodeName } = cluster.pod('cut-off').spec;
  const { hostIP } = cluster.pod('cut-off').status;
  cluster.cluster.stopComponent(`kubelet/${nodeName}`);
  const asked = (path: string): unknown =>
    cluster.request('GET', `/api/v1/namespaces/default/pods/cut-off/${path}`);
  expect(asked('log')).toMatchObject({
    status: 500,
    json: {
      message: `Get "https://${hostIP}:10250/containerLogs/default/cut-off/main": dial tcp ${hostIP}:10250: connect: connection refused`,
    },
  });
});

/** What a pod's container wrote. */
function log(cluster: TestCluster, pod: string): string {
  const response = cluster.cluster.api.handle({
    method: 'GET',
    path: `/api/v1/namespaces/default/pods/${pod}/log`,
    query: [],
    headers: {},
    user: { name: 'kubernetes-admin', groups: ['system:masters', 'system:authenticated'] },
  });
  return new TextDecoder().decode(response.body);
}
