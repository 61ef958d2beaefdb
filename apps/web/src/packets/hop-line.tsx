import type { CSSProperties } from 'react';
import { classNames } from '../design/class-names.ts';
import { VerdictMark } from '../design/verdict-mark.tsx';
import { addressOf, formatMs, originName } from './packet-model.ts';
import type { Endpoints, Hop } from './packet-model.ts';

interface HopLineProps {
  readonly hop: Hop;
  readonly lanes: number;
  /** The way begins here. */
  readonly begins: boolean;
  /** The way ends here. */
  readonly ends: boolean;
}

const WORD_COLOURS = {
  allowed: 'text-allowed',
  denied: 'text-denied',
  rejected: 'text-denied',
  unknown: 'text-caution',
  waiting: 'text-faint',
} as const;

/** One line of the packet view: where on the hook's way, what was decided, and by which object and field. */
export function HopLine({ hop, lanes, begins, ends }: HopLineProps) {
  const { step } = hop;
  return (
    <li className="packet-hop" data-stopped={hop.mark === 'denied' || hop.mark === 'rejected' || undefined}>
      <Wire hop={hop} lanes={lanes} begins={begins} ends={ends} />
      <div className="min-w-0 pb-2.5">
        <p className="flex flex-wrap items-baseline gap-x-2">
          <span className="font-mono text-xs text-muted">
            {step.stage}
            {step.interfaceName !== undefined && <span className="text-faint"> {step.interfaceName}</span>}
          </span>
          <span
            className={classNames(
              'text-sm font-semibold',
              hop.mark === undefined ? 'text-ink' : WORD_COLOURS[hop.mark],
            )}
          >
            {hop.word}
          </span>
        </p>
        {step.detail !== '' && <p className="max-w-[70ch] text-sm text-muted">{step.detail}</p>}
        {step.origin !== undefined && (
          <p className="mt-0.5 text-xs">
            <span className="font-mono font-semibold text-accent-strong">{originName(step.origin)}</span>
            {step.origin.field !== undefined && (
              <span className="ml-2 font-mono text-muted">{step.origin.field}</span>
            )}
            {step.origin.reason !== undefined && (
              <span className="mt-0.5 block max-w-[70ch] text-muted">{step.origin.reason}</span>
            )}
          </p>
        )}
        {step.after !== undefined && (hop.changed.source || hop.changed.destination) && (
          <Rewriting before={step.before} after={step.after} changed={hop.changed} />
        )}
        {step.rule !== undefined && (
          <details className="mt-1 text-xs">
            <summary className="w-fit text-faint hover:text-ink">
              Rule in <span className="font-mono">{step.rule.chain}</span>
            </summary>
            <pre
              className="mt-1 overflow-x-auto rounded-sm bg-sunken px-2 py-1.5 leading-relaxed whitespace-pre-wrap"
              tabIndex={0}
            >
              {`table ${step.rule.table}\n${step.rule.text}`}
            </pre>
          </details>
        )}
      </div>
      <span className="pt-0.5 text-right font-mono text-xs whitespace-nowrap text-faint">
        {hop.sincePreviousMs === undefined || hop.sincePreviousMs === 0
          ? ''
          : `+${formatMs(hop.sincePreviousMs)}`}
      </span>
    </li>
  );
}

interface RewritingProps {
  readonly before: Endpoints;
  readonly after: Endpoints;
  readonly changed: Hop['changed'];
}

function Rewriting({ before, after, changed }: RewritingProps) {
  return (
    <dl className="mt-1.5 grid w-fit max-w-full grid-cols-[auto_auto] gap-x-3 gap-y-0.5 rounded-sm bg-sunken px-2.5 py-1.5 text-xs">
      <dt className="text-faint">before</dt>
      <dd className="font-mono break-all">
        <Address text={addressOf(before.source, before.sourcePort)} mark={changed.source ? 'old' : 'same'} />{' '}
        <span className="text-faint">→</span>{' '}
        <Address
          text={addressOf(before.destination, before.destinationPort)}
          mark={changed.destination ? 'old' : 'same'}
        />
      </dd>
      <dt className="text-faint">after</dt>
      <dd className="font-mono break-all">
        <Address text={addressOf(after.source, after.sourcePort)} mark={changed.source ? 'new' : 'same'} />{' '}
        <span className="text-faint">→</span>{' '}
        <Address
          text={addressOf(after.destination, after.destinationPort)}
          mark={changed.destination ? 'new' : 'same'}
        />
      </dd>
    </dl>
  );
}

function Address({ text, mark }: { readonly text: string; readonly mark: 'same' | 'old' | 'new' }) {
  if (mark === 'same') return <span className="text-muted">{text}</span>;
  if (mark === 'old') return <del className="text-ink decoration-1">{text}</del>;
  return (
    <ins className="rounded-[2px] bg-accent-wash px-0.5 font-semibold text-accent-strong no-underline">
      {text}
    </ins>
  );
}

/** The wire where no hop stands: beside the name of a place. */
export function PassingWire({ lane, lanes }: { readonly lane: number | undefined; readonly lanes: number }) {
  const style = { '--lanes': lanes, '--lane': lane ?? 0, '--lane-after': lane ?? 0 } as CSSProperties;
  return (
    <span className="packet-wire" style={style} aria-hidden="true">
      {lane !== undefined && <span className="packet-wire-in packet-wire-through" />}
    </span>
  );
}

/** The wire beside the lines. Each rewritten address moves it one lane over, so that NAT is seen before it is read. */
function Wire({ hop, lanes, begins, ends }: HopLineProps) {
  const style = { '--lanes': lanes, '--lane': hop.lane, '--lane-after': hop.laneAfter } as CSSProperties;
  return (
    <span className="packet-wire" style={style} aria-hidden="true">
      {!begins && <span className="packet-wire-in" />}
      {hop.lane !== hop.laneAfter && <span className="packet-wire-over" />}
      {!ends && <span className="packet-wire-out" />}
      {hop.mark === undefined ? (
        <span className={classNames('packet-wire-point', hop.quiet && 'packet-wire-quiet')} />
      ) : (
        <VerdictMark mark={hop.mark} className="packet-wire-mark" />
      )}
    </span>
  );
}
