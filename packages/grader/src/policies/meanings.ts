import { peerMeans } from './ends.ts';
import type { End } from './ends.ts';
import { selects } from './selector.ts';
import type { PeerView, PolicyView } from './view.ts';

/** For each end whether it is meant: 1 or 0. */
export type Meant = Uint8Array;

/** Which ends selectors and blocks mean. Policies repeat them, so each is looked at once. */
export class Meanings {
  readonly #ends: readonly End[];
  readonly #known = new Map<unknown, Meant>();

  constructor(ends: readonly End[]) {
    this.#ends = ends;
  }

  peer(peer: PeerView, namespace: string): Meant {
    if (peer.kind === 'block') return this.#of(peer, (end) => peerMeans(peer, namespace, end));
    const { namespaceSelector, podSelector } = peer;
    // NP8: only without a namespaceSelector does the policy's own namespace matter.
    const where = namespaceSelector === undefined ? [namespace] : namespaceSelector;
    const key = `peer ${JSON.stringify([where, podSelector])}`;
    return this.#of(key, (end) => peerMeans(peer, namespace, end));
  }

  subject({ namespace, podSelector }: PolicyView): Meant {
    const key = `subject ${JSON.stringify([namespace, podSelector])}`;
    return this.#of(
      key,
      ({ pod }) => pod !== undefined && pod.namespace === namespace && selects(podSelector, pod.labels),
    );
  }

  /** Those whom any of the peers mean; everyone, where there is no list (NP6). */
  anyOf(peers: readonly PeerView[] | undefined, namespace: string): Meant {
    const any = new Uint8Array(this.#ends.length);
    if (peers === undefined) return any.fill(1);
    for (const peer of peers) {
      const meant = this.peer(peer, namespace);
      for (let at = 0; at < any.length; at++) any[at] = (any[at] ?? 0) | (meant[at] ?? 0);
    }
    return any;
  }

  #of(key: unknown, holds: (end: End) => boolean): Meant {
    let meant = this.#known.get(key);
    if (meant === undefined) {
      meant = new Uint8Array(this.#ends.length);
      for (const [at, end] of this.#ends.entries()) if (holds(end)) meant[at] = 1;
      this.#known.set(key, meant);
    }
    return meant;
  }
}
