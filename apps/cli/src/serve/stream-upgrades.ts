import type { IncomingMessage } from 'node:http';
import { STATUS_CODES } from 'node:http';
import type { Duplex } from 'node:stream';
import type { ApiRequest, ApiResponse, ApiTransport } from '@podwire/kubesim';
import { WebSocketServer } from 'ws';
import type { RawData } from 'ws';
import { statusResponse, toApiRequest } from './api-request.ts';
import type { ClusterClock } from './cluster-clock.ts';
import { userOf } from './identity.ts';
import { PORT_FORWARD_PROTOCOL, servePortForward, TUNNEL_PROTOCOL } from './port-forward.ts';
import { bytesOf, COMMAND_PROTOCOLS, serveRemoteCommand } from './remote-command.ts';

export interface UpgradeContext {
  readonly api: ApiTransport;
  readonly clock: Pick<ClusterClock, 'catchUp' | 'wake'>;
}

/** One message of a terminal; kubectl sends 32 KiB at most. */
const MAX_MESSAGE_BYTES = 4 * 1_024 * 1_024;

const PORT_FORWARD = /\/portforward$/;

/** Takes over connections for exec, attach and port-forward, by WebSocket as kubectl does since 1.31 (KEP-4006); port-forward by SPDY too. */
export class StreamUpgrades {
  readonly #context: UpgradeContext;
  readonly #sockets = new Set<Duplex>();
  readonly #webSockets = new WebSocketServer({
    noServer: true,
    perMessageDeflate: false,
    maxPayload: MAX_MESSAGE_BYTES,
    handleProtocols: (offered) => COMMAND_PROTOCOLS.find((protocol) => offered.has(protocol)) ?? false,
  });

  readonly #tunnels = new WebSocketServer({
    noServer: true,
    perMessageDeflate: false,
    maxPayload: MAX_MESSAGE_BYTES,
  });

  constructor(context: UpgradeContext) {
    this.#context = context;
    this.#tunnels.on('headers', (headers) => headers.push(`Sec-WebSocket-Protocol: ${TUNNEL_PROTOCOL}`));
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
    if (PORT_FORWARD.test(wanted.path)) return this.#forwardPorts(request, wanted, socket, head);
    const upgraded = this.#context.api.upgrade(wanted);
    if (upgraded.kind === 'refused') return refuse(socket, upgraded.response);
    this.#webSockets.handleUpgrade(request, socket, head, (client) =>
      serveRemoteCommand(client, upgraded, this.#context.clock),
    );
    this.#context.clock.wake();
  }

  #forwardPorts(request: IncomingMessage, wanted: ApiRequest, socket: Duplex, head: Buffer): void {
    const refusal = portRefusal(this.#context.api, wanted);
    if (refusal !== undefined) return refuse(socket, refusal);
    if (isSpdy(request)) return this.#forwardOverSpdy(wanted, socket, head);
    // Its name has a slash, which no token of HTTP has: the handshake is made without it, and the answer names it.
    delete request.headers['sec-websocket-protocol'];
    this.#tunnels.handleUpgrade(request, socket, head, (client) => {
      const connection = servePortForward(this.#context, wanted, {
        write: (bytes) => client.send(bytes),
        end: () => client.close(),
      });
      client.on('message', (message: RawData) => void connection.feed(bytesOf(message)));
      client.on('error', () => client.terminate());
      client.on('close', () => connection.close());
    });
  }

  /** As clients did before WebSockets, and do where those fail. */
  #forwardOverSpdy(wanted: ApiRequest, socket: Duplex, head: Buffer): void {
    socket.write(
      `HTTP/1.1 101 Switching Protocols\r\nConnection: Upgrade\r\nUpgrade: SPDY/3.1\r\nX-Stream-Protocol-Version: ${PORT_FORWARD_PROTOCOL}\r\n\r\n`,
    );
    const connection = servePortForward(this.#context, wanted, {
      write: (bytes) => void socket.write(bytes),
      end: () => void socket.end(),
    });
    if (head.length > 0) void connection.feed(head);
    socket.on('data', (bytes: Buffer) => void connection.feed(bytes));
    socket.on('close', () => connection.close());
  }
}

function isSpdy(request: IncomingMessage): boolean {
  return (request.headers.upgrade ?? '').toLowerCase() === 'spdy/3.1';
}

/** Port 0 is none, so this asks only whether the pod is there and the user may. */
function portRefusal(api: ApiTransport, wanted: ApiRequest): ApiResponse | undefined {
  const asked = api.connectPort(wanted, 0);
  if (asked.kind !== 'refused') {
    asked.close();
    return undefined;
  }
  return asked.response.status === 400 ? undefined : asked.response;
}

/** Why a connection can't be taken over here, or undefined when it can. */
function refusalOf(request: IncomingMessage, path: string): string | undefined {
  if (PORT_FORWARD.test(path) && isSpdy(request)) return undefined;
  if ((request.headers.upgrade ?? '').toLowerCase() !== 'websocket')
    return 'unable to upgrade: this simulated cluster takes exec and attach over WebSockets alone, as kubectl 1.31 and later send them';
  const offered = (request.headers['sec-websocket-protocol'] ?? '').split(',').map((name) => name.trim());
  const taken: readonly string[] = PORT_FORWARD.test(path) ? [TUNNEL_PROTOCOL] : COMMAND_PROTOCOLS;
  return taken.some((protocol) => offered.includes(protocol))
    ? undefined
    : `unable to upgrade: none of the subprotocols ${taken.join(', ')} was offered`;
}

function refuse(socket: Duplex, { status, headers, body }: ApiResponse): void {
  const content = Buffer.from(body ?? []);
  const lines = Object.entries({ ...headers, 'content-length': String(content.length), connection: 'close' });
  const head = lines.map(([name, value]) => `${name}: ${value}\r\n`).join('');
  socket.write(`HTTP/1.1 ${status} ${STATUS_CODES[status] ?? 'Unknown'}\r\n${head}\r\n`);
  socket.end(content);
}
