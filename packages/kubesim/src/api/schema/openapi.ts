import type { Json } from '../json.ts';
import { describe } from './descriptions.ts';
import { schemaType } from './table.ts';
import type { Field, FieldType, ScalarName, SchemaType } from './table.ts';

type Schema = Record<string, unknown>;

/** `core.PodSpec` → `io.k8s.api.core.v1.PodSpec`, the names that clients know. */
export function definitionName(typeName: string): string {
  const [group = '', name = ''] = typeName.split('.');
  const path = PATHS[group] ?? `api.${group}.v1`;
  return `io.k8s.${path}.${name}`;
}

/** Packages whose definitions have other names than the rest. */
const PATHS: Readonly<Record<string, string>> = {
  meta: 'apimachinery.pkg.apis.meta.v1',
  apiregistration: 'kube-aggregator.pkg.apis.apiregistration.v1',
  autoscaling2: 'api.autoscaling.v2',
};

const SCALARS: Readonly<Record<ScalarName, Schema>> = {
  string: { type: 'string' },
  int32: { type: 'integer', format: 'int32' },
  int64: { type: 'integer', format: 'int64' },
  bool: { type: 'boolean' },
  bytes: { type: 'string', format: 'byte' },
  double: { type: 'number', format: 'double' },
  Time: { $: 'io.k8s.apimachinery.pkg.apis.meta.v1.Time' },
  MicroTime: { $: 'io.k8s.apimachinery.pkg.apis.meta.v1.MicroTime' },
  Quantity: { $: 'io.k8s.apimachinery.pkg.api.resource.Quantity' },
  IntOrString: { $: 'io.k8s.apimachinery.pkg.util.intstr.IntOrString' },
  RawExtension: { $: 'io.k8s.apimachinery.pkg.runtime.RawExtension' },
  FieldsV1: { $: 'io.k8s.apimachinery.pkg.apis.meta.v1.FieldsV1' },
  Duration: { type: 'string' },
  ExtraValue: { type: 'array', items: { type: 'string' } },
};

/** Schemas of the scalars that have names of their own. */
const NAMED_SCALARS: Readonly<Record<string, Schema>> = {
  'io.k8s.apimachinery.pkg.apis.meta.v1.Time': {
    type: 'string',
    format: 'date-time',
    description: 'A moment, in RFC 3339 with whole seconds.',
  },
  'io.k8s.apimachinery.pkg.apis.meta.v1.MicroTime': {
    type: 'string',
    format: 'date-time',
    description: 'A moment, in RFC 3339 with microseconds.',
  },
  'io.k8s.apimachinery.pkg.api.resource.Quantity': {
    oneOf: [{ type: 'string' }, { type: 'number' }],
    description: 'An amount with a unit, such as 250m of CPU or 64Mi of memory.',
  },
  'io.k8s.apimachinery.pkg.util.intstr.IntOrString': {
    oneOf: [{ type: 'integer' }, { type: 'string' }],
    format: 'int-or-string',
    description: 'A number, or a text: a name or a percentage.',
  },
  'io.k8s.apimachinery.pkg.runtime.RawExtension': { type: 'object', description: 'Any object.' },
  'io.k8s.apimachinery.pkg.apis.meta.v1.FieldsV1': {
    type: 'object',
    description: 'A set of fields, as a tree of their names.',
  },
};

/** The two dialects differ in where definitions lie and in how a reference can carry a description. */
export interface Dialect {
  readonly prefix: '#/components/schemas/' | '#/definitions/';
  readonly wrapReferences: boolean;
}

function reference(name: string, dialect: Dialect, used: Set<string>): Schema {
  used.add(name);
  return { $ref: `${dialect.prefix}${name}` };
}

function typeSchema(type: FieldType, dialect: Dialect, used: Set<string>): Schema {
  switch (type.kind) {
    case 'scalar': {
      const schema = SCALARS[type.name];
      const { $: named } = schema as { $?: string };
      return named === undefined ? { ...schema } : reference(named, dialect, used);
    }
    case 'message':
      return reference(definitionName(type.name), dialect, used);
    case 'list':
      return { type: 'array', items: wrapped(typeSchema(type.of, dialect, used), dialect) };
    case 'map':
      return { type: 'object', additionalProperties: wrapped(typeSchema(type.of, dialect, used), dialect) };
  }
}

/** OpenAPI 3.0 takes nothing beside a `$ref`: what belongs to it stands around an `allOf`. */
function wrapped(schema: Schema, dialect: Dialect): Schema {
  return dialect.wrapReferences && '$ref' in schema ? { allOf: [schema] } : schema;
}

function fieldSchema(owner: SchemaType, field: Field, dialect: Dialect, used: Set<string>): Schema {
  const schema = wrapped(typeSchema(field.type, dialect, used), dialect);
  const isList = field.type.kind === 'list';
  return {
    description: describe(owner.name, field.name),
    ...(field.default === undefined ? {} : { default: field.default satisfies Json }),
    ...schema,
    ...(isList && field.listType !== undefined ? { 'x-kubernetes-list-type': field.listType } : {}),
    ...(field.keys.length > 0 ? { 'x-kubernetes-list-map-keys': field.keys } : {}),
    ...(!isList && field.listType === 'atomic' ? { 'x-kubernetes-map-type': 'atomic' } : {}),
    ...(field.choices.length > 0 && !isList ? { enum: field.choices } : {}),
    ...patchExtensions(field),
  };
}

function patchExtensions(field: Field): Schema {
  const strategies = [
    ...(field.mergeKey === undefined ? [] : ['merge']),
    ...(field.retainKeys ? ['retainKeys'] : []),
  ];
  return {
    ...(field.mergeKey === undefined || field.mergeKey === ''
      ? {}
      : { 'x-kubernetes-patch-merge-key': field.mergeKey }),
    ...(strategies.length === 0 ? {} : { 'x-kubernetes-patch-strategy': strategies.join(',') }),
  };
}

export interface RootKind {
  readonly schema: string;
  readonly group: string;
  readonly version: string;
  readonly kind: string;
}

/** Definitions of these kinds, their lists, and all that they refer to. */
export function definitionsOf(
  roots: readonly RootKind[],
  dialect: Dialect,
): Readonly<Record<string, Schema>> {
  const definitions: Record<string, Schema> = {};
  const kinds = new Map(roots.map((root) => [root.schema, root]));
  const pending = [...roots.map((root) => root.schema), 'meta.DeleteOptions', 'meta.Status', 'meta.ListMeta'];
  const done = new Set<string>();
  for (let name = pending.pop(); name !== undefined; name = pending.pop()) {
    if (done.has(name)) continue;
    done.add(name);
    const used = new Set<string>();
    const type = schemaType(name);
    definitions[definitionName(name)] = typeDefinition(type, kinds.get(name), dialect, used);
    for (const field of type.fields.values())
      for (const inner of messagesIn(field.type)) if (!done.has(inner)) pending.push(inner);
    for (const scalar of used) {
      const known = NAMED_SCALARS[scalar];
      if (known !== undefined) definitions[scalar] = known;
    }
  }
  for (const root of roots) definitions[`${definitionName(root.schema)}List`] = listDefinition(root, dialect);
  return Object.fromEntries(Object.entries(definitions).sort(([a], [b]) => (a < b ? -1 : 1)));
}

function messagesIn(type: FieldType): readonly string[] {
  if (type.kind === 'message') return [type.name];
  return type.kind === 'scalar' ? [] : messagesIn(type.of);
}

const TYPE_META: Readonly<Record<string, Schema>> = {
  apiVersion: { type: 'string', description: 'The group and version of this kind, such as apps/v1.' },
  kind: { type: 'string', description: 'What the object is, such as Pod.' },
};

function typeDefinition(
  type: SchemaType,
  root: RootKind | undefined,
  dialect: Dialect,
  used: Set<string>,
): Schema {
  const fields = [...type.fields.values()];
  const hasTypeMeta = root !== undefined || type.name === 'meta.DeleteOptions' || type.name === 'meta.Status';
  const properties: Record<string, Schema> = { ...(hasTypeMeta ? TYPE_META : {}) };
  for (const field of fields) properties[field.name] = fieldSchema(type, field, dialect, used);
  const required = fields.filter((field) => field.required).map((field) => field.name);
  return {
    description: describe(type.name, ''),
    type: 'object',
    ...(required.length === 0 ? {} : { required }),
    properties,
    ...(type.atomic ? { 'x-kubernetes-map-type': 'atomic' } : {}),
    ...(root === undefined
      ? {}
      : {
          'x-kubernetes-group-version-kind': [{ group: root.group, kind: root.kind, version: root.version }],
        }),
  };
}

function listDefinition(root: RootKind, dialect: Dialect): Schema {
  const item = { $ref: `${dialect.prefix}${definitionName(root.schema)}` };
  const metadata = { $ref: `${dialect.prefix}${definitionName('meta.ListMeta')}` };
  return {
    description: `A list of ${root.kind} objects.`,
    type: 'object',
    required: ['items'],
    properties: {
      ...TYPE_META,
      items: { type: 'array', description: 'The objects.', items: wrapped(item, dialect) },
      metadata: { description: 'The version of the list.', ...wrapped(metadata, dialect) },
    },
    'x-kubernetes-group-version-kind': [
      { group: root.group, kind: `${root.kind}List`, version: root.version },
    ],
  };
}
