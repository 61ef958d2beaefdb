import { define, isObject, jsonEqual } from '../json.ts';
import type { Json, JsonObject } from '../json.ts';
import { schemaType } from '../schema/table.ts';
import type { Field, FieldType } from '../schema/table.ts';
import { childSet } from './field-set.ts';
import type { FieldSet } from './field-set.ts';

/** How server-side apply looks at a value: as one thing, as fields, as a map, or as a list of parts with keys. */
export type Shape =
  | { readonly kind: 'atomic' }
  | { readonly kind: 'struct'; readonly fieldShape: (name: string) => Shape | undefined }
  | { readonly kind: 'map'; readonly of: Shape }
  | { readonly kind: 'set' }
  | {
      readonly kind: 'keyed';
      readonly keys: readonly { readonly name: string; readonly fallback: Json | undefined }[];
      readonly of: Shape;
    };

const ATOMIC: Shape = { kind: 'atomic' };
const structShapes = new Map<string, Shape>();

/** The shape of a kind: its own fields and those of TypeMeta, which belong to nobody. */
export function shapeOfType(name: string): Shape {
  const known = structShapes.get(name);
  if (known !== undefined) return known;
  const type = schemaType(name);
  const fields = new Map<string, Shape>();
  const shape: Shape = {
    kind: 'struct',
    fieldShape: (field) => {
      const found = fields.get(field);
      if (found !== undefined) return found;
      const declared = type.fields.get(field);
      if (declared === undefined) return undefined;
      const made = shapeOfField(declared);
      fields.set(field, made);
      return made;
    },
  };
  structShapes.set(name, shape);
  return shape;
}

function shapeOfField(field: Field): Shape {
  if (field.listType === 'atomic') return ATOMIC;
  const { type } = field;
  if (type.kind === 'list') {
    if (field.listType === 'set') return { kind: 'set' };
    if (field.listType === 'map')
      return { kind: 'keyed', keys: keysOf(field, type.of), of: shapeOfFieldType(type.of) };
    return ATOMIC;
  }
  return shapeOfFieldType(type);
}

function keysOf(field: Field, item: FieldType) {
  const type = item.kind === 'message' ? schemaType(item.name) : undefined;
  return field.keys.map((name) => ({ name, fallback: type?.fields.get(name)?.default }));
}

function shapeOfFieldType(type: FieldType): Shape {
  if (type.kind === 'message') return schemaType(type.name).atomic ? ATOMIC : shapeOfType(type.name);
  if (type.kind === 'map') return { kind: 'map', of: shapeOfFieldType(type.of) };
  return ATOMIC;
}

/** The edge of a list item: `k:{"name":"web"}`; keys in order of their names. */
export function itemEdge(shape: Extract<Shape, { kind: 'keyed' }>, item: Json): string {
  const parts: JsonObject = {};
  for (const { name, fallback } of [...shape.keys].sort((a, b) => (a.name < b.name ? -1 : 1))) {
    const value = isObject(item) ? item[name] : undefined;
    const key = value ?? fallback;
    if (key !== undefined) parts[name] = key;
  }
  return `k:${JSON.stringify(parts)}`;
}

export function valueEdge(value: Json): string {
  return `v:${JSON.stringify(value)}`;
}

/** The fields that a configuration sets: what an applier owns. */
export function fieldsOf(shape: Shape, value: Json | undefined, set: FieldSet): void {
  if (value === undefined) return;
  if (shape.kind === 'atomic' || value === null || typeof value !== 'object') {
    set.member = true;
    return;
  }
  if (shape.kind === 'set' || shape.kind === 'keyed') {
    if (!Array.isArray(value)) return;
    if (value.length === 0) set.member = true;
    for (const item of value) {
      const child = childSet(set, shape.kind === 'set' ? valueEdge(item) : itemEdge(shape, item));
      child.member = true;
      if (shape.kind === 'keyed') fieldsOf(shape.of, item, child);
    }
    return;
  }
  if (!isObject(value)) return;
  const names = Object.keys(value);
  if (names.length === 0) set.member = true;
  for (const name of names) {
    const inner = shape.kind === 'map' ? shape.of : (shape.fieldShape(name) ?? ATOMIC);
    fieldsOf(inner, value[name], childSet(set, `f:${name}`));
  }
}

export interface Comparison {
  readonly added: FieldSet;
  readonly modified: FieldSet;
  readonly removed: FieldSet;
}

/** What changed between two versions. Inner nodes count as added or removed when they appear or go. */
export function compare(
  shape: Shape,
  before: Json | undefined,
  after: Json | undefined,
  into: Comparison,
): void {
  if (before === after) return;
  if (before === undefined) {
    into.added.member = true;
    if (after !== undefined)
      eachPart(shape, after, (edge, inner, part) => compare(inner, undefined, part, step(into, edge)));
    return;
  }
  if (after === undefined) {
    into.removed.member = true;
    eachPart(shape, before, (edge, inner, part) => compare(inner, part, undefined, step(into, edge)));
    return;
  }
  if (shape.kind === 'atomic' || (isScalar(before) && isScalar(after))) {
    if (!jsonEqual(before, after)) into.modified.member = true;
    return;
  }
  const parts = new Map<string, { shape: Shape; before?: Json; after?: Json }>();
  eachPart(shape, before, (edge, inner, part) => parts.set(edge, { shape: inner, before: part }));
  eachPart(shape, after, (edge, inner, part) =>
    parts.set(edge, { ...parts.get(edge), shape: inner, after: part }),
  );
  // Most parts are as they were: they leave no trace in the sets.
  for (const [edge, part] of parts)
    if (!jsonEqual(part.before, part.after)) compare(part.shape, part.before, part.after, step(into, edge));
}

function isScalar(value: Json): boolean {
  return value !== null && typeof value !== 'object';
}

function step(into: Comparison, edge: string): Comparison {
  return {
    added: childSet(into.added, edge),
    modified: childSet(into.modified, edge),
    removed: childSet(into.removed, edge),
  };
}

function eachPart(shape: Shape, value: Json, visit: (edge: string, shape: Shape, part: Json) => void): void {
  if (shape.kind === 'atomic' || value === null || typeof value !== 'object') return;
  if (shape.kind === 'set' || shape.kind === 'keyed') {
    if (!Array.isArray(value)) return;
    for (const item of value) {
      if (shape.kind === 'set') visit(valueEdge(item), ATOMIC, item);
      else visit(itemEdge(shape, item), shape.of, item);
    }
    return;
  }
  if (!isObject(value)) return;
  for (const [name, part] of Object.entries(value))
    visit(`f:${name}`, shape.kind === 'map' ? shape.of : (shape.fieldShape(name) ?? ATOMIC), part);
}

/** The configuration laid over the live object: maps merge, lists with keys merge by key, the rest is replaced. */
export function merge(shape: Shape, live: Json | undefined, applied: Json | undefined): Json | undefined {
  if (applied === undefined) return live;
  if (live === undefined || live === null || applied === null || shape.kind === 'atomic') return applied;
  if (shape.kind === 'set' || shape.kind === 'keyed') {
    if (!Array.isArray(live) || !Array.isArray(applied)) return applied;
    return mergeLists(shape, live, applied);
  }
  if (!isObject(live) || !isObject(applied)) return applied;
  const result: JsonObject = { ...live };
  for (const [name, value] of Object.entries(applied)) {
    const inner = shape.kind === 'map' ? shape.of : (shape.fieldShape(name) ?? ATOMIC);
    const merged = merge(inner, Object.hasOwn(live, name) ? live[name] : undefined, value);
    if (merged !== undefined) define(result, name, merged);
  }
  return result;
}

/** Live items keep their places; applied ones that are new come in the order they were applied. */
function mergeLists(
  shape: Extract<Shape, { kind: 'set' | 'keyed' }>,
  live: readonly Json[],
  applied: readonly Json[],
): Json[] {
  const edgeOf = (item: Json): string => (shape.kind === 'set' ? valueEdge(item) : itemEdge(shape, item));
  const wanted = new Map(applied.map((item) => [edgeOf(item), item]));
  const kept = live.map((item) => {
    const edge = edgeOf(item);
    const other = wanted.get(edge);
    wanted.delete(edge);
    if (other === undefined || shape.kind === 'set') return item;
    return merge(shape.of, item, other) ?? item;
  });
  return [...kept, ...wanted.values()];
}

/** Takes the fields of `drop` out of a value. undefined: nothing of it is left. */
export function prune(shape: Shape, value: Json, drop: FieldSet): Json | undefined {
  if (shape.kind === 'atomic' || value === null || typeof value !== 'object')
    return drop.member ? undefined : value;
  if (shape.kind === 'set' || shape.kind === 'keyed') {
    if (!Array.isArray(value)) return value;
    const items = value.flatMap((item) => {
      const child = drop.children.get(shape.kind === 'set' ? valueEdge(item) : itemEdge(shape, item));
      if (child === undefined) return [item];
      if (child.member) return [];
      if (shape.kind === 'set') return [item];
      const rest = prune(shape.of, item, child);
      return rest === undefined ? [] : [rest];
    });
    return items.length === 0 && value.length > 0 ? undefined : items;
  }
  if (!isObject(value)) return value;
  const result: JsonObject = {};
  for (const [name, part] of Object.entries(value)) {
    const child = drop.children.get(`f:${name}`);
    const inner = shape.kind === 'map' ? shape.of : (shape.fieldShape(name) ?? ATOMIC);
    const rest = child === undefined ? part : prune(inner, part, child);
    if (rest !== undefined) define(result, name, rest);
  }
  if (Object.keys(result).length === 0 && (drop.member || Object.keys(value).length > 0)) return undefined;
  return result;
}
