export type * from './model.ts';
export { DEFAULT_TIMERS, publicLab } from './lab.ts';
export { parseCourse } from './course.ts';
export type { CourseFiles, ParsedCourse } from './course.ts';
export type { Diagnostic } from './diagnostic.ts';
