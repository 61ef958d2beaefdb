import type { Lab, Quiz, Task, TaskTranslation } from './model.ts';

/** The lab with its texts in this language; what is not translated stays as it is. */
export function inLocale(lab: Lab, locale: string): Lab {
  const translation = lab.translations?.find((each) => each.locale === locale);
  if (translation === undefined) return lab;
  const { title, summary, introduction, conclusion } = translation;
  return {
    ...lab,
    locale,
    title,
    summary,
    objectives:
      translation.objectives.length === lab.objectives.length ? translation.objectives : lab.objectives,
    introduction,
    conclusion: conclusion.length > 0 ? conclusion : lab.conclusion,
    tasks: lab.tasks.map((task) =>
      taskIn(
        task,
        translation.tasks.find(({ id }) => id === task.id),
      ),
    ),
    quizzes: quizzesIn(lab.quizzes ?? [], translation.quizzes),
  };
}

/** The explanations in another language; the key is the original's. */
export function quizzesIn(originals: readonly Quiz[], translated: readonly Quiz[]): readonly Quiz[] {
  return originals.map((quiz) => ({
    ...quiz,
    explanation: translated.find(({ id }) => id === quiz.id)?.explanation ?? quiz.explanation,
  }));
}

function taskIn(task: Task, texts: TaskTranslation | undefined): Task {
  if (texts === undefined) return task;
  const of = <Entry extends { readonly id: string }>(
    entries: readonly Entry[],
    id: string,
  ): Entry | undefined => entries.find((entry) => entry.id === id);
  return {
    ...task,
    title: texts.title ?? task.title,
    body: texts.body,
    hints: task.hints.map((hint) => ({ ...hint, body: of(texts.hints, hint.id)?.body ?? hint.body })),
    questions: task.questions.map((question) => {
      const translated = of(texts.questions, question.id);
      if (translated === undefined) return question;
      return {
        ...question,
        prompt: translated.prompt,
        options: question.options.map((option) => of(translated.options, option.id) ?? option),
      };
    }),
    checks: task.checks.map((check) => ({
      ...check,
      title: of(texts.checks, check.id)?.title ?? check.title,
    })),
    ...(task.solution === undefined ? {} : { solution: texts.solution ?? task.solution }),
  };
}
