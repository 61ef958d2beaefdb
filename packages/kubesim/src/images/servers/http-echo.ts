import type { DaemonProgram } from '@podwire/machine';
import type { SocketId } from '@podwire/netsim';
import { parseFlags } from '../flags.ts';
import { newHttpServer, onHttpEvent } from '../http/server.ts';
import type { HttpServerState } from '../http/server.ts';

const DEFAULT_LISTEN = ':5678';

interface HttpEchoState {
  readonly http: HttpServerState;
  readonly listeners: readonly SocketId[];
  readonly text: string;
  readonly status: number;
}

/** hashicorp/http-echo: one text for every request. */
export const httpEcho: DaemonProgram<HttpEchoState | undefined> = {
  kind: 'daemon',
  start: (daemon) => {
    const parsed = parseFlags(daemon.argv.slice(1), {
      listen: 'text',
      text: 'text',
      'status-code': 'number',
      version: 'switch',
    });
    const refuse = (message: string): undefined => {
      daemon.logError(`${message}\n`);
      daemon.exit(127);
      return undefined;
    };
    if (!parsed.ok) return refuse(parsed.message);
    const { values } = parsed.flags;
    const text = values.get('text') ?? daemon.env.get('ECHO_TEXT') ?? '';
    if (text === '') return refuse('Missing -text option or ECHO_TEXT env var!');
    const port = Number((values.get('listen') ?? DEFAULT_LISTEN).split(':').at(-1));
    const listener = daemon.net.listenTcp({ address: '::', port });
    if (!listener.ok)
      return refuse(`[ERR] Error starting server: listen tcp :${port}: bind: address already in use`);
    daemon.log(`[INFO] server is listening on ${values.get('listen') ?? DEFAULT_LISTEN}\n`);
    return {
      http: newHttpServer(),
      listeners: [listener.value],
      text,
      status: Number(values.get('status-code') ?? 200),
    };
  },
  onEvent: (daemon, state, event) => {
    if (state === undefined) return;
    const handled = onHttpEvent(daemon, state.http, state.listeners, event, (request) =>
      request.path === '/health'
        ? { status: 200, headers: { 'Content-Type': 'application/json' }, body: '{"status":"ok"}' }
        : { status: state.status, headers: { 'X-App-Name': 'http-echo' }, body: `${state.text}\n` },
    );
    if (!handled && event.kind === 'signal' && (event.signal === 'SIGTERM' || event.signal === 'SIGINT'))
      daemon.exit(0);
  },
};
