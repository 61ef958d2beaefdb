import { readFile, readdir, stat } from 'node:fs/promises';
import { join, relative, sep } from 'node:path';
import { CourseReader, DEFAULT_LOCALE } from '@podwire/lab';
import type { Chapter, Course, Lab, Lesson } from '@podwire/lab';
import { readEnv } from '../env.ts';
import { addressIn, languageName } from './languages.ts';
import type { LanguageLink } from './languages.ts';
import type { FigureSetting } from '../figures/figures.ts';

/** Far above any course; a folder with more than this is not one. */
const MAX_FILES = 20_000;
const TEXT_FILE = /\.(md|ya?ml|sh|json|txt|conf)$/;

let loaded: Promise<Course> | undefined;

/** The course, read and checked once a build. Throws when it has mistakes: such a course must not be served. */
export function loadCourse(): Promise<Course> {
  // While authors write, every page shows what is on disk now.
  if (process.env.NODE_ENV === 'development' || readEnv(process.env).preview) return followCourse();
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

/** While authors write, only the lab or lesson that changed is read again. */
const reader = new CourseReader();

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
  const { course, diagnostics } = reader.read(files);
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

/** The languages that a stop can be read in beside its own. */
export function localesOf(stop: Stop): readonly string[] {
  const translations = stop.kind === 'lesson' ? stop.lesson.translations : (stop.lab.translations ?? []);
  return translations.map(({ locale }) => locale);
}

/** The stop's page in each of its languages; `shown` is the one that is asked for, where it has it. */
export function languagesOf(stop: Stop, shown: string | undefined): readonly LanguageLink[] {
  const own = (stop.kind === 'lesson' ? stop.lesson.locale : stop.lab.locale) ?? DEFAULT_LOCALE;
  const translations = localesOf(stop);
  const current = shown !== undefined && translations.includes(shown) ? shown : own;
  return [own, ...translations].map((locale) => ({
    locale,
    name: languageName(locale),
    address: addressOf(stop, locale === own ? undefined : locale),
    current: locale === current,
  }));
}

/** For search engines and screen readers alike: which page is which in another language. */
export function alternatesOf(stop: Stop): { readonly languages: Record<string, string> } {
  return {
    languages: Object.fromEntries(languagesOf(stop, undefined).map((each) => [each.locale, each.address])),
  };
}

/** For the course's map: the stop's texts and address in other languages. */
export function translationsOf(
  stop: Stop,
): Readonly<Record<string, { readonly address: string; readonly title: string; readonly summary: string }>> {
  const translations = stop.kind === 'lesson' ? stop.lesson.translations : (stop.lab.translations ?? []);
  return Object.fromEntries(
    translations.map(({ locale, title, summary }) => [
      locale,
      { address: addressOf(stop, locale), title, summary },
    ]),
  );
}

export function titleOf(stop: Stop, locale?: string): string {
  const page = stop.kind === 'lesson' ? stop.lesson : stop.lab;
  return page.translations?.find((each) => each.locale === locale)?.title ?? page.title;
}

/** Where a stop's page is; in a language that it lacks, its original. */
export function addressOf(stop: Stop, locale?: string): string {
  const own = stop.kind === 'lesson' ? `/learn/${stop.chapter.id}/${stop.lesson.id}` : `/lab/${stop.lab.id}`;
  return addressIn(own, locale !== undefined && localesOf(stop).includes(locale) ? locale : undefined);
}

/** What the figures of a lesson or lab are drawn from: the lab that it leads to, or is. */
export function figureSetting(course: Course, stop: Stop, locale?: string): FigureSetting {
  const page = stop.kind === 'lesson' ? stop.lesson : stop.lab;
  const labId = stop.kind === 'lesson' ? stop.lesson.labId : stop.lab.id;
  const name = stop.kind === 'lesson' ? page.id : `${page.id}/lab`;
  const file = `${page.chapterId}/${name}${locale === undefined ? '' : `.${locale}`}.md`;
  const labs = course.chapters.flatMap((chapter) => chapter.labs);
  const labOf = (id: string): Lab | undefined => labs.find((lab) => lab.id === id);
  return {
    file,
    pageId: page.id,
    locale,
    story: stop.kind === 'lesson' ? {} : undefined,
    own: labId === undefined ? undefined : labOf(labId),
    labOf,
    mistakesInPage: process.env.NODE_ENV === 'development' || readEnv(process.env).preview,
  };
}
