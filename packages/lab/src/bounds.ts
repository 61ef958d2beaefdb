import type { Diagnostic } from './diagnostic.ts';
import { sinkFor } from './diagnostic.ts';

/** A long lab has twenty thousand characters; markdown takes seconds for a megabyte. */
const MAX_MARKDOWN_CHARS = 131_072;
/** Manifests and what is put into home folders. */
const MAX_TEXT_CHARS = 1_048_576;
/** Quotes and lists within one another, and colons before a directive: parsers go as deep as the text does. */
const MAX_NESTING = 12;
/** Before a list item, spaces. */
const MAX_INDENTATION = 64;
/** A run of one mark; more of `[` or `*` than a reader can pair costs the parser the square of it. */
const MAX_RUN = 400;
/** Brackets within one another, in YAML. */
const MAX_YAML_NESTING = 64;

const MARKERS = /^[ \t]*(?:(?:>|[-*+]|\d{1,9}[.)])[ \t]*)+/;
const MARKER = />|[-*+]|\d{1,9}[.)]/g;

/** What a file has that no author writes, or undefined. */
function excessOf(
  path: string,
  text: string,
): { readonly line: number; readonly message: string } | undefined {
  const markdown = path.endsWith('.md');
  const most = markdown ? MAX_MARKDOWN_CHARS : MAX_TEXT_CHARS;
  if (text.length > most)
    return { line: 1, message: `This file has ${text.length} characters; at most ${most} are read.` };
  if (text.includes('\0'))
    return { line: lineOf(text, text.indexOf('\0')), message: 'This is no text: it has a byte of zero.' };
  if (/\.ya?ml$/.test(path) || markdown) {
    const deep = deepBracket(text, markdown ? MAX_RUN : MAX_YAML_NESTING);
    if (deep !== undefined)
      return { line: lineOf(text, deep), message: 'Brackets stand too deep within one another here.' };
  }
  if (!markdown) return undefined;
  for (const [index, line] of text.split('\n').entries()) {
    const markers = MARKERS.exec(line)?.[0] ?? '';
    const depth = Math.max(markers.match(MARKER)?.length ?? 0, /^[ \t]*(:+)/.exec(line)?.[1]?.length ?? 0);
    // A line of hyphens is a rule, not a list of lists.
    if (depth > MAX_NESTING && !/^[ \t]*(?:[-*][ \t]*)+$/.test(line))
      return { line: index + 1, message: `This is nested ${depth} deep; at most ${MAX_NESTING} are read.` };
    const indented = /^([ \t]*)(?:[-*+]|\d{1,9}[.)])[ \t]/.exec(line)?.[1]?.length ?? 0;
    if (indented > MAX_INDENTATION)
      return {
        line: index + 1,
        message: `This item is indented by ${indented}; at most ${MAX_INDENTATION} are read.`,
      };
    if (/([*_[`~<!&])\1{400}/.test(line) || line.length > MAX_MARKDOWN_CHARS / 8)
      return {
        line: index + 1,
        message: 'This line is longer, or repeats a mark more often, than can be read.',
      };
  }
  return undefined;
}

/** Where brackets first stand deeper than this; quotes and comments are not told apart, which only counts more. */
function deepBracket(text: string, most: number): number | undefined {
  let depth = 0;
  for (let index = 0; index < text.length; index++) {
    const character = text.charCodeAt(index);
    // [ and {, ] and }
    if (character === 91 || character === 123) depth++;
    else if ((character === 93 || character === 125) && depth > 0) depth--;
    if (depth > most) return index;
  }
  return undefined;
}

function lineOf(text: string, offset: number): number {
  return text.slice(0, offset).split('\n').length;
}

/** The files that can be read within bounds; the others are reported, and empty. */
export function boundedFiles(
  files: ReadonlyMap<string, string>,
  diagnostics: Diagnostic[],
): { readonly files: ReadonlyMap<string, string>; readonly refused: ReadonlySet<string> } {
  const refused = new Set<string>();
  const bounded = new Map<string, string>();
  for (const [path, text] of files) {
    const excess = excessOf(path, text);
    // Editors and git on Windows end lines otherwise: neither YAML in code nor a shell would take it.
    bounded.set(path, excess === undefined ? text.replaceAll('\r\n', '\n') : '');
    if (excess === undefined) continue;
    refused.add(path);
    sinkFor(path, diagnostics).report({
      code: 'PW0106',
      line: excess.line,
      column: 1,
      message: excess.message,
      remedy: 'Write what a person can read: shorter, flatter, in several files.',
    });
  }
  return { files: bounded, refused };
}
