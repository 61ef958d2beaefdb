import type { ReactNode } from 'react';

interface BadgeProps {
  readonly children: ReactNode;
}

/** A word that says what role something has at the moment. */
export function Badge({ children }: BadgeProps) {
  return (
    <span className="rounded-sm bg-accent px-1.5 text-xs font-semibold whitespace-nowrap text-on-accent">
      {children}
    </span>
  );
}
