import type { Errno, FsResult, Mount } from '../contract.ts';
import type { FsNode } from './node.ts';
import { splitPath } from './path.ts';
import type { FileTree } from './tree.ts';

/** Linux' own bounds (PATH_MAX, NAME_MAX, the 40 links of a walk). */
const MAX_PATH_BYTES = 4096;
const MAX_NAME_BYTES = 255;
const MAX_LINKS = 40;

/** Who walks: root may do everything. */
export interface Credentials {
  readonly user: string;
  readonly groups?: readonly string[];
}

/** What a walk needs to know of the machine: its root, and what is mounted where. */
export interface Namespace {
  readonly tree: FileTree;
  /** Nothing is written to the root: only to what is mounted, and below /dev, which is a file system of its own. */
  readonly readOnly?: boolean;
  readonly mounts: readonly Mount[];
  readonly volume: (id: string) => FileTree | undefined;
  /** The process file system, built when a walk enters it. */
  readonly proc: () => FileTree;
}

/** A name on the way, and the tree it lives in. */
interface Level {
  readonly name: string;
  readonly tree: FileTree;
  /** Names from the tree's own root. */
  readonly inTree: readonly string[];
  readonly node: FsNode;
  readonly readOnly: boolean;
  readonly mountPoint: boolean;
}

/** Where a path leads. `node` is undefined when only the last name is missing. */
export interface Resolved {
  readonly path: string;
  readonly tree: FileTree;
  readonly inTree: readonly string[];
  readonly node: FsNode | undefined;
  readonly readOnly: boolean;
  readonly mountPoint: boolean;
  /** The directory that holds it; undefined for `/`. */
  readonly parent: FsNode | undefined;
}

const ROOT_GROUP = '0';
export const EXECUTE = 1;
export const WRITE = 2;
export const READ = 4;

/** Permission bits: the owner's for the owner, the group's for its members, the others' for everyone else. */
export function mayAccess(node: FsNode, who: Credentials, bit: number): boolean {
  if (who.user === 'root' || node.kind === 'symlink' || node.kind === 'device') return true;
  const group = node.group ?? (node.owner === 'root' ? ROOT_GROUP : node.owner);
  const isMember = who.groups?.includes(group) === true;
  return ((node.owner === who.user ? node.mode >> 6 : isMember ? node.mode >> 3 : node.mode) & bit) !== 0;
}

function fail(errno: Errno): { readonly ok: false; readonly errno: Errno } {
  return { ok: false, errno };
}

/** Walks an absolute path. With `follow`, a symlink in the last place is followed too. */
export function resolve(
  space: Namespace,
  who: Credentials,
  path: string,
  follow: boolean,
): FsResult<Resolved> {
  if (path === '') return fail('ENOENT');
  if (path.length > MAX_PATH_BYTES) return fail('ENAMETOOLONG');
  const root: Level = {
    name: '',
    tree: space.tree,
    inTree: [],
    node: space.tree.root,
    readOnly: space.readOnly === true,
    mountPoint: true,
  };
  const levels: Level[] = [root];
  const pending = splitPath(path).reverse();
  const mustBeDirectory = path.endsWith('/');
  let links = 0;
  for (let name = pending.pop(); name !== undefined; name = pending.pop()) {
    if (name.length > MAX_NAME_BYTES) return fail('ENAMETOOLONG');
    const here = levels.at(-1) ?? root;
    if (here.node.kind !== 'directory') return fail('ENOTDIR');
    if (!mayAccess(here.node, who, EXECUTE)) return fail('EACCES');
    if (name === '..') {
      if (levels.length > 1) levels.pop();
      continue;
    }
    const next = step(space, levels, here, name);
    if (next === undefined) {
      if (pending.length > 0) return fail('ENOENT');
      return {
        ok: true,
        value: {
          path: pathOf(levels, name),
          tree: here.tree,
          inTree: [...here.inTree, name],
          node: undefined,
          readOnly: here.readOnly,
          mountPoint: false,
          parent: here.node,
        },
      };
    }
    if (next.node.kind === 'symlink' && (follow || pending.length > 0 || mustBeDirectory)) {
      if (++links > MAX_LINKS) return fail('ELOOP');
      const target = splitPath(next.node.target);
      if (pending.length + target.length > MAX_PATH_BYTES) return fail('ENAMETOOLONG');
      if (next.node.target.startsWith('/')) levels.length = 1;
      pending.push(...target.reverse());
      continue;
    }
    levels.push(next);
  }
  const last = levels.at(-1) ?? root;
  if (mustBeDirectory && last.node.kind !== 'directory') return fail('ENOTDIR');
  return {
    ok: true,
    value: {
      path: pathOf(levels),
      tree: last.tree,
      inTree: last.inTree,
      node: last.node,
      readOnly: last.readOnly,
      mountPoint: last.mountPoint,
      parent: levels.at(-2)?.node,
    },
  };
}

function pathOf(levels: readonly Level[], name?: string): string {
  const names = levels.slice(1).map((level) => level.name);
  if (name !== undefined) names.push(name);
  return `/${names.join('/')}`;
}

function step(space: Namespace, levels: readonly Level[], here: Level, name: string): Level | undefined {
  const path = pathOf(levels, name);
  if (path === '/proc') {
    const tree = space.proc();
    return { name, tree, inTree: [], node: tree.root, readOnly: true, mountPoint: true };
  }
  const mount = space.mounts.findLast((candidate) => candidate.path === path);
  if (mount !== undefined) return enterMount(space, mount, name);
  if (here.node.kind !== 'directory') return undefined;
  const node = here.node.entries.get(name);
  if (node === undefined) return undefined;
  return {
    name,
    tree: here.tree,
    inTree: [...here.inTree, name],
    node,
    readOnly: here.readOnly && path !== '/dev',
    mountPoint: false,
  };
}

function enterMount(space: Namespace, mount: Mount, name: string): Level | undefined {
  const tree = space.volume(mount.volumeId);
  if (tree === undefined) return undefined;
  const inTree = splitPath(mount.subPath ?? '');
  let node: FsNode | undefined = tree.root;
  for (const part of inTree) node = node?.kind === 'directory' ? node.entries.get(part) : undefined;
  if (node === undefined) return undefined;
  return { name, tree, inTree, node, readOnly: mount.readOnly, mountPoint: true };
}
