import { cloneJson, define, isObject, jsonEqual, textOf } from '../json.ts';
import type { Json } from '../json.ts';

export type Patched =
  | { readonly ok: true; readonly value: Json }
  | { readonly ok: false; readonly message: string; readonly malformed: boolean };

/** Operations in one patch (apiserver MaxJSONPatchOperations). */
const MAX_OPERATIONS = 10_000;

class PatchError extends Error {}

/** RFC 6902. */
export function applyJsonPatch(document: Json, patch: Json): Patched {
  if (!Array.isArray(patch))
    return {
      ok: false,
      malformed: true,
      message: 'error decoding patch: json: cannot unmarshal object into Go value of type jsonpatch.Patch',
    };
  if (patch.length > MAX_OPERATIONS)
    return {
      ok: false,
      malformed: true,
      message: `The allowed maximum operations in a JSON patch is ${MAX_OPERATIONS}, got ${patch.length}`,
    };
  let value = cloneJson(document);
  try {
    for (const operation of patch) value = applyOperation(value, operation);
    return { ok: true, value };
  } catch (error) {
    if (error instanceof PatchError) return { ok: false, malformed: false, message: error.message };
    throw error;
  }
}

function applyOperation(document: Json, operation: Json): Json {
  if (!isObject(operation)) throw new PatchError('Unexpected kind: unknown');
  const { op, path, from, value } = operation as { op?: Json; path?: Json; from?: Json; value?: Json };
  if (typeof path !== 'string') throw new PatchError(`${textOf(op)} operation missing path field`);
  const pointer = parsePointer(path);
  switch (op) {
    case 'add':
      return write(document, pointer, requireValue(value, 'add'), 'add');
    case 'replace':
      read(document, pointer, path, 'replace');
      return write(document, pointer, requireValue(value, 'replace'), 'replace');
    case 'remove':
      return remove(document, pointer, path);
    case 'test':
      if (!jsonEqual(find(document, pointer) ?? null, value ?? null))
        throw new PatchError(`testing value ${path} failed`);
      return document;
    case 'move':
    case 'copy': {
      if (typeof from !== 'string') throw new PatchError(`${op} operation missing from field`);
      const source = parsePointer(from);
      const moved = cloneJson(read(document, source, from, op));
      return write(op === 'move' ? remove(document, source, from) : document, pointer, moved, 'add');
    }
    default:
      throw new PatchError(`Unexpected kind: ${textOf(op)}`);
  }
}

function requireValue(value: Json | undefined, op: string): Json {
  if (value === undefined) throw new PatchError(`${op} operation missing value field`);
  return cloneJson(value);
}

function parsePointer(path: string): string[] {
  if (path === '') return [];
  if (!path.startsWith('/')) throw new PatchError(`jsonpatch: path ${path} must begin with '/'`);
  return path
    .slice(1)
    .split('/')
    .map((part) => part.replaceAll('~1', '/').replaceAll('~0', '~'));
}

function find(document: Json, pointer: readonly string[]): Json | undefined {
  let value: Json | undefined = document;
  for (const part of pointer) {
    if (Array.isArray(value)) value = /^\d+$/.test(part) ? value[Number(part)] : undefined;
    else if (isObject(value)) value = Object.hasOwn(value, part) ? value[part] : undefined;
    else return undefined;
  }
  return value;
}

function read(document: Json, pointer: readonly string[], path: string, op: string): Json {
  const value = find(document, pointer);
  if (value === undefined)
    throw new PatchError(
      `${op} operation does not apply: doc is missing ${op === 'replace' ? 'key' : 'path'}: ${path}: missing value`,
    );
  return value;
}

function parentOf(document: Json, pointer: readonly string[], op: string): Json[] | Record<string, Json> {
  const parent = find(document, pointer.slice(0, -1));
  if (Array.isArray(parent) || isObject(parent)) return parent;
  throw new PatchError(
    `${op} operation does not apply: doc is missing path: "/${pointer.join('/')}": missing value`,
  );
}

function indexOf(list: readonly Json[], part: string, op: string): number {
  if (!/^\d+$/.test(part))
    throw new PatchError(
      `${op} operation does not apply: error in ${op} for path: strconv.Atoi: parsing ${JSON.stringify(part)}: invalid syntax`,
    );
  return Number(part);
}

function write(document: Json, pointer: readonly string[], value: Json, op: 'add' | 'replace'): Json {
  const last = pointer.at(-1);
  if (last === undefined) return value;
  const parent = parentOf(document, pointer, op);
  if (!Array.isArray(parent)) define(parent, last, value);
  else if (last === '-') parent.push(value);
  else {
    const index = indexOf(parent, last, op);
    if (index > parent.length)
      throw new PatchError(
        `${op} operation does not apply: doc is missing path: Unable to access invalid index: ${index}: invalid index referenced`,
      );
    parent.splice(index, op === 'add' ? 0 : 1, value);
  }
  return document;
}

function remove(document: Json, pointer: readonly string[], path: string): Json {
  const last = pointer.at(-1);
  if (last === undefined)
    throw new PatchError('remove operation does not apply: the whole document cannot be removed');
  const parent = parentOf(document, pointer, 'remove');
  if (Array.isArray(parent)) {
    const index = indexOf(parent, last, 'remove');
    if (index >= parent.length)
      throw new PatchError(
        `remove operation does not apply: error in remove for path: '${path}': Unable to access invalid index: ${index}: invalid index referenced`,
      );
    parent.splice(index, 1);
  } else if (Object.hasOwn(parent, last)) Reflect.deleteProperty(parent, last);
  else
    throw new PatchError(
      `remove operation does not apply: error in remove for path: '${path}': Unable to remove nonexistent key: ${last}: missing value`,
    );
  return document;
}
