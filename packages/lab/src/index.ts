export type * from './model.ts';
export { DEFAULT_TIMERS, publicLab } from './lab.ts';
export { parseCourse } from './course.ts';
export type { CourseFiles, ParsedCourse } from './course.ts';
export { DIAGNOSTIC_CODES } from './diagnostic.ts';
export type { Diagnostic, DiagnosticCode } from './diagnostic.ts';
export { JSON_SCHEMAS, jsonSchemaText } from './schemas.ts';
export { describeEndpoint, parseEndpoint } from './endpoint.ts';
