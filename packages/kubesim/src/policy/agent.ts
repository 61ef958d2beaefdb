import type { NetnsId, Network, Table } from '@podwire/netsim';
import type { Pod } from 'kubernetes-types/core/v1';
import type { KubeClient } from '../api/client.ts';
import { diffTables } from '../nodes/ruleset-diff.ts';
import { compilePolicies, POLICY_TABLE } from './compile.ts';
import { viewPolicies } from './world.ts';

/** A pod's sandbox on this node: its addresses are known here before the API hears of them. */
export interface LocalSandbox {
  readonly podUid: string;
  readonly ips: readonly string[];
}

export interface PolicyAgentWiring {
  readonly network: Network;
  readonly netns: NetnsId;
  readonly client: KubeClient;
  readonly sandboxes: () => Iterable<LocalSandbox>;
}

/**
 * Brings the node's rules in line with the policies as they stand. Run when a policy, pod or namespace
 * changed (NP29), and for a new sandbox before its first container starts (NP30). What did not change
 * is not touched, so connections and counters live on.
 */
export function enforcePolicies({ network, netns, client, sandboxes }: PolicyAgentWiring): void {
  const policies = client.list('NetworkPolicy');
  const previous = network.tables(netns).get(POLICY_TABLE);
  // Most clusters have no policy most of the time, and every new pod comes by here.
  if (policies.length === 0 && (previous === undefined || previous.sets.size + isolated(previous) === 0))
    return;
  const ipsByUid = new Map<string, readonly string[]>();
  for (const { podUid, ips } of sandboxes()) ipsByUid.set(podUid, ips);
  const pods = client.list('Pod').map((pod) => withSandbox(pod, ipsByUid.get(pod.metadata?.uid ?? '')));
  const world = viewPolicies({
    policies,
    pods,
    namespaces: client.list('Namespace'),
    nodes: client.list('Node'),
  });
  const table = compilePolicies(
    world,
    world.pods.filter(({ uid }) => ipsByUid.has(uid)),
  );
  const changes = diffTables(previous, table);
  if (changes.length > 0) network.changeRuleset(netns, changes);
}

/** How many addresses the table isolates. */
function isolated({ maps }: Table): number {
  return [...maps.values()].reduce((sum, { entries }) => sum + entries.size, 0);
}

function withSandbox(pod: Pod, ips: readonly string[] | undefined): Pod {
  if (ips === undefined) return pod;
  return { ...pod, status: { ...pod.status, podIPs: ips.map((ip) => ({ ip })) } };
}
