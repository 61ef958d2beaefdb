import { CelFailure, noSuchOverload } from '../problems.ts';
import type { CelOpaque, CelValue } from '../values.ts';
import type { CelFunction, Library } from './function.ts';
import { expectArguments, textArgument } from './function.ts';

const NANO = 1_000_000_000n;
const MAX_INT64 = 2n ** 63n - 1n;

const SUFFIXES: Readonly<Record<string, readonly [multiply: bigint, divide: bigint]>> = {
  n: [1n, NANO],
  u: [1n, 1_000_000n],
  m: [1n, 1_000n],
  '': [1n, 1n],
  k: [1_000n, 1n],
  M: [10n ** 6n, 1n],
  G: [10n ** 9n, 1n],
  T: [10n ** 12n, 1n],
  P: [10n ** 15n, 1n],
  E: [10n ** 18n, 1n],
  Ki: [2n ** 10n, 1n],
  Mi: [2n ** 20n, 1n],
  Gi: [2n ** 30n, 1n],
  Ti: [2n ** 40n, 1n],
  Pi: [2n ** 50n, 1n],
  Ei: [2n ** 60n, 1n],
};

/** An amount, exact to one nano (k8s.io/apimachinery resource.Quantity). */
class Quantity implements CelOpaque {
  readonly opaque = 'kubernetes.Quantity';
  readonly nanos: bigint;

  constructor(nanos: bigint) {
    this.nanos = nanos;
  }

  equals(other: CelOpaque): boolean {
    return other instanceof Quantity && other.nanos === this.nanos;
  }

  toText(): string {
    const negative = this.nanos < 0n;
    const value = negative ? -this.nanos : this.nanos;
    const sign = negative ? '-' : '';
    if (value % NANO === 0n) return `${sign}${value / NANO}`;
    if (value % 1_000_000n === 0n) return `${sign}${value / 1_000_000n}m`;
    return value % 1_000n === 0n ? `${sign}${value / 1_000n}u` : `${sign}${value}n`;
  }
}

function parseQuantity(text: string): Quantity | undefined {
  const match = /^([+-]?)(\d{0,40})(?:\.(\d{0,40}))?(?:([eE][+-]?\d{1,2})|([numkMGTPE]|[KMGTPE]i)?)$/.exec(
    text,
  );
  const [, sign = '', whole = '', fraction = '', exponent, suffix = ''] = match ?? [];
  if (match === null || (whole === '' && fraction === '')) return undefined;
  const scaling = SUFFIXES[suffix];
  if (scaling === undefined) return undefined;
  let top = BigInt(whole + fraction) * scaling[0] * NANO;
  let bottom = 10n ** BigInt(fraction.length) * scaling[1];
  const power = exponent === undefined ? 0 : Number(exponent.slice(1));
  if (power >= 0) top *= 10n ** BigInt(power);
  else bottom *= 10n ** BigInt(-power);
  // What is smaller than a nano counts as one.
  const nanos = top % bottom === 0n ? top / bottom : top / bottom + 1n;
  return new Quantity(sign === '-' ? -nanos : nanos);
}

function quantityArgument(args: readonly CelValue[], index: number): Quantity {
  const value = args[index];
  if (!(value instanceof Quantity)) throw noSuchOverload();
  return value;
}

function compared(holds: (difference: bigint) => CelValue): CelFunction {
  return (args) => {
    expectArguments(args, 2);
    return holds(quantityArgument(args, 0).nanos - quantityArgument(args, 1).nanos);
  };
}

/** With another quantity or with a whole number. */
function changed(change: (nanos: bigint, by: bigint) => bigint): CelFunction {
  return (args) => {
    expectArguments(args, 2);
    const other = args[1];
    const by = typeof other === 'bigint' ? other * NANO : quantityArgument(args, 1).nanos;
    return new Quantity(change(quantityArgument(args, 0).nanos, by));
  };
}

function isWhole(value: Quantity): boolean {
  return value.nanos % NANO === 0n && value.nanos / NANO <= MAX_INT64 && value.nanos / NANO >= -MAX_INT64;
}

export const quantityLibrary: Library = {
  globals: {
    quantity: (args) => {
      expectArguments(args, 1);
      const parsed = parseQuantity(textArgument(args, 0));
      if (parsed !== undefined) return parsed;
      throw new CelFailure(
        "quantities must match the regular expression '^([+-]?[0-9.]+)([eEinumkKMGTP]*[-+]?[0-9]*)$'",
      );
    },
    isQuantity: (args) => parseQuantity(textArgument(args, 0)) !== undefined,
  },
  members: {
    sign: (args) => {
      const { nanos } = quantityArgument(args, 0);
      return nanos < 0n ? -1n : nanos > 0n ? 1n : 0n;
    },
    isGreaterThan: compared((difference) => difference > 0n),
    isLessThan: compared((difference) => difference < 0n),
    compareTo: compared((difference) => (difference < 0n ? -1n : difference > 0n ? 1n : 0n)),
    asApproximateFloat: (args) => Number(quantityArgument(args, 0).nanos) / Number(NANO),
    asInteger: (args) => {
      const value = quantityArgument(args, 0);
      if (!isWhole(value)) throw new CelFailure('cannot convert value to integer');
      return value.nanos / NANO;
    },
    isInteger: (args) => isWhole(quantityArgument(args, 0)),
    add: changed((nanos, by) => nanos + by),
    sub: changed((nanos, by) => nanos - by),
  },
};
