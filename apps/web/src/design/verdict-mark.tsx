import { classNames } from './class-names.ts';

/**
 * What became of a packet, a probe or a check. Each has a shape of its own (ring with tick, bar across, arrow back,
 * open ring, dashes) so that nobody needs the colour, and is never shown without its word nearby.
 */
export type Mark = 'allowed' | 'denied' | 'rejected' | 'unknown' | 'waiting';

const COLOURS: Readonly<Record<Mark, string>> = {
  allowed: 'text-allowed',
  denied: 'text-denied',
  rejected: 'text-denied',
  unknown: 'text-caution',
  waiting: 'text-faint',
};

function Shape({ mark }: { readonly mark: Mark }) {
  switch (mark) {
    case 'allowed':
      return (
        <>
          <circle cx="10" cy="10" r="8.25" fill="currentColor" />
          <path
            d="M6.2 10.3l2.6 2.6 5-5.6"
            stroke="var(--surface-raised)"
            strokeWidth="2"
            fill="none"
            strokeLinecap="round"
            strokeLinejoin="round"
          />
        </>
      );
    case 'denied':
      return (
        <>
          <path d="M6.6 1.9h6.8l4.7 4.7v6.8l-4.7 4.7H6.6l-4.7-4.7V6.6z" fill="currentColor" />
          <path d="M5.6 10h8.8" stroke="var(--surface-raised)" strokeWidth="2.4" strokeLinecap="round" />
        </>
      );
    case 'rejected':
      return (
        <>
          <path
            d="M6.6 1.9h6.8l4.7 4.7v6.8l-4.7 4.7H6.6l-4.7-4.7V6.6z"
            fill="none"
            stroke="currentColor"
            strokeWidth="1.8"
          />
          <path
            d="M14 8.2c0-1.2-1-2.2-2.2-2.2H6.4m0 0l2.3-2.2M6.4 6l2.3 2.2M14 8.2c0 3-2 5.3-4 6.3"
            transform="translate(0 1.4)"
            stroke="currentColor"
            strokeWidth="1.7"
            fill="none"
            strokeLinecap="round"
            strokeLinejoin="round"
          />
        </>
      );
    case 'unknown':
      return (
        <>
          <path
            d="M10 2l8 15H2z"
            fill="none"
            stroke="currentColor"
            strokeWidth="1.8"
            strokeLinejoin="round"
          />
          <path d="M10 7.6v4.2m0 2.4v.2" stroke="currentColor" strokeWidth="2" strokeLinecap="round" />
        </>
      );
    case 'waiting':
      return (
        <circle
          cx="10"
          cy="10"
          r="7.6"
          fill="none"
          stroke="currentColor"
          strokeWidth="1.8"
          strokeDasharray="2.6 3.37"
        />
      );
  }
}

interface VerdictMarkProps {
  readonly mark: Mark;
  readonly className?: string;
}

export function VerdictMark({ mark, className }: VerdictMarkProps) {
  return (
    <svg
      viewBox="0 0 20 20"
      aria-hidden="true"
      className={classNames('size-5 shrink-0', COLOURS[mark], className)}
    >
      <Shape mark={mark} />
    </svg>
  );
}
