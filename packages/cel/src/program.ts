import { Budget, evaluate, mentions, undeclared } from './evaluate.ts';
import type { Lookup } from './evaluate.ts';
import { fromJson, toJson } from './json.ts';
import type { CelShape } from './json.ts';
import { parse } from './parser.ts';
import { CelBudgetExceeded, CelFailure, CelSyntaxError, formatProblem } from './problems.ts';
import type { Node } from './syntax.ts';
import { CelOptional } from './values.ts';
import type { CelMap, CelValue } from './values.ts';

/** An author's expression; a longer one is a program. */
const MAX_EXPRESSION_CHARACTERS = 20_000;
/** What one expression may cost (PerCallLimit of k8s.io/apiserver pkg/apis/cel). */
export const CEL_PER_CALL_LIMIT = 1_000_000;

export type CelOutcome =
  | { readonly kind: 'holds' }
  | { readonly kind: 'does-not-hold' }
  /** `no such key: replicas`, for example. */
  | { readonly kind: 'error'; readonly message: string };

export type CelResult =
  /** `value` as JSON; undefined when JSON has no such value. `native` is the value for other expressions. `cost` in units of the budget. */
  | { readonly ok: true; readonly value: unknown; readonly native: CelValue; readonly cost: number }
  | { readonly ok: false; readonly message: string; readonly cost: number };

/** A variable's value: plain data, or an object whose fields are made when they are first asked for. */
export type CelVariable =
  | { readonly value: unknown; readonly shape?: CelShape }
  /** An optional that holds this, or nothing. */
  | { readonly optional: unknown; readonly shape?: CelShape }
  | { readonly fields: Readonly<Record<string, () => CelResult>> };

export interface CelExpression {
  /** @returns what the expression gives, or why it gives nothing. Never throws, and ends within the budget. */
  evaluate(variables: Readonly<Record<string, CelVariable>>, budget?: number): CelResult;
  /** Whether it speaks of a variable. */
  mentions(name: string): boolean;
}

export type CelCompiled =
  | { readonly ok: true; readonly expression: CelExpression }
  /** As cel-go tells it, with the place marked. */
  | { readonly ok: false; readonly message: string };

/** Reads an expression over the variables named. What it uses beside them, or calls and does not exist, is told at once. */
export function compileCel(text: string, variables: readonly string[]): CelCompiled {
  if (text.length > MAX_EXPRESSION_CHARACTERS)
    return { ok: false, message: `it is longer than ${MAX_EXPRESSION_CHARACTERS} characters` };
  let node: Node;
  try {
    node = parse(text);
  } catch (error) {
    if (!(error instanceof CelSyntaxError)) throw error;
    return { ok: false, message: formatProblem(text, error.at, error.message) };
  }
  const unknown = undeclared(node, (name) => variables.includes(name));
  if (unknown !== undefined)
    return {
      ok: false,
      message: formatProblem(text, unknown.at, `undeclared reference to '${unknown.name}' (in container '')`),
    };
  return {
    ok: true,
    expression: {
      evaluate: (values, limit = CEL_PER_CALL_LIMIT) => run(node, values, limit),
      mentions: (name) => mentions(node, name),
    },
  };
}

function run(node: Node, values: Readonly<Record<string, CelVariable>>, limit: number): CelResult {
  const budget = new Budget(limit);
  const made = new Map<string, CelValue>();
  const lookup: Lookup = (name) => {
    const known = made.get(name);
    if (known !== undefined) return known;
    const variable = Object.hasOwn(values, name) ? values[name] : undefined;
    if (variable === undefined) return undefined;
    const value = variableValue(variable, budget);
    made.set(name, value);
    return value;
  };
  try {
    const value = evaluate(node, lookup, budget);
    return { ok: true, value: toJson(value), native: value, cost: limit - budget.left };
  } catch (error) {
    if (error instanceof CelFailure || error instanceof CelBudgetExceeded)
      return { ok: false, message: error.message, cost: limit - budget.left };
    if (error instanceof RangeError)
      return { ok: false, message: 'operation cancelled: the expression is nested too deeply', cost: limit };
    throw error;
  }
}

function variableValue(variable: CelVariable, budget: Budget): CelValue {
  if ('fields' in variable) return lazyMap(variable.fields, budget);
  if ('value' in variable) return fromJson(variable.value, variable.shape);
  const { optional, shape } = variable;
  return new CelOptional(optional === undefined ? undefined : fromJson(optional, shape));
}

function lazyMap(fields: Readonly<Record<string, () => CelResult>>, budget: Budget): CelMap {
  return {
    isMap: true,
    size: Object.keys(fields).length,
    keys: () => Object.keys(fields),
    get: (key) => {
      const make = typeof key === 'string' && Object.hasOwn(fields, key) ? fields[key] : undefined;
      if (make === undefined) return undefined;
      const result = make();
      budget.spend(result.cost);
      if (!result.ok) throw new CelFailure(result.message);
      return result.native;
    },
  };
}

const OBJECT_VARIABLES = ['object', 'self'];

type Program = (object: unknown) => CelOutcome;

/** What is wrong with an expression over `object` (or `self`), or undefined. */
export function celProblem(expression: string): string | undefined {
  const compiled = compileCel(expression, OBJECT_VARIABLES);
  return compiled.ok ? undefined : compiled.message;
}

/** @throws Error for an expression that can't be read: `celProblem` finds it beforehand. */
export function celProgram(expression: string): Program {
  const compiled = compileCel(expression, OBJECT_VARIABLES);
  if (!compiled.ok) throw new Error(`the CEL expression can't be read: ${compiled.message}`);
  return (object) => {
    const result = compiled.expression.evaluate({ object: { value: object }, self: { value: object } });
    if (!result.ok) return { kind: 'error', message: result.message };
    if (typeof result.value !== 'boolean') return { kind: 'error', message: 'it gives no boolean' };
    return { kind: result.value ? 'holds' : 'does-not-hold' };
  };
}
