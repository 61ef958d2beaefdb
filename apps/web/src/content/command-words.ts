/** No program has a longer one that a page would be too narrow for, characters. */
const MAX_OPTION_CHARS = 24;
const OPTION = new RegExp(`(?<=^|\\s)--?[A-Za-z0-9][\\w-]{0,${MAX_OPTION_CHARS}}(?=[\\s=]|$)`, 'gu');

interface CommandPiece {
  readonly text: string;
  /** An option's name: a line that ended after its hyphen would show another command. */
  readonly whole: boolean;
}

/** Cuts a command at the names of its options. */
export function piecesOf(command: string): readonly CommandPiece[] {
  const pieces: CommandPiece[] = [];
  let end = 0;
  for (const { index, 0: text } of command.matchAll(OPTION)) {
    if (index > end) pieces.push({ text: command.slice(end, index), whole: false });
    pieces.push({ text, whole: true });
    end = index + text.length;
  }
  if (end < command.length) pieces.push({ text: command.slice(end), whole: false });
  return pieces;
}
