import type { Resource } from '../resources/resource.ts';
import { definitionName } from '../schema/openapi.ts';
import type { Dialect } from '../schema/openapi.ts';
import type { CustomSchema } from './schema.ts';

type Schema = Record<string, unknown>;

/** `com.example.stable.v1.CronTab`: the group turned round, as upstream names the definitions of custom kinds. */
export function customDefinitionName({ group, version, kind }: Resource): string {
  return `${group.split('.').toReversed().join('.')}.${version}.${kind}`;
}

function identity({ group, version, kind }: Resource, suffix = ''): Schema {
  return { 'x-kubernetes-group-version-kind': [{ group, version, kind: `${kind}${suffix}` }] };
}

function metadataReference(name: string, dialect: Dialect): Schema {
  const reference = { $ref: `${dialect.prefix}${definitionName(name)}` };
  return dialect.wrapReferences ? { allOf: [reference] } : reference;
}

const TYPE_META = {
  apiVersion: { type: 'string', description: 'The group and version of this kind, such as apps/v1.' },
  kind: { type: 'string', description: 'What the object is, such as Pod.' },
} as const;

/** A custom kind's schema as it is published, with the fields that every object has. */
export function customDefinition(resource: Resource, dialect: Dialect): Schema {
  const schema = resource.custom?.schema;
  // kubectl takes a schema with fields for all there is: a kind that keeps what it does not know shows it none in v2.
  const isOpen = schema?.['x-kubernetes-preserve-unknown-fields'] === true;
  if (schema === undefined || (isOpen && !dialect.wrapReferences))
    return { type: 'object', ...identity(resource) };
  const published = publish(schema, dialect);
  const properties = published['properties'] as Schema | undefined;
  return {
    type: 'object',
    ...published,
    properties: {
      ...properties,
      ...TYPE_META,
      metadata: {
        description: "Name, labels, annotations and the server's own record of the object.",
        ...metadataReference('meta.ObjectMeta', dialect),
      },
    },
    ...identity(resource),
  };
}

export function customListDefinition(resource: Resource, dialect: Dialect): Schema {
  const item = { $ref: `${dialect.prefix}${customDefinitionName(resource)}` };
  return {
    description: `${resource.kind}List is a list of ${resource.kind}`,
    type: 'object',
    required: ['items'],
    properties: {
      ...TYPE_META,
      items: {
        type: 'array',
        description: 'The objects.',
        items: dialect.wrapReferences ? { allOf: [item] } : item,
      },
      metadata: { description: 'The version of the list.', ...metadataReference('meta.ListMeta', dialect) },
    },
    ...identity(resource, 'List'),
  };
}

/** OpenAPI v2 knows neither nullable nor the junctors; what it cannot say is left open there. */
function publish(schema: CustomSchema, dialect: Dialect): Schema {
  if (dialect.wrapReferences) return { ...schema };
  const {
    nullable,
    anyOf: _any,
    oneOf: _one,
    not: _not,
    type,
    properties,
    items,
    additionalProperties,
    ...rest
  } = schema;
  const open = nullable === true || schema['x-kubernetes-int-or-string'] === true;
  if (open || schema['x-kubernetes-preserve-unknown-fields'] === true)
    return { ...rest, ...(open || type === 'object' || type === undefined ? {} : { type }) };
  return {
    ...rest,
    ...(type === undefined ? {} : { type }),
    ...(items === undefined ? {} : { items: publish(items, dialect) }),
    ...(typeof additionalProperties === 'object'
      ? { additionalProperties: publish(additionalProperties, dialect) }
      : {}),
    ...(properties === undefined
      ? {}
      : {
          properties: Object.fromEntries(
            Object.entries(properties).map(([name, inner]) => [name, publish(inner, dialect)]),
          ),
        }),
  };
}
