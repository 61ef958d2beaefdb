import type { Program, ProgramRegistry } from '@podwire/machine';
import { dnsProgram } from '../dns/program.ts';
import { ingressController } from '../ingress/controller.ts';
import { agnhost, agnhostRefuse } from './agnhost/dispatch.ts';
import { guestbook } from './agnhost/guestbook.ts';
import { inClusterClient } from './agnhost/in-cluster-client.ts';
import { nettest } from './agnhost/nettest.ts';
import { noSnatTest, noSnatTestProxy } from './agnhost/no-snat-test.ts';
import { grpcHealthChecking } from './agnhost/grpc-health-checking.ts';
import { netexec } from './agnhost/netexec.ts';
import { porter } from './agnhost/porter.ts';
import {
  dnsServerList,
  dnsSuffix,
  entrypointTester,
  etcHosts,
  logsGenerator,
  mounttest,
} from './agnhost/printing.ts';
import { serveHostname } from './agnhost/serve-hostname.ts';
import {
  auditProxy,
  fakeGitServer,
  liveness,
  portForwardTester,
  tcpReset,
  testWebserver,
} from './agnhost/small-servers.ts';
import { controlPlane } from './servers/control-plane.ts';
import { gatewayProxy } from '../gateway/proxy.ts';
import { kubeApiServer } from './servers/kube-apiserver.ts';
import { kubeProxyServer } from './servers/kube-proxy.ts';
import { httpEcho } from './servers/http-echo.ts';
import { httpd } from './servers/httpd.ts';
import { idle, pause, sleep, tail } from './servers/idle.ts';
import { nginx } from './servers/nginx.ts';
import { postgres } from './servers/postgres.ts';
import { redis } from './servers/redis.ts';

const SERVERS: readonly (readonly [string, Program])[] = [
  ['agnhost', agnhost],
  ['agnhost-audit-proxy', auditProxy],
  ['agnhost-fake-gitserver', fakeGitServer],
  ['agnhost-guestbook', guestbook],
  ['agnhost-inclusterclient', inClusterClient],
  ['agnhost-nettest', nettest],
  ['agnhost-no-snat-test', noSnatTest],
  ['agnhost-no-snat-test-proxy', noSnatTestProxy],
  ['agnhost-dns-server-list', dnsServerList],
  ['agnhost-dns-suffix', dnsSuffix],
  ['agnhost-entrypoint-tester', entrypointTester],
  ['agnhost-etc-hosts', etcHosts],
  ['agnhost-grpc-health-checking', grpcHealthChecking],
  ['agnhost-liveness', liveness],
  ['agnhost-logs-generator', logsGenerator],
  ['agnhost-mounttest', mounttest],
  ['agnhost-netexec', netexec],
  ['agnhost-port-forward-tester', portForwardTester],
  ['agnhost-porter', porter],
  ['agnhost-refuse', agnhostRefuse],
  ['agnhost-serve-hostname', serveHostname],
  ['agnhost-tcp-reset', tcpReset],
  ['agnhost-test-webserver', testWebserver],
  ['control-plane', controlPlane],
  ['coredns', dnsProgram],
  ['gateway-proxy', gatewayProxy],
  ['http-echo', httpEcho],
  ['httpd', httpd],
  ['idle', idle],
  ['kube-apiserver', kubeApiServer],
  ['kube-proxy', kubeProxyServer],
  ['nginx', nginx],
  ['nginx-ingress-controller', ingressController],
  ['pause', pause],
  ['postgres', postgres],
  ['redis-server', redis],
  ['sleep', sleep],
];

/**
 * The servers of the images together with the interactive programs that come from outside. Servers keep
 * their names; `tail` becomes a choice between waiting and the real one.
 */
export function withServers(interactive: ProgramRegistry): ProgramRegistry {
  const all = new Map<string, Program>([...interactive, ...SERVERS]);
  const tailTask = interactive.get('tail');
  if (tailTask !== undefined) all.set('tail-task', tailTask);
  all.set('tail', tail);
  return all;
}
