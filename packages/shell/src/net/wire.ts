import type { Process, Task } from '@podwire/machine';
import type { SocketId } from '@podwire/netsim';
import { closeSession, feed, newClientSession, say, takeOutput, takeText } from '@podwire/tls';
import type { TlsSession } from '@podwire/tls';
import { receiveSome, sendAll } from './socket.ts';
import type { Received } from './socket.ts';

/** A connection that carries text, in the clear or inside TLS. */
export interface Wire {
  /** Sends all of it. False when the connection is gone, or the deadline. */
  send(data: Uint8Array, deadlineMs?: number): Task<boolean>;
  receive(deadlineMs?: number): Task<Received>;
}

export function plainWire(process: Process, socket: SocketId): Wire {
  return {
    send: (data, deadlineMs) => sendAll(process, socket, data, deadlineMs),
    receive: (deadlineMs) => receiveSome(process, socket, deadlineMs),
  };
}

/** Octets that a program draws from its machine's random source. */
export function randomOf(process: Process): (count: number) => Uint8Array {
  return (count) => Uint8Array.from({ length: count }, () => process.randomInt(256));
}

export type Handshake =
  /** The server has shown its chain; the caller says `acceptPeer` or `rejectPeer`, then `flush`. */
  | { readonly kind: 'judging'; readonly session: TlsSession }
  /** What came is no handshake, or ends it; see `session.failure`. */
  | { readonly kind: 'refused'; readonly session: TlsSession }
  | { readonly kind: 'closed' | 'reset' | 'timed-out' };

/** Shakes hands up to the point where the client judges the server. */
export function* shakeHands(
  process: Process,
  socket: SocketId,
  options: {
    readonly serverName?: string;
    readonly protocols: readonly string[];
    readonly deadlineMs?: number;
  },
): Task<Handshake> {
  const { deadlineMs, ...how } = options;
  const session = newClientSession({ ...how, random: randomOf(process) });
  for (;;) {
    if (!(yield* flush(process, socket, session, deadlineMs))) return { kind: 'reset' };
    if (session.phase === 'judging') return { kind: 'judging', session };
    if (session.phase === 'failed') return { kind: 'refused', session };
    const got = yield* receiveSome(process, socket, deadlineMs);
    if (got.kind === 'timed-out') return { kind: 'timed-out' };
    if (got.kind === 'failed') return { kind: 'reset' };
    if (got.kind === 'end') return { kind: 'closed' };
    feed(session, got.data);
  }
}

/** Sends what the session has to say. */
export function* flush(
  process: Process,
  socket: SocketId,
  session: TlsSession,
  deadlineMs?: number,
): Task<boolean> {
  const output = takeOutput(session);
  return output.length === 0 || (yield* sendAll(process, socket, output, deadlineMs));
}

/** A connection whose handshake is done. */
export function secureWire(process: Process, socket: SocketId, session: TlsSession): Wire {
  return {
    *send(data, deadlineMs) {
      say(session, data);
      return yield* flush(process, socket, session, deadlineMs);
    },
    *receive(deadlineMs) {
      for (;;) {
        const text = takeText(session);
        if (text.length > 0) return { kind: 'data', data: text };
        if (session.phase === 'closed') return { kind: 'end' };
        if (session.phase === 'failed') return { kind: 'failed', errno: 'ECONNRESET' };
        const got = yield* receiveSome(process, socket, deadlineMs);
        if (got.kind !== 'data') return got;
        feed(session, got.data);
      }
    },
  };
}

/** Says goodbye in order. */
export function* endSecurely(process: Process, socket: SocketId, session: TlsSession): Task<void> {
  closeSession(session);
  yield* flush(process, socket, session);
}
