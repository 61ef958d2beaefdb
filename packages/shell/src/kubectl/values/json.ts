/** A value as JSON has it. Objects of the API are handled untyped, as kubectl's unstructured objects are. */
export type JsonValue = null | boolean | number | string | JsonValue[] | JsonObject;
export interface JsonObject {
  [key: string]: JsonValue;
}

export function isObject(value: unknown): value is JsonObject {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

/** The value at a path of keys, or undefined. */
export function valueAt(root: JsonValue | undefined, ...path: readonly string[]): JsonValue | undefined {
  let here: JsonValue | undefined = root;
  for (const key of path) {
    if (!isObject(here) || !Object.hasOwn(here, key)) return undefined;
    here = here[key];
  }
  return here;
}

/** Text at a path; empty when it is missing or no text. */
export function textAt(root: JsonValue | undefined, ...path: readonly string[]): string {
  const value = valueAt(root, ...path);
  return typeof value === 'string' ? value : '';
}

export function numberAt(root: JsonValue | undefined, ...path: readonly string[]): number | undefined {
  const value = valueAt(root, ...path);
  return typeof value === 'number' ? value : undefined;
}

export function flagAt(root: JsonValue | undefined, ...path: readonly string[]): boolean | undefined {
  const value = valueAt(root, ...path);
  return typeof value === 'boolean' ? value : undefined;
}

export function listAt(root: JsonValue | undefined, ...path: readonly string[]): readonly JsonValue[] {
  const value = valueAt(root, ...path);
  return Array.isArray(value) ? value : [];
}

/** The objects of a list at a path; other members are skipped. */
export function objectsAt(root: JsonValue | undefined, ...path: readonly string[]): readonly JsonObject[] {
  return listAt(root, ...path).filter(isObject);
}

export function objectAt(root: JsonValue | undefined, ...path: readonly string[]): JsonObject | undefined {
  const value = valueAt(root, ...path);
  return isObject(value) ? value : undefined;
}

/** The texts of a list at a path. */
export function textsAt(root: JsonValue | undefined, ...path: readonly string[]): readonly string[] {
  return listAt(root, ...path).filter((item) => typeof item === 'string');
}

/** A map of texts at a path, in sorted key order: labels, annotations, selectors. */
export function textMapAt(
  root: JsonValue | undefined,
  ...path: readonly string[]
): ReadonlyMap<string, string> {
  const found = objectAt(root, ...path);
  const entries: [string, string][] = [];
  for (const [key, value] of Object.entries(found ?? {}))
    if (typeof value === 'string') entries.push([key, value]);
  return new Map(entries.sort(([a], [b]) => compareText(a, b)));
}

/** Order by UTF-16 code units: Go's order for all that object names can hold. */
export function compareText(a: string, b: string): number {
  return a < b ? -1 : a > b ? 1 : 0;
}

/** A deep copy that may be changed: objects that the API server hands out may be frozen. */
export function copyOf<Value extends JsonValue>(value: Value): Value {
  if (Array.isArray(value)) return value.map((item) => copyOf(item)) as Value;
  if (!isObject(value)) return value;
  const copy: JsonObject = {};
  for (const [key, item] of Object.entries(value)) setOwn(copy, key, copyOf(item));
  return copy as Value;
}

/** Sets a key even when it is `__proto__`: hostile manifests may say so. */
export function setOwn(target: JsonObject, key: string, value: JsonValue): void {
  if (key === '__proto__') {
    Object.defineProperty(target, key, { value, writable: true, enumerable: true, configurable: true });
  } else {
    target[key] = value;
  }
}

/** Sets a value at a path and makes the objects on the way. */
export function setAt(root: JsonObject, path: readonly string[], value: JsonValue): void {
  let here = root;
  for (const key of path.slice(0, -1)) {
    const next = Object.hasOwn(here, key) ? here[key] : undefined;
    if (isObject(next)) {
      here = next;
    } else {
      const made: JsonObject = {};
      setOwn(here, key, made);
      here = made;
    }
  }
  const last = path.at(-1);
  if (last !== undefined) setOwn(here, last, value);
}

export function removeAt(root: JsonObject, path: readonly string[]): void {
  const parent = objectAt(root, ...path.slice(0, -1));
  const last = path.at(-1);
  if (parent !== undefined && last !== undefined) delete parent[last];
}

export function sameJson(a: JsonValue | undefined, b: JsonValue | undefined): boolean {
  if (a === b) return true;
  if (Array.isArray(a) && Array.isArray(b))
    return a.length === b.length && a.every((item, i) => sameJson(item, b[i]));
  if (!isObject(a) || !isObject(b)) return false;
  const keys = Object.keys(a);
  return (
    keys.length === Object.keys(b).length &&
    keys.every((key) => Object.hasOwn(b, key) && sameJson(a[key], b[key]))
  );
}

/** encoding/json escapes what could end a script element in HTML. */
function escapeHtml(text: string): string {
  return text.replace(/[<>&\u2028\u2029]/g, (c) => `\\u${c.charCodeAt(0).toString(16).padStart(4, '0')}`);
}

function quoteJson(text: string): string {
  // Go writes \b and \f as of 1.22; JSON.stringify does too. DEL and others pass as they are.
  return escapeHtml(JSON.stringify(text));
}

export interface JsonLayout {
  /** Spaces per level; 0 writes one line. */
  readonly indent: number;
  /** Sort keys, as maps are written. Typed objects keep the order of their fields. */
  readonly sortKeys: boolean;
  /** Names of fields that are written empty rather than left out need nothing here: the object has them. */
  readonly escape?: boolean;
}

/** JSON as Go's encoding/json writes it: HTML escaped, `{}` and `[]` for empty ones. */
export function goJson(value: JsonValue, layout: JsonLayout = { indent: 0, sortKeys: true }): string {
  const parts: string[] = [];
  writeJson(parts, value, layout, '');
  return parts.join('');
}

function writeJson(parts: string[], value: JsonValue, layout: JsonLayout, margin: string): void {
  if (typeof value === 'string') {
    parts.push(quoteJson(value));
    return;
  }
  if (value === null || typeof value !== 'object') {
    parts.push(String(value));
    return;
  }
  const inner = margin + ' '.repeat(layout.indent);
  const newline = layout.indent > 0 ? '\n' : '';
  if (Array.isArray(value)) {
    if (value.length === 0) {
      parts.push('[]');
      return;
    }
    value.forEach((item, i) => {
      parts.push(i === 0 ? '[' : ',', newline, layout.indent > 0 ? inner : '');
      writeJson(parts, item, layout, inner);
    });
    parts.push(newline, layout.indent > 0 ? margin : '', ']');
    return;
  }
  const keys = Object.keys(value);
  if (layout.sortKeys) keys.sort(compareText);
  if (keys.length === 0) {
    parts.push('{}');
    return;
  }
  keys.forEach((key, i) => {
    parts.push(
      i === 0 ? '{' : ',',
      newline,
      layout.indent > 0 ? inner : '',
      quoteJson(key),
      layout.indent > 0 ? ': ' : ':',
    );
    writeJson(parts, value[key] ?? null, layout, inner);
  });
  parts.push(newline, layout.indent > 0 ? margin : '', '}');
}

/** The value, or undefined when the text is no JSON. */
export function parseJson(text: string): JsonValue | undefined {
  try {
    return JSON.parse(text) as JsonValue;
  } catch {
    return undefined;
  }
}

/** The value with all keys in sorted order. */
export function withSortedKeys(value: JsonValue): JsonValue {
  if (Array.isArray(value)) return value.map(withSortedKeys);
  if (!isObject(value)) return value;
  const sorted: JsonObject = {};
  for (const key of Object.keys(value).sort(compareText))
    setOwn(sorted, key, withSortedKeys(value[key] ?? null));
  return sorted;
}
