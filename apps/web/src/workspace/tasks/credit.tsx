'use client';
import type { TaskReport } from '@podwire/protocol';
import { Send } from 'lucide-react';
import { useState } from 'react';
import type { ApiFailure, ApiResult } from '../../connection/api.ts';
import { Button } from '../../design/button.tsx';
import { Callout } from '../../design/callout.tsx';
import { Spinner } from '../../design/progress.tsx';
import type { Sealability } from '../session/learning-api.ts';
import { CheckResults } from './check-results.tsx';
import { creditWords } from './credit-words.ts';
import type { TaskText } from './public-task.ts';
import type { ProbeEvidence } from './report-model.ts';

interface CreditProps {
  readonly task: TaskText;
  /** The last one that was handed in, in this cluster. */
  readonly report: TaskReport | undefined;
  /** Whether this task can be graded in a cluster that the learner never touched. */
  readonly onAsk: () => Promise<ApiResult<Sealability>>;
  readonly onHandIn: () => Promise<ApiResult<TaskReport>>;
  /** Why nothing can be handed in now. */
  readonly blocked: string | undefined;
  readonly onShowPacket: (probe: ProbeEvidence) => void;
}

type Asked =
  | { readonly kind: 'asking' }
  | ({ readonly kind: 'answered' } & Sealability)
  | { readonly kind: 'unanswered'; readonly error: ApiFailure };

/** Why a task is graded where it is done. */
function InPlaceOnly({ done }: Pick<Sealability, 'done'>) {
  if (done.length === 0)
    return (
      <p className="text-muted">
        On this kind of cluster a task is graded where it is done, in your own cluster, by Check.
      </p>
    );
  return (
    <div className="text-muted">
      <p>
        This task asks for something done rather than something made, so it is graded in your own cluster, by
        Check. Nothing that you could hand in shows:
      </p>
      <ul className="mt-1 ml-4 list-disc">
        {done.map((title) => (
          <li key={title}>{title}</li>
        ))}
      </ul>
    </div>
  );
}

/** Handing in: what the learner made is replayed in a cluster that nobody has touched, and graded there. */
export function Credit({ task, report, onAsk, onHandIn, blocked, onShowPacket }: CreditProps) {
  const [asked, setAsked] = useState<Asked>();
  const [running, setRunning] = useState(false);
  const [error, setError] = useState<ApiFailure>();
  const ask = async (): Promise<void> => {
    setAsked({ kind: 'asking' });
    const answer = await onAsk();
    setAsked(answer.ok ? { kind: 'answered', ...answer.value } : { kind: 'unanswered', error: answer.error });
  };
  const handIn = async (): Promise<void> => {
    setRunning(true);
    setError(undefined);
    const answer = await onHandIn();
    setRunning(false);
    if (!answer.ok) setError(answer.error);
  };
  const words = report === undefined ? undefined : creditWords(report);
  return (
    <details
      className="disclosure needs-script mt-6 border-t border-line pt-4"
      onToggle={(event) => {
        if (event.currentTarget.open && blocked === undefined && asked?.kind !== 'answered') void ask();
      }}
    >
      <summary>
        Hand in for credit
        {words !== undefined && <span className="ml-2 text-sm font-normal text-muted">{words.short}</span>}
      </summary>
      <div className="grid gap-3 text-sm">
        <p className="text-muted">
          The objects you created, changed or deleted, the files in your home folder and your answers are put
          into a new simulated cluster that nobody has touched, and graded there. What you did inside nodes
          and pods is not taken along. Your own cluster stays as it is.
        </p>
        {blocked !== undefined && <p className="text-faint">{blocked}</p>}
        {asked?.kind === 'asking' && (
          <p className="flex items-center gap-2 text-faint" role="status">
            <Spinner /> Looking whether this task can be graded that way
          </p>
        )}
        {asked?.kind === 'unanswered' && (
          <Callout tone="warning" title="This could not be looked up" live>
            <p>{asked.error.message}</p>
            <Button size="small" className="mt-2" onClick={() => void ask()}>
              Try again
            </Button>
          </Callout>
        )}
        {asked?.kind === 'answered' && !asked.sealable && <InPlaceOnly done={asked.done} />}
        {asked?.kind === 'answered' && asked.sealable && (
          <div>
            <Button
              size="small"
              aria-disabled={running || blocked !== undefined}
              onClick={() => {
                if (!running && blocked === undefined) void handIn();
              }}
            >
              {running ? <Spinner /> : <Send aria-hidden="true" />}
              {running ? 'Grading in a new cluster' : report === undefined ? 'Hand in' : 'Hand in again'}
            </Button>
          </div>
        )}
        {error !== undefined && (
          <Callout tone="warning" title="This was not handed in" live>
            <p>{error.message}</p>
          </Callout>
        )}
        {report !== undefined && words !== undefined && (
          <section
            aria-label="What was handed in last"
            className="rounded-md border border-line bg-raised px-4 py-3"
          >
            <p className="font-semibold">{words.headline}</p>
            <p className="text-xs text-faint">{words.stored}</p>
            <div className="mt-2">
              <CheckResults
                checks={task.checks}
                state={{ kind: 'answered', report }}
                onShowPacket={onShowPacket}
              />
            </div>
            {report.notes !== undefined && report.notes.length > 0 && (
              <>
                <p className="mt-3 font-semibold">Not taken along</p>
                <ul className="ml-4 list-disc text-muted">
                  {report.notes.map((note) => (
                    <li key={note}>{note}</li>
                  ))}
                </ul>
              </>
            )}
          </section>
        )}
      </div>
    </details>
  );
}
