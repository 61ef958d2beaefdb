import { writeText } from '../../stdio/output.ts';
import { assignVariable } from '../expand.ts';
import type { Builtin } from '../builtin.ts';
import { outputOf } from '../io.ts';
import type { Io } from '../io.ts';
import { splitElement } from '../parameters.ts';
import type { Shell } from '../shell.ts';
import type { Variable } from '../variables.ts';
import type { Task } from '@podwire/machine';

const NAME = /^[A-Za-z_][A-Za-z0-9_]*$/;

function declarationQuote(value: string): string {
  return `"${value.replace(/["$`\\]/g, '\\$&')}"`;
}

interface Marks {
  readonly exported?: boolean;
  readonly readOnly?: boolean;
  readonly integer?: boolean;
  /** Makes an array of it, of either kind. */
  readonly associative?: boolean;
}

/** `name` and `name=value` arguments of export, readonly, local and declare. */
function* declare(
  shell: Shell,
  command: string,
  args: readonly string[],
  marks: Marks,
  local: boolean,
  io: Io,
): Task {
  let code = 0;
  for (const argument of args) {
    const match = /^([^=]*?)(\+?=)(.*)$/s.exec(argument);
    const name = match?.[1] ?? argument;
    if (!NAME.test(name)) {
      yield* shell.complain(`${command}: \`${argument}': not a valid identifier`, io);
      code = 1;
      continue;
    }
    if (local) shell.variables.declareLocal(name);
    const { associative } = marks;
    if (associative !== undefined && shell.variables.get(name)?.elements === undefined)
      shell.variables.setArray(name, shell.variables.elements(name), associative);
    if (marks.integer !== undefined) shell.variables.mark(name, { integer: marks.integer });
    if (match !== null)
      assignVariable(
        shell,
        name,
        match[2] === '+=' ? (shell.variables.value(name) ?? '') + (match[3] ?? '') : (match[3] ?? ''),
      );
    const { exported, readOnly, integer } = marks;
    shell.variables.mark(name, {
      ...(exported === undefined ? {} : { exported }),
      ...(readOnly === undefined ? {} : { readOnly }),
      ...(integer === undefined ? {} : { integer }),
    });
  }
  return code;
}

function arrayLetter({ elements, associative }: Variable): string {
  return elements === undefined ? '' : associative === true ? 'A' : 'a';
}

function valueText({ value, elements, associative }: Variable): string {
  if (elements === undefined) return value === undefined ? '' : `=${declarationQuote(value)}`;
  const places = [...elements].map(([key, each]) => `[${key}]=${declarationQuote(each)}`);
  return `=(${places.join(' ')}${associative === true && places.length > 0 ? ' ' : ''})`;
}

function* list(
  shell: Shell,
  io: Io,
  keep: (variable: { readonly exported: boolean; readonly readOnly: boolean }) => boolean,
  names: readonly string[] = [],
): Task {
  for (const [name, variable] of shell.variables.all()) {
    if (!keep(variable) || (names.length > 0 && !names.includes(name))) continue;
    const flags = `${arrayLetter(variable)}${variable.integer ? 'i' : ''}${variable.readOnly ? 'r' : ''}${variable.exported ? 'x' : ''}`;
    yield* writeText(outputOf(io), `declare -${flags === '' ? '-' : flags} ${name}${valueText(variable)}\n`);
  }
  return 0;
}

export const exportBuiltin: Builtin = function* (shell, argv, io) {
  const args = argv.slice(1);
  if (args.length === 0 || (args[0] === '-p' && args.length === 1))
    return yield* list(shell, io, (variable) => variable.exported);
  if (args[0] === '-n') return yield* declare(shell, 'export', args.slice(1), { exported: false }, false, io);
  return yield* declare(
    shell,
    'export',
    args[0] === '--' ? args.slice(1) : args,
    { exported: true },
    false,
    io,
  );
};

export const readonlyBuiltin: Builtin = function* (shell, argv, io) {
  const args = argv.slice(1).filter((argument) => argument !== '-p');
  if (args.length === 0) return yield* list(shell, io, (variable) => variable.readOnly);
  return yield* declare(shell, 'readonly', args, { readOnly: true }, false, io);
};

export const localBuiltin: Builtin = function* (shell, argv, io) {
  if (!shell.variables.inFunction) {
    yield* shell.complain('local: can only be used in a function', io);
    return 1;
  }
  return yield* declare(
    shell,
    'local',
    argv.slice(1).filter((argument) => !/^-[a-zA-Z]$/.test(argument)),
    {
      ...(argv.includes('-i') ? { integer: true } : {}),
      ...(argv.includes('-A') ? { associative: true } : argv.includes('-a') ? { associative: false } : {}),
    },
    true,
    io,
  );
};

export const declareBuiltin: Builtin = function* (shell, argv, io) {
  const name = argv[0] ?? 'declare';
  const flags = argv
    .slice(1)
    .filter((argument) => /^[-+][a-zA-Z]+$/.test(argument))
    .join('');
  const args = argv.slice(1).filter((argument) => !/^[-+][a-zA-Z]+$/.test(argument));
  const unmodelled = /[ulnct]/.exec(flags)?.[0];
  if (unmodelled !== undefined) {
    yield* shell.complain(`${name}: -${unmodelled} is not part of this simulation`, io);
    return 2;
  }
  if (/-[a-z]*[fF]/.test(flags)) {
    for (const known of [...shell.functions.keys()].sort())
      if (args.length === 0 || args.includes(known)) yield* writeText(outputOf(io), `declare -f ${known}\n`);
    return args.every((argument) => shell.functions.has(argument)) ? 0 : 1;
  }
  if (args.length === 0)
    return yield* list(shell, io, (variable) =>
      flags.includes('x') ? variable.exported : flags.includes('r') ? variable.readOnly : true,
    );
  if (flags.includes('p')) {
    const missing = args.filter((argument) => shell.variables.get(argument) === undefined);
    yield* list(shell, io, () => true, args);
    for (const argument of missing) yield* shell.complain(`${name}: ${argument}: not found`, io);
    return missing.length > 0 ? 1 : 0;
  }
  const marks = {
    ...(flags.includes('x') ? { exported: true } : {}),
    ...(flags.includes('r') ? { readOnly: true } : {}),
    ...(flags.includes('i') ? { integer: true } : {}),
    ...(flags.includes('A') ? { associative: true } : flags.includes('a') ? { associative: false } : {}),
  };
  return yield* declare(shell, name, args, marks, shell.variables.inFunction && !flags.includes('g'), io);
};

export const unsetBuiltin: Builtin = function* (shell, argv, io) {
  let code = 0;
  const functions = argv[1] === '-f';
  for (const name of argv.slice(1).filter((argument) => argument !== '-f' && argument !== '-v')) {
    const element = splitElement(name);
    if (element !== undefined) {
      const left = new Map(shell.variables.elements(element.name));
      left.delete(element.subscript.replace(/^(["'])(.*)\1$/, '$2'));
      shell.variables.setArray(element.name, left);
    } else if (functions || (shell.variables.get(name) === undefined && shell.functions.has(name)))
      shell.functions.delete(name);
    else if (shell.variables.unset(name) === 'read-only') {
      yield* shell.complain(`unset: ${name}: cannot unset: readonly variable`, io);
      code = 1;
    }
  }
  return code;
};

const LETTERS: Readonly<Record<string, keyof Shell['options']>> = {
  e: 'errexit',
  u: 'nounset',
  x: 'xtrace',
  f: 'noglob',
  n: 'noexec',
  v: 'verbose',
  C: 'noclobber',
  a: 'allexport',
};
/** Accepted and without effect: they ask for what is so anyway, or concern what isn't there. */
const IGNORED_LETTERS = 'bhkmtBEHPT';

export const setBuiltin: Builtin = function* (shell, argv, io) {
  const args = argv.slice(1);
  if (args.length === 0) {
    for (const [name, variable] of shell.variables.all())
      if (variable.value !== undefined)
        yield* writeText(
          outputOf(io),
          `${name}=${/^[A-Za-z0-9_@%+=:,./-]*$/.test(variable.value) ? variable.value : `'${variable.value.replaceAll("'", `'\\''`)}'`}\n`,
        );
    return 0;
  }
  for (let index = 0; index < args.length; index++) {
    const argument = args[index] ?? '';
    if (argument === '--' || argument === '-' || !/^[-+]/.test(argument)) {
      shell.positional = args.slice(argument === '--' || argument === '-' ? index + 1 : index);
      return 0;
    }
    const on = argument.startsWith('-');
    for (const letter of argument.slice(1)) {
      if (letter === 'o') {
        const name = args[++index];
        if (name === undefined) return yield* printOptions(shell, on, io);
        if (!(yield* setNamed(shell, name, on, io))) return 2;
        continue;
      }
      const option = Object.hasOwn(LETTERS, letter) ? LETTERS[letter] : undefined;
      if (option !== undefined) shell.options[option] = on;
      else if (!IGNORED_LETTERS.includes(letter)) {
        yield* shell.complain(`set: ${argument.charAt(0)}${letter}: invalid option`, io);
        yield* writeText(outputOf(io), '');
        return 2;
      }
    }
  }
  return 0;
};

function* setNamed(shell: Shell, name: string, on: boolean, io: Io): Task<boolean> {
  if (Object.hasOwn(shell.options, name)) {
    shell.options[name as keyof Shell['options']] = on;
    return true;
  }
  if (
    [
      'emacs',
      'vi',
      'history',
      'monitor',
      'posix',
      'hashall',
      'braceexpand',
      'notify',
      'physical',
      'errtrace',
      'functrace',
      'interactive-comments',
      'ignoreeof',
    ].includes(name)
  )
    return true;
  yield* shell.complain(`set: ${name}: invalid option name`, io);
  return false;
}

function* printOptions(shell: Shell, on: boolean, io: Io): Task {
  for (const [name, value] of Object.entries(shell.options).sort()) {
    yield* writeText(
      outputOf(io),
      on ? `${name.padEnd(15)}\t${value ? 'on' : 'off'}\n` : `set ${value ? '-' : '+'}o ${name}\n`,
    );
  }
  return 0;
}

export const shiftBuiltin: Builtin = function* (shell, argv, io) {
  const count = argv[1] === undefined ? 1 : Number(argv[1]);
  if (!Number.isInteger(count) || count < 0) {
    yield* shell.complain(
      `shift: ${argv[1] ?? ''}: ${Number.isInteger(count) ? 'shift count out of range' : 'numeric argument required'}`,
      io,
    );
    return 1;
  }
  if (count > shell.positional.length) return 1;
  shell.positional = shell.positional.slice(count);
  return 0;
};

export const getoptsBuiltin: Builtin = function* (shell, argv, io) {
  const [, specification, name] = argv;
  if (specification === undefined || name === undefined) {
    yield* shell.complain('getopts: usage: getopts optstring name [arg ...]', io);
    return 2;
  }
  const args = argv.length > 3 ? argv.slice(3) : shell.positional;
  const silent = specification.startsWith(':');
  let index = Math.max(1, Number(shell.variables.value('OPTIND') ?? 1) || 1);
  let offset = Number(shell.variables.value('__optpos') ?? 1) || 1;
  const current = args[index - 1];
  const finish = (): number => {
    assignVariable(shell, name, '?');
    return 1;
  };
  if (current === undefined || !current.startsWith('-') || current === '-') return finish();
  if (current === '--') {
    assignVariable(shell, 'OPTIND', String(index + 1));
    return finish();
  }
  const letter = current.charAt(offset);
  const at = specification.indexOf(letter, silent ? 1 : 0);
  const wantsArgument = at >= 0 && specification.charAt(at + 1) === ':';
  const advance = (): void => {
    if (++offset >= current.length) {
      index++;
      offset = 1;
    }
  };
  shell.variables.unset('OPTARG');
  let result = letter;
  if (at < 0 || letter === ':') {
    result = '?';
    if (silent) assignVariable(shell, 'OPTARG', letter);
    else yield* shell.complain(`illegal option -- ${letter}`, io);
    advance();
  } else if (wantsArgument) {
    const attached = current.slice(offset + 1);
    const value = attached === '' ? args[index] : attached;
    index += attached === '' ? 2 : 1;
    offset = 1;
    if (value === undefined) {
      result = silent ? ':' : '?';
      if (silent) assignVariable(shell, 'OPTARG', letter);
      else yield* shell.complain(`option requires an argument -- ${letter}`, io);
    } else assignVariable(shell, 'OPTARG', value);
  } else advance();
  assignVariable(shell, name, result);
  assignVariable(shell, 'OPTIND', String(index));
  shell.variables.set('__optpos', String(offset));
  return 0;
};
