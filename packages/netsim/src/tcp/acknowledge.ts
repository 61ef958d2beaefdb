import type { Kernel } from '../kernel.ts';
import type { TcpSegment } from '../packet.ts';
import { discard } from './buffer.ts';
import { enterTimeWait, finish, limitFinWait } from './lifecycle.ts';
import { isOutstanding, retransmitOldest, sendAck, startTimer, stopTimer } from './send.ts';
import { distance } from './sequence.ts';
import type { TcpConnection } from './state.ts';

/** RFC 5681 section 3.2. */
const DUPLICATE_ACKS = 3;
/** How much a process must free before `writable` is worth telling. */
const WRITABLE_ROOM_BYTES = 16_384;
/** Bytes one connection holds for sending, sent or not. */
export const SEND_BUFFER_BYTES = 65_536;

/** RFC 9293 section 3.10.7.4, "fifth". @returns false when the segment is to be ignored from here on. */
export function acceptAck(kernel: Kernel, connection: TcpConnection, segment: TcpSegment): boolean {
  const { acknowledgment } = segment;
  const acked = distance(acknowledgment, connection.sendUnacknowledged);
  if (distance(acknowledgment, connection.sendNext) > 0) {
    sendAck(kernel, connection);
    return false;
  }
  if (acked > 0) {
    acknowledge(kernel, connection, acknowledgment, acked);
  } else if (
    acked === 0 &&
    segment.data.length === 0 &&
    !segment.flags.fin &&
    segment.windowBytes === connection.sendWindowBytes &&
    isOutstanding(connection)
  ) {
    countDuplicate(kernel, connection);
  }
  if (acked >= 0) {
    const hadNoWindow = connection.sendWindowBytes === 0;
    connection.sendWindowBytes = segment.windowBytes;
    // The peer lives, however long its window stays shut; and an open one needs no more probes.
    if (hadNoWindow && !isOutstanding(connection)) {
      connection.retries = 0;
      if (segment.windowBytes > 0) {
        connection.rtoMs = connection.baseRtoMs;
        stopTimer(connection);
      }
    }
  }
  return afterAck(kernel, connection);
}

function acknowledge(kernel: Kernel, connection: TcpConnection, acknowledgment: number, acked: number): void {
  const bytes = Math.min(acked, connection.sendBytes);
  discard(connection.sendChunks, bytes);
  connection.sendBytes -= bytes;
  connection.sendUnacknowledged = acknowledgment;
  connection.duplicateAcks = 0;
  connection.rtoMs = connection.baseRtoMs;
  connection.retries = 0;
  if (connection.recoverUntil !== undefined) {
    // A partial acknowledgement shows the next loss (RFC 6582 section 3.2).
    if (distance(acknowledgment, connection.recoverUntil) >= 0) connection.recoverUntil = undefined;
    else retransmitOldest(kernel, connection);
  }
  if (isOutstanding(connection)) startTimer(kernel, connection, connection.rtoMs);
  else stopTimer(connection);
  if (connection.wantsWritable && SEND_BUFFER_BYTES - connection.sendBytes >= WRITABLE_ROOM_BYTES) {
    connection.wantsWritable = false;
    kernel.notify(connection, { kind: 'writable' });
  }
}

function countDuplicate(kernel: Kernel, connection: TcpConnection): void {
  connection.duplicateAcks++;
  if (connection.duplicateAcks !== DUPLICATE_ACKS || connection.recoverUntil !== undefined) return;
  connection.recoverUntil = connection.sendNext;
  retransmitOldest(kernel, connection);
}

/** State changes once our FIN is acknowledged. @returns false when the connection is over. */
function afterAck(kernel: Kernel, connection: TcpConnection): boolean {
  if (!connection.finSent || isOutstanding(connection)) return true;
  switch (connection.state) {
    case 'FIN-WAIT-1':
      connection.state = 'FIN-WAIT-2';
      limitFinWait(kernel, connection);
      return true;
    case 'CLOSING':
      enterTimeWait(kernel, connection);
      return false;
    case 'LAST-ACK':
      finish(kernel, connection);
      return false;
    default:
      return true;
  }
}
