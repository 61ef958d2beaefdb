import type { Process } from '@podwire/machine';
import { Failure, report } from '../failure.ts';
import type { Problem } from '../failure.ts';
import { Session } from '../session.ts';
import type { Flag } from '../surface/flag.ts';
import { isCalled, nameOf } from './command.ts';
import type { Command } from './command.ts';
import type { Step } from './step.ts';
import { FlagValues } from './flag-values.ts';
import { helpText, usageText, wrapColumns } from './help.ts';
import type { CommandGroup } from './help.ts';
import { parseArguments } from './parse.ts';
import { suggestionsFor } from './suggest.ts';

export interface Program {
  readonly root: Command;
  readonly groups: readonly CommandGroup[];
  /** Flags that every command takes. */
  readonly globals: readonly Flag[];
  /** Commands of plugins on $PATH: their exit code, or undefined when there is no such plugin. */
  readonly plugin: (process: Process, words: readonly string[]) => Step<number | undefined>;
}

interface Resolved {
  readonly command: Command;
  /** `kubectl create deployment`. */
  readonly commandPath: string;
  /** The words left when the command's names are taken out. */
  readonly words: readonly string[];
}

/** A command's own flags hide global ones of the same name. */
export function flagsOf(program: Program, command: Command): readonly Flag[] {
  const own = new Set(command.flags.map((flag) => flag.name));
  return [...program.globals.filter((flag) => !own.has(flag.name)), ...command.flags];
}

/** Whether the word is a flag that takes the next word for its value. */
function takesNext(word: string, flags: readonly Flag[]): boolean {
  if (word.startsWith('--')) {
    if (word.includes('=')) return false;
    return flags.find((flag) => flag.name === word.slice(2))?.bare === undefined;
  }
  return word.length === 2 && flags.find((flag) => flag.shorthand === word.slice(1))?.bare === undefined;
}

/** Where the first word stands that is neither a flag nor a flag's value; -1 when there is none. */
function firstArgument(words: readonly string[], flags: readonly Flag[]): number {
  for (let i = 0; i < words.length; i += 1) {
    const word = words[i] ?? '';
    if (word === '--') return -1;
    if (word.startsWith('-') && word.length > 1) {
      if (word === '-h' || word === '--help') continue;
      if (takesNext(word, flags)) i += 1;
    } else if (word !== '') {
      return i;
    }
  }
  return -1;
}

export function resolve(program: Program, words: readonly string[]): Resolved {
  let command = program.root;
  let commandPath = nameOf(command);
  let left = words;
  for (;;) {
    const at = firstArgument(left, flagsOf(program, command));
    const word = left[at];
    const next = word === undefined ? undefined : command.subcommands?.find((sub) => isCalled(sub, word));
    if (next === undefined) return { command, commandPath, words: left };
    command = next;
    commandPath += ` ${nameOf(next)}`;
    left = [...left.slice(0, at), ...left.slice(at + 1)];
  }
}

function limitFor(process: Process): number {
  return process.stdout.isTty && process.tty !== undefined ? wrapColumns(process.tty.columns) : 0;
}

function pageFor(
  program: Program,
  process: Process,
  command: Command,
  commandPath: string,
): Parameters<typeof helpText>[0] {
  return {
    command,
    commandPath,
    limit: limitFor(process),
    ...(command === program.root ? { groups: program.groups } : {}),
  };
}

/** One run of kubectl. */
export function* run(program: Program, process: Process): Step<number> {
  const words = process.argv.slice(1);
  const resolved = resolve(program, words);
  const flags = flagsOf(program, resolved.command);
  const parsed = parseArguments(resolved.words, flags);
  const session = new Session(process, parsed.ok ? parsed.parsed.flags : new FlagValues(flags));
  try {
    return yield* execute(program, session, resolved, parsed, words);
  } catch (error) {
    if (!(error instanceof Failure)) throw error;
    return finish(session, error.problem);
  } finally {
    yield* session.output.flush();
  }
}

function finish(session: Session, problem: Problem): number {
  const { text, code } = report(problem);
  session.err(text);
  return code;
}

function* execute(
  program: Program,
  session: Session,
  resolved: Resolved,
  parsed: ReturnType<typeof parseArguments>,
  words: readonly string[],
): Step<number> {
  const { command, commandPath } = resolved;
  const { process } = session;
  if (command === program.root) {
    const at = firstArgument(words, program.globals);
    const word = words[at];
    if (word === 'help')
      return help(
        program,
        session,
        words.slice(at + 1).filter((each) => !each.startsWith('-')),
      );
    if (word !== undefined) {
      if (words[0]?.startsWith('-') === true)
        return finish(session, {
          kind: 'exit',
          code: 1,
          text: `Error: flags cannot be placed before plugin name: ${words[0]}`,
        });
      const code = yield* program.plugin(process, words);
      if (code !== undefined) return code;
      const suggestions = suggestionsFor(word, command.subcommands ?? []).map((name) => `\t${name}\n`);
      const hint = suggestions.length === 0 ? '' : `\n\nDid you mean this?\n${suggestions.join('')}`;
      return finish(session, { kind: 'plain', message: `unknown command "${word}" for "kubectl"${hint}` });
    }
  }
  for (const notice of parsed.ok ? parsed.parsed.notices : parsed.notices) session.err(`${notice}\n`);
  if (!parsed.ok) {
    if (command.flagErrorCode !== undefined) {
      const { text } = report(usageFailure(commandPath, parsed.message).problem);
      return finish(session, { kind: 'exit', code: command.flagErrorCode, text });
    }
    const hint =
      nameOf(command) === 'options'
        ? `Run '${commandPath}' without flags.`
        : `See '${commandPath} --help' for usage.`;
    return finish(session, { kind: 'plain', message: `${parsed.message}\n${hint}` });
  }
  const page = pageFor(program, process, command, commandPath);
  if (parsed.parsed.help || command === program.root) {
    if (command.helpNotice !== undefined) session.err(command.helpNotice);
    else session.out(command.use === 'options' ? '' : helpText(page));
    return 0;
  }
  const { args, argsBeforeDash } = parsed.parsed;
  if (command.group !== undefined) {
    if (args.length > 0) throw usageFailure(commandPath, `unknown command "${args.join(' ')}"`);
    if (command.group === 'stdout') session.out(helpText(page));
    else session.err(helpText(page));
    return 1;
  }
  if (command.run === undefined) throw new Error(`${commandPath} does nothing`);
  yield* command.run({
    commandPath,
    args,
    argsBeforeDash,
    flags: session.flags,
    session,
    help: () => helpText(page),
  });
  return warningsCode(session);
}

function warningsCode(session: Session): number {
  const count = session.warningCount();
  if (count === 0 || !session.flags.toggle('warnings-as-errors')) return 0;
  return finish(session, {
    kind: 'plain',
    message: count === 1 ? '1 warning received' : `${count} warnings received`,
  });
}

/** `kubectl help get`. */
function help(program: Program, session: Session, words: readonly string[]): number {
  const { command, commandPath } = resolve(program, words);
  const page = pageFor(program, session.process, command, commandPath);
  const [word] = words;
  if (word !== undefined && command === program.root) {
    session.err(`Unknown help topic [\`${words.join(' ')}\`]\n${usageText(page)}`);
    return 0;
  }
  session.out(helpText(page));
  return 0;
}

/** A mistake in the use of a command, with where to read on. */
export function usageFailure(commandPath: string, message: string): Failure {
  return new Failure({ kind: 'plain', message: `${message}\nSee '${commandPath} -h' for help and examples` });
}
