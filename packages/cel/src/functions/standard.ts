import { CelFailure, noSuchOverload } from '../problems.ts';
import {
  civil,
  formatDuration,
  formatTimestamp,
  NANOS_PER_SECOND,
  parseDuration,
  parseTimestamp,
  zoneOffset,
} from '../moments.ts';
import type { Civil } from '../moments.ts';
import {
  CelDuration,
  CelOptional,
  CelTimestamp,
  CelType,
  CelUint,
  checkedInt,
  checkedUint,
  equal,
  isList,
  isMap,
  isOpaque,
  keyOf,
  order,
  typeName,
} from '../values.ts';
import type { CelValue, Meter } from '../values.ts';
import type { CelFunction, Library } from './function.ts';
import { expectArguments, textArgument } from './function.ts';

type Arithmetic = '+' | '-' | '*' | '/' | '%';

function two(args: readonly CelValue[]): readonly [CelValue, CelValue] {
  const [left, right] = args;
  if (left === undefined || right === undefined || args.length !== 2) throw noSuchOverload();
  return [left, right];
}

function one(args: readonly CelValue[]): CelValue {
  const [value] = args;
  if (value === undefined || args.length !== 1) throw noSuchOverload();
  return value;
}

function wholeNumbers(operator: Arithmetic, left: bigint, right: bigint): bigint {
  switch (operator) {
    case '+':
      return left + right;
    case '-':
      return left - right;
    case '*':
      return left * right;
    case '/':
      if (right === 0n) throw new CelFailure('division by zero');
      return left / right;
    case '%':
      if (right === 0n) throw new CelFailure('modulus by zero');
      return left % right;
  }
}

function fractions(operator: Arithmetic, left: number, right: number): number {
  switch (operator) {
    case '+':
      return left + right;
    case '-':
      return left - right;
    case '*':
      return left * right;
    case '/':
      return left / right;
    case '%':
      throw noSuchOverload();
  }
}

function arithmetic(operator: Arithmetic): CelFunction {
  return (args, meter) => {
    const [left, right] = two(args);
    if (typeof left === 'bigint' && typeof right === 'bigint')
      return checkedInt(wholeNumbers(operator, left, right));
    if (typeof left === 'number' && typeof right === 'number') return fractions(operator, left, right);
    if (left instanceof CelUint && right instanceof CelUint)
      return checkedUint(wholeNumbers(operator, left.value, right.value));
    if (operator === '+') return joined(left, right, meter);
    if (operator === '-') return moved(left, right);
    throw noSuchOverload();
  };
}

function joined(left: CelValue, right: CelValue, meter: Meter): CelValue {
  if (typeof left === 'string' && typeof right === 'string') {
    meter.spend(Math.ceil((left.length + right.length) / 10));
    return left + right;
  }
  if (isList(left) && isList(right)) {
    meter.spend(left.length + right.length);
    return [...left, ...right];
  }
  if (left instanceof Uint8Array && right instanceof Uint8Array) {
    meter.spend(Math.ceil((left.length + right.length) / 10));
    const all = new Uint8Array(left.length + right.length);
    all.set(left);
    all.set(right, left.length);
    return all;
  }
  if (left instanceof CelTimestamp && right instanceof CelDuration)
    return new CelTimestamp(left.nanos + right.nanos);
  if (left instanceof CelDuration && right instanceof CelTimestamp)
    return new CelTimestamp(left.nanos + right.nanos);
  if (left instanceof CelDuration && right instanceof CelDuration)
    return new CelDuration(checkedInt(left.nanos + right.nanos));
  throw noSuchOverload();
}

function moved(left: CelValue, right: CelValue): CelValue {
  if (left instanceof CelTimestamp && right instanceof CelTimestamp)
    return new CelDuration(checkedInt(left.nanos - right.nanos));
  if (left instanceof CelTimestamp && right instanceof CelDuration)
    return new CelTimestamp(left.nanos - right.nanos);
  if (left instanceof CelDuration && right instanceof CelDuration)
    return new CelDuration(checkedInt(left.nanos - right.nanos));
  throw noSuchOverload();
}

function comparison(holds: (order: number) => boolean): CelFunction {
  return (args) => {
    const [left, right] = two(args);
    if (Number.isNaN(left) || Number.isNaN(right)) return false;
    return holds(order(left, right));
  };
}

function contains(args: readonly CelValue[], meter: Meter): CelValue {
  const [item, collection] = two(args);
  if (isList(collection)) return collection.some((each) => equal(item, each, meter));
  if (!isMap(collection)) throw noSuchOverload();
  const key = keyOf(item);
  return key !== undefined && collection.get(key) !== undefined;
}

function size(args: readonly CelValue[], meter: Meter): CelValue {
  const value = one(args);
  if (typeof value === 'string') {
    meter.spend(Math.ceil(value.length / 10));
    return BigInt([...value].length);
  }
  if (isList(value)) return BigInt(value.length);
  if (value instanceof Uint8Array) return BigInt(value.length);
  if (value !== null && isMap(value)) return BigInt(value.size);
  throw noSuchOverload();
}

const toInt: CelFunction = (args) => {
  const value = one(args);
  if (typeof value === 'bigint') return value;
  if (value instanceof CelUint) return checkedInt(value.value);
  if (value instanceof CelTimestamp) return value.nanos / NANOS_PER_SECOND;
  if (typeof value === 'number') {
    if (!Number.isFinite(value) || Math.abs(value) >= 2 ** 63) throw new CelFailure('integer overflow');
    return BigInt(Math.trunc(value));
  }
  if (typeof value !== 'string') throw noSuchOverload();
  if (!/^[+-]?\d{1,25}$/.test(value))
    throw new CelFailure(`strconv.ParseInt: parsing ${JSON.stringify(value)}: invalid syntax`);
  return checkedInt(BigInt(value.replace(/^\+/, '')));
};

const toUint: CelFunction = (args) => {
  const value = one(args);
  if (value instanceof CelUint) return value;
  if (typeof value === 'bigint') return checkedUint(value);
  if (typeof value === 'number') {
    if (!Number.isFinite(value) || value >= 2 ** 64) throw new CelFailure('unsigned integer overflow');
    return checkedUint(BigInt(Math.trunc(value)));
  }
  if (typeof value !== 'string') throw noSuchOverload();
  if (!/^\d{1,25}$/.test(value))
    throw new CelFailure(`strconv.ParseUint: parsing ${JSON.stringify(value)}: invalid syntax`);
  return checkedUint(BigInt(value));
};

const toDouble: CelFunction = (args) => {
  const value = one(args);
  if (typeof value === 'number') return value;
  if (typeof value === 'bigint') return Number(value);
  if (value instanceof CelUint) return Number(value.value);
  if (typeof value !== 'string') throw noSuchOverload();
  if (!/^[+-]?(?:\d+(?:\.\d*)?(?:[eE][+-]?\d+)?|\.\d+(?:[eE][+-]?\d+)?|Inf|NaN)$/.test(value))
    throw new CelFailure(`strconv.ParseFloat: parsing ${JSON.stringify(value)}: invalid syntax`);
  return Number(value.replace('Inf', 'Infinity'));
};

/** What `string(x)` and messages make of a value. */
export function textOfValue(value: CelValue): string {
  if (typeof value === 'string') return value;
  if (typeof value === 'bigint' || typeof value === 'boolean') return String(value);
  if (typeof value === 'number') return formatDouble(value);
  if (value instanceof CelUint) return String(value.value);
  if (value instanceof CelTimestamp) return formatTimestamp(value);
  if (value instanceof CelDuration) return formatDuration(value);
  if (value instanceof Uint8Array) {
    try {
      return new TextDecoder('utf-8', { fatal: true }).decode(value);
    } catch {
      throw new CelFailure('invalid UTF-8 in bytes, cannot convert to string');
    }
  }
  if (value !== null && isOpaque(value)) return value.toText();
  throw noSuchOverload();
}

/** As Go's %g: exponents have a sign and two digits. */
export function formatDouble(value: number): string {
  if (value === Infinity) return '+Inf';
  if (value === -Infinity) return '-Inf';
  if (Number.isNaN(value)) return 'NaN';
  const text =
    Math.abs(value) >= 1e21 || (value !== 0 && Math.abs(value) < 1e-4)
      ? value.toExponential()
      : String(value);
  return text.replace(
    /e([+-]?)(\d)$/,
    (_all, mark: string, digit: string) => `e${mark === '' ? '+' : mark}0${digit}`,
  );
}

const toBool: CelFunction = (args) => {
  const value = one(args);
  if (typeof value === 'boolean') return value;
  if (typeof value !== 'string') throw noSuchOverload();
  if (['1', 't', 'T', 'true', 'TRUE', 'True'].includes(value)) return true;
  if (['0', 'f', 'F', 'false', 'FALSE', 'False'].includes(value)) return false;
  throw new CelFailure(`strconv.ParseBool: parsing ${JSON.stringify(value)}: invalid syntax`);
};

const toTimestamp: CelFunction = (args) => {
  const value = one(args);
  if (value instanceof CelTimestamp) return value;
  if (typeof value === 'bigint') return new CelTimestamp(value * NANOS_PER_SECOND);
  if (typeof value !== 'string') throw noSuchOverload();
  const moment = parseTimestamp(value);
  if (moment !== undefined) return moment;
  throw new CelFailure(
    `parsing time ${JSON.stringify(value)} as "2006-01-02T15:04:05Z07:00": cannot parse ${JSON.stringify(value)} as "2006"`,
  );
};

const toDuration: CelFunction = (args) => {
  const value = one(args);
  if (value instanceof CelDuration) return value;
  if (typeof value !== 'string') throw noSuchOverload();
  const duration = parseDuration(value);
  if (duration !== undefined) return duration;
  throw new CelFailure(`time: invalid duration ${JSON.stringify(value)}`);
};

const toBytes: CelFunction = (args) => {
  const value = one(args);
  if (value instanceof Uint8Array) return value;
  if (typeof value !== 'string') throw noSuchOverload();
  return new TextEncoder().encode(value);
};

/** `t.getHours()` and `t.getHours('+02:00')`; of durations, what the whole of them comes to. */
function moment(ofTimestamp: (parts: Civil) => number, ofDuration?: (nanos: bigint) => bigint): CelFunction {
  return (args) => {
    expectArguments(args, 1, 2);
    const [value] = args;
    if (value instanceof CelDuration && ofDuration !== undefined && args.length === 1)
      return ofDuration(value.nanos);
    if (!(value instanceof CelTimestamp)) throw noSuchOverload();
    const zone = args.length === 2 ? textArgument(args, 1) : 'UTC';
    const offset = zoneOffset(zone);
    if (offset === undefined) throw new CelFailure(`unknown time zone ${zone}`);
    return BigInt(ofTimestamp(civil(value, offset)));
  };
}

const negate: CelFunction = (args) => {
  const value = one(args);
  if (typeof value === 'bigint') return checkedInt(-value);
  if (typeof value === 'number') return -value;
  if (value instanceof CelDuration) return new CelDuration(checkedInt(-value.nanos));
  throw noSuchOverload();
};

function optionalOf(args: readonly CelValue[]): CelOptional {
  const [value] = args;
  if (!(value instanceof CelOptional)) throw noSuchOverload();
  return value;
}

function isZero(value: CelValue): boolean {
  if (value === null || value === false || value === '' || value === 0 || value === 0n) return true;
  if (typeof value !== 'object') return false;
  if (isList(value)) return value.length === 0;
  if (value instanceof Uint8Array) return value.length === 0;
  if (value instanceof CelUint) return value.value === 0n;
  if (value instanceof CelDuration || value instanceof CelTimestamp) return value.nanos === 0n;
  return isMap(value) && value.size === 0;
}

export const standardLibrary: Library = {
  globals: {
    '_+_': arithmetic('+'),
    '_-_': arithmetic('-'),
    '_*_': arithmetic('*'),
    '_/_': arithmetic('/'),
    '_%_': arithmetic('%'),
    '-_': negate,
    '!_': (args) => {
      const value = one(args);
      if (typeof value !== 'boolean') throw noSuchOverload();
      return !value;
    },
    '_==_': (args, meter) => equal(...two(args), meter),
    '_!=_': (args, meter) => !equal(...two(args), meter),
    '_<_': comparison((result) => result < 0),
    '_<=_': comparison((result) => result <= 0),
    '_>_': comparison((result) => result > 0),
    '_>=_': comparison((result) => result >= 0),
    '@in': contains,
    size,
    int: toInt,
    uint: toUint,
    double: toDouble,
    string: (args) => textOfValue(one(args)),
    bool: toBool,
    bytes: toBytes,
    timestamp: toTimestamp,
    duration: toDuration,
    dyn: one,
    type: (args) => new CelType(typeName(one(args))),
    'optional.of': (args) => new CelOptional(one(args)),
    'optional.none': () => new CelOptional(undefined),
    'optional.ofNonZeroValue': (args) => new CelOptional(isZero(one(args)) ? undefined : one(args)),
  },
  members: {
    size,
    getFullYear: moment((parts) => parts.year),
    getMonth: moment((parts) => parts.month - 1),
    getDate: moment((parts) => parts.day),
    getDayOfMonth: moment((parts) => parts.day - 1),
    getDayOfWeek: moment((parts) => parts.weekday),
    getDayOfYear: moment((parts) => parts.yearday),
    getHours: moment(
      (parts) => parts.hour,
      (nanos) => nanos / (3600n * NANOS_PER_SECOND),
    ),
    getMinutes: moment(
      (parts) => parts.minute,
      (nanos) => nanos / (60n * NANOS_PER_SECOND),
    ),
    getSeconds: moment(
      (parts) => parts.second,
      (nanos) => nanos / NANOS_PER_SECOND,
    ),
    getMilliseconds: moment(
      (parts) => Math.floor(parts.nanos / 1_000_000),
      (nanos) => (nanos / 1_000_000n) % 1000n,
    ),
    hasValue: (args) => optionalOf(args).value !== undefined,
    value: (args) => {
      const { value } = optionalOf(args);
      if (value === undefined) throw new CelFailure('optional.none() dereference');
      return value;
    },
    // The first of them is used when it has a value; see Evaluation.#invoke.
    or: (args) => {
      optionalOf(args);
      const [, other] = args;
      if (!(other instanceof CelOptional)) throw noSuchOverload();
      return other;
    },
    orValue: (args) => {
      optionalOf(args);
      const [, other] = args;
      if (other === undefined) throw noSuchOverload();
      return other;
    },
  },
};
