import type { Network } from '@podwire/netsim';
import type { Component, ComponentContext } from '../component.ts';
import { about } from '../controllers/pod-control.ts';
import { hostCidr } from '../nodes/address.ts';
import { nodeAddress, UNDERLAY_BRIDGE, UNDERLAY_NETNS } from '../nodes/underlay.ts';
import { planLoadBalancer } from './plan.ts';
import type { LoadBalancerAssignment } from './plan.ts';

/** What the load balancer remembers: by Service, the address it gave and the node that draws its traffic. */
export interface LoadBalancerState {
  readonly assigned: Map<string, LoadBalancerAssignment>;
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

/** Component `cloud-controller-manager`: carries out the load balancer's plan on the underlay's router. */
export function createLoadBalancer(wiring: LoadBalancerWiring): Component {
  return {
    name: 'cloud-controller-manager',
    watches: ['Service', 'EndpointSlice', 'Node'],
    resync: () => sync(wiring),
    onChanges: () => sync(wiring),
  };
}

function sync(wiring: LoadBalancerWiring): void {
  const { client, event } = wiring.context;
  const { assigned } = wiring.state;
  const services = client.list('Service');
  if (assigned.size === 0 && services.every(({ spec, status }) => isNone(spec?.type, status))) return;
  const plan = planLoadBalancer(
    { services, endpointSlices: client.list('EndpointSlice'), nodes: client.list('Node') },
    assigned,
    wiring.range,
  );
  for (const [key, before] of [...assigned])
    if (plan.assigned.get(key)?.node !== before.node || !plan.assigned.has(key)) {
      assigned.delete(key);
      if (before.node !== undefined) wiring.network.removeRoute(UNDERLAY_NETNS, hostCidr(before.address));
    }
  for (const [key, next] of plan.assigned)
    if (!assigned.has(key)) {
      assigned.set(key, next);
      lead(wiring, next);
    }
  for (const { service, events, loadBalancer } of plan.deeds) {
    const subject = about('Service', 'v1', service);
    for (const { type, reason, message } of events) event(subject, type, reason, message);
    if (loadBalancer !== undefined)
      client.updateStatus('Service', { ...service, status: { ...service.status, loadBalancer } });
  }
}

/** Most changes are of clusters that have no such Service. */
function isNone(type: string | undefined, status: { readonly loadBalancer?: object } | undefined): boolean {
  return type !== 'LoadBalancer' && Object.keys(status?.loadBalancer ?? {}).length === 0;
}

/** Points the network at the node that draws this address's traffic. */
function lead({ network, nodes }: LoadBalancerWiring, { address, node }: LoadBalancerAssignment): void {
  const index = nodes.findIndex(({ name }) => name === node);
  if (index >= 0)
    network.addRoute(UNDERLAY_NETNS, {
      destination: hostCidr(address),
      via: nodeAddress(index),
      interfaceName: UNDERLAY_BRIDGE,
      protocol: 'static',
    });
}
