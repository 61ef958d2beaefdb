import { notFound } from 'next/navigation';
import type { ReactNode } from 'react';
import { PreviewFollow } from '../../course/preview-follow.tsx';
import { readEnv } from '../../env.ts';

/** Pages below here are drawn on request, by the components of the others: `podwire preview` alone is led to them. */
export const dynamic = 'force-dynamic';

export default function PreviewLayout({ children }: { readonly children: ReactNode }) {
  if (!readEnv(process.env).preview) notFound();
  return (
    <>
      {children}
      <PreviewFollow />
    </>
  );
}
