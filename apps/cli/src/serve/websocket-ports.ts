import type { ApiPortConnection, ApiRequest } from '@podwire/kubesim';
import type { RawData, WebSocket } from 'ws';
import type { PortForwardContext } from './port-forward.ts';
import { InputQueue } from './port-forward.ts';
import { bytesOf, codecOf, sendTo } from './websocket-channels.ts';

export const PORT_CHANNEL_PROTOCOLS: readonly string[] = ['v4.channel.k8s.io', 'v4.base64.channel.k8s.io'];

const NORMAL_CLOSURE = 1000;
/** A byte holds the channel, and each port has two. */
const MAX_PORTS = 127;
const MAX_PORT = 65_535;

type PortsOutcome =
  { readonly ok: true; readonly ports: readonly number[] } | { readonly ok: false; readonly message: string };

/** The `port` parameters of the request, as the kubelet reads them. */
export function portsOf({ query }: ApiRequest): PortsOutcome {
  const given = query.filter(([name]) => name === 'port' || name === 'ports').map(([, value]) => value);
  if (given.length === 0) return { ok: false, message: 'query parameter "port" is required' };
  const ports: number[] = [];
  for (const text of given.flatMap((value) => value.split(','))) {
    const port = /^\d{1,5}$/.test(text) ? Number(text) : Number.NaN;
    if (!(port <= MAX_PORT)) return { ok: false, message: `unable to parse "${text}" as a port` };
    if (port < 1) return { ok: false, message: `port "${text}" must be > 0` };
    ports.push(port);
  }
  return ports.length > MAX_PORTS
    ? { ok: false, message: `at most ${MAX_PORTS} ports` }
    : { ok: true, ports };
}

/** One connection for each port: a channel of data, and one of errors; both begin with the port's number. */
export function servePortsOverWebSocket(
  client: WebSocket,
  { api, clock }: PortForwardContext,
  request: ApiRequest,
  ports: readonly number[],
): void {
  const codec = codecOf(client.protocol);
  const send = (channel: number, data: Uint8Array): void => sendTo(client, codec.encode(channel, data));
  const inputs: (InputQueue | undefined)[] = [];
  const connections: ApiPortConnection[] = [];
  let open = ports.length;
  const ended = (): void => {
    open--;
    if (open === 0) client.close(NORMAL_CLOSURE);
  };
  clock.catchUp();
  for (const [index, port] of ports.entries()) {
    const [data, error] = [2 * index, 2 * index + 1];
    const number = Buffer.alloc(2);
    number.writeUInt16LE(port);
    send(data, number);
    send(error, number);
    const connection = api.connectPort(request, port);
    if (connection.kind === 'refused') {
      send(error, Buffer.from(connection.response.body ?? []));
      ended();
      continue;
    }
    connections.push(connection);
    inputs[index] = new InputQueue(connection, clock);
    connection.onData((bytes) => send(data, bytes));
    connection.onEnd((message) => {
      inputs[index]?.stop();
      if (message !== undefined) send(error, Buffer.from(message));
      ended();
    });
  }
  client.on('message', (message: RawData) => {
    const decoded = codec.decode(bytesOf(message));
    if (decoded === undefined || decoded.channel % 2 !== 0) return;
    inputs[decoded.channel / 2]?.push(decoded.data);
  });
  client.on('error', () => client.terminate());
  client.on('close', () => {
    for (const input of inputs) input?.stop();
    for (const connection of connections) connection.close();
    clock.wake();
  });
  clock.wake();
}
