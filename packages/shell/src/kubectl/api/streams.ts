import type { ApiStream } from '@podwire/kubesim';
import type { Step } from '../command/step.ts';
import type { Session } from '../session.ts';

/** A stream that announced nothing is looked at this often: listeners may be lost when a cluster is forked. */
const POLL_MS = 1000;

/** What the next look at a stream found. */
export type StreamNews = Uint8Array | undefined | 'timeout';

/** Waits until `key` is announced, or for so long: announcements may be lost. @throws when the user interrupts. */
export function* untilNews(session: Session, key: string, ms = POLL_MS): Step<void> {
  yield {
    kind: 'any',
    of: [
      { kind: 'signal', key },
      { kind: 'sleep', ms },
    ],
  };
  session.heedInterrupt();
}

/** Reads a stream that goes on, waiting for more. */
export class StreamReader {
  private readonly session: Session;
  private readonly stream: ApiStream;
  private readonly key: string;

  constructor(session: Session, stream: ApiStream) {
    this.session = session;
    this.stream = stream;
    this.key = session.streamKey();
    stream.onReadable(() => {
      session.api().announce(this.key);
    });
  }

  /** The next bytes; undefined at the end; 'timeout' when nothing came before `deadlineMs`. */
  *next(deadlineMs?: number): Step<StreamNews> {
    yield* this.session.output.flush();
    for (;;) {
      const data = this.stream.read();
      if (data === undefined || data.length > 0) return data;
      const left = deadlineMs === undefined ? POLL_MS : deadlineMs - this.session.nowMs();
      if (left <= 0) return 'timeout';
      yield* untilNews(this.session, this.key, Math.min(left, POLL_MS));
    }
  }

  close(): void {
    this.stream.close();
  }
}

/** Splits bytes into lines as they come. */
export class LineSplitter {
  private readonly decoder = new TextDecoder();
  private rest = '';

  push(data: Uint8Array): readonly string[] {
    const parts = (this.rest + this.decoder.decode(data, { stream: true })).split('\n');
    this.rest = parts.pop() ?? '';
    return parts;
  }

  /** What came behind the last line break. */
  remainder(): string {
    return this.rest;
  }
}
