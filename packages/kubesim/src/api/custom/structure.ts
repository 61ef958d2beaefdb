import { matchesPattern } from '@podwire/cel';
import type { FieldErrors } from '../validation/field-errors.ts';
import { rulesOf } from './rules.ts';
import type { CustomSchema } from './schema.ts';

/** Schemas nested deeper are refused: no API needs it, and recursion over them must not exhaust the stack. */
const MAX_DEPTH = 100;
/** Nodes of one schema: the largest known definitions have some ten thousand. */
const MAX_NODES = 50_000;

const TYPES = ['array', 'boolean', 'integer', 'number', 'object', 'string'];
const REASONS = ['FieldValueRequired', 'FieldValueForbidden', 'FieldValueInvalid', 'FieldValueDuplicate'];

/** Fields that no schema of this API may have. */
const UNSUPPORTED = [
  'id',
  'additionalItems',
  'patternProperties',
  'definitions',
  'dependencies',
  '$ref',
] as const;

type Role = 'root' | 'items' | 'field';

/** Whether a schema is structural (KEP-1693), with the words of apiextensions-apiserver. */
export function validateStructure(schema: CustomSchema, path: string, errors: FieldErrors): void {
  new Structure(errors).check(schema, path, 'root', 0);
}

class Structure {
  readonly #errors: FieldErrors;
  #nodes = 0;

  constructor(errors: FieldErrors) {
    this.#errors = errors;
  }

  check(schema: CustomSchema, path: string, role: Role, depth: number): void {
    if (depth > MAX_DEPTH || ++this.#nodes > MAX_NODES) {
      this.#errors.forbidden(path, 'the schema is larger than this simulated cluster takes');
      return;
    }
    this.#type(schema, path, role);
    this.#values(schema, path, role);
    this.#lists(schema, path);
    this.#rules(schema, path);
    for (const [name, inner] of Object.entries(schema.properties ?? {}))
      this.check(inner, `${path}.properties[${name}]`, 'field', depth + 1);
    if (schema.items !== undefined) this.check(schema.items, `${path}.items`, 'items', depth + 1);
    if (typeof schema.additionalProperties === 'object')
      this.check(schema.additionalProperties, `${path}.additionalProperties`, 'field', depth + 1);
    for (const junctor of ['allOf', 'anyOf', 'oneOf'] as const)
      for (const [index, inner] of (schema[junctor] ?? []).entries())
        this.#valueValidation(inner, `${path}.${junctor}[${index}]`, schema, depth + 1);
    if (schema.not !== undefined) this.#valueValidation(schema.not, `${path}.not`, schema, depth + 1);
  }

  #type(schema: CustomSchema, path: string, role: Role): void {
    const errors = this.#errors;
    const type = schema.type ?? '';
    const untyped =
      schema['x-kubernetes-int-or-string'] === true ||
      schema['x-kubernetes-preserve-unknown-fields'] === true;
    if (type !== '' && !TYPES.includes(type)) errors.notSupported(`${path}.type`, type, TYPES);
    if (role === 'root' && type !== 'object') {
      if (type === '') errors.required(`${path}.type`, 'must not be empty at the root');
      else errors.invalid(`${path}.type`, type, 'must be object at the root');
    } else if (type === '' && !untyped)
      errors.required(
        `${path}.type`,
        `must not be empty for specified ${role === 'items' ? 'array items' : 'object fields'}`,
      );
    if (role === 'root' && schema.nullable === true)
      errors.forbidden(`${path}.nullable`, 'nullable cannot be true at the root');
    if (role === 'root' && schema.additionalProperties !== undefined)
      errors.forbidden(`${path}.additionalProperties`, 'must not be used at the root');
    if (type === 'array' && schema.items === undefined) errors.required(`${path}.items`, 'must be specified');
    if (schema.properties !== undefined && typeof schema.additionalProperties === 'object')
      errors.forbidden(
        `${path}.additionalProperties`,
        'additionalProperties and properties are mutual exclusive',
      );
    if (schema['x-kubernetes-preserve-unknown-fields'] === false)
      errors.invalid(`${path}.x-kubernetes-preserve-unknown-fields`, false, 'must be true or undefined');
    if (schema['x-kubernetes-embedded-resource'] !== true) return;
    if (type === '')
      errors.required(`${path}.type`, 'must be object if x-kubernetes-embedded-resource is true');
    if (schema.properties === undefined && schema['x-kubernetes-preserve-unknown-fields'] !== true)
      errors.required(
        `${path}.properties`,
        'must not be empty if x-kubernetes-embedded-resource is true without x-kubernetes-preserve-unknown-fields',
      );
  }

  #values(schema: CustomSchema, path: string, role: Role): void {
    for (const field of UNSUPPORTED)
      if ((schema as Readonly<Record<string, unknown>>)[field] !== undefined)
        this.#errors.forbidden(`${path}.${field}`, `${field} is not supported`);
    if (schema.uniqueItems === true)
      this.#errors.forbidden(
        `${path}.uniqueItems`,
        'uniqueItems cannot be set to true since the runtime complexity becomes quadratic',
      );
    if (schema.pattern !== undefined && matchesPattern(schema.pattern, '') === undefined)
      this.#errors.invalid(
        `${path}.pattern`,
        schema.pattern,
        `must be a valid regular expression, but isn't: error parsing regexp: ${schema.pattern}`,
      );
    const { metadata } = schema.properties ?? {};
    if (role !== 'root' || metadata === undefined) return;
    const named = Object.keys(metadata.properties ?? {}).every(
      (name) => name === 'name' || name === 'generateName',
    );
    if (!named)
      this.#errors.forbidden(
        `${path}.properties[metadata]`,
        'must not specify anything other than name and generateName, but metadata is implicitly specified',
      );
  }

  #lists(schema: CustomSchema, path: string): void {
    const errors = this.#errors;
    const listType = schema['x-kubernetes-list-type'];
    const keys = schema['x-kubernetes-list-map-keys'] ?? [];
    const mapType = schema['x-kubernetes-map-type'];
    if (mapType !== undefined) {
      if (schema.type !== 'object')
        errors.invalid(
          `${path}.type`,
          schema.type ?? '',
          'must be object if x-kubernetes-map-type is specified',
        );
      if (!['atomic', 'granular'].includes(mapType))
        errors.notSupported(`${path}.x-kubernetes-map-type`, mapType, ['atomic', 'granular']);
    }
    if (listType !== undefined) {
      if (schema.type !== 'array')
        errors.invalid(
          `${path}.type`,
          schema.type ?? '',
          'must be array if x-kubernetes-list-type is specified',
        );
      if (!['atomic', 'set', 'map'].includes(listType))
        errors.notSupported(`${path}.x-kubernetes-list-type`, listType, ['atomic', 'set', 'map']);
    }
    if (keys.length > 0 && listType !== 'map') {
      const words = 'must be map if x-kubernetes-list-map-keys is non-empty';
      if (listType === undefined) errors.required(`${path}.x-kubernetes-list-type`, words);
      else errors.invalid(`${path}.x-kubernetes-list-type`, listType, words);
    }
    if (listType !== 'map') return;
    if (keys.length === 0)
      errors.required(
        `${path}.x-kubernetes-list-map-keys`,
        'must not be empty if x-kubernetes-list-type is map',
      );
    const item = schema.items;
    if (item === undefined)
      return errors.required(`${path}.items`, 'must have a schema if x-kubernetes-list-type is map');
    if (item.type !== 'object')
      errors.invalid(
        `${path}.items.type`,
        item.type ?? '',
        "must be object if parent array's x-kubernetes-list-type is map",
      );
    if (keys.some((key) => item.properties?.[key] === undefined))
      errors.invalid(
        `${path}.x-kubernetes-list-map-keys`,
        keys,
        'entries must all be names of item properties',
      );
    for (const key of keys)
      if (item.properties?.[key]?.default === undefined && item.required?.includes(key) !== true)
        errors.required(
          `${path}.items.properties[${key}].default`,
          'this property is in x-kubernetes-list-map-keys, so it must have a default or be a required property',
        );
  }

  #rules(schema: CustomSchema, path: string): void {
    const errors = this.#errors;
    for (const [index, { rule, problem, transition }] of rulesOf(schema).entries()) {
      const where = `${path}.x-kubernetes-validations[${index}]`;
      if ((rule.rule ?? '').trim() === '') {
        errors.required(`${where}.rule`, 'rule is not specified');
        continue;
      }
      if (rule.message !== undefined && rule.message.trim() === '')
        errors.invalid(`${where}.message`, rule.message, 'must be non-empty if specified');
      else if (rule.message?.includes('\n') === true)
        errors.invalid(`${where}.message`, rule.message, 'must not contain line breaks');
      else if ((rule.message ?? '') === '' && (rule.rule ?? '').trim().includes('\n'))
        errors.required(`${where}.message`, 'message must be specified if rule contains line breaks');
      if (rule.reason !== undefined && !REASONS.includes(rule.reason))
        errors.notSupported(`${where}.reason`, rule.reason, REASONS);
      if (rule.optionalOldSelf === true && !transition && problem === '')
        errors.invalid(`${where}.optionalOldSelf`, true, 'may not be set if oldSelf is not used in rule');
      if (problem !== '') errors.invalid(`${where}.rule`, rule, `compilation failed: ${problem}`);
    }
  }

  /** Below a junctor only values may be told: no types, no defaults, no extensions. */
  #valueValidation(schema: CustomSchema, path: string, within: CustomSchema, depth: number): void {
    if (depth > MAX_DEPTH || ++this.#nodes > MAX_NODES) return;
    const errors = this.#errors;
    const intOrString = within['x-kubernetes-int-or-string'] === true;
    if ((schema.type ?? '') !== '' && !intOrString)
      errors.forbidden(`${path}.type`, 'must be empty to be structural');
    if (schema.default !== undefined)
      errors.forbidden(`${path}.default`, 'must be undefined to be structural');
    if (schema.additionalProperties !== undefined)
      errors.forbidden(`${path}.additionalProperties`, 'must be undefined to be structural');
    if (schema.nullable === true) errors.forbidden(`${path}.nullable`, 'must be false to be structural');
    if ((schema.description ?? '') !== '')
      errors.forbidden(`${path}.description`, 'must be empty to be structural');
    if (schema['x-kubernetes-preserve-unknown-fields'] === true)
      errors.forbidden(`${path}.x-kubernetes-preserve-unknown-fields`, 'must be false to be structural');
    for (const [name, inner] of Object.entries(schema.properties ?? {})) {
      const known = within.properties?.[name];
      if (
        known === undefined &&
        within['x-kubernetes-preserve-unknown-fields'] !== true &&
        typeof within.additionalProperties !== 'object'
      )
        errors.required(
          `${path.replace(/\.(?:allOf|anyOf|oneOf)\[\d+\].*$|\.not.*$/, '')}.properties[${name}]`,
          `because it is defined in ${path.replace(/^.*?openAPIV3Schema\.?/, '')}.properties[${name}]`,
        );
      this.#valueValidation(inner, `${path}.properties[${name}]`, known ?? {}, depth + 1);
    }
    if (schema.items !== undefined)
      this.#valueValidation(schema.items, `${path}.items`, within.items ?? {}, depth + 1);
    for (const junctor of ['allOf', 'anyOf', 'oneOf'] as const)
      for (const [index, inner] of (schema[junctor] ?? []).entries())
        this.#valueValidation(inner, `${path}.${junctor}[${index}]`, within, depth + 1);
    if (schema.not !== undefined) this.#valueValidation(schema.not, `${path}.not`, within, depth + 1);
  }
}
