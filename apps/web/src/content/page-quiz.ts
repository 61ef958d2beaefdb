import type { PublicQuiz } from '@podwire/lab';
import type { ContainerDirective } from 'mdast-util-directive';
import type { ReactNode } from 'react';

/** A quiz on its page. */
export interface PageQuiz extends PublicQuiz {
  /** Of the lesson or lab, under which answers are kept. */
  readonly pageId: string;
  readonly locale: string | undefined;
  /** `predict` where there is no terminal: what the command printed when the page was made. */
  readonly output: string | undefined;
}

export function withPageQuiz(node: ContainerDirective, quiz: PageQuiz): ContainerDirective {
  return { ...node, data: { ...node.data, quiz } } as unknown as ContainerDirective;
}

/** undefined where nobody said which page it is on: it could not be answered. */
export function pageQuizOf(node: ContainerDirective): PageQuiz | undefined {
  const quiz = (node.data as { readonly quiz?: PageQuiz } | undefined)?.quiz;
  return quiz?.pageId === undefined ? undefined : quiz;
}

/** A quiz with its texts drawn. */
export interface QuizFieldProps {
  readonly quiz: PageQuiz;
  readonly prompt: ReactNode;
  readonly command: ReactNode;
  readonly options: readonly { readonly id: string; readonly body: ReactNode }[];
}
