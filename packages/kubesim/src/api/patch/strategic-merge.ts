import { define, isObject, jsonEqual, textOf } from '../json.ts';
import type { Json, JsonObject } from '../json.ts';
import { schemaType } from '../schema/table.ts';
import type { Field, FieldType, SchemaType } from '../schema/table.ts';

export type StrategicResult =
  { readonly ok: true; readonly value: JsonObject } | { readonly ok: false; readonly message: string };

class PatchError extends Error {}

const SET_ORDER = '$setElementOrder/';
const DELETE_PRIMITIVES = '$deleteFromPrimitiveList/';
const RETAIN_KEYS = '$retainKeys';
const DIRECTIVE = '$patch';

/** Strategic merge: as a merge patch, but lists with a merge key merge item by item (k8s.io/apimachinery util/strategicpatch). */
export function applyStrategicMerge(
  typeName: string,
  document: JsonObject,
  patch: JsonObject,
): StrategicResult {
  try {
    return { ok: true, value: mergeObject(schemaType(typeName), document, patch) };
  } catch (error) {
    if (error instanceof PatchError) return { ok: false, message: error.message };
    throw error;
  }
}

function messageType(type: FieldType | undefined): SchemaType | undefined {
  return type?.kind === 'message' ? schemaType(type.name) : undefined;
}

function mergeObject(type: SchemaType | undefined, original: JsonObject, patch: JsonObject): JsonObject {
  const directive = patch[DIRECTIVE];
  if (directive === 'replace') return withoutDirectives(patch);
  if (directive === 'delete') return {};
  if (directive !== undefined && directive !== 'merge')
    throw new PatchError(`unknown patch type found: ${textOf(directive)}`);
  let result: JsonObject = { ...original };
  const retain = patch[RETAIN_KEYS];
  if (Array.isArray(retain))
    result = Object.fromEntries(Object.entries(result).filter(([key]) => retain.includes(key)));
  for (const [key, value] of Object.entries(patch)) {
    if (key === DIRECTIVE || key === RETAIN_KEYS || key.startsWith(SET_ORDER)) continue;
    if (key.startsWith(DELETE_PRIMITIVES)) {
      deletePrimitives(result, key.slice(DELETE_PRIMITIVES.length), value);
      continue;
    }
    if (value === null) {
      Reflect.deleteProperty(result, key);
      continue;
    }
    const field = type?.fields.get(key);
    const current = Object.hasOwn(result, key) ? result[key] : undefined;
    define(result, key, mergeField(field, current, value, orderOf(patch, key)));
  }
  for (const [key, order] of Object.entries(patch)) {
    const name = key.slice(SET_ORDER.length);
    if (key.startsWith(SET_ORDER) && Array.isArray(order) && !Object.hasOwn(patch, name))
      reorderField(type?.fields.get(name), result, name, order);
  }
  return result;
}

function orderOf(patch: JsonObject, key: string): readonly Json[] | undefined {
  const order = patch[`${SET_ORDER}${key}`];
  return Array.isArray(order) ? order : undefined;
}

function mergeField(
  field: Field | undefined,
  current: Json | undefined,
  value: Json,
  order: readonly Json[] | undefined,
): Json {
  if (isObject(value)) {
    const type = field?.type;
    const inner = type?.kind === 'map' ? messageType(type.of) : messageType(type);
    return mergeObject(inner, isObject(current) ? current : {}, value);
  }
  if (!Array.isArray(value)) return value;
  if (field?.mergeKey === undefined || field.type.kind !== 'list')
    return value.map((item) => (isObject(item) ? withoutDirectives(item) : item));
  const existing = Array.isArray(current) ? current : [];
  if (field.mergeKey === '')
    return reorder(
      [...existing, ...value.filter((item) => !existing.some((other) => jsonEqual(item, other)))],
      order ?? value,
      '',
      existing,
    );
  return mergeList(field.mergeKey, messageType(field.type.of), existing, value, order);
}

function mergeList(
  mergeKey: string,
  type: SchemaType | undefined,
  existing: readonly Json[],
  patch: readonly Json[],
  order: readonly Json[] | undefined,
): Json[] {
  if (patch.some((item) => isObject(item) && item[DIRECTIVE] === 'replace'))
    return patch
      .filter((item) => !(isObject(item) && item[DIRECTIVE] !== undefined))
      .map((item) => (isObject(item) ? withoutDirectives(item) : item));
  const result: Json[] = [...existing];
  const find = (key: Json): number =>
    result.findIndex((item) => isObject(item) && jsonEqual(item[mergeKey], key));
  for (const item of patch) {
    if (!isObject(item)) throw new PatchError(`invalid typed map: ${JSON.stringify(item)}`);
    const key = item[mergeKey];
    if (key === undefined)
      throw new PatchError(`map: ${goMap(item)} does not contain declared merge key: ${mergeKey}`);
    const index = find(key);
    const directive = item[DIRECTIVE];
    if (directive === 'delete') {
      for (let at = find(key); at >= 0; at = find(key)) result.splice(at, 1);
    } else if (index >= 0) {
      const current = result[index];
      result[index] = mergeObject(type, isObject(current) ? current : {}, item);
    } else result.push(mergeObject(type, {}, item));
  }
  return reorder(result, order ?? patch, mergeKey, existing);
}

function goMap(item: JsonObject): string {
  return `map[${Object.keys(item)
    .sort()
    .map((key) => `${key}:${textOf(item[key])}`)
    .join(' ')}]`;
}

function reorderField(
  field: Field | undefined,
  result: JsonObject,
  name: string,
  order: readonly Json[],
): void {
  const current = result[name];
  if (Array.isArray(current) && field?.mergeKey !== undefined)
    result[name] = reorder(current, order, field.mergeKey, current);
}

/**
 * Items that the order names come in that order. Those that only the server has are merged in between: one goes
 * before a named item when it stood before it (normalizeElementOrder).
 */
function reorder(
  items: readonly Json[],
  order: readonly Json[] | undefined,
  mergeKey: string,
  server: readonly Json[] = [],
): Json[] {
  if (order === undefined) return [...items];
  const keyOf = (item: Json): Json => (mergeKey !== '' && isObject(item) ? (item[mergeKey] ?? null) : item);
  const rankIn = (list: readonly Json[], item: Json): number =>
    list.findIndex((other) => jsonEqual(keyOf(other), keyOf(item)));
  const named = items
    .filter((item) => rankIn(order, item) >= 0)
    .sort((a, b) => rankIn(order, a) - rankIn(order, b));
  const others = items.filter((item) => rankIn(order, item) < 0);
  const result: Json[] = [];
  let next = 0;
  for (const item of named) {
    for (let other = others[next]; other !== undefined; other = others[next]) {
      const [left, right] = [rankIn(server, other), rankIn(server, item)];
      if (left < 0 || right < 0 || left >= right) break;
      result.push(other);
      next++;
    }
    result.push(item);
  }
  return [...result, ...others.slice(next)];
}

function deletePrimitives(result: JsonObject, name: string, values: Json): void {
  const current = result[name];
  if (!Array.isArray(current) || !Array.isArray(values)) return;
  result[name] = current.filter((item) => !values.some((value) => jsonEqual(value, item)));
}

function withoutDirectives(patch: JsonObject): JsonObject {
  const result: JsonObject = {};
  for (const [key, value] of Object.entries(patch)) {
    if (
      key === DIRECTIVE ||
      key === RETAIN_KEYS ||
      key.startsWith(SET_ORDER) ||
      key.startsWith(DELETE_PRIMITIVES) ||
      value === null
    )
      continue;
    if (isObject(value)) define(result, key, withoutDirectives(value));
    else define(result, key, value);
  }
  return result;
}
