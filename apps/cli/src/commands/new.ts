import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import process from 'node:process';
import { isMap, isSeq, parseDocument } from 'yaml';
import { findCourse } from '../course/course-files.ts';
import { courseTemplate, labTemplate } from '../scaffold/templates.ts';
import { makeFolder } from '../terminal/make-folder.ts';
import { EXIT } from '../terminal/output.ts';
import type { ExitCode, Output } from '../terminal/output.ts';

const ID = /^[a-z0-9][a-z0-9-]{0,62}$/;

export interface NewLabOptions {
  readonly course?: string;
  readonly title?: string;
  readonly json: boolean;
}

export interface NewCourseOptions {
  readonly json: boolean;
}

/** What was made, and what to type next. */
interface Made {
  readonly folder: string;
  readonly files: readonly string[];
  readonly next: string;
}

function titleOf(id: string): string {
  const words = id.replaceAll('-', ' ');
  return words.slice(0, 1).toUpperCase() + words.slice(1);
}

/** An empty course. Nothing that is there is overwritten. */
export function newCourse(folder: string, options: NewCourseOptions, output: Output): Promise<ExitCode> {
  const file = path.join(folder, 'course.yaml');
  if (existsSync(file)) {
    output.err(`podwire new course: ${file} is there already.`);
    return Promise.resolve(EXIT.usage);
  }
  try {
    makeFolder(folder);
    writeFileSync(file, courseTemplate(titleOf(path.basename(path.resolve(folder)))));
  } catch (error) {
    output.err(`podwire new course: ${file} can't be written: ${reasonOf(error)}.`);
    return Promise.resolve(EXIT.usage);
  }
  const made: Made = { folder, files: [file], next: `podwire new lab <chapter>/<lab> --course ${folder}` };
  output.out(options.json ? JSON.stringify(made, null, 2) : `Made ${file}. Next: ${made.next}`);
  return Promise.resolve(EXIT.ok);
}

/** A lab that works, listed in course.yaml; its chapter too, when it is new. */
export function newLab(name: string, options: NewLabOptions, output: Output): Promise<ExitCode> {
  return Promise.resolve(makeLab(name, options, output));
}

function makeLab(name: string, options: NewLabOptions, output: Output): ExitCode {
  const fail = (message: string): ExitCode => {
    output.err(`podwire new lab: ${message}`);
    return EXIT.usage;
  };
  const [chapter = '', id = '', ...more] = name.split('/');
  if (!ID.test(chapter) || !ID.test(id) || more.length > 0)
    return fail(`"${name}": write <chapter>/<lab>, both in lower-case letters, digits and hyphens.`);
  const course = findCourse(options.course, process.cwd());
  const index = course === undefined ? '' : path.join(course, 'course.yaml');
  if (course === undefined || !existsSync(index))
    return fail(
      `there is no course ${options.course === undefined ? 'here' : `in ${options.course}`}. Make one: podwire new course <folder>.`,
    );
  if (existsSync(path.join(course, chapter, id)))
    return fail(`${path.join(course, chapter, id)} is there already.`);
  const outline = withLab(readFileSync(index, 'utf8'), chapter, id);
  if (outline === undefined) return fail(`${index} can't be read; podwire lint says why.`);
  const files = labTemplate(chapter, id, options.title ?? titleOf(id));
  try {
    for (const [file, text] of Object.entries(files)) {
      makeFolder(path.dirname(path.join(course, file)));
      writeFileSync(path.join(course, file), text);
    }
    writeFileSync(index, outline);
  } catch (error) {
    return fail(`the lab can't be written: ${reasonOf(error)}.`);
  }
  const shown = path.relative(process.cwd(), course) || '.';
  const next = `podwire test ${id}${options.course === undefined ? '' : ` --course ${options.course}`}`;
  if (options.json) {
    const made: Made = {
      folder: path.join(shown, chapter, id),
      files: [...Object.keys(files), 'course.yaml'].map((file) => path.join(shown, file)),
      next,
    };
    output.out(JSON.stringify(made, null, 2));
    return EXIT.ok;
  }
  output.out(
    `Made ${Object.keys(files).length} files in ${path.join(shown, chapter, id)}, and listed the lab in ${path.join(shown, 'course.yaml')}.`,
  );
  output.out(`Next: ${next}`);
  return EXIT.ok;
}

function reasonOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}

/** The outline with the lab in it; comments and order stay. undefined when it is no outline. */
function withLab(text: string, chapter: string, id: string): string | undefined {
  const document = parseDocument(text);
  const chapters = document.get('chapters');
  if (document.errors.length > 0 || !isSeq(chapters)) return undefined;
  const found = chapters.items.find((item) => isMap(item) && item.get('id') === chapter);
  if (!isMap(found)) {
    chapters.flow = false;
    chapters.add(
      document.createNode({
        id: chapter,
        title: titleOf(chapter),
        summary: 'Say in one sentence what this chapter is about.',
        lessons: [],
        labs: [id],
      }),
    );
    return document.toString({ lineWidth: 0 });
  }
  const labs = found.get('labs');
  if (isSeq(labs)) labs.add(id);
  else found.set('labs', document.createNode([id]));
  return document.toString({ lineWidth: 0 });
}
