import { ExpansionFailure } from './errors.ts';

/** What arithmetic reads and writes variables through. */
export interface ArithmeticVariables {
  get(name: string): string | undefined;
  set(name: string, value: string): void;
}

const MAX_DEPTH = 100;
/** The longest expression, characters: each is looked at a few times. */
const MAX_LENGTH = 65_536;
const TOKEN =
  /\s*(?:(\d+#[0-9A-Za-z@_]*|\d[0-9A-Za-z]*)|([A-Za-z_][A-Za-z0-9_]*(?:\[[^\][]*(?:\[[^\][]*\][^\][]*)*\])?)|(\*\*|<<=|>>=|[-+*/%&|^]=|<<|>>|<=|>=|==|!=|&&|\|\||\+\+|--|[-+*/%<>=!~&|^?:,()])|(\S))/y;

/** Binding strengths of the binary operators, weakest first (bash(1), ARITHMETIC EVALUATION). */
const BINARY: ReadonlyMap<string, number> = new Map(
  [
    ['||'],
    ['&&'],
    ['|'],
    ['^'],
    ['&'],
    ['==', '!='],
    ['<', '<=', '>', '>='],
    ['<<', '>>'],
    ['+', '-'],
    ['*', '/', '%'],
    ['**'],
  ].flatMap((operators, strength) => operators.map((operator) => [operator, strength] as const)),
);
const ASSIGNMENTS = new Set(['=', '+=', '-=', '*=', '/=', '%=', '&=', '|=', '^=', '<<=', '>>=']);

interface Token {
  readonly kind: 'number' | 'name' | 'operator';
  readonly text: string;
  readonly start: number;
}

/** Evaluates `$((…))` in 64-bit signed arithmetic. @throws ExpansionFailure with bash's message. */
export function evaluateArithmetic(expression: string, variables: ArithmeticVariables, depth = 0): bigint {
  return new Evaluator(expression, variables, depth).run();
}

class Evaluator {
  readonly #text: string;
  readonly #variables: ArithmeticVariables;
  readonly #tokens: readonly Token[];
  #position = 0;
  #depth: number;
  /** Off inside the branch that isn't taken: no assignments, no division by zero. */
  #live = true;

  constructor(text: string, variables: ArithmeticVariables, depth: number) {
    this.#text = text;
    this.#variables = variables;
    this.#depth = depth;
    if (text.length > MAX_LENGTH) throw new ExpansionFailure('arithmetic expression is too long');
    this.#tokens = this.#scan();
  }

  run(): bigint {
    if (this.#tokens.length === 0) return 0n;
    const value = this.#comma();
    if (this.#position < this.#tokens.length) throw this.#error('syntax error in expression');
    return value;
  }

  #scan(): Token[] {
    const tokens: Token[] = [];
    TOKEN.lastIndex = 0;
    for (let at = 0; this.#text.slice(at).trim() !== ''; at = TOKEN.lastIndex) {
      TOKEN.lastIndex = at;
      const match = TOKEN.exec(this.#text);
      if (match === null) break;
      const [whole, number, name, operator] = match;
      const kind = number !== undefined ? 'number' : name !== undefined ? 'name' : 'operator';
      const text = number ?? name ?? operator ?? match[4] ?? '';
      tokens.push({ kind, text, start: at + whole.length - text.length });
    }
    return tokens;
  }

  #error(message: string): ExpansionFailure {
    const from = this.#tokens[this.#position]?.start ?? this.#tokens.at(-1)?.start ?? 0;
    return new ExpansionFailure(
      `${this.#text.trim()}: ${message} (error token is "${this.#text.slice(from).trimEnd()}")`,
    );
  }

  #peek(): string | undefined {
    const token = this.#tokens[this.#position];
    return token?.kind === 'operator' ? token.text : undefined;
  }

  #take(operator: string): boolean {
    if (this.#peek() !== operator) return false;
    this.#position++;
    return true;
  }

  #comma(): bigint {
    let value = this.#assignment();
    while (this.#take(',')) value = this.#assignment();
    return value;
  }

  #assignment(): bigint {
    if (++this.#depth > MAX_DEPTH)
      throw new ExpansionFailure(`${this.#text.trim()}: expression recursion level exceeded`);
    try {
      const token = this.#tokens[this.#position];
      const operator = this.#tokens[this.#position + 1];
      if (token?.kind === 'name' && operator?.kind === 'operator' && ASSIGNMENTS.has(operator.text)) {
        this.#position += 2;
        const right = this.#assignment();
        const value =
          operator.text === '='
            ? right
            : this.#apply(operator.text.slice(0, -1), this.#variable(token.text), right);
        this.#assign(token.text, value);
        return value;
      }
      return this.#conditional();
    } finally {
      this.#depth--;
    }
  }

  #conditional(): bigint {
    const condition = this.#binary(0);
    if (!this.#take('?')) return condition;
    const left = this.#muted(condition === 0n, () => this.#assignment());
    if (!this.#take(':')) throw this.#error("`:' expected for conditional expression");
    const right = this.#muted(condition !== 0n, () => this.#assignment());
    return condition === 0n ? right : left;
  }

  #muted(mute: boolean, evaluate: () => bigint): bigint {
    const before = this.#live;
    this.#live = before && !mute;
    const value = evaluate();
    this.#live = before;
    return value;
  }

  #binary(minimum: number): bigint {
    let left = this.#unary();
    for (;;) {
      const operator = this.#peek();
      const strength = operator === undefined ? undefined : BINARY.get(operator);
      if (operator === undefined || strength === undefined || strength < minimum) return left;
      this.#position++;
      const muted = (operator === '&&' && left === 0n) || (operator === '||' && left !== 0n);
      const right = this.#muted(muted, () => this.#binary(operator === '**' ? strength : strength + 1));
      left = this.#apply(operator, left, right);
    }
  }

  #apply(operator: string, left: bigint, right: bigint): bigint {
    const bool = (value: boolean): bigint => (value ? 1n : 0n);
    switch (operator) {
      case '||':
        return bool(left !== 0n || right !== 0n);
      case '&&':
        return bool(left !== 0n && right !== 0n);
      case '|':
        return left | right;
      case '^':
        return left ^ right;
      case '&':
        return left & right;
      case '==':
        return bool(left === right);
      case '!=':
        return bool(left !== right);
      case '<':
        return bool(left < right);
      case '<=':
        return bool(left <= right);
      case '>':
        return bool(left > right);
      case '>=':
        return bool(left >= right);
      case '<<':
        return wrap(left << (right & 63n));
      case '>>':
        return left >> (right & 63n);
      case '+':
        return wrap(left + right);
      case '-':
        return wrap(left - right);
      case '*':
        return wrap(left * right);
      case '**':
        return this.#power(left, right);
      default:
        return this.#divide(operator, left, right);
    }
  }

  #divide(operator: string, left: bigint, right: bigint): bigint {
    if (right !== 0n) return wrap(operator === '/' ? left / right : left % right);
    if (!this.#live) return 0n;
    this.#position--;
    throw this.#error('division by 0');
  }

  #power(base: bigint, exponent: bigint): bigint {
    if (exponent < 0n) throw this.#error('exponent less than 0');
    let result = 1n;
    let factor = base;
    for (let left = exponent; left > 0n; left >>= 1n) {
      if ((left & 1n) === 1n) result = wrap(result * factor);
      factor = wrap(factor * factor);
    }
    return result;
  }

  #unary(): bigint {
    const operator = this.#peek();
    if (operator === undefined || !['!', '~', '-', '+', '++', '--'].includes(operator))
      return this.#postfix();
    if (++this.#depth > MAX_DEPTH)
      throw new ExpansionFailure(`${this.#text.trim()}: expression recursion level exceeded`);
    this.#position++;
    try {
      const token = this.#tokens[this.#position];
      if ((operator === '++' || operator === '--') && token?.kind === 'name') {
        this.#position++;
        const value = wrap(this.#variable(token.text) + (operator === '++' ? 1n : -1n));
        this.#assign(token.text, value);
        return value;
      }
      const value = this.#unary();
      return operator === '!'
        ? value === 0n
          ? 1n
          : 0n
        : operator === '~'
          ? ~value
          : operator === '-'
            ? wrap(-value)
            : value;
    } finally {
      this.#depth--;
    }
  }

  #postfix(): bigint {
    const token = this.#tokens[this.#position];
    if (token === undefined) throw this.#error('syntax error: operand expected');
    if (this.#take('(')) {
      const value = this.#comma();
      if (!this.#take(')')) throw this.#error("missing `)'");
      return value;
    }
    if (token.kind === 'number') {
      const value = this.#number(token.text);
      this.#position++;
      return value;
    }
    if (token.kind !== 'name') throw this.#error('syntax error: operand expected');
    this.#position++;
    const value = this.#variable(token.text);
    const operator = this.#peek();
    if (operator !== '++' && operator !== '--') return value;
    this.#position++;
    this.#assign(token.text, wrap(value + (operator === '++' ? 1n : -1n)));
    return value;
  }

  #number(text: string): bigint {
    if (/^0[xX]/.test(text)) {
      const digits = text.slice(2);
      if (!/^[0-9a-fA-F]*$/.test(digits)) throw this.#error('value too great for base');
      // bash takes `0x` alone for nothing at all.
      return digits === '' ? 0n : wrap(BigInt(`0x${digits}`));
    }
    if (/^\d+#$/.test(text)) throw this.#error('invalid integer constant');
    const based = /^(\d+)#(.+)$/.exec(text);
    if (based !== null) return this.#basedNumber(Number(based[1]), based[2] ?? '');
    if (/^0\d*$/.test(text)) {
      if (/[89]/.test(text)) throw this.#error('value too great for base');
      return wrap(BigInt(`0o${text}`));
    }
    if (!/^\d+$/.test(text)) throw this.#error('value too great for base');
    return wrap(BigInt(text));
  }

  #basedNumber(base: number, digits: string): bigint {
    if (base < 2 || base > 64) throw this.#error('invalid arithmetic base');
    let value = 0n;
    for (const digit of base <= 36 ? digits.toLowerCase() : digits) {
      const worth = '0123456789abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ@_'.indexOf(digit);
      if (worth < 0 || worth >= base) throw this.#error('value too great for base');
      value = wrap(value * BigInt(base) + BigInt(worth));
    }
    return value;
  }

  #variable(name: string): bigint {
    const text = this.#variables.get(name) ?? '';
    if (/^\s*-?\d{1,18}\s*$/.test(text) && !/^\s*-?0\d/.test(text)) return BigInt(text.trim());
    return text.trim() === '' ? 0n : evaluateArithmetic(text, this.#variables, this.#depth + 1);
  }

  #assign(name: string, value: bigint): void {
    if (this.#live) this.#variables.set(name, value.toString());
  }
}

function wrap(value: bigint): bigint {
  return BigInt.asIntN(64, value);
}
