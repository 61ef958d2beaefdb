/** A JSON value as jq computes with it. Objects keep their order of insertion and take any key. */
export type Json = null | boolean | number | string | readonly Json[] | JsonObject;
export type JsonObject = ReadonlyMap<string, Json>;

export class JsonProblem extends Error {}

/** How deep values may be nested. */
const MAX_DEPTH = 500;

export function isObject(value: Json): value is JsonObject {
  return value instanceof Map;
}

export function isArray(value: Json): value is readonly Json[] {
  return Array.isArray(value);
}

export function typeName(value: Json): 'null' | 'boolean' | 'number' | 'string' | 'array' | 'object' {
  if (value === null) return 'null';
  if (isArray(value)) return 'array';
  if (isObject(value)) return 'object';
  return typeof value as 'boolean' | 'number' | 'string';
}

/** Reads a stream of values, one after the other. @throws JsonProblem with jq's message */
export class JsonReader {
  readonly #text: string;
  #at = 0;

  constructor(text: string) {
    this.#text = text;
  }

  /** The next value, or undefined at the end. */
  next(): Json | undefined {
    this.#space();
    return this.#at >= this.#text.length ? undefined : this.#value(0);
  }

  #space(): void {
    while (' \t\n\r'.includes(this.#text.charAt(this.#at)) && this.#at < this.#text.length) this.#at++;
  }

  #fail(message: string): JsonProblem {
    const before = this.#text.slice(0, this.#at);
    const line = before.split('\n').length;
    return new JsonProblem(`${message} at line ${line}, column ${this.#at - before.lastIndexOf('\n') - 1}`);
  }

  #value(depth: number): Json {
    if (depth > MAX_DEPTH) throw this.#fail('Exceeds depth limit for parsing');
    const character = this.#text.charAt(this.#at);
    if (character === '{') return this.#object(depth);
    if (character === '[') return this.#array(depth);
    if (character === '"') return this.#string();
    const literal = /(?:null|true|false|nan|NaN)(?![A-Za-z0-9])/y;
    literal.lastIndex = this.#at;
    const word = literal.exec(this.#text)?.[0];
    if (word !== undefined) {
      this.#at += word.length;
      return word === 'null' || word === 'nan' || word === 'NaN' ? null : word === 'true';
    }
    const number = /-?(?:\d+\.?\d*|\.\d+)(?:[eE][-+]?\d+)?(?![A-Za-z0-9_])/y;
    number.lastIndex = this.#at;
    const digits = number.exec(this.#text)?.[0];
    if (digits === undefined) {
      this.#at += /^[^\s,:[\]{}"]*/.exec(this.#text.slice(this.#at, this.#at + 100))?.[0].length ?? 0;
      throw this.#fail(this.#at >= this.#text.length ? 'Unfinished JSON term' : 'Invalid numeric literal');
    }
    this.#at += digits.length;
    return bounded(Number(digits));
  }

  #array(depth: number): Json {
    const items: Json[] = [];
    this.#at++;
    this.#space();
    if (this.#text.charAt(this.#at) === ']') {
      this.#at++;
      return items;
    }
    for (;;) {
      this.#space();
      items.push(this.#value(depth + 1));
      this.#space();
      const next = this.#text.charAt(this.#at++);
      if (next === ']') return items;
      if (next !== ',')
        throw this.#fail(next === '' ? 'Unfinished JSON term' : 'Expected separator between values');
    }
  }

  #object(depth: number): Json {
    const entries = new Map<string, Json>();
    this.#at++;
    this.#space();
    if (this.#text.charAt(this.#at) === '}') {
      this.#at++;
      return entries;
    }
    for (;;) {
      this.#space();
      if (this.#text.charAt(this.#at) !== '"')
        throw this.#fail(
          this.#at >= this.#text.length ? 'Unfinished JSON term' : 'Object keys must be strings',
        );
      const key = this.#string();
      this.#space();
      if (this.#text.charAt(this.#at++) !== ':') throw this.#fail('Objects must consist of key:value pairs');
      this.#space();
      entries.set(key, this.#value(depth + 1));
      this.#space();
      const next = this.#text.charAt(this.#at++);
      if (next === '}') return entries;
      if (next !== ',')
        throw this.#fail(next === '' ? 'Unfinished JSON term' : 'Expected separator between values');
    }
  }

  #string(): string {
    const start = this.#at;
    for (this.#at++; ; this.#at++) {
      const character = this.#text.charAt(this.#at);
      if (character === '') throw this.#fail('Unfinished string');
      if (character === '\\') this.#at++;
      else if (character === '"') break;
    }
    this.#at++;
    const raw = this.#text.slice(start, this.#at);
    try {
      return JSON.parse(
        raw.replace(/[\x00-\x1f]/g, (control) => `\\u${control.charCodeAt(0).toString(16).padStart(4, '0')}`),
      ) as string;
    } catch {
      throw this.#fail('Invalid escape');
    }
  }
}

export function parseJson(text: string): Json {
  const reader = new JsonReader(text);
  const value = reader.next();
  if (value === undefined) throw new JsonProblem('Expected JSON value');
  if (reader.next() !== undefined) throw new JsonProblem('Unexpected extra JSON values');
  return value;
}

function bounded(value: number): number {
  return Number.isFinite(value) ? value : value > 0 ? Number.MAX_VALUE : -Number.MAX_VALUE;
}

export interface FormatOptions {
  /** Spaces a level; undefined prints everything on one line. */
  readonly indent?: string;
  readonly sortKeys?: boolean;
  readonly ascii?: boolean;
  readonly color?: boolean;
}

const COLORS = {
  null: '1;30',
  false: '0;39',
  true: '0;39',
  number: '0;39',
  string: '0;32',
  array: '1;39',
  object: '1;39',
  key: '34;1',
} as const;

export function formatJson(value: Json, options: FormatOptions = {}, level = 0): string {
  const paint = (code: string, text: string): string =>
    options.color === true ? `\x1b[${code}m${text}\x1b[0m` : text;
  if (value === null) return paint(COLORS.null, 'null');
  if (typeof value === 'boolean') return paint(COLORS.true, String(value));
  if (typeof value === 'number') return paint(COLORS.number, formatNumber(value));
  if (typeof value === 'string') return paint(COLORS.string, formatString(value, options));
  const pretty = options.indent !== undefined;
  const inner = pretty ? `\n${options.indent.repeat(level + 1)}` : '';
  const outer = pretty ? `\n${options.indent.repeat(level)}` : '';
  if (isArray(value)) {
    if (value.length === 0) return paint(COLORS.array, '[]');
    const items = value.map((item) => inner + formatJson(item, options, level + 1));
    if (options.color !== true) return `[${items.join(',')}${outer}]`;
    return `\x1b[${COLORS.array}m[${items.map((item, index) => (index === 0 ? item : `\x1b[${COLORS.array}m,${item}`)).join('')}\x1b[${COLORS.array}m${outer}\x1b[${COLORS.array}m]\x1b[0m`;
  }
  if (value.size === 0) return paint(COLORS.object, '{}');
  const entries =
    options.sortKeys === true
      ? [...value].sort(([left], [right]) => compareStrings(left, right))
      : [...value];
  const fields = entries.map(([key, field]) => ({
    key: formatString(key, options),
    text: formatJson(field, options, level + 1),
  }));
  const colon = pretty ? ': ' : ':';
  if (options.color !== true)
    return `{${fields.map((field) => `${inner}${field.key}${colon}${field.text}`).join(',')}${outer}}`;
  const painted = fields.map(
    (field, index) =>
      `${index === 0 ? '' : `\x1b[${COLORS.object}m,`}${inner}\x1b[0m\x1b[${COLORS.key}m${field.key}\x1b[0m\x1b[${COLORS.object}m${colon.trim()}\x1b[0m${pretty ? ' ' : ''}${field.text}`,
  );
  return `\x1b[${COLORS.object}m{${painted.join('')}\x1b[${COLORS.object}m${outer}\x1b[${COLORS.object}m}\x1b[0m`;
}

export function formatNumber(value: number): string {
  if (Number.isNaN(value)) return 'null';
  const finite = bounded(value);
  if (Object.is(finite, -0)) return '-0';
  // Seventeen significant digits, as jq prints doubles; exponents as C writes them.
  return String(finite).replace(/e([+-])(\d)$/, 'e$10$2');
}

function formatString(text: string, options: FormatOptions): string {
  const quoted = JSON.stringify(text).replaceAll('\x7f', '\\u007f');
  return options.ascii === true
    ? quoted.replace(/[\x80-\uffff]/g, (unit) => `\\u${unit.charCodeAt(0).toString(16).padStart(4, '0')}`)
    : quoted;
}

/** jq orders strings by code point. */
export function compareStrings(left: string, right: string): number {
  if (left === right) return 0;
  const [a, b] = [left[Symbol.iterator](), right[Symbol.iterator]()];
  for (;;) {
    const [x, y] = [a.next(), b.next()];
    if (x.done === true) return y.done === true ? 0 : -1;
    if (y.done === true) return 1;
    if (x.value !== y.value) return (x.value.codePointAt(0) ?? 0) - (y.value.codePointAt(0) ?? 0);
  }
}

function rank(value: Json): number {
  if (value === null) return 0;
  if (value === false) return 1;
  if (value === true) return 2;
  if (typeof value === 'number') return 3;
  if (typeof value === 'string') return 4;
  return isArray(value) ? 5 : 6;
}

/** jq's total order: null, false, true, numbers, strings, arrays, objects. */
export function compareJson(left: Json, right: Json): number {
  const difference = rank(left) - rank(right);
  if (difference !== 0) return difference;
  if (typeof left === 'number' && typeof right === 'number')
    return Number.isNaN(left) ? -1 : left < right ? -1 : left > right ? 1 : 0;
  if (typeof left === 'string' && typeof right === 'string') return compareStrings(left, right);
  if (isArray(left) && isArray(right)) {
    for (let index = 0; index < Math.min(left.length, right.length); index++) {
      const result = compareJson(left[index] ?? null, right[index] ?? null);
      if (result !== 0) return result;
    }
    return left.length - right.length;
  }
  if (left instanceof Map && right instanceof Map)
    return compareObjects(left as JsonObject, right as JsonObject);
  return 0;
}

function compareObjects(left: JsonObject, right: JsonObject): number {
  const [leftKeys, rightKeys] = [
    [...left.keys()].sort(compareStrings),
    [...right.keys()].sort(compareStrings),
  ];
  const byKeys = compareJson(leftKeys, rightKeys);
  if (byKeys !== 0) return byKeys;
  for (const key of leftKeys) {
    const result = compareJson(left.get(key) ?? null, right.get(key) ?? null);
    if (result !== 0) return result;
  }
  return 0;
}
