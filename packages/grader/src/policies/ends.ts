import { addressText, inRange, lastAddress } from './addresses.ts';
import type { Address, AddressRange } from './addresses.ts';
import { selects } from './selector.ts';
import type { PeerView, PodView, PolicyView } from './view.ts';

/** One end of a connection: a pod by one of its addresses, or an address that is no pod's. */
export interface End {
  readonly label: string;
  readonly pod?: PodView;
  readonly address?: Address;
  /** The node that this address is. */
  readonly node?: string;
}

/** How many addresses of a range may belong to pods before it counts as theirs alone. */
const MAX_SKIPPED = 4_096;

export function podEnds(pods: readonly PodView[]): readonly End[] {
  return pods.flatMap((pod): readonly End[] => {
    const label = `pod ${pod.namespace}/${pod.name}`;
    if (pod.addresses.length === 0) return [{ label, pod }];
    return pod.addresses.map((address) => ({ label, pod, address }));
  });
}

/** One address for each stretch of addresses that no block of any policy tells apart, and the nodes. */
export function outsideEnds(
  policies: readonly PolicyView[],
  pods: readonly PodView[],
  nodes: readonly { readonly node: string; readonly address: Address }[],
): readonly End[] {
  const blocks = policies.flatMap(({ rules }) =>
    [...(rules.ingress ?? []), ...(rules.egress ?? [])].flatMap(({ peers }) =>
      (peers ?? []).flatMap((peer) => (peer.kind === 'block' ? [peer.range, ...peer.except] : [])),
    ),
  );
  const ends: End[] = nodes.map(({ node, address }) => ({ label: `node ${node}`, address, node }));
  for (const family of [4, 6] as const) {
    const taken = new Set(
      [...pods.flatMap(({ addresses }) => addresses), ...nodes.map(({ address }) => address)]
        .filter((address) => address.family === family)
        .map(({ value }) => value),
    );
    // A family that nothing here has, and no block speaks of, has no traffic.
    if (taken.size === 0 && blocks.every((block) => block.family !== family)) continue;
    for (const { first, last } of stretchesOf(blocks, family)) {
      let value = first;
      for (let skipped = 0; taken.has(value) && value < last && skipped < MAX_SKIPPED; skipped++) value += 1n;
      if (taken.has(value)) continue;
      const address = { family, value };
      ends.push({ label: `${addressText(address)} (outside)`, address });
    }
  }
  return ends;
}

function stretchesOf(
  blocks: readonly AddressRange[],
  family: 4 | 6,
): readonly { first: bigint; last: bigint }[] {
  const end = lastAddress(family);
  const starts = new Set<bigint>([0n]);
  for (const block of blocks) {
    if (block.family !== family) continue;
    starts.add(block.first);
    if (block.last < end) starts.add(block.last + 1n);
  }
  const sorted = [...starts].sort((left, right) => (left < right ? -1 : 1));
  return sorted.map((first, at) => ({ first, last: (sorted[at + 1] ?? end + 1n) - 1n }));
}

export function peerMeans(peer: PeerView, policyNamespace: string, end: End): boolean {
  if (peer.kind === 'block') {
    const { address } = end;
    return (
      address !== undefined &&
      inRange(address, peer.range) &&
      !peer.except.some((each) => inRange(address, each))
    );
  }
  const { pod } = end;
  if (pod === undefined) return false;
  // NP8: without a namespaceSelector a peer looks in the policy's own namespace.
  const inNamespace =
    peer.namespaceSelector === undefined
      ? pod.namespace === policyNamespace
      : selects(peer.namespaceSelector, pod.namespaceLabels);
  return inNamespace && (peer.podSelector === undefined || selects(peer.podSelector, pod.labels));
}
