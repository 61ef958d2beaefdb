import { Regex } from '@podwire/sim';
import type { Process } from '@podwire/machine';
import { usageError } from '../stdio/options.ts';
import { complain, print } from '../stdio/output.ts';
import { taskProgram } from '../stdio/program.ts';

const INTEGER = /^-?\d+$/;
/** Parentheses may nest this deep; nobody writes more by hand. */
const MAX_DEPTH = 200;
/** Results may have so many digits: more would take too long to reckon with. */
const MAX_DIGITS = 1000;

type Level = readonly string[];
/** From what binds least to what binds most; each is left-associative (POSIX, expr). */
const LEVELS: readonly Level[] = [
  ['|'],
  ['&'],
  ['<', '<=', '=', '==', '!=', '>=', '>'],
  ['+', '-'],
  ['*', '/', '%'],
  [':'],
];

class ExprError extends Error {}

/** expr(1): evaluates its arguments; ends with 1 when the result is empty or zero. */
export const exprProgram = taskProgram(function* (process: Process) {
  const given = process.argv.slice(1);
  const words = given[0] === '--' ? given.slice(1) : given;
  if (words.length === 0) return yield* usageError(process, 'missing operand', 2);
  let value: string;
  try {
    value = new Evaluation(words).run();
  } catch (error) {
    if (!(error instanceof ExprError)) throw error;
    return yield* complain(process, `expr: ${error.message}`, 2);
  }
  yield* print(process, `${value}\n`);
  return isNull(value) ? 1 : 0;
});

function isNull(value: string): boolean {
  return value === '' || /^-?0+$/.test(value);
}

class Evaluation {
  readonly #words: readonly string[];
  #at = 0;
  #depth = 0;

  constructor(words: readonly string[]) {
    this.#words = words;
  }

  run(): string {
    const value = this.#level(0);
    const extra = this.#words[this.#at];
    if (extra !== undefined) throw new ExprError(`syntax error: unexpected argument '${extra}'`);
    return value;
  }

  #level(index: number): string {
    const operators = LEVELS[index];
    if (operators === undefined) return this.#operand();
    let left = this.#level(index + 1);
    for (;;) {
      const operator = this.#words[this.#at];
      if (operator === undefined || !operators.includes(operator)) return left;
      this.#at++;
      left = apply(operator, left, this.#level(index + 1));
    }
  }

  #operand(): string {
    const word = this.#next();
    switch (word) {
      case '(': {
        if (++this.#depth > MAX_DEPTH) throw new ExprError('syntax error: too many parentheses');
        const value = this.#level(0);
        this.#depth--;
        if (this.#words[this.#at] !== ')')
          throw new ExprError(
            this.#at >= this.#words.length
              ? `syntax error: expecting ')' after '${this.#words[this.#at - 1] ?? ''}'`
              : `syntax error: expecting ')' instead of '${this.#words[this.#at] ?? ''}'`,
          );
        this.#at++;
        return value;
      }
      case ')':
        throw new ExprError("syntax error: unexpected ')'");
      case '+':
        return this.#next();
      case 'length':
        return String([...this.#operand()].length);
      case 'match':
        return matched(this.#operand(), this.#operand());
      case 'index':
        return indexOfAny(this.#operand(), this.#operand());
      case 'substr':
        return part(this.#operand(), this.#operand(), this.#operand());
      default:
        return word;
    }
  }

  #next(): string {
    const word = this.#words[this.#at];
    if (word === undefined)
      throw new ExprError(`syntax error: missing argument after '${this.#words[this.#at - 1] ?? ''}'`);
    this.#at++;
    return word;
  }
}

function apply(operator: string, left: string, right: string): string {
  switch (operator) {
    case '|':
      return isNull(left) ? (isNull(right) ? '0' : right) : left;
    case '&':
      return isNull(left) || isNull(right) ? '0' : left;
    case ':':
      return matched(left, right);
    case '+':
    case '-':
    case '*':
    case '/':
    case '%':
      return reckon(operator, integer(left), integer(right));
    default:
      return compare(operator, left, right) ? '1' : '0';
  }
}

function integer(text: string): bigint {
  if (!INTEGER.test(text)) throw new ExprError('non-integer argument');
  if (text.length > MAX_DIGITS) throw new ExprError('numerical result out of range');
  return BigInt(text);
}

function reckon(operator: '+' | '-' | '*' | '/' | '%', left: bigint, right: bigint): string {
  if ((operator === '/' || operator === '%') && right === 0n) throw new ExprError('division by zero');
  switch (operator) {
    case '+':
      return String(left + right);
    case '-':
      return String(left - right);
    case '*':
      return String(left * right);
    case '/':
      return String(left / right);
    case '%':
      return String(left % right);
  }
}

function compare(operator: string, left: string, right: string): boolean {
  const numbers = INTEGER.test(left) && INTEGER.test(right);
  const [a, b] = numbers ? [integer(left), integer(right)] : [left, right];
  switch (operator) {
    case '<':
      return a < b;
    case '<=':
      return a <= b;
    case '!=':
      return a !== b;
    case '>=':
      return a >= b;
    case '>':
      return a > b;
    default:
      return a === b;
  }
}

/** The first group of a pattern that begins where the text does, or how many characters it covers. */
function matched(text: string, pattern: string): string {
  const compiled = Regex.compile(pattern, { syntax: 'basic', dotAll: true });
  if (!compiled.ok) throw new ExprError(compiled.message);
  // The leftmost match: if there is one where the text begins, it is that.
  const found = compiled.value.search(text, 0);
  const grouped = pattern.includes('\\(');
  if (found?.start !== 0) return grouped ? '' : '0';
  return grouped ? (found.groups[1] ?? '') : String([...text.slice(0, found.end)].length);
}

function indexOfAny(text: string, wanted: string): string {
  return String([...text].findIndex((character) => wanted.includes(character)) + 1);
}

function part(text: string, from: string, length: string): string {
  if (!INTEGER.test(from) || !INTEGER.test(length)) return '';
  const [start, count] = [Number(from), Number(length)];
  return start < 1 || count < 1 ? '' : [...text].slice(start - 1, start - 1 + count).join('');
}
