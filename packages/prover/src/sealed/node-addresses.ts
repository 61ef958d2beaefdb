import { isMap } from '../manifest.ts';
import type { ProvingCluster } from '../proving-ground.ts';
import type { SealedSubmission } from './submission.ts';

/** By the node's name. */
export type NodeAddresses = ReadonlyMap<string, readonly string[]>;

const ADDRESS = /^[0-9a-f.:]{2,45}$/iu;

/** What a cluster's nodes are reached at. Empty, where it does not say. */
export async function nodeAddressesOf(cluster: Pick<ProvingCluster, 'request'>): Promise<NodeAddresses> {
  const { body } = await cluster.request('GET', '/api/v1/nodes');
  const items: unknown = isMap(body) ? body['items'] : undefined;
  const nodes = Array.isArray(items) ? items.filter(isMap) : [];
  return new Map(
    nodes.map(({ metadata, status }) => [
      isMap(metadata) ? String(metadata['name']) : '',
      isMap(status) ? internalAddresses(status['addresses']) : [],
    ]),
  );
}

function internalAddresses(addresses: unknown): readonly string[] {
  return (Array.isArray(addresses) ? addresses : [])
    .filter(isMap)
    .filter(({ type }) => type === 'InternalIP')
    .map(({ address }) => address)
    .filter((address) => typeof address === 'string')
    .filter((address) => ADDRESS.test(address));
}

/**
 * A node's address is the cluster's own: work that names one means the node, and gets the address that the node of that
 * name has where the work is replayed. Whole addresses alone, as they stand in policies and manifests.
 */
export function withNodesOf(
  submission: SealedSubmission,
  then: NodeAddresses,
  there: NodeAddresses,
): SealedSubmission {
  const known = new Map<string, string>();
  for (const [name, addresses] of then)
    for (const address of addresses) {
      const same = there.get(name)?.find((other) => other.includes(':') === address.includes(':'));
      if (same !== undefined && same !== address) known.set(address, same);
    }
  if (known.size === 0) return submission;
  const each = [...known.keys()].map((address) =>
    // A colon begins a port, or goes on with an address of IPv6.
    address.includes(':') ? `${address}(?!:)` : address.replaceAll('.', String.raw`\.`),
  );
  const whole = new RegExp(String.raw`(?<![\w.:])(?:${each.join('|')})(?!\w|\.\d)`, 'giu');
  const translate = (value: unknown): unknown => {
    if (typeof value === 'string') return value.replace(whole, (found) => known.get(found) ?? found);
    if (Array.isArray(value)) return value.map(translate);
    if (!isMap(value)) return value;
    return Object.fromEntries(Object.entries(value).map(([key, each]) => [key, translate(each)]));
  };
  return {
    ...submission,
    made: submission.made.map((each) => ({ ...each, object: translate(each.object) as typeof each.object })),
    files: submission.files.map(({ path, text }) => ({ path, text: translate(text) as string })),
  };
}
