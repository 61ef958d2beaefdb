import type { CommandResult } from '@podwire/grader';
import type { ExecHandle } from '@podwire/machine';
import { utf8Decode } from '@podwire/sim';

/** What is kept of a command's output; a check has seen enough by then. */
export const MAX_OUTPUT_CHARS = 65_536;

/** Collects what a command prints, and its end. */
export function collect(handle: ExecHandle): {
  readonly result: () => Extract<CommandResult, { kind: 'ended' }> | undefined;
  readonly output: () => string;
} {
  let output = '';
  let exitCode: number | undefined;
  const take = (data: Uint8Array): void => {
    if (output.length < MAX_OUTPUT_CHARS) output += utf8Decode(data);
  };
  handle.onStdout(take);
  handle.onStderr(take);
  handle.onExit((code) => (exitCode = code));
  return {
    result: () => (exitCode === undefined ? undefined : { kind: 'ended', exitCode, output }),
    output: () => output,
  };
}
