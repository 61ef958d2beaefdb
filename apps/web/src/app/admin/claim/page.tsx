import type { Metadata } from 'next';
import { ClaimPanel } from '../../../account/claim-panel.tsx';
import { PageFrame } from '../../../site/page-frame.tsx';

export const metadata: Metadata = { title: 'Become the administrator', robots: { index: false } };

export default function ClaimPage() {
  return (
    <PageFrame>
      <div className="page-width max-w-3xl pt-12">
        <h1 className="text-3xl font-[700] tracking-[-0.025em]">Become the administrator</h1>
        <p className="mt-3 max-w-prose text-muted">
          This site has no administrator yet. The link works once, and for a day.
        </p>
        <div className="mt-7">
          <ClaimPanel />
        </div>
      </div>
    </PageFrame>
  );
}
