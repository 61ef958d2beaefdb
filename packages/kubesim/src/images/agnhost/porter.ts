import type { DaemonProgram } from '@podwire/machine';
import type { SocketId } from '@podwire/netsim';
import { newHttpServer, onHttpEvent } from '../http/server.ts';
import type { HttpServerState } from '../http/server.ts';
import { parseFlags } from '../flags.ts';
import { klogLine } from '../log-line.ts';

const LOG_SOURCE = 'log.go:244';
const MAX_SERVERS = 256;

interface PorterState {
  readonly http: HttpServerState;
  /** Listener → what it answers. */
  readonly bodies: Map<SocketId, string>;
  /** `--json-response`: the answer says the request's method, too. */
  readonly asJson: boolean;
}

/** `agnhost porter`: for each variable `SERVE_PORT_<port>` a web server that answers with its value. */
export const porter: DaemonProgram<PorterState> = {
  kind: 'daemon',
  start: (daemon) => {
    const bodies = new Map<SocketId, string>();
    const parsed = parseFlags(daemon.argv.slice(2), { 'json-response': 'switch' });
    if (!parsed.ok) {
      daemon.logError(`Error: ${parsed.message}\n`);
      daemon.exit(1);
    }
    const asJson = parsed.ok && parsed.flags.values.get('json-response') === 'true';
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
    return { http: newHttpServer(), bodies, asJson };
  },
  onEvent: (daemon, state, event) => {
    const listeners = [...state.bodies.keys()];
    const handled = onHttpEvent(daemon, state.http, listeners, event, (request, peer) => {
      const body = state.bodies.get(peer.listener) ?? '';
      if (!state.asJson) return { status: 200, body };
      return {
        status: 200,
        headers: { 'content-type': 'application/json' },
        body: JSON.stringify({ Method: request.method, Body: body }),
      };
    });
    if (!handled && event.kind === 'signal' && event.signal === 'SIGTERM') daemon.exit(143);
  },
};
