import type { CommandSurface, Flag } from '../surface/flag.ts';
import { compareText } from '../values/json.ts';
import { nameOf } from './command.ts';
import type { Command } from './command.ts';

/** cobra's minNamePadding, in columns. */
const MIN_NAME_COLUMNS = 11;
/** Flag descriptions stop this many columns before the terminal's edge. */
const FLAG_MARGIN_COLUMNS = 10;

export interface CommandGroup {
  readonly title: string;
  readonly names: readonly string[];
}

/** How wide help is wrapped on a terminal of this width; 0 leaves lines as they are. */
export function wrapColumns(terminalColumns: number): number {
  return [120, 100, 80].find((columns) => terminalColumns >= columns) ?? 0;
}

/** Breaks lines at spaces so that none is wider than `limit` columns. */
export function wrapText(text: string, limit: number): string {
  if (limit <= 0) return text;
  let out = '';
  let word = '';
  let space = '';
  let column = 0;
  const flush = (): void => {
    column += space.length + word.length;
    out += space + word;
    space = '';
    word = '';
  };
  for (const c of text) {
    if (c === '\n') {
      if (word !== '') flush();
      else if (column + space.length <= limit) out += space;
      space = '';
      out += '\n';
      column = 0;
    } else if (/\s/.test(c) && c !== '\u00a0') {
      if (space === '' || word !== '') flush();
      space += c;
    } else {
      word += c;
      if (column + word.length + space.length > limit && word.length < limit) {
        out += '\n';
        column = 0;
        space = '';
      }
    }
  }
  if (word !== '') out += space + word;
  else if (column + space.length <= limit) out += space;
  return out;
}

function flagText(flag: Flag, limit: number): string {
  const initial = flag.kind === 'string' ? `'${flag.initial}'` : flag.initial;
  const label = `    ${flag.shorthand === undefined ? '' : `-${flag.shorthand}, `}--${flag.name}=${initial}:`;
  const usage =
    `${flag.usage}${flag.deprecated === undefined ? '' : ` (DEPRECATED: ${flag.deprecated})`}`.replaceAll(
      '\n',
      ' ',
    );
  const wrapped = limit === 0 ? usage : wrapText(usage, limit - FLAG_MARGIN_COLUMNS);
  return `${`${label}\n${wrapped}`.replaceAll('\n', '\n\t')}\n\n`;
}

/** The flags of a help page or of `kubectl options`. */
export function flagsText(flags: readonly Flag[], limit: number): string {
  return [...flags]
    .filter((flag) => flag.hidden !== true && flag.name !== 'help')
    .sort((a, b) => compareText(a.name, b.name))
    .map((flag) => flagText(flag, limit))
    .join('');
}

export function usageLine(commandPath: string, surface: CommandSurface): string {
  const parent = commandPath.split(' ').slice(0, -1).join(' ');
  let line = parent === '' ? surface.use : `${parent} ${surface.use}`;
  if (surface.showFlagsInUse === true && !line.includes('[flags]')) line += ' [flags]';
  return line.includes('[options]') ? line : `${line} [options]`;
}

function commandList(title: string, commands: readonly Command[], columns: number): string {
  const lines = commands.map((command) => `  ${nameOf(command).padEnd(columns)}   ${command.short}`);
  return [title, ...lines].join('\n');
}

function subcommandsText(command: Command, groups: readonly CommandGroup[] | undefined): string {
  const all = (command.subcommands ?? []).filter((sub) => sub.hidden !== true);
  const columns = Math.max(MIN_NAME_COLUMNS, ...all.map((sub) => nameOf(sub).length));
  const shown = all.filter((sub) => nameOf(sub) !== 'options');
  if (groups === undefined) {
    const sorted = [...shown].sort((a, b) => compareText(nameOf(a), nameOf(b)));
    return commandList('Available Commands:', sorted, columns);
  }
  const grouped = new Set(groups.flatMap((group) => group.names));
  const others = shown
    .filter((sub) => !grouped.has(nameOf(sub)))
    .sort((a, b) => compareText(nameOf(a), nameOf(b)));
  return [
    ...groups.map((group) =>
      commandList(
        group.title,
        group.names.flatMap((name) => shown.filter((sub) => nameOf(sub) === name)),
        columns,
      ),
    ),
    commandList('Other Commands:', others, columns),
  ].join('\n\n');
}

function examplesText(command: Command): string {
  return (command.examples ?? [])
    .map(([purpose, line]) => `  # ${purpose}\n  ${line.replaceAll('\n', '\n  ')}`)
    .join('\n  \n');
}

export interface HelpPage {
  readonly command: Command;
  readonly commandPath: string;
  /** Only the root lists its subcommands in groups. */
  readonly groups?: readonly CommandGroup[];
  readonly limit: number;
}

/** What `--help` prints. Each piece is wrapped by itself, as kubectl's template writes it. */
export function helpText(page: HelpPage): string {
  const { command, limit } = page;
  return wrapText((command.long ?? `${command.short}.`).trim(), limit) + usageText(page);
}

export function usageText({ command, commandPath, groups, limit }: HelpPage): string {
  const pieces: string[] = ['\n\n'];
  if (command.aliases !== undefined)
    pieces.push(`Aliases:\n`, [nameOf(command), ...command.aliases].join(', '), '\n\n');
  const examples = examplesText(command);
  if (examples !== '') pieces.push('Examples:\n', examples, '\n\n');
  const hasSubcommands = command.subcommands !== undefined;
  if (hasSubcommands) pieces.push(subcommandsText(command, groups), '\n\n');
  const isRoot = groups !== undefined;
  const flags = isRoot ? '' : flagsText(command.flags, limit).trimEnd();
  if (flags !== '') pieces.push('Options:\n', flags, '\n\n');
  const runs = command.run !== undefined || command.group !== undefined;
  if (runs) pieces.push('Usage:\n  ', usageLine(commandPath, command), '\n\n');
  if (hasSubcommands)
    pieces.push(`Use "${commandPath} <command> --help" for more information about a given command.\n`);
  if (runs)
    pieces.push(
      'Use "kubectl options" for a list of global command-line options (applies to all commands).\n',
    );
  return pieces.map((piece) => wrapText(piece, limit)).join('');
}
