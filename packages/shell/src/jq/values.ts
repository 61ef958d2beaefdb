import { compareJson, formatJson, isArray, isObject, typeName } from './json.ts';
import type { Json } from './json.ts';

/** A jq error: `message` may be any value, as `error({...})` throws it. */
export class JqError extends Error {
  readonly value: Json;
  constructor(value: Json) {
    super(typeof value === 'string' ? value : formatJson(value));
    this.value = value;
  }
}

/** The longest array or text that indexes may make, so that `.[1000000000] = 1` stays an error. */
const MAX_LENGTH = 1_000_000;
/** What an error message shows of a value, characters (jq's ERRORMAX_TRUNC). */
const MAX_SHOWN = 11;

export function shown(value: Json): string {
  const text = formatJson(value);
  return `${typeName(value)} (${text.length > MAX_SHOWN ? `${text.slice(0, MAX_SHOWN - 1)}...` : text})`;
}

export function isTruthy(value: Json): boolean {
  return value !== null && value !== false;
}

/** `.[key]` */
export function indexValue(target: Json, key: Json): Json {
  if (typeof key === 'string' && (isObject(target) || target === null))
    return target === null ? null : (target.get(key) ?? null);
  if (typeof key === 'number' && (isArray(target) || target === null)) {
    if (target === null) return null;
    const at = Math.floor(key);
    return target[at < 0 ? target.length + at : at] ?? null;
  }
  if (isObject(key) && (isArray(target) || typeof target === 'string' || target === null))
    return sliceValue(target, key.get('start') ?? null, key.get('end') ?? null);
  if (isArray(key) && isArray(target)) return indicesOf(target, key);
  if (typeof key === 'string') throw new JqError(`Cannot index ${typeName(target)} with "${key}"`);
  throw new JqError(
    isObject(target) || isArray(target)
      ? `Cannot index ${typeName(target)} with ${typeName(key)}`
      : `Cannot index ${typeName(target)} with ${typeof key === 'number' ? 'number' : typeName(key)}`,
  );
}

function bounds(length: number, from: Json, to: Json): readonly [number, number] {
  if ((from !== null && typeof from !== 'number') || (to !== null && typeof to !== 'number'))
    throw new JqError('Start and end indices of an array slice must be numbers');
  const clamp = (value: number): number => Math.max(0, Math.min(length, value < 0 ? length + value : value));
  const start = clamp(from === null ? 0 : Math.floor(from));
  return [start, Math.max(start, clamp(to === null ? length : Math.ceil(to)))];
}

export function sliceValue(target: Json, from: Json, to: Json): Json {
  if (target === null) return null;
  if (typeof target === 'string') {
    const characters = Array.from(target);
    return characters.slice(...bounds(characters.length, from, to)).join('');
  }
  if (isArray(target)) return target.slice(...bounds(target.length, from, to));
  throw new JqError(`Cannot index ${typeName(target)} with object`);
}

/** A copy of `target` with `key` set. */
export function setValue(target: Json, key: Json, value: Json): Json {
  if (typeof key === 'string' && (isObject(target) || target === null))
    return new Map([...(target ?? new Map<string, Json>()), [key, value]]);
  if (typeof key === 'number' && (isArray(target) || target === null)) {
    const items = [...(target ?? [])];
    const at = Math.floor(key) < 0 ? items.length + Math.floor(key) : Math.floor(key);
    if (at < 0) throw new JqError('Out of bounds negative array index');
    if (at > MAX_LENGTH) throw new JqError('Array index too large');
    while (items.length < at) items.push(null);
    items[at] = value;
    return items;
  }
  if (isObject(key) && (isArray(target) || target === null)) {
    if (!isArray(value)) throw new JqError('A slice of an array can only be assigned another array');
    const items = target ?? [];
    const [start, end] = bounds(items.length, key.get('start') ?? null, key.get('end') ?? null);
    return [...items.slice(0, start), ...value, ...items.slice(end)];
  }
  throw new JqError(
    typeof key === 'string'
      ? `Cannot index ${typeName(target)} with "${key}"`
      : `Cannot index ${typeName(target)} with ${typeName(key)}`,
  );
}

export function getPath(value: Json, path: readonly Json[]): Json {
  return path.reduce<Json>((current, key) => (current === null ? null : indexValue(current, key)), value);
}

export function setPath(value: Json, path: readonly Json[], replacement: Json): Json {
  const [key, ...rest] = path;
  if (key === undefined) return replacement;
  return setValue(value, key, setPath(indexValue(value, key), rest, replacement));
}

export function deletePaths(value: Json, paths: readonly Json[]): Json {
  const sorted = [...paths].sort((left, right) => compareJson(right, left));
  return sorted.reduce<Json>((current, path) => {
    if (!isArray(path)) throw new JqError('Path must be specified as an array');
    return deletePath(current, path);
  }, value);
}

function deletePath(value: Json, path: readonly Json[]): Json {
  const [key, ...rest] = path;
  if (key === undefined || value === null) return null;
  if (rest.length > 0) {
    const inner = indexValue(value, key);
    return inner === null ? value : setValue(value, key, deletePath(inner, rest));
  }
  if (isObject(value) && typeof key === 'string') return new Map([...value].filter(([name]) => name !== key));
  if (isArray(value) && typeof key === 'number') {
    const at = key < 0 ? value.length + key : key;
    return value.filter((_, index) => index !== at);
  }
  if (isArray(value) && isObject(key)) {
    const [start, end] = bounds(value.length, key.get('start') ?? null, key.get('end') ?? null);
    return [...value.slice(0, start), ...value.slice(end)];
  }
  throw new JqError(
    `Cannot delete field at ${isObject(value) ? 'object' : 'array'} index of ${typeName(key)}`,
  );
}

/** What `.[]` gives, with the key of each. */
export function entriesOf(value: Json): readonly (readonly [Json, Json])[] {
  if (isArray(value)) return value.map((item, index) => [index, item] as const);
  if (isObject(value)) return [...value];
  throw new JqError(`Cannot iterate over ${value === null ? 'null' : shown(value)}`);
}

export function indicesOf(target: Json, wanted: Json): Json {
  if (target === null) return null;
  if (typeof target === 'string' && typeof wanted === 'string') {
    const found: number[] = [];
    if (wanted !== '')
      for (let at = target.indexOf(wanted); at >= 0; at = target.indexOf(wanted, at + 1))
        found.push(Array.from(target.slice(0, at)).length);
    return found;
  }
  if (!isArray(target)) throw new JqError(`Cannot index ${typeName(target)} with ${typeName(wanted)}`);
  const items = isArray(wanted) ? wanted : [wanted];
  if (items.length === 0) return null;
  return target.flatMap((_, index) =>
    items.every(
      (item, offset) =>
        index + offset < target.length && compareJson(target[index + offset] ?? null, item) === 0,
    )
      ? [index]
      : [],
  );
}

// Arithmetic

function merge(left: ReadonlyMap<string, Json>, right: ReadonlyMap<string, Json>): Json {
  const result = new Map(left);
  for (const [key, value] of right) {
    const old = result.get(key);
    result.set(key, old !== undefined && isObject(old) && isObject(value) ? merge(old, value) : value);
  }
  return result;
}

function add(left: Json, right: Json): Json {
  if (left === null) return right;
  if (right === null) return left;
  if (typeof left === 'number' && typeof right === 'number') return left + right;
  if (typeof left === 'string' && typeof right === 'string') return bounded(left + right);
  if (isArray(left) && isArray(right)) return [...left, ...right];
  if (isObject(left) && isObject(right)) return new Map([...left, ...right]);
  throw new JqError(`${shown(left)} and ${shown(right)} cannot be added`);
}

function bounded(text: string): string {
  if (text.length > MAX_LENGTH * 16) throw new JqError('String too large');
  return text;
}

function multiply(left: Json, right: Json): Json {
  if (typeof left === 'number' && typeof right === 'number') return left * right;
  const [text, count] = typeof left === 'string' ? [left, right] : [right, left];
  if (typeof text === 'string' && typeof count === 'number') {
    if (text.length * count > MAX_LENGTH * 16) throw new JqError('Repeat string result too long');
    return count <= 0 ? null : text.repeat(Math.max(1, Math.ceil(count)));
  }
  if (isObject(left) && isObject(right)) return merge(left, right);
  throw new JqError(`${shown(left)} and ${shown(right)} cannot be multiplied`);
}

function divide(left: Json, right: Json): Json {
  if (typeof left === 'number' && typeof right === 'number') {
    if (right === 0)
      throw new JqError(`${shown(left)} and ${shown(right)} cannot be divided because the divisor is zero`);
    return left / right;
  }
  if (typeof left === 'string' && typeof right === 'string') return left === '' ? [] : left.split(right);
  throw new JqError(`${shown(left)} and ${shown(right)} cannot be divided`);
}

export function arithmetic(operator: string, left: Json, right: Json): Json {
  switch (operator) {
    case '+':
      return add(left, right);
    case '-':
      if (typeof left === 'number' && typeof right === 'number') return left - right;
      if (isArray(left) && isArray(right))
        return left.filter((item) => !right.some((other) => compareJson(item, other) === 0));
      throw new JqError(`${shown(left)} and ${shown(right)} cannot be subtracted`);
    case '*':
      return multiply(left, right);
    case '/':
      return divide(left, right);
    case '%': {
      if (typeof left !== 'number' || typeof right !== 'number')
        throw new JqError(`${shown(left)} and ${shown(right)} cannot be divided`);
      const divisor = Math.abs(Math.trunc(right));
      if (divisor === 0)
        throw new JqError(`${shown(left)} and ${shown(right)} cannot be divided because the divisor is zero`);
      return Math.trunc(left) % divisor;
    }
    case '==':
      return compareJson(left, right) === 0;
    case '!=':
      return compareJson(left, right) !== 0;
    case '<':
      return compareJson(left, right) < 0;
    case '<=':
      return compareJson(left, right) <= 0;
    case '>':
      return compareJson(left, right) > 0;
    default:
      return compareJson(left, right) >= 0;
  }
}
