import type { Process, ReadStream, Signal, Task, Wait, WriteStream } from '@podwire/machine';
import { writeText } from '../stdio/output.ts';
import type { Command, List } from './ast.ts';
import { Interrupted, ShellExit } from './control.ts';
import { errorsOf } from './io.ts';
import type { Io } from './io.ts';
import type { Job } from './job.ts';
import { Variables } from './variables.ts';

export type Dialect = 'bash' | 'sh';

/** `set -e` and its kin, by the names of `set -o`. */
export interface ShellOptions {
  errexit: boolean;
  nounset: boolean;
  xtrace: boolean;
  pipefail: boolean;
  noglob: boolean;
  noexec: boolean;
  verbose: boolean;
  noclobber: boolean;
  allexport: boolean;
}

export interface RunOptions {
  /** A file: an expansion that fails drops its line only. */
  readonly script?: boolean;
  readonly firstLine?: number;
  /** The shell ends after this text, so its last command may take its place. */
  readonly mayExec?: boolean;
}

/** What runs programs, as the builtins and expansions see it. */
export interface Executor {
  runText(text: string, io: Io, options?: RunOptions): Task;
  runList(list: List, io: Io): Task;
  runArgv(argv: readonly string[], io: Io, options: { readonly functions: boolean }): Task;
  substitute(list: List, io: Io): Task<string>;
  /** Runs what stands in `<(…)` or `>(…)`, and names the file that stands for it. */
  processFile(list: List, direction: 'in' | 'out', io: Io): Task<string>;
  /** The same where a redirection names it: the stream itself. */
  processStream(list: List, direction: 'in' | 'out', io: Io): ReadStream | WriteStream;
  /** Whether this is a builtin's name. */
  isBuiltin(name: string): boolean;
}

export type TrapName = Signal | 'EXIT' | 'ERR';

/** How a command is named in front of a message. */
export interface ShellPlace {
  readonly dialect: Dialect;
  /** `$0`. */
  readonly name: string;
  readonly interactive: boolean;
  /** Whether messages carry line numbers: scripts and `bash -c`. */
  readonly numbered: boolean;
  /** The program is the argument of `-c`. */
  readonly fromArgument: boolean;
}

/** The state of one shell process. */
export class Shell {
  readonly process: Process;
  readonly place: ShellPlace;
  readonly variables: Variables;
  readonly functions: Map<string, Command>;
  readonly aliases: Map<string, string>;
  readonly options: ShellOptions;
  positional: readonly string[];
  readonly traps = new Map<TrapName, string>();
  readonly pendingTraps: Signal[] = [];
  readonly jobs: Job[] = [];
  nextJobId = 1;
  status = 0;
  /** Exit code of the last command substitution, for `x=$(false)`. */
  substitutionStatus = 0;
  lastBackgroundPid: number | undefined;
  /** Set by Ctrl-C while the shell itself works. */
  interrupted = false;
  loopDepth = 0;
  callDepth = 0;
  readonly functionNames: string[] = [];
  sourceDepth = 0;
  /** Above zero where a failure is being looked at: `if`, `&&`, `!`. */
  errexitHeld = 0;
  line = 1;
  /** Whether the shell may become its last command (`sh -c`, the sides of a pipeline). */
  mayExec = false;
  subshell = false;
  readonly shellPid: number;
  /** Changed for good by `exec > file`. */
  io: Io;
  /** The lines of history, where the shell is interactive. */
  history: string[] = [];
  previousDirectory: string | undefined;
  readonly startedMs: number;
  #executor: Executor | undefined;

  constructor(
    process: Process,
    options: {
      readonly place: ShellPlace;
      readonly io: Io;
      readonly positional: readonly string[];
      readonly parent?: Shell;
    },
  ) {
    const { parent } = options;
    this.process = process;
    this.startedMs = options.parent?.startedMs ?? process.nowMs();
    this.place = options.place;
    this.io = options.io;
    this.positional = options.positional;
    this.variables = parent?.variables.clone() ?? Variables.fromEnvironment(process.env);
    this.functions = new Map(parent?.functions);
    this.aliases = new Map(parent?.aliases);
    this.options = {
      errexit: false,
      nounset: false,
      xtrace: false,
      pipefail: false,
      noglob: false,
      noexec: false,
      verbose: false,
      noclobber: false,
      allexport: false,
      ...parent?.options,
    };
    this.shellPid = parent?.shellPid ?? process.pid;
    if (parent !== undefined) this.#inherit(parent);
  }

  #inherit(parent: Shell): void {
    this.status = parent.status;
    this.line = parent.line;
    this.callDepth = parent.callDepth;
    this.functionNames.push(...parent.functionNames);
    this.sourceDepth = parent.sourceDepth;
    this.lastBackgroundPid = parent.lastBackgroundPid;
    this.errexitHeld = parent.errexitHeld;
    this.previousDirectory = parent.previousDirectory;
    this.subshell = true;
  }

  /** Whether jobs get process groups of their own, and messages. */
  get jobControl(): boolean {
    return this.place.interactive && !this.subshell;
  }

  get executor(): Executor {
    if (this.#executor === undefined) throw new Error('a shell needs its executor first');
    return this.#executor;
  }

  set executor(executor: Executor) {
    this.#executor = executor;
  }

  /** A message as this shell prints it: `bash: line 3: …`. */
  *complain(text: string, io: Io = this.io): Task<void> {
    yield* writeText(errorsOf(io), `${this.prefix()}${text}\n`);
  }

  prefix(where = ''): string {
    const { dialect, name, numbered, fromArgument } = this.place;
    if (!numbered || (dialect === 'sh' && fromArgument)) return `${name}: `;
    return `${name}: ${where}line ${this.line}: `;
  }

  /** Gives up the processor for a step, and takes what came meanwhile: Ctrl-C, trapped signals. */
  *step(): Task<void> {
    yield { kind: 'step' };
    yield* this.attend();
  }

  *wait(wait: Wait): Task {
    const value = yield wait;
    return value;
  }

  *attend(): Task<void> {
    if (this.interrupted) {
      this.interrupted = false;
      // The line of the ^C ends here.
      yield* writeText(errorsOf(this.io), '\n');
      throw new Interrupted();
    }
    for (let signal = this.pendingTraps.shift(); signal !== undefined; signal = this.pendingTraps.shift()) {
      const action = this.traps.get(signal);
      if (action === undefined || action === '') continue;
      const { status } = this;
      yield* this.executor.runText(action, this.io);
      this.status = status;
    }
  }

  /** Runs the EXIT trap, once. */
  *runExitTrap(exitCode: number): Task {
    const action = this.traps.get('EXIT');
    if (action === undefined || action === '') return exitCode;
    this.traps.delete('EXIT');
    this.status = exitCode;
    try {
      yield* this.executor.runText(action, this.io);
    } catch (error) {
      if (error instanceof ShellExit) return error.exitCode;
      throw error;
    }
    return exitCode;
  }
}
