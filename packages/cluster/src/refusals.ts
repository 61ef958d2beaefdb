import type { OpenTerminalOutcome } from './port.ts';

/** A learner's terminals on one cluster; each is a shell and up to 1 MiB of scrollback. */
const MAX_TERMINALS = 12;
/** Of a folder, so many entries are listed. */
export const MAX_DIRECTORY_ENTRIES = 2_000;

/** Why no terminal can be had at a place, for the learner. */
export const PLACE_REFUSALS = {
  'no-such-place':
    'There is no such place in the cluster now. It may have been deleted, or it does not run yet.',
  'not-found': 'There is no shell in this container.',
  'not-executable': 'The shell in this container is not executable.',
  'too-many-processes': 'Too many processes run there. Close a terminal or end a program first.',
} as const satisfies Readonly<Record<string, string>>;

/** What the errors of the toolbox's files mean, for the learner. */
export const FILE_ERRORS: Readonly<Record<string, string>> = {
  ENOENT: 'There is no such file or folder.',
  EISDIR: 'That is a folder, not a file.',
  ENOTDIR: 'That is a file, not a folder.',
  EACCES: 'You may not read or write this file.',
  EROFS: 'This part of the file system is read-only.',
  ENOSPC: 'The disk of your toolbox is full.',
  EFBIG: 'The file is too large.',
  ELOOP: 'Too many symbolic links.',
  ENAMETOOLONG: 'The name is too long.',
};

/** @returns why another terminal can't be opened, or undefined. */
export function refusedTerminal(isOpen: boolean, count: number): OpenTerminalOutcome | undefined {
  if (isOpen) return { kind: 'refused', reason: 'already-open', message: 'This terminal is open already.' };
  if (count < MAX_TERMINALS) return undefined;
  return {
    kind: 'refused',
    reason: 'too-many-processes',
    message: `You have ${MAX_TERMINALS} terminals open. Close one first.`,
  };
}
