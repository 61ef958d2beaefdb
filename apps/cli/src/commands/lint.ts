import process from 'node:process';
import { parseCourse } from '@podwire/lab';
import type { Diagnostic } from '@podwire/lab';
import { readCourse } from '../course/course-files.ts';
import { renderDiagnostics } from '../course/render-diagnostics.ts';
import { EXIT, plural } from '../terminal/output.ts';
import type { ExitCode, Output } from '../terminal/output.ts';

export interface LintOptions {
  readonly json: boolean;
  readonly maxWarnings?: string;
}

/** Everything that is wrong with a course, by file, line and column. */
export async function lint(
  folder: string | undefined,
  options: LintOptions,
  output: Output,
): Promise<ExitCode> {
  const limit = options.maxWarnings === undefined ? Infinity : Number(options.maxWarnings);
  if (Number.isNaN(limit) || limit < 0) {
    output.err(`podwire lint: --max-warnings "${options.maxWarnings ?? ''}": a number of warnings.`);
    return EXIT.usage;
  }
  const read = readCourse(folder, process.cwd());
  if (!read.ok) {
    output.err(`podwire lint: ${read.message}`);
    return EXIT.usage;
  }
  const parsed = parseCourse(read.files, read.others);
  const [{ manifestDiagnostics }, { celDiagnostics }, { clusterDiagnostics }] = await Promise.all([
    import('../course/manifest-diagnostics.ts'),
    import('../course/cel-diagnostics.ts'),
    import('../course/cluster-diagnostics.ts'),
  ]);
  const found = [
    ...parsed.diagnostics,
    ...celDiagnostics(parsed.course, read.files),
    ...clusterDiagnostics(parsed.course, read.files),
    ...manifestDiagnostics(parsed.course),
  ].sort(inOrder);
  const errors = found.filter(({ severity }) => severity === 'error').length;
  const warnings = found.length - errors;
  if (options.json)
    output.out(JSON.stringify({ folder: read.folder, errors, warnings, diagnostics: found }, null, 2));
  else {
    if (found.length > 0) output.out(renderDiagnostics(found, read.folder, output.paint));
    output.out(summary(parsed.course.chapters, errors, warnings));
  }
  return errors > 0 || warnings > limit ? EXIT.failed : EXIT.ok;
}

function inOrder(left: Diagnostic, right: Diagnostic): number {
  if (left.file !== right.file) return left.file < right.file ? -1 : 1;
  return left.line - right.line || left.column - right.column;
}

function summary(
  chapters: readonly { readonly lessons: readonly unknown[]; readonly labs: readonly unknown[] }[],
  errors: number,
  warnings: number,
): string {
  const count = (field: 'lessons' | 'labs'): number =>
    chapters.reduce((sum, chapter) => sum + chapter[field].length, 0);
  const what = `${plural(count('lessons'), 'lesson')}, ${plural(count('labs'), 'lab')}`;
  return `${what}: ${plural(errors, 'error')}, ${plural(warnings, 'warning')}.`;
}
