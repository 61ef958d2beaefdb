/** What a page asks of a cluster in its Web Worker. `id` comes back with the answer. */
export type BrowserOrder =
  | { readonly kind: 'boot'; readonly id: number; readonly seed: number; readonly startMs: number }
  /** A line of bash on the learner's machine. */
  | { readonly kind: 'run'; readonly id: number; readonly line: string };

export type BrowserAnswer =
  | { readonly kind: 'booted'; readonly id: number; readonly clusterTimeMs: number }
  | { readonly kind: 'ran'; readonly id: number; readonly output: string; readonly exitCode: number }
  | { readonly kind: 'failed'; readonly id: number; readonly message: string };
