import { nodeNames, rangesForNeeds } from '@podwire/kubesim';
import type { Lab } from '@podwire/lab';
import { stringify } from 'yaml';
import { MAX_NODES } from '../cluster-config.ts';
import { cniFor } from './addons.ts';
import type { KindAbilities } from './addons.ts';
import { NODE_PREFIX } from './names.ts';

/** Why a kind cluster can't give what a lab needs, or undefined when it can. For the learner. */
export function kindRefusal(needs: Lab['cluster'], abilities: KindAbilities): string | undefined {
  if (needs.nodes > MAX_NODES)
    return `This lab needs ${needs.nodes} nodes; a kind cluster has at most ${MAX_NODES} here.`;
  if (needs.ipFamily === 'ipv6' && needs.loadBalancer === true)
    return 'This lab needs a load balancer for IPv6; the one of kind clusters leads IPv4 addresses alone.';
  if (cniFor(needs, abilities) === undefined)
    return needs.networkPolicies
      ? 'This lab needs a CNI that obeys NetworkPolicies; the one of this host’s node image does not.'
      : 'This lab needs a CNI that ignores NetworkPolicies; the one of this host’s node image obeys them.';
  if (needs.cni === 'vxlan')
    return 'This lab needs a tunnel between the nodes (VXLAN); the CNI of this host’s node image routes without one.';
  if (needs.outsideHosts.length > 0)
    return 'This lab needs hosts outside the cluster; a kind cluster has no road to any.';
  if (needs.ingress !== undefined && abilities.addons?.ingress === undefined)
    return 'This lab needs an ingress controller; there is none for kind clusters here.';
  if (needs.gateway !== undefined && abilities.addons?.gateway === undefined)
    return 'This lab needs the Gateway API; there is no controller for it for kind clusters here.';
  return undefined;
}

/**
 * kind's configuration (`kind.x-k8s.io/v1alpha4`) for what a lab needs: one control plane, the rest workers, the
 * API on a loopback port that kind chooses.
 */
export function kindConfig(name: string, needs: Lab['cluster'], abilities: KindAbilities): string {
  // As in the simulation, so that a lab's text can name addresses.
  const { podCidrs, serviceCidrs } = rangesForNeeds(needs);
  return stringify({
    kind: 'Cluster',
    apiVersion: 'kind.x-k8s.io/v1alpha4',
    name,
    networking: {
      ipFamily: needs.ipFamily ?? 'ipv4',
      apiServerAddress: '127.0.0.1',
      podSubnet: podCidrs.join(','),
      serviceSubnet: serviceCidrs.join(','),
      // The simulated cluster's mode too: the rules that lessons speak of (SVC13, SVC14) are nftables' own.
      kubeProxyMode: needs.proxyMode ?? 'nftables',
      disableDefaultCNI: cniFor(needs, abilities) !== 'default',
    },
    nodes: nodeNames(NODE_PREFIX, needs.nodes).map((node, index) => ({
      role: index === 0 ? 'control-plane' : 'worker',
      labels: needs.nodeLabels?.[index] ?? {},
      kubeadmConfigPatches: [
        stringify({
          kind: index === 0 ? 'InitConfiguration' : 'JoinConfiguration',
          nodeRegistration: {
            name: node,
            // Pods run on every node of a lab, the control plane included: the same as in the simulation. From one
            // that is alone kind takes the taint itself, and fails where there is none.
            ...(index === 0 && needs.nodes > 1 ? { taints: [] } : {}),
          },
        }),
      ],
    })),
  });
}
