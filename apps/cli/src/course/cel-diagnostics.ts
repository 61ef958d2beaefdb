import { celProblem } from '@podwire/cel';
import type { Course, CourseFiles, Diagnostic } from '@podwire/lab';
import { lineOf } from './line-of.ts';

/** The parser's own words without the list of all that it would have taken, and without a drawing of the place. */
function shortened(problem: string): string {
  const [first = problem] = problem.split('\n');
  const [, column, words = first] = /^ERROR: <input>:\d+:(\d+): (?:Syntax error: )?(.*)$/.exec(first) ?? [];
  const said = words.replace(/ expecting \{.*$/, '');
  return column === undefined ? said : `${said}, at its character ${column}`;
}

/** CEL expressions of checks that can't be read. */
export function celDiagnostics(course: Course, files: CourseFiles): readonly Diagnostic[] {
  return course.chapters
    .flatMap((chapter) => chapter.labs)
    .flatMap((lab) => {
      const file = `${lab.chapterId}/${lab.id}/lab.md`;
      return lab.tasks.flatMap((task) =>
        task.checks.flatMap((check): readonly Diagnostic[] => {
          const problem =
            check.kind === 'object' && check.cel !== undefined ? celProblem(check.cel) : undefined;
          if (problem === undefined) return [];
          return [
            {
              code: 'PW0305',
              severity: 'error',
              file,
              line: lineOf(files.get(file), `#${check.id}`),
              column: 1,
              message: `The CEL expression of check "${check.id}" can't be read: ${shortened(problem)}`,
              remedy: 'Write an expression over object, such as object.spec.replicas >= 2.',
            },
          ];
        }),
      );
    });
}
