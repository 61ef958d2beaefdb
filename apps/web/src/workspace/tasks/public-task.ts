import type { ReactNode } from 'react';
import { nameParameters } from '../../content/parameters.ts';

/** A lab as the workspace gets it: texts already drawn, nothing in it that gives a solution away. */
export interface LabText {
  readonly id: string;
  readonly title: string;
  readonly summary: string;
  readonly minutes: number;
  readonly chapterTitle: string;
  readonly nodes: number;
  readonly introduction: ReactNode;
  readonly conclusion: ReactNode;
  readonly tasks: readonly TaskText[];
  readonly next: { readonly address: string; readonly title: string } | undefined;
}

export interface TaskText {
  readonly id: string;
  readonly title: string;
  readonly body: ReactNode;
  readonly hints: readonly { readonly id: string; readonly body: ReactNode }[];
  readonly questions: readonly QuestionText[];
  readonly checks: readonly { readonly id: string; readonly title: string }[];
  readonly needs: readonly string[];
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
