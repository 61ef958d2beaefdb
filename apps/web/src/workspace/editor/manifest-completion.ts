import { objectType } from './manifest-schema.ts';
import type { Field, FieldType, ObjectType } from './manifest-schema.ts';
import { MANIFEST_KINDS } from './manifest-types.ts';

export interface Suggestion {
  readonly label: string;
  readonly insert: string;
  readonly about: string;
}

export interface Suggestions {
  /** Offset of what the suggestion replaces, within the line. */
  readonly fromColumn: number;
  readonly items: readonly Suggestion[];
}

interface Ancestor {
  readonly indent: number;
  readonly key: string;
  readonly inList: boolean;
}

const KEY_LINE = /^(\s*)((?:- +)*)([\w.-]+):(?:\s|$)/;

/** What may stand at the end of the last of these lines: fields of the object they are in, or values of the field. */
export function suggest(linesBefore: readonly string[]): Suggestions | undefined {
  const line = linesBefore.at(-1) ?? '';
  const value = /^(\s*(?:- +)*)([\w.-]+):\s+([\w./-]*)$/.exec(line);
  if (value !== null) {
    const [, lead = '', key = '', begun = ''] = value;
    const object = objectAt(linesBefore, lead.length);
    const type =
      key === 'kind' && lead === ''
        ? ({ kind: 'choice', choices: MANIFEST_KINDS } as const)
        : object?.fields.find((field) => field.name === key)?.type;
    return type === undefined ? undefined : choicesOf(type, line.length - begun.length);
  }
  const bare = /^(\s*(?:- +)*)([\w-]*)$/.exec(line);
  if (bare === null) return undefined;
  const [, lead = '', begun = ''] = bare;
  const inList = listTypeAt(linesBefore, lead);
  if (inList !== undefined && inList.kind !== 'object') return choicesOf(inList, line.length - begun.length);
  const object = objectAt(linesBefore, lead.length);
  if (object === undefined)
    return lead === '' && begun === '' && !hasKind(linesBefore) ? starters() : undefined;
  const taken = siblingsOf(linesBefore, lead.length);
  const items = object.fields
    .filter((field) => !taken.has(field.name))
    .map((field) => fieldSuggestion(field, lead.length));
  return { fromColumn: line.length - begun.length, items };
}

function fieldSuggestion(field: Field, indent: number): Suggestion {
  const pad = ' '.repeat(indent + 2);
  const insert =
    field.type.kind === 'object' || field.type.kind === 'map'
      ? `${field.name}:\n${pad}`
      : field.type.kind === 'list'
        ? `${field.name}:\n${pad}- `
        : `${field.name}: `;
  return { label: field.name, insert, about: field.about };
}

function choicesOf(type: FieldType, fromColumn: number): Suggestions | undefined {
  const choices = type.kind === 'choice' ? type.choices : type.kind === 'bool' ? ['true', 'false'] : [];
  return choices.length === 0
    ? undefined
    : { fromColumn, items: choices.map((choice) => ({ label: choice, insert: choice, about: '' })) };
}

function starters(): Suggestions {
  return {
    fromColumn: 0,
    items: MANIFEST_KINDS.map((kind) => {
      const version = objectType(kind)?.fields.find((field) => field.name === 'apiVersion')?.type;
      const apiVersion = version?.kind === 'choice' ? (version.choices[0] ?? 'v1') : 'v1';
      return {
        label: kind,
        insert: `apiVersion: ${apiVersion}\nkind: ${kind}\nmetadata:\n  name: `,
        about: `A new ${kind}`,
      };
    }),
  };
}

/** Lines of the document that the cursor is in. */
function documentLines(lines: readonly string[]): readonly string[] {
  const start = lines.findLastIndex((line) => line.startsWith('---'));
  return lines.slice(start + 1);
}

function hasKind(lines: readonly string[]): boolean {
  return documentLines(lines).some((line) => line.startsWith('kind:'));
}

/** The object whose fields stand at this indentation. */
function objectAt(lines: readonly string[], indent: number): ObjectType | undefined {
  const document = documentLines(lines);
  const kind = /^kind:\s*(\w+)/m.exec(document.join('\n'))?.[1];
  let type = kind === undefined ? undefined : objectType(kind);
  for (const { key } of ancestorsOf(document, indent)) {
    const field = type?.fields.find((candidate) => candidate.name === key);
    const inner = field?.type.kind === 'list' ? field.type.of : field?.type;
    type = inner?.kind === 'object' ? objectType(inner.type) : undefined;
  }
  return type;
}

/** `- ` at the end: what kind of item the list holds. */
function listTypeAt(lines: readonly string[], lead: string): FieldType | undefined {
  if (!lead.trimEnd().endsWith('-')) return undefined;
  const document = documentLines(lines);
  const owner = ancestorsOf(document, lead.length).at(-1);
  if (owner === undefined) return undefined;
  const field = objectAt(lines, owner.indent)?.fields.find((candidate) => candidate.name === owner.key);
  return field?.type.kind === 'list' ? field.type.of : undefined;
}

/** Keys from the document's root to what stands at this indentation, by indentation alone. */
function ancestorsOf(document: readonly string[], indent: number): readonly Ancestor[] {
  const found: Ancestor[] = [];
  let below = indent;
  for (const line of document.slice(0, -1).reverse()) {
    const match = KEY_LINE.exec(line);
    if (match === null) continue;
    const [, space = '', dashes = '', key = ''] = match;
    const column = space.length + dashes.length;
    if (column < below) {
      found.unshift({ indent: column, key, inList: dashes !== '' });
      below = column;
    } else if (dashes !== '' && space.length < below) {
      // A list item that began further up: its dash is what our block hangs on.
      below = Math.min(below, column);
    }
    if (below === 0) break;
  }
  return found;
}

/** Fields that the same object has already, above the cursor. */
function siblingsOf(lines: readonly string[], indent: number): ReadonlySet<string> {
  const names = new Set<string>();
  for (const line of documentLines(lines).slice(0, -1).reverse()) {
    if (line.trim() === '') continue;
    const match = KEY_LINE.exec(line);
    const column =
      match === null
        ? line.length - line.trimStart().length
        : (match[1] ?? '').length + (match[2] ?? '').length;
    if (column < indent) break;
    if (match !== null && column === indent) {
      names.add(match[3] ?? '');
      if ((match[2] ?? '') !== '') break;
    }
  }
  return names;
}
