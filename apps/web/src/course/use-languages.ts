'use client';
import { useSyncExternalStore } from 'react';

const NONE: readonly string[] = [];

/** The languages that the reader's browser asks for, best first; none while the page is only its prerendered self. */
export function useLanguages(): readonly string[] {
  return useSyncExternalStore(
    (changed) => {
      window.addEventListener('languagechange', changed);
      return () => window.removeEventListener('languagechange', changed);
    },
    () => navigator.languages,
    () => NONE,
  );
}
