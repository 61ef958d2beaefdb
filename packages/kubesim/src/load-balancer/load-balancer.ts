import type { IpAddress, Network } from '@podwire/netsim';
import type { EndpointSlice } from 'kubernetes-types/discovery/v1';
import type { Node, Service } from 'kubernetes-types/core/v1';
import type { Component, ComponentContext } from '../component.ts';
import { about } from '../controllers/pod-control.ts';
import { EXCLUDED_FROM_LOAD_BALANCERS } from '../kubelet/node-status.ts';
import { addressAt, hostCidr, parseCidr } from '../nodes/address.ts';
import { nodeAddress, UNDERLAY_BRIDGE, UNDERLAY_NETNS } from '../nodes/underlay.ts';
import { isTerminating, keyOf, nameOf, sameValue } from '../runtime/objects.ts';

/** Addresses of a range that are tried for a Service: a larger range holds more Services than a lab has. */
const MAX_ADDRESSES = 256;

/** What the load balancer remembers: by Service, the address it gave and the node that draws its traffic. */
export interface LoadBalancerState {
  readonly assigned: Map<string, Assignment>;
}

interface Assignment {
  readonly address: IpAddress;
  node: string | undefined;
}

export function newLoadBalancerState(): LoadBalancerState {
  return { assigned: new Map() };
}

export interface LoadBalancerWiring {
  readonly network: Network;
  readonly nodes: readonly { readonly name: string }[];
  /** The addresses it gives away. */
  readonly range: string;
  readonly state: LoadBalancerState;
  readonly context: ComponentContext;
}

/**
 * Component `cloud-controller-manager`: gives Services of type LoadBalancer an address outside the nodes'
 * network and leads its traffic to a node, from where kube-proxy takes over (SVC26). As with a load balancer
 * that announces addresses, one node at a time draws all the traffic of an address; sources are kept.
 */
export function createLoadBalancer(wiring: LoadBalancerWiring): Component {
  return {
    name: 'cloud-controller-manager',
    watches: ['Service', 'EndpointSlice', 'Node'],
    resync: () => sync(wiring),
    onChanges: () => sync(wiring),
  };
}

function sync(wiring: LoadBalancerWiring): void {
  const { state, context } = wiring;
  const wanted = new Map(
    context.client
      .list('Service')
      .filter(isOurs)
      .map((service) => [keyOf(service), service]),
  );
  for (const key of [...state.assigned.keys()]) if (!wanted.has(key)) release(wiring, key);
  for (const [key, service] of wanted) ensure(wiring, key, service);
  for (const service of context.client.list('Service')) {
    const { ingress } = service.status?.loadBalancer ?? {};
    if (!isOurs(service) && ingress !== undefined && service.spec?.type !== 'LoadBalancer')
      context.client.updateStatus('Service', { ...service, status: { ...service.status, loadBalancer: {} } });
  }
}

/** One that asks for a class of load balancer is left to whoever serves that class. */
function isOurs(service: Service): boolean {
  return (
    service.spec?.type === 'LoadBalancer' &&
    service.spec.loadBalancerClass === undefined &&
    !isTerminating(service)
  );
}

function ensure(wiring: LoadBalancerWiring, key: string, service: Service): void {
  const { state, context } = wiring;
  const subject = about('Service', 'v1', service);
  let assignment = state.assigned.get(key);
  if (assignment === undefined) {
    const address = freeAddress(wiring, service);
    if (address === undefined) {
      context.event(
        subject,
        'Warning',
        'SyncLoadBalancerFailed',
        `Error syncing load balancer: failed to ensure load balancer: no address of ${wiring.range} is free${service.spec?.loadBalancerIP === undefined ? '' : ` that is ${service.spec.loadBalancerIP}`}`,
      );
      return;
    }
    context.event(subject, 'Normal', 'EnsuringLoadBalancer', 'Ensuring load balancer');
    assignment = { address, node: undefined };
    state.assigned.set(key, assignment);
    lead(wiring, service, assignment);
    context.event(subject, 'Normal', 'EnsuredLoadBalancer', 'Ensured load balancer');
  } else if (lead(wiring, service, assignment)) {
    context.event(subject, 'Normal', 'UpdatedLoadBalancer', 'Updated load balancer with new hosts');
  }
  const loadBalancer = { ingress: [{ ip: assignment.address, ipMode: 'VIP' }] };
  if (!sameValue(service.status?.loadBalancer, loadBalancer))
    context.client.updateStatus('Service', { ...service, status: { ...service.status, loadBalancer } });
}

function freeAddress({ state, range }: LoadBalancerWiring, service: Service): IpAddress | undefined {
  const cidr = parseCidr(range);
  if (cidr === undefined) return undefined;
  const taken = new Set([...state.assigned.values()].map(({ address }) => address));
  const asked = service.spec?.loadBalancerIP;
  const size = 2 ** (cidr.bits - cidr.prefixLength);
  for (let offset = 1; offset < Math.min(size - 1, MAX_ADDRESSES); offset++) {
    const address = addressAt(cidr, BigInt(offset));
    if (!taken.has(address) && (asked === undefined || asked === '' || asked === address)) return address;
  }
  return undefined;
}

/** Points the network at the node that draws this address's traffic. @returns whether that has changed. */
function lead(wiring: LoadBalancerWiring, service: Service, assignment: Assignment): boolean {
  const { network, nodes } = wiring;
  const chosen = chooseNode(wiring, service, assignment.node);
  if (chosen === assignment.node) return false;
  const destination = hostCidr(assignment.address);
  if (assignment.node !== undefined) network.removeRoute(UNDERLAY_NETNS, destination);
  assignment.node = chosen;
  const index = nodes.findIndex(({ name }) => name === chosen);
  if (index >= 0)
    network.addRoute(UNDERLAY_NETNS, {
      destination,
      via: nodeAddress(index),
      interfaceName: UNDERLAY_BRIDGE,
      protocol: 'static',
    });
  return true;
}

/** A Ready node, and under `externalTrafficPolicy: Local` one that has a ready endpoint; the present one stays while it may. */
function chooseNode(
  { context }: LoadBalancerWiring,
  service: Service,
  present: string | undefined,
): string | undefined {
  const local =
    service.spec?.externalTrafficPolicy === 'Local' ? nodesWithEndpoints(context, service) : undefined;
  const able = context.client
    .list('Node')
    .filter((node) => mayServe(node) && (local?.has(nameOf(node)) ?? true))
    .map(nameOf)
    .sort();
  return present !== undefined && able.includes(present) ? present : able[0];
}

function mayServe(node: Node): boolean {
  const ready = node.status?.conditions?.find(({ type }) => type === 'Ready')?.status === 'True';
  return ready && node.metadata?.labels?.[EXCLUDED_FROM_LOAD_BALANCERS] === undefined && !isTerminating(node);
}

function nodesWithEndpoints({ client }: ComponentContext, service: Service): ReadonlySet<string> {
  const slices: readonly EndpointSlice[] = client.list('EndpointSlice', {
    namespace: service.metadata?.namespace ?? 'default',
    labelSelector: `kubernetes.io/service-name=${nameOf(service)}`,
  });
  return new Set(
    slices
      .flatMap(({ endpoints }) => (endpoints as typeof endpoints | null) ?? [])
      .flatMap(({ conditions, nodeName }) =>
        conditions?.ready !== false && nodeName !== undefined ? [nodeName] : [],
      ),
  );
}

function release({ network, state }: LoadBalancerWiring, key: string): void {
  const assignment = state.assigned.get(key);
  state.assigned.delete(key);
  if (assignment?.node !== undefined) network.removeRoute(UNDERLAY_NETNS, hostCidr(assignment.address));
}
