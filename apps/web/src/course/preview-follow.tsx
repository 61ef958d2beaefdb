'use client';
import { useRouter } from 'next/navigation';
import { useEffect, useState } from 'react';

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
  return (
    <aside
      role="alert"
      className="fixed inset-x-0 bottom-0 z-50 max-h-[50vh] overflow-auto border-t-2 border-denied bg-raised px-5 py-4 text-sm shadow-lg"
    >
      <p className="font-semibold text-denied">
        {state.errors.length === 1 ? 'One mistake' : `${state.errors.length} mistakes`} in the course; this
        page shows it as it was before.
      </p>
      <ul className="mt-2 grid gap-2">
        {state.errors.map((error) => (
          <li key={`${error.place}${error.message}`}>
            <span className="font-mono text-xs">{error.place}</span>{' '}
            <span className="font-mono text-xs text-faint">{error.code}</span>
            <p>{error.message}</p>
            <p className="text-muted">{error.remedy}</p>
          </li>
        ))}
      </ul>
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
