import { signalExitCode } from '@podwire/machine';
import type { Task, Tty } from '@podwire/machine';
import { utf8Decode, utf8Encode } from '@podwire/sim';
import { builtins } from '../lang/builtins/index.ts';
import { Discarded, FunctionReturn, Interrupted, LoopJump } from '../lang/control.ts';
import { IncompleteError } from '../lang/errors.ts';
import { errorsOf, inputOf } from '../lang/io.ts';
import { describeJob, updateJob } from '../lang/jobs.ts';
import { Parser } from '../lang/parser.ts';
import type { Shell } from '../lang/shell.ts';
import { writeText } from '../stdio/output.ts';
import { argumentCompleters } from './completers.ts';
import { completeLine } from './completion.ts';
import { expandHistory, formatHistory, parseHistory, remember } from './history.ts';
import { LineEditor } from './line-editor.ts';
import { promptText } from './prompt.ts';

/** The longest command that is put together from several lines, characters. */
const MAX_COMMAND_LENGTH = 4 * 1024 * 1024;
const REPARSE_LENGTH = 16_384;

interface LineSource {
  /** A line without its end; 'interrupt' after Ctrl-C; undefined at the end of input. */
  next(prompt: 'PS1' | 'PS2'): Task<{ readonly line: string } | 'interrupt' | undefined>;
  readonly interactive: boolean;
}

/** A session at a prompt: reads commands until `exit` or Ctrl-D. */
export function* runInteractive(shell: Shell, options: { readonly login: boolean }): Task {
  const { process } = shell;
  process.onSignal('SIGINT', () => {
    shell.interrupted = true;
  });
  process.onSignal('SIGQUIT', () => undefined);
  process.onSignal('SIGTERM', () => undefined);
  process.onSignal('SIGTSTP', () => undefined);
  // These only interrupt the wait: a child has stopped, the window has changed.
  process.onSignal('SIGCHLD', () => undefined);
  process.onSignal('SIGWINCH', () => undefined);
  yield* readStartUpFiles(shell, options.login);
  const historyFile = `${shell.variables.value('HOME') ?? ''}/.bash_history`;
  const saved = shell.place.dialect === 'bash' ? process.fs.readFile(historyFile) : undefined;
  if (saved?.ok === true) shell.history.push(...parseHistory(utf8Decode(saved.value)));
  try {
    const { tty } = process;
    const source =
      tty !== undefined && inputOf(shell.io).isTty ? editorSource(shell, tty) : plainSource(shell);
    return yield* commandLoop(shell, source);
  } finally {
    if (shell.place.dialect === 'bash' && shell.history.length > 0)
      process.fs.writeFile(historyFile, utf8Encode(formatHistory(shell.history)));
  }
}

/** Commands from standard input that is not a terminal: each runs before the next is read. */
export function* runFromInput(shell: Shell): Task {
  return yield* commandLoop(shell, { ...plainSource(shell), interactive: false });
}

function* readStartUpFiles(shell: Shell, login: boolean): Task<void> {
  const home = shell.variables.value('HOME') ?? '';
  const environment = shell.variables.value('ENV');
  const files = login ? ['/etc/profile', `${home}/.profile`] : [];
  if (shell.place.dialect === 'bash') files.push('/etc/bash.bashrc', `${home}/.bashrc`);
  else if (environment !== undefined) files.push(environment);
  for (const file of files) {
    const data = shell.process.fs.readFile(file);
    if (!data.ok) continue;
    yield* attempt(shell, () => shell.executor.runText(utf8Decode(data.value), shell.io));
  }
}

/** Runs a command of the session: Ctrl-C and stray jumps come back here. */
function* attempt(shell: Shell, run: () => Task): Task<void> {
  shell.interrupted = false;
  try {
    shell.status = yield* run();
  } catch (error) {
    if (error instanceof Interrupted) {
      if (shell.status === 0) shell.status = signalExitCode('SIGINT');
    } else if (error instanceof Discarded) shell.status = 1;
    else if (error instanceof FunctionReturn) shell.status = error.exitCode;
    else if (!(error instanceof LoopJump)) throw error;
    shell.loopDepth = 0;
    shell.errexitHeld = 0;
  } finally {
    shell.process.tty?.setRaw(false);
    if (shell.jobControl) shell.process.tty?.setForeground(shell.process.group);
  }
}

function* commandLoop(shell: Shell, source: LineSource): Task {
  for (;;) {
    if (shell.jobControl) yield* reportJobs(shell);
    const command = yield* readCommand(shell, source);
    if (command === undefined) {
      if (source.interactive) yield* writeText(errorsOf(shell.io), 'exit\n');
      return shell.status;
    }
    if (command === 'interrupt') {
      shell.status = signalExitCode('SIGINT');
      continue;
    }
    if (command.text.trim() === '') continue;
    if (source.interactive) yield* attempt(shell, () => shell.executor.runText(command.text, shell.io));
    else yield* shell.executor.runText(command.text, shell.io, { firstLine: command.line, script: true });
  }
}

function* reportJobs(shell: Shell): Task<void> {
  for (const job of [...shell.jobs]) {
    updateJob(shell.process, job);
    if (job.state !== 'done') continue;
    yield* writeText(errorsOf(shell.io), `${describeJob(shell, job)}\n`);
    shell.jobs.splice(shell.jobs.indexOf(job), 1);
  }
}

/** Lines until they make a complete command. */
function* readCommand(
  shell: Shell,
  source: LineSource,
): Task<{ readonly text: string; readonly line: number } | 'interrupt' | undefined> {
  let text = '';
  let awaited = '';
  const line = shell.line;
  for (let prompt: 'PS1' | 'PS2' = 'PS1'; ; prompt = 'PS2') {
    const next = yield* source.next(prompt);
    if (next === 'interrupt') return 'interrupt';
    if (next === undefined) return text === '' ? undefined : { text, line };
    const expanded =
      source.interactive && shell.place.dialect === 'bash'
        ? expandHistory(next.line, shell.history)
        : ({ ok: true, line: next.line, changed: false } as const);
    if (!expanded.ok) {
      yield* writeText(errorsOf(shell.io), `${shell.place.name}: ${expanded.event}: event not found\n`);
      return { text: '', line };
    }
    if (expanded.changed) yield* writeText(errorsOf(shell.io), `${expanded.line}\n`);
    text += `${expanded.line}\n`;
    if (text.length <= MAX_COMMAND_LENGTH) {
      // A long text is parsed again only when what it waits for may have come: a paste stays linear.
      if (text.length > REPARSE_LENGTH && awaited !== '' && !expanded.line.includes(awaited)) continue;
      awaited = missingPart(shell, text) ?? '';
    }
    if (awaited === '' || text.length > MAX_COMMAND_LENGTH) {
      if (source.interactive) remember(shell.history, text);
      return { text, line };
    }
  }
}

/** What the text lacks to be complete commands; undefined when it lacks nothing. */
function missingPart(shell: Shell, text: string): string | undefined {
  if (/(?:^|[^\\])(?:\\\\)*\\\n$/.test(text)) return '\n';
  try {
    new Parser(text, { dialect: shell.place.dialect, aliases: shell.aliases }).whole();
    return undefined;
  } catch (error) {
    // What is wrong, is complete: running it says what is wrong.
    return error instanceof IncompleteError ? error.awaited : undefined;
  }
}

function editorSource(shell: Shell, tty: Tty): LineSource {
  const editor = new LineEditor({
    process: shell.process,
    tty,
    history: shell.history,
    complete: (before) =>
      completeLine(before, { shell, builtinNames: [...builtins.keys()], completers: argumentCompleters }),
  });
  return {
    interactive: true,
    *next(which) {
      const outcome = yield* editor.read(yield* promptText(shell, which));
      return outcome.kind === 'line'
        ? { line: outcome.text }
        : outcome.kind === 'interrupt'
          ? 'interrupt'
          : undefined;
    },
  };
}

/** Without a terminal: prompts on standard error, lines byte by byte so that commands find the rest of the input. */
function plainSource(shell: Shell): LineSource {
  const { interactive } = shell.place;
  return {
    interactive,
    *next(which) {
      if (interactive)
        yield* writeText(errorsOf(shell.io), (yield* promptText(shell, which)).replace(/[\x01\x02]/g, ''));
      const bytes: number[] = [];
      const stream = inputOf(shell.io);
      for (;;) {
        const data = stream.read(1);
        if (data === undefined) {
          if (bytes.length === 0) return undefined;
          break;
        }
        const [byte] = data;
        if (byte === undefined) {
          yield { kind: 'readable', stream };
          if (shell.pendingTraps.length > 0) yield* shell.attend();
        } else if (byte === 10) break;
        else if (bytes.length < MAX_COMMAND_LENGTH) bytes.push(byte);
      }
      return { line: utf8Decode(Uint8Array.from(bytes)) };
    },
  };
}
