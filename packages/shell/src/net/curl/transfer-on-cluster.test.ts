import { createCluster, defaultConfig } from '@podwire/kubesim';
import type { Place, SimulatedCluster } from '@podwire/kubesim';
import { beforeAll, describe, expect, test } from 'vitest';
import { programs } from '../../programs.ts';
import { apply, sh } from '../../testing/on-cluster.ts';

const CLIENT: Place = { kind: 'pod', namespace: 'default', name: 'client' };
const HEADINGS =
  '  % Total    % Received % Xferd  Average Speed   Time    Time     Time  Current\n                                 Dload  Upload   Total   Spent    Left  Speed\n';
const NOTHING = '\r  0     0    0     0    0     0      0      0 --:--:-- --:--:-- --:--:--     0';

let cluster: SimulatedCluster;
let server: string;

function run(script: string) {
  return sh(cluster, script.replaceAll('URL', `http://${server}:8080`), CLIENT);
}

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
---
apiVersion: v1
kind: Pod
metadata: { name: closed, labels: { app: closed } }
spec: { containers: [{ name: c, image: 'nicolaka/netshoot:v0.13', command: [sleep, infinity] }] }
---
apiVersion: networking.k8s.io/v1
kind: NetworkPolicy
metadata: { name: closed }
spec: { podSelector: { matchLabels: { app: closed } }, policyTypes: [Egress] }
`,
  );
  server = sh(cluster, "kubectl get pod web -o jsonpath='{.status.podIP}'").out;
});

describe('the progress meter, where the output is no terminal', () => {
  test('shows what came, and how fast', () => {
    const { out, err } = run('curl URL/hostname');
    expect(out).toBe('web');
    expect(err).toMatch(/^ {2}% Total/);
    expect(err.replace(/ +[1-9]\d*(?= {6}0 -)/, ' SPEED').replace(/\d+\n$/, 'NOW\n')).toBe(
      `${HEADINGS}${NOTHING}\r100     3  100     3    0     0 SPEED      0 --:--:-- --:--:-- --:--:--  NOW\n`,
    );
  });

  test('goes on each second while nothing comes', () => {
    const line = (second: number): string =>
      `\r  0     0    0     0    0     0      0      0 --:--:--  0:00:0${second} --:--:--     0`;
    expect(run("curl -m 3 -o /dev/null 'URL/shell?cmd=sleep+10'")).toEqual({
      code: 28,
      out: '',
      err: `${HEADINGS}${NOTHING}${line(1)}${line(2)}${line(3)}\ncurl: (28) Operation timed out after 3000 milliseconds with 0 bytes received\n`,
    });
  });

  test.each([
    ['curl -s URL/hostname', ''],
    ['curl --no-progress-meter URL/hostname', ''],
    [`curl -# -o /dev/null URL/hostname`, `\r${'#'.repeat(72)} 100.0%\n`],
    [
      'curl http://127.0.0.1:1/',
      `${HEADINGS}${NOTHING}${NOTHING}\ncurl: (7) Failed to connect to 127.0.0.1 port 1 after 0 ms: Couldn't connect to server\n`,
    ],
    [
      'curl http://nosuch.default/',
      `${HEADINGS}${NOTHING}curl: (6) Could not resolve host: nosuch.default\n`,
    ],
    ['curl gopherx://x/', 'curl: (1) Protocol "gopherx" not supported or disabled in libcurl\n'],
  ])('%s', (line, err) => {
    expect(run(line).err).toBe(err);
  });
});

describe('connections', () => {
  test('one is kept for all requests to a server, a redirect too', () => {
    const { out } = run(
      "curl -s -w '%{urlnum} %{num_connects} %{local_port}\\n' -o /dev/null 'URL/hostname?[1-3]'",
    );
    const lines = out.trim().split('\n');
    expect(lines.map((line) => line.split(' ').slice(0, 2).join(' '))).toEqual(['0 1', '1 0', '2 0']);
    expect(new Set(lines.map((line) => line.split(' ')[2])).size).toBe(1);
    const { err } = run("curl -sv -L -o /dev/null 'URL/redirect?location=/hostname'");
    expect(err).toContain(`* Issue another request to this URL: 'http://${server}:8080/hostname'\n`);
    expect(err).toContain(`* Re-using existing connection #0 with host ${server}\n`);
  });

  test('none is kept that the server closes, or an error ended', () => {
    const { err } = run("curl -sv -o /dev/null -o /dev/null -H 'Connection: close' URL/ URL/");
    expect(err.match(/\* Closing connection [01]\n/g)).toEqual([
      '* Closing connection 0\n',
      '* Closing connection 1\n',
    ]);
    expect(run("curl -sv -f 'URL/echo?code=404'").err.split('\r\n').at(-1)).toBe(
      '* The requested URL returned error: 404\n* Closing connection 0\n',
    );
  });
});

describe('what a request waits for', () => {
  test.each([
    ['curl -sS -m 2 http://web.default/', 'Resolving timed out after 2000 milliseconds'],
    ['curl -sS --connect-timeout 1 http://web.default/', 'Resolving timed out after 1000 milliseconds'],
    ['curl -sS -m 2 URL/', 'Connection timed out after 2000 milliseconds'],
    [
      'curl -sS --connect-timeout 2 URL/',
      'Failed to connect to IP port 8080 after 2000 ms: Timeout was reached',
    ],
  ])('a policy that lets nothing out: %s', (line, message) => {
    const closed: Place = { kind: 'pod', namespace: 'default', name: 'closed' };
    expect(sh(cluster, line.replaceAll('URL', `http://${server}:8080`), closed)).toEqual({
      code: 28,
      out: '',
      err: `curl: (28) ${message.replace('IP', server)}\n`,
    });
  });

  test('leave to send a body, where it asks for it', () => {
    run('echo body > /tmp/f');
    const { err, out } = run("curl -sv -T /tmp/f 'URL/echo?msg=1'");
    expect(out).toBe('1');
    expect(err.replaceAll('\r', '').split('\n').slice(2, 12)).toEqual([
      '> PUT /echo?msg=1 HTTP/1.1',
      `> Host: ${server}:8080`,
      '> User-Agent: curl/7.88.1',
      '> Accept: */*',
      '> Content-Length: 5',
      '> Expect: 100-continue',
      '> ',
      '< HTTP/1.1 100 Continue',
      '} [5 bytes data]',
      '* We are completely uploaded and fine',
    ]);
    expect(run("curl -sv -d a=b -H 'Expect: 100-continue' URL/echo").err).toContain(
      '< HTTP/1.1 100 Continue\r\n} [3 bytes data]\n',
    );
    expect(run("curl -sv -T /tmp/f -H 'Expect:' URL/echo").err).not.toContain('100');
  });

  test('nobody answers 100: it goes after a second', () => {
    run("sh -c '(sleep 3 | nc -l -p 9000 > /tmp/got) & sleep 0.1'");
    const { err } = run('curl -sv -m 2 -T /tmp/f http://127.0.0.1:9000/x');
    expect(err).toContain('> \r\n* Done waiting for 100-continue\n} [5 bytes data]\n');
  });
});

test('the name of the host is none of the headers that a server in Go shows', () => {
  expect(run("curl -s 'URL/header?key=Host'").out).toBe('');
  expect(run("curl -s 'URL/header?key=Accept'").out).toBe('*/*');
});

describe('-w', () => {
  test.each([
    ['%{http_version} %{scheme} %{num_headers} %{size_upload} %{referer}|', '1.1 HTTP 3 0 |'],
    ['%header{content-length} %header{nope}|', '3 |'],
    ['a%{stderr}b%{stdout}c', 'ac'],
    ['%{onerror}never', ''],
    ['%x \\q \\\\ %', '%x \\q \\\\ %'],
    ['%{response_code}%{http_connect}', '200000'],
  ])('%s', (format, out) => {
    expect(run(`curl -s -o /dev/null -w '${format}' URL/hostname`).out).toBe(out);
  });

  test('json has every variable, and null for what there is not', () => {
    const { out } = run("curl -s -o /dev/null -w '%{json}' http://127.0.0.1:1/");
    expect(JSON.parse(out)).toMatchObject({
      exitcode: 7,
      errormsg: "Failed to connect to 127.0.0.1 port 1 after 0 ms: Couldn't connect to server",
      http_version: '0',
      content_type: null,
      redirect_url: null,
      method: 'GET',
      url: 'http://127.0.0.1:1/',
    });
  });

  test('header_json, a format in a file, and what it does not know', () => {
    const { out } = run("curl -s -o /dev/null -w '%{header_json}' URL/hostname");
    expect(JSON.parse(out)).toMatchObject({ 'content-length': ['3'] });
    run("printf '%%{http_code}\\n' > /tmp/format");
    expect(run('curl -s -o /dev/null -w @/tmp/format URL/hostname').out).toBe('200');
    expect(run("curl -s -o /dev/null -w '%{nope}' URL/hostname").err).toBe(
      "curl: unknown --write-out variable: 'nope'\n",
    );
  });
});
