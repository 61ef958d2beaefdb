/**
 * The field tables of all modelled kinds: one source for strict decoding, protobuf, merge keys,
 * server-side apply, OpenAPI and `kubectl explain`.
 *
 * Syntax, one type per block:
 *
 *     core.Container                               a type; `atomic` after it: a struct applied as a whole
 *       name! 1 string zero; ports 6 []core.ContainerPort keys=containerPort,protocol
 *
 * A field is `name[!] number type attribute…`: `!` required, number of the protobuf field, type
 * `string int32 int64 bool bytes double Time MicroTime Quantity IntOrString RawExtension FieldsV1
 * Duration ExtraValue`, a type's name, `[]T`, `map T` or `*T` (a pointer in Go: its zero is kept).
 * `...` instead of a name: a message of its own in protobuf whose fields JSON inlines.
 * Attributes: `keys=a,b` / `set` / `atomic` (listType of server-side apply), `merge=key` / `merge` /
 * `retain` (strategic merge), `zero` (written even when zero: no omitempty), `omitzero`, `default=JSON`,
 * `enum=A|B` (what OpenAPI documents).
 */
import type { Json } from '../json.ts';
import { ADMINISTRATION_TYPES } from './tables/administration.ts';
import { AUTHORITY_TYPES } from './tables/authority.ts';
import { AUTOSCALING_TYPES } from './tables/autoscaling.ts';
import { CLUSTER_TYPES } from './tables/cluster.ts';
import { CORE_TYPES } from './tables/core.ts';
import { DEVICE_TYPES } from './tables/devices.ts';
import { META_TYPES } from './tables/meta.ts';
import { NETWORKING_TYPES } from './tables/networking.ts';
import { POD_TYPES } from './tables/pods.ts';
import { REPLICATION_TYPES } from './tables/replication.ts';
import { STORAGE_TYPES } from './tables/storage.ts';
import { VOLUME_TYPES } from './tables/volumes.ts';
import { WORKLOAD_TYPES } from './tables/workloads.ts';

export type ScalarName =
  | 'string'
  | 'int32'
  | 'int64'
  | 'bool'
  | 'bytes'
  | 'double'
  | 'Time'
  | 'MicroTime'
  | 'Quantity'
  | 'IntOrString'
  | 'RawExtension'
  | 'FieldsV1'
  | 'Duration'
  | 'ExtraValue';

export type FieldType =
  | { readonly kind: 'scalar'; readonly name: ScalarName }
  | { readonly kind: 'message'; readonly name: string }
  | { readonly kind: 'list'; readonly of: FieldType }
  | { readonly kind: 'map'; readonly of: FieldType };

export interface Field {
  readonly name: string;
  readonly number: number;
  readonly type: FieldType;
  readonly pointer: boolean;
  readonly required: boolean;
  /** Written even when empty. */
  readonly zero: boolean;
  readonly omitZero: boolean;
  /** listType (or mapType) of server-side apply. */
  readonly listType?: 'atomic' | 'set' | 'map';
  readonly keys: readonly string[];
  /** Strategic merge: lists merge by this key; '' merges lists of scalars. */
  readonly mergeKey?: string;
  readonly retainKeys: boolean;
  readonly default?: Json;
  /** The values that upstream documents; what is accepted is said by validation. */
  readonly choices: readonly string[];
}

export interface SchemaType {
  /** For example `core.PodSpec`. */
  readonly name: string;
  readonly goName: string;
  readonly atomic: boolean;
  /** As JSON sees them: messages that JSON inlines are spread. */
  readonly fields: ReadonlyMap<string, Field>;
  /** As protobuf sees them. */
  readonly own: readonly Field[];
  readonly inlined: readonly { readonly number: number; readonly type: string }[];
}

const SCALARS: ReadonlySet<string> = new Set<ScalarName>([
  'string',
  'int32',
  'int64',
  'bool',
  'bytes',
  'double',
  'Time',
  'MicroTime',
  'Quantity',
  'IntOrString',
  'RawExtension',
  'FieldsV1',
  'Duration',
  'ExtraValue',
]);

interface RawType {
  name: string;
  atomic: boolean;
  own: Field[];
  inlined: { number: number; type: string }[];
}

function parseType(words: string[]): { type: FieldType; pointer: boolean } {
  let word = words.shift() ?? '';
  const pointer = word.startsWith('*');
  if (pointer) word = word.slice(1);
  if (word === 'map') return { type: { kind: 'map', of: parseType(words).type }, pointer };
  if (word.startsWith('[]')) {
    words.unshift(word.slice(2));
    return { type: { kind: 'list', of: parseType(words).type }, pointer };
  }
  if (SCALARS.has(word)) return { type: { kind: 'scalar', name: word as ScalarName }, pointer };
  return { type: { kind: 'message', name: word }, pointer };
}

function parseField(text: string): Field {
  const words = text.split(' ');
  const label = words.shift() ?? '';
  const number = Number(words.shift());
  const { type, pointer } = parseType(words);
  const attribute = (name: string): string | undefined =>
    words.find((word) => word.startsWith(`${name}=`))?.slice(name.length + 1);
  const keys = attribute('keys')?.split(',') ?? [];
  const listType =
    keys.length > 0 ? 'map' : words.includes('set') ? 'set' : words.includes('atomic') ? 'atomic' : undefined;
  const mergeKey = attribute('merge') ?? (words.includes('merge') ? '' : undefined);
  const fallback = attribute('default');
  return {
    name: label.replace(/!$/, ''),
    number,
    type,
    pointer,
    required: label.endsWith('!'),
    zero: words.includes('zero'),
    omitZero: words.includes('omitzero'),
    ...(listType === undefined ? {} : { listType }),
    keys,
    ...(mergeKey === undefined ? {} : { mergeKey }),
    retainKeys: words.includes('retain'),
    choices: attribute('enum')?.split('|') ?? [],
    ...(fallback === undefined ? {} : { default: JSON.parse(fallback) as Json }),
  };
}

function parseTable(table: string, types: Map<string, RawType>): void {
  let current: RawType | undefined;
  for (const line of table.split('\n')) {
    if (line.trim() === '') continue;
    if (!line.startsWith(' ')) {
      const [name = '', ...attributes] = line.split(' ');
      current = { name, atomic: attributes.includes('atomic'), own: [], inlined: [] };
      types.set(name, current);
      continue;
    }
    if (current === undefined) throw new Error(`field outside of a type: ${line}`);
    for (const part of line.trim().split('; ')) {
      const field = parseField(part);
      if (field.name !== '...') current.own.push(field);
      else if (field.type.kind === 'message')
        current.inlined.push({ number: field.number, type: field.type.name });
    }
  }
}

function loadTypes(): ReadonlyMap<string, SchemaType> {
  const raw = new Map<string, RawType>();
  for (const table of [
    META_TYPES,
    CORE_TYPES,
    POD_TYPES,
    VOLUME_TYPES,
    WORKLOAD_TYPES,
    NETWORKING_TYPES,
    AUTHORITY_TYPES,
    CLUSTER_TYPES,
    REPLICATION_TYPES,
    STORAGE_TYPES,
    AUTOSCALING_TYPES,
    DEVICE_TYPES,
    ADMINISTRATION_TYPES,
  ])
    parseTable(table, raw);
  const spread = (type: RawType): Field[] => [
    ...type.own,
    ...type.inlined.flatMap((inline) => {
      const inner = raw.get(inline.type);
      if (inner === undefined) throw new Error(`unknown inlined type ${inline.type}`);
      return spread(inner);
    }),
  ];
  const types = new Map<string, SchemaType>();
  for (const type of raw.values()) {
    types.set(type.name, {
      name: type.name,
      goName: type.name.slice(type.name.indexOf('.') + 1),
      atomic: type.atomic,
      fields: new Map(spread(type).map((field) => [field.name, field])),
      own: type.own,
      inlined: type.inlined,
    });
  }
  return types;
}

const TYPES = loadTypes();

/** @throws Error when the tables have no such type: a mistake of ours, never of a client. */
export function schemaType(name: string): SchemaType {
  const type = TYPES.get(name);
  if (type === undefined) throw new Error(`no field table for ${name}`);
  return type;
}

export function allSchemaTypes(): ReadonlyMap<string, SchemaType> {
  return TYPES;
}
