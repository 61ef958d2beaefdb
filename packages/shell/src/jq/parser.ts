import { KEYWORDS, Lexer } from './lexer.ts';
import type { Token } from './lexer.ts';
import { CompileProblem } from './syntax.ts';
import type { Definition, Pattern, Term } from './syntax.ts';

/** How deep programs may be nested. */
const MAX_DEPTH = 100;
/** Binary operators by strength, weakest first; comma and pipe are apart. */
const STRENGTH: Readonly<Record<string, number>> = {
  '//': 2,
  '?//': 2,
  '=': 3,
  '|=': 3,
  '+=': 3,
  '-=': 3,
  '*=': 3,
  '/=': 3,
  '%=': 3,
  '//=': 3,
  or: 4,
  and: 5,
  '==': 6,
  '!=': 6,
  '<': 6,
  '<=': 6,
  '>': 6,
  '>=': 6,
  '+': 7,
  '-': 7,
  '*': 8,
  '/': 8,
  '%': 8,
};
const NON_ASSOCIATIVE = new Set([3, 6]);

/** Parses a jq program. @throws CompileProblem */
export function parseProgram(text: string): Term {
  return new Parser(text).program();
}

/** Parses definitions alone, for the functions that are written in jq itself. */
export function parseDefinitions(text: string): readonly Definition[] {
  return new Parser(text).definitions();
}

class Parser {
  readonly #text: string;
  #tokens: readonly Token[];
  #at = 0;
  #depth = 0;

  constructor(text: string) {
    this.#text = text;
    this.#tokens = [];
    this.#tokens = new Lexer(text, (tokens) => this.#sub(tokens)).tokens();
  }

  program(): Term {
    if (this.#peek().kind === 'end') return { kind: 'identity' };
    const definitions = this.#definitionList();
    const body: Term = this.#peek().kind === 'end' ? { kind: 'identity' } : this.#pipe();
    if (this.#peek().kind !== 'end') throw this.#unexpected();
    return definitions.reduceRight<Term>(
      (inner, definition) => ({ kind: 'define', definition, body: inner }),
      body,
    );
  }

  definitions(): readonly Definition[] {
    const list = this.#definitionList();
    if (this.#peek().kind !== 'end') throw this.#unexpected();
    return list;
  }

  #definitionList(): Definition[] {
    const list: Definition[] = [];
    while (this.#isName('def')) list.push(this.#definition());
    return list;
  }

  // Tokens

  #sub(tokens: readonly Token[]): Term {
    const [saved, at] = [this.#tokens, this.#at];
    this.#tokens = tokens;
    this.#at = 0;
    const term = this.#pipe();
    if (this.#peek().kind !== 'end') throw this.#unexpected();
    this.#tokens = saved;
    this.#at = at;
    return term;
  }

  #unexpected(): CompileProblem {
    const token = this.#peek();
    const what =
      token.kind === 'end'
        ? 'end of file'
        : token.kind === 'string'
          ? 'QQSTRING_START'
          : token.kind === 'field'
            ? 'FIELD'
            : token.kind === 'number'
              ? 'LITERAL'
              : token.kind === 'name' && !KEYWORDS.has(token.text)
                ? 'IDENT'
                : token.kind === 'variable'
                  ? "'$'"
                  : token.kind === 'format'
                    ? 'FORMAT'
                    : token.text.length === 1
                      ? `'${token.text}'`
                      : token.text;
    return new CompileProblem(
      `syntax error, unexpected ${what} (Unix shell quoting issues?) at <top-level>, line ${token.line}:\n${this.#text}`,
    );
  }

  #peek(ahead = 0): Token {
    return this.#tokens[this.#at + ahead] ?? { kind: 'end', text: '', line: 1 };
  }

  #is(operator: string): boolean {
    const token = this.#peek();
    return token.kind === 'operator' && token.text === operator;
  }

  #isName(name: string): boolean {
    const token = this.#peek();
    return token.kind === 'name' && token.text === name;
  }

  #take(operator: string): boolean {
    if (!this.#is(operator)) return false;
    this.#at++;
    return true;
  }

  #expect(operator: string): void {
    if (!this.#take(operator)) throw this.#unexpected();
  }

  #expectName(name: string): void {
    if (!this.#isName(name)) throw this.#unexpected();
    this.#at++;
  }

  // Grammar

  #definition(): Definition {
    this.#at++;
    const name = this.#peek();
    if (name.kind !== 'name') throw this.#unexpected();
    this.#at++;
    const parameters: string[] = [];
    if (this.#take('(')) {
      do {
        const token = this.#peek();
        if (token.kind !== 'name' && token.kind !== 'variable') throw this.#unexpected();
        this.#at++;
        parameters.push(token.text);
      } while (this.#take(';'));
      this.#expect(')');
    }
    this.#expect(':');
    const body = this.#pipe();
    this.#expect(';');
    return { name: name.text, parameters, body };
  }

  #pipe(): Term {
    if (++this.#depth > MAX_DEPTH) throw new CompileProblem('syntax error: too deeply nested');
    const term = this.#pipeBody();
    this.#depth--;
    return term;
  }

  #pipeBody(): Term {
    if (this.#isName('def')) {
      const definition = this.#definition();
      return { kind: 'define', definition, body: this.#pipe() };
    }
    if (this.#isName('label')) {
      this.#at++;
      const name = this.#variableName();
      this.#expect('|');
      return { kind: 'label', name, body: this.#pipe() };
    }
    const left = this.#comma();
    return this.#take('|') ? { kind: 'pipe', left, right: this.#pipe() } : left;
  }

  #comma(): Term {
    let left = this.#binary(2);
    while (this.#take(',')) left = { kind: 'comma', left, right: this.#binary(2) };
    return left;
  }

  #binary(minimum: number): Term {
    let left = this.#postfix();
    for (;;) {
      const token = this.#peek();
      const operator = token.kind === 'operator' || token.kind === 'name' ? token.text : '';
      const strength = Object.hasOwn(STRENGTH, operator) ? STRENGTH[operator] : undefined;
      if (strength === undefined || strength < minimum) return left;
      this.#at++;
      // `//` binds to the right, the others to the left.
      const right = this.#binary(strength === 2 ? 2 : strength + 1);
      left = combine(operator, strength, left, right);
      const next = this.#peek().text;
      if (
        NON_ASSOCIATIVE.has(strength) &&
        Object.hasOwn(STRENGTH, next) &&
        STRENGTH[next] === strength &&
        this.#peek().kind === 'operator'
      )
        throw this.#unexpected();
    }
  }

  #postfix(): Term {
    if (this.#take('-')) return { kind: 'negate', inner: this.#postfix() };
    let term = this.#primary();
    for (;;) {
      const token = this.#peek();
      if (token.kind === 'field') {
        this.#at++;
        term = { kind: 'index', target: term, key: { kind: 'literal', value: token.text } };
      } else if (
        this.#is('.') &&
        (this.#peek(1).kind === 'string' || (this.#peek(1).kind === 'operator' && this.#peek(1).text === '['))
      )
        this.#at++;
      else if (token.kind === 'string' && this.#peek(-1).text === '.') {
        this.#at++;
        term = {
          kind: 'index',
          target: term,
          key: { kind: 'string', parts: token.parts ?? [], format: undefined },
        };
      } else if (this.#is('[')) term = this.#bracket(term);
      else if (this.#take('?')) term = { kind: 'try', body: term, handler: undefined };
      else if (this.#isName('as') && this.#peek(-1).kind !== 'end') return this.#maybeBind(term);
      else return term;
    }
  }

  /** `term as $x | body` binds tighter than the operators before it. */
  #maybeBind(source: Term): Term {
    this.#at++;
    const patterns = [this.#pattern()];
    while (this.#take('?//')) patterns.push(this.#pattern());
    this.#expect('|');
    return { kind: 'bind', source, patterns, body: this.#pipe() };
  }

  #bracket(target: Term): Term {
    this.#expect('[');
    if (this.#take(']')) return { kind: 'iterate', target };
    if (this.#take(':')) {
      const to = this.#pipe();
      this.#expect(']');
      return { kind: 'slice', target, from: undefined, to };
    }
    const key = this.#pipe();
    if (this.#take(':')) {
      const to = this.#is(']') ? undefined : this.#pipe();
      this.#expect(']');
      return { kind: 'slice', target, from: key, to };
    }
    this.#expect(']');
    return { kind: 'index', target, key };
  }

  #primary(): Term {
    const token = this.#peek();
    this.#at++;
    switch (token.kind) {
      case 'number':
        return { kind: 'literal', value: Number(token.text) };
      case 'string':
        return { kind: 'string', parts: token.parts ?? [], format: undefined };
      case 'format': {
        const next = this.#peek();
        if (next.kind !== 'string') return { kind: 'format', name: token.text };
        this.#at++;
        return { kind: 'string', parts: next.parts ?? [], format: token.text };
      }
      case 'field':
        return { kind: 'index', target: { kind: 'identity' }, key: { kind: 'literal', value: token.text } };
      case 'variable':
        if (token.text === '$__loc__')
          return {
            kind: 'literal',
            value: new Map<string, string | number>([
              ['file', '<top-level>'],
              ['line', token.line],
            ]),
          };
        return { kind: 'variable', name: token.text.slice(1) };
      case 'name':
        return this.#named(token.text);
      case 'operator':
        return this.#operatorTerm(token.text);
      case 'end':
        this.#at--;
        throw this.#unexpected();
    }
  }

  #operatorTerm(operator: string): Term {
    switch (operator) {
      case '.': {
        const next = this.#peek();
        if (next.kind !== 'string') return { kind: 'identity' };
        this.#at++;
        return {
          kind: 'index',
          target: { kind: 'identity' },
          key: { kind: 'string', parts: next.parts ?? [], format: undefined },
        };
      }
      case '..':
        return { kind: 'recurse-all' };
      case '(': {
        const inner = this.#pipe();
        this.#expect(')');
        return inner;
      }
      case '[': {
        if (this.#take(']')) return { kind: 'array', inner: undefined };
        const inner = this.#pipe();
        this.#expect(']');
        return { kind: 'array', inner };
      }
      case '{':
        return this.#object();
      default:
        this.#at--;
        throw this.#unexpected();
    }
  }

  #variableName(): string {
    const token = this.#peek();
    if (token.kind !== 'variable') throw this.#unexpected();
    this.#at++;
    return token.text.slice(1);
  }

  #named(name: string): Term {
    switch (name) {
      case 'if':
        return this.#if();
      case 'try': {
        const body = this.#postfix();
        if (!this.#isName('catch')) return { kind: 'try', body, handler: undefined };
        this.#at++;
        return { kind: 'try', body, handler: this.#postfix() };
      }
      case 'reduce':
      case 'foreach':
        return this.#fold(name);
      case 'break':
        return { kind: 'break', name: this.#variableName() };
      case 'def': {
        this.#at--;
        const definition = this.#definition();
        return { kind: 'define', definition, body: this.#pipe() };
      }
      case 'import':
      case 'include':
        throw new CompileProblem('modules are not supported here');
      default:
        if (!KEYWORDS.has(name)) return this.#call(name);
        this.#at--;
        throw this.#unexpected();
    }
  }

  #call(name: string): Term {
    if (name === 'null' || name === 'true' || name === 'false')
      return { kind: 'literal', value: name === 'null' ? null : name === 'true' };
    const args: Term[] = [];
    if (this.#take('(')) {
      do args.push(this.#pipe());
      while (this.#take(';'));
      this.#expect(')');
    }
    return { kind: 'call', name, args };
  }

  #if(): Term {
    const condition = this.#pipe();
    this.#expectName('then');
    const then = this.#pipe();
    if (this.#isName('elif')) {
      this.#at++;
      return { kind: 'if', condition, then, otherwise: this.#if() };
    }
    if (this.#isName('end')) {
      this.#at++;
      return { kind: 'if', condition, then, otherwise: undefined };
    }
    this.#expectName('else');
    const otherwise = this.#pipe();
    this.#expectName('end');
    return { kind: 'if', condition, then, otherwise };
  }

  #fold(kind: 'reduce' | 'foreach'): Term {
    const source = this.#foldSource();
    this.#expectName('as');
    const pattern = this.#pattern();
    this.#expect('(');
    const init = this.#pipe();
    this.#expect(';');
    const update = this.#pipe();
    let extract: Term | undefined;
    if (kind === 'foreach' && this.#take(';')) extract = this.#pipe();
    this.#expect(')');
    return kind === 'reduce'
      ? { kind, source, pattern, init, update }
      : { kind, source, pattern, init, update, extract };
  }

  /** A postfix term whose `as` belongs to the fold. */
  #foldSource(): Term {
    const start = this.#at;
    let end = start;
    let open = 0;
    for (; this.#tokens[end] !== undefined; end++) {
      const token = this.#tokens[end];
      if (token === undefined || token.kind === 'end') break;
      if (token.kind === 'operator' && '([{'.includes(token.text)) open++;
      if (token.kind === 'operator' && ')]}'.includes(token.text)) open--;
      if (token.kind === 'name' && token.text === 'as' && open === 0) break;
    }
    const saved = this.#tokens;
    this.#tokens = [...saved.slice(start, end), { kind: 'end', text: '', line: this.#peek().line }];
    this.#at = 0;
    const source = this.#postfix();
    if (this.#peek().kind !== 'end') throw this.#unexpected();
    this.#tokens = saved;
    this.#at = end;
    return source;
  }

  #object(): Term {
    const entries: { key: Term; value: Term }[] = [];
    while (!this.#take('}')) {
      entries.push(this.#entry());
      if (!this.#is('}')) this.#expect(',');
    }
    return { kind: 'object', entries };
  }

  #entry(): { readonly key: Term; readonly value: Term } {
    const token = this.#peek();
    this.#at++;
    const literal = (text: string): Term => ({ kind: 'literal', value: text });
    if (token.kind === 'variable') {
      const name = token.text.slice(1);
      return {
        key: literal(name),
        value:
          token.text === '$__loc__'
            ? {
                kind: 'literal',
                value: new Map<string, string | number>([
                  ['file', '<top-level>'],
                  ['line', token.line],
                ]),
              }
            : { kind: 'variable', name },
      };
    }
    let key: Term;
    if (token.kind === 'name' || token.kind === 'number') key = literal(token.text);
    else if (token.kind === 'string') key = { kind: 'string', parts: token.parts ?? [], format: undefined };
    else if (token.kind === 'format') {
      const next = this.#peek();
      if (next.kind === 'string') this.#at++;
      key =
        next.kind === 'string'
          ? { kind: 'string', parts: next.parts ?? [], format: token.text }
          : { kind: 'format', name: token.text };
    } else if (token.kind === 'operator' && token.text === '(') {
      key = this.#pipe();
      this.#expect(')');
      this.#expect(':');
      return { key, value: this.#objectValue() };
    } else {
      this.#at--;
      throw this.#unexpected();
    }
    if (!this.#take(':')) return { key, value: { kind: 'index', target: { kind: 'identity' }, key } };
    return { key, value: this.#objectValue() };
  }

  /** Values may hold pipes of terms, but a comma ends them. */
  #objectValue(): Term {
    const left = this.#binary(2);
    return this.#take('|') ? { kind: 'pipe', left, right: this.#objectValue() } : left;
  }

  #pattern(): Pattern {
    const token = this.#peek();
    if (token.kind === 'variable') return { kind: 'variable', name: this.#variableName() };
    if (this.#take('[')) {
      const items: Pattern[] = [];
      do items.push(this.#pattern());
      while (this.#take(','));
      this.#expect(']');
      return { kind: 'array', items };
    }
    this.#expect('{');
    const fields: { key: Term; variable: string | undefined; pattern: Pattern | undefined }[] = [];
    do fields.push(this.#patternField());
    while (this.#take(','));
    this.#expect('}');
    return { kind: 'object', fields };
  }

  #patternField(): {
    readonly key: Term;
    readonly variable: string | undefined;
    readonly pattern: Pattern | undefined;
  } {
    const token = this.#peek();
    this.#at++;
    if (token.kind === 'variable') {
      const name = token.text.slice(1);
      return {
        key: { kind: 'literal', value: name },
        variable: name,
        pattern: this.#take(':') ? this.#pattern() : undefined,
      };
    }
    let key: Term;
    if (token.kind === 'name') key = { kind: 'literal', value: token.text };
    else if (token.kind === 'string') key = { kind: 'string', parts: token.parts ?? [], format: undefined };
    else if (token.kind === 'operator' && token.text === '(') {
      key = this.#pipe();
      this.#expect(')');
    } else {
      this.#at--;
      throw this.#unexpected();
    }
    this.#expect(':');
    return { key, variable: undefined, pattern: this.#pattern() };
  }
}

function combine(operator: string, strength: number, left: Term, right: Term): Term {
  if (operator === '?//')
    return { kind: 'alternative', left: { kind: 'try', body: left, handler: undefined }, right };
  if (operator === '//') return { kind: 'alternative', left, right };
  if (operator === 'and' || operator === 'or') return { kind: operator, left, right };
  return strength === 3
    ? { kind: 'update', operator, left, right }
    : { kind: 'binary', operator, left, right };
}
