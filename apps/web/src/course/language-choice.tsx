import Link from 'next/link';
import type { LanguageLink } from './languages.ts';

/** Other languages of a page. Each name is in its own language, so that whoever needs it can read it. */
export function LanguageChoice({ languages }: { readonly languages: readonly LanguageLink[] }) {
  if (languages.length < 2) return null;
  return (
    <nav aria-label="Language" className="mt-2 flex flex-wrap gap-x-3 text-sm">
      {languages.map(({ locale, address, name, current }) =>
        current ? (
          <span key={locale} lang={locale} aria-current="page" className="font-semibold text-ink">
            {name}
          </span>
        ) : (
          <Link
            key={locale}
            href={address}
            prefetch={false}
            lang={locale}
            hrefLang={locale}
            className="rounded-sm text-muted underline underline-offset-4 hover:text-ink"
          >
            {name}
          </Link>
        ),
      )}
    </nav>
  );
}
