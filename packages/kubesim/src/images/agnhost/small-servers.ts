import type { DaemonContext, DaemonEvent, DaemonProgram } from '@podwire/machine';
import type { SocketId } from '@podwire/netsim';
import { utf8Decode, utf8Encode } from '@podwire/sim';
import { numberFlag, parseFlags } from '../flags.ts';
import type { HttpRequest, HttpResponse } from '../http/message.ts';
import { newHttpServer, onHttpEvent } from '../http/server.ts';
import type { HttpServerState } from '../http/server.ts';
import { hostPort, klogLine } from '../log-line.ts';
import { normalPath } from '../servers/static-files.ts';

const LOG_SOURCE = 'log.go:244';
const TERMINATED = 143;
const MAX_PER_EVENT = 64;

interface WebState {
  readonly http: HttpServerState;
  readonly listener: SocketId;
  readonly startedMs: number;
}

function listen(daemon: DaemonContext, port: number): SocketId | undefined {
  const listener = daemon.net.listenTcp({ address: '::', port });
  if (listener.ok) return listener.value;
  daemon.logError(klogLine(daemon, LOG_SOURCE, `listen tcp :${port}: bind: address already in use`));
  daemon.exit(1);
  return undefined;
}

function webServer(
  portOf: (daemon: DaemonContext) => number | undefined,
  answer: (daemon: DaemonContext, state: WebState, request: HttpRequest) => HttpResponse,
): DaemonProgram<WebState | undefined> {
  return {
    kind: 'daemon',
    start: (daemon) => {
      const port = portOf(daemon);
      const listener = port === undefined ? undefined : listen(daemon, port);
      return listener === undefined
        ? undefined
        : { http: newHttpServer(), listener, startedMs: daemon.nowMs() };
    },
    onEvent: (daemon, state, event) => {
      if (state === undefined) return;
      const handled = onHttpEvent(daemon, state.http, [state.listener], event, (request) =>
        answer(daemon, state, request),
      );
      if (!handled) endOnSignal(daemon, event);
    },
  };
}

function endOnSignal(daemon: DaemonContext, event: DaemonEvent): void {
  if (event.kind === 'signal' && event.signal === 'SIGTERM') daemon.exit(TERMINATED);
}

function portFlag(daemon: DaemonContext, otherwise: number): number | undefined {
  const parsed = parseFlags(daemon.argv.slice(2), { port: 'number' });
  if (parsed.ok) return numberFlag(parsed.flags, 'port', otherwise);
  daemon.logError(`Error: ${parsed.message}\n`);
  daemon.exit(1);
  return undefined;
}

const LIVENESS_PORT = 8080;
const ALIVE_MS = 10_000;

/** `agnhost liveness`: healthy for ten seconds. */
export const liveness = webServer(
  () => LIVENESS_PORT,
  (daemon, state, request) => {
    const passedMs = daemon.nowMs() - state.startedMs;
    const seconds = passedMs / 1_000;
    switch (request.path) {
      case '/started':
        return { status: 200, body: `${seconds}s` };
      case '/healthz':
        return passedMs > ALIVE_MS ? { status: 500, body: `error: ${seconds}` } : { status: 200, body: 'ok' };
      case '/redirect': {
        const location = request.query.get('loc') ?? '';
        return { status: 302, headers: { Location: location }, body: `<a href="${location}">Found</a>.\n\n` };
      }
      default:
        return notFound();
    }
  },
);

function notFound(): HttpResponse {
  return { status: 404, headers: { 'X-Content-Type-Options': 'nosniff' }, body: '404 page not found\n' };
}

const GIT_PORT = 8000;

/** `agnhost fake-gitserver`: says that it is one, which is enough for a clone of nothing. */
export const fakeGitServer = webServer(
  () => GIT_PORT,
  () => ({ status: 200, body: 'I am a fake git server' }),
);

const AUDIT_PORT = 8080;

/** `agnhost audit-proxy`: writes the audit events that it is given, one a line. */
export const auditProxy = webServer(
  () => AUDIT_PORT,
  (daemon, _state, request) => {
    const events = auditEvents(utf8Decode(request.body));
    if (events === undefined) {
      daemon.logError(klogLine(daemon, LOG_SOURCE, 'failed decoding buf, apiVersion: audit.k8s.io/v1'));
      return { status: 500, body: '' };
    }
    for (const event of events) daemon.log(`${JSON.stringify(event)}\n`);
    return { status: 200, body: '' };
  },
);

function auditEvents(body: string): readonly object[] | undefined {
  try {
    const list = JSON.parse(body) as {
      readonly kind?: unknown;
      readonly apiVersion?: unknown;
      readonly items?: unknown;
    } | null;
    if (list?.kind !== 'EventList' || list.apiVersion !== 'audit.k8s.io/v1') return undefined;
    return Array.isArray(list.items) ? (list.items as readonly object[]) : [];
  } catch {
    return undefined;
  }
}

const WEB_PORT = 80;
const WEB_HEADERS = {
  'Cache-Control': 'private',
  'Access-Control-Allow-Origin': '*',
  'Access-Control-Allow-Credentials': 'true',
  'Access-Control-Allow-Methods': 'GET, POST, OPTIONS',
  'Access-Control-Allow-Headers':
    'DNT,X-Mx-ReqToken,Keep-Alive,User-Agent,X-Requested-With,Cache-Control,Content-Type',
} as const;

/** `agnhost test-webserver`: the files of its container. */
export const testWebserver = webServer(
  (daemon) => portFlag(daemon, WEB_PORT),
  (daemon, _state, request) => {
    const path = normalPath(request.path);
    const info = path === undefined ? undefined : daemon.fs.stat(path);
    if (path === undefined || info?.ok !== true) return notFound();
    if (info.value.kind === 'directory') {
      const names = daemon.fs.list(path);
      const rows = (names.ok ? names.value : []).map((name) => `<a href="${name}">${name}</a>\n`);
      const type = 'text/html; charset=utf-8';
      return {
        status: 200,
        headers: { ...WEB_HEADERS, 'Content-Type': type },
        body: `<!doctype html>\n<meta name="viewport" content="width=device-width">\n<pre>\n${rows.join('')}</pre>\n`,
      };
    }
    const file = daemon.fs.readFile(path);
    if (!file.ok) return { status: 403, body: '403 Forbidden\n' };
    const type = path.endsWith('.json') ? 'application/json' : 'text/plain; charset=utf-8';
    return { status: 200, headers: { ...WEB_HEADERS, 'Content-Type': type }, body: file.value };
  },
);

const RESET_PORT = 8080;

/** `agnhost tcp-reset`: reads one byte of each connection and closes it, which resets it while more is unread. */
export const tcpReset: DaemonProgram<{ readonly listener: SocketId } | undefined> = {
  kind: 'daemon',
  start: (daemon) => {
    const port = portFlag(daemon, RESET_PORT);
    const listener = port === undefined ? undefined : listen(daemon, port);
    if (listener === undefined) return undefined;
    daemon.logError(klogLine(daemon, LOG_SOURCE, `Serving on port ${port}.`));
    return { listener };
  },
  onEvent: (daemon, state, event) => {
    if (state === undefined) return;
    if (event.kind === 'incoming' && event.listener === state.listener) {
      for (let accepted = 0; accepted < MAX_PER_EVENT; accepted++)
        if (!daemon.net.accept(state.listener).ok) return;
    } else if (event.kind === 'readable' || event.kind === 'end') {
      const remote = daemon.net.network.socketInfo(event.socket)?.remote;
      daemon.net.receive(event.socket, 1);
      daemon.net.close(event.socket);
      if (remote !== undefined)
        daemon.logError(klogLine(daemon, LOG_SOURCE, `TCP request from ${hostPort(remote)}`));
    } else if (event.kind === 'signal' && event.signal === 'SIGTERM') {
      daemon.logError(klogLine(daemon, LOG_SOURCE, 'Shutting down after receiving signal: terminated.'));
      daemon.logError(klogLine(daemon, LOG_SOURCE, 'Awaiting pod deletion.'));
      daemon.exit(0);
    }
  },
};

/** After the last chunk the other side gets this long to hear of the end, ms. */
const LINGER_MS = 500;
const MAX_CHUNK_BYTES = 1_048_576;

interface ForwardState {
  readonly listener: SocketId;
  readonly expected: string;
  readonly chunks: number;
  readonly chunkBytes: number;
  readonly intervalMs: number;
  socket: SocketId | undefined;
  received: string;
  sent: number;
}

/** `agnhost port-forward-tester`: one connection, checked and answered in chunks. */
export const portForwardTester: DaemonProgram<ForwardState | undefined> = {
  kind: 'daemon',
  start: (daemon) => {
    const env = (name: string): string => daemon.env.get(name) ?? '';
    const address =
      env('BIND_ADDRESS') === '' || env('BIND_ADDRESS') === 'localhost' ? '127.0.0.1' : env('BIND_ADDRESS');
    const listener = daemon.net.listenTcp({ address, port: Number(env('BIND_PORT')) });
    const fail = (message: string): undefined => {
      daemon.log(message);
      daemon.exit(1);
      return undefined;
    };
    if (!listener.ok)
      return fail(`Error listening: listen tcp ${address}:${env('BIND_PORT')}: ${listener.errno}\n`);
    const numbers = ['CHUNKS', 'CHUNK_SIZE', 'CHUNK_INTERVAL'].map((name) => ({ name, text: env(name) }));
    const wrong = numbers.find(({ text }) => !/^\d{1,7}$/.test(text));
    if (wrong !== undefined)
      return fail(
        `Error parsing ${wrong.name} ${JSON.stringify(wrong.text)}: strconv.Atoi: parsing ${JSON.stringify(wrong.text)}: invalid syntax\n`,
      );
    const [chunks = 0, chunkBytes = 0, intervalMs = 0] = numbers.map(({ text }) => Number(text));
    return {
      listener: listener.value,
      expected: env('EXPECTED_CLIENT_DATA'),
      chunks,
      chunkBytes: Math.min(chunkBytes, MAX_CHUNK_BYTES),
      intervalMs,
      socket: undefined,
      received: '',
      sent: 0,
    };
  },
  onEvent: (daemon, state, event) => {
    if (state === undefined) return;
    if (event.kind === 'incoming' && state.socket === undefined) {
      const accepted = daemon.net.accept(state.listener);
      if (!accepted.ok) return;
      state.socket = accepted.value;
      daemon.log('Accepted client connection\n');
      if (state.expected === '') sendChunk(daemon, state, accepted.value);
    } else if ((event.kind === 'readable' || event.kind === 'end') && event.socket === state.socket) {
      hearClient(daemon, state, event.socket);
    } else if (event.kind === 'timer' && state.socket !== undefined) {
      if (event.name === 'chunk') sendChunk(daemon, state, state.socket);
      else {
        daemon.net.close(state.socket);
        daemon.log('Done\n');
        daemon.exit(0);
      }
    } else endOnSignal(daemon, event);
  },
};

function hearClient(daemon: DaemonContext, state: ForwardState, socket: SocketId): void {
  if (state.received.length >= state.expected.length) return;
  const wanted = state.expected.length - state.received.length;
  const got = daemon.net.receive(socket, wanted);
  if (!got.ok || got.value === undefined) {
    daemon.log(
      `Expected to read ${state.expected.length} bytes from client, but got ${state.received.length} instead. err=EOF\n`,
    );
    return daemon.exit(2);
  }
  state.received += utf8Decode(got.value);
  if (state.received.length < state.expected.length) return;
  if (state.received !== state.expected) {
    daemon.log(
      `Expect to read ${JSON.stringify(state.expected)}, but got ${JSON.stringify(state.received)}. err=<nil>\n`,
    );
    return daemon.exit(3);
  }
  daemon.log('Received expected client data\n');
  sendChunk(daemon, state, socket);
}

function sendChunk(daemon: DaemonContext, state: ForwardState, socket: SocketId): void {
  if (state.sent < state.chunks) {
    daemon.net.send(socket, utf8Encode('x'.repeat(state.chunkBytes)));
    state.sent++;
  }
  if (state.sent < state.chunks) return daemon.timer('chunk', state.intervalMs);
  daemon.log('Shutting down connection\n');
  daemon.net.shutdown(socket);
  daemon.timer('close', LINGER_MS);
}
