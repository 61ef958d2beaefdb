import { celEnv, isCelError, parse, plan } from '@bufbuild/cel';
import type { CelInput } from '@bufbuild/cel';
import { strings } from '@bufbuild/cel/ext';

/** An author's expression; a longer one is a program. */
const MAX_EXPRESSION_CHARS = 2_000;
/** Nesting beyond this is no Kubernetes object. */
const MAX_DEPTH = 64;

export type CelOutcome =
  | { readonly kind: 'holds' }
  | { readonly kind: 'does-not-hold' }
  /** `no such key: replicas`, for example. */
  | { readonly kind: 'error'; readonly message: string };

type Program = (object: unknown) => CelOutcome;

/** CEL with the standard library and the string functions that Kubernetes has too; `object` (or `self`) is the object. */
const ENVIRONMENT = celEnv({ funcs: strings });

/** What is wrong with an expression, or undefined. */
export function celProblem(expression: string): string | undefined {
  const compiled = compile(expression);
  return typeof compiled === 'string' ? compiled : undefined;
}

/** @throws Error for an expression that can't be read: `celProblem` finds it beforehand. */
export function celProgram(expression: string): Program {
  const compiled = compile(expression);
  if (typeof compiled === 'string') throw new Error(`the CEL expression can't be read: ${compiled}`);
  return compiled;
}

function compile(expression: string): Program | string {
  if (expression.length > MAX_EXPRESSION_CHARS) return `it is longer than ${MAX_EXPRESSION_CHARS} characters`;
  try {
    const run = plan(ENVIRONMENT, parse(expression));
    return (object) => {
      const input = celInput(object, 0);
      const result = run({ object: input, self: input });
      if (isCelError(result)) return { kind: 'error', message: result.message };
      if (typeof result !== 'boolean') return { kind: 'error', message: 'it gives no boolean' };
      return { kind: result ? 'holds' : 'does-not-hold' };
    };
  } catch (error) {
    return error instanceof Error ? error.message : String(error);
  }
}

/** Whole numbers of JSON are CEL's int, as they are in Kubernetes. */
function celInput(value: unknown, depth: number): CelInput {
  if (depth > MAX_DEPTH) return null;
  if (Array.isArray(value)) return value.map((entry: unknown) => celInput(entry, depth + 1));
  if (isMap(value))
    return new Map(Object.entries(value).map(([key, entry]) => [key, celInput(entry, depth + 1)]));
  if (typeof value === 'number') return Number.isSafeInteger(value) ? BigInt(value) : value;
  return typeof value === 'string' || typeof value === 'boolean' ? value : null;
}

function isMap(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}
