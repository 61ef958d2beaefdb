import { gunzipSync } from 'node:zlib';
import { unzipSync } from 'fflate';
import { extract } from 'tar-stream';

export interface ArchivedFile {
  /** Relative, with slashes, and inside the archive's own folder. */
  readonly path: string;
  readonly bytes: Uint8Array;
}

export type ArchiveOutcome =
  | { readonly ok: true; readonly files: readonly ArchivedFile[] }
  | { readonly ok: false; readonly message: string };

export interface ArchiveBounds {
  readonly files: number;
  readonly totalBytes: number;
}

const ARCHIVE = /\.(zip|tar|tar\.gz|tgz)$/iu;
const MAX_PATH_CHARS = 512;

export function isArchive(name: string): boolean {
  return ARCHIVE.test(name);
}

/** A message that says which bound, or which entry. */
class Refusal extends Error {}

/**
 * The regular files of a zip, tar or tar.gz of a stranger, in memory. What leads out of its own folder (a
 * slip), links, devices, and what unpacks to more than the bounds (a bomb) refuses the whole archive. Never
 * throws, and never writes.
 */
export async function readArchive(
  name: string,
  bytes: Uint8Array,
  bounds: ArchiveBounds,
): Promise<ArchiveOutcome> {
  try {
    const files = /\.zip$/iu.test(name)
      ? unzip(bytes, bounds)
      : await untar(/z$/iu.test(name) ? gunzip(bytes, bounds) : bytes, bounds);
    return { ok: true, files };
  } catch (error) {
    const message = error instanceof Refusal ? error.message : 'it is damaged, or no archive of its name';
    return { ok: false, message: `${name} can't be unpacked: ${message}.` };
  }
}

/** A count of what has come so far, which refuses what is too much. */
function counter(bounds: ArchiveBounds): (path: string, size: number) => void {
  let [files, total] = [0, 0];
  return (path, size) => {
    files += 1;
    total += size;
    if (files > bounds.files) throw new Refusal(`it holds more than ${bounds.files} files`);
    if (total > bounds.totalBytes)
      throw new Refusal(`it unpacks to more than ${bounds.totalBytes} bytes (at ${path})`);
  };
}

function unzip(bytes: Uint8Array, bounds: ArchiveBounds): readonly ArchivedFile[] {
  const count = counter(bounds);
  const unpacked = unzipSync(bytes, {
    // Nothing is inflated beyond the size that its entry names, and those are counted first.
    filter: ({ name, originalSize }) => {
      if (name.endsWith('/')) return false;
      checkPath(name);
      count(name, originalSize);
      return true;
    },
  });
  return Object.entries(unpacked).map(([path, content]) => ({ path, bytes: content }));
}

function gunzip(bytes: Uint8Array, { totalBytes, files }: ArchiveBounds): Uint8Array {
  // Headers and padding of tar: a kilobyte for each file, and for the end.
  const maxOutputLength = totalBytes + (files + 10) * 1_024;
  try {
    return gunzipSync(bytes, { maxOutputLength });
  } catch (error) {
    if (error instanceof RangeError) throw new Refusal(`it unpacks to more than ${totalBytes} bytes`);
    throw error;
  }
}

function untar(bytes: Uint8Array, bounds: ArchiveBounds): Promise<readonly ArchivedFile[]> {
  const count = counter(bounds);
  const files: ArchivedFile[] = [];
  return new Promise((resolve, reject) => {
    const unpacking = extract();
    unpacking.on('entry', ({ name, type, size }, stream, next) => {
      const parts: Uint8Array[] = [];
      stream.on('data', (part) => parts.push(part as Uint8Array));
      stream.on('error', reject);
      stream.on('end', () => {
        if (type === 'file') files.push({ path: name, bytes: Buffer.concat(parts) });
        next();
      });
      try {
        if (type === 'directory') return;
        if (type !== 'file') throw new Refusal(`${name} is no regular file, but a ${type}`);
        checkPath(name);
        count(name, size);
      } catch (error) {
        unpacking.destroy();
        reject(error instanceof Error ? error : new Error(String(error)));
      }
    });
    unpacking.on('finish', () => resolve(files));
    unpacking.on('error', reject);
    unpacking.end(Buffer.from(bytes));
  });
}

function checkPath(path: string): void {
  const steps = path.split('/');
  if (path.length > MAX_PATH_CHARS) throw new Refusal('it holds a path that is too long');
  if (path.startsWith('/') || /^[a-z]:/iu.test(path) || /[\\\0]/u.test(path) || steps.includes('..'))
    throw new Refusal(`${path} leads out of it`);
}
