import { absolutePath, errnoText } from '@podwire/machine';
import type { Process, Task } from '@podwire/machine';
import { parseOptions, programName, usageError } from '../stdio/options.ts';
import { complain, print } from '../stdio/output.ts';
import { taskProgram } from '../stdio/program.ts';
import { modeText, parseMode } from './file-mode.ts';

/** How deep and how much a recursive program walks. */
const MAX_DEPTH = 100;

const at = (process: Process, name: string): string => absolutePath(process.cwd, name);

function baseName(path: string): string {
  return path.replace(/\/+$/, '').split('/').at(-1) ?? '';
}

function isDirectory(process: Process, name: string): boolean {
  const info = process.fs.stat(at(process, name));
  return info.ok && info.value.kind === 'directory';
}

function* missingOperand(process: Process): Task {
  return yield* usageError(process, 'missing operand');
}

/** mkdir(1). */
export const mkdirProgram = taskProgram(function* (process) {
  const parsed = parseOptions(process.argv.slice(1), [
    { name: 'parents', short: 'p', long: 'parents' },
    { name: 'mode', short: 'm', long: 'mode', value: 'required' },
    { name: 'verbose', short: 'v', long: 'verbose' },
  ]);
  if (!parsed.ok) return yield* usageError(process, parsed.message);
  if (parsed.operands.length === 0) return yield* missingOperand(process);
  const modeGiven = parsed.values.get('mode');
  const mode = modeGiven === undefined ? undefined : parseMode(modeGiven, 0o755);
  if (modeGiven !== undefined && mode === undefined)
    return yield* complain(process, `mkdir: invalid mode '${modeGiven}'`);
  let code = 0;
  for (const name of parsed.operands) {
    const made = process.fs.mkdir(at(process, name), {
      parents: parsed.flags.has('parents'),
      ...(mode === undefined ? {} : { mode }),
    });
    if (!made.ok)
      code = yield* complain(process, `mkdir: cannot create directory '${name}': ${errnoText(made.errno)}`);
    else if (parsed.flags.has('verbose')) yield* print(process, `mkdir: created directory '${name}'\n`);
  }
  return code;
});

/** rmdir(1). */
export const rmdirProgram = taskProgram(function* (process) {
  const names = process.argv.slice(1).filter((argument) => !argument.startsWith('-'));
  if (names.length === 0) return yield* missingOperand(process);
  let code = 0;
  for (const name of names) {
    const removed = isDirectory(process, name)
      ? process.fs.remove(at(process, name))
      : ({ ok: false, errno: process.fs.lstat(at(process, name)).ok ? 'ENOTDIR' : 'ENOENT' } as const);
    if (!removed.ok)
      code = yield* complain(process, `rmdir: failed to remove '${name}': ${errnoText(removed.errno)}`);
  }
  return code;
});

/** rm(1). */
export const rmProgram = taskProgram(function* (process) {
  const parsed = parseOptions(process.argv.slice(1), [
    { name: 'recursive', short: 'r', long: 'recursive' },
    { name: 'recursive', short: 'R' },
    { name: 'force', short: 'f', long: 'force' },
    { name: 'verbose', short: 'v', long: 'verbose' },
    { name: 'directory', short: 'd', long: 'dir' },
    { name: 'no-preserve-root', long: 'no-preserve-root' },
  ]);
  if (!parsed.ok) return yield* usageError(process, parsed.message);
  const force = parsed.flags.has('force');
  if (parsed.operands.length === 0) return force ? 0 : yield* missingOperand(process);
  let code = 0;
  for (const name of parsed.operands) {
    const path = at(process, name);
    const info = process.fs.lstat(path);
    if (!info.ok) {
      if (!(force && info.errno === 'ENOENT'))
        code = yield* complain(process, `rm: cannot remove '${name}': ${errnoText(info.errno)}`);
      continue;
    }
    const real = process.fs.realpath(path);
    if (
      info.value.kind === 'directory' &&
      (['.', '..'].includes(baseName(name)) || (real.ok && real.value === '/'))
    ) {
      code = yield* complain(
        process,
        real.ok && real.value === '/'
          ? "rm: it is dangerous to operate recursively on '/'\nrm: use --no-preserve-root to override this failsafe"
          : `rm: refusing to remove '.' or '..' directory: skipping '${name}'`,
      );
      continue;
    }
    if (info.value.kind === 'directory' && !parsed.flags.has('recursive') && !parsed.flags.has('directory')) {
      code = yield* complain(process, `rm: cannot remove '${name}': Is a directory`);
      continue;
    }
    const removed = process.fs.remove(path, { recursive: parsed.flags.has('recursive') });
    if (!removed.ok)
      code = yield* complain(process, `rm: cannot remove '${name}': ${errnoText(removed.errno)}`);
    else if (parsed.flags.has('verbose')) yield* print(process, `removed '${name}'\n`);
    yield { kind: 'step' };
  }
  return code;
});

/** touch(1). */
export const touchProgram = taskProgram(function* (process) {
  const parsed = parseOptions(process.argv.slice(1), [
    { name: 'no-create', short: 'c', long: 'no-create' },
    { name: 'modified', short: 'm' },
    { name: 'accessed', short: 'a' },
  ]);
  if (!parsed.ok) return yield* usageError(process, parsed.message);
  if (parsed.operands.length === 0) return yield* usageError(process, 'missing file operand');
  let code = 0;
  for (const name of parsed.operands) {
    const path = at(process, name);
    const info = process.fs.stat(path);
    if (!info.ok && parsed.flags.has('no-create')) continue;
    if (info.ok && info.value.kind === 'directory') continue;
    const written = process.fs.writeFile(path, new Uint8Array(), { append: true });
    if (!written.ok)
      code = yield* complain(process, `touch: cannot touch '${name}': ${errnoText(written.errno)}`);
  }
  return code;
});

/** What of several sources goes where: into a directory, or over one name. */
function* destinations(
  process: Process,
  operands: readonly string[],
  targetDirectory: string | undefined,
): Task<readonly (readonly [from: string, to: string])[] | number> {
  const name = programName(process);
  const sources = targetDirectory === undefined ? operands.slice(0, -1) : operands;
  const target = targetDirectory ?? operands.at(-1);
  if (target === undefined) return yield* usageError(process, 'missing file operand');
  if (sources.length === 0)
    return yield* usageError(process, `missing destination file operand after '${target}'`);
  if (isDirectory(process, target))
    return sources.map((source) => [source, `${target.replace(/\/+$/, '')}/${baseName(source)}`] as const);
  if (sources.length > 1 || target.endsWith('/'))
    return yield* complain(
      process,
      process.fs.stat(at(process, target)).ok
        ? `${name}: target '${target}': Not a directory`
        : `${name}: target '${target}': No such file or directory`,
    );
  return [[sources[0] ?? '', target]];
}

/** mv(1). */
export const mvProgram = taskProgram(function* (process) {
  const parsed = parseOptions(process.argv.slice(1), [
    { name: 'force', short: 'f', long: 'force' },
    { name: 'no-clobber', short: 'n', long: 'no-clobber' },
    { name: 'verbose', short: 'v', long: 'verbose' },
    { name: 'target', short: 't', long: 'target-directory', value: 'required' },
  ]);
  if (!parsed.ok) return yield* usageError(process, parsed.message);
  const pairs = yield* destinations(process, parsed.operands, parsed.values.get('target'));
  if (typeof pairs === 'number') return pairs;
  let code = 0;
  for (const [from, to] of pairs) {
    if (!process.fs.lstat(at(process, from)).ok) {
      code = yield* complain(process, `mv: cannot stat '${from}': No such file or directory`);
      continue;
    }
    if (parsed.flags.has('no-clobber') && process.fs.lstat(at(process, to)).ok) continue;
    let moved = process.fs.rename(at(process, from), at(process, to));
    if (!moved.ok && moved.errno === 'EXDEV') {
      const copied = yield* copyTree(process, from, to, { recursive: true, keepMode: true }, 0);
      moved = copied
        ? process.fs.remove(at(process, from), { recursive: true })
        : { ok: false, errno: 'EIO' };
    }
    if (!moved.ok)
      code = yield* complain(
        process,
        moved.errno === 'EINVAL'
          ? `mv: cannot move '${from}' to a subdirectory of itself, '${to}'`
          : `mv: cannot move '${from}' to '${to}': ${errnoText(moved.errno)}`,
      );
    else if (parsed.flags.has('verbose')) yield* print(process, `renamed '${from}' -> '${to}'\n`);
  }
  return code;
});

interface CopyOptions {
  readonly recursive: boolean;
  readonly keepMode: boolean;
}

/** cp(1). */
export const cpProgram = taskProgram(function* (process) {
  const parsed = parseOptions(process.argv.slice(1), [
    { name: 'recursive', short: 'r', long: 'recursive' },
    { name: 'recursive', short: 'R' },
    { name: 'archive', short: 'a', long: 'archive' },
    { name: 'preserve', short: 'p' },
    { name: 'force', short: 'f', long: 'force' },
    { name: 'no-clobber', short: 'n', long: 'no-clobber' },
    { name: 'verbose', short: 'v', long: 'verbose' },
    { name: 'target', short: 't', long: 'target-directory', value: 'required' },
    { name: 'no-dereference', short: 'd' },
    { name: 'dereference', short: 'L', long: 'dereference' },
  ]);
  if (!parsed.ok) return yield* usageError(process, parsed.message);
  const pairs = yield* destinations(process, parsed.operands, parsed.values.get('target'));
  if (typeof pairs === 'number') return pairs;
  const options = { recursive: parsed.flags.has('recursive') || parsed.flags.has('archive'), keepMode: true };
  let code = 0;
  for (const [from, to] of pairs) {
    if (parsed.flags.has('no-clobber') && process.fs.lstat(at(process, to)).ok) continue;
    if (!(yield* copyTree(process, from, to, options, 0))) code = 1;
    else if (parsed.flags.has('verbose')) yield* print(process, `'${from}' -> '${to}'\n`);
  }
  return code;
});

function* copyTree(
  process: Process,
  from: string,
  to: string,
  options: CopyOptions,
  depth: number,
): Task<boolean> {
  const { fs } = process;
  const name = programName(process);
  const fail = function* (text: string): Task<boolean> {
    yield* complain(process, `${name}: ${text}`);
    return false;
  };
  yield { kind: 'step' };
  const info = depth > 0 ? fs.lstat(at(process, from)) : fs.stat(at(process, from));
  if (!info.ok) return yield* fail(`cannot stat '${from}': ${errnoText(info.errno)}`);
  if (info.value.kind === 'symlink') {
    const linked = fs.symlink(info.value.target ?? '', at(process, to));
    return linked.ok || (yield* fail(`cannot create symbolic link '${to}': ${errnoText(linked.errno)}`));
  }
  if (info.value.kind === 'file') {
    const [realFrom, realTo] = [fs.realpath(at(process, from)), fs.realpath(at(process, to))];
    if (realFrom.ok && realTo.ok && realFrom.value === realTo.value)
      return yield* fail(`'${from}' and '${to}' are the same file`);
    const data = fs.readFile(at(process, from));
    if (!data.ok) return yield* fail(`cannot open '${from}' for reading: ${errnoText(data.errno)}`);
    const written = fs.writeFile(at(process, to), data.value, { mode: info.value.mode & 0o777 });
    return written.ok || (yield* fail(`cannot create regular file '${to}': ${errnoText(written.errno)}`));
  }
  if (!options.recursive) return yield* fail(`-r not specified; omitting directory '${from}'`);
  if (depth > MAX_DEPTH) return yield* fail(`'${from}': File name too long`);
  const [source, target] = [
    fs.realpath(at(process, from)),
    fs.realpath(at(process, to.slice(0, Math.max(0, to.lastIndexOf('/'))) || '.')),
  ];
  if (source.ok && target.ok && `${target.value}/`.startsWith(`${source.value}/`))
    return yield* fail(`cannot copy a directory, '${from}', into itself, '${to}'`);
  if (!isDirectory(process, to)) {
    const made = fs.mkdir(at(process, to));
    if (!made.ok) return yield* fail(`cannot create directory '${to}': ${errnoText(made.errno)}`);
  }
  const names = fs.list(at(process, from));
  if (!names.ok) return yield* fail(`cannot access '${from}': ${errnoText(names.errno)}`);
  let ok = true;
  for (const entry of names.value)
    ok = (yield* copyTree(process, `${from}/${entry}`, `${to}/${entry}`, options, depth + 1)) && ok;
  return ok;
}

/** ln(1): symbolic links. Hard links are not modelled. */
export const lnProgram = taskProgram(function* (process) {
  const parsed = parseOptions(process.argv.slice(1), [
    { name: 'symbolic', short: 's', long: 'symbolic' },
    { name: 'force', short: 'f', long: 'force' },
    { name: 'no-dereference', short: 'n', long: 'no-dereference' },
    { name: 'verbose', short: 'v', long: 'verbose' },
  ]);
  if (!parsed.ok) return yield* usageError(process, parsed.message);
  const [target, given] = parsed.operands;
  if (target === undefined) return yield* usageError(process, 'missing file operand');
  if (!parsed.flags.has('symbolic'))
    return yield* complain(
      process,
      `ln: failed to create hard link '${given ?? baseName(target)}': hard links are not supported by this file system; use ln -s`,
    );
  const link =
    given === undefined
      ? baseName(target)
      : isDirectory(process, given) && !parsed.flags.has('no-dereference')
        ? `${given.replace(/\/+$/, '')}/${baseName(target)}`
        : given;
  if (parsed.flags.has('force') && process.fs.lstat(at(process, link)).ok)
    process.fs.remove(at(process, link));
  const made = process.fs.symlink(target, at(process, link));
  return made.ok
    ? 0
    : yield* complain(process, `ln: failed to create symbolic link '${link}': ${errnoText(made.errno)}`);
});

/** chmod(1). */
export const chmodProgram = taskProgram(function* (process) {
  const args = process.argv.slice(1);
  const recursive = args.some((argument) => argument === '-R' || argument === '--recursive');
  const [modeArgument, ...names] = args.filter(
    (argument) => !['-R', '--recursive', '-v', '-f'].includes(argument),
  );
  if (modeArgument === undefined) return yield* missingOperand(process);
  if (names.length === 0) return yield* usageError(process, `missing operand after '${modeArgument}'`);
  let code = 0;
  const change = function* (name: string, depth: number): Task<void> {
    const info = process.fs.stat(at(process, name));
    if (!info.ok) {
      code = yield* complain(process, `chmod: cannot access '${name}': ${errnoText(info.errno)}`);
      return;
    }
    const mode = parseMode(modeArgument, info.value.mode);
    if (mode === undefined) {
      code = yield* complain(
        process,
        `chmod: invalid mode: '${modeArgument}'\nTry 'chmod --help' for more information.`,
      );
      return;
    }
    const changed = process.fs.chmod(at(process, name), mode);
    if (!changed.ok)
      code = yield* complain(
        process,
        `chmod: changing permissions of '${name}': ${errnoText(changed.errno)}`,
      );
    if (!recursive || info.value.kind !== 'directory' || depth > MAX_DEPTH) return;
    const entries = process.fs.list(at(process, name));
    if (entries.ok) for (const entry of entries.value) yield* change(`${name}/${entry}`, depth + 1);
  };
  for (const name of names) yield* change(name, 0);
  return code;
});

/** stat(1). */
export const statProgram = taskProgram(function* (process) {
  const parsed = parseOptions(process.argv.slice(1), [
    { name: 'format', short: 'c', long: 'format', value: 'required' },
    { name: 'dereference', short: 'L', long: 'dereference' },
  ]);
  if (!parsed.ok) return yield* usageError(process, parsed.message);
  if (parsed.operands.length === 0) return yield* missingOperand(process);
  let code = 0;
  for (const name of parsed.operands) {
    const info = parsed.flags.has('dereference')
      ? process.fs.stat(at(process, name))
      : process.fs.lstat(at(process, name));
    if (!info.ok) {
      code = yield* complain(process, `stat: cannot statx '${name}': ${errnoText(info.errno)}`);
      continue;
    }
    const { value } = info;
    const time = new Date(value.modifiedMs).toISOString();
    const stamp = `${time.slice(0, 10)} ${time.slice(11, 19)}.000000000 +0000`;
    const octal = (value.mode & 0o7777).toString(8).padStart(4, '0');
    const kind =
      value.device !== undefined
        ? 'character special file'
        : value.kind === 'directory'
          ? 'directory'
          : value.kind === 'symlink'
            ? 'symbolic link'
            : value.sizeBytes === 0
              ? 'regular empty file'
              : 'regular file';
    const format = parsed.values.get('format');
    if (format !== undefined) {
      const fields: Readonly<Record<string, string>> = {
        n: name,
        s: String(value.sizeBytes),
        a: octal.replace(/^0/, ''),
        A: modeText(value),
        U: value.owner,
        G: value.group ?? value.owner,
        F: kind,
        y: stamp,
        Y: String(Math.floor(value.modifiedMs / 1000)),
        N: `'${name}'${value.target === undefined ? '' : ` -> '${value.target}'`}`,
        '%': '%',
      };
      yield* print(
        process,
        `${format.replace(/%([A-Za-z%])/g, (whole, letter: string) => (Object.hasOwn(fields, letter) ? (fields[letter] ?? whole) : whole))}\n`,
      );
      continue;
    }
    const uid = value.owner === 'root' ? '0' : '1000';
    const owner = `(${uid.padStart(5)}/${value.owner.padStart(8)})`;
    const group =
      value.group === undefined ? owner : `(${value.group.padStart(5)}/${value.group.padStart(8)})`;
    const blocks = Math.ceil(value.sizeBytes / 4096) * 8;
    yield* print(
      process,
      `  File: ${name}${value.target === undefined ? '' : ` -> ${value.target}`}\n  Size: ${String(value.sizeBytes).padEnd(10)}\tBlocks: ${String(blocks).padEnd(10)} IO Block: 4096   ${kind}\nAccess: (${octal}/${modeText(value)})  Uid: ${owner}   Gid: ${group}\nModify: ${stamp}\n`,
    );
  }
  return code;
});

/** readlink(1) and realpath(1). */
export const readlinkProgram = taskProgram(function* (process) {
  const canonical = process.argv.some((argument) => /^-[a-z]*[fem]/.test(argument));
  const names = process.argv.slice(1).filter((argument) => !argument.startsWith('-'));
  if (names.length === 0) return yield* missingOperand(process);
  let code = 0;
  for (const name of names) {
    const real = canonical ? process.fs.realpath(at(process, name)) : undefined;
    const info = process.fs.lstat(at(process, name));
    if (real?.ok === true) yield* print(process, `${real.value}\n`);
    else if (!canonical && info.ok && info.value.target !== undefined)
      yield* print(process, `${info.value.target}\n`);
    else code = 1;
  }
  return code;
});

export const realpathProgram = taskProgram(function* (process) {
  const names = process.argv.slice(1).filter((argument) => !argument.startsWith('-'));
  if (names.length === 0) return yield* missingOperand(process);
  let code = 0;
  for (const name of names) {
    const real = process.fs.realpath(at(process, name));
    if (real.ok) yield* print(process, `${real.value}\n`);
    else code = yield* complain(process, `realpath: ${name}: ${errnoText(real.errno)}`);
  }
  return code;
});
