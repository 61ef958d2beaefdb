import type { ApiUpgrade } from '@podwire/kubesim';
import type { RawData, WebSocket } from 'ws';
import type { ClusterClock } from './cluster-clock.ts';

/** Newest first. v5 can say that standard input has ended. */
export const COMMAND_PROTOCOLS = ['v5.channel.k8s.io', 'v4.channel.k8s.io'] as const;

/** The first byte of each message: which stream it is of. */
const CHANNEL = { stdin: 0, stdout: 1, stderr: 2, error: 3, resize: 4, close: 255 } as const;
const NORMAL_CLOSURE = 1000;
const TOO_FAR_BEHIND = 1013;
/** A program that takes no more input is asked again this often, ms. */
const RETRY_MS = 10;
/** Output a client may be behind; beyond it, it is gone or broken. */
const MAX_BEHIND_BYTES = 64 * 1_024 * 1_024;

/** Carries one command's streams over a WebSocket, a byte of channel before each message. */
export function serveRemoteCommand(
  client: WebSocket,
  command: ApiUpgrade,
  clock: Pick<ClusterClock, 'catchUp' | 'wake'>,
): void {
  const send = (channel: number, data: Uint8Array): void => {
    if (client.readyState !== client.OPEN) return;
    if (client.bufferedAmount > MAX_BEHIND_BYTES) client.close(TOO_FAR_BEHIND);
    else client.send(Buffer.concat([Buffer.from([channel]), data]));
  };
  const stdin = new InputQueue(command, client, clock);
  command.onStdout((data) => send(CHANNEL.stdout, data));
  command.onStderr((data) => send(CHANNEL.stderr, data));
  command.onStatus((status) => {
    send(CHANNEL.error, Buffer.from(JSON.stringify(status)));
    client.close(NORMAL_CLOSURE);
  });
  client.on('message', (message: RawData) => {
    const bytes = bytesOf(message);
    const content = bytes.subarray(1);
    clock.catchUp();
    if (bytes[0] === CHANNEL.stdin) stdin.push(content);
    else if (bytes[0] === CHANNEL.resize) resize(command, content);
    else if (bytes[0] === CHANNEL.close && content[0] === CHANNEL.stdin) stdin.end();
    clock.wake();
  });
  client.on('error', () => client.terminate());
  client.on('close', () => {
    stdin.stop();
    command.close();
    clock.wake();
  });
}

/** A message as one buffer, however it came. */
export function bytesOf(message: RawData): Buffer {
  if (Array.isArray(message)) return Buffer.concat(message);
  return Buffer.isBuffer(message) ? message : Buffer.from(message);
}

function resize(command: ApiUpgrade, content: Buffer): void {
  try {
    const { Width, Height } = JSON.parse(content.toString('utf8')) as { Width?: unknown; Height?: unknown };
    if (typeof Width === 'number' && typeof Height === 'number') command.resize(Width, Height);
  } catch {
    // A size that can't be read changes nothing.
  }
}

/** Holds what the program has not taken yet; meanwhile the client is read no further. */
class InputQueue {
  readonly #command: ApiUpgrade;
  readonly #client: WebSocket;
  readonly #clock: Pick<ClusterClock, 'wake'>;
  #waiting: Buffer[] = [];
  #ended = false;
  #retry: NodeJS.Timeout | undefined;

  constructor(command: ApiUpgrade, client: WebSocket, clock: Pick<ClusterClock, 'wake'>) {
    this.#command = command;
    this.#client = client;
    this.#clock = clock;
  }

  push(data: Buffer): void {
    this.#waiting.push(data);
    this.#flush();
  }

  end(): void {
    this.#ended = true;
    this.#flush();
  }

  stop(): void {
    clearTimeout(this.#retry);
    this.#waiting = [];
  }

  #flush(): void {
    if (this.#retry !== undefined) return;
    for (let next = this.#waiting[0]; next !== undefined; next = this.#waiting[0]) {
      const taken = this.#command.stdin.write(next);
      if (taken < next.length) {
        this.#waiting[0] = next.subarray(taken);
        this.#client.pause();
        this.#clock.wake();
        this.#retry = setTimeout(() => {
          this.#retry = undefined;
          this.#flush();
        }, RETRY_MS);
        return;
      }
      this.#waiting.shift();
    }
    this.#client.resume();
    if (this.#ended) this.#command.stdin.close();
  }
}
