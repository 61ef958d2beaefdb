import { IncompleteError, SyntaxProblem } from './errors.ts';
import type { Source } from './source.ts';

/** Words that begin or end compound commands where a command may stand. */
const RESERVED = new Set([
  '!',
  '{',
  '}',
  'case',
  'do',
  'done',
  'elif',
  'else',
  'esac',
  'fi',
  'for',
  'function',
  'if',
  'in',
  'then',
  'time',
  'until',
  'while',
  '[[',
  ']]',
]);
const OPERATORS = [
  '&&',
  '||',
  ';;&',
  ';;',
  ';&',
  '&>>',
  '&>',
  '<<<',
  '<<-',
  '<<',
  '<&',
  '<>',
  '<',
  '>>',
  '>&',
  '>|',
  '>',
  '|&',
  '|',
  '&',
  ';',
  '(',
  ')',
  '\n',
] as const;
export type Operator = (typeof OPERATORS)[number];

/** What of a shell program is not a word: operators, line ends, reserved words. */
export class TokenCursor {
  readonly #source: Source;
  readonly #dialect: 'bash' | 'sh';
  readonly #peekWord: () => string | undefined;
  readonly #onNewline: () => void;

  /** `onNewline` reads the here-documents that a line has opened. */
  constructor(
    source: Source,
    options: {
      readonly dialect: 'bash' | 'sh';
      readonly peekWord: () => string | undefined;
      readonly onNewline: () => void;
    },
  ) {
    this.#source = source;
    this.#dialect = options.dialect;
    this.#peekWord = options.peekWord;
    this.#onNewline = options.onNewline;
  }

  skipBlanks(): void {
    const source = this.#source;
    for (;;) {
      const character = source.peek();
      if (character === ' ' || character === '\t') source.advance(1);
      else if (character === '\\' && source.peek(1) === '\n') source.advance(2);
      else break;
    }
    if (source.peek() === '#') {
      const end = source.indexOf('\n');
      source.advance(end < 0 ? Number.MAX_SAFE_INTEGER : end - source.position);
    }
  }

  operator(): Operator | undefined {
    this.skipBlanks();
    const found = OPERATORS.find((operator) => this.#source.startsWith(operator));
    return this.#dialect === 'sh' && (found === '&>' || found === '&>>') ? '&' : found;
  }

  take(operator: Operator): boolean {
    if (this.operator() !== operator) return false;
    if (operator === '\n') this.newline();
    else this.#source.advance(operator.length);
    return true;
  }

  expectOperator(operator: Operator): void {
    if (!this.take(operator)) throw this.unexpected();
  }

  newline(): void {
    this.#source.advance(1);
    this.#onNewline();
  }

  skipNewlines(): void {
    while (this.operator() === '\n') this.newline();
  }

  /** The reserved word at the cursor, not yet taken. */
  reserved(): string | undefined {
    this.skipBlanks();
    const word = /^(?:!|\{|\}|\[\[|\]\]|[a-z]+)(?=$|[\s;&|<>()])/.exec(this.#source.rest(0, 16))?.[0];
    return word !== undefined && RESERVED.has(word) ? word : undefined;
  }

  takeReserved(word: string): boolean {
    if (this.reserved() !== word) return false;
    this.#source.advance(word.length);
    return true;
  }

  expectReserved(word: string): void {
    if (!this.takeReserved(word)) throw this.unexpected();
  }

  unexpected(): SyntaxProblem | IncompleteError {
    const operator = this.operator();
    if (this.#source.isAtEnd()) return new IncompleteError('command');
    const start = this.#source.position;
    const token = operator === '\n' ? 'newline' : (operator ?? this.#peekWord() ?? this.#source.peek());
    this.#source.reset(start);
    return new SyntaxProblem(`syntax error near unexpected token \`${token}'`);
  }
}
