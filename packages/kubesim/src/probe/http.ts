import type { Network, SocketId } from '@podwire/netsim';
import { utf8Decode, utf8Encode } from '@podwire/sim';
import type { ProbeRequest } from '../cluster-contract.ts';

export interface HttpAnswer {
  readonly status: number;
  readonly body: string;
}

/** Answers kept, bytes: a longer one counts as ended here. */
const MAX_RESPONSE_BYTES = 65_536;

export function renderGet(page: NonNullable<ProbeRequest['http']>): Uint8Array {
  return utf8Encode(
    `GET ${page.path} HTTP/1.1\r\nHost: ${page.host}\r\nUser-Agent: podwire-check\r\nConnection: close\r\n\r\n`,
  );
}

/** Reads what is there, after what came before; `answer` once it is whole. */
export function receiveResponse(
  network: Network,
  socket: SocketId,
  before: Uint8Array,
): { readonly received: Uint8Array; readonly ended: boolean; readonly answer: HttpAnswer | undefined } {
  const parts = [before];
  let size = before.length;
  let ended = false;
  while (!ended && size < MAX_RESPONSE_BYTES) {
    const got = network.receive(socket);
    if (got.ok && got.value?.length === 0) break;
    if (got.ok && got.value !== undefined) {
      parts.push(got.value);
      size += got.value.length;
    } else ended = true;
  }
  ended ||= size >= MAX_RESPONSE_BYTES;
  const received = new Uint8Array(size);
  let offset = 0;
  for (const part of parts) {
    received.set(part, offset);
    offset += part.length;
  }
  return { received, ended, answer: parseResponse(received, ended) };
}

/** A whole response: by its Content-Length, or by the end of the connection (RFC 9112 section 6.3). */
function parseResponse(bytes: Uint8Array, ended: boolean): HttpAnswer | undefined {
  const text = utf8Decode(bytes);
  const headEnd = text.indexOf('\r\n\r\n');
  const status = /^HTTP\/1\.[01] (\d{3})/.exec(text)?.[1];
  if (headEnd < 0 || status === undefined) return undefined;
  const length = /\r\ncontent-length: *(\d+)/i.exec(text.slice(0, headEnd))?.[1];
  const body = text.slice(headEnd + 4);
  if (!ended && (length === undefined || utf8Encode(body).length < Number(length))) return undefined;
  return { status: Number(status), body };
}
