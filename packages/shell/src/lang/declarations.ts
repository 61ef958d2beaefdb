import type { ArrayElement } from './ast.ts';
import { IncompleteError } from './errors.ts';
import type { Source } from './source.ts';
import type { TokenCursor } from './token-cursor.ts';
import type { WordParser } from './word-parser.ts';

/** Builtins whose `name=value` arguments are assignments: not split. */
export const DECLARATIONS: ReadonlySet<string> = new Set([
  'export',
  'local',
  'readonly',
  'declare',
  'typeset',
]);

/** `(a b [5]=c)`: the cursor stands before the parenthesis. */
export function readArrayElements(
  source: Source,
  tokens: TokenCursor,
  words: WordParser,
): readonly ArrayElement[] {
  source.advance(1);
  const elements: ArrayElement[] = [];
  for (;;) {
    tokens.skipNewlines();
    tokens.skipBlanks();
    if (source.isAtEnd()) throw new IncompleteError(')', "unexpected EOF while looking for matching `)'");
    if (source.peek() === ')') {
      source.advance(1);
      return elements;
    }
    const start = source.position;
    if (source.peek() === '[') {
      source.advance(1);
      const subscript = words.subscript();
      if (subscript !== undefined && source.peek() === '=') {
        source.advance(1);
        elements.push({ subscript, value: words.word() ?? { parts: [], raw: '' } });
        continue;
      }
      source.reset(start);
    }
    const value = words.word();
    if (value === undefined) throw tokens.unexpected();
    elements.push({ value });
  }
}
