import type { IncomingMessage } from 'node:http';
import { STATUS_CODES } from 'node:http';
import type { Duplex } from 'node:stream';
import type { ApiRequest, ApiResponse, ApiTransport } from '@podwire/kubesim';
import { WebSocketServer } from 'ws';
import { statusResponse, toApiRequest } from './api-request.ts';
import type { ClusterClock } from './cluster-clock.ts';
import { userOf } from './identity.ts';
import { COMMAND_PROTOCOLS, serveRemoteCommand } from './remote-command.ts';

export interface UpgradeContext {
  readonly api: ApiTransport;
  readonly clock: Pick<ClusterClock, 'catchUp' | 'wake'>;
}

/** One message of a terminal; kubectl sends 32 KiB at most. */
const MAX_MESSAGE_BYTES = 4 * 1_024 * 1_024;

/** Takes over connections for exec and attach, by WebSocket as kubectl does since 1.31 (KEP-4006). */
export class StreamUpgrades {
  readonly #context: UpgradeContext;
  readonly #sockets = new Set<Duplex>();
  readonly #webSockets = new WebSocketServer({
    noServer: true,
    perMessageDeflate: false,
    maxPayload: MAX_MESSAGE_BYTES,
    handleProtocols: (offered) => COMMAND_PROTOCOLS.find((protocol) => offered.has(protocol)) ?? false,
  });

  constructor(context: UpgradeContext) {
    this.#context = context;
  }

  accept(request: IncomingMessage, socket: Duplex, head: Buffer): void {
    this.#sockets.add(socket);
    socket.on('close', () => this.#sockets.delete(socket));
    // A client that goes away is none of our concern.
    socket.on('error', () => socket.destroy());
    this.#context.clock.catchUp();
    const user = userOf(request, this.#context.api);
    if (user === undefined) return refuse(socket, statusResponse(401, 'Unauthorized', 'Unauthorized'));
    const wanted = toApiRequest(request, new Uint8Array(0), user);
    const refusal = refusalOf(request, wanted?.path ?? '');
    if (wanted === undefined || refusal !== undefined)
      return refuse(socket, statusResponse(400, 'BadRequest', refusal ?? 'unable to upgrade this method'));
    this.#takeOver(request, wanted, socket, head);
  }

  closeAll(): void {
    for (const socket of this.#sockets) socket.destroy();
  }

  #takeOver(request: IncomingMessage, wanted: ApiRequest, socket: Duplex, head: Buffer): void {
    const upgraded = this.#context.api.upgrade(wanted);
    if (upgraded.kind === 'refused') return refuse(socket, upgraded.response);
    this.#webSockets.handleUpgrade(request, socket, head, (client) =>
      serveRemoteCommand(client, upgraded, this.#context.clock),
    );
    this.#context.clock.wake();
  }
}

/** Why a connection can't be taken over here, or undefined when it can. */
function refusalOf(request: IncomingMessage, path: string): string | undefined {
  if (path.endsWith('/portforward'))
    return 'port-forward is not offered by this simulated cluster yet: use kubectl exec, or a NodePort from inside';
  if ((request.headers.upgrade ?? '').toLowerCase() !== 'websocket')
    return 'unable to upgrade: this simulated cluster takes exec and attach over WebSockets alone, as kubectl 1.31 and later send them';
  const offered = (request.headers['sec-websocket-protocol'] ?? '').split(',').map((name) => name.trim());
  return COMMAND_PROTOCOLS.some((protocol) => offered.includes(protocol))
    ? undefined
    : `unable to upgrade: none of the subprotocols ${COMMAND_PROTOCOLS.join(', ')} was offered`;
}

function refuse(socket: Duplex, { status, headers, body }: ApiResponse): void {
  const content = Buffer.from(body ?? []);
  const lines = Object.entries({ ...headers, 'content-length': String(content.length), connection: 'close' });
  const head = lines.map(([name, value]) => `${name}: ${value}\r\n`).join('');
  socket.write(`HTTP/1.1 ${status} ${STATUS_CODES[status] ?? 'Unknown'}\r\n${head}\r\n`);
  socket.end(content);
}
