import { utf8Decode, utf8Encode } from '@podwire/sim';
import type { FileKind } from '@podwire/machine';

/** One member of a tar archive. */
export interface TarEntry {
  readonly name: string;
  readonly kind: FileKind;
  readonly mode: number;
  readonly owner: string;
  readonly modifiedMs: number;
  /** Symlinks only. */
  readonly target?: string;
  readonly data: Uint8Array;
}

const BLOCK_BYTES = 512;
const NAME_BYTES = 100;
/** Archives with more members are refused. */
const MAX_ENTRIES = 50_000;

const TYPE: Readonly<Record<FileKind, string>> = { file: '0', symlink: '2', directory: '5' };
/** GNU's header for a name that does not fit: the name is its data. */
const LONG_NAME = 'L';
const LONG_TARGET = 'K';

function header(entry: Omit<TarEntry, 'data'>, sizeBytes: number, type: string): Uint8Array {
  const block = new Uint8Array(BLOCK_BYTES);
  const put = (at: number, text: string, limit: number): void => {
    block.set(utf8Encode(text).subarray(0, limit), at);
  };
  const octal = (at: number, value: number, digits: number): void => {
    put(at, `${Math.max(0, Math.floor(value)).toString(8).padStart(digits, '0')}\0`, digits + 1);
  };
  put(0, entry.name, NAME_BYTES);
  octal(100, entry.mode & 0o7777, 7);
  octal(108, 0, 7);
  octal(116, 0, 7);
  octal(124, sizeBytes, 11);
  octal(136, entry.modifiedMs / 1000, 11);
  put(148, '        ', 8);
  put(156, type, 1);
  put(157, entry.target ?? '', NAME_BYTES);
  put(257, 'ustar\u000000', 8);
  put(265, entry.owner, 31);
  put(297, entry.owner, 31);
  const sum = block.reduce((total, byte) => total + byte, 0);
  put(148, `${sum.toString(8).padStart(6, '0')}\0 `, 8);
  return block;
}

function padded(data: Uint8Array): Uint8Array {
  const whole = new Uint8Array(Math.ceil(data.length / BLOCK_BYTES) * BLOCK_BYTES);
  whole.set(data);
  return whole;
}

function longField(text: string, type: string): readonly Uint8Array[] {
  const data = utf8Encode(`${text}\0`);
  if (data.length <= NAME_BYTES) return [];
  const named = { name: '././@LongLink', kind: 'file', mode: 0, owner: 'root', modifiedMs: 0 } as const;
  return [header(named, data.length, type), padded(data)];
}

function concat(parts: readonly Uint8Array[]): Uint8Array {
  const whole = new Uint8Array(parts.reduce((sum, part) => sum + part.length, 0));
  let at = 0;
  for (const part of parts) {
    whole.set(part, at);
    at += part.length;
  }
  return whole;
}

/** The bytes of an archive (POSIX.1-1988 ustar, long names as GNU writes them). */
export function writeTar(entries: readonly TarEntry[]): Uint8Array {
  const parts: Uint8Array[] = [];
  for (const entry of entries) {
    const data = entry.kind === 'file' ? entry.data : new Uint8Array();
    parts.push(...longField(entry.target ?? '', LONG_TARGET), ...longField(entry.name, LONG_NAME));
    parts.push(header(entry, data.length, TYPE[entry.kind]), padded(data));
  }
  parts.push(new Uint8Array(2 * BLOCK_BYTES));
  return concat(parts);
}

export type ReadTar =
  | { readonly ok: true; readonly entries: readonly TarEntry[] }
  | { readonly ok: false; readonly message: string };

/** The members of an archive; other kinds than files, directories and symlinks are left out. */
export function readTar(archive: Uint8Array): ReadTar {
  const entries: TarEntry[] = [];
  let longName: string | undefined;
  let longTarget: string | undefined;
  let at = 0;
  while (at + BLOCK_BYTES <= archive.length) {
    const block = archive.subarray(at, at + BLOCK_BYTES);
    at += BLOCK_BYTES;
    if (block.every((byte) => byte === 0)) return { ok: true, entries };
    const text = (from: number, length: number): string =>
      utf8Decode(block.subarray(from, from + length)).replace(/\0.*$/s, '');
    const number = (from: number, length: number): number =>
      Number.parseInt(text(from, length).trim() || '0', 8);
    const sum = block.reduce((total, byte, i) => total + (i >= 148 && i < 156 ? 32 : byte), 0);
    const size = number(124, 12);
    if (number(148, 8) !== sum || !(size >= 0)) return { ok: false, message: 'invalid tar header' };
    if (at + size > archive.length) return { ok: false, message: 'unexpected EOF' };
    const data = archive.slice(at, at + size);
    at += Math.ceil(size / BLOCK_BYTES) * BLOCK_BYTES;
    const type = text(156, 1) || '0';
    if (type === LONG_NAME) longName = utf8Decode(data).replace(/\0.*$/s, '');
    else if (type === LONG_TARGET) longTarget = utf8Decode(data).replace(/\0.*$/s, '');
    else {
      const prefix = text(257, 5) === 'ustar' ? text(345, 155) : '';
      const target = longTarget ?? text(157, NAME_BYTES);
      const kind = type === '5' ? 'directory' : type === '2' ? 'symlink' : 'file';
      if (['0', '2', '5', '7'].includes(type))
        entries.push({
          name: longName ?? (prefix === '' ? text(0, NAME_BYTES) : `${prefix}/${text(0, NAME_BYTES)}`),
          kind,
          mode: number(100, 8) & 0o7777,
          owner: text(265, 32) || 'root',
          modifiedMs: number(136, 12) * 1000,
          ...(kind === 'symlink' ? { target } : {}),
          data,
        });
      if (entries.length > MAX_ENTRIES) return { ok: false, message: 'too many members' };
      longName = undefined;
      longTarget = undefined;
    }
  }
  return archive.length === 0 ? { ok: true, entries } : { ok: false, message: 'unexpected EOF' };
}
