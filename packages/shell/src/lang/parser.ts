import type {
  AndOr,
  Assignment,
  CaseClause,
  Command,
  Compound,
  List,
  Pipeline,
  Redirect,
  Simple,
  Word,
  WordPart,
} from './ast.ts';
import { ConditionParser } from './condition-parser.ts';
import { DECLARATIONS, readArrayElements } from './declarations.ts';
import { IncompleteError, SyntaxProblem } from './errors.ts';
import { Source } from './source.ts';
import { TokenCursor } from './token-cursor.ts';
import { WordParser } from './word-parser.ts';

/** How deep commands may be nested. */
const MAX_DEPTH = 60;
/** How many aliases one command may be made of. */
const MAX_ALIASES = 100;
const NAME = /^[A-Za-z_][A-Za-z0-9_]*$/;

export interface ParserOptions {
  readonly dialect: 'bash' | 'sh';
  readonly aliases?: ReadonlyMap<string, string>;
  readonly firstLine?: number;
}

interface PendingHere {
  readonly delimiter: string;
  readonly literal: boolean;
  readonly stripTabs: boolean;
  readonly redirect: { target: Word };
}

/**
 * A recursive-descent parser of the POSIX shell grammar and the bash extensions that people type.
 * `next` reads one line's worth at a time, as shells do: what stands before a syntax error runs.
 *
 * @throws SyntaxProblem, IncompleteError
 */
export class Parser {
  readonly #source: Source;
  readonly #options: ParserOptions;
  readonly #words: WordParser;
  readonly #tokens: TokenCursor;
  #pendingHere: PendingHere[] = [];
  #depth = 0;
  #aliasCount = 0;
  /** Aliases being put in, with the offset from the text's end at which each is over. */
  #openAliases: { readonly name: string; readonly end: number }[] = [];

  constructor(text: string, options: ParserOptions) {
    this.#source = new Source(text, options.firstLine ?? 1);
    this.#options = options;
    this.#words = this.#wordParser();
    this.#tokens = new TokenCursor(this.#source, {
      dialect: options.dialect,
      peekWord: () => this.#words.word()?.raw,
      onNewline: () => {
        if (this.#pendingHere.length > 0) this.#readHereDocuments();
      },
    });
  }

  get line(): number {
    return this.#source.line;
  }

  /** Whether nothing but white space is left. */
  get atEnd(): boolean {
    return this.#source.rest(0, Number.MAX_SAFE_INTEGER).trim() === '';
  }

  /** The line at the cursor, for bash's second line of a syntax error. */
  currentLine(): string {
    const at = this.#source.position;
    return this.#source.lineAt(at > 0 && this.#source.text(at - 1, at) === '\n' ? at - 1 : at);
  }

  /** The next complete command line, or undefined at the end. */
  next(): List | undefined {
    this.#tokens.skipNewlines();
    if (this.#source.isAtEnd()) return undefined;
    this.#aliasCount = 0;
    const list = this.#list(() => this.#tokens.operator() === '\n' || this.#source.isAtEnd());
    if (this.#source.isAtEnd()) {
      if (this.#pendingHere.length > 0) this.#readHereDocuments();
      return list;
    }
    if (this.#tokens.operator() !== '\n') throw this.#tokens.unexpected();
    this.#tokens.newline();
    return list;
  }

  /** All of the text as one list. */
  whole(): List {
    const items: AndOr[] = [];
    for (let list = this.next(); list !== undefined; list = this.next()) items.push(...list.items);
    return { items };
  }

  #wordParser(): WordParser {
    return new WordParser(this.#source, {
      dialect: this.#options.dialect,
      parseSubstitution: () => this.#substitution(),
      parseNested: (text) => new Parser(text, this.#options).whole(),
    });
  }

  /** `$(…)`: the cursor stands behind the parenthesis. */
  #substitution(): List {
    const outer = this.#pendingHere;
    this.#pendingHere = [];
    const list = this.#compoundList([')'], "unexpected EOF while looking for matching `)'");
    this.#tokens.expectOperator(')');
    this.#pendingHere = outer;
    return list;
  }

  // Lists and pipelines

  /** Commands up to one of the closing tokens, which is left; at least one command. */
  #compoundList(closing: readonly string[], atEnd?: string): List {
    if (++this.#depth > MAX_DEPTH) throw new SyntaxProblem('syntax error: commands are nested too deeply');
    this.#tokens.skipNewlines();
    const closes = (): boolean => {
      const word = this.#tokens.reserved() ?? this.#tokens.operator();
      return word !== undefined && closing.includes(word);
    };
    const items: AndOr[] = [];
    while (!closes()) {
      if (this.#source.isAtEnd()) throw new IncompleteError(closing[0] ?? '', atEnd);
      items.push(
        ...this.#list(() => closes() || this.#tokens.operator() === '\n' || this.#source.isAtEnd()).items,
      );
      if (!closes() && !this.#source.isAtEnd() && this.#tokens.operator() !== '\n')
        throw this.#tokens.unexpected();
      this.#tokens.skipNewlines();
    }
    this.#depth--;
    if (items.length === 0 && closing[0] !== ')' && !closing.includes(';;')) throw this.#tokens.unexpected();
    return { items };
  }

  #list(ends: () => boolean): List {
    const items: AndOr[] = [];
    while (!ends()) {
      const start = this.#source.position;
      const andOr = this.#andOr();
      const source = this.#source.slice(start).trim();
      const operator = this.#tokens.operator();
      if (operator === '&') {
        this.#source.advance(1);
        items.push({ ...andOr, background: true, source });
      } else {
        items.push({ ...andOr, background: false, source });
        if (operator !== ';') break;
        this.#source.advance(1);
      }
    }
    return { items };
  }

  #andOr(): Pick<AndOr, 'first' | 'rest'> {
    const first = this.#pipeline();
    const rest: { operator: '&&' | '||'; pipeline: Pipeline }[] = [];
    for (
      let operator = this.#tokens.operator();
      operator === '&&' || operator === '||';
      operator = this.#tokens.operator()
    ) {
      this.#source.advance(2);
      this.#tokens.skipNewlines();
      rest.push({ operator, pipeline: this.#pipeline() });
    }
    return { first, rest };
  }

  #pipeline(): Pipeline {
    let negated = false;
    let timed: Pipeline['timed'];
    const start = this.#source.position;
    for (
      let word = this.#tokens.reserved();
      word === '!' || word === 'time';
      word = this.#tokens.reserved()
    ) {
      this.#source.advance(word.length);
      if (word === '!') negated = !negated;
      else {
        this.#tokens.skipBlanks();
        timed = /^-p(?=\s)/.test(this.#source.rest(0, 3)) ? 'posix' : 'bash';
        if (timed === 'posix') this.#source.advance(2);
      }
    }
    const commands = [this.#command()];
    for (
      let operator = this.#tokens.operator();
      operator === '|' || operator === '|&';
      operator = this.#tokens.operator()
    ) {
      this.#source.advance(operator.length);
      if (operator === '|&') withErrorsToo(commands);
      this.#tokens.skipNewlines();
      commands.push(this.#command());
    }
    return { negated, timed, commands, source: this.#source.slice(start).trim() };
  }

  // Commands

  #command(): Command {
    if (++this.#depth > MAX_DEPTH) throw new SyntaxProblem('syntax error: commands are nested too deeply');
    const line = this.#source.line;
    const compound = this.#compound();
    const command =
      compound === undefined
        ? this.#simpleOrFunction(line)
        : ({ kind: 'compound', body: compound, redirects: this.#redirects(), line } as const);
    this.#depth--;
    return command;
  }

  #compound(): Compound | undefined {
    if (this.#tokens.operator() === '(') return this.#parenthesis();
    switch (this.#tokens.reserved()) {
      case '{':
        return this.#group();
      case 'if':
        return this.#if();
      case 'for':
        return this.#for();
      case 'while':
      case 'until':
        return this.#loop();
      case 'case':
        return this.#case();
      case '[[':
        this.#source.advance(2);
        return { kind: 'test', expression: new ConditionParser(this.#source, this.#words).parse() };
      case 'function':
      case 'time':
      case '!':
      case undefined:
        return undefined;
      case 'in':
        return undefined;
      default:
        throw this.#tokens.unexpected();
    }
  }

  #parenthesis(): Compound {
    const source = this.#source;
    if (source.peek(1) === '(') {
      const start = source.position;
      source.advance(2);
      const expression = this.#words.arithmetic(')');
      if (source.peek() === ')' && source.peek(1) === ')') {
        source.advance(2);
        return { kind: 'arithmetic', expression };
      }
      source.reset(start);
    }
    source.advance(1);
    const body = this.#compoundList([')']);
    if (body.items.length === 0) throw this.#tokens.unexpected();
    this.#tokens.expectOperator(')');
    return { kind: 'subshell', body };
  }

  #group(): Compound {
    this.#source.advance(1);
    const body = this.#compoundList(['}']);
    this.#tokens.expectReserved('}');
    return { kind: 'group', body };
  }

  #if(): Compound {
    this.#source.advance(2);
    const branches: { condition: List; body: List }[] = [];
    for (;;) {
      const condition = this.#compoundList(['then']);
      this.#tokens.expectReserved('then');
      branches.push({ condition, body: this.#compoundList(['elif', 'else', 'fi']) });
      if (this.#tokens.takeReserved('elif')) continue;
      if (this.#tokens.takeReserved('fi')) return { kind: 'if', branches };
      this.#tokens.expectReserved('else');
      const otherwise = this.#compoundList(['fi']);
      this.#tokens.expectReserved('fi');
      return { kind: 'if', branches, otherwise };
    }
  }

  #for(kind: 'for' | 'select' = 'for'): Compound {
    this.#source.advance(kind.length);
    this.#tokens.skipBlanks();
    if (kind === 'for' && this.#source.startsWith('((')) return this.#arithmeticFor();
    const word = this.#words.word();
    if (word === undefined) throw this.#tokens.unexpected();
    if (!NAME.test(word.raw)) throw new SyntaxProblem(`\`${word.raw}': not a valid identifier`);
    let words: Word[] | undefined;
    this.#tokens.skipNewlines();
    if (this.#tokens.takeReserved('in')) {
      words = [];
      for (;;) {
        this.#tokens.skipBlanks();
        const next = this.#words.word();
        if (next === undefined) break;
        words.push(next);
      }
      if (!this.#tokens.take(';') && this.#tokens.operator() !== '\n') throw this.#tokens.unexpected();
    } else this.#tokens.take(';');
    const body = this.#doGroup();
    return { kind, name: word.raw, body, ...(words === undefined ? {} : { words }) };
  }

  #arithmeticFor(): Compound {
    this.#source.advance(2);
    const sections: (readonly WordPart[])[] = [];
    for (const end of [';', ';', ')'] as const) {
      sections.push(this.#words.arithmetic(end));
      if (this.#source.peek() !== end) throw this.#tokens.unexpected();
      this.#source.advance(1);
    }
    if (this.#source.peek() !== ')') throw this.#tokens.unexpected();
    this.#source.advance(1);
    this.#tokens.take(';');
    const [init = [], condition = [], step = []] = sections;
    return { kind: 'arithmetic-for', init, condition, step, body: this.#doGroup() };
  }

  #doGroup(): List {
    this.#tokens.skipNewlines();
    if (this.#tokens.takeReserved('{')) {
      const body = this.#compoundList(['}']);
      this.#tokens.expectReserved('}');
      return body;
    }
    this.#tokens.expectReserved('do');
    const body = this.#compoundList(['done']);
    this.#tokens.expectReserved('done');
    return body;
  }

  #loop(): Compound {
    const until = this.#tokens.reserved() === 'until';
    this.#source.advance(5);
    const condition = this.#compoundList(['do']);
    return { kind: 'while', until, condition, body: this.#doGroup() };
  }

  #case(): Compound {
    this.#source.advance(4);
    this.#tokens.skipBlanks();
    const subject = this.#words.word();
    if (subject === undefined) throw this.#tokens.unexpected();
    this.#tokens.skipNewlines();
    this.#tokens.expectReserved('in');
    this.#tokens.skipNewlines();
    const clauses: CaseClause[] = [];
    while (!this.#tokens.takeReserved('esac')) {
      clauses.push(this.#clause());
      this.#tokens.skipNewlines();
    }
    return { kind: 'case', subject, clauses };
  }

  #clause(): CaseClause {
    this.#tokens.take('(');
    const patterns: Word[] = [];
    do {
      this.#tokens.skipBlanks();
      const pattern = this.#words.word();
      if (pattern === undefined) throw this.#tokens.unexpected();
      patterns.push(pattern);
    } while (this.#tokens.take('|'));
    this.#tokens.expectOperator(')');
    const body = this.#compoundList([';;', ';&', ';;&', 'esac']);
    const operator = this.#tokens.operator();
    if (operator === ';;' || operator === ';&' || operator === ';;&') {
      this.#source.advance(operator.length);
      return { patterns, body, end: operator };
    }
    return { patterns, body, end: ';;' };
  }

  // Simple commands

  #simpleOrFunction(line: number): Command {
    if (this.#tokens.takeReserved('function')) return this.#functionAfterKeyword(line);
    const keyword =
      this.#options.dialect === 'bash'
        ? /^(?:select|coproc)(?=\s)/.exec(this.#source.rest(0, 7))?.[0]
        : undefined;
    if (keyword === 'coproc')
      throw new SyntaxProblem(`${keyword} is not supported by this shell`, 'expansion');
    if (keyword === 'select') {
      const body = this.#for('select');
      return { kind: 'compound', body, redirects: this.#redirects(), line };
    }
    const assignments: Assignment[] = [];
    const declared: Assignment[] = [];
    const words: Word[] = [];
    const redirects: Redirect[] = [];
    for (;;) {
      const redirect = this.#redirect();
      if (redirect !== undefined) {
        redirects.push(redirect);
        continue;
      }
      if (words.length === 0) {
        const assignment = this.#assignment();
        if (assignment !== undefined) {
          assignments.push(assignment);
          continue;
        }
        if (assignments.length === 0 && redirects.length === 0 && this.#putAlias()) {
          const compound = this.#compound();
          if (compound !== undefined)
            return { kind: 'compound', body: compound, redirects: this.#redirects(), line };
          continue;
        }
      }
      if (words.length > 0 && DECLARATIONS.has(words[0]?.raw ?? '')) {
        const start = this.#source.position;
        const array = this.#assignment();
        if (array?.elements !== undefined) {
          declared.push(array);
          continue;
        }
        this.#source.reset(start);
      }
      this.#tokens.skipBlanks();
      const word = this.#words.word();
      if (word === undefined) break;
      words.push(word);
      if (words.length === 1 && assignments.length === 0 && redirects.length === 0 && this.#isFunction(word))
        return this.#functionBody(word.raw, line);
    }
    if (words.length === 0 && assignments.length === 0 && redirects.length === 0)
      throw this.#tokens.unexpected();
    return { kind: 'simple', assignments, declared, words, redirects, line } satisfies Simple;
  }

  #isFunction(word: Word): boolean {
    if (this.#tokens.operator() !== '(') return false;
    const start = this.#source.position;
    this.#source.advance(1);
    if (this.#tokens.operator() === ')' && /^[^\s$`'"\\=]+$/.test(word.raw)) {
      this.#source.advance(1);
      return true;
    }
    this.#source.reset(start);
    return false;
  }

  #functionAfterKeyword(line: number): Command {
    this.#tokens.skipBlanks();
    const name = this.#words.word();
    if (name === undefined) throw this.#tokens.unexpected();
    if (this.#tokens.take('(')) this.#tokens.expectOperator(')');
    return this.#functionBody(name.raw, line);
  }

  #functionBody(name: string, line: number): Command {
    this.#tokens.skipNewlines();
    const bodyLine = this.#source.line;
    const compound = this.#compound();
    if (compound === undefined) throw this.#tokens.unexpected();
    return {
      kind: 'function',
      name,
      body: { kind: 'compound', body: compound, redirects: this.#redirects(), line: bodyLine },
      line,
    };
  }

  #assignment(): Assignment | undefined {
    this.#tokens.skipBlanks();
    const arrays = this.#options.dialect === 'bash';
    const start = this.#source.position;
    const name = /^[A-Za-z_][A-Za-z0-9_]*(?=\+?=|\[)/.exec(this.#source.rest(0, 300))?.[0];
    if (name === undefined) return undefined;
    this.#source.advance(name.length);
    let subscript: Word | undefined;
    if (this.#source.peek() === '[') {
      this.#source.advance(1);
      subscript = arrays ? this.#words.subscript() : undefined;
      if (subscript === undefined) {
        this.#source.reset(start);
        return undefined;
      }
    }
    const operator = /^\+?=/.exec(this.#source.rest(0, 2))?.[0];
    if (operator === undefined) {
      this.#source.reset(start);
      return undefined;
    }
    this.#source.advance(operator.length);
    const append = operator === '+=';
    const nothing: Word = { parts: [], raw: '' };
    if (arrays && subscript === undefined && this.#source.peek() === '(')
      return {
        name,
        append,
        value: nothing,
        elements: readArrayElements(this.#source, this.#tokens, this.#words),
      };
    const value = this.#words.word() ?? nothing;
    return { name, append, value, ...(subscript === undefined ? {} : { subscript }) };
  }

  /** Puts an alias' text in the place of the word at the cursor. */
  #putAlias(): boolean {
    const { aliases } = this.#options;
    if (aliases === undefined || aliases.size === 0) return false;
    this.#tokens.skipBlanks();
    const start = this.#source.position;
    const word = this.#words.word();
    const text = word === undefined ? undefined : aliases.get(word.raw);
    const left = this.#remaining();
    this.#openAliases = this.#openAliases.filter((open) => open.end < left);
    if (
      word === undefined ||
      text === undefined ||
      this.#openAliases.some((open) => open.name === word.raw) ||
      this.#aliasCount >= MAX_ALIASES
    ) {
      this.#source.reset(start);
      return false;
    }
    this.#aliasCount++;
    this.#openAliases.push({ name: word.raw, end: left });
    this.#source.replace(start, text);
    return true;
  }

  #remaining(): number {
    return this.#source.rest(0, Number.MAX_SAFE_INTEGER).length;
  }

  // Redirections

  #redirects(): Redirect[] {
    const redirects: Redirect[] = [];
    for (let redirect = this.#redirect(); redirect !== undefined; redirect = this.#redirect())
      redirects.push(redirect);
    return redirects;
  }

  #redirect(): Redirect | undefined {
    this.#tokens.skipBlanks();
    const number = /^(\d{1,4})(?=[<>])/.exec(this.#source.rest(0, 5))?.[1];
    const start = this.#source.position;
    if (number !== undefined) this.#source.advance(number.length);
    const operator = this.#tokens.operator();
    const descriptor = number === undefined ? {} : { descriptor: Number(number) };
    switch (operator) {
      case '<<':
      case '<<-':
        return this.#hereDocument(operator, descriptor);
      case '<':
      case '>':
      case '>>':
      case '>|':
      case '<>':
      case '<&':
      case '>&':
      case '&>':
      case '&>>':
      case '<<<':
        if (this.#startsProcessSubstitution(operator)) {
          this.#source.reset(start);
          return undefined;
        }
        this.#source.advance(operator.length);
        return { ...descriptor, operator, target: this.#redirectTarget() };
      default:
        this.#source.reset(start);
        return undefined;
    }
  }

  /** `<(…)` and `>(…)` are words, in bash. */
  #startsProcessSubstitution(operator: string): boolean {
    return (
      (operator === '<' || operator === '>') &&
      this.#options.dialect === 'bash' &&
      this.#source.peek(1) === '('
    );
  }

  #redirectTarget(): Word {
    this.#tokens.skipBlanks();
    if (this.#source.isAtEnd()) throw new SyntaxProblem("syntax error near unexpected token `newline'");
    const target = this.#words.word();
    if (target === undefined) throw this.#tokens.unexpected();
    return target;
  }

  #hereDocument(operator: '<<' | '<<-', descriptor: { readonly descriptor?: number }): Redirect {
    this.#source.advance(operator.length);
    const word = this.#redirectTarget();
    const literal = /['"\\]/.test(word.raw);
    const delimiter = literal
      ? word.parts.map((part) => (part.kind === 'literal' ? part.text : '')).join('')
      : word.raw;
    const redirect = { ...descriptor, operator: 'here' as const, target: { parts: [], raw: '' } as Word };
    this.#pendingHere.push({ delimiter, literal, stripTabs: operator === '<<-', redirect });
    return redirect;
  }

  #readHereDocuments(): void {
    for (const pending of this.#pendingHere.splice(0)) {
      let body = '';
      for (;;) {
        if (this.#source.isAtEnd())
          throw new IncompleteError(
            pending.delimiter,
            `here-document delimited by end-of-file (wanted \`${pending.delimiter}')`,
          );
        const end = this.#source.indexOf('\n');
        const raw = this.#source.rest(0, end < 0 ? Number.MAX_SAFE_INTEGER : end - this.#source.position);
        this.#source.advance(raw.length + 1);
        const line = pending.stripTabs ? raw.replace(/^\t+/, '') : raw;
        if (line === pending.delimiter) break;
        body += `${line}\n`;
      }
      pending.redirect.target = pending.literal
        ? { parts: [{ kind: 'literal', text: body, quoted: true }], raw: body }
        : new Parser(body, this.#options).#words.hereText();
    }
  }
}

/** `a |& b` is `a 2>&1 | b`. */
function withErrorsToo(commands: Command[]): void {
  const last = commands.at(-1);
  if (last === undefined || last.kind === 'function') return;
  const both: Redirect = {
    descriptor: 2,
    operator: '>&',
    target: { parts: [{ kind: 'literal', text: '1', quoted: false }], raw: '1' },
  };
  commands[commands.length - 1] = { ...last, redirects: [...last.redirects, both] };
}
