import { utf8Decode } from '@podwire/sim';
import { bytesToBase64 } from '../base64.ts';
import { define, parseJson } from '../json.ts';
import type { Json, JsonObject } from '../json.ts';
import { formatMicroTime, formatTime } from '../time.ts';
import { schemaOfKind } from './kinds.ts';
import { schemaType } from './table.ts';
import type { Field, FieldType, ScalarName, SchemaType } from './table.ts';
import { isSchemaChoice } from './wire.ts';

export type DecodedProtobuf =
  { readonly ok: true; readonly value: JsonObject } | { readonly ok: false; readonly message: string };

class WireError extends Error {}

/** `k8s\0`, which begins every protobuf body of Kubernetes; a runtime.Unknown follows. */
export const MAGIC = Uint8Array.of(0x6b, 0x38, 0x73, 0x00);
/** Messages within messages; API types nest far less. */
const MAX_DEPTH = 64;

/** Reads a protobuf body of any modelled kind, by the field tables. Fields that the tables do not have are skipped, as protobuf does. */
export function decodeProtobuf(body: Uint8Array): DecodedProtobuf {
  if (MAGIC.some((byte, index) => body[index] !== byte))
    return {
      ok: false,
      message: 'provided data does not appear to be a protobuf message, expected prefix [107 56 115 0]',
    };
  try {
    const unknown = readUnknown(body.subarray(MAGIC.length));
    const schema = schemaOfKind(unknown.apiVersion, unknown.kind);
    if (schema === undefined) {
      return {
        ok: false,
        message: `this simulated cluster does not model the kind ${JSON.stringify(unknown.kind)} of ${JSON.stringify(unknown.apiVersion)}`,
      };
    }
    const value = decodeMessage(schemaType(schema), unknown.raw, 0);
    return { ok: true, value: { kind: unknown.kind, apiVersion: unknown.apiVersion, ...value } };
  } catch (error) {
    if (error instanceof WireError) return { ok: false, message: error.message };
    throw error;
  }
}

interface Unknown {
  apiVersion: string;
  kind: string;
  raw: Uint8Array;
}

function readUnknown(bytes: Uint8Array): Unknown {
  const result: Unknown = { apiVersion: '', kind: '', raw: new Uint8Array() };
  for (const { number, value } of fieldsOf(bytes)) {
    if (!(value instanceof Uint8Array)) continue;
    if (number === 2) result.raw = value;
    if (number !== 1) continue;
    for (const inner of fieldsOf(value)) {
      if (!(inner.value instanceof Uint8Array)) continue;
      if (inner.number === 1) result.apiVersion = utf8Decode(inner.value);
      if (inner.number === 2) result.kind = utf8Decode(inner.value);
    }
  }
  return result;
}

interface WireField {
  readonly number: number;
  /** A varint or fixed number, or the bytes of a length-delimited field. */
  readonly value: bigint | Uint8Array;
}

function* fieldsOf(bytes: Uint8Array): Generator<WireField> {
  let at = 0;
  const varint = (): bigint => {
    let result = 0n;
    for (let shift = 0n; shift < 70n; shift += 7n) {
      const byte = bytes[at++];
      if (byte === undefined) throw new WireError('unexpected EOF');
      result |= BigInt(byte & 0x7f) << shift;
      if (byte < 0x80) return BigInt.asUintN(64, result);
    }
    throw new WireError('proto: integer overflow');
  };
  const take = (count: number): Uint8Array => {
    if (count > bytes.length - at) throw new WireError('unexpected EOF');
    const part = bytes.subarray(at, at + count);
    at += count;
    return part;
  };
  while (at < bytes.length) {
    const key = varint();
    const number = Number(key >> 3n);
    switch (key & 7n) {
      case 0n:
        yield { number, value: varint() };
        break;
      case 1n:
        yield { number, value: littleEndian(take(8)) };
        break;
      case 2n: {
        const length = varint();
        if (length > BigInt(bytes.length)) throw new WireError('unexpected EOF');
        yield { number, value: take(Number(length)) };
        break;
      }
      case 5n:
        yield { number, value: littleEndian(take(4)) };
        break;
      default:
        throw new WireError(`proto: illegal wireType ${String(key & 7n)}`);
    }
  }
}

function littleEndian(bytes: Uint8Array): bigint {
  return bytes.reduceRight((sum, byte) => (sum << 8n) | BigInt(byte), 0n);
}

function decodeMessage(type: SchemaType, bytes: Uint8Array, depth: number): JsonObject {
  if (depth > MAX_DEPTH) throw new WireError('proto: message nesting too deep');
  const result: JsonObject = {};
  const byNumber = new Map<number, Field>(type.own.map((field) => [field.number, field]));
  for (const { number, value } of fieldsOf(bytes)) {
    const field = byNumber.get(number);
    if (field !== undefined) {
      if (isSchemaChoice(type, field) && value instanceof Uint8Array)
        result[field.name] = decodeSchemaChoice(type, value, depth);
      else decodeInto(result, field, value, depth);
      continue;
    }
    const inline = type.inlined.find((candidate) => candidate.number === number);
    if (inline !== undefined && value instanceof Uint8Array)
      Object.assign(result, decodeMessage(schemaType(inline.type), value, depth + 1));
  }
  return result;
}

/** Of JSONSchemaPropsOrArray the schema (CRDs may have no list of them); of JSONSchemaPropsOrBool it, or whether there may be anything. */
function decodeSchemaChoice(type: SchemaType, bytes: Uint8Array, depth: number): Json {
  let choice: Json = false;
  for (const { value } of fieldsOf(bytes))
    if (value instanceof Uint8Array) return decodeMessage(type, value, depth + 1);
    else choice = value !== 0n;
  return choice;
}

function decodeInto(result: JsonObject, field: Field, value: bigint | Uint8Array, depth: number): void {
  const { type } = field;
  if (type.kind === 'list') {
    const list = result[field.name];
    const items = Array.isArray(list) ? list : [];
    const packed = type.of.kind === 'scalar' && value instanceof Uint8Array && isNumeric(type.of.name);
    if (packed)
      items.push(...unpack(value).map((item) => decodeScalar((type.of as { name: ScalarName }).name, item)));
    else items.push(decodeValue(type.of, value, depth));
    result[field.name] = items;
    return;
  }
  if (type.kind === 'map') {
    const current = result[field.name];
    const map: JsonObject =
      typeof current === 'object' && current !== null && !Array.isArray(current) ? current : {};
    if (!(value instanceof Uint8Array)) throw new WireError('proto: wrong wireType for a map');
    let key = '';
    let item: Json = type.of.kind === 'scalar' ? decodeScalar(type.of.name, new Uint8Array()) : {};
    for (const entry of fieldsOf(value)) {
      if (entry.number === 1 && entry.value instanceof Uint8Array) key = utf8Decode(entry.value);
      if (entry.number === 2) item = decodeValue(type.of, entry.value, depth);
    }
    define(map, key, item);
    result[field.name] = map;
    return;
  }
  result[field.name] = decodeValue(type, value, depth);
}

function isNumeric(name: ScalarName): boolean {
  return name === 'int32' || name === 'int64' || name === 'bool';
}

function unpack(bytes: Uint8Array): bigint[] {
  const values: bigint[] = [];
  let value = 0n;
  let shift = 0n;
  for (const byte of bytes) {
    value |= BigInt(byte & 0x7f) << shift;
    shift += 7n;
    if (byte >= 0x80) continue;
    values.push(BigInt.asUintN(64, value));
    value = 0n;
    shift = 0n;
  }
  return values;
}

function decodeValue(type: FieldType, value: bigint | Uint8Array, depth: number): Json {
  if (type.kind === 'scalar') return decodeScalar(type.name, value);
  if (type.kind === 'message' && value instanceof Uint8Array)
    return decodeMessage(schemaType(type.name), value, depth + 1);
  throw new WireError('proto: wrong wireType');
}

function decodeScalar(name: ScalarName, value: bigint | Uint8Array): Json {
  if (typeof value === 'bigint') {
    if (name === 'bool') return value !== 0n;
    if (name === 'double') return doubleOf(value);
    return Number(BigInt.asIntN(64, value));
  }
  switch (name) {
    case 'string':
      return utf8Decode(value);
    case 'bytes':
      return bytesToBase64(value);
    case 'Time':
    case 'MicroTime':
      return decodeTime(name, value);
    case 'Quantity':
      return textField(value, 1) || '0';
    case 'IntOrString': {
      let isText = false;
      let number = 0;
      let text = '';
      for (const field of fieldsOf(value)) {
        if (field.number === 1 && typeof field.value === 'bigint') isText = field.value !== 0n;
        if (field.number === 2 && typeof field.value === 'bigint')
          number = Number(BigInt.asIntN(64, field.value));
        if (field.number === 3 && field.value instanceof Uint8Array) text = utf8Decode(field.value);
      }
      return isText ? text : number;
    }
    case 'RawExtension':
    case 'FieldsV1': {
      const parsed = parseJson(textField(value, 1) || 'null');
      if (!parsed.ok) throw new WireError(parsed.message);
      return parsed.value;
    }
    case 'ExtraValue':
      return [...fieldsOf(value)].flatMap((field) =>
        field.number === 1 && field.value instanceof Uint8Array ? [utf8Decode(field.value)] : [],
      );
    case 'Duration':
      return '0s';
    default:
      throw new WireError('proto: wrong wireType');
  }
}

function textField(bytes: Uint8Array, number: number): string {
  for (const field of fieldsOf(bytes))
    if (field.number === number && field.value instanceof Uint8Array) return utf8Decode(field.value);
  return '';
}

/** 1 January of the year 1, and the end of the year 9999. */
const GO_ZERO_SECONDS = -62_135_596_800n;
const LAST_SECONDS = 253_402_300_799n;

function decodeTime(name: 'Time' | 'MicroTime', bytes: Uint8Array): Json {
  let seconds: bigint | undefined;
  let nanos = 0n;
  for (const field of fieldsOf(bytes)) {
    if (typeof field.value !== 'bigint') continue;
    if (field.number === 1) seconds = BigInt.asIntN(64, field.value);
    if (field.number === 2) nanos = field.value;
  }
  // Go's zero time is none; its year has four digits.
  if (seconds === undefined || seconds <= GO_ZERO_SECONDS || seconds > LAST_SECONDS) return null;
  const ms = Number(seconds) * 1000 + Number(nanos) / 1e6;
  return name === 'Time' ? formatTime(ms) : formatMicroTime(ms);
}

/** IEEE 754 binary64 from its bits, without typed views: they are not in every pure runtime's reach. */
function doubleOf(bits: bigint): number {
  const sign = bits >> 63n === 0n ? 1 : -1;
  const exponent = Number((bits >> 52n) & 0x7ffn);
  const fraction = Number(bits & 0xfffffffffffffn);
  if (exponent === 0x7ff) return 0;
  return exponent === 0
    ? sign * fraction * 2 ** -1074
    : sign * (1 + fraction / 2 ** 52) * 2 ** (exponent - 1023);
}
