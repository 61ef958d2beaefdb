import { createCluster, defaultConfig } from '@podwire/kubesim';
import { beforeAll, describe, expect, it } from 'vitest';
import { programs } from '../programs.ts';
import { createPods, sh } from '../testing/on-cluster.ts';

const AGNHOST = 'registry.k8s.io/e2e-test-images/agnhost:2.53';
const PODS = '/api/v1/namespaces/default/pods';
const SERVICES = '/api/v1/namespaces/default/services';
const PORTER_PAGE = '<a href="/rewriteme">test</a>';

/** What is behind pods and Services, by the API server, as `kubectl` asks for it. */
describe('API7: paths below /proxy/', () => {
  const cluster = createCluster({
    config: defaultConfig({ seed: 11, startMs: Date.UTC(2026, 0, 1) }),
    programs,
  });
  const out = (script: string): string => {
    const ran = sh(cluster, script);
    return ran.out + ran.err;
  };

  beforeAll(() => {
    cluster.settle(120_000);
    createPods(cluster, {
      web: {
        image: AGNHOST,
        args: ['netexec', '--http-port=8080'],
        ports: [{ name: 'http', containerPort: 8080 }],
      },
      porter: {
        image: AGNHOST,
        args: ['porter'],
        env: [
          { name: 'SERVE_PORT_1080', value: PORTER_PAGE },
          { name: 'SERVE_TLS_PORT_1443', value: 'over tls' },
        ],
      },
    });
    cluster.settle(120_000);
    expect(out('kubectl expose pod web --port=80 --target-port=http')).toContain('exposed');
    cluster.settle(120_000);
  });

  it.each([
    ['a pod, by its first port', `${PODS}/web/proxy/hostname`, 'web'],
    ['a pod’s port', `${PODS}/web:8080/proxy/hostname`, 'web'],
    ['a Service’s port', `${SERVICES}/web:80/proxy/hostname`, 'web'],
    ['with a query', `${SERVICES}/web/proxy/echo?msg=a%20b%26c`, 'a b&c'],
    ['over TLS, whose certificate nobody knows', `${PODS}/https:porter:1443/proxy/`, 'over tls'],
    [
      'a page whose links go on below it',
      `${PODS}/porter:1080/proxy/`,
      `<a href="${PODS}/porter:1080/proxy/rewriteme">test</a>`,
    ],
  ])('%s', (_what, path, page) => {
    expect(out(`kubectl get --raw '${path}'`)).toBe(page);
  });

  it.each([
    [
      'nobody listens',
      `${PODS}/web:81/proxy/`,
      /^Error from server \(ServiceUnavailable\): error trying to reach service: dial tcp .*:81: connect: connection refused\n$/u,
    ],
    [
      'no TLS is spoken',
      `${PODS}/https:web:8080/proxy/`,
      /error trying to reach service: tls: first record does not look like a TLS handshake\n$/u,
    ],
    [
      'there is no such Service',
      `${SERVICES}/none/proxy/`,
      /^Error from server \(NotFound\): .*"none" not found\n$/u,
    ],
    [
      'the Service has no such port',
      `${SERVICES}/web:81/proxy/`,
      /^Error from server \(ServiceUnavailable\): no service port 81 found for service "web"\n$/u,
    ],
  ])('says so where %s', (_what, path, words) => {
    expect(out(`kubectl get --raw '${path}'`)).toMatch(words);
  });

  it('is had by kubectl proxy, as often as it is asked, beside what the API itself answers', () => {
    const text = out(`kubectl proxy & sleep 1
curl -s localhost:8001${PODS}/web:8080/proxy/hostname; echo
curl -s -o /dev/null -w '%{http_code} %{redirect_url}\\n' localhost:8001${PODS}/web:8080/proxy
curl -s -X POST -d 'msg=posted' localhost:8001${SERVICES}/web/proxy/echo; echo
curl -s localhost:8001${PODS}/web:8080/proxy/hostname localhost:8001${PODS}/web:8080/proxy/hostname; echo
curl -s localhost:8001/version | grep -c gitVersion
curl -s -o /dev/null -w '%{http_code}\\n' localhost:8001${PODS}/web:81/proxy/
kill %1`);
    const lines = text.split('\n').filter((line) => line !== '' && !/Starting|Terminated/u.test(line));
    expect(lines).toEqual([
      'web',
      `301 http://localhost:8001${PODS}/web:8080/proxy/`,
      'posted',
      'webweb',
      '1',
      '503',
    ]);
  });
});
