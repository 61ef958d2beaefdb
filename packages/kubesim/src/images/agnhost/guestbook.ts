import type { DaemonContext, DaemonProgram } from '@podwire/machine';
import type { SocketId } from '@podwire/netsim';
import { utf8Decode } from '@podwire/sim';
import { parseFlags } from '../flags.ts';
import type { HttpRequest, HttpResponse } from '../http/message.ts';
import { newOutbound, onOutboundEvent, startRequest } from '../http/outbound.ts';
import type { OutboundOutcome, OutboundState } from '../http/outbound.ts';
import { completeResponse, newHttpServer, onHttpEvent } from '../http/server.ts';
import type { HttpPeer, HttpServerState } from '../http/server.ts';
import { hostPort, klogLine } from '../log-line.ts';

const FLAGS = { 'http-port': 'text', 'backend-port': 'text', replicaof: 'text' } as const;
const LOG_SOURCE = 'log.go:245';
/** How long a replica tries to register, how long it waits between tries, how long one request takes, ms. */
const REGISTER_MS = 15_000;
const RETRY_MS = 1_000;
const REQUEST_MS = 5_000;
const TERMINATED = 143;
/** What a book holds: keys, and replicas that are told of them. */
const MAX_KEYS = 10_000;
const MAX_REPLICAS = 64;

interface GuestbookState {
  readonly http: HttpServerState;
  readonly listener: SocketId;
  readonly outbound: OutboundState;
  readonly backendPort: number;
  readonly replicaOf: string;
  readonly startedMs: number;
  readonly store: Map<string, string>;
  readonly replicas: string[];
}

/** Why a request of ours is under way. */
type Purpose =
  | { readonly kind: 'register' }
  | { readonly kind: 'propagate'; readonly asker: SocketId; readonly request: string; readonly next: number }
  | { readonly kind: 'forward'; readonly asker: SocketId };

/** `agnhost guestbook`: a book with a primary and replicas, and a page in front of both. */
export const guestbook: DaemonProgram<GuestbookState | undefined> = {
  kind: 'daemon',
  start: (daemon) => {
    const parsed = parseFlags(daemon.argv.slice(2), FLAGS);
    if (!parsed.ok) return stop(daemon, `Error: ${parsed.message}\n`);
    const { values } = parsed.flags;
    const port = Number(values.get('http-port') ?? '80');
    const backendPort = Number(values.get('backend-port') ?? '6379');
    if (![port, backendPort].every((each) => Number.isInteger(each) && each > 0 && each < 65_536))
      return stop(daemon, line(daemon, `listen tcp: address ${values.get('http-port') ?? ''}: invalid port`));
    const listener = daemon.net.listenTcp({ address: '::', port });
    if (!listener.ok) return stop(daemon, line(daemon, `listen tcp :${port}: bind: address already in use`));
    const state: GuestbookState = {
      http: newHttpServer(),
      listener: listener.value,
      outbound: newOutbound(),
      backendPort,
      replicaOf: values.get('replicaof') ?? '',
      startedMs: daemon.nowMs(),
      store: new Map(),
      replicas: [],
    };
    if (state.replicaOf !== '') daemon.timer('register', 0);
    return state;
  },
  onEvent: (daemon, state, event) => {
    if (state === undefined) return;
    const finished = (purpose: unknown, outcome: OutboundOutcome): void =>
      onOutcome(daemon, state, purpose as Purpose, outcome);
    if (event.kind === 'timer' && event.name === 'register') return register(daemon, state);
    if (onOutboundEvent(daemon, state.outbound, event, finished)) return;
    const handled = onHttpEvent(daemon, state.http, [state.listener], event, (request, peer) =>
      answer(daemon, state, request, peer),
    );
    if (!handled && event.kind === 'signal' && event.signal === 'SIGTERM') daemon.exit(TERMINATED);
  },
};

function register(daemon: DaemonContext, state: GuestbookState): void {
  if (daemon.nowMs() - state.startedMs >= REGISTER_MS) {
    stop(daemon, line(daemon, 'Timed out while registering to primary.'));
    return;
  }
  const own = ownAddress(daemon);
  if (own === undefined) return daemon.timer('register', RETRY_MS);
  const target = `register?host=${own}`;
  const at = hostPort({ address: state.replicaOf, port: state.backendPort });
  daemon.logError(line(daemon, `Registering to primary: ${at}/${target}`));
  request(daemon, state, state.replicaOf, target, { kind: 'register' });
}

/** The address that the primary is to reach this pod by. */
function ownAddress(daemon: DaemonContext): string | undefined {
  for (const { name, addresses } of daemon.net.network.interfaces(daemon.net.netns))
    if (name !== 'lo' && addresses[0] !== undefined) return addresses[0].split('/')[0];
  return undefined;
}

function request(
  daemon: DaemonContext,
  state: GuestbookState,
  host: string,
  target: string,
  purpose: Purpose,
): void {
  const wanted = { method: 'GET', host, port: state.backendPort, timeoutMs: REQUEST_MS } as const;
  startRequest(daemon, state.outbound, { ...wanted, target: `/${target}`, purpose });
}

function onOutcome(
  daemon: DaemonContext,
  state: GuestbookState,
  purpose: Purpose,
  outcome: OutboundOutcome,
): void {
  if (purpose.kind === 'register') return registered(daemon, state, outcome);
  const body = outcome.ok ? utf8Decode(outcome.response.body) : '';
  if (purpose.kind === 'forward')
    return give(
      daemon,
      state,
      purpose.asker,
      outcome.ok ? { status: 200, body } : error(417, `encountered error: ${outcome.message}`),
    );
  if (!outcome.ok) {
    const replica = state.replicas[purpose.next - 1] ?? '';
    const why = `encountered error while propagating to replica '${replica}': ${outcome.message}`;
    return give(daemon, state, purpose.asker, error(417, why));
  }
  const told = propagate(daemon, state, purpose.asker, purpose.request, purpose.next);
  if (told !== 'later') give(daemon, state, purpose.asker, told);
}

function registered(daemon: DaemonContext, state: GuestbookState, outcome: OutboundOutcome): void {
  const data = outcome.ok ? bookOf(utf8Decode(outcome.response.body)) : undefined;
  if (!outcome.ok) {
    daemon.logError(
      line(
        daemon,
        `encountered error while registering to primary: ${outcome.message}. Retrying in ${RETRY_MS / 1000}s.`,
      ),
    );
    return daemon.timer('register', RETRY_MS);
  }
  if (data === undefined) {
    stop(daemon, line(daemon, "Error while unmarshaling primary's response"));
    return;
  }
  for (const [key, value] of Object.entries(data)) if (typeof value === 'string') state.store.set(key, value);
  daemon.logError(line(daemon, `Registered to node: ${state.replicaOf}`));
}

function bookOf(text: string): object | undefined {
  try {
    const read = JSON.parse(text) as { readonly data?: unknown } | null;
    return typeof read?.data === 'object' && read.data !== null ? read.data : undefined;
  } catch {
    return undefined;
  }
}

function answer(
  daemon: DaemonContext,
  state: GuestbookState,
  asked: HttpRequest,
  peer: HttpPeer,
): HttpResponse | 'later' {
  const field = (name: string): string => asked.query.get(name) ?? '';
  const say = (text: string): void => daemon.logError(line(daemon, text));
  const [key, value, host] = [field('key'), field('value'), field('host')];
  switch (asked.path) {
    case '/register':
      say(`GET /register?host=${host}`);
      if (state.replicas.length < MAX_REPLICAS) state.replicas.push(host);
      say(`Node '${host}' registered.`);
      return json({ data: book(state) });
    case '/get':
      say(`GET /get?key=${key}`);
      return json({ data: key === '' ? book(state) : (state.store.get(key) ?? '') });
    case '/set': {
      say(`GET /set?key=${key}&value=${value}`);
      if (key === '') return error(400, 'cannot set with empty key.');
      if (state.store.size < MAX_KEYS || state.store.has(key)) state.store.set(key, value);
      return propagate(daemon, state, peer.socket, `set?key=${key}&value=${value}`, 0);
    }
    case '/guestbook': {
      const command = field('cmd').toLowerCase();
      say(`GET /guestbook?cmd=${command}&key=${key}&value=${value}`);
      if (command !== 'get' && command !== 'set') return error(400, `unsupported cmd: '${command}'`);
      if (command === 'set' && key === '') return error(400, 'cannot set with empty key.');
      const backend = command === 'get' ? 'agnhost-replica' : 'agnhost-primary';
      request(daemon, state, backend, `${command}?key=${key}&value=${value}`, {
        kind: 'forward',
        asker: peer.socket,
      });
      return 'later';
    }
    default:
      return { status: 404, headers: { 'X-Content-Type-Options': 'nosniff' }, body: '404 page not found\n' };
  }
}

/** Tells the replicas one by one. */
function propagate(
  daemon: DaemonContext,
  state: GuestbookState,
  asker: SocketId,
  target: string,
  index: number,
): HttpResponse | 'later' {
  const replica = state.replicas[index];
  if (replica === undefined) return json({ message: 'Updated' });
  request(daemon, state, replica, target, { kind: 'propagate', asker, request: target, next: index + 1 });
  return 'later';
}

function give(daemon: DaemonContext, state: GuestbookState, asker: SocketId, response: HttpResponse): void {
  completeResponse(daemon, state.http, asker, response, (asked, peer) => answer(daemon, state, asked, peer));
}

function book({ store }: GuestbookState): Readonly<Record<string, string>> {
  return Object.fromEntries([...store].sort(([left], [right]) => (left < right ? -1 : 1)));
}

function json(value: object): HttpResponse {
  return { status: 200, body: JSON.stringify(value) };
}

function error(status: number, message: string): HttpResponse {
  return { status, headers: { 'X-Content-Type-Options': 'nosniff' }, body: `${message}\n` };
}

function line(daemon: DaemonContext, text: string): string {
  return klogLine(daemon, LOG_SOURCE, text);
}

function stop(daemon: DaemonContext, message: string): undefined {
  daemon.logError(message);
  daemon.exit(1);
  return undefined;
}
