import { Regex } from '@podwire/sim';
import { AwkProblem } from './syntax.ts';

export interface Token {
  readonly kind: 'number' | 'string' | 'regex' | 'name' | 'function-call' | 'operator' | 'newline' | 'end';
  readonly text: string;
  readonly line: number;
}

const OPERATORS = [
  '**=',
  '**',
  '+=',
  '-=',
  '*=',
  '/=',
  '%=',
  '^=',
  '==',
  '<=',
  '>=',
  '!=',
  '++',
  '--',
  '&&',
  '||',
  '>>',
  '{',
  '}',
  '(',
  ')',
  '[',
  ']',
  ';',
  ',',
  '+',
  '-',
  '*',
  '/',
  '%',
  '^',
  '!',
  '>',
  '<',
  '|',
  '?',
  ':',
  '~',
  '$',
  '=',
];
export const KEYWORDS = new Set([
  'BEGIN',
  'END',
  'function',
  'func',
  'if',
  'else',
  'while',
  'for',
  'do',
  'break',
  'continue',
  'next',
  'nextfile',
  'exit',
  'return',
  'delete',
  'in',
  'getline',
  'print',
  'printf',
]);
const ESCAPES: Readonly<Record<string, string>> = {
  n: '\n',
  t: '\t',
  r: '\r',
  '\\': '\\',
  '"': '"',
  '/': '/',
  a: '\x07',
  b: '\b',
  f: '\f',
  v: '\v',
};

/** Splits an awk program into tokens. @throws AwkProblem */
export function scan(text: string): readonly Token[] {
  const tokens: Token[] = [];
  let at = 0;
  let line = 1;
  const push = (kind: Token['kind'], value: string): void => void tokens.push({ kind, text: value, line });
  while (at < text.length) {
    const rest = text.slice(at, at + 400);
    const character = text.charAt(at);
    const blank = /^(?:[ \t\r]+|\\\r?\n|#[^\n]*)/.exec(rest)?.[0];
    if (blank !== undefined) {
      if (blank.includes('\n')) line++;
      at += character === '#' ? (/^[^\n]*/.exec(text.slice(at))?.[0].length ?? 1) : blank.length;
      continue;
    }
    if (character === '\n') {
      push('newline', '\n');
      line++;
      at++;
      continue;
    }
    if (character === '"') {
      const string = quoted(text, at, '"', line);
      push('string', string.value);
      at = string.end;
      continue;
    }
    if (character === '/' && regexMayStand(tokens.at(-1))) {
      const regex = quoted(text, at, '/', line);
      push('regex', regex.value);
      at = regex.end;
      continue;
    }
    const number = /^(?:0[xX][0-9a-fA-F]+|(?:\d+\.?\d*|\.\d+)(?:[eE][-+]?\d+)?)/.exec(rest)?.[0];
    const name = /^[A-Za-z_]\w*/.exec(rest)?.[0];
    const operator = OPERATORS.find((candidate) => rest.startsWith(candidate));
    if (number !== undefined) push('number', number);
    else if (name !== undefined)
      push(text.charAt(at + name.length) === '(' && !KEYWORDS.has(name) ? 'function-call' : 'name', name);
    else if (operator !== undefined) push('operator', operator);
    else throw new AwkProblem(`cmd. line:${line}: syntax error at source line ${line}`);
    at += (number ?? name ?? operator ?? ' ').length;
  }
  push('newline', '\n');
  push('end', '');
  return tokens;
}

function regexMayStand(previous: Token | undefined): boolean {
  if (previous === undefined) return true;
  if (previous.kind === 'operator') return ![')', ']', '$', '++', '--'].includes(previous.text);
  if (previous.kind === 'name') return KEYWORDS.has(previous.text);
  return previous.kind === 'newline';
}

function quoted(
  text: string,
  start: number,
  end: '"' | '/',
  line: number,
): { readonly value: string; readonly end: number } {
  let value = '';
  let inSet = false;
  for (let at = start + 1; ; at++) {
    const character = text.charAt(at);
    if (character === '' || character === '\n')
      throw new AwkProblem(`cmd. line:${line}: unterminated ${end === '"' ? 'string' : 'regexp'}`);
    if (character === '\\') {
      const next = text.charAt(++at);
      if (end === '/') value += next === '/' ? '/' : `\\${next}`;
      else {
        const octal = /^[0-7]{1,3}/.exec(text.slice(at, at + 3))?.[0];
        if (octal !== undefined) {
          value += String.fromCharCode(parseInt(octal, 8));
          at += octal.length - 1;
        } else value += Object.hasOwn(ESCAPES, next) ? (ESCAPES[next] ?? next) : `\\${next}`;
      }
      continue;
    }
    if (end === '/' && character === '[') inSet = true;
    if (end === '/' && character === ']') inSet = false;
    if (character === end && !inSet) return { value, end: at + 1 };
    value += character;
  }
}

export function compileRegex(source: string): Regex {
  const compiled = Regex.compile(source, { syntax: 'extended', dotAll: true });
  if (!compiled.ok) throw new AwkProblem(`${compiled.message}: /${source}/`);
  return compiled.value;
}
