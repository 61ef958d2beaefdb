import { matchesPattern } from '@podwire/cel';
import { isObject, jsonEqual } from '../json.ts';
import type { Json } from '../json.ts';
import { parseTime } from '../time.ts';
import type { FieldErrors } from '../validation/field-errors.ts';
import { propertySchema } from './schema.ts';
import type { CustomSchema } from './schema.ts';

/** Where a value lies, and what stood there before, when that can be told (ratcheting, KEP-4008). */
interface Place {
  readonly path: string;
  readonly before: Json | undefined;
}

/** A custom object against its schema, with the messages of kube-openapi. Parts that did not change are not judged again. */
export function validateCustom(
  schema: CustomSchema | undefined,
  object: Json,
  before: Json | undefined,
  errors: FieldErrors,
): void {
  if (schema === undefined) return;
  const problems: Problem[] = [];
  check(schema, object, { path: '', before }, problems, true);
  for (const problem of problems) report(problem, errors);
}

type Problem =
  | { readonly kind: 'required'; readonly path: string }
  | { readonly kind: 'enum'; readonly path: string; readonly value: Json; readonly choices: readonly Json[] }
  | { readonly kind: 'too-long'; readonly path: string; readonly most: number }
  | { readonly kind: 'too-many'; readonly path: string; readonly count: number; readonly most: number }
  | { readonly kind: 'duplicate'; readonly path: string; readonly value: Json }
  | { readonly kind: 'type'; readonly path: string; readonly value: string; readonly words: string }
  | { readonly kind: 'invalid'; readonly path: string; readonly value: Json; readonly words: string };

function report(problem: Problem, errors: FieldErrors): void {
  const field = problem.path === '' ? '<nil>' : problem.path;
  switch (problem.kind) {
    case 'required':
      return errors.required(field);
    case 'enum':
      return errors.notSupported(
        field,
        problem.value,
        problem.choices.map((choice) => (typeof choice === 'string' ? choice : JSON.stringify(choice))),
      );
    case 'too-long':
      return errors.tooLong(field, problem.most);
    case 'too-many':
      return errors.tooMany(field, problem.count, problem.most);
    case 'duplicate':
      return errors.duplicate(field, problem.value);
    case 'type':
      return errors.typeInvalid(field, problem.value, problem.words);
    case 'invalid':
      return errors.invalid(field, problem.value, problem.words);
  }
}

function check(schema: CustomSchema, value: Json, place: Place, problems: Problem[], root = false): void {
  if (place.before !== undefined && jsonEqual(value, place.before)) return;
  if (value === null && schema.nullable === true) return;
  const { path } = place;
  const invalid = (words: string, told: Json = value): number =>
    problems.push({ kind: 'invalid', path, value: told, words: `${path} in body ${words}`.trimStart() });
  const wrong = typeProblem(schema, value);
  if (wrong !== undefined) {
    const found = typeOf(value);
    const words = `${path} in body must be of type ${wrong}: ${JSON.stringify(found)}`.trimStart();
    problems.push({ kind: 'type', path, value: found, words });
    return;
  }
  if (schema.enum !== undefined && !schema.enum.some((choice) => jsonEqual(choice, value)))
    problems.push({ kind: 'enum', path, value, choices: schema.enum });
  if (typeof value === 'string') checkText(schema, value, path, problems, invalid);
  else if (typeof value === 'number') checkNumber(schema, value, invalid);
  else if (Array.isArray(value)) checkList(schema, value, place, problems, invalid);
  else if (isObject(value)) checkObject(schema, value, place, problems, root);
  checkJunctors(schema, value, path, problems);
}

function typeOf(value: Json): string {
  if (value === null) return 'null';
  if (Array.isArray(value)) return 'array';
  if (typeof value === 'number') return Number.isInteger(value) ? 'integer' : 'number';
  return typeof value;
}

/** The type that was wanted, or undefined when the value is of it. */
function typeProblem(schema: CustomSchema, value: Json): string | undefined {
  const type = typeOf(value);
  if (schema['x-kubernetes-int-or-string'] === true)
    return type === 'integer' || type === 'string' ? undefined : 'integer,string';
  if (schema.type === undefined || schema.type === '' || schema.type === type) return undefined;
  return schema.type === 'number' && type === 'integer' ? undefined : schema.type;
}

type Invalid = (words: string, told?: Json) => number;

function checkText(
  schema: CustomSchema,
  value: string,
  path: string,
  problems: Problem[],
  invalid: Invalid,
): void {
  const length = [...value].length;
  const { minLength, maxLength, pattern, format } = schema;
  if (maxLength !== undefined && length > maxLength)
    problems.push({ kind: 'too-long', path, most: maxLength });
  if (minLength !== undefined && length < minLength) invalid(`should be at least ${minLength} chars long`);
  if (pattern !== undefined && matchesPattern(pattern, value) === false) invalid(`should match '${pattern}'`);
  if (format !== undefined && FORMATS.get(format)?.(value) === false)
    invalid(`must be of type ${format}: ${JSON.stringify(value)}`);
}

const HOST = /^[A-Za-z0-9]([A-Za-z0-9-]{0,61}[A-Za-z0-9])?(\.[A-Za-z0-9]([A-Za-z0-9-]{0,61}[A-Za-z0-9])?)*$/;
const V4 = /^((25[0-5]|2[0-4]\d|1?\d?\d)(\.(?!$)|$)){4}$/;
/** Formats that the apiextensions server knows and that can be judged here; the rest it ignores. */
const FORMATS: ReadonlyMap<string, (text: string) => boolean> = new Map<string, (text: string) => boolean>([
  ['date-time', (text) => parseTime(text) !== undefined],
  ['datetime', (text) => parseTime(text) !== undefined],
  ['date', (text) => /^\d{4}-\d\d-\d\d$/.test(text) && parseTime(`${text}T00:00:00Z`) !== undefined],
  ['duration', (text) => /^-?(\d+(\.\d+)?\s*(ns|us|µs|ms|s|m|h|d|w)\s*)+$|^0$/.test(text)],
  ['hostname', (text) => text.length <= 253 && HOST.test(text)],
  ['ipv4', (text) => V4.test(text)],
  ['ipv6', (text) => text.includes(':') && /^[0-9a-fA-F:.]{2,45}$/.test(text)],
  ['cidr', (text) => /^[0-9a-fA-F:.]{2,45}\/\d{1,3}$/.test(text)],
  ['mac', (text) => /^([0-9a-fA-F]{2}[:-]){5}[0-9a-fA-F]{2}$/.test(text)],
  ['uuid', (text) => /^[0-9a-f]{8}-?[0-9a-f]{4}-?[0-9a-f]{4}-?[0-9a-f]{4}-?[0-9a-f]{12}$/i.test(text)],
  ['byte', (text) => text.length % 4 === 0 && /^[A-Za-z0-9+/]*={0,2}$/.test(text)],
  ['email', (text) => /^[^@\s]+@[^@\s]+$/.test(text)],
  ['uri', (text) => /^([A-Za-z][A-Za-z0-9+.-]*:\/|\/)\S*$/.test(text)],
]);

const INTEGER_BITS: Readonly<Record<string, number>> = { int32: 2 ** 31, int64: 2 ** 63 };

function checkNumber(schema: CustomSchema, value: number, invalid: Invalid): void {
  const { minimum, maximum, multipleOf, format } = schema;
  if (minimum !== undefined) {
    if (schema.exclusiveMinimum === true ? value <= minimum : value < minimum)
      invalid(`should be greater than ${schema.exclusiveMinimum === true ? '' : 'or equal to '}${minimum}`);
  }
  if (maximum !== undefined) {
    if (schema.exclusiveMaximum === true ? value >= maximum : value > maximum)
      invalid(`should be less than ${schema.exclusiveMaximum === true ? '' : 'or equal to '}${maximum}`);
  }
  if (multipleOf !== undefined && !Number.isInteger(value / multipleOf))
    invalid(`should be a multiple of ${multipleOf}`);
  const bound = format === undefined ? undefined : INTEGER_BITS[format];
  if (bound !== undefined && (value >= bound || value < -bound))
    invalid(`must be of type ${format ?? ''}: ${JSON.stringify(String(value))}`);
}

function keyOfItem(schema: CustomSchema, item: Json): string {
  const keys = schema['x-kubernetes-list-map-keys'] ?? [];
  if (!isObject(item)) return JSON.stringify(item);
  return JSON.stringify(keys.map((key) => item[key] ?? schema.items?.properties?.[key]?.default ?? null));
}

/** The item of the list before that has the same keys. */
export function correlated(schema: CustomSchema, item: Json, before: Json | undefined): Json | undefined {
  if (schema['x-kubernetes-list-type'] !== 'map' || !Array.isArray(before)) return undefined;
  const key = keyOfItem(schema, item);
  return before.find((each) => keyOfItem(schema, each) === key);
}

function checkList(
  schema: CustomSchema,
  value: Json[],
  place: Place,
  problems: Problem[],
  invalid: Invalid,
): void {
  const { path } = place;
  const { minItems, maxItems, items } = schema;
  if (maxItems !== undefined && value.length > maxItems)
    problems.push({ kind: 'too-many', path, count: value.length, most: maxItems });
  if (minItems !== undefined && value.length < minItems) invalid(`should have at least ${minItems} items`);
  if (items !== undefined)
    for (const [index, item] of value.entries())
      check(
        items,
        item,
        { path: `${path}[${index}]`, before: correlated(schema, item, place.before) },
        problems,
      );
  const listType = schema['x-kubernetes-list-type'];
  if (listType !== 'set' && listType !== 'map') return;
  const seen = new Set<string>();
  for (const [index, item] of value.entries()) {
    const key = listType === 'set' ? JSON.stringify(item) : keyOfItem(schema, item);
    if (seen.has(key))
      problems.push({
        kind: 'duplicate',
        path: `${path}[${index}]`,
        value: listType === 'set' || !isObject(item) ? item : keysOfItem(schema, item),
      });
    seen.add(key);
  }
}

function keysOfItem(schema: CustomSchema, item: Readonly<Record<string, Json>>): Json {
  const keys = schema['x-kubernetes-list-map-keys'] ?? [];
  return Object.fromEntries(keys.flatMap((key) => (item[key] === undefined ? [] : [[key, item[key]]])));
}

function checkObject(
  schema: CustomSchema,
  value: Readonly<Record<string, Json>>,
  place: Place,
  problems: Problem[],
  root: boolean,
): void {
  const { path } = place;
  const names = Object.keys(value);
  const { minProperties, maxProperties } = schema;
  if (maxProperties !== undefined && names.length > maxProperties)
    problems.push({ kind: 'too-many', path, count: names.length, most: maxProperties });
  if (minProperties !== undefined && names.length < minProperties)
    problems.push({
      kind: 'invalid',
      path,
      value: value as Json,
      words: `${path} in body should have at least ${minProperties} properties`,
    });
  const inside = (name: string): string => (path === '' ? name : `${path}.${name}`);
  for (const name of schema.required ?? [])
    if (!Object.hasOwn(value, name)) problems.push({ kind: 'required', path: inside(name) });
  const before = isObject(place.before) ? place.before : undefined;
  for (const name of names) {
    // The metadata of the object itself is judged as all metadata is.
    if (root && (name === 'metadata' || name === 'apiVersion' || name === 'kind')) continue;
    const inner = propertySchema(schema, name);
    const was = before !== undefined && Object.hasOwn(before, name) ? before[name] : undefined;
    if (inner !== undefined) check(inner, value[name] ?? null, { path: inside(name), before: was }, problems);
  }
}

function fits(schema: CustomSchema, value: Json): boolean {
  const problems: Problem[] = [];
  check(schema, value, { path: '', before: undefined }, problems);
  return problems.length === 0;
}

function checkJunctors(schema: CustomSchema, value: Json, path: string, problems: Problem[]): void {
  const say = (words: string): number =>
    problems.push({ kind: 'invalid', path, value: typeOf(value), words: `${JSON.stringify(path)} ${words}` });
  const { anyOf = [], oneOf = [], allOf = [], not } = schema;
  if (anyOf.length > 0 && !anyOf.some((each) => fits(each, value))) {
    // What is wrong with the first of them says more than that none of them fits.
    say('must validate at least one schema (anyOf)');
  }
  if (oneOf.length > 0) {
    const count = oneOf.filter((each) => fits(each, value)).length;
    if (count !== 1)
      say(
        `must validate one and only one schema (oneOf). Found ${count === 0 ? 'none valid' : `${count} valid alternatives`}`,
      );
  }
  const before = problems.length;
  for (const each of allOf) check(each, value, { path, before: undefined }, problems);
  if (problems.length > before) say('must validate all the schemas (allOf)');
  if (not !== undefined && fits(not, value)) say('must not validate the schema (not)');
}
