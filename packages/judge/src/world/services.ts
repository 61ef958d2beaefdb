import type { ServicePort, ServiceSpec } from 'kubernetes-types/core/v1';
import type { Draw } from './draw.ts';
import { LABEL_VALUES, NAMESPACES } from './fleet.ts';
import { refOf } from './world.ts';
import type { WorldPod, WorldService, WorldSlice } from './world.ts';

export interface DrawnServices {
  readonly services: readonly WorldService[];
  readonly slices: readonly WorldSlice[];
}

export function drawServices(draw: Draw, pods: readonly WorldPod[]): DrawnServices {
  const drawn = draw.times(3, 5, (index) => drawService(draw, `s${index}`, pods));
  const services = drawn.map(({ service }) => service);
  const slices = drawn.flatMap(({ slice }) => (slice === undefined ? [] : [slice]));
  const governed = pods.find(({ subdomain }) => subdomain !== undefined);
  if (governed === undefined || draw.chance(30)) return { services, slices };
  // DNS8: names of pods need a headless Service of their subdomain's name.
  const peers: WorldService = {
    namespace: governed.namespace,
    name: 'peers',
    spec: { clusterIP: 'None', selector: drawSelector(draw), ports: [{ name: 'web', port: 80 }] },
  };
  return { services: [...services, peers], slices };
}

function drawService(
  draw: Draw,
  name: string,
  pods: readonly WorldPod[],
): { readonly service: WorldService; readonly slice?: WorldSlice } {
  const namespace = draw.one(NAMESPACES);
  const ports = drawPorts(draw);
  const selector = drawSelector(draw);
  const of = (spec: ServiceSpec): { readonly service: WorldService } => ({
    service: { namespace, name, spec },
  });
  const kind = draw.below(13);
  if (kind < 3) return of({ selector, ports, ...drawLocality(draw) });
  if (kind < 5)
    return of({
      clusterIP: 'None',
      selector,
      ports,
      ...(draw.chance(40) ? { publishNotReadyAddresses: true } : {}),
    });
  if (kind < 8)
    return of({ type: 'NodePort', selector, ports, ...drawExternal(draw), ...drawLocality(draw) });
  if (kind < 9)
    return of({
      type: 'LoadBalancer',
      selector,
      ports,
      ...drawExternal(draw),
      ...(draw.chance(30) ? { allocateLoadBalancerNodePorts: false } : {}),
    });
  if (kind < 10)
    return of({
      type: 'ExternalName',
      externalName: draw.one([`s0.alpha.svc.cluster.local`, 'nowhere.invalid', 'p.example.org']),
      ...(draw.chance(30) ? { ports } : {}),
    });
  if (kind < 11) return of({ selector: { app: 'matches-nothing' }, ports });
  if (kind < 12) return of({ selector, ports, sessionAffinity: 'ClientIP' });
  const service: WorldService = { namespace, name, spec: { ports } };
  if (draw.chance(30)) return { service };
  return {
    service,
    slice: {
      namespace,
      service: name,
      endpoints: draw.some(pods, 1, 2).map(refOf),
      ports: ports.map(({ name: portName = '', protocol = 'TCP' }) => ({
        name: portName,
        port: draw.one([80, 81]),
        protocol: protocol === 'UDP' ? 'UDP' : 'TCP',
      })),
    },
  };
}

function drawSelector(draw: Draw): Record<string, string> {
  const app = { app: draw.one(LABEL_VALUES.app) };
  const tier = { tier: draw.one(LABEL_VALUES.tier) };
  return draw.one<Record<string, string>>([app, app, tier, { ...app, ...tier }]);
}

function drawLocality(draw: Draw): ServiceSpec {
  return {
    ...(draw.chance(25) ? { internalTrafficPolicy: 'Local' } : {}),
    ...(draw.chance(10) ? { publishNotReadyAddresses: true } : {}),
  };
}

function drawExternal(draw: Draw): ServiceSpec {
  return draw.chance(40) ? { externalTrafficPolicy: 'Local' } : {};
}

function drawPorts(draw: Draw): ServicePort[] {
  const first: ServicePort = {
    port: draw.one([80, 8080]),
    ...draw.one<Partial<ServicePort>>([
      {},
      { targetPort: 80 },
      { targetPort: 81 },
      { targetPort: 'web' },
      { targetPort: 'api' },
      { targetPort: 'none-such' },
    ]),
  };
  // A Service of one port may leave it without a name, and has no SRV record then (DNS4).
  if (draw.chance(35)) return [first];
  const second: ServicePort = {
    name: 'second',
    protocol: draw.one(['TCP', 'UDP', 'UDP']),
    port: draw.one([81, first.port, 5353]),
    targetPort: draw.one<number | string>([80, 81, 'dgram', 'api']),
  };
  const clash = second.protocol === 'TCP' && second.port === first.port;
  return [{ ...first, name: 'first' }, clash ? { ...second, port: 82 } : second];
}
