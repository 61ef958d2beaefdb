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
import { serveCommandOverSpdy, SPDY_COMMAND_PROTOCOLS } from './spdy-command.ts';
import { bytesOf } from './websocket-channels.ts';
import { COMMAND_PROTOCOLS, serveCommandOverWebSocket } from './websocket-command.ts';
import { PORT_CHANNEL_PROTOCOLS, portsOf, servePortsOverWebSocket } from './websocket-ports.ts';
import { READER_PROTOCOLS, readableOverWebSocket, serveReaderOverWebSocket } from './websocket-reader.ts';

export interface UpgradeContext {
  readonly api: ApiTransport;
  readonly clock: Pick<ClusterClock, 'catchUp' | 'wake'>;
}

/** One message of a terminal; kubectl sends 32 KiB at most. */
const MAX_MESSAGE_BYTES = 4 * 1_024 * 1_024;

const PORT_FORWARD = /\/portforward$/;
const SPDY = 'spdy/3.1';
/** The subprotocol of one who names none. */
const UNNAMED = '';

/**
 * Takes over connections as kube-apiserver does: exec, attach and port-forward by WebSocket (KEP-4006 and the
 * protocols before it) and by SPDY/3.1; logs and watches by WebSocket.
 */
export class StreamUpgrades {
  readonly #context: UpgradeContext;
  readonly #sockets = new Set<Duplex>();
  readonly #commands = webSocketServer(COMMAND_PROTOCOLS);
  readonly #ports = webSocketServer(PORT_CHANNEL_PROTOCOLS);
  readonly #readers = webSocketServer(READER_PROTOCOLS);
  readonly #tunnels = webSocketServer([]);

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
    if (wanted === undefined)
      return refuse(socket, statusResponse(400, 'BadRequest', 'unable to upgrade this method'));
    const offer = offerOf(request);
    if (offer === undefined)
      return refuse(socket, statusResponse(400, 'BadRequest', 'Upgrade request required'));
    if (readableOverWebSocket(wanted)) this.#read(request, wanted, offer, socket, head);
    else if (PORT_FORWARD.test(wanted.path)) this.#forwardPorts(request, wanted, offer, socket, head);
    else this.#runCommand(request, wanted, offer, socket, head);
    this.#context.clock.wake();
  }

  closeAll(): void {
    for (const socket of this.#sockets) socket.destroy();
  }

  #runCommand(
    request: IncomingMessage,
    wanted: ApiRequest,
    offer: Offer,
    socket: Duplex,
    head: Buffer,
  ): void {
    const protocol = chosenOf(offer, offer.spdy ? SPDY_COMMAND_PROTOCOLS : COMMAND_PROTOCOLS);
    const upgraded = this.#context.api.upgrade(wanted);
    if (upgraded.kind === 'refused') return refuse(socket, upgraded.response);
    if (protocol === undefined) {
      upgraded.close();
      return refuseProtocol(socket, offer, offer.spdy ? SPDY_COMMAND_PROTOCOLS : COMMAND_PROTOCOLS);
    }
    const tty = flag(wanted, 'tty');
    const streams = { stdout: flag(wanted, 'stdout'), stderr: flag(wanted, 'stderr') && !tty };
    if (!offer.spdy) {
      this.#commands.handleUpgrade(request, socket, head, (client) =>
        serveCommandOverWebSocket(client, upgraded, this.#context.clock, streams),
      );
      return;
    }
    const chosen = SPDY_COMMAND_PROTOCOLS.find((known) => known === protocol) ?? 'channel.k8s.io';
    switchToSpdy(socket, chosen);
    const wire = {
      write: (bytes: Uint8Array) => void socket.write(bytes),
      end: () => void socket.end(),
      pause: () => void socket.pause(),
      resume: () => void socket.resume(),
    };
    const connection = serveCommandOverSpdy(wire, upgraded, this.#context.clock, {
      protocol: chosen,
      stdin: flag(wanted, 'stdin'),
      tty,
      ...streams,
    });
    feedFrom(socket, head, connection);
  }

  #forwardPorts(
    request: IncomingMessage,
    wanted: ApiRequest,
    offer: Offer,
    socket: Duplex,
    head: Buffer,
  ): void {
    const refusal = portRefusal(this.#context.api, wanted);
    if (refusal !== undefined) return refuse(socket, refusal);
    if (offer.spdy) return this.#forwardOverSpdy(wanted, offer, socket, head);
    if (!offer.protocols.includes(TUNNEL_PROTOCOL))
      return this.#forwardOverChannels(request, wanted, offer, socket, head);
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

  /** Two channels for each port, as clients without SPDY ask for them. */
  #forwardOverChannels(
    request: IncomingMessage,
    wanted: ApiRequest,
    offer: Offer,
    socket: Duplex,
    head: Buffer,
  ): void {
    const ports = portsOf(wanted);
    if (!ports.ok) return refuse(socket, statusResponse(400, 'BadRequest', ports.message));
    if (chosenOf(offer, PORT_CHANNEL_PROTOCOLS) === undefined)
      return refuseProtocol(socket, offer, PORT_CHANNEL_PROTOCOLS);
    this.#ports.handleUpgrade(request, socket, head, (client) =>
      servePortsOverWebSocket(client, this.#context, wanted, ports.ports),
    );
  }

  /** As clients did before WebSockets, and do where those fail. */
  #forwardOverSpdy(wanted: ApiRequest, offer: Offer, socket: Duplex, head: Buffer): void {
    if (chosenOf(offer, [PORT_FORWARD_PROTOCOL]) === undefined)
      return refuseProtocol(socket, offer, [PORT_FORWARD_PROTOCOL]);
    switchToSpdy(socket, PORT_FORWARD_PROTOCOL);
    const connection = servePortForward(this.#context, wanted, {
      write: (bytes) => void socket.write(bytes),
      end: () => void socket.end(),
    });
    feedFrom(socket, head, connection);
  }

  #read(request: IncomingMessage, wanted: ApiRequest, offer: Offer, socket: Duplex, head: Buffer): void {
    const response = this.#context.api.handle(wanted);
    if (response.status !== 200) return refuse(socket, response);
    if (chosenOf(offer, READER_PROTOCOLS) === undefined) {
      response.stream?.close();
      return refuseProtocol(socket, offer, READER_PROTOCOLS);
    }
    this.#readers.handleUpgrade(request, socket, head, (client) =>
      serveReaderOverWebSocket(client, wanted, response),
    );
  }
}

function webSocketServer(known: readonly string[]): WebSocketServer {
  return new WebSocketServer({
    noServer: true,
    perMessageDeflate: false,
    maxPayload: MAX_MESSAGE_BYTES,
    handleProtocols: (offered) => [...offered].find((protocol) => known.includes(protocol)) ?? false,
  });
}

/** What a client can speak, in the order in which it would like to. */
interface Offer {
  readonly spdy: boolean;
  readonly protocols: readonly string[];
}

function offerOf({ headers }: IncomingMessage): Offer | undefined {
  const upgrade = (headers.upgrade ?? '').toLowerCase();
  const spdy = upgrade === SPDY;
  if (!spdy && upgrade !== 'websocket') return undefined;
  const named = headers[spdy ? 'x-stream-protocol-version' : 'sec-websocket-protocol'] ?? '';
  const protocols = [named]
    .flat()
    .join(',')
    .split(',')
    .map((name) => name.trim());
  return { spdy, protocols: protocols.filter((name) => name !== '') };
}

/** The first of the client's that is known. A WebSocket may name none; SPDY must. */
function chosenOf({ spdy, protocols }: Offer, known: readonly string[]): string | undefined {
  if (protocols.length === 0) return spdy ? undefined : UNNAMED;
  return protocols.find((protocol) => known.includes(protocol));
}

function refuseProtocol(socket: Duplex, { spdy, protocols }: Offer, known: readonly string[]): void {
  const message =
    spdy && protocols.length === 0
      ? 'unable to upgrade: X-Stream-Protocol-Version is required'
      : `unable to upgrade: unable to negotiate protocol: client supports [${protocols.join(' ')}], server accepts [${known.join(' ')}]`;
  refuse(socket, {
    status: spdy && protocols.length > 0 ? 403 : 400,
    headers: { 'content-type': 'text/plain; charset=utf-8', 'x-content-type-options': 'nosniff' },
    body: Buffer.from(`${message}\n`),
  });
}

function switchToSpdy(socket: Duplex, protocol: string): void {
  socket.write(
    `HTTP/1.1 101 Switching Protocols\r\nConnection: Upgrade\r\nUpgrade: SPDY/3.1\r\nX-Stream-Protocol-Version: ${protocol}\r\n\r\n`,
  );
}

function feedFrom(
  socket: Duplex,
  head: Buffer,
  connection: { feed(bytes: Uint8Array): Promise<void>; close(): void },
): void {
  if (head.length > 0) void connection.feed(head);
  socket.on('data', (bytes: Buffer) => void connection.feed(bytes));
  socket.on('close', () => connection.close());
}

function flag(request: ApiRequest, name: string): boolean {
  return request.query.some(([key, value]) => key === name && (value === 'true' || value === '1'));
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

function refuse(socket: Duplex, { status, headers, body }: ApiResponse): void {
  const content = Buffer.from(body ?? []);
  const lines = Object.entries({ ...headers, 'content-length': String(content.length), connection: 'close' });
  const head = lines.map(([name, value]) => `${name}: ${value}\r\n`).join('');
  socket.write(`HTTP/1.1 ${status} ${STATUS_CODES[status] ?? 'Unknown'}\r\n${head}\r\n`);
  socket.end(content);
}
