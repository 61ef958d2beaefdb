import { Failure } from '../failure.ts';
import type { Session } from '../session.ts';
import { isObject, parseJson, textAt } from '../values/json.ts';
import type { JsonObject } from '../values/json.ts';
import type { Step } from '../command/step.ts';
import { LineSplitter, StreamReader } from './streams.ts';

export interface WatchEvent {
  readonly type: string;
  readonly object: JsonObject;
}

/** Events of one watch request, bookmarks left out. */
export class Watch {
  private readonly reader: StreamReader | undefined;
  private readonly lines = new LineSplitter();
  private readonly ready: WatchEvent[] = [];

  constructor(
    session: Session,
    path: string,
    query: readonly (readonly [string, string])[],
    accept = 'application/json',
  ) {
    const opened = session.api().open(path, [...query, ['watch', 'true']], accept);
    if (!opened.ok) throw new Failure(opened.problem);
    if (opened.body !== undefined) this.take(opened.body);
    this.reader = opened.stream === undefined ? undefined : new StreamReader(session, opened.stream);
  }

  private take(data: Uint8Array): void {
    for (const line of this.lines.push(data)) {
      const frame = parseJson(line);
      if (!isObject(frame) || !isObject(frame['object'])) continue;
      const type = textAt(frame, 'type');
      if (type !== 'BOOKMARK') this.ready.push({ type, object: frame['object'] });
    }
  }

  /** The next event; undefined when the server ended the watch. */
  *next(deadlineMs?: number): Step<WatchEvent | undefined | 'timeout'> {
    for (;;) {
      const event = this.ready.shift();
      if (event !== undefined) return event;
      if (this.reader === undefined) return undefined;
      const data = yield* this.reader.next(deadlineMs);
      if (data === undefined || data === 'timeout') return data;
      this.take(data);
    }
  }

  close(): void {
    this.reader?.close();
  }
}
