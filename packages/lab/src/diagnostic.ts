/** One mistake in a course file: where, what is wrong, and what to write instead. */
export interface Diagnostic {
  /** Stable code such as `PW0101`, documented for authors. */
  readonly code: string;
  readonly file: string;
  /** From 1. */
  readonly line: number;
  readonly column: number;
  readonly severity: 'error' | 'warning';
  readonly message: string;
  readonly remedy: string;
}
