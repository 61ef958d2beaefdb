import type { Errno } from '../contract.ts';
import { newDirectory } from './node.ts';
import type { DirectoryNode, FileNode, FsNode } from './node.ts';

/**
 * One file system: a machine's root or a volume. Plain data. What `root` shares with an image is
 * frozen; the rest belongs to this tree alone and is what `usedBytes` counts.
 */
export interface FileTree {
  root: FsNode;
  usedBytes: number;
  usedNodes: number;
  readonly limitBytes: number;
}

/** The most files and directories one writable layer holds: what a loop of `mkdir` can cost in memory. */
export const MAX_NODES = 20_000;
/** The largest single file, bytes. */
export const MAX_FILE_BYTES = 16 * 1024 * 1024;
/** What a small file costs beside its content, bytes. */
const NODE_COST_BYTES = 128;

export function newTree(root: FsNode, limitBytes: number): FileTree {
  return { root, usedBytes: 0, usedNodes: 0, limitBytes };
}

/** The directory at `names`, made writable all the way down. The caller has checked that it exists. */
export function writableDirectory(tree: FileTree, names: readonly string[]): DirectoryNode {
  let directory = asDirectory(tree.root);
  if (Object.isFrozen(directory)) {
    directory = thawDirectory(directory);
    tree.root = directory;
  }
  for (const name of names) {
    let child = asDirectory(directory.entries.get(name));
    if (Object.isFrozen(child)) {
      child = thawDirectory(child);
      directory.entries.set(name, child);
    }
    directory = child;
  }
  return directory;
}

function asDirectory(node: FsNode | undefined): DirectoryNode {
  if (node?.kind !== 'directory') throw new Error('a directory that was resolved is gone');
  return node;
}

function thawDirectory(directory: DirectoryNode): DirectoryNode {
  return {
    kind: 'directory',
    entries: new Map(directory.entries),
    mode: directory.mode,
    owner: directory.owner,
    ...(directory.group === undefined ? {} : { group: directory.group }),
    modifiedMs: directory.modifiedMs,
  };
}

/** Room for `bytes` more and one more node when `node` is set. */
export function reserve(tree: FileTree, bytes: number, nodes: number): Errno | undefined {
  if (tree.usedNodes + nodes > MAX_NODES) return 'ENOSPC';
  if (tree.usedBytes + bytes + nodes * NODE_COST_BYTES > tree.limitBytes) return 'ENOSPC';
  tree.usedBytes += bytes + nodes * NODE_COST_BYTES;
  tree.usedNodes += nodes;
  return undefined;
}

/** Gives back what a node that leaves the tree had reserved; frozen ones cost nothing. */
export function release(tree: FileTree, node: FsNode): void {
  if (Object.isFrozen(node)) return;
  tree.usedNodes = Math.max(0, tree.usedNodes - 1);
  const content = node.kind === 'file' ? node.sizeBytes : node.kind === 'symlink' ? node.target.length : 0;
  tree.usedBytes = Math.max(0, tree.usedBytes - NODE_COST_BYTES - content);
  if (node.kind === 'directory') for (const child of node.entries.values()) release(tree, child);
}

/** Content added at the end; room grows by doubling so that a loop of appends stays linear. */
export function appendBytes(file: FileNode, data: Uint8Array): void {
  const size = file.sizeBytes + data.length;
  if (size > file.bytes.length) {
    const grown = new Uint8Array(Math.max(size, Math.min(file.bytes.length * 2, MAX_FILE_BYTES)));
    grown.set(file.bytes.subarray(0, file.sizeBytes));
    file.bytes = grown;
  }
  file.bytes.set(data, file.sizeBytes);
  file.sizeBytes = size;
}

/** A writable empty directory as the root of a volume. */
export function emptyVolumeRoot(nowMs: number): DirectoryNode {
  return newDirectory('root', nowMs, 0o777);
}
