import { CelDuration, CelOptional, CelTimestamp, CelUint, isList, isMap, isOpaque } from './values.ts';
import type { CelMap, CelValue, MapKey } from './values.ts';
import { formatDuration, formatTimestamp, parseDuration, parseTimestamp } from './moments.ts';

/** What a schema says of a value beyond what JSON shows. Fields and items that it does not tell are as JSON shows them. */
export interface CelShape {
  readonly as?: 'double' | 'timestamp' | 'duration' | 'bytes';
  readonly fields?: Readonly<Record<string, CelShape>>;
  readonly items?: CelShape;
  /** Of the values of a map. */
  readonly values?: CelShape;
}

/** Nesting beyond this is no Kubernetes object. */
const MAX_DEPTH = 200;

/** A plain value as an expression sees it. Objects are read as they are asked for. Whole numbers are CEL's int, as in Kubernetes. */
export function fromJson(value: unknown, shape?: CelShape, depth = 0): CelValue {
  if (value === null || value === undefined || depth > MAX_DEPTH) return null;
  switch (typeof value) {
    case 'boolean':
      return value;
    case 'number':
      return shape?.as !== 'double' && Number.isSafeInteger(value) ? BigInt(value) : value;
    case 'bigint':
      return value;
    case 'string':
      return textValue(value, shape);
    default:
  }
  if (Array.isArray(value)) return value.map((item: unknown) => fromJson(item, shape?.items, depth + 1));
  return typeof value === 'object' ? new JsonMap(value as Record<string, unknown>, shape, depth) : null;
}

function textValue(text: string, shape: CelShape | undefined): CelValue {
  if (shape?.as === 'timestamp') return parseTimestamp(text) ?? text;
  if (shape?.as === 'duration') return parseDuration(text) ?? text;
  if (shape?.as === 'bytes') return new TextEncoder().encode(text);
  return text;
}

/** How field names are written that are no identifiers (apiserver cel.Escape). */
const UNESCAPED: Readonly<Record<string, string>> = {
  __dot__: '.',
  __dash__: '-',
  __slash__: '/',
  __underscores__: '__',
};
const KEYWORD =
  /^__(true|false|null|in|as|break|const|continue|else|for|function|if|import|let|loop|package|namespace|return)__$/;

export function unescapeField(name: string): string {
  const keyword = KEYWORD.exec(name)?.[1];
  if (keyword !== undefined) return keyword;
  return name.replaceAll(/__(?:dot|dash|slash|underscores)__/g, (escape) => UNESCAPED[escape] ?? escape);
}

class JsonMap implements CelMap {
  readonly isMap = true;
  readonly #object: Readonly<Record<string, unknown>>;
  readonly #shape: CelShape | undefined;
  readonly #depth: number;
  readonly #made = new Map<string, CelValue>();

  constructor(object: Readonly<Record<string, unknown>>, shape: CelShape | undefined, depth: number) {
    this.#object = object;
    this.#shape = shape;
    this.#depth = depth;
  }

  get size(): number {
    return Object.keys(this.#object).length;
  }

  keys(): readonly string[] {
    return Object.keys(this.#object);
  }

  get(key: MapKey): CelValue | undefined {
    if (typeof key !== 'string') return undefined;
    const name = Object.hasOwn(this.#object, key) ? key : unescapeField(key);
    if (!Object.hasOwn(this.#object, name)) return undefined;
    const known = this.#made.get(name);
    if (known !== undefined) return known;
    const fields = this.#shape?.fields;
    const inner = fields !== undefined && Object.hasOwn(fields, name) ? fields[name] : this.#shape?.values;
    const made = fromJson(this.#object[name], inner, this.#depth + 1);
    this.#made.set(name, made);
    return made;
  }
}

/** An expression's result as plain JSON; undefined for what JSON cannot hold. */
export function toJson(value: CelValue, depth = 0): unknown {
  if (depth > MAX_DEPTH) return undefined;
  if (typeof value === 'bigint') return Number(value);
  if (value === null || typeof value !== 'object') return value;
  if (value instanceof CelUint) return Number(value.value);
  if (value instanceof CelTimestamp) return formatTimestamp(value);
  if (value instanceof CelDuration) return formatDuration(value);
  if (value instanceof CelOptional)
    return value.value === undefined ? undefined : toJson(value.value, depth + 1);
  if (isList(value)) return value.map((item) => toJson(item, depth + 1));
  if (isMap(value))
    return Object.fromEntries(
      [...value.keys()].map((key) => [String(key), toJson(value.get(key) ?? null, depth + 1)]),
    );
  return isOpaque(value) ? value.toText() : undefined;
}
