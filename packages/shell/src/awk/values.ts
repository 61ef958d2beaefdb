import type { RegexMatch } from '@podwire/sim';

/** A number, a string, or input that looks like a number and is both. */
export type Value = number | string | { readonly text: string; readonly number: number } | undefined;

const NUMERIC = /^\s*[-+]?(?:\d+\.?\d*|\.\d+)(?:[eE][-+]?\d+)?\s*$/;

/** A value from outside: a number too when it looks like one. */
export function fromInput(text: string): Value {
  return NUMERIC.test(text) ? { text, number: Number(text) } : text;
}

export function toNumber(value: Value): number {
  if (typeof value === 'number') return value;
  if (value === undefined) return 0;
  if (typeof value === 'object') return value.number;
  const match = /^\s*[-+]?(?:\d+\.?\d*|\.\d+)(?:[eE][-+]?\d+)?/.exec(value);
  return match === null ? 0 : Number(match[0]);
}

export function isTrue(value: Value): boolean {
  if (typeof value === 'object') return value.number !== 0;
  return typeof value === 'number' ? value !== 0 : value !== undefined && value !== '';
}

/** `&` is the match, `\&` an ampersand. */
export function replaced(by: string, match: RegexMatch): string {
  return by.replace(/\\\\|\\&|&/g, (piece) =>
    piece === '&' ? (match.groups[0] ?? '') : piece === '\\&' ? '&' : '\\',
  );
}

export function substring(text: string, start: number, length: number): string {
  const characters = Array.from(text);
  const from = Math.round(start);
  const to = length === Number.POSITIVE_INFINITY ? characters.length + 1 : from + Math.round(length);
  return characters.slice(Math.max(0, from - 1), Math.max(0, to - 1)).join('');
}

/** As numbers unless one of the two is a string for certain. */
export function compareValues(
  operator: string,
  left: Value,
  right: Value,
  text: (value: Value) => string,
): boolean {
  const numeric = typeof left !== 'string' && typeof right !== 'string';
  const [a, b] = numeric ? [toNumber(left), toNumber(right)] : [text(left), text(right)];
  switch (operator) {
    case '<':
      return a < b;
    case '<=':
      return a <= b;
    case '==':
      return a === b;
    case '!=':
      return a !== b;
    case '>':
      return a > b;
    default:
      return a >= b;
  }
}
