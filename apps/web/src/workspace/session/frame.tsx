import type { ReactNode } from 'react';

/** The middle of the place where the panes will be. */
export function Frame({ title, children }: { readonly title: string; readonly children: ReactNode }) {
  return (
    <div className="grid h-full place-items-center overflow-auto p-6">
      <div className="grid w-full max-w-md gap-4">
        {title !== '' && <h2 className="text-xl font-[660]">{title}</h2>}
        {children}
      </div>
    </div>
  );
}

export function Actions({ children }: { readonly children: ReactNode }) {
  return <div className="mt-1 flex flex-wrap gap-2">{children}</div>;
}
