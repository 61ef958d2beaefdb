import type { Kernel } from '../kernel.ts';
import { fail, finish } from './lifecycle.ts';
import { MAX_RTO_MS, isOutstanding, retransmitOldest, sendSegment, sendSyn, startTimer } from './send.ts';
import { advance } from './sequence.ts';
import type { TcpConnection } from './state.ts';

/** net.ipv4.tcp_syn_retries: with a first wait of one second, a connect gives up after 127 s. */
const SYN_RETRIES = 6;
/** net.ipv4.tcp_synack_retries. */
const SYN_ACK_RETRIES = 5;
/** net.ipv4.tcp_retries2. */
const DATA_RETRIES = 15;
/** net.ipv4.tcp_orphan_retries' built-in value. */
const ORPHAN_RETRIES = 8;

/** A timer event of this socket has come up; the timer itself may have been moved or stopped since. */
export function tcpTimer(kernel: Kernel, connection: TcpConnection): void {
  const nowMs = kernel.simulation.nowMs;
  if (connection.timerEventMs === undefined || connection.timerEventMs > nowMs) return;
  connection.timerEventMs = undefined;
  if (connection.timerDueMs === undefined) return;
  if (connection.timerDueMs > nowMs) {
    startTimer(kernel, connection, connection.timerDueMs - nowMs);
    return;
  }
  connection.timerDueMs = undefined;
  expire(kernel, connection);
}

function retriesOf(connection: TcpConnection): number {
  if (connection.state === 'SYN-SENT') return SYN_RETRIES;
  if (connection.state === 'SYN-RECV') return SYN_ACK_RETRIES;
  return connection.orphan ? ORPHAN_RETRIES : DATA_RETRIES;
}

function expire(kernel: Kernel, connection: TcpConnection): void {
  if (connection.state === 'CLOSED') return;
  if (connection.state === 'FIN-WAIT-2') {
    finish(kernel, connection);
    return;
  }
  if (connection.retries >= retriesOf(connection)) {
    fail(kernel, connection, 'ETIMEDOUT');
    return;
  }
  connection.retries++;
  connection.rtoMs = Math.min(MAX_RTO_MS, connection.rtoMs * 2);
  startTimer(kernel, connection, connection.rtoMs);
  if (connection.state === 'SYN-SENT' || connection.state === 'SYN-RECV') {
    sendSyn(kernel, connection);
  } else if (isOutstanding(connection)) {
    connection.recoverUntil = connection.sendNext;
    retransmitOldest(kernel, connection);
  } else {
    // The peer's window is shut: ask whether it still is, with a byte it has already had (Linux' tcp_xmit_probe_skb).
    sendSegment(kernel, connection, { sequence: advance(connection.sendUnacknowledged, -1) });
  }
}
