'use client';
import { TriangleAlert, WifiOff } from 'lucide-react';
import { Button } from '../../design/button.tsx';
import type { LabState } from '../session/lab-state.ts';

interface WarningBarProps {
  readonly state: LabState;
  readonly onExtend: () => void;
}

/** One line under the top bar, only when there is something to know: no connection, or an end that is near. */
export function WarningBar({ state, onExtend }: WarningBarProps) {
  const session = state.phase.kind === 'session' ? state.phase.session : undefined;
  if (session?.state !== 'ready') return null;
  if (state.link === 'offline') {
    return (
      <p
        role="status"
        className="flex items-center gap-2 border-b border-caution/40 bg-caution-wash px-4 py-1.5 text-sm"
      >
        <WifiOff aria-hidden="true" className="size-4 shrink-0 text-caution" />
        No connection. Your cluster runs on, and what you type is sent when the connection is back.
      </p>
    );
  }
  if (state.warning === undefined) return null;
  return (
    <div
      role="alert"
      className="flex flex-wrap items-center gap-x-3 gap-y-1 border-b border-caution/40 bg-caution-wash px-4 py-1.5 text-sm"
    >
      <TriangleAlert aria-hidden="true" className="size-4 shrink-0 text-caution" />
      <span className="flex-1">{state.warning.message}</span>
      {session.timers.extensionsLeft > 0 && (
        <Button size="small" onClick={onExtend}>
          {session.timers.extensionMinutes} minutes more
        </Button>
      )}
    </div>
  );
}
