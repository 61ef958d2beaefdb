import type { Task } from '@podwire/machine';
import { Expander } from '../lang/expand.ts';
import { Parser } from '../lang/parser.ts';
import type { Shell } from '../lang/shell.ts';

/** Prompts when nobody set PS1: bash's as Debian colours it, and busybox' for sh. */
const DEFAULT_PROMPTS = {
  bash: '\\[\\e[01;32m\\]\\u@\\h\\[\\e[00m\\]:\\[\\e[01;34m\\]\\w\\[\\e[00m\\]\\$ ',
  sh: '\\w \\$ ',
} as const;

/** PS1 or PS2 with its escapes (bash(1), PROMPTING) and expansions worked out. */
export function* promptText(shell: Shell, which: 'PS1' | 'PS2'): Task<string> {
  const template =
    shell.variables.value(which) ?? (which === 'PS1' ? DEFAULT_PROMPTS[shell.place.dialect] : '> ');
  const escaped = template.replace(/\\(\[|\]|[0-7]{3}|.)/g, (_, escape: string) =>
    expandEscape(shell, escape),
  );
  if (!/[$`]/.test(escaped.replace(/[$] ?$/, ''))) return escaped;
  return yield* expandParameters(shell, escaped);
}

function expandEscape(shell: Shell, escape: string): string {
  const { process, variables } = shell;
  switch (escape) {
    case 'u':
      return process.machine.user;
    case 'h':
      return process.machine.hostname.split('.')[0] ?? '';
    case 'H':
      return process.machine.hostname;
    case 'w':
      return shortDirectory(process.cwd, variables.value('HOME'));
    case 'W': {
      const short = shortDirectory(process.cwd, variables.value('HOME'));
      return short === '/' || short === '~' ? short : (short.split('/').at(-1) ?? '');
    }
    case '$':
      return process.machine.user === 'root' ? '#' : '$';
    case 'n':
      return '\n';
    case 'e':
      return '\x1b';
    case 'a':
      return '\x07';
    case '[':
      return '\x01';
    case ']':
      return '\x02';
    case '\\':
      return '\\';
    case 'j':
      return String(shell.jobs.length);
    case 's':
      return shell.place.name;
    case '!':
      return String(shell.history.length + 1);
    case 't':
      return new Date(process.nowMs()).toISOString().slice(11, 19);
    case 'A':
      return new Date(process.nowMs()).toISOString().slice(11, 16);
    default:
      return /^[0-7]{3}$/.test(escape) ? String.fromCharCode(parseInt(escape, 8)) : `\\${escape}`;
  }
}

function shortDirectory(cwd: string, home: string | undefined): string {
  if (home === undefined || home === '/') return cwd;
  return cwd === home ? '~' : cwd.startsWith(`${home}/`) ? `~${cwd.slice(home.length)}` : cwd;
}

function* expandParameters(shell: Shell, text: string): Task<string> {
  const { status } = shell;
  try {
    const list = new Parser(`: <<_prompt_\n${text}\n_prompt_\n`, { dialect: shell.place.dialect }).whole();
    const command = list.items[0]?.first.commands[0];
    const here = command?.kind === 'simple' ? command.redirects[0] : undefined;
    if (here === undefined) return text;
    return (yield* new Expander(shell).single(here.target, shell.io)).replace(/\n$/, '');
  } catch {
    // A prompt that doesn't parse is shown as it is.
    return text;
  } finally {
    shell.status = status;
  }
}
