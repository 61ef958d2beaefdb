import { define, isObject } from '../json.ts';
import type { Json, JsonObject } from '../json.ts';
import { canonicalQuantity, QUANTITY_ERROR } from '../quantity.ts';
import { formatMicroTime, formatTime, parseTime } from '../time.ts';
import { schemaType } from './table.ts';
import type { Field, FieldType, ScalarName, SchemaType } from './table.ts';

export type Decoded =
  /** `unknown`: paths of fields that the kind does not have, for strict decoding (fieldValidation). */
  | { readonly ok: true; readonly value: JsonObject; readonly unknown: readonly string[] }
  /** Words of Go's decoder. */
  | { readonly ok: false; readonly message: string; readonly mismatch: Mismatch | undefined };

/** A value of the wrong type: for clients whose patches upstream converts without its JSON decoder. */
export interface Mismatch {
  readonly found: string;
  readonly goType: string;
}

class DecodeError extends Error {
  readonly mismatch: Mismatch | undefined;

  constructor(message: string, mismatch?: Mismatch) {
    super(message);
    this.mismatch = mismatch;
  }
}

interface Position {
  /** As in strict errors: `spec.containers[0].image`. */
  readonly path: string;
  /** As in Go's type errors: without indexes. */
  readonly goPath: string;
  readonly struct: string;
}

/** Unknown fields beyond these are not told: a warning has room for few. */
const MAX_UNKNOWN_FIELDS = 100;

/**
 * Reads an object as the real server's decoder would and writes it as its encoder would: types are
 * checked, empty optional fields left out, zero structs spelled out, quantities made canonical.
 */
export function decodeObject(typeName: string, value: Json): Decoded {
  const unknown: string[] = [];
  try {
    const result = decodeRoot(schemaType(typeName), value, unknown);
    return { ok: true, value: result, unknown };
  } catch (error) {
    if (error instanceof DecodeError) return { ok: false, message: error.message, mismatch: error.mismatch };
    throw error;
  }
}

function decodeRoot(type: SchemaType, value: Json, unknown: string[]): JsonObject {
  if (!isObject(value))
    throw new DecodeError(
      `json: cannot unmarshal ${jsonKind(value)} into Go value of type v1.${type.goName}`,
    );
  const result: JsonObject = {};
  for (const name of ['kind', 'apiVersion']) {
    const field = value[name];
    if (typeof field === 'string') result[name] = field;
    else if (field !== undefined && field !== null)
      throw new DecodeError(
        `json: cannot unmarshal ${jsonKind(field)} into Go struct field ${type.goName}.${name} of type string`,
      );
  }
  decodeFields(type, value, { path: '', goPath: '', struct: type.goName }, unknown, result, true);
  return result;
}

function decodeFields(
  type: SchemaType,
  value: JsonObject,
  at: Position,
  unknown: string[],
  result: JsonObject,
  root: boolean,
): void {
  for (const name of Object.keys(value)) {
    if (type.fields.has(name) || (root && (name === 'kind' || name === 'apiVersion'))) continue;
    if (unknown.length < MAX_UNKNOWN_FIELDS) unknown.push(at.path === '' ? name : `${at.path}.${name}`);
  }
  for (const field of type.fields.values()) {
    const raw = Object.hasOwn(value, field.name) ? (value[field.name] ?? null) : null;
    const position: Position = {
      path: at.path === '' ? field.name : `${at.path}.${field.name}`,
      goPath: at.goPath === '' ? field.name : `${at.goPath}.${field.name}`,
      struct: type.goName,
    };
    const decoded = raw === null ? absent(field, position) : decodeField(field, raw, position, unknown);
    if (decoded !== undefined) result[field.name] = decoded;
  }
}

/** What Go writes for a field that was not given. */
function absent(field: Field, at: Position): Json | undefined {
  if (field.pointer) return undefined;
  if (field.omitZero) return undefined;
  const { type } = field;
  if (type.kind === 'message') {
    const empty: JsonObject = {};
    decodeFields(schemaType(type.name), {}, at, [], empty, false);
    return empty;
  }
  if (type.kind === 'scalar' && (type.name === 'Time' || type.name === 'MicroTime')) return null;
  if (!field.zero) return undefined;
  if (type.kind !== 'scalar') return null;
  switch (type.name) {
    case 'bool':
      return false;
    case 'int32':
    case 'int64':
    case 'double':
      return 0;
    case 'string':
      return '';
    case 'Quantity':
    case 'IntOrString':
      return type.name === 'Quantity' ? '0' : 0;
    default:
      return null;
  }
}

function decodeField(field: Field, raw: Json, at: Position, unknown: string[]): Json | undefined {
  const value = decodeValue(field.type, raw, at, unknown);
  if (field.pointer || field.zero) return value;
  if (value === '' || value === 0 || value === false)
    return field.type.kind === 'scalar' && field.type.name === 'IntOrString' ? value : undefined;
  if (Array.isArray(value) && value.length === 0) return undefined;
  if (isObject(value) && field.type.kind === 'map' && Object.keys(value).length === 0) return undefined;
  if (isObject(value) && field.omitZero && Object.keys(value).length === 0) return undefined;
  return value;
}

function decodeValue(type: FieldType, raw: Json, at: Position, unknown: string[]): Json {
  switch (type.kind) {
    case 'scalar':
      return decodeScalar(type.name, raw, at);
    case 'list': {
      if (!Array.isArray(raw)) throw mismatch(raw, goTypeName(type), at);
      return raw.map((item, index) => {
        const position = { ...at, path: `${at.path}[${index}]` };
        if (item === null)
          return type.of.kind === 'message'
            ? decodeMessage(type.of.name, {}, position, unknown)
            : zeroOf(type.of);
        return decodeValue(type.of, item, position, unknown);
      });
    }
    case 'map': {
      if (!isObject(raw)) throw mismatch(raw, goTypeName(type), at);
      const result: JsonObject = {};
      // In the order of their keys, as Go writes maps.
      for (const [key, item] of Object.entries(raw).sort(([a], [b]) => (a < b ? -1 : a > b ? 1 : 0))) {
        const position = { ...at, path: `${at.path}.${key}` };
        define(result, key, item === null ? zeroOf(type.of) : decodeValue(type.of, item, position, unknown));
      }
      return result;
    }
    case 'message':
      if (!isObject(raw)) throw mismatch(raw, goTypeName(type), at);
      return decodeMessage(type.name, raw, at, unknown);
  }
}

function decodeMessage(name: string, raw: JsonObject, at: Position, unknown: string[]): JsonObject {
  const result: JsonObject = {};
  decodeFields(schemaType(name), raw, at, unknown, result, false);
  return result;
}

function zeroOf(type: FieldType): Json {
  if (type.kind !== 'scalar') return type.kind === 'list' ? [] : {};
  if (type.name === 'bool') return false;
  if (type.name === 'Quantity') return '0';
  return type.name === 'int32' || type.name === 'int64' || type.name === 'double' ? 0 : '';
}

const INT32_MAX = 2 ** 31 - 1;

function decodeScalar(name: ScalarName, raw: Json, at: Position): Json {
  switch (name) {
    case 'string':
      if (typeof raw !== 'string') throw mismatch(raw, 'string', at);
      return raw;
    case 'bool':
      if (typeof raw !== 'boolean') throw mismatch(raw, 'bool', at);
      return raw;
    case 'double':
      if (typeof raw !== 'number') throw mismatch(raw, 'float64', at);
      return raw;
    case 'int32':
    case 'int64':
      if (typeof raw !== 'number') throw mismatch(raw, name, at);
      if (!Number.isInteger(raw) || (name === 'int32' && Math.abs(raw) > INT32_MAX + (raw < 0 ? 1 : 0)))
        throw mismatch(raw, name, at, `number ${raw}`);
      return raw;
    case 'bytes':
      if (typeof raw !== 'string') throw mismatch(raw, '[]uint8', at);
      return checkBase64(raw);
    case 'Time':
    case 'MicroTime':
      return decodeTime(name, raw, at);
    case 'Quantity': {
      const text = typeof raw === 'number' ? String(raw) : raw;
      const canonical = typeof text === 'string' ? canonicalQuantity(text) : undefined;
      if (canonical === undefined) throw new DecodeError(QUANTITY_ERROR);
      return canonical;
    }
    case 'IntOrString':
      if (typeof raw === 'string') return raw;
      if (typeof raw !== 'number')
        throw new DecodeError(`json: cannot unmarshal ${jsonKind(raw)} into Go value of type int32`);
      if (!Number.isInteger(raw) || Math.abs(raw) > INT32_MAX)
        throw new DecodeError(`json: cannot unmarshal number ${raw} into Go value of type int32`);
      return raw;
    case 'Duration':
      if (typeof raw !== 'string') throw mismatch(raw, 'string', at);
      return raw;
    case 'ExtraValue':
      if (!Array.isArray(raw) || raw.some((item) => typeof item !== 'string'))
        throw mismatch(raw, 'v1.ExtraValue', at);
      return raw;
    case 'RawExtension':
    case 'FieldsV1':
      return raw;
  }
}

function decodeTime(name: 'Time' | 'MicroTime', raw: Json, at: Position): string {
  if (typeof raw !== 'string') throw mismatch(raw, 'string', at);
  const ms = parseTime(raw);
  if (ms === undefined) {
    const layout = name === 'Time' ? '2006-01-02T15:04:05Z07:00' : '2006-01-02T15:04:05.000000Z07:00';
    throw new DecodeError(
      `parsing time ${JSON.stringify(raw)} as "${layout}": cannot parse ${JSON.stringify(raw)} as "2006"`,
    );
  }
  return name === 'Time' ? formatTime(ms) : formatMicroTime(ms);
}

function checkBase64(text: string): string {
  const compact = text.replaceAll(/[\r\n]/g, '');
  const bad = /[^A-Za-z0-9+/=]|=(?=[^=])/.exec(compact);
  if (bad !== null) throw new DecodeError(`illegal base64 data at input byte ${bad.index}`);
  if (compact.length % 4 !== 0)
    throw new DecodeError(`illegal base64 data at input byte ${compact.length - (compact.length % 4)}`);
  return compact;
}

function jsonKind(value: Json): string {
  if (value === null) return 'null';
  if (Array.isArray(value)) return 'array';
  return typeof value === 'boolean' ? 'bool' : typeof value;
}

function goTypeName(type: FieldType): string {
  switch (type.kind) {
    case 'list':
      return `[]${goTypeName(type.of)}`;
    case 'map':
      return type.of.kind === 'scalar' && type.of.name === 'Quantity'
        ? 'v1.ResourceList'
        : `map[string]${goTypeName(type.of)}`;
    case 'message':
      return `v1.${schemaType(type.name).goName}`;
    case 'scalar':
      return type.name === 'bytes' ? '[]uint8' : type.name;
  }
}

function mismatch(value: Json, goType: string, at: Position, kind = jsonKind(value)): DecodeError {
  return new DecodeError(
    `json: cannot unmarshal ${kind} into Go struct field ${at.struct}.${at.goPath} of type ${goType}`,
    { found: kind, goType },
  );
}
