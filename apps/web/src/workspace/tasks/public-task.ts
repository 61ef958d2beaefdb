import type { ReactNode } from 'react';

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
  readonly kind: 'text' | 'single' | 'multiple';
  readonly prompt: ReactNode;
  readonly options: readonly { readonly id: string; readonly body: ReactNode }[];
}
