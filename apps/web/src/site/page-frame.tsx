import type { ReactNode } from 'react';
import { Footer } from './footer.tsx';
import { Header } from './header.tsx';

interface PageFrameProps {
  readonly current?: 'course' | 'account';
  readonly children: ReactNode;
}

/** Header, one main landmark, footer: every page but the lab workspace. */
export function PageFrame({ current, children }: PageFrameProps) {
  return (
    <div className="flex min-h-dvh flex-col">
      <a href="#main" className="skip-link">
        Skip to the content
      </a>
      <Header {...(current === undefined ? {} : { current })} />
      <main id="main" tabIndex={-1} className="flex-1 outline-none">
        {children}
      </main>
      <Footer />
    </div>
  );
}
