import type { DaemonContext, DaemonEvent, DaemonProgram } from '@podwire/machine';
import type { SocketId } from '@podwire/netsim';
import { utf8Decode, utf8Encode } from '@podwire/sim';
import { numberFlag, parseFlags } from '../flags.ts';
import { completeResponse, newHttpServer, onHttpEvent } from '../http/server.ts';
import type { HttpPeer, HttpServerState } from '../http/server.ts';
import { GO_PLAIN_TEXT, loadChain } from '../http/tls-files.ts';
import type { HttpRequest, HttpResponse } from '../http/message.ts';
import { hostPort, klogLine } from '../log-line.ts';
import { newDialState, onDialEvent, startDial } from './dial.ts';
import type { DialFinished, DialState } from './dial.ts';
import { echo, exitPage, goTime, headerText, redirect, requestLine, text } from './netexec-pages.ts';
import { newShellState, shellEnded, startShell } from './shell-page.ts';
import type { ShellState } from './shell-page.ts';
import { upload } from './upload.ts';

const FLAGS = {
  'http-port': 'number',
  'udp-port': 'number',
  'sctp-port': 'number',
  'http-override': 'text',
  'http-listen-addresses': 'text',
  'udp-listen-addresses': 'text',
  'delay-shutdown': 'number',
  'tls-cert-file': 'text',
  'tls-private-key-file': 'text',
} as const;
const DEFAULT_HTTP_PORT = 8080;
const DEFAULT_UDP_PORT = 8081;
const MAX_DATAGRAMS_PER_EVENT = 64;
const LOG_SOURCE = 'log.go:244';

interface NetexecState {
  readonly httpPort: number;
  readonly udpPort: number;
  readonly override: string | undefined;
  readonly delayShutdownSeconds: number;
  readonly http: HttpServerState;
  readonly listeners: readonly SocketId[];
  /** Its certificates, DER, when it speaks TLS. */
  readonly chain: readonly Uint8Array[] | undefined;
  readonly udpSockets: readonly SocketId[];
  readonly startedMs: number;
  readonly dials: DialState;
  readonly shells: ShellState;
  terminating: boolean;
}

/** Go listens on both families where no address is given. */
const ANY_ADDRESS = '::';

/** `agnhost netexec`: answers over HTTP and UDP who it is and who asks. */
export const netexec: DaemonProgram<NetexecState | undefined> = {
  kind: 'daemon',
  start: (daemon) => {
    const parsed = parseFlags(daemon.argv.slice(2), FLAGS);
    if (!parsed.ok) return fail(daemon, `Error: ${parsed.message}\n`);
    const { flags } = parsed;
    if (numberFlag(flags, 'sctp-port', -1) >= 0)
      return fail(daemon, 'netexec: serving SCTP is not part of this simulation; leave --sctp-port out\n');
    const httpPort = numberFlag(flags, 'http-port', DEFAULT_HTTP_PORT);
    const udpPort = numberFlag(flags, 'udp-port', DEFAULT_UDP_PORT);
    const listeners: SocketId[] = [];
    for (const address of addresses(flags.values.get('http-listen-addresses'))) {
      const listener = daemon.net.listenTcp({ address, port: httpPort });
      if (!listener.ok)
        return fail(
          daemon,
          klogLine(
            daemon,
            LOG_SOURCE,
            `listen tcp ${address === ANY_ADDRESS ? '' : address}:${httpPort}: bind: ${listener.errno === 'EADDRINUSE' ? 'address already in use' : 'cannot assign requested address'}`,
          ),
        );
      listeners.push(listener.value);
    }
    const certificateFile = flags.values.get('tls-cert-file') ?? '';
    const keyFile = flags.values.get('tls-private-key-file') ?? '';
    const secure = certificateFile !== '' || keyFile !== '';
    const loaded = secure ? loadChain(daemon, certificateFile, keyFile) : undefined;
    if (loaded?.ok === false) return fail(daemon, klogLine(daemon, LOG_SOURCE, loaded.message));
    daemon.logError(
      klogLine(daemon, LOG_SOURCE, `Started ${secure ? 'HTTPS' : 'HTTP'} server on port ${httpPort}`),
    );
    const udpSockets: SocketId[] = [];
    if (udpPort >= 0) {
      for (const address of addresses(flags.values.get('udp-listen-addresses'))) {
        const socket = daemon.net.bindUdp({ address, port: udpPort });
        if (!socket.ok)
          return fail(
            daemon,
            klogLine(
              daemon,
              LOG_SOURCE,
              `failed to create listener for UDP address :${udpPort}: listen udp :${udpPort}: bind: ${socket.errno === 'EADDRINUSE' ? 'address already in use' : 'cannot assign requested address'}`,
            ),
          );
        udpSockets.push(socket.value);
      }
      daemon.logError(
        klogLine(
          daemon,
          LOG_SOURCE,
          `Started UDP server on port ${flags.values.get('udp-listen-addresses') ?? ''} ${udpPort}`,
        ),
      );
    }
    return {
      httpPort,
      udpPort,
      override: flags.values.get('http-override'),
      delayShutdownSeconds: numberFlag(flags, 'delay-shutdown', 0),
      http: newHttpServer(),
      listeners,
      chain: loaded?.chain,
      udpSockets,
      startedMs: daemon.nowMs(),
      dials: newDialState(),
      shells: newShellState(),
      terminating: false,
    };
  },
  onEvent: (daemon, state, event) => {
    if (state === undefined) return;
    const { chain } = state;
    const https =
      chain === undefined
        ? undefined
        : { listeners: state.listeners, chooseChain: () => chain, toPlainText: GO_PLAIN_TEXT };
    const handled = onHttpEvent(
      daemon,
      state.http,
      state.listeners,
      event,
      (request, peer) => handle(daemon, state, request, peer),
      https,
    );
    if (handled) return;
    if (onDialEvent(daemon, state.dials, event, dialFinished(daemon, state))) return;
    if (event.kind === 'child') shellEnded(daemon, state.shells, event, dialFinished(daemon, state));
    if (event.kind === 'readable') answerDatagrams(daemon, state, event.socket);
    else if (event.kind === 'timer') daemon.exit(event.name === 'exit' ? Number(event.data) : 0);
    else if (event.kind === 'signal') onSignal(daemon, state, event);
  },
};

function fail(daemon: DaemonContext, message: string): undefined {
  daemon.logError(message);
  daemon.exit(1);
  return undefined;
}

function addresses(list: string | undefined): readonly string[] {
  return list === undefined || list === '' ? [ANY_ADDRESS] : list.split(',');
}

function onSignal(
  daemon: DaemonContext,
  state: NetexecState,
  event: Extract<DaemonEvent, { kind: 'signal' }>,
): void {
  if (event.signal !== 'SIGTERM') return;
  if (state.delayShutdownSeconds === 0) {
    daemon.exit(0);
    return;
  }
  daemon.logError(
    klogLine(daemon, LOG_SOURCE, `Sleeping ${state.delayShutdownSeconds} seconds before terminating...`),
  );
  state.terminating = true;
  daemon.timer('shutdown', state.delayShutdownSeconds * 1000);
}

function handle(
  daemon: DaemonContext,
  state: NetexecState,
  request: HttpRequest,
  peer: HttpPeer,
): HttpResponse | 'later' {
  const target =
    state.override === undefined ? request : { ...request, method: 'GET', ...overridden(state.override) };
  const say = (line: string): void => daemon.logError(klogLine(daemon, LOG_SOURCE, line));
  const { path } = target;
  if (path === '/dial') {
    const [host, protocol, port, asked, tries] = ['host', 'protocol', 'port', 'request', 'tries'].map(
      (name) => target.query.get(name) ?? '',
    );
    say(`GET /dial?host=${host}&protocol=${protocol}&port=${port}&request=${asked}&tries=${tries}`);
    return startDial(daemon, state.dials, target, peer.socket, dialFinished(daemon, state));
  }
  if (path === '/shell') return startShell(daemon, state.shells, target, peer.socket);
  if (path === '/exit') return exitPage(daemon, target);
  const line = requestLine(target);
  say(line);
  switch (path) {
    case '/clientip':
      return text(hostPort(peer.remote));
    case '/serverport':
      return text(String(state.httpPort));
    case '/hostname':
    case '/hostName':
      return text(daemon.machine.hostname);
    case '/header':
      return text(headerText(target));
    case '/echo':
      return echo(target);
    case '/healthz':
      return { status: 200, body: '' };
    case '/readyz':
      return state.terminating ? { status: 503, body: 'shutting down' } : text('ok');
    case '/redirect':
      return redirect(target);
    case '/shutdown':
      daemon.exit(0);
      return 'later';
    case '/upload':
      return upload(daemon, target);
    default:
      return text(
        `NOW: ${goTime(daemon.nowMs())} m=+${((daemon.nowMs() - state.startedMs) / 1000).toFixed(9)}`,
      );
  }
}

function dialFinished(daemon: DaemonContext, state: NetexecState): DialFinished {
  return (asker, response) =>
    completeResponse(daemon, state.http, asker, response, (request, peer) =>
      handle(daemon, state, request, peer),
    );
}

function overridden(override: string): Pick<HttpRequest, 'path' | 'query'> {
  const [path = '/', query = ''] = override.split('?', 2);
  return {
    path,
    query: new Map(
      query.split('&').map((part): [string, string] => [part.split('=')[0] ?? '', part.split('=')[1] ?? '']),
    ),
  };
}

function answerDatagrams(daemon: DaemonContext, state: NetexecState, socket: SocketId): void {
  if (!state.udpSockets.includes(socket)) return;
  for (let read = 0; read < MAX_DATAGRAMS_PER_EVENT; read++) {
    const datagram = daemon.net.receiveFrom(socket);
    if (datagram === undefined) return;
    const answer = udpAnswer(
      daemon,
      state,
      utf8Decode(datagram.data).trim().toLowerCase(),
      hostPort(datagram.from),
    );
    if (answer !== undefined) daemon.net.sendTo(socket, datagram.from, utf8Encode(answer));
  }
}

function udpAnswer(
  daemon: DaemonContext,
  state: NetexecState,
  command: string,
  client: string,
): string | undefined {
  const say = (line: string): void => daemon.logError(klogLine(daemon, LOG_SOURCE, line));
  if (command === 'hostname') {
    say('Sending udp hostName response');
    return daemon.machine.hostname;
  }
  if (command.startsWith('echo ')) {
    say(`Echoing ${command.slice(5)} to UDP client ${client}`);
    return command.slice(5);
  }
  if (command === 'clientip') {
    say(`Sending clientip back to UDP client ${client}`);
    return client;
  }
  if (command === 'serverport') {
    say(`Sending server port to UDP client ${state.udpPort}`);
    return String(state.udpPort);
  }
  if (command !== '') say(`Unknown UDP command received from ${client}: ${command}`);
  return undefined;
}
