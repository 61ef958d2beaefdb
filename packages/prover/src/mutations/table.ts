import type { Manifest } from '../manifest.ts';
import type { MutationContext, Slip } from './slip.ts';
import { changed, dropped, indexesAt } from './edit.ts';
import { ingressSlips } from './ingress.ts';
import { labelSlips } from './labels.ts';
import { networkPolicySlips } from './network-policy.ts';
import { serviceSlips } from './service.ts';
import { podSlips, workloadSlips } from './workload.ts';

export interface Mutation {
  readonly kinds: readonly string[];
  readonly slips: (manifest: Manifest, context: MutationContext) => readonly Slip[];
}

/** Kinds that mean something else in another namespace. */
const NAMESPACED = ['NetworkPolicy', 'Service', 'Ingress', 'ConfigMap', 'Pod', 'Deployment'];

/** Every mistake that mutants are made of, by the kinds they happen in. */
export const MUTATIONS: readonly Mutation[] = [
  { kinds: ['NetworkPolicy'], slips: networkPolicySlips },
  { kinds: ['Service'], slips: serviceSlips },
  { kinds: ['Ingress'], slips: ingressSlips },
  { kinds: ['Pod'], slips: podSlips },
  { kinds: ['Deployment', 'StatefulSet', 'ReplicaSet', 'DaemonSet'], slips: workloadSlips },
  { kinds: ['Namespace'], slips: (manifest) => labelSlips(manifest, ['metadata', 'labels']) },
  {
    kinds: ['ConfigMap'],
    slips: (manifest) =>
      Object.keys(manifest['data'] ?? {}).map((key) => dropped('drop-key', manifest, ['data', key])),
  },
  {
    kinds: ['EndpointSlice'],
    slips: (manifest) =>
      indexesAt(manifest, ['endpoints']).map((index) =>
        dropped('drop-endpoint', manifest, ['endpoints', index]),
      ),
  },
  { kinds: NAMESPACED, slips: namespaceSlips },
];

function namespaceSlips(manifest: Manifest, { namespaces }: MutationContext): readonly Slip[] {
  const own = manifest.metadata.namespace ?? 'default';
  const other = namespaces.find((name) => name !== own);
  return other === undefined ? [] : [changed('change-namespace', manifest, ['metadata', 'namespace'], other)];
}
