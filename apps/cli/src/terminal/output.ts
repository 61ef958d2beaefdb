import process from 'node:process';
import { styleText } from 'node:util';

/** What a command writes to. Colours only where a person looks, and never with NO_COLOR (no-color.org). */
export interface Output {
  readonly out: (text: string) => void;
  readonly err: (text: string) => void;
  readonly paint: Paint;
  /** Whether standard error is a terminal: progress is shown there alone. */
  readonly interactive: boolean;
}

export type Colour = 'red' | 'green' | 'yellow' | 'cyan' | 'dim' | 'bold';
export type Paint = (colour: Colour, text: string) => string;

export function terminalOutput(): Output {
  const { stdout, stderr, env } = process;
  const forced = env['FORCE_COLOR'] !== undefined && env['FORCE_COLOR'] !== '0';
  const colourful = (env['NO_COLOR'] ?? '') === '' && (forced || (stdout.isTTY && env['TERM'] !== 'dumb'));
  return {
    out: (text) => void stdout.write(`${text}\n`),
    err: (text) => void stderr.write(`${text}\n`),
    paint: colourful ? (colour, text) => styleText(colour, text) : (_colour, text) => text,
    interactive: stderr.isTTY && env['CI'] === undefined,
  };
}

/** Exit codes: the same for every command. */
export const EXIT = {
  ok: 0,
  /** The command ran, and what it looked at has mistakes or fails. */
  failed: 1,
  /** The command was not used as it can be: an unknown option, a file that is not there. */
  usage: 2,
  /** A mistake of ours. */
  internal: 70,
} as const;
export type ExitCode = (typeof EXIT)[keyof typeof EXIT];

/** `1 error`, `2 errors`. */
export function plural(count: number, word: string): string {
  return `${count} ${word}${count === 1 ? '' : 's'}`;
}

/** What a caught value says: of an error its message, with where it came from when that is a mistake of ours. */
export function messageOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}

export function stackOf(error: unknown): string {
  return error instanceof Error ? (error.stack ?? error.message) : String(error);
}
