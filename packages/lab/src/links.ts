import type { RootContent } from 'mdast';
import type { Diagnostic } from './diagnostic.ts';
import { sinkFor } from './diagnostic.ts';
import { positionOf, visit } from './markdown.ts';
import type { Course, Question, Quiz } from './model.ts';

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
    ...lessons.map((lesson) => `/learn/${lesson.chapterId}/${lesson.id}`),
    ...labs.map((lab) => `/lab/${lab.id}`),
  ]);
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
          message: `There is no page "${target}".`,
          remedy: 'Link to /learn/<chapter>/<lesson> or /lab/<lab>, or to a file beside this one.',
        };
  const path = resolve(file, target);
  return path !== undefined && paths.has(path)
    ? undefined
    : {
        message: `There is no file "${target}".`,
        remedy: 'Paths are relative to the file that has the link.',
        file: true,
      };
}

/** undefined when it leads out of the course. */
function resolve(file: string, target: string): string | undefined {
  const steps = file.split('/').slice(0, -1);
  for (const step of decoded(target).split('/')) {
    if (step === '' || step === '.') continue;
    if (step !== '..') steps.push(step);
    else if (steps.pop() === undefined) return undefined;
  }
  return steps.join('/');
}

function decoded(text: string): string {
  try {
    return decodeURIComponent(text);
  } catch {
    return text;
  }
}
