import type { IpAddress } from '@podwire/netsim';
import type { Service, ServicePort } from 'kubernetes-types/core/v1';
import type { Endpoint, EndpointSlice } from 'kubernetes-types/discovery/v1';
import { canonicalAddress, canonicalCidr } from '../nodes/address.ts';
import type { ServicePortName } from './names.ts';

export type Family = 'IPv4' | 'IPv6';

export function familyOf(address: string): Family {
  return address.includes(':') ? 'IPv6' : 'IPv4';
}

/** kube-proxy's own default for `sessionAffinityConfig.clientIP.timeoutSeconds` (SVC17): three hours. */
const DEFAULT_AFFINITY_SECONDS = 10_800;

/** One port of one Service in one address family, defaults filled in. */
export interface ServicePortView extends ServicePortName {
  readonly field: string;
  readonly clusterIp: IpAddress;
  readonly port: number;
  /** 0: none. */
  readonly nodePort: number;
  readonly externalIps: readonly IpAddress[];
  readonly loadBalancerIps: readonly IpAddress[];
  readonly sourceRanges: readonly string[];
  readonly internalPolicyLocal: boolean;
  readonly externalPolicyLocal: boolean;
  readonly affinitySeconds?: number;
  readonly hasSelector: boolean;
}

/** Whether kube-proxy serves it at all: SVC15, and the label that gives a Service to another proxy. */
function isProxied(service: Service): boolean {
  const spec = service.spec;
  if (spec === undefined || spec.type === 'ExternalName') return false;
  if (spec.clusterIP === undefined || spec.clusterIP === '' || spec.clusterIP === 'None') return false;
  return service.metadata?.labels?.['service.kubernetes.io/service-proxy-name'] === undefined;
}

/** The ports of a Service in one family (SVC28). The same number on another protocol is another port (SVC12). */
export function viewService(service: Service, family: Family): readonly ServicePortView[] {
  const spec = service.spec;
  if (spec === undefined || !isProxied(service)) return [];
  const clusterIps = spec.clusterIPs ?? (spec.clusterIP === undefined ? [] : [spec.clusterIP]);
  const ofFamily = (addresses: readonly string[]): readonly IpAddress[] =>
    addresses.flatMap((address) => (familyOf(address) === family ? (canonicalAddress(address) ?? []) : []));
  const clusterIp = ofFamily(clusterIps)[0];
  if (clusterIp === undefined) return [];
  const shared = {
    namespace: service.metadata?.namespace ?? 'default',
    name: service.metadata?.name ?? '',
    clusterIp,
    externalIps: ofFamily(spec.externalIPs ?? []),
    loadBalancerIps: ofFamily(loadBalancerAddresses(service)),
    sourceRanges: (spec.loadBalancerSourceRanges ?? [])
      .flatMap((range) => canonicalCidr(range.trim()) ?? [])
      .filter((range) => familyOf(range) === family),
    internalPolicyLocal: spec.internalTrafficPolicy === 'Local',
    externalPolicyLocal:
      spec.externalTrafficPolicy === 'Local' && (spec.type === 'NodePort' || spec.type === 'LoadBalancer'),
    hasSelector: spec.selector !== undefined && Object.keys(spec.selector).length > 0,
    ...(spec.sessionAffinity === 'ClientIP'
      ? { affinitySeconds: spec.sessionAffinityConfig?.clientIP?.timeoutSeconds ?? DEFAULT_AFFINITY_SECONDS }
      : {}),
  };
  return (spec.ports ?? []).map((port, index) => ({ ...shared, ...viewPort(port, index) }));
}

function viewPort(
  port: ServicePort,
  index: number,
): Pick<ServicePortView, 'field' | 'protocol' | 'portName' | 'port' | 'nodePort'> {
  return {
    field: `spec.ports[${index}]`,
    protocol: lowerProtocol(port.protocol),
    portName: port.name ?? '',
    port: port.port,
    nodePort: port.nodePort ?? 0,
  };
}

function lowerProtocol(protocol: string | undefined): ServicePortName['protocol'] {
  return protocol === 'UDP' ? 'udp' : protocol === 'SCTP' ? 'sctp' : 'tcp';
}

/** `ipMode: Proxy` says that packets should go to the load balancer itself (KEP-1860). */
function loadBalancerAddresses(service: Service): readonly string[] {
  if (service.spec?.type !== 'LoadBalancer') return [];
  return (service.status?.loadBalancer?.ingress ?? []).flatMap(({ ip, ipMode }) =>
    ip === undefined || ip === '' || ipMode === 'Proxy' ? [] : [ip],
  );
}

/** SVC7 to SVC10: whether anything but the ClusterIP leads to it. */
export function isExternallyAccessible(port: ServicePortView): boolean {
  return port.nodePort !== 0 || port.externalIps.length > 0 || port.loadBalancerIps.length > 0;
}

/** One endpoint of one Service port. */
export interface EndpointView {
  readonly address: IpAddress;
  readonly port: number;
  readonly ready: boolean;
  readonly serving: boolean;
  readonly terminating: boolean;
  readonly nodeName: string;
  readonly zoneHints: readonly string[];
  readonly nodeHints: readonly string[];
  /** What it is, for traces: `pod default/web-1`. */
  readonly label: string;
  /** Where it comes from. */
  readonly slice: string;
  readonly field: string;
}

/** `forNodes` is newer (1.33) than the published types. */
interface EndpointHints {
  readonly forZones?: readonly { readonly name: string }[];
  readonly forNodes?: readonly { readonly name: string }[];
}

/** The endpoints of one Service port, sorted by address, each once. Slices carry ports by name and protocol (SVC19). */
export function viewEndpoints(
  slices: readonly EndpointSlice[],
  port: ServicePortName,
  family: Family,
): readonly EndpointView[] {
  const views = new Map<string, EndpointView>();
  for (const slice of slices) {
    if (slice.addressType !== family) continue;
    const match = slice.ports?.find(
      ({ name, protocol }) => (name ?? '') === port.portName && lowerProtocol(protocol) === port.protocol,
    );
    if (match?.port === undefined) continue;
    // Go clients send an empty list as null.
    const endpoints = (slice.endpoints as readonly Endpoint[] | null | undefined) ?? [];
    for (const [index, endpoint] of endpoints.entries()) {
      const view = viewEndpoint(
        endpoint,
        match.port,
        slice.metadata?.name ?? '',
        slice.metadata?.namespace ?? '',
        index,
      );
      if (view === undefined) continue;
      const key = `${view.address} ${view.port}`;
      // An address can stand in two slices while the controller moves it: what is ready wins.
      if (views.get(key)?.ready !== true) views.set(key, view);
    }
  }
  return [...views.values()].sort((left, right) =>
    left.address < right.address ? -1 : left.address > right.address ? 1 : left.port - right.port,
  );
}

function viewEndpoint(
  endpoint: Endpoint,
  port: number,
  slice: string,
  namespace: string,
  index: number,
): EndpointView | undefined {
  const text = (endpoint.addresses as readonly string[] | null | undefined)?.[0];
  const address = text === undefined ? undefined : canonicalAddress(text);
  if (address === undefined) return undefined;
  const { conditions, targetRef } = endpoint;
  const hints: EndpointHints = endpoint.hints ?? {};
  return {
    address,
    port,
    // Absent means ready and serving, and not terminating (EndpointConditions, discovery/v1).
    ready: conditions?.ready !== false,
    serving: conditions?.serving !== false,
    terminating: conditions?.terminating === true,
    nodeName: endpoint.nodeName ?? '',
    zoneHints: (hints.forZones ?? []).map(({ name }) => name),
    nodeHints: (hints.forNodes ?? []).map(({ name }) => name),
    label:
      targetRef?.kind === 'Pod' ? `pod ${targetRef.namespace ?? namespace}/${targetRef.name ?? ''}` : address,
    slice,
    field: `endpoints[${index}]`,
  };
}
