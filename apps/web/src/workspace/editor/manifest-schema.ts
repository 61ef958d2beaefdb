import { MANIFEST_TYPES } from './manifest-types.ts';

export type FieldType =
  | { readonly kind: 'string' | 'bool' | 'map' | 'any' | 'intOrString' }
  | { readonly kind: 'int'; readonly min: number; readonly max: number }
  | { readonly kind: 'choice'; readonly choices: readonly string[] }
  | { readonly kind: 'list'; readonly of: FieldType }
  | { readonly kind: 'object'; readonly type: string };

export interface Field {
  readonly name: string;
  readonly type: FieldType;
  readonly required: boolean;
  readonly about: string;
}

export interface ObjectType {
  readonly name: string;
  readonly fields: readonly Field[];
  /** Further fields, by name only: the API server judges their values. */
  readonly also: readonly string[];
}

const HEADING = /^(\w+)$/;
const ALSO = /^ {2}also ([\w ]+)$/;
const FIELD = /^ {2}(\w+)(!?) (\S+) \| (.+)$/;
const INTEGER = /^int\((\d+)\.\.(\d+)\)$/;

let types: ReadonlyMap<string, ObjectType> | undefined;

export function objectType(name: string): ObjectType | undefined {
  types ??= readTypes(MANIFEST_TYPES);
  return types.get(name);
}

function readTypes(text: string): ReadonlyMap<string, ObjectType> {
  const read = new Map<string, ObjectType & { fields: Field[]; also: string[] }>();
  let current: (ObjectType & { fields: Field[]; also: string[] }) | undefined;
  for (const line of text.split('\n')) {
    if (line === '') continue;
    const heading = HEADING.exec(line);
    const also = ALSO.exec(line);
    const field = FIELD.exec(line);
    if (heading?.[1] !== undefined) {
      current = { name: heading[1], fields: [], also: [] };
      read.set(heading[1], current);
    } else if (also?.[1] !== undefined && current !== undefined) current.also.push(...also[1].split(' '));
    else if (
      field?.[1] !== undefined &&
      field[3] !== undefined &&
      field[4] !== undefined &&
      current !== undefined
    ) {
      current.fields.push({
        name: field[1],
        required: field[2] === '!',
        type: readType(field[3]),
        about: field[4],
      });
    } else throw new Error(`No line of a type table: ${line}`);
  }
  return read;
}

function readType(text: string): FieldType {
  if (text.startsWith('[]')) return { kind: 'list', of: readType(text.slice(2)) };
  const integer = INTEGER.exec(text);
  if (integer !== null) return { kind: 'int', min: Number(integer[1]), max: Number(integer[2]) };
  switch (text) {
    case 'string':
    case 'bool':
    case 'map':
    case 'any':
    case 'intOrString':
      return { kind: text };
    default:
      break;
  }
  if (
    new RegExp(`^${text}( \\.\\.\\.)?$`, 'm').test(MANIFEST_TYPES) &&
    /^[A-Z]\w+$/.test(text) &&
    isHeading(text)
  )
    return { kind: 'object', type: text };
  return {
    kind: 'choice',
    choices: text === 'networking.k8s.io/v1' || text === 'apps/v1' ? [text] : text.split('/'),
  };
}

/** A name that heads a table is a type, except where it names its own kind (`kind! Service`). */
function isHeading(name: string): boolean {
  return !['NetworkPolicy', 'Service', 'Ingress', 'Pod', 'Deployment', 'Namespace', 'ConfigMap'].includes(
    name,
  );
}
