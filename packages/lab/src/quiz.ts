import type { RootContent } from 'mdast';
import type { ContainerDirective } from 'mdast-util-directive';
import type { DiagnosticSink } from './diagnostic.ts';
import { isContainer, positionOf } from './markdown.ts';
import type { PublicQuiz, Quiz } from './model.ts';
import { isRun, readQuestion } from './question.ts';
import { readId } from './task.ts';

/**
 * Takes the quizzes out of a text: what is left in their place has no key. What stands below the options is the
 * explanation, which a reader gets with the answer.
 */
export function takeQuizzes(
  nodes: readonly RootContent[],
  quizzes: Quiz[],
  sink: DiagnosticSink,
): RootContent[] {
  return nodes.map((node) => {
    if (isContainer(node, 'quiz')) return takeQuiz(node, quizzes, sink);
    return 'children' in node
      ? ({ ...node, children: takeQuizzes(node.children, quizzes, sink) } as RootContent)
      : node;
  });
}

/** A quiz where it stands in a text; undefined for all else. */
export function quizOf(node: ContainerDirective): PublicQuiz | undefined {
  return (node.data as { readonly quiz?: PublicQuiz } | undefined)?.quiz;
}

function takeQuiz(node: ContainerDirective, quizzes: Quiz[], sink: DiagnosticSink): RootContent {
  const id = readId(node, 'quiz', sink);
  if (id === undefined) return { ...node, children: [] };
  if (quizzes.some((other) => other.id === id))
    sink.report({
      code: 'PW0201',
      ...positionOf(node),
      message: `Two quizzes of this page have the id "${id}".`,
      remedy: 'Give each quiz an id of its own; answers are stored under it.',
    });
  if (node.attributes?.['kind'] === undefined || node.attributes['kind'] === 'text')
    sink.report({
      code: 'PW0304',
      ...positionOf(node),
      message: `Quiz "${id}" does not say what kind it is.`,
      remedy:
        'Write kind=single, kind=multiple, kind=order or kind=predict; what is typed is asked by a question of a task.',
    });
  const options = node.children.findLastIndex(
    (child) => child.type === 'list' || (child.type === 'code' && isRun(child)),
  );
  const asked = { ...node, children: node.children.slice(0, options + 1) };
  const { question, marked } = readQuestion(asked, id, sink);
  const quiz: PublicQuiz = question;
  quizzes.push({
    ...quiz,
    key: marked,
    explanation: options < 0 ? [] : node.children.slice(options + 1),
  });
  return { ...node, children: [], data: { ...node.data, quiz } } as unknown as RootContent;
}
