import type { Rule, Table } from '@podwire/netsim';
import { PRIORITY } from '@podwire/netsim';
import type { Node } from 'kubernetes-types/core/v1';
import { hostCidr } from '../nodes/address.ts';
import { internalAddresses, podCidrsOf } from '../nodes/node-object.ts';
import { diffTables } from '../nodes/ruleset-diff.ts';
import type { NodeCniWiring } from './wiring.ts';

const MASQUERADE_TABLE = 'cni-masquerade';

const OWN_PODS = 'own-pods';
const CLUSTER = 'cluster-addresses';

/**
 * Pods keep their address towards every pod and every node (CNI6), which all know the way back. Beyond
 * the cluster nobody does, so the node lends its own.
 */
export function syncMasquerade(
  { network, config, site }: NodeCniWiring,
  own: Node,
  nodes: readonly Node[],
): void {
  const cluster = [...config.podCidrs, ...nodes.flatMap(internalAddresses).map(hostCidr)];
  const rules: readonly Rule[] = [
    {
      match: { source: { set: OWN_PODS }, destination: { set: CLUSTER, not: true } },
      action: { kind: 'masquerade' },
      origin: {
        kind: 'CNI',
        name: config.cni,
        reason: 'The destination is outside the cluster, where nobody knows a way back to pod addresses.',
      },
      comment: 'pods to the world outside',
    },
  ];
  const table: Table = {
    name: MASQUERADE_TABLE,
    chains: new Map([
      [
        'postrouting',
        { name: 'postrouting', hook: 'postrouting', priority: PRIORITY.srcnat, type: 'nat', rules },
      ],
    ]),
    sets: new Map([
      [OWN_PODS, { name: OWN_PODS, elements: new Set(podCidrsOf(own)) }],
      [CLUSTER, { name: CLUSTER, elements: new Set(cluster) }],
    ]),
    maps: new Map(),
  };
  const changes = diffTables(network.tables(site.netns).get(MASQUERADE_TABLE), table);
  if (changes.length > 0) network.changeRuleset(site.netns, changes);
}
