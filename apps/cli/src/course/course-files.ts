import { existsSync, readdirSync, readFileSync, statSync } from 'node:fs';
import path from 'node:path';
import type { CourseFiles } from '@podwire/lab';

/** Far above any course; a folder with more than this is not one. */
const MAX_FILES = 20_000;
/** A file of a lab is text that a person wrote. */
const MAX_FILE_BYTES = 1_024 * 1_024;
const TEXT_FILE = /\.(md|ya?ml|sh|json|txt|conf)$/;
const IMAGE_FILE = /\.(svg|png|jpe?g|webp|gif)$/;

export type CourseOutcome =
  | {
      readonly ok: true;
      /** As the user would name it. */
      readonly folder: string;
      readonly files: CourseFiles;
      /** Files that are there and are not read: images, for links that lead to them. */
      readonly others: readonly string[];
    }
  | { readonly ok: false; readonly message: string };

/** Finds the course: the folder given, or the one we stand in, or `labs` in it or above. */
export function findCourse(given: string | undefined, cwd: string): string | undefined {
  if (given !== undefined) return path.resolve(cwd, given);
  for (let folder = path.resolve(cwd); ; folder = path.dirname(folder)) {
    for (const candidate of [folder, path.join(folder, 'labs')])
      if (existsSync(path.join(candidate, 'course.yaml'))) return candidate;
    if (folder === path.dirname(folder)) return undefined;
  }
}

export function readCourse(given: string | undefined, cwd: string): CourseOutcome {
  const folder = findCourse(given, cwd);
  if (folder === undefined)
    return {
      ok: false,
      message:
        'there is no course here: no folder from this one up has a course.yaml, or labs/course.yaml. Name it with --course.',
    };
  if (statSync(folder, { throwIfNoEntry: false })?.isDirectory() !== true)
    return { ok: false, message: `${given ?? folder}: there is no such folder.` };
  const files = new Map<string, string>();
  const others: string[] = [];
  for (const entry of readdirSync(folder, { recursive: true, withFileTypes: true })) {
    // Symbolic links are no files here: a course is what stands in its folder.
    if (!entry.isFile()) continue;
    const file = path.join(entry.parentPath, entry.name);
    const name = path.relative(folder, file).split(path.sep).join('/');
    if (files.size + others.length >= MAX_FILES)
      return { ok: false, message: `${folder} holds more than ${MAX_FILES} files: that is no course.` };
    if (IMAGE_FILE.test(entry.name)) others.push(name);
    if (!TEXT_FILE.test(entry.name)) continue;
    if (statSync(file).size > MAX_FILE_BYTES)
      return { ok: false, message: `${file} is larger than ${MAX_FILE_BYTES} bytes: no file of a lab is.` };
    files.set(name, readFileSync(file, 'utf8'));
  }
  return { ok: true, folder: path.relative(cwd, folder) || '.', files, others };
}
