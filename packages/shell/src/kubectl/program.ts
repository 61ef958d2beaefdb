import type { Process, TaskProgram } from '@podwire/machine';
import type { Command } from './command/command.ts';
import type { Step } from './command/step.ts';
import { run } from './command/run.ts';
import type { Program } from './command/run.ts';
import { COMMANDS, GROUPS } from './root.ts';
import { GLOBAL_FLAGS } from './surface/globals.ts';

const ROOT: Command = {
  use: 'kubectl',
  short: 'kubectl controls the Kubernetes cluster manager',
  long: `kubectl controls the Kubernetes cluster manager.

 Find more information at: https://kubernetes.io/docs/reference/kubectl/`,
  showFlagsInUse: true,
  flags: [],
  subcommands: COMMANDS,
  group: 'stdout',
};

/** `kubectl foo` runs `kubectl-foo` when there is such a program. Longer names are tried first. */
function* plugin(process: Process, words: readonly string[]): Step<number | undefined> {
  const flagAt = words.findIndex((word) => word.startsWith('-'));
  const names = (flagAt < 0 ? words : words.slice(0, flagAt)).map((word) => word.replaceAll('-', '_'));
  for (let count = names.length; count > 0; count -= 1) {
    const started = process.spawn({
      argv: [`kubectl-${names.slice(0, count).join('-')}`, ...words.slice(count)],
    });
    if (!started.ok) continue;
    yield { kind: 'exit', pid: started.pid };
    return process.exitCodeOf(started.pid) ?? 1;
  }
  return undefined;
}

export const KUBECTL: Program = { root: ROOT, groups: GROUPS, globals: GLOBAL_FLAGS, plugin };

/** kubectl 1.34 as a program of a simulated machine. */
export const kubectlProgram: TaskProgram = { kind: 'task', run: (process) => run(KUBECTL, process) };
