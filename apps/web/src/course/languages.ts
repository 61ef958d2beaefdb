/** A page in one of the languages that it can be read in. */
export interface LanguageLink {
  readonly locale: string;
  readonly address: string;
  /** What speakers of it call it. */
  readonly name: string;
  readonly current: boolean;
}

/** The language's own name: `Deutsch`, `தமிழ்`. */
export function languageName(locale: string): string {
  return new Intl.DisplayNames([locale], { type: 'language' }).of(locale) ?? locale;
}

/** The address of a page in a language; the original's has none in it. */
export function addressIn(address: string, locale: string | undefined): string {
  return locale === undefined ? address : `/${locale}${address}`;
}
