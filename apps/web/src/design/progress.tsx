interface ProgressProps {
  readonly label: string;
  readonly value: number;
  readonly max: number;
  readonly className?: string;
}

/** One segment a step: what is countable is shown as counted. */
export function Progress({ label, value, max, className }: ProgressProps) {
  return (
    <div
      role="progressbar"
      aria-label={label}
      aria-valuemin={0}
      aria-valuemax={max}
      aria-valuenow={value}
      aria-valuetext={`${value} of ${max}`}
      className={`flex h-1.5 gap-0.5 ${className ?? ''}`}
    >
      {Array.from({ length: Math.max(max, 1) }, (_, step) => (
        <span key={step} className={`flex-1 rounded-full ${step < value ? 'bg-accent' : 'bg-line'}`} />
      ))}
    </div>
  );
}

/** Something is under way and nobody knows for how long. */
export function Spinner({ className }: { readonly className?: string }) {
  return (
    <svg viewBox="0 0 20 20" aria-hidden="true" className={`size-4 animate-spin ${className ?? ''}`}>
      <circle
        cx="10"
        cy="10"
        r="7.5"
        fill="none"
        stroke="currentColor"
        strokeOpacity="0.25"
        strokeWidth="2.5"
      />
      <path
        d="M10 2.5a7.5 7.5 0 0 1 7.5 7.5"
        fill="none"
        stroke="currentColor"
        strokeWidth="2.5"
        strokeLinecap="round"
      />
    </svg>
  );
}
