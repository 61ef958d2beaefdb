import { expect, test } from 'vitest';
import { fromPod, TestCluster, toHost } from '../../cluster.test-support.ts';

const AGNHOST = 'registry.k8s.io/e2e-test-images/agnhost:2.53';
const BOOTED = TestCluster.boot();

function main(...args: readonly string[]): object {
  return { name: 'main', image: AGNHOST, args };
}

function page(cluster: TestCluster, from: string, host: string, port: number, path: string): string {
  const found = cluster.probe(fromPod(from), toHost(host), port, 'tcp', 5000, { path, host });
  return found.http?.body ?? found.verdict;
}

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

test('guestbook: a replica registers by name, and hears of what the front page sets', () => {
  const cluster = BOOTED.fork();
  const ports = [{ port: 6379, targetPort: 6379 }];
  for (const name of ['agnhost-primary', 'agnhost-replica'])
    cluster.createService(name, { selector: { app: name }, ports });
  cluster.createPod('agnhost-primary', { containers: [main('guestbook', '--http-port', '6379')] });
  cluster.settle();
  cluster.createPod('agnhost-replica', {
    containers: [main('guestbook', '--replicaof', 'agnhost-primary', '--http-port', '6379')],
  });
  cluster.createPod('front', { containers: [main('guestbook', '--backend-port', '6379')] });
  cluster.settle();
  cluster.run(3000);
  expect(log(cluster, 'agnhost-replica')).toContain('Registered to node: agnhost-primary');
  const ask = (path: string): string =>
    page(cluster, 'front', cluster.pod('front').status.podIP, 80, `/guestbook?${path}`);
  expect(ask('cmd=set&key=messages&value=TestEntry')).toBe('{"message":"Updated"}');
  expect(ask('cmd=get&key=messages')).toBe('{"data":"TestEntry"}');
  expect(ask('cmd=drop')).toBe("unsupported cmd: 'drop'\n");
});

test('CNI6 no-snat-test: pods see each other by their own addresses, and a Service’s node port hides them', () => {
  const cluster = BOOTED.fork();
  const env = [
    { name: 'POD_IP', valueFrom: { fieldRef: { fieldPath: 'status.podIP' } } },
    { name: 'NODE_IP', valueFrom: { fieldRef: { fieldPath: 'status.hostIP' } } },
  ];
  for (const name of ['one', 'two'])
    cluster.createPod(name, { containers: [{ ...main('no-snat-test'), env }] });
  cluster.createPod('asks', { containers: [main('no-snat-test-proxy', '--port', '80')] });
  cluster.settle();
  const ip = (name: string): string => cluster.pod(name).status.podIP;
  const asked = page(
    cluster,
    'asks',
    ip('asks'),
    80,
    `/checknosnat?target=${ip('one')}:8080&ips=${ip('two')}:8080`,
  );
  expect(asked).toBe('');
  cluster.createService('hidden', {
    type: 'NodePort',
    selector: { app: 'two' },
    ports: [{ port: 8080, nodePort: 30_080 }],
  });
  cluster.run(1000);
  const other = cluster
    .objects('Node')
    .find(({ metadata }) => metadata.name !== cluster.pod('two').spec.nodeName);
  const address = other?.status.addresses[0]?.address ?? '';
  expect(page(cluster, 'asks', ip('one'), 8080, `/checknosnat?ips=${address}:30080`)).toContain('SNAT');
});

test('nettest: peers find each other through the endpoints of their Service', () => {
  const cluster = BOOTED.fork();
  cluster.createService('nettest', { selector: { net: 'test' }, ports: [{ port: 8080 }] });
  for (const name of ['one', 'two'])
    cluster.createPod(name, { containers: [main('nettest', '--peers=2')] }, { labels: { net: 'test' } });
  cluster.settle();
  const ip = cluster.pod('one').status.podIP;
  expect(page(cluster, 'two', ip, 8080, '/status')).toBe('running');
  cluster.run(10_000);
  expect(page(cluster, 'two', ip, 8080, '/status')).toBe('pass');
  expect(JSON.parse(page(cluster, 'two', ip, 8080, '/read'))).toMatchObject({
    Hostname: 'one',
    Sent: { one: expect.any(Number) as number, two: expect.any(Number) as number },
    Errors: null,
    StillContactingPeers: true,
  });
});

test('TLS4 inclusterclient: asks the API server with its token, and tells a failure', () => {
  const cluster = BOOTED.fork();
  cluster.createPod('asks', { containers: [main('inclusterclient', '--poll-interval=2')] });
  cluster.run(7000);
  expect(log(cluster, 'asks')).toMatch(/calling \/healthz\n.*authz_header=[\w-]{43}\n/);
  expect(log(cluster, 'asks')).not.toContain('status=failed');
  cluster.create('/apis/networking.k8s.io/v1/namespaces/default/networkpolicies', {
    metadata: { name: 'shut' },
    spec: { podSelector: {}, policyTypes: ['Egress'] },
  });
  cluster.run(40_000);
  const own = cluster.pod('asks').spec.nodeName.endsWith('control-plane');
  expect(log(cluster, 'asks').includes('status=failed')).toBe(!own);
});

test.each(['webhook', 'stress', 'net', 'resource-consumer-controller', 'podcertificatesigner'])(
  'API10 agnhost %s is refused with a reason',
  (name) => {
    const cluster = BOOTED.fork();
    cluster.createPod('refused', { restartPolicy: 'Never', containers: [main(name)] });
    cluster.run(2000);
    expect(cluster.container('refused').state.terminated.exitCode).toBe(1);
    expect(log(cluster, 'refused')).toMatch(
      new RegExp(`^agnhost ${name} is not part of this simulation: .+\\.\n$`),
    );
  },
);

test('fake-gitserver and audit-proxy answer as they do', () => {
  const cluster = BOOTED.fork();
  cluster.createPod('git', { containers: [main('fake-gitserver')] });
  cluster.createPod('audit', { containers: [main('audit-proxy')] });
  cluster.settle();
  expect(page(cluster, 'audit', cluster.pod('git').status.podIP, 8000, '/')).toBe('I am a fake git server');
  expect(page(cluster, 'git', cluster.pod('audit').status.podIP, 8080, '/')).toBe('');
});

test('porter --json-response tells the method with what it serves', () => {
  const cluster = BOOTED.fork();
  const env = [{ name: 'SERVE_PORT_80', value: 'foo' }];
  for (const [name, ...flags] of [['plain'], ['json', '--json-response']] as const)
    cluster.createPod(name, { containers: [{ ...main('porter', ...flags), env }] });
  cluster.settle();
  const ask = (name: string): string => page(cluster, name, cluster.pod(name).status.podIP, 80, '/');
  expect(ask('plain')).toBe('foo');
  expect(ask('json')).toBe('{"Method":"GET","Body":"foo"}');
});
