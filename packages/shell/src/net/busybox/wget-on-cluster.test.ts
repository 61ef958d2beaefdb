import { createCluster, defaultConfig } from '@podwire/kubesim';
import type { Place, SimulatedCluster } from '@podwire/kubesim';
import { beforeAll, describe, expect, test } from 'vitest';
import { programs } from '../../programs.ts';
import { apply, sh } from '../../testing/on-cluster.ts';

const BUSYBOX: Place = { kind: 'pod', namespace: 'default', name: 'box' };
const BAR = `|${'*'.repeat(32)}|`;

let cluster: SimulatedCluster;
let server: string;

function run(script: string) {
  const ran = sh(cluster, script.replaceAll('URL', `http://${server}:8080`), BUSYBOX);
  return { ...ran, err: ran.err.replaceAll(server, 'IP') };
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
metadata: { name: box }
spec: { containers: [{ name: c, image: 'busybox:1.37', command: [sleep, infinity] }] }
`,
  );
  server = sh(cluster, "kubectl get pod web -o jsonpath='{.status.podIP}'").out;
});

describe('BusyBox wget, in its words', () => {
  test.each([
    ['wget', '', /^BusyBox v1\.\d+\.\d+ .*\n\nUsage: wget \[-cqS\] /, 1],
    ['wget --nope URL', '', /^wget: unrecognized option '--nope'\nBusyBox /, 1],
    ['wget -x URL', '', /^wget: invalid option -- 'x'\nBusyBox /, 1],
    ['wget -O', '', /^wget: option requires an argument -- 'O'\nBusyBox /, 1],
    ['wget ftp2://x/', '', 'wget: not an http or ftp url: ftp2://x/\n', 1],
    ['wget http://', '', "wget: bad address ''\n", 1],
    ['wget http://nosuch.default/', '', "wget: bad address 'nosuch.default'\n", 1],
    [
      'wget -O - URL/hostname',
      'web',
      `Connecting to IP:8080 (IP:8080)\nwriting to stdout\n-                    100% ${BAR}     3  0:00:00 ETA\nwritten to stdout\n`,
      0,
    ],
    [
      'cd /tmp; wget URL/hostname; wget URL/hostname',
      '',
      `Connecting to IP:8080 (IP:8080)\nsaving to 'hostname'\nhostname             100% ${BAR}     3  0:00:00 ETA\n'hostname' saved\nConnecting to IP:8080 (IP:8080)\nwget: can't open 'hostname': File exists\n`,
      1,
    ],
    [
      "wget -O /dev/null 'URL/redirect?location=/hostname'",
      '',
      `Connecting to IP:8080 (IP:8080)\nsaving to '/dev/null'\nnull                 100% ${BAR}     3  0:00:00 ETA\n'/dev/null' saved\n`,
      0,
    ],
    [
      'wget -P /nodir URL/hostname',
      '',
      "Connecting to IP:8080 (IP:8080)\nwget: can't open '/nodir/hostname': No such file or directory\n",
      1,
    ],
    ["wget -q -O - 'URL/echo?code=404'", '', 'wget: server returned error: HTTP/1.1 404 Not Found\n', 1],
    ['wget --spider URL/hostname', '', 'Connecting to IP:8080 (IP:8080)\nremote file exists\n', 0],
    ['wget -q -O - URL/hostname URL/hostname', 'webweb', '', 0],
    ["wget -q -O - --header 'X-A: 1' 'URL/header?key=x-a'", '1', '', 0],
    ['wget -q -T 1 -O - http://10.244.250.9/', '', 'wget: download timed out\n', 1],
  ])('%s', (line, out, err, code) => {
    const ran = run(line);
    expect([ran.out, ran.code]).toEqual([out, code]);
    if (typeof err === 'string') expect(ran.err).toBe(err);
    else expect(ran.err).toMatch(err);
  });

  test('-S shows the heads, of a redirect as far as it is read', () => {
    const { err } = run("wget -S -O /dev/null 'URL/redirect?location=/hostname'");
    expect(err).toMatch(
      /^Connecting .*\n {2}HTTP\/1\.1 302 Found\n( {2}[A-Z].*\n)* {2}Location: \/hostname\n {2}HTTP\/1\.1 200 OK\n( {2}[A-Z].*\n)+ {2}\nsaving/,
    );
  });
});
