import { utf8Decode, utf8Encode } from '@podwire/sim';
import { joinBytes } from '../../stdio/input.ts';

/** Messages of PostgreSQL's protocol, version 3.0. */
export interface PostgresMessage {
  readonly type: string;
  readonly body: Uint8Array;
}

const VERSION = 196_608;
const ZERO = '\u0000';

function framed(type: string, body: Uint8Array): Uint8Array {
  const length = body.length + 4;
  const size = Uint8Array.of(
    (length >>> 24) & 255,
    (length >>> 16) & 255,
    (length >>> 8) & 255,
    length & 255,
  );
  return joinBytes([utf8Encode(type), size, body]);
}

export function connectMessage(user: string, database: string): Uint8Array {
  const version = Uint8Array.of(
    (VERSION >>> 24) & 255,
    (VERSION >>> 16) & 255,
    (VERSION >>> 8) & 255,
    VERSION & 255,
  );
  const settings = ['user', user, 'database', database, 'application_name', 'psql', ''].join(ZERO) + ZERO;
  return framed('', joinBytes([version, utf8Encode(settings)]));
}

export function passwordMessage(password: string): Uint8Array {
  return framed('p', utf8Encode(password + ZERO));
}

export function queryMessage(text: string): Uint8Array {
  return framed('Q', utf8Encode(text + ZERO));
}

/** The first whole message of what was received. */
export function takeMessage(
  received: Uint8Array,
): { readonly message: PostgresMessage; readonly rest: Uint8Array } | undefined {
  if (received.length < 5) return undefined;
  const length = new DataView(received.buffer, received.byteOffset, received.byteLength).getUint32(1);
  const end = 1 + length;
  if (length < 4 || received.length < end) return undefined;
  return {
    message: { type: String.fromCharCode(received[0] ?? 0), body: received.slice(5, end) },
    rest: received.slice(end),
  };
}

/** The texts of a message that each end with a zero byte. */
export function fieldsOf({ body }: PostgresMessage): readonly string[] {
  return utf8Decode(body)
    .split(ZERO)
    .filter((part) => part !== '');
}

/** The values of a row, as text; NULL is empty. */
export function rowOf({ body }: PostgresMessage): readonly string[] {
  const view = new DataView(body.buffer, body.byteOffset, body.byteLength);
  const values: string[] = [];
  if (body.length < 2) return values;
  const count = view.getUint16(0);
  let at = 2;
  for (let column = 0; column < count && at + 4 <= body.length; column++) {
    const length = view.getInt32(at);
    at += 4;
    values.push(length < 0 ? '' : utf8Decode(body.subarray(at, at + length)));
    at += Math.max(0, length);
  }
  return values;
}
