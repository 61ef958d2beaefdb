'use client';
import { useRouter } from 'next/navigation';
import { useEffect, useId, useState } from 'react';
import { Button } from '../design/button.tsx';
import { VerdictMark } from '../design/verdict-mark.tsx';

interface PreviewState {
  readonly revision: number;
  readonly errors: readonly {
    readonly place: string;
    readonly code: string;
    readonly message: string;
    readonly remedy: string;
  }[];
  readonly warnings: number;
}

/** Between two questions that were not answered: the preview was ended, or is being started. */
const RETRY_MS = 1_000;

/** In `podwire preview` alone: draws the page again when a file of the course has changed, and shows what is wrong with it. */
export function PreviewFollow() {
  const router = useRouter();
  const [state, setState] = useState<PreviewState>();
  useEffect(() => {
    const ending = new AbortController();
    const follow = async (): Promise<void> => {
      let revision = 0;
      while (!ending.signal.aborted) {
        const next = await ask(revision, ending.signal);
        if (next === undefined) {
          await new Promise((resolve) => setTimeout(resolve, RETRY_MS));
          continue;
        }
        setState(next);
        // A course with errors is not drawn: what was there stays, and the errors stand over it.
        if (revision > 0 && next.revision > revision && next.errors.length === 0) router.refresh();
        revision = next.revision;
      }
    };
    void follow();
    return () => ending.abort();
  }, [router]);
  if (state === undefined || state.errors.length === 0) return null;
  return <Mistakes state={state} />;
}

/** Over the page, and out of its way when the author wants to see it. */
function Mistakes({ state: { errors, warnings } }: { readonly state: PreviewState }) {
  const [isOpen, setOpen] = useState(true);
  const listId = useId();
  const count = errors.length === 1 ? 'One mistake' : `${errors.length} mistakes`;
  const more = warnings === 0 ? '' : warnings === 1 ? ', and one warning' : `, and ${warnings} warnings`;
  return (
    <aside
      aria-label="Mistakes in the course"
      className="fixed inset-x-0 bottom-0 z-50 border-t-2 border-denied bg-raised text-sm text-ink shadow-lg"
    >
      <div className="mx-auto flex max-w-6xl items-start gap-3 px-4 pt-3 pb-2 sm:items-center sm:px-6">
        <span className="mt-0.5 shrink-0 sm:mt-0">
          <VerdictMark mark="denied" />
        </span>
        <p role="alert" className="min-w-0 flex-1">
          <span className="font-semibold text-denied">
            {count} in the course{more}.
          </span>{' '}
          <span className="text-muted">This page is as it was before.</span>
        </p>
        <Button size="small" aria-expanded={isOpen} aria-controls={listId} onClick={() => setOpen(!isOpen)}>
          {isOpen ? 'Hide' : 'Show'}
        </Button>
      </div>
      <ol
        id={listId}
        hidden={!isOpen}
        tabIndex={0}
        aria-label="Each mistake"
        className="mx-auto max-h-[40vh] max-w-6xl divide-y divide-line overflow-auto px-4 pb-2 sm:px-6"
      >
        {errors.map((error, index) => (
          <li key={index} className="py-2">
            <p className="flex flex-wrap items-baseline gap-x-3 font-mono text-xs text-muted">
              <span className="[overflow-wrap:anywhere]">{error.place}</span>
              <span>{error.code}</span>
            </p>
            <p className="mt-0.5 font-semibold [overflow-wrap:anywhere]">{error.message}</p>
            <p className="text-muted [overflow-wrap:anywhere]">{error.remedy}</p>
          </li>
        ))}
      </ol>
    </aside>
  );
}

async function ask(after: number, signal: AbortSignal): Promise<PreviewState | undefined> {
  try {
    const answer = await fetch(`/preview/state?after=${after}`, { signal, cache: 'no-store' });
    return answer.ok ? ((await answer.json()) as PreviewState) : undefined;
  } catch {
    return undefined;
  }
}
