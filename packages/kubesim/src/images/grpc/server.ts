import type { DaemonContext, DaemonEvent } from '@podwire/machine';
import type { SocketId } from '@podwire/netsim';
import { concat } from '../http/message.ts';
import {
  COMPRESSION_ERROR,
  contentOf,
  encodeFrame,
  FLAG,
  FRAME,
  goAway,
  PROTOCOL_ERROR,
  settings,
  takeFrame,
} from './frames.ts';
import type { Frame } from './frames.ts';
import { decodeFields, encodeFields } from './headers.ts';
import { framed, GRPC_CODE, PREFACE } from './health.ts';

/** Connections that a server holds, streams of one of them, bytes of one request. */
const MAX_CONNECTIONS = 128;
const MAX_STREAMS = 16;
const MAX_REQUEST_BYTES = 65_536;
const MAX_FRAMES = 64;

export interface GrpcServerState {
  readonly connections: Map<SocketId, GrpcConnection>;
}

interface GrpcConnection {
  greeted: boolean;
  input: Uint8Array;
  readonly streams: Map<number, { readonly path: string; data: Uint8Array }>;
}

export type GrpcAnswer =
  | { readonly ok: true; readonly message: Uint8Array }
  | { readonly ok: false; readonly code: number; readonly message: string };

/** `data` is what the stream carried: framed messages. */
export type GrpcHandler = (path: string, data: Uint8Array) => GrpcAnswer;

export function newGrpcServer(): GrpcServerState {
  return { connections: new Map() };
}

/** Moves a server of unary calls on by one event. @returns whether the event was one of this server's. */
export function onGrpcEvent(
  daemon: DaemonContext,
  state: GrpcServerState,
  listener: SocketId,
  event: DaemonEvent,
  handler: GrpcHandler,
): boolean {
  if (event.kind === 'incoming') {
    if (event.listener !== listener) return false;
    for (let accepted = 0; accepted < MAX_CONNECTIONS; accepted++) {
      const socket = daemon.net.accept(listener);
      if (!socket.ok) return true;
      if (state.connections.size >= MAX_CONNECTIONS) {
        daemon.net.close(socket.value);
        continue;
      }
      state.connections.set(socket.value, { greeted: false, input: new Uint8Array(), streams: new Map() });
      daemon.net.send(socket.value, settings());
    }
    return true;
  }
  if (!('socket' in event)) return false;
  const connection = state.connections.get(event.socket);
  if (connection === undefined) return false;
  if (event.kind === 'readable' || event.kind === 'end')
    read(daemon, state, event.socket, connection, handler);
  else if (event.kind === 'failed') end(daemon, state, event.socket);
  return true;
}

function end(daemon: DaemonContext, state: GrpcServerState, socket: SocketId): void {
  state.connections.delete(socket);
  daemon.net.close(socket);
}

function read(
  daemon: DaemonContext,
  state: GrpcServerState,
  socket: SocketId,
  connection: GrpcConnection,
  handler: GrpcHandler,
): void {
  let ended = false;
  while (connection.input.length <= MAX_REQUEST_BYTES) {
    const got = daemon.net.receive(socket);
    if (!got.ok || got.value === undefined) {
      ended = true;
      break;
    }
    if (got.value.length === 0) break;
    connection.input = concat(connection.input, got.value);
  }
  const refusal = answer(daemon, socket, connection, handler);
  if (refusal !== undefined) daemon.net.send(socket, goAway(0, refusal));
  if (ended || refusal !== undefined) end(daemon, state, socket);
}

/** @returns the error that ends the connection. */
function answer(
  daemon: DaemonContext,
  socket: SocketId,
  connection: GrpcConnection,
  handler: GrpcHandler,
): number | undefined {
  if (!connection.greeted) {
    const { input } = connection;
    const length = Math.min(input.length, PREFACE.length);
    for (let at = 0; at < length; at++) if (input[at] !== PREFACE[at]) return PROTOCOL_ERROR;
    if (input.length < PREFACE.length) return undefined;
    connection.greeted = true;
    connection.input = input.slice(PREFACE.length);
  }
  for (let count = 0; count < MAX_FRAMES; count++) {
    const next = takeFrame(connection.input);
    if (next.kind === 'incomplete') return undefined;
    if (next.kind === 'oversize') return PROTOCOL_ERROR;
    connection.input = next.rest;
    const refusal = take(daemon, socket, connection, next.frame, handler);
    if (refusal !== undefined) return refusal;
  }
  return PROTOCOL_ERROR;
}

function take(
  daemon: DaemonContext,
  socket: SocketId,
  connection: GrpcConnection,
  frame: Frame,
  handler: GrpcHandler,
): number | undefined {
  const { streams } = connection;
  if (frame.type === FRAME.settings && (frame.flags & FLAG.ack) === 0)
    daemon.net.send(socket, settings(FLAG.ack));
  else if (frame.type === FRAME.ping && (frame.flags & FLAG.ack) === 0)
    daemon.net.send(socket, encodeFrame({ ...frame, flags: FLAG.ack }));
  else if (frame.type === FRAME.headers) {
    const fields = (frame.flags & FLAG.endHeaders) === 0 ? undefined : decodeFields(contentOf(frame));
    if (fields === undefined) return COMPRESSION_ERROR;
    if (streams.size >= MAX_STREAMS) return PROTOCOL_ERROR;
    streams.set(frame.stream, { path: fields.get(':path') ?? '', data: new Uint8Array() });
  } else if (frame.type === FRAME.data) {
    const stream = streams.get(frame.stream);
    if (stream === undefined) return PROTOCOL_ERROR;
    stream.data = concat(stream.data, contentOf(frame));
    if (stream.data.length > MAX_REQUEST_BYTES) return PROTOCOL_ERROR;
  } else if (frame.type === FRAME.goAway) return undefined;
  const stream = streams.get(frame.stream);
  const ends =
    (frame.type === FRAME.data || frame.type === FRAME.headers) && (frame.flags & FLAG.endStream) !== 0;
  if (stream === undefined || !ends) return undefined;
  streams.delete(frame.stream);
  daemon.net.send(socket, render(frame.stream, handler(stream.path, stream.data)));
  return undefined;
}

function render(stream: number, answered: GrpcAnswer): Uint8Array {
  const head: readonly (readonly [string, string])[] = [
    [':status', '200'],
    ['content-type', 'application/grpc'],
  ];
  const headers = (fields: typeof head, flags: number): Uint8Array =>
    encodeFrame({ type: FRAME.headers, flags, stream, payload: encodeFields(fields) });
  const last = FLAG.endHeaders | FLAG.endStream;
  if (!answered.ok)
    return headers(
      [...head, ['grpc-status', String(answered.code)], ['grpc-message', answered.message]],
      last,
    );
  const data = encodeFrame({ type: FRAME.data, flags: 0, stream, payload: framed(answered.message) });
  const trailers = headers(
    [
      ['grpc-status', String(GRPC_CODE.ok)],
      ['grpc-message', ''],
    ],
    last,
  );
  return concat(concat(headers(head, FLAG.endHeaders), data), trailers);
}
