import { isObject, objectAt, objectsAt, textAt, valueAt } from '../../values/json.ts';
import type { JsonObject, JsonValue } from '../../values/json.ts';

/** References inside each other further than this lead nowhere: a schema that does is broken. */
const MAX_DEPTH = 100;

/** An OpenAPI v3 document with its references. */
export class SchemaDocument {
  readonly root: JsonObject;

  constructor(root: JsonObject) {
    this.root = root;
  }

  /** Every schema, in the order of their names. */
  schemas(): readonly JsonObject[] {
    const schemas = objectAt(this.root, 'components', 'schemas') ?? {};
    return Object.keys(schemas)
      .sort()
      .flatMap((name) => {
        const schema = schemas[name];
        return isObject(schema) ? [schema] : [];
      });
  }

  /** What `#/components/schemas/…` names; undefined for anything else. */
  at(reference: string): JsonObject | undefined {
    if (!reference.startsWith('#')) return undefined;
    const path = reference
      .slice(1)
      .split('/')
      .filter((part) => part !== '');
    if (path.length === 0) return undefined;
    return objectAt(this.root, ...path);
  }

  /** The schema itself, or the one it refers to. */
  resolve(schema: JsonObject): JsonObject {
    return this.at(referenceOf(schema)) ?? schema;
  }
}

export function referenceOf(schema: JsonObject): string {
  return textAt(schema, '$ref');
}

/** The schemas behind a schema: of its parts, of its items, of its values. */
export function* siblings(schema: JsonObject): Generator<JsonObject> {
  yield* objectsAt(schema, 'allOf');
  const { items, additionalProperties } = schema;
  if (isObject(items)) yield items;
  if (isObject(additionalProperties)) yield additionalProperties;
}

/** What a field holds, as a Go programmer would say: `[]Container`, `map[string]string`. */
export function typeName(document: SchemaDocument, schema: JsonObject, depth = 0): string {
  if (depth > MAX_DEPTH) return 'Object';
  const { items, additionalProperties, type } = schema;
  const parts = objectsAt(schema, 'allOf');
  const [only] = parts;
  if (isObject(items)) return `[]${typeName(document, items, depth + 1)}`;
  if (isObject(additionalProperties))
    return `map[string]${typeName(document, additionalProperties, depth + 1)}`;
  if (only !== undefined && parts.length === 1 && schema['properties'] === undefined)
    return typeName(document, only, depth + 1);
  const reference = referenceOf(schema);
  if (reference !== '') {
    const target = document.at(reference);
    const targetType = textAt(target, 'type');
    if (targetType !== '' && targetType !== 'object') return targetType;
    return reference.split('/').at(-1)?.split('.').at(-1) ?? 'Object';
  }
  return typeof type !== 'string' || type === '' || type === 'object' ? 'Object' : type;
}

/** All that is said about a schema, and about what it is made of. */
export function descriptionOf(document: SchemaDocument, schema: JsonObject, depth = 0): string {
  if (depth > MAX_DEPTH) return '';
  const resolved = document.resolve(schema);
  const own = textAt(resolved, 'description');
  let text = own === '' ? '' : `${own}\n`;
  for (const sibling of siblings(resolved)) text += descriptionOf(document, sibling, depth + 1);
  return text;
}

/** The values that a field may have. */
export function choicesOf(schema: JsonObject): readonly string[] {
  const choices = schema['enum'];
  return Array.isArray(choices) ? choices.map(choiceText) : [];
}

function choiceText(value: JsonValue): string {
  if (value === '') return '""';
  return typeof value === 'string' ? value : JSON.stringify(value);
}

export function propertiesOf(schema: JsonObject): readonly (readonly [name: string, schema: JsonObject])[] {
  const properties = objectAt(schema, 'properties') ?? {};
  return Object.keys(properties)
    .sort()
    .flatMap((name) => {
      const property = valueAt(properties, name);
      return isObject(property) ? [[name, property] as const] : [];
    });
}
