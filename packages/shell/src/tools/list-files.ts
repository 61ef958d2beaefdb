import { absolutePath, errnoText, textColumns } from '@podwire/machine';
import type { FileInfo, Process, Task } from '@podwire/machine';
import { inColumns } from '../interactive/columns.ts';
import { parseOptions, usageError } from '../stdio/options.ts';
import { complain, print } from '../stdio/output.ts';
import { taskProgram } from '../stdio/program.ts';
import { modeText } from './file-mode.ts';

const OPTIONS = [
  { name: 'all', short: 'a', long: 'all' },
  { name: 'almost-all', short: 'A', long: 'almost-all' },
  { name: 'long', short: 'l' },
  { name: 'one', short: '1' },
  { name: 'columns', short: 'C' },
  { name: 'directory', short: 'd', long: 'directory' },
  { name: 'human', short: 'h', long: 'human-readable' },
  { name: 'recursive', short: 'R', long: 'recursive' },
  { name: 'reverse', short: 'r', long: 'reverse' },
  { name: 'time', short: 't' },
  { name: 'size-sort', short: 'S' },
  { name: 'classify', short: 'F', long: 'classify' },
  { name: 'slash', short: 'p' },
  { name: 'inode', short: 'i', long: 'inode' },
  { name: 'numeric', short: 'n', long: 'numeric-uid-gid' },
  { name: 'no-group', short: 'G', long: 'no-group' },
  { name: 'no-owner', short: 'g' },
  { name: 'full-time', long: 'full-time' },
  { name: 'color', long: 'color', value: 'optional' },
  { name: 'group-directories-first', long: 'group-directories-first' },
  { name: 'dereference', short: 'L', long: 'dereference' },
] as const;

/** The deepest and the most entries that `ls -R` walks. */
const MAX_ENTRIES = 20_000;
const SIX_MONTHS_MS = 15_778_476_000;
const MONTHS = ['Jan', 'Feb', 'Mar', 'Apr', 'May', 'Jun', 'Jul', 'Aug', 'Sep', 'Oct', 'Nov', 'Dec'];

interface Entry {
  readonly name: string;
  readonly path: string;
  readonly info: FileInfo;
}

interface Listing {
  readonly process: Process;
  readonly flags: ReadonlySet<string>;
  readonly color: boolean;
  left: number;
}

/** ls(1). */
export const lsProgram = taskProgram(function* (process) {
  const parsed = parseOptions(process.argv.slice(1), OPTIONS);
  if (!parsed.ok) return yield* usageError(process, parsed.message, 2);
  const when = parsed.values.get('color');
  const color =
    parsed.flags.has('color') &&
    (when === undefined || when === 'always' || (when === 'auto' && process.stdout.isTty));
  const listing: Listing = { process, flags: parsed.flags, color, left: MAX_ENTRIES };
  const files: Entry[] = [];
  const directories: Entry[] = [];
  let code = 0;
  for (const name of parsed.operands.length === 0 ? ['.'] : parsed.operands) {
    const path = absolutePath(process.cwd, name);
    const followed =
      parsed.flags.has('long') && !parsed.flags.has('dereference')
        ? process.fs.lstat(path)
        : process.fs.stat(path);
    const info = followed.ok ? followed : process.fs.lstat(path);
    if (!info.ok) {
      yield* complain(process, `ls: cannot access '${name}': ${errnoText(info.errno)}`);
      code = 2;
      continue;
    }
    const entry = { name, path, info: info.value };
    if (info.value.kind === 'directory' && !parsed.flags.has('directory')) directories.push(entry);
    else files.push(entry);
  }
  const sortedFiles = sortEntries(listing, files);
  if (sortedFiles.length > 0) yield* show(listing, sortedFiles, false);
  const headed = directories.length + files.length > 1 || parsed.flags.has('recursive') || code !== 0;
  for (const [index, directory] of sortEntries(listing, directories).entries()) {
    if (headed)
      yield* print(process, `${index > 0 || sortedFiles.length > 0 ? '\n' : ''}${directory.name}:\n`);
    code = Math.max(code, yield* showDirectory(listing, directory));
  }
  return code;
});

function* showDirectory(listing: Listing, directory: Entry): Task {
  const { process, flags } = listing;
  const names = process.fs.list(directory.path);
  if (!names.ok) {
    yield* complain(process, `ls: cannot open directory '${directory.name}': ${errnoText(names.errno)}`);
    return 2;
  }
  const wanted = names.value.filter(
    (name) => flags.has('all') || flags.has('almost-all') || !name.startsWith('.'),
  );
  if (flags.has('all')) wanted.push('.', '..');
  const entries: Entry[] = [];
  for (const name of wanted) {
    const path = `${directory.path === '/' ? '' : directory.path}/${name}`;
    const info = flags.has('dereference') ? process.fs.stat(path) : process.fs.lstat(path);
    if (info.ok && listing.left-- > 0) entries.push({ name, path, info: info.value });
  }
  const sorted = sortEntries(listing, entries);
  yield* show(listing, sorted, true);
  if (!flags.has('recursive')) return 0;
  for (const entry of sorted) {
    if (entry.info.kind !== 'directory' || entry.name === '.' || entry.name === '..') continue;
    yield { kind: 'step' };
    const name = `${directory.name.replace(/\/$/, '')}/${entry.name}`;
    yield* print(process, `\n${name}:\n`);
    yield* showDirectory(listing, { ...entry, name });
  }
  return 0;
}

/** As the C and en_US locales agree on for what is in these file systems: dots ignored, case folded first. */
function collate(name: string): string {
  return name.replace(/^\.+(?=.)/, '').toLowerCase();
}

function sortEntries(listing: Listing, entries: readonly Entry[]): readonly Entry[] {
  const { flags } = listing;
  const sorted = [...entries].sort((left, right) => {
    if (
      flags.has('group-directories-first') &&
      (left.info.kind === 'directory') !== (right.info.kind === 'directory')
    )
      return left.info.kind === 'directory' ? -1 : 1;
    if (flags.has('time') && left.info.modifiedMs !== right.info.modifiedMs)
      return right.info.modifiedMs - left.info.modifiedMs;
    if (flags.has('size-sort') && left.info.sizeBytes !== right.info.sizeBytes)
      return right.info.sizeBytes - left.info.sizeBytes;
    const [a, b] = [collate(left.name), collate(right.name)];
    return a < b ? -1 : a > b ? 1 : left.name < right.name ? -1 : 1;
  });
  return flags.has('reverse') ? sorted.reverse() : sorted;
}

function* show(listing: Listing, entries: readonly Entry[], total: boolean): Task<void> {
  const { process, flags } = listing;
  if (flags.has('long') || flags.has('numeric') || flags.has('no-owner') || flags.has('full-time')) {
    yield* showLong(listing, entries, total);
    return;
  }
  const names = entries.map((entry) => quoted(listing, entry.name) + mark(listing, entry));
  if (flags.has('one') || !(process.stdout.isTty || flags.has('columns'))) {
    yield* print(process, entries.map((entry) => `${decorate(listing, entry)}\n`).join(''));
    return;
  }
  const width = process.tty?.columns ?? 80;
  const text =
    names.reduce((sum, name) => sum + textColumns(name) + 2, -2) <= width
      ? names.length === 0
        ? ''
        : `${names.join('  ')}\n`
      : inColumns(names, width);
  yield* print(process, listing.color ? colorNames(listing, entries, text) : text);
}

/** Colours put in after the layout, which counts columns: names are looked for in their order of appearance. */
function colorNames(listing: Listing, entries: readonly Entry[], text: string): string {
  const byName = new Map(entries.map((entry) => [quoted(listing, entry.name) + mark(listing, entry), entry]));
  return text.replace(/[^\s](?:[^\n]*?[^\s])??(?=\s\s|\n)/g, (name) => {
    const entry = byName.get(name);
    return entry === undefined ? name : colored(entry, name);
  });
}

function colored(entry: Entry, name: string): string {
  const code =
    entry.info.kind === 'directory'
      ? '01;34'
      : entry.info.kind === 'symlink'
        ? '01;36'
        : (entry.info.mode & 0o111) !== 0
          ? '01;32'
          : '';
  return code === '' ? name : `\x1b[${code}m${name}\x1b[0m`;
}

function decorate(listing: Listing, entry: Entry): string {
  const name = quoted(listing, entry.name);
  return (listing.color ? colored(entry, name) : name) + mark(listing, entry);
}

/** GNU ls quotes odd names on a terminal only. */
function quoted(listing: Listing, name: string): string {
  if (!listing.process.stdout.isTty || /^[A-Za-z0-9_@%+=:,./~-]+$/.test(name)) return name;
  return name.includes("'") && !name.includes('"') ? `"${name}"` : `'${name.replaceAll("'", `'\\''`)}'`;
}

function mark(listing: Listing, entry: Entry): string {
  if (entry.info.kind === 'directory')
    return listing.flags.has('classify') || listing.flags.has('slash') ? '/' : '';
  if (!listing.flags.has('classify')) return '';
  return entry.info.kind === 'symlink' ? '@' : (entry.info.mode & 0o111) !== 0 ? '*' : '';
}

function* showLong(listing: Listing, entries: readonly Entry[], total: boolean): Task<void> {
  const { process, flags } = listing;
  const human = flags.has('human');
  const rows = entries.map((entry) => {
    const { info } = entry;
    const owner = flags.has('numeric') ? numericOwner(info.owner) : info.owner;
    return [
      modeText(info),
      info.kind === 'directory' ? '2' : '1',
      ...(flags.has('no-owner') ? [] : [owner]),
      ...(flags.has('no-group') ? [] : [info.group ?? owner]),
      info.device === undefined ? sizeText(info.sizeBytes, human) : '1, 3',
      dateText(info.modifiedMs, process.nowMs(), flags.has('full-time')),
      decorate(listing, entry) + (info.target === undefined ? '' : ` -> ${info.target}`),
    ];
  });
  const widths = rows.reduce<number[]>(
    (all, row) => row.map((cell, index) => Math.max(all[index] ?? 0, cell.length)),
    [],
  );
  const lefts = new Set([
    0,
    ...(flags.has('no-owner') && flags.has('no-group')
      ? []
      : flags.has('no-owner') || flags.has('no-group')
        ? [2]
        : [2, 3]),
  ]);
  const lines = rows.map((row) =>
    row
      .map((cell, index) =>
        index === row.length - 1
          ? cell
          : lefts.has(index)
            ? cell.padEnd(widths[index] ?? 0)
            : cell.padStart(widths[index] ?? 0),
      )
      .join(' '),
  );
  const kilobytes = entries.reduce((sum, entry) => sum + Math.ceil(entry.info.sizeBytes / 4096) * 4, 0);
  const head = total ? `total ${human ? sizeText(kilobytes * 1024, true) : kilobytes}\n` : '';
  yield* print(process, head + lines.map((line) => `${line}\n`).join(''));
}

function numericOwner(owner: string): string {
  return owner === 'root' ? '0' : /^\d+$/.test(owner) ? owner : '1000';
}

/** `1.5K`, as GNU's `-h` rounds: up, one decimal below ten. */
export function sizeText(bytes: number, human: boolean): string {
  if (!human || bytes < 1024) return String(bytes);
  let value = bytes;
  for (const unit of ['', 'K', 'M', 'G', 'T']) {
    if (value < 1024)
      return value < 10 ? `${(Math.ceil(value * 10) / 10).toFixed(1)}${unit}` : `${Math.ceil(value)}${unit}`;
    value /= 1024;
  }
  return `${Math.ceil(value)}P`;
}

function dateText(modifiedMs: number, nowMs: number, full: boolean): string {
  const date = new Date(modifiedMs);
  const iso = date.toISOString();
  if (full) return `${iso.slice(0, 10)} ${iso.slice(11, 19)}.000000000 +0000`;
  const day = `${MONTHS[date.getUTCMonth()] ?? ''} ${String(date.getUTCDate()).padStart(2)}`;
  const recent = modifiedMs <= nowMs && nowMs - modifiedMs < SIX_MONTHS_MS;
  return recent ? `${day} ${iso.slice(11, 16)}` : `${day}  ${iso.slice(0, 4)}`;
}
