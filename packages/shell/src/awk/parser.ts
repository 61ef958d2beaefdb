import { KEYWORDS, compileRegex, scan } from './scanner.ts';
import type { Token } from './scanner.ts';
import { AwkProblem } from './syntax.ts';
import type { Expression, FunctionDefinition, Output, Pattern, Program, Rule, Statement } from './syntax.ts';

const MAX_DEPTH = 100;
/** What may begin an operand, so that `a b` is a concatenation. */
const STARTS_OPERAND = new Set(['number', 'string', 'regex', 'name', 'function-call']);

/** Parses an awk program (POSIX awk). @throws AwkProblem */
export function parseAwk(text: string): Program {
  return new Parser(scan(text)).program();
}

class Parser {
  readonly #tokens: readonly Token[];
  #at = 0;
  #depth = 0;
  /** Inside parentheses `>` compares and `in` tests; bare in print it redirects, in for it iterates. */
  #noGreater = false;
  #noIn = false;
  readonly #functions = new Map<string, FunctionDefinition>();

  constructor(tokens: readonly Token[]) {
    this.#tokens = tokens;
  }

  program(): Program {
    const rules: Rule[] = [];
    this.#newlines();
    while (this.#peek().kind !== 'end') {
      if (this.#isName('function') || this.#isName('func')) this.#function();
      else rules.push(this.#rule());
      while (this.#is(';') || this.#peek().kind === 'newline') this.#at++;
    }
    return { rules, functions: this.#functions };
  }

  #peek(ahead = 0): Token {
    return this.#tokens[this.#at + ahead] ?? { kind: 'end', text: '', line: 0 };
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

  #takeName(name: string): boolean {
    if (!this.#isName(name)) return false;
    this.#at++;
    return true;
  }

  #expect(operator: string): void {
    if (!this.#take(operator)) throw this.#unexpected();
  }

  #newlines(): void {
    while (this.#peek().kind === 'newline') this.#at++;
  }

  #unexpected(): AwkProblem {
    const token = this.#peek();
    return new AwkProblem(
      `cmd. line:${token.line}: ${token.kind === 'end' || token.kind === 'newline' ? 'unexpected newline or end of string' : `syntax error at or near ${token.text}`}`,
    );
  }

  #function(): void {
    this.#at++;
    const name = this.#peek();
    this.#at++;
    this.#expect('(');
    const parameters: string[] = [];
    while (!this.#take(')')) {
      const token = this.#peek();
      if (token.kind !== 'name') throw this.#unexpected();
      parameters.push(token.text);
      this.#at++;
      if (!this.#is(')')) this.#expect(',');
    }
    this.#newlines();
    this.#functions.set(name.text, { parameters, body: this.#block() });
  }

  #rule(): Rule {
    const pattern = this.#pattern();
    this.#noGreater = false;
    if (this.#is('{')) return { pattern, action: this.#block() };
    if (pattern.kind === 'begin' || pattern.kind === 'end') throw this.#unexpected();
    return { pattern, action: undefined };
  }

  #pattern(): Pattern {
    if (this.#takeName('BEGIN')) return { kind: 'begin' };
    if (this.#takeName('END')) return { kind: 'end' };
    if (this.#is('{')) return { kind: 'always' };
    const from = this.#expression();
    if (!this.#take(',')) return { kind: 'when', condition: from };
    this.#newlines();
    return { kind: 'range', from, to: this.#expression() };
  }

  #block(): readonly Statement[] {
    this.#expect('{');
    const body: Statement[] = [];
    for (;;) {
      while (this.#is(';') || this.#peek().kind === 'newline') this.#at++;
      if (this.#take('}')) return body;
      if (this.#peek().kind === 'end') throw this.#unexpected();
      body.push(this.#statement());
    }
  }

  #statement(): Statement {
    if (++this.#depth > MAX_DEPTH) throw new AwkProblem('the program is nested too deeply');
    const statement = this.#statementBody();
    this.#depth--;
    return statement;
  }

  #statementBody(): Statement {
    if (this.#is('{')) return { kind: 'block', body: this.#block() };
    if (this.#takeName('if')) return this.#if();
    if (this.#takeName('while')) {
      this.#expect('(');
      const condition = this.#expression();
      this.#expect(')');
      if (this.#take(';'))
        return { kind: 'while', condition, body: { kind: 'block', body: [] }, first: false };
      this.#newlines();
      return { kind: 'while', condition, body: this.#statement(), first: false };
    }
    if (this.#takeName('do')) {
      this.#newlines();
      const body = this.#statement();
      while (this.#is(';') || this.#peek().kind === 'newline') this.#at++;
      if (!this.#takeName('while')) throw this.#unexpected();
      this.#expect('(');
      const condition = this.#expression();
      this.#expect(')');
      return { kind: 'while', condition, body, first: true };
    }
    if (this.#takeName('for')) return this.#for();
    const simple = this.#simple();
    if (!this.#is(';') && !this.#is('}') && this.#peek().kind !== 'newline' && this.#peek().kind !== 'end')
      throw this.#unexpected();
    return simple;
  }

  #if(): Statement {
    this.#expect('(');
    const condition = this.#expression();
    this.#expect(')');
    this.#newlines();
    const yes = this.#is(';') ? ({ kind: 'block', body: [] } as const) : this.#statement();
    const mark = this.#at;
    while (this.#is(';') || this.#peek().kind === 'newline') this.#at++;
    if (!this.#takeName('else')) {
      this.#at = mark;
      return { kind: 'if', condition, yes, no: undefined };
    }
    this.#newlines();
    return { kind: 'if', condition, yes, no: this.#statement() };
  }

  #for(): Statement {
    this.#expect('(');
    const [name, inWord, array] = [this.#peek(), this.#peek(1), this.#peek(2)];
    if (
      name.kind === 'name' &&
      inWord.kind === 'name' &&
      inWord.text === 'in' &&
      array.kind === 'name' &&
      this.#peek(3).text === ')'
    ) {
      this.#at += 4;
      this.#newlines();
      return { kind: 'for-in', variable: name.text, array: array.text, body: this.#statement() };
    }
    const init = this.#is(';') ? undefined : this.#simple();
    this.#expect(';');
    const condition = this.#is(';') ? undefined : this.#expression();
    this.#expect(';');
    const step = this.#is(')') ? undefined : this.#simple();
    this.#expect(')');
    if (this.#take(';')) return { kind: 'for', init, condition, step, body: { kind: 'block', body: [] } };
    this.#newlines();
    return { kind: 'for', init, condition, step, body: this.#statement() };
  }

  #endsStatement(): boolean {
    const token = this.#peek();
    return token.kind === 'newline' || token.kind === 'end' || this.#is(';') || this.#is('}');
  }

  #simple(): Statement {
    for (const kind of ['next', 'break', 'continue'] as const) if (this.#takeName(kind)) return { kind };
    for (const kind of ['exit', 'return'] as const)
      if (this.#takeName(kind))
        return { kind, value: this.#endsStatement() ? undefined : this.#expression() };
    if (this.#takeName('print')) return this.#print('print');
    if (this.#takeName('printf')) return this.#print('printf');
    if (this.#takeName('delete')) {
      const name = this.#peek().text;
      this.#at++;
      return { kind: 'delete', array: name, subscripts: this.#is('[') ? this.#subscripts() : undefined };
    }
    return { kind: 'expression', expression: this.#expression() };
  }

  #print(kind: 'print' | 'printf'): Statement {
    const args: Expression[] = [];
    this.#noGreater = true;
    if (!this.#endsStatement() && !this.#is('>') && !this.#is('>>') && !this.#is('|')) {
      const grouped = this.#parenthesized();
      if (grouped !== undefined) args.push(...grouped);
      else {
        do {
          this.#newlines();
          args.push(this.#expression());
        } while (this.#take(','));
      }
    }
    this.#noGreater = false;
    let output: Output | undefined;
    if (this.#is('>') || this.#is('>>')) {
      const append = this.#is('>>');
      this.#at++;
      output = { append, file: this.#concatenationOperand() };
    } else if (this.#is('|')) throw new AwkProblem('output to commands is not supported here');
    return { kind, args, output };
  }

  /** `print (a, b)`: the parentheses hold the whole list. */
  #parenthesized(): Expression[] | undefined {
    if (!this.#is('(')) return undefined;
    let open = 0;
    let end = this.#at;
    for (; end < this.#tokens.length; end++) {
      const token = this.#tokens[end];
      if (token?.kind !== 'operator') continue;
      if (token.text === '(') open++;
      if (token.text === ')' && --open === 0) break;
    }
    const after = this.#tokens[end + 1];
    const closes =
      after === undefined ||
      after.kind === 'newline' ||
      after.kind === 'end' ||
      (after.kind === 'operator' && [';', '}', '>', '>>', '|'].includes(after.text));
    if (!closes) return undefined;
    this.#at++;
    const saved = this.#noGreater;
    this.#noGreater = false;
    const args: Expression[] = [];
    do {
      this.#newlines();
      args.push(this.#expression());
      this.#newlines();
    } while (this.#take(','));
    this.#expect(')');
    this.#noGreater = saved;
    return args;
  }

  // Expressions, weakest first

  #expression(): Expression {
    if (++this.#depth > MAX_DEPTH) throw new AwkProblem('the program is nested too deeply');
    const expression = this.#assignment();
    this.#depth--;
    return expression;
  }

  #assignment(): Expression {
    const left = this.#conditional();
    const token = this.#peek();
    if (token.kind !== 'operator' || !['=', '+=', '-=', '*=', '/=', '%=', '^=', '**='].includes(token.text))
      return left;
    if (left.kind !== 'variable' && left.kind !== 'field' && left.kind !== 'element')
      throw this.#unexpected();
    this.#at++;
    this.#newlines();
    return {
      kind: 'assign',
      operator: token.text === '**=' ? '^=' : token.text,
      target: left,
      value: this.#assignment(),
    };
  }

  #conditional(): Expression {
    const condition = this.#or();
    if (!this.#take('?')) return condition;
    this.#newlines();
    const yes = this.#assignment();
    this.#newlines();
    this.#expect(':');
    this.#newlines();
    return { kind: 'conditional', condition, yes, no: this.#assignment() };
  }

  #or(): Expression {
    let left = this.#and();
    while (this.#take('||')) {
      this.#newlines();
      left = { kind: 'or', left, right: this.#and() };
    }
    return left;
  }

  #and(): Expression {
    let left = this.#membership();
    while (this.#take('&&')) {
      this.#newlines();
      left = { kind: 'and', left, right: this.#membership() };
    }
    return left;
  }

  #membership(): Expression {
    let left = this.#matching();
    while (!this.#noIn && this.#takeName('in')) {
      const array = this.#peek();
      if (array.kind !== 'name') throw this.#unexpected();
      this.#at++;
      left = {
        kind: 'in',
        subscripts: left.kind === 'call' && left.name === '' ? left.args : [left],
        array: array.text,
      };
    }
    return left;
  }

  #matching(): Expression {
    let left = this.#comparison();
    for (;;) {
      const negated = this.#is('!') && this.#peek(1).text === '~';
      if (!negated && !this.#is('~')) return left;
      this.#at += negated ? 2 : 1;
      left = { kind: 'match', negated, text: left, pattern: this.#comparison() };
    }
  }

  #comparison(): Expression {
    const left = this.#concatenation();
    const token = this.#peek();
    if (
      token.kind !== 'operator' ||
      !['<', '<=', '==', '!=', '>', '>='].includes(token.text) ||
      (token.text === '>' && this.#noGreater)
    )
      return left;
    this.#at++;
    return { kind: 'binary', operator: token.text, left, right: this.#concatenation() };
  }

  #concatenation(): Expression {
    let left = this.#additive();
    for (;;) {
      const token = this.#peek();
      const operand =
        (STARTS_OPERAND.has(token.kind) &&
          !(token.kind === 'name' && KEYWORDS.has(token.text) && token.text !== 'getline')) ||
        (token.kind === 'operator' &&
          (['$', '(', '-', '+', '++', '--'].includes(token.text) ||
            (token.text === '!' && this.#peek(1).text !== '~')));
      if (!operand || token.text === 'in') return left;
      left = { kind: 'concatenation', left, right: this.#additive() };
    }
  }

  #concatenationOperand(): Expression {
    return this.#additive();
  }

  #additive(): Expression {
    let left = this.#multiplicative();
    while (this.#is('+') || this.#is('-')) {
      const operator = this.#peek().text;
      this.#at++;
      left = { kind: 'binary', operator, left, right: this.#multiplicative() };
    }
    return left;
  }

  #multiplicative(): Expression {
    let left = this.#unary();
    while (this.#is('*') || this.#is('/') || this.#is('%')) {
      const operator = this.#peek().text;
      this.#at++;
      left = { kind: 'binary', operator, left, right: this.#unary() };
    }
    return left;
  }

  #unary(): Expression {
    for (const operator of ['!', '-', '+'] as const) {
      if (!this.#is(operator)) continue;
      if (++this.#depth > MAX_DEPTH) throw new AwkProblem('the program is nested too deeply');
      this.#at++;
      const operand = this.#unary();
      this.#depth--;
      return { kind: 'unary', operator, operand };
    }
    return this.#power();
  }

  #power(): Expression {
    const left = this.#postfix();
    if (!this.#take('^') && !this.#take('**')) return left;
    // Right-associative, and tighter than a minus before it but not than one behind it.
    return {
      kind: 'binary',
      operator: '^',
      left,
      right: this.#is('-') || this.#is('+') || this.#is('!') ? this.#unary() : this.#power(),
    };
  }

  #postfix(): Expression {
    for (const [operator, by] of [
      ['++', 1],
      ['--', -1],
    ] as const) {
      if (this.#take(operator))
        return { kind: 'step', by, prefix: true, target: this.#target(this.#primary()) };
    }
    const operand = this.#primary();
    for (const [operator, by] of [
      ['++', 1],
      ['--', -1],
    ] as const) {
      if (
        this.#is(operator) &&
        (operand.kind === 'variable' || operand.kind === 'field' || operand.kind === 'element')
      ) {
        this.#at++;
        return { kind: 'step', by, prefix: false, target: operand };
      }
    }
    return operand;
  }

  #target(expression: Expression): Expression {
    if (expression.kind !== 'variable' && expression.kind !== 'field' && expression.kind !== 'element')
      throw this.#unexpected();
    return expression;
  }

  #primary(): Expression {
    const token = this.#peek();
    this.#at++;
    switch (token.kind) {
      case 'number':
        return { kind: 'number', value: Number(token.text) };
      case 'string':
        return { kind: 'string', value: token.text };
      case 'regex':
        return { kind: 'regex', regex: compileRegex(token.text) };
      case 'function-call':
        this.#at++;
        return { kind: 'call', name: token.text, args: this.#arguments() };
      case 'name':
        if (token.text === 'getline') {
          const redirect = this.#peek();
          if (redirect.text === '<') throw new AwkProblem('getline from a file is not supported here');
          return { kind: 'getline' };
        }
        if (KEYWORDS.has(token.text)) {
          this.#at--;
          throw this.#unexpected();
        }
        if (this.#is('[')) return { kind: 'element', array: token.text, subscripts: this.#subscripts() };
        return token.text === 'length'
          ? { kind: 'call', name: 'length', args: [] }
          : { kind: 'variable', name: token.text };
      default:
        return this.#operatorTerm(token);
    }
  }

  #operatorTerm(token: Token): Expression {
    if (token.text === '$' && token.kind === 'operator') {
      if (this.#is('++') || this.#is('--')) return { kind: 'field', index: this.#postfix() };
      if (this.#is('-')) return { kind: 'field', index: this.#unary() };
      return { kind: 'field', index: this.#primary() };
    }
    if (token.text === '(' && token.kind === 'operator') {
      const saved = this.#noGreater;
      this.#noGreater = false;
      const inner = [this.#expression()];
      while (this.#take(',')) inner.push(this.#expression());
      this.#expect(')');
      this.#noGreater = saved;
      const [only] = inner;
      if (inner.length === 1 && only !== undefined)
        return { kind: 'conditional', condition: { kind: 'number', value: 1 }, yes: only, no: only };
      if (!this.#isName('in')) throw this.#unexpected();
      return { kind: 'call', name: '', args: inner };
    }
    this.#at--;
    throw this.#unexpected();
  }

  /** Up to the closing parenthesis; the opening one is passed. */
  #arguments(): readonly Expression[] {
    const args: Expression[] = [];
    const saved = this.#noGreater;
    this.#noGreater = false;
    this.#newlines();
    while (!this.#take(')')) {
      args.push(this.#expression());
      this.#newlines();
      if (!this.#is(')')) this.#expect(',');
      this.#newlines();
    }
    this.#noGreater = saved;
    return args;
  }

  #subscripts(): readonly Expression[] {
    this.#expect('[');
    const subscripts = [this.#expression()];
    while (this.#take(',')) subscripts.push(this.#expression());
    this.#expect(']');
    return subscripts;
  }
}
