import type { DaemonContext, DaemonProgram } from '@podwire/machine';
import type { SocketId } from '@podwire/netsim';
import { numberFlag, parseFlags } from '../flags.ts';
import {
  decodeCheck,
  encodeStatus,
  GRPC_CODE,
  HEALTH_CHECK_PATH,
  HEALTH_SERVICE_PREFIX,
  unframed,
} from '../grpc/health.ts';
import { newGrpcServer, onGrpcEvent } from '../grpc/server.ts';
import type { GrpcAnswer, GrpcServerState } from '../grpc/server.ts';
import { newHttpServer, onHttpEvent } from '../http/server.ts';
import type { HttpServerState } from '../http/server.ts';
import { klogLine } from '../log-line.ts';

const FLAGS = {
  port: 'number',
  'http-port': 'number',
  'delay-unhealthy-sec': 'number',
  service: 'text',
  'tls-cert-file': 'text',
  'tls-private-key-file': 'text',
} as const;
const LOG_SOURCE = 'log.go:245';
const DEFAULT_PORT = 5000;
const DEFAULT_HTTP_PORT = 8080;
const TERMINATED = 143;

interface HealthState {
  readonly http: HttpServerState;
  readonly httpListener: SocketId;
  readonly grpc: GrpcServerState;
  readonly grpcListener: SocketId;
  readonly service: string;
  readonly startedMs: number;
  /** Seconds after which it is unhealthy; negative: never. */
  readonly delaySeconds: number;
  forced: boolean | undefined;
}

/** `agnhost grpc-health-checking`: the health protocol of gRPC, and two pages that change its mind. */
export const grpcHealthChecking: DaemonProgram<HealthState | undefined> = {
  kind: 'daemon',
  start: (daemon) => {
    const parsed = parseFlags(daemon.argv.slice(2), FLAGS);
    if (!parsed.ok) return fail(daemon, `Error: ${parsed.message}\n`);
    const { flags } = parsed;
    const text = (name: keyof typeof FLAGS): string => flags.values.get(name) ?? '';
    if ((text('tls-cert-file') === '') !== (text('tls-private-key-file') === ''))
      return fail(daemon, line(daemon, 'Both --tls-cert-file and --tls-private-key-file must be set'));
    if (text('tls-cert-file') !== '')
      return fail(
        daemon,
        'grpc-health-checking: gRPC over TLS is not part of this simulation; leave --tls-cert-file and --tls-private-key-file out\n',
      );
    const port = numberFlag(flags, 'port', DEFAULT_PORT);
    const httpPort = numberFlag(flags, 'http-port', DEFAULT_HTTP_PORT);
    daemon.logError(line(daemon, `Http server starting to listen on :${httpPort}`));
    const httpListener = daemon.net.listenTcp({ address: '::', port: httpPort });
    if (!httpListener.ok) return fail(daemon, line(daemon, inUse(httpPort)));
    const grpcListener = daemon.net.listenTcp({ address: '::', port });
    if (!grpcListener.ok)
      return fail(daemon, line(daemon, `Error while starting the listening service ${inUse(port)}`));
    daemon.logError(line(daemon, `gRPC server starting to listen on :${port}`));
    return {
      http: newHttpServer(),
      httpListener: httpListener.value,
      grpc: newGrpcServer(),
      grpcListener: grpcListener.value,
      service: text('service'),
      startedMs: daemon.nowMs(),
      delaySeconds: numberFlag(flags, 'delay-unhealthy-sec', -1),
      forced: undefined,
    };
  },
  onEvent: (daemon, state, event) => {
    if (state === undefined) return;
    if (event.kind === 'signal' && event.signal === 'SIGTERM') return daemon.exit(TERMINATED);
    const taken = onGrpcEvent(daemon, state.grpc, state.grpcListener, event, (path, data) =>
      check(daemon, state, path, data),
    );
    if (taken) return;
    onHttpEvent(daemon, state.http, [state.httpListener], event, ({ path }) => {
      const isServing = path === '/make-serving';
      if (!isServing && path !== '/make-not-serving')
        return {
          status: 404,
          headers: { 'X-Content-Type-Options': 'nosniff' },
          body: '404 page not found\n',
        };
      daemon.logError(line(daemon, `Mark as ${isServing ? 'healthy' : 'unhealthy'}`));
      state.forced = !isServing;
      return { status: 200, body: `${(daemon.nowMs() - state.startedMs) / 1000}s` };
    });
  },
};

function check(daemon: DaemonContext, state: HealthState, path: string, data: Uint8Array): GrpcAnswer {
  if (path !== HEALTH_CHECK_PATH) {
    const [, service = '', method = ''] = path.split('/');
    const message = path.startsWith(HEALTH_SERVICE_PREFIX)
      ? ['List', 'Watch'].includes(method)
        ? 'unimplemented'
        : `unknown method ${method} for service ${service}`
      : `unknown service ${service}`;
    return { ok: false, code: GRPC_CODE.unimplemented, message };
  }
  const started = new Date(state.startedMs).toISOString().replace('T', ' ').replace('Z', '');
  daemon.logError(
    line(
      daemon,
      `Serving the Check request for health check, started at ${started} +0000 UTC m=+0.000000001`,
    ),
  );
  const message = unframed(data);
  const service = message === undefined ? undefined : decodeCheck(message);
  if (service === undefined)
    return { ok: false, code: GRPC_CODE.internal, message: 'grpc: failed to unmarshal the received message' };
  if (service !== state.service) return { ok: false, code: GRPC_CODE.notFound, message: 'unknown service' };
  const passedSeconds = (daemon.nowMs() - state.startedMs) / 1000;
  const unhealthy = state.forced === true || (state.delaySeconds >= 0 && passedSeconds >= state.delaySeconds);
  return { ok: true, message: encodeStatus(unhealthy ? 'NOT_SERVING' : 'SERVING') };
}

function inUse(port: number): string {
  return `listen tcp :${port}: bind: address already in use`;
}

function line(daemon: DaemonContext, text: string): string {
  return klogLine(daemon, LOG_SOURCE, text);
}

function fail(daemon: DaemonContext, message: string): undefined {
  daemon.logError(message);
  daemon.exit(1);
  return undefined;
}
