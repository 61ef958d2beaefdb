import type { Database } from '@podwire/db';
import { inLocale, quizzesIn } from '@podwire/lab';
import type { Quiz } from '@podwire/lab';
import type { QuizState } from '@podwire/protocol';
import type { Catalog } from '../course/catalog.ts';
import { Failure, notFound } from '../failure.ts';
import { treeOf } from './hints.ts';

interface QuizSubmission {
  readonly learnerId: string;
  /** A lesson or a lab. */
  readonly pageId: string;
  readonly quizId: string;
  readonly answer: readonly string[];
  readonly locale: string | undefined;
}

/** The quizzes within texts. Their keys stay here; the last answer of each learner is kept. */
export class Quizzes {
  readonly #database: Database;
  readonly #catalog: Catalog;

  constructor(database: Database, catalog: Catalog) {
    this.#database = database;
    this.#catalog = catalog;
  }

  async answer(submission: QuizSubmission, now: Date): Promise<QuizState> {
    const { learnerId, pageId, quizId } = submission;
    const quiz = this.#quizzes(pageId, submission.locale).find(({ id }) => id === quizId);
    if (quiz === undefined) throw notFound('quiz on this page');
    const answer = [...submission.answer];
    if (answer.some((id) => !quiz.options.some((option) => option.id === id)))
      throw new Failure(409, 'quiz-changed', 'This quiz was changed meanwhile. Reload the page.');
    const correct = isRight(quiz, answer);
    const row = await this.#database.quizAnswer.upsert({
      where: { learnerId_pageId_quizId: { learnerId, pageId, quizId } },
      create: { learnerId, pageId, quizId, answer, correct, tries: 1, answeredAt: now },
      update: { answer, correct, tries: { increment: 1 }, answeredAt: now },
    });
    return stateOf(quiz, row);
  }

  async states(
    learnerId: string,
    pageId: string,
    locale: string | undefined,
  ): Promise<{ readonly quizzes: readonly QuizState[] }> {
    const quizzes = this.#quizzes(pageId, locale);
    const rows = await this.#database.quizAnswer.findMany({ where: { learnerId, pageId } });
    return {
      quizzes: rows.flatMap((row) => {
        const quiz = quizzes.find(({ id }) => id === row.quizId);
        return quiz === undefined ? [] : [stateOf(quiz, row)];
      }),
    };
  }

  #quizzes(pageId: string, locale: string | undefined): readonly Quiz[] {
    const lab = this.#catalog.lab(pageId);
    if (lab !== undefined) return (locale === undefined ? lab : inLocale(lab, locale)).quizzes ?? [];
    const lesson = this.#catalog.lesson(pageId);
    if (lesson === undefined) throw notFound('lesson or lab');
    const translation = lesson.translations.find((each) => each.locale === locale);
    return translation === undefined ? lesson.quizzes : quizzesIn(lesson.quizzes, translation.quizzes);
  }
}

/** Order counts where the quiz asks for one. */
function isRight({ kind, key }: Quiz, answer: readonly string[]): boolean {
  if (answer.length !== key.length) return false;
  return kind === 'order'
    ? key.every((id, index) => answer[index] === id)
    : key.every((id) => answer.includes(id));
}

function stateOf(
  quiz: Quiz,
  {
    answer,
    correct,
    tries,
  }: { readonly answer: string[]; readonly correct: boolean; readonly tries: number },
): QuizState {
  const told = correct || quiz.kind === 'predict';
  return {
    quizId: quiz.id,
    answer,
    correct,
    tries,
    ...(told && quiz.explanation.length > 0 ? { explanation: treeOf(quiz.explanation) } : {}),
  };
}
