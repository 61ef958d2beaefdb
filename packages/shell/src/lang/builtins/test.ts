import type { Task } from '@podwire/machine';
import { compareFiles, compareNumbers, unaryTest } from '../conditions.ts';
import { ExpansionFailure } from '../errors.ts';
import type { Builtin } from '../builtin.ts';
import type { Io } from '../io.ts';
import type { Shell } from '../shell.ts';

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
  '-O',
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
  '<',
  '>',
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

/** `test` and `[`: POSIX' rules by the number of arguments, and `-a`, `-o`, `!`, parentheses. */
export const testBuiltin: Builtin = function* (shell, argv, io) {
  const name = argv[0] ?? 'test';
  let args = argv.slice(1);
  if (name === '[') {
    if (args.at(-1) !== ']') {
      yield* shell.complain("[: missing `]'", io);
      return 2;
    }
    args = args.slice(0, -1);
  }
  try {
    return new Evaluator(shell, args, io).run() ? 0 : 1;
  } catch (error) {
    if (!(error instanceof ExpansionFailure)) throw error;
    yield* (function* (): Task<void> {
      yield* shell.complain(`${name}: ${error.message}`, io);
    })();
    return 2;
  }
};

class Evaluator {
  readonly #shell: Shell;
  readonly #args: readonly string[];
  readonly #io: Io;
  #at = 0;

  constructor(shell: Shell, args: readonly string[], io: Io) {
    this.#shell = shell;
    this.#args = args;
    this.#io = io;
  }

  run(): boolean {
    const args = this.#args;
    const [first = '', second = '', third = ''] = args;
    switch (args.length) {
      case 0:
        return false;
      case 1:
        return first !== '';
      case 2:
        if (first === '!') return second === '';
        if (UNARY.has(first)) return this.#unary(first, second);
        throw new ExpansionFailure(`${first}: unary operator expected`);
      case 3:
        if (BINARY.has(second)) return this.#binary(first, second, third);
        break;
      case 4:
        if (first === '!' && BINARY.has(third)) return !this.#binary(second, third, args[3] ?? '');
        break;
    }
    const value = this.#or();
    if (this.#at < args.length)
      throw new ExpansionFailure(
        args.length === 3 ? `${second}: binary operator expected` : 'too many arguments',
      );
    return value;
  }

  #or(): boolean {
    let value = this.#and();
    while (this.#args[this.#at] === '-o') {
      this.#at++;
      const right = this.#and();
      value = value || right;
    }
    return value;
  }

  #and(): boolean {
    let value = this.#not();
    while (this.#args[this.#at] === '-a') {
      this.#at++;
      const right = this.#not();
      value = value && right;
    }
    return value;
  }

  #not(): boolean {
    let negated = false;
    while (this.#args[this.#at] === '!' && this.#at + 1 < this.#args.length) {
      negated = !negated;
      this.#at++;
    }
    return this.#primary() !== negated;
  }

  #primary(): boolean {
    const args = this.#args;
    const first = args[this.#at];
    const second = args[this.#at + 1];
    if (first === undefined) throw new ExpansionFailure('argument expected');
    if (second !== undefined && BINARY.has(second) && args[this.#at + 2] !== undefined) {
      const value = this.#binary(first, second, args[this.#at + 2] ?? '');
      this.#at += 3;
      return value;
    }
    if (first === '(') {
      this.#at++;
      const value = this.#or();
      if (args[this.#at] !== ')') throw new ExpansionFailure("`)' expected");
      this.#at++;
      return value;
    }
    if (UNARY.has(first) && second !== undefined) {
      this.#at += 2;
      return this.#unary(first, second);
    }
    this.#at++;
    return first !== '';
  }

  #unary(operator: string, operand: string): boolean {
    if (operator === '-v') return this.#shell.variables.value(operand) !== undefined;
    return unaryTest(this.#shell.process, operator, operand, this.#io);
  }

  #binary(left: string, operator: string, right: string): boolean {
    switch (operator) {
      case '=':
      case '==':
        return left === right;
      case '!=':
        return left !== right;
      case '<':
        return left < right;
      case '>':
        return left > right;
      case '-nt':
      case '-ot':
      case '-ef':
        return compareFiles(this.#shell.process, operator, left, right);
      default:
        return compareNumbers(operator, integer(left), integer(right));
    }
  }
}

function integer(text: string): bigint {
  if (!/^\s*[-+]?\d{1,18}\s*$/.test(text)) throw new ExpansionFailure(`${text}: integer expression expected`);
  return BigInt(text.trim().replace(/^\+/, ''));
}
