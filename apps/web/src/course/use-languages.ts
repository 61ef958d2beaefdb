'use client';
import { useMemo, useSyncExternalStore } from 'react';

/** The languages that the reader's browser asks for, best first; none while the page is only its prerendered self. */
export function useLanguages(): readonly string[] {
  // As a text: some browsers give another list each time they are asked, which would render for ever.
  const listed = useSyncExternalStore(
    (changed) => {
      window.addEventListener('languagechange', changed);
      return () => window.removeEventListener('languagechange', changed);
    },
    () => navigator.languages.join(' '),
    () => '',
  );
  return useMemo(() => listed.split(' ').filter((language) => language !== ''), [listed]);
}
