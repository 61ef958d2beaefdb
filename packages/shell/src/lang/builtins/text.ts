import { absolutePath, errnoText, normalizePath } from '@podwire/machine';
import type { Process, ReadStream, Task } from '@podwire/machine';
import { utf8Decode } from '@podwire/sim';
import { readAll } from '../../stdio/input.ts';
import { writeText } from '../../stdio/output.ts';
import { echoText } from '../../text/echo.ts';
import { formatAll } from '../../text/printf.ts';
import { assignVariable } from '../expand.ts';
import type { Builtin } from '../builtin.ts';
import { inputOf, outputOf } from '../io.ts';
import type { Shell } from '../shell.ts';

/** The longest line that `read` takes, bytes. */
const MAX_READ_BYTES = 1024 * 1024;

export const echoBuiltin: Builtin = function* (_shell, argv, io) {
  yield* writeText(outputOf(io), echoText(argv.slice(1)));
  return 0;
};

export const printfBuiltin: Builtin = function* (shell, argv, io) {
  let args = argv.slice(1);
  let variable: string | undefined;
  if (args[0] === '-v') {
    variable = args[1];
    args = args.slice(2);
  }
  if (args[0] === '--') args = args.slice(1);
  const [format] = args;
  if (format === undefined) {
    yield* shell.complain('printf: usage: printf [-v var] format [arguments]', io);
    return 2;
  }
  const warnings: string[] = [];
  const { text, ok } = formatAll(format, args.slice(1), (message) => warnings.push(message));
  for (const warning of warnings) yield* shell.complain(`printf: ${warning}`, io);
  if (variable === undefined) yield* writeText(outputOf(io), text);
  else assignVariable(shell, variable, text);
  return ok ? 0 : 1;
};

interface ReadOptions {
  raw: boolean;
  silent: boolean;
  delimiter: string;
  count: number | undefined;
  timeoutMs: number | undefined;
  prompt: string;
  /** `-a`: the array that the fields go to. */
  array: string | undefined;
  names: readonly string[];
}

function readOptions(args: readonly string[]): ReadOptions | string {
  const options: ReadOptions = {
    raw: false,
    silent: false,
    delimiter: '\n',
    count: undefined,
    timeoutMs: undefined,
    prompt: '',
    array: undefined,
    names: [],
  };
  let index = 0;
  for (; index < args.length; index++) {
    const argument = args[index] ?? '';
    if (argument === '--') {
      index++;
      break;
    }
    if (!/^-./.test(argument)) break;
    for (let at = 1; at < argument.length; at++) {
      const letter = argument.charAt(at);
      if (letter === 'r') options.raw = true;
      else if (letter === 's') options.silent = true;
      else if (letter === 'e') continue;
      else if ('dnNtpu'.includes(letter)) {
        const value = argument.slice(at + 1) === '' ? args[++index] : argument.slice(at + 1);
        if (value === undefined) return `-${letter}: option requires an argument`;
        if (letter === 'd') options.delimiter = value.charAt(0) === '' ? '\0' : value.charAt(0);
        if (letter === 'n' || letter === 'N') options.count = Number(value);
        if (letter === 't') options.timeoutMs = Number(value) * 1000;
        if (letter === 'p') options.prompt = value;
        break;
      } else if (letter === 'a') {
        options.array = at + 1 < argument.length ? argument.slice(at + 1) : args[++index];
        if (options.array === undefined) return '-a: option requires an argument';
        break;
      } else return `-${letter}: invalid option`;
    }
  }
  options.names = args.slice(index);
  return options;
}

export const readBuiltin: Builtin = function* (shell, argv, io) {
  const options = readOptions(argv.slice(1));
  if (typeof options === 'string') {
    yield* shell.complain(`read: ${options}`, io);
    return 2;
  }
  const stream = inputOf(io);
  if (options.prompt !== '' && stream.isTty)
    yield* writeText(io.writers.get(2) ?? outputOf(io), options.prompt);
  const line = yield* readLine(shell, stream, options);
  if (options.array !== undefined) {
    const ifs = shell.variables.value('IFS') ?? ' \t\n';
    const fields = splitFields(line.text.map(([character]) => character).join(''), ifs);
    shell.variables.setArray(options.array, new Map(fields.map((field, at) => [String(at), field])), false);
  } else if (options.names.length === 0)
    assignVariable(shell, 'REPLY', line.text.map(([character]) => character).join(''));
  else assignFields(shell, options.names, line.text);
  return line.outcome === 'complete' ? 0 : line.outcome === 'timeout' ? 142 : 1;
};

function splitFields(text: string, ifs: string): readonly string[] {
  if (ifs === '') return text === '' ? [] : [text];
  const inClass = ifs.replace(/[\]\\^-]/g, '\\$&');
  const isBlank = ifs.trim() === '';
  return text
    .replace(/^[ \t\n]+|[ \t\n]+$/g, '')
    .split(new RegExp(isBlank ? `[${inClass}]+` : `[${inClass}]`))
    .filter((field, at, all) => field !== '' || (!isBlank && at < all.length - 1));
}

/** `mapfile` and `readarray`: the lines of standard input. */
export const mapfileBuiltin: Builtin = function* (shell, argv, io) {
  const trims = argv[1] === '-t';
  const [name = 'MAPFILE', more] = argv.slice(trims ? 2 : 1);
  if (more !== undefined || !/^[A-Za-z_][A-Za-z0-9_]*$/.test(name)) {
    yield* shell.complain(
      `${argv[0] ?? ''}: only -t and the name of an array are part of this simulation`,
      io,
    );
    return 2;
  }
  const text = utf8Decode(yield* readAll(inputOf(io)));
  const lines = text.match(/[^\n]*\n|[^\n]+$/g) ?? [];
  const values = lines.map((line, at) => [String(at), trims ? line.replace(/\n$/, '') : line] as const);
  shell.variables.setArray(name, new Map(values), false);
  return 0;
};

type Characters = readonly (readonly [character: string, escaped: boolean])[];

/** Byte by byte, so that what follows the line is left for others. */
function* readLine(
  shell: Shell,
  stream: ReadStream,
  options: ReadOptions,
): Task<{ readonly text: Characters; readonly outcome: 'complete' | 'end' | 'timeout' }> {
  const deadline = options.timeoutMs === undefined ? undefined : shell.process.nowMs() + options.timeoutMs;
  const bytes: number[] = [];
  const escapedAt = new Set<number>();
  let escaping = false;
  let outcome: 'complete' | 'end' | 'timeout' = 'complete';
  const stop = options.delimiter.charCodeAt(0);
  for (;;) {
    const chunk = stream.read(1);
    if (chunk === undefined) {
      outcome = 'end';
      break;
    }
    const [byte] = chunk;
    if (byte === undefined) {
      const left = deadline === undefined ? undefined : deadline - shell.process.nowMs();
      if (left !== undefined && left <= 0) {
        outcome = 'timeout';
        break;
      }
      yield {
        kind: 'any',
        of: [
          { kind: 'readable', stream },
          ...(left === undefined ? [] : [{ kind: 'sleep' as const, ms: left }]),
        ],
      };
      yield* shell.attend();
      continue;
    }
    if (escaping) {
      escaping = false;
      if (byte === 10) continue;
      escapedAt.add(bytes.length);
    } else if (byte === 92 && !options.raw) {
      escaping = true;
      continue;
    } else if (byte === stop) break;
    bytes.push(byte);
    if (options.count !== undefined && bytes.length >= options.count) break;
    if (bytes.length >= MAX_READ_BYTES) break;
  }
  return { text: toCharacters(bytes, escapedAt), outcome };
}

function toCharacters(bytes: readonly number[], escapedAt: ReadonlySet<number>): Characters {
  if (escapedAt.size === 0)
    return Array.from(utf8Decode(Uint8Array.from(bytes))).map((character) => [character, false] as const);
  const result: (readonly [string, boolean])[] = [];
  let run: number[] = [];
  const flush = (): void => {
    for (const character of utf8Decode(Uint8Array.from(run))) result.push([character, false]);
    run = [];
  };
  bytes.forEach((byte, index) => {
    if (escapedAt.has(index) && byte < 128) {
      flush();
      result.push([String.fromCharCode(byte), true]);
    } else run.push(byte);
  });
  flush();
  return result;
}

/** Splits by IFS; the last name takes the rest. */
function assignFields(shell: Shell, names: readonly string[], text: Characters): void {
  const ifs = shell.variables.value('IFS') ?? ' \t\n';
  const isSpace = (at: number): boolean => {
    const [character, escaped] = text[at] ?? ['', true];
    return !escaped && character !== '' && ' \t\n'.includes(character) && ifs.includes(character);
  };
  const isOther = (at: number): boolean => {
    const [character, escaped] = text[at] ?? ['', true];
    return !escaped && character !== '' && ifs.includes(character) && !' \t\n'.includes(character);
  };
  const slice = (from: number, to: number): string =>
    text
      .slice(from, to)
      .map(([character]) => character)
      .join('');
  let at = 0;
  while (isSpace(at)) at++;
  names.forEach((name, index) => {
    if (index === names.length - 1) {
      let end = text.length;
      while (end > at && isSpace(end - 1)) end--;
      // One delimiter behind the last field is its own end, not part of it.
      if (
        end > at &&
        isOther(end - 1) &&
        !text.slice(at, end - 1).some((_, offset) => isOther(at + offset) || isSpace(at + offset))
      )
        end--;
      assignVariable(shell, name, slice(at, end));
      return;
    }
    const start = at;
    while (at < text.length && !isSpace(at) && !isOther(at)) at++;
    assignVariable(shell, name, slice(start, at));
    while (isSpace(at)) at++;
    if (isOther(at)) {
      at++;
      while (isSpace(at)) at++;
    }
  });
}

export const cdBuiltin: Builtin = function* (shell, argv, io) {
  const args = argv
    .slice(1)
    .filter((argument) => argument !== '-P' && argument !== '-L' && argument !== '--');
  if (args.length > 1) {
    yield* shell.complain('cd: too many arguments', io);
    return 1;
  }
  let [target] = args;
  let announce = false;
  if (target === undefined || target === '') {
    target = shell.variables.value('HOME');
    if (target === undefined) {
      yield* shell.complain('cd: HOME not set', io);
      return 1;
    }
  } else if (target === '-') {
    target = shell.variables.value('OLDPWD');
    announce = true;
    if (target === undefined) {
      yield* shell.complain('cd: OLDPWD not set', io);
      return 1;
    }
  }
  const problem = changeDirectory(shell, target);
  if (problem !== undefined) {
    const sh = shell.place.dialect === 'sh';
    yield* shell.complain(sh ? `cd: can't cd to ${target}: ${problem}` : `cd: ${target}: ${problem}`, io);
    return 1;
  }
  if (announce) yield* writeText(outputOf(io), `${shell.process.cwd}\n`);
  return 0;
};

function changeDirectory(shell: Shell, target: string): string | undefined {
  const { process } = shell;
  const path = normalizePath(absolutePath(process.cwd, target));
  const info = process.fs.stat(path);
  if (!info.ok) return errnoText(info.errno);
  if (info.value.kind !== 'directory') return 'Not a directory';
  if (!process.fs.list(path).ok && process.machine.user !== 'root' && !mayEnter(process, path))
    return 'Permission denied';
  shell.variables.set('OLDPWD', process.cwd);
  process.cwd = path;
  shell.variables.set('PWD', path);
  return undefined;
}

function mayEnter(process: Process, path: string): boolean {
  const probe = process.fs.stat(`${path}/.`);
  return probe.ok;
}

export const pwdBuiltin: Builtin = function* (shell, argv, io) {
  const { process } = shell;
  const real = argv.includes('-P') ? process.fs.realpath(process.cwd) : undefined;
  yield* writeText(outputOf(io), `${real?.ok === true ? real.value : process.cwd}\n`);
  return 0;
};
