import type { IpAddress } from '@podwire/netsim';
import type { Service } from 'kubernetes-types/core/v1';
import type { EndpointSlice } from 'kubernetes-types/discovery/v1';
import type { KubeClient } from '../api/client.ts';

/** What the `kubernetes` plugin looks at. */
export interface DnsObjects {
  hasNamespace(name: string): boolean;
  service(namespace: string, name: string): Service | undefined;
  services(): readonly Service[];
  slicesOf(namespace: string, service: string): readonly EndpointSlice[];
  slices(): readonly EndpointSlice[];
  hasPod(namespace: string, address: IpAddress): boolean;
}

export const SERVICE_NAME_LABEL = 'kubernetes.io/service-name';

export function objectsOf(client: KubeClient): DnsObjects {
  return {
    hasNamespace: (name) => client.get('Namespace', undefined, name) !== undefined,
    service: (namespace, name) => client.get('Service', namespace, name),
    services: () => client.list('Service'),
    slicesOf: (namespace, service) =>
      client.list('EndpointSlice', { namespace, labelSelector: `${SERVICE_NAME_LABEL}=${service}` }),
    slices: () => client.list('EndpointSlice'),
    hasPod: (namespace, address) =>
      client
        .list('Pod', { namespace })
        .some(({ spec, status }) => spec?.hostNetwork !== true && status?.podIP === address),
  };
}

/** What a server sees that has no way to the API. */
export const NO_OBJECTS: DnsObjects = Object.freeze({
  hasNamespace: () => false,
  service: () => undefined,
  services: () => [],
  slicesOf: () => [],
  slices: () => [],
  hasPod: () => false,
});
