import type { Process } from '@podwire/machine';
import type { ApiPortConnection } from '@podwire/kubesim';
import type { SocketId } from '@podwire/netsim';

/** What the pod sent and the local client has not taken yet; a client that never reads is cut off here. */
const MAX_QUEUED_BYTES = 16 * 1024 * 1024;
/** A client that said its last word may still wait for the answer: so long after the pod's last byte. */
const HALF_OPEN_MS = 10_000;

function joined(a: Uint8Array, b: Uint8Array): Uint8Array {
  if (a.length === 0) return b;
  const whole = new Uint8Array(a.length + b.length);
  whole.set(a);
  whole.set(b, a.length);
  return whole;
}

/** One local connection and the one in the pod's network namespace that carries it on. */
export class ForwardedConnection {
  readonly socket: SocketId;
  private readonly process: Process;
  private readonly remote: ApiPortConnection;
  private outbound: Uint8Array = new Uint8Array();
  private inbound: Uint8Array = new Uint8Array();
  private localEnded = false;
  private remoteEnded = false;
  private heardMs: number;
  error: string | undefined;
  done = false;

  constructor(process: Process, socket: SocketId, remote: ApiPortConnection, wake: () => void) {
    this.process = process;
    this.socket = socket;
    this.remote = remote;
    this.heardMs = process.nowMs();
    remote.onData((data) => {
      this.inbound = joined(this.inbound, data);
      this.heardMs = process.nowMs();
      wake();
    });
    remote.onEnd((error) => {
      this.remoteEnded = true;
      this.error = error;
      wake();
    });
  }

  /** Moves what can be moved. True while more may move at once. */
  pump(): boolean {
    const moved = [this.fromLocal(), this.toRemote(), this.toLocal()].some(Boolean);
    const waitedLong = this.localEnded && this.process.nowMs() - this.heardMs >= HALF_OPEN_MS;
    const finished = this.remoteEnded && this.inbound.length === 0;
    if (finished || waitedLong || this.inbound.length > MAX_QUEUED_BYTES) this.close();
    return moved && !this.done;
  }

  private fromLocal(): boolean {
    if (this.localEnded || this.outbound.length > 0) return false;
    const got = this.process.net.receive(this.socket);
    if (!got.ok) {
      this.close();
      return false;
    }
    if (got.value === undefined) this.localEnded = true;
    else this.outbound = got.value;
    return got.value !== undefined && got.value.length > 0;
  }

  private toRemote(): boolean {
    if (this.outbound.length === 0 || this.remoteEnded) return false;
    const taken = this.remote.write(this.outbound);
    this.outbound = this.outbound.subarray(taken);
    return taken > 0;
  }

  private toLocal(): boolean {
    if (this.inbound.length === 0) return false;
    const sent = this.process.net.send(this.socket, this.inbound);
    if (!sent.ok) {
      this.close();
      return false;
    }
    this.inbound = this.inbound.subarray(sent.value);
    return sent.value > 0;
  }

  close(): void {
    if (this.done) return;
    this.done = true;
    this.remote.close();
    this.process.net.close(this.socket);
  }
}
