import type { Root } from 'mdast';
import { boundedFiles } from './bounds.ts';
import type { Diagnostic } from './diagnostic.ts';
import { quietSink, sinkFor } from './diagnostic.ts';
import { courseSchema, lessonSchema } from './front-matter.ts';
import { checkId, readLab } from './lab-document.ts';
import { checkLinks } from './links.ts';
import { parseMarkdown } from './markdown.ts';
import type { Chapter, Course, Lesson, Quiz } from './model.ts';
import { takeQuizzes } from './quiz.ts';
import { Remembered } from './remembered.ts';
import { checkStrays } from './strays.ts';
import { checkDirectives, LESSON_CONTAINERS } from './directives.ts';
import { reportUndefined } from './parameter-text.ts';
import { placeholdersOf } from './parameters.ts';
import { reportUnknown } from './task.ts';
import { checkTranslations, isTranslation, translationsOf } from './translations.ts';
import { placeOfField, readYaml } from './yaml-source.ts';

/** Path relative to the course's folder, with `/` → text. */
export type CourseFiles = ReadonlyMap<string, string>;

/** `course` holds what could be parsed; with an error among the diagnostics it must not be served. */
export interface ParsedCourse {
  readonly course: Course;
  readonly diagnostics: readonly Diagnostic[];
}

/** Reads a whole course from its files. `others`: files that are there and are not text; without them links to such files are not checked. Never throws: every mistake is a diagnostic. */
export function parseCourse(given: CourseFiles, others?: readonly string[]): ParsedCourse {
  return new CourseReader().read(given, others);
}

/** Reads a course again and again: what did not change since the last time is not read again, and is the same object. */
export class CourseReader {
  readonly #remembered = new Remembered();

  read(given: CourseFiles, others?: readonly string[]): ParsedCourse {
    const diagnostics: Diagnostic[] = [];
    const { files, refused } = boundedFiles(given, diagnostics);
    const parsed = parseBounded(files, others, diagnostics, this.#remembered);
    this.#remembered.turn();
    // What can't be read is empty to the parser: nothing that it says of it is true.
    const shown = parsed.diagnostics.filter(({ file, code }) => code === 'PW0106' || !refused.has(file));
    return { ...parsed, diagnostics: shown };
  }
}

function parseBounded(
  files: CourseFiles,
  others: readonly string[] | undefined,
  diagnostics: Diagnostic[],
  remembered: Remembered,
): ParsedCourse {
  const sink = sinkFor('course.yaml', diagnostics);
  const empty: Course = { title: '', summary: '', chapters: [] };
  const index = files.get('course.yaml');
  if (index === undefined) {
    sink.report({
      code: 'PW0101',
      line: 1,
      column: 1,
      message: 'There is no course.yaml.',
      remedy: 'Write one with the title, the summary and the chapters of the course.',
    });
    return { course: empty, diagnostics };
  }
  const outline = readYaml({ text: index, linesBefore: 0 }, courseSchema, 'PW0104', sink);
  if (outline === undefined) return { course: empty, diagnostics };
  const labIds = outline.chapters.flatMap(({ labs }) => labs);
  const folders = foldersOf(files);
  const chapters: Chapter[] = outline.chapters.map((chapter) => ({
    id: chapter.id,
    title: chapter.title,
    summary: chapter.summary,
    lessons: chapter.lessons
      .map((id) => {
        const own = withTranslations(`${chapter.id}/${id}.md`, files);
        const inputs = [labIds.join(' '), ...[...own].flat()];
        return remembered.read(`lesson ${chapter.id}/${id}`, inputs, diagnostics, (into) =>
          readLesson(own, chapter.id, id, labIds, into),
        );
      })
      .filter((lesson) => lesson !== undefined),
    labs: chapter.labs
      .map((id) => {
        const folder = `${chapter.id}/${id}`;
        const own = folders.get(folder) ?? new Map<string, string>();
        return remembered.read(`lab ${folder}`, [...own].flat(), diagnostics, (into) =>
          readLab(folder, chapter.id, own, into),
        );
      })
      .filter((lab) => lab !== undefined),
  }));
  const course = { title: outline.title, summary: outline.summary, chapters };
  const listed = outline.chapters.flatMap(({ lessons, labs }) => [...lessons, ...labs]);
  checkCourse(course, listed, files, diagnostics);
  checkLinks(course, new Set([...files.keys(), ...(others ?? [])]), others !== undefined, diagnostics);
  checkTranslations(files, diagnostics);
  checkStrays(files, outline, diagnostics);
  return { course, diagnostics };
}

function readLesson(
  files: CourseFiles,
  chapterId: string,
  id: string,
  labIds: readonly string[],
  diagnostics: Diagnostic[],
): Lesson | undefined {
  const path = `${chapterId}/${id}.md`;
  const sink = sinkFor(path, diagnostics);
  const text = files.get(path);
  if (text === undefined) {
    sink.report({
      code: 'PW0101',
      line: 1,
      column: 1,
      message: `There is no ${path}.`,
      remedy: 'Write it, or take the lesson out of course.yaml.',
    });
    return undefined;
  }
  const document = parseMarkdown(text, sink);
  if (document.frontMatter === undefined) {
    sink.report({
      code: 'PW0102',
      line: 1,
      column: 1,
      message: 'The front matter is missing.',
      remedy: 'Begin the file with a --- line, the fields of the lesson, and another --- line.',
    });
    return undefined;
  }
  const front = readYaml(document.frontMatter, lessonSchema, 'PW0104', sink);
  for (const node of document.content) {
    if (node.type === 'containerDirective' && !LESSON_CONTAINERS.includes(node.name))
      reportUnknown(node, sink);
  }
  checkDirectives(
    document.content,
    // With front matter that can't be read, nobody knows of a lab.
    { hasCluster: front === undefined || front.lab !== undefined, labIds: new Set(labIds), values: {} },
    sink,
  );
  if (front === undefined) return undefined;
  checkId(front.id, id, sink);
  // Lessons are the same for everybody.
  for (const { name, start } of placeholdersOf(text))
    reportUndefined(path, text, start, name, [], 'error', diagnostics);
  const { lab, ...rest } = front;
  const quizzes: Quiz[] = [];
  const body: Root = { type: 'root', children: takeQuizzes(document.content, quizzes, sink) };
  const translations = translationsOf(path, text, files, (own) => own, diagnostics).map((translation) => {
    const { locale, front: texts, content } = translation;
    const own: Quiz[] = [];
    const children = takeQuizzes(content, own, quietSink());
    const { title, summary, objectives } = texts;
    return { locale, title, summary, objectives, body: { type: 'root' as const, children }, quizzes: own };
  });
  const more = { body, quizzes, translations, ...(lab === undefined ? {} : { labId: lab }) };
  return { ...rest, chapterId, ...more };
}

/** Files by the folder of the lab that they are in, under their paths in it. */
function foldersOf(files: CourseFiles): ReadonlyMap<string, ReadonlyMap<string, string>> {
  const folders = new Map<string, Map<string, string>>();
  for (const [path, text] of files) {
    const [chapter, lab, ...rest] = path.split('/');
    if (rest.length === 0) continue;
    const folder = `${chapter ?? ''}/${lab ?? ''}`;
    const own = folders.get(folder) ?? new Map<string, string>();
    folders.set(folder, own.set(rest.join('/'), text));
  }
  return folders;
}

function withTranslations(path: string, files: CourseFiles): ReadonlyMap<string, string> {
  const stem = path.slice(0, -'md'.length);
  return new Map(
    [...files].filter(([other]) => other === path || (other.startsWith(stem) && isTranslation(other))),
  );
}

function checkCourse(
  course: Course,
  listed: readonly string[],
  files: CourseFiles,
  diagnostics: Diagnostic[],
): void {
  const placeOf = (file: string, field: string): { readonly line: number; readonly column: number } =>
    placeOfField({ text: files.get(file) ?? '', linesBefore: 0 }, field);
  const labs = course.chapters.flatMap((chapter) => chapter.labs);
  const lessons = course.chapters.flatMap((chapter) => chapter.lessons);
  const labIds = new Set(labs.map((lab) => lab.id));
  const seen = new Set<string>();
  const chapters = course.chapters.map(({ id }) => id);
  for (const id of new Set(chapters.filter((chapter, index) => chapters.indexOf(chapter) !== index)))
    sinkFor('course.yaml', diagnostics).report({
      code: 'PW0201',
      line: 1,
      column: 1,
      message: `Two chapters have the id "${id}".`,
      remedy: 'Give each chapter an id of its own; it is the name of its folder.',
    });
  for (const { id, chapterId } of [...labs, ...lessons]) {
    if (seen.has(id))
      sinkFor(`${chapterId}/${id}`, diagnostics).report({
        code: 'PW0201',
        line: 1,
        column: 1,
        message: `The id "${id}" is used twice in the course.`,
        remedy: 'Lessons and labs share one space of ids.',
      });
    seen.add(id);
  }
  for (const lesson of lessons) {
    // A lab that is listed and can't be read has been told at its own place.
    if (lesson.labId !== undefined && !labIds.has(lesson.labId) && !listed.includes(lesson.labId)) {
      sinkFor(`${lesson.chapterId}/${lesson.id}.md`, diagnostics).report({
        code: 'PW0203',
        ...placeOf(`${lesson.chapterId}/${lesson.id}.md`, 'lab'),
        message: `The lesson leads to the lab "${lesson.labId}", which is not in the course.`,
        remedy: 'Name a lab that course.yaml lists.',
      });
    }
  }
  for (const lab of labs) {
    for (const need of lab.prerequisites) {
      // What is listed and can't be read has been told at its own place.
      if (!seen.has(need) && !listed.includes(need))
        sinkFor(`${lab.chapterId}/${lab.id}/lab.md`, diagnostics).report({
          code: 'PW0203',
          ...placeOf(`${lab.chapterId}/${lab.id}/lab.md`, 'prerequisites'),
          message: `The prerequisite "${need}" is not in the course.`,
          remedy: 'Name a lesson or a lab that course.yaml lists.',
        });
    }
  }
}
