import { nameOf, namespaceOf } from '../runtime/objects.ts';
import { changeOf, DONE, RETRY } from './contract.ts';
import type { Controller, ControllerContext } from './contract.ts';

const MANAGED_BY = 'ipaddress.kubernetes.io/managed-by';
const ALLOCATOR = 'ipallocator.k8s.io';

/** API17: one IPAddress for each address that a Service holds, as the API server's allocator keeps them. */
export function ipAddressController(context: ControllerContext): Controller {
  const { client } = context;
  const held = (service: { readonly spec?: { readonly clusterIPs?: readonly string[] } } | undefined) =>
    (service?.spec?.clusterIPs ?? []).filter((address) => address !== 'None' && address !== '');
  return {
    name: 'service-ip-addresses',
    watches: ['Service', 'IPAddress'],
    keysOf(change) {
      // One that a Service holds and somebody deleted is made again.
      if (change.kind === 'IPAddress') return change.type === 'DELETED' ? [nameOf(change.object)] : [];
      const service = changeOf(change, 'Service');
      if (service === undefined) return [];
      const { object, previous } = service;
      const now = service.type === 'DELETED' ? [] : held(object);
      const before = service.type === 'DELETED' ? held(object) : held(previous);
      // Both hold the same: nothing to look at.
      if (now.length === before.length && now.every((address) => before.includes(address))) return [];
      return [...new Set([...now, ...before])];
    },
    allKeys: () => [
      ...new Set([...client.list('Service').flatMap(held), ...client.list('IPAddress').map(nameOf)]),
    ],
    reconcile(address) {
      const service = client.list('Service').find((candidate) => held(candidate).includes(address));
      const known = client.get('IPAddress', undefined, address);
      if (service === undefined) {
        // What the allocator did not make is somebody else's.
        if (known?.metadata?.labels?.[MANAGED_BY] !== ALLOCATOR) return DONE;
        return client.delete('IPAddress', undefined, address).ok ? DONE : RETRY;
      }
      const parentRef = {
        resource: 'services',
        namespace: namespaceOf(service),
        name: nameOf(service),
      };
      if (known !== undefined) {
        const same =
          known.spec?.parentRef?.name === parentRef.name &&
          known.spec.parentRef.namespace === parentRef.namespace;
        if (same) return DONE;
        return client.update('IPAddress', { ...known, spec: { parentRef } }).ok ? DONE : RETRY;
      }
      const result = client.create('IPAddress', {
        metadata: {
          name: address,
          labels: {
            'ipaddress.kubernetes.io/ip-family': address.includes(':') ? 'IPv6' : 'IPv4',
            [MANAGED_BY]: ALLOCATOR,
          },
        },
        spec: { parentRef },
      });
      return result.ok ? DONE : RETRY;
    },
  };
}
