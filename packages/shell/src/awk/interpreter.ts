import { formatOnce } from '../text/printf.ts';
import type { Regex } from '@podwire/sim';
import { compileRegex } from './scanner.ts';
import { AwkProblem } from './syntax.ts';
import type { Expression, FunctionDefinition, Pattern, Program, Rule, Statement } from './syntax.ts';
import { compareValues, fromInput, isTrue, replaced, substring, toNumber } from './values.ts';
import type { Value } from './values.ts';

type AwkArray = Map<string, Value>;

/** Steps that one record may take: a loop without end stops with a message. */
const MAX_STEPS = 1_000_000;
const MAX_CALL_DEPTH = 150;
const MAX_FIELDS = 10_000;
const MAX_TEXT = 4 * 1024 * 1024;
const SUBSEP = '\x1c';

/** Where records come from and output goes. */
export interface AwkHost {
  /** The next record, or undefined at the end. Only lines that are already there: `getline` in a rule. */
  nextRecord(): string | undefined;
  write(file: string | undefined, append: boolean, text: string): void;
  warn(message: string): void;
  random(): number;
}

class Jump extends Error {
  readonly kind: 'next' | 'break' | 'continue';
  constructor(kind: 'next' | 'break' | 'continue') {
    super(kind);
    this.kind = kind;
  }
}
class Return extends Error {
  readonly value: Value;
  constructor(value: Value) {
    super('return');
    this.value = value;
  }
}
export class Exit extends Error {
  readonly exitCode: number;
  constructor(exitCode: number) {
    super('exit');
    this.exitCode = exitCode;
  }
}

export class AwkInterpreter {
  readonly #program: Program;
  readonly #host: AwkHost;
  readonly #globals = new Map<string, Value>([
    ['FS', ' '],
    ['OFS', ' '],
    ['ORS', '\n'],
    ['RS', '\n'],
    ['NR', 0],
    ['FNR', 0],
    ['NF', 0],
    ['SUBSEP', SUBSEP],
    ['CONVFMT', '%.6g'],
    ['OFMT', '%.6g'],
    ['RSTART', 0],
    ['RLENGTH', -1],
    ['FILENAME', ''],
  ]);
  readonly #arrays = new Map<string, AwkArray>();
  #locals: Map<string, Value | AwkArray> | undefined;
  #fields: string[] = [];
  #record = '';
  /** Assigned fields that are no longer what the record's text says. */
  #typed = new Map<number, Value>();
  readonly #openRanges = new Set<Rule>();
  readonly #regexes = new Map<string, Regex>();
  #steps = 0;
  #callDepth = 0;

  constructor(program: Program, host: AwkHost) {
    this.#program = program;
    this.#host = host;
  }

  get hasMainRules(): boolean {
    return this.#program.rules.some((rule) => rule.pattern.kind !== 'begin');
  }

  setGlobal(name: string, value: Value): void {
    this.#globals.set(name, value);
  }

  setElement(array: string, key: string, value: Value): void {
    this.#array(array).set(key, value);
  }

  /** BEGIN or END. @throws Exit, AwkProblem */
  runSpecial(kind: 'begin' | 'end'): void {
    for (const rule of this.#program.rules) {
      if (rule.pattern.kind !== kind || rule.action === undefined) continue;
      this.#steps = 0;
      this.#runAction(rule.action);
    }
  }

  runRecord(record: string): void {
    this.#setRecord(record);
    this.#globals.set('NR', toNumber(this.#globals.get('NR')) + 1);
    this.#globals.set('FNR', toNumber(this.#globals.get('FNR')) + 1);
    this.#steps = 0;
    try {
      for (const rule of this.#program.rules) {
        if (!this.#selects(rule)) continue;
        if (rule.action === undefined)
          this.#host.write(undefined, false, this.#record + this.#text(this.#globals.get('ORS')));
        else this.#runAction(rule.action);
      }
    } catch (error) {
      if (!(error instanceof Jump) || error.kind !== 'next') throw error;
    }
  }

  #runAction(action: readonly Statement[]): void {
    for (const statement of action) this.#statement(statement);
  }

  #selects(rule: Rule): boolean {
    const pattern: Pattern = rule.pattern;
    switch (pattern.kind) {
      case 'begin':
      case 'end':
        return false;
      case 'always':
        return true;
      case 'when':
        return isTrue(this.#evaluate(pattern.condition));
      case 'range':
        if (!this.#openRanges.has(rule)) {
          if (!isTrue(this.#evaluate(pattern.from))) return false;
          this.#openRanges.add(rule);
        }
        if (isTrue(this.#evaluate(pattern.to))) this.#openRanges.delete(rule);
        return true;
    }
  }

  // Records and fields

  #setRecord(record: string): void {
    this.#record = record;
    this.#typed.clear();
    this.#fields = this.#split(record, this.#text(this.#globals.get('FS')));
    this.#globals.set('NF', this.#fields.length);
  }

  #split(text: string, separator: string): string[] {
    if (text === '') return [];
    if (separator === ' ') return text.trim() === '' ? [] : text.trim().split(/\s+/, MAX_FIELDS);
    if (separator === '') return Array.from(text).slice(0, MAX_FIELDS);
    if (separator.length === 1 && separator !== '\\' && !'.[|*+?()^$'.includes(separator))
      return text.split(separator, MAX_FIELDS);
    if (separator.length === 1) return text.split(separator, MAX_FIELDS);
    const regex = this.#regex(separator);
    const parts: string[] = [];
    let at = 0;
    for (
      let match = regex.search(text, 0);
      match !== undefined && parts.length < MAX_FIELDS;
      match = regex.search(text, at)
    ) {
      if (match.end === match.start) break;
      parts.push(text.slice(at, match.start));
      at = match.end;
    }
    return [...parts, text.slice(at)];
  }

  #regex(source: string): Regex {
    let regex = this.#regexes.get(source);
    if (regex === undefined) {
      regex = compileRegex(source);
      if (this.#regexes.size < 200) this.#regexes.set(source, regex);
    }
    return regex;
  }

  #field(index: number): Value {
    if (index === 0) return fromInput(this.#record);
    if (index < 0) throw new AwkProblem(`attempt to access field ${index}`);
    if (this.#typed.has(index)) return this.#typed.get(index);
    const text = this.#fields[index - 1];
    return text === undefined ? undefined : fromInput(text);
  }

  #setField(index: number, value: Value): void {
    if (index === 0) {
      this.#setRecord(this.#text(value));
      return;
    }
    if (index < 0 || index > MAX_FIELDS) throw new AwkProblem(`attempt to access field ${index}`);
    while (this.#fields.length < index) this.#fields.push('');
    this.#fields[index - 1] = this.#text(value);
    this.#typed.set(index, value);
    this.#globals.set('NF', this.#fields.length);
    this.#rebuild();
  }

  #rebuild(): void {
    this.#record = this.#fields.join(this.#text(this.#globals.get('OFS')));
  }

  // Variables

  #get(name: string): Value {
    const local = this.#locals?.get(name);
    if (this.#locals?.has(name) === true) return local instanceof Map ? undefined : local;
    return this.#globals.get(name);
  }

  #set(name: string, value: Value): void {
    if (this.#locals?.has(name) === true) this.#locals.set(name, value);
    else {
      this.#globals.set(name, value);
      if (name === 'NF') {
        const count = Math.max(0, Math.min(MAX_FIELDS, Math.trunc(toNumber(value))));
        this.#fields.length = Math.min(this.#fields.length, count);
        while (this.#fields.length < count) this.#fields.push('');
        this.#rebuild();
      }
    }
  }

  #array(name: string): AwkArray {
    if (this.#locals?.has(name) === true) {
      const local = this.#locals.get(name);
      if (local instanceof Map) return local;
      const made: AwkArray = new Map();
      this.#locals.set(name, made);
      return made;
    }
    let array = this.#arrays.get(name);
    if (array === undefined) {
      array = new Map();
      this.#arrays.set(name, array);
    }
    return array;
  }

  #key(subscripts: readonly Expression[]): string {
    return subscripts
      .map((subscript) => this.#text(this.#evaluate(subscript)))
      .join(this.#text(this.#globals.get('SUBSEP')));
  }

  #text(value: Value, format = 'CONVFMT'): string {
    if (typeof value === 'string') return value;
    if (value === undefined) return '';
    if (typeof value === 'object') return value.text;
    if (Number.isInteger(value) && Math.abs(value) < 1e16) return String(value);
    return this.#sprintf(this.#text(this.#globals.get(format)), [value]);
  }

  // Statements

  #tick(): void {
    if (++this.#steps > MAX_STEPS) throw new AwkProblem('the program takes too many steps');
  }

  #statement(statement: Statement): void {
    this.#tick();
    switch (statement.kind) {
      case 'expression':
        this.#evaluate(statement.expression);
        return;
      case 'print':
      case 'printf':
        this.#print(statement);
        return;
      case 'block':
        this.#runAction(statement.body);
        return;
      case 'if':
        if (isTrue(this.#evaluate(statement.condition))) this.#statement(statement.yes);
        else if (statement.no !== undefined) this.#statement(statement.no);
        return;
      case 'while':
        this.#while(statement);
        return;
      case 'for':
        if (statement.init !== undefined) this.#statement(statement.init);
        while (statement.condition === undefined || isTrue(this.#evaluate(statement.condition))) {
          this.#tick();
          if (!this.#turn(statement.body)) return;
          if (statement.step !== undefined) this.#statement(statement.step);
        }
        return;
      case 'for-in':
        for (const key of [...this.#array(statement.array).keys()]) {
          this.#set(statement.variable, fromInput(key));
          if (!this.#turn(statement.body)) return;
        }
        return;
      case 'delete':
        if (statement.subscripts === undefined) this.#array(statement.array).clear();
        else this.#array(statement.array).delete(this.#key(statement.subscripts));
        return;
      case 'return':
        throw new Return(statement.value === undefined ? undefined : this.#evaluate(statement.value));
      case 'exit':
        throw new Exit(
          statement.value === undefined ? 0 : Math.trunc(toNumber(this.#evaluate(statement.value))) & 0xff,
        );
      case 'next':
      case 'break':
      case 'continue':
        throw new Jump(statement.kind);
    }
  }

  #while(statement: Statement & { readonly kind: 'while' }): void {
    if (statement.first && !this.#turn(statement.body)) return;
    while (isTrue(this.#evaluate(statement.condition))) {
      this.#tick();
      if (!this.#turn(statement.body)) return;
    }
  }

  /** One turn of a loop; false after `break`. */
  #turn(body: Statement): boolean {
    try {
      this.#statement(body);
      return true;
    } catch (error) {
      if (!(error instanceof Jump) || error.kind === 'next') throw error;
      return error.kind === 'continue';
    }
  }

  #print(statement: Statement & { readonly kind: 'print' | 'printf' }): void {
    const values = statement.args.map((argument) => this.#evaluate(argument));
    let text: string;
    if (statement.kind === 'printf') text = this.#sprintf(this.#text(values[0]), values.slice(1));
    else
      text =
        (values.length === 0
          ? this.#record
          : values.map((value) => this.#text(value, 'OFMT')).join(this.#text(this.#globals.get('OFS')))) +
        this.#text(this.#globals.get('ORS'));
    const { output } = statement;
    this.#host.write(
      output === undefined ? undefined : this.#text(this.#evaluate(output.file)),
      output?.append === true,
      text,
    );
  }

  #sprintf(format: string, values: readonly Value[]): string {
    let index = 0;
    // printf(1) unescapes its format; awk's strings are unescaped already.
    const plain = format.replaceAll('\\', '\\\\');
    const conversions = [...format.matchAll(/%[-+ #0]*(\*|\d+)?(?:\.(?:\*|\d+))?([a-zA-Z%])/g)]
      .filter((match) => match[2] !== '%')
      .flatMap((match) => [...(match[0].match(/\*/g) ?? []), match[2] ?? '']);
    const result = formatOnce(plain, {
      next: () => {
        const value = values[index];
        const conversion = conversions[index++] ?? 's';
        if ('diouxX*'.includes(conversion))
          return String(BigInt(Math.trunc(Number.isFinite(toNumber(value)) ? toNumber(value) : 0)));
        if ('eEfFgG'.includes(conversion)) return String(toNumber(value));
        if (conversion === 'c' && typeof value === 'number')
          return String.fromCodePoint(Math.max(0, Math.min(0x10ffff, Math.trunc(value))));
        return this.#text(value);
      },
      warn: () => undefined,
    });
    return result.text;
  }

  // Expressions

  #evaluate(expression: Expression): Value {
    this.#tick();
    switch (expression.kind) {
      case 'number':
      case 'string':
        return expression.value;
      case 'regex':
        return expression.regex.test(this.#record) ? 1 : 0;
      case 'variable':
        return this.#get(expression.name);
      case 'field':
        return this.#field(Math.trunc(toNumber(this.#evaluate(expression.index))));
      case 'element': {
        const array = this.#array(expression.array);
        const key = this.#key(expression.subscripts);
        if (!array.has(key)) array.set(key, undefined);
        return array.get(key);
      }
      case 'in':
        return this.#array(expression.array).has(this.#key(expression.subscripts)) ? 1 : 0;
      case 'assign':
        return this.#assign(expression);
      case 'step': {
        const before = toNumber(this.#evaluate(expression.target));
        this.#store(expression.target, before + expression.by);
        return expression.prefix ? before + expression.by : before;
      }
      case 'unary': {
        const operand = this.#evaluate(expression.operand);
        if (expression.operator === '!') return isTrue(operand) ? 0 : 1;
        return expression.operator === '-' ? -toNumber(operand) : toNumber(operand);
      }
      case 'binary':
        return this.#binary(
          expression.operator,
          this.#evaluate(expression.left),
          this.#evaluate(expression.right),
        );
      case 'match': {
        const text = this.#text(this.#evaluate(expression.text));
        return this.#pattern(expression.pattern).test(text) !== expression.negated ? 1 : 0;
      }
      case 'and':
        return isTrue(this.#evaluate(expression.left)) && isTrue(this.#evaluate(expression.right)) ? 1 : 0;
      case 'or':
        return isTrue(this.#evaluate(expression.left)) || isTrue(this.#evaluate(expression.right)) ? 1 : 0;
      case 'concatenation': {
        const text =
          this.#text(this.#evaluate(expression.left)) + this.#text(this.#evaluate(expression.right));
        if (text.length > MAX_TEXT) throw new AwkProblem('a string grew too large');
        return text;
      }
      case 'conditional':
        return isTrue(this.#evaluate(expression.condition))
          ? this.#evaluate(expression.yes)
          : this.#evaluate(expression.no);
      case 'call':
        return this.#call(expression.name, expression.args);
      case 'getline': {
        const record = this.#host.nextRecord();
        if (record === undefined) return 0;
        this.#setRecord(record);
        this.#globals.set('NR', toNumber(this.#globals.get('NR')) + 1);
        return 1;
      }
    }
  }

  #pattern(expression: Expression): Regex {
    return expression.kind === 'regex'
      ? expression.regex
      : this.#regex(this.#text(this.#evaluate(expression)));
  }

  #assign(expression: Expression & { readonly kind: 'assign' }): Value {
    let value = this.#evaluate(expression.value);
    if (expression.operator !== '=')
      value = this.#binary(expression.operator.slice(0, -1), this.#evaluate(expression.target), value);
    this.#store(expression.target, value);
    return value;
  }

  #store(target: Expression, value: Value): void {
    if (target.kind === 'variable') this.#set(target.name, value);
    else if (target.kind === 'field')
      this.#setField(Math.trunc(toNumber(this.#evaluate(target.index))), value);
    else if (target.kind === 'element') this.#array(target.array).set(this.#key(target.subscripts), value);
  }

  #binary(operator: string, left: Value, right: Value): Value {
    if (['<', '<=', '==', '!=', '>', '>='].includes(operator))
      return compareValues(operator, left, right, (value) => this.#text(value)) ? 1 : 0;
    const [a, b] = [toNumber(left), toNumber(right)];
    switch (operator) {
      case '+':
        return a + b;
      case '-':
        return a - b;
      case '*':
        return a * b;
      case '^':
        return a ** b;
      default:
        if (b === 0) throw new AwkProblem(operator === '/' ? 'division by zero' : 'division by zero in %');
        return operator === '/' ? a / b : a % b;
    }
  }

  // Functions

  #call(name: string, args: readonly Expression[]): Value {
    const defined = this.#program.functions.get(name);
    if (defined !== undefined) return this.#callDefined(name, defined, args);
    const number = (index: number): number =>
      toNumber(args[index] === undefined ? undefined : this.#evaluate(args[index]));
    const text = (index: number): string =>
      this.#text(args[index] === undefined ? undefined : this.#evaluate(args[index]));
    switch (name) {
      case 'length': {
        const [only] = args;
        if (only === undefined) return Array.from(this.#record).length;
        if (
          only.kind === 'variable' &&
          (this.#arrays.has(only.name) || this.#locals?.get(only.name) instanceof Map)
        )
          return this.#array(only.name).size;
        return Array.from(text(0)).length;
      }
      case 'substr':
        return substring(text(0), number(1), args.length > 2 ? number(2) : Number.POSITIVE_INFINITY);
      case 'index':
        return (
          Array.from(text(0).slice(0, Math.max(0, text(0).indexOf(text(1))))).length +
          (text(0).includes(text(1)) ? 1 : 0)
        );
      case 'split':
        return this.#splitInto(args);
      case 'sub':
      case 'gsub':
        return this.#substitute(name === 'gsub', args);
      case 'match': {
        const found = args[1] === undefined ? undefined : this.#pattern(args[1]).search(text(0), 0);
        this.#globals.set('RSTART', found === undefined ? 0 : found.start + 1);
        this.#globals.set('RLENGTH', found === undefined ? -1 : found.end - found.start);
        return found === undefined ? 0 : found.start + 1;
      }
      case 'sprintf':
        return this.#sprintf(
          text(0),
          args.slice(1).map((argument) => this.#evaluate(argument)),
        );
      case 'tolower':
        return text(0).toLowerCase();
      case 'toupper':
        return text(0).toUpperCase();
      case 'int':
        return Math.trunc(number(0));
      case 'sqrt':
        return Math.sqrt(number(0));
      case 'exp':
        return Math.exp(number(0));
      case 'log':
        return Math.log(number(0));
      case 'sin':
        return Math.sin(number(0));
      case 'cos':
        return Math.cos(number(0));
      case 'atan2':
        return Math.atan2(number(0), number(1));
      case 'rand':
        return this.#host.random();
      case 'srand':
      case 'close':
      case 'fflush':
        return 0;
      case 'system':
        throw new AwkProblem('system() is not supported here');
      default:
        throw new AwkProblem(`function \`${name}' not defined`);
    }
  }

  #callDefined(name: string, definition: FunctionDefinition, args: readonly Expression[]): Value {
    if (args.length > definition.parameters.length)
      throw new AwkProblem(`function \`${name}' called with more arguments than declared`);
    if (++this.#callDepth > MAX_CALL_DEPTH) throw new AwkProblem('functions call each other too deeply');
    const locals = new Map<string, Value | AwkArray>();
    definition.parameters.forEach((parameter, index) => {
      const argument = args[index];
      if (argument === undefined) locals.set(parameter, undefined);
      else if (argument.kind === 'variable' && this.#isArray(argument.name))
        locals.set(parameter, this.#array(argument.name));
      else locals.set(parameter, this.#evaluate(argument));
    });
    const saved = this.#locals;
    this.#locals = locals;
    try {
      this.#runAction(definition.body);
      return undefined;
    } catch (error) {
      if (error instanceof Return) return error.value;
      throw error;
    } finally {
      this.#locals = saved;
      this.#callDepth--;
    }
  }

  #isArray(name: string): boolean {
    const local = this.#locals?.get(name);
    return this.#locals?.has(name) === true
      ? local instanceof Map
      : this.#arrays.has(name) && this.#globals.get(name) === undefined;
  }

  #splitInto(args: readonly Expression[]): number {
    const [text, target, separator] = args;
    if (text === undefined || target?.kind !== 'variable')
      throw new AwkProblem('split: second argument is not an array');
    const source = this.#text(this.#evaluate(text));
    const by =
      separator === undefined
        ? this.#text(this.#globals.get('FS'))
        : separator.kind === 'regex'
          ? undefined
          : this.#text(this.#evaluate(separator));
    let parts: string[];
    if (by !== undefined) parts = this.#split(source, by);
    else {
      parts = [];
      const regex = separator === undefined ? this.#regex(' ') : this.#pattern(separator);
      let at = 0;
      for (
        let match = source === '' ? undefined : regex.search(source, 0);
        match !== undefined && match.end > match.start && parts.length < MAX_FIELDS;
        match = regex.search(source, at)
      ) {
        parts.push(source.slice(at, match.start));
        at = match.end;
      }
      if (source !== '') parts.push(source.slice(at));
    }
    const array = this.#array(target.name);
    array.clear();
    parts.forEach((part, index) => array.set(String(index + 1), fromInput(part)));
    return parts.length;
  }

  #substitute(everywhere: boolean, args: readonly Expression[]): number {
    const [pattern, replacement, target = { kind: 'field', index: { kind: 'number', value: 0 } } as const] =
      args;
    if (pattern === undefined || replacement === undefined) throw new AwkProblem('sub: not enough arguments');
    const regex = this.#pattern(pattern);
    const by = this.#text(this.#evaluate(replacement));
    const text = this.#text(this.#evaluate(target));
    let [result, at, count] = ['', 0, 0];
    for (
      let match = regex.search(text, 0);
      match !== undefined;
      match = at <= text.length ? regex.search(text, at) : undefined
    ) {
      count++;
      result += text.slice(at, match.start) + replaced(by, match);
      at = match.end;
      if (match.end === match.start) result += text.charAt(at++);
      if (!everywhere || result.length > MAX_TEXT) break;
    }
    if (count > 0) this.#store(target, result + text.slice(at));
    return count;
  }
}
