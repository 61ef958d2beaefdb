'use client';
import { useId } from 'react';
import { INPUT_CLASS } from '../../design/field.tsx';
import type { Answer } from './answers.ts';
import { OrderField } from './order-field.tsx';
import { PredictField } from './predict-field.tsx';
import type { QuestionText } from './public-task.ts';

interface QuestionFieldProps {
  readonly question: QuestionText;
  readonly answer: Answer | undefined;
  readonly onAnswer: (answer: Answer) => void;
}

export function QuestionField({ question, answer, onAnswer }: QuestionFieldProps) {
  const id = useId();
  if (question.kind === 'text') {
    return (
      <div className="rounded-md border border-line bg-raised px-4 py-3">
        <div id={id} className="prose text-base">
          {question.prompt}
        </div>
        <input
          className={`${INPUT_CLASS} mt-2.5 font-mono text-sm`}
          aria-labelledby={id}
          value={typeof answer === 'string' ? answer : ''}
          onChange={(event) => onAnswer(event.target.value)}
          autoComplete="off"
          spellCheck={false}
          maxLength={4_000}
        />
      </div>
    );
  }
  if (question.kind === 'order')
    return <OrderField id={id} question={question} answer={answer} onAnswer={onAnswer} />;
  if (question.kind === 'predict')
    return <PredictField id={id} question={question} answer={answer} onAnswer={onAnswer} />;
  const chosen = typeof answer === 'string' ? [answer] : (answer ?? []);
  return (
    <fieldset className="rounded-md border border-line bg-raised px-4 py-3" aria-labelledby={id}>
      <div id={id} className="prose text-base">
        {question.prompt}
        {question.kind === 'multiple' && <p className="text-sm text-faint">Choose all that are right.</p>}
      </div>
      <div className="mt-2 grid gap-0.5 text-base">
        {question.options.map((option) => (
          <label
            key={option.id}
            className="-mx-2 grid grid-cols-[auto_1fr] gap-2.5 rounded-sm px-2 py-1.5 hover:bg-hover has-checked:bg-accent-wash"
          >
            <input
              type={question.kind === 'single' ? 'radio' : 'checkbox'}
              name={id}
              className="mt-[0.3em] size-4"
              checked={chosen.includes(option.id)}
              onChange={(event) => {
                if (question.kind === 'single') onAnswer([option.id]);
                else
                  onAnswer(
                    event.target.checked
                      ? [...chosen, option.id]
                      : chosen.filter((other) => other !== option.id),
                  );
              }}
            />
            <span className="[&>p]:m-0">{option.body}</span>
          </label>
        ))}
      </div>
    </fieldset>
  );
}
