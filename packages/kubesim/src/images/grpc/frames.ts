import { concat } from '../http/message.ts';

/** HTTP/2 frames (RFC 9113 section 4), as far as one gRPC call needs them. */
export interface Frame {
  readonly type: number;
  readonly flags: number;
  readonly stream: number;
  readonly payload: Uint8Array;
}

export const FRAME = { data: 0, headers: 1, reset: 3, settings: 4, ping: 6, goAway: 7 } as const;
export const FLAG = { endStream: 1, ack: 1, endHeaders: 4, padded: 8, priority: 32 } as const;
/** RFC 9113 section 7. */
export const PROTOCOL_ERROR = 1;
export const COMPRESSION_ERROR = 9;

const HEAD_BYTES = 9;
/** SETTINGS_MAX_FRAME_SIZE as it stands where nobody sets it, bytes. */
const MAX_PAYLOAD_BYTES = 16_384;

export function encodeFrame({ type, flags, stream, payload }: Frame): Uint8Array {
  const { length } = payload;
  const head = Uint8Array.of(
    (length >> 16) & 255,
    (length >> 8) & 255,
    length & 255,
    type,
    flags,
    ...bytesOf(stream),
  );
  return concat(head, payload);
}

export type FrameRead =
  | { readonly kind: 'incomplete' }
  | { readonly kind: 'oversize' }
  | { readonly kind: 'frame'; readonly frame: Frame; readonly rest: Uint8Array };

/** Takes the first frame off what was received. */
export function takeFrame(received: Uint8Array): FrameRead {
  if (received.length < HEAD_BYTES) return { kind: 'incomplete' };
  const view = new DataView(received.buffer, received.byteOffset, received.byteLength);
  const length = view.getUint32(0) >>> 8;
  if (length > MAX_PAYLOAD_BYTES) return { kind: 'oversize' };
  const end = HEAD_BYTES + length;
  if (received.length < end) return { kind: 'incomplete' };
  const frame = {
    type: view.getUint8(3),
    flags: view.getUint8(4),
    stream: view.getUint32(5) & 0x7fffffff,
    payload: received.slice(HEAD_BYTES, end),
  };
  return { kind: 'frame', frame, rest: received.slice(end) };
}

export function settings(flags = 0): Uint8Array {
  return encodeFrame({ type: FRAME.settings, flags, stream: 0, payload: new Uint8Array() });
}

export function goAway(lastStream: number, code: number): Uint8Array {
  const payload = Uint8Array.of(...bytesOf(lastStream), ...bytesOf(code));
  return encodeFrame({ type: FRAME.goAway, flags: 0, stream: 0, payload });
}

/** What a HEADERS or DATA frame carries, without its padding and priority. */
export function contentOf({ type, flags, payload }: Frame): Uint8Array {
  const padding = (flags & FLAG.padded) === 0 ? 0 : (payload[0] ?? 0);
  const start =
    ((flags & FLAG.padded) === 0 ? 0 : 1) + (type === FRAME.headers && (flags & FLAG.priority) !== 0 ? 5 : 0);
  return payload.slice(start, Math.max(start, payload.length - padding));
}

function bytesOf(value: number): readonly number[] {
  return [(value >>> 24) & 255, (value >>> 16) & 255, (value >>> 8) & 255, value & 255];
}
