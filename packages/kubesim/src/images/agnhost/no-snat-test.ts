import type { DaemonContext, DaemonProgram } from '@podwire/machine';
import { isIpv4, isIpv6 } from '@podwire/netsim';
import type { SocketId } from '@podwire/netsim';
import { utf8Decode } from '@podwire/sim';
import { numberFlag, parseFlags } from '../flags.ts';
import type { HttpRequest, HttpResponse } from '../http/message.ts';
import { newOutbound, onOutboundEvent, startRequest } from '../http/outbound.ts';
import type { OutboundOutcome, OutboundRequest, OutboundState } from '../http/outbound.ts';
import { completeResponse, newHttpServer, onHttpEvent } from '../http/server.ts';
import type { HttpPeer, HttpServerState } from '../http/server.ts';
import { hostPort } from '../log-line.ts';

const TEST_PORT = 8080;
const PROXY_PORT = 31_235;
/** Go's default client waits for ever; a pod of this simulation for two minutes, as TCP's own patience ends there. */
const REQUEST_MS = 130_000;
const TERMINATED = 143;
/** Addresses that one question may name. */
const MAX_TARGETS = 100;

interface SnatState {
  readonly http: HttpServerState;
  readonly listener: SocketId;
  readonly outbound: OutboundState;
  /** Of the proxy neither is known. */
  readonly podIp: string;
  readonly nodeIp: string;
}

/** One question under way: what is left to ask, and what was wrong so far. */
interface Purpose {
  readonly asker: SocketId;
  readonly left: readonly string[];
  readonly errors: readonly string[];
  readonly url: string;
}

/** `agnhost no-snat-test`: asks others which address they see, and says whether it is the pod's own. */
export const noSnatTest = server((daemon) => {
  const [podIp, nodeIp] = ['POD_IP', 'NODE_IP'].map((name) => daemon.env.get(name));
  for (const [name, value] of [
    ['POD_IP', podIp],
    ['NODE_IP', nodeIp],
  ] as const) {
    if (value === undefined) return `${name} env var was not present in the environment`;
    if (!isIpv4(value) && !isIpv6(value))
      return `${name} env var contained ${JSON.stringify(value)}, which is not an IP address`;
  }
  return { port: TEST_PORT, podIp: podIp ?? '', nodeIp: nodeIp ?? '' };
}, answerTest);

/** `agnhost no-snat-test-proxy`: passes the question on. */
export const noSnatTestProxy = server(() => ({ port: PROXY_PORT, podIp: '', nodeIp: '' }), answerProxy);

type Answer = (
  daemon: DaemonContext,
  state: SnatState,
  request: HttpRequest,
  peer: HttpPeer,
) => HttpResponse | 'later';

function server(
  settle: (
    daemon: DaemonContext,
  ) => string | (Pick<SnatState, 'podIp' | 'nodeIp'> & { readonly port: number }),
  answer: Answer,
): DaemonProgram<SnatState | undefined> {
  return {
    kind: 'daemon',
    start: (daemon) => {
      const parsed = parseFlags(daemon.argv.slice(2), { port: 'number' });
      if (!parsed.ok) return stop(daemon, `Error: ${parsed.message}`);
      const settled = settle(daemon);
      if (typeof settled === 'string') return stop(daemon, settled);
      const port = numberFlag(parsed.flags, 'port', settled.port);
      const listener = daemon.net.listenTcp({ address: '::', port });
      if (!listener.ok) return stop(daemon, `listen tcp :${port}: bind: address already in use`);
      const { podIp, nodeIp } = settled;
      return { http: newHttpServer(), listener: listener.value, outbound: newOutbound(), podIp, nodeIp };
    },
    onEvent: (daemon, state, event) => {
      if (state === undefined) return;
      const finished = (purpose: unknown, outcome: OutboundOutcome): void => {
        const { asker } = purpose as Purpose;
        const response =
          state.podIp === ''
            ? passed(purpose as Purpose, outcome)
            : judged(daemon, state, purpose as Purpose, outcome);
        if (response !== 'later')
          completeResponse(daemon, state.http, asker, response, (request, peer) =>
            answer(daemon, state, request, peer),
          );
      };
      if (onOutboundEvent(daemon, state.outbound, event, finished)) return;
      const handled = onHttpEvent(daemon, state.http, [state.listener], event, (request, peer) =>
        answer(daemon, state, request, peer),
      );
      if (!handled && event.kind === 'signal' && event.signal === 'SIGTERM') daemon.exit(TERMINATED);
    },
  };
}

function answerTest(
  daemon: DaemonContext,
  state: SnatState,
  request: HttpRequest,
  peer: HttpPeer,
): HttpResponse | 'later' {
  if (request.path === '/whoami') return { status: 200, body: hostPort(peer.remote) };
  if (request.path !== '/checknosnat') return notFound();
  const targets = (request.query.get('ips') ?? '').split(',').slice(0, MAX_TARGETS);
  return askNext(daemon, state, { asker: peer.socket, left: targets, errors: [], url: '' });
}

function askNext(daemon: DaemonContext, state: SnatState, purpose: Purpose): HttpResponse | 'later' {
  const [target, ...left] = purpose.left;
  if (target === undefined)
    return purpose.errors.length === 0
      ? { status: 200, body: '' }
      : { status: 500, body: purpose.errors.join(', ') };
  const url = `http://${target}/whoami`;
  send(daemon, state, target, '/whoami', { ...purpose, left, url });
  return 'later';
}

function send(daemon: DaemonContext, state: SnatState, target: string, path: string, purpose: Purpose): void {
  const match = /^(?:\[([^\]]+)\]|([^:]*))(?::(\d{1,5}))?$/.exec(target);
  const request: OutboundRequest = {
    method: 'GET',
    host: match?.[1] ?? match?.[2] ?? '',
    port: Number(match?.[3] ?? '80'),
    target: path,
    timeoutMs: REQUEST_MS,
    purpose,
  };
  startRequest(daemon, state.outbound, request);
}

function judged(
  daemon: DaemonContext,
  state: SnatState,
  purpose: Purpose,
  outcome: OutboundOutcome,
): HttpResponse | 'later' {
  const wrong = outcome.ok ? snatOf(state, utf8Decode(outcome.response.body)) : outcome.message;
  const errors = wrong === undefined ? purpose.errors : [...purpose.errors, wrong];
  return askNext(daemon, state, { ...purpose, errors });
}

function snatOf({ podIp, nodeIp }: SnatState, body: string): string | undefined {
  const [seen = ''] = body.split(':');
  if (seen === podIp) return undefined;
  const start = `Returned ip "${seen}" != my Pod ip "${podIp}"`;
  return seen === nodeIp
    ? `${start}, == my Node ip "${nodeIp}" - SNAT`
    : `${start} or my Node ip "${nodeIp}" - SNAT to unexpected ip (possible SNAT through unexpected interface on the way into another node)`;
}

function answerProxy(
  daemon: DaemonContext,
  state: SnatState,
  request: HttpRequest,
  peer: HttpPeer,
): HttpResponse | 'later' {
  if (request.path !== '/checknosnat') return notFound();
  const [target, ips] = ['target', 'ips'].map((name) => request.query.get(name) ?? '');
  const path = `/checknosnat?ips=${ips ?? ''}`;
  const url = `http://${target ?? ''}${path}`;
  send(daemon, state, target ?? '', path, { asker: peer.socket, left: [], errors: [], url });
  return 'later';
}

function passed({ url }: Purpose, outcome: OutboundOutcome): HttpResponse {
  return outcome.ok
    ? { status: outcome.response.status, body: outcome.response.body }
    : { status: 500, body: `error querying ${JSON.stringify(url)}, err: ${outcome.message}` };
}

function notFound(): HttpResponse {
  return { status: 404, headers: { 'X-Content-Type-Options': 'nosniff' }, body: '404 page not found\n' };
}

function stop(daemon: DaemonContext, message: string): undefined {
  daemon.logError(`${message}\n`);
  daemon.exit(1);
  return undefined;
}
