import { LineCounter, parseDocument } from 'yaml';
import type { Document } from 'yaml';
import type { z } from 'zod';
import type { DiagnosticCode, DiagnosticSink } from './diagnostic.ts';
import { resolveMarks } from './parameter-text.ts';
import { wordsOf } from './schema-words.ts';

/** Aliases one document may expand to: stops "billion laughs" documents while allowing honest anchors. */
const MAX_ALIAS_COUNT = 50;

interface YamlSource {
  readonly text: string;
  /** Lines of the file that stand before the text's first line. */
  readonly linesBefore: number;
}

/**
 * Reads YAML and checks it against a schema. Mistakes go to the sink with the line and column of the
 * offending key; undefined means that there was at least one.
 */
export function readYaml<Schema extends z.ZodType>(
  source: YamlSource,
  schema: Schema,
  code: DiagnosticCode,
  sink: DiagnosticSink,
): z.infer<Schema> | undefined {
  const lines = new LineCounter();
  const document = parseDocument(source.text, { lineCounter: lines, prettyErrors: false, uniqueKeys: true });
  const at = (offset: number): { line: number; column: number } => {
    const position = lines.linePos(offset);
    return { line: source.linesBefore + Math.max(1, position.line), column: Math.max(1, position.col) };
  };
  const [error] = document.errors;
  if (error !== undefined) {
    sink.report({
      code: 'PW0103',
      ...at(error.pos[0]),
      message: `The YAML cannot be read: ${error.message}`,
      remedy: yamlRemedy(error.code),
    });
    return undefined;
  }
  resolveMarks(document, source.text);
  let value: unknown;
  try {
    value = document.toJS({ maxAliasCount: MAX_ALIAS_COUNT });
  } catch {
    sink.report({
      code: 'PW0103',
      line: source.linesBefore + 1,
      column: 1,
      message: 'The YAML uses too many aliases.',
      remedy: 'Write the values out.',
    });
    return undefined;
  }
  const parsed = schema.safeParse(value);
  if (parsed.success) return parsed.data;
  const missing = parsed.error.issues
    .filter((issue) => issue.code !== 'unrecognized_keys' && valueAt(value, issue.path) === undefined)
    .map(({ path }) => ({ within: fieldName(path.slice(0, -1).map(keyText)), field: String(path.at(-1)) }));
  for (const issue of parsed.error.issues) {
    const path = issue.path.map(keyText);
    for (const key of issue.code === 'unrecognized_keys' ? issue.keys : [undefined]) {
      const named = key === undefined ? path : [...path, key];
      const told = issue.code === 'unrecognized_keys' ? { ...issue, keys: [key ?? ''] } : issue;
      const emptied = key === undefined ? undefined : emptiedBefore(value, path, key);
      const words = wordsOf(told, fieldName(named), valueAt(value, named), missing, emptied);
      sink.report({ code, ...at(offsetOf(document, named)), ...words });
    }
  }
  return undefined;
}

/** The field without a value that stands before this one: what was to be in it has lost its indentation. */
function emptiedBefore(value: unknown, path: readonly PropertyKey[], key: string): string | undefined {
  const within = valueAt(value, path);
  if (typeof within !== 'object' || within === null) return undefined;
  const fields = Object.entries(within);
  const at = fields.findIndex(([name]) => name === key);
  return fields.slice(0, Math.max(at, 0)).findLast(([, each]) => each === null)?.[0];
}

function keyText(key: PropertyKey): string | number {
  return typeof key === 'number' ? key : String(key);
}

function valueAt(value: unknown, path: readonly PropertyKey[]): unknown {
  let found = value;
  for (const key of path) {
    if (typeof found !== 'object' || found === null || !Object.hasOwn(found, key)) return undefined;
    found = (found as Readonly<Record<PropertyKey, unknown>>)[key];
  }
  return found;
}

function fieldName(path: readonly (string | number)[]): string {
  return path.length === 0
    ? 'the document'
    : path.reduce<string>(
        (name, key) => (typeof key === 'number' ? `${name}[${key}]` : name === '' ? key : `${name}.${key}`),
        '',
      );
}

/** Offset of the deepest node on the path that exists. */
function offsetOf(document: Document, path: readonly (string | number)[]): number {
  for (let length = path.length; length > 0; length--) {
    const parent = document.getIn(path.slice(0, length - 1), true);
    const key = path[length - 1];
    if (typeof parent === 'object' && parent !== null && 'items' in parent && Array.isArray(parent.items)) {
      const item: unknown =
        typeof key === 'number'
          ? parent.items[key]
          : parent.items.find((pair: unknown) => keyOf(pair) === key);
      const offset = startOf(item);
      if (offset !== undefined) return offset;
    }
  }
  return 0;
}

function keyOf(pair: unknown): unknown {
  if (typeof pair !== 'object' || pair === null || !('key' in pair)) return undefined;
  const key = pair.key;
  return typeof key === 'object' && key !== null && 'value' in key ? key.value : key;
}

function startOf(item: unknown): number | undefined {
  if (typeof item !== 'object' || item === null) return undefined;
  const node = 'key' in item ? item.key : item;
  if (typeof node !== 'object' || node === null || !('range' in node) || !Array.isArray(node.range))
    return undefined;
  const [start] = node.range as readonly unknown[];
  return typeof start === 'number' ? start : undefined;
}

function yamlRemedy(code: string): string {
  switch (code) {
    case 'BAD_INDENT':
    case 'MULTILINE_IMPLICIT_KEY':
      return 'Check the indentation: entries of one map start in the same column, with spaces and no tabs.';
    case 'TAB_AS_INDENT':
      return 'Indent with spaces; YAML allows no tabs.';
    case 'DUPLICATE_KEY':
      return 'Keep one of the two.';
    default:
      return 'Check quotes, colons and indentation near this place.';
  }
}

/** Where front matter has a field; its first line when it has not. */
export function placeOfField(
  source: YamlSource,
  field: string,
): { readonly line: number; readonly column: number } {
  const index = source.text.split('\n').findIndex((line) => line.startsWith(`${field}:`));
  return { line: index < 0 ? 1 : source.linesBefore + index + 1, column: 1 };
}
