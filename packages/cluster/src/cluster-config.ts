import type { ClusterConfig, NodeConfig } from '@podwire/kubesim';
import { defaultConfig } from '@podwire/kubesim';
import type { ClusterOrigin } from './port.ts';

/** More nodes teach nothing more about networking and cost memory in every session. */
export const MAX_NODES = 5;

/** Where a lab's load balancer takes its addresses from: a range for documentation (RFC 5737), far from the nodes' network. */
const LOAD_BALANCER_RANGE = '198.51.100.0/24';

/** The settings of the simulated cluster that a lab's needs ask for. Nodes are named as kind names them. */
export function clusterConfig(origin: Pick<ClusterOrigin, 'needs' | 'seed' | 'startMs'>): ClusterConfig {
  const { needs } = origin;
  const base = defaultConfig({ seed: origin.seed, startMs: origin.startMs });
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
    outsideHosts: needs.outsideHosts.map((host) => ({ address: host.address, tcpPorts: [...host.tcpPorts] })),
  };
}

function nodeNames(cluster: string, count: number): readonly string[] {
  const names = [`${cluster}-control-plane`];
  for (let worker = 1; worker < count; worker++)
    names.push(worker === 1 ? `${cluster}-worker` : `${cluster}-worker${worker}`);
  return names;
}
