/** Quantities of meta/v1 (`250m`, `64Mi`), exact, in units of 10^-9. */
export interface Quantity {
  readonly nanos: bigint;
  readonly format: 'BinarySI' | 'DecimalSI' | 'DecimalExponent';
}

const NANO = 1_000_000_000n;
const BINARY: readonly (readonly [suffix: string, bits: bigint])[] = [
  ['Ki', 10n],
  ['Mi', 20n],
  ['Gi', 30n],
  ['Ti', 40n],
  ['Pi', 50n],
  ['Ei', 60n],
];
const DECIMAL: readonly (readonly [suffix: string, exponent: number])[] = [
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
];

/** Digits beyond these say nothing that a 64-bit quantity could hold. */
const MAX_QUANTITY_CHARACTERS = 64;
const MAX_EXPONENT = 18;

export const QUANTITY_ERROR =
  "quantities must match the regular expression '^([+-]?[0-9.]+)([eEinumkKMGTP]*[-+]?[0-9]*)$'";

export function parseQuantity(text: string): Quantity | undefined {
  const match = /^([+-]?)(\d*)(?:\.(\d*))?([eE][+-]?\d+|[KMGTPE]i|[numkMGTPE]?)$/.exec(text);
  if (match === null || text.length > MAX_QUANTITY_CHARACTERS) return undefined;
  const [, sign = '', whole = '', fraction = '', suffix = ''] = match;
  if (whole === '' && fraction === '') return undefined;
  const digits = BigInt(`${whole}${fraction}`);
  const signed = sign === '-' ? -digits : digits;
  const binary = BINARY.find(([name]) => name === suffix);
  if (binary !== undefined) {
    const scaled = signed * NANO * (1n << binary[1]);
    return { nanos: divideUp(scaled, 10n ** BigInt(fraction.length)), format: 'BinarySI' };
  }
  const decimal = DECIMAL.find(([name]) => name === suffix);
  const exponent = decimal?.[1] ?? Number(suffix.slice(1));
  if (Math.abs(exponent) > MAX_EXPONENT) return undefined;
  const shift = exponent + 9 - fraction.length;
  const nanos = shift >= 0 ? signed * 10n ** BigInt(shift) : divideUp(signed, 10n ** BigInt(-shift));
  return { nanos, format: decimal === undefined ? 'DecimalExponent' : 'DecimalSI' };
}

/** What is finer than a nano is rounded away from zero, so that a request never becomes nothing. */
function divideUp(value: bigint, divisor: bigint): bigint {
  const quotient = value / divisor;
  if (quotient * divisor === value) return quotient;
  return value < 0n ? quotient - 1n : quotient + 1n;
}

/** The canonical form: the largest suffix that leaves no fraction. */
export function formatQuantity({ nanos, format }: Quantity): string {
  if (nanos === 0n) return '0';
  if (format === 'BinarySI' && nanos % NANO === 0n) {
    const value = nanos / NANO;
    const magnitude = value < 0n ? -value : value;
    if (magnitude >= 1024n) {
      for (const [suffix, bits] of [...BINARY].reverse()) {
        if (value % (1n << bits) === 0n) return `${String(value >> bits)}${suffix}`;
      }
    }
    return String(value);
  }
  for (const [suffix, exponent] of [...DECIMAL].reverse()) {
    const unit = 10n ** BigInt(exponent + 9);
    if (nanos % unit !== 0n) continue;
    const value = String(nanos / unit);
    return format === 'DecimalExponent' && exponent !== 0 ? `${value}e${exponent}` : `${value}${suffix}`;
  }
  return String(nanos);
}

export function canonicalQuantity(text: string): string | undefined {
  const quantity = parseQuantity(text);
  return quantity === undefined ? undefined : formatQuantity(quantity);
}

/** Negative, zero or positive, as left is less than, equal to or more than right; undefined when one is no quantity. */
export function compareQuantities(left: string, right: string): number | undefined {
  const [a, b] = [parseQuantity(left), parseQuantity(right)];
  if (a === undefined || b === undefined) return undefined;
  return a.nanos < b.nanos ? -1 : a.nanos > b.nanos ? 1 : 0;
}
