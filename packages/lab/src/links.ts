import type { RootContent } from 'mdast';
import type { Diagnostic } from './diagnostic.ts';
import { sinkFor } from './diagnostic.ts';
import { positionOf, visit } from './markdown.ts';
import type { Course, Question, Quiz } from './model.ts';
import { resolvePath } from './page-links.ts';

/** Pages of the site that are no lesson and no lab. */
const SITE_PAGES: readonly string[] = ['/', '/course', '/account'];

/** Links and images of lessons and labs that lead nowhere: to no file, no lesson, no lab. Other sites are not asked. */
export function checkLinks(
  course: Course,
  paths: ReadonlySet<string>,
  /** Whether `paths` has more than texts. */
  complete: boolean,
  diagnostics: Diagnostic[],
): void {
  const pages = pagesOf(course);
  for (const { file, nodes } of documentsOf(course)) {
    const sink = sinkFor(file, diagnostics);
    visit(nodes, (node) => {
      if (node.type !== 'link' && node.type !== 'image' && node.type !== 'definition') return;
      const problem = problemOf(node.url, file, pages, paths);
      if (problem === undefined || (!complete && problem.file === true && !node.url.endsWith('.md'))) return;
      const { message, remedy } = problem;
      sink.report({ code: 'PW0503', ...positionOf(node), message, remedy });
    });
  }
}

function pagesOf(course: Course): ReadonlySet<string> {
  const lessons = course.chapters.flatMap((chapter) => chapter.lessons);
  const labs = course.chapters.flatMap((chapter) => chapter.labs);
  return new Set([
    ...SITE_PAGES,
    ...lessons.flatMap((lesson) =>
      inEachLanguage(`/learn/${lesson.chapterId}/${lesson.id}`, lesson.translations),
    ),
    ...labs.flatMap((lab) => inEachLanguage(`/lab/${lab.id}`, lab.translations ?? [])),
  ]);
}

function inEachLanguage(page: string, translations: readonly { readonly locale: string }[]): string[] {
  return [page, ...translations.map(({ locale }) => `/${locale}${page}`)];
}

function documentsOf(
  course: Course,
): readonly { readonly file: string; readonly nodes: readonly RootContent[] }[] {
  return course.chapters.flatMap((chapter) => [
    ...chapter.lessons.flatMap((lesson) =>
      [lesson, ...lesson.translations].map((text) => ({
        file: `${lesson.chapterId}/${lesson.id}${text === lesson ? '' : `.${text.locale}`}.md`,
        nodes: [...text.body.children, ...text.quizzes.flatMap(quizNodes)],
      })),
    ),
    ...chapter.labs.flatMap((lab) =>
      [lab, ...(lab.translations ?? [])].map((text) => ({
        file: `${lab.chapterId}/${lab.id}/lab${text === lab ? '' : `.${text.locale ?? ''}`}.md`,
        nodes: [
          ...text.introduction,
          ...text.tasks.flatMap((task) => [
            ...task.body,
            ...task.hints.flatMap((hint) => hint.body),
            ...task.questions.flatMap(questionNodes),
            ...(task.solution ?? []),
          ]),
          ...text.conclusion,
          ...(text.quizzes ?? []).flatMap(quizNodes),
        ],
      })),
    ),
  ]);
}

function questionNodes({ prompt, options }: Pick<Question, 'prompt' | 'options'>): RootContent[] {
  return [...prompt, ...options.flatMap((option) => option.body)];
}

function quizNodes(quiz: Quiz): RootContent[] {
  return [...questionNodes(quiz), ...quiz.explanation];
}

interface Problem {
  readonly message: string;
  readonly remedy: string;
  /** It is a file that is missing. */
  readonly file?: boolean;
}

function problemOf(
  url: string,
  file: string,
  pages: ReadonlySet<string>,
  paths: ReadonlySet<string>,
): Problem | undefined {
  const [target = ''] = url.split(/[?#]/);
  if (target === '') return undefined;
  const scheme = /^([a-z][a-z0-9+.-]*):/i.exec(target)?.[1]?.toLowerCase();
  if (scheme !== undefined)
    return scheme === 'https' || scheme === 'http' || scheme === 'mailto'
      ? undefined
      : { message: `The link "${url}" is none that a page may have.`, remedy: 'Link to https://…' };
  if (target.startsWith('/'))
    return pages.has(target)
      ? undefined
      : {
          message: `This leads to "${target}", and there is no such page.`,
          remedy:
            'Link to the file of a lesson or a lab that course.yaml lists, as its path is from here: ../<chapter>/<lesson>.md, ../<lab>/lab.md.',
        };
  const path = resolvePath(file, target);
  return path !== undefined && paths.has(path)
    ? undefined
    : {
        message: `There is no file "${target}".`,
        remedy: 'Paths are relative to the file that has the link.',
        file: true,
      };
}
