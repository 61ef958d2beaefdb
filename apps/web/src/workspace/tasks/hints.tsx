'use client';
import { Lightbulb } from 'lucide-react';
import { useState } from 'react';
import { Button } from '../../design/button.tsx';
import type { TaskText } from './public-task.ts';

/** One at a time, and only when asked for. */
export function Hints({ hints }: { readonly hints: TaskText['hints'] }) {
  const [shown, setShown] = useState(0);
  if (hints.length === 0) return null;
  return (
    <div className="grid gap-3">
      {hints.slice(0, shown).map((hint, index) => (
        <section key={hint.id} aria-label={`Hint ${index + 1}`} className="border-l-2 border-control pl-4">
          <p className="text-xs font-semibold text-faint">
            Hint {index + 1} of {hints.length}
          </p>
          <div className="prose">{hint.body}</div>
        </section>
      ))}
      {shown < hints.length && (
        <Button
          tone="quiet"
          size="small"
          className="needs-script -ml-2.5 w-fit"
          onClick={() => setShown(shown + 1)}
        >
          <Lightbulb aria-hidden="true" />
          {shown === 0 ? 'Show a hint' : 'Show the next hint'}
          <span className="font-normal text-faint">
            {shown + 1} of {hints.length}
          </span>
        </Button>
      )}
    </div>
  );
}
