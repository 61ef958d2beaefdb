import type { Network, SocketId } from '@podwire/netsim';
import { utf8Decode, utf8Encode } from '@podwire/sim';
import type { ProbeRequest } from '../cluster-contract.ts';
import { parseResponse } from '../images/http/response.ts';

export interface HttpAnswer {
  readonly status: number;
  readonly body: string;
  /** By name in lower case. */
  readonly headers: Readonly<Record<string, string>>;
}

/** Answers kept, bytes: a longer one counts as ended here. */
const MAX_RESPONSE_BYTES = 65_536;

export function renderGet(page: NonNullable<ProbeRequest['http']>): Uint8Array {
  const more = Object.entries(page.headers ?? {})
    .map(([name, value]) => `${oneLine(name)}: ${oneLine(value)}\r\n`)
    .join('');
  return utf8Encode(
    `GET ${oneLine(page.path)} HTTP/1.1\r\nHost: ${oneLine(page.host)}\r\nUser-Agent: podwire-check\r\n${more}Connection: close\r\n\r\n`,
  );
}

/** Nothing in a field begins another one. */
function oneLine(text: string): string {
  return text.replaceAll(/[\r\n]/gu, ' ');
}

/** Reads what is there, after what came before; `answer` once it is whole. */
export function receiveResponse(
  network: Network,
  socket: SocketId,
  before: Uint8Array,
  /** Of TLS, what is in the clear. */
  unveil: (bytes: Uint8Array) => Uint8Array,
): { readonly received: Uint8Array; readonly ended: boolean; readonly answer: HttpAnswer | undefined } {
  const parts = [before];
  let size = before.length;
  let ended = false;
  while (!ended && size < MAX_RESPONSE_BYTES) {
    const got = network.receive(socket);
    if (got.ok && got.value?.length === 0) break;
    if (got.ok && got.value !== undefined) {
      const clear = unveil(got.value);
      parts.push(clear);
      size += clear.length;
    } else ended = true;
  }
  ended ||= size >= MAX_RESPONSE_BYTES;
  const received = new Uint8Array(size);
  let offset = 0;
  for (const part of parts) {
    received.set(part, offset);
    offset += part.length;
  }
  const whole = parseResponse(received, ended);
  const answer =
    whole === undefined
      ? undefined
      : {
          status: whole.status,
          body: utf8Decode(whole.body),
          headers: Object.fromEntries(
            Object.entries(whole.headers).map(([name, value]) => [name.toLowerCase(), value]),
          ),
        };
  return { received, ended, answer };
}
