import { existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import process from 'node:process';
import { isMap, isSeq, parseDocument } from 'yaml';
import { findCourse } from '../course/course-files.ts';
import { courseTemplate, labTemplate } from '../scaffold/templates.ts';
import { EXIT } from '../terminal/output.ts';
import type { ExitCode, Output } from '../terminal/output.ts';

const ID = /^[a-z0-9][a-z0-9-]{0,62}$/;

export interface NewLabOptions {
  readonly course?: string;
  readonly title?: string;
}

function titleOf(id: string): string {
  const words = id.replaceAll('-', ' ');
  return words.slice(0, 1).toUpperCase() + words.slice(1);
}

/** An empty course. Nothing that is there is overwritten. */
export function newCourse(folder: string, output: Output): Promise<ExitCode> {
  const file = path.join(folder, 'course.yaml');
  if (existsSync(file)) {
    output.err(`podwire new course: ${file} is there already.`);
    return Promise.resolve(EXIT.usage);
  }
  mkdirSync(folder, { recursive: true });
  writeFileSync(file, courseTemplate(titleOf(path.basename(path.resolve(folder)))));
  output.out(`Made ${file}. Next: podwire new lab <chapter>/<lab> --course ${folder}`);
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
    return fail('there is no course here. Make one: podwire new course <folder>.');
  if (existsSync(path.join(course, chapter, id)))
    return fail(`${path.join(course, chapter, id)} is there already.`);
  const outline = withLab(readFileSync(index, 'utf8'), chapter, id);
  if (outline === undefined) return fail(`${index} can't be read; podwire lint says why.`);
  const files = labTemplate(chapter, id, options.title ?? titleOf(id));
  for (const [file, text] of Object.entries(files)) {
    mkdirSync(path.dirname(path.join(course, file)), { recursive: true });
    writeFileSync(path.join(course, file), text);
  }
  writeFileSync(index, outline);
  const shown = path.relative(process.cwd(), course) || '.';
  output.out(
    `Made ${Object.keys(files).length} files in ${path.join(shown, chapter, id)}, and listed the lab in ${path.join(shown, 'course.yaml')}.`,
  );
  output.out(`Next: podwire test ${id}${options.course === undefined ? '' : ` --course ${options.course}`}`);
  return EXIT.ok;
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
