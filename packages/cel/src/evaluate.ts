import { functionNamed, isFunction } from './functions/catalog.ts';
import { CelBudgetExceeded, CelFailure, noSuchOverload } from './problems.ts';
import type { Literal, Macro, Node } from './syntax.ts';
import {
  CelOptional,
  CelType,
  CelUint,
  checkedInt,
  isList,
  isMap,
  keyOf,
  mapOf,
  typeName,
} from './values.ts';
import type { CelMap, CelValue, MapKey, Meter } from './values.ts';

/** Variables by name; what is not there is `undefined`. May be made when it is asked for. */
export type Lookup = (name: string) => CelValue | undefined;

/** Counts what one evaluation costs and ends it when that is too much (PerCallLimit of k8s.io/apiserver). */
export class Budget implements Meter {
  #left: number;

  constructor(units: number) {
    this.#left = units;
  }

  get left(): number {
    return Math.max(0, this.#left);
  }

  spend(units: number): void {
    this.#left -= units;
    if (this.#left < 0) throw new CelBudgetExceeded('operation cancelled: actual cost limit exceeded');
  }
}

const TYPES: ReadonlySet<string> = new Set([
  'bool',
  'bytes',
  'double',
  'int',
  'list',
  'map',
  'null_type',
  'string',
  'type',
  'uint',
  'optional_type',
]);

/** @throws CelFailure, CelBudgetExceeded */
export function evaluate(node: Node, lookup: Lookup, budget: Budget): CelValue {
  return new Evaluation(budget).eval(node, lookup);
}

class Evaluation {
  readonly #budget: Budget;

  constructor(budget: Budget) {
    this.#budget = budget;
  }

  eval(node: Node, scope: Lookup): CelValue {
    this.#budget.spend(1);
    switch (node.kind) {
      case 'literal':
        return literalValue(node.value);
      case 'identifier':
        return this.#variable(node.name, scope);
      case 'select':
        return this.#select(node, scope);
      case 'index':
        return this.#index(node, scope);
      case 'list':
        return this.#list(node, scope);
      case 'map':
        return this.#map(node, scope);
      case 'macro':
        return this.#macro(node, scope);
      case 'call':
        return this.#call(node, scope);
    }
  }

  #variable(name: string, scope: Lookup): CelValue {
    const value = scope(name);
    if (value !== undefined) return value;
    if (TYPES.has(name)) return new CelType(name);
    throw new CelFailure(`undeclared reference to '${name}' (in container '')`);
  }

  #select(node: Extract<Node, { kind: 'select' }>, scope: Lookup): CelValue {
    const name = qualifiedName(node);
    if (name !== undefined && /^google\.protobuf\.(?:Timestamp|Duration)$/.test(name))
      return new CelType(name);
    const operand = this.eval(node.operand, scope);
    const isOptional = operand instanceof CelOptional;
    const target = isOptional ? operand.value : operand;
    if (target === undefined) return node.test ? false : new CelOptional(undefined);
    if (!isMap(target)) {
      if (node.test) throw noSuchOverload();
      throw new CelFailure('no such overload');
    }
    const value = target.get(node.field);
    if (node.test) return value !== undefined;
    if (node.optional || isOptional) return new CelOptional(value);
    if (value === undefined) throw new CelFailure(`no such key: ${node.field}`);
    return value;
  }

  #index(node: Extract<Node, { kind: 'index' }>, scope: Lookup): CelValue {
    const operand = this.eval(node.operand, scope);
    const index = this.eval(node.index, scope);
    const isOptional = operand instanceof CelOptional;
    const target = isOptional ? operand.value : operand;
    if (target === undefined) return new CelOptional(undefined);
    const value = itemAt(target, index);
    if (node.optional || isOptional) return new CelOptional(value);
    if (value !== undefined) return value;
    throw isList(target)
      ? new CelFailure(`index out of bounds: ${keyText(index)}`)
      : new CelFailure(`no such key: ${keyText(index)}`);
  }

  #list(node: Extract<Node, { kind: 'list' }>, scope: Lookup): CelValue {
    const items: CelValue[] = [];
    for (const item of node.items) {
      const value = this.eval(item.value, scope);
      if (!item.optional) items.push(value);
      else if (!(value instanceof CelOptional)) throw noSuchOverload();
      else if (value.value !== undefined) items.push(value.value);
    }
    return items;
  }

  #map(node: Extract<Node, { kind: 'map' }>, scope: Lookup): CelValue {
    const entries = new Map<MapKey, CelValue>();
    for (const entry of node.entries) {
      const key = keyOf(this.eval(entry.key, scope));
      if (key === undefined) throw new CelFailure('unsupported key type');
      let value: CelValue | undefined = this.eval(entry.value, scope);
      if (entry.optional) {
        if (!(value instanceof CelOptional)) throw noSuchOverload();
        ({ value } = value);
        if (value === undefined) continue;
      }
      if (entries.has(key)) throw new CelFailure(`duplicate key: ${String(key)}`);
      entries.set(key, value);
    }
    return mapOf(entries);
  }

  #call(node: Extract<Node, { kind: 'call' }>, scope: Lookup): CelValue {
    const { name, target, args } = node;
    const [first, second, third] = args;
    if (first !== undefined && second !== undefined) {
      if (name === '_&&_') return this.#logic(first, second, false, scope);
      if (name === '_||_') return this.#logic(first, second, true, scope);
      if (name === '_?_:_' && third !== undefined) {
        const condition = this.eval(first, scope);
        if (typeof condition !== 'boolean') throw noSuchOverload();
        return this.eval(condition ? second : third, scope);
      }
    }
    if (target !== undefined) {
      const qualified = qualifiedName(target);
      if (qualified !== undefined && isFunction(`${qualified}.${name}`))
        return this.#invoke(`${qualified}.${name}`, undefined, args, scope);
    }
    return this.#invoke(name, target === undefined ? undefined : this.eval(target, scope), args, scope);
  }

  #invoke(name: string, target: CelValue | undefined, args: readonly Node[], scope: Lookup): CelValue {
    const implementation = functionNamed(name, target !== undefined);
    if (implementation === undefined)
      throw new CelFailure(`undeclared reference to '${name}' (in container '')`);
    // `a.orValue(b)` evaluates b only when it has to.
    if (target instanceof CelOptional && (name === 'or' || name === 'orValue') && target.value !== undefined)
      return name === 'or' ? target : target.value;
    const values = args.map((argument) => this.eval(argument, scope));
    return implementation(target === undefined ? values : [target, ...values], this.#budget);
  }

  /** `&&` and `||` take an error for what it is only when the other side does not decide. */
  #logic(left: Node, right: Node, decisive: boolean, scope: Lookup): CelValue {
    const first = this.#attempt(left, scope);
    if (first === decisive) return decisive;
    const second = this.#attempt(right, scope);
    if (second === decisive) return decisive;
    for (const outcome of [first, second]) {
      if (outcome instanceof CelFailure) throw outcome;
      if (typeof outcome !== 'boolean') throw noSuchOverload();
    }
    return !decisive;
  }

  #attempt(node: Node, scope: Lookup): CelValue | CelFailure {
    try {
      return this.eval(node, scope);
    } catch (error) {
      if (error instanceof CelFailure) return error;
      throw error;
    }
  }

  #macro(node: Macro, scope: Lookup): CelValue {
    const range = this.eval(node.range, scope);
    if (node.name === 'optMap' || node.name === 'optFlatMap') {
      if (!(range instanceof CelOptional)) throw noSuchOverload();
      if (range.value === undefined) return range;
      const value = this.eval(node.body, bind(scope, node.variable, range.value));
      return node.name === 'optMap' ? new CelOptional(value) : value;
    }
    const steps = stepsOf(range, node.second !== undefined);
    switch (node.name) {
      case 'all':
      case 'exists':
        return this.#quantify(node, steps, node.name === 'exists', scope);
      case 'exists_one':
      case 'existsOne':
        return steps.filter((step) => this.#holds(node.body, this.#bound(node, step, scope))).length === 1;
      case 'filter':
        return steps
          .filter((step) => this.#holds(node.body, this.#bound(node, step, scope)))
          .map(([key]) => key);
      case 'transformMap':
      case 'transformMapEntry':
        return this.#transformMap(node, steps, scope);
      default: {
        const items: CelValue[] = [];
        for (const step of steps) {
          const inner = this.#bound(node, step, scope);
          if (node.filter !== undefined && !this.#holds(node.filter, inner)) continue;
          items.push(this.eval(node.body, inner));
        }
        return items;
      }
    }
  }

  #transformMap(node: Macro, steps: readonly Step[], scope: Lookup): CelValue {
    const entries = new Map<MapKey, CelValue>();
    for (const step of steps) {
      const inner = this.#bound(node, step, scope);
      if (node.filter !== undefined && !this.#holds(node.filter, inner)) continue;
      const value = this.eval(node.body, inner);
      if (node.name === 'transformMap') {
        const key = keyOf(step[0]);
        if (key !== undefined) entries.set(key, value);
        continue;
      }
      if (!isMap(value)) throw noSuchOverload();
      for (const key of value.keys()) {
        if (entries.has(key)) throw new CelFailure(`insert failed: key '${String(key)}' already exists`);
        entries.set(key, value.get(key) ?? null);
      }
    }
    return mapOf(entries);
  }

  /** `all` and `exists`: one step that decides outweighs errors in others. */
  #quantify(node: Macro, steps: readonly Step[], decisive: boolean, scope: Lookup): CelValue {
    let failed: CelFailure | undefined;
    for (const step of steps) {
      const outcome = this.#attempt(node.body, this.#bound(node, step, scope));
      if (outcome === decisive) return decisive;
      if (outcome instanceof CelFailure) failed ??= outcome;
      else if (typeof outcome !== 'boolean') failed ??= noSuchOverload();
    }
    if (failed !== undefined) throw failed;
    return !decisive;
  }

  #holds(node: Node, scope: Lookup): boolean {
    const value = this.eval(node, scope);
    if (typeof value !== 'boolean') throw noSuchOverload();
    return value;
  }

  #bound(node: Macro, [key, value]: Step, scope: Lookup): Lookup {
    this.#budget.spend(1);
    if (node.second === undefined) return bind(scope, node.variable, key);
    return bind(bind(scope, node.variable, key), node.second, value);
  }
}

/** One round of a macro: the key or the item, and in the two-variable forms the value. */
type Step = readonly [key: CelValue, value: CelValue];

function stepsOf(range: CelValue, two: boolean): readonly Step[] {
  if (isList(range)) return range.map((item, index) => (two ? [BigInt(index), item] : [item, item]));
  if (isMap(range)) return [...range.keys()].map((key) => [key, two ? (range.get(key) ?? null) : key]);
  throw noSuchOverload();
}

function bind(scope: Lookup, name: string, value: CelValue): Lookup {
  return (asked) => (asked === name ? value : scope(asked));
}

function itemAt(target: CelValue, index: CelValue): CelValue | undefined {
  if (isList(target)) {
    const place = keyOf(index);
    if (typeof place !== 'bigint') throw noSuchOverload();
    return target[Number(checkedInt(place))];
  }
  if (!isMap(target)) throw noSuchOverload();
  const key = keyOf(index);
  return key === undefined ? undefined : (target satisfies CelMap).get(key);
}

function keyText(value: CelValue): string {
  const key = keyOf(value);
  return key === undefined ? typeName(value) : String(key);
}

function literalValue(value: Literal): CelValue {
  return typeof value === 'object' && value !== null && 'uint' in value ? new CelUint(value.uint) : value;
}

/** `a.b.c` of plain names, for functions that have dots in theirs. */
function qualifiedName(node: Node): string | undefined {
  if (node.kind === 'identifier') return node.name;
  if (node.kind !== 'select' || node.test || node.optional) return undefined;
  const operand = qualifiedName(node.operand);
  return operand === undefined ? undefined : `${operand}.${node.field}`;
}

/** Names that an expression uses and nothing in it binds, and functions that do not exist: what a type checker would tell first. */
export function undeclared(
  node: Node,
  declared: (name: string) => boolean,
): { readonly name: string; readonly at: number } | undefined {
  switch (node.kind) {
    case 'literal':
      return undefined;
    case 'identifier':
      return declared(node.name) || TYPES.has(node.name) ? undefined : { name: node.name, at: node.at };
    case 'select': {
      const name = qualifiedName(node);
      if (name?.startsWith('google.protobuf.') === true) return undefined;
      return undeclared(node.operand, declared);
    }
    case 'index':
      return undeclared(node.operand, declared) ?? undeclared(node.index, declared);
    case 'list':
      return firstOf(
        node.items.map((item) => item.value),
        declared,
      );
    case 'map':
      return firstOf(
        node.entries.flatMap((entry) => [entry.key, entry.value]),
        declared,
      );
    case 'macro': {
      const inside = (name: string): boolean =>
        name === node.variable || name === node.second || declared(name);
      return (
        undeclared(node.range, declared) ??
        firstOf([...(node.filter === undefined ? [] : [node.filter]), node.body], inside)
      );
    }
    case 'call': {
      const qualified = node.target === undefined ? undefined : qualifiedName(node.target);
      if (qualified !== undefined && isFunction(`${qualified}.${node.name}`))
        return firstOf(node.args, declared);
      const inside = firstOf([...(node.target === undefined ? [] : [node.target]), ...node.args], declared);
      if (inside !== undefined) return inside;
      const isOperator = /^[@_!-]/.test(node.name);
      if (isOperator || functionNamed(node.name, node.target !== undefined) !== undefined) return undefined;
      return { name: node.name, at: node.at };
    }
  }
}

function firstOf(
  nodes: readonly Node[],
  declared: (name: string) => boolean,
): { readonly name: string; readonly at: number } | undefined {
  for (const node of nodes) {
    const found = undeclared(node, declared);
    if (found !== undefined) return found;
  }
  return undefined;
}

/** Whether an expression speaks of a variable: rules about `oldSelf` hold on updates alone. */
export function mentions(node: Node, name: string): boolean {
  return undeclared(node, (asked) => asked !== name)?.name === name;
}
