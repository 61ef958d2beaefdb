import type { ReactNode } from 'react';

export function Kbd({ children }: { readonly children: ReactNode }) {
  return (
    <kbd className="inline-block min-w-6 rounded-sm border border-b-2 border-control/60 bg-raised px-1.5 text-center font-mono text-xs leading-5 text-ink">
      {children}
    </kbd>
  );
}
