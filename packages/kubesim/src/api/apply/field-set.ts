import type { Json, JsonObject } from '../json.ts';
import { isObject } from '../json.ts';

/**
 * A set of fields, as `managedFields` records it (structured-merge-diff, KEP-555): a tree whose edges
 * are `f:name`, `k:{"key":"value"}` or `v:"value"`. `member`: the node itself is in the set.
 */
export interface FieldSet {
  member: boolean;
  readonly children: Map<string, FieldSet>;
}

export function emptySet(): FieldSet {
  return { member: false, children: new Map() };
}

export function isEmptySet(set: FieldSet): boolean {
  if (set.member) return false;
  for (const child of set.children.values()) if (!isEmptySet(child)) return false;
  return true;
}

export function childSet(set: FieldSet, edge: string): FieldSet {
  let child = set.children.get(edge);
  if (child === undefined) {
    child = emptySet();
    set.children.set(edge, child);
  }
  return child;
}

/** Fields of either. The result shares what it can: sets that are done are not changed. */
export function union(left: FieldSet, right: FieldSet): FieldSet {
  if (isBlank(right)) return left;
  if (isBlank(left)) return right;
  const children = new Map(left.children);
  let same = left.member || !right.member;
  for (const [edge, child] of right.children) {
    const own = left.children.get(edge);
    const both = own === undefined ? child : union(own, child);
    if (both === own) continue;
    children.set(edge, both);
    same = false;
  }
  return same ? left : { member: left.member || right.member, children };
}

/** Nothing in it, and nothing below. */
function isBlank(set: FieldSet): boolean {
  return !set.member && set.children.size === 0;
}

/** Fields of the first that are not in the second: the first itself, where they have none in common. */
export function difference(left: FieldSet, right: FieldSet): FieldSet {
  if (isBlank(right)) return left;
  const result: FieldSet = { member: left.member && !right.member, children: new Map() };
  let same = result.member === left.member;
  for (const [edge, child] of left.children) {
    const other = right.children.get(edge);
    const rest = other === undefined ? child : difference(child, other);
    if (rest !== child) same = false;
    if (!isEmptySet(rest)) result.children.set(edge, rest);
    else same = false;
  }
  return same ? left : result;
}

/** As `difference`, but a field of the second takes with it all that lies below. */
export function recursiveDifference(left: FieldSet, right: FieldSet): FieldSet {
  if (right.member) return emptySet();
  const result: FieldSet = { member: left.member, children: new Map() };
  for (const [edge, child] of left.children) {
    const other = right.children.get(edge);
    const rest = other === undefined ? child : recursiveDifference(child, other);
    if (!isEmptySet(rest)) result.children.set(edge, rest);
  }
  return result;
}

export function intersection(left: FieldSet, right: FieldSet): FieldSet {
  const result: FieldSet = { member: left.member && right.member, children: new Map() };
  for (const [edge, child] of left.children) {
    const other = right.children.get(edge);
    if (other === undefined) continue;
    const both = intersection(child, other);
    if (!isEmptySet(both)) result.children.set(edge, both);
  }
  return result;
}

/** `fieldsV1`: leaves are `{}`, inner nodes that are members themselves have a `.`. */
export function encodeSet(set: FieldSet): JsonObject {
  return encodings.get(set) ?? encode(set);
}

/** What a stored object's entry was read from: a set that stayed as it is is written as it was. */
const encodings = new WeakMap<FieldSet, JsonObject>();
/** Stored entries are frozen, so each is read once. */
const decodings = new WeakMap<JsonObject, FieldSet>();

function encode(set: FieldSet): JsonObject {
  const result: JsonObject = {};
  const edges = [...set.children.keys()].sort(compareEdges);
  if (set.member && edges.length > 0) result['.'] = {};
  for (const edge of edges) {
    const child = set.children.get(edge);
    if (child !== undefined && !isEmptySet(child)) result[edge] = encode(child);
  }
  return result;
}

/** Fields before keys before values; within a sort by text. */
function compareEdges(left: string, right: string): number {
  return left < right ? -1 : left > right ? 1 : 0;
}

export function decodeSet(value: Json | undefined): FieldSet {
  if (!isObject(value) || !Object.isFrozen(value)) return decode(value, false);
  let set = decodings.get(value);
  if (set === undefined) {
    set = decode(value, false);
    decodings.set(value, set);
    encodings.set(set, value);
  }
  return set;
}

function decode(value: Json | undefined, leafIsMember: boolean): FieldSet {
  const result = emptySet();
  if (!isObject(value)) return result;
  const entries = Object.entries(value);
  if (entries.length === 0) result.member = leafIsMember;
  for (const [edge, child] of entries) {
    if (edge === '.') result.member = true;
    else result.children.set(edge, decode(child, true));
  }
  return result;
}

/** Paths as conflicts print them: `.spec.template.spec.containers[name="web"].image`. */
export function pathsOf(set: FieldSet, prefix = ''): string[] {
  const paths = set.member ? [prefix] : [];
  for (const [edge, child] of set.children) paths.push(...pathsOf(child, prefix + edgeText(edge)));
  return paths;
}

function edgeText(edge: string): string {
  const rest = edge.slice(2);
  if (edge.startsWith('f:')) return `.${rest}`;
  if (edge.startsWith('v:')) return `[=${rest}]`;
  const keys = Object.entries(JSON.parse(rest) as Record<string, unknown>).map(
    ([key, value]) => `${key}=${JSON.stringify(value)}`,
  );
  return `[${keys.join(',')}]`;
}
