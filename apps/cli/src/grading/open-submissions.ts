import { mkdirSync, mkdtempSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { isArchive, readArchive } from './archive.ts';

/** A whole class hands in at most so much. */
const BOUNDS = { files: 20_000, totalBytes: 512 * 1_024 * 1_024 };
const MAX_ARCHIVE_BYTES = 256 * 1_024 * 1_024;

export type OpenedSubmissions =
  | { readonly ok: true; readonly folder: string; readonly close: () => void }
  | { readonly ok: false; readonly message: string };

/** The folder of submissions, or one unpacked from an archive for as long as it is needed. */
export async function openSubmissions(given: string): Promise<OpenedSubmissions> {
  const info = statSync(given, { throwIfNoEntry: false });
  if (info?.isDirectory() === true) return { ok: true, folder: given, close: () => undefined };
  if (info?.isFile() !== true || !isArchive(given))
    return {
      ok: false,
      message: `${given} is neither a folder nor an archive (.zip, .tar, .tar.gz). It holds one file or folder for each submission.`,
    };
  if (info.size > MAX_ARCHIVE_BYTES)
    return { ok: false, message: `${given} is larger than ${MAX_ARCHIVE_BYTES} bytes.` };
  const read = await readArchive(path.basename(given), readFileSync(given), BOUNDS);
  if (!read.ok) return read;
  const folder = mkdtempSync(path.join(tmpdir(), 'podwire-grade-'));
  const close = (): void => rmSync(folder, { recursive: true, force: true });
  try {
    for (const { path: name, bytes } of read.files) {
      const file = path.join(folder, name);
      mkdirSync(path.dirname(file), { recursive: true });
      writeFileSync(file, bytes);
    }
  } catch (error) {
    close();
    return {
      ok: false,
      message: `${given} can't be unpacked: ${error instanceof Error ? error.message : ''}`,
    };
  }
  return { ok: true, folder, close };
}
