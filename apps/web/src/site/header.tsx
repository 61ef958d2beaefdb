import Link from 'next/link';
import { Logo } from '../design/logo.tsx';
import { ThemeToggle } from '../design/theme-toggle.tsx';

const LINK =
  'rounded-sm px-2.5 py-1.5 text-sm font-semibold text-muted hover:text-ink aria-[current=page]:text-ink';

interface HeaderProps {
  readonly current?: 'course' | 'account';
}

export function Header({ current }: HeaderProps) {
  return (
    <header className="border-b border-line">
      <div className="page-width flex h-14 items-center gap-1 sm:gap-3">
        <Link prefetch={false} href="/" aria-label="Podwire, start page" className="mr-auto flex rounded-sm">
          <Logo />
        </Link>
        <nav aria-label="Site" className="flex items-center gap-1">
          <Link
            prefetch={false}
            href="/course"
            className={LINK}
            {...(current === 'course' ? { 'aria-current': 'page' } : {})}
          >
            Course
          </Link>
          <Link
            prefetch={false}
            href="/account"
            className={LINK}
            {...(current === 'account' ? { 'aria-current': 'page' } : {})}
          >
            Account
          </Link>
        </nav>
        <ThemeToggle />
      </div>
    </header>
  );
}
