import { z } from 'zod';

export type Answer = string | string[];

/** What the learner answered, by task and question. */
export type AnswersByTask = ReadonlyMap<string, Readonly<Record<string, Answer>>>;

const answersSchema = z.record(z.string(), z.record(z.string(), z.union([z.string(), z.array(z.string())])));

export function withAnswer(
  answers: AnswersByTask,
  taskId: string,
  questionId: string,
  answer: Answer,
): AnswersByTask {
  return new Map(answers).set(taskId, { ...answers.get(taskId), [questionId]: answer });
}

export function writeAnswers(answers: AnswersByTask): string {
  return JSON.stringify(Object.fromEntries(answers));
}

/** What does not read as answers is none: it was written by an older page, or by hand. */
export function readAnswers(text: string | undefined): AnswersByTask {
  if (text === undefined) return new Map();
  try {
    return new Map(Object.entries(answersSchema.parse(JSON.parse(text))));
  } catch {
    return new Map();
  }
}
