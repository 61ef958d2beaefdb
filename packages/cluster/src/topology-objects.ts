import type { ServerEvent, TOPOLOGY_KINDS } from '@podwire/protocol';

export type TopologyKind = (typeof TOPOLOGY_KINDS)[number];
export type TopologyObject = ServerEvent<'topology:snapshot'>['objects'][number];
export type TopologyChange = ServerEvent<'topology:changes'>['changes'][number];

/** Where the objects of each kind that is drawn are listed, over all namespaces. */
export const TOPOLOGY_COLLECTIONS: Readonly<Record<TopologyKind, string>> = {
  Node: '/api/v1/nodes',
  Namespace: '/api/v1/namespaces',
  Pod: '/api/v1/pods',
  Service: '/api/v1/services',
  EndpointSlice: '/apis/discovery.k8s.io/v1/endpointslices',
  NetworkPolicy: '/apis/networking.k8s.io/v1/networkpolicies',
  Deployment: '/apis/apps/v1/deployments',
  Ingress: '/apis/networking.k8s.io/v1/ingresses',
};

export function topologyObject(kind: TopologyKind, object: Record<string, unknown>): TopologyObject {
  const metadata = (object['metadata'] ?? {}) as {
    readonly name?: string;
    readonly namespace?: string;
    readonly uid?: string;
  };
  return {
    kind,
    name: metadata.name ?? '',
    uid: metadata.uid ?? '',
    ...(metadata.namespace === undefined ? {} : { namespace: metadata.namespace }),
    object,
  };
}
