import Link from 'next/link';

export function Footer() {
  return (
    <footer className="mt-24 border-t border-line">
      <div className="page-width flex flex-wrap items-baseline justify-between gap-x-8 gap-y-2 py-8 text-sm text-faint">
        <p className="max-w-prose">
          Podwire teaches Kubernetes networking on simulated clusters that behave packet by packet like
          Kubernetes 1.34.
        </p>
        <nav aria-label="Footer" className="flex gap-5">
          <Link prefetch={false} className="hover:text-ink hover:underline" href="/course">
            Course
          </Link>
          <Link prefetch={false} className="hover:text-ink hover:underline" href="/account">
            Account
          </Link>
        </nav>
      </div>
    </footer>
  );
}
