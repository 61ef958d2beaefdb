import type { NetErrno, NetnsId, SocketAddress, SocketEvent, SocketId } from '../network.ts';

/** RFC 9293 section 3.3.2. */
export type TcpState =
  | 'SYN-SENT'
  | 'SYN-RECV'
  | 'ESTAB'
  | 'FIN-WAIT-1'
  | 'FIN-WAIT-2'
  | 'CLOSE-WAIT'
  | 'CLOSING'
  | 'LAST-ACK'
  | 'CLOSED';

export interface TcpListener {
  readonly kind: 'tcp-listener';
  readonly id: SocketId;
  readonly netns: NetnsId;
  owner: string;
  readonly local: SocketAddress;
  /** Connections whose handshake is done, oldest first. */
  ready: SocketId[];
  /** Connections whose handshake is under way. */
  halfOpen: number;
  /** Kinds of events announced and not yet delivered, so that each is queued once. */
  readonly announced: Set<SocketEvent['kind']>;
}

/** A segment that came before those it follows. */
export interface EarlySegment {
  readonly sequence: number;
  readonly data: Uint8Array;
}

export interface TcpConnection {
  readonly kind: 'tcp';
  readonly id: SocketId;
  readonly netns: NetnsId;
  owner: string;
  state: TcpState;
  readonly local: SocketAddress;
  readonly remote: SocketAddress;
  readonly version: 4 | 6;
  /** The listener that it waits at; undefined for outgoing and for accepted connections. */
  listener: SocketId | undefined;
  /** Closed by its process: it lives on until the close is done, and tells nobody. */
  orphan: boolean;
  /** What `send` and `receive` report once (SO_ERROR). */
  error: NetErrno | undefined;
  /** The other side reset the connection or it timed out: later sends are EPIPE. */
  dead: boolean;

  /** Oldest byte not acknowledged (SND.UNA), next to send (SND.NXT); modulo 2^32, as all that follows. */
  sendUnacknowledged: number;
  sendNext: number;
  sendWindowBytes: number;
  /** Bytes from SND.UNA on, sent or not, SYN and FIN not counted. */
  sendChunks: Uint8Array[];
  sendBytes: number;
  /** The process wants no more sent: a FIN follows the last byte. */
  finQueued: boolean;
  finSent: boolean;
  mssBytes: number;
  duplicateAcks: number;
  /** While in loss recovery: what had been sent when the loss was noticed (RFC 6582). */
  recoverUntil: number | undefined;
  /** The process was told that the buffer is full, and waits for `writable`. */
  wantsWritable: boolean;

  /** RCV.NXT. */
  receiveNext: number;
  receiveChunks: Uint8Array[];
  receiveBytes: number;
  early: EarlySegment[];
  /** Sequence number of the peer's FIN, once seen, though data before it may be missing. */
  finAt: number | undefined;
  peerFinished: boolean;
  /** Right edge of the window last told to the peer. */
  advertisedUntil: number;

  /** When the SYN or SYN-ACK was first sent, to measure the round trip by. */
  readonly openedAtMs: number;
  /** What the retransmission timer starts from on this path. */
  baseRtoMs: number;
  rtoMs: number;
  retries: number;
  /** When the retransmission, persist or FIN-WAIT-2 timer runs out; undefined when it is off. */
  timerDueMs: number | undefined;
  /** When the one queued timer event comes, which may be earlier than the timer needs. */
  timerEventMs: number | undefined;

  readonly announced: Set<SocketEvent['kind']>;
  /** Whom else this connection's packets are traced for: those whose packets it answers. */
  tracedFor: readonly string[];
}

/** What is left of a connection that was closed first from here: it answers a lost last ACK (RFC 9293 section 3.6.1). */
export interface TimeWait {
  readonly owner: string;
  readonly local: SocketAddress;
  readonly remote: SocketAddress;
  readonly sendNext: number;
  readonly receiveNext: number;
  readonly expiresAtMs: number;
}
