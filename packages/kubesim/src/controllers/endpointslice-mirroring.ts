import type { EndpointAddress, Endpoints } from 'kubernetes-types/core/v1';
import type { Endpoint, EndpointPort } from 'kubernetes-types/discovery/v1';
import {
  controllerReference,
  isTerminating,
  keyOf,
  nameOf,
  namespaceOf,
  splitKey,
} from '../runtime/objects.ts';
import { changeOf, DONE } from './contract.ts';
import type { Controller, ControllerContext } from './contract.ts';
import { ENDPOINTS_MANAGED_BY } from './endpoints.ts';
import { applySlices, MANAGED_BY_LABEL, SERVICE_NAME_LABEL } from './endpointslice.ts';
import type { WantedSlice } from './endpointslice.ts';

const MANAGER = 'endpointslicemirroring-controller.k8s.io';
const SKIP_MIRROR = 'endpointslice.kubernetes.io/skip-mirror';
/** --mirroring-max-endpoints-per-subset. */
const MAX_ENDPOINTS_PER_SUBSET = 1000;

/** SVC23: hand-made Endpoints of a Service without a selector become EndpointSlices. */
export function endpointSliceMirroringController(context: ControllerContext): Controller {
  const { client } = context;
  return {
    name: 'endpointslice-mirroring-controller',
    watches: ['Endpoints', 'Service', 'EndpointSlice'],
    keysOf(change) {
      if (change.kind === 'Endpoints' || change.kind === 'Service') return [keyOf(change.object)];
      const slice = changeOf(change, 'EndpointSlice')?.object;
      const service = slice?.metadata?.labels?.[SERVICE_NAME_LABEL];
      if (slice?.metadata?.labels?.[MANAGED_BY_LABEL] !== MANAGER || service === undefined) return [];
      return [`${namespaceOf(slice)}/${service}`];
    },
    allKeys: () => client.list('Endpoints').map(keyOf),
    reconcile(key) {
      const { namespace, name } = splitKey(key);
      const endpoints = client.get('Endpoints', namespace, name);
      const service = client.get('Service', namespace, name);
      const present = client.list('EndpointSlice', {
        namespace,
        labelSelector: `${SERVICE_NAME_LABEL}=${name},${MANAGED_BY_LABEL}=${MANAGER}`,
      });
      const mirrored =
        endpoints !== undefined &&
        service !== undefined &&
        !isTerminating(endpoints) &&
        shouldMirror(endpoints) &&
        Object.keys(service.spec?.selector ?? {}).length === 0;
      if (!mirrored) {
        for (const slice of present) client.delete('EndpointSlice', namespace, nameOf(slice));
        return DONE;
      }
      const labels = Object.fromEntries(
        Object.entries(endpoints.metadata?.labels ?? {}).filter(([label]) => label !== ENDPOINTS_MANAGED_BY),
      );
      return applySlices(context, endpoints, mirroredSlices(endpoints), present, {
        owner: controllerReference('v1', 'Endpoints', endpoints),
        labels: { ...labels, [SERVICE_NAME_LABEL]: name, [MANAGED_BY_LABEL]: MANAGER },
        namePrefix: name,
      });
    },
  };
}

function shouldMirror(endpoints: Endpoints): boolean {
  const { labels, annotations } = endpoints.metadata ?? {};
  if (labels?.[SKIP_MIRROR] === 'true') return false;
  return annotations?.['control-plane.alpha.kubernetes.io/leader'] === undefined;
}

export function mirroredSlices(endpoints: Endpoints): readonly WantedSlice[] {
  const slices: WantedSlice[] = [];
  for (const subset of endpoints.subsets ?? []) {
    const ports: EndpointPort[] = (subset.ports ?? []).map((port) => ({
      name: port.name ?? '',
      port: port.port,
      protocol: port.protocol ?? 'TCP',
      ...(port.appProtocol === undefined ? {} : { appProtocol: port.appProtocol }),
    }));
    const all = [
      ...(subset.addresses ?? []).map((address) => toEndpoint(address, true)),
      ...(subset.notReadyAddresses ?? []).map((address) => toEndpoint(address, false)),
    ].slice(0, MAX_ENDPOINTS_PER_SUBSET);
    for (const addressType of ['IPv4', 'IPv6'] as const) {
      const mine = all.filter(
        (endpoint) => (endpoint.addresses[0]?.includes(':') ?? false) === (addressType === 'IPv6'),
      );
      if (mine.length > 0) slices.push({ addressType, ports, endpoints: mine });
    }
  }
  return slices;
}

function toEndpoint(address: EndpointAddress, ready: boolean): Endpoint {
  return {
    addresses: [address.ip],
    conditions: { ready },
    ...(address.hostname === undefined ? {} : { hostname: address.hostname }),
    ...(address.nodeName === undefined ? {} : { nodeName: address.nodeName }),
    ...(address.targetRef === undefined ? {} : { targetRef: address.targetRef }),
  };
}
