import type { Command } from 'commander';

/** What there is to complete, as the command itself declares it. */
export interface CommandFacts {
  /** `podwire`, `new lab`… without the program's own name in front for sub-commands. */
  readonly path: readonly string[];
  readonly summary: string;
  readonly commands: readonly { readonly name: string; readonly summary: string }[];
  readonly options: readonly OptionFacts[];
}

export interface OptionFacts {
  /** `--json`, `-f`. */
  readonly flags: readonly string[];
  readonly summary: string;
  readonly takesValue: boolean;
  /** The value is the name of a file or folder. */
  readonly takesFile: boolean;
}

const FILE_VALUE = /<(?:file|folder|paths?)\b|\bfolder\b|\bfile\b/;

/** The program's commands, itself first. */
export function factsOf(program: Command): readonly CommandFacts[] {
  const found: CommandFacts[] = [];
  const walk = (command: Command, path: readonly string[]): void => {
    const help = command.createHelp();
    const commands = help
      .visibleCommands(command)
      .filter((each) => each.name() !== 'help')
      .map((each) => ({ name: each.name(), summary: summaryOf(each) }));
    const options = help.visibleOptions(command).map((option): OptionFacts => ({
      flags: [option.short, option.long].filter((flag) => flag !== undefined),
      summary: oneLine(option.description),
      takesValue: option.required || option.optional,
      takesFile: FILE_VALUE.test(option.flags) || option.long === '--kubeconfig',
    }));
    found.push({ path, summary: summaryOf(command), commands, options });
    for (const each of help.visibleCommands(command))
      if (each.name() !== 'help') walk(each, [...path, each.name()]);
  };
  walk(program, []);
  return found;
}

function summaryOf(command: Command): string {
  return oneLine(command.summary() || command.description());
}

function oneLine(text: string): string {
  return text.replaceAll(/\s+/g, ' ').trim();
}
