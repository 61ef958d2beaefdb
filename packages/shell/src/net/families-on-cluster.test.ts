import { configForNeeds, createCluster } from '@podwire/kubesim';
import type { Place, SimulatedCluster } from '@podwire/kubesim';
import { describe, expect, test } from 'vitest';
import { programs } from '../programs.ts';
import { apply, sh } from '../testing/on-cluster.ts';

const NEEDS: Parameters<typeof configForNeeds>[0] = {
  nodes: 2,
  cni: 'bridge',
  networkPolicies: false,
  outsideHosts: [],
};
/** Has getent, as the other has tcpdump. */
const WEB: Place = { kind: 'pod', namespace: 'default', name: 'server' };
const CLIENT: Place = { kind: 'pod', namespace: 'default', name: 'client' };

function clusterOf(ipFamily: 'ipv6' | 'dual'): SimulatedCluster {
  const config = configForNeeds({ ...NEEDS, ipFamily }, { seed: 5, startMs: Date.UTC(2026, 0, 1) });
  const cluster = createCluster({ config, programs });
  cluster.settle(60_000);
  apply(
    cluster,
    `apiVersion: v1
kind: Pod
metadata: { name: server, labels: { app: web } }
spec: { containers: [{ name: web, image: 'registry.k8s.io/e2e-test-images/agnhost:2.53', args: [netexec] }] }
---
apiVersion: v1
kind: Pod
metadata: { name: client }
spec: { containers: [{ name: c, image: 'nicolaka/netshoot:v0.13', command: [sleep, infinity] }] }
---
apiVersion: v1
kind: Service
metadata: { name: web }
spec: { ipFamilyPolicy: PreferDualStack, selector: { app: web }, ports: [{ port: 80, targetPort: 8080 }] }
---
apiVersion: v1
kind: Service
metadata: { name: four }
spec: { ipFamilyPolicy: SingleStack, selector: { app: web }, ports: [{ port: 80, targetPort: 8080 }] }
`,
  );
  return cluster;
}

describe('names of both families', () => {
  const dual = clusterOf('dual');
  const run = (script: string): string => sh(dual, script, script.startsWith('getent') ? WEB : CLIENT).out;

  test('RFC 6724: IPv4 goes before unique local IPv6', () => {
    const addresses = run('getent ahosts web')
      .split('\n')
      .filter((line) => line.includes('STREAM'))
      .map((line) => line.split(' ')[0]);
    expect(addresses).toEqual([
      expect.stringMatching(/^10\.96\./) as string,
      expect.stringMatching(/^fd00:10:96:/) as string,
    ]);
    expect(run('curl -s -o /dev/null -w "%{remote_ip}" http://web')).toMatch(/^10\.96\./);
  });

  test('-4 and -6 ask for one family alone', () => {
    expect(run('curl -6 -s -o /dev/null -w "%{remote_ip}" http://web')).toMatch(/^fd00:10:96:/);
    expect(sh(dual, 'curl -6 -sS http://four', CLIENT)).toEqual({
      code: 6,
      out: '',
      err: 'curl: (6) Could not resolve host: four\n',
    });
    expect(run('getent hosts web')).toMatch(/^fd00:10:96:/);
    expect(run('getent hosts four')).toMatch(/^10\.96\./);
  });

  test('DNS10: both questions go out at once, for each name of the search list', () => {
    const { out } = sh(
      dual,
      'tcpdump -n -i eth0 -c 4 udp dst port 53 2>/dev/null & sleep 1; curl -s -o /dev/null http://web.default; wait',
      CLIENT,
    );
    expect(
      [...out.matchAll(/ (A|AAAA)\? (\S+) /g)].map(([, type, name]) => `${type ?? ''} ${name ?? ''}`),
    ).toEqual([
      'A web.default.default.svc.cluster.local.',
      'AAAA web.default.default.svc.cluster.local.',
      'A web.default.svc.cluster.local.',
      'AAAA web.default.svc.cluster.local.',
    ]);
  });

  test('on a cluster of IPv6 alone names lead somewhere, for programs and for probes', () => {
    const six = clusterOf('ipv6');
    expect(sh(six, 'curl -s http://web/hostname', CLIENT).out).toBe('server');
    const started = six.startProbe({
      from: CLIENT,
      to: { kind: 'host', host: 'web' },
      port: 80,
      protocol: 'tcp',
      timeoutMs: 5_000,
    });
    six.run({
      untilMs: six.nowMs() + 20_000,
      maxEvents: 1_000_000,
      condition: () => started.result() !== undefined,
    });
    expect(started.result()).toMatchObject({ verdict: 'open', dialled: { port: 80 } });
  });
});
