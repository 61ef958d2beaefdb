import type { BackendName } from '@podwire/protocol';
import type { ReactNode } from 'react';
import type { LanguageLink } from '../../course/languages.ts';
import { nameParameters } from '../../content/parameters.ts';

/** A lab as the workspace gets it: texts already drawn, nothing in it that gives a solution away. */
export interface LabText {
  readonly id: string;
  readonly title: string;
  readonly summary: string;
  readonly minutes: number;
  readonly chapterTitle: string;
  /** The language of its texts. */
  readonly locale: string;
  /** Given to the server for texts that come later; undefined for the original. */
  readonly translation: string | undefined;
  readonly languages: readonly LanguageLink[];
  readonly nodes: number;
  /** Kinds of cluster it can run on, in its author's order. */
  readonly backends: readonly BackendName[];
  readonly introduction: ReactNode;
  readonly conclusion: ReactNode;
  readonly tasks: readonly TaskText[];
  readonly next: { readonly address: string; readonly title: string } | undefined;
}

export interface TaskText {
  readonly id: string;
  readonly title: string;
  readonly body: ReactNode;
  readonly hints: readonly HintText[];
  /** Its author's solution can be asked for once it has passed. */
  readonly hasSolution: boolean;
  readonly questions: readonly QuestionText[];
  readonly checks: readonly { readonly id: string; readonly title: string }[];
  readonly needs: readonly string[];
}

export interface HintText {
  readonly id: string;
  /** Percent of the task's score; its text then comes from the server, to whoever takes it. */
  readonly cost: number | undefined;
  readonly body: ReactNode;
}

export interface QuestionText {
  readonly id: string;
  readonly kind: 'text' | 'single' | 'multiple' | 'order' | 'predict';
  readonly prompt: ReactNode;
  /** `predict`: what is run once a choice is made. */
  readonly command: ReactNode;
  readonly options: readonly { readonly id: string; readonly body: ReactNode }[];
}

/** Titles are plain text: this learner's values stand in them, or the names of values that are still to be drawn. */
export function titlesWith(lab: LabText, parameters: Readonly<Record<string, string>> | undefined): LabText {
  return {
    ...lab,
    tasks: lab.tasks.map((task) => ({
      ...task,
      title: nameParameters(task.title, parameters),
      checks: task.checks.map((check) => ({ ...check, title: nameParameters(check.title, parameters) })),
    })),
  };
}
