import { absolutePath, errnoText } from '@podwire/machine';
import type { Process, Task } from '@podwire/machine';
import { utf8Decode } from '@podwire/sim';
import { readAll } from '../stdio/input.ts';
import { complain, print, writeText } from '../stdio/output.ts';
import { taskProgram } from '../stdio/program.ts';
import { BudgetSpent, Evaluator } from './evaluate.ts';
import { JsonProblem, JsonReader, formatJson, parseJson } from './json.ts';
import type { FormatOptions, Json } from './json.ts';
import type { NativeHost } from './native.ts';
import { natives } from './native.ts';
import { parseProgram } from './parser.ts';
import { prelude } from './prelude.ts';
import { CompileProblem } from './syntax.ts';
import type { Term } from './syntax.ts';
import { JqError, isTruthy } from './values.ts';

interface Options {
  nullInput: boolean;
  slurp: boolean;
  rawInput: boolean;
  rawOutput: boolean;
  join: boolean;
  exitStatus: boolean;
  indent: string | undefined;
  sortKeys: boolean;
  ascii: boolean;
  color: boolean;
  filter: string | undefined;
  filterFile: string | undefined;
  readonly files: string[];
  readonly variables: Map<string, Json>;
  readonly positional: Json[];
}

class Halt extends Error {
  readonly exitCode: number;
  constructor(exitCode: number) {
    super('halt');
    this.exitCode = exitCode;
  }
}

class UsageProblem extends Error {}

/** jq(1). */
export const jqProgram = taskProgram(function* (process) {
  let options: Options;
  try {
    options = readOptions(process);
  } catch (error) {
    if (!(error instanceof UsageProblem)) throw error;
    return yield* complain(
      process,
      `jq: ${error.message}\nUse jq --help for help with command-line options,\nor see the jq manpage, or online docs  at https://jqlang.github.io/jq`,
      2,
    );
  }
  const source = yield* filterText(process, options);
  if (source === undefined) return 2;
  return yield* new Run(process, options).run(source);
});

const LETTERS: Readonly<Record<string, (options: Options) => void>> = {
  n: (options) => (options.nullInput = true),
  s: (options) => (options.slurp = true),
  R: (options) => (options.rawInput = true),
  r: (options) => (options.rawOutput = true),
  j: (options) => (options.rawOutput = options.join = true),
  e: (options) => (options.exitStatus = true),
  c: (options) => (options.indent = undefined),
  S: (options) => (options.sortKeys = true),
  a: (options) => (options.ascii = true),
  C: (options) => (options.color = true),
  M: (options) => (options.color = false),
};
const WORDS: Readonly<Record<string, string>> = {
  'null-input': 'n',
  slurp: 's',
  'raw-input': 'R',
  'raw-output': 'r',
  'join-output': 'j',
  'exit-status': 'e',
  'compact-output': 'c',
  'sort-keys': 'S',
  'ascii-output': 'a',
  'color-output': 'C',
  'monochrome-output': 'M',
};

function readOptions(process: Process): Options {
  const options: Options = {
    nullInput: false,
    slurp: false,
    rawInput: false,
    rawOutput: false,
    join: false,
    exitStatus: false,
    indent: '  ',
    sortKeys: false,
    ascii: false,
    color: process.stdout.isTty,
    filter: undefined,
    filterFile: undefined,
    files: [],
    variables: new Map(),
    positional: [],
  };
  const args = process.argv.slice(1);
  let rest: 'files' | 'strings' | 'json' = 'files';
  let at = 0;
  const next = (): string => {
    const value = args[++at];
    if (value === undefined) throw new UsageProblem(`${args[at - 1] ?? ''} takes more parameters`);
    return value;
  };
  for (; at < args.length; at++) {
    const argument = args[at] ?? '';
    if (
      !argument.startsWith('-') ||
      argument === '-' ||
      (/^-[\d(.]/.test(argument) && options.filter === undefined)
    ) {
      if (options.filter === undefined && options.filterFile === undefined) options.filter = argument;
      else if (rest === 'files') options.files.push(argument);
      else options.positional.push(rest === 'json' ? jsonArgument(argument, '--jsonargs') : argument);
    } else if (!argument.startsWith('--')) {
      for (const letter of argument.slice(1)) {
        const apply = Object.hasOwn(LETTERS, letter) ? LETTERS[letter] : undefined;
        if (letter === 'f') options.filterFile = next();
        else if (apply !== undefined) apply(options);
        else throw new UsageProblem(`Unknown arguments`);
      }
    } else rest = longOption(process, argument.slice(2), options, next) ?? rest;
  }
  const named = new Map<string, Json>(options.variables);
  options.variables.set('__prog_args', [...options.positional]);
  options.variables.set(
    'ARGS',
    new Map<string, Json>([
      ['positional', options.positional],
      ['named', named],
    ]),
  );
  return options;
}

function longOption(
  process: Process,
  word: string,
  options: Options,
  next: () => string,
): 'files' | 'strings' | 'json' | undefined {
  const letter = Object.hasOwn(WORDS, word) ? WORDS[word] : undefined;
  if (letter !== undefined) {
    LETTERS[letter]?.(options);
    return undefined;
  }
  switch (word) {
    case 'tab':
      options.indent = '\t';
      return undefined;
    case 'indent': {
      const width = Number(next());
      if (!Number.isInteger(width) || width < 0 || width > 7)
        throw new UsageProblem('Cannot indent more than 7 characters');
      options.indent = width === 0 ? undefined : ' '.repeat(width);
      return undefined;
    }
    case 'arg':
      options.variables.set(next(), next());
      return undefined;
    case 'argjson': {
      const name = next();
      options.variables.set(name, jsonArgument(next(), name));
      return undefined;
    }
    case 'slurpfile':
    case 'rawfile': {
      const name = next();
      const file = next();
      const data = process.fs.readFile(absolutePath(process.cwd, file));
      if (!data.ok)
        throw new UsageProblem(
          `Bad JSON in --${word} ${name} ${file}: Could not open ${file}: ${errnoText(data.errno)}`,
        );
      options.variables.set(
        name,
        word === 'rawfile' ? utf8Decode(data.value) : [...allValues(utf8Decode(data.value))],
      );
      return undefined;
    }
    case 'args':
      return 'strings';
    case 'jsonargs':
      return 'json';
    case 'from-file':
      options.filterFile = next();
      return undefined;
    case 'unbuffered':
    case 'seq':
    case 'stream':
      if (word !== 'unbuffered') throw new UsageProblem(`--${word} is not supported here`);
      return undefined;
    default:
      throw new UsageProblem('Unknown arguments');
  }
}

function jsonArgument(text: string, name: string): Json {
  try {
    return parseJson(text);
  } catch (error) {
    if (error instanceof JsonProblem)
      throw new UsageProblem(
        `Invalid JSON text passed to --${name === '--jsonargs' ? 'jsonargs' : 'argjson'}`,
      );
    throw error;
  }
}

function* allValues(text: string): Generator<Json, void> {
  const reader = new JsonReader(text);
  for (let value = reader.next(); value !== undefined; value = reader.next()) yield value;
}

function* filterText(process: Process, options: Options): Task<string | undefined> {
  if (options.filterFile !== undefined) {
    // With -f the first operand is a file after all.
    if (options.filter !== undefined) options.files.unshift(options.filter);
    const data = process.fs.readFile(absolutePath(process.cwd, options.filterFile));
    if (data.ok) return utf8Decode(data.value);
    yield* complain(process, `jq: error: Could not open ${options.filterFile}: ${errnoText(data.errno)}`);
    return undefined;
  }
  if (options.filter !== undefined) return options.filter;
  if (!process.stdin.isTty && !process.stdout.isTty) return '.';
  yield* complain(
    process,
    'Usage:\tjq [OPTIONS] FILTER [FILES...]\n\tjq [OPTIONS] --args FILTER [ARGUMENTS...]\n\tjq [OPTIONS] --jsonargs FILTER [JSON_VALUES...]',
  );
  return undefined;
}

class Run {
  readonly #process: Process;
  readonly #options: Options;
  readonly #format: FormatOptions;
  readonly #messages: string[] = [];
  #texts: string[] = [];
  #reader: JsonReader | undefined;
  #lines: string[] | undefined;
  #failedFiles = false;

  constructor(process: Process, options: Options) {
    this.#process = process;
    this.#options = options;
    this.#format = {
      sortKeys: options.sortKeys,
      ascii: options.ascii,
      color: options.color,
      ...(options.indent === undefined ? {} : { indent: options.indent }),
    };
  }

  *run(source: string): Task {
    const process = this.#process;
    const host: NativeHost = {
      environment: () => new Map<string, Json>(process.env),
      nextInput: () => this.#next(),
      nowMs: () => process.nowMs(),
      message: (text) => void this.#messages.push(text),
      halt: (code) => {
        throw new Halt(code);
      },
    };
    const evaluator = new Evaluator({ prelude, natives, variables: this.#options.variables, host });
    let program: Term;
    try {
      program = parseProgram(source);
      evaluator.check(program);
    } catch (error) {
      if (!(error instanceof CompileProblem)) throw error;
      const text = error.message.endsWith(':') ? `${error.message}\n${source}` : error.message;
      return yield* complain(process, `jq: error: ${text}\njq: 1 compile error`, 3);
    }
    yield* this.#open();
    try {
      return yield* this.#inputs(evaluator, program);
    } catch (error) {
      if (!(error instanceof Halt)) throw error;
      yield* this.#flushMessages();
      return error.exitCode;
    }
  }

  *#open(): Task<void> {
    const process = this.#process;
    if (this.#options.files.length === 0) {
      if (!this.#options.nullInput || !process.stdin.isTty)
        this.#texts = this.#options.nullInput ? [] : [utf8Decode(yield* readAll(process.stdin))];
      if (this.#options.nullInput && !process.stdin.isTty)
        this.#texts = [utf8Decode(yield* readAll(process.stdin))];
    }
    for (const name of this.#options.files) {
      const data = process.fs.readFile(absolutePath(process.cwd, name));
      if (data.ok) this.#texts.push(utf8Decode(data.value));
      else {
        this.#failedFiles = true;
        yield* complain(process, `jq: error: Could not open ${name}: ${errnoText(data.errno)}`);
      }
    }
    const all = this.#texts.join('\n');
    if (this.#options.rawInput)
      this.#lines = all === '' ? [] : (all.endsWith('\n') ? all.slice(0, -1) : all).split('\n');
    else this.#reader = new JsonReader(all);
  }

  #next(): Json | undefined {
    if (this.#lines !== undefined) return this.#lines.shift();
    return this.#reader?.next();
  }

  /** The inputs of the main program: one null, one array of all, or each. */
  *#mainInputs(): Generator<Json, void> {
    if (this.#options.nullInput) {
      yield null;
      return;
    }
    if (this.#options.slurp) {
      if (this.#options.rawInput) {
        yield this.#texts.join('');
        return;
      }
      const items: Json[] = [];
      for (let value = this.#next(); value !== undefined; value = this.#next()) items.push(value);
      yield items;
      return;
    }
    for (let value = this.#next(); value !== undefined; value = this.#next()) yield value;
  }

  *#inputs(evaluator: Evaluator, program: Term): Task {
    const process = this.#process;
    let code = this.#failedFiles ? 2 : 0;
    let last: Json | undefined;
    try {
      for (const input of this.#mainInputs()) {
        yield { kind: 'step' };
        try {
          for (const output of evaluator.run(program, input)) {
            yield* this.#flushMessages();
            yield* this.#write(output);
            last = output;
            yield { kind: 'step' };
          }
        } catch (error) {
          if (error instanceof BudgetSpent || error instanceof RangeError)
            return yield* complain(
              process,
              `jq: error: ${error instanceof BudgetSpent ? error.message : 'the program is nested too deeply'}`,
              5,
            );
          if (!(error instanceof JqError)) throw error;
          code = 5;
          yield* this.#flushMessages();
          const where = this.#options.nullInput ? '(at <unknown>)' : '(at <stdin>:0)';
          const text =
            typeof error.value === 'string'
              ? `: ${error.value}`
              : ` (not a string): ${formatJson(error.value)}`;
          yield* complain(
            process,
            `jq: error ${this.#options.files.length > 0 ? where.replace('<stdin>', this.#options.files[0] ?? '') : where}${text}`,
          );
        }
      }
    } catch (error) {
      if (!(error instanceof JsonProblem)) throw error;
      return yield* complain(process, `jq: parse error: ${error.message}`, 2);
    }
    yield* this.#flushMessages();
    if (code !== 0 || !this.#options.exitStatus) return code;
    return last === undefined ? 4 : isTruthy(last) ? 0 : 1;
  }

  *#write(value: Json): Task<void> {
    const text =
      this.#options.rawOutput && typeof value === 'string' ? value : formatJson(value, this.#format);
    yield* print(this.#process, this.#options.join ? text : `${text}\n`);
  }

  *#flushMessages(): Task<void> {
    for (const message of this.#messages.splice(0)) yield* writeText(this.#process.stderr, message);
  }
}
