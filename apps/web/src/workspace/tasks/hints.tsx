'use client';
import type { TakenHint } from '@podwire/protocol';
import { Lightbulb } from 'lucide-react';
import { useState } from 'react';
import { DeliveredContent } from '../../content/delivered-content.tsx';
import { Button } from '../../design/button.tsx';
import { Spinner } from '../../design/progress.tsx';
import type { ApiResult } from '../../connection/api.ts';
import { nextHint } from './hint-order.ts';
import type { HintText } from './public-task.ts';

interface HintsProps {
  readonly hints: readonly HintText[];
  /** Those of this task that were taken and cost something, now or in an earlier cluster of the lab. */
  readonly taken: ReadonlyMap<string, TakenHint>;
  /** Why none that costs something can be taken now. */
  readonly cannotTake: string | undefined;
  readonly onTake: (hintId: string) => Promise<ApiResult<TakenHint>>;
}

/** One at a time, and only when asked for. What costs something says so, and asks, before it is shown. */
export function Hints({ hints, taken, cannotTake, onTake }: HintsProps) {
  const [asked, setAsked] = useState(0);
  const [confirming, setConfirming] = useState(false);
  const [taking, setTaking] = useState(false);
  const [problem, setProblem] = useState<string>();
  if (hints.length === 0) return null;
  const { shown, next } = nextHint(hints, asked, new Set(taken.keys()));
  const take = async (hintId: string): Promise<void> => {
    setTaking(true);
    setProblem(undefined);
    const told = await onTake(hintId);
    setTaking(false);
    if (!told.ok) setProblem(told.error.message);
    else {
      setConfirming(false);
      setAsked(Math.max(asked, shown.length + 1));
    }
  };
  return (
    <div className="grid gap-3">
      {shown.map((hint, index) => (
        <section key={hint.id} aria-label={`Hint ${index + 1}`} className="border-l-2 border-control pl-4">
          <p className="text-xs font-semibold text-faint">
            Hint {index + 1} of {hints.length}
            {hint.cost !== undefined && `, taken for ${taken.get(hint.id)?.cost ?? hint.cost} % of the score`}
          </p>
          <div className="prose">
            {hint.cost === undefined ? hint.body : <DeliveredContent body={taken.get(hint.id)?.body ?? []} />}
          </div>
        </section>
      ))}
      {next !== undefined && !confirming && (
        <Button
          tone="quiet"
          size="small"
          className="needs-script -ml-2.5 w-fit"
          onClick={() => {
            if (next.cost === undefined) setAsked(shown.length + 1);
            else setConfirming(true);
          }}
        >
          <Lightbulb aria-hidden="true" />
          {shown.length === 0 ? 'Show a hint' : 'Show the next hint'}
          <span className="font-normal text-faint">
            {shown.length + 1} of {hints.length}
            {next.cost !== undefined && `, costs ${next.cost} %`}
          </span>
        </Button>
      )}
      {next?.cost !== undefined && confirming && (
        <div
          role="group"
          aria-label="Take this hint?"
          className="rounded-md border border-line bg-raised px-4 py-3"
        >
          <p>
            This hint costs {next.cost} % of the score of this task. What you have scored before stays, and
            the task can still be passed.
          </p>
          {cannotTake !== undefined && <p className="mt-1 text-sm text-faint">{cannotTake}</p>}
          {problem !== undefined && (
            <p role="alert" className="mt-1 text-sm text-caution">
              {problem}
            </p>
          )}
          <div className="mt-2 flex flex-wrap gap-2">
            <Button
              size="small"
              aria-disabled={taking || cannotTake !== undefined}
              onClick={() => {
                if (!taking && cannotTake === undefined) void take(next.id);
              }}
            >
              {taking && <Spinner />} Show it for {next.cost} %
            </Button>
            <Button tone="quiet" size="small" onClick={() => setConfirming(false)}>
              Not now
            </Button>
          </div>
        </div>
      )}
    </div>
  );
}
