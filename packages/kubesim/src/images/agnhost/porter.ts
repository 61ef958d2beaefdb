import type { DaemonProgram } from '@podwire/machine';
import type { SocketId } from '@podwire/netsim';
import { newHttpServer, onHttpEvent } from '../http/server.ts';
import type { HttpServerState } from '../http/server.ts';
import { klogLine } from '../log-line.ts';

const LOG_SOURCE = 'log.go:244';
const MAX_SERVERS = 256;

interface PorterState {
  readonly http: HttpServerState;
  /** Listener → what it answers. */
  readonly bodies: Map<SocketId, string>;
}

/** `agnhost porter`: for each variable `SERVE_PORT_<port>` a web server that answers with its value. */
export const porter: DaemonProgram<PorterState> = {
  kind: 'daemon',
  start: (daemon) => {
    const bodies = new Map<SocketId, string>();
    for (const [name, value] of daemon.env) {
      const port = Number(/^SERVE_PORT_(\d{1,5})$/.exec(name)?.[1] ?? 0);
      if (/^SERVE_(TLS|SCTP)_PORT_\d+$/.test(name))
        daemon.logError(`porter: ${name}: TLS and SCTP are not part of this simulation\n`);
      if (port === 0 || port > 65_535 || bodies.size >= MAX_SERVERS) continue;
      const listener = daemon.net.listenTcp({ address: '::', port });
      if (listener.ok) bodies.set(listener.value, value);
      else
        daemon.logError(
          klogLine(
            daemon,
            LOG_SOURCE,
            `server on port "${port}" failed: listen tcp 0.0.0.0:${port}: bind: address already in use`,
          ),
        );
    }
    return { http: newHttpServer(), bodies };
  },
  onEvent: (daemon, state, event) => {
    const listeners = [...state.bodies.keys()];
    const handled = onHttpEvent(daemon, state.http, listeners, event, (_request, peer) => ({
      status: 200,
      body: state.bodies.get(peer.listener) ?? '',
    }));
    if (!handled && event.kind === 'signal' && event.signal === 'SIGTERM') daemon.exit(143);
  },
};
