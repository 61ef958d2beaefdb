import type { DaemonContext, DaemonProgram } from '@podwire/machine';
import type { SocketId } from '@podwire/netsim';
import { utf8Encode } from '@podwire/sim';
import { numberFlag, parseFlags } from '../flags.ts';
import { newHttpServer, onHttpEvent } from '../http/server.ts';
import type { HttpServerState } from '../http/server.ts';
import { hostPort, klogLine } from '../log-line.ts';

const FLAGS = { tcp: 'switch', udp: 'switch', http: 'switch', close: 'switch', port: 'number' } as const;
const DEFAULT_PORT = 9376;
const LOG_SOURCE = 'log.go:244';
const MAX_PER_EVENT = 64;

interface ServeHostnameState {
  readonly http: HttpServerState;
  readonly httpListeners: readonly SocketId[];
  readonly tcpListener: SocketId | undefined;
  readonly udpSocket: SocketId | undefined;
}

/** `agnhost serve-hostname`: its pod's name, over HTTP (the default), TCP or UDP. */
export const serveHostname: DaemonProgram<ServeHostnameState | undefined> = {
  kind: 'daemon',
  start: (daemon) => {
    const parsed = parseFlags(daemon.argv.slice(2), FLAGS);
    if (!parsed.ok) return fail(daemon, `Error: ${parsed.message}\n`);
    const { flags } = parsed;
    const port = numberFlag(flags, 'port', DEFAULT_PORT);
    const wants = (name: string, otherwise: boolean): boolean =>
      (flags.values.get(name) ?? String(otherwise)) === 'true';
    const http = wants('http', true);
    const tcp = wants('tcp', false);
    if (http && tcp)
      return fail(
        daemon,
        klogLine(daemon, LOG_SOURCE, "Can't server TCP and HTTP at the same time, pick one."),
      );
    const listener = http || tcp ? daemon.net.listenTcp({ address: '::', port }) : undefined;
    if (listener?.ok === false)
      return fail(daemon, klogLine(daemon, LOG_SOURCE, `listen tcp :${port}: bind: address already in use`));
    const udp = wants('udp', false) ? daemon.net.bindUdp({ address: '::', port }) : undefined;
    if (udp?.ok === false)
      return fail(daemon, klogLine(daemon, LOG_SOURCE, `listen udp :${port}: bind: address already in use`));
    daemon.logError(klogLine(daemon, LOG_SOURCE, `Serving on port ${port}.`));
    return {
      http: newHttpServer(),
      httpListeners: http && listener !== undefined ? [listener.value] : [],
      tcpListener: tcp ? listener?.value : undefined,
      udpSocket: udp?.value,
    };
  },
  onEvent: (daemon, state, event) => {
    if (state === undefined) return;
    const name = daemon.machine.hostname;
    const handled = onHttpEvent(daemon, state.http, state.httpListeners, event, (_request, peer) => {
      daemon.logError(klogLine(daemon, LOG_SOURCE, `HTTP request from ${hostPort(peer.remote)}`));
      return { status: 200, body: name };
    });
    if (handled) return;
    if (event.kind === 'incoming' && event.listener === state.tcpListener)
      answerTcp(daemon, event.listener, name);
    else if (event.kind === 'readable' && event.socket === state.udpSocket)
      answerUdp(daemon, event.socket, name);
    else if (event.kind === 'signal' && event.signal === 'SIGTERM') daemon.exit(0);
  },
};

function fail(daemon: DaemonContext, message: string): undefined {
  daemon.logError(message);
  daemon.exit(1);
  return undefined;
}

function answerTcp(daemon: DaemonContext, listener: SocketId, name: string): void {
  for (let accepted = 0; accepted < MAX_PER_EVENT; accepted++) {
    const socket = daemon.net.accept(listener);
    if (!socket.ok) return;
    const remote = daemon.net.network.socketInfo(socket.value)?.remote;
    if (remote !== undefined)
      daemon.logError(klogLine(daemon, LOG_SOURCE, `TCP request from ${hostPort(remote)}`));
    daemon.net.send(socket.value, utf8Encode(name));
    daemon.net.close(socket.value);
  }
}

function answerUdp(daemon: DaemonContext, socket: SocketId, name: string): void {
  for (let read = 0; read < MAX_PER_EVENT; read++) {
    const datagram = daemon.net.receiveFrom(socket);
    if (datagram === undefined) return;
    daemon.logError(klogLine(daemon, LOG_SOURCE, `UDP request from ${hostPort(datagram.from)}`));
    daemon.net.sendTo(socket, datagram.from, utf8Encode(name));
  }
}
