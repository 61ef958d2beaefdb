import { readFileSync, readdirSync } from 'node:fs';
import path from 'node:path';
import { parseCourse } from '@podwire/lab';
import type { Course, Lab, Lesson } from '@podwire/lab';
import { ROOT } from './root.ts';

/** Path relative to the course's folder → text. */
export function courseFiles(): ReadonlyMap<string, string> {
  const folder = path.join(ROOT, 'labs');
  const files = new Map<string, string>();
  for (const entry of readdirSync(folder, { recursive: true, withFileTypes: true })) {
    if (!entry.isFile() || !/\.(md|ya?ml|sh|json|txt|conf)$/.test(entry.name)) continue;
    const file = path.join(entry.parentPath, entry.name);
    files.set(path.relative(folder, file).split(path.sep).join('/'), readFileSync(file, 'utf8'));
  }
  return files;
}

function course(): Course {
  return parseCourse(courseFiles()).course;
}

/** The labs of the course that a simulated cluster runs. */
export function simulatedLabs(): readonly Lab[] {
  const labs = course()
    .chapters.flatMap((chapter) => chapter.labs)
    .filter((lab) => lab.backends.includes('simulated'));
  if (labs.length === 0) throw new Error('the course has no labs');
  return labs;
}

export function firstLesson(): Lesson {
  const [lesson] = course().chapters.flatMap((chapter) => chapter.lessons);
  if (lesson === undefined) throw new Error('the course has no lessons');
  return lesson;
}
