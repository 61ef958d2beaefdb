import { absolutePath, errnoText } from '@podwire/machine';
import type { Process, Task } from '@podwire/machine';
import { readTar, writeTar } from '../archive/tar-format.ts';
import type { TarEntry } from '../archive/tar-format.ts';
import { readAll } from '../stdio/input.ts';
import { complain, print, writeBytes, writeText } from '../stdio/output.ts';
import { taskProgram } from '../stdio/program.ts';
import { modeText } from './file-mode.ts';

/** The most members of one archive, and how deep directories are followed. */
const MAX_MEMBERS = 20_000;
const MAX_DEPTH = 50;
const USAGE = "Try 'tar --help' or 'tar --usage' for more information.";

interface Options {
  readonly mode: 'c' | 'x' | 't';
  readonly file: string;
  readonly directory: string;
  readonly verbose: boolean;
  /** `m`: files get the time of their unpacking. */
  readonly operands: readonly string[];
}

/** Options may come as the first word without a dash; f and C take a value. */
function parse(words: readonly string[]): Options | string {
  const letters = new Set<string>();
  const operands: string[] = [];
  let [file, directory] = ['-', '.'];
  for (let at = 0; at < words.length; at += 1) {
    const word = words[at] ?? '';
    if (word === '--no-same-permissions' || word === '--no-same-owner') continue;
    if (word === '--') {
      operands.push(...words.slice(at + 1));
      break;
    }
    if (word.startsWith('--')) return `tar: unrecognized option '${word}'\n${USAGE}`;
    const bundled = word.startsWith('-') && word.length > 1 ? word.slice(1) : at === 0 ? word : '';
    if (bundled === '') {
      operands.push(word);
      continue;
    }
    for (const letter of bundled) {
      if ('zjJ'.includes(letter)) return `tar: compression (-${letter}) is not part of this simulation`;
      if (!'cxtfvCmpokh'.includes(letter)) return `tar: invalid option -- '${letter}'\n${USAGE}`;
      letters.add(letter);
      if (letter !== 'f' && letter !== 'C') continue;
      at += 1;
      const value = words[at];
      if (value === undefined) return `tar: option requires an argument -- '${letter}'\n${USAGE}`;
      if (letter === 'f') file = value;
      else directory = value;
    }
  }
  const modes = (['c', 'x', 't'] as const).filter((mode) => letters.has(mode));
  const [mode] = modes;
  if (modes.length > 1)
    return `tar: You may not specify more than one '-Acdtrux', '--delete' or  '--test-label' option\n${USAGE}`;
  if (mode === undefined)
    return `tar: You must specify one of the '-Acdtrux', '--delete' or '--test-label' options\n${USAGE}`;
  return { mode, file, directory, verbose: letters.has('v'), operands };
}

/** tar(1): packs, unpacks and lists archives without compression. `kubectl cp` runs it at the far end. */
export const tarProgram = taskProgram(function* (process) {
  const options = parse(process.argv.slice(1));
  if (typeof options === 'string') return yield* complain(process, options, 2);
  const base = absolutePath(process.cwd, options.directory);
  const info = process.fs.stat(base);
  if (!info.ok || info.value.kind !== 'directory') {
    const why = info.ok ? 'Not a directory' : errnoText(info.errno);
    return yield* complain(
      process,
      `tar: ${options.directory}: Cannot open: ${why}\ntar: Error is not recoverable: exiting now`,
      2,
    );
  }
  return options.mode === 'c' ? yield* pack(process, options, base) : yield* unpack(process, options, base);
});

interface Packing {
  readonly process: Process;
  readonly base: string;
  readonly entries: TarEntry[];
  readonly complaints: string[];
}

function add(packing: Packing, name: string, depth: number): void {
  const { process, base, entries, complaints } = packing;
  const path = absolutePath(base, name);
  const found = process.fs.lstat(path);
  if (!found.ok) {
    complaints.push(`tar: ${name}: Cannot stat: ${errnoText(found.errno)}`);
    return;
  }
  if (entries.length >= MAX_MEMBERS || depth > MAX_DEPTH) return;
  const { kind, mode, owner, modifiedMs, target } = found.value;
  const stored = name.replace(/^\/+/, '') || './';
  const common = { mode, owner, modifiedMs, data: new Uint8Array() };
  if (kind === 'symlink') entries.push({ ...common, name: stored, kind, target: target ?? '' });
  else if (kind === 'file') {
    const data = process.fs.readFile(path);
    if (data.ok) entries.push({ ...common, name: stored, kind, data: data.value });
    else complaints.push(`tar: ${name}: Cannot open: ${errnoText(data.errno)}`);
  } else {
    entries.push({ ...common, name: stored.endsWith('/') ? stored : `${stored}/`, kind });
    const listed = process.fs.list(path);
    for (const child of listed.ok ? [...listed.value].sort() : [])
      add(packing, `${name.replace(/\/$/, '')}/${child}`, depth + 1);
  }
}

function* pack(process: Process, options: Options, base: string): Task {
  if (options.operands.length === 0)
    return yield* complain(process, `tar: Cowardly refusing to create an empty archive\n${USAGE}`, 2);
  const packing: Packing = { process, base, entries: [], complaints: [] };
  for (const operand of options.operands) {
    add(packing, operand, 0);
    yield { kind: 'step' };
  }
  const absolute = options.operands.some((operand) => operand.startsWith('/'));
  if (absolute && packing.entries.length > 0)
    yield* writeText(process.stderr, "tar: Removing leading `/' from member names\n");
  const archive = writeTar(packing.entries);
  if (options.file === '-') yield* writeBytes(process.stdout, archive);
  else {
    const written = process.fs.writeFile(absolutePath(process.cwd, options.file), archive);
    if (!written.ok)
      return yield* complain(
        process,
        `tar: ${options.file}: Cannot open: ${errnoText(written.errno)}\ntar: Error is not recoverable: exiting now`,
        2,
      );
  }
  if (options.verbose)
    yield* writeText(
      options.file === '-' ? process.stderr : process.stdout,
      packing.entries.map((entry) => `${entry.name}\n`).join(''),
    );
  if (packing.complaints.length === 0) return 0;
  return yield* complain(
    process,
    `${packing.complaints.join('\n')}\ntar: Exiting with failure status due to previous errors`,
    2,
  );
}

function* unpack(process: Process, options: Options, base: string): Task {
  let archive: Uint8Array;
  if (options.file === '-') archive = yield* readAll(process.stdin);
  else {
    const read = process.fs.readFile(absolutePath(process.cwd, options.file));
    if (!read.ok)
      return yield* complain(
        process,
        `tar: ${options.file}: Cannot open: ${errnoText(read.errno)}\ntar: Error is not recoverable: exiting now`,
        2,
      );
    archive = read.value;
  }
  const read = readTar(archive);
  if (!read.ok)
    return yield* complain(
      process,
      'tar: This does not look like a tar archive\ntar: Exiting with failure status due to previous errors',
      2,
    );
  const wanted = (name: string): boolean =>
    options.operands.length === 0 ||
    options.operands.some((operand) => name === operand || name.startsWith(`${operand.replace(/\/$/, '')}/`));
  let failed = false;
  for (const entry of read.entries.filter(({ name }) => wanted(name))) {
    if (options.mode === 't') yield* print(process, `${options.verbose ? longLine(entry) : entry.name}\n`);
    else {
      if (options.verbose) yield* print(process, `${entry.name}\n`);
      const complaint = extract(process, base, entry);
      if (complaint !== undefined) failed = true;
      if (complaint !== undefined) yield* writeText(process.stderr, `tar: ${entry.name}: ${complaint}\n`);
    }
    yield { kind: 'step' };
  }
  if (!failed) return 0;
  return yield* complain(process, 'tar: Exiting with failure status due to previous errors', 2);
}

function longLine(entry: TarEntry): string {
  const time = new Date(entry.modifiedMs).toISOString().slice(0, 16).replace('T', ' ');
  const arrow = entry.target === undefined ? '' : ` -> ${entry.target}`;
  const info = { ...entry, sizeBytes: entry.data.length };
  return `${modeText(info)} ${entry.owner}/${entry.owner} ${String(entry.data.length).padStart(9)} ${time} ${entry.name}${arrow}`;
}

/** Writes one member below the directory; what went wrong, if anything. */
function extract(process: Process, base: string, entry: TarEntry): string | undefined {
  if (entry.name.split('/').includes('..')) return "Member name contains '..'";
  const path = absolutePath(base, entry.name.replace(/^\/+/, '').replace(/\/$/, '') || '.');
  const { fs } = process;
  const parent = path.slice(0, Math.max(1, path.lastIndexOf('/')));
  fs.mkdir(parent, { parents: true });
  if (entry.kind === 'directory') {
    const made = fs.mkdir(path, { parents: true, mode: entry.mode });
    return made.ok ? undefined : `Cannot mkdir: ${errnoText(made.errno)}`;
  }
  const old = fs.lstat(path);
  if (old.ok && old.value.kind !== 'directory') fs.remove(path);
  const written =
    entry.kind === 'symlink'
      ? fs.symlink(entry.target ?? '', path)
      : fs.writeFile(path, entry.data, { mode: entry.mode });
  return written.ok ? undefined : `Cannot open: ${errnoText(written.errno)}`;
}
