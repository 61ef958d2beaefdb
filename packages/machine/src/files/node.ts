import { utf8Encode } from '@podwire/sim';
import type { ImageLayer } from '../contract.ts';
import { splitPath } from './path.ts';

/**
 * Nodes of a file tree. Frozen nodes belong to an image and are shared by all machines and forks;
 * a writer replaces them by copies of its own on the way down (see `FileTree`).
 */
export interface FileNode {
  readonly kind: 'file';
  /** Holds `sizeBytes` bytes of content; more is room for appends. Content once written never changes in place. */
  bytes: Uint8Array;
  sizeBytes: number;
  mode: number;
  owner: string;
  group?: string;
  modifiedMs: number;
}

export interface DirectoryNode {
  readonly kind: 'directory';
  readonly entries: Map<string, FsNode>;
  mode: number;
  owner: string;
  group?: string;
  modifiedMs: number;
}

export interface SymlinkNode {
  readonly kind: 'symlink';
  readonly target: string;
  readonly owner: string;
  readonly modifiedMs: number;
}

export type DeviceName = 'null' | 'zero' | 'full' | 'random' | 'tty' | 'stdin' | 'stdout' | 'stderr';

export interface DeviceNode {
  readonly kind: 'device';
  readonly device: DeviceName;
}

export type FsNode = FileNode | DirectoryNode | SymlinkNode | DeviceNode;

export function newDirectory(owner: string, modifiedMs: number, mode = 0o755): DirectoryNode {
  return { kind: 'directory', entries: new Map(), mode, owner, modifiedMs };
}

export function newFile(bytes: Uint8Array, owner: string, modifiedMs: number, mode = 0o644): FileNode {
  return { kind: 'file', bytes, sizeBytes: bytes.length, mode, owner, modifiedMs };
}

/** The bytes of a file, as a view: never written to. */
export function contentOf(file: FileNode): Uint8Array {
  return file.bytes.subarray(0, file.sizeBytes);
}

/** An ELF magic number, then the program's name: what an executable file of this world holds, so that copies of it run too. */
const EXECUTABLE_MAGIC = '\x7fELF\x02\x01\x01\x00program:';

export function executableBytes(program: string): Uint8Array {
  return utf8Encode(`${EXECUTABLE_MAGIC}${program}\n`);
}

/** The registry name in an executable's bytes, or undefined for any other content. */
export function executableProgram(bytes: Uint8Array): string | undefined {
  if (bytes.length <= EXECUTABLE_MAGIC.length || bytes.length > 256) return undefined;
  let text = '';
  for (const byte of bytes) text += String.fromCharCode(byte);
  return text.startsWith(EXECUTABLE_MAGIC) && text.endsWith('\n')
    ? text.slice(EXECUTABLE_MAGIC.length, -1)
    : undefined;
}

/** Image files carry the date of their build, one for all: the tree is shared, so no machine's clock can be in it. */
const IMAGE_BUILD_MS = 1_756_684_800_000; // 2025-09-01T00:00:00Z

const DEVICES: readonly (readonly [string, DeviceName])[] = [
  ['/dev/null', 'null'],
  ['/dev/zero', 'zero'],
  ['/dev/full', 'full'],
  ['/dev/random', 'random'],
  ['/dev/urandom', 'random'],
  ['/dev/tty', 'tty'],
  ['/dev/stdin', 'stdin'],
  ['/dev/stdout', 'stdout'],
  ['/dev/stderr', 'stderr'],
  ['/dev/fd/0', 'stdin'],
  ['/dev/fd/1', 'stdout'],
  ['/dev/fd/2', 'stderr'],
];

const trees = new WeakMap<ImageLayer, DirectoryNode>();

/** The frozen tree of an image, built once. */
export function imageTree(image: ImageLayer): DirectoryNode {
  const known = trees.get(image);
  if (known !== undefined) return known;
  const root = newDirectory('root', IMAGE_BUILD_MS);
  for (const path of ['/dev', '/etc', '/proc', '/tmp', '/var', '/root', ...(image.directories ?? [])])
    directoryAt(root, splitPath(path));
  // Every process has descriptors of its own there: anybody may make names for them.
  directoryAt(root, ['dev', 'fd']).mode = 0o1777;
  const temporary = root.entries.get('tmp');
  if (temporary?.kind === 'directory') temporary.mode = 0o1777;
  // A home folder belongs to the user it is named after.
  const homes = root.entries.get('home');
  if (homes?.kind === 'directory')
    for (const [user, home] of homes.entries) if (home.kind === 'directory') home.owner = user;
  for (const [path, text] of image.files)
    putNode(root, path, newFile(utf8Encode(text), 'root', IMAGE_BUILD_MS));
  for (const [path, program] of image.programs)
    putNode(root, path, newFile(executableBytes(program), 'root', IMAGE_BUILD_MS, 0o755));
  for (const [path, device] of DEVICES) putNode(root, path, { kind: 'device', device });
  freezeNode(root);
  trees.set(image, root);
  return root;
}

function directoryAt(root: DirectoryNode, names: readonly string[]): DirectoryNode {
  let directory = root;
  for (const name of names) {
    const next = directory.entries.get(name);
    if (next?.kind === 'directory') {
      directory = next;
      continue;
    }
    const made = newDirectory('root', IMAGE_BUILD_MS);
    directory.entries.set(name, made);
    directory = made;
  }
  return directory;
}

function putNode(root: DirectoryNode, path: string, node: FsNode): void {
  const names = splitPath(path);
  const last = names.at(-1);
  if (last === undefined) throw new Error('an image cannot replace its root directory');
  directoryAt(root, names.slice(0, -1)).entries.set(last, node);
}

function freezeNode(node: FsNode): void {
  if (node.kind === 'directory') {
    for (const child of node.entries.values()) freezeNode(child);
    Object.freeze(node.entries);
  }
  Object.freeze(node);
}
