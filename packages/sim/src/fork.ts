/**
 * Copies a tree of simulation state so that the copy and the original can go on apart.
 *
 * The rule of state: everything reachable is a primitive, a plain object, an array, a Map, a Set, a
 * typed array, or an instance of a class whose own fields obey the rule. Functions, promises and
 * generators are refused, since they can't be copied. Frozen values are shared, not copied, so
 * freezing large immutable things (API objects, rule sets) makes a fork cheap. What is frozen must
 * be frozen all the way down: use `deepFreeze`.
 *
 * @throws TypeError naming the path of a value that cannot be copied.
 */
export function forkState<State>(state: State): State {
  return copy(state, new Map(), []) as State;
}

function copy(value: unknown, seen: Map<object, unknown>, path: string[]): unknown {
  if (typeof value === 'function') throw notState('function', path);
  if (typeof value !== 'object' || value === null || Object.isFrozen(value)) return value;
  const known = seen.get(value);
  if (known !== undefined) return known;
  if (Array.isArray(value)) return copyArray(value, seen, path);
  if (value instanceof Map) return copyMap(value, seen, path);
  if (value instanceof Set) return copySet(value, seen, path);
  if (ArrayBuffer.isView(value)) return copyBytes(value, seen, path);
  if (value instanceof Promise) throw notState('promise', path);
  if (Symbol.iterator in value) throw notState('iterator or generator', path);
  const result: Record<string, unknown> = Object.create(
    Object.getPrototypeOf(value) as object | null,
  ) as Record<string, unknown>;
  seen.set(value, result);
  for (const [key, field] of Object.entries(value)) {
    path.push(key);
    result[key] = copy(field, seen, path);
    path.pop();
  }
  return result;
}

function copyArray(value: readonly unknown[], seen: Map<object, unknown>, path: string[]): unknown[] {
  const result: unknown[] = new Array<unknown>(value.length);
  seen.set(value, result);
  for (let index = 0; index < value.length; index++) {
    path.push(String(index));
    result[index] = copy(value[index], seen, path);
    path.pop();
  }
  return result;
}

function copyMap(
  value: ReadonlyMap<unknown, unknown>,
  seen: Map<object, unknown>,
  path: string[],
): Map<unknown, unknown> {
  const result = new Map<unknown, unknown>();
  seen.set(value, result);
  for (const [key, entry] of value) {
    path.push(String(key));
    result.set(copy(key, seen, path), copy(entry, seen, path));
    path.pop();
  }
  return result;
}

function copySet(value: ReadonlySet<unknown>, seen: Map<object, unknown>, path: string[]): Set<unknown> {
  const result = new Set<unknown>();
  seen.set(value, result);
  for (const entry of value) result.add(copy(entry, seen, path));
  return result;
}

function copyBytes(value: ArrayBufferView, seen: Map<object, unknown>, path: string[]): Uint8Array {
  if (!(value instanceof Uint8Array)) throw notState('typed array other than Uint8Array', path);
  const result = value.slice();
  seen.set(value, result);
  return result;
}

function notState(what: string, path: readonly string[]): TypeError {
  return new TypeError(`a ${what} cannot be part of simulation state (at ${path.join('.') || 'the root'})`);
}

/** Freezes a tree of plain objects and arrays all the way down and returns it. Stops at what is already frozen. */
export function deepFreeze<Value>(value: Value): Value {
  if (typeof value === 'object' && value !== null && !Object.isFrozen(value)) {
    Object.freeze(value);
    for (const field of Object.values(value)) deepFreeze(field);
  }
  return value;
}

/** What V8 takes for an object, and for each of its fields, entries or members, bytes; near enough for a budget. */
const OBJECT_BYTES = 32;
const FIELD_BYTES = 16;

/** About what a fork of this state takes: what is frozen is shared, and so are texts. */
export function forkedBytes(state: unknown): number {
  const seen = new Set<object>();
  const waiting: unknown[] = [state];
  let bytes = 0;
  for (let value = waiting.pop(); value !== undefined || waiting.length > 0; value = waiting.pop()) {
    if (typeof value !== 'object' || value === null || Object.isFrozen(value) || seen.has(value)) continue;
    seen.add(value);
    bytes += OBJECT_BYTES;
    if (value instanceof Uint8Array) bytes += value.length;
    else if (value instanceof Map) {
      bytes += value.size * 2 * FIELD_BYTES;
      for (const [key, entry] of value) waiting.push(key, entry);
    } else {
      const parts: unknown[] = value instanceof Set ? [...value] : Object.values(value);
      bytes += parts.length * FIELD_BYTES;
      for (const part of parts) waiting.push(part);
    }
  }
  return bytes;
}
