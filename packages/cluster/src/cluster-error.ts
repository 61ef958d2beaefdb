/**
 * `not-supported`: this backend can't give what the lab needs. `full`: no room now. `start-failed`: the cluster
 * did not become ready. `gone`: it has ended, or its worker was lost. `aborted`: the caller's signal.
 */
export type ClusterErrorKind = 'not-supported' | 'full' | 'start-failed' | 'gone' | 'aborted';

/** A cluster could not do what was asked for reasons of its own. Both texts are for the learner. */
export class ClusterError extends Error {
  readonly kind: ClusterErrorKind;
  /** What to do about it. */
  readonly remedy: string;

  constructor(
    kind: ClusterErrorKind,
    message: string,
    remedy: string,
    options?: { readonly cause: unknown },
  ) {
    super(message, options);
    this.name = 'ClusterError';
    this.kind = kind;
    this.remedy = remedy;
  }
}
