import { classNames } from './class-names.ts';

/** A wire comes up and runs round a pod: a p. */
export function LogoMark({ className }: { readonly className?: string }) {
  return (
    <svg viewBox="0 0 24 24" aria-hidden="true" className={classNames('size-6 text-accent', className)}>
      <path
        d="M4.5 22.5V8a5 5 0 0 1 5-5h5a5 5 0 0 1 5 5v4a5 5 0 0 1-5 5H9"
        fill="none"
        stroke="currentColor"
        strokeWidth="2.75"
        strokeLinecap="round"
      />
      <rect x="9" y="7.25" width="5.5" height="5.5" rx="1.4" fill="currentColor" />
    </svg>
  );
}

export function Logo() {
  return (
    <span className="inline-flex items-center gap-2 text-[1.1875rem] font-bold tracking-[-0.02em] text-ink">
      <LogoMark />
      Podwire
    </span>
  );
}
