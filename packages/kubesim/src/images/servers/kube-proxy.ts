import type { DaemonContext, DaemonProgram } from '@podwire/machine';
import type { SocketId } from '@podwire/netsim';
import { IPTABLES_SAVE_SERVICE } from '../../proxy/iptables-save.ts';
import type { HttpRequest, HttpResponse } from '../http/message.ts';
import { newHttpServer, onHttpEvent } from '../http/server.ts';
import type { HttpServerState } from '../http/server.ts';
import { logStart } from './component-logs.ts';

/** `metricsBindAddress` and `healthzBindAddress`, as kubeadm leaves them. */
const METRICS = { address: '127.0.0.1', port: 10_249 } as const;
const HEALTH = { address: '::', port: 10_256 } as const;

interface KubeProxyState {
  readonly http: HttpServerState;
  readonly metrics: SocketId;
  readonly health: SocketId;
  readonly startedMs: number;
}

/** What kube-proxy says of itself: its mode, and whether it is well. Rules are written by the simulation's component of that name. */
export const kubeProxyServer: DaemonProgram<KubeProxyState | undefined> = {
  kind: 'daemon',
  start(daemon) {
    const [metrics, health] = [METRICS, HEALTH].map((end) => daemon.net.listenTcp(end));
    if (metrics?.ok !== true || health?.ok !== true) {
      daemon.logError('failed to start healthz server: listen tcp: bind: address already in use\n');
      daemon.exit(1);
      return undefined;
    }
    logStart(daemon, 'kube-proxy');
    return { http: newHttpServer(), metrics: metrics.value, health: health.value, startedMs: daemon.nowMs() };
  },
  onEvent(daemon, state, event) {
    if (event.kind === 'signal' && (event.signal === 'SIGTERM' || event.signal === 'SIGINT')) daemon.exit(0);
    if (state === undefined) return;
    onHttpEvent(daemon, state.http, [state.metrics, state.health], event, (request, { listener }) =>
      listener === state.metrics ? metricsPage(daemon, request) : healthPage(daemon, state, request),
    );
  },
};

const NOT_FOUND: HttpResponse = {
  status: 404,
  headers: { 'X-Content-Type-Options': 'nosniff' },
  body: '404 page not found\n',
};

function metricsPage(daemon: DaemonContext, { path }: HttpRequest): HttpResponse {
  switch (path) {
    case '/proxyMode':
      return {
        status: 200,
        headers: { 'X-Content-Type-Options': 'nosniff' },
        body: daemon.machine.service(IPTABLES_SAVE_SERVICE) === undefined ? 'nftables' : 'iptables',
      };
    case '/healthz':
    case '/healthz/ping':
      return { status: 200, headers: { 'X-Content-Type-Options': 'nosniff' }, body: 'ok' };
    case '/metrics':
    case '/configz':
      return { status: 501, body: `kube-proxy's ${path} is not part of this simulation\n` };
    default:
      return NOT_FOUND;
  }
}

function healthPage(daemon: DaemonContext, state: KubeProxyState, { path }: HttpRequest): HttpResponse {
  if (path !== '/healthz' && path !== '/livez') return NOT_FOUND;
  const now = new Date(daemon.nowMs()).toISOString();
  const updated = new Date(state.startedMs).toISOString();
  return {
    status: 200,
    headers: { 'Content-Type': 'application/json', 'X-Content-Type-Options': 'nosniff' },
    body: JSON.stringify({
      lastUpdated: now,
      currentTime: now,
      // A node is eligible until an autoscaler marks it for its end, of which there is none here.
      ...(path === '/healthz' ? { nodeEligible: true } : {}),
      healthy: true,
      status: {
        IPv4: { lastUpdated: updated, healthy: true },
        IPv6: { lastUpdated: updated, healthy: true },
      },
    }),
  };
}
