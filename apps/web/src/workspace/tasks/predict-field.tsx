'use client';
import { useState } from 'react';
import { CommandProvider, RanProvider, useCommandPort } from '../../content/command-port.tsx';
import type { CommandPort } from '../../content/command-port.tsx';
import type { Answer } from './answers.ts';
import type { QuestionText } from './public-task.ts';

interface PredictFieldProps {
  readonly id: string;
  readonly question: QuestionText;
  readonly answer: Answer | undefined;
  readonly onAnswer: (answer: Answer) => void;
}

/** First what the learner expects, then the command: it is there once they have chosen, and running it fixes the choice. */
export function PredictField({ id, question, answer, onAnswer }: PredictFieldProps) {
  const port = useCommandPort();
  const [ran, setRan] = useState(false);
  const [chosen] = typeof answer === 'string' ? [answer] : (answer ?? []);
  const watched: CommandPort | undefined = port && {
    ...port,
    typeCommand: (command, place) => {
      setRan(true);
      port.typeCommand(command, place);
    },
  };
  return (
    <fieldset className="rounded-md border border-line bg-raised px-4 py-3" aria-labelledby={id}>
      <div id={id} className="prose text-base">
        {question.prompt}
      </div>
      <div className="mt-2 grid gap-0.5 text-base">
        {question.options.map((option) => (
          <label
            key={option.id}
            className="-mx-2 grid grid-cols-[auto_1fr] gap-2.5 rounded-sm px-2 py-1.5 hover:bg-hover has-checked:bg-accent-wash has-disabled:hover:bg-transparent"
          >
            <input
              type="radio"
              name={id}
              className="mt-[0.3em] size-4"
              checked={chosen === option.id}
              disabled={ran}
              onChange={() => onAnswer([option.id])}
            />
            <span className="[&>p]:m-0">{option.body}</span>
          </label>
        ))}
      </div>
      <div aria-live="polite" className="prose mt-3 text-base">
        {chosen === undefined ? (
          <p className="text-sm text-faint">Choose what you expect. Then you can run it and see.</p>
        ) : (
          <>
            {watched === undefined ? (
              <RanProvider onRan={() => setRan(true)}>{question.command}</RanProvider>
            ) : (
              <CommandProvider port={watched}>{question.command}</CommandProvider>
            )}
            {ran && (
              <p className="text-sm text-muted">
                {port === undefined
                  ? 'Compare what it prints with what you expected, then answer.'
                  : 'Compare what the terminal shows with what you expected, then check.'}{' '}
                <button
                  type="button"
                  className="rounded-sm font-semibold text-accent-strong hover:underline"
                  onClick={() => setRan(false)}
                >
                  Choose again
                </button>
              </p>
            )}
          </>
        )}
      </div>
    </fieldset>
  );
}
