'use client';
import type { TakenHint } from '@podwire/protocol';
import { useState } from 'react';
import type { ApiResult } from '../../connection/api.ts';
import { DeliveredContent } from '../../content/delivered-content.tsx';
import { Button } from '../../design/button.tsx';
import { Spinner } from '../../design/progress.tsx';

interface SolutionProps {
  readonly onAsk: () => Promise<ApiResult<TakenHint['body']>>;
}

/** How the author does a task, for who has passed it. */
export function Solution({ onAsk }: SolutionProps) {
  const [state, setState] = useState<ApiResult<TakenHint['body']> | 'asking'>();
  if (state !== undefined && state !== 'asking' && state.ok)
    return (
      <section aria-label="The author’s solution" className="border-l-2 border-allowed pl-4">
        <p className="text-xs font-semibold text-faint">How the author does it</p>
        <div className="prose">
          <DeliveredContent body={state.value} />
        </div>
      </section>
    );
  const ask = async (): Promise<void> => {
    setState('asking');
    setState(await onAsk());
  };
  return (
    <div>
      <Button tone="quiet" size="small" className="-ml-2.5 w-fit" onClick={() => void ask()}>
        {state === 'asking' && <Spinner />} Show how the author does it
      </Button>
      {state !== undefined && state !== 'asking' && (
        <p role="alert" className="text-sm text-caution">
          {state.error.message}
        </p>
      )}
    </div>
  );
}
