'use client';
import { ArrowDown, ArrowUp } from 'lucide-react';
import { useState } from 'react';
import type { Answer } from './answers.ts';
import { inOrder, moved } from './order.ts';
import type { QuestionText } from './public-task.ts';

interface OrderFieldProps {
  readonly id: string;
  readonly question: QuestionText;
  readonly answer: Answer | undefined;
  readonly onAnswer: (answer: Answer) => void;
}

/** Things to put in order, by buttons: they work with a keyboard, a finger and a screen reader alike. */
export function OrderField({ id, question, answer, onAnswer }: OrderFieldProps) {
  const [told, setTold] = useState('');
  const order = inOrder(
    question.options.map((option) => option.id),
    typeof answer === 'string' ? [] : (answer ?? []),
  );
  const move = (optionId: string, by: -1 | 1): void => {
    const next = moved(order, optionId, by);
    onAnswer([...next]);
    setTold(`Now at place ${next.indexOf(optionId) + 1} of ${next.length}.`);
  };
  return (
    <fieldset className="rounded-md border border-line bg-raised px-4 py-3" aria-labelledby={id}>
      <div id={id} className="prose text-base">
        {question.prompt}
        <p className="text-sm text-faint">Put them in order, first to last.</p>
      </div>
      <ol className="mt-2 grid gap-1 text-base">
        {order.map((optionId, index) => {
          const option = question.options.find((candidate) => candidate.id === optionId);
          return (
            <li
              key={optionId}
              id={`${id}-${optionId}`}
              className="-mx-2 grid grid-cols-[1.5rem_1fr_auto] items-center gap-2 rounded-sm border border-line bg-surface px-2 py-1"
            >
              <span className="font-mono text-xs text-faint">{index + 1}</span>
              <span id={`${id}-${optionId}-text`} className="[&>p]:m-0">
                {option?.body}
              </span>
              <span className="needs-script flex">
                {([-1, 1] as const).map((by) => (
                  <button
                    key={by}
                    type="button"
                    aria-label={by < 0 ? 'Earlier' : 'Later'}
                    aria-describedby={`${id}-${optionId}-text`}
                    aria-disabled={by < 0 ? index === 0 : index === order.length - 1}
                    onClick={() => move(optionId, by)}
                    className="flex size-8 items-center justify-center rounded-sm text-muted hover:bg-hover hover:text-ink aria-disabled:opacity-40"
                  >
                    {by < 0 ? (
                      <ArrowUp aria-hidden="true" className="size-4" />
                    ) : (
                      <ArrowDown aria-hidden="true" className="size-4" />
                    )}
                  </button>
                ))}
              </span>
            </li>
          );
        })}
      </ol>
      <p aria-live="polite" className="sr-only">
        {told}
      </p>
      {answer === undefined && (
        <button
          type="button"
          className="needs-script mt-2 rounded-sm text-sm font-semibold text-accent-strong hover:underline"
          onClick={() => onAnswer([...order])}
        >
          It is right as it stands
        </button>
      )}
    </fieldset>
  );
}
