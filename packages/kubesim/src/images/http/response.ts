import { utf8Decode } from '@podwire/sim';

export interface ReceivedResponse {
  readonly status: number;
  /** Names as they came; of repeated ones the last. */
  readonly headers: Readonly<Record<string, string>>;
  readonly body: Uint8Array;
}

const HEAD_END = '\r\n\r\n';

/**
 * Reads a response that is whole: by its Content-Length, or, without one, by the end of the connection
 * (RFC 9112 section 6.3). Servers of this simulation send no chunks.
 */
export function parseResponse(bytes: Uint8Array, ended: boolean): ReceivedResponse | undefined {
  // Heads are ASCII, so that a place in the text is a place in the bytes.
  const text = utf8Decode(bytes);
  const headEnd = text.indexOf(HEAD_END);
  const status = /^HTTP\/1\.[01] (\d{3})/.exec(text)?.[1];
  if (headEnd < 0 || status === undefined) return undefined;
  const headers: Record<string, string> = {};
  for (const line of text.slice(0, headEnd).split('\r\n').slice(1)) {
    const colon = line.indexOf(':');
    if (colon > 0) headers[line.slice(0, colon)] = line.slice(colon + 1).trim();
  }
  const body = bytes.slice(headEnd + HEAD_END.length);
  const length = Object.entries(headers).find(([name]) => name.toLowerCase() === 'content-length')?.[1];
  if (!ended && (length === undefined || body.length < Number(length))) return undefined;
  return { status: Number(status), headers, body };
}
