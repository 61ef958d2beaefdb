import type { Command } from 'commander';
import { factsOf } from '../completion/command-facts.ts';
import { completionScript, SHELLS } from '../completion/scripts.ts';
import { EXIT } from '../terminal/output.ts';
import type { ExitCode, Output } from '../terminal/output.ts';

/** Prints a completion script. */
export function completion(shell: string, program: Command, output: Output): Promise<ExitCode> {
  const known = SHELLS.find((each) => each === shell);
  if (known === undefined) {
    output.err(`podwire completion: "${shell}": one of ${SHELLS.join(', ')}.`);
    return Promise.resolve(EXIT.usage);
  }
  output.out(completionScript(known, factsOf(program)).trimEnd());
  return Promise.resolve(EXIT.ok);
}
