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
    expect(cluster.container(name).state.terminated.exitCode).toBe(0);
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

test('KL5: whoever a container runs as may write its termination message', () => {
  const cluster = fresh();
  cluster.createPod('tells', {
    restartPolicy: 'Never',
    containers: [
      {
        ...netexec,
        args: ['mounttest', '--new_file_0644=/dev/my-message'],
        terminationMessagePath: '/dev/my-message',
        securityContext: { runAsUser: 10_000 },
      },
    ],
  });
  cluster.run(3000);
  expect(cluster.container('tells').state.terminated.message).toBe('mount-tester new file\n');
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

describe('KL11 what others write over a status', () => {
  const POD = '/api/v1/namespaces/default/pods/web';
  const fail = (cluster: TestCluster, path = POD): void => {
    cluster.patch(`${path}/status`, { status: { phase: 'Failed' } });
  };
  const phase = (cluster: TestCluster): string => cluster.pod('web').status.phase;

  test('KL11: stands until the kubelet compares, every ten seconds', () => {
    const cluster = fresh();
    cluster.createPod('web');
    cluster.settle();
    const before = cluster.pod('web').status;
    fail(cluster);
    cluster.run(100);
    expect(phase(cluster)).toBe('Failed');
    cluster.run(10_000);
    expect(cluster.pod('web').status).toEqual(before);
  });

  test('KL11: a DaemonSet sees it in time, and puts another pod in the place of one that failed', () => {
    const cluster = fresh();
    const labels = { app: 'agent' };
    cluster.create('/apis/apps/v1/namespaces/default/daemonsets', {
      metadata: { name: 'agent' },
      spec: {
        selector: { matchLabels: labels },
        template: {
          metadata: { labels },
          spec: { containers: [netexec] },
        },
      },
    });
    cluster.settle();
    const [failed] = cluster.pods();
    const name = failed?.metadata.name ?? '';
    fail(cluster, `/api/v1/namespaces/default/pods/${name}`);
    cluster.run(20_000);
    expect(cluster.exists('Pod', name)).toBe(false);
    const pods = cluster.pods();
    expect(pods.map(({ status }) => status.phase)).toEqual(pods.map(() => 'Running'));
    expect(pods.map(({ spec }) => spec.nodeName)).toContain(failed?.spec.nodeName);
  });

  test('KL11: a passed readiness gate counts at once, and other conditions stay', () => {
    const cluster = fresh();
    cluster.createPod('web', { readinessGates: [{ conditionType: 'shop/open' }] });
    cluster.settle();
    const ready = (): unknown =>
      cluster.pod('web').status.conditions.find(({ type }) => type === 'Ready')?.status;
    expect(ready()).toBe('False');
    cluster.patch(`${POD}/status`, {
      status: {
        conditions: [
          { type: 'shop/open', status: 'True' },
          { type: 'shop/clean', status: 'True' },
        ],
      },
    });
    cluster.run(100);
    expect(ready()).toBe('True');
    cluster.run(20_000);
    expect(cluster.pod('web').status.conditions.map(({ type }) => type)).toContain('shop/clean');
  });

  test('KL11: a final phase ends the pod if the kubelet has reason to look at it meanwhile', () => {
    const cluster = fresh();
    cluster.createPod('web', { terminationGracePeriodSeconds: 1 });
    cluster.settle();
    fail(cluster);
    cluster.patch(POD, { metadata: { labels: { seen: 'true' } } });
    cluster.run(15_000);
    expect(phase(cluster)).toBe('Failed');
    expect(cluster.container('web').state).toHaveProperty('terminated');
  });
});

test('KL12: labels in a downward API volume follow the pod', () => {
  const cluster = fresh();
  cluster.createPod('web', {
    containers: [{ ...netexec, volumeMounts: [{ name: 'about', mountPath: '/about' }] }],
    volumes: [
      {
        name: 'about',
        downwardAPI: { items: [{ path: 'labels', fieldRef: { fieldPath: 'metadata.labels' } }] },
      },
    ],
  });
  cluster.settle();
  cluster.patch('/api/v1/namespaces/default/pods/web', { metadata: { labels: { tier: 'front' } } });
  cluster.run(1000);
  const files = cluster.cluster.filesAt({ kind: 'pod', namespace: 'default', name: 'web' });
  const read = files?.readFile('/about/labels');
  expect(read?.ok === true ? new TextDecoder().decode(read.value) : undefined).toContain('tier="front"');
});

describe('KL13 the kubelet itself, below nodes/NAME/proxy/', () => {
  const node = (cluster: TestCluster): string => cluster.pod('web').spec.nodeName;
  const ask = (cluster: TestCluster, path: string): { status: number; text: string } => {
    const { status, body } = cluster.cluster.api.handle({
      method: 'GET',
      path: `/api/v1/nodes/${node(cluster)}${path}`,
      query: [],
      headers: {},
      user: { name: 'kubernetes-admin', groups: ['system:masters'] },
    });
    return { status, text: new TextDecoder().decode(body) };
  };

  test('KL13: it tells of its health, its pods and what runs of them', () => {
    const cluster = fresh();
    cluster.createPod('web');
    cluster.settle();
    expect(ask(cluster, '/proxy/healthz')).toEqual({ status: 200, text: 'ok' });
    const names = (path: string): unknown =>
      (JSON.parse(ask(cluster, path).text) as { items: { metadata: { name: string } }[] }).items.map(
        ({ metadata }) => metadata.name,
      );
    expect(names('/proxy/pods')).toContain('web');
    expect(names(':10250/proxy/runningpods/')).toContain('web');
    expect(ask(cluster, '/proxy/metrics').text).toMatch(/^kubelet_running_pods \d+$/m);
    expect(ask(cluster, '/proxy/containerLogs/default/web/main').text).toContain(
      'Started HTTP server on port 8080',
    );
    expect(ask(cluster, '/proxy/logs/').status).toBe(200);
  });

  test('KL13: what it does not model is refused, and a silent kubelet is not reached', () => {
    const cluster = fresh();
    cluster.createPod('web');
    cluster.settle();
    expect(ask(cluster, '/proxy/stats/summary')).toMatchObject({
      status: 501,
      text: expect.stringContaining('/stats of the kubelet') as string,
    });
    expect(ask(cluster, '/proxy/nothing').status).toBe(404);
    expect(ask(cluster, '/proxy/logs/..%2f..%2fetc%2fpasswd').status).toBe(404);
    cluster.cluster.stopComponent(`kubelet/${node(cluster)}`);
    expect(ask(cluster, '/proxy/healthz')).toMatchObject({
      status: 503,
      text: expect.stringMatching(
        /error trying to reach service: dial tcp .*:10250: connect: connection refused/,
      ) as string,
    });
  });
});

describe('KL14 files of volumes', () => {
  const volumes = (cluster: TestCluster): void => {
    cluster.create('/api/v1/namespaces/default/configmaps', {
      metadata: { name: 'settings' },
      data: { plain: 'text' },
      binaryData: { raw: '/gD/' },
    });
    cluster.create('/api/v1/namespaces/default/secrets', {
      metadata: { name: 'keys' },
      stringData: { key: 'secret' },
    });
  };
  const mounting = (args: readonly string[], volume: object, more: object = {}): object => ({
    restartPolicy: 'Never',
    volumes: [{ name: 'v', ...volume }],
    containers: [
      { ...netexec, args: ['mounttest', ...args], volumeMounts: [{ name: 'v', mountPath: '/v' }] },
    ],
    ...more,
  });
  const said = (volume: object, args: readonly string[], more: object = {}): string => {
    const cluster = fresh();
    volumes(cluster);
    cluster.createPod('looks', mounting(args, volume, more));
    cluster.run(3000);
    return log(cluster, 'looks');
  };

  test('KL14: modes are those of the volume, or of the item', () => {
    const look = ['--file_mode=/v/plain'];
    expect(said({ configMap: { name: 'settings', defaultMode: 0o400 } }, look)).toContain(
      'mode of file "/v/plain": -r--------\n',
    );
    expect(
      said(
        {
          projected: {
            defaultMode: 0o444,
            sources: [
              { configMap: { name: 'settings', items: [{ key: 'plain', path: 'plain', mode: 0o711 }] } },
            ],
          },
        },
        look,
      ),
    ).toContain('mode of file "/v/plain": -rwx--x--x\n');
    const items = [{ path: 'plain', fieldRef: { fieldPath: 'metadata.name' } }];
    expect(said({ downwardAPI: { defaultMode: 0o600, items } }, look)).toContain(': -rw-------\n');
  });

  test('KL14: an fsGroup may read what its members could not', () => {
    const secret = { secret: { secretName: 'keys', defaultMode: 0o400 } };
    const args = ['--file_mode=/v/key', '--file_owner=/v/key', '--file_content=/v/key'];
    const someone = { securityContext: { runAsUser: 1000, fsGroup: 2000 } };
    expect(said(secret, args, someone)).toBe(
      'mode of file "/v/key": -r--r-----\nowner UID of "/v/key": 0\nowner GID of "/v/key": 2000\ncontent of file "/v/key": secret\n',
    );
    expect(said(secret, args, { securityContext: { runAsUser: 1000, runAsGroup: 1000 } })).toContain(
      'open /v/key: permission denied',
    );
  });

  test('KL14: secrets and emptyDirs that ask for it lie in memory, ConfigMaps on the disk', () => {
    const look = ['--fs_type=/v', '--new_file_0666=/v/new', '--file_perm=/v/new'];
    expect(said({ emptyDir: { medium: 'Memory' } }, look)).toBe(
      'mount type of "/v": tmpfs\ncontent of file "/v/new": mount-tester new file\n\nperms of file "/v/new": -rw-rw-rw-\n',
    );
    expect(said({ emptyDir: {} }, look)).toContain('mount type of "/v": 61267\n');
    expect(said({ secret: { secretName: 'keys' } }, ['--fs_type=/v'])).toContain(': tmpfs');
    expect(said({ configMap: { name: 'settings' } }, ['--fs_type=/v'])).toContain(': 61267');
  });

  test('KL14: binary data stays as it is', () => {
    const cluster = fresh();
    volumes(cluster);
    cluster.createPod('web', {
      volumes: [{ name: 'v', configMap: { name: 'settings' } }],
      containers: [{ ...netexec, volumeMounts: [{ name: 'v', mountPath: '/v' }] }],
    });
    cluster.settle();
    const files = cluster.cluster.filesAt({ kind: 'pod', namespace: 'default', name: 'web' });
    expect(files?.readFile('/v/raw')).toEqual({ ok: true, value: Uint8Array.from([0xfe, 0x00, 0xff]) });
  });
});

test('KL4: a place inside an emptyDir is made there, for all who mount it', () => {
  const cluster = fresh();
  cluster.createPod('web', {
    volumes: [{ name: 'work', emptyDir: {} }],
    containers: [
      {
        ...netexec,
        env: [{ name: 'WHO', value: 'foo' }],
        volumeMounts: [
          { name: 'work', mountPath: '/own', subPathExpr: '$(WHO)/logs' },
          { name: 'work', mountPath: '/all' },
        ],
      },
    ],
  });
  cluster.settle();
  const files = cluster.cluster.filesAt({ kind: 'pod', namespace: 'default', name: 'web' });
  files?.writeFile('/own/line', new TextEncoder().encode('x'));
  expect(files?.list('/all/foo/logs')).toEqual({ ok: true, value: ['line'] });
});

test('KL4: what is mounted of a ConfigMap by a subPath stays as it is until the container starts anew', () => {
  const cluster = fresh();
  const settings = { metadata: { name: 'settings' }, data: { plain: 'old' } };
  cluster.create('/api/v1/namespaces/default/configmaps', settings);
  cluster.createPod('web', {
    volumes: [{ name: 'v', configMap: { name: 'settings' } }],
    containers: [
      {
        ...netexec,
        volumeMounts: [
          { name: 'v', mountPath: '/all' },
          { name: 'v', mountPath: '/etc/app/plain.conf', subPath: 'plain' },
          { name: 'v', mountPath: '/none', subPath: 'missing' },
        ],
      },
    ],
  });
  cluster.settle();
  const read = (path: string): string | undefined => {
    const file = cluster.cluster.filesAt({ kind: 'pod', namespace: 'default', name: 'web' })?.readFile(path);
    return file?.ok === true ? new TextDecoder().decode(file.value) : undefined;
  };
  const files = cluster.cluster.filesAt({ kind: 'pod', namespace: 'default', name: 'web' });
  expect(files?.list('/none')).toEqual({ ok: true, value: [] });
  cluster.request('PUT', '/api/v1/namespaces/default/configmaps/settings', {
    ...settings,
    data: { plain: 'new' },
  });
  cluster.run(120_000);
  expect([read('/all/plain'), read('/etc/app/plain.conf')]).toEqual(['new', 'old']);
  const host = cluster.pod('web').status.podIP;
  cluster.createPod('asks');
  cluster.settle();
  cluster.probe(fromPod('asks'), toHost(host), 8080, 'tcp', 5000, { path: '/exit?code=3', host });
  cluster.run(60_000);
  expect(cluster.container('web').restartCount).toBe(1);
  expect([read('/all/plain'), read('/etc/app/plain.conf')]).toEqual(['new', 'new']);
});

test('KL15: a container has what its security context gives it: groups, a root to read only, the network', () => {
  const cluster = fresh();
  const looks = (name: string, securityContext: object): string => {
    cluster.createPod(name, {
      restartPolicy: 'Never',
      volumes: [{ name: 'v', emptyDir: {} }],
      containers: [
        {
          ...netexec,
          args: ['mounttest', '--new_file_0644=/tmp/new', '--new_file_0666=/v/new'],
          securityContext,
          volumeMounts: [{ name: 'v', mountPath: '/v' }],
        },
      ],
    });
    cluster.run(3000);
    return log(cluster, name);
  };
  expect(looks('writes', {})).not.toContain('error');
  expect(looks('reads', { readOnlyRootFilesystem: true })).toBe(
    'error writing new file "/tmp/new": open /tmp/new: read-only file system\ncontent of file "/v/new": mount-tester new file\n\n',
  );
});

test('KL16: keys of ConfigMaps and Secrets become variables whatever they begin with', () => {
  const cluster = fresh();
  cluster.create('/api/v1/namespaces/default/secrets', {
    metadata: { name: 'keys' },
    stringData: { 'data-1': 'one' },
  });
  cluster.createPod('web', {
    containers: [{ ...netexec, envFrom: [{ prefix: '1-', secretRef: { name: 'keys' } }] }],
  });
  cluster.settle();
  const files = cluster.cluster.filesAt({ kind: 'pod', namespace: 'default', name: 'web' });
  const read = files?.readFile('/proc/1/environ');
  expect(read?.ok === true ? new TextDecoder().decode(read.value) : '').toContain('1-data-1=one');
});

test('KL17: extended resources that somebody wrote into a node’s status stay there', () => {
  const cluster = fresh();
  const name = cluster.objects('Node')[0]?.metadata.name ?? '';
  cluster.patch(`/api/v1/nodes/${name}/status`, { status: { capacity: { 'example.com/fans': '3' } } });
  cluster.run(30_000);
  expect(cluster.object('Node', name).status).toMatchObject({
    capacity: { 'example.com/fans': '3', cpu: '8' },
    allocatable: { 'example.com/fans': '3' },
  });
});
