'use client';
import { Button } from '../design/button.tsx';

/** Light on purpose: it is loaded with every page. Links are plain, since the router may be what broke. */
export default function ErrorPage() {
  return (
    <main className="page-width max-w-3xl pt-20">
      <h1 className="text-3xl font-[700] tracking-[-0.025em]">This page broke</h1>
      <p className="mt-3 max-w-prose text-lg text-muted">
        It is a mistake of ours. What you have passed is stored, and a cluster that is running goes on.
      </p>
      <div className="mt-7 flex flex-wrap items-center gap-5">
        {/* Loaded anew: what broke may be a part of a version of this site that is no longer served. */}
        <Button tone="primary" onClick={() => window.location.reload()}>
          Load it again
        </Button>
        <a href="/course" className="text-accent underline underline-offset-4">
          To the course
        </a>
      </div>
    </main>
  );
}
