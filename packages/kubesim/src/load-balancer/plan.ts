import { cidrContains } from '@podwire/netsim';
import type { IpAddress } from '@podwire/netsim';
import type { EndpointSlice } from 'kubernetes-types/discovery/v1';
import type { LoadBalancerStatus, Node, Service } from 'kubernetes-types/core/v1';
import { EXCLUDED_FROM_LOAD_BALANCERS } from '../kubelet/node-status.ts';
import { addressAt, canonicalAddress, parseCidr } from '../nodes/address.ts';
import { isTerminating, keyOf, nameOf, namespaceOf, sameValue } from '../runtime/objects.ts';

/** Addresses of a range that are tried for a Service: a larger range holds more Services than a lab has. */
const MAX_ADDRESSES = 256;
const SERVICE_NAME = 'kubernetes.io/service-name';

/** The address that a Service has, and the node that draws its traffic; undefined while none may. */
export interface LoadBalancerAssignment {
  readonly address: IpAddress;
  readonly node: string | undefined;
}

/** What a load balancer looks at. */
export interface LoadBalancerView {
  readonly services: readonly Service[];
  readonly endpointSlices: readonly EndpointSlice[];
  readonly nodes: readonly Node[];
}

export interface LoadBalancerEvent {
  readonly type: 'Normal' | 'Warning';
  readonly reason: string;
  readonly message: string;
}

/** For one Service: what is to be said of it, and the status that it shall have when that is another. */
export interface LoadBalancerDeed {
  readonly service: Service;
  readonly events: readonly LoadBalancerEvent[];
  readonly loadBalancer?: LoadBalancerStatus;
}

export interface LoadBalancerPlan {
  /** By the Service's `namespace/name`: every one that is served from now on. */
  readonly assigned: ReadonlyMap<string, LoadBalancerAssignment>;
  readonly deeds: readonly LoadBalancerDeed[];
}

/**
 * What a load balancer of one range does (SVC26): it gives each Service of type LoadBalancer an address outside the
 * nodes' network, and one node at a time draws all the traffic of an address, from where kube-proxy takes over, so that
 * sources are kept. An address stays with its Service, and a node with an address while it may serve it.
 *
 * @param range a CIDR.
 */
export function planLoadBalancer(
  view: LoadBalancerView,
  before: ReadonlyMap<string, LoadBalancerAssignment>,
  range: string,
): LoadBalancerPlan {
  const served = view.services.filter(isServed);
  const assigned = new Map<string, LoadBalancerAssignment>();
  for (const service of served) {
    const known = before.get(keyOf(service)) ?? heldAlready(service, assigned, range);
    if (known !== undefined) assigned.set(keyOf(service), known);
  }
  const deeds: LoadBalancerDeed[] = [];
  for (const service of served) {
    const known = assigned.get(keyOf(service));
    const address = known?.address ?? freeAddress(service, assigned, range);
    if (address === undefined) {
      deeds.push({ service, events: [noAddress(service, range)] });
      continue;
    }
    const node = chosenNode(view, service, known?.node);
    if (known?.node !== node || known === undefined) assigned.set(keyOf(service), { address, node });
    const loadBalancer = { ingress: [{ ip: address, ipMode: 'VIP' }] };
    deeds.push({
      service,
      events: known === undefined ? ENSURED : known.node === node ? [] : UPDATED,
      ...(sameValue(service.status?.loadBalancer, loadBalancer) ? {} : { loadBalancer }),
    });
  }
  for (const service of view.services)
    if (service.spec?.type !== 'LoadBalancer' && service.status?.loadBalancer?.ingress !== undefined)
      deeds.push({ service, events: [], loadBalancer: {} });
  return { assigned, deeds };
}

const ENSURED: readonly LoadBalancerEvent[] = [
  { type: 'Normal', reason: 'EnsuringLoadBalancer', message: 'Ensuring load balancer' },
  { type: 'Normal', reason: 'EnsuredLoadBalancer', message: 'Ensured load balancer' },
];
const UPDATED: readonly LoadBalancerEvent[] = [
  { type: 'Normal', reason: 'UpdatedLoadBalancer', message: 'Updated load balancer with new hosts' },
];

function noAddress({ spec }: Service, range: string): LoadBalancerEvent {
  const asked = spec?.loadBalancerIP === undefined ? '' : ` that is ${spec.loadBalancerIP}`;
  return {
    type: 'Warning',
    reason: 'SyncLoadBalancerFailed',
    message: `Error syncing load balancer: failed to ensure load balancer: no address of ${range} is free${asked}`,
  };
}

/** One that asks for a class of load balancer is left to whoever serves that class. */
function isServed(service: Service): boolean {
  return (
    service.spec?.type === 'LoadBalancer' &&
    service.spec.loadBalancerClass === undefined &&
    !isTerminating(service)
  );
}

/** What it has by its status: a load balancer that was started anew goes on with that. */
function heldAlready(
  { status }: Service,
  assigned: ReadonlyMap<string, LoadBalancerAssignment>,
  range: string,
): LoadBalancerAssignment | undefined {
  const address = canonicalAddress(status?.loadBalancer?.ingress?.[0]?.ip ?? '');
  const isFree = [...assigned.values()].every((other) => other.address !== address);
  return address !== undefined && isFree && cidrContains(range, address)
    ? { address, node: undefined }
    : undefined;
}

function freeAddress(
  { spec }: Service,
  assigned: ReadonlyMap<string, LoadBalancerAssignment>,
  range: string,
): IpAddress | undefined {
  const cidr = parseCidr(range);
  if (cidr === undefined) return undefined;
  const taken = new Set([...assigned.values()].map(({ address }) => address));
  const asked = spec?.loadBalancerIP ?? '';
  const size = 2 ** (cidr.bits - cidr.prefixLength);
  for (let offset = 1; offset < Math.min(size - 1, MAX_ADDRESSES); offset++) {
    const address = addressAt(cidr, BigInt(offset));
    if (!taken.has(address) && (asked === '' || asked === address)) return address;
  }
  return undefined;
}

/** A Ready node, and under `externalTrafficPolicy: Local` one that has a ready endpoint; the present one stays while it may. */
function chosenNode(
  { nodes, endpointSlices }: LoadBalancerView,
  service: Service,
  present: string | undefined,
): string | undefined {
  const local =
    service.spec?.externalTrafficPolicy === 'Local' ? nodesWithEndpoints(endpointSlices, service) : undefined;
  const able = nodes
    .filter((node) => mayServe(node) && (local?.has(nameOf(node)) ?? true))
    .map(nameOf)
    .sort();
  return present !== undefined && able.includes(present) ? present : able[0];
}

function mayServe(node: Node): boolean {
  const ready = node.status?.conditions?.find(({ type }) => type === 'Ready')?.status === 'True';
  return ready && node.metadata?.labels?.[EXCLUDED_FROM_LOAD_BALANCERS] === undefined && !isTerminating(node);
}

function nodesWithEndpoints(slices: readonly EndpointSlice[], service: Service): ReadonlySet<string> {
  return new Set(
    slices
      .filter(
        (slice) =>
          namespaceOf(slice) === namespaceOf(service) &&
          slice.metadata?.labels?.[SERVICE_NAME] === nameOf(service),
      )
      .flatMap(({ endpoints }) => (endpoints as typeof endpoints | null) ?? [])
      .flatMap(({ conditions, nodeName }) =>
        conditions?.ready !== false && nodeName !== undefined ? [nodeName] : [],
      ),
  );
}
