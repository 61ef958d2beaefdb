import { createCluster, defaultConfig } from '@podwire/kubesim';
import type { Place, SimulatedCluster } from '@podwire/kubesim';
import { beforeAll, describe, expect, test } from 'vitest';
import { programs } from '../programs.ts';
import { ask, podAddress, run as runAt } from '../testing/on-cluster.ts';
import type { Ran } from '../testing/on-cluster.ts';

const START_MS = Date.UTC(2026, 0, 1);
const PODS = '/api/v1/namespaces/default/pods';
const IMAGE = 'registry.k8s.io/e2e-test-images/agnhost:2.53';
const CLIENT: Place = { kind: 'pod', namespace: 'default', name: 'server' };

let cluster: SimulatedCluster;

function run(name: string, args: readonly string[], more: object = {}): void {
  ask(cluster, 'POST', PODS, {
    metadata: { name },
    spec: { restartPolicy: 'Never', containers: [{ name: 'c', image: IMAGE, args, ...more }] },
  });
}

const log = (name: string): string => ask(cluster, 'GET', `${PODS}/${name}/log`);
const both = (argv: readonly string[]): Ran => runAt(cluster, CLIENT, argv);
const output = (argv: readonly string[]): string => both(argv).out;
const errors = (argv: readonly string[]): string => both(argv).err;
const curl = (url: string): string => output(['curl', '-q', '-s', url]);
const addressOf = (name: string): string => podAddress(cluster, name);

function pass(ms: number): void {
  cluster.run({ untilMs: cluster.nowMs() + ms, maxEvents: 1_000_000 });
}

describe('agnhost on a cluster', () => {
  beforeAll(() => {
    cluster = createCluster({ config: defaultConfig({ seed: 3, startMs: START_MS }), programs });
    cluster.settle(60_000);
    run('server', ['netexec']);
    run('args', ['entrypoint-tester', 'these', 'args']);
    run('suffix', ['dns-suffix']);
    run('hosts', ['etc-hosts']);
    run('mount', ['mounttest', '--new_file_0660=/tmp/new', '--file_mode=/tmp/new', '--file_content=/none']);
    run('lines', ['logs-generator', '--log-lines-total', '3', '--run-duration', '2s']);
    run('alive', ['liveness']);
    run('files', ['test-webserver']);
    pass(8_000);
  });

  test('entrypoint-tester prints its command line', () => {
    expect(log('args')).toBe('[/agnhost entrypoint-tester these args]\n');
  });

  test('dns-suffix and etc-hosts tell what the kubelet wrote (DNS10)', () => {
    expect(log('suffix')).toBe('default.svc.cluster.local,svc.cluster.local,cluster.local\n');
    expect(log('hosts')).toContain(`${addressOf('hosts')}\thosts\n`);
  });

  test('mounttest writes, shows modes and contents, and fails when a file is missing', () => {
    expect(log('mount')).toBe(
      'content of file "/tmp/new": mount-tester new file\n\nmode of file "/tmp/new": -rw-rw----\nerror reading file content for "/none": open /none: no such file or directory\n',
    );
    expect(ask(cluster, 'GET', `${PODS}/mount`)).toContain('"exitCode":1');
  });

  test('logs-generator writes as many lines as it is told', () => {
    const lines = log('lines').trimEnd().split('\n');
    expect(lines.map((line) => /\] (\d) (?:GET|POST|PUT) \/api\/v1\/namespaces\//.exec(line)?.[1])).toEqual([
      '0',
      '1',
      '2',
    ]);
  });

  test('netexec runs commands in its container and tells what they wrote, and how they ended', () => {
    const url = `http://${addressOf('server')}:8080/shell`;
    expect(curl(`${url}?cmd=hostname`)).toBe('{"output":"server\\n"}');
    expect(curl(`${url}?shellCommand=echo+%27%3Ca%3E%27%3B+echo+b+%3E%262%3B+exit+3`)).toBe(
      '{"error":"exit status 3","output":"\\u003ca\\u003e\\nb\\n"}',
    );
    expect(output(['curl', '-q', '-s', '--data-urlencode', 'cmd=sleep 2; echo done', url])).toBe(
      '{"output":"done\\n"}',
    );
    expect(curl(`${url}?cmd=true`)).toBe('{}');
    expect(log('server')).toContain('] Output: map[error:exit status 3 output:<a>\nb\n]');
  });

  test('netexec redirects and echoes as Go does, and tells of its faults in a fine page', () => {
    const url = `http://${addressOf('server')}:8080`;
    expect(curl(`${url}/echo?msg=a&code=b`)).toBe('argument \'code\' must be an integer or empty, got "b"\n');
    expect(output(['curl', '-q', '-si', `${url}/redirect?location=other%2F..%2Fpage`])).toMatch(
      /^HTTP\/1.1 302 Found\r\n(.*\r\n)*Location: \/page\r\n(.*\r\n)*\r\n<a href="\/page">Found<\/a>.\n\n$/,
    );
    expect(curl(`${url}/exit?wait=soon`)).toBe(
      'argument \'wait\' must be a valid golang duration or empty, got "soon"\n',
    );
  });

  test('netexec dials others over HTTP and UDP, and says what failed', () => {
    const [server, files] = [addressOf('server'), addressOf('files')];
    const dial = (query: string): unknown => JSON.parse(curl(`http://${server}:8080/dial?${query}`));
    expect(dial(`request=hostname&protocol=http&host=${server}&port=8080&tries=2`)).toEqual({
      responses: ['server', 'server'],
    });
    expect(dial(`request=hostname&protocol=udp&host=${server}&port=8081&tries=1`)).toEqual({
      responses: ['server'],
    });
    expect(dial(`request=hostname&protocol=http&host=${files}&port=81&tries=1`)).toEqual({
      errors: [`Get "http://${files}:81/hostname": dial tcp ${files}:81: connect: connection refused`],
    });
    expect(curl(`http://${server}:8080/dial?host=${server}&port=1&tries=x&request=a`)).toContain(
      'tries parameter is invalid',
    );
  });

  test('test-webserver serves the files of its container', () => {
    expect(curl(`http://${addressOf('files')}/etc/nope`)).toBe('404 page not found\n');
    expect(curl(`http://${addressOf('files')}/etc/passwd`)).toContain('root:x:0:0');
  });

  test('curl --interface chooses where to come from, by address or by interface', () => {
    const server = addressOf('server');
    const from = (wanted: string, host = '127.0.0.1'): string =>
      output(['curl', '-sS', '--interface', wanted, `http://${host}:8080/clientip`]).replace(/:\d+$/, '');
    expect([from(server), from('eth0'), from('127.0.0.1')]).toEqual([server, server, '127.0.0.1']);
    expect(errors(['curl', '-sS', '--interface', '192.0.2.7', `http://${server}:8080/`])).toBe(
      "curl: (45) Couldn't bind to '192.0.2.7'\n",
    );
  });

  test('getent completes a name along the search list (DNS10)', () => {
    expect(output(['getent', 'hosts', 'kubernetes'])).toBe(
      '10.96.0.1       kubernetes.default.svc.cluster.local\n',
    );
    expect(output(['sh', '-c', 'getent hosts no-such; echo $?'])).toBe('2\n');
  });

  test('liveness is well for ten seconds', () => {
    const url = `http://${addressOf('alive')}:8080/healthz`;
    expect(curl(url)).toBe('ok');
    pass(10_000);
    expect(curl(url)).toMatch(/^error: 1\d/);
  });

  test('who speaks no HTTP is told so at once, as by a server in Go', () => {
    const { out } = both(['sh', '-c', `echo hostName | nc -v -t -w 2 ${addressOf('server')} 8080`]);
    expect(out).toMatch(/^HTTP\/1\.1 400 Bad Request\r\n/);
  });
});

describe('netexec for those who test with it', () => {
  const server = (path: string): string => `http://${addressOf('server')}:8080${path}`;

  test('DNS1: /dial looks names up as the pod does', () => {
    expect(curl(server('/dial?host=kubernetes.default&port=443&request=x'))).toBe(
      '{"responses":["Client sent an HTTP request to an HTTPS server.\\n"]}',
    );
    expect(curl(server('/dial?host=nope.example&port=80&request=x'))).toMatch(
      /^host and\/or port param are invalid\. lookup nope\.example on 10\.96\.0\.10:53: /,
    );
  });

  test('/upload keeps the file of a form, and tells where', () => {
    const form =
      'printf -- \'--B\\r\\nContent-Disposition: form-data; name="file"\\r\\n\\r\\nhello\\r\\n--B--\\r\\n\' > /tmp/form';
    output(['sh', '-c', form]);
    const type = 'Content-Type: multipart/form-data; boundary=B';
    const answer = output(['curl', '-s', '-H', type, '--data-binary', '@/tmp/form', server('/upload')]);
    const path = /^\{"output":"(\/uploads\/upload\d+)"\}$/.exec(answer)?.[1] ?? '';
    expect(output(['cat', path])).toBe('hello');
    expect(curl(server('/upload'))).toBe('{"error":"Unable to upload file."}');
  });
});
