import type { StoredObject } from '../../store/store.ts';
import type { Json } from '../json.ts';
import { isObject } from '../json.ts';
import type { Cell, Column, Printer } from '../resources/resource.ts';
import { humanDuration, parseTime } from '../time.ts';
import { parseJsonPath, readJsonPath } from './json-path.ts';
import type { CustomVersion, PrinterColumn } from './schema.ts';

const AGE: PrinterColumn = {
  name: 'Age',
  type: 'date',
  jsonPath: '.metadata.creationTimestamp',
  description:
    'CreationTimestamp is a timestamp representing the server time when this object was created. It is not guaranteed to be set in happens-before order across separate operations. Clients may not set this value. It is represented in RFC3339 form and is in UTC.',
};

const NAME: Column = {
  name: 'Name',
  type: 'string',
  format: 'name',
  priority: 0,
  description:
    'Name must be unique within a namespace. Is required when creating resources, although some resources may allow a client to request the generation of an appropriate name automatically. Name is primarily intended for creation idempotence and configuration definition. Cannot be updated.',
};

/** `additionalPrinterColumns`, or the age where there are none (apiextensions tableconvertor). */
export function customPrinter(version: CustomVersion): Printer<StoredObject> {
  const extra = version.additionalPrinterColumns ?? [];
  const shown = (extra.length === 0 ? [AGE] : extra).map((column) => ({
    column,
    path: parseJsonPath(column.jsonPath) ?? [],
  }));
  return {
    columns: [
      NAME,
      ...shown.map(({ column }): Column => ({
        name: column.name,
        type: column.type as Column['type'],
        format: column.format ?? '',
        priority: (column.priority ?? 0) as Column['priority'],
        description:
          (column.description ?? '') === ''
            ? `Custom resource definition column (in JSONPath format): ${column.jsonPath}`
            : (column.description ?? ''),
      })),
    ],
    cells: (object, nowMs) => [
      object.metadata.name ?? '',
      ...shown.map(({ column, path }) => cellOf(column.type, readJsonPath(path, object), nowMs)),
    ],
  };
}

function cellOf(type: string, values: readonly Json[], nowMs: number): Cell {
  const [value] = values;
  if (value === undefined) return null;
  switch (type) {
    case 'string':
      return textOf(value);
    case 'integer':
      return typeof value === 'number' ? Math.trunc(value) : null;
    case 'number':
      return typeof value === 'number' ? value : null;
    case 'boolean':
      return typeof value === 'boolean' ? value : null;
    case 'date': {
      if (typeof value !== 'string') return null;
      const ms = parseTime(value);
      return ms === undefined ? '<invalid>' : humanDuration(nowMs - ms);
    }
    default:
      return null;
  }
}

function textOf(value: Json): string {
  if (typeof value === 'string') return value;
  return Array.isArray(value) || isObject(value)
    ? JSON.stringify(value)
    : value === null
      ? '<nil>'
      : String(value);
}
