import { copyOf, isObject, sameJson, setOwn } from '../values/json.ts';
import type { JsonObject, JsonValue } from '../values/json.ts';
import { rulesOfField } from './merge-keys.ts';
import type { FieldMerge, TypeMerge } from './merge-keys.ts';

/** RFC 7396: JSON merge patch. */
export function mergePatch(target: JsonValue | undefined, patch: JsonValue): JsonValue {
  if (!isObject(patch)) return copyOf(patch);
  const result: JsonObject = isObject(target) ? { ...target } : {};
  for (const [key, value] of Object.entries(patch)) {
    if (value === null) delete result[key];
    else setOwn(result, key, mergePatch(Object.hasOwn(result, key) ? result[key] : undefined, value));
  }
  return result;
}

/** The merge patch from one value to another. */
export function diffMerge(from: JsonObject, to: JsonObject): JsonObject {
  const patch: JsonObject = {};
  for (const [key, value] of Object.entries(to)) {
    const before = Object.hasOwn(from, key) ? from[key] : undefined;
    if (isObject(value) && isObject(before)) {
      const inner = diffMerge(before, value);
      if (Object.keys(inner).length > 0) setOwn(patch, key, inner);
    } else if (before === undefined || !sameJson(before, value)) {
      setOwn(patch, key, value);
    }
  }
  for (const key of Object.keys(from)) if (!Object.hasOwn(to, key)) setOwn(patch, key, null);
  return patch;
}

/** Strategic merge patch, directives included. */
export function strategicPatch(target: JsonObject, patch: JsonObject, rules: TypeMerge): JsonObject {
  if (patch['$patch'] === 'replace') {
    const { $patch: _, ...rest } = patch;
    return copyOf(rest);
  }
  if (patch['$patch'] === 'delete') return {};
  const result: JsonObject = { ...target };
  const retained = patch['$retainKeys'];

  if (Array.isArray(retained))
    for (const key of Object.keys(result)) if (!retained.includes(key)) delete result[key];
  for (const [key, value] of Object.entries(patch)) {
    if (key === '$retainKeys' || key.startsWith('$setElementOrder/')) continue;
    if (key.startsWith('$deleteFromPrimitiveList/')) {
      const field = key.slice(key.indexOf('/') + 1);
      const list = result[field];
      if (Array.isArray(list) && Array.isArray(value))
        result[field] = list.filter((item) => !value.includes(item));
      continue;
    }
    const before = Object.hasOwn(result, key) ? result[key] : undefined;
    const rule = rules[key];
    if (value === null) delete result[key];
    else if (isObject(value) && rule?.replace !== true)
      setOwn(result, key, strategicPatch(isObject(before) ? before : {}, value, rulesOfField(rule)));
    else if (Array.isArray(value) && rule?.mergeKey !== undefined)
      setOwn(result, key, patchList(Array.isArray(before) ? before : [], value, rule, rule.mergeKey));
    else setOwn(result, key, copyOf(value));
  }
  for (const [key, value] of Object.entries(patch)) {
    if (!key.startsWith('$setElementOrder/') || !Array.isArray(value)) continue;
    const field = key.slice(key.indexOf('/') + 1);
    const list = result[field];
    if (Array.isArray(list)) result[field] = ordered(list, value, rules[field]?.mergeKey ?? '');
  }
  return result;
}

function keyOf(item: JsonValue, mergeKey: string): JsonValue {
  return mergeKey === '' ? item : isObject(item) ? (item[mergeKey] ?? null) : null;
}

function ordered(list: readonly JsonValue[], order: readonly JsonValue[], mergeKey: string): JsonValue[] {
  const place = new Map(order.map((item, i) => [keyOf(item, mergeKey), i]));
  const named = list
    .filter((item) => place.has(keyOf(item, mergeKey)))
    .sort((a, b) => (place.get(keyOf(a, mergeKey)) ?? 0) - (place.get(keyOf(b, mergeKey)) ?? 0));
  return [...named, ...list.filter((item) => !place.has(keyOf(item, mergeKey)))];
}

function patchList(
  list: readonly JsonValue[],
  patch: readonly JsonValue[],
  rule: FieldMerge,
  mergeKey: string,
): JsonValue[] {
  if (patch.some((item) => isObject(item) && item['$patch'] === 'replace'))
    return patch
      .filter((item) => !(isObject(item) && item['$patch'] === 'replace'))
      .map((item) => copyOf(item));
  let result: JsonValue[] = [...list];
  for (const item of patch) {
    const wanted = keyOf(item, mergeKey);
    const at = result.findIndex((each) => keyOf(each, mergeKey) === wanted);
    if (isObject(item) && item['$patch'] === 'delete')
      result = result.filter((each) => keyOf(each, mergeKey) !== wanted);
    else if (at < 0) result.push(copyOf(item));
    else if (isObject(item)) {
      const before = result[at];
      result[at] = strategicPatch(isObject(before) ? before : {}, item, rulesOfField(rule));
    }
  }
  return result;
}

export type JsonPatchResult =
  { readonly ok: true; readonly value: JsonValue } | { readonly ok: false; readonly message: string };

/** RFC 6902: a list of operations. */
export function jsonPatch(target: JsonValue, operations: readonly JsonValue[]): JsonPatchResult {
  let value = copyOf(target);
  for (const operation of operations) {
    if (!isObject(operation)) return { ok: false, message: 'invalid patch operation' };
    const outcome = step(value, operation);
    if (!outcome.ok) return outcome;
    value = outcome.value;
  }
  return { ok: true, value };
}

function tokensOf(pointer: string): string[] {
  return pointer
    .split('/')
    .slice(1)
    .map((token) => token.replaceAll('~1', '/').replaceAll('~0', '~'));
}

function read(root: JsonValue, tokens: readonly string[]): JsonValue | undefined {
  let here: JsonValue | undefined = root;
  for (const token of tokens) {
    if (Array.isArray(here)) here = /^\d+$/.test(token) ? here[Number(token)] : undefined;
    else if (isObject(here)) here = Object.hasOwn(here, token) ? here[token] : undefined;
    else return undefined;
  }
  return here;
}

const missing = (operation: string, path: string): JsonPatchResult => ({
  ok: false,
  message: `${operation} operation does not apply: doc is missing path: ${operation === 'replace' ? path : `"${path}"`}: missing value`,
});

/** The place is there, but not what should be at it. */
function missingKey(operation: string, path: string, parent: JsonValue | undefined): JsonPatchResult {
  const key = tokensOf(path).at(-1) ?? '';
  if (!isObject(parent) && !Array.isArray(parent)) return missing(operation, path);
  if (operation === 'replace')
    return {
      ok: false,
      message: `replace operation does not apply: doc is missing key: ${path}: missing value`,
    };
  return {
    ok: false,
    message: Array.isArray(parent)
      ? `error in remove for path: '${path}': Unable to access invalid index: ${key}: invalid index referenced`
      : `error in remove for path: '${path}': Unable to remove nonexistent key: ${key}: missing value`,
  };
}

function step(root: JsonValue, operation: JsonObject): JsonPatchResult {
  const op = typeof operation['op'] === 'string' ? operation['op'] : '';
  const path = typeof operation['path'] === 'string' ? operation['path'] : '';
  const tokens = tokensOf(path);
  const found = read(root, tokens);
  switch (op) {
    case 'test':
      return sameJson(found ?? null, operation['value'] ?? null)
        ? { ok: true, value: root }
        : { ok: false, message: `testing value ${path} failed: test failed` };
    case 'remove':
      return found === undefined
        ? missingKey(op, path, read(root, tokens.slice(0, -1)))
        : write(root, tokens, undefined, 'remove', path);
    case 'replace':
      return found === undefined
        ? missingKey(op, path, read(root, tokens.slice(0, -1)))
        : write(root, tokens, operation['value'] ?? null, 'replace', path);
    case 'add':
      return write(root, tokens, operation['value'] ?? null, 'add', path);
    case 'move':
    case 'copy': {
      const from = typeof operation['from'] === 'string' ? operation['from'] : '';
      const source = read(root, tokensOf(from));
      if (source === undefined) return missing(op, from);
      const value = copyOf(source);
      const cleared =
        op === 'move'
          ? write(root, tokensOf(from), undefined, 'remove', from)
          : { ok: true as const, value: root };
      return cleared.ok ? write(cleared.value, tokens, value, 'add', path) : cleared;
    }
    default:
      return { ok: false, message: `Unexpected kind: ${op}` };
  }
}

function write(
  root: JsonValue,
  tokens: readonly string[],
  value: JsonValue | undefined,
  how: 'add' | 'remove' | 'replace',
  path: string,
): JsonPatchResult {
  const last = tokens.at(-1);
  if (last === undefined) return { ok: true, value: value ?? null };
  const parent = read(root, tokens.slice(0, -1));
  if (isObject(parent)) {
    if (value === undefined) delete parent[last];
    else setOwn(parent, last, value);
    return { ok: true, value: root };
  }
  if (!Array.isArray(parent)) return missing(how, path);
  const at = last === '-' ? parent.length : Number(last);
  if (!Number.isInteger(at) || at < 0 || at > parent.length)
    return {
      ok: false,
      message: `${how} operation does not apply: doc is missing path: ${path}: missing value`,
    };
  if (how === 'remove') parent.splice(at, 1);
  else if (how === 'replace') parent[at] = value ?? null;
  else parent.splice(at, 0, value ?? null);
  return { ok: true, value: root };
}
