import type { ClusterNeeds } from '@podwire/lab';

/** An object as it is applied. */
export interface Manifest {
  readonly apiVersion: string;
  readonly kind: string;
  readonly metadata: { readonly name: string; readonly namespace?: string | undefined };
}

/** Some objects, and whose they are, for messages. */
export interface Manifests {
  readonly where: string;
  readonly objects: readonly Manifest[];
}

/** What a figure's cluster begins as: a lab's needs and its setup. */
export interface FigureBase {
  /** The same for the same lab, of the same text. */
  readonly key: string;
  readonly needs: ClusterNeeds;
  readonly setup: readonly Manifests[];
}

/** Two nodes and nothing on them: for texts that lead to no lab. */
export const BARE_BASE: FigureBase = {
  key: '',
  needs: { nodes: 2, cni: 'bridge', networkPolicies: true, outsideHosts: [] },
  setup: [],
};
