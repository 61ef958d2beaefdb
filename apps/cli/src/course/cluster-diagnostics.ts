import { rangesForNeeds } from '@podwire/kubesim';
import type { Course, CourseFiles, Diagnostic } from '@podwire/lab';
import { lineOf } from './line-of.ts';

/** Clusters that labs ask for and that can't be made. */
export function clusterDiagnostics(course: Course, files: CourseFiles): readonly Diagnostic[] {
  return course.chapters
    .flatMap((chapter) => chapter.labs)
    .flatMap((lab) => {
      const file = `${lab.chapterId}/${lab.id}/lab.md`;
      return rangesForNeeds(lab.cluster).problems.map((problem): Diagnostic => {
        const field = /^cluster\.(\w+)/u.exec(problem)?.[1] ?? 'cluster';
        return {
          code: 'PW0403',
          severity: 'error',
          file,
          line: lineOf(files.get(file), `${field}:`),
          column: 1,
          message: problem,
          remedy: 'Leave the field out to have kind’s own ranges, or write ranges that fit.',
        };
      });
    });
}
