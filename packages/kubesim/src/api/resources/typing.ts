import { shapeOfType } from '../apply/typed.ts';
import type { Shape } from '../apply/typed.ts';
import type { Json } from '../json.ts';
import { decodeObject } from '../schema/decode.ts';
import type { Decoded } from '../schema/decode.ts';
import type { Resource } from './resource.ts';

/** Reads an object of a kind, whether the field tables or a definition say what it holds. */
export function decodeAs(resource: Pick<Resource, 'schema' | 'custom'>, value: Json): Decoded {
  return resource.custom === undefined ? decodeObject(resource.schema, value) : resource.custom.decode(value);
}

export function shapeAs(resource: Pick<Resource, 'schema' | 'custom'>): Shape {
  return resource.custom === undefined ? shapeOfType(resource.schema) : resource.custom.shape;
}
