'use client';
import type { QuizState } from '@podwire/protocol';
import { lazy, Suspense, useEffect, useRef, useState } from 'react';
import { change, fetchMe, get } from '../connection/api.ts';
import { Button } from '../design/button.tsx';
import { VerdictMark } from '../design/verdict-mark.tsx';
import type { Answer } from '../workspace/tasks/answers.ts';
import { QuestionField } from '../workspace/tasks/question-field.tsx';
import type { PageQuiz, QuizFieldProps } from './page-quiz.ts';

/** Explanations come with answers, and what draws them with the first of them. */
const Explanation = lazy(async () => {
  try {
    return { default: (await import('./delivered-content.tsx')).DeliveredContent };
  } catch {
    return { default: NotLoaded };
  }
});

function NotLoaded() {
  return <p className="text-sm text-caution">The explanation did not load. Reload the page to read it.</p>;
}

/** What was answered before is asked for when the reader comes so near: most of a page is read without. */
const NEAR = '600px';

const addressOf = ({ pageId, locale }: PageQuiz, quizId = ''): string =>
  `/api/quizzes/${pageId}${quizId}${locale === undefined ? '' : `?locale=${locale}`}`;

function wrongWords(kind: PageQuiz['kind']): string {
  return kind === 'predict' ? 'It went otherwise.' : 'Not so. Look again, then answer anew.';
}

/** A question within a text. The server knows the answer and keeps what was given; nothing is graded by it. */
export function QuizField({ quiz, prompt, command, options }: QuizFieldProps) {
  const [answer, setAnswer] = useState<Answer>();
  const [state, setState] = useState<QuizState>();
  const [problem, setProblem] = useState<string>();
  const [asking, setAsking] = useState(false);
  const field = useRef<HTMLDivElement>(null);
  useEffect(() => {
    const element = field.current;
    if (element === null) return undefined;
    const left = new AbortController();
    const isLeft = (): boolean => left.signal.aborted;
    const recall = async (): Promise<void> => {
      const known = await fetchMe();
      if (!known.ok || isLeft()) return;
      const before = await get(addressOf(quiz), (protocol) => protocol.quizStatesSchema);
      const own = before.ok ? before.value.quizzes.find(({ quizId }) => quizId === quiz.id) : undefined;
      if (isLeft() || own === undefined) return;
      // Whoever has begun to answer anew goes on.
      setAnswer((begun) => begun ?? own.answer);
      setState(own);
    };
    const observer = new IntersectionObserver(
      (entries) => {
        if (!entries.some((entry) => entry.isIntersecting)) return;
        observer.disconnect();
        void recall();
      },
      { rootMargin: NEAR },
    );
    observer.observe(element);
    return () => {
      observer.disconnect();
      left.abort();
    };
  }, [quiz]);
  const given = typeof answer === 'string' ? [answer] : (answer ?? []);
  const isStale = state !== undefined && JSON.stringify(state.answer) !== JSON.stringify(given);
  const isAnswered = state !== undefined && !isStale;
  // The same answer would be told the same again.
  const mayAnswer = given.length > 0 && !asking && !isAnswered;
  const submit = async (): Promise<void> => {
    setAsking(true);
    setProblem(undefined);
    const told = await change(
      'POST',
      addressOf(quiz, `/${quiz.id}`),
      { answer: given },
      (protocol) => protocol.quizStateSchema,
    );
    setAsking(false);
    if (told.ok) setState(told.value);
    else setProblem(told.error.message);
  };
  return (
    <div
      ref={field}
      className="quiz not-prose my-6 rounded-md border border-line bg-raised [&>fieldset]:border-0 [&>fieldset]:bg-transparent"
      id={`quiz-${quiz.id}`}
    >
      <QuestionField
        question={{ id: quiz.id, kind: quiz.kind, prompt, command, options }}
        answer={answer}
        onAnswer={setAnswer}
      />
      <div className="needs-script flex min-h-14 flex-wrap items-center gap-x-3 gap-y-2 border-t border-line px-4 py-2.5">
        <Button
          size="small"
          aria-disabled={!mayAnswer}
          onClick={() => {
            if (mayAnswer) void submit();
          }}
        >
          {isAnswered ? 'Answered' : 'Answer'}
        </Button>
        <p aria-live="polite" className="flex items-center gap-1.5 text-sm">
          {problem !== undefined && <span className="text-caution">{problem}</span>}
          {problem === undefined && isAnswered && (
            <>
              <VerdictMark mark={state.correct ? 'allowed' : 'denied'} />
              <span className={state.correct ? 'font-semibold text-allowed' : 'text-ink'}>
                {state.correct ? 'Right.' : wrongWords(quiz.kind)}
              </span>
            </>
          )}
        </p>
      </div>
      {isAnswered && state.explanation !== undefined && (
        <div className="prose px-4 pb-3 text-base">
          <Suspense fallback={null}>
            <Explanation body={state.explanation} />
          </Suspense>
        </div>
      )}
    </div>
  );
}
