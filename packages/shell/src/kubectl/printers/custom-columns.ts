import { goSprint } from '../values/go-text.ts';
import { objectsAt } from '../values/json.ts';
import type { JsonObject, JsonValue } from '../values/json.ts';
import { JsonPath, relaxedPath } from './json-path.ts';
import { TABLE_LAYOUT, alignTabs } from './tab-writer.ts';
import { escapeTerminal } from './table.ts';

interface Column {
  readonly header: string;
  readonly path: JsonPath;
}

export type ColumnsResult =
  | { readonly ok: true; readonly columns: readonly Column[] }
  | { readonly ok: false; readonly message: string };

function build(specs: readonly (readonly [header: string, expression: string])[]): ColumnsResult {
  const columns: Column[] = [];
  for (const [header, expression] of specs) {
    const relaxed = relaxedPath(expression);
    if (!relaxed.ok) return relaxed;
    const parsed = JsonPath.parse(relaxed.path, { allowMissing: true });
    if (!parsed.ok) return parsed;
    columns.push({ header, path: parsed.path });
  }
  return { ok: true, columns };
}

/** `NAME:.metadata.name,IMAGE:.spec.image`. */
export function columnsFromSpec(spec: string): ColumnsResult {
  if (spec === '')
    return { ok: false, message: 'custom-columns format specified but no custom columns given' };
  const specs: (readonly [string, string])[] = [];
  for (const part of spec.split(',')) {
    const colon = part.indexOf(':');
    if (colon < 0)
      return {
        ok: false,
        message: `unexpected custom-columns spec: ${part}, expected <header>:<json-path-expr>`,
      };
    specs.push([part.slice(0, colon), part.slice(colon + 1)]);
  }
  return build(specs);
}

const FORMAT =
  'Expected format is one line of space separated headers, one line of space separated column specs.';

/** A line of headers above a line of paths. */
export function columnsFromFile(text: string): ColumnsResult {
  const [headerLine, specLine] = text.split('\n');
  if (headerLine === undefined || text === '')
    return { ok: false, message: `invalid template, missing header line. ${FORMAT}` };
  if (specLine === undefined) return { ok: false, message: `invalid template, missing spec line. ${FORMAT}` };
  const words = (line: string): readonly string[] => line.split(/\s+/).filter((word) => word !== '');
  const headers = words(headerLine);
  const specs = words(specLine);
  if (headers.length !== specs.length) {
    return {
      ok: false,
      message: `number of headers (${headers.length}) and field specifications (${specs.length}) don't match`,
    };
  }
  return build(headers.map((header, i) => [header, specs[i] ?? '']));
}

export class CustomColumnsPrinter {
  private readonly columns: readonly Column[];
  private headers: boolean;

  constructor(columns: readonly Column[], noHeaders: boolean) {
    this.columns = columns;
    this.headers = !noHeaders;
  }

  print(object: JsonObject): string {
    const lines: string[] = [];
    if (this.headers) lines.push(this.columns.map((column) => column.header).join('\t'));
    this.headers = false;
    const items = Array.isArray(object['items']) ? objectsAt(object, 'items') : [object];
    for (const item of items) lines.push(this.columns.map((column) => cell(column.path, item)).join('\t'));
    return alignTabs(lines.map((line) => `${line}\n`).join(''), TABLE_LAYOUT);
  }
}

function cell(path: JsonPath, item: JsonObject): string {
  const found = path.find(item);
  if (!found.ok) throw new CustomColumnsError(found.message);
  const values: JsonValue[] = found.results.flat();
  const none = found.results[0] === undefined || found.results[0].length === 0;
  return [...(none ? ['<none>'] : []), ...values.map((value) => escapeTerminal(goSprint(value)))].join(',');
}

export class CustomColumnsError extends Error {}
