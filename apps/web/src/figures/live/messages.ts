import type { ProbeRequestView, ProbeResultView } from '@podwire/protocol';
import type { FigureBase, Manifest } from '../cluster-base.ts';
import type { ClusterPlaces } from './places.ts';

/** A packet to be sent in a cluster of its own. `id` comes back with every answer. */
export interface LiveOrder {
  readonly id: number;
  readonly base: FigureBase;
  /** The cluster starts programs of the shell. */
  readonly shell: boolean;
  /** Applied after the base's setup, in this order. */
  readonly objects: readonly Manifest[];
  readonly request: ProbeRequestView;
}

/** What became of it. */
export interface LiveSent {
  readonly result: ProbeResultView;
  /** Where packets can be sent from and to in the cluster as it was. */
  readonly places: ClusterPlaces;
  /** How long the cluster took to boot here, ms; undefined when it stood from before. */
  readonly bootedInMs: number | undefined;
}

/** `refused`: the API took an object not; `too-long`: it was ended; `broken`: a fault of our own. */
export type LiveFault = 'refused' | 'too-long' | 'broken';

export type LiveAnswer =
  /** The script has been loaded: from here on its time counts. */
  | { readonly kind: 'ready' }
  | { readonly kind: 'booting'; readonly id: number }
  | { readonly kind: 'sending'; readonly id: number }
  | { readonly kind: 'sent'; readonly id: number; readonly sent: LiveSent }
  | { readonly kind: 'failed'; readonly id: number; readonly fault: LiveFault; readonly message: string };
