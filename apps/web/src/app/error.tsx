'use client';
import { Button } from '../design/button.tsx';
import { ButtonLink } from '../design/text-link.tsx';
import { PageFrame } from '../site/page-frame.tsx';

export default function ErrorPage({ reset }: { readonly error: Error; readonly reset: () => void }) {
  return (
    <PageFrame>
      <div className="page-width max-w-3xl pt-16">
        <h1 className="text-3xl font-[700] tracking-[-0.025em]">This page broke</h1>
        <p className="mt-3 max-w-prose text-lg text-muted">
          It is a mistake of ours. What you have passed is stored, and a cluster that is running goes on.
        </p>
        <div className="mt-7 flex flex-wrap gap-3">
          <Button tone="primary" onClick={reset}>
            Show it again
          </Button>
          <ButtonLink href="/course">To the course</ButtonLink>
        </div>
      </div>
    </PageFrame>
  );
}
