import type { Diagnostic } from './diagnostic.ts';
import { sinkFor } from './diagnostic.ts';
import { isTranslation } from './translations.ts';

/** What may stand in a lab's folder. */
const LAB_FILES: readonly string[] = ['lab.md', 'mutants.yaml', 'README.md'];
const LAB_FOLDERS: readonly string[] = ['setup', 'files', 'solution', 'wrong', 'images'];

interface Outline {
  readonly chapters: readonly {
    readonly id: string;
    readonly lessons: readonly string[];
    readonly labs: readonly string[];
  }[];
}

/** Files that nothing in the course leads to: a lab that was never listed, `setups/` for `setup/`. */
export function checkStrays(
  files: ReadonlyMap<string, string>,
  outline: Outline,
  diagnostics: Diagnostic[],
): void {
  const lessons = new Set(
    outline.chapters.flatMap(({ id, lessons: ids }) => ids.map((lesson) => `${id}/${lesson}.md`)),
  );
  const labs = new Set(outline.chapters.flatMap(({ id, labs: ids }) => ids.map((lab) => `${id}/${lab}`)));
  const reported = new Set<string>();
  const report = (place: string, message: string, remedy: string): void => {
    if (reported.has(place)) return;
    reported.add(place);
    sinkFor(place, diagnostics).report({
      code: 'PW0105',
      severity: 'warning',
      line: 1,
      column: 1,
      message,
      remedy,
    });
  };
  for (const path of files.keys()) {
    const [chapter, folder, first, ...rest] = path.split('/');
    if (chapter === undefined || folder === undefined) continue;
    if (first === undefined) {
      if (folder.endsWith('.md') && folder !== 'README.md' && !lessons.has(path) && !isTranslation(path))
        report(path, 'No chapter of course.yaml lists this lesson.', 'List it, or remove the file.');
    } else if (!labs.has(`${chapter}/${folder}`)) {
      if (first === 'lab.md')
        report(path, 'No chapter of course.yaml lists this lab.', 'List it, or remove the folder.');
    } else if (
      rest.length === 0 ? !LAB_FILES.includes(first) && !isTranslation(path) : !LAB_FOLDERS.includes(first)
    )
      report(
        path,
        `Nothing reads "${rest.length === 0 ? first : `${first}/`}" in a lab.`,
        `A lab has ${LAB_FILES.join(', ')} and the folders ${LAB_FOLDERS.join(', ')}.`,
      );
  }
}
