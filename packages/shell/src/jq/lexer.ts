import { CompileProblem } from './syntax.ts';
import type { Term } from './syntax.ts';

export interface Token {
  readonly kind: 'number' | 'string' | 'name' | 'variable' | 'format' | 'field' | 'operator' | 'end';
  readonly text: string;
  /** Parts of a string with interpolation. */
  readonly parts?: readonly (string | Term)[];
  readonly line: number;
}

/** How deep programs may be nested. */
const MAX_DEPTH = 100;
const OPERATORS = [
  '?//=',
  '?//',
  '//=',
  '|=',
  '+=',
  '-=',
  '*=',
  '/=',
  '%=',
  '==',
  '!=',
  '<=',
  '>=',
  '//',
  '..',
  '.',
  '[',
  ']',
  '{',
  '}',
  '(',
  ')',
  '|',
  ',',
  ':',
  ';',
  '=',
  '<',
  '>',
  '+',
  '-',
  '*',
  '/',
  '%',
  '?',
  '$',
];
export const KEYWORDS = new Set([
  'and',
  'as',
  'catch',
  'def',
  'elif',
  'else',
  'end',
  'foreach',
  'if',
  'import',
  'include',
  'label',
  'or',
  'reduce',
  'then',
  'try',
  '__loc__',
]);
const ESCAPES: Readonly<Record<string, string>> = {
  n: '\n',
  t: '\t',
  r: '\r',
  b: '\b',
  f: '\f',
  '/': '/',
  '\\': '\\',
  '"': '"',
};

/** Splits a jq program into tokens. What stands in `\(…)` goes to `parseInner`. @throws CompileProblem */
export class Lexer {
  readonly #text: string;
  readonly #parseInner: (tokens: readonly Token[]) => Term;
  #depth = 0;

  constructor(text: string, parseInner: (tokens: readonly Token[]) => Term) {
    this.#text = text;
    this.#parseInner = parseInner;
  }

  tokens(): readonly Token[] {
    return this.#scan(0).tokens;
  }

  /** Scans from `start`; inside an interpolation it stops at the parenthesis that closes it. */
  #scan(start: number, nested = false): { readonly tokens: readonly Token[]; readonly end: number } {
    const text = this.#text;
    const tokens: Token[] = [];
    let at = start;
    let line = text.slice(0, start).split('\n').length;
    let open = 0;
    const push = (kind: Token['kind'], value: string, parts?: readonly (string | Term)[]): void =>
      void tokens.push({ kind, text: value, line, ...(parts === undefined ? {} : { parts }) });
    while (at < text.length) {
      const rest = text.slice(at, at + 300);
      const character = text.charAt(at);
      if (/\s/.test(character)) {
        if (character === '\n') line++;
        at++;
        continue;
      }
      if (character === '#') {
        const end = text.indexOf('\n', at);
        at = end < 0 ? text.length : end;
        continue;
      }
      if (character === '"') {
        const string = this.#scanString(at);
        push('string', '"', string.parts);
        at = string.end;
        continue;
      }
      const field = /^\.([A-Za-z_]\w*)/.exec(rest);
      if (field !== null) {
        push('field', field[1] ?? '');
        at += field[0].length;
        continue;
      }
      const matchers: readonly (readonly [Token['kind'], RegExp])[] = [
        ['number', /^(?:\d+\.?\d*|\.\d+)(?:[eE][-+]?\d+)?/],
        ['variable', /^\$(?:__loc__|[A-Za-z_]\w*(?:::\w+)*)/],
        ['format', /^@[A-Za-z0-9_]+/],
        ['name', /^[A-Za-z_]\w*(?:::\w+)*/],
      ];
      const matched = matchers
        .map(([kind, pattern]) => [kind, pattern.exec(rest)?.[0]] as const)
        .find(([, found]) => found !== undefined);
      if (matched?.[1] !== undefined) {
        push(matched[0], matched[1]);
        at += matched[1].length;
        continue;
      }
      const operator = OPERATORS.find((candidate) => rest.startsWith(candidate));
      if (operator === undefined)
        throw new CompileProblem(
          `syntax error, unexpected INVALID_CHARACTER at <top-level>, line ${line}:\n${text}`,
        );
      if (nested && operator === ')' && open === 0) break;
      if (operator === '(') open++;
      if (operator === ')') open--;
      push('operator', operator);
      at += operator.length;
    }
    push('end', '');
    return { tokens, end: at };
  }

  #scanString(start: number): { readonly parts: readonly (string | Term)[]; readonly end: number } {
    const text = this.#text;
    const parts: (string | Term)[] = [];
    let piece = '';
    for (let at = start + 1; ;) {
      const character = text.charAt(at);
      if (character === '') throw this.#incomplete();
      if (character === '"') {
        if (piece !== '' || parts.length === 0) parts.push(piece);
        return { parts, end: at + 1 };
      }
      if (character !== '\\') {
        piece += character;
        at++;
        continue;
      }
      const next = text.charAt(at + 1);
      if (next === '(') {
        if (++this.#depth > MAX_DEPTH) throw new CompileProblem('syntax error: too deeply nested');
        const { tokens, end } = this.#scan(at + 2, true);
        if (text.charAt(end) !== ')') throw this.#incomplete();
        parts.push(piece, this.#parseInner(tokens));
        piece = '';
        at = end + 1;
        this.#depth--;
        continue;
      }
      const unicode = next === 'u' ? /^[0-9a-fA-F]{4}/.exec(text.slice(at + 2, at + 6))?.[0] : undefined;
      const simple = Object.hasOwn(ESCAPES, next) ? ESCAPES[next] : undefined;
      if (unicode !== undefined) piece += String.fromCharCode(parseInt(unicode, 16));
      else if (simple !== undefined) piece += simple;
      else throw new CompileProblem(`syntax error, invalid escape at <top-level>, line 1:\n${text}`);
      at += unicode === undefined ? 2 : 6;
    }
  }

  #incomplete(): CompileProblem {
    return new CompileProblem(
      `syntax error, unexpected end of file, expecting QQSTRING_TEXT or QQSTRING_INTERP_START or QQSTRING_END (Unix shell quoting issues?) at <top-level>, line 1:\n${this.#text}`,
    );
  }
}
