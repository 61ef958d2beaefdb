import { parseAllDocuments } from 'yaml';
import { isMap } from './match.ts';
import type { KubernetesObject } from './objects.ts';

/** What a learner hands in is bounded before anything looks at it: in text, documents, aliases, depth and values. */
const MAX_TEXT_CHARS = 1_024 * 1_024;
const MAX_DOCUMENTS = 200;
const MAX_ALIASES = 50;
const MAX_DEPTH = 64;
const MAX_VALUES = 50_000;

export type ReadManifests =
  | { readonly ok: true; readonly objects: readonly KubernetesObject[] }
  | { readonly ok: false; readonly message: string };

/** Reads YAML of strangers: lists are opened; what is too much, or no YAML, is refused by name. Never throws. */
export function readManifestFiles(
  files: readonly { readonly path: string; readonly text: string }[],
): ReadManifests {
  const objects: KubernetesObject[] = [];
  let chars = 0;
  for (const { path, text } of files) {
    chars += text.length;
    if (chars > MAX_TEXT_CHARS) return refuse(path, `there are more than ${MAX_TEXT_CHARS} characters`);
    const read = readManifestText(text);
    if (!read.ok) return refuse(path, read.message);
    objects.push(...read.objects);
    if (objects.length > MAX_DOCUMENTS) return refuse(path, `there are more than ${MAX_DOCUMENTS} objects`);
  }
  return { ok: true, objects };
}

function refuse(path: string, message: string): ReadManifests {
  return { ok: false, message: `${path}: ${message}.` };
}

function readManifestText(text: string): ReadManifests {
  if (nestsTooDeep(text)) return { ok: false, message: `it is nested deeper than ${MAX_DEPTH}` };
  try {
    const documents = parseAllDocuments(text, { prettyErrors: false });
    if (!Array.isArray(documents)) return { ok: true, objects: [] };
    if (documents.length > MAX_DOCUMENTS)
      return { ok: false, message: `it has more than ${MAX_DOCUMENTS} documents` };
    const objects: KubernetesObject[] = [];
    for (const document of documents) {
      const [error] = document.errors;
      if (error !== undefined) return { ok: false, message: `it is no YAML: ${error.message.slice(0, 200)}` };
      const value: unknown = document.toJS({ maxAliasCount: MAX_ALIASES });
      if (value === null || value === undefined) continue;
      if (sizeOf(value, 0) > MAX_VALUES)
        return { ok: false, message: 'it holds too many values, or nests too deep' };
      for (const item of itemsOf(value)) {
        if (!isMap(item) || typeof item['kind'] !== 'string' || typeof item['apiVersion'] !== 'string')
          return { ok: false, message: 'it holds something without apiVersion and kind' };
        objects.push(item);
      }
    }
    return { ok: true, objects };
  } catch {
    // The parser's own bounds: too many aliases, or a nesting that its recursion does not carry.
    return { ok: false, message: 'it uses too many aliases, or nests too deep' };
  }
}

function itemsOf(value: unknown): readonly unknown[] {
  if (isMap(value) && value['kind'] === 'List' && Array.isArray(value['items'])) return value['items'];
  return [value];
}

/** Flow collections nest by a character each; the parser recurses for every one. */
function nestsTooDeep(text: string): boolean {
  let depth = 0;
  let dashes = 0;
  for (const character of text) {
    if (character === '[' || character === '{') depth += 1;
    else if ((character === ']' || character === '}') && depth > 0) depth -= 1;
    // `- - - -` nests as well.
    if (character === '-') dashes += 1;
    else if (character !== ' ') dashes = 0;
    if (depth > MAX_DEPTH || dashes > MAX_DASHES) return true;
  }
  return false;
}

/** A line of dashes in a comment or a certificate is no nesting, so it may be long. */
const MAX_DASHES = 512;

/** Aliases are counted as often as they are used: what they unfold to is what everyone after this would see. */
function sizeOf(value: unknown, depth: number): number {
  if (depth > MAX_DEPTH) return MAX_VALUES + 1;
  if (typeof value !== 'object' || value === null) return 1;
  let size = 1;
  for (const child of Object.values(value)) {
    size += sizeOf(child, depth + 1);
    if (size > MAX_VALUES) return size;
  }
  return size;
}
