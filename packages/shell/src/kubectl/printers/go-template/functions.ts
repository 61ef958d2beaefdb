import { decodeBase64 } from '../../values/base64.ts';
import { goNumber, goQuote, goSprint, goTypeOf } from '../../values/go-text.ts';
import { isObject } from '../../values/json.ts';
import type { JsonValue } from '../../values/json.ts';

type Value = JsonValue | undefined;

export type CallResult =
  | { readonly ok: true; readonly value: Value }
  | { readonly ok: false; readonly message: string; readonly arity: boolean };

const done = (value: Value): CallResult => ({ ok: true, value });
const wrong = (message: string): CallResult => ({ ok: false, message, arity: false });

function truth(value: Value): boolean {
  if (value === undefined || value === null || value === false || value === 0 || value === '') return false;
  if (Array.isArray(value)) return value.length > 0;
  return !isObject(value) || Object.keys(value).length > 0;
}

const MIN_ARGUMENTS: Readonly<Record<string, number>> = {
  not: 1,
  eq: 1,
  ne: 2,
  lt: 2,
  le: 2,
  gt: 2,
  ge: 2,
  index: 1,
  slice: 1,
  len: 1,
  printf: 1,
  and: 1,
  or: 1,
  call: 1,
  exists: 1,
  base64decode: 1,
};
const MAX_ARGUMENTS: Readonly<Record<string, number>> = {
  not: 1,
  ne: 2,
  lt: 2,
  le: 2,
  gt: 2,
  ge: 2,
  len: 1,
  base64decode: 1,
};

/** The functions that text/template predefines, and kubectl's own `exists` and `base64decode`. */
export function callFunction(name: string, args: readonly Value[]): CallResult {
  const least = MIN_ARGUMENTS[name] ?? 0;
  const most = MAX_ARGUMENTS[name];
  if (args.length < least || (most !== undefined && args.length > most)) {
    const want = most === least ? `want ${least}` : `want at least ${least}`;
    return {
      ok: false,
      message: `wrong number of args for ${name}: ${want} got ${args.length}`,
      arity: true,
    };
  }
  const [first, ...rest] = args;
  switch (name) {
    case 'and':
      return done(args.find((value) => !truth(value)) ?? args.at(-1));
    case 'or':
      return done(args.find((value) => truth(value)) ?? args.at(-1));
    case 'not':
      return done(!truth(first));
    case 'len':
      return lengthOf(first);
    case 'index':
      return indexInto(first, rest);
    case 'slice':
      return sliceOf(first, rest);
    case 'exists': {
      const found = indexInto(first, rest);
      return done(found.ok && found.value !== undefined && found.value !== null);
    }
    case 'print':
      return done(sprint(args));
    case 'println':
      return done(`${args.map(goSprint).join(' ')}\n`);
    case 'printf':
      return done(sprintf(typeof first === 'string' ? first : goSprint(first), rest));
    case 'html':
      return done(
        sprint(args)
          .replace(/[<>&"'\0]/g, (c) => `&#${c.charCodeAt(0)};`)
          .replaceAll('&#60;', '&lt;')
          .replaceAll('&#62;', '&gt;')
          .replaceAll('&#38;', '&amp;'),
      );
    case 'js':
      return done(
        sprint(args).replace(/[\\'"<>&=]/g, (c) =>
          /[\\'"]/.test(c) ? `\\${c}` : `\\u00${c.charCodeAt(0).toString(16).toUpperCase()}`,
        ),
      );
    case 'urlquery':
      return done(encodeURIComponent(sprint(args)).replaceAll('%20', '+'));
    case 'base64decode': {
      if (typeof first !== 'string')
        return wrong('wrong type for value; expected string; got ' + goTypeOf(first));
      const data = decodeBase64(first);
      return data === undefined
        ? wrong('base64 decode failed: illegal base64 data at input byte 0')
        : done(new TextDecoder().decode(data));
    }
    case 'call':
      return wrong('non-function of type ' + goTypeOf(first));
    default:
      return comparison(name, first, rest);
  }
}

/** fmt.Sprint: spaces between neighbours of which neither is text. */
function sprint(args: readonly Value[]): string {
  return args
    .map(
      (value, i) =>
        (i > 0 && typeof value !== 'string' && typeof args[i - 1] !== 'string' ? ' ' : '') + goSprint(value),
    )
    .join('');
}

function lengthOf(value: Value): CallResult {
  if (typeof value === 'string') return done(new TextEncoder().encode(value).length);
  if (Array.isArray(value)) return done(value.length);
  if (isObject(value)) return done(Object.keys(value).length);
  return value === undefined || value === null
    ? wrong('len of nil pointer')
    : wrong(`len of type ${goTypeOf(value)}`);
}

function indexInto(start: Value, keys: readonly Value[]): CallResult {
  let value = start;
  for (const key of keys) {
    if (value === undefined || value === null) return wrong('index of untyped nil');
    if (Array.isArray(value)) {
      if (typeof key !== 'number') return wrong(`cannot index slice/array with type ${goTypeOf(key)}`);
      if (key < 0 || key >= value.length) return wrong(`reflect: slice index out of range`);
      value = value[key];
    } else if (isObject(value)) {
      if (typeof key !== 'string')
        return wrong(`value has type ${key === undefined ? 'nil' : goTypeOf(key)}; should be string`);
      value = Object.hasOwn(value, key) ? value[key] : undefined;
    } else {
      return wrong(`can't index item of type ${goTypeOf(value)}`);
    }
  }
  return done(value);
}

function sliceOf(value: Value, bounds: readonly Value[]): CallResult {
  if (typeof value !== 'string' && !Array.isArray(value))
    return wrong(`can't slice item of type ${goTypeOf(value)}`);
  const [from = 0, to = value.length] = bounds;
  if (typeof from !== 'number' || typeof to !== 'number')
    return wrong('cannot index slice/array with type string');
  if (from < 0 || to > value.length || from > to)
    return wrong(`index out of range: ${from > value.length || from < 0 ? from : to}`);
  return done(value.slice(from, to));
}

function kindOf(value: Value): string {
  if (typeof value === 'number') return Number.isInteger(value) ? 'int' : 'float';
  return value === undefined || value === null ? 'nil' : typeof value;
}

function comparison(name: string, first: Value, rest: readonly Value[]): CallResult {
  const [second] = rest;
  if (name === 'eq' || name === 'ne') {
    if (rest.length === 0) return wrong('missing argument for comparison');
    for (const other of rest) {
      if ((typeof first === 'object' && first !== null) || (typeof other === 'object' && other !== null))
        return wrong('non-comparable type');
      if (kindOf(first) !== kindOf(other) && kindOf(first) !== 'nil' && kindOf(other) !== 'nil')
        return wrong('incompatible types for comparison');
      if ((first ?? null) === (other ?? null)) return done(name === 'eq');
    }
    return done(name !== 'eq');
  }
  if (kindOf(first) !== kindOf(second)) return wrong('incompatible types for comparison');
  if (!(
    (typeof first === 'number' && typeof second === 'number') ||
    (typeof first === 'string' && typeof second === 'string')
  ))
    return wrong('invalid type for comparison');
  if (name === 'lt') return done(first < second);
  if (name === 'le') return done(first <= second);
  return done(name === 'gt' ? first > second : first >= second);
}

/** Widths beyond this are cut: a template must not fill the terminal by one number. */
const MAX_WIDTH = 1000;

/** fmt.Sprintf for the verbs that decoded JSON can meet. */
export function sprintf(format: string, args: readonly Value[]): string {
  let at = 0;
  const text = format.replace(
    /%([-+# 0]*)(\d*)(?:\.(\d*))?([a-zA-Z%])/g,
    (_, flags: string, width: string, precision: string | undefined, verb: string) => {
      if (verb === '%') return '%';
      if (at >= args.length) return `%!${verb}(MISSING)`;
      const value = args[at];
      at += 1;
      const body = verbText(verb, value, flags, precision);
      const columns = Math.min(Number(width || '0'), MAX_WIDTH);
      if (flags.includes('-')) return body.padEnd(columns);
      const zero = flags.includes('0') && typeof value === 'number';
      return zero && body.startsWith('-')
        ? `-${body.slice(1).padStart(columns - 1, '0')}`
        : body.padStart(columns, zero ? '0' : ' ');
    },
  );
  if (at >= args.length) return text;
  const extra = args.slice(at).map((value) => `${goTypeOf(value)}=${goSprint(value)}`);
  return `${text}%!(EXTRA ${extra.join(', ')})`;
}

function verbText(verb: string, value: Value, flags: string, precision: string | undefined): string {
  const bad = (): string => `%!${verb}(${goTypeOf(value)}=${goSprint(value)})`;
  switch (verb) {
    case 'v':
      return goSprint(value);
    case 's':
      if (typeof value === 'number' || typeof value === 'boolean') return bad();
      return precision === undefined
        ? goSprint(value)
        : [...goSprint(value)].slice(0, Number(precision || '0')).join('');
    case 'q':
      return typeof value === 'string' ? goQuote(value) : bad();
    case 'd':
      return typeof value === 'number' && Number.isInteger(value)
        ? (flags.includes('+') && value >= 0 ? '+' : '') + goNumber(value)
        : bad();
    case 'x':
    case 'X':
      if (typeof value === 'number' && Number.isInteger(value))
        return verb === 'x' ? value.toString(16) : value.toString(16).toUpperCase();
      return typeof value === 'string'
        ? [...new TextEncoder().encode(value)].map((byte) => byte.toString(16).padStart(2, '0')).join('')
        : bad();
    case 't':
      return typeof value === 'boolean' ? String(value) : bad();
    case 'f':
    case 'g':
    case 'e':
      if (typeof value !== 'number') return bad();
      return verb === 'f' ? value.toFixed(Math.min(Number(precision ?? '6'), 100)) : goNumber(value);
    case 'c':
      return typeof value === 'number' ? String.fromCodePoint(Math.max(0, Math.min(value, 0x10ffff))) : bad();
    case 'T':
      return goTypeOf(value);
    default:
      return bad();
  }
}
