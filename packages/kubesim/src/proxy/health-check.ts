import type { NetnsId, Network, SocketEvent, SocketId } from '@podwire/netsim';
import { concat, parseRequest, renderResponse } from '../images/http/message.ts';

/** What load balancers are told of one Service on this node (SVC21). */
export interface HealthTarget {
  readonly namespace: string;
  readonly name: string;
  readonly localEndpoints: number;
}

interface HealthConnection {
  readonly port: number;
  input: Uint8Array;
}

/** Plain data. */
export interface HealthCheckState {
  /** Port → the Service that its listener speaks for. */
  readonly targets: Map<number, HealthTarget>;
  readonly listeners: Map<SocketId, number>;
  readonly connections: Map<SocketId, HealthConnection>;
}

export function newHealthCheckState(): HealthCheckState {
  return { targets: new Map(), listeners: new Map(), connections: new Map() };
}

/** Connections served at a time; the oldest goes when one more comes. */
const MAX_CONNECTIONS = 128;

export interface HealthCheckWiring {
  readonly network: Network;
  readonly netns: NetnsId;
  /** Who the network says owns the sockets. */
  readonly owner: string;
  readonly nowMs: () => number;
}

/** Listens on the health check ports of these Services and on no others. A port that something else has stays closed, as with the real proxy. */
export function syncHealthChecks(
  { network, netns, owner }: HealthCheckWiring,
  state: HealthCheckState,
  targets: ReadonlyMap<number, HealthTarget>,
): void {
  state.targets.clear();
  for (const [port, target] of targets) state.targets.set(port, target);
  for (const [socket, port] of state.listeners) {
    if (targets.has(port)) continue;
    network.close(socket);
    state.listeners.delete(socket);
  }
  const open = new Set(state.listeners.values());
  for (const port of targets.keys()) {
    if (open.has(port)) continue;
    const listener = network.listenTcp(netns, owner, { address: '0.0.0.0', port });
    if (listener.ok) state.listeners.set(listener.value, port);
  }
}

export function onHealthCheckEvent(
  wiring: HealthCheckWiring,
  state: HealthCheckState,
  socket: SocketId,
  event: SocketEvent,
): void {
  const port = state.listeners.get(socket);
  if (port !== undefined) {
    if (event.kind === 'incoming') acceptAll(wiring, state, socket, port);
    return;
  }
  const connection = state.connections.get(socket);
  if (connection === undefined) return;
  if (event.kind === 'failed') hangUp(wiring, state, socket);
  else serve(wiring, state, socket, connection);
}

function acceptAll(
  wiring: HealthCheckWiring,
  state: HealthCheckState,
  listener: SocketId,
  port: number,
): void {
  // Bounded by the listener's backlog.
  for (let next = wiring.network.accept(listener); next.ok; next = wiring.network.accept(listener)) {
    const connection: HealthConnection = { port, input: new Uint8Array() };
    state.connections.set(next.value, connection);
    const oldest =
      state.connections.size > MAX_CONNECTIONS ? state.connections.keys().next().value : undefined;
    if (oldest !== undefined) hangUp(wiring, state, oldest);
    serve(wiring, state, next.value, connection);
  }
}

function serve(
  wiring: HealthCheckWiring,
  state: HealthCheckState,
  socket: SocketId,
  connection: HealthConnection,
): void {
  for (;;) {
    const received = wiring.network.receive(socket);
    if (!received.ok || received.value === undefined) {
      hangUp(wiring, state, socket);
      return;
    }
    if (received.value.length === 0) return;
    connection.input = concat(connection.input, received.value);
    const parsed = parseRequest(connection.input);
    if (parsed.kind === 'incomplete') continue;
    const response =
      parsed.kind === 'request'
        ? answer(state.targets.get(connection.port))
        : { status: parsed.status, body: '' };
    const headOnly = parsed.kind === 'request' && parsed.request.method === 'HEAD';
    // The response is far smaller than a send buffer.
    wiring.network.send(
      socket,
      renderResponse(response, { nowMs: wiring.nowMs(), headOnly, keepAlive: false }),
    );
    hangUp(wiring, state, socket);
    return;
  }
}

/** 200 where the Service has endpoints on this node, 503 where it has none. */
function answer(target: HealthTarget | undefined): ReturnType<typeof jsonResponse> {
  if (target === undefined) return jsonResponse(404, {});
  const { namespace, name, localEndpoints } = target;
  return jsonResponse(localEndpoints > 0 ? 200 : 503, {
    service: { namespace, name },
    localEndpoints,
    serviceProxyHealthy: true,
  });
}

function jsonResponse(
  status: number,
  value: object,
): { readonly status: number; readonly headers: Readonly<Record<string, string>>; readonly body: string } {
  return {
    status,
    headers: { 'Content-Type': 'application/json', 'X-Content-Type-Options': 'nosniff' },
    body: `${JSON.stringify(value, null, '\t')}\n`,
  };
}

function hangUp({ network }: HealthCheckWiring, state: HealthCheckState, socket: SocketId): void {
  state.connections.delete(socket);
  network.close(socket);
}
