import { readFileSync, readdirSync } from 'node:fs';
import path from 'node:path';
import type { Course, Diagnostic, Lab, Lesson } from '@podwire/lab';
import { CourseReader } from '@podwire/lab';

/** Far above any course; a folder with more than this is not one. */
const MAX_FILES = 20_000;
const TEXT_FILE = /\.(md|ya?ml|sh|json|txt|conf)$/;

/** The labs and lessons that this server knows, by id. */
export interface Catalog {
  /** In the course's order. */
  labs(): readonly Lab[];
  lab(id: string): Lab | undefined;
  lesson(id: string): Lesson | undefined;
}

export class CourseError extends Error {
  constructor(folder: string, diagnostics: readonly Diagnostic[]) {
    const lines = diagnostics.map(
      (each) => `  ${each.file}:${each.line}:${each.column} ${each.code} ${each.message} ${each.remedy}`,
    );
    super(`The course in ${folder} has mistakes and can't be served:\n${lines.join('\n')}`);
    this.name = 'CourseError';
  }
}

/** @throws CourseError */
export function loadCatalog(folder: string, reader = new CourseReader()): Catalog {
  const { course, diagnostics } = reader.read(readCourseFiles(folder));
  const errors = diagnostics.filter((diagnostic) => diagnostic.severity === 'error');
  if (errors.length > 0) throw new CourseError(folder, errors);
  return catalogOf(course);
}

export function catalogOf(course: Course): Catalog {
  const labs = new Map(course.chapters.flatMap((chapter) => chapter.labs).map((lab) => [lab.id, lab]));
  const lessons = new Map(
    course.chapters.flatMap((chapter) => chapter.lessons).map((lesson) => [lesson.id, lesson]),
  );
  return { labs: () => [...labs.values()], lab: (id) => labs.get(id), lesson: (id) => lessons.get(id) };
}

/** While authors write, whoever asks gets what is on disk now; a course with mistakes leaves the last good one. */
export function watchingCatalog(folder: string, onMistake: (error: unknown) => void): Catalog {
  const reader = new CourseReader();
  let last = loadCatalog(folder, reader);
  const current = (): Catalog => {
    try {
      last = loadCatalog(folder, reader);
    } catch (error) {
      onMistake(error);
    }
    return last;
  };
  return {
    labs: () => current().labs(),
    lab: (id) => current().lab(id),
    lesson: (id) => current().lesson(id),
  };
}

function readCourseFiles(folder: string): ReadonlyMap<string, string> {
  const files = new Map<string, string>();
  for (const entry of readdirSync(folder, { recursive: true, withFileTypes: true })) {
    if (!entry.isFile() || !TEXT_FILE.test(entry.name)) continue;
    if (files.size >= MAX_FILES)
      throw new Error(`${folder} holds more than ${MAX_FILES} files: that is no course.`);
    const file = path.join(entry.parentPath, entry.name);
    files.set(path.relative(folder, file).split(path.sep).join('/'), readFileSync(file, 'utf8'));
  }
  return files;
}
