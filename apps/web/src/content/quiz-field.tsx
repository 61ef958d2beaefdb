'use client';
import { quizStateSchema, quizStatesSchema } from '@podwire/protocol';
import type { QuizState } from '@podwire/protocol';
import { useEffect, useState } from 'react';
import { change, fetchMe, get } from '../connection/api.ts';
import { Button } from '../design/button.tsx';
import { VerdictMark } from '../design/verdict-mark.tsx';
import type { Answer } from '../workspace/tasks/answers.ts';
import { QuestionField } from '../workspace/tasks/question-field.tsx';
import { DeliveredContent } from './delivered-content.tsx';
import type { PageQuiz, QuizFieldProps } from './page-quiz.ts';

const addressOf = ({ pageId, locale }: PageQuiz, quizId = ''): string =>
  `/api/quizzes/${pageId}${quizId}${locale === undefined ? '' : `?locale=${locale}`}`;

/** A question within a text. The server knows the answer and keeps what was given; nothing is graded by it. */
export function QuizField({ quiz, prompt, command, options }: QuizFieldProps) {
  const [answer, setAnswer] = useState<Answer>();
  const [state, setState] = useState<QuizState>();
  const [problem, setProblem] = useState<string>();
  const [asking, setAsking] = useState(false);
  useEffect(() => {
    const left = new AbortController();
    const isLeft = (): boolean => left.signal.aborted;
    const recall = async (): Promise<void> => {
      const known = await fetchMe();
      if (!known.ok || isLeft()) return;
      const before = await get(addressOf(quiz), () => quizStatesSchema);
      const own = before.ok ? before.value.quizzes.find(({ quizId }) => quizId === quiz.id) : undefined;
      if (isLeft() || own === undefined) return;
      setAnswer(own.answer);
      setState(own);
    };
    void recall();
    return () => {
      left.abort();
    };
  }, [quiz]);
  const given = typeof answer === 'string' ? [answer] : (answer ?? []);
  const isStale = state !== undefined && JSON.stringify(state.answer) !== JSON.stringify(given);
  const submit = async (): Promise<void> => {
    setAsking(true);
    setProblem(undefined);
    const told = await change(
      'POST',
      addressOf(quiz, `/${quiz.id}`),
      { answer: given },
      () => quizStateSchema,
    );
    setAsking(false);
    if (told.ok) setState(told.value);
    else setProblem(told.error.message);
  };
  return (
    <div className="quiz not-prose my-6" id={`quiz-${quiz.id}`}>
      <QuestionField
        question={{ id: quiz.id, kind: quiz.kind, prompt, command, options }}
        answer={answer}
        onAnswer={setAnswer}
      />
      <div className="needs-script mt-2 flex flex-wrap items-center gap-3">
        <Button
          size="small"
          aria-disabled={given.length === 0 || asking}
          onClick={() => {
            if (given.length > 0 && !asking) void submit();
          }}
        >
          {state === undefined || isStale ? 'Answer' : 'Answer again'}
        </Button>
        <p aria-live="polite" className="flex items-center gap-1.5 text-sm">
          {problem !== undefined && <span className="text-caution">{problem}</span>}
          {problem === undefined && state !== undefined && !isStale && (
            <>
              <VerdictMark mark={state.correct ? 'allowed' : 'denied'} />
              <span className={state.correct ? 'font-semibold text-allowed' : 'text-ink'}>
                {state.correct ? 'Right.' : 'Not so. Look again, then answer anew.'}
              </span>
            </>
          )}
        </p>
      </div>
      {state?.explanation !== undefined && !isStale && (
        <div className="prose mt-2 border-l-2 border-control pl-4 text-base">
          <DeliveredContent body={state.explanation} />
        </div>
      )}
    </div>
  );
}
