import { createCluster, defaultConfig } from '@podwire/kubesim';
import type { SimulatedCluster } from '@podwire/kubesim';
import { beforeAll, expect, test } from 'vitest';
import { programs } from '../../programs.ts';
import { createPods, podAddress, run as runAt } from '../../testing/on-cluster.ts';
import type { Ran } from '../../testing/on-cluster.ts';

const WEB_PORT = 8_080;
let cluster: SimulatedCluster;
let web = '';
/** On the pods' network, and no pod's: its neighbours ask for it in vain. */
let nobody = '';

beforeAll(() => {
  cluster = createCluster({ config: defaultConfig({ seed: 3, startMs: Date.UTC(2026, 0, 1) }), programs });
  cluster.settle(60_000);
  createPods(cluster, {
    box: { image: 'busybox', command: ['sleep', '1d'] },
    alpine: { image: 'alpine', command: ['sleep', '1d'] },
    web: {
      image: 'registry.k8s.io/e2e-test-images/agnhost:2.53',
      args: ['netexec', `--http-port=${WEB_PORT}`],
    },
  });
  cluster.settle(60_000);
  web = podAddress(cluster, 'web');
  nobody = web.replace(/\d+$/u, '250');
});

function run(pod: string, line: string): Ran {
  return runAt(cluster, { kind: 'pod', namespace: 'default', name: pod }, line.split(' '));
}

/** As BusyBox 1.35 prints it on a real loopback, with other addresses. */
test('nc of BusyBox connects and says why it can’t, and knows no scan', () => {
  const refused = `nc: can't connect to remote host (${web}): Connection refused\n`;
  expect(run('box', `nc ${web} 1`)).toEqual({ out: '', err: refused, code: 1 });
  expect(run('box', `nc ${web}`)).toEqual({ out: '', err: refused, code: 1 });
  expect(run('box', 'nc nosuch.invalid 80')).toMatchObject({ err: "nc: bad address 'nosuch.invalid'\n" });
  expect(run('box', `nc ${web} abc`)).toMatchObject({ err: "nc: bad port 'abc'\n", code: 1 });
  expect(run('box', `nc ${web} 99999`)).toMatchObject({ err: "nc: bad port '99999'\n", code: 1 });
  expect(run('box', `nc -w 2 ${nobody} 80`)).toEqual({ out: '', err: 'nc: timed out\n', code: 1 });
  const scan = run('box', `nc -zv ${web} ${WEB_PORT}`);
  expect(scan.code).toBe(1);
  expect(scan.err).toMatch(/^nc: invalid option -- 'z'\nBusyBox .*\n\nUsage: nc \[-iN\] \[-wN\] \[-l\]/u);
});

test('nc of Alpine scans, and tells of ports that refuse at its second level of verbosity alone', () => {
  const open = `${web} (${web}:${WEB_PORT}) open\n`;
  expect(run('alpine', `nc -zv ${web} ${WEB_PORT}`)).toEqual({ out: '', err: open, code: 0 });
  expect(run('alpine', `nc -zv ${web} 1`)).toEqual({ out: '', err: '', code: 1 });
  const refused = `nc: ${web} (${web}:1): Connection refused\n`;
  expect(run('alpine', `nc -zvv ${web} 1`)).toEqual({ out: '', err: refused, code: 1 });
  const silent = `nc: ${nobody} (${nobody}:80): Operation timed out\n`;
  expect(run('alpine', `nc -zv -w 2 ${nobody} 80`)).toEqual({ out: '', err: silent, code: 1 });
  expect(run('alpine', `nc -uz ${web} 8081`)).toMatchObject({ code: 0 });
  expect(run('alpine', `nc -uz ${web} 9`)).toMatchObject({ code: 1 });
});

test('ping of BusyBox counts from 0 and rounds in its own way', () => {
  const { out, code } = run('box', `ping -c 2 ${web}`);
  expect(out).toMatch(
    new RegExp(
      `^PING ${web} \\(${web}\\): 56 data bytes
64 bytes from ${web}: seq=0 ttl=\\d+ time=\\d+\\.\\d{3} ms
64 bytes from ${web}: seq=1 ttl=\\d+ time=\\d+\\.\\d{3} ms

--- ${web} ping statistics ---
2 packets transmitted, 2 packets received, 0% packet loss
round-trip min/avg/max = \\d+\\.\\d{3}/\\d+\\.\\d{3}/\\d+\\.\\d{3} ms
$`,
    ),
  );
  expect(code).toBe(0);
  expect(run('box', 'ping -c 1 nosuch.invalid')).toEqual({
    out: '',
    err: "ping: bad address 'nosuch.invalid'\n",
    code: 1,
  });
  const lost = run('box', 'ping -c 1 -W 1 192.0.2.9');
  expect(lost.out).toContain('1 packets transmitted, 0 packets received, 100% packet loss\n');
  expect(lost.code).toBe(1);
  expect(run('box', 'ping').err).toContain('Usage: ping [OPTIONS] HOST');
});
