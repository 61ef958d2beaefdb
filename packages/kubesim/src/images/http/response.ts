import { utf8Decode } from '@podwire/sim';
import { concat } from './message.ts';

export interface ReceivedResponse {
  readonly status: number;
  /** Names as they came; of repeated ones the last. */
  readonly headers: Readonly<Record<string, string>>;
  readonly body: Uint8Array;
}

const HEAD_END = [0x0d, 0x0a, 0x0d, 0x0a] as const;
const LINE_FEED = 0x0a;

/**
 * Reads a response that is whole: by its Content-Length or its chunks, or, without these, by the end of the connection
 * (RFC 9112 section 6.3).
 *
 * @param method of the request: an answer to HEAD has no body.
 */
export function parseResponse(
  bytes: Uint8Array,
  ended: boolean,
  method = 'GET',
): ReceivedResponse | undefined {
  const headEnd = endOfHead(bytes);
  // Bodies are long, and looked at again with each piece that comes: the head alone is read.
  const text = utf8Decode(bytes.subarray(0, Math.max(0, headEnd)));
  const status = /^HTTP\/1\.[01] (\d{3})/.exec(text)?.[1];
  if (headEnd < 0 || status === undefined) return undefined;
  const headers: Record<string, string> = {};
  for (const line of text.split('\r\n').slice(1)) {
    const colon = line.indexOf(':');
    if (colon > 0) headers[line.slice(0, colon)] = line.slice(colon + 1).trim();
  }
  const header = (wanted: string): string | undefined =>
    Object.entries(headers).find(([name]) => name.toLowerCase() === wanted)?.[1];
  const whole = (body: Uint8Array): ReceivedResponse => ({ status: Number(status), headers, body });
  const rest = bytes.slice(headEnd + HEAD_END.length);
  if (method === 'HEAD' || status === '204' || status === '304') return whole(new Uint8Array(0));
  if (/\bchunked\b/i.test(header('transfer-encoding') ?? '')) {
    const { body, complete } = fromChunks(rest);
    // They were of this connection alone (RFC 9112 section 6.1): whoever passes the body on has its length.
    const kept = Object.entries(headers).filter(([name]) => name.toLowerCase() !== 'transfer-encoding');
    return complete || ended ? { ...whole(body), headers: Object.fromEntries(kept) } : undefined;
  }
  const length = header('content-length');
  if (!ended && (length === undefined || rest.length < Number(length))) return undefined;
  return whole(length === undefined ? rest : rest.subarray(0, Number(length)));
}

/** Where the head's last line ends; -1 while it has not come. */
function endOfHead(bytes: Uint8Array): number {
  for (let at = bytes.indexOf(HEAD_END[0]); at >= 0; at = bytes.indexOf(HEAD_END[0], at + 1))
    if (HEAD_END.every((byte, index) => bytes[at + index] === byte)) return at;
  return -1;
}

/** What chunks hold (RFC 9112 section 7.1); trailers are left alone. */
function fromChunks(bytes: Uint8Array): { readonly body: Uint8Array; readonly complete: boolean } {
  let body: Uint8Array = new Uint8Array(0);
  for (let at = 0; ;) {
    const lineEnd = bytes.indexOf(LINE_FEED, at);
    const size = lineEnd < 0 ? NaN : Number.parseInt(utf8Decode(bytes.subarray(at, lineEnd)), 16);
    if (size === 0) return { body, complete: true };
    const end = lineEnd + 1 + size;
    if (!(size > 0) || bytes.length < end) return { body, complete: false };
    body = concat(body, bytes.subarray(lineEnd + 1, end));
    at = end + 2;
  }
}
