import type { Process } from '@podwire/machine';
import type { SocketAddress, SocketId } from '@podwire/netsim';
import type { Wire } from '../wire.ts';

/** A connection to a server, as long as curl keeps it. */
export interface Connection {
  /** As `-v` counts them. */
  readonly number: number;
  readonly socket: SocketId;
  readonly wire: Wire;
  readonly address: string;
  readonly local: SocketAddress | undefined;
  /** OpenSSL's verdict over the server, 0 when it is good. */
  readonly verifyResult: number;
}

/** Connections that one command line keeps for its further requests, by whom they lead to. */
export class Connections {
  readonly #process: Process;
  readonly #idle = new Map<string, Connection>();
  /** Of hosts that were looked up, so that a command asks the name server once. */
  readonly addresses = new Map<string, readonly string[]>();
  #opened = 0;

  constructor(process: Process) {
    this.#process = process;
  }

  /** The number of the connection that is tried next. */
  get next(): number {
    return this.#opened;
  }

  opened(connection: Omit<Connection, 'number'>): Connection {
    return { ...connection, number: this.#opened++ };
  }

  /** One that was not opened, or not to the end, has a number too. */
  failed(): void {
    this.#opened++;
  }

  /** Takes an idle one to use it, if its server has not closed it. */
  take(key: string): Connection | undefined {
    const kept = this.#idle.get(key);
    this.#idle.delete(key);
    if (kept === undefined) return undefined;
    const waiting = this.#process.net.receive(kept.socket);
    if (waiting.ok && waiting.value?.length === 0) return kept;
    this.#process.net.close(kept.socket);
    return undefined;
  }

  keep(key: string, connection: Connection): void {
    this.#idle.set(key, connection);
  }

  end({ socket }: Connection): void {
    this.#process.net.close(socket);
  }

  endAll(): void {
    for (const connection of this.#idle.values()) this.end(connection);
    this.#idle.clear();
  }
}
