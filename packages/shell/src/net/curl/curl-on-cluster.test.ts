import { createCluster, defaultConfig } from '@podwire/kubesim';
import type { Place, SimulatedCluster } from '@podwire/kubesim';
import { beforeAll, describe, expect, test } from 'vitest';
import { programs } from '../../programs.ts';
import { apply, sh } from '../../testing/on-cluster.ts';
import type { Ran } from '../../testing/on-cluster.ts';

const CLIENT: Place = { kind: 'pod', namespace: 'default', name: 'client' };
const TRY = "curl: try 'curl --help' or 'curl --manual' for more information\n";
/** As the real curl 7.88.1 sends it, but for its host. */
const START = ['Host: HOST', 'User-Agent: curl/7.88.1', 'Accept: */*'];

let cluster: SimulatedCluster;
let server: string;

function run(script: string): Ran {
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
`,
  );
  server = sh(cluster, "kubectl get pod web -o jsonpath='{.status.podIP}'").out;
  run("printf 'file\\nbody\\n' > /tmp/f.txt");
});

describe('the command line', () => {
  test.each([
    ['curl --nope URL', `curl: option --nope: is unknown\n${TRY}`, 2],
    ['curl -sj! x', `curl: option -sj!: is unknown\n${TRY}`, 2],
    ['curl -sX', `curl: option -sX: requires parameter\n${TRY}`, 2],
    ['curl --max-time=5 x', `curl: option --max-time=5: is unknown\n${TRY}`, 2],
    ['curl --max-time', `curl: option --max-time: requires parameter\n${TRY}`, 2],
    ['curl -m abc URL', `curl: option -m: expected a proper numerical parameter\n${TRY}`, 2],
    [
      'curl --connect-timeout -1 URL',
      `curl: option --connect-timeout: expected a positive numerical parameter\n${TRY}`,
      2,
    ],
    ['curl --retry x URL', `curl: option --retry: expected a proper numerical parameter\n${TRY}`, 2],
    ['curl --re x', `curl: option --re: is ambiguous\n${TRY}`, 2],
    ['curl --no-nope URL', `curl: option --no-nope: is unknown\n${TRY}`, 2],
    ['curl', TRY, 2],
    ['curl -s', `curl: no URL specified!\n${TRY}`, 2],
    ['curl --sil http://127.0.0.1:1/', '', 7],
    [
      'curl -I -d x URL',
      'Warning: You can only select one HTTP request method! You asked for both POST \nWarning: (-d, --data) and HEAD (-I, --head).\n',
      2,
    ],
    [
      'curl -T /nope URL',
      `curl: Can't open '/nope'!\n${TRY}curl: (26) Failed to open/read local data from file/application\n`,
      26,
    ],
    ['curl -sS -F x URL', `curl: option -F: is badly used here\n${TRY}`, 2],
    [
      "curl -sS 'http://127.0.0.1:1/[3-1]'",
      `curl: (3) bad range in URL position 25:\nhttp://127.0.0.1:1/[3-1]\n${' '.repeat(24)}^\n`,
      3,
    ],
    [
      "curl -sS 'http://127.0.0.1:1/{a'",
      `curl: (3) unmatched brace in URL position 20:\nhttp://127.0.0.1:1/{a\n${' '.repeat(19)}^\n`,
      3,
    ],
    ['curl --proxy http://p URL', 'curl: option --proxy is not part of this simulation\n', 2],
    ['curl -Z URL', 'curl: option -Z is not part of this simulation\n', 2],
  ])('%s', (line, err, code) => {
    expect(run(line)).toEqual({ code, out: '', err });
  });
});

describe('what is sent', () => {
  test.each([
    [
      '-d a=1 -d b=2 -H "X-A: 1" URL/echo',
      'POST /echo',
      [...START, 'X-A: 1', 'Content-Length: 7', 'Content-Type: application/x-www-form-urlencoded'],
    ],
    [
      "--json '{}' --json 2 -H 'Content-Type: text/x' URL/echo",
      'POST /echo',
      [
        'Host: HOST',
        'User-Agent: curl/7.88.1',
        'Content-Type: text/x',
        'Accept: application/json',
        'Content-Length: 3',
      ],
    ],
    ["-G -d x=1 --data-urlencode 'y=a b' 'URL/echo?z'", 'GET /echo?z&x=1&y=a+b', START],
    [
      "-u me:pw -b k=v -e http://r/ -A ua -H 'X-B: 2' URL/echo",
      'GET /echo',
      [
        'Host: HOST',
        'Authorization: Basic bWU6cHc=',
        'User-Agent: ua',
        'Accept: */*',
        'Referer: http://r/',
        'Cookie: k=v',
        'X-B: 2',
      ],
    ],
    [
      "-H 'Host: foo' -H Accept: -H 'X-E;' -H bad URL/echo",
      'GET /echo',
      ['Host: foo', 'User-Agent: curl/7.88.1', 'X-E:'],
    ],
    [
      '-r 0-3 URL/echo',
      'GET /echo',
      ['Host: HOST', 'Range: bytes=0-3', 'User-Agent: curl/7.88.1', 'Accept: */*'],
    ],
    ['--compressed URL/echo', 'GET /echo', [...START, 'Accept-Encoding: deflate, gzip, br, zstd']],
    ["--url-query 'a=b c' URL/echo", 'GET /echo?a=b+c', START],
    ['URL/a/../b/./c', 'GET /b/c', START],
    ['--path-as-is URL/a/../b', 'GET /a/../b', START],
    ['-X OPTIONS --request-target "*" URL/echo', 'OPTIONS *', START],
  ])('curl %s', (args, line, headers) => {
    const sent = run(`curl -s -v -o /dev/null ${args}`)
      .err.split(/\r?\n/)
      .filter((text) => text.startsWith('> '))
      .map((text) => text.slice(2))
      .filter((text) => text !== '');
    expect(sent).toEqual([
      `${line} HTTP/1.1`,
      ...headers.map((header) => header.replace('HOST', `${server}:8080`)),
    ]);
  });

  test('-F sends a form, whose file the server keeps', () => {
    const { out } = run('curl -s -F file=@/tmp/f.txt -F a=1 URL/upload');
    const path = /"(\/uploads\/[^"]+)"/.exec(out)?.[1] ?? '';
    expect(sh(cluster, `kubectl exec web -- cat ${path}`).out).toBe('file\nbody\n');
  });

  test('-T puts a file under its own name, and {a,b} asks twice', () => {
    expect(run('curl -sv -T /tmp/f.txt URL/up/').err).toContain('> PUT /up/f.txt HTTP/1.1\r\n');
    expect(run("curl -s 'URL/echo?msg={a,b}' 'URL/echo?msg=[1-2]'").out).toBe('ab12');
  });

  test('a cookie that was set is kept in the jar, and sent again', () => {
    const jar =
      '# Netscape HTTP Cookie File\n# https://curl.se/docs/http-cookies.html\n# This file was generated by libcurl! Edit at your own risk.\n\n';
    expect(run('curl -s -c - -o /dev/null URL/').out).toBe(jar);
    run(`printf '%s\\tFALSE\\t/\\tFALSE\\t0\\tsid\\tabc\\n' ${server} > /tmp/jar`);
    expect(run("curl -s -b /tmp/jar 'URL/header?key=cookie'").out).toBe('sid=abc');
    expect(run(`curl -s -b /tmp/jar -c - -o /dev/null URL/`).out).toBe(
      `${jar}${server}\tFALSE\t/\tFALSE\t0\tsid\tabc\n`,
    );
  });

  test('-L turns a POST into a GET, unless it is told otherwise, and tells the password to no other host', () => {
    const to = `URL/redirect?location=%2Fecho%3Fmsg%3Dhi`;
    expect(run(`curl -sv -L -d a=b '${to}'`).err).toContain('> GET /echo?msg=hi HTTP/1.1\r\n');
    expect(run(`curl -sv -L --post302 -d a=b '${to}'`).err).toContain('> POST /echo?msg=hi HTTP/1.1\r\n');
    const away = run(`curl -sv -u me:pw -L 'URL/redirect?location=http%3A%2F%2F${server}%3A8081%2F'`).err;
    expect(away.match(/> Authorization/g)).toHaveLength(1);
  });

  test('--retry tries transient answers again, and says so', () => {
    const { err, code, out } = run(
      'curl --no-progress-meter --retry 2 -o /dev/null -w "%{http_code} %{method}" "URL/echo?code=503"',
    );
    expect({ err, code, out }).toEqual({
      code: 0,
      out: '503 GET',
      err: 'Warning: Problem : HTTP error. Will retry in 1 seconds. 2 retries left.\nWarning: Problem : HTTP error. Will retry in 2 seconds. 1 retries left.\n',
    });
  });

  test('-O, -D and --fail-with-body', () => {
    expect(run('cd /tmp; curl -sO URL/hostname; cat hostname').out).toBe('web');
    expect(run('curl -s -o /dev/null -D - URL/hostname').out).toMatch(/^HTTP\/1.1 200 OK\r\n/);
    expect(run('curl -sS --fail-with-body "URL/echo?code=404&msg=no"')).toEqual({
      code: 22,
      out: 'no',
      err: 'curl: (22) The requested URL returned error: 404\n',
    });
  });
});
