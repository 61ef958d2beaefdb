import type { Pod, Service } from 'kubernetes-types/core/v1';
import type { Endpoint, EndpointPort, EndpointSlice } from 'kubernetes-types/discovery/v1';
import type { OwnerReference } from 'kubernetes-types/meta/v1';
import { mapSelectorMatches } from '../labels/selector.ts';
import {
  controllerReference,
  isTerminating,
  keyOf,
  nameOf,
  namespaceOf,
  sameValue,
  splitKey,
  uidOf,
} from '../runtime/objects.ts';
import { changeOf, DONE, RETRY } from './contract.ts';
import type { Controller, ControllerContext, ReconcileResult } from './contract.ts';
import { isPodFinished, isPodReady, servicesOfPod } from './pod-control.ts';
import { annotatedWith, TRIGGER_TIME_ANNOTATION, triggerTime } from './trigger-time.ts';

/** SVC24: --max-endpoints-per-slice. */
export const MAX_ENDPOINTS_PER_SLICE = 100;
export const SERVICE_NAME_LABEL = 'kubernetes.io/service-name';
export const MANAGED_BY_LABEL = 'endpointslice.kubernetes.io/managed-by';
const HEADLESS_LABEL = 'service.kubernetes.io/headless';
const MANAGER = 'endpointslice-controller.k8s.io';
const ZONE_LABEL = 'topology.kubernetes.io/zone';

export function endpointSliceController(context: ControllerContext): Controller {
  const { client } = context;
  return {
    name: 'endpointslice-controller',
    watches: ['Service', 'Pod', 'EndpointSlice', 'Node'],
    keysOf(change) {
      if (change.kind === 'Service') return [keyOf(change.object)];
      const pod = changeOf(change, 'Pod');
      if (pod !== undefined) {
        const before = pod.previous === undefined ? [] : servicesOfPod(client, pod.previous);
        return [...before, ...servicesOfPod(client, pod.object)];
      }
      const slice = changeOf(change, 'EndpointSlice')?.object;
      if (slice !== undefined) {
        const service = slice.metadata?.labels?.[SERVICE_NAME_LABEL];
        const mine = slice.metadata?.labels?.[MANAGED_BY_LABEL] === MANAGER;
        return mine && service !== undefined ? [`${namespaceOf(slice)}/${service}`] : [];
      }
      const node = changeOf(change, 'Node');
      // Only a node's zone shows in endpoints.
      if (
        node === undefined ||
        node.previous?.metadata?.labels?.[ZONE_LABEL] === node.object.metadata?.labels?.[ZONE_LABEL]
      )
        return [];
      return client.list('Service').map(keyOf);
    },
    allKeys: () => client.list('Service').map(keyOf),
    reconcile(key) {
      const { namespace, name } = splitKey(key);
      const service = client.get('Service', namespace, name);
      if (service === undefined || isTerminating(service)) return DONE;
      const selector = service.spec?.selector;
      if (
        selector === undefined ||
        Object.keys(selector).length === 0 ||
        service.spec?.type === 'ExternalName'
      )
        return DONE;
      return reconcile(context, service, selector);
    },
  };
}

function reconcile(
  context: ControllerContext,
  service: Service,
  selector: Readonly<Record<string, string>>,
): ReconcileResult {
  const { client } = context;
  const namespace = namespaceOf(service);
  const pods = client
    .list('Pod', { namespace })
    .filter((pod) => mapSelectorMatches(selector, pod.metadata?.labels));
  const zones = new Map(
    client.list('Node').map((node) => [nameOf(node), node.metadata?.labels?.[ZONE_LABEL]]),
  );
  const wanted = wantedSlices(service, pods, zones);
  const present = client
    .list('EndpointSlice', {
      namespace,
      labelSelector: `${SERVICE_NAME_LABEL}=${nameOf(service)},${MANAGED_BY_LABEL}=${MANAGER}`,
    })
    .filter((slice) => !isTerminating(slice));
  return applySlices(context, service, wanted, present, {
    owner: controllerReference('v1', 'Service', service),
    labels: sliceLabels(service),
    namePrefix: nameOf(service),
    annotations: annotatedWith({}, triggerTime(service, pods, shownBy(present))) ?? {},
  });
}

/** What the slices tell of pods now; undefined where there are none yet. */
function shownBy(present: readonly EndpointSlice[]): Parameters<typeof triggerTime>[2] {
  if (present.length === 0) return undefined;
  const shown = present.flatMap((slice) => (slice.endpoints as readonly Endpoint[] | null) ?? []);
  return {
    annotation: present
      .flatMap(({ metadata }) => metadata?.annotations?.[TRIGGER_TIME_ANNOTATION] ?? [])
      .sort()
      .at(-1),
    pods: new Set(shown.flatMap(({ targetRef }) => targetRef?.name ?? [])),
  };
}

export interface WantedSlice {
  readonly addressType: 'IPv4' | 'IPv6';
  readonly ports: readonly EndpointPort[];
  readonly endpoints: readonly Endpoint[];
}

/** The slices a Service should have: one group for each family and set of resolved ports, cut at 100 endpoints. */
export function wantedSlices(
  service: Service,
  pods: readonly Pod[],
  zones: ReadonlyMap<string, string | undefined>,
): readonly WantedSlice[] {
  const families = service.spec?.ipFamilies ?? ['IPv4'];
  const slices: WantedSlice[] = [];
  for (const family of families) {
    const addressType = family === 'IPv6' ? 'IPv6' : 'IPv4';
    const groups = new Map<
      string,
      { readonly ports: readonly EndpointPort[]; readonly endpoints: Endpoint[] }
    >();
    for (const pod of pods) {
      const address = addressOf(pod, addressType);
      if (address === undefined || isPodFinished(pod)) continue; // SVC20; terminating pods stay, with their conditions (KEP-1672)
      const ports = portsFor(service, pod);
      const key = JSON.stringify(ports);
      let group = groups.get(key);
      if (group === undefined) {
        group = { ports, endpoints: [] };
        groups.set(key, group);
      }
      group.endpoints.push(endpointFor(service, pod, address, zones));
    }
    // A Service without pods keeps one empty slice, so that its readers can tell it from one not yet looked at.
    if (groups.size === 0) slices.push({ addressType, ports: [], endpoints: [] });
    for (const group of groups.values()) {
      for (let start = 0; start < group.endpoints.length; start += MAX_ENDPOINTS_PER_SLICE) {
        slices.push({
          addressType,
          ports: group.ports,
          endpoints: group.endpoints.slice(start, start + MAX_ENDPOINTS_PER_SLICE),
        });
      }
    }
  }
  return slices;
}

export function addressOf(pod: Pod, addressType: 'IPv4' | 'IPv6'): string | undefined {
  const addresses = pod.status?.podIPs?.flatMap((entry) => (entry.ip === undefined ? [] : [entry.ip])) ?? [];
  if (addresses.length === 0 && pod.status?.podIP !== undefined) addresses.push(pod.status.podIP);
  return addresses.find((address) => address.includes(':') === (addressType === 'IPv6'));
}

function endpointFor(
  service: Service,
  pod: Pod,
  address: string,
  zones: ReadonlyMap<string, string | undefined>,
): Endpoint {
  const terminating = isTerminating(pod);
  const serving = isPodReady(pod);
  // SVC18: who asks for addresses that are not ready gets them all as ready, terminating or not.
  const ready = service.spec?.publishNotReadyAddresses === true || (serving && !terminating);
  const nodeName = pod.spec?.nodeName;
  const zone = nodeName === undefined ? undefined : zones.get(nodeName);
  const hostname = pod.spec?.hostname;
  const named = hostname !== undefined && pod.spec?.subdomain === nameOf(service);
  const hints = hintsFor(service, nodeName, zone);
  return {
    addresses: [address],
    conditions: { ready, serving, terminating },
    ...(named ? { hostname } : {}),
    targetRef: { kind: 'Pod', namespace: namespaceOf(pod), name: nameOf(pod), uid: uidOf(pod) },
    ...(nodeName === undefined ? {} : { nodeName }),
    ...(zone === undefined ? {} : { zone }),
    ...(hints === undefined ? {} : { hints }),
  };
}

/** SVC27: trafficDistribution. Every endpoint is hinted at its own zone (and node); kube-proxy decides whether the hints can be followed. */
function hintsFor(
  service: Service,
  nodeName: string | undefined,
  zone: string | undefined,
): Endpoint['hints'] | undefined {
  const distribution = service.spec?.trafficDistribution;
  if (distribution === undefined || zone === undefined) {
    if (distribution === 'PreferSameNode' && nodeName !== undefined)
      return { forNodes: [{ name: nodeName }] } as Endpoint['hints'];
    return undefined;
  }
  if (distribution === 'PreferSameNode' && nodeName !== undefined)
    return { forZones: [{ name: zone }], forNodes: [{ name: nodeName }] } as Endpoint['hints'];
  return { forZones: [{ name: zone }] };
}

/** SVC19: a named targetPort is looked up in each pod, by name and protocol; a pod that lacks it gets no such port. */
export function portsFor(service: Service, pod: Pod): readonly EndpointPort[] {
  const ports: EndpointPort[] = [];
  for (const port of service.spec?.ports ?? []) {
    const protocol = port.protocol ?? 'TCP';
    const number = resolveTargetPort(pod, port.targetPort ?? port.port, protocol);
    if (number === undefined) continue;
    ports.push({
      name: port.name ?? '',
      port: number,
      protocol,
      ...(port.appProtocol === undefined ? {} : { appProtocol: port.appProtocol }),
    });
  }
  return ports;
}

function resolveTargetPort(pod: Pod, target: number | string, protocol: string): number | undefined {
  if (typeof target === 'number') return target;
  if (/^\d+$/.test(target)) return Number(target);
  const sidecars = (pod.spec?.initContainers ?? []).filter(
    (container) => container.restartPolicy === 'Always',
  );
  for (const container of [...(pod.spec?.containers ?? []), ...sidecars]) {
    for (const port of container.ports ?? []) {
      if (port.name === target && (port.protocol ?? 'TCP') === protocol) return port.containerPort;
    }
  }
  return undefined;
}

function sliceLabels(service: Service): Record<string, string> {
  const labels: Record<string, string> = { ...service.metadata?.labels };
  const headless = service.spec?.clusterIP === 'None';
  return {
    ...labels,
    ...(headless ? { [HEADLESS_LABEL]: '' } : {}),
    [SERVICE_NAME_LABEL]: nameOf(service),
    [MANAGED_BY_LABEL]: MANAGER,
  };
}

export interface SliceIdentity {
  readonly owner: OwnerReference;
  readonly labels: Readonly<Record<string, string>>;
  readonly namePrefix: string;
  readonly annotations?: Readonly<Record<string, string>>;
}

/** Writes as few slices as it can: each wanted slice takes over the present one that it shares most endpoints with. */
export function applySlices(
  context: ControllerContext,
  subject: { readonly metadata?: { namespace?: string } },
  wanted: readonly WantedSlice[],
  present: readonly EndpointSlice[],
  identity: SliceIdentity,
): ReconcileResult {
  const left = new Set(present);
  let failed = false;
  for (const slice of wanted) {
    const reused = bestMatch(slice, left);
    if (reused !== undefined) left.delete(reused);
    const result =
      reused === undefined
        ? create(context, subject, slice, identity)
        : update(context, reused, slice, identity);
    if (!result) failed = true;
  }
  for (const slice of left) {
    const result = context.client.delete('EndpointSlice', namespaceOf(slice), nameOf(slice));
    if (!result.ok && result.status.code !== 404) failed = true;
  }
  return failed ? RETRY : DONE;
}

function bestMatch(wanted: WantedSlice, candidates: ReadonlySet<EndpointSlice>): EndpointSlice | undefined {
  const addresses = new Set(wanted.endpoints.flatMap((endpoint) => endpoint.addresses));
  let best: EndpointSlice | undefined;
  let bestShared = -1;
  for (const slice of candidates) {
    if (slice.addressType !== wanted.addressType) continue;
    const samePorts = sameValue(slice.ports ?? [], wanted.ports) ? 1 : 0;
    const shared =
      (slice.endpoints as readonly Endpoint[] | null | undefined)?.reduce(
        (count, endpoint) => count + endpoint.addresses.filter((address) => addresses.has(address)).length,
        samePorts,
      ) ?? samePorts;
    if (shared > bestShared) {
      best = slice;
      bestShared = shared;
    }
  }
  return best;
}

function create(
  context: ControllerContext,
  subject: { readonly metadata?: { namespace?: string } },
  slice: WantedSlice,
  identity: SliceIdentity,
): boolean {
  const result = context.client.create('EndpointSlice', {
    apiVersion: 'discovery.k8s.io/v1',
    kind: 'EndpointSlice',
    metadata: {
      generateName: `${identity.namePrefix}-`,
      namespace: subject.metadata?.namespace ?? '',
      labels: { ...identity.labels },
      ...(identity.annotations === undefined || Object.keys(identity.annotations).length === 0
        ? {}
        : { annotations: { ...identity.annotations } }),
      ownerReferences: [identity.owner],
    },
    addressType: slice.addressType,
    endpoints: [...slice.endpoints],
    ports: [...slice.ports],
  });
  // A namespace on its way out takes nothing new; there is nothing to retry.
  return result.ok || result.status.code === 403 || result.status.code === 404;
}

function update(
  context: ControllerContext,
  present: EndpointSlice,
  slice: WantedSlice,
  identity: SliceIdentity,
): boolean {
  const before = present.endpoints as readonly Endpoint[] | null | undefined;
  if (
    sameValue(before ?? [], slice.endpoints) &&
    sameValue(present.ports ?? [], slice.ports) &&
    sameValue(present.metadata?.labels ?? {}, identity.labels)
  )
    return true;
  const { annotations: _before, ...metadata } = present.metadata ?? {};
  const annotations = annotatedWith(
    present.metadata?.annotations,
    identity.annotations?.[TRIGGER_TIME_ANNOTATION],
  );
  const result = context.client.update('EndpointSlice', {
    ...present,
    metadata: {
      ...metadata,
      labels: { ...identity.labels },
      ...(annotations === undefined ? {} : { annotations }),
    },
    endpoints: [...slice.endpoints],
    ports: [...slice.ports],
  });
  return result.ok || result.status.code === 404;
}
