import { isAlias, isMap, isScalar, isSeq, LineCounter, parseAllDocuments } from 'yaml';
import type { Document, ParsedNode, YAMLMap } from 'yaml';
import { objectType } from './manifest-schema.ts';
import type { FieldType, ObjectType } from './manifest-schema.ts';

/** One mistake in a manifest, by offsets into its text. */
export interface ManifestMistake {
  readonly from: number;
  readonly to: number;
  readonly severity: 'error' | 'warning';
  readonly message: string;
}

/** Far more than anyone reads; a file that is all mistakes must not slow the editor down. */
const MAX_MISTAKES = 100;
/** A manifest's own depth is below ten. */
const MAX_DEPTH = 40;

/** Finds what the API server would refuse, in a file of one or several documents. What it does not know it lets pass. */
export function checkManifest(text: string): readonly ManifestMistake[] {
  const documents = parseAllDocuments(text, { lineCounter: new LineCounter(), prettyErrors: false });
  const mistakes: ManifestMistake[] = [];
  for (const document of Array.isArray(documents) ? documents : []) checkDocument(document, mistakes);
  return mistakes.slice(0, MAX_MISTAKES);
}

function checkDocument(document: Document.Parsed, mistakes: ManifestMistake[]): void {
  for (const error of document.errors) {
    const [from, to] = error.pos;
    mistakes.push({
      from,
      to: Math.max(to, from + 1),
      severity: 'error',
      message: plainYamlError(error.code, error.message),
    });
  }
  if (document.errors.length > 0) return;
  const root = document.contents;
  if (root === null) return;
  if (!isMap(root)) {
    mistakes.push({
      ...rangeOf(root),
      severity: 'error',
      message: 'A manifest is a map: it begins with apiVersion and kind.',
    });
    return;
  }
  const kind = scalarOf(root, 'kind');
  const type = kind === undefined ? undefined : objectType(kind);
  if (kind === undefined || scalarOf(root, 'apiVersion') === undefined) {
    mistakes.push({
      ...startOf(root),
      severity: 'error',
      message: `This document has no ${kind === undefined ? 'kind' : 'apiVersion'}.`,
    });
    return;
  }
  // Other kinds are the API server's to judge.
  if (type !== undefined) checkObject(root, type, '', 0, mistakes);
}

function checkObject(
  map: YAMLMap,
  type: ObjectType,
  path: string,
  depth: number,
  mistakes: ManifestMistake[],
): void {
  if (depth > MAX_DEPTH) return;
  const present = new Set<string>();
  for (const item of map.items) {
    const key = item.key;
    if (!isScalar(key) || typeof key.value !== 'string') continue;
    const name = key.value;
    present.add(name);
    const field = type.fields.find((candidate) => candidate.name === name);
    const fieldPath = path === '' ? name : `${path}.${name}`;
    if (field === undefined) {
      if (!type.also.includes(name) && name !== 'status') {
        const like = closest(name, [...type.fields.map((candidate) => candidate.name), ...type.also]);
        mistakes.push({
          ...rangeOf(key as ParsedNode),
          severity: 'error',
          message: `Unknown field "${fieldPath}".${like === undefined ? '' : ` Did you mean ${like}?`}`,
        });
      }
      continue;
    }
    const value = item.value as ParsedNode | null;
    if (value === null || (isScalar(value) && value.value === null)) continue;
    checkValue(value, field.type, fieldPath, depth + 1, mistakes);
  }
  const missing = type.fields.filter((field) => field.required && !present.has(field.name));
  for (const field of missing)
    mistakes.push({
      ...startOf(map),
      severity: 'error',
      message: `${path === '' ? '' : `${path}: `}${field.name} is required. ${field.about}`,
    });
}

function checkValue(
  node: ParsedNode,
  type: FieldType,
  path: string,
  depth: number,
  mistakes: ManifestMistake[],
): void {
  if (isAlias(node) || depth > MAX_DEPTH) return;
  const wrong = (message: string): void => {
    mistakes.push({ ...rangeOf(node), severity: 'error', message: `${path}: ${message}` });
  };
  switch (type.kind) {
    case 'any':
      return;
    case 'object': {
      const own = objectType(type.type);
      if (!isMap(node))
        wrong(isSeq(node) ? 'must be a map, not a list. Take the dash away.' : 'must be a map.');
      else if (own !== undefined) checkObject(node, own, path, depth, mistakes);
      return;
    }
    case 'list':
      if (!isSeq(node)) wrong('must be a list. Begin each item with a dash.');
      else
        for (const [index, item] of node.items.entries())
          checkValue(item, type.of, `${path}[${index}]`, depth + 1, mistakes);
      return;
    case 'map':
      if (!isMap(node)) wrong('must be a map of names and texts.');
      else
        for (const item of node.items) {
          const { value } = item;
          if (isScalar(value) && (typeof value.value === 'number' || typeof value.value === 'boolean')) {
            mistakes.push({
              ...rangeOf(value),
              severity: 'error',
              message: `${path}: values are texts. Put ${value.value} into quotes.`,
            });
          }
        }
      return;
    default:
      if (!isScalar(node)) wrong('must be a single value.');
      else {
        const message = scalarMistake(node.value, type);
        if (message !== undefined) wrong(message);
      }
  }
}

function scalarMistake(
  value: unknown,
  type: Exclude<FieldType, { kind: 'list' | 'object' }>,
): string | undefined {
  switch (type.kind) {
    case 'bool':
      return typeof value === 'boolean' ? undefined : 'must be true or false, without quotes.';
    case 'int': {
      if (typeof value !== 'number' || !Number.isInteger(value))
        return 'must be a whole number, without quotes.';
      return value < type.min || value > type.max
        ? `must be between ${type.min} and ${type.max}.`
        : undefined;
    }
    case 'intOrString': {
      if (typeof value === 'number')
        return Number.isInteger(value) && value >= 0 && value <= 65_535
          ? undefined
          : 'must be between 1 and 65535, or a name.';
      if (typeof value !== 'string') return 'must be a number or a name.';
      return /^\d+$/.test(value)
        ? 'in quotes this is a name, not a number. Take the quotes away.'
        : undefined;
    }
    case 'choice': {
      if (type.choices.some((choice) => choice === value)) return undefined;
      const like = typeof value === 'string' ? closest(value, type.choices) : undefined;
      const list =
        type.choices.length === 1
          ? `must be ${type.choices[0] ?? ''}.`
          : `must be one of ${type.choices.join(', ')}.`;
      return like === undefined || type.choices.length === 1 ? list : `${list} Did you mean ${like}?`;
    }
    case 'string':
      return typeof value === 'string' ? undefined : 'must be a text. Put it into quotes.';
    default:
      return undefined;
  }
}

function scalarOf(map: YAMLMap, key: string): string | undefined {
  const value = map.get(key);
  return typeof value === 'string' ? value : undefined;
}

function rangeOf(node: ParsedNode): { readonly from: number; readonly to: number } {
  const [from, to] = node.range;
  return { from, to: Math.max(to, from + 1) };
}

/** The first key of a map: where something is missing there is nothing to point at. */
function startOf(map: YAMLMap): { readonly from: number; readonly to: number } {
  const key = map.items[0]?.key as ParsedNode | undefined;
  if (key !== undefined) return rangeOf(key);
  const [from = 0, to = 1] = map.range ?? [];
  return { from, to: Math.max(to, from + 1) };
}

function plainYamlError(code: string, message: string): string {
  if (code === 'TAB_AS_INDENT') return 'YAML is indented by spaces, not tabs.';
  if (code === 'BAD_INDENT') return 'This line is not indented like the ones it belongs to.';
  if (code === 'DUPLICATE_KEY') return 'This field stands here twice.';
  return message.split('\n')[0] ?? message;
}

/** The name that differs least, if little enough to be a slip of the finger or of the case. */
export function closest(word: string, names: readonly string[]): string | undefined {
  let best: { readonly name: string; readonly distance: number } | undefined;
  for (const name of names) {
    const distance = editDistance(word.toLowerCase(), name.toLowerCase());
    if (
      distance <= Math.max(2, Math.floor(name.length / 4)) &&
      (best === undefined || distance < best.distance)
    )
      best = { name, distance };
  }
  return best?.name;
}

/** Levenshtein's; words here are short. */
function editDistance(left: string, right: string): number {
  if (left.length > 64 || right.length > 64) return Infinity;
  let row = Array.from({ length: right.length + 1 }, (_, index) => index);
  for (let i = 1; i <= left.length; i++) {
    const next = [i];
    for (let j = 1; j <= right.length; j++) {
      const substitution = (row[j - 1] ?? 0) + (left[i - 1] === right[j - 1] ? 0 : 1);
      next.push(Math.min(substitution, (row[j] ?? 0) + 1, (next[j - 1] ?? 0) + 1));
    }
    row = next;
  }
  return row[right.length] ?? 0;
}
