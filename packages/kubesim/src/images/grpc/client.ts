import { concat } from '../http/message.ts';
import {
  contentOf,
  COMPRESSION_ERROR,
  encodeFrame,
  FLAG,
  FRAME,
  goAway,
  settings,
  takeFrame,
} from './frames.ts';
import { decodeFields, encodeFields } from './headers.ts';
import { encodeCheck, framed, HEALTH_CHECK_PATH, PREFACE } from './health.ts';

/** One call of `Check` over a connection of its own. Plain data. */
export interface GrpcCall {
  readonly service: string;
  readonly authority: string;
  readonly userAgent: string;
  input: Uint8Array;
  data: Uint8Array;
  /** Set once the server's settings came and the request went out. */
  asked: boolean;
}

export type GrpcProgress =
  | { readonly kind: 'waiting'; readonly output: Uint8Array }
  /** The other side does not speak HTTP/2, or speaks it in a way that is not understood here. */
  | { readonly kind: 'broken'; readonly output: Uint8Array }
  | {
      readonly kind: 'answered';
      readonly code: number;
      readonly message: string;
      readonly data: Uint8Array;
    };

/** Frames that are read in one go. */
const MAX_FRAMES = 64;
const STREAM = 1;

export function newGrpcCall(service: string, authority: string, userAgent: string): GrpcCall {
  return { service, authority, userAgent, input: new Uint8Array(), data: new Uint8Array(), asked: false };
}

/** What a client says first: the preface and its settings. */
export function greeting(): Uint8Array {
  return concat(PREFACE, settings());
}

/** Takes what the server said. */
export function hearServer(call: GrpcCall, bytes: Uint8Array): GrpcProgress {
  call.input = concat(call.input, bytes);
  let output: Uint8Array = new Uint8Array();
  for (let count = 0; count < MAX_FRAMES; count++) {
    const read = takeFrame(call.input);
    if (read.kind === 'incomplete') break;
    if (read.kind === 'oversize') return { kind: 'broken', output };
    call.input = read.rest;
    const { frame } = read;
    // A server's first word is its settings (RFC 9113 section 3.4).
    if (!call.asked && frame.type !== FRAME.settings) return { kind: 'broken', output };
    switch (frame.type) {
      case FRAME.settings:
        if ((frame.flags & FLAG.ack) !== 0) break;
        output = concat(output, settings(FLAG.ack));
        if (!call.asked) output = concat(output, request(call));
        call.asked = true;
        break;
      case FRAME.ping:
        if ((frame.flags & FLAG.ack) === 0)
          output = concat(output, encodeFrame({ ...frame, flags: FLAG.ack }));
        break;
      case FRAME.data:
        call.data = concat(call.data, contentOf(frame));
        break;
      case FRAME.headers: {
        const fields = decodeFields(contentOf(frame));
        if (fields === undefined) return { kind: 'broken', output: goAway(0, COMPRESSION_ERROR) };
        if ((frame.flags & FLAG.endStream) === 0) break;
        const code = Number(fields.get('grpc-status') ?? '2');
        return {
          kind: 'answered',
          code,
          message: unescape(fields.get('grpc-message') ?? ''),
          data: call.data,
        };
      }
      case FRAME.goAway:
      case FRAME.reset:
        return { kind: 'broken', output };
    }
  }
  return { kind: 'waiting', output };
}

function request({ service, authority, userAgent }: GrpcCall): Uint8Array {
  const fields = encodeFields([
    [':method', 'POST'],
    [':scheme', 'http'],
    [':path', HEALTH_CHECK_PATH],
    [':authority', authority],
    ['content-type', 'application/grpc'],
    ['user-agent', userAgent],
    ['te', 'trailers'],
  ]);
  return concat(
    encodeFrame({ type: FRAME.headers, flags: FLAG.endHeaders, stream: STREAM, payload: fields }),
    encodeFrame({
      type: FRAME.data,
      flags: FLAG.endStream,
      stream: STREAM,
      payload: framed(encodeCheck(service)),
    }),
  );
}

/** `grpc-message` is percent-encoded. */
function unescape(text: string): string {
  return text.replaceAll(/%([0-9A-Fa-f]{2})/g, (_whole, hex: string) =>
    String.fromCharCode(parseInt(hex, 16)),
  );
}
