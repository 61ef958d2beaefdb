'use client';
import { Route } from 'lucide-react';
import { useEffect, useRef } from 'react';
import { Callout } from '../../design/callout.tsx';
import { VerdictMark } from '../../design/verdict-mark.tsx';
import type { CheckState } from '../session/lab-state.ts';
import { reportView } from './report-model.ts';
import type { CheckRow, ProbeEvidence } from './report-model.ts';

interface CheckResultsProps {
  readonly checks: readonly { readonly id: string; readonly title: string }[];
  readonly state: CheckState | undefined;
  readonly onShowPacket: (probe: ProbeEvidence) => void;
}

/** What will be checked, and after a check what it found: answers stand where the question was asked. */
export function CheckResults({ checks, state, onShowPacket }: CheckResultsProps) {
  const view = reportView(checks, state);
  const results = useRef<HTMLDivElement>(null);
  const before = useRef(state?.kind);
  useEffect(() => {
    // The answer comes into view where the check was pressed.
    if (before.current === 'running' && state?.kind === 'answered')
      results.current?.scrollIntoView({ block: 'nearest', behavior: 'smooth' });
    before.current = state?.kind;
  }, [state]);
  return (
    <div ref={results} className="grid scroll-my-20 gap-2">
      {state?.kind === 'unanswered' && (
        <Callout tone="warning" title="No answer to this check" live>
          <p>{state.error.message}</p>
        </Callout>
      )}
      <p
        aria-live="polite"
        className={
          view.headline === undefined
            ? 'sr-only'
            : `font-semibold ${view.tone === 'passed' ? 'text-allowed' : view.tone === 'failed' ? 'text-ink' : 'text-caution'}`
        }
      >
        {view.headline ?? (view.tone === 'running' ? 'Checking' : '')}
      </p>
      <ul className="grid gap-1.5">
        {view.rows.map((row) => (
          <Row key={row.id} row={row} running={view.tone === 'running'} onShowPacket={onShowPacket} />
        ))}
      </ul>
    </div>
  );
}

function Row({
  row,
  running,
  onShowPacket,
}: {
  readonly row: CheckRow;
  readonly running: boolean;
  readonly onShowPacket: (probe: ProbeEvidence) => void;
}) {
  return (
    <li className="grid grid-cols-[1.25rem_1fr] gap-x-2.5">
      <VerdictMark
        mark={row.mark}
        className={`mt-[0.17em] ${running && row.mark === 'waiting' ? 'animate-spin' : ''}`}
      />
      <div className="min-w-0">
        <p className={row.mark === 'waiting' ? 'text-muted' : ''}>
          {row.title} <span className="sr-only">: {row.word}</span>
          {row.mark !== 'waiting' && row.word !== 'passed' && (
            <span
              className={`ml-1.5 text-sm font-semibold ${row.mark === 'denied' ? 'text-denied' : row.mark === 'allowed' ? 'text-allowed' : 'text-caution'}`}
              aria-hidden="true"
            >
              {row.word}
            </span>
          )}
        </p>
        {row.note !== undefined && <p className="text-sm text-faint">{row.note}</p>}
        {row.failure !== undefined && <Failure failure={row.failure} />}
        {row.probes.length > 0 && (
          <ProbeButtons probes={row.probes} passed={row.failure === undefined} onShowPacket={onShowPacket} />
        )}
      </div>
    </li>
  );
}

function Failure({ failure }: { readonly failure: NonNullable<CheckRow['failure']> }) {
  const lines = [
    ['Expected', failure.expected],
    ['Saw', failure.saw],
    ['Because', failure.because],
  ] as const;
  return (
    <dl className="mt-1.5 grid grid-cols-[auto_1fr] gap-x-3 gap-y-1 border-l-2 border-denied bg-denied-wash/60 py-2 pr-3 pl-3 text-sm">
      {lines.map(
        ([term, text]) =>
          text !== undefined && (
            <div key={term} className="contents">
              <dt className="font-semibold text-muted">{term}</dt>
              <dd className="min-w-0 whitespace-pre-line">{text}</dd>
            </div>
          ),
      )}
    </dl>
  );
}

/** More than a few buttons in a row are a wall; the rest is behind one. */
const SHOWN_PROBES = 3;

interface ProbeButtonsProps {
  readonly probes: readonly ProbeEvidence[];
  readonly passed: boolean;
  readonly onShowPacket: (probe: ProbeEvidence) => void;
}

function ProbeButtons({ probes, passed, onShowPacket }: ProbeButtonsProps) {
  const [first] = probes;
  if (first === undefined) return null;
  const button = (probe: ProbeEvidence, text: string) => (
    <button
      key={probe.label}
      type="button"
      className="inline-flex min-h-7 items-center gap-1.5 rounded-sm text-sm font-semibold text-accent hover:text-accent-strong hover:underline hover:underline-offset-4"
      onClick={() => onShowPacket(probe)}
    >
      <Route aria-hidden="true" className="size-4" />
      {text}
    </button>
  );
  if (passed || probes.length === 1) return <div className="mt-1">{button(first, 'Show me the packet')}</div>;
  const rest = probes.slice(SHOWN_PROBES);
  return (
    <div className="mt-1 flex flex-wrap gap-x-4">
      {probes.slice(0, SHOWN_PROBES).map((probe) => button(probe, probe.label))}
      {rest.length > 0 && (
        <details className="w-full text-sm">
          <summary className="w-fit text-muted">{rest.length} more</summary>
          <div className="grid">{rest.map((probe) => button(probe, probe.label))}</div>
        </details>
      )}
    </div>
  );
}
