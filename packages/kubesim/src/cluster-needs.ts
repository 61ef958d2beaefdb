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
}

/** The settings of the cluster that a lab's needs ask for. Nodes are named as kind names them. */
export function configForNeeds(
  needs: ClusterNeeds,
  options: { readonly seed: number; readonly startMs: number },
): ClusterConfig {
  const base = defaultConfig(options);
  return {
    ...base,
    nodes: nodeNames(base.name, needs.nodes).map((name, index): NodeConfig => ({
      name,
      labels: {},
      controlPlane: index === 0,
      schedulable: true,
    })),
    cni: needs.cni,
    networkPolicies: needs.networkPolicies,
    ...(needs.loadBalancer === true ? { loadBalancer: { range: LOAD_BALANCER_RANGE } } : {}),
    ...(needs.ingress === undefined ? {} : { ingress: { className: needs.ingress.className } }),
    ...(needs.gateway === undefined ? {} : { gateway: { className: needs.gateway.className } }),
    outsideHosts: needs.outsideHosts.map((host) => ({ address: host.address, tcpPorts: [...host.tcpPorts] })),
  };
}

function nodeNames(cluster: string, count: number): readonly string[] {
  const names = [`${cluster}-control-plane`];
  for (let worker = 1; worker < count; worker++)
    names.push(worker === 1 ? `${cluster}-worker` : `${cluster}-worker${worker}`);
  return names;
}
