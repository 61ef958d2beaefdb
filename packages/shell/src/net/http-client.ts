import type { Process, Task } from '@podwire/machine';
import { utf8Decode, utf8Encode } from '@podwire/sim';
import { joinBytes } from '../stdio/input.ts';
import type { Wire } from './wire.ts';

/** A response head beyond this is refused, as curl does at 300 kB. */
const MAX_HEAD_BYTES = 300_000;

export interface RequestOptions {
  readonly method: string;
  readonly target: string;
  /** `1.1` when absent. */
  readonly version?: '1.0' | '1.1';
  readonly headers: readonly (readonly [name: string, value: string])[];
  readonly body?: Uint8Array;
  readonly deadlineMs?: number;
  /** Asks for leave before the body is sent (RFC 9110 section 10.1.1), and waits a second for it. */
  readonly asksFirst?: boolean;
  /** Hears what happens before the answer. */
  readonly hear?: (what: SendingEvent) => Task<void>;
}

/** What happens between a request and its answer. */
export type SendingEvent =
  | { readonly kind: 'head-sent' }
  /** An answer that only leads to the next, 100 for one: its head. */
  | { readonly kind: 'interim'; readonly text: string }
  /** No leave came in time: the body goes without. */
  | { readonly kind: 'waited' }
  | { readonly kind: 'body-sent'; readonly bytes: number }
  /** The answer came before the body, and is an error: it stays unsent. */
  | { readonly kind: 'body-kept' };

/** How long leave is waited for, ms: curl's --expect100-timeout. */
const LEAVE_MS = 1_000;

export interface ResponseHead {
  readonly status: number;
  readonly reason: string;
  readonly version: string;
  /** As they came, in order. */
  readonly headers: readonly (readonly [name: string, value: string])[];
  /** The head as text, with its line ends, for `-i` and `-v`. */
  readonly text: string;
}

export type HttpOutcome =
  | { readonly kind: 'response'; readonly head: ResponseHead; readonly body: BodyReader }
  /** The peer closed without an answer, or reset the connection. */
  | { readonly kind: 'empty' | 'reset' | 'timed-out' | 'not-http' };

/** Reads a body piece by piece; undefined at its end. */
export interface BodyReader {
  next(): Task<Uint8Array | undefined>;
  /** How it ended: whole, or cut short with so many bytes missing. */
  readonly outcome: () =>
    | { readonly kind: 'whole' }
    | { readonly kind: 'cut'; readonly missingBytes: number }
    | { readonly kind: 'reset' | 'timed-out' };
}

/** Sends a request and reads the head of its response; the body is read by the caller. */
export function* exchange(process: Process, wire: Wire, request: RequestOptions): Task<HttpOutcome> {
  const lines = request.headers
    .map(([name, value]) => `${name}:${value === '' ? '' : ` ${value}`}\r\n`)
    .join('');
  const head = utf8Encode(
    `${request.method} ${request.target} HTTP/${request.version ?? '1.1'}\r\n${lines}\r\n`,
  );
  const { body, deadlineMs } = request;
  const hear = request.hear ?? heedless;
  let bodyWaits = body !== undefined && request.asksFirst === true;
  const whole = body === undefined || bodyWaits ? head : joinBytes([head, body]);
  const sent = yield* wire.send(whole, deadlineMs);
  if (!sent && isPast(process, deadlineMs)) return { kind: 'timed-out' };
  yield* hear({ kind: 'head-sent' });
  if (body !== undefined && !bodyWaits) yield* hear({ kind: 'body-sent', bytes: body.length });
  const leaveUntilMs = process.nowMs() + LEAVE_MS;
  const sendBody = function* (): Task<void> {
    if (body === undefined || !bodyWaits) return;
    bodyWaits = false;
    yield* wire.send(body, deadlineMs);
    yield* hear({ kind: 'body-sent', bytes: body.length });
  };
  let buffer: Uint8Array = new Uint8Array(0);
  for (;;) {
    const end = endOfHead(buffer);
    if (end !== undefined) {
      const parsed = parseHead(utf8Decode(buffer.subarray(0, end)));
      if (parsed === undefined) return { kind: 'not-http' };
      // 100 Continue and its like stand before the answer itself (RFC 9110 section 15.2).
      if (parsed.status >= 100 && parsed.status < 200) {
        buffer = buffer.slice(end);
        yield* hear({ kind: 'interim', text: parsed.text });
        yield* sendBody();
        continue;
      }
      if (bodyWaits && parsed.status >= 300) yield* hear({ kind: 'body-kept' });
      else yield* sendBody();
      return {
        kind: 'response',
        head: parsed,
        body: bodyReader(wire, parsed, request, buffer.slice(end)),
      };
    }
    if (buffer.length > MAX_HEAD_BYTES) return { kind: 'not-http' };
    const got = yield* wire.receive(
      bodyWaits ? Math.min(leaveUntilMs, deadlineMs ?? leaveUntilMs) : deadlineMs,
    );
    if (got.kind === 'timed-out') {
      if (!bodyWaits || isPast(process, deadlineMs)) return { kind: 'timed-out' };
      yield* hear({ kind: 'waited' });
      yield* sendBody();
      continue;
    }
    if (got.kind === 'failed') return { kind: 'reset' };
    if (got.kind === 'end') return buffer.length === 0 ? { kind: 'empty' } : { kind: 'not-http' };
    buffer = joinBytes([buffer, got.data]);
    if (buffer.length >= 5 && utf8Decode(buffer.subarray(0, 5)) !== 'HTTP/') return { kind: 'not-http' };
  }
}

function* heedless(): Task<void> {
  // Nobody listens.
}

function isPast(process: Process, deadlineMs: number | undefined): boolean {
  return deadlineMs !== undefined && process.nowMs() >= deadlineMs;
}

function endOfHead(buffer: Uint8Array): number | undefined {
  for (let at = 0; at + 1 < buffer.length; at++) {
    if (buffer[at] !== 10) continue;
    if (buffer[at + 1] === 10) return at + 2;
    if (buffer[at + 1] === 13 && buffer[at + 2] === 10) return at + 3;
  }
  return undefined;
}

function parseHead(text: string): ResponseHead | undefined {
  const [statusLine = '', ...lines] = text.split(/\r?\n/);
  const match = /^HTTP\/(\d(?:\.\d)?) (\d{3})(?: (.*))?$/.exec(statusLine);
  if (match === null) return undefined;
  const headers = lines
    .filter((line) => line.includes(':'))
    .map((line): [string, string] => [
      line.slice(0, line.indexOf(':')),
      line.slice(line.indexOf(':') + 1).trim(),
    ]);
  return { version: match[1] ?? '', status: Number(match[2]), reason: match[3] ?? '', headers, text };
}

export function headerOf(head: Pick<ResponseHead, 'headers'>, name: string): string | undefined {
  return head.headers.find(([key]) => key.toLowerCase() === name)?.[1];
}

function bodyReader(wire: Wire, head: ResponseHead, request: RequestOptions, first: Uint8Array): BodyReader {
  const bodiless = request.method === 'HEAD' || head.status === 204 || head.status === 304;
  const lengthText = headerOf(head, 'content-length');
  const chunked = /\bchunked\b/i.test(headerOf(head, 'transfer-encoding') ?? '');
  let left = bodiless ? 0 : lengthText === undefined ? Infinity : Number(lengthText);
  let pending = first;
  let ended: ReturnType<BodyReader['outcome']> = { kind: 'whole' };
  function* fill(): Task<boolean> {
    const got = yield* wire.receive(request.deadlineMs);
    if (got.kind === 'data') {
      pending = joinBytes([pending, got.data]);
      return true;
    }
    if (got.kind === 'failed') ended = { kind: 'reset' };
    else if (got.kind === 'timed-out') ended = { kind: 'timed-out' };
    else if (chunked || Number.isFinite(left))
      ended = { kind: 'cut', missingBytes: Number.isFinite(left) ? left : 0 };
    return false;
  }
  function* nextChunk(): Task<Uint8Array | undefined> {
    for (;;) {
      const lineEnd = pending.indexOf(10);
      const size = lineEnd < 0 ? undefined : parseInt(utf8Decode(pending.subarray(0, lineEnd)), 16);
      if (size !== undefined && !(size >= 0)) return undefined;
      if (size === 0) return undefined;
      if (size !== undefined && pending.length >= lineEnd + 1 + size + 2) {
        const data = pending.slice(lineEnd + 1, lineEnd + 1 + size);
        pending = pending.slice(lineEnd + 1 + size + 2);
        return data;
      }
      if (!(yield* fill())) return undefined;
    }
  }
  return {
    outcome: () => ended,
    *next() {
      if (bodiless) return undefined;
      if (chunked) return yield* nextChunk();
      if (left <= 0) return undefined;
      if (pending.length === 0 && !(yield* fill())) return undefined;
      const data = pending.subarray(0, Math.min(pending.length, left));
      pending = pending.slice(data.length);
      left -= data.length;
      return data;
    },
  };
}
