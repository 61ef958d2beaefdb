import type { Session } from '../session.ts';
import type { CommandSurface } from '../surface/flag.ts';
import type { FlagValues } from './flag-values.ts';
import type { Step } from './step.ts';

/** One run of one command. */
export interface Invocation {
  /** `kubectl create deployment`. */
  readonly commandPath: string;
  readonly args: readonly string[];
  readonly argsBeforeDash: number;
  readonly flags: FlagValues;
  readonly session: Session;
  /** The command's own help page, for mistakes that are answered with it. */
  readonly help: () => string;
}

export interface Command extends CommandSurface {
  /** Paragraphs behind the first, as the help page prints them. */
  readonly long?: string;
  /** Wrong flags end with this exit code; `diff` keeps 1 for differences. */
  readonly flagErrorCode?: number;
  /** Takes the place of the help page, on standard error. */
  readonly helpNotice?: string;
  /** What to type, with a word on what for. */
  readonly examples?: readonly (readonly [purpose: string, line: string])[];
  readonly subcommands?: readonly Command[];
  readonly run?: (invocation: Invocation) => Step;
  /** Where a group prints its help when it is called without a subcommand. */
  readonly group?: 'stdout' | 'stderr';
}

export function nameOf(command: CommandSurface): string {
  return command.use.split(' ', 1)[0] ?? '';
}

export function isCalled(command: CommandSurface, word: string): boolean {
  return nameOf(command) === word || (command.aliases?.includes(word) ?? false);
}
