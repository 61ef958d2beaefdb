import type { Condition, Word } from './ast.ts';
import { IncompleteError, SyntaxProblem } from './errors.ts';
import type { Source } from './source.ts';
import type { WordParser } from './word-parser.ts';

const UNARY = new Set([
  '-a',
  '-b',
  '-c',
  '-d',
  '-e',
  '-f',
  '-g',
  '-h',
  '-k',
  '-L',
  '-n',
  '-p',
  '-r',
  '-s',
  '-S',
  '-t',
  '-u',
  '-v',
  '-w',
  '-x',
  '-z',
]);
const BINARY = new Set([
  '=',
  '==',
  '!=',
  '=~',
  '-eq',
  '-ne',
  '-lt',
  '-le',
  '-gt',
  '-ge',
  '-nt',
  '-ot',
  '-ef',
]);
const MAX_DEPTH = 60;

/** The inside of `[[ … ]]`; the cursor stands behind `[[`. */
export class ConditionParser {
  readonly #source: Source;
  readonly #words: WordParser;
  #depth = 0;

  constructor(source: Source, words: WordParser) {
    this.#source = source;
    this.#words = words;
  }

  parse(): Condition {
    const condition = this.#or();
    this.#skip();
    if (this.#source.isAtEnd()) throw new IncompleteError(']]');
    if (!this.#source.startsWith(']]')) throw this.#unexpected();
    this.#source.advance(2);
    return condition;
  }

  #skip(): void {
    for (;;) {
      const character = this.#source.peek();
      if (character === ' ' || character === '\t' || character === '\n') this.#source.advance(1);
      else if (character === '\\' && this.#source.peek(1) === '\n') this.#source.advance(2);
      else return;
    }
  }

  #unexpected(): SyntaxProblem {
    const token = this.#words.word()?.raw ?? this.#source.peek();
    return new SyntaxProblem(`syntax error in conditional expression: unexpected token \`${token}'`);
  }

  #or(): Condition {
    let left = this.#and();
    while (this.#takeOperator('||')) left = { kind: 'or', left, right: this.#and() };
    return left;
  }

  #and(): Condition {
    let left = this.#not();
    while (this.#takeOperator('&&')) left = { kind: 'and', left, right: this.#not() };
    return left;
  }

  #takeOperator(operator: string): boolean {
    this.#skip();
    if (!this.#source.startsWith(operator)) return false;
    this.#source.advance(operator.length);
    return true;
  }

  #not(): Condition {
    if (++this.#depth > MAX_DEPTH) throw new SyntaxProblem('syntax error: conditions are nested too deeply');
    const condition = this.#primary();
    this.#depth--;
    return condition;
  }

  #primary(): Condition {
    this.#skip();
    if (this.#source.startsWith('!') && /\s/.test(this.#source.peek(1))) {
      this.#source.advance(1);
      return { kind: 'not', inner: this.#not() };
    }
    if (this.#source.peek() === '(') {
      this.#source.advance(1);
      const inner = this.#or();
      if (!this.#takeOperator(')')) throw this.#unexpected();
      return inner;
    }
    const first = this.#word();
    if (UNARY.has(first.raw)) {
      const mark = this.#source.position;
      this.#skip();
      if (
        !this.#source.startsWith(']]') &&
        !this.#source.startsWith('&&') &&
        !this.#source.startsWith('||') &&
        !this.#source.startsWith(')')
      ) {
        return { kind: 'unary', operator: first.raw, operand: this.#word() };
      }
      this.#source.reset(mark);
    }
    return this.#binary(first);
  }

  #binary(left: Word): Condition {
    this.#skip();
    const comparison = /^[<>]/.exec(this.#source.peek())?.[0];
    if (comparison !== undefined) {
      this.#source.advance(1);
      return { kind: 'binary', operator: comparison, left, right: this.#word() };
    }
    if (
      this.#source.startsWith(']]') ||
      this.#source.startsWith('&&') ||
      this.#source.startsWith('||') ||
      this.#source.startsWith(')')
    ) {
      return { kind: 'unary', operator: '-n', operand: left };
    }
    const operator = this.#word();
    if (!BINARY.has(operator.raw))
      throw new SyntaxProblem('syntax error: conditional binary operator expected');
    this.#skip();
    const right = operator.raw === '=~' ? this.#words.regexWord() : this.#words.word();
    if (right === undefined) throw this.#unexpected();
    return { kind: 'binary', operator: operator.raw, left, right };
  }

  #word(): Word {
    this.#skip();
    const word = this.#words.word();
    if (word === undefined) throw this.#source.isAtEnd() ? new IncompleteError(']]') : this.#unexpected();
    return word;
  }
}
