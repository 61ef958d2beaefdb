import { isCalled } from '../command/command.ts';
import type { Command, Invocation } from '../command/command.ts';
import type { Step } from '../command/step.ts';
import { fail } from '../failure.ts';
import { PLUGIN, PLUGIN_LIST } from '../surface/settings.ts';
import { errnoText } from '../values/errno-text.ts';
import { goQuote } from '../values/go-text.ts';
import { baseName, joinPath } from '../values/path.ts';

const EXECUTABLE = 0o111;
const PREFIX = 'kubectl-';

/** Programs of $PATH whose names make them plugins. */
function pluginPaths({ session }: Invocation): readonly string[] {
  const { env, fs } = session.process;
  const found: string[] = [];
  for (const directory of new Set((env.get('PATH') ?? '').split(':'))) {
    if (directory.trim() === '') continue;
    const listed = fs.list(session.path(directory));
    if (!listed.ok) {
      session.err(
        `Unable to read directory ${goQuote(directory)} from your PATH: open ${directory}: ${errnoText(listed.errno)}. Skipping...\n`,
      );
      continue;
    }
    for (const name of [...listed.value].sort()) {
      const path = joinPath(directory, name);
      const info = fs.lstat(session.path(path));
      if (name.startsWith(PREFIX) && info.ok && info.value.kind !== 'directory') found.push(path);
    }
  }
  return found;
}

/** What keeps a plugin from being run under its name. */
function warningsFor(
  { session }: Invocation,
  path: string,
  seen: Map<string, string>,
  commands: readonly Command[],
): readonly string[] {
  const warnings: string[] = [];
  const name = baseName(path);
  const info = session.process.fs.stat(session.path(path));
  if (!info.ok)
    warnings.push(
      `error: unable to identify ${path} as an executable file: stat ${path}: ${errnoText(info.errno)}`,
    );
  else if ((info.value.mode & EXECUTABLE) === 0)
    warnings.push(`warning: ${path} identified as a kubectl plugin, but it is not executable`);
  const earlier = seen.get(name);
  if (earlier === undefined) seen.set(name, path);
  else warnings.push(`warning: ${path} is overshadowed by a similarly named plugin: ${earlier}`);
  let found: Command | undefined;
  let called = 'kubectl';
  let level = commands;
  for (const word of name.split('-').slice(1)) {
    const next = level.find((command) => isCalled(command, word));
    if (next === undefined) break;
    found = next;
    called += ` ${word}`;
    level = next.subcommands ?? [];
  }
  if (found !== undefined) warnings.push(`warning: ${name} overwrites existing command: ${goQuote(called)}`);
  return warnings;
}

/** `kubectl plugin`, which must know the other commands: a plugin can't take the place of one. */
export function pluginCommand(commands: () => readonly Command[]): Command {
  const list: Command = {
    ...PLUGIN_LIST,
    long: `List the programs on your PATH that kubectl runs as commands of its own: executables whose names begin with "kubectl-".`,
    examples: [['Every plugin that kubectl finds', 'kubectl plugin list']],
    run: (invocation) => listPlugins(invocation, commands()),
  };
  return {
    ...PLUGIN,
    long: `Look at the plugins on this machine.

 A program named kubectl-NAME on your PATH runs when you type kubectl NAME.`,
    examples: [
      ['Every plugin that kubectl finds', 'kubectl plugin list'],
      ['Their names alone', 'kubectl plugin list --name-only'],
    ],
    subcommands: [list],
    group: 'stderr',
  };
}

function* listPlugins(invocation: Invocation, commands: readonly Command[]): Step {
  const { session, flags } = invocation;
  const paths = pluginPaths(invocation);
  const problems: string[] = [];
  if (paths.length > 0) session.out('The following compatible plugins are available:\n\n');
  else problems.push('error: unable to find any kubectl plugins in your PATH');
  const seen = new Map<string, string>();
  let warnings = 0;
  for (const path of paths) {
    session.out(`${flags.toggle('name-only') ? baseName(path) : path}\n`);
    for (const warning of warningsFor(invocation, path, seen, commands)) {
      session.err(`  - ${warning}\n`);
      warnings += 1;
    }
  }
  if (warnings === 1) problems.push('error: one plugin warning was found');
  else if (warnings > 1) problems.push(`error: ${warnings} plugin warnings were found`);
  if (problems.length > 0) fail(`${problems.join('\n')}\n`);
  return undefined;
}
