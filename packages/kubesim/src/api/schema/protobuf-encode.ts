import { base64ToBytes } from '../base64.ts';
import { isObject, textOf } from '../json.ts';
import type { Json, JsonObject } from '../json.ts';
import { parseTime } from '../time.ts';
import { schemaOfKind } from './kinds.ts';
import { MAGIC } from './protobuf-decode.ts';
import { schemaType } from './table.ts';
import { isSchemaChoice, WireWriter } from './wire.ts';
import type { Field, FieldType, ScalarName, SchemaType } from './table.ts';

/** An object, a list or a Status as a client that takes only protobuf wants it; undefined for what has no tables (Table). */
export function encodeProtobuf(value: unknown): Uint8Array | undefined {
  const object = JSON.parse(JSON.stringify(value)) as Json;
  if (!isObject(object)) return undefined;
  const { kind, apiVersion } = object;
  if (typeof kind !== 'string' || typeof apiVersion !== 'string') return undefined;
  const raw = encodeRoot(apiVersion, kind, object);
  if (raw === undefined) return undefined;
  const typeMeta = new WireWriter();
  typeMeta.text(1, apiVersion);
  typeMeta.text(2, kind);
  const unknown = new WireWriter();
  unknown.bytes(1, typeMeta.finish());
  unknown.bytes(2, raw);
  unknown.text(3, '');
  unknown.text(4, '');
  const result = new WireWriter();
  result.push(MAGIC);
  result.push(unknown.finish());
  return result.finish();
}

function encodeRoot(apiVersion: string, kind: string, object: JsonObject): Uint8Array | undefined {
  const schema = schemaOfKind(apiVersion, kind);
  if (schema !== undefined) return encodeMessage(schemaType(schema), object);
  const item = kind.endsWith('List') ? schemaOfKind(apiVersion, kind.slice(0, -'List'.length)) : undefined;
  if (item === undefined) return undefined;
  const list = new WireWriter();
  if (isObject(object['metadata']))
    list.bytes(1, encodeMessage(schemaType('meta.ListMeta'), object['metadata']));
  const items = object['items'];
  if (Array.isArray(items))
    for (const entry of items) if (isObject(entry)) list.bytes(2, encodeMessage(schemaType(item), entry));
  return list.finish();
}

function encodeMessage(type: SchemaType, object: JsonObject): Uint8Array {
  const writer = new WireWriter();
  for (const field of type.own) {
    const value = object[field.name];
    if (value === undefined || value === null) continue;
    if (isSchemaChoice(type, field)) writer.bytes(field.number, encodeSchemaChoice(type, field, value));
    else encodeField(writer, field, value);
  }
  for (const inline of type.inlined) {
    const inner = encodeMessage(schemaType(inline.type), object);
    writer.bytes(inline.number, inner);
  }
  return writer.finish();
}

function encodeSchemaChoice(type: SchemaType, { type: choice }: Field, value: Json): Uint8Array {
  const writer = new WireWriter();
  // A schema alone, or after whether anything may stand there.
  const ofBool = choice.kind === 'scalar';
  if (ofBool) writer.varint(1, value === false ? 0n : 1n);
  if (isObject(value)) writer.bytes(ofBool ? 2 : 1, encodeMessage(type, value));
  return writer.finish();
}

function encodeField(writer: WireWriter, field: Field, value: Json): void {
  const { type, number } = field;
  if (type.kind === 'list') {
    if (Array.isArray(value)) for (const item of value) encodeValue(writer, number, type.of, item);
  } else if (type.kind === 'map') {
    if (!isObject(value)) return;
    for (const key of Object.keys(value).sort()) {
      const entry = new WireWriter();
      entry.text(1, key);
      const item = value[key];
      if (item !== undefined) encodeValue(entry, 2, type.of, item);
      writer.bytes(number, entry.finish());
    }
  } else encodeValue(writer, number, type, value);
}

function encodeValue(writer: WireWriter, number: number, type: FieldType, value: Json): void {
  if (type.kind === 'message')
    writer.bytes(number, encodeMessage(schemaType(type.name), isObject(value) ? value : {}));
  else if (type.kind === 'scalar') encodeScalar(writer, number, type.name, value);
}

function encodeScalar(writer: WireWriter, number: number, name: ScalarName, value: Json): void {
  const inner = new WireWriter();
  switch (name) {
    case 'string':
      writer.text(number, textOf(value));
      return;
    case 'bytes':
      writer.bytes(number, base64ToBytes(textOf(value)));
      return;
    case 'bool':
      writer.varint(number, value === true ? 1n : 0n);
      return;
    case 'int32':
    case 'int64':
      writer.varint(number, BigInt(Math.trunc(Number(value))));
      return;
    case 'Time':
    case 'MicroTime': {
      const ms = parseTime(textOf(value));
      if (ms !== undefined) {
        const seconds = Math.floor(ms / 1000);
        inner.varint(1, BigInt(seconds));
        inner.varint(2, BigInt(Math.round((ms - seconds * 1000) * 1e6)));
      }
      break;
    }
    case 'Quantity':
      inner.text(1, textOf(value));
      break;
    case 'IntOrString':
      inner.varint(1, typeof value === 'string' ? 1n : 0n);
      inner.varint(2, typeof value === 'number' ? BigInt(value) : 0n);
      inner.text(3, typeof value === 'string' ? value : '');
      break;
    case 'RawExtension':
    case 'FieldsV1':
      inner.text(1, JSON.stringify(value));
      break;
    case 'ExtraValue':
      if (Array.isArray(value)) for (const item of value) inner.text(1, textOf(item));
      break;
    case 'double':
      writer.double(number, Number(value));
      return;
    case 'Duration':
      // No modelled kind answers with one.
      return;
  }
  writer.bytes(number, inner.finish());
}
