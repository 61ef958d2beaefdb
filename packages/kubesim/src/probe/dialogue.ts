import type { Network, SocketAddress, SocketEvent, SocketId } from '@podwire/netsim';
import { utf8Decode, utf8Encode } from '@podwire/sim';
import type { ProbeVerdict } from '../cluster-contract.ts';

/** What one attempt at talking to an address came to. */
export interface DialogueEnd {
  readonly verdict: Extract<ProbeVerdict, 'open' | 'refused' | 'timed-out' | 'unreachable'>;
  readonly http?: { readonly status: number; readonly body: string };
}

/** An exchange with one address: opened once, told of its socket's events, and over when `end` is set. */
export interface Dialogue {
  readonly socket: SocketId | undefined;
  end: DialogueEnd | undefined;
  onEvent(event: SocketEvent): void;
}

/** Answers of HTTP kept, bytes. */
const MAX_RESPONSE_BYTES = 65_536;
const PING_BYTES = 56;

function verdictOf(errno: string): DialogueEnd['verdict'] {
  if (errno === 'ECONNREFUSED' || errno === 'ECONNRESET') return 'refused';
  return errno === 'ETIMEDOUT' ? 'timed-out' : 'unreachable';
}

function failedAtOnce(errno: string): Dialogue {
  return { socket: undefined, end: { verdict: verdictOf(errno) }, onEvent: () => undefined };
}

/** TCP: open when the handshake is done. With a request, when an answer has been read as well. */
export function dialTcp(
  network: Network,
  netns: string,
  owner: string,
  remote: SocketAddress,
  httpRequest?: string,
): Dialogue {
  const opened = network.connectTcp(netns, owner, remote);
  if (!opened.ok) return failedAtOnce(opened.errno);
  const socket = opened.value;
  let response = new Uint8Array(0);
  const dialogue: Dialogue = {
    socket,
    end: undefined,
    onEvent(event) {
      if (event.kind === 'failed') dialogue.end ??= { verdict: verdictOf(event.errno) };
      else if (event.kind === 'connected' && httpRequest === undefined) dialogue.end = { verdict: 'open' };
      else if (event.kind === 'connected') network.send(socket, utf8Encode(httpRequest ?? ''));
      else if (event.kind === 'readable' || event.kind === 'end') {
        const read = readResponse(network, socket, response);
        response = read.bytes;
        const http = parseResponse(response, read.ended);
        if (http !== undefined) dialogue.end = { verdict: 'open', http };
        else if (read.ended) dialogue.end = { verdict: 'open' };
      }
    },
  };
  return dialogue;
}

function readResponse(
  network: Network,
  socket: SocketId,
  before: Uint8Array,
): { readonly bytes: Uint8Array<ArrayBuffer>; readonly ended: boolean } {
  let bytes = before.slice();
  while (bytes.length < MAX_RESPONSE_BYTES) {
    const got = network.receive(socket);
    if (!got.ok || got.value === undefined) return { bytes, ended: true };
    if (got.value.length === 0) return { bytes, ended: false };
    const joined = new Uint8Array(bytes.length + got.value.length);
    joined.set(bytes);
    joined.set(got.value, bytes.length);
    bytes = joined;
  }
  return { bytes, ended: true };
}

/** A whole response: by its Content-Length, or by the end of the connection (RFC 9112 section 6.3). */
function parseResponse(
  bytes: Uint8Array,
  ended: boolean,
): { readonly status: number; readonly body: string } | undefined {
  const text = utf8Decode(bytes);
  const headEnd = text.indexOf('\r\n\r\n');
  const status = /^HTTP\/1\.[01] (\d{3})/.exec(text)?.[1];
  if (headEnd < 0 || status === undefined) return undefined;
  const length = /\r\ncontent-length: *(\d+)/i.exec(text.slice(0, headEnd))?.[1];
  const body = text.slice(headEnd + 4);
  if (!ended && (length === undefined || utf8Encode(body).length < Number(length))) return undefined;
  return { status: Number(status), body };
}

/** UDP: open when anything comes back; silence can't be told from a lost packet. */
export function dialUdp(
  network: Network,
  netns: string,
  owner: string,
  remote: SocketAddress,
  datagram: Uint8Array,
): Dialogue & { answer: Uint8Array | undefined } {
  const opened = network.connectUdp(netns, owner, remote);
  if (!opened.ok) return { ...failedAtOnce(opened.errno), answer: undefined };
  const socket = opened.value;
  const dialogue: Dialogue & { answer: Uint8Array | undefined } = {
    socket,
    end: undefined,
    answer: undefined,
    onEvent(event) {
      if (event.kind === 'failed') {
        dialogue.end ??= { verdict: verdictOf(event.errno) };
        return;
      }
      const got = event.kind === 'readable' ? network.receiveFrom(socket) : undefined;
      if (got === undefined) return;
      dialogue.answer = got.data;
      dialogue.end = { verdict: 'open' };
    },
  };
  const sent = network.sendTo(socket, remote, datagram);
  if (!sent.ok) dialogue.end = { verdict: verdictOf(sent.errno) };
  return dialogue;
}

/** ICMP: open when the echo comes back. */
export function dialPing(network: Network, netns: string, owner: string, address: string): Dialogue {
  const socket = network.openPing(netns, owner);
  const dialogue: Dialogue = {
    socket,
    end: undefined,
    onEvent() {
      const echo = network.receiveEcho(socket);
      if (echo !== undefined)
        dialogue.end = {
          verdict:
            echo.outcome === 'reply'
              ? 'open'
              : echo.outcome === 'admin-prohibited'
                ? 'refused'
                : 'unreachable',
        };
    },
  };
  const sent = network.sendEcho(socket, address, { sequence: 1, bytes: PING_BYTES });
  if (!sent.ok) dialogue.end = { verdict: 'unreachable' };
  return dialogue;
}
