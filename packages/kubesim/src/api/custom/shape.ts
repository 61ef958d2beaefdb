import { shapeOfType } from '../apply/typed.ts';
import type { Shape } from '../apply/typed.ts';
import type { CustomSchema } from './schema.ts';

const ATOMIC: Shape = { kind: 'atomic' };
/** What no schema tells: objects part into their fields, lists do not (structured-merge-diff's deduced type). */
const DEDUCED: Shape = { kind: 'map', of: { kind: 'atomic' } };
const deduced: Shape = { kind: 'struct', fieldShape: () => deduced };

const shapes = new WeakMap<CustomSchema, Shape>();

/** A custom kind as server-side apply looks at it. */
export function customShape(schema: CustomSchema | undefined): Shape {
  return {
    kind: 'struct',
    fieldShape: (name) => {
      if (name === 'metadata') return shapeOfType('meta.ObjectMeta');
      if (schema === undefined) return deduced;
      const inner = schema.properties?.[name];
      return inner === undefined ? undefined : shapeOf(inner);
    },
  };
}

function shapeOf(schema: CustomSchema): Shape {
  const known = shapes.get(schema);
  if (known !== undefined) return known;
  const made = makeShape(schema);
  shapes.set(schema, made);
  return made;
}

function makeShape(schema: CustomSchema): Shape {
  if (schema['x-kubernetes-map-type'] === 'atomic') return ATOMIC;
  const { properties, additionalProperties, items } = schema;
  switch (schema.type) {
    case 'array':
      if (schema['x-kubernetes-list-type'] === 'set') return { kind: 'set' };
      if (schema['x-kubernetes-list-type'] === 'map' && items !== undefined)
        return {
          kind: 'keyed',
          keys: (schema['x-kubernetes-list-map-keys'] ?? []).map((name) => ({
            name,
            fallback: items.properties?.[name]?.default,
          })),
          of: shapeOf(items),
        };
      return ATOMIC;
    case 'object':
      if (properties !== undefined)
        return {
          kind: 'struct',
          fieldShape: (name) => {
            const inner = Object.hasOwn(properties, name) ? properties[name] : undefined;
            if (inner !== undefined) return shapeOf(inner);
            return schema['x-kubernetes-preserve-unknown-fields'] === true ? deduced : undefined;
          },
        };
      if (typeof additionalProperties === 'object') return { kind: 'map', of: shapeOf(additionalProperties) };
      return schema['x-kubernetes-preserve-unknown-fields'] === true ? deduced : DEDUCED;
    default:
      return ATOMIC;
  }
}
