import type { SealingView, TakenHint, TaskReport } from '@podwire/protocol';
import {
  reportResponseSchema,
  sealingResponseSchema,
  solutionSchema,
  takenHintSchema,
  takenHintsSchema,
} from '@podwire/protocol';
import { change, get } from '../../connection/api.ts';
import type { ApiResult } from '../../connection/api.ts';
import type { Answers } from './session-api.ts';

const inLanguage = (locale: string | undefined): string => (locale === undefined ? '' : `?locale=${locale}`);

/** Whether a task can be handed in for credit. */
export interface Sealability {
  readonly sealable: boolean;
  /** Titles of the checks that ask for something done. Empty where it is the cluster that can't be graded so. */
  readonly done: readonly string[];
}

/** What the server tells of a task beside its page, and grading for credit. */
export const learningApi = {
  takenHints: (sessionId: string, locale: string | undefined): Promise<ApiResult<readonly TakenHint[]>> =>
    get(`/api/sessions/${sessionId}/hints${inLanguage(locale)}`, () =>
      takenHintsSchema.transform((answer) => answer.hints),
    ),
  takeHint: (
    sessionId: string,
    hint: { readonly taskId: string; readonly hintId: string; readonly locale: string | undefined },
  ): Promise<ApiResult<TakenHint>> =>
    change('POST', `/api/sessions/${sessionId}/hints`, hint, () => takenHintSchema),
  solution: (
    sessionId: string,
    taskId: string,
    locale: string | undefined,
  ): Promise<ApiResult<TakenHint['body']>> =>
    get(`/api/sessions/${sessionId}/tasks/${taskId}/solution${inLanguage(locale)}`, () =>
      solutionSchema.transform((answer) => answer.body),
    ),
  sealing: (sessionId: string): Promise<ApiResult<SealingView>> =>
    get(`/api/sessions/${sessionId}/sealing`, () => sealingResponseSchema),
  handIn: (
    sessionId: string,
    taskId: string,
    submissionKey: string,
    answers: Answers,
  ): Promise<ApiResult<TaskReport>> =>
    change(
      'POST',
      `/api/sessions/${sessionId}/checks`,
      { taskId, submissionKey, answers, sealed: true },
      () => reportResponseSchema.transform((answer) => answer.report),
    ),
} as const;
