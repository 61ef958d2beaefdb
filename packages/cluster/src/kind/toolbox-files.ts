import { MAX_FILE_BYTES } from '@podwire/protocol';
import type { ManifestsResult } from '@podwire/grader';
import type { FileEntry, FileOutcome, FileText } from '../port.ts';
import { FILE_ERRORS, MAX_DIRECTORY_ENTRIES } from '../refusals.ts';
import type { DockerHost, ExecResult } from './docker-host.ts';

const USER = 'learner';
const HOME = '/home/learner';
/** What of a folder is read as manifests. */
const MAX_MANIFESTS = 200;
const MAX_MANIFEST_KIB = 1_024;
const MAX_DEPTH = 8;
/** Of all files that are handed in. */
const MAX_HANDED_IN_CHARS = 1_024 * 1_024;
const NOT_BUILT = 20;
/** A learner may put a pipe where a file was: whoever reads it waits for ever. */
const BOUNDED: readonly string[] = ['timeout', '--kill-after=1', '20', 'sh', '-c'];
/** Exit codes of the scripts below, one for each way to fail. */
const ERRNO_OF_EXIT: Readonly<Record<number, string>> = {
  10: 'ENOENT',
  11: 'EISDIR',
  12: 'ENOTDIR',
  13: 'EACCES',
  14: 'EFBIG',
  15: 'ENOSPC',
};

// Each gets the path as $1, so that no character of it is ever read as shell.
const READ = `
  [ -e "$1" ] || exit 10; [ -d "$1" ] && exit 11; [ -r "$1" ] || exit 13
  [ "$(stat -Lc %s -- "$1")" -le ${MAX_FILE_BYTES} ] || exit 14
  stat -Lc %Y -- "$1" && cat -- "$1"`;
const WRITE = `
  [ -d "$1" ] && exit 11; mkdir -p -- "$(dirname -- "$1")" || exit 13
  { [ -e "$1" ] && [ ! -w "$1" ]; } && exit 13
  cat > "$1" || exit 15; stat -Lc %Y -- "$1"`;
const MANIFESTS = `
  cd "$HOME" || exit 10; target="\${1:-.}"; [ -e "$target" ] || exit 10
  for name in kustomization.yaml kustomization.yml Kustomization; do
    if [ -e "$target/$name" ]; then kubectl kustomize -- "$target" >/tmp/built 2>&1 || { cat /tmp/built; exit 20; }
      printf '%s\\0' "$target/$name"; cat /tmp/built; printf '\\0'; exit 0; fi
  done
  find -P "$target" -maxdepth 4 -type f \\( -name '*.yaml' -o -name '*.yml' -o -name '*.json' \\) -size -${MAX_MANIFEST_KIB}k |
    sort | head -n ${MAX_MANIFESTS} | while IFS= read -r file; do
      printf '%s\\0' "$file"; cat -- "$file"; printf '\\0'
    done`;
// Hidden files and links are nobody's manifests. One more than may be, so that it shows.
const HOME_FILES = `
  cd "$1" && find -P . -mindepth 1 -maxdepth ${MAX_DEPTH} -name '.*' -prune -o -type f -size -${MAX_MANIFEST_KIB}k -print |
    sort | head -n $((${MAX_MANIFESTS} + 1)) | while IFS= read -r file; do
      printf '%s\\0' "$file"; cat -- "$file" | tr -d '\\0'; printf '\\0'
    done`;
const LIST = `
  [ -e "$1" ] || exit 10; [ -d "$1" ] || exit 12; [ -r "$1" ] || exit 13
  find "$1" -mindepth 1 -maxdepth 1 -printf '%y %f\\0' | head -z -n ${MAX_DIRECTORY_ENTRIES}`;

interface TextFile {
  /** From the home folder. */
  readonly path: string;
  readonly text: string;
}

/** The files of a learner's toolbox, for the editor, with the learner's own rights. */
export class ToolboxFiles {
  readonly #docker: DockerHost;
  readonly #container: string;

  constructor(docker: DockerHost, container: string) {
    this.#docker = docker;
    this.#container = container;
  }

  async read(path: string): Promise<FileOutcome<FileText>> {
    const result = await this.#run(READ, path);
    if (result.exitCode !== 0) return failure(result);
    const end = result.stdout.indexOf('\n');
    return {
      ok: true,
      value: {
        text: result.stdout.slice(end + 1),
        modifiedMs: Number(result.stdout.slice(0, end)) * 1_000,
      },
    };
  }

  async write(path: string, text: string): Promise<FileOutcome<FileText>> {
    if (Buffer.byteLength(text) > MAX_FILE_BYTES)
      return { ok: false, errno: 'EFBIG', message: 'The file is too large.' };
    const result = await this.#run(WRITE, path, text);
    if (result.exitCode !== 0) return failure(result);
    return { ok: true, value: { text, modifiedMs: Number(result.stdout.trim()) * 1_000 } };
  }

  async list(directory: string): Promise<FileOutcome<readonly FileEntry[]>> {
    const result = await this.#run(LIST, directory);
    if (result.exitCode !== 0) return failure(result);
    const entries = result.stdout
      .split('\0')
      .filter((line) => line !== '')
      .map((line): FileEntry => ({ name: line.slice(2), kind: KIND_OF_LETTER[line[0] ?? ''] ?? 'file' }));
    return { ok: true, value: entries.sort((a, b) => (a.name < b.name ? -1 : 1)) };
  }

  /** Manifests of a file or folder of the learner's home; a kustomization is built by the toolbox's own kubectl. */
  async manifests(path: string): Promise<ManifestsResult> {
    const result = await this.#docker.exec(this.#container, [...BOUNDED, MANIFESTS, 'sh', path], {
      user: USER,
    });
    if (result.exitCode === NOT_BUILT)
      return {
        ok: false,
        unreadable: true,
        message: `The kustomization in ${path === '' ? '~' : path} can't be built. ${result.stdout.trim()}`,
      };
    if (result.exitCode !== 0) return { ok: false, message: `There is no ${path} in your home folder.` };
    return { ok: true, files: filesIn(result.stdout) };
  }

  /** What a learner hands in with their objects; nothing, where there is more than anyone would write. */
  async home(): Promise<readonly TextFile[]> {
    const { exitCode, stdout } = await this.#run(HOME_FILES, HOME);
    if (exitCode !== 0 || stdout.length > MAX_HANDED_IN_CHARS) return [];
    const files = filesIn(stdout);
    return files.length > MAX_MANIFESTS ? [] : files;
  }

  #run(script: string, path: string, input?: string): Promise<ExecResult> {
    const absolute = path.startsWith('/') ? path : `${HOME}/${path}`;
    return this.#docker.exec(this.#container, [...BOUNDED, script, 'sh', absolute], {
      user: USER,
      ...(input === undefined ? {} : { input }),
    });
  }
}

/** Paths and texts in turn, a zero byte after each. */
function filesIn(stdout: string): readonly TextFile[] {
  const parts = stdout.split('\0');
  const files: TextFile[] = [];
  for (let index = 0; index + 1 < parts.length; index += 2)
    files.push({ path: (parts[index] ?? '').replace(/^\.\//u, ''), text: parts[index + 1] ?? '' });
  return files;
}

const KIND_OF_LETTER: Readonly<Record<string, FileEntry['kind']>> = {
  d: 'directory',
  l: 'symlink',
  f: 'file',
};

function failure({ exitCode, stderr }: ExecResult): {
  readonly ok: false;
  readonly errno: string;
  readonly message: string;
} {
  const errno = ERRNO_OF_EXIT[exitCode] ?? 'EIO';
  const message =
    FILE_ERRORS[errno] ?? `The file system says: ${stderr.trim().split('\n').at(-1) ?? 'nothing'}`;
  return { ok: false, errno, message };
}
