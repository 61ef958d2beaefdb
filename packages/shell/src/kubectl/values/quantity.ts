/** A resource quantity: `100m`, `1.5Gi`, `2e3`. Exact to a thousandth of a unit and beyond. */
export interface Quantity {
  /** Nano-units. */
  readonly nanos: bigint;
  readonly format: 'binary' | 'decimal' | 'exponent';
}

const BINARY: ReadonlyMap<string, bigint> = new Map([
  ['Ki', 1n << 10n],
  ['Mi', 1n << 20n],
  ['Gi', 1n << 30n],
  ['Ti', 1n << 40n],
  ['Pi', 1n << 50n],
  ['Ei', 1n << 60n],
]);
const DECIMAL: ReadonlyMap<string, number> = new Map([
  ['n', -9],
  ['u', -6],
  ['m', -3],
  ['', 0],
  ['k', 3],
  ['M', 6],
  ['G', 9],
  ['T', 12],
  ['P', 15],
  ['E', 18],
]);
const NANO_DIGITS = 9;
/** Larger exponents overflow every quantity that the API takes. */
const MAX_EXPONENT = 30;

export function parseQuantity(text: string): Quantity | undefined {
  const match = /^([-+]?)(\d*)(?:\.(\d*))?(Ki|Mi|Gi|Ti|Pi|Ei|[numkMGTPE]|[eE][-+]?\d+)?$/.exec(text);
  if (match === null) return undefined;
  const [, sign, whole = '', fraction = '', suffix = ''] = match;
  if (whole === '' && fraction === '') return undefined;
  const negative = sign === '-';
  const binary = BINARY.get(suffix);
  if (binary !== undefined) {
    const scaled = BigInt(whole + fraction) * binary * 10n ** BigInt(NANO_DIGITS);
    return quantity(scaled / 10n ** BigInt(fraction.length), negative, 'binary');
  }
  const isExponent = /^[eE]/.test(suffix) && suffix.length > 1;
  const exponent = isExponent ? Number(suffix.slice(1)) : (DECIMAL.get(suffix) ?? 0);
  if (Math.abs(exponent) > MAX_EXPONENT) return undefined;
  const shift = exponent + NANO_DIGITS - fraction.length;
  const digits = BigInt(whole + fraction);
  const nanos = shift >= 0 ? digits * 10n ** BigInt(shift) : roundUp(digits, 10n ** BigInt(-shift));
  return quantity(nanos, negative, isExponent ? 'exponent' : 'decimal');
}

function roundUp(value: bigint, divisor: bigint): bigint {
  return (value + divisor - 1n) / divisor;
}

function quantity(nanos: bigint, negative: boolean, format: Quantity['format']): Quantity {
  return { nanos: negative ? -nanos : nanos, format };
}

const NANOS_PER_UNIT = 1_000_000_000n;

/** The canonical text: no fraction, the largest suffix that keeps every digit. */
export function quantityText({ nanos, format }: Quantity): string {
  if (nanos === 0n) return '0';
  const sign = nanos < 0n ? '-' : '';
  const magnitude = nanos < 0n ? -nanos : nanos;
  if (format === 'binary' && magnitude % NANOS_PER_UNIT === 0n) {
    let units = magnitude / NANOS_PER_UNIT;
    // Below 1024 a binary quantity is written in decimal, which looks the same.
    const suffixes = ['', ...BINARY.keys()];
    let at = 0;
    while (at < suffixes.length - 1 && units % 1024n === 0n) {
      units /= 1024n;
      at += 1;
    }
    return `${sign}${units}${suffixes[at] ?? ''}`;
  }
  let digits = magnitude;
  let exponent = -NANO_DIGITS;
  while (exponent < 18 && digits % 1000n === 0n) {
    digits /= 1000n;
    exponent += 3;
  }
  if (format === 'exponent') return exponent === 0 ? `${sign}${digits}` : `${sign}${digits}e${exponent}`;
  const suffix = [...DECIMAL].find(([, power]) => power === exponent)?.[0] ?? '';
  return `${sign}${digits}${suffix}`;
}

/** The text in canonical form; text that is no quantity stays as it is. */
export function canonicalQuantity(text: string): string {
  const parsed = parseQuantity(text);
  return parsed === undefined ? text : quantityText(parsed);
}

export function addQuantities(a: Quantity, b: Quantity): Quantity {
  return { nanos: a.nanos + b.nanos, format: a.nanos === 0n ? b.format : a.format };
}

export const ZERO: Quantity = { nanos: 0n, format: 'decimal' };

/** Whole units, rounded up: `Quantity.Value`. */
export function wholeUnits({ nanos }: Quantity): bigint {
  return nanos >= 0n ? roundUp(nanos, NANOS_PER_UNIT) : -(-nanos / NANOS_PER_UNIT);
}

/** Thousandths, rounded up: `Quantity.MilliValue`. */
export function milliUnits({ nanos }: Quantity): bigint {
  return nanos >= 0n ? roundUp(nanos, 1_000_000n) : -(-nanos / 1_000_000n);
}
