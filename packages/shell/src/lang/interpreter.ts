import { StreamFailure, errnoText, signalExitCode } from '@podwire/machine';
import type { Process, ReadStream, Task, WriteStream } from '@podwire/machine';
import { readAll } from '../stdio/input.ts';
import { writeText } from '../stdio/output.ts';
import { assignArray } from './arrays.ts';
import type { AndOr, Command, Compound, List, Pipeline, Simple } from './ast.ts';
import { evaluateCondition } from './conditions.ts';
import { Discarded, FunctionReturn, Interrupted, LoopJump, ShellExit } from './control.ts';
import { DECLARATIONS } from './declarations.ts';
import { ExpansionFailure, SyntaxProblem } from './errors.ts';
import { Expander, assignVariable } from './expand.ts';
import { STDIN, STDOUT, childStreams, errorsOf, standardIo, withReader, withWriter } from './io.ts';
import type { Io } from './io.ts';
import { addJob, describeJob } from './jobs.ts';
import type { Job } from './job.ts';
import { waitInForeground } from './foreground.ts';
import { Loops } from './loops.ts';
import { Parser } from './parser.ts';
import { notStarted, syntaxError } from './complaints.ts';
import { collectOutput } from './substitution.ts';
import { quoteForTrace, timeReport } from './texts.ts';
import type { Builtin } from './builtin.ts';
import { parameterValue } from './parameters.ts';
import { Redirector } from './redirects.ts';
import { Shell } from './shell.ts';
import type { Executor, RunOptions } from './shell.ts';
import type { Variable } from './variables.ts';

/** bash's FUNCNEST, here always set: a function that calls itself without end stops with a message. */
const MAX_CALL_DEPTH = 100;
/** bash counts the descriptors of process substitutions down from here. */
const FIRST_SUBSTITUTED_DESCRIPTOR = 63;
/** Builtins whose assignments stay in the shell (POSIX 2.14). */
const SPECIAL_BUILTINS = new Set([
  'break',
  ':',
  'continue',
  '.',
  'eval',
  'exec',
  'exit',
  'export',
  'readonly',
  'return',
  'set',
  'shift',
  'times',
  'trap',
  'unset',
]);

/** Runs parsed programs over a shell's state. */
export class Interpreter implements Executor {
  readonly #shell: Shell;
  readonly #expander: Expander;
  readonly #redirector: Redirector;
  readonly #builtins: ReadonlyMap<string, Builtin>;
  readonly #loops: Loops;
  /** Files that stand for `<(…)` at this moment. */
  readonly #substituted: string[] = [];

  constructor(shell: Shell, builtins: ReadonlyMap<string, Builtin>) {
    this.#shell = shell;
    this.#builtins = builtins;
    this.#expander = new Expander(shell);
    this.#redirector = new Redirector(shell, this.#expander);
    this.#loops = new Loops(shell, this.#expander, this);
    shell.executor = this;
  }

  isBuiltin(name: string): boolean {
    return this.#builtins.has(name);
  }

  // Texts and lists

  /** Parses and runs, line by line: what precedes a syntax error has run by then. */
  *runText(text: string, io: Io, options: RunOptions = {}): Task {
    const shell = this.#shell;
    const parser = new Parser(text, {
      dialect: shell.place.dialect,
      ...(shell.place.interactive ? { aliases: shell.aliases } : {}),
      firstLine: options.firstLine ?? 1,
    });
    if (text.trim() === '') return 0;
    for (;;) {
      let list: List | undefined;
      try {
        list = parser.next();
      } catch (error) {
        return yield* syntaxError(shell, error, parser, io, text);
      }
      if (list === undefined) return shell.status;
      shell.mayExec = options.mayExec === true && parser.atEnd;
      try {
        if (!shell.options.noexec) yield* this.runList(list, io);
      } catch (error) {
        // A script goes on with its next line; `-c` and `eval` do not.
        if (!(error instanceof Discarded) || options.script !== true) throw error;
      }
    }
  }

  *runList(list: List, io: Io): Task {
    const last = list.items.at(-1);
    const { mayExec } = this.#shell;
    // `exec 3> file` changes the shell's own descriptors for what comes after it.
    const own = io === this.#shell.io;
    for (const item of list.items) {
      this.#shell.mayExec = mayExec && item === last && item.rest.length === 0 && !item.background;
      yield* this.#andOr(item, own ? this.#shell.io : io);
    }
    this.#shell.mayExec = false;
    return this.#shell.status;
  }

  *#andOr(item: AndOr, io: Io): Task {
    if (item.background) return yield* this.#background(item, io);
    const shell = this.#shell;
    const own = io === shell.io;
    let status = yield* this.#pipelineHeld(item.first, io, item.rest.length > 0);
    for (const [index, { operator, pipeline }] of item.rest.entries()) {
      if ((operator === '&&') !== (status === 0)) continue;
      status = yield* this.#pipelineHeld(pipeline, own ? shell.io : io, index < item.rest.length - 1);
    }
    shell.status = status;
    return status;
  }

  *#pipelineHeld(pipeline: Pipeline, io: Io, held: boolean): Task {
    const shell = this.#shell;
    const hold = held || pipeline.negated;
    if (hold) shell.errexitHeld++;
    try {
      const status = yield* this.#pipeline(pipeline, io);
      shell.status = status;
    } finally {
      if (hold) shell.errexitHeld--;
    }
    if (shell.status !== 0 && !hold && shell.errexitHeld === 0) yield* this.#failed();
    return shell.status;
  }

  /** What follows a failure that nobody looks at: the ERR trap, `set -e`. */
  *#failed(): Task<void> {
    const shell = this.#shell;
    const { status } = shell;
    const action = shell.traps.get('ERR');
    if (action !== undefined && action !== '') {
      yield* this.runText(action, shell.io);
      shell.status = status;
    }
    if (shell.options.errexit) throw new ShellExit(status);
  }

  // Pipelines and jobs

  *#pipeline(pipeline: Pipeline, io: Io): Task {
    const shell = this.#shell;
    const startedMs = shell.process.nowMs();
    const [only] = pipeline.commands;
    let status: number;
    if (only !== undefined && pipeline.commands.length === 1) {
      if (pipeline.negated || pipeline.timed !== undefined) shell.mayExec = false;
      status = yield* this.#command(only, io, pipeline.source);
      if (only.kind === 'simple') shell.variables.setArray('PIPESTATUS', new Map([['0', String(status)]]));
    } else {
      shell.mayExec = false;
      status = yield* this.#pipes(pipeline, io);
    }
    if (pipeline.timed !== undefined)
      yield* writeText(
        errorsOf(io),
        timeReport(shell.process.nowMs() - startedMs, pipeline.timed === 'posix'),
      );
    return pipeline.negated ? (status === 0 ? 1 : 0) : status;
  }

  *#pipes(pipeline: Pipeline, io: Io): Task {
    const shell = this.#shell;
    const { pids, group } = this.#startPipes(pipeline.commands, io, shell.jobControl);
    const codes = yield* this.#foreground({ pids, group, source: pipeline.source });
    if (codes === undefined) return 148;
    const last = pids.at(-1) ?? 0;
    shell.variables.setArray(
      'PIPESTATUS',
      new Map(pids.map((pid, at) => [String(at), String(codes.get(pid) ?? 0)])),
    );
    if (!shell.options.pipefail) return codes.get(last) ?? 0;
    return pids.map((pid) => codes.get(pid) ?? 0).findLast((code) => code !== 0) ?? 0;
  }

  #startPipes(
    commands: readonly Command[],
    io: Io,
    ownGroup: boolean,
  ): { readonly pids: readonly number[]; readonly group: number } {
    const { process } = this.#shell;
    const pids: number[] = [];
    let group: number | undefined;
    let input = io;
    for (const [index, command] of commands.entries()) {
      const pipe = index < commands.length - 1 ? process.pipe() : undefined;
      const commandIo = pipe === undefined ? input : withWriter(input, STDOUT, pipe.write);
      const pid = this.#fork(
        commandIo,
        (child) => child.#command(command, commandIo, ''),
        ownGroup ? (group ?? 'new') : undefined,
      );
      pids.push(pid);
      group ??= ownGroup ? pid : process.group;
      input = pipe === undefined ? io : withReader(io, STDIN, pipe.read);
    }
    return { pids, group: group ?? process.group };
  }

  /** Runs `body` in a child process with a copy of this shell. */
  #fork(io: Io, body: (child: Interpreter) => Task, group?: number | 'new'): number {
    const parent = this.#shell;
    const builtins = this.#builtins;
    return parent.process.fork(
      function* (process) {
        const shell = new Shell(process, { place: parent.place, io, positional: parent.positional, parent });
        shell.loopDepth = parent.loopDepth;
        const child = new Interpreter(shell, builtins);
        shell.mayExec = true;
        for (const [name, action] of parent.traps)
          if (action === '' && name !== 'EXIT' && name !== 'ERR') process.onSignal(name, () => undefined);
        return yield* runToExit(shell, () => body(child));
      },
      { ...childStreams(io), ...(group === undefined ? {} : { group }) },
    );
  }

  *#background(item: AndOr, io: Io): Task {
    const shell = this.#shell;
    const quiet = shell.jobControl ? io : withReader(io, STDIN, { isTty: false, read: () => undefined });
    const single = item.rest.length === 0 ? item.first : undefined;
    let started: { readonly pids: readonly number[]; readonly group: number };
    if (single !== undefined && single.commands.length > 1 && !single.negated)
      started = this.#startPipes(single.commands, quiet, shell.jobControl);
    else {
      const pid = this.#fork(
        quiet,
        (child) => child.runList({ items: [{ ...item, background: false }] }, quiet),
        shell.jobControl ? 'new' : undefined,
      );
      started = { pids: [pid], group: shell.jobControl ? pid : shell.process.group };
    }
    const job = addJob(shell, { ...started, source: item.source, state: 'running' });
    shell.lastBackgroundPid = started.pids.at(-1);
    if (shell.jobControl) yield* writeText(errorsOf(io), `[${job.id}] ${shell.lastBackgroundPid}\n`);
    shell.status = 0;
    return 0;
  }

  /** Waits for processes in the foreground of the terminal; undefined when they were stopped. */
  *#foreground(options: {
    readonly pids: readonly number[];
    readonly group: number;
    readonly source: string;
  }): Task<ReadonlyMap<number, number> | undefined> {
    const shell = this.#shell;
    const job: Job = {
      id: 0,
      pids: options.pids,
      group: options.group,
      source: options.source,
      state: 'running',
      codes: new Map(),
      status: 0,
    };
    yield* waitInForeground(shell, job);
    if (job.state !== 'stopped') return job.codes;
    const kept = addJob(shell, {
      pids: job.pids,
      group: job.group,
      source: job.source,
      state: 'stopped',
      codes: job.codes,
    });
    yield* writeText(errorsOf(shell.io), `\n${describeJob(shell, kept)}\n`);
    return undefined;
  }

  // Commands

  *#command(command: Command, io: Io, source: string): Task {
    const shell = this.#shell;
    yield* shell.step();
    switch (command.kind) {
      case 'function':
        shell.functions.set(command.name, command.body);
        return 0;
      case 'simple':
        shell.line = command.line;
        return yield* this.#guarded(io, () => this.#substituting(() => this.#simple(command, io, source)));
      case 'compound': {
        shell.line = command.line;
        shell.mayExec = false;
        return yield* this.#guarded(io, () => this.#substituting(() => this.#withRedirects(command, io)));
      }
    }
  }

  *#substituting(run: () => Task): Task {
    const before = this.#substituted.length;
    try {
      return yield* run();
    } finally {
      this.#forgetSubstituted(before);
    }
  }

  *#withRedirects(command: Command & { readonly kind: 'compound' }, io: Io): Task {
    const redirected =
      command.redirects.length === 0 ? io : yield* this.#redirector.apply(command.redirects, io);
    return redirected === undefined ? 1 : yield* this.#compound(command.body, redirected);
  }

  /** Turns the failures of expansions and writes into messages and statuses. */
  *#guarded(io: Io, run: () => Task): Task {
    const shell = this.#shell;
    try {
      return yield* run();
    } catch (error) {
      if (error instanceof ExpansionFailure) {
        yield* shell.complain(error.message, io);
        shell.status = 1;
        if (error.fatal && !shell.place.interactive)
          throw new ShellExit(shell.place.dialect === 'sh' ? 2 : 127);
        throw new Discarded();
      }
      if (error instanceof SyntaxProblem) {
        yield* shell.complain(error.message, io);
        return 1;
      }
      if (error instanceof StreamFailure) {
        yield* shell.complain(`write error: ${errnoText(error.errno)}`, io);
        return 1;
      }
      throw error;
    }
  }

  *#compound(body: Compound, io: Io): Task {
    switch (body.kind) {
      case 'group':
        return yield* this.runList(body.body, io);
      case 'subshell':
        return yield* this.#subshell(body.body, io);
      case 'if':
        return yield* this.#if(body, io);
      case 'for':
        return yield* this.#loops.for(body, io);
      case 'select':
        return yield* this.#loops.select(body, io);
      case 'arithmetic-for':
        return yield* this.#loops.arithmeticFor(body, io);
      case 'while':
        return yield* this.#loops.while(body, io);
      case 'case':
        return yield* this.#loops.case(body, io);
      case 'arithmetic':
        return (yield* this.#expander.arithmetic(body.expression, io)) === 0n ? 1 : 0;
      case 'test':
        return yield* evaluateCondition(this.#shell, this.#expander, body.expression, io);
    }
  }

  *#subshell(list: List, io: Io): Task {
    const { jobControl } = this.#shell;
    const pid = this.#fork(io, (child) => child.runList(list, io), jobControl ? 'new' : undefined);
    const codes = yield* this.#foreground({
      pids: [pid],
      group: jobControl ? pid : this.#shell.process.group,
      source: '( … )',
    });
    return codes === undefined ? 148 : (codes.get(pid) ?? 0);
  }

  *held(list: List, io: Io): Task {
    this.#shell.errexitHeld++;
    try {
      return yield* this.runList(list, io);
    } finally {
      this.#shell.errexitHeld--;
    }
  }

  *#if(body: Compound & { readonly kind: 'if' }, io: Io): Task {
    for (const branch of body.branches) {
      if ((yield* this.held(branch.condition, io)) === 0) return yield* this.runList(branch.body, io);
    }
    return body.otherwise === undefined ? 0 : yield* this.runList(body.otherwise, io);
  }

  // Simple commands

  *#simple(command: Simple, io: Io, source: string): Task {
    const shell = this.#shell;
    const { mayExec } = shell;
    shell.mayExec = false;
    const argv = yield* this.#argv(command, io);
    shell.substitutionStatus = argv.length === 0 ? 0 : shell.substitutionStatus;
    const name = argv[0];
    if (name === undefined) return yield* this.#assignmentsOnly(command, io);
    const builtin = shell.functions.has(name) ? undefined : this.#builtins.get(name);
    if (command.declared !== undefined && command.declared.length > 0)
      argv.push(
        ...(name === 'export' || name === 'readonly' ? [] : ['-a']),
        ...command.declared.map((array) => array.name),
      );
    // A readonly array has its values first.
    if (name === 'readonly')
      for (const array of command.declared ?? []) yield* assignArray(shell, this.#expander, array, io);
    const redirected =
      command.redirects.length === 0 ? io : yield* this.#redirector.apply(command.redirects, io);
    if (redirected === undefined) return 1;
    const assignments = yield* this.#assignments(command, io);
    yield* this.#trace(
      [
        ...assignments.map(([variable, value]) => `${variable}=${quoteForTrace(value)}`),
        ...argv.map(quoteForTrace),
      ],
      io,
    );
    if (name === 'exec' && argv.length === 1) shell.io = redirected;
    if (builtin !== undefined && SPECIAL_BUILTINS.has(name)) {
      for (const [variable, value] of assignments) assignVariable(shell, variable, value);
      return yield* this.#runBuiltin(builtin, argv, redirected);
    }
    const before = assignments.map(([variable]) => [variable, shell.variables.get(variable)] as const);
    for (const [variable, value] of assignments) {
      assignVariable(shell, variable, value);
      shell.variables.mark(variable, { exported: true });
    }
    try {
      if (builtin !== undefined) {
        const status = yield* this.#runBuiltin(builtin, argv, redirected);
        if (name !== 'readonly')
          for (const array of command.declared ?? []) yield* assignArray(shell, this.#expander, array, io);
        return status;
      }
      // What stands for `<(…)` goes with this shell.
      shell.mayExec = mayExec && this.#substituted.length === 0;
      return yield* this.#dispatch(argv, redirected, source, true);
    } finally {
      for (const [variable, value] of before) restore(shell, variable, value);
    }
  }

  /** A builtin that cannot assign says so and fails; the line goes on. */
  *#runBuiltin(builtin: Builtin, argv: readonly string[], io: Io): Task {
    try {
      return yield* builtin(this.#shell, argv, io);
    } catch (error) {
      if (!(error instanceof ExpansionFailure) || error.fatal) throw error;
      yield* this.#shell.complain(error.message, io);
      return 1;
    }
  }

  *#argv(command: Simple, io: Io): Task<string[]> {
    const [first] = command.words;
    if (first === undefined) return [];
    if (!DECLARATIONS.has(first.raw)) return yield* this.#expander.words(command.words, io);
    const argv = [first.raw];
    for (const word of command.words.slice(1)) {
      if (/^[A-Za-z_][A-Za-z0-9_]*\+?=/.test(word.raw)) argv.push(yield* this.#expander.single(word, io));
      else argv.push(...(yield* this.#expander.fields(word, io)));
    }
    return argv;
  }

  *#assignments(command: Simple, io: Io): Task<(readonly [string, string])[]> {
    const result: (readonly [string, string])[] = [];
    for (const { name, append, value } of command.assignments) {
      const text = yield* this.#expander.single(value, io);
      result.push([name, append ? (this.#shell.variables.value(name) ?? '') + text : text]);
    }
    return result;
  }

  *#assignmentsOnly(command: Simple, io: Io): Task {
    const shell = this.#shell;
    shell.substitutionStatus = 0;
    for (const assignment of command.assignments) {
      if (assignment.elements !== undefined) {
        yield* assignArray(shell, this.#expander, assignment, io);
        continue;
      }
      const { append, value, subscript } = assignment;
      const name =
        subscript === undefined
          ? assignment.name
          : `${assignment.name}[${yield* this.#expander.subscriptKey(assignment.name, subscript, io)}]`;
      if (subscript !== undefined) {
        const text = yield* this.#expander.single(value, io);
        assignVariable(shell, name, append ? (parameterValue(shell, name) ?? '') + text : text);
        continue;
      }
      const text = yield* this.#expander.single(value, io);
      const old = append ? (shell.variables.value(name) ?? '') : '';
      const integer = append && shell.variables.get(name)?.integer === true;
      yield* this.#trace([`${name}=${quoteForTrace(old + text)}`], io);
      assignVariable(shell, name, integer ? `${old === '' ? '0' : old}+(${text})` : old + text);
    }
    if (command.redirects.length > 0 && (yield* this.#redirector.apply(command.redirects, io)) === undefined)
      return 1;
    return shell.substitutionStatus;
  }

  *#trace(words: readonly string[], io: Io): Task<void> {
    if (this.#shell.options.xtrace)
      yield* writeText(errorsOf(io), `${this.#shell.variables.value('PS4') ?? '+ '}${words.join(' ')}\n`);
  }

  *runArgv(argv: readonly string[], io: Io, options: { readonly functions: boolean }): Task {
    const builtin = this.#builtins.get(argv[0] ?? '');
    if (builtin !== undefined && !(options.functions && this.#shell.functions.has(argv[0] ?? '')))
      return yield* this.#runBuiltin(builtin, argv, io);
    return yield* this.#dispatch(argv, io, argv.join(' '), options.functions);
  }

  /** A function or a program. */
  *#dispatch(argv: readonly string[], io: Io, source: string, functions: boolean): Task {
    const shell = this.#shell;
    const body = functions ? shell.functions.get(argv[0] ?? '') : undefined;
    if (body !== undefined) return yield* this.#call(argv, body, io);
    return yield* this.#external(argv, io, source);
  }

  *#call(argv: readonly string[], body: Command, io: Io): Task {
    const shell = this.#shell;
    if (shell.callDepth >= MAX_CALL_DEPTH)
      throw new ExpansionFailure(
        `${argv[0] ?? ''}: maximum function nesting level exceeded (${MAX_CALL_DEPTH})`,
        true,
      );
    const { positional, loopDepth } = shell;
    shell.mayExec = false;
    shell.positional = argv.slice(1);
    shell.functionNames.push(argv[0] ?? '');
    shell.callDepth++;
    shell.loopDepth = 0;
    shell.variables.enter();
    try {
      return yield* this.#command(body, io, '');
    } catch (error) {
      if (error instanceof FunctionReturn) return error.exitCode;
      throw error;
    } finally {
      shell.variables.leave();
      shell.functionNames.pop();
      shell.callDepth--;
      shell.loopDepth = loopDepth;
      shell.positional = positional;
    }
  }

  *#external(argv: readonly string[], io: Io, source: string): Task {
    const shell = this.#shell;
    const { process } = shell;
    const options = { argv, env: shell.variables.exported(), cwd: process.cwd, ...childStreams(io) };
    if (
      shell.mayExec &&
      shell.traps.size === 0 &&
      shell.pendingTraps.length === 0 &&
      shell.jobs.length === 0
    ) {
      const replaced = process.exec(options);
      if (replaced.ok) throw new ShellExit(0);
      return yield* notStarted(shell, argv[0] ?? '', replaced.reason, io);
    }
    const spawned = process.spawn({ ...options, ...(shell.jobControl ? { group: 'new' as const } : {}) });
    if (!spawned.ok) return yield* notStarted(shell, argv[0] ?? '', spawned.reason, io);
    const codes = yield* this.#foreground({
      pids: [spawned.pid],
      group: shell.jobControl ? spawned.pid : process.group,
      source: source === '' ? argv.join(' ') : source,
    });
    return codes === undefined ? 148 : (codes.get(spawned.pid) ?? 0);
  }

  // Process substitution

  processStream(list: List, direction: 'in' | 'out', io: Io): ReadStream | WriteStream {
    const pipe = this.#shell.process.pipe();
    const childIo =
      direction === 'in' ? withWriter(io, STDOUT, pipe.write) : withReader(io, STDIN, pipe.read);
    this.#shell.lastBackgroundPid = this.#fork(childIo, (child) => child.runList(list, childIo));
    return direction === 'in' ? pipe.read : pipe.write;
  }

  /** Files are read as they are at that moment, so the command runs to its end first. */
  *processFile(list: List, direction: 'in' | 'out', io: Io): Task<string> {
    if (direction === 'out')
      throw new ExpansionFailure('>( ) stands only behind a redirection in this simulation, as in > >( )');
    const { process } = this.#shell;
    const stream = this.processStream(list, direction, io) as ReadStream;
    const data = yield* readAll(stream);
    const path = `/dev/fd/${FIRST_SUBSTITUTED_DESCRIPTOR - this.#substituted.length}`;
    const written = process.fs.writeFile(path, data);
    if (!written.ok)
      throw new ExpansionFailure(`cannot make pipe for process substitution: ${errnoText(written.errno)}`);
    this.#substituted.push(path);
    return path;
  }

  /** The files of `<(…)` last as long as the command that names them. */
  #forgetSubstituted(count: number): void {
    for (const path of this.#substituted.splice(count)) this.#shell.process.fs.remove(path);
  }

  // Command substitution

  *substitute(list: List, io: Io): Task<string> {
    const shell = this.#shell;
    const { process } = shell;
    const pipe = process.pipe();
    const childIo = withWriter(io, STDOUT, pipe.write);
    const pid = this.#fork(childIo, (child) => child.runList(list, childIo));
    return yield* collectOutput(shell, pid, pipe.read);
  }
}

function restore(shell: Shell, name: string, before: Variable | undefined): void {
  shell.variables.restore(name, before);
}

/** Runs a shell's work up to its exit code: the end of every subshell and of the shell itself. */
export function* runToExit(shell: Shell, run: () => Task): Task {
  let exitCode: number;
  try {
    exitCode = yield* run();
  } catch (error) {
    if (error instanceof ShellExit || error instanceof FunctionReturn) exitCode = error.exitCode;
    else if (error instanceof Interrupted) exitCode = signalExitCode('SIGINT');
    else if (error instanceof LoopJump) exitCode = 0;
    else if (error instanceof Discarded) exitCode = 1;
    else throw error;
  }
  return yield* shell.runExitTrap(exitCode);
}

/** A shell over this process, ready to run texts. */
export function newShell(
  process: Process,
  options: {
    readonly place: Shell['place'];
    readonly positional: readonly string[];
    readonly builtins: ReadonlyMap<string, Builtin>;
  },
): { readonly shell: Shell; readonly interpreter: Interpreter } {
  const shell = new Shell(process, {
    place: options.place,
    positional: options.positional,
    io: standardIo(process),
  });
  return { shell, interpreter: new Interpreter(shell, options.builtins) };
}
