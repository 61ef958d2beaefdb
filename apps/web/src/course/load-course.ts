import { readFile, readdir, stat } from 'node:fs/promises';
import { join, relative, sep } from 'node:path';
import { parseCourse } from '@podwire/lab';
import type { Chapter, Course, Lab, Lesson } from '@podwire/lab';
import { readEnv } from '../env.ts';
import type { FigureSetting } from '../figures/figures.ts';

/** Far above any course; a folder with more than this is not one. */
const MAX_FILES = 20_000;
const TEXT_FILE = /\.(md|ya?ml|sh|json|txt|conf)$/;

let loaded: Promise<Course> | undefined;

/** The course, read and checked once a build. Throws when it has mistakes: such a course must not be served. */
export function loadCourse(): Promise<Course> {
  // While authors write, every page shows what is on disk now.
  if (process.env.NODE_ENV === 'development') return followCourse();
  loaded ??= readCourse();
  return loaded;
}

let lastGood: { readonly course: Course; readonly stamp: string } | undefined;

/**
 * While authors write: what is on disk now, read again only when a file has changed, since a page asks several times. A
 * course with mistakes leaves the last good one: `podwire preview` shows them over it.
 */
async function followCourse(): Promise<Course> {
  const root = readEnv(process.env).courseDirectory;
  const paths = await coursePaths(root);
  const stats = await Promise.all(paths.map((path) => stat(/* turbopackIgnore: true */ path)));
  const stamp = paths
    .map((path, index) => `${path} ${stats[index]?.mtimeMs} ${stats[index]?.size}`)
    .join('\n');
  if (lastGood?.stamp === stamp) return lastGood.course;
  try {
    lastGood = { course: await readCourse(), stamp };
  } catch (error) {
    if (lastGood === undefined) throw error;
  }
  return lastGood.course;
}

async function coursePaths(root: string): Promise<readonly string[]> {
  const entries = await readdir(/* turbopackIgnore: true */ root, { recursive: true, withFileTypes: true });
  const paths = entries
    .filter((entry) => entry.isFile() && TEXT_FILE.test(entry.name))
    .map((entry) => join(entry.parentPath, entry.name));
  if (paths.length > MAX_FILES) throw new Error(`${root} holds ${paths.length} files: that is no course.`);
  return paths;
}

async function readCourse(): Promise<Course> {
  const root = readEnv(process.env).courseDirectory;
  const paths = await coursePaths(root);
  const files = new Map(
    await Promise.all(
      paths.map(
        async (path) =>
          [
            relative(root, path).split(sep).join('/'),
            await readFile(/* turbopackIgnore: true */ path, 'utf8'),
          ] as const,
      ),
    ),
  );
  const { course, diagnostics } = parseCourse(files);
  const errors = diagnostics.filter((diagnostic) => diagnostic.severity === 'error');
  if (errors.length > 0) {
    const list = errors.map(
      (error) => `${error.file}:${error.line}:${error.column} ${error.code} ${error.message} ${error.remedy}`,
    );
    throw new Error(`The course has mistakes and can't be served:\n${list.join('\n')}`);
  }
  return course;
}

/** A stop on the way through the course, in the order in which it is taken. */
export type Stop =
  | { readonly kind: 'lesson'; readonly chapter: Chapter; readonly lesson: Lesson }
  | { readonly kind: 'lab'; readonly chapter: Chapter; readonly lab: Lab };

/** Each lesson, followed by its lab; labs that no lesson leads to come at the end of their chapter. */
export function stopsOf(chapter: Chapter): readonly Stop[] {
  const stops: Stop[] = [];
  const placed = new Set<string>();
  for (const [index, lesson] of chapter.lessons.entries()) {
    stops.push({ kind: 'lesson', chapter, lesson });
    const lab = chapter.labs.find((candidate) => candidate.id === lesson.labId);
    // A lab that several lessons lead to comes after the last of them.
    const again = chapter.lessons.slice(index + 1).some((later) => later.labId === lesson.labId);
    if (lab === undefined || again || placed.has(lab.id)) continue;
    placed.add(lab.id);
    stops.push({ kind: 'lab', chapter, lab });
  }
  for (const lab of chapter.labs) if (!placed.has(lab.id)) stops.push({ kind: 'lab', chapter, lab });
  return stops;
}

export function wayThrough(course: Course): readonly Stop[] {
  return course.chapters.flatMap(stopsOf);
}

export function addressOf(stop: Stop): string {
  return stop.kind === 'lesson' ? `/learn/${stop.chapter.id}/${stop.lesson.id}` : `/lab/${stop.lab.id}`;
}

/** What the figures of a file are drawn from: the lab that it leads to, or is. */
export function figureSetting(course: Course, file: string, labId: string | undefined): FigureSetting {
  const labs = course.chapters.flatMap((chapter) => chapter.labs);
  const labOf = (id: string): Lab | undefined => labs.find((lab) => lab.id === id);
  return { file, own: labId === undefined ? undefined : labOf(labId), labOf };
}
