import { utf8Decode } from '@podwire/sim';
import type { FileSystem, ProgramRegistry, SpawnFailure } from '../contract.ts';
import { executableProgram } from '../files/node.ts';
import { absolutePath } from '../files/path.ts';

/** What execvp(3) and a login give when the environment says nothing. */
const DEFAULT_PATH = '/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin';
/** Scripts whose interpreter is a script (Linux' bound). */
const MAX_INTERPRETERS = 4;
/** The part of a file that decides whether it is text, and that holds the `#!` line (BINPRM_BUF_SIZE), bytes. */
const HEAD_BYTES = 256;

export type Lookup =
  | { readonly ok: true; readonly program: string; readonly argv: readonly string[] }
  | { readonly ok: false; readonly reason: SpawnFailure };

/** Finds the program for `argv[0]` as execvp does, through `#!` lines. */
export function lookUpProgram(options: {
  readonly fs: FileSystem;
  readonly registry: ProgramRegistry;
  readonly cwd: string;
  readonly env: ReadonlyMap<string, string>;
  readonly argv: readonly string[];
}): Lookup {
  let argv = options.argv;
  for (let round = 0; round <= MAX_INTERPRETERS; round++) {
    const found = findFile(options, argv[0] ?? '');
    if (!found.ok) return found;
    const program = executableProgram(found.bytes);
    if (program !== undefined)
      return options.registry.has(program)
        ? { ok: true, program, argv }
        : { ok: false, reason: 'not-executable' };
    const head = found.bytes.subarray(0, HEAD_BYTES);
    if (head.includes(0)) return { ok: false, reason: 'not-executable' };
    argv = [...interpreterOf(utf8Decode(head)), found.path, ...argv.slice(1)];
  }
  return { ok: false, reason: 'not-executable' };
}

function interpreterOf(head: string): readonly string[] {
  const line = /^#![ \t]*(\S+)(?:[ \t]+(.*\S))?[ \t]*$/m.exec(head.split('\n', 1)[0] ?? '');
  if (line === null) return ['/bin/sh'];
  return [line[1] ?? '', ...(line[2] === undefined ? [] : [line[2]])];
}

function findFile(
  options: { readonly fs: FileSystem; readonly cwd: string; readonly env: ReadonlyMap<string, string> },
  name: string,
):
  | { readonly ok: true; readonly path: string; readonly bytes: Uint8Array }
  | { readonly ok: false; readonly reason: SpawnFailure } {
  if (name === '') return { ok: false, reason: 'not-found' };
  const candidates = name.includes('/')
    ? [absolutePath(options.cwd, name)]
    : (options.env.get('PATH') ?? DEFAULT_PATH)
        .split(':')
        .map((directory) => absolutePath(options.cwd, `${directory === '' ? '.' : directory}/${name}`));
  let reason: SpawnFailure = 'not-found';
  for (const path of candidates) {
    const info = options.fs.stat(path);
    if (!info.ok) {
      if (info.errno === 'EACCES') reason = 'not-executable';
      continue;
    }
    if (info.value.kind === 'directory' || (info.value.mode & 0o111) === 0) {
      reason = 'not-executable';
      continue;
    }
    const bytes = options.fs.readFile(path);
    if (bytes.ok) return { ok: true, path, bytes: bytes.value };
    reason = 'not-executable';
  }
  return { ok: false, reason };
}
