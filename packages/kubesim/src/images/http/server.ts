import type { DaemonContext, DaemonEvent } from '@podwire/machine';
import type { SocketAddress, SocketId } from '@podwire/netsim';
import { closeSession, feed, newServerSession, say, takeOutput, takeText } from '@podwire/tls';
import type { ChooseChain, TlsSession } from '@podwire/tls';
import { utf8Encode } from '@podwire/sim';
import { concat, MAX_BODY_BYTES, MAX_HEAD_BYTES, parseRequest, reasonOf, renderResponse } from './message.ts';
import type { HttpRequest, HttpResponse } from './message.ts';

/** Connections one server holds; further ones are closed at once, as with a full worker table. */
const MAX_CONNECTIONS = 512;
/** Requests served in one go before the connection waits for its next event. */
const MAX_PIPELINED = 64;
/** An idle connection is closed after this (nginx and Go servers vary between 60 s and never). */
const IDLE_TIMEOUT_MS = 60_000;

/** A server's memory: plain data, so that it forks. */
export interface HttpServerState {
  readonly connections: Map<SocketId, Connection>;
}

interface Connection {
  readonly listener: SocketId;
  input: Uint8Array;
  /** What the server says, in the clear. */
  output: Uint8Array;
  /** What the socket has not taken yet. */
  wire: Uint8Array;
  readonly tls: TlsSession | undefined;
  /** Whether the sender of a request that has begun was told to go on with its body. */
  hasLeave: boolean;
  /** Close once everything is written. */
  closing: boolean;
  remote: SocketAddress;
  idleSinceMs: number;
  /** A request whose answer is still to come: those behind it wait. */
  awaited: { readonly headOnly: boolean; readonly keepAlive: boolean } | undefined;
}

export interface HttpPeer {
  /** Names the connection to `completeResponse`. */
  readonly socket: SocketId;
  readonly remote: SocketAddress;
  readonly listener: SocketId;
  /** Present where the client speaks TLS: the name it asked for. */
  readonly tls?: { readonly serverName: string | undefined };
}

/** How a server speaks TLS on some of its listeners. */
export interface HttpsService {
  readonly listeners: readonly SocketId[];
  readonly chooseChain: ChooseChain;
  /** What a client gets that speaks plain HTTP here. */
  readonly toPlainText: Uint8Array;
}

const CONTINUE = utf8Encode('HTTP/1.1 100 Continue\r\n\r\n');

/** What servers of this simulation speak inside TLS. */
const PROTOCOLS = ['http/1.1'] as const;

/** `later`: the answer is given to `completeResponse`. */
export type HttpHandler = (request: HttpRequest, peer: HttpPeer) => HttpResponse | 'later';

export function newHttpServer(): HttpServerState {
  return { connections: new Map() };
}

/**
 * Moves a server on by one event. Events of sockets that are none of its own are left alone.
 *
 * @returns whether the event was one of this server's.
 */
export function onHttpEvent(
  daemon: DaemonContext,
  state: HttpServerState,
  listeners: readonly SocketId[],
  event: DaemonEvent,
  handler: HttpHandler,
  https?: HttpsService,
): boolean {
  if (event.kind === 'incoming') {
    if (!listeners.includes(event.listener)) return false;
    acceptAll(daemon, state, event.listener, https);
    return true;
  }
  if (!('socket' in event)) return false;
  const connection = state.connections.get(event.socket);
  if (connection === undefined) return false;
  switch (event.kind) {
    case 'readable':
    case 'end':
      read(daemon, state, event.socket, connection, handler, https);
      break;
    case 'writable':
      flush(daemon, state, event.socket, connection);
      break;
    case 'failed':
      state.connections.delete(event.socket);
      daemon.net.close(event.socket);
      break;
    case 'connected':
      break;
  }
  return true;
}

function acceptAll(
  daemon: DaemonContext,
  state: HttpServerState,
  listener: SocketId,
  https: HttpsService | undefined,
): void {
  const random = (count: number): Uint8Array =>
    Uint8Array.from({ length: count }, () => daemon.randomInt(256));
  for (let accepted = 0; accepted < MAX_CONNECTIONS; accepted++) {
    const socket = daemon.net.accept(listener);
    if (!socket.ok) return;
    dropIdle(daemon, state);
    const remote = daemon.net.network.socketInfo(socket.value)?.remote;
    if (remote === undefined || state.connections.size >= MAX_CONNECTIONS) {
      daemon.net.close(socket.value);
      continue;
    }
    state.connections.set(socket.value, {
      listener,
      input: new Uint8Array(0),
      output: new Uint8Array(0),
      wire: new Uint8Array(0),
      tls:
        https?.listeners.includes(listener) === true
          ? newServerSession({ protocols: PROTOCOLS, random })
          : undefined,
      hasLeave: false,
      closing: false,
      remote,
      idleSinceMs: daemon.nowMs(),
      awaited: undefined,
    });
  }
}

/** Idle ones go when someone new comes: a timer for each would keep an idle cluster awake. */
function dropIdle(daemon: DaemonContext, state: HttpServerState): void {
  for (const [socket, connection] of state.connections) {
    if (daemon.nowMs() - connection.idleSinceMs < IDLE_TIMEOUT_MS) continue;
    state.connections.delete(socket);
    daemon.net.close(socket);
  }
}

function read(
  daemon: DaemonContext,
  state: HttpServerState,
  socket: SocketId,
  connection: Connection,
  handler: HttpHandler,
  https: HttpsService | undefined,
): void {
  connection.idleSinceMs = daemon.nowMs();
  let ended = false;
  while (connection.input.length <= MAX_HEAD_BYTES + MAX_BODY_BYTES) {
    const got = daemon.net.receive(socket);
    if (!got.ok || got.value === undefined) {
      ended = true;
      break;
    }
    if (got.value.length === 0) break;
    if (connection.tls === undefined) connection.input = concat(connection.input, got.value);
    else ended = hear(connection, connection.tls, got.value, https) || ended;
  }
  answer(daemon, socket, connection, handler);
  if (ended) connection.closing = true;
  flush(daemon, state, socket, connection);
}

/** Takes what came over TLS. @returns whether the client has said its last. */
function hear(
  connection: Connection,
  tls: TlsSession,
  bytes: Uint8Array,
  https: HttpsService | undefined,
): boolean {
  feed(tls, bytes, https?.chooseChain);
  connection.input = concat(connection.input, takeText(tls));
  if (tls.failure?.kind === 'not-tls' && https !== undefined && tls.chain.length === 0)
    connection.wire = https.toPlainText;
  return tls.phase === 'closed' || tls.phase === 'failed';
}

function answer(daemon: DaemonContext, socket: SocketId, connection: Connection, handler: HttpHandler): void {
  for (let served = 0; served < MAX_PIPELINED && !connection.closing; served++) {
    if (connection.awaited !== undefined) return;
    const parsed = parseRequest(connection.input);
    if (parsed.kind === 'incomplete') {
      if (parsed.asksFirst === true && !connection.hasLeave) {
        connection.hasLeave = true;
        connection.output = concat(connection.output, CONTINUE);
      }
      return;
    }
    connection.hasLeave = false;
    if (parsed.kind === 'malformed') {
      const body = `${parsed.status} ${reasonOf(parsed.status)}`;
      connection.output = concat(
        connection.output,
        renderResponse(
          { status: parsed.status, body },
          { nowMs: daemon.nowMs(), headOnly: false, keepAlive: false },
        ),
      );
      connection.closing = true;
      return;
    }
    connection.input = connection.input.slice(parsed.consumedBytes);
    const { request } = parsed;
    const how = { headOnly: request.method === 'HEAD', keepAlive: request.keepAlive };
    const { remote, listener, tls } = connection;
    const response = handler(request, {
      socket,
      remote,
      listener,
      ...(tls === undefined ? {} : { tls: { serverName: tls.serverName } }),
    });
    if (response === 'later') connection.awaited = how;
    else write(daemon, connection, response, how);
  }
}

function write(
  daemon: DaemonContext,
  connection: Connection,
  response: HttpResponse,
  how: { readonly headOnly: boolean; readonly keepAlive: boolean },
): void {
  connection.output = concat(connection.output, renderResponse(response, { nowMs: daemon.nowMs(), ...how }));
  if (!how.keepAlive) connection.closing = true;
}

/** Gives the answer that a handler put off. A client that has gone by now gets none. */
export function completeResponse(
  daemon: DaemonContext,
  state: HttpServerState,
  socket: SocketId,
  response: HttpResponse,
  handler: HttpHandler,
): void {
  const connection = state.connections.get(socket);
  if (connection?.awaited === undefined) return;
  write(daemon, connection, response, connection.awaited);
  connection.awaited = undefined;
  answer(daemon, socket, connection, handler);
  flush(daemon, state, socket, connection);
}

function flush(
  daemon: DaemonContext,
  state: HttpServerState,
  socket: SocketId,
  connection: Connection,
): void {
  const { tls } = connection;
  if (tls !== undefined) {
    say(tls, connection.output);
    if (connection.closing) closeSession(tls);
  }
  connection.wire = concat(connection.wire, tls === undefined ? connection.output : takeOutput(tls));
  connection.output = new Uint8Array(0);
  while (connection.wire.length > 0) {
    const sent = daemon.net.send(socket, connection.wire);
    if (!sent.ok) {
      state.connections.delete(socket);
      daemon.net.close(socket);
      return;
    }
    if (sent.value === 0) return;
    connection.wire = connection.wire.slice(sent.value);
  }
  if (!connection.closing) return;
  state.connections.delete(socket);
  daemon.net.close(socket);
}
