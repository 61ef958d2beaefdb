import type { DaemonContext, DaemonProgram } from '@podwire/machine';
import type { SocketId } from '@podwire/netsim';
import { newHttpServer, onHttpEvent } from '../http/server.ts';
import type { HttpHandler, HttpServerState } from '../http/server.ts';
import { GO_PLAIN_TEXT, loadChain } from '../http/tls-files.ts';
import { parseFlags } from '../flags.ts';
import { klogLine } from '../log-line.ts';

const LOG_SOURCE = 'log.go:244';
const MAX_SERVERS = 256;

interface PorterState {
  readonly http: HttpServerState;
  /** Listener → what it answers. */
  readonly bodies: Map<SocketId, string>;
  /** Those of the listeners that speak TLS. */
  readonly secure: readonly SocketId[];
  readonly chain: readonly Uint8Array[];
  /** `--json-response`: the answer says the request's method, too. */
  readonly asJson: boolean;
}

/**
 * `agnhost porter`: for each variable `SERVE_PORT_<port>`, or `SERVE_TLS_PORT_<port>`, a web server that answers with
 * its value. The certificate is that of the files `CERT_FILE` and `KEY_FILE`, else the image's own.
 */
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
    const secure: SocketId[] = [];
    let chain: readonly Uint8Array[] = [];
    for (const [name, value] of daemon.env) {
      const [, tls, digits = '0'] = /^SERVE_(TLS_)?PORT_(\d{1,5})$/.exec(name) ?? [];
      if (/^SERVE_SCTP_PORT_\d+$/.test(name))
        daemon.logError(`porter: ${name}: SCTP is not part of this simulation\n`);
      const port = Number(digits);
      if (port === 0 || port > 65_535 || bodies.size >= MAX_SERVERS) continue;
      const failed = (why: string): void => daemon.logError(failure(daemon, port, tls !== undefined, why));
      if (tls !== undefined && chain.length === 0) {
        const [certificate, key] = certificateFiles(daemon).map(fromRoot);
        const loaded = loadChain(daemon, certificate ?? '', key ?? '');
        if (!loaded.ok) {
          failed(loaded.message);
          continue;
        }
        ({ chain } = loaded);
      }
      const listener = daemon.net.listenTcp({ address: '::', port });
      if (!listener.ok) {
        failed(`listen tcp 0.0.0.0:${port}: bind: address already in use`);
        continue;
      }
      bodies.set(listener.value, value);
      if (tls !== undefined) secure.push(listener.value);
    }
    return { http: newHttpServer(), bodies, secure, chain, asJson };
  },
  onEvent: (daemon, state, event) => {
    const listeners = [...state.bodies.keys()];
    const { chain, secure } = state;
    const answer: HttpHandler = (request, peer) => {
      const body = state.bodies.get(peer.listener) ?? '';
      if (!state.asJson) return { status: 200, body };
      return {
        status: 200,
        headers: { 'content-type': 'application/json' },
        body: JSON.stringify({ Method: request.method, Body: body }),
      };
    };
    const https = { listeners: secure, chooseChain: () => chain, toPlainText: GO_PLAIN_TEXT };
    const handled = onHttpEvent(daemon, state.http, listeners, event, answer, https);
    if (!handled && event.kind === 'signal' && event.signal === 'SIGTERM') daemon.exit(143);
  },
};

/** agnhost's image works in its root. */
function fromRoot(path: string): string {
  return path.startsWith('/') ? path : `/${path}`;
}

/** The image's own, unless the environment names others. */
function certificateFiles({ env }: DaemonContext): readonly [certificate: string, key: string] {
  return [env.get('CERT_FILE') ?? 'localhost.crt', env.get('KEY_FILE') ?? 'localhost.key'];
}

function failure(daemon: DaemonContext, port: number, tls: boolean, why: string): string {
  if (!tls) return klogLine(daemon, LOG_SOURCE, `server on port "${port}" failed: ${why}`);
  const [certificate, key] = certificateFiles(daemon);
  const files = `certFile=${JSON.stringify(certificate)}, keyFile=${JSON.stringify(key)}`;
  return klogLine(daemon, LOG_SOURCE, `tls server on port "${port}" with ${files} failed: ${why}`);
}
