import { CelFailure, noSuchOverload } from './problems.ts';

/** CEL's unsigned numbers, which are not equal in type to its signed ones. */
export class CelUint {
  readonly value: bigint;

  constructor(value: bigint) {
    this.value = value;
  }
}

export class CelTimestamp {
  /** Since the epoch. */
  readonly nanos: bigint;

  constructor(nanos: bigint) {
    this.nanos = nanos;
  }
}

export class CelDuration {
  readonly nanos: bigint;

  constructor(nanos: bigint) {
    this.nanos = nanos;
  }
}

/** `optional.of(x)` and `optional.none()`. */
export class CelOptional {
  readonly value: CelValue | undefined;

  constructor(value: CelValue | undefined) {
    this.value = value;
  }
}

export class CelType {
  readonly name: string;

  constructor(name: string) {
    this.name = name;
  }
}

/** A value of a type that a library adds. */
export interface CelOpaque {
  readonly opaque: string;
  equals(other: CelOpaque): boolean;
  toText(): string;
}

export type MapKey = string | bigint | boolean;

/** Maps and objects alike. What they hold may be made when it is asked for. */
export interface CelMap {
  readonly isMap: true;
  readonly size: number;
  keys(): Iterable<MapKey>;
  get(key: MapKey): CelValue | undefined;
  /** Equality by key rather than by place (`x-kubernetes-list-type: set` and `map`) has no meaning for maps. */
}

export type CelValue =
  | null
  | boolean
  | bigint
  | number
  | string
  | Uint8Array
  | CelUint
  | CelTimestamp
  | CelDuration
  | CelOptional
  | CelType
  | CelOpaque
  | CelMap
  | readonly CelValue[];

export function isList(value: CelValue): value is readonly CelValue[] {
  return Array.isArray(value);
}

export function isMap(value: CelValue): value is CelMap {
  return typeof value === 'object' && value !== null && 'isMap' in value;
}

export function isOpaque(value: CelValue): value is CelOpaque {
  return typeof value === 'object' && value !== null && 'opaque' in value;
}

export function mapOf(entries: ReadonlyMap<MapKey, CelValue>): CelMap {
  return {
    isMap: true,
    size: entries.size,
    keys: () => entries.keys(),
    get: (key) => entries.get(key),
  };
}

/** A key as maps hold it: numbers of every type find each other. */
export function keyOf(value: CelValue): MapKey | undefined {
  if (typeof value === 'string' || typeof value === 'bigint' || typeof value === 'boolean') return value;
  if (value instanceof CelUint) return value.value;
  if (typeof value === 'number' && Number.isInteger(value)) return BigInt(value);
  return undefined;
}

export function typeName(value: CelValue): string {
  if (value === null) return 'null_type';
  switch (typeof value) {
    case 'boolean':
      return 'bool';
    case 'bigint':
      return 'int';
    case 'number':
      return 'double';
    case 'string':
      return 'string';
    default:
  }
  if (isList(value)) return 'list';
  if (value instanceof Uint8Array) return 'bytes';
  if (value instanceof CelUint) return 'uint';
  if (value instanceof CelTimestamp) return 'google.protobuf.Timestamp';
  if (value instanceof CelDuration) return 'google.protobuf.Duration';
  if (value instanceof CelOptional) return 'optional_type';
  if (value instanceof CelType) return 'type';
  return isMap(value) ? 'map' : value.opaque;
}

/** What counts the work that an expression makes. */
export interface Meter {
  spend(units: number): void;
}

/** CEL's equality: across number types, deep, and false for values of different types. */
export function equal(left: CelValue, right: CelValue, meter: Meter): boolean {
  meter.spend(1);
  const [a, b] = [numeric(left), numeric(right)];
  if (a !== undefined && b !== undefined) return a == b;
  if (left === right) return true;
  if (left === null || right === null || typeof left !== 'object' || typeof right !== 'object') return false;
  if (isList(left) || isList(right))
    return (
      isList(left) &&
      isList(right) &&
      left.length === right.length &&
      left.every((item, index) => equal(item, right[index] ?? null, meter))
    );
  if (left instanceof Uint8Array || right instanceof Uint8Array)
    return (
      left instanceof Uint8Array &&
      right instanceof Uint8Array &&
      left.length === right.length &&
      left.every((byte, index) => byte === right[index])
    );
  if (left instanceof CelTimestamp) return right instanceof CelTimestamp && left.nanos === right.nanos;
  if (left instanceof CelDuration) return right instanceof CelDuration && left.nanos === right.nanos;
  if (left instanceof CelType) return right instanceof CelType && left.name === right.name;
  if (left instanceof CelOptional) {
    if (!(right instanceof CelOptional)) return false;
    if (left.value === undefined || right.value === undefined) return left.value === right.value;
    return equal(left.value, right.value, meter);
  }
  if (isMap(left)) {
    if (!isMap(right) || left.size !== right.size) return false;
    for (const key of left.keys()) {
      const other = right.get(key);
      const own = left.get(key);
      if (other === undefined || own === undefined || !equal(own, other, meter)) return false;
    }
    return true;
  }
  return isOpaque(left) && isOpaque(right) && left.opaque === right.opaque && left.equals(right);
}

function numeric(value: CelValue): bigint | number | undefined {
  if (typeof value === 'bigint' || typeof value === 'number') return value;
  return value instanceof CelUint ? value.value : undefined;
}

/** -1, 0 or 1. @throws CelFailure for what has no order. */
export function order(left: CelValue, right: CelValue): number {
  const [a, b] = [numeric(left), numeric(right)];
  if (a !== undefined && b !== undefined) return a < b ? -1 : a > b ? 1 : 0;
  if (typeof left === 'string' && typeof right === 'string') return compareText(left, right);
  if (typeof left === 'boolean' && typeof right === 'boolean') return Number(left) - Number(right);
  if (left instanceof CelTimestamp && right instanceof CelTimestamp) return sign(left.nanos - right.nanos);
  if (left instanceof CelDuration && right instanceof CelDuration) return sign(left.nanos - right.nanos);
  if (left instanceof Uint8Array && right instanceof Uint8Array) {
    const length = Math.min(left.length, right.length);
    for (let index = 0; index < length; index++) {
      const difference = (left[index] ?? 0) - (right[index] ?? 0);
      if (difference !== 0) return Math.sign(difference);
    }
    return Math.sign(left.length - right.length);
  }
  throw noSuchOverload();
}

/** By code points, as Go compares bytes of UTF-8. */
function compareText(left: string, right: string): number {
  if (left === right) return 0;
  const [a, b] = [[...left], [...right]];
  for (let index = 0; index < Math.min(a.length, b.length); index++) {
    const difference = (a[index]?.codePointAt(0) ?? 0) - (b[index]?.codePointAt(0) ?? 0);
    if (difference !== 0) return Math.sign(difference);
  }
  return Math.sign(a.length - b.length);
}

function sign(value: bigint): number {
  return value < 0n ? -1 : value > 0n ? 1 : 0;
}

const INT_LIMIT = 2n ** 63n;

export function checkedInt(value: bigint): bigint {
  if (value >= INT_LIMIT || value < -INT_LIMIT) throw new CelFailure('integer overflow');
  return value;
}

export function checkedUint(value: bigint): CelUint {
  if (value < 0n || value >= 2n ** 64n) throw new CelFailure('unsigned integer overflow');
  return new CelUint(value);
}
