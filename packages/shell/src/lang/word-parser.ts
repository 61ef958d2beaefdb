import type { List, Parameter, ParameterOperator, Word, WordPart } from './ast.ts';
import { expandBraces } from './braces.ts';
import { IncompleteError, SyntaxProblem } from './errors.ts';
import type { Source } from './source.ts';

/** What ends a word outside quotes. */
const METACHARACTERS = new Set([' ', '\t', '\n', ';', '&', '|', '<', '>', '(', ')']);
const NAME = /^[A-Za-z_][A-Za-z0-9_]*/;
const SPECIAL_PARAMETERS = '@*#?-$!';
/** How deep quotes, substitutions and braces may be nested: far above what anyone writes, below what the host's stack holds. */
const MAX_DEPTH = 60;

/** Where a word's text stands: which characters are special there. */
type Context = 'word' | 'double' | 'brace' | 'quoted-brace' | 'heredoc' | 'arithmetic' | 'regex';

/** Reads words: quoting and the syntax of expansions. The command parser lends it `parseList` for `$(…)`. */
export class WordParser {
  readonly #source: Source;
  readonly #dialect: 'bash' | 'sh';
  readonly #parseSubstitution: () => List;
  readonly #parseNested: (text: string) => List;
  #depth = 0;

  constructor(
    source: Source,
    options: {
      readonly dialect: 'bash' | 'sh';
      readonly parseSubstitution: () => List;
      readonly parseNested: (text: string) => List;
    },
  ) {
    this.#source = source;
    this.#dialect = options.dialect;
    this.#parseSubstitution = options.parseSubstitution;
    this.#parseNested = options.parseNested;
  }

  /** The word at the cursor, or undefined when none starts there. */
  word(): Word | undefined {
    const start = this.#source.position;
    const parts = this.#parts('word', (character) => METACHARACTERS.has(character));
    if (this.#source.position === start) return undefined;
    const raw = this.#source.slice(start);
    const tilded = withTilde(parts);
    return { parts: this.#dialect === 'bash' ? expandBraces(tilded) : tilded, raw };
  }

  /** The right side of `=~`: parentheses and bars belong to the expression. */
  regexWord(): Word | undefined {
    const start = this.#source.position;
    let open = 0;
    const parts = this.#parts('regex', (character) => {
      if (character === '(') open++;
      if (character === ')') return --open < 0;
      return character === ' ' || character === '\t' || character === '\n';
    });
    return this.#source.position === start ? undefined : { parts, raw: this.#source.slice(start) };
  }

  /** All of the text as a here-document's body: expansions, no quotes. */
  hereText(): Word {
    return { parts: this.#parts('heredoc', () => false), raw: this.#source.slice(0) };
  }

  /** `((…))` up to its end; the cursor stands behind the opening parentheses. */
  arithmetic(end: ')' | ';'): readonly WordPart[] {
    let open = 0;
    return this.#parts('arithmetic', (character) => {
      if (character === '(') open++;
      else if (character === ')' && --open < 0) return true;
      return end === ';' && open === 0 && character === ';';
    });
  }

  #parts(context: Context, ends: (character: string) => boolean): WordPart[] {
    if (++this.#depth > MAX_DEPTH) throw new SyntaxProblem('expansions are nested too deeply');
    const parts: WordPart[] = [];
    let text = '';
    let any = false;
    const quotedHere =
      context === 'double' || context === 'quoted-brace' || context === 'heredoc' || context === 'arithmetic';
    const flush = (): void => {
      if (text !== '') parts.push({ kind: 'literal', text, quoted: quotedHere });
      text = '';
    };
    const source = this.#source;
    for (let character = source.peek(); character !== ''; character = source.peek()) {
      if (
        (character === '<' || character === '>') &&
        context === 'word' &&
        this.#dialect === 'bash' &&
        source.peek(1) === '('
      ) {
        flush();
        any = true;
        source.advance(2);
        const direction = character === '<' ? 'in' : 'out';
        parts.push({ kind: 'process', direction, body: this.#parseSubstitution() });
        continue;
      }
      if (ends(character)) break;
      any = true;
      if (character === '\\') {
        const escaped = this.#escape(context);
        if (escaped.quoted) {
          flush();
          parts.push({ kind: 'literal', text: escaped.text, quoted: true });
        } else text += escaped.text;
      } else if (character === "'" && (context === 'word' || context === 'brace' || context === 'regex')) {
        flush();
        source.advance(1);
        parts.push({ kind: 'literal', text: source.until("'", "'"), quoted: true });
      } else if (
        character === '"' &&
        context !== 'heredoc' &&
        context !== 'double' &&
        context !== 'arithmetic' &&
        context !== 'quoted-brace'
      ) {
        flush();
        source.advance(1);
        parts.push(...this.#doubleQuoted());
      } else if (character === '"' && (context === 'arithmetic' || context === 'quoted-brace')) {
        source.advance(1);
      } else if (character === '`') {
        flush();
        parts.push({ kind: 'command', body: this.#backquoted(context), quoted: quotedHere });
      } else if (character === '$') {
        const part = this.#dollar(context, quotedHere);
        if (part === undefined) text += '$';
        else {
          flush();
          parts.push(...part);
        }
      } else {
        text += character;
        source.advance(1);
      }
    }
    flush();
    if (any && parts.length === 0 && context === 'word')
      parts.push({ kind: 'literal', text: '', quoted: false });
    this.#depth--;
    return parts;
  }

  #escape(context: Context): { readonly text: string; readonly quoted: boolean } {
    const source = this.#source;
    const next = source.peek(1);
    source.advance(1);
    if (next === '') {
      if (context === 'heredoc') return { text: '\\', quoted: false };
      throw new IncompleteError('\\');
    }
    if (next === '\n') {
      source.advance(1);
      return { text: '', quoted: false };
    }
    const special =
      context === 'double'
        ? '$`"\\'
        : context === 'quoted-brace'
          ? '$`"\\}'
          : context === 'heredoc' || context === 'arithmetic'
            ? '$`\\'
            : undefined;
    if (special !== undefined && !special.includes(next)) return { text: '\\', quoted: false };
    source.advance(1);
    return { text: next, quoted: true };
  }

  #doubleQuoted(): WordPart[] {
    const inner = this.#parts('double', (character) => character === '"');
    if (this.#source.peek() === '')
      throw new IncompleteError('"', `unexpected EOF while looking for matching \`"'`);
    this.#source.advance(1);
    return inner.length === 0 ? [{ kind: 'literal', text: '', quoted: true }] : inner;
  }

  #backquoted(context: Context): List {
    const source = this.#source;
    source.advance(1);
    let text = '';
    for (;;) {
      const character = source.peek();
      if (character === '') throw new IncompleteError('`', "unexpected EOF while looking for matching ``'");
      source.advance(1);
      if (character === '`') break;
      if (
        character === '\\' &&
        ('$`\\'.includes(source.peek()) || (context === 'double' && source.peek() === '"'))
      ) {
        text += source.peek();
        source.advance(1);
      } else text += character;
    }
    return this.#parseNested(text);
  }

  #dollar(context: Context, quoted: boolean): WordPart[] | undefined {
    const source = this.#source;
    const next = source.peek(1);
    if (next === '(') {
      if (source.peek(2) === '(') {
        const arithmetic = this.#arithmeticExpansion(quoted);
        if (arithmetic !== undefined) return [arithmetic];
      }
      source.advance(2);
      return [{ kind: 'command', body: this.#parseSubstitution(), quoted }];
    }
    if (next === '{') {
      source.advance(2);
      return [{ kind: 'parameter', parameter: this.#braced(quoted), quoted }];
    }
    if (next === "'" && context === 'word' && this.#dialect === 'bash') {
      source.advance(2);
      return [{ kind: 'literal', text: this.#ansiQuoted(), quoted: true }];
    }
    if (next === '"' && context === 'word') {
      source.advance(2);
      return this.#doubleQuoted();
    }
    const name =
      NAME.exec(source.rest(1, 256))?.[0] ??
      (SPECIAL_PARAMETERS.includes(next) || /\d/.test(next) ? next : '');
    source.advance(1);
    if (name === '') return undefined;
    source.advance(name.length);
    return [{ kind: 'parameter', parameter: { name, operator: { kind: 'plain' } }, quoted }];
  }

  /** `$((…))`, or undefined when it turns out to be a command substitution that starts with a subshell. */
  #arithmeticExpansion(quoted: boolean): WordPart | undefined {
    const source = this.#source;
    const start = source.position;
    source.advance(3);
    const expression = this.arithmetic(')');
    if (source.peek() === '') throw new IncompleteError(')', "unexpected EOF while looking for matching `)'");
    if (source.peek(1) !== ')') {
      source.reset(start);
      return undefined;
    }
    source.advance(2);
    return { kind: 'arithmetic', expression, quoted };
  }

  #ansiQuoted(): string {
    const source = this.#source;
    let text = '';
    for (;;) {
      const character = source.peek();
      if (character === '') throw new IncompleteError("'", "unexpected EOF while looking for matching `''");
      source.advance(1);
      if (character === "'") return text;
      if (character !== '\\') {
        text += character;
        continue;
      }
      const escape =
        /^(?:x[0-9A-Fa-f]{1,2}|u[0-9A-Fa-f]{1,4}|[0-7]{1,3}|.)/s.exec(source.rest(0, 8))?.[0] ?? '';
      source.advance(escape.length);
      text += ansiEscape(escape);
    }
  }

  #braced(quoted: boolean): Parameter {
    const source = this.#source;
    const start = source.position;
    const parameter = this.#bracedBody(quoted);
    if (source.peek() === '}') {
      source.advance(1);
      return parameter;
    }
    if (source.peek() === '') throw new IncompleteError('}', "unexpected EOF while looking for matching `}'");
    throw this.#badSubstitution(start);
  }

  #badSubstitution(start: number): SyntaxProblem {
    const close = this.#source.indexOf('}', start);
    return new SyntaxProblem(
      `\${${this.#source.text(start, close < 0 ? this.#source.position + 1 : close + 1)}: bad substitution`,
      'expansion',
    );
  }

  #bracedBody(quoted: boolean): Parameter {
    const source = this.#source;
    const start = source.position;
    if (
      source.peek() === '#' &&
      source.peek(1) !== '}' &&
      /^#(?:[A-Za-z_][A-Za-z0-9_]*|\d+|[@*?$!#-])\}/.test(source.rest(0, 256))
    ) {
      source.advance(1);
      return { name: this.#bracedName(start), operator: { kind: 'length' } };
    }
    if (source.peek() === '!' && /^![A-Za-z_]/.test(source.rest(0, 2))) {
      source.advance(1);
      const name = this.#bracedName(start);
      if (source.peek() !== '[') return { name, operator: { kind: 'indirect' } };
      return { name, subscript: this.#subscript(start), operator: { kind: 'keys' } };
    }
    const isLength = source.peek() === '#' && /^#[A-Za-z_][A-Za-z0-9_]*\[/.test(source.rest(0, 256));
    if (isLength) source.advance(1);
    const name = this.#bracedName(start);
    if (source.peek() !== '[') return { name, operator: this.#bracedOperator(start, quoted) };
    if (this.#dialect === 'sh') throw this.#badSubstitution(start);
    const subscript = this.#subscript(start);
    return { name, subscript, operator: isLength ? { kind: 'length' } : this.#bracedOperator(start, quoted) };
  }

  /** What stands in brackets; the cursor stands before them. */
  #subscript(start: number): Word {
    this.#source.advance(1);
    const word = this.subscript();
    if (word === undefined) throw this.#badSubstitution(start);
    return word;
  }

  /** The text up to the bracket that closes, which is taken too; undefined when none does. */
  subscript(): Word | undefined {
    const source = this.#source;
    const from = source.position;
    let open = 0;
    const parts = this.#parts('brace', (character) => {
      if (character === '[') open++;
      return character === ']' ? --open < 0 : character === '\n';
    });
    if (source.peek() !== ']' || source.position === from) return undefined;
    const raw = source.slice(from);
    source.advance(1);
    return { parts, raw };
  }

  #bracedName(start: number): string {
    const source = this.#source;
    const name = /^(?:[A-Za-z_][A-Za-z0-9_]*|\d+|[@*#?$!-])/.exec(source.rest(0, 256))?.[0];
    if (name === undefined && source.peek() === '')
      throw new IncompleteError('}', "unexpected EOF while looking for matching `}'");
    if (name === undefined) throw this.#badSubstitution(start);
    source.advance(name.length);
    return name;
  }

  #bracedOperator(start: number, quoted: boolean): ParameterOperator {
    const source = this.#source;
    const operand = (stop: (character: string) => boolean = () => false): Word => {
      const from = source.position;
      const parts = this.#parts(
        quoted ? 'quoted-brace' : 'brace',
        (character) => character === '}' || stop(character),
      );
      return { parts: from === source.position ? [] : parts, raw: source.slice(from) };
    };
    const pattern = (stop: (character: string) => boolean = () => false): Word => {
      const from = source.position;
      const parts = this.#parts('brace', (character) => character === '}' || stop(character));
      return { parts, raw: source.slice(from) };
    };
    const first = source.peek();
    if (first === '}') return { kind: 'plain' };
    const colon = first === ':' && '-=?+'.includes(source.peek(1)) && source.peek(1) !== '';
    const sign = colon ? source.peek(1) : first;
    if ('-=?+'.includes(sign) && sign !== '') {
      source.advance(colon ? 2 : 1);
      const kind =
        sign === '-' ? 'default' : sign === '=' ? 'assign' : sign === '?' ? 'error' : 'alternative';
      return { kind, colon, word: operand() };
    }
    if (first === '#' || first === '%') {
      const longest = source.peek(1) === first;
      source.advance(longest ? 2 : 1);
      return { kind: first === '#' ? 'strip-prefix' : 'strip-suffix', longest, pattern: pattern() };
    }
    if (this.#dialect === 'sh' && first !== '/' && first !== ':') throw this.#badSubstitution(start);
    if (first === '/') return this.#replacement(pattern, operand);
    if (first === ':') {
      source.advance(1);
      const offset = operand((character) => character === ':');
      if (source.peek() !== ':') return { kind: 'substring', offset };
      source.advance(1);
      return { kind: 'substring', offset, length: operand() };
    }
    if (first === '@' && source.peek(1) === 'Q') {
      source.advance(2);
      return { kind: 'quote' };
    }
    if (first === '^' || first === ',') {
      const all = source.peek(1) === first;
      source.advance(all ? 2 : 1);
      return { kind: 'case', to: first === '^' ? 'upper' : 'lower', all };
    }
    throw this.#badSubstitution(start);
  }

  #replacement(
    pattern: (stop: (character: string) => boolean) => Word,
    operand: () => Word,
  ): ParameterOperator {
    const source = this.#source;
    const mark = source.peek(1);
    const where = mark === '/' ? 'all' : mark === '#' ? 'prefix' : mark === '%' ? 'suffix' : 'first';
    source.advance(where === 'first' ? 1 : 2);
    const what = pattern((character) => character === '/');
    if (source.peek() !== '/')
      return { kind: 'replace', where, pattern: what, replacement: { parts: [], raw: '' } };
    source.advance(1);
    return { kind: 'replace', where, pattern: what, replacement: operand() };
  }
}

const ANSI_ESCAPES: Readonly<Record<string, string>> = {
  a: '\x07',
  b: '\b',
  e: '\x1b',
  E: '\x1b',
  f: '\f',
  n: '\n',
  r: '\r',
  t: '\t',
  v: '\v',
};

/** One escape of `$'…'`, without its backslash. */
export function ansiEscape(escape: string): string {
  const first = escape.charAt(0);
  if ((first === 'x' || first === 'u') && escape.length > 1)
    return String.fromCodePoint(parseInt(escape.slice(1), 16));
  if (/^[0-7]/.test(escape)) return String.fromCharCode(parseInt(escape, 8) & 0xff);
  const known = ANSI_ESCAPES[first];
  if (known !== undefined) return known;
  return `'"\\?`.includes(first) ? first : `\\${escape}`;
}

/** A `~` or `~user` at the start of a word. */
function withTilde(parts: readonly WordPart[]): readonly WordPart[] {
  const [first, ...rest] = parts;
  if (first?.kind !== 'literal' || first.quoted) return parts;
  const tilde = /^~([A-Za-z0-9_.-]*)(?=\/|$)/.exec(first.text);
  if (tilde === null || (first.text.length === tilde[0].length && rest.length > 0)) return parts;
  const remainder = first.text.slice(tilde[0].length);
  return [
    { kind: 'tilde', user: tilde[1] ?? '' },
    ...(remainder === '' ? [] : [{ kind: 'literal' as const, text: remainder, quoted: false }]),
    ...rest,
  ];
}
