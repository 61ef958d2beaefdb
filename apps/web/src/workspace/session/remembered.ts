/** Small things that this browser keeps between visits. Every one may be missing: storage can be closed to us. */
export function remember(key: string, value: string | undefined): void {
  try {
    if (value === undefined) localStorage.removeItem(`podwire-${key}`);
    else localStorage.setItem(`podwire-${key}`, value);
  } catch {
    // It is then asked again, or starts from its default.
  }
}

export function remembered(key: string): string | undefined {
  try {
    return localStorage.getItem(`podwire-${key}`) ?? undefined;
  } catch {
    return undefined;
  }
}

/** For this tab only, and gone with it: drafts. */
export function keepDraft(key: string, value: string): void {
  try {
    sessionStorage.setItem(`podwire-${key}`, value);
  } catch {
    // Full or closed to us: the draft lives as long as the page.
  }
}

export function keptDraft(key: string): string | undefined {
  try {
    return sessionStorage.getItem(`podwire-${key}`) ?? undefined;
  } catch {
    return undefined;
  }
}
