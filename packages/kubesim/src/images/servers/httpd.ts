import type { DaemonProgram } from '@podwire/machine';
import type { SocketId } from '@podwire/netsim';
import { newHttpServer, onHttpEvent } from '../http/server.ts';
import type { HttpServerState } from '../http/server.ts';
import { accessLine, serveFile } from './static-files.ts';

const SERVER = 'Apache/2.4.65 (Unix)';
const SITE = { root: '/usr/local/apache2/htdocs', index: ['index.html'], server: SERVER };
const PORT = 80;

export const HTTPD_FILES: Readonly<Record<string, string>> = {
  '/usr/local/apache2/htdocs/index.html': '<html><body><h1>It works!</h1></body></html>\n',
};

interface HttpdState {
  readonly http: HttpServerState;
  readonly listeners: readonly SocketId[];
}

/** Apache's httpd with its default site. */
export const httpd: DaemonProgram<HttpdState | undefined> = {
  kind: 'daemon',
  start: (daemon) => {
    const listener = daemon.net.listenTcp({ address: '::', port: PORT });
    if (listener.ok) return { http: newHttpServer(), listeners: [listener.value] };
    daemon.logError(
      '(98)Address already in use: AH00072: make_sock: could not bind to address 0.0.0.0:80\nno listening sockets available, shutting down\nAH00015: Unable to open logs\n',
    );
    daemon.exit(1);
    return undefined;
  },
  onEvent: (daemon, state, event) => {
    if (state === undefined) return;
    const handled = onHttpEvent(daemon, state.http, state.listeners, event, (request, peer) => {
      const response = serveFile(daemon, SITE, request);
      daemon.log(
        `${accessLine(daemon.nowMs(), peer.remote.address, request, response).replace(/ "[^"]*" "[^"]*"$/, '')}\n`,
      );
      return response;
    });
    if (!handled && event.kind === 'signal' && event.signal === 'SIGTERM') daemon.exit(0);
  },
};
