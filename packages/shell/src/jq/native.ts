import { utf8Encode } from '@podwire/sim';
import { formatDate, parseDate } from '../text/date.ts';
import { formatValue, textOf } from './formats.ts';
import {
  JsonProblem,
  compareJson,
  compareStrings,
  formatJson,
  isArray,
  isObject,
  parseJson,
  typeName,
} from './json.ts';
import type { Json } from './json.ts';
import { captureObject, matchObject, matches, pieces, scan, splits } from './matching.ts';
import { JqError, arithmetic, deletePaths, indicesOf, isTruthy, setPath, shown } from './values.ts';

/** What functions need of the world around the program. */
export interface NativeHost {
  environment(): Json;
  nextInput(): Json | undefined;
  nowMs(): number;
  /** Text for standard error. */
  message(text: string): void;
  halt(exitCode: number): never;
}

export type NativeFunction = (host: NativeHost, input: Json, args: readonly Json[]) => Iterable<Json>;

/** The longest array that `range`, `combinations` and the like collect. */
const MAX_RANGE = 1e15;

function number(name: string, value: Json): number {
  if (typeof value !== 'number') throw new JqError(`${shown(value)} number required`);
  return value;
}

function array(value: Json, message: string): readonly Json[] {
  if (!isArray(value)) throw new JqError(`${shown(value)} ${message}`);
  return value;
}

function sorted(items: readonly Json[]): readonly Json[] {
  return [...items].sort(compareJson);
}

/** `[key, value]` pairs by key. Keys come from `map([f])`. */
function byKey(input: Json, keys: Json, message: string): readonly (readonly [Json, Json])[] {
  const items = array(input, message);
  const all = isArray(keys) ? keys : [];
  return items
    .map((item, index) => [all[index] ?? null, item] as const)
    .sort((left, right) => compareJson(left[0], right[0]));
}

function groups(pairs: readonly (readonly [Json, Json])[]): Json[][] {
  const result: Json[][] = [];
  let last: Json | undefined;
  for (const [key, value] of pairs) {
    if (last === undefined || compareJson(last, key) !== 0) result.push([]);
    result.at(-1)?.push(value);
    last = key;
  }
  return result;
}

function extreme(pairs: readonly (readonly [Json, Json])[], largest: boolean): Json {
  return (largest ? pairs.at(-1) : pairs[0])?.[1] ?? null;
}

function contains(left: Json, right: Json): boolean {
  if (typeof left === 'string' && typeof right === 'string') return left.includes(right);
  if (isArray(left) && isArray(right))
    return right.every((wanted) =>
      left.some((item) => typeName(item) === typeName(wanted) && contains(item, wanted)),
    );
  if (isObject(left) && isObject(right)) {
    return [...right].every(([key, wanted]) => {
      const item = left.get(key);
      return item !== undefined && typeName(item) === typeName(wanted) && contains(item, wanted);
    });
  }
  if (typeName(left) === typeName(right)) return compareJson(left, right) === 0;
  throw new JqError(`${shown(left)} and ${shown(right)} cannot have their containment checked`);
}

function flatten(items: readonly Json[], depth: number): Json[] {
  return items.flatMap((item) => (isArray(item) && depth > 0 ? flatten(item, depth - 1) : [item]));
}

function length(value: Json): number {
  if (value === null) return 0;
  if (typeof value === 'string') return Array.from(value).length;
  if (typeof value === 'number') return Math.abs(value);
  if (typeof value === 'boolean') throw new JqError(`${shown(value)} has no length`);
  return isArray(value) ? value.length : value.size;
}

function keys(value: Json, inOrder: boolean): Json {
  if (isArray(value)) return value.map((_, index) => index);
  if (!isObject(value)) throw new JqError(`${shown(value)} has no keys`);
  return inOrder ? [...value.keys()] : [...value.keys()].sort(compareStrings);
}

function has(value: Json, key: Json): boolean {
  if (isObject(value) && typeof key === 'string') return value.has(key);
  if (isArray(value) && typeof key === 'number') return key >= 0 && key < value.length;
  throw new JqError(
    `Cannot check whether ${typeName(value)} has a ${typeof key === 'string' ? 'string' : typeName(key)} key`,
  );
}

function fromEntries(value: Json): Json {
  const result = new Map<string, Json>();
  for (const entry of array(value, 'cannot be made an object')) {
    if (!isObject(entry)) throw new JqError(`Cannot index ${typeName(entry)} with "key"`);
    const key =
      ['key', 'k', 'name', 'Name', 'Key', 'K']
        .map((name) => entry.get(name))
        .find((candidate) => candidate !== undefined && candidate !== null && candidate !== false) ??
      entry.get('key') ??
      null;
    const field = ['value', 'v', 'Value', 'V'].find((name) => entry.has(name));
    result.set(
      typeof key === 'string' ? key : formatJson(key),
      field === undefined ? null : (entry.get(field) ?? null),
    );
  }
  return result;
}

function text(name: string, value: Json): string {
  if (typeof value !== 'string') throw new JqError(`${name}() requires string inputs`);
  return value;
}

function tonumber(value: Json): number {
  if (typeof value === 'number') return value;
  const trimmed = typeof value === 'string' ? value.trim() : '';
  if (
    typeof value !== 'string' ||
    trimmed === '' ||
    !/^-?(?:\d+\.?\d*|\.\d+)(?:[eE][-+]?\d+)?$/.test(trimmed)
  )
    throw new JqError(`${shown(value)} cannot be parsed as a number`);
  return Number(trimmed);
}

function implode(value: Json): string {
  return array(value, 'cannot be imploded')
    .map((code) => String.fromCodePoint(Math.max(0, Math.min(0x10ffff, number('implode', code)))))
    .join('');
}

function transpose(value: Json): Json {
  const rows = array(value, 'cannot be transposed').map((row) => array(row, 'cannot be transposed'));
  const width = Math.max(0, ...rows.map((row) => row.length));
  return Array.from({ length: width }, (_, index) => rows.map((row) => row[index] ?? null));
}

// Dates

function seconds(value: Json): number {
  if (typeof value === 'number') return value;
  if (isArray(value)) {
    const [year = 1970, month = 0, day = 1, hour = 0, minute = 0, second = 0] = value.map((part) =>
      number('mktime', part),
    );
    return Date.UTC(year, month, day, hour, minute, second) / 1000;
  }
  throw new JqError(`${shown(value)} cannot be taken as a date`);
}

function brokenDown(value: number): Json {
  const date = new Date(value * 1000);
  const dayOfYear = Math.floor((date.getTime() - Date.UTC(date.getUTCFullYear(), 0, 1)) / 86_400_000);
  return [
    date.getUTCFullYear(),
    date.getUTCMonth(),
    date.getUTCDate(),
    date.getUTCHours(),
    date.getUTCMinutes(),
    date.getUTCSeconds() + (value % 1),
    date.getUTCDay(),
    dayOfYear,
  ];
}

function fromDate(value: Json): number {
  const parsed =
    typeof value === 'string' && /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ$/.test(value)
      ? parseDate(value, 0)
      : undefined;
  if (parsed === undefined)
    throw new JqError(`date ${formatJson(value)} does not match format "%Y-%m-%dT%H:%M:%SZ"`);
  return parsed / 1000;
}

function* range(from: Json, to: Json, by: Json): Generator<Json, void> {
  if (typeof from !== 'number' || typeof to !== 'number' || typeof by !== 'number')
    throw new JqError('Range bounds must be numeric');
  if (by === 0 || Math.abs((to - from) / by) > MAX_RANGE) {
    if (by === 0 && from < to) throw new JqError('Range step must not be zero');
    if (by === 0) return;
  }
  for (let value = from; by > 0 ? value < to : value > to; value += by) yield value;
}

const one =
  (compute: (input: Json, args: readonly Json[], host: NativeHost) => Json): NativeFunction =>
  (host, input, args) => [compute(input, args, host)];
const math = (compute: (value: number) => number): NativeFunction =>
  one((input) => compute(number('math', input)));
const arg = (args: readonly Json[], index: number): Json => args[index] ?? null;

/** Functions written in the host's language, by name and number of arguments. Arguments are evaluated first. */
export const natives: ReadonlyMap<string, NativeFunction> = new Map<string, NativeFunction>([
  ['length/0', one(length)],
  ['utf8bytelength/0', one((input) => utf8Encode(text('utf8bytelength', input)).length)],
  ['not/0', one((input) => !isTruthy(input))],
  ['keys/0', one((input) => keys(input, false))],
  ['keys_unsorted/0', one((input) => keys(input, true))],
  ['has/1', one((input, args) => has(input, arg(args, 0)))],
  ['contains/1', one((input, args) => contains(input, arg(args, 0)))],
  ['type/0', one(typeName)],
  [
    'add/0',
    one((input) =>
      (isObject(input) ? [...input.values()] : array(input, 'cannot be added up')).reduce<Json>(
        (sum, item) => arithmetic('+', sum, item),
        null,
      ),
    ),
  ],
  ['any/0', one((input) => array(input, 'cannot be iterated over').some(isTruthy))],
  ['all/0', one((input) => array(input, 'cannot be iterated over').every(isTruthy))],
  ['range/1', (_host, _input, args) => range(0, arg(args, 0), 1)],
  ['range/2', (_host, _input, args) => range(arg(args, 0), arg(args, 1), 1)],
  ['range/3', (_host, _input, args) => range(arg(args, 0), arg(args, 1), arg(args, 2))],
  ['floor/0', math(Math.floor)],
  ['ceil/0', math(Math.ceil)],
  ['round/0', math((value) => Math.sign(value) * Math.round(Math.abs(value)))],
  ['trunc/0', math(Math.trunc)],
  ['sqrt/0', math(Math.sqrt)],
  ['fabs/0', math(Math.abs)],
  ['abs/0', math(Math.abs)],
  ['exp/0', math(Math.exp)],
  ['exp2/0', math((value) => 2 ** value)],
  ['exp10/0', math((value) => 10 ** value)],
  ['log/0', math(Math.log)],
  ['log2/0', math(Math.log2)],
  ['log10/0', math(Math.log10)],
  ['sin/0', math(Math.sin)],
  ['cos/0', math(Math.cos)],
  ['pow/2', one((_input, args) => number('pow', arg(args, 0)) ** number('pow', arg(args, 1)))],
  ['infinite/0', one(() => Number.POSITIVE_INFINITY)],
  ['nan/0', one(() => Number.NaN)],
  ['isinfinite/0', one((input) => Math.abs(number('isinfinite', input)) === Number.POSITIVE_INFINITY)],
  ['isnan/0', one((input) => Number.isNaN(number('isnan', input)))],
  ['isnormal/0', one((input) => Number.isFinite(number('isnormal', input)) && input !== 0)],
  ['tostring/0', one(textOf)],
  ['tonumber/0', one(tonumber)],
  ['tojson/0', one((input) => formatJson(input))],
  [
    'fromjson/0',
    one((input) => {
      try {
        return parseJson(text('fromjson', input));
      } catch (error) {
        if (error instanceof JsonProblem)
          throw new JqError(`${error.message} (while parsing '${textOf(input)}')`);
        throw error;
      }
    }),
  ],
  ['sort/0', one((input) => sorted(array(input, 'cannot be sorted, as it is not an array')))],
  [
    '_sort_by/1',
    one((input, args) =>
      byKey(input, arg(args, 0), 'cannot be sorted, as it is not an array').map(([, value]) => value),
    ),
  ],
  [
    '_group_by/1',
    one((input, args) => groups(byKey(input, arg(args, 0), 'cannot be grouped, as it is not an array'))),
  ],
  [
    '_unique_by/1',
    one((input, args) =>
      groups(byKey(input, arg(args, 0), 'cannot be grouped, as it is not an array')).map(
        (group) => group[0] ?? null,
      ),
    ),
  ],
  ['_min_by/1', one((input, args) => extreme(byKey(input, arg(args, 0), 'cannot be iterated over'), false))],
  ['_max_by/1', one((input, args) => extreme(byKey(input, arg(args, 0), 'cannot be iterated over'), true))],
  [
    'unique/0',
    one((input) =>
      sorted(array(input, 'cannot be sorted, as it is not an array')).filter(
        (item, index, all) => index === 0 || compareJson(all[index - 1] ?? null, item) !== 0,
      ),
    ),
  ],
  ['min/0', one((input) => sorted(array(input, 'cannot be iterated over'))[0] ?? null)],
  ['max/0', one((input) => sorted(array(input, 'cannot be iterated over')).at(-1) ?? null)],
  [
    'reverse/0',
    one((input) =>
      typeof input === 'string'
        ? Array.from(input).reverse().join('')
        : input === null
          ? []
          : [...array(input, 'cannot be reversed, as it is not an array')].reverse(),
    ),
  ],
  [
    'flatten/0',
    one((input) =>
      flatten(isObject(input) ? [...input.values()] : array(input, 'cannot be flattened'), 1000),
    ),
  ],
  [
    'flatten/1',
    one((input, args) => {
      const depth = number('flatten', arg(args, 0));
      if (depth < 0) throw new JqError('flatten depth must not be negative');
      return flatten(array(input, 'cannot be flattened'), depth);
    }),
  ],
  ['transpose/0', one(transpose)],
  [
    'to_entries/0',
    one((input) =>
      isObject(input)
        ? [...input].map(
            ([key, value]): Json =>
              new Map<string, Json>([
                ['key', key],
                ['value', value],
              ]),
          )
        : keys(input, true),
    ),
  ],
  ['from_entries/0', one(fromEntries)],
  [
    'startswith/1',
    one((input, args) => text('startswith', input).startsWith(text('startswith', arg(args, 0)))),
  ],
  ['endswith/1', one((input, args) => text('endswith', input).endsWith(text('endswith', arg(args, 0))))],
  [
    'ltrimstr/1',
    one((input, args) => {
      const prefix = arg(args, 0);
      return typeof input === 'string' && typeof prefix === 'string' && input.startsWith(prefix)
        ? input.slice(prefix.length)
        : input;
    }),
  ],
  [
    'rtrimstr/1',
    one((input, args) => {
      const suffix = arg(args, 0);
      return typeof input === 'string' &&
        typeof suffix === 'string' &&
        suffix !== '' &&
        input.endsWith(suffix)
        ? input.slice(0, -suffix.length)
        : input;
    }),
  ],
  ['trim/0', one((input) => text('trim', input).trim())],
  ['ltrim/0', one((input) => text('ltrim', input).trimStart())],
  ['rtrim/0', one((input) => text('rtrim', input).trimEnd())],
  [
    'ascii_downcase/0',
    one((input) => text('ascii_downcase', input).replace(/[A-Z]/g, (letter) => letter.toLowerCase())),
  ],
  [
    'ascii_upcase/0',
    one((input) => text('ascii_upcase', input).replace(/[a-z]/g, (letter) => letter.toUpperCase())),
  ],
  [
    'explode/0',
    one((input) => Array.from(text('explode', input)).map((character) => character.codePointAt(0) ?? 0)),
  ],
  ['implode/0', one(implode)],
  [
    'split/1',
    one((input, args) => {
      const separator = arg(args, 0);
      if (typeof input !== 'string' || typeof separator !== 'string')
        throw new JqError('split input and separator must be strings');
      return input === '' ? [] : input.split(separator);
    }),
  ],
  [
    'split/2',
    one((input, args) => {
      const { found, subject } = matches(input, arg(args, 0), arg(args, 1), true);
      const starts = [0, ...found.map((match) => match.end)];
      return starts.map((start, index) => subject.slice(start, found[index]?.start ?? subject.length));
    }),
  ],
  [
    'join/1',
    one((input, args) =>
      array(input, 'cannot be iterated over')
        .map((item) =>
          item === null
            ? ''
            : typeof item === 'object'
              ? (() => {
                  throw new JqError(`${shown('')} and ${shown(item)} cannot be added`);
                })()
              : textOf(item),
        )
        .join(text('join', arg(args, 0))),
    ),
  ],
  ['ascii/0', one((input) => String.fromCharCode(number('ascii', input)))],
  ['indices/1', one((input, args) => indicesOf(input, arg(args, 0)))],
  ['_indices/1', one((input, args) => indicesOf(input, arg(args, 0)))],
  [
    'index/1',
    one((input, args) => {
      const found = indicesOf(input, arg(args, 0));
      return isArray(found) ? (found[0] ?? null) : null;
    }),
  ],
  [
    'rindex/1',
    one((input, args) => {
      const found = indicesOf(input, arg(args, 0));
      return isArray(found) ? (found.at(-1) ?? null) : null;
    }),
  ],
  [
    'setpath/2',
    one((input, args) => setPath(input, array(arg(args, 0), 'must be specified as an array'), arg(args, 1))),
  ],
  [
    'delpaths/1',
    one((input, args) => deletePaths(input, array(arg(args, 0), 'must be specified as an array'))),
  ],
  [
    'error/0',
    (_host, input) => {
      throw new JqError(input);
    },
  ],
  [
    'error/1',
    (_host, _input, args) => {
      throw new JqError(arg(args, 0));
    },
  ],
  [
    'test/1',
    one((input, args) => {
      const given = arg(args, 0);
      return (
        matches(
          input,
          isArray(given) ? (given[0] ?? null) : given,
          isArray(given) ? (given[1] ?? null) : null,
          false,
        ).found.length > 0
      );
    }),
  ],
  ['test/2', one((input, args) => matches(input, arg(args, 0), arg(args, 1), false).found.length > 0)],
  [
    'match/1',
    (_host, input, args) => {
      const { regex, found, subject } = matches(input, arg(args, 0), null, false);
      return found.map((match) => matchObject(regex, match, subject));
    },
  ],
  [
    'match/2',
    (_host, input, args) => {
      const { regex, found, subject } = matches(input, arg(args, 0), arg(args, 1), false);
      return found.map((match) => matchObject(regex, match, subject));
    },
  ],
  [
    'capture/1',
    (_host, input, args) => {
      const { regex, found } = matches(input, arg(args, 0), null, false);
      return found.map((match) => captureObject(regex, match));
    },
  ],
  [
    'capture/2',
    (_host, input, args) => {
      const { regex, found } = matches(input, arg(args, 0), arg(args, 1), false);
      return found.map((match) => captureObject(regex, match));
    },
  ],
  ['scan/1', (_host, input, args) => scan(input, arg(args, 0), null)],
  ['scan/2', (_host, input, args) => scan(input, arg(args, 0), arg(args, 1))],
  ['_pieces/2', one((input, args) => pieces(input, arg(args, 0), arg(args, 1)))],
  ['now/0', one((_input, _args, host) => host.nowMs() / 1000)],
  ['mktime/0', one((input) => seconds(input))],
  ['gmtime/0', one((input) => brokenDown(seconds(input)))],
  ['todate/0', one((input) => formatDate('%Y-%m-%dT%H:%M:%SZ', Math.floor(seconds(input)) * 1000))],
  ['todateiso8601/0', one((input) => formatDate('%Y-%m-%dT%H:%M:%SZ', Math.floor(seconds(input)) * 1000))],
  ['fromdate/0', one(fromDate)],
  ['fromdateiso8601/0', one(fromDate)],
  ['strftime/1', one((input, args) => formatDate(text('strftime/1', arg(args, 0)), seconds(input) * 1000))],
  ['format/1', one((input, args) => formatValue(`@${text('format', arg(args, 0))}`, input))],
  [
    'debug/0',
    one((input, _args, host) => {
      host.message(`["DEBUG:",${formatJson(input)}]\n`);
      return input;
    }),
  ],
  [
    'stderr/0',
    one((input, _args, host) => {
      host.message(formatJson(input));
      return input;
    }),
  ],
  ['input_line_number/0', one(() => 0)],
  ['halt/0', (host) => host.halt(0)],
  [
    'halt_error/0',
    (host, input) => {
      host.message(typeof input === 'string' ? input : `${formatJson(input)}\n`);
      return host.halt(5);
    },
  ],
  [
    'halt_error/1',
    (host, input, args) => {
      host.message(typeof input === 'string' ? input : `${formatJson(input)}\n`);
      return host.halt(number('halt_error', arg(args, 0)));
    },
  ],
  ['env/0', one((_input, _args, host) => host.environment())],
  ['tojson/0', one((input) => formatJson(input))],
  ['splits/1', (_host, input, args) => splits(input, arg(args, 0), null)],
  ['splits/2', (_host, input, args) => splits(input, arg(args, 0), arg(args, 1))],
  ['significand/0', math((value) => (value === 0 ? 0 : value / 2 ** Math.floor(Math.log2(Math.abs(value)))))],
  ['toarray/0', one((input) => (isArray(input) ? input : [input]))],
]);
