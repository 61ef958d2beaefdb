import { utf8Encode } from '@podwire/sim';
import type { Pod } from 'kubernetes-types/core/v1';
import type { ApiResponse, ApiStream } from '../http.ts';
import type { Query, Scope, ServerParts } from '../http/scope.ts';
import { failureResponse } from '../http/respond.ts';
import type { Streams } from '../http/streams.ts';
import type { LogLine } from '../server.ts';
import { badRequest, failure, success } from '../status.ts';
import type { Outcome } from '../status.ts';
import { parseTime } from '../time.ts';
import { chooseContainer } from './containers.ts';

interface LogOptions {
  readonly follow: boolean;
  readonly previous: boolean;
  readonly timestamps: boolean;
  readonly sinceMs: number | undefined;
  readonly tailLines: number | undefined;
  readonly limitBytes: number | undefined;
}

function wholeNumber(query: Query, name: string): Outcome<number | undefined> {
  const text = query.get(name);
  if (text === '') return success(undefined);
  if (/^\d{1,12}$/.test(text)) return success(Number(text));
  return failure(
    422,
    'Invalid',
    `PodLogOptions "" is invalid: ${name}: Invalid value: ${text}: must be greater than or equal to 0`,
  );
}

function logOptions(query: Query, nowMs: number): Outcome<LogOptions> {
  const tail = wholeNumber(query, 'tailLines');
  const limit = wholeNumber(query, 'limitBytes');
  const seconds = wholeNumber(query, 'sinceSeconds');
  if (!tail.ok) return tail;
  if (!limit.ok) return limit;
  if (!seconds.ok) return seconds;
  const since = query.get('sinceTime');
  const sinceTime = since === '' ? undefined : parseTime(since);
  if (since !== '' && sinceTime === undefined)
    return badRequest(
      `parsing time ${JSON.stringify(since)} as "2006-01-02T15:04:05Z07:00": cannot parse ${JSON.stringify(since)} as "2006"`,
    );
  return success({
    follow: query.flag('follow'),
    previous: query.flag('previous'),
    timestamps: query.flag('timestamps'),
    sinceMs: seconds.value === undefined ? sinceTime : nowMs - seconds.value * 1000,
    tailLines: tail.value,
    limitBytes: limit.value,
  });
}

export function handleLog(scope: Scope, parts: ServerParts, streams: Streams): ApiResponse {
  const { request, query } = scope;
  const found = parts.registry.get(scope.resource, scope.namespace, scope.name);
  if (!found.ok) return failureResponse(request, found);
  const pod = found.value as unknown as Pod;
  const options = logOptions(query, parts.simulation.nowMs);
  if (!options.ok) return failureResponse(request, options);
  const container = chooseContainer(pod, query.get('container'));
  if (!container.ok) return failureResponse(request, container);
  const headers = { 'content-type': 'text/plain', 'cache-control': 'no-cache, private' };
  // A pod that is on no node has no log yet, and that is no error.
  if ((pod.spec?.nodeName ?? '') === '') return { status: 200, headers, body: new Uint8Array() };
  const { follow, previous } = options.value;
  const first = parts.nodeOps.readLog({
    pod,
    container: container.value,
    previous,
    from: 0,
    query: passedOn(scope.query),
  });
  if (!first.ok)
    return failureResponse(
      request,
      first.unreachable === true ? failure(500, '', first.message) : badRequest(first.message),
    );
  const { sinceMs, tailLines } = options.value;
  const recent = sinceMs === undefined ? first.lines : first.lines.filter((line) => line.atMs >= sinceMs);
  const shown = tailLines === undefined ? recent : recent.slice(Math.max(0, recent.length - tailLines));
  if (!follow || previous || first.ended)
    return { status: 200, headers, body: limited(format(shown, options.value), options.value.limitBytes) };
  const stream = new LogStream(
    parts,
    pod,
    container.value,
    options.value,
    first.next,
    format(shown, options.value),
    () => streams.closed(stream),
  );
  if (!streams.open(stream))
    return failureResponse(
      request,
      failure(429, 'TooManyRequests', 'Too many streams are open, please try again later.'),
    );
  return { status: 200, headers, stream };
}

/** The options that the kubelet is told, in the order of Go's url.Values. */
function passedOn(query: Scope['query']): string {
  const flags = ['follow', 'previous', 'timestamps'] as const;
  const texts = ['limitBytes', 'sinceSeconds', 'sinceTime', 'tailLines'] as const;
  return [
    ...flags.filter((name) => query.flag(name)).map((name) => `${name}=true`),
    ...texts.filter((name) => query.get(name) !== '').map((name) => `${name}=${query.get(name)}`),
  ]
    .sort()
    .join('&');
}

function format(lines: readonly LogLine[], options: LogOptions): Uint8Array {
  return utf8Encode(
    lines
      .map(
        ({ atMs, text, unended }) =>
          `${options.timestamps ? `${nanoTime(atMs)} ` : ''}${text}${unended === true ? '' : '\n'}`,
      )
      .join(''),
  );
}

/** RFC 3339 with nanoseconds, as container logs have. */
function nanoTime(ms: number): string {
  const seconds = Math.floor(ms / 1000);
  const nanos = Math.floor((ms - seconds * 1000) * 1e6);
  return `${new Date(seconds * 1000).toISOString().slice(0, 19)}.${String(nanos).padStart(9, '0')}Z`;
}

function limited(bytes: Uint8Array, limit: number | undefined): Uint8Array {
  return limit === undefined ? bytes : bytes.subarray(0, limit);
}

/** `kubectl logs -f`: reads on from its cursor whenever its client reads. */
class LogStream implements ApiStream {
  readonly #parts: ServerParts;
  readonly #pod: Pod;
  readonly #container: string;
  readonly #options: LogOptions;
  readonly #onClose: () => void;
  readonly #stopListening: () => void;
  #cursor: number;
  #pending: Uint8Array | undefined;
  #left: number;
  #ended = false;
  #listener: (() => void) | undefined;

  constructor(
    parts: ServerParts,
    pod: Pod,
    container: string,
    options: LogOptions,
    cursor: number,
    first: Uint8Array,
    onClose: () => void,
  ) {
    this.#parts = parts;
    this.#pod = pod;
    this.#container = container;
    this.#options = options;
    this.#cursor = cursor;
    this.#pending = first;
    this.#left = options.limitBytes ?? Number.POSITIVE_INFINITY;
    this.#onClose = onClose;
    this.#stopListening = parts.nodeOps.onLog({ pod, container }, () => this.wake());
  }

  read(): Uint8Array | undefined {
    const bytes = this.#pending ?? this.#next();
    this.#pending = undefined;
    if (bytes.length === 0) return this.#ended ? undefined : bytes;
    const part = bytes.subarray(0, Math.min(bytes.length, this.#left));
    this.#left -= part.length;
    if (this.#left <= 0) this.#finish();
    return part;
  }

  #next(): Uint8Array {
    if (this.#ended) return new Uint8Array();
    const more = this.#parts.nodeOps.readLog({
      pod: this.#pod,
      container: this.#container,
      previous: false,
      from: this.#cursor,
    });
    if (!more.ok) {
      this.#finish();
      return new Uint8Array();
    }
    this.#cursor = more.next;
    if (more.ended) this.#finish();
    return format(more.lines, this.#options);
  }

  #finish(): void {
    if (this.#ended) return;
    this.#ended = true;
    this.#stopListening();
    this.#onClose();
  }

  onReadable(listener: () => void): void {
    this.#listener = listener;
  }

  close(): void {
    this.#finish();
  }

  wake(): void {
    this.#listener?.();
  }

  end(): void {
    this.#finish();
    this.wake();
  }
}
