import type { NetnsId, Network } from '@podwire/netsim';
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
  const ipsByUid = new Map<string, readonly string[]>();
  for (const { podUid, ips } of sandboxes()) ipsByUid.set(podUid, ips);
  const pods = client.list('Pod').map((pod) => withSandbox(pod, ipsByUid.get(pod.metadata?.uid ?? '')));
  const world = viewPolicies({
    policies: client.list('NetworkPolicy'),
    pods,
    namespaces: client.list('Namespace'),
    nodes: client.list('Node'),
  });
  const table = compilePolicies(
    world,
    world.pods.filter(({ uid }) => ipsByUid.has(uid)),
  );
  const changes = diffTables(network.tables(netns).get(POLICY_TABLE), table);
  if (changes.length > 0) network.changeRuleset(netns, changes);
}

function withSandbox(pod: Pod, ips: readonly string[] | undefined): Pod {
  if (ips === undefined) return pod;
  return { ...pod, status: { ...pod.status, podIPs: ips.map((ip) => ({ ip })) } };
}
