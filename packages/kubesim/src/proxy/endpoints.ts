import { isExternallyAccessible } from './service-view.ts';
import type { EndpointView, ServicePortView } from './service-view.ts';

/** Where a proxy stands. */
export interface ProxyPlace {
  readonly nodeName: string;
  /** Label topology.kubernetes.io/zone, or empty. */
  readonly zone: string;
}

export interface EndpointChoice {
  /** For traffic with a `Cluster` policy. */
  readonly cluster: readonly EndpointView[];
  /** For traffic with a `Local` policy. */
  readonly local: readonly EndpointView[];
  /** Whether anything in the whole cluster could serve (SVC1, SVC2, SVC4). */
  readonly any: boolean;
}

/** Which endpoints this node uses for a Service port (KEP-1669 for terminating ones, KEP-2433 and KEP-4444 for hints). */
export function chooseEndpoints(
  endpoints: readonly EndpointView[],
  port: ServicePortView,
  place: ProxyPlace,
): EndpointChoice {
  const usesLocal = port.internalPolicyLocal || (port.externalPolicyLocal && isExternallyAccessible(port));
  // Also under a Local external policy, pods of the cluster are sent everywhere (SVC9).
  const usesCluster = !port.internalPolicyLocal || isExternallyAccessible(port);
  const cluster = usesCluster ? clusterEndpoints(endpoints, place) : [];
  if (!usesLocal) return { cluster, local: [], any: cluster.length > 0 };
  const usable = endpoints.filter((endpoint) => endpoint.ready || (endpoint.serving && endpoint.terminating));
  const local = readyOrServing(endpoints.filter(({ nodeName }) => nodeName === place.nodeName));
  return { cluster, local, any: usable.length > 0 };
}

function clusterEndpoints(endpoints: readonly EndpointView[], place: ProxyPlace): readonly EndpointView[] {
  const ready = endpoints.filter((endpoint) => endpoint.ready);
  if (ready.length === 0) return readyOrServing(endpoints);
  return byHints(ready, place);
}

/** SVC3: terminating endpoints that still serve are used only when no ready one is left. */
function readyOrServing(endpoints: readonly EndpointView[]): readonly EndpointView[] {
  const ready = endpoints.filter((endpoint) => endpoint.ready);
  if (ready.length > 0) return ready;
  return endpoints.filter((endpoint) => endpoint.serving && endpoint.terminating);
}

/** SVC27: hints hold only when every ready endpoint has one and some are for this place. */
function byHints(ready: readonly EndpointView[], { nodeName, zone }: ProxyPlace): readonly EndpointView[] {
  if (ready.every(({ nodeHints }) => nodeHints.length > 0)) {
    const here = ready.filter(({ nodeHints }) => nodeHints.includes(nodeName));
    if (here.length > 0) return here;
  }
  if (zone !== '' && ready.every(({ zoneHints }) => zoneHints.length > 0)) {
    const here = ready.filter(({ zoneHints }) => zoneHints.includes(zone));
    if (here.length > 0) return here;
  }
  return ready;
}
