/** JSON as bodies and stored objects hold it. Stored values are frozen; drafts are not. */
export type Json = null | boolean | number | string | Json[] | JsonObject;
export interface JsonObject {
  [key: string]: Json;
}

export function isObject(value: unknown): value is JsonObject {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

/** A value in a message: text as it is, everything else as JSON. */
export function textOf(value: unknown): string {
  if (typeof value === 'string') return value;
  return value === undefined ? '' : JSON.stringify(value);
}

/** A copy that may be changed. Fields that are undefined are left out, as JSON would. */
export function cloneJson<Value>(value: Value): Value {
  return clone(value) as Value;
}

function clone(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(clone);
  if (typeof value !== 'object' || value === null) return value;
  const result: Record<string, unknown> = {};
  const source = value as Readonly<Record<string, unknown>>;
  // Every write to the API copies an object so: keys alone, and no call for a leaf, take a third of the time.
  for (const key of Object.keys(source)) {
    const field = source[key];
    if (field === undefined) continue;
    const copy = typeof field === 'object' ? clone(field) : field;
    if (key === '__proto__') define(result, key, copy);
    else result[key] = copy;
  }
  return result;
}

/** Sets an own field whatever its name, `__proto__` included: names come from outside. */
export function define(target: Record<string, unknown>, key: string, value: unknown): void {
  if (key === '__proto__')
    Object.defineProperty(target, key, { value, writable: true, enumerable: true, configurable: true });
  else target[key] = value;
}

/** An own field, never one inherited from Object.prototype. */
export function own(target: Readonly<Record<string, unknown>>, key: string): unknown {
  return Object.hasOwn(target, key) ? target[key] : undefined;
}

export function jsonEqual(left: unknown, right: unknown): boolean {
  if (left === right) return true;
  if (typeof left !== 'object' || typeof right !== 'object' || left === null || right === null) return false;
  if (Array.isArray(left) || Array.isArray(right)) {
    return (
      Array.isArray(left) &&
      Array.isArray(right) &&
      left.length === right.length &&
      left.every((item, index) => jsonEqual(item, right[index]))
    );
  }
  const leftKeys = Object.keys(left);
  if (leftKeys.length !== Object.keys(right).length) return false;
  return leftKeys.every(
    (key) =>
      Object.hasOwn(right, key) &&
      jsonEqual((left as Record<string, unknown>)[key], (right as Record<string, unknown>)[key]),
  );
}

/** The new value, with every subtree that did not change taken from the old one: versions share what they can. */
export function shareUnchanged<Value>(previous: unknown, next: Value): Value {
  return share(previous, next) as Value;
}

function share(previous: unknown, next: unknown): unknown {
  if (typeof next !== 'object' || next === null || typeof previous !== 'object' || previous === null)
    return next;
  if (previous === next) return previous;
  if (Array.isArray(next)) {
    if (!Array.isArray(previous)) return next;
    const items = next.map((item, index) => share(previous[index], item));
    return items.length === previous.length && items.every((item, index) => item === previous[index])
      ? previous
      : items;
  }
  if (Array.isArray(previous)) return next;
  const before = previous as Record<string, unknown>;
  const result: Record<string, unknown> = {};
  let same = Object.keys(before).length === Object.keys(next).length;
  for (const [key, field] of Object.entries(next)) {
    const shared = share(own(before, key), field);
    define(result, key, shared);
    if (!Object.hasOwn(before, key) || before[key] !== shared) same = false;
  }
  return same ? previous : result;
}

/** Nesting deeper than this is refused: no API object needs it, and recursion over it must not exhaust the stack. */
const MAX_DEPTH = 200;

export type ParsedJson =
  { readonly ok: true; readonly value: Json } | { readonly ok: false; readonly message: string };

export function parseJson(text: string): ParsedJson {
  let depth = 0;
  let inString = false;
  for (let index = 0; index < text.length; index++) {
    const code = text.charCodeAt(index);
    if (inString) {
      if (code === 0x5c) index++;
      else if (code === 0x22) inString = false;
    } else if (code === 0x22) inString = true;
    else if (code === 0x7b || code === 0x5b) {
      if (++depth > MAX_DEPTH) return { ok: false, message: 'exceeded max depth' };
    } else if (code === 0x7d || code === 0x5d) depth--;
  }
  try {
    return { ok: true, value: JSON.parse(text) as Json };
  } catch {
    return { ok: false, message: syntaxMessage(text) };
  }
}

/** Words of Go's encoding/json for the commonest slips. */
function syntaxMessage(text: string): string {
  const trimmed = text.trim();
  const first = trimmed.charAt(0);
  if (trimmed === '') return 'unexpected end of JSON input';
  if (!/[[{"\-0-9tfn]/.test(first))
    return `invalid character '${first === "'" ? "\\'" : first}' looking for beginning of value`;
  return 'unexpected end of JSON input';
}
