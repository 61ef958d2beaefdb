import { absolutePath, errnoText } from '@podwire/machine';
import type { FileInfo, Process, Task } from '@podwire/machine';
import { utf8Decode } from '@podwire/sim';
import { Pattern } from '../lang/pattern.ts';
import { readAll } from '../stdio/input.ts';
import { parseOptions, usageError } from '../stdio/options.ts';
import { complain, print, writeText } from '../stdio/output.ts';
import { taskProgram, waitForExit } from '../stdio/program.ts';
import { Regex } from '@podwire/sim';
import { modeText } from './file-mode.ts';
import { notStarted } from './system.ts';

/** The most arguments of one command line (ARG_MAX in spirit). */
const MAX_ARGUMENTS = 5000;
const MAX_PARALLEL = 32;
const MAX_DEPTH = 100;

/** xargs(1). */
export const xargsProgram = taskProgram(function* (process) {
  const parsed = parseOptions(
    process.argv.slice(1),
    [
      { name: 'null', short: '0', long: 'null' },
      { name: 'max-args', short: 'n', long: 'max-args', value: 'required' },
      { name: 'max-lines', short: 'L', value: 'required' },
      { name: 'replace', short: 'I', value: 'required' },
      { name: 'parallel', short: 'P', long: 'max-procs', value: 'required' },
      { name: 'no-run', short: 'r', long: 'no-run-if-empty' },
      { name: 'trace', short: 't', long: 'verbose' },
      { name: 'delimiter', short: 'd', long: 'delimiter', value: 'required' },
    ],
    { stopAtOperand: true },
  );
  if (!parsed.ok) return yield* usageError(process, parsed.message);
  const text = utf8Decode(yield* readAll(process.stdin));
  const replace = parsed.values.get('replace');
  const delimiter = parsed.flags.has('null')
    ? '\0'
    : parsed.values.get('delimiter')?.replace('\\n', '\n').replace('\\t', '\t').replace('\\0', '\0');
  const items =
    delimiter !== undefined
      ? text.split(delimiter).filter((item, index, all) => index < all.length - 1 || item !== '')
      : replace !== undefined || parsed.flags.has('max-lines')
        ? text
            .split('\n')
            .map((line) => line.trim())
            .filter((line) => line !== '')
        : splitItems(text);
  if (items === undefined)
    return yield* complain(
      process,
      'xargs: unmatched single quote; by default quotes are special to xargs unless you use the -0 option',
    );
  const command = parsed.operands.length === 0 ? ['echo'] : parsed.operands;
  const perRun =
    replace !== undefined
      ? 1
      : Math.min(
          MAX_ARGUMENTS,
          Number(parsed.values.get('max-args') ?? parsed.values.get('max-lines') ?? MAX_ARGUMENTS) ||
            MAX_ARGUMENTS,
        );
  const lines: string[][] = [];
  for (let index = 0; index < items.length; index += perRun) {
    const chunk = items.slice(index, index + perRun);
    lines.push(
      replace === undefined
        ? [...command, ...chunk]
        : command.map((word) => word.replaceAll(replace, chunk[0] ?? '')),
    );
  }
  if (items.length === 0 && !parsed.flags.has('no-run') && replace === undefined) lines.push([...command]);
  return yield* runAll(
    process,
    lines,
    Math.max(1, Math.min(MAX_PARALLEL, Number(parsed.values.get('parallel') ?? 1) || MAX_PARALLEL)),
    parsed.flags.has('trace'),
  );
});

function splitItems(text: string): string[] | undefined {
  const items: string[] = [];
  let word = '';
  let any = false;
  for (let at = 0; at < text.length; at++) {
    const character = text.charAt(at);
    if (/\s/.test(character)) {
      if (any) items.push(word);
      word = '';
      any = false;
      continue;
    }
    any = true;
    if (character === "'" || character === '"') {
      const end = text.indexOf(character, at + 1);
      if (end < 0) return undefined;
      word += text.slice(at + 1, end);
      at = end;
    } else word += character === '\\' ? text.charAt(++at) : character;
  }
  if (any) items.push(word);
  return items;
}

function* runAll(
  process: Process,
  lines: readonly (readonly string[])[],
  parallel: number,
  trace: boolean,
): Task {
  let code = 0;
  let running: number[] = [];
  const collect = function* (): Task<void> {
    yield { kind: 'any', of: running.map((pid) => ({ kind: 'exit', pid })) };
    running = running.filter((pid) => {
      const exitCode = process.exitCodeOf(pid);
      if (exitCode !== undefined && exitCode !== 0) code = exitCode === 255 ? 124 : 123;
      return exitCode === undefined;
    });
  };
  for (const argv of lines) {
    if (trace) yield* writeText(process.stderr, `${argv.join(' ')}\n`);
    const spawned = process.spawn({ argv, stdin: { isTty: false, read: () => undefined } });
    if (!spawned.ok) return yield* notStarted(process, argv[0] ?? '', spawned.reason);
    running.push(spawned.pid);
    while (running.length >= parallel) yield* collect();
    if (code === 124) break;
  }
  while (running.length > 0) yield* collect();
  return code;
}

interface Visit {
  readonly process: Process;
  readonly path: string;
  readonly info: FileInfo;
  readonly depth: number;
  prune: boolean;
}

type Test = (visit: Visit) => Task<boolean>;

class FindProblem extends Error {}

/** find(1): the tests and actions that people type. */
export const findProgram = taskProgram(function* (process) {
  const args = process.argv.slice(1);
  const firstTest = args.findIndex((argument) => /^[-(!]/.test(argument));
  const starts = firstTest < 0 ? args : args.slice(0, firstTest);
  const batches: { readonly argv: readonly string[]; readonly paths: string[] }[] = [];
  let expression: Expression;
  try {
    expression = new ExpressionParser(process, firstTest < 0 ? [] : args.slice(firstTest), batches).parse();
  } catch (error) {
    if (error instanceof FindProblem) return yield* complain(process, `find: ${error.message}`);
    throw error;
  }
  let code = 0;
  for (const start of starts.length === 0 ? ['.'] : starts) {
    if (!process.fs.lstat(absolutePath(process.cwd, start)).ok)
      code = yield* complain(process, `find: '${start}': No such file or directory`);
    else code = Math.max(code, yield* walk(process, start, expression, 0));
  }
  for (const { argv, paths } of batches) {
    if (paths.length === 0) continue;
    const spawned = process.spawn({ argv: [...argv, ...paths] });
    if (!spawned.ok) return yield* notStarted(process, argv[0] ?? '', spawned.reason);
    if ((yield* waitForExit(process, spawned.pid)) !== 0) code = 1;
  }
  return code;
});

interface Expression {
  readonly test: Test;
  readonly maxDepth: number;
  readonly minDepth: number;
  readonly depthFirst: boolean;
}

function* walk(process: Process, path: string, expression: Expression, depth: number): Task {
  yield { kind: 'step' };
  const absolute = absolutePath(process.cwd, path);
  const info = process.fs.lstat(absolute);
  if (!info.ok || depth > MAX_DEPTH) return 0;
  const visit: Visit = { process, path, info: info.value, depth, prune: false };
  if (!expression.depthFirst && depth >= expression.minDepth) yield* expression.test(visit);
  let code = 0;
  if (info.value.kind === 'directory' && !visit.prune && depth < expression.maxDepth) {
    const names = process.fs.list(absolute);
    if (!names.ok) code = yield* complain(process, `find: '${path}': ${errnoText(names.errno)}`);
    else
      for (const name of names.value)
        code = Math.max(
          code,
          yield* walk(process, `${path === '/' ? '' : path}/${name}`, expression, depth + 1),
        );
  }
  if (expression.depthFirst && depth >= expression.minDepth) yield* expression.test(visit);
  return code;
}

class ExpressionParser {
  readonly #process: Process;
  readonly #args: readonly string[];
  readonly #batches: { readonly argv: readonly string[]; readonly paths: string[] }[];
  #at = 0;
  #acts = false;
  #maxDepth = Number.POSITIVE_INFINITY;
  #minDepth = 0;
  #depthFirst = false;

  constructor(
    process: Process,
    args: readonly string[],
    batches: { readonly argv: readonly string[]; readonly paths: string[] }[],
  ) {
    this.#process = process;
    this.#args = args;
    this.#batches = batches;
  }

  parse(): Expression {
    const test = this.#args.length === 0 ? always : this.#or();
    if (this.#at < this.#args.length)
      throw new FindProblem(`paths must precede expression: \`${this.#args[this.#at] ?? ''}'`);
    const acting: Test = this.#acts
      ? test
      : function* (visit) {
          if (yield* test(visit)) yield* print(visit.process, `${visit.path}\n`);
          return true;
        };
    return { test: acting, maxDepth: this.#maxDepth, minDepth: this.#minDepth, depthFirst: this.#depthFirst };
  }

  #or(): Test {
    let left = this.#and();
    while (this.#args[this.#at] === '-o' || this.#args[this.#at] === '-or') {
      this.#at++;
      const [first, second] = [left, this.#and()];
      left = function* (visit) {
        return (yield* first(visit)) || (yield* second(visit));
      };
    }
    return left;
  }

  #and(): Test {
    let left = this.#not();
    for (;;) {
      const next = this.#args[this.#at];
      if (next === undefined || next === '-o' || next === '-or' || next === ')') return left;
      if (next === '-a' || next === '-and') this.#at++;
      const [first, second] = [left, this.#not()];
      left = function* (visit) {
        return (yield* first(visit)) && (yield* second(visit));
      };
    }
  }

  #not(): Test {
    const word = this.#args[this.#at];
    if (word === '!' || word === '-not') {
      this.#at++;
      const inner = this.#not();
      return function* (visit) {
        return !(yield* inner(visit));
      };
    }
    if (word === '(') {
      this.#at++;
      const inner = this.#or();
      if (this.#args[this.#at++] !== ')')
        throw new FindProblem(
          "invalid expression; I was expecting to find a ')' somewhere but did not see one.",
        );
      return inner;
    }
    return this.#primary();
  }

  #value(name: string): string {
    const value = this.#args[this.#at++];
    if (value === undefined) throw new FindProblem(`missing argument to \`${name}'`);
    return value;
  }

  #primary(): Test {
    const name = this.#args[this.#at++];
    switch (name) {
      case '-name':
      case '-iname': {
        const pattern = new Pattern([{ text: this.#value(name), quoted: false }], name === '-iname');
        return pure((visit) =>
          pattern.matches(name === '-iname' ? baseOf(visit.path).toLowerCase() : baseOf(visit.path)),
        );
      }
      case '-path':
      case '-wholename': {
        const pattern = Pattern.of(this.#value(name));
        return pure((visit) => pattern.matches(visit.path));
      }
      case '-regex': {
        const compiled = Regex.compile(`^\\(${this.#value(name)}\\)$`, { syntax: 'basic' });
        if (!compiled.ok) throw new FindProblem(compiled.message);
        return pure((visit) => compiled.value.test(visit.path));
      }
      case '-type': {
        const type = this.#value(name);
        return pure((visit) =>
          type
            .split(',')
            .some(
              (letter) =>
                letter ===
                (visit.info.device !== undefined
                  ? 'c'
                  : visit.info.kind === 'directory'
                    ? 'd'
                    : visit.info.kind === 'symlink'
                      ? 'l'
                      : 'f'),
            ),
        );
      }
      case '-maxdepth':
        this.#maxDepth = Number(this.#value(name));
        return always;
      case '-mindepth':
        this.#minDepth = Number(this.#value(name));
        return always;
      case '-depth':
        this.#depthFirst = true;
        return always;
      case '-empty':
        return pure((visit) =>
          visit.info.kind === 'directory'
            ? this.#isEmptyDirectory(visit.path)
            : visit.info.kind === 'file' && visit.info.sizeBytes === 0,
        );
      case '-size':
        return this.#size(this.#value(name));
      case '-newer': {
        const other = this.#process.fs.stat(absolutePath(this.#process.cwd, this.#value(name)));
        const than = other.ok ? other.value.modifiedMs : 0;
        return pure((visit) => visit.info.modifiedMs > than);
      }
      case '-mmin':
      case '-mtime': {
        const unit = name === '-mmin' ? 60_000 : 86_400_000;
        const compare = comparison(this.#value(name));
        return pure((visit) => compare(Math.floor((visit.process.nowMs() - visit.info.modifiedMs) / unit)));
      }
      case '-user': {
        const user = this.#value(name);
        return pure((visit) => visit.info.owner === user);
      }
      case '-perm': {
        const mode = this.#value(name);
        const bits = parseInt(mode.replace(/^[-/]/, ''), 8);
        return pure((visit) =>
          mode.startsWith('-')
            ? (visit.info.mode & bits) === bits
            : mode.startsWith('/')
              ? (visit.info.mode & bits) !== 0
              : (visit.info.mode & 0o7777) === bits,
        );
      }
      case '-executable':
        return pure((visit) => (visit.info.mode & 0o111) !== 0);
      case '-true':
        return always;
      case '-prune':
        return pure((visit) => (visit.prune = true));
      default:
        return this.#action(name ?? '');
    }
  }

  #isEmptyDirectory(path: string): boolean {
    const names = this.#process.fs.list(absolutePath(this.#process.cwd, path));
    return names.ok && names.value.length === 0;
  }

  #size(text: string): Test {
    const match = /^([-+]?\d+)([bckMG]?)$/.exec(text);
    if (match === null) throw new FindProblem(`Invalid argument \`${text}' to -size`);
    const unit =
      { b: 512, c: 1, k: 1024, M: 1024 ** 2, G: 1024 ** 3 }[match[2] === '' ? 'b' : (match[2] ?? 'b')] ?? 512;
    const compare = comparison(match[1] ?? '0');
    return pure((visit) => compare(Math.ceil(visit.info.sizeBytes / unit)));
  }

  #action(name: string): Test {
    this.#acts = true;
    switch (name) {
      case '-print':
      case '-print0':
        return function* (visit) {
          yield* print(visit.process, visit.path + (name === '-print' ? '\n' : '\0'));
          return true;
        };
      case '-ls':
        return function* (visit) {
          yield* print(
            visit.process,
            `${modeText(visit.info)} ${visit.info.owner} ${visit.info.sizeBytes} ${visit.path}\n`,
          );
          return true;
        };
      case '-delete':
        this.#depthFirst = true;
        return function* (visit) {
          const removed = visit.process.fs.remove(absolutePath(visit.process.cwd, visit.path));
          if (!removed.ok)
            yield* complain(
              visit.process,
              `find: cannot delete '${visit.path}': ${errnoText(removed.errno)}`,
            );
          return removed.ok;
        };
      case '-exec':
        return this.#exec();
      default:
        throw new FindProblem(
          name.startsWith('-') ? `unknown predicate \`${name}'` : `paths must precede expression: \`${name}'`,
        );
    }
  }

  #exec(): Test {
    const argv: string[] = [];
    for (;;) {
      const word = this.#args[this.#at++];
      if (word === undefined) throw new FindProblem("missing argument to `-exec'");
      if (word === ';') break;
      if (word === '+' && argv.at(-1) === '{}') {
        const batch = { argv: argv.slice(0, -1), paths: [] as string[] };
        this.#batches.push(batch);
        return pure((visit) => batch.paths.length < MAX_ARGUMENTS && batch.paths.push(visit.path) > 0);
      }
      argv.push(word);
    }
    return function* (visit) {
      const command = argv.map((word) => word.replaceAll('{}', visit.path));
      const spawned = visit.process.spawn({ argv: command });
      if (!spawned.ok) {
        yield* notStarted(visit.process, command[0] ?? '', spawned.reason);
        return false;
      }
      return (yield* waitForExit(visit.process, spawned.pid)) === 0;
    };
  }
}

const always: Test = function* () {
  return true;
};

function pure(test: (visit: Visit) => boolean): Test {
  return function* (visit) {
    return test(visit);
  };
}

function comparison(text: string): (value: number) => boolean {
  const number = Number(text.replace(/^[-+]/, ''));
  return (value) =>
    text.startsWith('+') ? value > number : text.startsWith('-') ? value < number : value === number;
}

function baseOf(path: string): string {
  return (
    path
      .replace(/(?<=.)\/+$/, '')
      .split('/')
      .at(-1) ?? path
  );
}
