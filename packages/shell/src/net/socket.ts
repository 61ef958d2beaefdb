import type { Process, Task } from '@podwire/machine';
import type { NetErrno, SocketAddress, SocketId } from '@podwire/netsim';

export type OpenOutcome =
  | { readonly kind: 'open'; readonly socket: SocketId }
  | { readonly kind: 'failed'; readonly errno: NetErrno }
  | { readonly kind: 'timed-out' };

/** Connects; without a timeout it waits as long as the kernel retries SYNs, about two minutes. */
export function* openTcp(
  process: Process,
  remote: SocketAddress,
  timeoutMs?: number,
  local?: Partial<SocketAddress>,
): Task<OpenOutcome> {
  const socket = process.net.connectTcp(remote, local);
  if (!socket.ok) return { kind: 'failed', errno: socket.errno };
  const deadlineMs = timeoutMs === undefined ? undefined : process.nowMs() + timeoutMs;
  for (;;) {
    const outcome = process.net.connectOutcome(socket.value);
    if (outcome === 'connected') return { kind: 'open', socket: socket.value };
    if (outcome !== undefined) {
      process.net.close(socket.value);
      return outcome === 'ETIMEDOUT' ? { kind: 'timed-out' } : { kind: 'failed', errno: outcome };
    }
    const leftMs = deadlineMs === undefined ? undefined : deadlineMs - process.nowMs();
    if (leftMs !== undefined && leftMs <= 0) {
      process.net.close(socket.value);
      return { kind: 'timed-out' };
    }
    yield* waitSocketEvent(socket.value, leftMs);
  }
}

/** Waits for something to happen on a socket; the errno when what happened is a failure. */
export function* waitSocket(
  process: Process,
  socket: SocketId,
  timeoutMs?: number,
): Task<NetErrno | undefined> {
  yield* waitSocketEvent(socket, timeoutMs);
  const outcome = process.net.connectOutcome(socket);
  return outcome === undefined || outcome === 'connected' ? undefined : outcome;
}

function* waitSocketEvent(socket: SocketId, timeoutMs: number | undefined): Task<void> {
  if (timeoutMs === undefined) yield { kind: 'socket', socket };
  else
    yield {
      kind: 'any',
      of: [
        { kind: 'socket', socket },
        { kind: 'sleep', ms: Math.max(0, timeoutMs) },
      ],
    };
}

/** Sends all of it, waiting while the window is full. False when the connection is gone. */
export function* sendAll(
  process: Process,
  socket: SocketId,
  data: Uint8Array,
  deadlineMs?: number,
): Task<boolean> {
  let left = data;
  while (left.length > 0) {
    const sent = process.net.send(socket, left);
    if (!sent.ok) return false;
    left = left.subarray(sent.value);
    if (left.length === 0) return true;
    const leftMs = deadlineMs === undefined ? undefined : deadlineMs - process.nowMs();
    if (leftMs !== undefined && leftMs <= 0) return false;
    yield* waitSocketEvent(socket, leftMs);
  }
  return true;
}

export type Received =
  | { readonly kind: 'data'; readonly data: Uint8Array }
  | { readonly kind: 'end' }
  | { readonly kind: 'failed'; readonly errno: NetErrno }
  | { readonly kind: 'timed-out' };

/** The next bytes of a connection, waiting for them. */
export function* receiveSome(process: Process, socket: SocketId, deadlineMs?: number): Task<Received> {
  for (;;) {
    const got = process.net.receive(socket);
    if (!got.ok) return { kind: 'failed', errno: got.errno };
    if (got.value === undefined) return { kind: 'end' };
    if (got.value.length > 0) return { kind: 'data', data: got.value };
    const leftMs = deadlineMs === undefined ? undefined : deadlineMs - process.nowMs();
    if (leftMs !== undefined && leftMs <= 0) return { kind: 'timed-out' };
    yield* waitSocketEvent(socket, leftMs);
  }
}
