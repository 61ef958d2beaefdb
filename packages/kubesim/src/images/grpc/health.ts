import { utf8Decode, utf8Encode } from '@podwire/sim';
import { concat } from '../http/message.ts';

/** The gRPC health protocol, v1: one call, `Check`. */
export const HEALTH_CHECK_PATH = '/grpc.health.v1.Health/Check';
export const HEALTH_SERVICE_PREFIX = '/grpc.health.v1.Health/';
export const PREFACE: Uint8Array = utf8Encode('PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n');

/** Names of `HealthCheckResponse.ServingStatus`, by number. */
export const SERVING_STATUS = ['UNKNOWN', 'SERVING', 'NOT_SERVING', 'SERVICE_UNKNOWN'] as const;

/** Codes of gRPC that occur here. */
export const GRPC_CODE = { ok: 0, invalidArgument: 3, notFound: 5, unimplemented: 12, internal: 13 } as const;

/** google.golang.org/grpc/codes, by number. */
export const GRPC_CODE_NAMES: readonly string[] = [
  'OK',
  'Canceled',
  'Unknown',
  'InvalidArgument',
  'DeadlineExceeded',
  'NotFound',
  'AlreadyExists',
  'PermissionDenied',
  'ResourceExhausted',
  'FailedPrecondition',
  'Aborted',
  'OutOfRange',
  'Unimplemented',
  'Internal',
  'Unavailable',
  'DataLoss',
  'Unauthenticated',
];

const MESSAGE_HEAD_BYTES = 5;

/** A message behind the five bytes that say how long it is. */
export function framed(message: Uint8Array): Uint8Array {
  const { length } = message;
  return concat(
    Uint8Array.of(0, (length >>> 24) & 255, (length >>> 16) & 255, (length >>> 8) & 255, length & 255),
    message,
  );
}

/** The first message of what a stream carried; undefined when it is not whole, or compressed. */
export function unframed(data: Uint8Array): Uint8Array | undefined {
  if (data.length < MESSAGE_HEAD_BYTES || data[0] !== 0) return undefined;
  const length = new DataView(data.buffer, data.byteOffset, data.byteLength).getUint32(1);
  const end = MESSAGE_HEAD_BYTES + length;
  return data.length < end ? undefined : data.slice(MESSAGE_HEAD_BYTES, end);
}

/** `HealthCheckRequest { string service = 1 }`. Names longer than 127 bytes are nobody's service here. */
export function encodeCheck(service: string): Uint8Array {
  const name = utf8Encode(service).slice(0, 127);
  return name.length === 0 ? new Uint8Array() : concat(Uint8Array.of(0x0a, name.length), name);
}

export function decodeCheck(message: Uint8Array): string | undefined {
  if (message.length === 0) return '';
  const length = message[1] ?? 0;
  if (message[0] !== 0x0a || length > 127 || message.length !== length + 2) return undefined;
  return utf8Decode(message.slice(2));
}

/** `HealthCheckResponse { ServingStatus status = 1 }`. */
export function encodeStatus(status: (typeof SERVING_STATUS)[number]): Uint8Array {
  const number = SERVING_STATUS.indexOf(status);
  return number === 0 ? new Uint8Array() : Uint8Array.of(0x08, number);
}

export function decodeStatus(message: Uint8Array): (typeof SERVING_STATUS)[number] | undefined {
  if (message.length === 0) return 'UNKNOWN';
  return message[0] === 0x08 ? SERVING_STATUS[message[1] ?? 0] : undefined;
}
