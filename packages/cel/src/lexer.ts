import { CelSyntaxError } from './problems.ts';

export type TokenKind = 'identifier' | 'int' | 'uint' | 'double' | 'string' | 'bytes' | 'punctuation' | 'end';

export interface Token {
  readonly kind: TokenKind;
  /** As it stands in the text. */
  readonly text: string;
  readonly at: number;
  /** Strings: what they say. */
  readonly value: string;
  /** Bytes: what they hold. */
  readonly bytes: Uint8Array;
}

/** An expression with more is a program. */
const MAX_TOKENS = 20_000;

const NONE = new Uint8Array();
const SPACE = /(?:[ \t\r\n\f]+|\/\/[^\n]*)+/y;
const NUMBER =
  /0[xX][0-9a-fA-F]+[uU]?|(?:\d+\.\d+(?:[eE][+-]?\d+)?|\d+[eE][+-]?\d+|\.\d+(?:[eE][+-]?\d+)?)|\d+[uU]?/y;
const IDENTIFIER = /[A-Za-z_][A-Za-z0-9_]*/y;
const QUOTED = /`[A-Za-z0-9_.\-/ ]+`/y;
const STRING_START = /(?:[rR][bB]|[bB][rR]|[rRbB])?("""|'''|"|')/y;
const PUNCTUATION = /==|!=|<=|>=|&&|\|\||\.\?|\[\?|[()[\]{}.,:?+\-*/%!<>]/y;

/** @throws CelSyntaxError */
export function tokens(text: string): readonly Token[] {
  const result: Token[] = [];
  let at = 0;
  const match = (pattern: RegExp): string | undefined => {
    pattern.lastIndex = at;
    return pattern.exec(text)?.[0];
  };
  for (;;) {
    at += match(SPACE)?.length ?? 0;
    if (at >= text.length) break;
    if (result.length >= MAX_TOKENS) throw new CelSyntaxError('expression has too many parts', at);
    const start = match(STRING_START);
    if (start !== undefined) {
      const token = stringToken(text, at, start);
      result.push(token);
      at += token.text.length;
      continue;
    }
    const token = simpleToken(match, at);
    if (token === undefined)
      throw new CelSyntaxError(`Syntax error: token recognition error at: '${text.slice(at, at + 1)}'`, at);
    result.push(token);
    at += token.text.length;
  }
  result.push({ kind: 'end', text: '<EOF>', at, value: '', bytes: NONE });
  return result;
}

function simpleToken(match: (pattern: RegExp) => string | undefined, at: number): Token | undefined {
  const number = match(NUMBER);
  if (number !== undefined) {
    const hexadecimal = /^0x/i.test(number);
    const kind = /u$/i.test(number) ? 'uint' : !hexadecimal && /[.e]/i.test(number) ? 'double' : 'int';
    return { kind, text: number, at, value: number, bytes: NONE };
  }
  const identifier = match(IDENTIFIER);
  if (identifier !== undefined)
    return { kind: 'identifier', text: identifier, at, value: identifier, bytes: NONE };
  const quoted = match(QUOTED);
  if (quoted !== undefined)
    return { kind: 'identifier', text: quoted, at, value: quoted.slice(1, -1), bytes: NONE };
  const punctuation = match(PUNCTUATION);
  return punctuation === undefined
    ? undefined
    : { kind: 'punctuation', text: punctuation, at, value: punctuation, bytes: NONE };
}

const ESCAPES: Readonly<Record<string, string>> = {
  a: '\u0007',
  b: '\b',
  f: '\f',
  n: '\n',
  r: '\r',
  t: '\t',
  v: '\v',
  '\\': '\\',
  '?': '?',
  '"': '"',
  "'": "'",
  '`': '`',
};

/** CEL spec, "String and Bytes Values". */
function stringToken(text: string, at: number, start: string): Token {
  const quote = /["']+$/.exec(start)?.[0] ?? '"';
  const prefix = start.slice(0, start.length - quote.length).toLowerCase();
  const raw = prefix.includes('r');
  const isBytes = prefix.includes('b');
  const long = quote.length === 3;
  const pieces: string[] = [];
  const bytes: number[] = [];
  const encoder = new TextEncoder();
  const put = (piece: string): void => {
    if (isBytes) bytes.push(...encoder.encode(piece));
    else pieces.push(piece);
  };
  let index = at + start.length;
  for (;;) {
    if (index >= text.length)
      throw new CelSyntaxError(`Syntax error: token recognition error at: '${text.slice(at)}'`, at);
    if (text.startsWith(quote, index)) break;
    const character = String.fromCodePoint(text.codePointAt(index) ?? 0);
    if (!long && character === '\n')
      throw new CelSyntaxError(`Syntax error: token recognition error at: '${text.slice(at, index)}'`, at);
    if (character !== '\\' || raw) {
      put(character);
      index += character.length;
      continue;
    }
    const next = text.charAt(index + 1);
    const code =
      /^(?:x([0-9a-fA-F]{2})|X([0-9a-fA-F]{2})|u([0-9a-fA-F]{4})|U([0-9a-fA-F]{8})|([0-3][0-7]{2}))/.exec(
        text.slice(index + 1, index + 11),
      );
    if (code !== null) {
      const octal = code[5];
      const value =
        octal === undefined
          ? Number.parseInt(code[1] ?? code[2] ?? code[3] ?? code[4] ?? '0', 16)
          : Number.parseInt(octal, 8);
      if (value > 0x10ffff || (value >= 0xd800 && value < 0xe000))
        throw new CelSyntaxError('Syntax error: invalid unicode code point', index);
      if (isBytes && code[3] === undefined && code[4] === undefined) bytes.push(value);
      else put(String.fromCodePoint(value));
      index += 1 + code[0].length;
      continue;
    }
    const escaped = Object.hasOwn(ESCAPES, next) ? ESCAPES[next] : undefined;
    if (escaped === undefined)
      throw new CelSyntaxError(
        `Syntax error: token recognition error at: '${text.slice(at, index + 2)}'`,
        at,
      );
    put(escaped);
    index += 2;
  }
  return {
    kind: isBytes ? 'bytes' : 'string',
    text: text.slice(at, index + quote.length),
    at,
    value: pieces.join(''),
    bytes: Uint8Array.from(bytes),
  };
}
