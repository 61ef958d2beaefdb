import { absolutePath } from '@podwire/machine';
import type { Process } from '@podwire/machine';
import { writeText } from '../../stdio/output.ts';
import { ExpansionFailure } from '../errors.ts';
import { Expander } from '../expand.ts';
import type { Builtin } from '../builtin.ts';
import { outputOf } from '../io.ts';
import type { Shell } from '../shell.ts';

const KEYWORDS = new Set([
  'if',
  'then',
  'else',
  'elif',
  'fi',
  'case',
  'esac',
  'for',
  'while',
  'until',
  'do',
  'done',
  'in',
  'function',
  'time',
  '{',
  '}',
  '!',
  '[[',
  ']]',
]);

/** The file that a command's name leads to. */
export function findCommand(process: Process, path: string, name: string): string | undefined {
  const candidates = name.includes('/')
    ? [name]
    : path.split(':').map((directory) => `${directory === '' ? '.' : directory}/${name}`);
  return candidates.find((candidate) => {
    const info = process.fs.stat(absolutePath(process.cwd, candidate));
    return info.ok && info.value.kind === 'file' && (info.value.mode & 0o111) !== 0;
  });
}

type Kind =
  | { readonly kind: 'alias'; readonly text: string }
  | { readonly kind: 'keyword' | 'function' | 'builtin' }
  | { readonly kind: 'file'; readonly path: string };

function classify(shell: Shell, name: string): Kind | undefined {
  const alias = shell.aliases.get(name);
  if (alias !== undefined) return { kind: 'alias', text: alias };
  if (KEYWORDS.has(name)) return { kind: 'keyword' };
  if (shell.functions.has(name)) return { kind: 'function' };
  if (shell.executor.isBuiltin(name)) return { kind: 'builtin' };
  const path = findCommand(shell.process, shell.variables.value('PATH') ?? '', name);
  return path === undefined ? undefined : { kind: 'file', path };
}

function describe(name: string, kind: Kind, sh: boolean): string {
  switch (kind.kind) {
    case 'alias':
      return sh ? `${name} is an alias for ${kind.text}` : `${name} is aliased to \`${kind.text}'`;
    case 'keyword':
      return `${name} is a shell keyword`;
    case 'function':
      return `${name} is a function`;
    case 'builtin':
      return `${name} is a shell builtin`;
    case 'file':
      return `${name} is ${kind.path}`;
  }
}

export const typeBuiltin: Builtin = function* (shell, argv, io) {
  let code = 0;
  const short = argv[1] === '-t';
  const pathOnly = argv[1] === '-p' || argv[1] === '-P';
  for (const name of argv.slice(1).filter((argument) => !/^-[tpPaf]+$/.test(argument))) {
    const kind = classify(shell, name);
    if (kind === undefined) {
      if (!short && !pathOnly)
        yield* shell.complain(
          shell.place.dialect === 'sh' ? `${name}: not found` : `type: ${name}: not found`,
          io,
        );
      code = shell.place.dialect === 'sh' ? 127 : 1;
    } else if (short) yield* writeText(outputOf(io), `${kind.kind}\n`);
    else if (pathOnly) yield* writeText(outputOf(io), kind.kind === 'file' ? `${kind.path}\n` : '');
    else yield* writeText(outputOf(io), `${describe(name, kind, shell.place.dialect === 'sh')}\n`);
  }
  return code;
};

export const commandBuiltin: Builtin = function* (shell, argv, io) {
  const [, first] = argv;
  if (first !== '-v' && first !== '-V')
    return argv.length === 1
      ? 0
      : yield* shell.executor.runArgv(argv.slice(first === '--' || first === '-p' ? 2 : 1), io, {
          functions: false,
        });
  let code = 0;
  for (const name of argv.slice(2)) {
    const kind = classify(shell, name);
    if (kind === undefined) {
      if (first === '-V') yield* shell.complain(`command: ${name}: not found`, io);
      code = shell.place.dialect === 'sh' ? 127 : 1;
    } else if (first === '-V')
      yield* writeText(outputOf(io), `${describe(name, kind, shell.place.dialect === 'sh')}\n`);
    else
      yield* writeText(
        outputOf(io),
        `${kind.kind === 'file' ? kind.path : kind.kind === 'alias' ? `alias ${name}='${kind.text}'` : name}\n`,
      );
  }
  return code;
};

export const builtinBuiltin: Builtin = function* (shell, argv, io) {
  const name = argv[1];
  if (name === undefined) return 0;
  if (!shell.executor.isBuiltin(name)) {
    yield* shell.complain(`builtin: ${name}: not a shell builtin`, io);
    return 1;
  }
  return yield* shell.executor.runArgv(argv.slice(1), io, { functions: false });
};

export const aliasBuiltin: Builtin = function* (shell, argv, io) {
  const args = argv.slice(1).filter((argument) => argument !== '-p');
  const show = (name: string, text: string): string =>
    `${shell.place.dialect === 'sh' ? '' : 'alias '}${name}='${text.replaceAll("'", `'\\''`)}'\n`;
  if (args.length === 0)
    for (const [name, text] of [...shell.aliases].sort()) yield* writeText(outputOf(io), show(name, text));
  let code = 0;
  for (const argument of args) {
    const equals = argument.indexOf('=');
    if (equals > 0) {
      shell.aliases.set(argument.slice(0, equals), argument.slice(equals + 1));
      continue;
    }
    const text = shell.aliases.get(argument);
    if (text === undefined) {
      yield* shell.complain(`alias: ${argument}: not found`, io);
      code = 1;
    } else yield* writeText(outputOf(io), show(argument, text));
  }
  return code;
};

export const unaliasBuiltin: Builtin = function* (shell, argv, io) {
  let code = 0;
  for (const name of argv.slice(1)) {
    if (name === '-a') shell.aliases.clear();
    else if (!shell.aliases.delete(name)) {
      yield* shell.complain(`unalias: ${name}: not found`, io);
      code = 1;
    }
  }
  return code;
};

export const letBuiltin: Builtin = function* (shell, argv, io) {
  let value = 0n;
  if (argv.length === 1) {
    yield* shell.complain('let: expression expected', io);
    return 1;
  }
  try {
    for (const expression of argv.slice(1)) value = new Expander(shell).evaluate(expression);
  } catch (error) {
    if (!(error instanceof ExpansionFailure)) throw error;
    yield* shell.complain(`let: ${error.message}`, io);
    return 1;
  }
  return value === 0n ? 1 : 0;
};

export const historyBuiltin: Builtin = function* (shell, argv, io) {
  if (argv[1] === '-c') {
    shell.history.length = 0;
    return 0;
  }
  const count = argv[1] === undefined ? shell.history.length : Number(argv[1]);
  if (!Number.isInteger(count) || count < 0) {
    yield* shell.complain(`history: ${argv[1] ?? ''}: numeric argument required`, io);
    return 1;
  }
  const first = Math.max(0, shell.history.length - count);
  for (const [index, line] of shell.history.slice(first).entries())
    yield* writeText(outputOf(io), `${String(first + index + 1).padStart(5)}  ${line}\n`);
  return 0;
};

export const umaskBuiltin: Builtin = function* (shell, argv, io) {
  if (argv.length > 1) {
    yield* shell.complain('umask: changing the mask is not supported by this shell', io);
    return 1;
  }
  yield* writeText(outputOf(io), '0022\n');
  return 0;
};

/** What bash's patterns and names do beyond POSIX is as bash begins: its options are told of, and refused. */
export const shoptBuiltin: Builtin = function* (shell, argv, io) {
  if (shell.place.dialect === 'sh') {
    yield* shell.complain('shopt: not found', io);
    return 127;
  }
  const [name = 'a list of them'] = argv.slice(1).filter((word) => !word.startsWith('-'));
  yield* shell.complain(`shopt: ${name}: bash's options are not part of this simulation`, io);
  return 1;
};
