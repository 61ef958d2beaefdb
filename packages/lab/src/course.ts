import type { Course } from './model.ts';
import type { Diagnostic } from './diagnostic.ts';

/** Path relative to the course's folder, with `/` → text. */
export type CourseFiles = ReadonlyMap<string, string>;

/** `course` holds what could be parsed; with an error among the diagnostics it must not be served. */
export interface ParsedCourse {
  readonly course: Course;
  readonly diagnostics: readonly Diagnostic[];
}
export declare function parseCourse(files: CourseFiles): ParsedCourse;
