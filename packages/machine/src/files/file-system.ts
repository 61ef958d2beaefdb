import type { Errno, FileInfo, FileSystem, FsResult } from '../contract.ts';
import { contentOf, newDirectory, newFile } from './node.ts';
import type { DirectoryNode, FileNode, FsNode } from './node.ts';
import { splitPath } from './path.ts';
import { EXECUTE, READ, WRITE, mayAccess, resolve } from './resolve.ts';
import type { Credentials, Namespace, Resolved } from './resolve.ts';
import { MAX_FILE_BYTES, appendBytes, release, reserve, writableDirectory } from './tree.ts';

export interface FileSystemWiring {
  /** The namespace as it is at the moment of the call: mounts and roots change. */
  readonly space: () => Namespace;
  readonly who: Credentials;
  readonly nowMs: () => number;
}

const DONE = { ok: true, value: undefined } as const;

function fail(errno: Errno): { readonly ok: false; readonly errno: Errno } {
  return { ok: false, errno };
}

/** The files of one machine as one user sees them. */
export function createFileSystem(wiring: FileSystemWiring): FileSystem {
  return new MachineFiles(wiring);
}

function infoOf(node: FsNode): FileInfo {
  switch (node.kind) {
    case 'file':
      return {
        kind: 'file',
        sizeBytes: node.sizeBytes,
        mode: node.mode,
        owner: node.owner,
        ...(node.group === undefined ? {} : { group: node.group }),
        modifiedMs: node.modifiedMs,
      };
    case 'directory':
      return {
        kind: 'directory',
        sizeBytes: 4096,
        mode: node.mode,
        owner: node.owner,
        ...(node.group === undefined ? {} : { group: node.group }),
        modifiedMs: node.modifiedMs,
      };
    case 'symlink':
      return {
        kind: 'symlink',
        sizeBytes: node.target.length,
        mode: 0o777,
        owner: node.owner,
        modifiedMs: node.modifiedMs,
        target: node.target,
      };
    case 'device':
      return { kind: 'file', sizeBytes: 0, mode: 0o666, owner: 'root', modifiedMs: 0, device: node.device };
  }
}

class MachineFiles implements FileSystem {
  readonly #wiring: FileSystemWiring;

  constructor(wiring: FileSystemWiring) {
    this.#wiring = wiring;
  }

  #resolve(path: string, follow = true): FsResult<Resolved> {
    return resolve(this.#wiring.space(), this.#wiring.who, path, follow);
  }

  /** A path that must lead somewhere. */
  #existing(path: string, follow = true): FsResult<Resolved & { readonly node: FsNode }> {
    const found = this.#resolve(path, follow);
    if (!found.ok) return found;
    const { node } = found.value;
    return node === undefined ? fail('ENOENT') : { ok: true, value: { ...found.value, node } };
  }

  /** The directory that holds a resolved name, ready to be changed by this user. */
  #holder(at: Resolved): FsResult<DirectoryNode> {
    if (at.readOnly) return fail('EROFS');
    if (at.mountPoint || at.parent === undefined) return fail('EBUSY');
    if (at.parent.kind !== 'directory') return fail('ENOTDIR');
    if (!mayAccess(at.parent, this.#wiring.who, WRITE)) return fail('EACCES');
    // The sticky bit of /tmp: others' files stay.
    if ((at.parent.mode & 0o1000) !== 0 && at.node !== undefined && at.node.kind !== 'device') {
      const { user } = this.#wiring.who;
      if (user !== 'root' && at.node.owner !== user && at.parent.owner !== user) return fail('EPERM');
    }
    const directory = writableDirectory(at.tree, at.inTree.slice(0, -1));
    return { ok: true, value: directory };
  }

  stat(path: string): FsResult<FileInfo> {
    const found = this.#existing(path);
    return found.ok ? { ok: true, value: infoOf(found.value.node) } : found;
  }

  lstat(path: string): FsResult<FileInfo> {
    const found = this.#existing(path, false);
    return found.ok ? { ok: true, value: infoOf(found.value.node) } : found;
  }

  readFile(path: string): FsResult<Uint8Array> {
    const found = this.#existing(path);
    if (!found.ok) return found;
    const { node } = found.value;
    if (node.kind === 'directory') return fail('EISDIR');
    if (node.kind === 'device')
      return node.device === 'null' ? { ok: true, value: new Uint8Array() } : fail('EINVAL');
    if (node.kind === 'symlink') return fail('ELOOP');
    if (!mayAccess(node, this.#wiring.who, READ)) return fail('EACCES');
    return { ok: true, value: contentOf(node) };
  }

  writeFile(
    path: string,
    data: Uint8Array,
    options: { readonly append?: boolean; readonly mode?: number; readonly exclusive?: boolean } = {},
  ): FsResult<undefined> {
    const found = this.#resolve(path);
    if (!found.ok) return found;
    const at = found.value;
    if (at.node === undefined) return this.#createFile(at, data, options.mode ?? 0o644);
    if (options.exclusive === true) return fail('EEXIST');
    if (at.node.kind === 'directory') return fail('EISDIR');
    if (at.node.kind === 'device')
      return at.node.device === 'null' ? DONE : fail(at.node.device === 'full' ? 'ENOSPC' : 'EINVAL');
    if (at.node.kind === 'symlink') return fail('ELOOP');
    if (at.readOnly) return fail('EROFS');
    if (!mayAccess(at.node, this.#wiring.who, WRITE)) return fail('EACCES');
    return this.#changeFile(at, at.node, data, options.append === true);
  }

  #createFile(at: Resolved, data: Uint8Array, mode: number): FsResult<undefined> {
    if (data.length > MAX_FILE_BYTES) return fail('EFBIG');
    const holder = this.#holder(at);
    if (!holder.ok) return holder;
    const errno = reserve(at.tree, data.length, 1);
    if (errno !== undefined) return fail(errno);
    const now = this.#wiring.nowMs();
    holder.value.entries.set(at.inTree.at(-1) ?? '', newFile(data.slice(), this.#wiring.who.user, now, mode));
    holder.value.modifiedMs = now;
    return DONE;
  }

  #changeFile(at: Resolved, node: FileNode, data: Uint8Array, append: boolean): FsResult<undefined> {
    const kept = append ? node.sizeBytes : 0;
    if (kept + data.length > MAX_FILE_BYTES) return fail('EFBIG');
    const frozen = Object.isFrozen(node);
    const errno = reserve(at.tree, kept + data.length - (frozen ? 0 : node.sizeBytes), frozen ? 1 : 0);
    if (errno !== undefined) return fail(errno);
    const file = frozen ? this.#ownCopy(at, node, append) : node;
    if (append) appendBytes(file, data);
    else {
      file.bytes = data.slice();
      file.sizeBytes = data.length;
    }
    file.modifiedMs = this.#wiring.nowMs();
    return DONE;
  }

  /** Copy-on-write: an image's file becomes the machine's own. Room is the caller's to reserve. */
  #ownCopy(at: Resolved, node: FileNode, withContent: boolean): FileNode {
    const copy = newFile(
      withContent ? contentOf(node).slice() : new Uint8Array(),
      node.owner,
      node.modifiedMs,
      node.mode,
    );
    if (node.group !== undefined) copy.group = node.group;
    const name = at.inTree.at(-1);
    if (name === undefined) at.tree.root = copy;
    else writableDirectory(at.tree, at.inTree.slice(0, -1)).entries.set(name, copy);
    return copy;
  }

  list(path: string): FsResult<readonly string[]> {
    const found = this.#existing(path);
    if (!found.ok) return found;
    const { node } = found.value;
    if (node.kind !== 'directory') return fail('ENOTDIR');
    if (!mayAccess(node, this.#wiring.who, READ)) return fail('EACCES');
    return { ok: true, value: [...node.entries.keys()].sort() };
  }

  mkdir(
    path: string,
    options: { readonly parents?: boolean; readonly mode?: number } = {},
  ): FsResult<undefined> {
    if (options.parents === true) return this.#makeAll(path, options.mode);
    const found = this.#resolve(path.replace(/\/+$/, '') || '/');
    if (!found.ok) return found;
    if (found.value.node !== undefined) return fail('EEXIST');
    return this.#makeDirectory(found.value, options.mode);
  }

  #makeAll(path: string, mode: number | undefined): FsResult<undefined> {
    let prefix = '';
    for (const name of splitPath(path)) {
      prefix += `/${name}`;
      const found = this.#resolve(prefix);
      if (!found.ok) return found;
      if (found.value.node?.kind === 'directory') continue;
      if (found.value.node !== undefined) return fail(prefix.length < path.length ? 'ENOTDIR' : 'EEXIST');
      const made = this.#makeDirectory(found.value, mode);
      if (!made.ok) return made;
    }
    return DONE;
  }

  #makeDirectory(at: Resolved, mode: number | undefined): FsResult<undefined> {
    const holder = this.#holder(at);
    if (!holder.ok) return holder;
    const errno = reserve(at.tree, 0, 1);
    if (errno !== undefined) return fail(errno);
    const now = this.#wiring.nowMs();
    holder.value.entries.set(at.inTree.at(-1) ?? '', newDirectory(this.#wiring.who.user, now, mode ?? 0o755));
    holder.value.modifiedMs = now;
    return DONE;
  }

  remove(path: string, options: { readonly recursive?: boolean } = {}): FsResult<undefined> {
    const found = this.#existing(path, false);
    if (!found.ok) return found;
    const at = found.value;
    const holder = this.#holder(at);
    if (!holder.ok) return holder;
    if (at.node.kind === 'directory') {
      if (at.node.entries.size > 0 && options.recursive !== true) return fail('ENOTEMPTY');
      if (this.#wiring.space().mounts.some((mount) => mount.path.startsWith(`${at.path}/`)))
        return fail('EBUSY');
      if (
        at.node.entries.size > 0 &&
        !(mayAccess(at.node, this.#wiring.who, WRITE) && mayAccess(at.node, this.#wiring.who, EXECUTE))
      )
        return fail('EACCES');
    }
    release(at.tree, at.node);
    holder.value.entries.delete(at.inTree.at(-1) ?? '');
    holder.value.modifiedMs = this.#wiring.nowMs();
    return DONE;
  }

  rename(from: string, to: string): FsResult<undefined> {
    const source = this.#existing(from, false);
    if (!source.ok) return source;
    const target = this.#resolve(to.replace(/(?<=.)\/+$/, ''), false);
    if (!target.ok) return target;
    if (source.value.path === target.value.path) return DONE;
    if (`${target.value.path}/`.startsWith(`${source.value.path}/`)) return fail('EINVAL');
    if (source.value.tree !== target.value.tree) return fail('EXDEV');
    const refused = this.#replaceable(source.value.node, target.value.node);
    if (refused !== undefined) return fail(refused);
    const out = this.#holder(source.value);
    if (!out.ok) return out;
    const into = this.#holder(target.value);
    if (!into.ok) return into;
    if (target.value.node !== undefined) release(target.value.tree, target.value.node);
    // Thawing the target's way may have replaced the source's directory: take it afresh.
    const holder = writableDirectory(source.value.tree, source.value.inTree.slice(0, -1));
    const name = source.value.inTree.at(-1) ?? '';
    const node = holder.entries.get(name) ?? source.value.node;
    holder.entries.delete(name);
    into.value.entries.set(target.value.inTree.at(-1) ?? '', node);
    into.value.modifiedMs = holder.modifiedMs = this.#wiring.nowMs();
    return DONE;
  }

  #replaceable(source: FsNode, target: FsNode | undefined): Errno | undefined {
    if (target === undefined) return undefined;
    if (target.kind !== 'directory') return source.kind === 'directory' ? 'ENOTDIR' : undefined;
    if (source.kind !== 'directory') return 'EISDIR';
    return target.entries.size > 0 ? 'ENOTEMPTY' : undefined;
  }

  symlink(target: string, path: string): FsResult<undefined> {
    const found = this.#resolve(path, false);
    if (!found.ok) return found;
    if (found.value.node !== undefined) return fail('EEXIST');
    const holder = this.#holder(found.value);
    if (!holder.ok) return holder;
    const errno = reserve(found.value.tree, target.length, 1);
    if (errno !== undefined) return fail(errno);
    const now = this.#wiring.nowMs();
    holder.value.entries.set(found.value.inTree.at(-1) ?? '', {
      kind: 'symlink',
      target,
      owner: this.#wiring.who.user,
      modifiedMs: now,
    });
    return DONE;
  }

  chmod(path: string, mode: number): FsResult<undefined> {
    const found = this.#existing(path);
    if (!found.ok) return found;
    const at = found.value;
    if (at.node.kind === 'symlink' || at.node.kind === 'device') return DONE;
    if (at.readOnly) return fail('EROFS');
    const { user } = this.#wiring.who;
    if (user !== 'root' && at.node.owner !== user) return fail('EPERM');
    if (at.node.kind === 'directory') {
      writableDirectory(at.tree, at.inTree).mode = mode;
      return DONE;
    }
    if (!Object.isFrozen(at.node)) {
      at.node.mode = mode;
      return DONE;
    }
    const errno = reserve(at.tree, at.node.sizeBytes, 1);
    if (errno !== undefined) return fail(errno);
    this.#ownCopy(at, at.node, true).mode = mode;
    return DONE;
  }

  realpath(path: string): FsResult<string> {
    const found = this.#existing(path);
    return found.ok ? { ok: true, value: found.value.path } : found;
  }
}
