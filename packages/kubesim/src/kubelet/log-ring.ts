import { utf8Decode } from '@podwire/sim';
import type { LogLine } from '../api/server.ts';

/** A container's log: whole lines, the oldest of which go when there are too many. Plain data. */
export interface LogRing {
  readonly lines: LogLine[];
  /** How many lines have been dropped: the cursor of `lines[0]`. */
  dropped: number;
  bytes: number;
  /** The beginning of a line that is not ended yet. */
  partial: string;
  partialAtMs: number;
  ended: boolean;
}

/** Real nodes rotate at 10 MiB; a simulated cluster shares its memory with many, bytes. */
const MAX_LOG_BYTES = 128 * 1024;
/** containerd splits longer lines, characters. */
const MAX_LINE_CHARS = 16 * 1024;

export function newLogRing(): LogRing {
  return { lines: [], dropped: 0, bytes: 0, partial: '', partialAtMs: 0, ended: false };
}

export function appendLog(ring: LogRing, atMs: number, data: Uint8Array): void {
  let text = ring.partial + utf8Decode(data);
  if (ring.partial === '') ring.partialAtMs = atMs;
  for (;;) {
    const newline = text.indexOf('\n');
    const end = newline < 0 && text.length >= MAX_LINE_CHARS ? MAX_LINE_CHARS : newline;
    if (end < 0) break;
    pushLine(ring, { atMs: ring.partial === '' ? atMs : ring.partialAtMs, text: text.slice(0, end) });
    ring.partial = '';
    text = text.slice(newline === end ? end + 1 : end);
  }
  ring.partial = text;
  if (text !== '') ring.partialAtMs = atMs;
}

/** A line as it was written. */
export function lineText({ text, unended }: LogLine): string {
  return unended === true ? text : `${text}\n`;
}

/** The container ended: what it did not end with a newline is its last line. */
export function endLog(ring: LogRing): void {
  if (ring.partial !== '') pushLine(ring, { atMs: ring.partialAtMs, text: ring.partial, unended: true });
  ring.partial = '';
  ring.ended = true;
}

function pushLine(ring: LogRing, line: LogLine): void {
  ring.lines.push(Object.freeze(line));
  ring.bytes += line.text.length + 1;
  let surplus = 0;
  while (ring.bytes > MAX_LOG_BYTES && surplus < ring.lines.length - 1) {
    ring.bytes -= (ring.lines[surplus]?.text.length ?? 0) + 1;
    surplus++;
  }
  if (surplus === 0) return;
  ring.lines.splice(0, surplus);
  ring.dropped += surplus;
}

/** Lines from a cursor on; one that has been dropped already goes on with the oldest there is. */
export function readLog(
  ring: LogRing,
  from: number,
): { readonly lines: readonly LogLine[]; readonly next: number; readonly ended: boolean } {
  const start = Math.max(0, from - ring.dropped);
  const lines = ring.lines.slice(start);
  return { lines, next: ring.dropped + ring.lines.length, ended: ring.ended };
}
