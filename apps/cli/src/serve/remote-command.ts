import type { ApiUpgrade } from '@podwire/kubesim';
import type { ClusterClock } from './cluster-clock.ts';

/** A program that takes no more input is asked again this often, ms. */
const RETRY_MS = 10;

export type OutputStream = 'stdout' | 'stderr';

/** What carries a command's streams to its client: SPDY or a WebSocket. */
export interface CommandWire {
  output(stream: OutputStream, data: Uint8Array): void;
  /** The command's last word, a v1.Status; the wire then closes. */
  finish(status: unknown): void;
  /** The client is read no further while the program takes no more. */
  pause(): void;
  resume(): void;
}

/** One exec or attach, whatever carries it. */
export class CommandSession {
  readonly #command: ApiUpgrade;
  readonly #wire: CommandWire;
  readonly #clock: Pick<ClusterClock, 'catchUp' | 'wake'>;
  #waiting: Buffer[] = [];
  #ended = false;
  #retry: NodeJS.Timeout | undefined;

  constructor(command: ApiUpgrade, wire: CommandWire, clock: Pick<ClusterClock, 'catchUp' | 'wake'>) {
    this.#command = command;
    this.#wire = wire;
    this.#clock = clock;
    command.onStdout((data) => wire.output('stdout', data));
    command.onStderr((data) => wire.output('stderr', data));
    command.onStatus((status) => wire.finish(status));
  }

  input(data: Buffer): void {
    this.#clock.catchUp();
    if (data.length > 0) this.#waiting.push(data);
    this.#flush();
    this.#clock.wake();
  }

  endInput(): void {
    this.#clock.catchUp();
    this.#ended = true;
    this.#flush();
    this.#clock.wake();
  }

  /** @param content - JSON with Width and Height. */
  resize(content: Buffer): void {
    this.#clock.catchUp();
    try {
      const { Width, Height } = JSON.parse(content.toString('utf8')) as { Width?: unknown; Height?: unknown };
      if (typeof Width === 'number' && typeof Height === 'number') this.#command.resize(Width, Height);
    } catch {
      // A size that can't be read changes nothing.
    }
    this.#clock.wake();
  }

  /** The client is gone: what it started is hung up. */
  close(): void {
    clearTimeout(this.#retry);
    this.#waiting = [];
    this.#command.close();
    this.#clock.wake();
  }

  /** Holds what the program has not taken yet. */
  #flush(): void {
    if (this.#retry !== undefined) return;
    for (let next = this.#waiting[0]; next !== undefined; next = this.#waiting[0]) {
      const taken = this.#command.stdin.write(next);
      if (taken < next.length) {
        this.#waiting[0] = next.subarray(taken);
        this.#wire.pause();
        this.#clock.wake();
        this.#retry = setTimeout(() => {
          this.#retry = undefined;
          this.#flush();
        }, RETRY_MS);
        return;
      }
      this.#waiting.shift();
    }
    this.#wire.resume();
    if (this.#ended) this.#command.stdin.close();
  }
}

/** Before v4 a command's failure was told in words alone. undefined: it succeeded, of which nothing is said. */
export function failureInWords(status: unknown): string | undefined {
  const { status: outcome, message } = status as { readonly status?: string; readonly message?: string };
  return outcome === 'Success' ? undefined : (message ?? '');
}
