import { clusterRanges } from './cluster-ranges.ts';
import type { ClusterRanges, IpFamily } from './cluster-ranges.ts';
import { defaultConfig } from './config.ts';
import type { ClusterConfig, NodeConfig } from './config.ts';

/** Where a lab's load balancer takes its addresses from: a range for documentation (RFC 5737), far from the nodes' network. */
export const LOAD_BALANCER_RANGE = '198.51.100.0/24';

/** What a lab asks of its cluster. */
export interface ClusterNeeds {
  readonly nodes: number;
  readonly cni: ClusterConfig['cni'];
  readonly networkPolicies: boolean;
  readonly outsideHosts: readonly { readonly address: string; readonly tcpPorts: readonly number[] }[];
  readonly loadBalancer?: boolean | undefined;
  readonly ingress?: { readonly className: string } | undefined;
  readonly gateway?: { readonly className: string } | undefined;
  readonly ipFamily?: IpFamily | undefined;
  readonly podCidrs?: readonly string[] | undefined;
  readonly serviceCidrs?: readonly string[] | undefined;
  readonly proxyMode?: ClusterConfig['proxyMode'] | undefined;
  /** In the order of the nodes, the control plane first. */
  readonly nodeLabels?: readonly Readonly<Record<string, string>>[] | undefined;
}

/** The ranges that a lab's needs ask for, and what is wrong with them, in the words of its front matter. */
export function rangesForNeeds(needs: ClusterNeeds): ClusterRanges {
  const { ipFamily: family = 'ipv4', podCidrs, serviceCidrs, nodes } = needs;
  return clusterRanges(
    { family, podCidrs, serviceCidrs, nodes },
    { family: 'cluster.ipFamily', pods: 'cluster.podCidrs', services: 'cluster.serviceCidrs' },
  );
}

/**
 * The settings of the cluster that a lab's needs ask for.
 *
 * @throws Error when its ranges can't be had: whoever reads labs has asked `rangesForNeeds` before.
 */
export function configForNeeds(
  needs: ClusterNeeds,
  options: { readonly seed: number; readonly startMs: number },
): ClusterConfig {
  const base = defaultConfig(options);
  const { podCidrs, serviceCidrs, problems } = rangesForNeeds(needs);
  if (problems.length > 0) throw new Error(problems.join(' '));
  return {
    ...base,
    nodes: nodeNames(base.name, needs.nodes).map((name, index): NodeConfig => ({
      name,
      labels: needs.nodeLabels?.[index] ?? {},
      controlPlane: index === 0,
      schedulable: true,
    })),
    cni: needs.cni,
    networkPolicies: needs.networkPolicies,
    podCidrs,
    serviceCidrs,
    proxyMode: needs.proxyMode ?? base.proxyMode,
    ...(needs.loadBalancer === true ? { loadBalancer: { range: LOAD_BALANCER_RANGE } } : {}),
    ...(needs.ingress === undefined ? {} : { ingress: { className: needs.ingress.className } }),
    ...(needs.gateway === undefined ? {} : { gateway: { className: needs.gateway.className } }),
    outsideHosts: needs.outsideHosts.map((host) => ({ address: host.address, tcpPorts: [...host.tcpPorts] })),
  };
}

/** As kind names a cluster's nodes: the control plane first, and the first worker without a number. */
export function nodeNames(cluster: string, count: number): readonly string[] {
  return Array.from({ length: count }, (_, index) =>
    index === 0 ? `${cluster}-control-plane` : `${cluster}-worker${index === 1 ? '' : index}`,
  );
}
