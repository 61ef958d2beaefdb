import type { DaemonContext, DaemonProgram } from '@podwire/machine';
import type { SocketId } from '@podwire/netsim';
import { utf8Decode } from '@podwire/sim';
import type { KubeClient } from '../../api/client.ts';
import { KUBERNETES_CLIENT_SERVICE } from '../../dns/program.ts';
import { numberFlag, parseFlags } from '../flags.ts';
import type { HttpRequest, HttpResponse } from '../http/message.ts';
import { newOutbound, onOutboundEvent, startRequest } from '../http/outbound.ts';
import type { OutboundOutcome, OutboundState } from '../http/outbound.ts';
import { newHttpServer, onHttpEvent } from '../http/server.ts';
import type { HttpServerState } from '../http/server.ts';
import { klogLine } from '../log-line.ts';

const FLAGS = {
  port: 'number',
  peers: 'number',
  service: 'text',
  namespace: 'text',
  'delay-shutdown': 'number',
} as const;
const LOG_SOURCE = 'log.go:245';
const DEFAULT_PORT = 8080;
const DEFAULT_PEERS = 8;
/** Time between looks at the endpoints, time until it stops waiting for them, and rounds of asking. */
const LOOK_MS = 5_000;
const WAIT_MS = 300_000;
const ROUNDS = 15;
const REQUEST_MS = 30_000;
const MAX_LOG = 500;
const TERMINATED = 143;

interface NettestState {
  readonly http: HttpServerState;
  readonly listener: SocketId;
  readonly outbound: OutboundState;
  readonly service: string;
  readonly namespace: string;
  readonly peers: number;
  readonly delayShutdownSeconds: number;
  readonly startedMs: number;
  readonly sent: Map<string, number>;
  readonly received: Map<string, number>;
  readonly errors: string[];
  readonly log: string[];
  round: number;
  contacting: boolean;
}

/** `agnhost nettest`: asks all its peers, waits to be asked by them, and says how it went. */
export const nettest: DaemonProgram<NettestState | undefined> = {
  kind: 'daemon',
  start: (daemon) => {
    const parsed = parseFlags(daemon.argv.slice(2), FLAGS);
    if (!parsed.ok) return stop(daemon, `Error: ${parsed.message}\n`);
    const { flags } = parsed;
    const service = flags.values.get('service') ?? 'nettest';
    if (service === '') return stop(daemon, line(daemon, 'Must provide -service flag.'));
    if (clientOf(daemon) === undefined)
      return stop(
        daemon,
        line(
          daemon,
          'Unable to create config; error: unable to load in-cluster configuration, KUBERNETES_SERVICE_HOST and KUBERNETES_SERVICE_PORT must be defined',
        ),
      );
    const port = numberFlag(flags, 'port', DEFAULT_PORT);
    const listener = daemon.net.listenTcp({ address: '::', port });
    if (!listener.ok) return stop(daemon, line(daemon, `listen tcp :${port}: bind: address already in use`));
    daemon.timer('look', 0);
    return {
      http: newHttpServer(),
      listener: listener.value,
      outbound: newOutbound(),
      service,
      namespace: flags.values.get('namespace') ?? 'default',
      peers: numberFlag(flags, 'peers', DEFAULT_PEERS),
      delayShutdownSeconds: numberFlag(flags, 'delay-shutdown', 0),
      startedMs: daemon.nowMs(),
      sent: new Map(),
      received: new Map(),
      errors: [],
      log: [],
      round: 0,
      contacting: true,
    };
  },
  onEvent: (daemon, state, event) => {
    if (state === undefined) return;
    if (event.kind === 'timer' && event.name === 'look') return look(daemon, state);
    if (event.kind === 'timer' && event.name === 'exit') return daemon.exit(0);
    if (event.kind === 'signal' && event.signal === 'SIGTERM') {
      if (state.delayShutdownSeconds === 0) return daemon.exit(TERMINATED);
      daemon.logError(line(daemon, `Sleeping ${state.delayShutdownSeconds} seconds before exit ...`));
      return daemon.timer('exit', state.delayShutdownSeconds * 1000);
    }
    if (onOutboundEvent(daemon, state.outbound, event, (at, outcome) => heard(state, String(at), outcome)))
      return;
    onHttpEvent(daemon, state.http, [state.listener], event, (request) => answer(daemon, state, request));
  },
};

function clientOf(daemon: DaemonContext): KubeClient | undefined {
  return daemon.machine.service(KUBERNETES_CLIENT_SERVICE) as KubeClient | undefined;
}

/** Waits until there are enough peers, then asks all of them some rounds long. */
function look(daemon: DaemonContext, state: NettestState): void {
  const { namespace, service, peers } = state;
  const found = endpointsOf(daemon, state);
  const waits = state.round === 0 && daemon.nowMs() - state.startedMs < WAIT_MS;
  if (waits && found.length < peers) {
    say(
      state,
      `${namespace}/${service} has ${found.length} endpoints ([${found.join(' ')}]), which is less than ${peers} as expected. Waiting for all endpoints to come up.`,
    );
    return daemon.timer('look', LOOK_MS);
  }
  if (state.round >= ROUNDS) {
    state.contacting = false;
    return;
  }
  state.round++;
  for (const at of found) {
    say(state, `Attempting to contact ${at}`);
    const match = /^http:\/\/\[?(.+?)\]?:(\d+)$/.exec(at);
    startRequest(daemon, state.outbound, {
      method: 'POST',
      host: match?.[1] ?? '',
      port: Number(match?.[2] ?? '0'),
      target: '/write',
      headers: { 'Content-Type': 'application/json' },
      body: JSON.stringify({ Source: daemon.machine.hostname, Dest: at }),
      timeoutMs: REQUEST_MS,
      purpose: at,
    });
  }
  daemon.timer('look', LOOK_MS);
}

function endpointsOf(daemon: DaemonContext, state: NettestState): readonly string[] {
  const endpoints = clientOf(daemon)?.get('Endpoints', state.namespace, state.service);
  if (endpoints === undefined) {
    const { namespace, service } = state;
    say(
      state,
      `Unable to read the endpoints for ${namespace}/${service}: endpoints ${JSON.stringify(service)} not found.`,
    );
    return [];
  }
  const found = (endpoints.subsets ?? []).flatMap((subset) =>
    (subset.addresses ?? []).flatMap(({ ip }) =>
      (subset.ports ?? []).map(({ port }) => `http://${ip.includes(':') ? `[${ip}]` : ip}:${port}`),
    ),
  );
  return [...new Set(found)].sort();
}

function heard(state: NettestState, at: string, outcome: OutboundOutcome): void {
  if (!outcome.ok)
    return say(state, `Warning: unable to contact the endpoint ${JSON.stringify(at)}: ${outcome.message}`);
  const body = utf8Decode(outcome.response.body);
  const hostname = /"Hostname":"([^"]*)"/.exec(body)?.[1];
  if (hostname === undefined) say(state, `Warning: unable to unmarshal response (${body}) from '${at}'`);
  else count(state.sent, hostname);
}

function count(counts: Map<string, number>, name: string): void {
  if (counts.size < MAX_LOG || counts.has(name)) counts.set(name, (counts.get(name) ?? 0) + 1);
}

function say({ log }: NettestState, text: string): void {
  log.push(text);
  if (log.length > MAX_LOG) log.shift();
}

function answer(daemon: DaemonContext, state: NettestState, request: HttpRequest): HttpResponse {
  const hostname = daemon.machine.hostname;
  switch (request.path) {
    case '/quit':
      daemon.timer('exit', 0);
      return { status: 200, body: '' };
    case '/status':
      return { status: 200, body: statusOf(state) };
    case '/read':
      return { status: 200, body: JSON.stringify(report(state, hostname), undefined, '\t') };
    case '/write': {
      const source = sourceOf(utf8Decode(request.body));
      if (typeof source === 'string') count(state.received, source);
      else state.errors.push(source.error, `${hostname}: Got request with no source`);
      return { status: 200, body: `${JSON.stringify({ Hostname: hostname })}\n` };
    }
    default:
      return { status: 404, headers: { 'X-Content-Type-Options': 'nosniff' }, body: '404 page not found\n' };
  }
}

function statusOf(state: NettestState): 'pass' | 'running' | 'fail' {
  const { sent, received, peers, namespace, service } = state;
  if (sent.size >= peers && received.size >= peers) return 'pass';
  if (state.contacting) return 'running';
  say(
    state,
    `Declaring failure for ${namespace}/${service} with ${sent.size} sent and ${received.size} received and ${peers} peers`,
  );
  return 'fail';
}

function report(state: NettestState, hostname: string): object {
  const counts = (map: ReadonlyMap<string, number>): object | null =>
    map.size === 0 ? null : Object.fromEntries([...map].sort(([left], [right]) => (left < right ? -1 : 1)));
  const list = (lines: readonly string[]): readonly string[] | null => (lines.length === 0 ? null : lines);
  return {
    Hostname: hostname,
    Sent: counts(state.sent),
    Received: counts(state.received),
    Errors: list(state.errors),
    Log: list(state.log),
    StillContactingPeers: state.contacting,
  };
}

function sourceOf(body: string): string | { readonly error: string } {
  try {
    const read = JSON.parse(body) as { readonly Source?: unknown } | null;
    return typeof read?.Source === 'string' && read.Source !== '' ? read.Source : { error: 'no source' };
  } catch {
    return {
      error:
        body === ''
          ? 'EOF'
          : `invalid character ${JSON.stringify(body.slice(0, 1))} looking for beginning of value`,
    };
  }
}

function line(daemon: DaemonContext, text: string): string {
  return klogLine(daemon, LOG_SOURCE, text);
}

function stop(daemon: DaemonContext, message: string): undefined {
  daemon.logError(message);
  daemon.exit(1);
  return undefined;
}
