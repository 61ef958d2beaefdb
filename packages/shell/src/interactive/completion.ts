import { absolutePath } from '@podwire/machine';
import type { Shell } from '../lang/shell.ts';

export interface Candidate {
  /** What takes the place of the word, quoted as needed. */
  readonly insert: string;
  /** What follows when it is the only one: a space, or a slash. */
  readonly suffix: string;
  /** What a listing shows. */
  readonly shown: string;
}

export interface Completion {
  /** Where the word begins. */
  readonly start: number;
  readonly candidates: readonly Candidate[];
}

/**
 * Completes a program's arguments: `words` are those of the command up to the cursor, the last one
 * as far as it is typed. undefined leaves it to file names.
 */
export type ArgumentCompleter = (words: readonly string[], shell: Shell) => readonly string[] | undefined;

/** The most candidates that are worth collecting. */
const MAX_CANDIDATES = 2000;
const KEYWORDS = [
  'case',
  'do',
  'done',
  'elif',
  'else',
  'esac',
  'fi',
  'for',
  'function',
  'if',
  'in',
  'then',
  'time',
  'until',
  'while',
];

export interface CompletionOptions {
  readonly shell: Shell;
  readonly builtinNames: readonly string[];
  readonly completers: ReadonlyMap<string, ArgumentCompleter>;
}

/** Completion of commands, variables, files, and the arguments of programs that offer it. */
export function completeLine(before: string, options: CompletionOptions): Completion {
  const { words, start, raw } = currentCommand(before);
  const word = words.at(-1) ?? '';
  const variable = /\$([A-Za-z_][A-Za-z0-9_]*)?$/.exec(raw);
  if (variable !== null)
    return completeVariable(options.shell, before.length - (variable[1]?.length ?? 0), variable[1] ?? '');
  if (words.length <= 1 && !word.includes('/')) return { start, candidates: completeCommand(word, options) };
  const alias = options.shell.aliases
    .get(words[0] ?? '')
    ?.trim()
    .split(/\s+/);
  const full = alias === undefined ? words : [...alias, ...words.slice(1)];
  const completer = options.completers.get(full[0] ?? '');
  const offered = words.length > 1 ? completer?.(full, options.shell) : undefined;
  if (offered !== undefined)
    return {
      start,
      candidates: offered
        .slice(0, MAX_CANDIDATES)
        .map((name) => ({ insert: name, suffix: /[=/:]$/.test(name) ? '' : ' ', shown: name })),
    };
  return { start, candidates: completeFile(options.shell, raw, word, words[0] === 'cd') };
}

/** The words of the simple command that the cursor is in; `raw` is the last as typed. */
function currentCommand(before: string): {
  readonly words: readonly string[];
  readonly start: number;
  readonly raw: string;
} {
  let words: string[] = [];
  let word = '';
  let inWord = false;
  let start = before.length;
  let quote = '';
  const finish = (): void => {
    if (inWord && !/^[A-Za-z_][A-Za-z0-9_]*=/.test(words.length === 0 ? word : '')) words.push(word);
    word = '';
    inWord = false;
  };
  for (let at = 0; at < before.length; at++) {
    const character = before.charAt(at);
    if (quote === '' && ' \t'.includes(character)) {
      finish();
      continue;
    }
    if (quote === '' && ';|&(\n{'.includes(character) && !(character === '{' && inWord)) {
      finish();
      words = [];
      continue;
    }
    if (quote === '' && '<>'.includes(character)) {
      finish();
      // A redirection's target is a file whatever the command is.
      words = ['<'];
      continue;
    }
    if (!inWord) start = at;
    inWord = true;
    if (character === '\\' && quote !== "'") word += before.charAt(++at);
    else if (character === quote) quote = '';
    else if (quote === '' && (character === '"' || character === "'")) quote = character;
    else word += character;
  }
  if (!inWord) start = before.length;
  const last = inWord ? word : '';
  return { words: [...words, last], start, raw: before.slice(start) };
}

function completeVariable(shell: Shell, start: number, prefix: string): Completion {
  const names = shell.variables
    .all()
    .map(([name]) => name)
    .filter((name) => name.startsWith(prefix) && !name.startsWith('__'));
  return { start, candidates: names.map((name) => ({ insert: name, suffix: ' ', shown: `$${name}` })) };
}

function completeCommand(word: string, options: CompletionOptions): readonly Candidate[] {
  const { shell } = options;
  const names = new Set<string>();
  for (const name of [
    ...KEYWORDS,
    ...options.builtinNames,
    ...shell.functions.keys(),
    ...shell.aliases.keys(),
  ])
    if (name.startsWith(word)) names.add(name);
  for (const directory of (shell.variables.value('PATH') ?? '').split(':')) {
    const listed = shell.process.fs.list(absolutePath(shell.process.cwd, directory));
    if (!listed.ok) continue;
    for (const name of listed.value) {
      if (!name.startsWith(word) || names.size >= MAX_CANDIDATES) continue;
      const info = shell.process.fs.stat(`${absolutePath(shell.process.cwd, directory)}/${name}`);
      if (info.ok && info.value.kind === 'file' && (info.value.mode & 0o111) !== 0) names.add(name);
    }
  }
  return [...names].sort().map((name) => ({ insert: name, suffix: ' ', shown: name }));
}

function completeFile(
  shell: Shell,
  raw: string,
  word: string,
  directoriesOnly: boolean,
): readonly Candidate[] {
  const { fs, cwd } = shell.process;
  const slash = word.lastIndexOf('/');
  const directory = word.slice(0, slash + 1);
  const prefix = word.slice(slash + 1);
  const home = shell.variables.value('HOME') ?? '/';
  const place = directory.startsWith('~/') ? home + directory.slice(1) : directory;
  const listed = fs.list(absolutePath(cwd, place === '' ? '.' : place));
  if (!listed.ok) return [];
  const quote = raw.startsWith('"') || raw.startsWith("'") ? raw.charAt(0) : '';
  const candidates: Candidate[] = [];
  for (const name of listed.value) {
    if (!name.startsWith(prefix) || (name.startsWith('.') && !prefix.startsWith('.'))) continue;
    const info = fs.stat(absolutePath(cwd, `${place}${name}`));
    const isDirectory = info.ok && info.value.kind === 'directory';
    if (directoriesOnly && !isDirectory) continue;
    const text = directory + name;
    const insert = quote === '' ? text.replace(/[ \t'"\\$`&|;<>()*?[\]!#{}]/g, '\\$&') : quote + text;
    candidates.push({
      insert,
      suffix: isDirectory ? '/' : quote === '' ? ' ' : `${quote} `,
      shown: isDirectory ? `${name}/` : name,
    });
    if (candidates.length >= MAX_CANDIDATES) break;
  }
  return candidates;
}
