import { RE2JS } from 're2js';
import { CelFailure, noSuchOverload } from '../problems.ts';
import { CelType, CelUint, isList, isMap } from '../values.ts';
import type { CelValue, Meter } from '../values.ts';
import type { Library } from './function.ts';
import { expectArguments, intArgument, textArgument } from './function.ts';
import { formatDouble, textOfValue } from './standard.ts';

/** Patterns kept compiled: rules match the same few again and again. */
const MAX_PATTERNS = 200;
/** A longer pattern is no pattern. */
const MAX_PATTERN_CHARACTERS = 10_000;
const patterns = new Map<string, RE2JS>();

/** RE2, as in Go: matching takes time in proportion to the text, whatever the pattern. @throws CelFailure */
function compilePattern(pattern: string): RE2JS {
  const known = patterns.get(pattern);
  if (known !== undefined) return known;
  if (pattern.length > MAX_PATTERN_CHARACTERS) throw new CelFailure('Illegal regex: expression too long');
  let compiled: RE2JS;
  try {
    compiled = RE2JS.compile(pattern);
  } catch (error) {
    throw new CelFailure(
      `error parsing regexp: ${error instanceof Error ? error.message.replace(/^error parsing regexp: /, '') : pattern}`,
    );
  }
  if (patterns.size >= MAX_PATTERNS) patterns.clear();
  patterns.set(pattern, compiled);
  return compiled;
}

/** Whether a pattern of RE2 occurs in a text. undefined: the pattern cannot be read. */
export function matchesPattern(pattern: string, text: string): boolean | undefined {
  try {
    return compilePattern(pattern).matcher(text).find();
  } catch {
    return undefined;
  }
}

/** The whole of the first match of a pattern of RE2 and its groups; undefined: it does not occur, or cannot be read. */
export function matchedGroups(pattern: string, text: string): PatternMatch | undefined {
  try {
    const matcher = compilePattern(pattern).matcher(text);
    if (!matcher.find()) return undefined;
    const groups: string[] = [];
    for (let index = 0; index <= matcher.groupCount(); index++) groups.push(matcher.group(index) ?? '');
    const names = new Map(
      Object.entries(compilePattern(pattern).namedGroups()).map(([name, index]) => [
        name,
        groups[index] ?? '',
      ]),
    );
    return { groups, names };
  } catch {
    return undefined;
  }
}

export interface PatternMatch {
  /** The whole match, then its groups; empty where one took no part. */
  readonly groups: readonly string[];
  readonly names: ReadonlyMap<string, string>;
}

/** How many groups a pattern of RE2 has. undefined: it cannot be read. */
export function groupsOfPattern(pattern: string): number | undefined {
  try {
    return compilePattern(pattern).groupCount();
  } catch {
    return undefined;
  }
}

function spendOnMatch(text: string, pattern: string, meter: Meter): void {
  meter.spend(Math.ceil((text.length + 1) / 10) * Math.ceil((pattern.length + 1) / 4));
}

function matches(args: readonly CelValue[], meter: Meter): CelValue {
  expectArguments(args, 2);
  const [text, pattern] = [textArgument(args, 0), textArgument(args, 1)];
  spendOnMatch(text, pattern, meter);
  return compilePattern(pattern).matcher(text).find();
}

function findAll(args: readonly CelValue[], meter: Meter): CelValue {
  expectArguments(args, 2, 3);
  const [text, pattern] = [textArgument(args, 0), textArgument(args, 1)];
  const most = args.length === 3 ? intArgument(args, 2) : -1;
  spendOnMatch(text, pattern, meter);
  const matcher = compilePattern(pattern).matcher(text);
  const found: string[] = [];
  while ((most < 0 || found.length < most) && matcher.find()) {
    found.push(matcher.group() ?? '');
    meter.spend(1);
  }
  return found;
}

/** By code points, as CEL counts. */
function codePoints(args: readonly CelValue[], meter: Meter): string[] {
  const text = textArgument(args, 0);
  meter.spend(Math.ceil(text.length / 10));
  return [...text];
}

function searchOf(last: boolean): (args: readonly CelValue[], meter: Meter) => CelValue {
  return (args, meter) => {
    expectArguments(args, 2, 3);
    const text = codePoints(args, meter);
    const wanted = [...textArgument(args, 1)];
    const offset = args.length === 3 ? intArgument(args, 2) : last ? text.length : 0;
    if (args.length === 3 && (offset < 0 || offset > text.length))
      throw new CelFailure(`index out of range: ${offset}`);
    meter.spend(Math.ceil((text.length * (wanted.length + 1)) / 10));
    const fits = (at: number): boolean => wanted.every((character, index) => text[at + index] === character);
    if (last) {
      for (let at = Math.min(offset, text.length - wanted.length); at >= 0; at--)
        if (fits(at)) return BigInt(at);
      return -1n;
    }
    for (let at = offset; at <= text.length - wanted.length; at++) if (fits(at)) return BigInt(at);
    return -1n;
  };
}

function substring(args: readonly CelValue[], meter: Meter): CelValue {
  expectArguments(args, 2, 3);
  const text = codePoints(args, meter);
  const start = intArgument(args, 1);
  const end = args.length === 3 ? intArgument(args, 2) : text.length;
  if (start < 0 || start > text.length) throw new CelFailure(`index out of range: ${start}`);
  if (end < 0 || end > text.length) throw new CelFailure(`index out of range: ${end}`);
  if (start > end) throw new CelFailure(`invalid substring range. start: ${start}, end: ${end}`);
  return text.slice(start, end).join('');
}

function replace(args: readonly CelValue[], meter: Meter): CelValue {
  expectArguments(args, 3, 4);
  const [text, old, fresh] = [textArgument(args, 0), textArgument(args, 1), textArgument(args, 2)];
  const count = args.length === 4 ? intArgument(args, 3) : -1;
  const parts = old === '' ? ['', ...text, ''] : text.split(old);
  const most = count < 0 ? parts.length - 1 : Math.min(count, parts.length - 1);
  meter.spend(Math.ceil((text.length + most * fresh.length) / 10));
  const head = parts.slice(0, most + 1).join(fresh);
  const tail = parts.slice(most + 1);
  return tail.length === 0 ? head : head + old + tail.join(old);
}

function split(args: readonly CelValue[], meter: Meter): CelValue {
  expectArguments(args, 2, 3);
  const [text, separator] = [textArgument(args, 0), textArgument(args, 1)];
  const limit = args.length === 3 ? intArgument(args, 2) : -1;
  meter.spend(Math.ceil(text.length / 10));
  if (limit === 0) return [];
  const parts = separator === '' ? [...text] : text.split(separator);
  if (limit < 0 || parts.length <= limit) return parts;
  return [...parts.slice(0, limit - 1), parts.slice(limit - 1).join(separator)];
}

function joinTexts(args: readonly CelValue[], meter: Meter): CelValue {
  expectArguments(args, 1, 2);
  const [list] = args;
  if (list === undefined || !isList(list) || list.some((item) => typeof item !== 'string'))
    throw noSuchOverload();
  const text = (list as readonly string[]).join(args.length === 2 ? textArgument(args, 1) : '');
  meter.spend(Math.ceil(text.length / 10));
  return text;
}

/** `'%s has %d'.format([name, count])` (cel-go ext strings, version 2). */
function format(args: readonly CelValue[], meter: Meter): CelValue {
  expectArguments(args, 2);
  const [template] = [textArgument(args, 0)];
  const values = args[1];
  if (values === undefined || !isList(values)) throw noSuchOverload();
  let next = 0;
  const take = (): CelValue => {
    const value = values[next++];
    if (value === undefined) throw new CelFailure(`index ${next - 1} out of range`);
    return value;
  };
  const text = template.replaceAll(
    /%(?:%|(?:\.(\d{1,2}))?([a-zA-Z]))/g,
    (all, precision: string | undefined, verb: string | undefined) => {
      if (all === '%%') return '%';
      const digits = precision === undefined ? 6 : Number(precision);
      return clause(verb ?? '', take(), digits, meter);
    },
  );
  meter.spend(Math.ceil(text.length / 10));
  return text;
}

function clause(verb: string, value: CelValue, digits: number, meter: Meter): string {
  switch (verb) {
    case 's':
      return shown(value, meter);
    case 'd':
      if (typeof value === 'bigint') return String(value);
      if (value instanceof CelUint) return String(value.value);
      if (typeof value === 'number') return formatDouble(value);
      break;
    case 'f':
      if (typeof value === 'number') return value.toFixed(digits);
      break;
    case 'e':
      if (typeof value === 'number') return value.toExponential(digits).replace(/e([+-])(\d)$/, 'e$10$2');
      break;
    case 'b':
      if (typeof value === 'bigint') return value.toString(2);
      if (typeof value === 'boolean') return value ? '1' : '0';
      if (value instanceof CelUint) return value.value.toString(2);
      break;
    case 'x':
    case 'X':
      return cased(hexadecimal(value), verb);
    case 'o':
      if (typeof value === 'bigint') return value.toString(8);
      if (value instanceof CelUint) return value.value.toString(8);
      break;
    default:
      throw new CelFailure(
        `could not parse formatting clause: unrecognized formatting clause ${JSON.stringify(verb)}`,
      );
  }
  throw new CelFailure(`error during formatting: no formatting function for %${verb}`);
}

function cased(text: string, verb: string): string {
  return verb === 'X' ? text.toUpperCase() : text;
}

function hexadecimal(value: CelValue): string {
  if (typeof value === 'bigint') return value.toString(16);
  if (value instanceof CelUint) return value.value.toString(16);
  const bytes = typeof value === 'string' ? new TextEncoder().encode(value) : value;
  if (!(bytes instanceof Uint8Array))
    throw new CelFailure(
      'error during formatting: only integers, byte buffers, and strings can be formatted as hex',
    );
  return [...bytes].map((byte) => byte.toString(16).padStart(2, '0')).join('');
}

/** As `%s` shows a value: lists and maps with what is in them. */
function shown(value: CelValue, meter: Meter, depth = 0): string {
  meter.spend(1);
  if (depth > 20) return '…';
  if (value === null) return 'null';
  if (isList(value)) return `[${value.map((item) => shown(item, meter, depth + 1)).join(', ')}]`;
  if (value instanceof CelType) return value.name;
  if (isMap(value)) {
    const entries = [...value.keys()].map(
      (key) => `${String(key)}: ${shown(value.get(key) ?? null, meter, depth + 1)}`,
    );
    return `{${entries.sort().join(', ')}}`;
  }
  return textOfValue(value);
}

function ascii(
  change: (text: string) => string,
  letters: RegExp,
): (args: readonly CelValue[], meter: Meter) => CelValue {
  return (args, meter) => {
    expectArguments(args, 1);
    const text = textArgument(args, 0);
    meter.spend(Math.ceil(text.length / 10));
    return text.replaceAll(letters, change);
  };
}

function quoted(args: readonly CelValue[]): CelValue {
  expectArguments(args, 1);
  return JSON.stringify(textArgument(args, 0));
}

export const textLibrary: Library = {
  globals: { matches, 'strings.quote': quoted },
  members: {
    matches,
    find: (args, meter) => {
      expectArguments(args, 2);
      const [text, pattern] = [textArgument(args, 0), textArgument(args, 1)];
      spendOnMatch(text, pattern, meter);
      const matcher = compilePattern(pattern).matcher(text);
      return matcher.find() ? (matcher.group() ?? '') : '';
    },
    findAll,
    startsWith: (args) => {
      expectArguments(args, 2);
      return textArgument(args, 0).startsWith(textArgument(args, 1));
    },
    endsWith: (args) => {
      expectArguments(args, 2);
      return textArgument(args, 0).endsWith(textArgument(args, 1));
    },
    contains: (args, meter) => {
      expectArguments(args, 2);
      meter.spend(Math.ceil(textArgument(args, 0).length / 10));
      return textArgument(args, 0).includes(textArgument(args, 1));
    },
    charAt: (args, meter) => {
      expectArguments(args, 2);
      const text = codePoints(args, meter);
      const at = intArgument(args, 1);
      if (at < 0 || at > text.length) throw new CelFailure(`index out of range: ${at}`);
      return text[at] ?? '';
    },
    indexOf: searchOf(false),
    lastIndexOf: searchOf(true),
    lowerAscii: ascii((text) => text.toLowerCase(), /[A-Z]+/g),
    upperAscii: ascii((text) => text.toUpperCase(), /[a-z]+/g),
    trim: (args) => {
      expectArguments(args, 1);
      return textArgument(args, 0).trim();
    },
    reverse: (args, meter) => codePoints(args, meter).reverse().join(''),
    replace,
    split,
    substring,
    join: joinTexts,
    format,
  },
};
