import { createCluster, defaultConfig } from '@podwire/kubesim';
import type { ApiRequest, ApiResponse, ClusterConfig, SimulatedCluster } from '@podwire/kubesim';
import { programs } from '@podwire/shell';

const START_MS = Date.UTC(2026, 0, 1);
/** A control plane and its nodes are up by then, ms of virtual time. */
const BOOT_LIMIT_MS = 120_000;
const ADMIN = {
  name: 'kubernetes-admin',
  groups: ['kubeadm:cluster-admins', 'system:masters', 'system:authenticated'],
};
const encoder = new TextEncoder();
const decoder = new TextDecoder();

/** A cluster in this thread, booted, with every program that a learner has. */
export function bootedCluster(options: Partial<ClusterConfig> = {}): SimulatedCluster {
  const config = { ...defaultConfig({ seed: 7, startMs: START_MS }), ...options };
  const cluster = createCluster({ config, programs });
  if (!cluster.settle(BOOT_LIMIT_MS)) throw new Error('the cluster did not settle');
  return cluster;
}

export function nodes(count: number): ClusterConfig['nodes'] {
  return Array.from({ length: count }, (_none, index) => ({
    name: index === 0 ? 'podwire-control-plane' : `podwire-worker${index}`,
    labels: {},
    controlPlane: index === 0,
    schedulable: true,
  }));
}

export function forked(cluster: SimulatedCluster): SimulatedCluster {
  const copy = cluster.fork();
  if (copy === undefined) throw new Error('the cluster cannot be forked');
  return copy;
}

/** A request as an adapter hands it on: bytes in, bytes out. Throws when it fails. */
export function request(
  cluster: SimulatedCluster,
  method: ApiRequest['method'],
  path: string,
  content?: { readonly body: unknown; readonly type?: string },
  query: ApiRequest['query'] = [],
): ApiResponse {
  const response = cluster.api.handle({
    method,
    path,
    query,
    headers: {
      accept: 'application/json',
      ...(content === undefined ? {} : { 'content-type': content.type ?? 'application/json' }),
    },
    ...(content === undefined ? {} : { body: encoder.encode(JSON.stringify(content.body)) }),
    user: ADMIN,
  });
  if (response.status >= 300)
    throw new Error(`${method} ${path}: ${response.status} ${decoder.decode(response.body)}`);
  return response;
}

/** Lets virtual time pass. */
export function pass(cluster: SimulatedCluster, ms: number): void {
  const outcome = cluster.run({ untilMs: cluster.nowMs() + ms, maxEvents: MAX_EVENTS });
  if (outcome === 'budget') throw new Error('the cluster never rests');
}

/** A benchmark that runs away should say so. */
const MAX_EVENTS = 50_000_000;
