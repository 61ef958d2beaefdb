import type { Rule, Table } from '@podwire/netsim';
import { PRIORITY } from '@podwire/netsim';
import type { Node } from 'kubernetes-types/core/v1';
import { podCidrsOf } from '../nodes/node-object.ts';
import { diffTables } from '../nodes/ruleset-diff.ts';
import type { NodeCniWiring } from './wiring.ts';

const MASQUERADE_TABLE = 'cni-masquerade';

const OWN_PODS = 'own-pods';
const PODS = 'all-pods';

/**
 * Pods keep their address towards every pod (CNI6). Beyond the pods' ranges, other nodes included, the
 * node lends its own, as kindnet, flannel and Calico do: who is out there need not know a way back.
 */
export function syncMasquerade({ network, config, site }: NodeCniWiring, own: Node): void {
  const rules: readonly Rule[] = [
    {
      match: { source: { set: OWN_PODS }, destination: { set: PODS, not: true } },
      action: { kind: 'masquerade' },
      origin: {
        kind: 'CNI',
        name: config.cni,
        reason: 'The destination is no pod, so it need not know a way back to pod addresses.',
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
      [PODS, { name: PODS, elements: new Set(config.podCidrs) }],
    ]),
    maps: new Map(),
  };
  const changes = diffTables(network.tables(site.netns).get(MASQUERADE_TABLE), table);
  if (changes.length > 0) network.changeRuleset(site.netns, changes);
}
