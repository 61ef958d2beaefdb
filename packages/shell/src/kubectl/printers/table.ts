import type { ResourceType } from '../api/discovery.ts';
import { ageSince, goSprint } from '../values/go-text.ts';
import { isObject, listAt, numberAt, objectsAt, sameJson, textAt, textMapAt } from '../values/json.ts';
import type { JsonObject, JsonValue } from '../values/json.ts';

export interface TableOptions {
  readonly noHeaders: boolean;
  readonly wide: boolean;
  readonly withNamespace: boolean;
  /** Set to write `pod/web` instead of `web`. */
  readonly kind: ResourceType | undefined;
  readonly showLabels: boolean;
  readonly labelColumns: readonly string[];
  readonly nowMs: number;
}

interface Column {
  readonly name: string;
  readonly type: string;
  readonly format: string;
  readonly priority: number;
}

/** What a watch puts in front of each row, in one width. */
const EVENT_TEXT: ReadonlyMap<string, string> = new Map([
  ['ADDED', 'ADDED   '],
  ['MODIFIED', 'MODIFIED'],
  ['DELETED', 'DELETED '],
  ['ERROR', 'ERROR   '],
]);

/** Terminal control characters in cells are made visible. */
export function escapeTerminal(text: string): string {
  return text.replaceAll('\x1b', '^[').replaceAll('\r', '\\r');
}

function columnsOf(table: JsonObject): readonly Column[] {
  return objectsAt(table, 'columnDefinitions').map((column) => ({
    name: textAt(column, 'name'),
    type: textAt(column, 'type'),
    format: textAt(column, 'format'),
    priority: numberAt(column, 'priority') ?? 0,
  }));
}

function cellText(cell: JsonValue | undefined): string {
  if (cell === null || cell === undefined) return '';
  if (typeof cell !== 'string') return escapeTerminal(goSprint(cell));
  const end = cell.search(/[\f\n\r]/);
  return end < 0 ? escapeTerminal(cell) : `${escapeTerminal(cell.slice(0, end))}...`;
}

export function formatLabels(labels: ReadonlyMap<string, string>): string {
  if (labels.size === 0) return '<none>';
  return [...labels].map(([key, value]) => `${key}=${value}`).join(',');
}

/** Writes tables of the server as tab-separated rows. Keeps track of headers between pages and watch events. */
export class TablePrinter {
  private readonly options: TableOptions;
  private columns: readonly Column[] | undefined;
  private printedHeaders = false;

  constructor(options: TableOptions) {
    this.options = options;
  }

  /** The rows of a Table; of another object its name and age. */
  print(object: JsonObject, eventType?: string): string {
    if (textAt(object, 'kind') !== 'Table') return this.print(tableOf(object, this.options.nowMs), eventType);
    let columns = columnsOf(object);
    let noHeaders = this.options.noHeaders;
    const same = this.columns !== undefined && sameColumns(columns, this.columns);
    if (this.printedHeaders && (columns.length === 0 || same)) noHeaders = true;
    if (columns.length === 0) {
      columns = this.columns ?? [];
    } else if (!same) {
      this.columns = columns;
      this.printedHeaders = false;
    }
    const rows = objectsAt(object, 'rows');
    if (rows.length > 0) this.printedHeaders = true;
    return this.render(columns, rows, noHeaders, eventType);
  }

  private render(
    columns: readonly Column[],
    rows: readonly JsonObject[],
    noHeaders: boolean,
    eventType: string | undefined,
  ): string {
    const shown = columns.map((column) => this.options.wide || column.priority === 0);
    const lines: string[] = [];
    if (!noHeaders) {
      if (rows.length === 0) return '';
      const names = columns.filter((_, i) => shown[i] === true).map((column) => column.name.toUpperCase());
      lines.push(
        [
          ...(eventType === undefined ? [] : ['EVENT']),
          ...(this.options.withNamespace ? ['NAMESPACE'] : []),
          ...names,
          ...this.options.labelColumns.map((label) => (label.split('/').at(-1) ?? '').toUpperCase()),
          ...(this.options.showLabels ? ['LABELS'] : []),
        ].join('\t'),
      );
    }
    const { kind } = this.options;
    const nameColumn =
      kind === undefined
        ? -1
        : columns.findIndex((column) => column.format === 'name' && column.type === 'string');
    for (const row of rows) {
      const given = listAt(row, 'cells');
      const cells = columns.map((_, i) => (i < given.length ? cellText(given[i]) : undefined));
      if (kind !== undefined && nameColumn >= 0)
        cells[nameColumn] = `${qualifiedKind(kind)}/${cells[nameColumn] ?? ''}`;
      const labels = textMapAt(row, 'object', 'metadata', 'labels');
      const extra = [
        ...this.options.labelColumns.map((label) => labels.get(label) ?? ''),
        ...(this.options.showLabels ? [formatLabels(labels)] : []),
      ];
      const visible = cells.flatMap((cell, i) =>
        shown[i] === true && (cell !== undefined || extra.length > 0) ? [cell ?? ''] : [],
      );
      lines.push(
        [
          ...(eventType === undefined ? [] : [EVENT_TEXT.get(eventType) ?? eventType]),
          ...(this.options.withNamespace ? [textAt(row, 'object', 'metadata', 'namespace')] : []),
          ...visible,
          ...extra,
        ].join('\t'),
      );
    }
    return lines.map((line) => `${line}\n`).join('');
  }
}

function qualifiedKind(type: ResourceType): string {
  return (type.group === '' ? type.kind : `${type.kind}.${type.group}`).toLowerCase();
}

function sameColumns(a: readonly Column[], b: readonly Column[]): boolean {
  return sameJson(
    a.map((column) => ({ ...column })),
    b.map((column) => ({ ...column })),
  );
}

/** What is left to say of objects that the server did not print. */
function tableOf(object: JsonObject, nowMs: number): JsonObject {
  const items = Array.isArray(object['items']) ? objectsAt(object, 'items') : [object];
  if (textAt(object, 'kind') === 'Status') {
    return {
      kind: 'Table',
      columnDefinitions: ['Status', 'Reason', 'Message'].map((name) => ({ name, type: 'string' })),
      rows: [{ cells: [textAt(object, 'status'), textAt(object, 'reason'), textAt(object, 'message')] }],
    };
  }
  return {
    kind: 'Table',
    columnDefinitions: [
      { name: 'Name', type: 'string', format: 'name' },
      { name: 'Age', type: 'string' },
    ],
    rows: items.map((item) => ({
      cells: [
        textAt(item, 'metadata', 'name'),
        ageSince(textAt(item, 'metadata', 'creationTimestamp'), nowMs),
      ],
      object: item,
    })),
  };
}

export function isTable(object: JsonValue | undefined): boolean {
  return isObject(object) && textAt(object, 'kind') === 'Table';
}
