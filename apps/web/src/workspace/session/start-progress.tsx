import type { StartProgressView } from '@podwire/protocol';
import { useEffect, useState } from 'react';
import { Button } from '../../design/button.tsx';
import { Progress, Spinner } from '../../design/progress.tsx';
import { remainingWords, waitedWords } from './start-words.ts';
import { Actions, Frame } from './frame.tsx';

interface StartProgressProps {
  readonly nodes: number;
  readonly progress: StartProgressView;
  readonly title?: string;
  readonly onCancel?: () => void;
}

/** What is being waited for, how far it is, and how long it still takes: for starts that take longer than a moment. */
export function StartProgress({ nodes, progress, title, onCancel }: StartProgressProps) {
  const now = useNow();
  const [told, setTold] = useState({ progress, atMs: now });
  // Counted from when it was told: the server need not repeat itself each second.
  if (told.progress !== progress && !isSame(told.progress, progress)) setTold({ progress, atMs: now });
  const passedMs = Math.max(0, now - told.atMs);
  if (progress.kind === 'queued')
    return (
      <Frame title="You are in the queue">
        <p className="font-mono text-3xl tabular-nums">
          {progress.place}
          <span className="text-lg text-faint"> of {progress.waiting}</span>
        </p>
        <p role="status" className="text-muted">
          {progress.place === 1
            ? 'Yours is the next real cluster. It begins when there is room for it.'
            : `${progress.place - 1} ${progress.place === 2 ? 'learner is' : 'learners are'} before you.`}{' '}
          <span className="text-faint">{waitedWords(passedMs)}</span>
        </p>
        <p className="text-sm text-muted">
          You keep your place when you close this page. You can read the tasks meanwhile, or leave the queue
          and take a simulated cluster, which is there at once.
        </p>
        <Cancel label="Leave the queue" onCancel={onCancel} />
      </Frame>
    );
  return (
    <Frame title={title ?? 'Starting your cluster'}>
      <div aria-hidden="true" className="flex gap-3">
        {Array.from({ length: nodes }, (_, node) => (
          <span
            key={node}
            className="starting-node h-16 flex-1 rounded-md border border-control/60"
            style={{ animationDelay: `${node * 180}ms` }}
          />
        ))}
      </div>
      <Progress label="Steps of the start" value={progress.number - 1} max={progress.of} />
      <p role="status" className="flex items-center gap-2 text-muted">
        <Spinner /> {progress.text}
      </p>
      <p className="text-sm text-faint tabular-nums">
        Step {progress.number} of {progress.of}
        {progress.remainingMs === undefined ? '' : `, ${remainingWords(progress.remainingMs - passedMs)}`}
      </p>
      {progress.attempt > 1 && (
        <p className="text-sm text-caution">
          Attempt {progress.attempt}: the one before failed for a reason that may have passed.
        </p>
      )}
      <Cancel label="Cancel" onCancel={onCancel} />
    </Frame>
  );
}

function Cancel({
  label,
  onCancel,
}: {
  readonly label: string;
  readonly onCancel: (() => void) | undefined;
}) {
  return onCancel === undefined ? null : (
    <Actions>
      <Button onClick={onCancel}>{label}</Button>
    </Actions>
  );
}

/** The server sends its state again for other reasons, too. */
function isSame(left: StartProgressView, right: StartProgressView): boolean {
  return JSON.stringify(left) === JSON.stringify(right);
}

const TICK_MS = 1_000;

function useNow(): number {
  const [now, setNow] = useState(() => performance.now());
  useEffect(() => {
    const timer = setInterval(() => setNow(performance.now()), TICK_MS);
    return () => clearInterval(timer);
  }, []);
  return now;
}
