import type { Command, Invocation } from '../command/command.ts';
import type { Step } from '../command/step.ts';
import { usageFailure } from '../command/run.ts';
import { fail } from '../failure.ts';
import { COMPLETION } from '../surface/settings.ts';
import { goQuote } from '../values/go-text.ts';

const SHELLS = new Set(['bash', 'zsh', 'fish', 'powershell']);

function* run({ args, commandPath, session }: Invocation): Step {
  const [shell] = args;
  if (shell === undefined) throw usageFailure(commandPath, 'Shell not specified.');
  if (args.length > 1) throw usageFailure(commandPath, 'Too many arguments. Expected only the shell type.');
  if (!SHELLS.has(shell)) throw usageFailure(commandPath, `Unsupported shell type ${goQuote(shell)}.`);
  if (shell !== 'bash')
    fail(`there is no ${shell} on this machine: its bash completes kubectl by itself, press Tab`);
  session.out('# Nothing needs to be loaded: bash on this machine completes kubectl by itself. Press Tab.\n');
  return undefined;
}

export const completionCommand: Command = {
  ...COMPLETION,
  long: `Print what a shell must load to complete kubectl's commands, flags and names.

 The bash of this machine does so by itself: press Tab. For it the script is empty, and may be sourced.`,
  examples: [['Load it, as on any other machine', 'eval "$(kubectl completion bash)"']],
  run,
};
