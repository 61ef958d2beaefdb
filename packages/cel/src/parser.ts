import { tokens } from './lexer.ts';
import type { Token } from './lexer.ts';
import { CelSyntaxError } from './problems.ts';
import { MACROS } from './syntax.ts';
import type { ListItem, MacroName, MapEntry, Node } from './syntax.ts';

/** Nesting beyond this is refused: recursion over it must not exhaust the stack (cel-go allows 250). */
const MAX_DEPTH = 200;

const EXPECTED =
  "{'[', '{', '(', '.', '-', '!', 'true', 'false', 'null', NUM_FLOAT, NUM_INT, NUM_UINT, STRING, BYTES, IDENTIFIER}";

/** Words that name nothing (CEL spec, "Reserved words"). */
const RESERVED: ReadonlySet<string> = new Set([
  'as',
  'break',
  'const',
  'continue',
  'else',
  'for',
  'function',
  'if',
  'import',
  'let',
  'loop',
  'package',
  'namespace',
  'return',
  'var',
  'void',
  'while',
]);

const BINARY: Readonly<Record<string, number>> = {
  '||': 1,
  '&&': 2,
  '<': 3,
  '<=': 3,
  '>': 3,
  '>=': 3,
  '==': 3,
  '!=': 3,
  in: 3,
  '+': 4,
  '-': 4,
  '*': 5,
  '/': 5,
  '%': 5,
};

/** @throws CelSyntaxError */
export function parse(text: string): Node {
  const parser = new Parser(tokens(text));
  return parser.whole();
}

class Parser {
  readonly #tokens: readonly Token[];
  #next = 0;
  #depth = 0;

  constructor(list: readonly Token[]) {
    this.#tokens = list;
  }

  whole(): Node {
    const node = this.#expression();
    const token = this.#peek();
    if (token.kind !== 'end')
      throw new CelSyntaxError(`Syntax error: extraneous input '${token.text}' expecting <EOF>`, token.at);
    return node;
  }

  #peek(): Token {
    const token = this.#tokens[Math.min(this.#next, this.#tokens.length - 1)];
    if (token === undefined) throw new Error('there is always an end');
    return token;
  }

  #take(): Token {
    const token = this.#peek();
    this.#next++;
    return token;
  }

  #is(text: string): boolean {
    const token = this.#peek();
    return token.kind === 'punctuation' && token.text === text;
  }

  #accept(text: string): boolean {
    if (!this.#is(text)) return false;
    this.#next++;
    return true;
  }

  #expect(text: string): Token {
    const token = this.#peek();
    if (!this.#is(text)) {
      const what = token.kind === 'end' ? 'mismatched input' : 'mismatched input';
      throw new CelSyntaxError(`Syntax error: ${what} '${token.text}' expecting '${text}'`, token.at);
    }
    return this.#take();
  }

  #deeper<Value>(work: () => Value): Value {
    if (++this.#depth > MAX_DEPTH)
      throw new CelSyntaxError(`expression recursion limit exceeded: ${MAX_DEPTH}`, this.#peek().at);
    const result = work();
    this.#depth--;
    return result;
  }

  #expression(): Node {
    return this.#deeper(() => {
      const condition = this.#binary(1);
      const question = this.#peek();
      if (!this.#accept('?')) return condition;
      const yes = this.#binary(1);
      this.#expect(':');
      const no = this.#expression();
      return { kind: 'call', at: question.at, name: '_?_:_', target: undefined, args: [condition, yes, no] };
    });
  }

  #binary(level: number): Node {
    if (level > 5) return this.#unary();
    let left = this.#binary(level + 1);
    for (;;) {
      const token = this.#peek();
      const isOperator = token.kind === 'punctuation' || token.text === 'in';
      if (!isOperator || !Object.hasOwn(BINARY, token.text) || BINARY[token.text] !== level) return left;
      this.#take();
      const right = this.#binary(level + 1);
      const name = token.text === 'in' ? '@in' : `_${token.text}_`;
      left = { kind: 'call', at: token.at, name, target: undefined, args: [left, right] };
    }
  }

  #unary(): Node {
    const token = this.#peek();
    if (this.#is('!') || this.#is('-')) {
      return this.#deeper(() => {
        this.#take();
        const after = this.#peek();
        if (
          token.text === '-' &&
          after.at === token.at + 1 &&
          (after.kind === 'int' || after.kind === 'double')
        ) {
          this.#take();
          return this.#postfix(numberNode(after, token.at, true));
        }
        const operand = this.#unary();
        const name = token.text === '!' ? '!_' : '-_';
        return { kind: 'call', at: token.at, name, target: undefined, args: [operand] };
      });
    }
    return this.#postfix(this.#primary());
  }

  #postfix(start: Node): Node {
    let node = start;
    for (;;) {
      const token = this.#peek();
      if (this.#accept('.') || this.#accept('.?')) {
        const optional = token.text === '.?';
        const name = this.#take();
        if (name.kind !== 'identifier')
          throw new CelSyntaxError(
            `Syntax error: mismatched input '${name.text}' expecting IDENTIFIER`,
            name.at,
          );
        if (!optional && this.#is('(')) node = this.#member(node, name);
        else node = { kind: 'select', at: token.at, operand: node, field: name.value, test: false, optional };
      } else if (this.#accept('[') || this.#accept('[?')) {
        const index = this.#expression();
        this.#expect(']');
        node = { kind: 'index', at: token.at, operand: node, index, optional: token.text === '[?' };
      } else return node;
    }
  }

  #member(target: Node, name: Token): Node {
    const open = this.#expect('(');
    const args = this.#arguments();
    const macro = macroOf(target, name.value, args, open.at);
    return macro ?? { kind: 'call', at: open.at, name: name.value, target, args };
  }

  #arguments(): Node[] {
    const args: Node[] = [];
    if (this.#accept(')')) return args;
    do args.push(this.#expression());
    while (this.#accept(','));
    this.#expect(')');
    return args;
  }

  #primary(): Node {
    const token = this.#take();
    const { at } = token;
    switch (token.kind) {
      case 'int':
      case 'uint':
      case 'double':
        return numberNode(token, at, false);
      case 'string':
        return { kind: 'literal', at, value: token.value };
      case 'bytes':
        return { kind: 'literal', at, value: token.bytes };
      case 'identifier':
        return this.#identifier(token);
      case 'punctuation':
        if (token.text === '(') {
          const inner = this.#expression();
          this.#expect(')');
          return inner;
        }
        if (token.text === '[' || token.text === '[?') return this.#list(token);
        if (token.text === '{') return this.#map(token);
        if (token.text === '.' && this.#peek().kind === 'identifier') return this.#identifier(this.#take());
        break;
      case 'end':
    }
    throw new CelSyntaxError(`Syntax error: mismatched input '${token.text}' expecting ${EXPECTED}`, at);
  }

  #identifier(token: Token): Node {
    const { at, value: name } = token;
    if (name === 'true' || name === 'false') return { kind: 'literal', at, value: name === 'true' };
    if (name === 'null') return { kind: 'literal', at, value: null };
    if (name === 'in')
      throw new CelSyntaxError(`Syntax error: mismatched input 'in' expecting ${EXPECTED}`, at);
    if (RESERVED.has(name)) throw new CelSyntaxError(`reserved identifier: ${name}`, at);
    const open = this.#peek();
    if (!this.#accept('(')) return { kind: 'identifier', at, name };
    const args = this.#arguments();
    const [first] = args;
    if (name === 'has') {
      if (args.length === 1 && first?.kind === 'select') return { ...first, test: true };
      throw new CelSyntaxError('invalid argument to has() macro', open.at);
    }
    return { kind: 'call', at: open.at, name, target: undefined, args };
  }

  #list(open: Token): Node {
    const items: ListItem[] = [];
    let optional = open.text === '[?';
    if (!optional && this.#accept(']')) return { kind: 'list', at: open.at, items };
    for (;;) {
      if (!optional) optional = this.#accept('?');
      items.push({ value: this.#expression(), optional });
      optional = false;
      if (!this.#accept(',') || this.#is(']')) break;
    }
    this.#expect(']');
    return { kind: 'list', at: open.at, items };
  }

  #map(open: Token): Node {
    const entries: MapEntry[] = [];
    while (!this.#is('}')) {
      const optional = this.#accept('?');
      const key = this.#expression();
      this.#expect(':');
      entries.push({ key, value: this.#expression(), optional });
      if (!this.#accept(',')) break;
    }
    this.#expect('}');
    return { kind: 'map', at: open.at, entries };
  }
}

const MAX_INT = 2n ** 63n;

function numberNode(token: Token, at: number, negative: boolean): Node {
  if (token.kind === 'double') {
    const value = Number(token.text);
    return { kind: 'literal', at, value: negative ? -value : value };
  }
  const digits = BigInt(token.text.replace(/u$/i, ''));
  if (token.kind === 'uint') {
    if (digits >= 2n ** 64n) throw new CelSyntaxError('invalid uint literal', at);
    return { kind: 'literal', at, value: { uint: digits } };
  }
  const value = negative ? -digits : digits;
  if (value >= MAX_INT || value < -MAX_INT) throw new CelSyntaxError('invalid int literal', at);
  return { kind: 'literal', at, value };
}

/** Macros that take one variable and those of two, by how many arguments they have (cel-go macros, ext comprehensions). */
function macroOf(range: Node, name: string, args: readonly Node[], at: number): Node | undefined {
  if (!(MACROS as readonly string[]).includes(name)) return undefined;
  const macro = name as MacroName;
  const variables = args.filter(
    (argument, index) => index < args.length - 1 && argument.kind === 'identifier',
  );
  const last = args.at(-1);
  const [first] = args;
  if (last === undefined || first === undefined || args.length < 2) return undefined;
  const variable = nameOf(first);
  const transforms = macro.startsWith('transform');
  if (variable === undefined) throw new CelSyntaxError('argument must be a simple name', first.at);
  const base = { kind: 'macro', at, name: macro, range, variable, body: last } as const;
  if (args.length === 2 && !transforms) return { ...base, second: undefined, filter: undefined };
  const middle = args[1];
  if (args.length === 3 && middle !== undefined) {
    if (macro === 'map') return { ...base, second: undefined, filter: middle };
    const second = nameOf(middle);
    if (macro === 'filter' || macro.startsWith('opt')) return undefined;
    if (second === undefined || variables.length < 2)
      throw new CelSyntaxError('argument must be a simple name', middle.at);
    return { ...base, second, filter: undefined };
  }
  if (args.length === 4 && transforms && middle !== undefined) {
    const second = nameOf(middle);
    if (second === undefined) throw new CelSyntaxError('argument must be a simple name', middle.at);
    return { ...base, second, filter: args[2] };
  }
  return undefined;
}

function nameOf(node: Node): string | undefined {
  return node.kind === 'identifier' ? node.name : undefined;
}
