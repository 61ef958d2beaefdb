import { utf8Decode, utf8Encode } from '@podwire/sim';

/** Bounds of what a simulated server reads, bytes: those that common servers set. */
export const MAX_HEAD_BYTES = 16_384;
export const MAX_BODY_BYTES = 1_048_576;

export interface HttpRequest {
  readonly method: string;
  /** As on the request line: path and query, not decoded. */
  readonly target: string;
  readonly path: string;
  readonly query: ReadonlyMap<string, string>;
  /** Lower-case names; repeated headers are joined with a comma (RFC 9110 section 5.3). */
  readonly headers: ReadonlyMap<string, string>;
  readonly body: Uint8Array;
  readonly keepAlive: boolean;
}

export interface HttpResponse {
  readonly status: number;
  /** Where the server does not say what the RFC says. */
  readonly reason?: string;
  /** Written as nginx writes it, though no header names it. */
  readonly asNginx?: true;
  readonly headers?: Readonly<Record<string, string>>;
  readonly body: string | Uint8Array;
}

export type ParsedRequest =
  /** `asksFirst`: the head is here, and its sender waits for leave to send the body (RFC 9110 section 10.1.1). */
  | { readonly kind: 'incomplete'; readonly asksFirst?: true }
  | { readonly kind: 'request'; readonly request: HttpRequest; readonly consumedBytes: number }
  | { readonly kind: 'malformed'; readonly status: 400 | 413 | 431 | 501 | 505 };

const REASONS: Readonly<Record<number, string>> = {
  200: 'OK',
  201: 'Created',
  204: 'No Content',
  301: 'Moved Permanently',
  302: 'Found',
  303: 'See Other',
  304: 'Not Modified',
  307: 'Temporary Redirect',
  308: 'Permanent Redirect',
  400: 'Bad Request',
  401: 'Unauthorized',
  403: 'Forbidden',
  404: 'Not Found',
  405: 'Method Not Allowed',
  412: 'Precondition Failed',
  413: 'Request Entity Too Large',
  418: "I'm a teapot",
  429: 'Too Many Requests',
  431: 'Request Header Fields Too Large',
  500: 'Internal Server Error',
  501: 'Not Implemented',
  502: 'Bad Gateway',
  503: 'Service Unavailable',
  504: 'Gateway Timeout',
  505: 'HTTP Version Not Supported',
};

const LINE_FEED = 0x0a;
const REQUEST_LINE = /^([A-Z]+) (\S+) HTTP\/(\d)\.(\d)$/;

/** Reads one request from the front of what has arrived (RFC 9112). */
export function parseRequest(input: Uint8Array): ParsedRequest {
  // A control character begins no request: a TLS handshake on a plain port is refused at once, as nginx does.
  const [first = 0x0d] = input;
  if (first < 0x20 && first !== 0x0d && first !== 0x0a) return { kind: 'malformed', status: 400 };
  // So is a first line that is whole and no request line: what comes after it changes nothing.
  const lineEnd = input.subarray(0, MAX_HEAD_BYTES).indexOf(LINE_FEED);
  if (lineEnd > 1 && !REQUEST_LINE.test(utf8Decode(input.subarray(0, lineEnd)).replace(/\r$/, '')))
    return { kind: 'malformed', status: 400 };
  const headEnd = indexOfBlankLine(input);
  if (headEnd === undefined)
    return input.length > MAX_HEAD_BYTES ? { kind: 'malformed', status: 431 } : { kind: 'incomplete' };
  const [requestLine = '', ...lines] = utf8Decode(input.subarray(0, headEnd.at)).split('\r\n');
  const match = REQUEST_LINE.exec(requestLine);
  if (match === null) return { kind: 'malformed', status: 400 };
  const [, method = '', rawTarget = '', major, minor] = match;
  if (major !== '1') return { kind: 'malformed', status: 505 };
  const headers = new Map<string, string>();
  for (const line of lines) {
    const colon = line.indexOf(':');
    if (colon <= 0) return { kind: 'malformed', status: 400 };
    const name = line.slice(0, colon).toLowerCase();
    const value = line.slice(colon + 1).trim();
    const known = headers.get(name);
    headers.set(name, known === undefined ? value : `${known}, ${value}`);
  }
  if (minor === '1' && !headers.has('host')) return { kind: 'malformed', status: 400 };
  // No client of the simulation sends chunked bodies; one that did must not be misread.
  if (headers.has('transfer-encoding')) return { kind: 'malformed', status: 501 };
  const length = Number(headers.get('content-length') ?? 0);
  if (!Number.isInteger(length) || length < 0) return { kind: 'malformed', status: 400 };
  if (length > MAX_BODY_BYTES) return { kind: 'malformed', status: 413 };
  const bodyStart = headEnd.at + headEnd.length;
  if (input.length < bodyStart + length)
    return headers.get('expect')?.toLowerCase() === '100-continue' && input.length === bodyStart
      ? { kind: 'incomplete', asksFirst: true }
      : { kind: 'incomplete' };
  const target = rawTarget.replace(/^http:\/\/[^/]*/, '') || '/';
  // Origin form (RFC 9112 section 3.2.1), or the asterisk of OPTIONS.
  if (!target.startsWith('/') && target !== '*') return { kind: 'malformed', status: 400 };
  const [path, queryText] = splitOnce(target, '?');
  const connection = (headers.get('connection') ?? '').toLowerCase();
  return {
    kind: 'request',
    consumedBytes: bodyStart + length,
    request: {
      method,
      target,
      path: decodeComponent(path),
      query: parseQuery(queryText),
      headers,
      body: input.slice(bodyStart, bodyStart + length),
      keepAlive: minor === '1' ? connection !== 'close' : connection === 'keep-alive',
    },
  };
}

export function reasonOf(status: number): string {
  return REASONS[status] ?? `Status ${status}`;
}

/** As Go's html package escapes text. */
export function htmlEscaped(value: string): string {
  return value
    .replaceAll('&', '&amp;')
    .replaceAll("'", '&#39;')
    .replaceAll('<', '&lt;')
    .replaceAll('>', '&gt;')
    .replaceAll('"', '&#34;');
}

/** `date` in IMF-fixdate (RFC 9110 section 5.6.7). */
export function httpDate(atMs: number): string {
  return new Date(atMs).toUTCString();
}

/** Enough of a body to tell HTML by (the standard reads 512 bytes). */
const SNIFFED_BYTES = 512;
const HTML_START =
  /^[\t\n\f\r ]*<(?:!--|(?:!doctype html|html|head|script|iframe|h1|div|font|table|a|style|title|b|body|br|p)[ >])/iu;

/** What servers in Go say of a body of which nothing else is known (WHATWG MIME sniffing, as net/http does it). */
function sniffedType(body: Uint8Array): string {
  return HTML_START.test(utf8Decode(body.subarray(0, SNIFFED_BYTES)))
    ? 'text/html; charset=utf-8'
    : 'text/plain; charset=utf-8';
}

export function renderResponse(
  response: HttpResponse,
  options: { readonly nowMs: number; readonly headOnly: boolean; readonly keepAlive: boolean },
): Uint8Array {
  const body = typeof response.body === 'string' ? utf8Encode(response.body) : response.body;
  const { headers: given = {} } = response;
  // nginx names itself first, and the connection always.
  const isNginx = response.asNginx === true || given['Server']?.startsWith('nginx') === true;
  const type = given['Content-Type'] ?? (body.length > 0 ? sniffedType(body) : undefined);
  const common = {
    Date: httpDate(options.nowMs),
    ...(isNginx && type !== undefined ? { 'Content-Type': type } : {}),
    'Content-Length': String(body.length),
    ...(!isNginx && type !== undefined ? { 'Content-Type': type } : {}),
  };
  const headers: Record<string, string> = {
    ...(isNginx && given['Server'] !== undefined ? { Server: given['Server'] } : {}),
    ...common,
    ...(isNginx ? { Connection: options.keepAlive ? 'keep-alive' : 'close' } : {}),
    ...given,
    ...(options.keepAlive ? {} : { Connection: 'close' }),
  };
  const lines = Object.entries(headers).map(
    ([name, value]) => `${name}: ${value.replace(/[\r\n]+/g, ' ')}\r\n`,
  );
  const head = utf8Encode(
    `HTTP/1.1 ${response.status} ${response.reason ?? reasonOf(response.status)}\r\n${lines.join('')}\r\n`,
  );
  return options.headOnly ? head : concat(head, body);
}

export function concat(left: Uint8Array, right: Uint8Array): Uint8Array {
  const joined = new Uint8Array(left.length + right.length);
  joined.set(left);
  joined.set(right, left.length);
  return joined;
}

/** A field of the form that is the body, or of the query: what Go's `FormValue` answers. */
export function formValue({ method, headers, query, body }: HttpRequest, name: string): string {
  const isForm = /^application\/x-www-form-urlencoded(;|$)/i.test(headers.get('content-type') ?? '');
  const posted =
    isForm && ['POST', 'PUT', 'PATCH'].includes(method) ? parseQuery(utf8Decode(body)) : undefined;
  return posted?.get(name) ?? query.get(name) ?? '';
}

function parseQuery(text: string): ReadonlyMap<string, string> {
  const query = new Map<string, string>();
  for (const part of text.split('&')) {
    const [name, value] = splitOnce(part, '=');
    const key = decodeComponent(name.replaceAll('+', ' '));
    // Go's url.Values.Get answers with the first.
    if (key !== '' && !query.has(key)) query.set(key, decodeComponent(value.replaceAll('+', ' ')));
  }
  return query;
}

function splitOnce(text: string, separator: string): [string, string] {
  const at = text.indexOf(separator);
  return at < 0 ? [text, ''] : [text.slice(0, at), text.slice(at + 1)];
}

/** What is wrongly encoded stays as it is. */
function decodeComponent(text: string): string {
  try {
    return decodeURIComponent(text);
  } catch {
    return text;
  }
}

function indexOfBlankLine(input: Uint8Array): { readonly at: number; readonly length: number } | undefined {
  const limit = Math.min(input.length, MAX_HEAD_BYTES + 4);
  for (let at = 0; at + 3 < limit; at++) {
    if (input[at] === 13 && input[at + 1] === 10 && input[at + 2] === 13 && input[at + 3] === 10)
      return { at, length: 4 };
  }
  return undefined;
}
