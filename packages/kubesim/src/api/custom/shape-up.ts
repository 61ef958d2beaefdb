import { cloneJson, define, isObject } from '../json.ts';
import type { Json, JsonObject } from '../json.ts';
import { decodeObject } from '../schema/decode.ts';
import type { Decoded } from '../schema/decode.ts';
import { preservesUnknown, propertySchema } from './schema.ts';
import type { CustomSchema } from './schema.ts';

/** Unknown fields beyond these are not told: a warning has room for few. */
const MAX_UNKNOWN_FIELDS = 100;
/** Fields of every object, whatever the schema says of them. */
const TYPE_META = ['apiVersion', 'kind', 'metadata'];

/** Reads a custom object: types its metadata, prunes what its schema does not know, fills in defaults. */
export function decodeCustom(schema: CustomSchema | undefined, kind: string, value: Json): Decoded {
  if (!isObject(value))
    return {
      ok: false,
      message: `json: cannot unmarshal ${typeof value} into Go value`,
      mismatch: undefined,
    };
  const metadata = decodeObject('meta.ObjectMeta', value['metadata'] ?? {});
  if (!metadata.ok) {
    const message = metadata.message.replace(/Go struct field ObjectMeta\./, 'Go struct field ObjectMeta.');
    return { ok: false, message, mismatch: metadata.mismatch };
  }
  const { kind: _kind, apiVersion: _version, ...own } = metadata.value;
  const unknown = metadata.unknown.map((path) => `metadata.${path}`);
  const draft = cloneJson(value);
  const result: JsonObject = {
    apiVersion: textField(draft['apiVersion']),
    kind: kind === '' ? textField(draft['kind']) : kind,
    metadata: own,
  };
  for (const [name, field] of Object.entries(draft))
    if (!TYPE_META.includes(name)) define(result, name, field);
  if (schema !== undefined) {
    pruneObject(schema, result, '', unknown, true);
    fillObject(schema, result, true);
  }
  return { ok: true, value: result, unknown };
}

function textField(value: Json | undefined): string {
  return typeof value === 'string' ? value : '';
}

function pruneValue(schema: CustomSchema, value: Json, path: string, unknown: string[]): void {
  if (Array.isArray(value)) {
    const { items } = schema;
    if (items !== undefined)
      for (const [index, item] of value.entries()) pruneValue(items, item, `${path}[${index}]`, unknown);
  } else if (isObject(value))
    pruneObject(schema, value, path, unknown, schema['x-kubernetes-embedded-resource'] === true);
}

function pruneObject(
  schema: CustomSchema,
  object: JsonObject,
  path: string,
  unknown: string[],
  isResource: boolean,
): void {
  for (const [name, value] of Object.entries(object)) {
    if (isResource && TYPE_META.includes(name)) continue;
    const inner = propertySchema(schema, name);
    const where = path === '' ? name : `${path}.${name}`;
    if (inner !== undefined) pruneValue(inner, value, where, unknown);
    else if (!preservesUnknown(schema)) {
      if (unknown.length < MAX_UNKNOWN_FIELDS) unknown.push(where);
      Reflect.deleteProperty(object, name);
    }
  }
}

function fillValue(schema: CustomSchema, value: Json): void {
  if (Array.isArray(value)) {
    const { items } = schema;
    if (items === undefined) return;
    for (const [index, item] of value.entries()) {
      if (item === null && items.nullable !== true && items.default !== undefined)
        value[index] = cloneJson(items.default);
      fillValue(items, value[index] ?? null);
    }
  } else if (isObject(value)) fillObject(schema, value, schema['x-kubernetes-embedded-resource'] === true);
}

/** structural defaulting: a default counts where the field is missing, or null though it may not be. */
function fillObject(schema: CustomSchema, object: JsonObject, isResource: boolean): void {
  for (const [name, inner] of Object.entries(schema.properties ?? {})) {
    if (isResource && TYPE_META.includes(name)) continue;
    const missing = !Object.hasOwn(object, name) || (object[name] === null && inner.nullable !== true);
    if (missing && inner.default !== undefined) define(object, name, cloneJson(inner.default));
  }
  for (const [name, value] of Object.entries(object)) {
    if (isResource && TYPE_META.includes(name)) continue;
    const inner = propertySchema(schema, name);
    if (inner !== undefined) fillValue(inner, value);
  }
}
