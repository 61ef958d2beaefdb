import { utf8Decode, utf8Encode } from '@podwire/sim';

/** A request beyond these is refused, bytes. */
const MAX_HEAD_BYTES = 64 * 1024;
const MAX_BODY_BYTES = 3 * 1024 * 1024;

export interface ProxiedRequest {
  readonly method: string;
  /** Path and query as they stand on the request line. */
  readonly target: string;
  /** Lower-case names. */
  readonly headers: Readonly<Record<string, string>>;
  readonly body: Uint8Array;
  readonly keepAlive: boolean;
}

export type ReadRequest =
  | { readonly kind: 'incomplete' }
  | { readonly kind: 'malformed'; readonly status: 400 | 413 | 431 | 501 }
  | { readonly kind: 'request'; readonly request: ProxiedRequest; readonly bytes: number };

const REASONS: Readonly<Record<number, string>> = {
  200: 'OK',
  201: 'Created',
  202: 'Accepted',
  400: 'Bad Request',
  401: 'Unauthorized',
  403: 'Forbidden',
  404: 'Not Found',
  405: 'Method Not Allowed',
  406: 'Not Acceptable',
  409: 'Conflict',
  410: 'Gone',
  413: 'Request Entity Too Large',
  415: 'Unsupported Media Type',
  422: 'Unprocessable Entity',
  429: 'Too Many Requests',
  431: 'Request Header Fields Too Large',
  500: 'Internal Server Error',
  501: 'Not Implemented',
  503: 'Service Unavailable',
  504: 'Gateway Timeout',
};

/** The first request of what has come (RFC 9112). */
export function readRequest(input: Uint8Array): ReadRequest {
  const head = utf8Decode(input.subarray(0, MAX_HEAD_BYTES));
  const end = head.indexOf('\r\n\r\n');
  if (end < 0)
    return input.length >= MAX_HEAD_BYTES ? { kind: 'malformed', status: 431 } : { kind: 'incomplete' };
  const [first = '', ...lines] = head.slice(0, end).split('\r\n');
  const match = /^([A-Z]+) (\S+) HTTP\/1\.([01])$/.exec(first);
  if (match === null) return { kind: 'malformed', status: 400 };
  const [, method = '', target = '', minor] = match;
  const headers: Record<string, string> = {};
  for (const line of lines) {
    const colon = line.indexOf(':');
    if (colon <= 0) return { kind: 'malformed', status: 400 };
    headers[line.slice(0, colon).toLowerCase()] = line.slice(colon + 1).trim();
  }
  if (headers['transfer-encoding'] !== undefined) return { kind: 'malformed', status: 501 };
  const length = Number(headers['content-length'] ?? 0);
  if (!Number.isInteger(length) || length < 0) return { kind: 'malformed', status: 400 };
  if (length > MAX_BODY_BYTES) return { kind: 'malformed', status: 413 };
  const start = utf8Encode(head.slice(0, end)).length + 4;
  if (input.length < start + length) return { kind: 'incomplete' };
  const connection = (headers['connection'] ?? '').toLowerCase();
  return {
    kind: 'request',
    bytes: start + length,
    request: {
      method,
      target: target.replace(/^http:\/\/[^/]*/, '') || '/',
      headers,
      body: input.slice(start, start + length),
      keepAlive: minor === '1' ? connection !== 'close' : connection === 'keep-alive',
    },
  };
}

/** The status line and the headers of a response, in the order in which Go's server writes them. */
export function responseHead(status: number, headers: Readonly<Record<string, string>>): Uint8Array {
  const lines = Object.entries(headers)
    .map(([name, value]) => [name.replace(/(^|-)[a-z]/g, (c) => c.toUpperCase()), value] as const)
    .sort(([a], [b]) => (a < b ? -1 : 1))
    .map(([name, value]) => `${name}: ${value.replace(/[\r\n]+/g, ' ')}\r\n`);
  return utf8Encode(`HTTP/1.1 ${status} ${REASONS[status] ?? ''}\r\n${lines.join('')}\r\n`);
}

/** One piece of a body that goes on; an empty one is the last. */
export function chunk(data: Uint8Array): Uint8Array {
  const head = utf8Encode(`${data.length.toString(16)}\r\n`);
  const whole = new Uint8Array(head.length + data.length + 2);
  whole.set(head);
  whole.set(data, head.length);
  whole.set([13, 10], head.length + data.length);
  return whole;
}

/** A page of plain text, as Go's http.Error writes it. */
export function plainPage(
  status: number,
  text: string,
  date: string,
): { readonly head: Uint8Array; readonly body: Uint8Array } {
  const body = utf8Encode(`${text}\n`);
  const head = responseHead(status, {
    'content-type': 'text/plain; charset=utf-8',
    'x-content-type-options': 'nosniff',
    date,
    'content-length': String(body.length),
  });
  return { head, body };
}

export function reasonOf(status: number): string {
  return REASONS[status] ?? '';
}
