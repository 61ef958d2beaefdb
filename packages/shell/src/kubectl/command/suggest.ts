import { nameOf } from './command.ts';
import type { Command } from './command.ts';

/** cobra suggests commands at most this many edits away. */
const MAX_DISTANCE_EDITS = 2;

/** Levenshtein distance, letter case aside. */
function editDistance(a: string, b: string): number {
  const from = a.toLowerCase();
  const to = b.toLowerCase();
  let row = Array.from({ length: to.length + 1 }, (_, i) => i);
  for (let i = 1; i <= from.length; i += 1) {
    const next = [i];
    for (let j = 1; j <= to.length; j += 1) {
      const substitute = (row[j - 1] ?? 0) + (from[i - 1] === to[j - 1] ? 0 : 1);
      next.push(Math.min(substitute, (row[j] ?? 0) + 1, (next[j - 1] ?? 0) + 1));
    }
    row = next;
  }
  return row[to.length] ?? 0;
}

/** Names of commands that the word may have meant, in the order of the table. */
export function suggestionsFor(word: string, commands: readonly Command[]): readonly string[] {
  const typed = word.toLowerCase();
  return commands
    .filter((command) => command.hidden !== true)
    .filter((command) => {
      const name = nameOf(command);
      return (
        editDistance(word, name) <= MAX_DISTANCE_EDITS ||
        name.toLowerCase().startsWith(typed) ||
        (command.suggestFor?.some((known) => known.toLowerCase() === typed) ?? false)
      );
    })
    .map(nameOf);
}
