import type { RootContent } from 'mdast';
import type { ContainerDirective } from 'mdast-util-directive';
import { attribute, isContainer } from './markdown.ts';
import type { LabTranslation, Quiz, TaskTranslation } from './model.ts';
import { readOptions } from './question.ts';
import { quietSink } from './diagnostic.ts';
import { takeQuizzes } from './quiz.ts';

type Front = Pick<LabTranslation, 'locale' | 'title' | 'summary' | 'objectives'>;

/** The texts of a translated `lab.md`. Ids, kinds, keys and checks are its original's. */
export function readLabTranslation(front: Front, content: readonly RootContent[]): LabTranslation {
  const quizzes: Quiz[] = [];
  const introduction: RootContent[] = [];
  const tasks: TaskTranslation[] = [];
  let conclusion: readonly RootContent[] = [];
  for (const node of takeQuizzes(content, quizzes, quietSink())) {
    if (node.type !== 'containerDirective') introduction.push(node);
    else if (node.name === 'task') tasks.push(readTaskTranslation(node));
    else if (node.name === 'conclusion') conclusion = node.children;
    else introduction.push(node);
  }
  return { ...front, introduction, tasks, conclusion, quizzes };
}

function readTaskTranslation(task: ContainerDirective): TaskTranslation {
  const of = (name: string): readonly { readonly id: string; readonly node: ContainerDirective }[] =>
    task.children.flatMap((node) =>
      isContainer(node, name) ? [{ id: attribute(node, 'id') ?? '', node }] : [],
    );
  const own = ['hint', 'question', 'check', 'solution'];
  return {
    id: attribute(task, 'id') ?? '',
    title: attribute(task, 'title'),
    body: task.children.filter((node) => node.type !== 'containerDirective' || !own.includes(node.name)),
    hints: of('hint').map(({ id, node }) => ({ id, body: node.children })),
    questions: of('question').map(({ id, node }) => ({ id, ...readOptions(node) })),
    checks: of('check').map(({ id, node }) => ({ id, title: attribute(node, 'title') })),
    solution: of('solution')[0]?.node.children,
  };
}
