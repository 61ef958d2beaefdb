import { compileCel } from '@podwire/cel';
import type { CelExpression, CelShape, CelVariable } from '@podwire/cel';
import { isObject, jsonEqual } from '../json.ts';
import type { Json } from '../json.ts';
import type { FieldErrors } from '../validation/field-errors.ts';
import { propertySchema } from './schema.ts';
import type { CustomSchema, ValidationRule } from './schema.ts';
import { correlated } from './validate.ts';

/** What all rules of one object may cost together (RuntimeCELCostBudget of k8s.io/apiserver pkg/apis/cel). */
const OBJECT_BUDGET = 10_000_000;
const CALL_BUDGET = 1_000_000;
const VARIABLES = ['self', 'oldSelf'];
/** Errors of the schema after which no rule is asked. */
const BLOCKING: ReadonlySet<string> = new Set([
  'FieldValueNotSupported',
  'FieldValueRequired',
  'FieldValueTooLong',
  'FieldValueTooMany',
  'FieldValueTypeInvalid',
]);

interface CompiledRule {
  readonly rule: ValidationRule;
  readonly expression: CelExpression | undefined;
  readonly problem: string;
  readonly transition: boolean;
  readonly message: CelExpression | undefined;
}

/** Rules are compiled once for each schema, which is frozen and shared by forks. */
const compiled = new WeakMap<CustomSchema, readonly CompiledRule[]>();

export function rulesOf(schema: CustomSchema): readonly CompiledRule[] {
  const known = compiled.get(schema);
  if (known !== undefined) return known;
  const made = (schema['x-kubernetes-validations'] ?? []).map((rule): CompiledRule => {
    const main = compileCel(rule.rule ?? '', VARIABLES);
    const message =
      rule.messageExpression === undefined ? undefined : compileCel(rule.messageExpression, VARIABLES);
    return {
      rule,
      expression: main.ok ? main.expression : undefined,
      problem: main.ok ? '' : main.message,
      transition: main.ok && main.expression.mentions('oldSelf'),
      message: message?.ok === true ? message.expression : undefined,
    };
  });
  compiled.set(schema, made);
  return made;
}

const shapes = new WeakMap<CustomSchema, CelShape>();

/** What the schema says of values that JSON does not show: fractions, moments, bytes. */
export function celShape(schema: CustomSchema, depth = 0): CelShape {
  const known = shapes.get(schema);
  if (known !== undefined || depth > 100) return known ?? {};
  const as =
    schema.type === 'number'
      ? 'double'
      : schema.type === 'string'
        ? ({ 'date-time': 'timestamp', date: 'timestamp', duration: 'duration', byte: 'bytes' } as const)[
            schema.format ?? ''
          ]
        : undefined;
  const { additionalProperties } = schema;
  const shape: CelShape = {
    ...(as === undefined ? {} : { as }),
    ...(schema.items === undefined ? {} : { items: celShape(schema.items, depth + 1) }),
    ...(schema.properties === undefined
      ? {}
      : {
          fields: Object.fromEntries(
            Object.entries(schema.properties).map(([name, inner]) => [name, celShape(inner, depth + 1)]),
          ),
        }),
    ...(typeof additionalProperties === 'object'
      ? { values: celShape(additionalProperties, depth + 1) }
      : {}),
  };
  shapes.set(schema, shape);
  return shape;
}

const hasRules = new WeakMap<CustomSchema, boolean>();

function rulesBelow(schema: CustomSchema): boolean {
  const known = hasRules.get(schema);
  if (known !== undefined) return known;
  const { additionalProperties } = schema;
  const found =
    (schema['x-kubernetes-validations'] ?? []).length > 0 ||
    Object.values(schema.properties ?? {}).some(rulesBelow) ||
    (schema.items !== undefined && rulesBelow(schema.items)) ||
    (typeof additionalProperties === 'object' && rulesBelow(additionalProperties));
  hasRules.set(schema, found);
  return found;
}

/** `x-kubernetes-validations` (KEP-2876): the rules of an object and of all that is in it. */
export function checkRules(
  schema: CustomSchema | undefined,
  object: Json,
  before: Json | undefined,
  errors: FieldErrors,
): void {
  if (schema === undefined || !rulesBelow(schema)) return;
  if (errors.list.some(({ reason }) => BLOCKING.has(reason))) {
    errors.invalid(
      '<nil>',
      null,
      'some validation rules were not checked because the object was invalid; correct the existing errors to complete validation',
    );
    return;
  }
  new RuleCheck(errors).value(
    schema,
    rootView(object),
    before === undefined ? undefined : rootView(before),
    '',
  );
}

/** Of the metadata rules see the name and the generated name alone. */
function rootView(object: Json): Json {
  if (!isObject(object)) return object;
  const metadata = isObject(object['metadata']) ? object['metadata'] : {};
  const { name, generateName } = metadata;
  return {
    ...object,
    metadata: {
      ...(name === undefined ? {} : { name }),
      ...(generateName === undefined ? {} : { generateName }),
    },
  };
}

class RuleCheck {
  readonly #errors: FieldErrors;
  #left = OBJECT_BUDGET;

  constructor(errors: FieldErrors) {
    this.#errors = errors;
  }

  value(schema: CustomSchema, value: Json, before: Json | undefined, path: string): void {
    if (!rulesBelow(schema) || this.#left <= 0 || value === null) return;
    for (const rule of rulesOf(schema)) this.#rule(rule, schema, value, before, path);
    if (Array.isArray(value)) {
      const { items } = schema;
      if (items !== undefined)
        for (const [index, item] of value.entries())
          this.value(items, item, correlated(schema, item, before), `${path}[${index}]`);
    } else if (isObject(value)) {
      const was = isObject(before) ? before : undefined;
      for (const [name, field] of Object.entries(value)) {
        const inner = propertySchema(schema, name);
        const previous = was !== undefined && Object.hasOwn(was, name) ? was[name] : undefined;
        if (inner !== undefined) this.value(inner, field, previous, path === '' ? name : `${path}.${name}`);
      }
    }
  }

  #rule(
    { rule, expression, problem, transition, message }: CompiledRule,
    schema: CustomSchema,
    value: Json,
    before: Json | undefined,
    path: string,
  ): void {
    const field = path === '' ? '<nil>' : path;
    const type = schema.type ?? '';
    if (expression === undefined) {
      this.#errors.invalid(field, type, `rule compile error: ${problem}`);
      return;
    }
    const optional = rule.optionalOldSelf === true;
    if (transition && before === undefined && !optional) return;
    const shape = celShape(schema);
    const variables: Record<string, CelVariable> = { self: { value, shape } };
    if (transition)
      variables['oldSelf'] = optional ? { optional: before, shape } : { value: before ?? null, shape };
    const result = expression.evaluate(variables, Math.min(CALL_BUDGET, this.#left));
    this.#left -= result.cost;
    if (result.ok && result.value === true) return;
    // What was there before and has not changed is let be (ratcheting, KEP-4008).
    if (!transition && before !== undefined && jsonEqual(value, before)) return;
    const said = this.#message(rule, message, variables);
    const detail = result.ok ? said : `${result.message} evaluating rule: ${said}`;
    const where = rule.fieldPath === undefined ? field : `${path}${rule.fieldPath}`.replace(/^\./, '');
    if (result.ok && rule.reason === 'FieldValueForbidden') this.#errors.forbidden(where, detail);
    else if (result.ok && rule.reason === 'FieldValueRequired') this.#errors.required(where, detail);
    else if (result.ok && rule.reason === 'FieldValueDuplicate') this.#errors.duplicate(where, type);
    else this.#errors.invalid(where, type, detail);
  }

  #message(
    rule: ValidationRule,
    expression: CelExpression | undefined,
    variables: Readonly<Record<string, CelVariable>>,
  ): string {
    if (expression !== undefined) {
      const result = expression.evaluate(variables, Math.min(CALL_BUDGET, Math.max(0, this.#left)));
      this.#left -= result.cost;
      if (
        result.ok &&
        typeof result.value === 'string' &&
        result.value.trim() !== '' &&
        !result.value.includes('\n')
      )
        return result.value;
    }
    return (rule.message ?? '') === '' ? `failed rule: ${(rule.rule ?? '').trim()}` : (rule.message ?? '');
  }
}
