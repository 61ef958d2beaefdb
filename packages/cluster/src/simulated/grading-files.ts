import type { ManifestsResult } from '@podwire/grader';
import type { FileSystem } from '@podwire/machine';
import type { SimulatedCluster } from '@podwire/kubesim';
import { utf8Decode } from '@podwire/sim';
import { manifestPath } from '../grading/manifest-path.ts';
import { MAX_OUTPUT_CHARS } from './command-output.ts';
import type { GradingDriver } from './grading-driver.ts';

export const HOME = '/home/learner';
/** Where our own kubectl has its copy of that folder. */
const COPY = '/root';
/** What of a learner's folder is read: manifests, and what a kustomization is made of. */
const MANIFEST_FILE = /\.(ya?ml|json)$/u;
const MAX_FILES = 200;
const MAX_FILE_BYTES = 1_024 * 1_024;
/** Of all files that a kustomization is built from: they become part of the cluster's history. */
const MAX_BUILD_CHARS = 1_024 * 1_024;
const MAX_FOLDERS = 50;
const KUSTOMIZATIONS: readonly string[] = ['kustomization.yaml', 'kustomization.yml', 'Kustomization'];
const BUILD_LIMIT_MS = 30_000;
/** Of what kubectl says, for a message that is read. */
const MAX_SAID_CHARS = 1_500;

interface TextFile {
  readonly path: string;
  readonly text: string;
}

/** What the learner's folder has; a kustomization is built by our own kubectl, from a copy of the files. */
export async function readManifests(driver: GradingDriver, given: string): Promise<ManifestsResult> {
  const target = manifestPath(given);
  if (!target.ok) return target;
  const { path } = target;
  const gathered = await driver.atInstant(() => {
    const fs = driver.cluster.toolboxFiles();
    if (!hasKustomization(fs, path)) return { built: false, found: gather(fs, path) };
    // Bases and patches may lie beside its folder, anywhere in the home folder.
    return { built: true, found: gather(fs, '') };
  });
  const { built, found } = gathered;
  if (!found.ok) return found;
  return built
    ? buildKustomization(driver, given, path, found.files)
    : { ok: true, files: found.files.filter((file) => MANIFEST_FILE.test(file.path)) };
}

async function buildKustomization(
  driver: GradingDriver,
  given: string,
  path: string,
  files: readonly TextFile[],
): Promise<ManifestsResult> {
  const refuse = (message: string): ManifestsResult => ({
    ok: false,
    unreadable: true,
    message:
      `The kustomization in ${path === '' ? 'the top folder' : given} can't be built. ${message}`.trim(),
  });
  if (files.reduce((sum, { text }) => sum + text.length, 0) > MAX_BUILD_CHARS)
    return refuse(`Your home folder holds more than ${MAX_BUILD_CHARS} characters.`);
  const copies = new Map(files.map((file) => [file.path, file.text]));
  const argv = ['kubectl', 'kustomize', path === '' ? '.' : path];
  const ran = await driver.execute({ kind: 'toolbox' }, argv, BUILD_LIMIT_MS, copies);
  if (ran.kind === 'no-such-place') throw new Error('there is no toolbox to build a kustomization in');
  if (ran.kind === 'hung') return refuse(`It takes longer than ${BUILD_LIMIT_MS / 1_000} seconds.`);
  if (ran.exitCode !== 0)
    return refuse(ran.output.trim().slice(0, MAX_SAID_CHARS).replaceAll(`${COPY}/`, `${HOME}/`));
  // What is cut off would be read as something else than what was written.
  if (ran.output.length >= MAX_OUTPUT_CHARS)
    return refuse(`It comes to more than ${MAX_OUTPUT_CHARS} characters.`);
  return {
    ok: true,
    files: [{ path: path === '' ? 'what the kustomization builds' : `${given} (built)`, text: ran.output }],
  };
}

function hasKustomization(fs: FileSystem, path: string): boolean {
  return KUSTOMIZATIONS.some((name) => {
    const info = fs.lstat([HOME, path, name].filter((step) => step !== '').join('/'));
    return info.ok && info.value.kind === 'file';
  });
}

/** What a learner hands in with their objects; nothing, where there is more than anyone would write. */
export function homeFiles(cluster: SimulatedCluster): readonly TextFile[] {
  const gathered = gather(cluster.toolboxFiles(), '');
  return gathered.ok ? gathered.files : [];
}

type Gathered =
  | { readonly ok: true; readonly files: readonly TextFile[] }
  | Extract<ManifestsResult, { readonly ok: false }>;

/** The text files of a folder of the home folder, or one file. What is hidden, and links, are nobody's manifests. */
function gather(fs: FileSystem, path: string): Gathered {
  const unreadable = (message: string): Gathered => ({ ok: false, unreadable: true, message });
  const info = fs.lstat(path === '' ? HOME : `${HOME}/${path}`);
  if (!info.ok) return { ok: false, message: `There is no ${path} in your home folder.` };
  if (info.value.kind === 'symlink') return unreadable(`${path} is a symbolic link.`);
  if (info.value.kind === 'file') {
    const text = readText(fs, path);
    return text === undefined
      ? unreadable(`${path} is larger than ${MAX_FILE_BYTES} bytes.`)
      : { ok: true, files: [{ path, text }] };
  }
  const found: TextFile[] = [];
  const folders = [path];
  for (let at = 0; at < folders.length; at++) {
    const folder = folders[at] ?? '';
    if (at >= MAX_FOLDERS || found.length > MAX_FILES)
      return unreadable(
        `${path === '' ? 'Your home folder' : path} holds more than ${MAX_FILES} files or ${MAX_FOLDERS} folders.`,
      );
    const names = fs.list(folder === '' ? HOME : `${HOME}/${folder}`);
    for (const name of names.ok ? [...names.value].sort() : []) {
      if (name.startsWith('.')) continue;
      const child = folder === '' ? name : `${folder}/${name}`;
      const each = fs.lstat(`${HOME}/${child}`);
      if (!each.ok || each.value.kind === 'symlink') continue;
      if (each.value.kind === 'directory') folders.push(child);
      else {
        const text = readText(fs, child);
        if (text === undefined) return unreadable(`${child} is larger than ${MAX_FILE_BYTES} bytes.`);
        found.push({ path: child, text });
      }
    }
  }
  return { ok: true, files: found };
}

function readText(fs: FileSystem, path: string): string | undefined {
  const info = fs.stat(`${HOME}/${path}`);
  if (!info.ok || info.value.sizeBytes > MAX_FILE_BYTES) return undefined;
  const read = fs.readFile(`${HOME}/${path}`);
  return read.ok ? utf8Decode(read.value) : undefined;
}
