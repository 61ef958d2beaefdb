import type { Metadata } from 'next';
import { buttonClass } from '../design/button.tsx';
import { Logo } from '../design/logo.tsx';

export const metadata: Metadata = { title: 'Not found' };

/** Plain links and nothing alive: this page is part of what every other page loads. */
export default function NotFound() {
  return (
    <>
      <header className="border-b border-line">
        <div className="page-width flex h-14 items-center">
          <a href="/" aria-label="Podwire, start page" className="flex rounded-sm">
            <Logo />
          </a>
        </div>
      </header>
      <main className="page-width max-w-3xl pt-16">
        <svg viewBox="0 0 320 60" aria-hidden="true" className="h-14 w-full max-w-xs">
          <path d="M2 30h196" stroke="var(--accent)" strokeWidth="3" />
          <path d="M240 30h78" stroke="var(--line-control)" strokeWidth="3" strokeDasharray="3 7" />
          <path d="M206.6 14.9h14.8l10.7 10.7v8.8l-10.7 10.7h-14.8l-10.7-10.7v-8.8z" fill="var(--denied)" />
          <path d="M205 30h18" stroke="var(--surface)" strokeWidth="4" strokeLinecap="round" />
        </svg>
        <h1 className="mt-6 text-3xl font-[700] tracking-[-0.025em]">No route to this page</h1>
        <p className="mt-3 max-w-prose text-lg text-muted">
          It does not exist, or it has moved since the link was made.
        </p>
        <div className="mt-7 flex flex-wrap gap-3">
          <a href="/course" className={buttonClass('primary')}>
            To the course
          </a>
          <a href="/" className={buttonClass()}>
            Start page
          </a>
        </div>
      </main>
    </>
  );
}
