import type { Manifest } from '../manifest.ts';

/** A mistake in one object, found by a mutation: where, and what stands there instead. */
export interface Slip {
  readonly operator: string;
  readonly path: string;
  readonly what: string;
  readonly manifest: Manifest;
}

export interface MutationContext {
  /** Namespaces of the cluster that are not its own. */
  readonly namespaces: readonly string[];
  readonly nodes: readonly string[];
}
