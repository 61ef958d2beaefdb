import { formatValue } from './formats.ts';
import { isArray, isObject, typeName } from './json.ts';
import type { Json } from './json.ts';
import type { NativeFunction, NativeHost } from './native.ts';
import { NameChecker, namesOf } from './names.ts';
import type { Scope } from './names.ts';
import type { Definition, Pattern, Term } from './syntax.ts';
import {
  JqError,
  arithmetic,
  deletePaths,
  entriesOf,
  getPath,
  indexValue,
  isTruthy,
  setPath,
  shown,
  sliceValue,
} from './values.ts';

/** A value, with its path from the root of a path expression while one is being followed. */
export interface Item {
  readonly value: Json;
  /** undefined: no path is followed. 'lost': the value no longer stands in the input. */
  readonly path: readonly Json[] | 'lost' | undefined;
}

type Outputs = Generator<Item, void>;

/** `break $name` on its way out. */
class Break extends Error {
  readonly token: object;
  constructor(token: object) {
    super('break');
    this.token = token;
  }
}

/** Steps of one program over one input: what `[range(1e12)]` may cost. */
const MAX_STEPS = 3_000_000;
/** How deep calls may nest; each takes a few frames of the host's stack. */
const MAX_DEPTH = 400;

export class BudgetSpent extends Error {}

export class Evaluator {
  readonly #root: Scope | undefined;
  readonly #natives: ReadonlyMap<string, NativeFunction>;
  readonly #host: NativeHost;
  #steps = 0;
  #depth = 0;

  constructor(options: {
    readonly prelude: readonly Definition[];
    readonly natives: ReadonlyMap<string, NativeFunction>;
    readonly variables: ReadonlyMap<string, Json>;
    readonly host: NativeHost;
  }) {
    this.#natives = options.natives;
    this.#host = options.host;
    let scope: Scope | undefined;
    for (const definition of options.prelude) scope = { parent: scope, definition };
    for (const [name, value] of options.variables) scope = { parent: scope, variable: { name, value } };
    this.#root = scope;
  }

  /** The outputs of a program for one input. @throws JqError, BudgetSpent */
  *run(program: Term, input: Json): Generator<Json, void> {
    this.#steps = 0;
    const scope = this.#root;
    if (scope === undefined) return;
    try {
      for (const item of this.#eval(program, scope, { value: input, path: undefined })) yield item.value;
    } catch (error) {
      if (error instanceof Break) throw new JqError('break');
      throw error;
    }
  }

  /** Finds names that nothing defines, before anything runs. */
  check(program: Term): void {
    if (this.#root !== undefined) new NameChecker(this.#natives).check(program, this.#root);
  }

  *#eval(term: Term, scope: Scope, input: Item): Outputs {
    if (++this.#steps > MAX_STEPS) throw new BudgetSpent('the program takes too many steps');
    if (++this.#depth > MAX_DEPTH) throw new BudgetSpent('the program is nested too deeply');
    const depth = this.#depth;
    try {
      for (const output of this.#dispatch(term, scope, input)) {
        this.#depth = depth - 1;
        yield output;
        this.#depth = depth;
      }
    } finally {
      this.#depth = depth - 1;
    }
  }

  /** A value that doesn't stand in the input. */
  #fresh(value: Json, input: Item): Item {
    return { value, path: input.path === undefined ? undefined : 'lost' };
  }

  /** Evaluates without following paths. */
  #values(term: Term, scope: Scope, input: Item): Outputs {
    return this.#eval(
      term,
      scope,
      input.path === undefined ? input : { value: input.value, path: undefined },
    );
  }

  *#dispatch(term: Term, scope: Scope, input: Item): Outputs {
    switch (term.kind) {
      case 'identity':
        yield input;
        return;
      case 'recurse-all':
        yield* this.#recurse(input);
        return;
      case 'literal':
        yield this.#fresh(term.value, input);
        return;
      case 'string':
        yield* this.#string(term, 0, '', scope, input);
        return;
      case 'format':
        yield this.#fresh(formatValue(term.name, input.value), input);
        return;
      case 'index':
        for (const target of this.#eval(term.target, scope, input))
          for (const key of this.#values(term.key, scope, input)) yield this.#step(target, key.value);
        return;
      case 'slice':
        yield* this.#slice(term, scope, input);
        return;
      case 'iterate':
        for (const target of this.#eval(term.target, scope, input))
          for (const [key, value] of entriesOf(target.value)) yield { value, path: extend(target, key) };
        return;
      case 'try':
        yield* this.#try(term, scope, input);
        return;
      case 'pipe':
        for (const left of this.#eval(term.left, scope, input)) yield* this.#eval(term.right, scope, left);
        return;
      case 'comma':
        yield* this.#eval(term.left, scope, input);
        yield* this.#eval(term.right, scope, input);
        return;
      case 'alternative':
        yield* this.#alternative(term, scope, input);
        return;
      case 'and':
      case 'or':
        yield* this.#logical(term.kind, term.left, term.right, scope, input);
        return;
      case 'binary':
        // The right side varies slowest, as in jq.
        for (const right of this.#values(term.right, scope, input))
          for (const left of this.#values(term.left, scope, input))
            yield this.#fresh(arithmetic(term.operator, left.value, right.value), input);
        return;
      case 'update':
        yield* this.#update(term.operator, term.left, term.right, scope, input);
        return;
      case 'negate':
        for (const inner of this.#values(term.inner, scope, input)) {
          if (typeof inner.value !== 'number') throw new JqError(`${shown(inner.value)} cannot be negated`);
          yield this.#fresh(-inner.value, input);
        }
        return;
      case 'array': {
        const items: Json[] = [];
        if (term.inner !== undefined)
          for (const item of this.#values(term.inner, scope, input)) items.push(item.value);
        yield this.#fresh(items, input);
        return;
      }
      case 'object':
        yield* this.#object(term.entries, 0, new Map(), scope, input);
        return;
      case 'if':
        for (const condition of this.#values(term.condition, scope, input)) {
          if (isTruthy(condition.value)) yield* this.#eval(term.then, scope, input);
          else if (term.otherwise === undefined) yield input;
          else yield* this.#eval(term.otherwise, scope, input);
        }
        return;
      case 'reduce':
        yield* this.#reduce(term, scope, input);
        return;
      case 'foreach':
        yield* this.#foreach(term, scope, input);
        return;
      case 'bind':
        yield* this.#bind(term, scope, input);
        return;
      case 'define':
        yield* this.#eval(term.body, { parent: scope, definition: term.definition }, input);
        return;
      case 'call':
        yield* this.#call(term, scope, input);
        return;
      case 'variable':
        yield this.#fresh(this.#variable(term.name, scope), input);
        return;
      case 'label': {
        const token = {};
        try {
          yield* this.#eval(term.body, { parent: scope, label: { name: term.name, token } }, input);
        } catch (error) {
          if (!(error instanceof Break) || error.token !== token) throw error;
        }
        return;
      }
      case 'break':
        for (let at: Scope | undefined = scope; at !== undefined; at = at.parent)
          if (at.label?.name === term.name) throw new Break(at.label.token);
        throw new JqError(`$*label-${term.name} is not defined`);
    }
  }

  // Paths

  #step(target: Item, key: Json): Item {
    if (target.path === 'lost') throw invalidPath(target.value, key);
    return { value: indexValue(target.value, key), path: extend(target, key) };
  }

  *#slice(term: Term & { readonly kind: 'slice' }, scope: Scope, input: Item): Outputs {
    const none: Term = { kind: 'literal', value: null };
    for (const target of this.#eval(term.target, scope, input)) {
      for (const to of this.#values(term.to ?? none, scope, input)) {
        for (const from of this.#values(term.from ?? none, scope, input)) {
          const key = new Map<string, Json>([
            ['start', from.value],
            ['end', to.value],
          ]);
          if (target.path === 'lost') throw invalidPath(target.value, key);
          yield { value: sliceValue(target.value, from.value, to.value), path: extend(target, key) };
        }
      }
    }
  }

  *#recurse(input: Item): Outputs {
    if (++this.#steps > MAX_STEPS) throw new BudgetSpent('the program takes too many steps');
    yield input;
    if (!isArray(input.value) && !isObject(input.value)) return;
    for (const [key, value] of entriesOf(input.value))
      yield* this.#recurse({ value, path: extend(input, key) });
  }

  /** All paths that an expression names. */
  *paths(term: Term, scope: Scope, input: Json): Generator<readonly Json[], void> {
    for (const item of this.#eval(term, scope, { value: input, path: [] })) {
      if (item.path === 'lost' || item.path === undefined)
        throw new JqError(`Invalid path expression with result ${formatShort(item.value)}`);
      yield item.path;
    }
  }

  *#update(operator: string, left: Term, right: Term, scope: Scope, input: Item): Outputs {
    if (operator === '|=') {
      let value = input.value;
      const removed: Json[] = [];
      for (const path of this.paths(left, scope, input.value)) {
        const outputs = this.#values(right, scope, { value: getPath(value, path), path: undefined });
        const first = outputs.next();
        outputs.return();
        if (first.done === true) removed.push(path);
        else value = setPath(value, path, first.value.value);
      }
      yield this.#fresh(removed.length === 0 ? value : deletePaths(value, removed), input);
      return;
    }
    for (const operand of this.#values(right, scope, input)) {
      let value = input.value;
      for (const path of this.paths(left, scope, input.value)) {
        const old = getPath(value, path);
        const next =
          operator === '='
            ? operand.value
            : operator === '//='
              ? isTruthy(old)
                ? old
                : operand.value
              : arithmetic(operator.slice(0, -1), old, operand.value);
        value = setPath(value, path, next);
      }
      yield this.#fresh(value, input);
    }
  }

  // Pieces of syntax

  *#string(
    term: Term & { readonly kind: 'string' },
    at: number,
    text: string,
    scope: Scope,
    input: Item,
  ): Outputs {
    const part = term.parts[at];
    if (part === undefined) {
      yield this.#fresh(text, input);
      return;
    }
    if (typeof part === 'string') {
      yield* this.#string(term, at + 1, text + part, scope, input);
      return;
    }
    for (const item of this.#values(part, scope, input))
      yield* this.#string(term, at + 1, text + formatValue(term.format ?? '@text', item.value), scope, input);
  }

  *#object(
    entries: readonly { readonly key: Term; readonly value: Term }[],
    at: number,
    object: ReadonlyMap<string, Json>,
    scope: Scope,
    input: Item,
  ): Outputs {
    const entry = entries[at];
    if (entry === undefined) {
      yield this.#fresh(object, input);
      return;
    }
    for (const key of this.#values(entry.key, scope, input)) {
      if (typeof key.value !== 'string') throw new JqError(`Object keys must be strings`);
      for (const value of this.#values(entry.value, scope, input))
        yield* this.#object(entries, at + 1, new Map([...object, [key.value, value.value]]), scope, input);
    }
  }

  *#try(term: Term & { readonly kind: 'try' }, scope: Scope, input: Item): Outputs {
    try {
      yield* guarded(this.#eval(term.body, scope, input));
    } catch (error) {
      if (!(error instanceof Caught)) throw error;
      const { cause } = error;
      if (cause.value instanceof Map && (cause.value as ReadonlyMap<string, Json>).has('__jq')) return;
      if (term.handler !== undefined) yield* this.#eval(term.handler, scope, this.#fresh(cause.value, input));
    }
  }

  *#alternative(term: { readonly left: Term; readonly right: Term }, scope: Scope, input: Item): Outputs {
    let any = false;
    try {
      for (const item of this.#eval(term.left, scope, input)) {
        if (!isTruthy(item.value)) continue;
        any = true;
        yield item;
      }
    } catch (error) {
      if (!(error instanceof JqError)) throw error;
    }
    if (!any) yield* this.#eval(term.right, scope, input);
  }

  *#logical(kind: 'and' | 'or', left: Term, right: Term, scope: Scope, input: Item): Outputs {
    for (const first of this.#values(left, scope, input)) {
      if (isTruthy(first.value) === (kind === 'or')) yield this.#fresh(kind === 'or', input);
      else
        for (const second of this.#values(right, scope, input))
          yield this.#fresh(isTruthy(second.value), input);
    }
  }

  *#reduce(term: Term & { readonly kind: 'reduce' }, scope: Scope, input: Item): Outputs {
    for (const init of this.#eval(term.init, scope, input)) {
      let state: Item = init;
      for (const source of this.#values(term.source, scope, input)) {
        for (const bound of this.#destructure(term.pattern, source.value, scope, input)) {
          let last: Item | undefined;
          for (const next of this.#eval(term.update, bound, state)) last = next;
          state = last ?? this.#fresh(null, input);
        }
      }
      yield state;
    }
  }

  *#foreach(term: Term & { readonly kind: 'foreach' }, scope: Scope, input: Item): Outputs {
    for (const init of this.#eval(term.init, scope, input)) {
      let state = init;
      for (const source of this.#values(term.source, scope, input)) {
        for (const bound of this.#destructure(term.pattern, source.value, scope, input)) {
          for (const next of this.#eval(term.update, bound, state)) {
            state = next;
            if (term.extract === undefined) yield next;
            else yield* this.#eval(term.extract, bound, next);
          }
        }
      }
    }
  }

  *#bind(term: Term & { readonly kind: 'bind' }, scope: Scope, input: Item): Outputs {
    for (const source of this.#values(term.source, scope, input))
      yield* this.#bindPatterns(term, 0, source.value, scope, input);
  }

  /** `?//`: the next pattern when this one, or the body under it, fails. All variables of the others are null. */
  *#bindPatterns(
    term: Term & { readonly kind: 'bind' },
    at: number,
    value: Json,
    scope: Scope,
    input: Item,
  ): Outputs {
    const pattern = term.patterns[at];
    if (pattern === undefined) return;
    let base = scope;
    if (term.patterns.length > 1)
      for (const name of term.patterns.flatMap(namesOf))
        base = { parent: base, variable: { name, value: null } };
    try {
      for (const bound of this.#destructure(pattern, value, base, input))
        yield* this.#eval(term.body, bound, input);
    } catch (error) {
      if (!(error instanceof JqError) || at === term.patterns.length - 1) throw error;
      yield* this.#bindPatterns(term, at + 1, value, scope, input);
    }
  }

  *#destructure(pattern: Pattern, value: Json, scope: Scope, input: Item): Generator<Scope, void> {
    switch (pattern.kind) {
      case 'variable':
        yield { parent: scope, variable: { name: pattern.name, value } };
        return;
      case 'array':
        if (!isArray(value) && value !== null)
          throw new JqError(`Cannot index ${typeName(value)} with number`);
        yield* this.#destructureItems(pattern.items, 0, value ?? [], scope, input);
        return;
      case 'object':
        yield* this.#destructureFields(pattern, 0, value, scope, input);
    }
  }

  *#destructureItems(
    items: readonly Pattern[],
    at: number,
    value: readonly Json[],
    scope: Scope,
    input: Item,
  ): Generator<Scope, void> {
    const pattern = items[at];
    if (pattern === undefined) {
      yield scope;
      return;
    }
    for (const bound of this.#destructure(pattern, value[at] ?? null, scope, input))
      yield* this.#destructureItems(items, at + 1, value, bound, input);
  }

  *#destructureFields(
    pattern: Pattern & { readonly kind: 'object' },
    at: number,
    value: Json,
    scope: Scope,
    input: Item,
  ): Generator<Scope, void> {
    const field = pattern.fields[at];
    if (field === undefined) {
      yield scope;
      return;
    }
    for (const key of this.#values(field.key, scope, input)) {
      const inner = indexValue(value, key.value);
      const bound: Scope =
        field.variable === undefined
          ? scope
          : { parent: scope, variable: { name: field.variable, value: inner } };
      if (field.pattern === undefined) yield* this.#destructureFields(pattern, at + 1, value, bound, input);
      else
        for (const deeper of this.#destructure(field.pattern, inner, bound, input))
          yield* this.#destructureFields(pattern, at + 1, value, deeper, input);
    }
  }

  #variable(name: string, scope: Scope): Json {
    for (let at: Scope | undefined = scope; at !== undefined; at = at.parent)
      if (at.variable?.name === name) return at.variable.value;
    if (name === 'ENV') return this.#host.environment();
    throw new JqError(`$${name} is not defined`);
  }

  // Calls

  *#call(term: Term & { readonly kind: 'call' }, scope: Scope, input: Item): Outputs {
    const { name, args } = term;
    for (let at: Scope | undefined = scope; at !== undefined; at = at.parent) {
      if (at.closure?.name === name && args.length === 0) {
        yield* this.#eval(at.closure.closure.term, at.closure.closure.scope, input);
        return;
      }
      if (at.definition?.name === name && at.definition.parameters.length === args.length) {
        yield* this.#callDefined(at.definition, at, args, scope, input, 0);
        return;
      }
    }
    yield* this.#callNative(name, args, scope, input);
  }

  /** Binds parameters one by one: closures as they are, `$name` parameters to each value of their argument. */
  *#callDefined(
    definition: Definition,
    defined: Scope,
    args: readonly Term[],
    caller: Scope,
    input: Item,
    at: number,
    inner: Scope = defined,
  ): Outputs {
    const parameter = definition.parameters[at];
    const argument = args[at];
    if (parameter === undefined || argument === undefined) {
      yield* this.#eval(definition.body, inner, input);
      return;
    }
    if (!parameter.startsWith('$')) {
      yield* this.#callDefined(definition, defined, args, caller, input, at + 1, {
        parent: inner,
        closure: { name: parameter, closure: { term: argument, scope: caller } },
      });
      return;
    }
    const name = parameter.slice(1);
    for (const value of this.#values(argument, caller, input)) {
      const bound: Scope = {
        parent: { parent: inner, variable: { name, value: value.value } },
        closure: { name, closure: { term: { kind: 'literal', value: value.value }, scope: inner } },
      };
      yield* this.#callDefined(definition, defined, args, caller, input, at + 1, bound);
    }
  }

  *#callNative(name: string, args: readonly Term[], scope: Scope, input: Item): Outputs {
    const [first] = args;
    switch (`${name}/${args.length}`) {
      case 'empty/0':
        return;
      case 'path/1':
        if (first !== undefined)
          for (const path of this.paths(first, scope, input.value)) yield this.#fresh([...path], input);
        return;
      case 'getpath/1':
        if (first !== undefined)
          for (const path of this.#values(first, scope, input)) yield this.#getPath(path.value, input);
        return;
      case 'input/0':
      case 'inputs/0':
        for (let next = this.#host.nextInput(); ; next = this.#host.nextInput()) {
          if (next === undefined) {
            if (name === 'input') throw new JqError('No more inputs');
            return;
          }
          yield this.#fresh(next, input);
          if (name === 'input') return;
        }
    }
    const native = this.#natives.get(`${name}/${args.length}`);
    if (native === undefined) throw new JqError(`${name}/${args.length} is not defined`);
    yield* this.#applyNative(native, args, [], scope, input);
  }

  #getPath(path: Json, input: Item): Item {
    if (!isArray(path)) throw new JqError('Path must be specified as an array');
    const value = getPath(input.value, path);
    return {
      value,
      path: input.path === undefined || input.path === 'lost' ? input.path : [...input.path, ...path],
    };
  }

  /** Every combination of the arguments' values, the last varying slowest. */
  *#applyNative(
    native: NativeFunction,
    args: readonly Term[],
    values: readonly Json[],
    scope: Scope,
    input: Item,
  ): Outputs {
    const argument = args[args.length - 1 - values.length];
    if (argument === undefined) {
      for (const output of native(this.#host, input.value, values)) {
        if (++this.#steps > MAX_STEPS) throw new BudgetSpent('the program takes too many steps');
        yield this.#fresh(output, input);
      }
      return;
    }
    for (const value of this.#values(argument, scope, input))
      yield* this.#applyNative(native, args, [value.value, ...values], scope, input);
  }
}

/** An error of a `try` body, told apart from one of what comes after it. */
class Caught extends Error {
  override readonly cause: JqError;
  constructor(cause: JqError) {
    super('caught');
    this.cause = cause;
  }
}

function* guarded(outputs: Outputs): Outputs {
  for (;;) {
    let next: IteratorResult<Item, void>;
    try {
      next = outputs.next();
    } catch (error) {
      throw error instanceof JqError ? new Caught(error) : error;
    }
    if (next.done === true) return;
    yield next.value;
  }
}

function extend(item: Item, key: Json): Item['path'] {
  if (item.path === 'lost') throw invalidPath(item.value, key);
  return item.path === undefined ? undefined : [...item.path, key];
}

function formatShort(value: Json): string {
  return shown(value).replace(/^\w+ \((.*)\)$/s, '$1');
}

function invalidPath(value: Json, key: Json): JqError {
  return new JqError(
    `Invalid path expression near attempt to access element ${formatShort(key)} of ${formatShort(value)}`,
  );
}
