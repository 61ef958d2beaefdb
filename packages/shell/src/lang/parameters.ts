import type { Task } from '@podwire/machine';
import type { Parameter, ParameterOperator } from './ast.ts';
import { ExpansionFailure } from './errors.ts';
import type { Io } from './io.ts';
import { Pattern } from './pattern.ts';
import type { PatternPiece } from './pattern.ts';
import type { Shell } from './shell.ts';
import type { Word } from './ast.ts';

/** What parameter expansion needs of the other expansions. */
export interface OperandExpander {
  single(word: Word, io: Io): Task<string>;
  pieces(word: Word, io: Io): Task<readonly PatternPiece[]>;
  evaluate(text: string): bigint;
}

/** The longest text that patterns are taken out of, characters: their cost grows with its square. */
const MAX_PATTERN_TEXT = 8192;

/** The value of a parameter, or undefined when it is unset. */
export function parameterValue(shell: Shell, name: string): string | undefined {
  if (/^\d+$/.test(name)) return name === '0' ? shell.place.name : shell.positional[Number(name) - 1];
  switch (name) {
    case '#':
      return String(shell.positional.length);
    case '?':
      return String(shell.status);
    case '$':
      return String(shell.shellPid);
    case '!':
      return shell.lastBackgroundPid?.toString();
    case '-':
      return optionLetters(shell);
    case '@':
    case '*':
      return shell.positional.length === 0 ? undefined : shell.positional.join(' ');
    case 'RANDOM':
      return String(shell.process.randomInt(32_768));
    case 'FUNCNAME':
      return shell.functionNames.at(-1);
    case 'LINENO':
      return String(shell.line);
    case 'SECONDS':
      return String(Math.floor((shell.process.nowMs() - shell.startedMs) / 1000));
    case 'EPOCHSECONDS':
      return String(Math.floor(shell.process.nowMs() / 1000));
    default: {
      const element = splitElement(name);
      return element === undefined
        ? shell.variables.value(name)
        : shell.variables.elements(element.name).get(element.subscript);
    }
  }
}

/** `name[subscript]`, as resolved names of array elements are written. */
export function splitElement(
  text: string,
): { readonly name: string; readonly subscript: string } | undefined {
  const match = /^([A-Za-z_][A-Za-z0-9_]*)\[(.*)\]$/s.exec(text);
  return match === null ? undefined : { name: match[1] ?? '', subscript: match[2] ?? '' };
}

/** Whether the name stands for a list: `@`, `*`, or all of an array. */
export function isList(name: string): boolean {
  return name === '@' || name === '*' || /\[[@*]\]$/.test(name);
}

function listOf(shell: Shell, name: string): readonly string[] {
  const element = splitElement(name);
  return element === undefined ? shell.positional : [...shell.variables.elements(element.name).values()];
}

function optionLetters(shell: Shell): string {
  const { options } = shell;
  const letters: readonly (readonly [boolean, string])[] = [
    [options.allexport, 'a'],
    [options.errexit, 'e'],
    [options.noglob, 'f'],
    [shell.place.interactive, 'i'],
    [shell.jobControl, 'm'],
    [options.nounset, 'u'],
    [options.xtrace, 'x'],
    [options.noclobber, 'C'],
  ];
  return letters.flatMap(([on, letter]) => (on ? [letter] : [])).join('');
}

/** `$@` with its operator applied to each. */
export function* parameterList(
  shell: Shell,
  expander: OperandExpander,
  parameter: Parameter,
  io: Io,
): Task<readonly string[]> {
  const { operator } = parameter;
  const values = listOf(shell, parameter.name);
  switch (operator.kind) {
    case 'keys':
      return [...shell.variables.elements(splitElement(parameter.name)?.name ?? '').keys()];
    case 'plain':
    case 'length':
    case 'indirect':
      return values;
    case 'default':
    case 'assign':
    case 'error':
      return values.length > 0 && !(operator.colon && values.join('') === '')
        ? values
        : [yield* expander.single(operator.word, io)];
    case 'alternative':
      return values.length > 0 ? [yield* expander.single(operator.word, io)] : [];
    case 'substring': {
      const offset = Number(expander.evaluate(yield* expander.single(operator.offset, io)));
      const isArray = parameter.name.endsWith(']');
      const all = isArray ? values : [shell.place.name, ...values];
      const start = offset < 0 ? Math.max(0, all.length + offset) : offset;
      const length =
        operator.length === undefined
          ? all.length
          : Number(expander.evaluate(yield* expander.single(operator.length, io)));
      return all.slice(start === 0 && offset === 0 ? 0 : start, start + length);
    }
    default: {
      const result: string[] = [];
      for (const value of values) result.push(yield* transform(expander, operator, value, io));
      return result;
    }
  }
}

/** A single parameter's expansion. `default` and `alternative` are the caller's: they keep their word's fields. */
export function* applyOperator(
  shell: Shell,
  expander: OperandExpander,
  parameter: Parameter,
  io: Io,
): Task<string> {
  const { name, operator } = parameter;
  const value = parameterValue(shell, name);
  switch (operator.kind) {
    case 'plain':
      return bound(shell, name, value);
    case 'length':
      if (isList(name)) return String(listOf(shell, name).length);
      return String(Array.from(bound(shell, name, value)).length);
    case 'indirect': {
      const target = bound(shell, name, value);
      return bound(shell, target, parameterValue(shell, target));
    }
    case 'assign': {
      if (value !== undefined && !(operator.colon && value === '')) return value;
      const text = yield* expander.single(operator.word, io);
      if (!/^[A-Za-z_]/.test(name)) throw new ExpansionFailure(`$${name}: cannot assign in this way`);
      const element = splitElement(name);
      const outcome =
        element === undefined
          ? shell.variables.set(name, text)
          : shell.variables.setElement(element.name, element.subscript, text);
      if (outcome !== 'ok') throw new ExpansionFailure(`${name}: readonly variable`);
      return text;
    }
    case 'error': {
      if (value !== undefined && !(operator.colon && value === '')) return value;
      const text = yield* expander.single(operator.word, io);
      const fallback = operator.colon ? 'parameter null or not set' : 'parameter not set';
      throw new ExpansionFailure(`${name}: ${text === '' ? fallback : text}`, true);
    }
    default:
      return yield* transform(expander, operator, bound(shell, name, value), io);
  }
}

function bound(shell: Shell, name: string, value: string | undefined): string {
  if (value === undefined && shell.options.nounset && name !== '@' && name !== '*')
    throw new ExpansionFailure(`${name}: unbound variable`, true);
  return value ?? '';
}

function* transform(
  expander: OperandExpander,
  operator: ParameterOperator,
  value: string,
  io: Io,
): Task<string> {
  switch (operator.kind) {
    case 'strip-prefix':
    case 'strip-suffix': {
      const pattern = new Pattern(yield* expander.pieces(operator.pattern, io));
      return strip(value, pattern, operator.kind === 'strip-prefix', operator.longest);
    }
    case 'replace': {
      const pattern = new Pattern(yield* expander.pieces(operator.pattern, io));
      return replace(value, pattern, operator.where, yield* expander.single(operator.replacement, io));
    }
    case 'substring': {
      const characters = Array.from(value);
      const offset = Number(expander.evaluate(yield* expander.single(operator.offset, io)));
      const start = offset < 0 ? characters.length + offset : offset;
      if (start < 0) return '';
      if (operator.length === undefined) return characters.slice(start).join('');
      const length = Number(expander.evaluate(yield* expander.single(operator.length, io)));
      const end = length < 0 ? characters.length + length : start + length;
      if (length < 0 && end < start) throw new ExpansionFailure(`${length}: substring expression < 0`);
      return characters.slice(start, end).join('');
    }
    case 'quote':
      return `'${value.replaceAll("'", `'\\''`)}'`;
    case 'case': {
      const change = (text: string): string =>
        operator.to === 'upper' ? text.toUpperCase() : text.toLowerCase();
      return operator.all ? change(value) : change(value.slice(0, 1)) + value.slice(1);
    }
    default:
      return value;
  }
}

function strip(value: string, pattern: Pattern, prefix: boolean, longest: boolean): string {
  if (value.length > MAX_PATTERN_TEXT) throw new ExpansionFailure('text is too long for a pattern');
  const lengths = Array.from({ length: value.length + 1 }, (_, index) =>
    longest ? value.length - index : index,
  );
  for (const length of lengths) {
    const candidate = prefix ? value.slice(0, length) : value.slice(value.length - length);
    if (pattern.matches(candidate))
      return prefix ? value.slice(length) : value.slice(0, value.length - length);
  }
  return value;
}

function replace(
  value: string,
  pattern: Pattern,
  where: 'first' | 'all' | 'prefix' | 'suffix',
  replacement: string,
): string {
  if (value.length > MAX_PATTERN_TEXT) throw new ExpansionFailure('text is too long for a pattern');
  let result = '';
  for (let at = 0; at <= value.length;) {
    const length = longestMatch(value, at, pattern, where === 'suffix');
    if (length === undefined || (length === 0 && value !== '')) {
      if (where === 'prefix') return value;
      result += value.charAt(at);
      at++;
      continue;
    }
    result += replacement;
    at += length;
    if (where !== 'all' || length === 0) return result + value.slice(at);
  }
  return result;
}

function longestMatch(value: string, at: number, pattern: Pattern, toEnd: boolean): number | undefined {
  if (!pattern.special && !toEnd) {
    for (let length = Math.min(value.length - at, 256); length >= 0; length--)
      if (pattern.matches(value.slice(at, at + length))) return length;
    return undefined;
  }
  for (let end = value.length; end >= at; end--) {
    if (pattern.matches(value.slice(at, end))) return end - at;
    if (toEnd) return undefined;
  }
  return undefined;
}
