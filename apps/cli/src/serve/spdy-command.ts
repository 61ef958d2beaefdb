import type { ApiUpgrade } from '@podwire/kubesim';
import type { ClusterClock } from './cluster-clock.ts';
import { CommandSession, failureInWords } from './remote-command.ts';
import { SpdyConnection } from './spdy/spdy-connection.ts';
import type { SpdyStream, SpdyWire } from './spdy/spdy-connection.ts';

/** v4 tells the exit code in a Status, v3 can resize, v2 half-closes standard input well. */
export const SPDY_COMMAND_PROTOCOLS = [
  'v4.channel.k8s.io',
  'v3.channel.k8s.io',
  'v2.channel.k8s.io',
  'channel.k8s.io',
] as const;
export type SpdyCommandProtocol = (typeof SPDY_COMMAND_PROTOCOLS)[number];

export interface SpdyCommandOptions {
  readonly protocol: SpdyCommandProtocol;
  readonly stdin: boolean;
  readonly stdout: boolean;
  readonly stderr: boolean;
  readonly tty: boolean;
}

/** Output that is held until its stream comes; beyond it the client is broken. */
const MAX_HELD_BYTES = 16 * 1_024 * 1_024;

/** Carries one command's streams over SPDY/3.1: the client opens one stream for each, and one for the outcome. */
export function serveCommandOverSpdy(
  wire: SpdyWire & { pause(): void; resume(): void },
  command: ApiUpgrade,
  clock: Pick<ClusterClock, 'catchUp' | 'wake'>,
  options: SpdyCommandOptions,
): SpdyConnection {
  const out = new CommandStreams(expectedStreams(options));
  const session = new CommandSession(
    command,
    {
      output: (stream, data) => {
        if (!out.write(stream, data)) connection.close();
      },
      finish: (status) => {
        const last =
          options.protocol === 'v4.channel.k8s.io' ? JSON.stringify(status) : failureInWords(status);
        if (last !== undefined) out.write('error', Buffer.from(last));
        out.end(() => connection.close());
      },
      pause: () => wire.pause(),
      resume: () => wire.resume(),
    },
    clock,
  );
  const connection = new SpdyConnection(
    { write: (bytes) => wire.write(bytes), end: () => wire.end() },
    (stream) => {
      const type = stream.headers.get('streamtype') ?? '';
      if (type === 'stdin') {
        stream.onData = (data) => session.input(data);
        stream.onEnd = () => session.endInput();
      } else if (type === 'resize') {
        stream.onData = (data) => session.resize(data);
      }
      out.open(type, stream);
    },
    () => session.close(),
  );
  return connection;
}

/** Those that a client opens before it reads: the kubelet waits for as many. v3 brought the one of sizes. */
function expectedStreams({ protocol, stdin, stdout, stderr, tty }: SpdyCommandOptions): readonly string[] {
  const resizes = tty && (protocol === 'v4.channel.k8s.io' || protocol === 'v3.channel.k8s.io');
  return [
    'error',
    ...(stdin ? ['stdin'] : []),
    ...(stdout ? ['stdout'] : []),
    ...(stderr ? ['stderr'] : []),
    ...(resizes ? ['resize'] : []),
  ];
}

/** A program may speak, and end, before the client has opened all its streams: until then nothing closes. */
class CommandStreams {
  readonly #expected: ReadonlySet<string>;
  readonly #open = new Map<string, SpdyStream>();
  readonly #held = new Map<string, Uint8Array[]>();
  #heldBytes = 0;
  #onEnded: (() => void) | undefined;

  constructor(expected: readonly string[]) {
    this.#expected = new Set(expected);
  }

  open(type: string, stream: SpdyStream): void {
    if (!this.#expected.has(type) || this.#open.has(type)) return stream.end();
    this.#open.set(type, stream);
    for (const data of this.#held.get(type) ?? []) stream.write(data);
    this.#held.delete(type);
    this.#endIfWhole();
  }

  /** @returns false when more is held than any client needs. */
  write(type: string, data: Uint8Array): boolean {
    if (!this.#expected.has(type)) return true;
    const stream = this.#open.get(type);
    if (stream !== undefined) {
      stream.write(data);
      return true;
    }
    this.#heldBytes += data.length;
    this.#held.set(type, [...(this.#held.get(type) ?? []), data]);
    return this.#heldBytes <= MAX_HELD_BYTES;
  }

  end(onEnded: () => void): void {
    this.#onEnded = onEnded;
    this.#endIfWhole();
  }

  #endIfWhole(): void {
    if (this.#onEnded === undefined || this.#open.size < this.#expected.size) return;
    for (const stream of this.#open.values()) stream.end();
    this.#onEnded();
    this.#onEnded = undefined;
  }
}
